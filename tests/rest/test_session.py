from __future__ import annotations

import gzip
import json
import socket
from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.exceptions import (
    AuthError,
    ContentError,
    ResourceError,
    StatusError,
    UnavailableError,
)
from tap_analytics.rest.session import Ignored
from tap_analytics.spec import Bearer, ResponseAction

from .conftest import WHERE, Answer, ask, connected

if TYPE_CHECKING:
    from pathlib import Path

    from tap_analytics.rest.connection import Connection
    from tap_analytics.sandbox import Sandbox
    from tests.conftest import MakeSandbox

    from .conftest import Serve

KEY = "test-api-key"


@pytest.fixture
def small(make_sandbox: MakeSandbox) -> Sandbox:
    return make_sandbox(scale=0.02)


def signed(sandbox: Sandbox, **settings: Any) -> Connection:
    return connected(sandbox.base_url, Bearer(token=sandbox.credentials.token), **settings)


def test_request_carries_headers_parameters_and_credentials(serve: Serve) -> None:
    server = serve()

    ask(connected(server.base_url, Bearer(token=KEY)), params={"a": [1, 2]}, headers={"X-A": "b"})

    (asked,) = server.log
    assert (asked.method, asked.target) == ("GET", "/v1/events?a=1&a=2")
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.headers["user-agent"] == "tap-analytics test"
    assert asked.headers["x-a"] == "b"


def test_request_sends_a_json_body(serve: Serve) -> None:
    server = serve()

    ask(connected(server.base_url), method="POST", json={"page": {"size": 1}})

    assert server.log[0].method == "POST"
    assert json.loads(server.log[0].body) == {"page": {"size": 1}}
    assert server.log[0].headers["content-type"] == "application/json"


def test_request_takes_no_credentials_from_netrc(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server = serve()

    ask(connected(server.base_url))

    assert "authorization" not in server.log[0].headers


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(b'{"a"', headers={"Content-Length": "9"}), "the answer broke off after 2 tries"),
        (Answer(b"{}", headers={"Content-Encoding": "gzip"}),
         "the answer's compression is broken after 2 tries"),
    ],
    ids=["short of Content-Length", "broken gzip"],
)  # fmt: skip
def test_broken_transfer_is_tried_again(serve: Serve, answer: Answer, reason: str) -> None:
    server = serve(answer, Answer({"a": 1}), answer)
    connection = connected(server.base_url)

    assert ask(connection) == {"a": 1}
    with pytest.raises(UnavailableError) as caught:
        ask(connection)
    assert str(caught.value) == f"{WHERE}: {reason}"
    assert len(server.log) == 4


def test_compressed_body_is_read(serve: Serve) -> None:
    headers = {"Content-Encoding": "gzip"}
    server = serve(Answer(gzip.compress(b'{"a": 1}'), headers=headers))

    assert ask(connected(server.base_url)) == {"a": 1}


@pytest.mark.parametrize("fault", ["reset", "truncate", "empty_body"])
def test_body_that_is_cut_off_is_asked_for_again(small: Sandbox, fault: str) -> None:
    small.add_fault({"path": "/v1/events", "fault": fault})

    assert ask(signed(small))["data"]
    assert len(small.log) == 2


@pytest.mark.parametrize(
    ("fault", "error", "reason"),
    [
        ("reset", UnavailableError, "the answer broke off after 2 tries"),
        ("truncate", ContentError, "the body is not valid JSON, or was cut off"),
        ("empty_body", ContentError, "the body is empty"),
    ],
)
def test_body_that_stays_cut_off_is_an_error(
    small: Sandbox, fault: str, error: type[Exception], reason: str
) -> None:
    small.add_fault({"path": "/v1/events", "fault": fault, "times": 0})

    with pytest.raises(error) as caught:
        ask(signed(small))

    assert str(caught.value) == f"{WHERE}: {reason}"
    assert len(small.log) == 2


