"""The sync of a stream, page by page. The only module that touches private names of the SDK.

Why not the SDK's own loop: for each parent record it starts a sync of each child stream, which
repeats the SCHEMA message, writes the whole state, and keeps one bookmark a parent; 2,000 parents
made 2,001 SCHEMA messages and 205 MB of STATE. Here a page of records is emitted, then the
children of that page's records, each child stream being one stream for the whole run: one SCHEMA,
one bookmark, committed when all parents are done.

Overridden: ``_sync_records`` (singer-sdk 0.54; a test compares what comes out with the SDK's own
loop). Used: ``_check_max_record_limit``, ``_write_record_message``, ``_write_schema_message``,
``_write_activate_version_message``, ``_sync_batches``, ``_stream_version``, ``_initialized_at``.
"""

from __future__ import annotations

import abc
import contextlib
from typing import TYPE_CHECKING, Any, Protocol, cast

from singer_sdk import RESTStream
from singer_sdk.exceptions import AbortedSyncFailedException, AbortedSyncPausedException
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE
from typing_extensions import override

from tap_analytics.exceptions import (
    APIError,
    ContentError,
    IncompleteError,
    NotFoundError,
    ParentError,
    ResourceError,
    TapAnalyticsError,
)
from tap_analytics.records.conform import Conformer

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from singer_sdk import metrics
    from singer_sdk.helpers.types import Context, Record

    from tap_analytics.rest.page import Page
    from tap_analytics.state import Bookmark

__all__ = ["PagewiseStream", "Run", "SyncHost"]

ABORTS = (AbortedSyncFailedException, AbortedSyncPausedException)


class SyncHost(Protocol):
    """What a stream needs of its tap during a sync."""

    def fail(self, stream: PagewiseStream, error: TapAnalyticsError) -> None:
        """Take note that *stream* failed; raise SystemExit where that ends the run."""

    def emitted(self, stream: PagewiseStream, records: int) -> None:
        """Take note of a page with so many *records* to emit."""

    def finished(self, stream: PagewiseStream) -> None:
        """Take note that *stream* is done."""


class Run:
    """What one run knows of one stream.

    Attributes:
        seen: Records that arrived, emitted or not.
        parents: Partitions walked, for a child stream.
        gone: Of these, the ones whose parent was no longer there.
        stopped: Nothing more is asked of this stream, for it failed or reached a limit.
        since_state: Records emitted since the last STATE message.
    """

    def __init__(self, bookmark: Bookmark | None, counter: metrics.Counter) -> None:
        self.bookmark = bookmark
        self.counter = counter
        self.seen = 0
        self.parents = 0
        self.gone = 0
        self.stopped = False
        self.since_state = 0


