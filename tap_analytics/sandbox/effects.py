"""What faults do to an answer."""

from __future__ import annotations

import time
from decimal import Decimal
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import msgspec

from tap_analytics.sandbox.answers import Answer, error
from tap_analytics.sandbox.auth import INVALID_TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tap_analytics.sandbox.faults import Fault, Hit

_OUTAGES = (500, 502, 503, 504)
_WITHOUT_BODY = (204, 304)
_HOUR = 3600
_YEAR = 365 * 24 * _HOUR
_SIGN_IN = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Sign in</body></html>"


def substitute(hit: Hit, *, elsewhere: str) -> Answer | None:
    """The answer in place of the true one; None if the fault alters that one only.

    Args:
        hit: The fault.
        elsewhere: URL of the same resource at another origin.
    """
    make = _SUBSTITUTES.get(hit.fault.fault)
    return make(hit, elsewhere) if make else None


def with_nan(record: dict[str, Any]) -> dict[str, Any]:
    """A copy whose first number beside the id is a bare NaN, which no JSON is."""
    numbers = (
        name
        for name, value in record.items()
        if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool) and name != "id"
    )
    return record | {next(numbers, list(record)[-1]): msgspec.Raw(b"NaN")}


def _retry_after(fault: Fault) -> dict[str, str]:
    wait = fault.seconds
    forms = {
        "seconds": f"{wait:g}",
        "fraction": f"{wait * 1.25:g}",
        "date": formatdate(time.time() + wait, usegmt=True),
        "list": f"{wait:g}, {wait + 3:g}",
        "past": formatdate(time.time() - _HOUR, usegmt=True),
        "garbage": "soon",
        "huge": str(_YEAR),
    }
    return {"Retry-After": forms[fault.retry_after]} if fault.retry_after in forms else {}


def _status(hit: Hit, _: str) -> Answer:
    fault = hit.fault
    answer = error(fault.status, "fault", "this answer was asked for", dict(fault.headers))
    if isinstance(fault.body, str):
        answer.body = fault.body.encode()
    elif fault.body is not None:
        answer.payload = fault.body
    if fault.status in _WITHOUT_BODY:
        answer.body = b""
    return answer


def _too_many_requests(hit: Hit, _: str) -> Answer:
    headers = _retry_after(hit.fault) | hit.fault.headers
    return error(429, "too_many_requests", "slow down", headers)


def _outage(hit: Hit, _: str) -> Answer:
    status = _OUTAGES[hit.number % len(_OUTAGES)]
    return error(status, "unavailable", "the service is not available")


def _unauthorized(_: Hit, __: str) -> Answer:
    headers = {"WWW-Authenticate": INVALID_TOKEN}
    return error(401, "unauthorized", "the token is unknown or has expired", headers)


def _html(_: Hit, __: str) -> Answer:
    return Answer(body=_SIGN_IN, headers={"Content-Type": "text/html; charset=utf-8"})


def _redirect(hit: Hit, elsewhere: str) -> Answer:
    headers = {"Location": hit.fault.location or elsewhere}
    return Answer(status=302, body=b"", headers=headers)


def _child_404(_: Hit, __: str) -> Answer:
    return error(404, "not_found", "there is no such customer")


def _error_200(_: Hit, __: str) -> Answer:
    return Answer(payload=error(500, "internal", "something went wrong").payload)


def _empty_body(_: Hit, __: str) -> Answer:
    return Answer(body=b"")


_SUBSTITUTES: Mapping[str, Callable[[Hit, str], Answer]] = {
    "status": _status,
    "429": _too_many_requests,
    "5xx": _outage,
    "401": _unauthorized,
    "html": _html,
    "redirect": _redirect,
    "child_404": _child_404,
    "error_200": _error_200,
    "empty_body": _empty_body,
}
