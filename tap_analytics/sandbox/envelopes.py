"""What goes around records: envelopes, next links, headers, JSON:API objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import msgspec

from tap_analytics.sandbox.answers import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tap_analytics.sandbox.endpoints import Endpoint, Tells
    from tap_analytics.sandbox.options import Options
    from tap_analytics.sandbox.paging import Cursor, Page


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a request came to, for the links in its answer.

    Attributes:
        origin: Scheme and authority, as the client wrote them.
        path: Path of the listing, as the client wrote it.
        query: Decoded names and values.
        foreign: Another origin for the next link, if a fault asks for it.
    """

    origin: str
    path: str
    query: Sequence[tuple[str, str]]
    foreign: str = ""


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """A page and what an answer with it is made of.

    Attributes:
        page: The page.
        endpoint: Its listing.
        options: Tell the forms.
        place: For links.
        request_id: For the envelope `meta`.
    """

    page: Page
    endpoint: Endpoint
    options: Options
    place: Place
    request_id: str

    def first(self, style: str) -> str:
        """What leads to the first page: its `token`, or an `absolute` or `relative` URL."""
        return self._reference(self.page.first, style, foreign="")

    def next(self, style: str) -> str:
        """What leads to the next page; on the last one, to an empty one behind it."""
        return self._reference(self.page.next, style, foreign=self.place.foreign)

    def following(self, style: str) -> str | None:
        """What leads to the next page; None on the last one."""
        return self.next(style) if self.page.has_more else None

    def _reference(self, cursor: Cursor | None, style: str, *, foreign: str) -> str:
        token = "" if cursor is None else cursor.token(self.options.seed)
        if style == "token" and not foreign:
            return token
        names, place = self.endpoint.paging.names, self.place
        kept = [pair for pair in place.query if pair[0] not in (*names, "api_key")]
        origin = foreign or ("" if style == "relative" else place.origin)
        return f"{origin}{place.path}?{urlencode([*kept, (names[0], token)])}"


def envelope(frame: Frame, relationships: Mapping[str, str]) -> Answer:
    """The answer that holds a page.

    Args:
        frame: The page and what goes around it.
        relationships: Fields that are to-one relationships, with the type each points to.
    """
    rows = frame.page.rows
    if frame.endpoint.json_api_type and frame.options.json_api:
        origin = frame.place.origin
        rows = [json_api_object(row, frame.endpoint, relationships, origin) for row in rows]
    answer = Answer(payload={"data": rows})
    tells = frame.endpoint.paging.tells
    if tells in _FIELDS:
        answer.payload |= _FIELDS[tells](frame)
    if tells in _HEADERS:
        answer.headers |= _HEADERS[tells](frame)
    return answer


def _total(frame: Frame) -> dict[str, Any]:
    return {"total": frame.page.total}


def _total_by_option(frame: Frame) -> dict[str, Any]:
    named = frame.endpoint.name == "cash_drawers"
    has_total = {"present": True, "absent": False, "mixed": named}[frame.options.totals]
    return _total(frame) if has_total else {}


def _total_pages(frame: Frame) -> dict[str, Any]:
    return {"total_pages": -(-frame.page.total // frame.page.limit)}


def _has_more(frame: Frame) -> dict[str, Any]:
    return {"has_more": frame.page.has_more}


def _has_more_and_next(frame: Frame) -> dict[str, Any]:
    """Holds `next` on the last page too."""
    flag, following = frame.page.has_more, frame.next("token")
    if frame.options.envelope == "root":
        return {"has_more": flag, "next": following}
    pagination = {
        "per_page": frame.page.limit,
        "next": following,
        "has_more": flag,
        "estimated_total": frame.page.total,
    }
    return {"meta": {"request_id": frame.request_id, "pagination": pagination}}


def _next_cursor(frame: Frame) -> dict[str, Any]:
    return {"next_cursor": frame.following("token")}


def _next_link(frame: Frame) -> dict[str, Any]:
    return {"next": frame.following("absolute")}


def _links(frame: Frame) -> dict[str, Any]:
    links: dict[str, Any] = {"first": frame.first(frame.options.links)}
    if frame.page.has_more or frame.endpoint.null_last:
        links["next"] = frame.following(frame.options.links)
    return {"links": links}


def _link_header(frame: Frame) -> dict[str, str]:
    """RFC 8288; links to the first and to the next page."""
    links = {"first": frame.first("absolute"), "next": frame.following("absolute")}
    return {"Link": ", ".join(f'<{url}>; rel="{name}"' for name, url in links.items() if url)}


def _cursor_header(frame: Frame) -> dict[str, str]:
    following = frame.following("token")
    return {} if following is None else {"X-Next-Cursor": following}


_FIELDS: Mapping[Tells, Callable[[Frame], dict[str, Any]]] = {
    "total": _total,
    "total by option": _total_by_option,
    "total_pages": _total_pages,
    "has_more": _has_more,
    "has_more and next": _has_more_and_next,
    "next_cursor": _next_cursor,
    "next link": _next_link,
    "links": _links,
}
_HEADERS: Mapping[Tells, Callable[[Frame], dict[str, str]]] = {
    "Link header": _link_header,
    "cursor header": _cursor_header,
}


def json_api_object(
    record: Mapping[str, Any], endpoint: Endpoint, relationships: Mapping[str, str], origin: str
) -> dict[str, Any]:
    """*record* as a JSON:API resource object.

    Args:
        record: Flat; to-one relationships are `<name>_id`.
        endpoint: Tells type, path and the relationships that are only links.
        relationships: The to-one relationships, with the type each points to.
        origin: Scheme and authority of the links.
    """
    url = f"{origin}{endpoint.path}/{record['id']}"
    related: dict[str, Any] = {}
    for field, kind in relationships.items():
        target = record[field]
        data = None if target is None else {"type": kind, "id": target}
        related[field.removesuffix("_id")] = {"data": data}
    for name in endpoint.to_many:
        related[name] = {"links": {"related": f"{url}/{name}"}}
    return {
        "type": endpoint.json_api_type,
        "id": record["id"],
        "attributes": {
            name: value
            for name, value in record.items()
            if name != "id" and name not in relationships
        },
        "relationships": related,
        "links": {"self": url},
    }
