from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests
from requests.auth import HTTPBasicAuth

from .client import TIMEOUT_SECONDS, fetch, search

if TYPE_CHECKING:
    from tap_analytics.sandbox import Sandbox

    from .conftest import Start

CLIENT = {"client_id": "test-client-id", "client_secret": "test-client-secret"}
BY_CLIENT = {"grant_type": "client_credentials"}
BY_REFRESH = {"grant_type": "refresh_token", "refresh_token": "test-refresh-token"}


def ask(sandbox: Sandbox, form: Any, **options: Any) -> requests.Response:
    """POST to the token endpoint."""
    url = f"{sandbox.base_url}/oauth/token"
    return requests.post(url, data=form, timeout=TIMEOUT_SECONDS, **options)


def log_in(sandbox: Sandbox, **changes: object) -> requests.Response:
    """POST user name and password, with *changes*, to the login."""
    user = {"username": "test-username", "password": "test-password"}
    return search(sandbox, "/login", user | changes, headers={})


def status(sandbox: Sandbox, authorization: str) -> int:
    """Status of a listing asked for with that `Authorization`."""
    return fetch(sandbox, "/v1/ips", headers={"Authorization": authorization}).status_code


WAYS: dict[str, dict[str, Any]] = {
    "bearer": {"headers": {"Authorization": "Bearer test-api-key"}},
    "bearer in lower case": {"headers": {"authorization": "bearer test-api-key"}},
    "key header": {"headers": {"X-Api-Key": "test-api-key"}},
    "bare authorization": {"headers": {"Authorization": "test-api-key"}},
    "query": {"headers": {}, "params": {"api_key": "test-api-key"}},
    "cookie": {"headers": {"Cookie": "lang=en; api_key=test-api-key"}},
    "basic": {"headers": {}, "auth": HTTPBasicAuth("test-username", "test-password")},
}


@pytest.mark.parametrize("way", WAYS)
def test_every_kind_of_credentials_passes_by_default(shared: Sandbox, way: str) -> None:
    assert fetch(shared, "/v1/ips", **WAYS[way]).status_code == 200


@pytest.mark.parametrize(
    ("kind", "passing"),
    [
        ("bearer", {"bearer", "bearer in lower case"}),
        ("api_key", {"key header", "bare authorization", "query", "cookie"}),
        ("basic", {"basic"}),
        ("oauth2", set()),
        ("session", set()),
        ("none", set(WAYS)),
    ],
)
def test_only_the_selected_kind_passes(start: Start, kind: str, passing: set[str]) -> None:
    sandbox = start(auth=(kind,))
    found = {way for way in WAYS if fetch(sandbox, "/v1/ips", **WAYS[way]).status_code == 200}
    assert found == passing


def test_several_kinds_can_be_selected(start: Start) -> None:
    sandbox = start(auth=("basic", "oauth2"))
    token = ask(sandbox, BY_CLIENT | CLIENT).json()["access_token"]
    assert status(sandbox, f"Bearer {token}") == 200
    assert status(sandbox, "Bearer test-api-key") == 401
    assert fetch(sandbox, "/v1/ips", **WAYS["basic"]).status_code == 200


def test_without_auth_no_credentials_are_needed_and_none_are_issued(start: Start) -> None:
    sandbox = start(auth=("none",))
    assert fetch(sandbox, "/v1/ips", headers={}).status_code == 200
    assert ask(sandbox, BY_CLIENT | CLIENT).status_code == 404
    assert log_in(sandbox).status_code == 404


WRONG: dict[str, dict[str, Any]] = {
    "nothing": {"headers": {}},
    "bearer": {"headers": {"Authorization": "Bearer wrong"}},
    "empty bearer": {"headers": {"Authorization": "Bearer"}},
    "key header": {"headers": {"X-Api-Key": "wrong"}},
    "empty authorization": {"headers": {"Authorization": ""}},
    "query": {"headers": {}, "params": {"api_key": "wrong"}},
    "cookie": {"headers": {"Cookie": "api_key=wrong"}},
    "cookie of another name": {"headers": {"Cookie": "key=test-api-key; api_keys=test-api-key"}},
    "session": {"headers": {"X-Session-Token": "test-api-key"}},
    "basic": {"headers": {}, "auth": HTTPBasicAuth("test-username", "wrong")},
    "basic that is not base64": {"headers": {"Authorization": "Basic ü"}},
    "basic without a colon": {"headers": {"Authorization": "Basic dGVzdA=="}},
    "a wrong header beside a right query": {
        "headers": {"Authorization": "Bearer wrong"},
        "params": {"api_key": "test-api-key"},
    },
}


