"""`client`: where the API is, and what goes with every request."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.vocabulary.api import Reply
from tests.vocabulary.conftest import ids, refusal
from tests.vocabulary.pages import by_page, rows

if TYPE_CHECKING:
    from tests.vocabulary.api import API
    from tests.vocabulary.conftest import Extract


@pytest.mark.parametrize("base", ["/v2", "/v2/"])
@pytest.mark.parametrize("path", ["posts", "/posts"])
def test_path_is_appended_to_the_base_url_with_one_slash(
    api: API, extract: Extract, base: str, path: str
) -> None:
    api.answer("/v2/posts", rows(2))
    outcome = extract(
        {"name": "posts", "endpoint": {"path": path}}, client={"base_url": api.base_url + base}
    )
    assert ids(outcome, "posts") == [1, 2]
    assert [asked.path for asked in api.log] == ["/v2/posts"]


def test_trailing_slash_and_query_of_a_path_are_kept(api: API, extract: Extract) -> None:
    api.answer("/posts/", rows(1))
    endpoint = {"path": "posts/?sort=id", "params": {"state": "open"}}
    assert ids(extract({"name": "posts", "endpoint": endpoint}), "posts") == [1]
    assert api.params() == [{"sort": "id", "state": "open"}]


def test_headers_go_with_every_request_and_those_of_an_endpoint_win(
    api: API, extract: Extract
) -> None:
    api.answer("/posts", by_page(rows(3), 2))
    api.answer("/users", rows(1))
    extract(
        "users",
        {
            "name": "posts",
            "endpoint": {
                "headers": {"X-Version": "2", "X-Part": "posts"},
                "paginator": {"type": "page_number", "total_path": None},
            },
        },
        client={"headers": {"X-Version": "1", "X-Team": "data"}},
    )
    names = ("x-version", "x-team", "x-part")
    sent = {
        path: [tuple(asked.headers.get(name) for name in names) for asked in api.asked(path)]
        for path in ("/users", "/posts")
    }
    assert sent == {"/users": [("1", "data", None)], "/posts": [("2", "data", "posts")] * 3}


def test_paginator_of_the_client_holds_where_an_endpoint_has_none(
    api: API, extract: Extract
) -> None:
    api.answer("/posts", by_page(rows(5), 2, total=3))
    api.answer("/users", {"data": rows(2), "total": 3})
    outcome = extract(
        "posts",
        {"name": "users", "endpoint": {"paginator": "single_page"}},
        client={"paginator": {"type": "page_number"}},
    )
    assert ids(outcome, "posts") == [1, 2, 3, 4, 5]
    assert ids(outcome, "users") == [1, 2]
    assert api.params("/posts") == [{"page": "0"}, {"page": "1"}, {"page": "2"}]
    assert api.params("/users") == [{}]


def test_paginator_of_the_client_may_be_a_bare_name(api: API, extract: Extract) -> None:
    link = f'<{api.base_url}/more>; rel="next"'
    api.answer("/posts", lambda _: Reply(rows(2), headers={"Link": link}))
    api.answer("/more", rows(1, first=3))
    assert ids(extract("posts", client={"paginator": "header_link"}), "posts") == [1, 2, 3]
    assert [asked.path for asked in api.log] == ["/posts", "/more"]


def test_absolute_path_of_the_same_origin_stands_alone(api: API, extract: Extract) -> None:
    api.answer("/elsewhere/posts", rows(2))
    endpoint = {"path": f"{api.base_url}/elsewhere/posts"}
    outcome = extract(
        {"name": "posts", "endpoint": endpoint}, client={"base_url": f"{api.base_url}/v2"}
    )
    assert ids(outcome, "posts") == [1, 2]
    assert [asked.path for asked in api.log] == ["/elsewhere/posts"]


def test_absolute_path_of_another_origin_is_refused_unsent(
    api: API, other: API, extract: Extract, caplog: pytest.LogCaptureFixture
) -> None:
    other.answer("/posts", rows(2))
    api.answer("/users", rows(1))
    outcome = extract("users", {"name": "posts", "endpoint": {"path": f"{other.base_url}/posts"}})
    assert other.log == []
    assert outcome.status == 1
    assert not outcome.records["posts"]
    assert outcome.records["users"] == rows(1)
    assert f"points at {other.base_url}, not at {api.base_url}" in caplog.text


def test_absolute_path_of_an_allowed_origin_is_asked(
    api: API, other: API, extract: Extract
) -> None:
    other.answer("/posts", rows(2))
    outcome = extract(
        {"name": "posts", "endpoint": {"path": f"{other.base_url}/posts"}},
        client={"allowed_origins": [other.base_url]},
    )
    assert ids(outcome, "posts") == [1, 2]
    assert api.log == []


def test_missing_base_url_is_named(api: API) -> None:
    api.answer("/posts", rows(1))
    (problem,) = refusal("posts", client={"headers": {"X-Team": "data"}})
    assert problem.startswith("client.base_url: is missing")
    assert api.log == []
