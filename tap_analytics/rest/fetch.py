"""Walks the pages of one partition and guards the walk."""

from __future__ import annotations

import hashlib
import logging
import re
from typing import TYPE_CHECKING, Any

import msgspec

from tap_analytics.exceptions import ContentError, PagingError
from tap_analytics.records.codec import decode
from tap_analytics.records.selector import Path, select_records
from tap_analytics.rest.detect import check_single
from tap_analytics.rest.page import Page
from tap_analytics.rest.pagination import pager
from tap_analytics.rest.session import Ignored
from tap_analytics.spec import SinglePage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_analytics.rest.auth import Authenticator
    from tap_analytics.rest.message import Request, Response
    from tap_analytics.rest.session import Session
    from tap_analytics.spec import Paginator, ResponseAction

__all__ = ["Fetcher"]

logger = logging.getLogger("tap-analytics.http")
MOST_EMPTY_PAGES = 1000
MOST_KEYS_NAMED = 12
NO_FIELD = re.compile(
    r"next\w*|prev\w*|first\w*|last\w*|\w*cursor|\w*total\w*|count|size|pages?|\w*page|per_page|limit"
    r"|offset|has\w*|\w*more|_?links?|\w*meta\w*|paging|pagination|status\w*|code|success|ok|message"
    r"|msg|details?|error\w*|fault|request_?id|timestamp|title|type|warnings?",
    re.IGNORECASE,
)
MESSAGE_KEYS = ("message", "msg", "detail", "title", "fault", "error_description")


class Fetcher:
    """Gets the pages of one resource, each exactly once and in order.

    Args:
        session: Sends the requests.
        auth: Signs them.
        paginator: How one page leads to the next.
        selector: Where the records are in a body; None looks for them.
        actions: What to do with particular answers.
        count_non_finite: Told how many NaN and Infinity became null in a page.
    """

    def __init__(
        self,
        *,
        session: Session,
        auth: Authenticator | None,
        paginator: Paginator,
        selector: str | None,
        actions: tuple[ResponseAction, ...] = (),
        count_non_finite: Callable[[int], None] = lambda _count: None,
    ) -> None:
        self._session = session
        self._auth = auth
        self._paginator = paginator
        self._selector = None if selector is None else Path(selector)
        self._actions = actions
        self._count_non_finite = count_non_finite

    def pages(self, first: Request, label: str) -> Iterator[Page]:
        """All pages from the one that *first* asks for.

        Args:
            first: The request without any paging parameter.
            label: ``stream: METHOD path``, for messages.

        Yields:
            Pages in order, empty ones included.

        Raises:
            PagingError: A page repeats an earlier one, or the end cannot be reached.
            ContentError: An answer is not the data it should be.
        """
        walk = pager(self._paginator)
        guard = Guard()
        request: Request | None = walk.first(first)
        number = 0
        while request is not None:
            number += 1
            where = f"{label}, page {number}"
            if number > 1:
                self._session.origins.require(request.full_url, label, "the next page")
            guard.position(request, number, where)
            try:
                page = self._page(request, number, where)
            except Ignored:
                return
            guard.content(page)
            yield page
            request = walk.next(page)
            if request is None and number == 1:
                self._check_only(page)

    def _check_only(self, page: Page) -> None:
        """Refuse a first page that is not the last, or say so where an end was asked for."""
        spec = self._paginator
        wanted = isinstance(spec, SinglePage) or any(
            getattr(spec, name, None) is not None for name in ("maximum_offset", "maximum_page")
        )
        try:
            check_single(page)
        except PagingError as error:
            if not wanted:
                raise
            logger.warning("%s", error)

    def _page(self, request: Request, number: int, where: str) -> Page:
        def read(response: Response) -> Page:
            document, non_finite = decode(response.body, where)
            if non_finite:
                self._count_non_finite(non_finite)
            return Page(
                request=request,
                headers=response.headers,
                document=document,
                records=self._records(document, number, where),
                number=number,
                where=where,
            )

        return self._session.send(
            request, where=where, auth=self._auth, read=read, actions=self._actions
        )

    def _records(self, document: Any, number: int, where: str) -> list[Any]:
        records = select_records(document, self._selector)
        if _error(document) and not (records and self._selector):
            raise ContentError(where, "the answer is an error object, although its status is 200")
        if not isinstance(records, list):
            if number > 1 and not _message(document):
                return []
            if self._selector is None and _is_entity(document):
                return [document]
            selector = "no list of records" if self._selector is None else repr(self._selector.text)
            raise ContentError(
                where, f"data_selector finds nothing ({selector}); the body has {_keys(document)}"
            )
        for index, record in enumerate(records):
            if not isinstance(record, dict):
                kind = type(record).__name__
                raise ContentError(where, f"record {index + 1} is no object but {kind}")
        return records


class Guard:
    """Remembers, by digest, where a walk has been and what it saw there."""

    def __init__(self) -> None:
        self._positions: dict[bytes, int] = {}
        self._contents: dict[bytes, int] = {}
        self._empty = 0

    def position(self, request: Request, number: int, where: str) -> None:
        """Refuse a request that was already made."""
        earlier = self._positions.setdefault(request.position, number)
        if earlier != number:
            raise PagingError(
                f"{where} repeats the position of page {earlier}; stopped to avoid a loop"
            )

    def content(self, page: Page) -> None:
        """Refuse records that another position already gave, and an endless run of nothing.

        Two empty pages are the same without being a repetition.
        """
        if not page.records:
            self._empty += 1
            if self._empty >= MOST_EMPTY_PAGES:
                raise PagingError(
                    f"{page.where}: {self._empty} empty pages in a row; set has_more_path or "
                    f"stop_after_empty_page, or the walk has no end"
                )
            return
        self._empty = 0
        content = msgspec.json.encode(page.records)
        digest = hashlib.blake2b(content, digest_size=16).digest()
        earlier = self._contents.setdefault(digest, page.number)
        if earlier != page.number:
            raise PagingError(
                f"{page.where} holds the same records as page {earlier}; the API seems to ignore "
                f"the paging parameters"
            )


def _error(document: Any) -> bool:
    return isinstance(document, dict) and bool(document.get("error") or document.get("errors"))


def _message(document: Any) -> bool:
    """Whether this tells of something rather than ending a list."""
    return isinstance(document, dict) and any(document.get(key) for key in MESSAGE_KEYS)


def _is_entity(document: Any) -> bool:
    """Whether this is one record rather than an envelope or a message without any."""
    return isinstance(document, dict) and not all(map(NO_FIELD.fullmatch, map(str, document)))


def _keys(document: Any) -> str:
    if isinstance(document, dict):
        names = sorted(map(str, document))
        more = f" and {len(names) - MOST_KEYS_NAMED} more" if len(names) > MOST_KEYS_NAMED else ""
        return f"the keys {', '.join(names[:MOST_KEYS_NAMED])}{more}" if names else "no keys"
    return "a list" if isinstance(document, list) else f"only {type(document).__name__}"
