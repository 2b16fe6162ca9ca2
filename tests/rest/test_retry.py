from __future__ import annotations

import logging
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.exceptions import (
    APIError,
    NotFoundError,
    ResourceError,
    StatusError,
    UnavailableError,
)
from tap_analytics.rest.retry import Retry, RetryableError, retry_after_seconds, waits
from tap_analytics.spec import Bearer

from .conftest import WHERE, Answer, ask, connected

if TYPE_CHECKING:
    from tap_analytics.rest.connection import Connection
    from tap_analytics.sandbox import Sandbox
    from tests.conftest import MakeSandbox

    from .conftest import Serve

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
EPOCH = int(NOW.timestamp())


@pytest.fixture
def small(make_sandbox: MakeSandbox) -> Sandbox:
    return make_sandbox(scale=0.02)


def signed(sandbox: Sandbox, **settings: Any) -> Connection:
    return connected(sandbox.base_url, Bearer(token=sandbox.credentials.token), **settings)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        ("1.5", 1.5),
        (" 7 ", 7.0),
        ("0", 0.0),
        ("50, 53", 53.0),
        ("53,50", 53.0),
        ("Thu, 01 Jan 2026 12:00:30 GMT", 30.0),
        ("Thursday, 01-Jan-26 12:00:30 GMT", 30.0),
        ("Thu Jan  1 12:00:30 2026", 30.0),
        ("Thu, 01 Jan 2026 11:00:00 GMT", 0.0),
        ("Thu, 01 Jan 2026 14:00:30 +0200", 30.0),
        ("31536000", 31_536_000.0),
        ("soon", None),
        ("", None),
        ("-5", None),
        ("50, soon", None),
        ("Wed, 21 Oct 99999999999 07:28:00 GMT", None),
    ],
)
def test_retry_after_is_read_in_each_form(value: str, seconds: float | None) -> None:
    assert retry_after_seconds(503, {"retry-after": value}, NOW) == seconds


@pytest.mark.parametrize("name", ["x-ratelimit-reset", "ratelimit-reset", "x-rate-limit-reset"])
@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("30", 30.0),
        (f"{EPOCH + 30}", 30.0),
        (f"{EPOCH + 30}000", 30.0),
        (f"{EPOCH - 30}", 0.0),
        ("tomorrow", None),
    ],
    ids=["from now", "epoch seconds", "epoch milliseconds", "past", "garbage"],
)
def test_rate_limit_reset_is_read_of_a_429(name: str, value: str, seconds: float | None) -> None:
    assert retry_after_seconds(429, {name: value}, NOW) == seconds


def test_rate_limit_reset_says_nothing_of_a_503() -> None:
    """APIs send the header with every answer; a 503 would be given up until the hour is over."""
    assert retry_after_seconds(503, {"x-ratelimit-reset": f"{EPOCH + 3000}"}, NOW) is None


def test_retry_after_wins_over_rate_limit_reset_unless_it_is_unreadable() -> None:
    reset = {"x-ratelimit-reset": "30"}

    assert retry_after_seconds(429, {**reset, "retry-after": "5"}, NOW) == 5.0
    assert retry_after_seconds(429, {**reset, "retry-after": "soon"}, NOW) == 30.0
    assert retry_after_seconds(429, {}, NOW) is None


def failure(asked_wait: float | None = None) -> RetryableError:
    return RetryableError("answered 503", UnavailableError("final"), asked_wait)


def test_waits_double_up_to_the_longest_wait() -> None:
    generator = waits(Retry(backoff_factor=2.0, longest_wait=10.0), lambda: 1.25)
    next(generator)

    assert [generator.send(failure()) for _ in range(4)] == [2.5, 5.0, 10.0, 10.0]


@pytest.mark.parametrize(("asked", "waited"), [(7.0, 7.0), (0.5, 0.5), (0.0, 2.0), (None, 2.0)])
def test_waits_are_what_the_server_asked_for_and_never_nothing(
    asked: float | None, waited: float
) -> None:
    generator = waits(Retry(backoff_factor=2.0), lambda: 1.0)
    next(generator)

    assert generator.send(failure(asked)) == waited


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_status_is_tried_again(serve: Serve, status: int) -> None:
    server = serve(Answer(status=status), Answer(status=status), Answer({"a": 1}))

    assert ask(connected(server.base_url, max_retries=2)) == {"a": 1}
    assert len(server.log) == 3


@pytest.mark.parametrize(
    ("status", "kind", "hint"),
    [
        (400, StatusError, "the API does not accept the request; check the resource's params"),
        (403, StatusError, "the credentials work but may not read this"),
        (404, NotFoundError, "there is nothing at this path"),
        (405, StatusError, "the API does not take this method here"),
        (410, NotFoundError, "the API refuses the request"),
        (422, StatusError, "the API refuses the request"),
        (501, StatusError, "the API refuses the request"),
    ],
)
def test_status_is_not_tried_again(
    serve: Serve, status: int, kind: type[StatusError], hint: str
) -> None:
    server = serve(Answer(status=status, headers={"X-Request-Id": "7f3a"}))

    with pytest.raises(StatusError) as caught:
        ask(connected(server.base_url))

    assert type(caught.value) is kind
    assert str(caught.value) == f"{WHERE} answered {status} (request id 7f3a); {hint}"
    assert len(server.log) == 1


@pytest.mark.parametrize(("retries", "tries"), [(0, "1 try"), (2, "3 tries")])
def test_error_names_the_tries_when_none_is_left(serve: Serve, retries: int, tries: str) -> None:
    server = serve(Answer(status=503, headers={"X-Request-Id": "7f3a"}))

    with pytest.raises(UnavailableError) as caught:
        ask(connected(server.base_url, max_retries=retries))

    assert str(caught.value) == f"{WHERE} answered 503 after {tries} (request id 7f3a)"
    assert len(server.log) == retries + 1


def test_wait_longer_than_allowed_fails_at_once(small: Sandbox) -> None:
    small.add_fault({"path": "/v1/events", "fault": "429", "retry_after": "huge", "times": 0}
                    | {"headers": {"X-Request-Id": "7f3a"}})  # fmt: skip

    with pytest.raises(UnavailableError) as caught:
        ask(signed(small))

    assert str(caught.value).startswith(f"{WHERE} answered 429 and asks to wait 315")
    assert str(caught.value).endswith(" s, longer than the 300 s allowed (request id 7f3a)")
    assert len(small.log) == 1


@pytest.mark.parametrize("form", ["past", "garbage", "none"])
def test_429_without_a_usable_wait_backs_off(small: Sandbox, form: str) -> None:
    small.add_fault({"path": "/v1/events", "fault": "429", "retry_after": form})

    assert ask(signed(small))["data"]
    assert [entry.status for entry in small.log] == [429, 200]


def test_429_is_waited_for_as_long_as_the_server_asks(
    small: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    small.add_fault({"path": "/v1/events", "fault": "429", "retry_after": "fraction"}
                    | {"seconds": 0.16})  # fmt: skip
    begin = time.monotonic()

    ask(signed(small))

    assert time.monotonic() - begin >= 0.2
    assert caplog.record_tuples == [
        ("tap-analytics.http", logging.WARNING,
         f"{WHERE}: answered 429; trying again in 0.2 s (try 2)"),
    ]  # fmt: skip


def test_errors_say_whether_the_api_or_one_resource_failed() -> None:
    assert issubclass(UnavailableError, APIError)
    assert issubclass(StatusError, ResourceError)