@pytest.mark.parametrize("path", ["/v1/ips", "/v1/ips/1", "/v1/customers/x/addresses"])
@pytest.mark.parametrize("way", WRONG)
def test_wrong_credentials_are_answered_401_with_a_challenge(
    shared: Sandbox, way: str, path: str
) -> None:
    options = WRONG[way] | {
        "headers": {name: text.encode() for name, text in WRONG[way]["headers"].items()}
    }
    response = fetch(shared, path, **options)
    assert response.status_code == 401
    assert response.json()["error"]["code"] == "unauthorized"
    assert response.headers["WWW-Authenticate"]


def test_challenges_name_the_accepted_kinds(start: Start) -> None:
    missing = fetch(start(auth=("basic", "bearer")), "/v1/ips", headers={})
    assert missing.headers["WWW-Authenticate"] == (
        'Basic realm="sandbox", charset="UTF-8", Bearer realm="sandbox"'
    )


def test_wrong_bearer_is_told_by_rfc_6750(shared: Sandbox) -> None:
    response = fetch(shared, "/v1/ips", headers={"Authorization": "Bearer wrong"})
    assert response.headers["WWW-Authenticate"].startswith('Bearer realm="sandbox", error="invalid')


def test_client_credentials_give_a_token_but_no_refresh_token(start: Start) -> None:
    sandbox = start(token_lifetime=600)
    response = ask(sandbox, BY_CLIENT | CLIENT)
    body = response.json()
    assert response.headers["Cache-Control"] == "no-store"
    assert set(body) == {"access_token", "token_type", "expires_in"}
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 600)
    assert status(sandbox, f"Bearer {body['access_token']}") == 200


def test_client_may_use_http_basic(shared: Sandbox) -> None:
    auth = HTTPBasicAuth(CLIENT["client_id"], CLIENT["client_secret"])
    encoded = HTTPBasicAuth("test%2Dclient%2Did", "test%2Dclient%2Dsecret")
    assert ask(shared, BY_CLIENT, auth=auth).status_code == 200
    assert ask(shared, BY_CLIENT, auth=encoded).status_code == 200


def test_access_token_expires_with_the_clock_of_the_sandbox(start: Start) -> None:
    sandbox = start(token_lifetime=5400, scale=0.1)
    token = ask(sandbox, BY_CLIENT | CLIENT).json()["access_token"]
    sandbox.advance(1)
    before = status(sandbox, f"Bearer {token}")
    sandbox.advance(1)
    response = fetch(sandbox, "/v1/ips", headers={"Authorization": f"Bearer {token}"})
    assert (before, response.status_code) == (200, 401)
    assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]
    assert status(sandbox, "Bearer test-api-key") == 200


def test_refresh_tokens_rotate_and_work_once(start: Start) -> None:
    sandbox = start()
    first = ask(sandbox, BY_REFRESH | CLIENT).json()
    again = ask(sandbox, BY_REFRESH | CLIENT)
    second = ask(sandbox, BY_REFRESH | CLIENT | {"refresh_token": first["refresh_token"]}).json()
    assert again.status_code == 400
    assert again.json()["error"] == "invalid_grant"
    assert again.json()["error_description"]
    assert len({first["access_token"], second["access_token"]}) == 2
    assert len({"test-refresh-token", first["refresh_token"], second["refresh_token"]}) == 3
    assert status(sandbox, f"Bearer {second['access_token']}") == 200


def test_refused_grant_leaves_the_refresh_token_usable(start: Start) -> None:
    sandbox = start()
    assert ask(sandbox, BY_REFRESH | CLIENT | {"client_secret": "wrong"}).status_code == 401
    assert ask(sandbox, BY_REFRESH | CLIENT).status_code == 200


@pytest.mark.parametrize(
    ("form", "error"),
    [
        (CLIENT, "invalid_request"),
        (CLIENT | {"grant_type": "password"}, "unsupported_grant_type"),
        (CLIENT | {"grant_type": "refresh_token"}, "invalid_request"),
        (CLIENT | BY_REFRESH | {"refresh_token": "unknown"}, "invalid_grant"),
        ([*(CLIENT | BY_CLIENT).items(), ("client_id", "test-client-id")], "invalid_request"),
    ],
    ids=["no grant", "other grant", "no refresh token", "unknown refresh token", "twice"],
)
def test_wrong_grant_is_told_by_rfc_6749(shared: Sandbox, form: Any, error: str) -> None:
    response = ask(shared, form)
    assert (response.status_code, response.json()["error"]) == (400, error)
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "options",
    [
        {"json": BY_CLIENT | CLIENT},
        {"headers": {"Content-Type": "text/plain"}},
        {"auth": HTTPBasicAuth(CLIENT["client_id"], CLIENT["client_secret"])},
    ],
    ids=["json", "text", "two ways"],
)
def test_malformed_token_request_is_an_invalid_request(
    shared: Sandbox, options: dict[str, Any]
) -> None:
    response = ask(shared, None if "json" in options else BY_CLIENT | CLIENT, **options)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


