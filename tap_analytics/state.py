"""Bookmarks: which records a run asks for, which it emits, and where the next one starts.

The value that the API wrote is what is stored and sent back.

State of a stream, beyond the Singer SDK's two keys, holds digests of the records already sent at
the bookmark's very instant: the start is asked for inclusively, for another record may have got
the same instant since, and without the digests each run would send the last ones again.
"""

from __future__ import annotations

import hashlib
import logging
import math
import re
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from tap_analytics.cursors import (
    EPOCH,
    INSTANTS,
    first_value,
    is_epoch,
    moment,
    position,
)
from tap_analytics.records.selector import MISSING, Path

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping
    from datetime import datetime

    from tap_analytics.cursors import CursorKind, Position
    from tap_analytics.spec import Incremental

__all__ = ["Bookmark"]

logger = logging.getLogger("tap-analytics.state")

SENT = "sent_at_bookmark"
COMMITTED = ("replication_key", "replication_key_value", SENT)
MOST_SENT = 1000
SECONDS_A_DAY = 24 * 60 * 60
DAY = re.compile(r"\d{4}-\d\d-\d\d")


class Bookmark:
    """The position of one stream in one run.

    Its start is read once and holds for the whole run and for all parents of a child stream.

    Args:
        stream: Name, for messages.
        key: Replication key.
        kind: How its values are ordered.
        instants: Whether they are instants.
        options: What the stream says about incremental extraction.
        state: The stream's entry in the tap's state; read now, written by `commit`.
        start_date: First value where there is no bookmark.
        end_date: Exclusive upper bound.
        run_start: When the run began, with a time zone.

    Attributes:
        missing: Records without a cursor so far.
        late: Records so far that are later than the run's start.
        sorted: Whether records are declared, and so far seen, to arrive in the cursor's order.
        taken_back: Whether the state was restored, because they did not.
        exhausted: Whether, by the declared order, what follows in this partition lies outside.
        kind: How its values are ordered.
        now: When the run began, as the cursor's values are written.
        initial_value: First value where there is no bookmark.
        last_value: Where the last run ended, less the lag, or the first value.
        start_value: Where this run starts, the same.
        end_value: Where it ends.
    """

    def __init__(  # noqa: PLR0913 - what a bookmark depends on, each by keyword
        self,
        *,
        stream: str,
        key: str,
        kind: CursorKind,
        options: Incremental,
        state: MutableMapping[str, Any],
        start_date: str | None,
        end_date: str | None,
        run_start: datetime,
    ) -> None:
        self.missing = 0
        self.late = 0
        self.taken_back = False
        self.exhausted = False
        self._stream = stream
        self._key = key
        self._nested = None if key.isidentifier() else Path(key)
        self.kind: CursorKind = kind
        self._options = options
        self._format = options.datetime_format if kind != "number" else None
        self.instants = kind in INSTANTS or bool(self._format) or is_epoch(kind, options)
        self._state = state
        now = run_start.isoformat(timespec="microseconds").replace("+00:00", "Z")
        self.now = first_value(now, kind, options)
        self._limit = self._position(self.now) if self.instants else None
        self._before = {name: state[name] for name in COMMITTED if name in state}
        self._fixed = options.end_value is not None  # a span that is no one's to go on from
        self._place(*((start_date, end_date) if self.instants else (None, None)))
        self._greatest: Position | None = None
        self._value: Any = None
        self._digests: set[str] = set()
        self._last_end: Position | None = None
        self._at_end = set[str]()
        self._order = options.row_order
        self.sorted = options.row_order == "asc"
        self.begin_walk(self.start_value, self.end_value)

    def _place(self, start_date: str | None, end_date: str | None) -> None:
        """Find out where this run starts and ends."""
        options, state, kind = self._options, self._state, self.kind
        known = not self._fixed and state.get("replication_key") == self._key
        stored = state.get("replication_key_value") if known else None
        if kind == "number" and isinstance(stored, str) and stored:
            stored = Decimal(str(self._position(stored)[0]))  # a decimal, which is stored as text
        first = start_date if options.initial_value is None else options.initial_value
        self.initial_value = first = first_value(first, kind, options)
        self._start = first if stored is None else self._capped(stored)
        resumed = stored is not None and self._start == stored
        sent = state.get(SENT)
        self._sent = frozenset(map(str, sent) if resumed and isinstance(sent, list) else ())
        self._sent_at = self._position(stored) if resumed else None
        self.start_value = self._start if stored is None else self._lagged(self._start, first)
        self.last_value = self.start_value
        end = end_date if options.end_value is None else options.end_value
        self.end_value = first_value(end, kind, options)

    def admits(self, record: Mapping[str, Any]) -> bool:
        """Whether *record* is to be emitted; takes note of its position.

        Raises:
            ValueError: Its cursor is of another kind than the schema says, or it is missing and
                that is not allowed; the text says what was found.
        """
        value = self._nested.first(record) if self._nested else record.get(self._key)
        if value is None or value is MISSING:
            return self._admits_missing()
        try:
            at = self._position(value)
        except ValueError as problem:
            found = repr(value)[:60]
            raise ValueError(f"{self._key} (replication key) {problem}: {found}") from None
        if self._outside(at) or self._seen_at_border(record, at):
            return False
        if self._limit is not None and at > self._limit:
            self.late += 1
            return True
        return self._note(record, value, at)

    def precedes(self, record: Mapping[str, Any]) -> bool:
        """Whether *record* lies before the stream's own first value, in which case it is none."""
        if self._options.initial_value is None or (self.kind == "text" and self._format is None):
            return False
        value = self._nested.first(record) if self._nested else record.get(self._key)
        try:
            return self._position(value) < self._position(self.initial_value)
        except ValueError:  # told where it is admitted
            return False

    def begin_walk(self, start: Any, end: Any) -> None:
        """Admit records from *start* to *end* only; the order of those seen so far is forgotten."""
        self.exhausted = False
        self._previous: Position | None = None
        self._floor = None if start is None else self._position(start)
        self._end = None if end is None else self._position(end)
        options = self._options  # where one walk ends within the range the next begins
        self._starts_open = options.range_start == "open" and start == self.start_value
        inner = end != self.end_value  # an API may count a border to either of two walks
        self._ends_closed = options.range_end == "closed" or inner
        self._at_start = self._at_end if self._floor == self._last_end else set()
        self._last_end = self._end if inner else None
        self._at_end = set()

    def _seen_at_border(self, record: Mapping[str, Any], at: Position) -> bool:
        """Whether the walk before this one, which ended where this one begins, had it as well."""
        if at == self._last_end:
            self._at_end.add(_digest(record))
        return at == self._floor and bool(self._at_start) and _digest(record) in self._at_start

    def _outside(self, at: Position) -> bool:
        """Whether *at* lies before the start or behind the end."""
        if self.kind == "text" and self._format is None:
            return False  # how texts are ordered is the API's to know
        previous, self._previous = self._previous, at
        if previous is not None:
            if self._order == "desc" and at > previous:
                self._order = None
                self.exhausted = False
                text = "%s: records are declared to arrive latest first by %s, but do not; %s"
                logger.warning(text, self._stream, self._key, "all pages are read")
            elif self._order == "asc" and at < previous:
                self._order = None
                self.exhausted = False
        floor, end = self._floor, self._end
        before = floor is not None and (at < floor or (at == floor and self._starts_open))
        behind = end is not None and (at > end or (at == end and not self._ends_closed))
        if (before and self._order == "desc") or (behind and self._order == "asc"):
            self.exhausted = True
        return before or behind

    def _admits_missing(self) -> bool:
        policy = self._options.on_cursor_value_missing
        if policy == "raise":
            raise ValueError(f"{self._key} (replication key) is null or absent")
        self.missing += 1
        return policy == "include"

    def _note(self, record: Mapping[str, Any], value: Any, at: Position) -> bool:
        greatest = self._greatest
        if greatest is None or at >= greatest:
            digest = _digest(record)
            if at != greatest:
                self._greatest, self._value, self._digests = at, value, set()
            if len(self._digests) <= MOST_SENT:
                self._digests.add(digest)
        else:
            if self.sorted:
                self._found_unsorted()
            digest = _digest(record) if at == self._sent_at else ""
        return not (at == self._sent_at and digest in self._sent)

    def commit(self) -> None:
        """Write the greatest position seen to the state; the caller has emitted all before it.

        Positions beyond the run's start do not count: while the pages were read, a record on an
        earlier one may have changed, at an earlier instant than one on a later page.
        """
        if self._greatest is None or self._fixed:
            return
        if self._start is not None and self._greatest < self._position(self._start):
            return  # only a lag's span was read again
        digests = self._digests | (self._sent if self._greatest == self._sent_at else set())
        value = self._value
        self._state["replication_key"] = self._key
        self._state["replication_key_value"] = str(value) if isinstance(value, Decimal) else value
        if len(digests) <= MOST_SENT:
            self._state[SENT] = sorted(digests)
        else:
            self._state.pop(SENT, None)

    def _found_unsorted(self) -> None:
        """Go on as for any unsorted stream; what was committed on the way is taken back."""
        logger.warning(
            "%s: records are declared sorted by %s, but are not; "
            "the bookmark is written only when the stream is complete",
            self._stream,
            self._key,
        )
        self.sorted = False
        self.taken_back = True
        for name in COMMITTED:
            self._state.pop(name, None)
        self._state.update(self._before)

    def _capped(self, value: Any) -> Any:
        """A stored *value*, or the run's start where it lies in the future."""
        if self._limit is None or self._position(value) <= self._limit:
            return value
        logger.warning(
            "%s: the bookmark %s lies in the future; this run starts at its own start instead",
            self._stream,
            value,
        )
        return self.now

    def _lagged(self, value: Any, first: Any) -> Any:
        """*value* less the lag, but not before the *first* value of all."""
        start = self._with_lag(value)
        if first is None or self._position(start) >= self._position(first):
            return start
        return min(value, first, key=self._position)

    def _with_lag(self, value: Any) -> Any:
        lag = self._options.lag
        if value is None or not lag or (self.kind == "text" and self._format is None):
            return value
        if self.kind == "number":
            start = self._position(value)[0] - Decimal(str(lag))
            return int(start) if start == int(start) else start
        seconds, fraction = self._position(value)
        first = self._options.initial_value
        by_day = isinstance(first, str) and DAY.fullmatch(first) is not None
        if by_day and self.kind == "date-time":  # a first value that is a day means days
            day = EPOCH + timedelta(days=seconds // SECONDS_A_DAY - math.ceil(lag))
            return f"{day.date().isoformat()}T00:00:00Z"
        if self.kind == "date":
            return (EPOCH + timedelta(seconds=seconds, days=-math.ceil(lag))).date().isoformat()
        at = EPOCH + timedelta(seconds=seconds - math.ceil(lag))
        clock = at.strftime("%Y-%m-%dT%H:%M:%S")
        text = f"{clock}.{fraction}Z" if fraction else f"{clock}Z"
        return first_value(text, self.kind, self._options)

    def _position(self, value: Any) -> Position:
        if self._format is None or self.kind != "text":
            return position(value, self.kind)
        at = moment(value, self._format)
        if at is None:
            raise ValueError(f"is neither ISO 8601 nor {self._format!r} (datetime_format)")
        seconds = (at - EPOCH) // timedelta(seconds=1)
        return seconds, f"{at.microsecond:06}".rstrip("0")


def _digest(record: Mapping[str, Any]) -> str:
    content = msgspec.json.encode(record, order="deterministic")
    return hashlib.blake2b(content, digest_size=8).hexdigest()
