"""What is asked of the API, and what it answers."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

__all__ = ["Answer", "Ask", "Refused", "ask_of"]


class Refused(Exception):  # noqa: N818 - an answer of the API
    """The API does not answer this.

    Attributes:
        status: Of the answer.
    """

    def __init__(self, reason: str, status: int = 400) -> None:
        self.status = status
        super().__init__(reason)


class Answer(NamedTuple):
    """A document, and headers beside it."""

    document: Any
    headers: dict[str, str]


@dataclass(frozen=True)
class Ask:
    """A request as it arrived.

    Attributes:
        path: Still percent-encoded.
        headers: Names in lower case.
    """

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes

    @property
    def params(self) -> dict[str, str]:
        """The query, in which no name may occur twice.

        Raises:
            Refused: One does.
        """
        twice = [
            name for name, count in Counter(name for name, _ in self.query).items() if count > 1
        ]
        if twice:
            raise Refused(f"{twice} twice in the query")
        return dict(self.query)

    @property
    def json(self) -> dict[str, Any]:
        """The body; empty where there is none."""
        content = json.loads(self.body) if self.body else {}
        if not isinstance(content, dict):
            raise Refused("the body is no object")
        return content


def ask_of(method: str, target: str, headers: dict[str, str], body: bytes) -> Ask:
    """The request for *target*, a path with its query."""
    parts = urlsplit(target)
    query = parse_qsl(parts.query, keep_blank_values=True)
    lower = {name.lower(): value for name, value in headers.items()}
    return Ask(method, parts.path, query, lower, body)