def test_token_request_that_is_not_utf_8_is_an_invalid_request(shared: Sandbox) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    for body in (b"grant_type=\xff", b"grant_type=%ff"):
        response = ask(shared, body, headers=headers)
        assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("form", "authorization"),
    [
        (BY_CLIENT, None),
        (BY_CLIENT | CLIENT | {"client_secret": "wrong"}, None),
        (BY_CLIENT, HTTPBasicAuth("test-client-id", "wrong")),
    ],
    ids=["none", "form", "basic"],
)
def test_wrong_client_is_answered_401_with_a_challenge(
    shared: Sandbox, form: dict[str, str], authorization: HTTPBasicAuth | None
) -> None:
    response = ask(shared, form, auth=authorization)
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")
    assert response.headers["WWW-Authenticate"].startswith("Basic ")


def test_token_endpoint_takes_post_only(shared: Sandbox) -> None:
    response = requests.get(f"{shared.base_url}/oauth/token", timeout=TIMEOUT_SECONDS)
    assert (response.status_code, response.headers["Allow"]) == (405, "POST")


SEARCH = "/paging/offset_body/customers"


@pytest.mark.parametrize(
    ("asked", "options", "status"),
    [
        ({"api_key": "test-api-key"}, {}, 200),
        ({}, {"params": {"api_key": "test-api-key"}}, 200),
        ({"api_key": "wrong"}, {}, 401),
        ({"api_key": ["test-api-key"]}, {}, 401),
        ({"user": {"api_key": "test-api-key"}}, {}, 401),
        ({"api_key": "test-api-key"}, {"headers": {"X-Api-Key": "wrong"}}, 401),
        ({}, {}, 401),
    ],
    ids=["body", "query", "wrong", "list", "nested", "wrong header beside it", "none"],
)
def test_key_of_a_search_may_stand_in_its_body(
    shared: Sandbox, asked: dict[str, Any], options: dict[str, Any], status: int
) -> None:
    assert search(shared, SEARCH, asked, **{"headers": {}, **options}).status_code == status


def test_body_of_a_get_holds_no_key(shared: Sandbox) -> None:
    asked = {"api_key": "test-api-key"}
    assert fetch(shared, "/v1/ips", headers={}, json=asked).status_code == 401


def test_login_gives_a_session_that_passes_in_its_header_alone(start: Start) -> None:
    sandbox = start(token_lifetime=600)
    response = log_in(sandbox)
    token = response.json()["session_token"]
    assert response.json() == {"session_token": token, "expires_in": 600}
    assert response.headers["Cache-Control"] == "no-store"
    assert fetch(sandbox, "/v1/ips", headers={"X-Session-Token": token}).status_code == 200
    assert status(sandbox, f"Bearer {token}") == 401
    assert log_in(sandbox).json()["session_token"] != token


def test_access_token_is_no_session(shared: Sandbox) -> None:
    token = ask(shared, BY_CLIENT | CLIENT).json()["access_token"]
    assert fetch(shared, "/v1/ips", headers={"X-Session-Token": token}).status_code == 401


def test_session_expires_with_the_clock_of_the_sandbox(start: Start) -> None:
    sandbox = start(token_lifetime=5400, scale=0.1)
    headers = {"X-Session-Token": log_in(sandbox).json()["session_token"]}
    found = []
    for _ in range(2):
        sandbox.advance(1)
        found.append(fetch(sandbox, "/v1/ips", headers=headers).status_code)
    assert found == [200, 401]


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"password": "wrong"}, (401, "unauthorized")),
        ({"username": ""}, (401, "unauthorized")),
        ({"password": None}, (400, "invalid_request")),
        ({"username": ["test-username"]}, (400, "invalid_request")),
    ],
)
def test_wrong_login_is_refused(
    shared: Sandbox, changes: dict[str, object], found: tuple[int, str]
) -> None:
    response = log_in(shared, **changes)
    assert (response.status_code, response.json()["error"]["code"]) == found
    assert ("WWW-Authenticate" in response.headers) is (response.status_code == 401)


@pytest.mark.parametrize("body", [b"", b"[]", b"username=test-username", b'{"username": "\xff"}'])
def test_login_that_is_no_json_object_is_an_invalid_request(shared: Sandbox, body: bytes) -> None:
    response = requests.post(f"{shared.base_url}/login", data=body, timeout=TIMEOUT_SECONDS)
    assert (response.status_code, response.json()["error"]["code"]) == (400, "invalid_request")


def test_login_takes_post_only_and_has_faults(start: Start) -> None:
    sandbox = start(scale=0.1)
    sandbox.add_fault({"path": "/login", "fault": "status", "status": 503})
    asked = fetch(sandbox, "/login")
    assert (asked.status_code, asked.headers["Allow"]) == (405, "POST")
    assert [log_in(sandbox).status_code for _ in range(2)] == [503, 200]
