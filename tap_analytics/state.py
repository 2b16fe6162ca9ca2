"""Bookmarks: which records a run asks for, which it emits, and where the next one starts.

Values are compared as what they are, never as text: ``…24.813Z`` lies before ``…24.813001Z``,
and offsets and missing zones (read as UTC) count. The text that the API wrote is what is stored
and sent back.

State of a stream, beyond the Singer SDK's two keys, holds digests of the records already sent at
the bookmark's very instant: the start is asked for inclusively, for another record may have got
the same instant since, and without the digests each run would send the last ones again.
"""

from __future__ import annotations

import hashlib
import logging
import math
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

    from tap_analytics.spec import Incremental

__all__ = ["Bookmark", "CursorKind", "Position", "cursor_kind", "position"]

logger = logging.getLogger("tap-analytics.state")

CursorKind: TypeAlias = Literal["date-time", "date", "number", "text"]
Position: TypeAlias = tuple[Any, ...]
SENT = "sent_at_bookmark"
COMMITTED = ("replication_key", "replication_key_value", SENT)
MOST_SENT = 1000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
INSTANTS = frozenset({"date-time", "date"})
DATE_LENGTH = len("2024-01-31")
MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d+))? ?(Z|z|[+-]\d\d:?\d\d)?)?"
)


def cursor_kind(schema: Mapping[str, Any]) -> CursorKind:
    """How values of a property with this JSON *schema* are ordered."""
    for alternative in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        if alternative.get("type") != "null":
            return cursor_kind(alternative)
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if "integer" in types or "number" in types:
        return "number"
    match schema.get("format"):
        case "date-time":
            return "date-time"
        case "date":
            return "date"
        case _:
            return "text"


def position(value: Any, kind: CursorKind) -> Position:
    """*value* as something that orders.

    Returns:
        A tuple that orders as the values do; for instants the seconds since 1970 and the
        fraction's digits without trailing zeros, which is right at any precision.

    Raises:
        ValueError: It is not of this *kind*.
    """
    if kind == "number":
        try:
            number = Decimal(str(value))  # a float's digits, not its binary value
        except InvalidOperation:
            number = Decimal("NaN")
        if isinstance(value, bool) or not number.is_finite():
            raise ValueError("is not a number")
        return (number,)
    if kind == "text":
        return (str(value),)
    match = MOMENT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("is not an ISO 8601 date-time")
    day, clock, fraction, zone = match.groups()
    moment = datetime.fromisoformat(f"{day}T{clock or '00:00'}{(zone or 'Z').upper()}")
    return int(moment.timestamp()), (fraction or "").rstrip("0")


class Bookmark:
    """The position of one stream in one run.

    Its start is read once and holds for the whole run and for all parents of a child stream.

    Args:
        stream: Name, for messages.
        key: Replication key.
        kind: How its values are ordered.
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
        self._stream = stream
        self._key = key
        self._kind: CursorKind = kind
        self._options = options
        self._state = state
        self._now = run_start.isoformat(timespec="microseconds").replace("+00:00", "Z")
        self._limit = position(self._now, "date-time") if kind in INSTANTS else None
        self._before = {name: state[name] for name in COMMITTED if name in state}
        stored = state.get("replication_key_value") if state.get("replication_key") == key else None
        first = options.initial_value
        if first is None and kind in INSTANTS and start_date is not None:
            first = start_date[:DATE_LENGTH] if kind == "date" else start_date
        self._start = first if stored is None else self._capped(stored)
        resumed = stored is not None and self._start == stored
        sent = state.get(SENT)
        self._sent = frozenset(map(str, sent) if resumed and isinstance(sent, list) else ())
        self._sent_at = self._position(stored) if resumed else None
        self.start_value = self._with_lag(self._start)
        self.end_value = options.end_value
        if self.end_value is None and kind in INSTANTS:
            self.end_value = end_date
        self._floor = None if self.start_value is None else self._position(self.start_value)
        self._end = None if self.end_value is None else self._position(self.end_value)
        self._greatest: Position | None = None
        self._value: Any = None
        self._digests: set[str] = set()
        self.sorted = options.row_order == "asc"

    def admits(self, record: Mapping[str, Any]) -> bool:
        """Whether *record* is to be emitted; takes note of its position.

        Raises:
            ValueError: Its cursor is of another kind than the schema says, or it is missing and
                that is not allowed; the text says what was found.
        """
        value = record.get(self._key)
        if value is None:
            return self._admits_missing()
        try:
            at = position(value, self._kind)
        except ValueError as problem:
            found = repr(value)[:60]
            raise ValueError(f"{self._key} (replication key) {problem}: {found}") from None
        if self._kind != "text" and (  # whose order is the API's to know
            (self._floor is not None and at < self._floor)
            or (self._end is not None and at >= self._end)
        ):
            return False
        if self._limit is not None and at > self._limit:
            self.late += 1
            return True
        return self._note(record, value, at)

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
        if self._greatest is None:
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
        return self._now[:DATE_LENGTH] if self._kind == "date" else self._now

    def _with_lag(self, value: Any) -> Any:
        lag = self._options.lag
        if value is None or not lag or self._kind == "text":
            return value
        if self._kind == "number":
            start = self._position(value)[0] - Decimal(str(lag))
            return int(start) if start == int(start) else start
        seconds, fraction = position(value, self._kind)
        moment = EPOCH + timedelta(seconds=seconds - math.ceil(lag))
        if self._kind == "date":
            return moment.date().isoformat()
        clock = moment.strftime("%Y-%m-%dT%H:%M:%S")
        return f"{clock}.{fraction}Z" if fraction else f"{clock}Z"

    def _position(self, value: Any) -> Position:
        return position(value, self._kind)


def _digest(record: Mapping[str, Any]) -> str:
    content = msgspec.json.encode(record, order="deterministic")
    return hashlib.blake2b(content, digest_size=8).hexdigest()
