"""Every error the tap raises on purpose.

The class says how far a failure reaches, the text says where it happened, what was found and
what is allowed, on one line and without any secret.

    TapAnalyticsError
    ├── ConfigError            a setting is wrong; nothing was requested
    ├── APIError               the API as a whole cannot be used; the run ends
    │   ├── AuthError          it does not accept the credentials
    │   └── UnavailableError   unreachable, or still failing when the retries were spent
    └── ResourceError          one resource cannot be extracted; the others go on
        ├── StatusError        it answered with a status that no retry can mend
        │   └── NotFoundError  404 or 410
        ├── ContentError       the answer is not the data it should be
        ├── ParentError        a parent's record does not lead to its children
        ├── IncompleteError    its parent stream failed
        ├── PagingError        the pages do not lead to the end of the data
        └── OriginError        a link or redirect leaves the API's origin; nothing was sent
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "APIError",
    "AuthError",
    "ConfigError",
    "ContentError",
    "IncompleteError",
    "NotFoundError",
    "OriginError",
    "PagingError",
    "ParentError",
    "ResourceError",
    "StatusError",
    "TapAnalyticsError",
    "UnavailableError",
]


class TapAnalyticsError(Exception):
    """Root of the tree."""


class ConfigError(TapAnalyticsError):
    """Settings that are wrong, all of them at once.

    Attributes:
        problems: One line each: config path, what was found, what is allowed. Never empty.
    """

    def __init__(self, *problems: str) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))

    @classmethod
    def raise_if(cls, problems: Iterable[str]) -> None:
        """Raise one error that holds all *problems*, or do nothing where there are none."""
        if found := tuple(problems):
            raise cls(*found)


class APIError(TapAnalyticsError):
    """The API as a whole cannot be used."""


class AuthError(APIError):
    """The API or its token endpoint does not accept the credentials."""


class UnavailableError(APIError):
    """The API cannot be reached, or still failed when the retries were spent."""


class ResourceError(TapAnalyticsError):
    """One resource cannot be extracted."""


class StatusError(ResourceError):
    """A status that no retry can mend.

    Attributes:
        status: HTTP status.
        body: What came with it; never printed.
    """

    def __init__(self, message: str, *, status: int, body: bytes = b"") -> None:
        self.status = status
        self.body = body
        super().__init__(message)


class NotFoundError(StatusError):
    """404 or 410: what was asked for is not there."""


class ContentError(ResourceError):
    """The answer is not the data it should be.

    Attributes:
        reason: What is wrong with it, without the place.
        transient: Whether the same request may well be answered better.
    """

    def __init__(self, where: str, reason: str, *, transient: bool = False) -> None:
        self.reason = reason
        self.transient = transient
        super().__init__(f"{where}: {reason}")


class ParentError(ResourceError):
    """A parent's record lacks what the request for its children needs."""


class IncompleteError(ResourceError):
    """A child stream's parents were not all seen, for the parent stream failed."""

    def __init__(self, stream: str, parent: str) -> None:
        super().__init__(f"{stream}: incomplete, for its parent {parent} failed")


class PagingError(ResourceError):
    """The pages do not lead to the end of the data."""


class OriginError(ResourceError):
    """A link or redirect leaves the API's origin."""
