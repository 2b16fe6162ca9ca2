"""A row: what the builder of a record is given, and what all builders share."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, overload

import msgspec

from tap_analytics.sandbox.times import SECOND, timestamp

if TYPE_CHECKING:
    from tap_analytics.sandbox.catalog import Catalog
    from tap_analytics.sandbox.draws import Draws

UTC_OFFSETS = (timedelta(hours=2), timedelta(hours=-3, minutes=-30))
"""Offsets that a few records write their times with."""


class Row(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One version of one record, to be built.

    Attributes:
        catalog: Sizes and ids of all resources.
        id: The record's id.
        position: Its place in the API's order.
        version: 0, and one more for each change.
        parent: Position of the parent; None where there is none.
        created: When it was made, in microseconds since 1970.
        cursor: When it last changed, in the same unit; None where that is null.
        fixed: Draws that are the same in all versions.
        fresh: Draws of this version.
        offset: Offset that its times are written with.
    """

    catalog: Catalog
    id: str | int
    position: int
    version: int
    parent: int | None
    created: int
    cursor: int | None
    fixed: Draws
    fresh: Draws
    offset: timedelta

    @overload
    def text(self, value: int) -> str: ...
    @overload
    def text(self, value: None) -> None: ...
    @overload
    def text(self, value: int | None) -> str | None: ...
    def text(self, value: int | None) -> str | None:
        """RFC 3339 text of an instant; None stays None."""
        return None if value is None else timestamp(value, self.offset)

    @property
    def last(self) -> int:
        """When it last changed; where that is null, when it was made."""
        return self.created if self.cursor is None else self.cursor

    def moment(self, low: int, high: int) -> int:
        """An instant in [*low*, *high*], on a whole second or with the fraction of *low*."""
        seconds = (high - low) // SECOND
        if seconds < 1:
            return low
        value = low + self.fresh.between(1, seconds) * SECOND
        return value - value % SECOND if self.fresh.one_in(2) else value

    def some(self, name: str) -> str | int:
        """Id of some record of *name*, of which there is at least one."""
        return self.catalog.id(name, self.fixed.below(self.catalog.sizes[name]))
