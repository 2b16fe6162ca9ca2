"""Asks for the first page of one partition, as a sync without a bookmark does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import UNSET, Struct

from tap_analytics.cursors import moment
from tap_analytics.declared.columns import lay
from tap_analytics.exceptions import StatusError, TapAnalyticsError
from tap_analytics.inspection.check import paginator_of, ranged
from tap_analytics.ranges import first_range, ranges
from tap_analytics.rest.pagination import pager
from tap_analytics.sync import Run

if TYPE_CHECKING:
    from singer_sdk.helpers.types import Context

    from tap_analytics.inspection.opening import ProbedTap
    from tap_analytics.rest.message import Request, Response
    from tap_analytics.rest.page import Page
    from tap_analytics.state import Bookmark
    from tap_analytics.stream import AnalyticsStream

__all__ = ["Answered", "ask"]

UNPROCESSABLE = frozenset({400, 422})


class Answered(Struct, kw_only=True):
    """What became of asking once.

    Attributes:
        request: As it went out first; None where it could not be made.
        responses: To it and its retries.
        page: None where the sync would find none.
        error: What the sync would say.
        start: First value asked for, None where all was.
        guessed: Whether only records can tell what the stream's schema is.
        notes: What was done otherwise than a sync does it.
    """

    request: Request | None = None
    responses: list[Response] = []
    page: Page | None = None
    error: TapAnalyticsError | None = None
    start: Any = None
    guessed: bool = False
    notes: list[str] = []


def ask(tap: ProbedTap, stream: AnalyticsStream, context: Context | None) -> Answered:
    """The first page of *stream*.

    How a start is written depends on the type of the cursor. Where only records can tell it, it is
    taken for a date-time, and should the API not accept that, the page is asked for without one.

    Args:
        tap: Keeps the answers.
        stream: One of its streams.
        context: What a child needs of its parent.
    """
    guessed = _guess(tap, stream)
    answered = _ask(tap, stream, context, from_start=True)
    answered.guessed = guessed
    error = answered.error
    refused = isinstance(error, StatusError) and error.status in UNPROCESSABLE
    if not guessed or not refused or answered.start is None:
        return answered
    again = _ask(tap, stream, context, from_start=False)
    if again.page is None:
        return answered
    again.guessed = guessed
    key = stream.replication_key
    again.notes = [
        f"{error}; asked again without a start, for its form depends on the type of {key}"
    ]
    return again


def _guess(tap: ProbedTap, stream: AnalyticsStream) -> bool:
    """Give *stream* the schema that is likely, if only records can tell it; whether that is so."""
    resource = next((one for one in tap.parsed.resources if one.name == stream.name), None)
    if resource is None or resource.built_in or resource.schema is not UNSET:
        return False
    first = stream.incremental.initial_value
    cursor: dict[str, Any] = {"type": ["string"], "format": "date-time"}
    if isinstance(first, (int, float)):
        cursor = {"type": ["number"]}
    elif first is not None and moment(first) is None:
        cursor = {"type": ["string"]}
    properties = {stream.replication_key: cursor} if stream.replication_key else {}
    stream.sampled_schema = lay(
        {"type": "object", "properties": properties},
        resource.columns or {},
        primary_keys=stream.primary_keys,
        stream=stream.name,
    )
    return True


def _ask(
    tap: ProbedTap, stream: AnalyticsStream, context: Context | None, *, from_start: bool
) -> Answered:
    answered = Answered()
    tap.answers.clear()
    try:
        children = any(child.selected_by_default for child in tap.descendants_of(stream))
        bookmark = None if children or not from_start else stream.new_bookmark()
        stream.run = Run(bookmark, stream.get_record_counter()) if bookmark else None
        stream.asks_whole = bookmark is None
        answered.request = _first_request(tap, stream, context, bookmark)
        if bookmark is not None and _tells_start(stream):
            answered.start = bookmark.start_value
        answered.page = next(iter(stream.pages(context)), None)
        if answered.page is None:
            answered.notes = ["the answer is ignored, as response_actions say"]
    except TapAnalyticsError as error:
        answered.error = error
    finally:
        stream.run, stream.asks_whole = None, False
    label = f"{stream.name}: "
    answered.responses = [response for where, response in tap.answers if where.startswith(label)]
    return answered


def _first_request(
    tap: ProbedTap, stream: AnalyticsStream, context: Context | None, bookmark: Bookmark | None
) -> Request:
    """What is asked first: of the first partition's first range, the first page."""
    values = {name: each[0] for name, each in stream.partition_values.items() if each}
    partition = {f"partitions.{name}": value for name, value in values.items()}
    span = (
        first_range(stream.incremental, tap.start_date, tap.end_date, whole=True)
        if bookmark is None
        else next(ranges(stream.incremental, bookmark)).values
    )
    request = stream.request({**(context or {}), **partition, **span})
    return pager(paginator_of(type(stream), tap.connection.client)).first(request)


def _tells_start(stream: AnalyticsStream) -> bool:
    """Whether requests say from where on records are wanted."""
    return bool(stream.incremental.start_param or ranged(type(stream)))
