"""The vocabulary: what can be said of an API and its resources, as frozen values.

Field names are those of dlt's ``rest_api`` source; what a field means beyond that is said at the
field. A class attribute of a built-in stream, a parsed config and the reference tables in the
documentation all come from these structs, so a paginator or an auth type is added here once.

Why structs and not TypedDicts with constructors beside them: one definition is the parser's
target, the default, the documentation and the value at run time, and it cannot be changed while
a run goes on.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType, field

__all__ = [
    "AUTHS",
    "CREDENTIALS",
    "PAGINATORS",
    "ApiKey",
    "Auth",
    "Auto",
    "Bearer",
    "Client",
    "Cursor",
    "ErrorHandler",
    "HeaderCursor",
    "HeaderLink",
    "HttpBasic",
    "Incremental",
    "JsonLink",
    "NoAuth",
    "OAuth2ClientCredentials",
    "OAuth2RefreshToken",
    "Offset",
    "PageNumber",
    "Paginator",
    "Resource",
    "ResponseAction",
    "SinglePage",
]

Secret: TypeAlias = Annotated[str, Meta(extra={"secret": True})]
Count: TypeAlias = Annotated[int, Meta(ge=0)]
Size: TypeAlias = Annotated[int, Meta(ge=1)]


class Auth(Struct, frozen=True, kw_only=True, tag_field="type", tag="none"):
    """How requests are signed."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"


class NoAuth(Auth, frozen=True, tag="none"):
    """Requests go out unsigned."""


class Bearer(Auth, frozen=True, kw_only=True, tag="bearer"):
    """``Authorization: Bearer <token>`` (RFC 6750, section 2.1)."""

    token: Annotated[Secret, Meta(description="Bearer token.")]


class ApiKey(Auth, frozen=True, kw_only=True, tag="api_key"):
    """A key in a header, a query parameter or a cookie."""

    api_key: Annotated[Secret, Meta(description="API key.")]
    name: Annotated[
        str, Meta(description="Header, query parameter or cookie that carries the API key.")
    ] = "Authorization"
    location: Annotated[
        Literal["header", "query", "param", "cookie"],
        Meta(description="Where the API key goes; `param` is the same as `query`."),
    ] = "header"


class HttpBasic(Auth, frozen=True, kw_only=True, tag="http_basic"):
    """HTTP basic authentication (RFC 7617)."""

    username: Annotated[str, Meta(description="User name for HTTP basic authentication.")]
    password: Annotated[
        Secret, Meta(description="Password for HTTP basic authentication; may be empty.")
    ]


class OAuth2ClientCredentials(Auth, frozen=True, kw_only=True, tag="oauth2_client_credentials"):
    """OAuth 2.0 client credentials grant (RFC 6749, section 4.4)."""

    access_token_url: Annotated[str, Meta(description="Token endpoint, an absolute URL.")]
    client_id: Annotated[str, Meta(description="OAuth 2.0 client ID.")]
    client_secret: Annotated[Secret, Meta(description="OAuth 2.0 client secret.")]
    access_token_request_data: Annotated[
        dict[str, str],
        Meta(description="Further form fields for the token request, such as `scope`."),
    ] = {}
    default_token_expiration: Annotated[
        Size,
        Meta(description="Life of a token in seconds where the answer does not tell it."),
    ] = 3600


class OAuth2RefreshToken(OAuth2ClientCredentials, frozen=True, tag="oauth2_refresh_token"):
    """OAuth 2.0 refresh token grant (RFC 6749, section 6)."""

    refresh_token: Annotated[Secret, Meta(description="OAuth 2.0 refresh token.")]


CREDENTIALS = (
    "client_id",
    "client_secret",
    "refresh_token",
    "token",
    "api_key",
    "username",
    "password",
)
"""Fields of auth structs that may stand at the config's top level instead."""

AUTHS: tuple[type[Auth], ...] = (
    NoAuth,
    Bearer,
    ApiKey,
    HttpBasic,
    OAuth2ClientCredentials,
    OAuth2RefreshToken,
)


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


class Incremental(Struct, frozen=True, kw_only=True):
    """What only changed records are asked for by."""

    cursor_path: Annotated[
        str | None, Meta(description="Field that orders changes; else the replication key.")
    ] = None
    start_param: Annotated[
        str | None, Meta(description="Query parameter for the start value, inclusive.")
    ] = None
    end_param: Annotated[
        str | None, Meta(description="Query parameter for `end_date`, exclusive.")
    ] = None
    initial_value: Annotated[
        str | int | float | None, Meta(description="Start where there is no bookmark.")
    ] = None
    end_value: Annotated[
        str | int | float | None, Meta(description="End of the range, exclusive.")
    ] = None
    lag: Annotated[
        Annotated[float, Meta(ge=0)],
        Meta(description="Seconds (or units of a numeric cursor) to read again."),
    ] = 0.0
    row_order: Annotated[
        Literal["asc"] | None,
        Meta(description="`asc` where records arrive in the cursor's order."),
    ] = None
    on_cursor_value_missing: Annotated[
        Literal["include", "exclude", "raise"],
        Meta(description="What happens to a record whose cursor is null or absent."),
    ] = "include"


class ResponseAction(Struct, frozen=True, kw_only=True):
    """What to do with an answer that has this status, or this text in its body, or both."""

    action: Annotated[Literal["ignore", "fail"], Meta(description="`ignore` or `fail`.")]
    status_code: Annotated[
        Annotated[int, Meta(ge=100, le=599)] | None, Meta(description="HTTP status.")
    ] = None
    content: Annotated[str | None, Meta(description="Text that the body contains.")] = None


class ErrorHandler(Struct, frozen=True, kw_only=True):
    """Which failures of a resource are tried again, how often, and which are passed over."""

    retry_on_status_codes: tuple[int, ...] | None = None
    max_retries: Count | None = None
    backoff_factor: Annotated[float, Meta(ge=0)] | None = None
    ignore_status_codes: tuple[int, ...] = ()


class Client(Struct, frozen=True, kw_only=True):
    """What all resources of an API share."""

    base_url: str
    headers: dict[str, str] = {}
    auth: Auth = field(default_factory=NoAuth)
    paginator: Paginator | None = None
    allowed_origins: tuple[str, ...] = ()


class Resource(Struct, frozen=True, kw_only=True):
    """One resource as a config gives it; what it leaves out is ``UNSET``."""

    name: str
    path: str | UnsetType = UNSET
    method: Literal["GET", "POST"] | UnsetType = UNSET
    params: dict[str, Any] | UnsetType = UNSET
    json: dict[str, Any] | UnsetType = UNSET
    headers: dict[str, str] | UnsetType = UNSET
    paginator: Paginator | UnsetType = UNSET
    data_selector: str | UnsetType = UNSET
    response_actions: tuple[ResponseAction, ...] | UnsetType = UNSET
    error_handler: ErrorHandler | UnsetType = UNSET
    incremental: Incremental | UnsetType = UNSET
    primary_keys: tuple[str, ...] | UnsetType = UNSET
    include_from_parent: tuple[str, ...] | UnsetType = UNSET
    selected: bool | UnsetType = UNSET
    write_disposition: Literal["merge", "append", "replace"] | UnsetType = UNSET
    record_format: Literal["plain", "json_api"] | UnsetType = UNSET
    schema: dict[str, Any] | UnsetType = UNSET