def test_web_page_is_an_error_at_once(small: Sandbox) -> None:
    small.add_fault({"path": "/v1/events", "fault": "html", "times": 0})

    with pytest.raises(ContentError) as caught:
        ask(signed(small))

    assert str(caught.value) == (
        f"{WHERE}: the answer is a web page, not JSON; check client.base_url"
    )
    assert len(small.log) == 1


def test_slow_answer_times_out_and_is_tried_again(small: Sandbox) -> None:
    small.add_fault({"path": "/v1/events", "fault": "slow", "seconds": 10, "times": 0})

    with pytest.raises(UnavailableError) as caught:
        ask(signed(small, timeout=0.05))

    assert str(caught.value) in {
        f"{WHERE}: no answer in time after 2 tries",
        f"{WHERE}: the connection broke after 2 tries",
    }
    assert len(small.log) == 2


def test_server_that_is_not_there_is_named_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    with pytest.raises(UnavailableError) as caught:
        ask(connected(f"http://127.0.0.1:{port}"))

    assert str(caught.value) == f"{WHERE}: cannot connect after 2 tries"


def test_url_that_cannot_be_requested_is_an_error_at_once() -> None:
    with pytest.raises(ResourceError) as caught:
        ask(connected("http://.127.0.0.1"))

    assert str(caught.value) == f"{WHERE}: the URL cannot be requested (InvalidURL)"


@pytest.mark.parametrize("secret", ["tok-1234\n", "tok-1234…"], ids=["line end", "not Latin-1"])
def test_credentials_that_no_header_can_carry_are_an_error_without_them(
    serve: Serve, secret: str
) -> None:
    """The library's own error holds the header, and would have come out as a traceback."""
    server = serve()

    with pytest.raises(AuthError) as caught:
        ask(connected(server.base_url, Bearer(token=secret)))

    assert str(caught.value) == (
        f"{WHERE}: a header holds a character that HTTP cannot carry, such as a line end; "
        "check client.auth and client.headers"
    )
    assert (caught.value.__cause__, server.log) == (None, [])


def test_header_with_a_line_end_is_an_error_at_once(serve: Serve) -> None:
    server = serve()

    with pytest.raises(ResourceError) as caught:
        ask(connected(server.base_url), headers={"X-A": "b\nHost: evil.test"})

    assert str(caught.value) == (
        f"{WHERE}: a header holds a character that HTTP cannot carry, such as a line end; "
        "check headers"
    )
    assert server.log == []


@pytest.mark.parametrize(
    ("action", "status"),
    [
        (ResponseAction(action="ignore", status_code=404), 404),
        (ResponseAction(action="ignore", status_code=401), 401),
        (ResponseAction(action="ignore", status_code=503), 503),
        (ResponseAction(action="ignore", content="no such plan"), 403),
        (ResponseAction(action="ignore", status_code=200, content="no such plan"), 200),
    ],
    ids=["404", "401", "503", "content", "status and content"],
)
def test_response_action_ignores_an_answer(
    serve: Serve, action: ResponseAction, status: int
) -> None:
    server = serve(Answer({"reason": "no such plan"}, status))

    with pytest.raises(Ignored):
        ask(connected(server.base_url), actions=(action,))

    assert len(server.log) == 1


def test_response_action_fails_an_answer_that_looks_well(serve: Serve) -> None:
    server = serve(Answer({"data": [], "status": "partial"}))
    action = ResponseAction(action="fail", content="partial")

    with pytest.raises(StatusError) as caught:
        ask(connected(server.base_url), actions=(action,))

    assert str(caught.value) == f"{WHERE} answered 200; response_actions say to fail"


@pytest.mark.parametrize(
    "action",
    [
        ResponseAction(action="ignore", status_code=404),
        ResponseAction(action="ignore", status_code=403, content="no such plan"),
    ],
    ids=["another status", "another content"],
)
def test_response_action_leaves_other_answers_alone(serve: Serve, action: ResponseAction) -> None:
    server = serve(Answer({"reason": "not yours"}, 403))

    with pytest.raises(StatusError, match="answered 403"):
        ask(connected(server.base_url), actions=(action,))
