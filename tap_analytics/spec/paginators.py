"""How one page leads to the next."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

Count: TypeAlias = Annotated[int, Meta(ge=0)]
Size: TypeAlias = Annotated[int, Meta(ge=1)]


class Paginator(Struct, frozen=True, kw_only=True, tag_field="type", tag="single_page"):
    """How one page leads to the next."""


class Auto(Paginator, frozen=True, tag="auto"):
    """The first page shows how there is more: a link, a cursor, or nothing."""


class SinglePage(Paginator, frozen=True, tag="single_page"):
    """One request brings all records."""


class JsonLink(Paginator, frozen=True, kw_only=True, tag="json_link"):
    """The body holds the next page's URL, absolute or relative."""

    next_url_path: Annotated[str, Meta(description="Path of the next page's URL.")] = "next"


class HeaderLink(Paginator, frozen=True, kw_only=True, tag="header_link"):
    """The ``Link`` header holds the next page's URL (RFC 8288)."""

    links_next_key: Annotated[str, Meta(description="Relation type of the next page.")] = "next"
    limit: Annotated[Size | None, Meta(description="Records to ask for in a page.")] = None
    limit_param: Annotated[str, Meta(description="Query parameter for `limit`.")] = "limit"


class HeaderCursor(Paginator, frozen=True, kw_only=True, tag="header_cursor"):
    """A response header holds the next page's cursor."""

    cursor_key: Annotated[str, Meta(description="Response header with the cursor.")] = "next"
    cursor_param: Annotated[str, Meta(description="Query parameter that takes it.")] = "cursor"


class Cursor(Paginator, frozen=True, kw_only=True, tag="cursor"):
    """The body holds the next page's cursor, a token or a URL; a URL is followed as it is."""

    cursor_path: Annotated[str, Meta(description="Path of the cursor.")] = "cursors.next"
    cursor_param: Annotated[
        str | None,
        Meta(description="Query parameter that takes it; `cursor` where no body path is set."),
    ] = None
    cursor_body_path: Annotated[
        str | None, Meta(description="Path in the JSON request body that takes it.")
    ] = None
    cursor_source: Annotated[
        Literal["body", "last_record"],
        Meta(description="What `cursor_path` leads into: the body, or the page's last record."),
    ] = "body"
    has_more_path: Annotated[
        str | None,
        Meta(description="Path of a flag; false ends the paging even if a cursor is there."),
    ] = None
    done_path: Annotated[
        str | None,
        Meta(description="Path of a flag; true ends the paging even if a cursor is there."),
    ] = None
    stop_below: Annotated[
        Size | None, Meta(description="A page with fewer records ends the paging.")
    ] = None
    stop_after_empty_page: Annotated[
        bool, Meta(description="Whether an empty page ends the paging.")
    ] = False
    limit: Annotated[Size | None, Meta(description="Records to ask for in a page.")] = None
    limit_param: Annotated[str, Meta(description="Query parameter for `limit`.")] = "limit"


class Offset(Paginator, frozen=True, kw_only=True, tag="offset"):
    """Pages are asked for by the number of records before them."""

    limit: Annotated[Size, Meta(description="Records to ask for in a page.")]
    offset: Annotated[Count, Meta(description="Offset of the first page.")] = 0
    offset_param: Annotated[str, Meta(description="Query parameter for the offset.")] = "offset"
    offset_body_path: Annotated[
        str | None, Meta(description="Path in the JSON request body for the offset.")
    ] = None
    limit_param: Annotated[str, Meta(description="Query parameter for `limit`.")] = "limit"
    limit_body_path: Annotated[
        str | None, Meta(description="Path in the JSON request body for `limit`.")
    ] = None
    total_path: Annotated[
        str | None,
        Meta(description="Path of the number of all records, a hint that may be absent."),
    ] = "total"
    maximum_offset: Annotated[
        Count | None, Meta(description="Offset at which the paging ends.")
    ] = None
    has_more_path: Annotated[str | None, Meta(description="Path of a flag; false ends it.")] = None
    stop_after_empty_page: Annotated[
        bool, Meta(description="Whether an empty page ends the paging.")
    ] = True


class PageNumber(Paginator, frozen=True, kw_only=True, tag="page_number"):
    """Pages are asked for by number."""

    base_page: Annotated[Count, Meta(description="Number of the API's first page.")] = 0
    page: Annotated[int | None, Meta(description="First page to ask for; else `base_page`.")] = None
    page_param: Annotated[str, Meta(description="Query parameter for the page number.")] = "page"
    limit: Annotated[Size | None, Meta(description="Records to ask for in a page.")] = None
    limit_param: Annotated[
        str | None, Meta(description="Query parameter for `limit`; not sent if absent.")
    ] = None
    page_body_path: Annotated[
        str | None, Meta(description="Path in the JSON request body for the page number.")
    ] = None
    total_path: Annotated[
        str | None, Meta(description="Path of the number of pages, a hint that may be absent.")
    ] = "total"
    maximum_page: Annotated[int | None, Meta(description="Page at which the paging ends.")] = None
    has_more_path: Annotated[str | None, Meta(description="Path of a flag; false ends it.")] = None
    stop_after_empty_page: Annotated[
        bool, Meta(description="Whether an empty page ends the paging.")
    ] = True


PAGINATORS: tuple[type[Paginator], ...] = (
    Auto,
    SinglePage,
    JsonLink,
    HeaderLink,
    HeaderCursor,
    Cursor,
    Offset,
    PageNumber,
)
