"""Keeps secrets out of everything that is printed, by value."""

from __future__ import annotations

import base64
import logging
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["SECRET_NAME", "Redactor", "secrets_in"]

MASK = "(redacted)"
SECRET_NAME = re.compile(
    r"(secret|token|password|authorization|cookie|(^|api|auth|access|private)[_-]?key)$",
    re.IGNORECASE,
)
SHORTEST = 4  # a shorter "secret" would blank out ordinary text and protects nothing


class Redactor(logging.Filter):
    """Replaces every known secret, and what is derived from it, in texts and log records."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        self._forms: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self.add(*secrets)

    def add(self, *secrets: str) -> None:
        """Take *secrets* in, with their URL-encoded and base64 forms."""
        for secret in secrets:
            if len(secret) >= SHORTEST:
                encoded = base64.b64encode(secret.encode()).decode()
                self._forms |= {secret, quote(secret, safe=""), quote_plus(secret), encoded}
        longest_first = sorted(self._forms, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if self._forms else None

    def text(self, text: str) -> str:
        """*text* with each secret replaced."""
        return self._pattern.sub(MASK, text) if self._pattern else text

    def filter(self, record: logging.LogRecord) -> bool:
        """Scrub a log record where it stands; it always passes."""
        if self._pattern is None:
            return True
        message = record.getMessage()
        if (scrubbed := self.text(message)) != message:
            record.msg, record.args = scrubbed, None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = self.text(record.exc_text)
        return True


def secrets_in(config: Mapping[str, Any]) -> Iterator[str]:
    """The texts in *config*, at any depth, whose names say that they are secret.

    Of one with a scheme before it, such as ``Bearer abc``, the part behind it as well.
    """
    for name, value in config.items():
        if isinstance(value, str) and SECRET_NAME.search(name):
            yield from {value, value.rpartition(" ")[2]}
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, Mapping):
                yield from secrets_in(inner)
