"""A request on its way to an answer, and what is kept of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tap_analytics.sandbox.envelopes import Place

if TYPE_CHECKING:
    from starlette.requests import Request

    from tap_analytics.sandbox.faults import Call, Hit


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A served request, as the log keeps it.

    Attributes:
        method: HTTP method.
        path: Path as the client wrote it.
        query: Decoded names and values, in order; of a search those of its body.
        headers: By lower-case name.
        status: Status of the answer.
    """

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    status: int


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """A request and what was decided about it.

    Attributes:
        request: The request.
        request_id: What `X-Request-Id` will hold.
        call: What faults see of it.
        hit: The fault that hits it, if any.
    """

    request: Request
    request_id: str
    call: Call
    hit: Hit | None = None

    @property
    def fault(self) -> str:
        """The kind of the fault; empty if there is none."""
        return self.hit.fault.fault if self.hit else ""

    @property
    def origin(self) -> str:
        """Scheme and authority as the client wrote them."""
        return f"{self.request.url.scheme}://{self.request.url.netloc}"

    @property
    def other_origin(self) -> str:
        """Another origin than the client's; by default this server under its second name."""
        if self.hit and self.hit.fault.origin:
            return self.hit.fault.origin.rstrip("/")
        url = self.request.url
        name = "127.0.0.1" if url.hostname == "localhost" else "localhost"
        return f"{url.scheme}://{name}:{self.request.scope['server'][1]}"

    @property
    def place(self) -> Place:
        """What links in the answer are made of."""
        return Place(
            origin=self.origin,
            path=self.request.url.path,
            query=self.call.query,
            foreign=self.other_origin if self.fault == "foreign_link" else "",
        )

    @property
    def target(self) -> str:
        """Path and query as the client wrote them."""
        url = self.request.url
        return f"{url.path}?{url.query}" if url.query else url.path

    def entry(self, status: int) -> Entry:
        """What the log keeps."""
        return Entry(
            method=self.request.method,
            path=self.request.url.path,
            query=list(self.call.query),
            headers=dict(self.request.headers),
            status=status,
        )
