"""The fixed plan of a data set: how many records, their ids, who belongs to whom, and when.

Everything here is arithmetic on positions. A position is a record's place in the API's order,
counted from 0. What `Dataset.advance` changes lies on top of it, in `data`.
"""

from __future__ import annotations

from functools import cache
from itertools import permutations
from typing import TYPE_CHECKING

import msgspec

from tap_analytics.sandbox.draws import key, mix, salt, unmix
from tap_analytics.sandbox.times import BEGIN_INSTANT, SECOND, SPAN

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_SCALE = 5000

_BIG_ID = (1 << 53) + 1
_TIE_PERIOD = 50
_TIE_LENGTH = 4
_BATCHES = 16
_NO_CURSOR = (17, 52)


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """What one resource of the API is.

    Attributes:
        size: Records at scale 1; of a child, the most that one parent has.
        prefix: Of text ids: `cus` gives `cus_…`. None gives integer ids.
        cursor: Field that holds the time of the last change; None where there is none.
        parent: Resource under which this one is listed.
        relationships: Fields that are to-one relationships, with the JSON:API type of each.
        scales: Whether the size follows the scale.
        ordered: Whether the API's order is that of the cursor. Such records never change.
        sparse_cursor: Whether the cursor is null in a few records.
    """

    size: int
    prefix: str | None = None
    cursor: str | None = "updated_at"
    parent: str | None = None
    relationships: Mapping[str, str] = msgspec.field(default_factory=dict)
    scales: bool = True
    ordered: bool = False
    sparse_cursor: bool = False


_USER = {"owner_id": "user", "creator_id": "user", "updater_id": "user"}

RESOURCES: dict[str, Resource] = {
    "cash_drawers": Resource(size=730, prefix="csd"),
    "bank_accounts": Resource(size=260, prefix="bnk"),
    "accounts": Resource(size=850, relationships=_USER),
    "calls": Resource(
        size=2300,
        relationships={
            "account_id": "account",
            "user_id": "user",
            "creator_id": "user",
            "prospect_id": "prospect",
            "opportunity_id": "opportunity",
            "task_id": "task",
            "sequence_id": "sequence",
            "sequence_step_id": "sequenceStep",
            "call_disposition_id": "callDisposition",
            "call_purpose_id": "callPurpose",
        },
    ),
    "customers": Resource(size=400, prefix="cus"),
    "customer_addresses": Resource(size=3, prefix="adr", parent="customers"),
    "businesses": Resource(size=2, prefix="biz", parent="customers"),
    "discounts": Resource(size=45, prefix="dsc"),
    "prices": Resource(size=150, prefix="pri"),
    "products": Resource(size=60, prefix="pro"),
    "events": Resource(size=4000, prefix="evt", cursor="occurred_at", ordered=True),
    "event_types": Resource(size=42, prefix="ety", cursor=None, scales=False),
    "reports": Resource(size=70, prefix="rep", sparse_cursor=True),
    "ip_addresses": Resource(size=12, prefix="ipa", cursor=None, scales=False),
    "subscriptions": Resource(size=600, prefix="sub"),
    "transactions": Resource(size=3000, prefix="txn"),
    "resource": Resource(size=1050),
}


@cache
def _patterns(most: int) -> tuple[tuple[int, ...], ...]:
    """All orders in which `most + 1` parents in a row have 0 to *most* children."""
    return tuple(permutations(range(most + 1)))


