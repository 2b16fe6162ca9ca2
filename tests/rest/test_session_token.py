"""Session tokens, got by a login, and keys in the body."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.exceptions import AuthError
from tap_analytics.rest.redact import Redactor
from tap_analytics.spec import ApiKey, SessionToken

from .conftest import Answer, ask, connected

if TYPE_CHECKING:
    from .conftest import Serve

HEADER = "X-Session"


def login(**fields: Any) -> SessionToken:
    return SessionToken(
        **{
            "header": HEADER,
            "login_url": "/login",
            "username": "me",
            "password": "hush-hush",
            **fields,
        }
    )


def test_login_s_token_goes_with_each_request(serve: Serve) -> None:
    server = serve(Answer({"token": "t-1"}), Answer())
    redactor = Redactor()
    connection = connected(server.base_url, login(), redactor=redactor)

    ask(connection)
    ask(connection)

    first, *others = server.log
    assert (first.method, first.target) == ("POST", "/login")
    assert json.loads(first.body) == {"username": "me", "password": "hush-hush"}
    assert HEADER.lower() not in first.headers
    assert [asked.headers[HEADER.lower()] for asked in others] == ["t-1", "t-1"]
    assert redactor.text("t-1 hush-hush") == "t-1 (redacted)"  # three letters are no secret


def test_token_of_the_config_needs_no_login(serve: Serve) -> None:
    server = serve()
    ask(connected(server.base_url, SessionToken(header=HEADER, session_token="t-0")))
    assert [asked.headers[HEADER.lower()] for asked in server.log] == ["t-0"]


@pytest.mark.parametrize("path", ["session.id", "$.session.id"])
def test_token_is_found_at_its_path_at_another_origin(serve: Serve, path: str) -> None:
    there = serve(Answer({"session": {"id": 17}}))
    server = serve()
    auth = login(login_url=f"{there.base_url}/in", session_token_response_key=path)

    ask(connected(server.base_url, auth))

    assert [asked.target for asked in there.log] == ["/in"]
    assert server.log[0].headers[HEADER.lower()] == "17"


def test_refused_token_is_renewed_once(serve: Serve) -> None:
    server = serve(Answer(status=401), Answer({"token": "t-2"}), Answer())
    ask(connected(server.base_url, login(session_token="t-1")))
    assert [(asked.target, asked.headers.get(HEADER.lower())) for asked in server.log] == [
        ("/v1/events", "t-1"),
        ("/login", None),
        ("/v1/events", "t-2"),
    ]


def test_refused_token_without_a_login_is_an_error(serve: Serve) -> None:
    server = serve(Answer(status=401))
    with pytest.raises(AuthError, match=r"answered 401; .* client.auth \(session_token\)"):
        ask(connected(server.base_url, SessionToken(header=HEADER, session_token="t-1")))
    assert len(server.log) == 1


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            Answer({"error": "hush-hush"}, status=403),
            "auth: the login answered 403; check username, password and login_url of the auth",
        ),
        (
            Answer({"id": "x"}),
            "auth: the login: the answer holds no 'token' (session_token_response_key)",
        ),
        (
            Answer({"token": None}),
            "auth: the login: the answer holds no 'token' (session_token_response_key)",
        ),
        (
            Answer(b"<html>"),
            "auth: the login: the answer is a web page, not JSON",
        ),
    ],
    ids=["refused", "no token", "null", "no JSON"],
)
def test_failed_login_is_told_without_its_secrets(
    serve: Serve, answer: Answer, expected: str
) -> None:
    server = serve(answer)
    with pytest.raises(AuthError) as caught:
        ask(connected(server.base_url, login()))
    assert str(caught.value).startswith(expected)
    assert all(asked.target == "/login" for asked in server.log)


def test_key_in_the_body_stands_beside_what_is_asked(serve: Serve) -> None:
    server = serve(Answer(status=503), Answer())
    connection = connected(server.base_url, ApiKey(api_key='k"1', name="apiKey", location="body"))

    ask(connection, method="POST", json={"a": [1.10, 2**70], "apiKey": "old"})
    ask(connection)

    sent = [(asked.method, asked.body.decode()) for asked in server.log]
    body = '{"a":[1.1,1180591620717411303424],"apiKey":"k\\"1"}'
    assert sent == [("POST", body), ("POST", body), ("GET", '{"apiKey":"k\\"1"}')]
    assert {asked.headers["content-type"] for asked in server.log} == {"application/json"}
    assert [int(asked.headers["content-length"]) for asked in server.log[:1]] == [len(body)]
