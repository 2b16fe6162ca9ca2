"""APIs that are made up, and walks over their pages without a socket between.

An API is a function from a query to a document and headers. The walk over it is the real one, with
its guard, so that thousands of APIs can be walked.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import chain, islice
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeAlias, cast
from urllib.parse import parse_qsl, urlencode, urlsplit

from tap_analytics.exceptions import PagingError
from tap_analytics.rest.fetch import Fetcher
from tap_analytics.rest.message import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_analytics.rest.session import Session
    from tap_analytics.spec import Paginator

__all__ = ["ABSENT", "API", "ENOUGH", "URLS", "Leading", "Pages", "Query", "Reply", "Rows", "Tell",
           "Walk", "all_of", "counted", "flag_of", "paged", "rows"]  # fmt: skip

URL = "https://api.example.com/v1/events"
Query: TypeAlias = dict[str, str]
Reply: TypeAlias = tuple[dict[str, Any], dict[str, str]]
API: TypeAlias = "Callable[[Query], Reply]"
Rows: TypeAlias = list[dict[str, Any]]
Pages: TypeAlias = list[Rows]
Tell: TypeAlias = "Callable[[int, Rows], dict[str, Any]]"

ENOUGH = 1100  # requests; an endless run of empty pages is given up before
URLS = ("absolute", "path", "query")
ABSENT = object()


def rows(count: int) -> Rows:
    return [{"id": number + 1} for number in range(count)]


def paged(sizes: list[int]) -> Pages:
    """Pages of these sizes."""
    left = iter(rows(sum(sizes)))
    return [list(islice(left, size)) for size in sizes]


def all_of(book: Pages) -> Rows:
    return list(chain.from_iterable(book))


class Wire:
    """Stands where a session does; fails where a walk does not end."""

    def __init__(self, api: API) -> None:
        self.asked = 0
        self.origins = SimpleNamespace(require=lambda *_: None)
        self._api = api

    def send(self, request: Request, *, read: Callable[[Response], Any], **_: Any) -> Any:
        self.asked += 1
        assert self.asked <= ENOUGH, "the walk does not end"
        query = dict(parse_qsl(urlsplit(request.full_url).query, keep_blank_values=True))
        document, headers = self._api(query)
        body = json.dumps(document).encode()
        return read(Response(url=request.url, status=200, headers=headers, body=body))


class Walk:
    """The records from the first page to the end, or to the error that ended the walk."""

    def __init__(self, paginator: Paginator, api: API) -> None:
        wire = Wire(api)
        session = cast("Session", wire)
        fetcher = Fetcher(session=session, auth=None, paginator=paginator, selector="data")
        self.found: Rows = []
        self.error: PagingError | None = None
        try:
            for page in fetcher.pages(Request(url=URL), "events: GET /v1/events"):
                self.found += page.records
        except PagingError as error:
            self.error = error
        self.asked = wire.asked

    def whole(self, wanted: Rows) -> bool:
        """Whether all of *wanted* came, each once and in order, and nothing went wrong."""
        return self.error is None and self.found == wanted


@dataclass
class Leading:
    """An API whose every page tells the way to the next one.

    Attributes:
        way: What tells it: a link of some form, or a value to be sent as ``cursor``.
        key: Where in the body it is.
        flag: How more and no more are written; None where neither is. With a flag, the last page
            has a way, too: one that leads nowhere.
        end: What else stands at *key* on the last page.
    """

    book: Pages
    way: str
    key: str = "next"
    flag: Any = None
    end: Any = ABSENT

    def __call__(self, query: Query) -> Reply:
        number = int(query.get("at", query.get("cursor", "t1")).removeprefix("t")) - 1
        more = number + 1 < len(self.book)
        document: dict[str, Any] = {"data": self.book[number], **flag_of(self.flag, more=more)}
        value = self.to(number + 1) if more or self.flag else self.end
        for key in reversed(self.key.split(".") if value is not ABSENT else []):
            value = {key: value}
        return document | (value if isinstance(value, dict) else {}), {}

    def to(self, number: int) -> Any:
        """What leads to the page of that number, counted from 0."""
        query = urlencode({"at": f"t{number + 1}", "q": "a b"})
        return {
            "absolute": f"{URL}?{query}",
            "path": f"{urlsplit(URL).path}?{query}",
            "query": f"?{query}",
            "href": {"href": f"{URL}?{query}"},
            "token": f"t{number + 1}",
            "number": number + 1,
        }[self.way]


def flag_of(flag: Any, *, more: bool) -> dict[str, Any]:
    return {"more": flag[not more]} if flag else {}


def counted(count: int, size: int, tell: Tell, base: int = 0) -> API:
    """An API that counts records or pages; *tell* says more of the page from a record on."""

    def api(query: Query) -> Reply:
        at_page = (int(query.get("page", base)) - base) * size
        start = int(query.get("offset", at_page))
        page = rows(count)[start:][: min(size, int(query.get("limit", size)))]
        return {"data": page, **tell(start, page)}, {}

    return api