class PagewiseStream(RESTStream[Any]):
    """A stream that is synced page by page."""

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE  # `conform` keeps values as they are
    run: Run | None = None
    non_finite = 0
    _held_version: int | None = None
    _conformer: Conformer | None = None

    @abc.abstractmethod
    def pages(self, context: Context | None) -> Iterator[Page]:
        """The pages of one partition, in order."""

    @abc.abstractmethod
    def new_bookmark(self) -> Bookmark | None:
        """The bookmark for a run that begins now; None for a full table."""

    @property
    def host(self) -> SyncHost:
        """The tap, as far as the sync needs it."""
        return cast("SyncHost", self._tap)

    @override
    def _sync_records(
        self, context: Context | None = None, *, write_messages: bool = True
    ) -> Generator[Record, Any, Any]:
        """Emit the records of one partition, and all that hangs on them.

        The SDK calls this for streams without a parent; `_sync_children_of` does for the others.
        """
        if self.parent_stream_type is not None:
            yield from self._sync_partition(context, write_messages=write_messages)
            return
        with contextlib.ExitStack() as stack:
            try:
                for stream in (self, *self.descendent_streams):
                    cast("PagewiseStream", stream).begin(stack)
            except TapAnalyticsError as error:
                self.host.fail(self, error)
                return
            try:
                yield from self._sync_partition(context, write_messages=write_messages)
            except ABORTS:  # the limit of a dry run; the SDK would call it an unhandled error
                return
            self.finish()
            if write_messages:  # else the SDK does, after the last BATCH message
                self.write_state()

    def begin(self, stack: contextlib.ExitStack) -> None:
        """Start a run; a child's SCHEMA goes out here, once and before any of its records."""
        counter = stack.enter_context(self.get_record_counter())
        stack.enter_context(self.get_sync_timer())
        self.run = Run(self.new_bookmark() if self.selected else None, counter)
        if self.parent_stream_type is None or not self.selected:
            return
        self.log("Beginning %s sync of '%s'", self.replication_method.lower(), self.name)
        self._write_schema_message()
        if (
            self.replication_method == REPLICATION_FULL_TABLE
            and self.emit_activate_version_messages
        ):
            self._stream_version = self._initialized_at // 1000
            self._held_version = self._stream_version

    @override
    def _write_activate_version_message(self, full_table_version: int) -> None:
        """Hold it back until the stream is complete: a target retires the older rows at once."""
        self._held_version = full_table_version

    def _sync_partition(self, context: Context | None, *, write_messages: bool) -> Iterator[Record]:
        run = self._running
        run.parents += 1
        begun = False
        try:
            for page in self.pages(context):
                begun = True
                yield from self._emit(page, context, write_messages=write_messages)
                if write_messages:
                    self._commit_prefix()
        except (NotFoundError, ParentError) as error:
            if self.parent_stream_type is None or begun:
                self._stop(error)
                return
            run.gone += 1
            self.log("%s; this parent is skipped", error)
        except (APIError, ResourceError) as error:
            self._stop(error)

    def _emit(
        self, page: Page, context: Context | None, *, write_messages: bool
    ) -> Iterator[Record]:
        """Emit a page's records, then their children."""
        run = self._running
        contexts: list[Context] = []
        emitted = 0
        try:
            for index, raw in enumerate(page.records):
                self._check_max_record_limit(current_record_index=run.seen)
                record = self.post_process(raw, context)
                if record is None:
                    continue
                run.seen += 1
                if self.child_streams and self._leads_on(record):
                    contexts.extend(
                        child for child in self.generate_child_contexts(record, context) if child
                    )
                if not self.selected or not self._admits(record, page, index):
                    continue
                record = self.conform(record)
                if write_messages:
                    self._write_record_message(record)
                emitted += 1
                run.counter.increment()
                yield record
        except ABORTS:  # the limit of a dry run, which is to show the children as well
            self._sync_children_of(contexts)
            raise
        run.since_state += emitted
        self.host.emitted(self, emitted)
        self._sync_children_of(contexts)

    def _leads_on(self, record: Record) -> bool:
        """Whether children are asked for; changed or not, it must be a record of the stream's."""
        bookmark = self._running.bookmark
        mapped = self.stream_maps[0].get_filter_result(record)
        return bool(mapped) and (bookmark is None or not bookmark.precedes(record))

    def conform(self, record: Record) -> Record:
        """*record* as the schema message announced it."""
        if self._conformer is None:
            mask = self.mask
            schema = self.effective_schema
            self._conformer = Conformer(schema, lambda breadcrumb: mask.get(breadcrumb, True))
        return self._conformer.record(record)

    def _admits(self, record: Record, page: Page, index: int) -> bool:
        for key in self.primary_keys:
            if record.get(key) is None:
                reason = f"record {index + 1} has no {key!r} (primary key)"
                raise ContentError(page.where, reason)
        bookmark = self._running.bookmark
        try:
            return bookmark is None or bookmark.admits(record)
        except ValueError as error:
            raise ContentError(page.where, f"record {index + 1}: {error}") from None

    def _sync_children_of(self, contexts: Iterable[Context]) -> None:
        """Sync the children of some parents, one child stream after the other."""
        for stream in self.child_streams:
            child = cast("PagewiseStream", stream)
            if child.selected or child.has_selected_descendents:
                for context in contexts:
                    if child._running.stopped:  # noqa: SLF001 - its own class
                        break
                    child.sync_partition(context)

    def sync_partition(self, context: Context) -> None:
        """Sync what belongs to one parent."""
        batch_config = self.get_batch_config(self.config)
        try:
            if batch_config:
                self._sync_batches(batch_config, context=context)
            else:
                for _ in self._sync_records(context):
                    pass
        except ABORTS:  # the limit of a dry run
            self._running.stopped = True

    def _commit_prefix(self) -> None:
        """Let a sorted stream resume where it stands, every so many records."""
        run = self._running
        bookmark = run.bookmark
        if bookmark is None:
            return
        if bookmark.sorted and run.since_state >= self.STATE_MSG_FREQUENCY:
            bookmark.commit()
            self.write_state()
        elif bookmark.taken_back:
            bookmark.taken_back = False
            self.write_state()

    def _stop(self, error: TapAnalyticsError) -> None:
        """This stream and its descendants end here, incomplete; bookmarks stay."""
        self._running.stopped = True
        self.host.fail(self, error)
        for stream in self.descendent_streams:
            child = cast("PagewiseStream", stream)
            if child.selected and not child._running.stopped:  # noqa: SLF001 - its own class
                self.host.fail(child, IncompleteError(child.name, self.name))
            child._running.stopped = True  # noqa: SLF001 - its own class

    def finish(self) -> None:
        """Close the run: the bookmark of a stream that is complete moves on, children first."""
        for stream in self.child_streams:
            cast("PagewiseStream", stream).finish()
        run = self._running
        if run.gone and run.gone == run.parents:
            found = f"none of {run.parents} parents leads to records"
            self._stop(ResourceError(f"{self.name}: {found}; check path {self.path}"))
        elif run.gone:
            self.logger.warning("%s: %d parents were skipped", self.name, run.gone)
        if self._held_version is not None and not run.stopped:
            super()._write_activate_version_message(self._held_version)
        self._held_version = None
        bookmark = run.bookmark
        if bookmark is not None and not run.stopped:
            bookmark.commit()
            self._report(bookmark)
        if self._conformer is not None and self._conformer.dropped:
            names = ", ".join(sorted(self._conformer.dropped))
            self.logger.warning("%s: fields not in the schema are dropped: %s", self.name, names)
        if self.non_finite:
            self.logger.warning("%s: %d NaN or Infinity became null", self.name, self.non_finite)
        self.host.finished(self)

    def _report(self, bookmark: Bookmark) -> None:
        run_seen = self._running.seen
        if bookmark.missing and bookmark.missing == run_seen:
            text = "%s: none of the %d records has %s; check incremental.cursor_path"
            self.logger.warning(text, self.name, bookmark.missing, self.replication_key)
        elif bookmark.missing:
            text = "%s: %d records have no %s; they do not move the bookmark"
            self.logger.warning(text, self.name, bookmark.missing, self.replication_key)
        if bookmark.late:
            text = (
                "%s: %d records are later than the start of this run; the next asks for them again"
            )
            self.logger.warning(text, self.name, bookmark.late)

    def write_state(self) -> None:
        """Write a STATE message, unless nothing changed since the last."""
        self._running.since_state = 0
        self._tap.state_writer.write_state(self.tap_state)

    @property
    def _running(self) -> Run:
        if self.run is None:
            raise RuntimeError(f"{self.name}: no run has begun")
        return self.run