class Catalog:
    """Sizes, ids, relations and first cursor values of all resources of one seed and scale.

    Args:
        seed: Any integer; another seed gives other ids and other values.
        scale: Factor of the sizes, above 0 and at most 5000.

    Raises:
        ValueError: *scale* is out of range.
    """

    def __init__(self, *, seed: int, scale: float) -> None:
        if not 0 < scale <= MAX_SCALE:
            raise ValueError(f"scale: {scale!r} is out of range; allowed: above 0, up to 5000")
        self.seed = seed
        self.salts = {name: salt(seed, name) for name in RESOURCES}
        self._id_salts = {name: salt(seed, f"{name} id") for name in RESOURCES}
        self._time_salts = {name: salt(seed, f"{name} time") for name in RESOURCES}
        self.sizes: dict[str, int] = {}
        for name, resource in RESOURCES.items():
            if resource.parent is None:
                factor = scale if resource.scales else 1
                self.sizes[name] = max(1, round(resource.size * factor))
            else:
                self.sizes[name] = self.children(name, self.sizes[resource.parent] - 1).stop

    def id(self, name: str, position: int) -> str | int:
        """The id of the record at *position*: text with a hashed look, or an integer."""
        prefix = RESOURCES[name].prefix
        if prefix is not None:
            return f"{prefix}_{mix(position ^ self._id_salts[name]):016x}"
        if name == "resource":
            return position + 1
        # Odd integers over 2**53 have no exact double, so a reader that passes through one shows.
        return _BIG_ID + 2 * position if position % 16 == 1 else 1000 + 3 * position

    def position(self, name: str, record_id: str) -> int | None:
        """The position that *record_id* would be at, in data of any size; None for no such id."""
        prefix = RESOURCES[name].prefix
        try:
            if prefix is None:
                number = int(record_id)
            else:
                number = int(record_id.removeprefix(f"{prefix}_"), 16)
        except ValueError:
            return None
        if prefix is not None:
            position = unmix(number) ^ self._id_salts[name]
        elif name == "resource":
            position = number - 1
        else:
            position = (number - _BIG_ID) // 2 if number >= _BIG_ID else (number - 1000) // 3
        # Only the one spelling counts: no sign, no upper case, no digit of another script.
        return position if position >= 0 and str(self.id(name, position)) == record_id else None

    def children(self, name: str, parent: int) -> range:
        """Positions of the records of *name* under the parent at position *parent*."""
        pattern, first = self._block(name, parent)
        before = first + sum(pattern[: parent % len(pattern)])
        return range(before, before + pattern[parent % len(pattern)])

    def parent_of(self, name: str, position: int) -> int:
        """Position of the parent of the record of *name* at *position*."""
        most = RESOURCES[name].size
        total = most * (most + 1) // 2
        block, offset = divmod(position, total)
        parent = block * (most + 1)
        pattern, _ = self._block(name, parent)
        for number in pattern:
            if offset < number:
                break
            offset -= number
            parent += 1
        return parent

    def _block(self, name: str, parent: int) -> tuple[tuple[int, ...], int]:
        """Numbers of children in the block of parents around *parent*, and its first child."""
        most = RESOURCES[name].size
        block = parent // (most + 1)
        patterns = _patterns(most)
        pattern = patterns[key(self.salts[name], block) % len(patterns)]
        return pattern, block * most * (most + 1) // 2

    def cursor(self, name: str, position: int) -> int | None:
        """Cursor value of a record that never changed, in microseconds; None where it is null.

        Values lie in the two years before the clock's start. Neighbours around each 50th record
        share one, so that ties cross the borders of pages; one record in eight has the time of
        one of sixteen batches.
        """
        resource = RESOURCES[name]
        turn = (position + 2) % _TIE_PERIOD
        group = position - turn if turn < _TIE_LENGTH else position
        number = key(self._time_salts[name], group)
        if resource.ordered:
            step = SPAN // self.sizes[name]
            value = BEGIN_INSTANT + max(group, 0) * step + number % (step // 2)
            return _rounded(value, number)
        if resource.sparse_cursor and position % 200 in _NO_CURSOR:
            return None
        if number % 8 == 0:
            number = key(self._time_salts[name], -(number >> 8) % _BATCHES - _TIE_PERIOD)
        return _rounded(BEGIN_INSTANT + SECOND + number % (SPAN - SECOND), number)

    def created(self, name: str, position: int, cursor: int | None) -> int:
        """When a record with that first *cursor* value was made, in microseconds."""
        last = BEGIN_INSTANT + SPAN if cursor is None else cursor
        number = key(self._time_salts[name], position, 1)
        return _rounded(last - number % (last - BEGIN_INSTANT + 1), number)


def _rounded(value: int, number: int) -> int:
    """*value* cut to whole seconds, milliseconds or microseconds, as *number* decides."""
    return value - value % (SECOND, SECOND, 1000, 1000, 1)[(number >> 40) % 5]
