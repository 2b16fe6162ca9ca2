"""The records that the sandbox serves: seeded, related, and changing when its clock moves."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from datetime import timedelta
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from tap_analytics.sandbox.catalog import RESOURCES, Catalog
from tap_analytics.sandbox.draws import Draws, key, salt
from tap_analytics.sandbox.records import BUILDERS
from tap_analytics.sandbox.rows import UTC_OFFSETS, Row
from tap_analytics.sandbox.times import START, instant

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

_LEAST_MOVED = 3
_MOST_MOVED = 200
_LEAST_HOURS = 0.001
_MOST_HOURS = 87_600
_RECORDS_PER_OFFSET = 40
_NO_OFFSET = timedelta(0)


class _Overlay:
    """What `Dataset.advance` did to one resource.

    Attributes:
        changed: Position to (version, cursor value in microseconds) of changed records.
        added: Cursor values in microseconds of the records past the first ones.
        parents: Position of the parent of each of those; empty where there is no parent.
        children: The same the other way round: parent's position to positions.
    """

    def __init__(self) -> None:
        self.changed: dict[int, tuple[int, int]] = {}
        self.added = array("q")
        self.parents = array("q")
        self.children: dict[int, list[int]] = {}


class Dataset:
    """Seeded, related records of all resources; only what `advance` did is held in memory.

    Args:
        seed: Another seed gives other ids and values.
        scale: Factor of the sizes, above 0 and at most 5000.

    Attributes:
        now: The sandbox's clock, aware, UTC. No cursor value lies after it.

    Raises:
        ValueError: *scale* is out of range.
    """

    def __init__(self, *, seed: int = 7, scale: float = 1.0) -> None:
        self.now = START
        self._catalog = Catalog(seed=seed, scale=scale)
        self._overlays = {name: _Overlay() for name in RESOURCES}
        self._ticks = 0
        self._advancing = Lock()
        self._filtered = lru_cache(maxsize=len(RESOURCES))(self._scan)

    def names(self) -> tuple[str, ...]:
        """The sixteen streams and `resource`."""
        return tuple(RESOURCES)

    def count(self, name: str) -> int:
        """Number of records now, of all parents together."""
        return self._catalog.sizes[name] + len(self._overlays[name].added)

    def parent(self, name: str) -> str | None:
        """The resource that *name* is listed under, if any."""
        return RESOURCES[name].parent

    def cursor_field(self, name: str) -> str | None:
        """The field that holds a record's last change; None where records have none."""
        return RESOURCES[name].cursor

    def relationships(self, name: str) -> Mapping[str, str]:
        """Fields that are to-one relationships in JSON:API, with the type each points to."""
        return RESOURCES[name].relationships

    def find(self, name: str, record_id: str) -> int | None:
        """Position of the record with that id (integers as decimal text); None if there is none."""
        position = self._catalog.position(name, record_id)
        return position if position is not None and position < self.count(name) else None

    def exists(self, name: str, record_id: str) -> bool:
        """Whether there is a record with that id now."""
        return self.find(name, record_id) is not None

    def positions(
        self,
        name: str,
        *,
        parent_id: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Sequence[int]:
        """Positions of the matching records, in the API's order.

        Args:
            name: The resource.
            parent_id: Only children of this parent; nothing matches an unknown one.
            since: Earliest cursor value, inclusive; aware.
            until: End of the cursor values, exclusive; aware.

        Returns:
            A range or an array, cheap to slice. A record whose cursor is null matches always.
        """
        start = None if since is None else instant(since)
        stop = None if until is None else instant(until)
        if parent_id is not None:
            candidates = self._children(name, parent_id)
            return [at for at in candidates if self._matches(name, at, start, stop)]
        if RESOURCES[name].cursor is None or (start is None and stop is None):
            return range(self.count(name))
        if RESOURCES[name].ordered:
            return self._slice(name, start, stop)
        return self._filtered(name, start, stop, self._ticks)

    def record(self, name: str, position: int) -> dict[str, Any]:
        """The current version of the record at *position*, equal each time until the clock moves.

        Numbers with a fraction are `decimal.Decimal`.

        Raises:
            IndexError: There is no such position.
        """
        if not 0 <= position < self.count(name):
            raise IndexError(f"{name} has no record at position {position}")
        return BUILDERS[name](self._row(name, position))

    def advance(self, hours: float = 1.0) -> dict[str, dict[str, list[str | int]]]:
        """Move the clock on, change some records of each resource and add some.

        A hundredth of each, at least 3 and at most 200, is changed and as many are added; their
        cursor values lie after the old time and not after the new one. Records of an ordered
        resource (events) are only added.

        Args:
            hours: How far, 0.001 to 87600.

        Returns:
            For each resource the ids under "changed" and "added".

        Raises:
            ValueError: *hours* is out of range.
        """
        if not _LEAST_HOURS <= hours <= _MOST_HOURS:
            allowed = f"{_LEAST_HOURS} to {_MOST_HOURS}"
            raise ValueError(f"hours: {hours!r} is out of range; allowed: {allowed}")
        with self._advancing:
            old = instant(self.now)
            self.now += timedelta(hours=hours)
            moves = {name: self._move(name, old, instant(self.now)) for name in RESOURCES}
            # Last, so that no answer from before the end of the move stays in the cache.
            self._ticks += 1
            return moves

    def _row(self, name: str, position: int) -> Row:
        """The current version of the record at *position*, to be built."""
        catalog, overlay = self._catalog, self._overlays[name]
        added = position - catalog.sizes[name]
        first = self._first_cursor(name, position)
        version, cursor = overlay.changed.get(position, (0, first))
        parent = None
        if RESOURCES[name].parent is not None:
            parent = catalog.parent_of(name, position) if added < 0 else overlay.parents[added]
        number = key(catalog.salts[name], position)
        style = number % _RECORDS_PER_OFFSET
        return Row(
            catalog=catalog,
            id=catalog.id(name, position),
            position=position,
            version=version,
            parent=parent,
            created=first if first and added >= 0 else catalog.created(name, position, first),
            cursor=cursor,
            fixed=Draws(number),
            fresh=Draws(key(number, version + 1)),
            offset=UTC_OFFSETS[style] if style < len(UTC_OFFSETS) else _NO_OFFSET,
        )

    def _move(self, name: str, old: int, new: int) -> dict[str, list[str | int]]:
        """Change and add records of *name* with cursor values in (*old*, *new*]."""
        catalog, overlay, count = self._catalog, self._overlays[name], self.count(name)
        moved = min(max(count // 100, _LEAST_MOVED), _MOST_MOVED)
        draws = Draws(key(salt(catalog.seed, f"{name} advance"), self._ticks))
        changed: list[int] = []
        if not RESOURCES[name].ordered:
            first, stride = draws.below(count), max(count // moved, 1)
            changed = [(first + stride * turn) % count for turn in range(min(moved, count))]
        for position in changed:
            version = overlay.changed.get(position, (0, 0))[0] + 1
            overlay.changed[position] = (version, _between(draws, old, new))
        above = RESOURCES[name].parent
        for value in sorted(_between(draws, old, new) for _ in range(moved)):
            position = self.count(name)
            if above is not None:
                overlay.parents.append(draws.below(self.count(above)))
            overlay.added.append(value)
            if above is not None:
                overlay.children.setdefault(overlay.parents[-1], []).append(position)
        added = range(count, count + moved)
        return {
            "changed": [catalog.id(name, position) for position in changed],
            "added": [catalog.id(name, position) for position in added],
        }

    def _children(self, name: str, parent_id: str) -> list[int]:
        """Positions of the records of *name* under the parent with that id."""
        above = RESOURCES[name].parent
        parent = None if above is None else self.find(above, parent_id)
        if above is None or parent is None:
            return []
        first = self._catalog.children(name, parent) if parent < self._catalog.sizes[above] else ()
        return [*first, *self._overlays[name].children.get(parent, ())]

    def _first_cursor(self, name: str, position: int) -> int | None:
        """Cursor value, in microseconds, that the record had when it was new."""
        added = position - self._catalog.sizes[name]
        if added >= 0:
            return self._overlays[name].added[added]
        return self._catalog.cursor(name, position)

    def _cursor(self, name: str, position: int) -> int | None:
        """Cursor value of the current version, in microseconds; None where it is null."""
        change = self._overlays[name].changed.get(position)
        return self._first_cursor(name, position) if change is None else change[1]

    def _matches(self, name: str, position: int, start: int | None, stop: int | None) -> bool:
        """Whether the cursor value is null or lies in [*start*, *stop*)."""
        value = self._cursor(name, position)
        return value is None or (
            (start is None or value >= start) and (stop is None or value < stop)
        )

    def _slice(self, name: str, start: int | None, stop: int | None) -> range:
        """Positions of an ordered resource with cursor values in [*start*, *stop*)."""
        everything = range(self.count(name))

        def cursor(position: int) -> int:
            return self._cursor(name, position) or 0

        low = 0 if start is None else bisect_left(everything, start, key=cursor)
        high = len(everything) if stop is None else bisect_left(everything, stop, key=cursor)
        return everything[low:high]

    def _scan(self, name: str, start: int | None, stop: int | None, _ticks: int) -> array[int]:
        """Positions of *name* that match; *_ticks* makes a cached answer end with its hour."""
        everything = range(self.count(name))
        return array("q", (at for at in everything if self._matches(name, at, start, stop)))


def _between(draws: Draws, old: int, new: int) -> int:
    """An instant in (*old*, *new*]; one in four is exactly *new*, so that ties occur."""
    return new if draws.one_in(4) else new - ((new - old) * draws.below(1 << 30) >> 30)
