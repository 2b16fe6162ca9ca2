"""THE stream class: built-in and declared streams differ in attributes only."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, cast
from urllib.parse import urlsplit

from singer_sdk import SchemaDirectory, StreamSchema
from singer_sdk.singerlib.catalog import REPLICATION_INCREMENTAL
from typing_extensions import override

from tap_analytics import schemas
from tap_analytics.cursors import cursor_kind
from tap_analytics.discovery import known_schema
from tap_analytics.exceptions import AuthError, NotFoundError, ParentError, ResourceError
from tap_analytics.ranges import first_range, ranges
from tap_analytics.records.json_api import fold
from tap_analytics.records.selector import MISSING, Path, key_steps
from tap_analytics.rest.fetch import Fetcher
from tap_analytics.rest.message import Request
from tap_analytics.spec import Auth, Auto, Incremental, Paginator, RecordFilter
from tap_analytics.state import Bookmark
from tap_analytics.sync import PagewiseStream, SyncHost
from tap_analytics.templates import PARENT, Absent, render, texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from singer_sdk.helpers.types import Context, Record
    from singer_sdk.singerlib import Catalog
    from singer_sdk.tap_base import Tap

    from tap_analytics.rest.connection import Connection
    from tap_analytics.rest.page import Page
    from tap_analytics.spec import ErrorHandler, ResponseAction

__all__ = ["AnalyticsStream", "StreamHost"]

MOST_FIELDS = 12  # that a message names


class StreamHost(SyncHost, Protocol):
    """What a stream needs of its tap."""

    run_start: datetime

    @property
    def connection(self) -> Connection:
        """The way to the API."""

    def stream_of(self, stream_class: type[AnalyticsStream]) -> AnalyticsStream:
        """The stream of that class."""

    def descendants_of(self, stream: AnalyticsStream) -> list[AnalyticsStream]:
        """The streams below *stream*, at any depth, before the SDK has linked them too."""

    @property
    def start_date(self) -> str | None:
        """First value of incremental streams without a bookmark."""

    @property
    def end_date(self) -> str | None:
        """Exclusive upper bound of incremental streams."""


class AnalyticsStream(PagewiseStream):
    """A resource of an analytics API.

    A subclass sets attributes; those not listed here are the SDK's (``name``, ``path``,
    ``primary_keys``, ``replication_key``, ``parent_stream_type``, ``http_method``).

    Attributes:
        data_selector: Path of the records in a body; None looks for them.
        paginator: How one page leads to the next; None takes the client's, or finds out.
        incremental: How only changed records are asked for; used with a replication key.
        params: Query parameters of each request. Like ``path``, ``headers`` and ``json_body``
            they may hold ``{resources.<parent>.<field>}``, filled from the parent's record.
        headers: Headers of each request.
        json_body: JSON body of each request.
        data: Body of each request instead, a form's fields or a text.
        auth: How requests are signed; None as the client says.
        partition_values: By name; all records are asked for once with each combination of them,
            filled in for ``{partitions.<name>}``.
        record_filter: Which records are kept; None keeps all.
        response_actions: What to do with particular answers.
        error_handler: What is tried again, where it is not as for all resources.
        include_from_parent: Fields of the parent's record that become ``_<parent>_<field>``.
        record_format: ``json_api`` folds JSON:API resource objects into flat records.
    """

    name: str
    path: str
    primary_keys: Sequence[str] = ()
    replication_key: str | None = None
    http_method = "GET"
    state_partitioning_keys: Sequence[str] | None = ()
    data_selector: ClassVar[str | None] = None
    paginator: ClassVar[Paginator | None] = None
    incremental: ClassVar[Incremental] = Incremental()
    params: ClassVar[Mapping[str, Any]] = {}
    headers: ClassVar[Mapping[str, str]] = {}
    json_body: ClassVar[Mapping[str, Any] | None] = None
    data: ClassVar[Mapping[str, Any] | str | None] = None
    auth: ClassVar[Auth | None] = None
    partition_values: ClassVar[Mapping[str, Sequence[Any]]] = {}
    record_filter: ClassVar[RecordFilter | None] = None
    response_actions: ClassVar[tuple[ResponseAction, ...]] = ()
    error_handler: ClassVar[ErrorHandler | None] = None
    include_from_parent: ClassVar[tuple[str, ...]] = ()
    record_format: ClassVar[Literal["plain", "json_api"]] = "plain"
    schema: ClassVar[Any] = StreamSchema(SchemaDirectory(schemas))

    def __init__(self, tap: Tap) -> None:
        super().__init__(tap=tap)
        self.catalog_schema: dict[str, Any] | None = None
        self.sampled_schema: dict[str, Any] | None = None
        self.sampled_any = True
        self.asks_whole = False
        self._needed_fields: dict[str, Path] | None = None

    @property
    @override
    def host(self) -> StreamHost:
        return cast("StreamHost", self._tap)

    @property
    @override
    def url_base(self) -> str:
        return self.host.connection.client.base_url

    @override
    def apply_catalog(self, catalog: Catalog) -> None:
        super().apply_catalog(catalog)
        self.catalog_schema = known_schema(catalog, self.name)

    @override
    def get_replication_key_signpost(self, context: Context | None = None) -> None:
        """None: `Bookmark` keeps the bookmark from running ahead."""

    @override
    def get_url(self, context: Context | None) -> str:
        """The URL of one partition; only parents' fields are filled in, percent-encoded."""
        path: str = render(self.path, context or {}, encode=True)
        if path.startswith(("http://", "https://")):
            return path
        return f"{self.url_base.rstrip('/')}/{path.lstrip('/')}"

    @override
    def get_url_params(self, context: Context | None, next_page_token: Any) -> dict[str, Any]:
        """Declared parameters, and those that ask for changed records only."""
        params: dict[str, Any] = render(dict(self.params), context or {})
        options = self.incremental
        for name, value in ((options.start_param, "start"), (options.end_param, "end")):
            if name and context and context.get(f"incremental.{value}_value") is not None:
                params[name] = context[f"incremental.{value}_value"]
        return params

    @property
    @override
    def http_headers(self) -> dict[str, str]:
        return {
            "Accept": "application/json",
            **self.host.connection.client.headers,
            **self.headers,
        }

    def request(self, context: Context) -> Request:
        """The request for one range of one partition, before any paging parameter."""
        try:
            headers = render(self.http_headers, context)
            body = render(self.data, context)
            return Request(
                url=self.get_url(context),
                method=self.http_method,
                params=self.get_url_params(context, None),
                headers={name: str(value) for name, value in headers.items()},
                json=render(self.json_body, context),
                form=body if isinstance(body, dict) else None,
                text=body if isinstance(body, str) else None,
            )
        except ParentError as error:
            raise ParentError(f"{self.name}: {error}") from None
        except ResourceError as error:
            raise ResourceError(f"{self.name}: {error}") from None

    def _walks(self, context: Context | None) -> Iterator[Context]:
        """What to fill in for each walk through the pages of a partition.

        A parent of selected streams is asked for whole, for an unchanged parent may have changed
        children; its own unchanged records are not emitted all the same.
        """
        bookmark = self.run.bookmark if self.run else None
        options = self.incremental
        for values in product(*self.partition_values.values()):
            named = zip(self.partition_values, values, strict=True)
            filled = {
                **(context or {}),
                **{f"partitions.{name}": value for name, value in named},
            }
            if bookmark is None or self.has_selected_descendents:
                if bookmark is not None:
                    bookmark.begin_walk(bookmark.start_value, bookmark.end_value)
                yield {**filled, **self._first_range()}
                continue
            for span in ranges(options, bookmark):
                bookmark.begin_walk(span.start, span.end)
                yield {**filled, **span.values}

    def _first_range(self) -> dict[str, Any]:
        """What to ask for without a bookmark; a full table has no start but one of its own."""
        whole = self.asks_whole or (self.run is not None and self.has_selected_descendents)
        dated = whole or self.run is None
        end = self.host.end_date
        if end is None and self.incremental.step:  # each of a sync's requests has one as well
            end = self.host.run_start.isoformat()
        dates = (self.host.start_date, end) if dated else (None, None)
        return first_range(self.incremental, *dates, whole=whole)

    @override
    def pages(self, context: Context | None) -> Iterator[Page]:
        connection = self.host.connection
        handler = self.error_handler
        session = connection.session
        fetcher = Fetcher(
            session=session if handler is None else session.with_retries(handler),
            auth=connection.signer(self.auth),
            paginator=self.paginator or connection.client.paginator or Auto(),
            selector=self.data_selector,
            actions=self.response_actions,
            count_non_finite=self._count_non_finite,
        )
        gone: NotFoundError | None = None
        found = False
        for filled in self._walks(context):
            try:
                for page in self._walk(fetcher, filled):
                    found = True
                    yield page
            except AuthError as error:
                if self.auth is None:
                    raise
                reason = str(error).replace("client.auth", "the resource's own auth")
                raise ResourceError(reason) from None  # the others may well be readable
            except NotFoundError as error:
                if not self.partition_values or self.parent_stream_type is None:
                    raise
                gone = error  # the parent may well have the next value
        if gone is not None and not found:
            raise gone

    def _walk(self, fetcher: Fetcher, filled: Context) -> Iterator[Page]:
        bookmark = self.run.bookmark if self.run else None
        request = self.request(filled)
        label = f"{self.name}: {self.http_method} {urlsplit(request.url).path}"
        for page in fetcher.pages(request, label):
            yield page
            if bookmark and bookmark.exhausted and not self.has_selected_descendents:
                break

    @override
    def request_records(self, context: Context | None) -> Iterable[dict[str, Any]]:
        for page in self.pages(context):
            yield from page.records

    @override
    def post_process(self, row: Record, context: Context | None = None) -> Record | None:
        if self.record_format == "json_api":
            row = fold(row)
        if self.record_filter is not None and not self._keeps(row):
            return None
        if self.include_from_parent and context:
            parent = cast("type[AnalyticsStream]", self.parent_stream_type).name
            for field in self.include_from_parent:
                value = context[f"resources.{parent}.{field}"]
                row[f"_{parent}_{field}"] = None if isinstance(value, Absent) else value
        return row

    def _keeps(self, record: Record) -> bool:
        kept = cast("RecordFilter", self.record_filter)
        found = Path(kept.path).first(record)
        return ((None if found is MISSING else found) in kept.values) != kept.negated

    @override
    def get_child_context(self, record: Record, context: Context | None) -> Context:
        """What descendants need of *record* and its ancestors, by placeholder name."""
        if self._needed_fields is None:
            streams = self.host.descendants_of(self)
            names = {name for stream in streams for name in stream.fields_needed_of(self.name)}
            self._needed_fields = {name: Path(name) for name in names}
        filled = dict(context or {})
        for name, path in self._needed_fields.items():
            value = path.first(record)
            absent = Absent(tuple(sorted(record)[:MOST_FIELDS])) if value is MISSING else value
            filled[f"resources.{self.name}.{name}"] = absent
        return filled

    def fields_needed_of(self, resource: str) -> set[str]:
        """The fields of *resource*'s records that requests and records of this stream hold."""
        templates = [self.path, self.params, self.headers, self.json_body, self.data]
        needed = {
            match["field"]
            for text in texts(templates)
            for match in PARENT.finditer(text)
            if match["resource"] == resource
        }
        parent = cast("type[AnalyticsStream] | None", self.parent_stream_type)
        if parent is not None and parent.name == resource:
            needed.update(self.include_from_parent)
        return needed

    @override
    def new_bookmark(self) -> Bookmark | None:
        options = self.incremental
        key = self.replication_key or options.cursor_path
        full = self.replication_method != REPLICATION_INCREMENTAL
        if not key or (full and options.initial_value is None and options.end_value is None):
            return None
        try:
            bookmark = Bookmark(
                stream=self.name,
                key=key,
                kind=cursor_kind(self._property(key)),
                options=options,
                state={} if full else self.stream_state,  # a full table has no bookmark
                start_date=None if full else self.host.start_date,
                end_date=None if full else self.host.end_date,
                run_start=self.host.run_start,
            )
        except ValueError as error:
            reason = f"its bookmark, initial_value or end_value {error}"
            raise ResourceError(f"{self.name}: {reason}") from None
        if self.parent_stream_type is not None or self.partition_values:
            bookmark.sorted = False  # each partition's records have an order of their own
        return bookmark

    def _property(self, path: str) -> dict[str, Any]:
        """The schema of the field at a dotted *path*; empty where it has none."""
        schema: dict[str, Any] = self.schema
        if path in schema.get("properties", {}):
            return dict(schema["properties"][path])
        for step in key_steps(path):
            inner = schema.get("items") if step.isdecimal() else None
            schema = inner or schema.get("properties", {}).get(step, {})
        return schema

    def _count_non_finite(self, count: int) -> None:
        self.non_finite += count
