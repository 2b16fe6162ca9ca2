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
    from collections.abc import Iterator, Mapping, Sequence

    from tap_analytics.sandbox.data import Dataset
    from tap_analytics.sandbox.endpoints import Endpoint, Paging
    from tap_analytics.sandbox.options import Options

DEFAULT_LIMIT = 50
_DIGEST_SIZE = 6
_MOST_DIGITS = 18
_NO_WINDOW = (None, None)
_RFC3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_MICROSECOND = timedelta(microseconds=1)


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """Where a page starts that is asked for by token or id; the token is opaque to clients.

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
        first: Where the listing starts; None where it is asked for by number, or whole.
        next: Where the next page starts; after the last page, where it would start. None as
            for *first*.
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
    paging, params = endpoint.paging, dict(query)
    limit = min(_limit(paging, params), options.max_page_size)
    since, until = _NO_WINDOW
    if options.filters:
        since, until = _window(query, dataset.cursor_field(endpoint.name))
    first = Cursor(endpoint.name, parent, -1, 1, since, until)
    text = _first_of(paging.names, params)
    if paging.by in {"token", "id"}:
        here = first
        if text is not None:
            by_token = paging.by == "token"
            here = (
                _resumed(text, first, options.seed) if by_token else _behind(dataset, text, first)
            )
        return _page_at(dataset, here, limit=limit, empty_pages=options.empty_pages)
    positions = dataset.positions(endpoint.name, parent_id=parent, since=since, until=until)
    if paging.by == "nothing":
        start, limit = 0, max(len(positions), 1)
    else:
        start = _start(paging, params, limit)
    return Page(
        rows=[dataset.record(endpoint.name, at) for at in positions[start : start + limit]],
        limit=limit,
        total=len(positions),
    )


def body_query(body: bytes) -> tuple[tuple[str, str], ...] | None:
    """What a search's JSON body asks for, as a query would: `{"a": {"b": 1}}` is `a[b]=1`.

    Returns:
        Names and values; those that are null are left out. None where the body is no JSON object.
    """
    try:
        return tuple(_pairs(msgspec.json.decode(body or b"{}", type=dict[str, Any])))
    except ValueError:
        return None


def _pairs(fields: Mapping[str, Any], outer: str = "") -> Iterator[tuple[str, str]]:
    for name, value in fields.items():
        path = f"{outer}[{name}]" if outer else name
        if isinstance(value, dict):
            yield from _pairs(value, path)
        elif value is not None:
            yield path, value if isinstance(value, str) else msgspec.json.encode(value).decode()


def page_number(endpoint: Endpoint, query: Sequence[tuple[str, str]], options: Options) -> int:
    """Number of the page that *query* asks for, from 1; 0 where it cannot be told."""
    paging, params = endpoint.paging, dict(query)
    text = _first_of(paging.names, params)
    if text is None and paging.by != "offset":
        return 1
    if paging.by == "token":
        cursor = _decoded(text or "", options.seed)
        return cursor.page if cursor else 0
    number = _natural("0" if text is None else text)
    limit = _natural(params.get(_limit_name(paging, params), str(DEFAULT_LIMIT)))
    if number is None or paging.by == "id":
        return 0
    if paging.by == "page":
        return number - paging.base + 1
    return number // min(limit, options.max_page_size) + 1 if limit else 0


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


def _behind(dataset: Dataset, record_id: str, first: Cursor) -> Cursor:
    """The place behind the record of that id; as a first page, it is never made empty."""
    at = dataset.find(first.name, record_id)
    if at is None:
        raise bad_request(f"there is no record {record_id!r} to start after")
    return msgspec.structs.replace(first, after=at)


def _start(paging: Paging, params: Mapping[str, str], limit: int) -> int:
    """How many records are before the page."""
    number = _whole(params, paging.names[0], default=paging.base, least=paging.base)
    return (number - paging.base) * (limit if paging.by == "page" else 1)


def _limit(paging: Paging, params: Mapping[str, str]) -> int:
    return _whole(params, _limit_name(paging, params), default=DEFAULT_LIMIT, least=1)


def _limit_name(paging: Paging, params: Mapping[str, str]) -> str:
    return next((name for name in paging.limits if name in params), "")


def _first_of(names: Sequence[str], params: Mapping[str, str]) -> str | None:
    return next((params[name] for name in names if name in params), None)


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
