"""Pages: which records a request asks for, and where the next page starts."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import msgspec

from tap_analytics.sandbox.answers import bad_request

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tap_analytics.sandbox.data import Dataset
    from tap_analytics.sandbox.endpoints import Endpoint, Paging
    from tap_analytics.sandbox.options import Options

DEFAULT_LIMIT = 50
LIMIT_NAMES: Mapping[Paging, tuple[str, ...]] = {
    "offset": ("limit",),
    "link": ("page[size]", "limit"),
    "cursor": ("limit",),
}
TOKEN_NAMES: Mapping[Paging, tuple[str, ...]] = {
    "offset": (),
    "link": ("page[after]", "cursor"),
    "cursor": ("next",),
}
_DIGEST_SIZE = 6
_MOST_DIGITS = 18
_NO_WINDOW = (None, None)
_RFC3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_MICROSECOND = timedelta(microseconds=1)


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """Where a page of a cursor or link listing starts; its token is opaque to clients.

    Attributes:
        name: The resource.
        parent: Id of the parent whose children are listed, if any.
        after: The page holds records behind this position; -1 for the first page.
        page: Number of the page, from 1.
        since: Earliest cursor value of the listing, inclusive.
        until: End of the cursor values, exclusive.
    """

    name: str
    parent: str | None
    after: int
    page: int
    since: datetime | None
    until: datetime | None

    def token(self, seed: int) -> str:
        """The text that stands for this place, the same each time."""
        content = msgspec.msgpack.encode(self)
        return urlsafe_b64encode(_digest(content, seed) + content).rstrip(b"=").decode()


class Page(msgspec.Struct, kw_only=True):
    """One page of a listing.

    Attributes:
        rows: Its records, flat.
        limit: Most records that a page may hold.
        total: Records of the whole listing now.
        first: Where the listing starts; None where it is paged by offset.
        next: Where the next page starts; after the last page, where it would start. None where
            the listing is paged by offset.
        has_more: Whether a next page follows.
    """

    rows: list[dict[str, Any]]
    limit: int
    total: int
    first: Cursor | None = None
    next: Cursor | None = None
    has_more: bool = False


def read_page(
    dataset: Dataset,
    endpoint: Endpoint,
    query: Sequence[tuple[str, str]],
    *,
    parent: str | None,
    options: Options,
) -> Page:
    """The page that *query* asks for.

    Raises:
        RefusedError: Status 400, a parameter is wrong.
    """
    params = dict(query)
    limit = min(_limit(endpoint, params), options.max_page_size)
    since, until = _NO_WINDOW
    if options.filters:
        since, until = _window(query, dataset.cursor_field(endpoint.name))
    if endpoint.paging == "offset":
        offset = _whole(params, "offset", default=0, least=0)
        positions = dataset.positions(endpoint.name, since=since, until=until)
        chosen = positions[offset : offset + limit]
        return Page(
            rows=[dataset.record(endpoint.name, at) for at in chosen],
            limit=limit,
            total=len(positions),
        )
    first = Cursor(endpoint.name, parent, -1, 1, since, until)
    token = next((params[name] for name in TOKEN_NAMES[endpoint.paging] if name in params), None)
    here = first if token is None else _resumed(token, first, options.seed)
    return _page_at(dataset, here, limit=limit, empty_pages=options.empty_pages)


def page_number(endpoint: Endpoint, query: Sequence[tuple[str, str]], options: Options) -> int:
    """Number of the page that *query* asks for, from 1; 0 where it cannot be told."""
    params = dict(query)
    if endpoint.paging == "offset":
        offset = _natural(params.get("offset", "0"))
        limit = _natural(params.get("limit", str(DEFAULT_LIMIT)))
        if offset is None or not limit:
            return 0
        return offset // min(limit, options.max_page_size) + 1
    token = next((params[name] for name in TOKEN_NAMES[endpoint.paging] if name in params), None)
    if token is None:
        return 1
    cursor = _decoded(token, options.seed)
    return cursor.page if cursor else 0


def second_page(dataset: Dataset, page: Page, here: int) -> Cursor | None:
    """Where the second page of the listing starts; the first if *here* is page 1."""
    if page.first is None or here <= 1:
        return page.first
    return _page_at(dataset, page.first, limit=page.limit, empty_pages=0).next


def _page_at(dataset: Dataset, here: Cursor, *, limit: int, empty_pages: int) -> Page:
    positions = dataset.positions(
        here.name, parent_id=here.parent, since=here.since, until=here.until
    )
    start = bisect_right(positions, here.after)
    is_empty = empty_pages > 0 and here.page % empty_pages == 0
    chosen = () if is_empty else positions[start : start + limit]
    after = chosen[-1] if len(chosen) else here.after
    return Page(
        rows=[dataset.record(here.name, at) for at in chosen],
        limit=limit,
        total=len(positions),
        first=msgspec.structs.replace(here, after=-1, page=1),
        next=msgspec.structs.replace(here, after=after, page=here.page + 1),
        has_more=start + len(chosen) < len(positions),
    )


def _digest(content: bytes, seed: int) -> bytes:
    return blake2b(content, digest_size=_DIGEST_SIZE, key=str(seed).encode()[:64]).digest()


def _decoded(token: str, seed: int) -> Cursor | None:
    try:
        data = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
        digest, content = data[:_DIGEST_SIZE], data[_DIGEST_SIZE:]
        cursor = msgspec.msgpack.decode(content, type=Cursor)
    except ValueError:
        return None
    return cursor if digest == _digest(content, seed) else None


def _resumed(token: str, first: Cursor, seed: int) -> Cursor:
    """The place that *token* stands for, which must be in the listing that starts at *first*."""
    cursor = _decoded(token, seed)
    if cursor is None:
        raise bad_request("the page token is not valid")
    if (cursor.name, cursor.parent) != (first.name, first.parent):
        raise bad_request("the page token belongs to another listing")
    window = (first.since, first.until)
    if window not in (_NO_WINDOW, (cursor.since, cursor.until)):
        raise bad_request("the page token belongs to a listing with other filters")
    return cursor


def _limit(endpoint: Endpoint, params: Mapping[str, str]) -> int:
    names = LIMIT_NAMES[endpoint.paging]
    name = next((name for name in names if name in params), names[0])
    return _whole(params, name, default=DEFAULT_LIMIT, least=1)


def _whole(params: Mapping[str, str], name: str, *, default: int, least: int) -> int:
    if name not in params:
        return default
    number = _natural(params[name])
    if number is None or number < least:
        raise bad_request(f"{name} must be a whole number from {least}")
    return number


def _natural(text: str) -> int | None:
    is_natural = text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS
    return int(text) if is_natural else None


def _window(
    query: Sequence[tuple[str, str]], field: str | None
) -> tuple[datetime | None, datetime | None]:
    """Earliest cursor value, inclusive, and end of the cursor values, exclusive."""
    since: datetime | None = None
    until: datetime | None = None
    for name, text in query:
        if name in (f"{field}[gte]", f"{field}[gt]"):
            bound = _bound(name, text, after=name.endswith("[gt]"))
            since = bound if since is None else max(since, bound)
        elif name in (f"{field}[lt]", f"{field}[lte]"):
            bound = _bound(name, text, after=name.endswith("[lte]"))
            until = bound if until is None else min(until, bound)
    return since, until


def _bound(name: str, text: str, *, after: bool) -> datetime:
    """The first microsecond that is not before *text*, or with *after*, that is behind it."""
    matched = _RFC3339.fullmatch(text)
    if matched:
        date, time, fraction, zone = matched.groups()
        fraction = fraction or ""
        try:
            moment = datetime.fromisoformat(f"{date}T{time}.{fraction[:6]:0<6}{zone.upper()}")
            moment = moment.astimezone(UTC)
            return moment + _MICROSECOND if after or fraction[6:].strip("0") else moment
        except (ValueError, OverflowError):
            pass
    raise bad_request(f"{name} must be an RFC 3339 date-time such as 2025-01-31T08:00:00Z")
