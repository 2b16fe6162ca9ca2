"""Which failures are worth another try, and how long to wait before it. Pure functions."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import requests
from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

__all__ = [
    "RETRY_STATUSES",
    "Retry",
    "RetryableError",
    "retry_after_seconds",
    "transport_reason",
    "waits",
]

RETRY_STATUSES = frozenset({429, 500, 502, 503, 504})
TOO_MANY_REQUESTS = 429
NUMBER = re.compile(r"\d+(\.\d+)?")
EPOCH_MILLISECONDS = 10**11  # greater: milliseconds since 1970
EPOCH_SECONDS = 10**8  # greater: seconds since 1970; smaller: seconds from now

TRANSPORT_REASONS: tuple[tuple[type[Exception], str, str], ...] = (
    (
        requests.exceptions.SSLError,
        "WRONG_VERSION_NUMBER",
        "the server does not speak TLS; is it http, not https?",
    ),
    (requests.exceptions.SSLError, "", "the TLS certificate or handshake was not accepted"),
    (requests.exceptions.ConnectTimeout, "", "no connection in time"),
    (requests.exceptions.Timeout, "", "no answer in time"),
    (requests.exceptions.ChunkedEncodingError, "", "the answer broke off"),
    (requests.exceptions.ContentDecodingError, "", "the answer's compression is broken"),
    (requests.exceptions.ConnectionError, "NameResolution", "the host's name is unknown"),
    (requests.exceptions.ConnectionError, "NewConnection", "cannot connect"),
)


class Retry(Struct, frozen=True, kw_only=True):
    """The retry policy.

    Attributes:
        max_retries: Tries after the first.
        backoff_factor: Seconds before the first retry; doubled for each further one.
        longest_wait: Seconds; a server that asks for more is not waited for.
        statuses: That are worth another try.
    """

    max_retries: int = 3
    backoff_factor: float = 2.0
    longest_wait: float = 300.0
    statuses: frozenset[int] = RETRY_STATUSES


class RetryableError(Exception):
    """A try that failed in a way another may not.

    Attributes:
        reason: What happened, such as ``answered 503``; never a body, URL or secret.
        asked_wait: Seconds the server asked to wait, None where it did not.
        final: The error to raise when no try is left.
    """

    def __init__(self, reason: str, final: Exception, asked_wait: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.final = final
        self.asked_wait = asked_wait


def retry_after_seconds(status: int, headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds the server asks to wait, 0 or more; None where it asks for nothing readable.

    ``Retry-After`` is a number of seconds or an HTTP-date (RFC 9110, section 10.2.3). Fractions
    and lists (``50, 53``: the larger) occur too, as do rate-limit-reset headers in seconds from
    now, epoch seconds or epoch milliseconds. Many APIs send the latter with every answer, so
    they say something of a 429 only.

    Args:
        status: Of the answer.
        headers: Names in lower case.
        now: The time to count from, with a time zone.
    """
    asked = _retry_after(headers.get("retry-after", ""), now)
    if asked is not None or status != TOO_MANY_REQUESTS:
        return asked
    for name in ("x-ratelimit-reset", "ratelimit-reset", "x-rate-limit-reset"):
        value = headers.get(name, "").strip()
        if NUMBER.fullmatch(value):
            return _until_reset(float(value), now)
    return None


def _retry_after(value: str, now: datetime) -> float | None:
    parts = [part.strip() for part in value.split(",")]
    if all(NUMBER.fullmatch(part) for part in parts):
        return max(map(float, parts))
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


def _until_reset(value: float, now: datetime) -> float:
    if value >= EPOCH_MILLISECONDS:
        value /= 1000
    if value >= EPOCH_SECONDS:
        return max(0.0, value - now.timestamp())
    return value


def waits(policy: Retry, jitter: Callable[[], float]) -> Generator[float, Exception, None]:
    """Wait generator for ``backoff.on_exception``: takes the error, gives the seconds to wait.

    Args:
        policy: The retry policy.
        jitter: Gives a factor around 1 that keeps many clients from coming back together.

    Yields:
        Seconds before the next try: what the server asked for, or the doubling back-off.
    """
    error = yield 0.0
    seconds = policy.backoff_factor
    while True:
        asked = error.asked_wait if isinstance(error, RetryableError) else None
        error = yield asked or min(seconds * jitter(), policy.longest_wait)
        seconds *= 2


def transport_reason(error: requests.RequestException) -> str:
    """What went wrong on the way, in words that hold no URL."""
    text = repr(error)
    for kind, sign, reason in TRANSPORT_REASONS:
        if isinstance(error, kind) and sign in text:
            return reason
    return "the connection broke"
