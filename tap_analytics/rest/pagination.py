"""From one page to the next.

A paginator in the vocabulary (`tap_analytics.spec`) is a frozen value that many partitions share;
`pager` makes the live object that walks one partition. A pager only says what to ask next: that no
page is asked for twice is `fetch`'s business, and where a link may lead is the session's.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec
from requests.utils import parse_header_links

from tap_analytics.exceptions import PagingError
from tap_analytics.records.selector import MISSING, Path
from tap_analytics.rest.detect import LINK, detect
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
FALSE_TEXTS = frozenset({"", "0", "false", "no", "null", "none"})


class Page(msgspec.Struct, kw_only=True):
    """One page as it arrived.

    Attributes:
        headers: Of the answer, names in lower case.
        document: Decoded body.
        records: What the selector found in it, in order; empty where there was nothing.
        number: 1 for the partition's first.
        where: ``stream: METHOD path, page n``.
    """

    request: Request
    headers: dict[str, str]
    document: Any
    records: list[Any]
    number: int
    where: str


class Pager(Generic[S]):
    """Walks one partition; the base asks once.

    Attributes:
        spec: What the config says.
    """

    def __init__(self, spec: S) -> None:
        self.spec = spec

    def first(self, request: Request) -> Request:
        """*request* as it asks for the first page."""
        return request

    def next(self, page: Page) -> Request | None:  # noqa: ARG002 - the base has no next
        """The request for the page after *page*; None at the end.

        Raises:
            PagingError: The page says that there is more, but not where.
        """
        return None


class LinkPager(Pager[S]):
    """What pagers that follow a link or send a cursor share."""

    def follow(self, page: Page, value: Any, param: str, body_path: str | None = None) -> Request:
        """The request that *value* leads to: a URL is followed as it is, a token is sent.

        A token in base64 may begin with a slash, so only a query makes that a relative link.
        """
        if isinstance(value, dict) and isinstance(value.get("href"), str):
            value = value["href"]
        if isinstance(value, str) and LINK.match(value):
            return page.request.following(value)
        if body_path:
            return page.request.with_json(body_path, value)
        return page.request.with_params({param: value})


class JsonLinkPager(Pager[JsonLink]):
    """The next URL stands in the body."""

    def __init__(self, spec: JsonLink) -> None:
        super().__init__(spec)
        self._path = Path(spec.next_url_path)

    def next(self, page: Page) -> Request | None:
        """Follow the link, relative or absolute."""
        value = self._path.first(page.document)
        if isinstance(value, dict):
            value = value.get("href")
        return page.request.following(str(value)) if value else None


class HeaderLinkPager(Pager[HeaderLink]):
    """The next URL stands in the ``Link`` header (RFC 8288)."""

    def first(self, request: Request) -> Request:
        """Ask for pages of the wanted size, where one is wanted."""
        return _sized(request, self.spec.limit_param, self.spec.limit)

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
        self._more = _path(spec.has_more_path)
        self._done = _path(spec.done_path)

    def first(self, request: Request) -> Request:
        """Ask for pages of the wanted size, where one is wanted."""
        return _sized(request, self.spec.limit_param, self.spec.limit)

    def next(self, page: Page) -> Request | None:
        """A flag wins over a cursor that is still there; without one the cursor decides."""
        more = _more(page, self._more)
        if more is False or _more(page, self._done) or self._ends_by_size(page):
            return None
        of_record = self.spec.cursor_source == "last_record"
        source = (page.records or [None])[-1] if of_record else page.document
        value = self._cursor.first(source)
        if value is MISSING or value is None or value in ("", "inf", 0, {}):
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


class OffsetPager(Pager[Offset]):
    """Asks by the number of records before the page, counting those that really came.

    A server may cap the page size below what was asked, so a short page is no end; an empty one
    is. A total is a hint: it ends the paging where it is reached, unless the last page was full,
    or the only one so far, which is also what a count of the page itself would look like.
    """

    def __init__(self, spec: Offset) -> None:
        super().__init__(spec)
        self._offset = spec.offset
        self._total = _path(spec.total_path)
        self._more = _path(spec.has_more_path)

    def first(self, request: Request) -> Request:
        """Ask for the first page, from the configured offset."""
        spec = self.spec
        sized = _put(request, spec.limit_param, spec.limit_body_path, spec.limit)
        return _put(sized, spec.offset_param, spec.offset_body_path, self._offset)

    def next(self, page: Page) -> Request | None:
        """Advance by the records received."""
        spec = self.spec
        self._offset += len(page.records)
        more = _more(page, self._more)
        if more is False:
            return None
        total = _count(page, self._total)
        if not page.records:
            if total is not None and self._offset < total:
                raise PagingError(
                    f"{page.where}: the page is empty, but {spec.total_path} says {total} and "
                    f"{self._offset} were passed; the API does not page any deeper"
                )
            if spec.stop_after_empty_page and not more:
                return None
            self._offset += spec.limit
        if total is not None and self._offset >= total and not more:
            of_page = page.number == 1 and len(page.records) == total > 0  # perhaps no more than it
            if not of_page and len(page.records) < spec.limit:
                return None
        if spec.maximum_offset is not None and self._offset >= spec.maximum_offset:
            return None
        return _put(page.request, spec.offset_param, spec.offset_body_path, self._offset)


class PageNumberPager(Pager[PageNumber]):
    """Asks by page number; ends at an empty page, the last page of a total, or a false flag."""

    def __init__(self, spec: PageNumber) -> None:
        super().__init__(spec)
        self._page = spec.base_page if spec.page is None else spec.page
        self._total = _path(spec.total_path)
        self._more = _path(spec.has_more_path)

    def first(self, request: Request) -> Request:
        """Ask for the first page by its number."""
        spec = self.spec
        sized = _sized(request, spec.limit_param, spec.limit)
        return _put(sized, spec.page_param, spec.page_body_path, self._page)

    def next(self, page: Page) -> Request | None:
        """Count one up."""
        spec = self.spec
        self._page += 1
        more = _more(page, self._more)
        if more is False or (not more and not page.records and spec.stop_after_empty_page):
            return None
        total = _count(page, self._total)
        if not more and total is not None and self._page >= total + spec.base_page:
            return None
        if spec.maximum_page is not None and self._page >= spec.maximum_page:
            return None
        return _put(page.request, spec.page_param, spec.page_body_path, self._page)


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


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None


def _more(page: Page, path: Path | None) -> bool | None:
    """What the flag at *path* says; None where there is none."""
    value = MISSING if path is None else path.first(page.document)
    if value is MISSING:
        return None
    if isinstance(value, str):
        return value.strip().lower() not in FALSE_TEXTS
    return bool(value)


def _count(page: Page, path: Path | None) -> int | None:
    """The number at *path*, also as text; None where there is none."""
    value = None if path is None else path.first(page.document)
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _sized(request: Request, param: str | None, limit: int | None) -> Request:
    return request.with_params({param: limit}) if param and limit is not None else request


def _put(request: Request, param: str, body_path: str | None, value: int) -> Request:
    if body_path:
        return request.with_json(body_path, value)
    return request.with_params({param: value})
