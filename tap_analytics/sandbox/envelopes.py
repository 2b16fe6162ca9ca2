"""The bodies around records: envelopes, next links, JSON:API objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import msgspec

from tap_analytics.sandbox.paging import TOKEN_NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tap_analytics.sandbox.endpoints import Endpoint
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


def envelope(
    page: Page,
    endpoint: Endpoint,
    options: Options,
    *,
    place: Place,
    request_id: str,
    relationships: Mapping[str, str],
) -> dict[str, Any]:
    """The body of *page*.

    Args:
        page: The page.
        endpoint: Its listing.
        options: Tell the forms.
        place: For links.
        request_id: For the envelope `meta`.
        relationships: Fields that are to-one relationships, with the type each points to.
    """
    if endpoint.paging == "offset":
        return _offset_body(page, endpoint, options)
    if endpoint.paging == "cursor":
        return _cursor_body(page, endpoint, options, place, request_id)
    body = _link_body(page, endpoint, options, place)
    if options.json_api:
        body["data"] = [
            json_api_object(row, endpoint, relationships, place.origin) for row in page.rows
        ]
    return body


def _offset_body(page: Page, endpoint: Endpoint, options: Options) -> dict[str, Any]:
    named = endpoint.name == "cash_drawers"
    has_total = {"present": True, "absent": False, "mixed": named}[options.totals]
    return {"data": page.rows} | ({"total": page.total} if has_total else {})


def _cursor_body(
    page: Page, endpoint: Endpoint, options: Options, place: Place, request_id: str
) -> dict[str, Any]:
    """Holds `next` on the last page too."""
    following = _reference(page.next, endpoint, place, options, "token")
    if options.envelope == "root":
        return {"data": page.rows, "has_more": page.has_more, "next": following}
    pagination = {
        "per_page": page.limit,
        "next": following,
        "has_more": page.has_more,
        "estimated_total": page.total,
    }
    return {"data": page.rows, "meta": {"request_id": request_id, "pagination": pagination}}


def _link_body(page: Page, endpoint: Endpoint, options: Options, place: Place) -> dict[str, Any]:
    at_home = msgspec.structs.replace(place, foreign="")
    links: dict[str, Any] = {
        "first": _reference(page.first, endpoint, at_home, options, options.links)
    }
    if page.has_more:
        links["next"] = _reference(page.next, endpoint, place, options, options.links)
    elif endpoint.null_last:
        links["next"] = None
    return {"data": page.rows, "links": links}


def _reference(
    cursor: Cursor | None, endpoint: Endpoint, place: Place, options: Options, style: str
) -> str | None:
    """What leads to *cursor*: its token, or the request's URL with that token."""
    if cursor is None:
        return None
    token = cursor.token(options.seed)
    if style == "token" and not place.foreign:
        return token
    names = TOKEN_NAMES[endpoint.paging]
    kept = [pair for pair in place.query if pair[0] not in (*names, "api_key")]
    origin = place.foreign or ("" if style == "relative" else place.origin)
    return f"{origin}{place.path}?{urlencode([*kept, (names[0], token)])}"


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
