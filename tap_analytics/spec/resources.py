"""What is asked of an API, and what becomes of its answers."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType, field

from tap_analytics.spec.auth import Auth, NoAuth
from tap_analytics.spec.paginators import Paginator  # noqa: TC001 - msgspec reads it

Count: TypeAlias = Annotated[int, Meta(ge=0)]


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
        str | int | float | None, Meta(description="End of the range, see `range_end`.")
    ] = None
    lag: Annotated[
        Annotated[float, Meta(ge=0)],
        Meta(description="Seconds (days of a date, units of a number) to read again."),
    ] = 0.0
    row_order: Annotated[
        Literal["asc", "desc"] | None,
        Meta(description="The cursor's order in which records arrive, where they do in one."),
    ] = None
    on_cursor_value_missing: Annotated[
        Literal["include", "exclude", "raise"],
        Meta(description="What happens to a record whose cursor is null or absent."),
    ] = "include"
    range_start: Annotated[
        Literal["closed", "open"],
        Meta(description="Whether a record at the very start is extracted (`closed`) or not."),
    ] = "closed"
    range_end: Annotated[
        Literal["open", "closed"],
        Meta(description="Whether a record at the very end is extracted (`closed`) or not."),
    ] = "open"
    datetime_format: Annotated[
        str | None,
        Meta(
            description="How start and end are written in requests, where not as in records: "
            "a strftime format; `%s` and `%ms` are seconds and milliseconds since 1970."
        ),
    ] = None
    step: Annotated[
        str | None,
        Meta(description="Span of one request, an ISO 8601 duration such as `P30D`."),
    ] = None


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


class RecordFilter(Struct, frozen=True, kw_only=True):
    """The records that are kept: those whose value at *path* is one of *values*."""

    path: str
    values: tuple[Any, ...]
    negated: bool = False


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
    built_in: bool = False
    parent: str | UnsetType = UNSET
    path: str | UnsetType = UNSET
    method: Literal["GET", "POST"] | UnsetType = UNSET
    params: dict[str, Any] | UnsetType = UNSET
    json: dict[str, Any] | UnsetType = UNSET
    data: dict[str, Any] | str | UnsetType = UNSET
    auth: Auth | UnsetType = UNSET
    partitions: dict[str, list[str | int | float | bool]] | UnsetType = UNSET
    record_filter: RecordFilter | UnsetType = UNSET
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
    schema: dict[str, Any] | str | UnsetType = UNSET
    columns: dict[str, dict[str, Any]] | UnsetType = UNSET
