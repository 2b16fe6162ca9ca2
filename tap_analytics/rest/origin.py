"""Origins: where credentials may go.

An origin is scheme, host and port (RFC 6454, section 4). Every request, link and redirect is
checked against the allowed ones before anything is sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec import Struct

from tap_analytics.exceptions import OriginError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Origin", "Origins"]

DEFAULT_PORTS = {"http": 80, "https": 443}


class Origin(Struct, frozen=True):
    """Scheme, host and port."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> Origin:
        """The origin of an absolute http or https *url*.

        Raises:
            ValueError: It is not one, or it carries a user name; the text says which.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise ValueError("is not a URL") from None
        scheme = parts.scheme.lower()
        if scheme not in DEFAULT_PORTS or not parts.hostname:
            raise ValueError("is not an absolute http or https URL")
        if parts.username is not None or parts.password is not None:
            raise ValueError("carries a user name or password")
        return cls(scheme, parts.hostname.lower(), DEFAULT_PORTS[scheme] if port is None else port)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"


class Origins:
    """The origins that requests may go to; the first is the API's own."""

    def __init__(self, urls: Iterable[str]) -> None:
        self._allowed = tuple(Origin.of(url) for url in urls)

    def require(self, url: str, where: str, what: str) -> None:
        """Let *url* pass, or refuse it.

        Args:
            url: Where a request would go.
            where: What the request belongs to, for the message.
            what: What leads there, such as ``next page``.

        Raises:
            OriginError: It leads elsewhere; nothing was sent.
        """
        try:
            origin = Origin.of(url)
        except ValueError as problem:
            raise OriginError(f"{where}: {what} {problem}; refused, nothing was sent") from None
        if origin not in self._allowed:
            raise OriginError(
                f"{where}: {what} points at {origin}, not at {self._allowed[0]}; refused, nothing "
                f"was sent (client.allowed_origins can allow it)"
            )
