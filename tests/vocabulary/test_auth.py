"""`auth`: each type, of the client and of one endpoint."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from tests.vocabulary.api import Reply
from tests.vocabulary.conftest import ids, refusal
from tests.vocabulary.pages import by_cursor, by_page, rows

if TYPE_CHECKING:
    from tests.vocabulary.api import API, Asked
    from tests.vocabulary.conftest import Extract

BASIC = f"Basic {base64.b64encode(b'ada:sesame-7f3a').decode()}"
BY_PAGE = {"type": "page_number", "total_path": None}


@pytest.mark.parametrize(
    ("auth", "header", "value"),
    [
        ({"token": "abc"}, "authorization", "Bearer abc"),
        ({"type": "bearer", "token": "abc"}, "authorization", "Bearer abc"),
        ({"type": "api_key", "api_key": "abc"}, "authorization", "abc"),
        ({"type": "api_key", "name": "X-Key", "api_key": "abc"}, "x-key", "abc"),
        (
            {"type": "api_key", "name": "X-Key", "api_key": "abc", "location": "header"},
            "x-key",
            "abc",
        ),
        (
            {"type": "api_key", "name": "key", "api_key": "abc", "location": "cookie"},
            "cookie",
            "key=abc",
        ),
        (
            {"type": "http_basic", "username": "ada", "password": "sesame-7f3a"},
            "authorization",
            BASIC,
        ),
    ],
    ids=["shorthand", "bearer", "key", "named key", "key in a header", "cookie", "basic"],
)
def test_header_signs_every_page(
    api: API, extract: Extract, auth: dict[str, str], header: str, value: str
) -> None:
    api.answer("/posts", by_page(rows(3), 2))
    outcome = extract({"name": "posts", "endpoint": {"paginator": BY_PAGE}}, client={"auth": auth})
    assert ids(outcome, "posts") == [1, 2, 3]
    assert [asked.headers.get(header) for asked in api.log] == [value] * 3


@pytest.mark.parametrize("location", ["query", "param"])
def test_key_in_the_query_goes_with_every_page_once(
    api: API, extract: Extract, location: str
) -> None:
    api.answer(
        "/posts",
        lambda asked: (
            {"data": rows(1, first=2), "next": None}
            if "page" in asked.params
            else {"data": rows(1), "next": f"{api.base_url}/posts?page=2"}
        ),
    )
    outcome = extract(
        {"name": "posts", "endpoint": {"params": {"sort": "id"}, "paginator": "json_link"}},
        client={"auth": {"type": "api_key", "name": "k", "api_key": "a b", "location": location}},
    )
    assert ids(outcome, "posts") == [1, 2]
    assert api.params() == [{"sort": "id", "k": "a b"}, {"page": "2", "k": "a b"}]


def test_type_alone_takes_its_fields_from_the_settings(api: API, extract: Extract) -> None:
    api.answer("/posts", rows(1))
    assert ids(extract("posts", client={"auth": "bearer"}, token="abc"), "posts") == [1]
    assert api.log[0].headers["authorization"] == "Bearer abc"


def tokens(api: API) -> dict[str, Any]:
    """A token endpoint, and the auth that uses it."""
    api.answer("/oauth/token", lambda _: {"access_token": f"t-{len(api.log)}", "expires_in": 3600})
    return {
        "type": "oauth2_client_credentials",
        "access_token_url": f"{api.base_url}/oauth/token",
        "client_id": "me",
        "client_secret": "sesame-7f3a",
    }


def test_client_credentials_are_exchanged_once_for_a_bearer_token(
    api: API, extract: Extract
) -> None:
    auth = {**tokens(api), "access_token_request_data": {"scope": "read", "audience": "api"}}
    api.answer("/posts", rows(2))
    api.answer("/users", rows(1))
    outcome = extract("posts", "users", client={"auth": auth})
    assert ids(outcome, "posts") == [1, 2]
    asked, *others = api.log
    assert (asked.method, asked.path) == ("POST", "/oauth/token")
    assert asked.form == {
        "grant_type": "client_credentials",
        "client_id": "me",
        "client_secret": "sesame-7f3a",
        "scope": "read",
        "audience": "api",
    }
    assert [other.path for other in others] == ["/posts", "/users"]
    assert {other.headers["authorization"] for other in others} == {"Bearer t-1"}


def test_first_access_token_may_be_given(api: API, extract: Extract) -> None:
    api.answer("/posts", rows(1))
    auth = {**tokens(api), "access_token": "given-7f3a"}
    assert ids(extract("posts", client={"auth": auth}), "posts") == [1]
    assert [(asked.path, asked.headers["authorization"]) for asked in api.log] == [
        ("/posts", "Bearer given-7f3a")
    ]


def test_token_is_renewed_once_when_the_api_no_longer_takes_it(api: API, extract: Extract) -> None:
    def listing(asked: Asked) -> Any:
        taken = asked.headers["authorization"] != "Bearer stale-7f3a"
        return rows(2) if taken else Reply({"error": "expired"}, 401)

    api.answer("/posts", listing)
    auth = {**tokens(api), "access_token": "stale-7f3a"}
    assert ids(extract("posts", client={"auth": auth}), "posts") == [1, 2]
    assert [asked.path for asked in api.log] == ["/posts", "/oauth/token", "/posts"]


def test_auth_of_an_endpoint_replaces_that_of_the_client(api: API, extract: Extract) -> None:
    api.answer("/posts", by_cursor(rows(3), 2))
    api.answer("/users", rows(1))
    api.answer("/invoices", rows(1))
    extract(
        {
            "name": "posts",
            "endpoint": {
                "paginator": "cursor",
                "auth": {"type": "api_key", "name": "X-Key", "api_key": "abc"},
            },
        },
        {"name": "users", "endpoint": {"auth": {"token": "own-7f3a"}}},
        "invoices",
        client={"auth": {"type": "bearer", "token": "shared-7f3a"}},
    )
    sent = [(a.path, a.headers.get("authorization"), a.headers.get("x-key")) for a in api.log]
    assert sorted(sent, key=str) == [
        ("/invoices", "Bearer shared-7f3a", None),
        ("/posts", None, "abc"),
        ("/posts", None, "abc"),
        ("/users", "Bearer own-7f3a", None),
    ]


def test_auth_of_the_defaults_holds_for_all_resources(api: API, extract: Extract) -> None:
    api.answer("/posts", rows(1))
    api.answer("/users", rows(1))
    extract(
        "posts",
        {"name": "users", "endpoint": {"auth": {"token": "own-7f3a"}}},
        defaults={"endpoint": {"auth": {"token": "all-7f3a"}}},
    )
    assert [a.headers["authorization"] for a in api.log] == ["Bearer all-7f3a", "Bearer own-7f3a"]


def test_no_auth_sends_none(api: API, extract: Extract) -> None:
    api.answer("/posts", rows(1))
    assert ids(extract("posts"), "posts") == [1]
    assert "authorization" not in api.log[0].headers


@pytest.mark.parametrize(
    ("auth", "found"),
    [
        ({"type": "bearer"}, "client.auth.token: is missing"),
        ({"type": "api_key"}, "client.auth.api_key: is missing"),
        ({"type": "http_basic", "password": "x"}, "client.auth.username: is missing"),
        (
            {"type": "api_key", "api_key": "x", "location": "heder"},
            "client.auth.location: 'heder' is not allowed; allowed: ",
        ),
        ({"type": "bearr", "token": "x"}, "client.auth.type: 'bearr' is not an auth type; did you"),
    ],
    ids=["bearer", "api_key", "http_basic", "location", "type"],
)
def test_mistake_in_an_auth_is_told_with_its_place(auth: dict[str, str], found: str) -> None:
    (problem,) = refusal("posts", client={"base_url": "http://127.0.0.1:9", "auth": auth})
    assert problem.startswith(found)
