"""From one page to the next.

A paginator in the vocabulary (`tap_analytics.spec`) is a frozen value that many partitions share;
`pager` makes the live object that walks one partition. A pager only says what to ask next: that no
page is asked for twice is `fetch`'s business, and where a link may lead is the session's.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from requests.utils import parse_header_links

from tap_analytics.exceptions import PagingError
from tap_analytics.records.selector import MISSING, Path
from tap_analytics.rest.counted import OffsetPager, PageNumberPager
from tap_analytics.rest.detect import LINK, LINK_KEYS, detect, link_in
from tap_analytics.rest.page import Page, Pager, flag, optional_path, sized
from tap_analytics.spec import (
    Auto,
    Cursor,
    HeaderCursor,
    HeaderLink,
    JsonLink,
    Offset,
    PageNumber,
    Paginator,
    SinglePage,
)

if TYPE_CHECKING:
    from tap_analytics.rest.message import Request

__all__ = ["Page", "Pager", "pager"]

S = TypeVar("S", bound=Paginator)
logger = logging.getLogger("tap-analytics.http")
NO_CURSOR: tuple[Any, ...] = (None, "", "inf", {})


class LinkPager(Pager[S]):
    """What pagers that follow a link or send a cursor share."""

    def follow(self, page: Page, value: Any, param: str, body_path: str | None = None) -> Request:
        """The request that *value* leads to: a URL is followed as it is, a token is sent.

        A token in base64 may begin with a slash, so only a query makes that a relative link.
        """
        value = link_in(value) or value
        if isinstance(value, str) and LINK.match(value):
            return page.request.following(value)
        if body_path:
            return page.request.with_body(body_path, value)
        return page.request.with_params({param: value})


class JsonLinkPager(Pager[JsonLink]):
    """The next URL stands in the body."""

    def __init__(self, spec: JsonLink) -> None:
        super().__init__(spec)
        self._path = Path(spec.next_url_path)

    def next(self, page: Page) -> Request | None:
        """Follow the link, relative or absolute."""
        value = link_in(self._path.first(page.document))
        return page.request.following(str(value)) if value else None


class HeaderLinkPager(Pager[HeaderLink]):
    """The next URL stands in the ``Link`` header (RFC 8288)."""

    def first(self, request: Request) -> Request:
        """Ask for pages of the wanted size, where one is wanted."""
        return sized(request, self.spec.limit_param, self.spec.limit)

    def next(self, page: Page) -> Request | None:
        """Follow the link with the wanted relation; relations compare without case.

        Some APIs keep a link behind the last page and say ``results="false"`` beside it.
        """
        for link in parse_header_links(page.headers.get("link", "")):
            relations = link.get("rel", "").lower().split()
            if self.spec.links_next_key.lower() in relations:
                ends = link.get("results", "").lower() == "false"
                return None if ends else page.request.following(link["url"])
        return None


class HeaderCursorPager(LinkPager[HeaderCursor]):
    """The next cursor stands in a header."""

    def next(self, page: Page) -> Request | None:
        """Send the cursor back."""
        value = page.headers.get(self.spec.cursor_key.lower())
        return self.follow(page, value, self.spec.cursor_param) if value else None


class CursorPager(LinkPager[Cursor]):
    """The next cursor stands in the body; a flag beside it may say that there is no more."""

    def __init__(self, spec: Cursor) -> None:
        super().__init__(spec)
        self._cursor = Path(spec.cursor_path)
        self._more = optional_path(spec.has_more_path)
        self._done = optional_path(spec.done_path)
        self._flagged = False

    def first(self, request: Request) -> Request:
        """Ask for pages of the wanted size, where one is wanted."""
        return sized(request, self.spec.limit_param, self.spec.limit)

    def next(self, page: Page) -> Request | None:
        """A flag wins over a cursor that is still there; without one the cursor decides."""
        more = flag(page, self._more)
        if more is None and self._flagged:
            more = False  # an answer may leave out what is false
        self._flagged = more is not None
        if more is False or flag(page, self._done) or self._ends_by_size(page):
            return None
        of_record = self.spec.cursor_source == "last_record"
        source = (page.records or [None])[-1] if of_record else page.document
        value = self._cursor.first(source)
        if isinstance(value, dict) and LINK_KEYS & value.keys():
            value = link_in(value) or None
        if value is MISSING or value in NO_CURSOR or (value == 0 and not of_record):
            if more:
                raise PagingError(
                    f"{page.where}: {self.spec.has_more_path} says that there is more, but "
                    f"{self.spec.cursor_path} holds no cursor; rows would be lost"
                )
            if self._more is not None and page.number == 1 and page.records:
                logger.warning(
                    "%s: the body has neither %s nor %s; taken for the only page",
                    page.where,
                    self.spec.has_more_path,
                    self.spec.cursor_path,
                )
            return None
        return self.follow(
            page, value, self.spec.cursor_param or "cursor", self.spec.cursor_body_path
        )

    def _ends_by_size(self, page: Page) -> bool:
        spec = self.spec
        if not page.records:
            return spec.stop_after_empty_page or spec.cursor_source == "last_record"
        return spec.stop_below is not None and len(page.records) < spec.stop_below


class AutoPager(Pager[Auto]):
    """Becomes the pager that the first page asks for."""

    def __init__(self, spec: Auto) -> None:
        super().__init__(spec)
        self._found: Pager[Any] | None = None

    def next(self, page: Page) -> Request | None:
        """As the pager that was found says."""
        if self._found is None:
            found = detect(page)
            self._found = pager(found)
            logger.info("%s: paginator auto is %s", page.where, _described(found))
        return self._found.next(page)


PAGERS: dict[type[Paginator], type[Pager[Any]]] = {
    Auto: AutoPager,
    SinglePage: Pager,
    JsonLink: JsonLinkPager,
    HeaderLink: HeaderLinkPager,
    HeaderCursor: HeaderCursorPager,
    Cursor: CursorPager,
    Offset: OffsetPager,
    PageNumber: PageNumberPager,
}


def pager(spec: Paginator) -> Pager[Any]:
    """A fresh pager for one partition."""
    return PAGERS[type(spec)](spec)


def _described(spec: Paginator) -> str:
    fields = msgspec.structs.fields(spec)
    given = [
        f"{field.name} {getattr(spec, field.name)}"
        for field in fields
        if getattr(spec, field.name) != field.default
    ]
    return ", ".join([str(spec.__struct_config__.tag), *given])
