"""Answers before they are put on the wire, and the one form of every error."""

from __future__ import annotations

from typing import Any

import msgspec

_ENCODER = msgspec.json.Encoder(decimal_format="number")


class Answer(msgspec.Struct, kw_only=True):
    """An answer to one request.

    Attributes:
        status: HTTP status.
        payload: What the body holds as JSON, unless *body* is given.
        body: The body as it is sent, in place of *payload*.
        headers: Headers beside `Content-Length`. `Content-Type` is JSON unless it is given.
    """

    status: int = 200
    payload: Any = None
    body: bytes | None = None
    headers: dict[str, str] = {}

    def encoded(self) -> bytes:
        """The body. Decimals are written digit for digit."""
        return _ENCODER.encode(self.payload) if self.body is None else self.body


class RefusedError(Exception):
    """A request that gets an error for an answer.

    Args:
        answer: That answer.
    """

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def error(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Answer:
    """An error of the API: `{"error": {"code": …, "message": …}}`."""
    payload = {"error": {"code": code, "message": message}}
    return Answer(status=status, payload=payload, headers=headers or {})


def bad_request(message: str) -> RefusedError:
    """Status 400, to be raised."""
    return RefusedError(error(400, "invalid_request", message))


def not_found(message: str) -> RefusedError:
    """Status 404, to be raised."""
    return RefusedError(error(404, "not_found", message))
