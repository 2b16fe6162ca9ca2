"""Makes bookmarks, records and states for the tests of `tap_analytics.state`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from tap_analytics.spec import Incremental
from tap_analytics.state import Bookmark

if TYPE_CHECKING:
    from tap_analytics.cursors import CursorKind

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
KEY = "updated_at"

Record = dict[str, Any]
State = dict[str, Any]


def bookmark(
    state: State | None = None,
    *,
    kind: CursorKind = "date-time",
    start_date: str | None = None,
    end_date: str | None = None,
    **options: Any,
) -> Bookmark:
    return Bookmark(
        stream="events",
        key=KEY,
        kind=kind,
        options=Incremental(**options),
        state={} if state is None else state,
        start_date=start_date,
        end_date=end_date,
        run_start=NOW,
    )


def at(*values: Any) -> list[Record]:
    """Records with these cursor values, whatever else is in them."""
    return [{"id": number, KEY: value} for number, value in enumerate(values)]


def run(state: State, records: list[Record], **options: Any) -> list[Any]:
    """A whole run: the ids that are emitted; the state is committed."""
    mark = bookmark(state, **options)
    emitted = [record["id"] for record in records if mark.admits(record)]
    mark.commit()
    return emitted


def stored(value: Any, *sent: str) -> State:
    return {"replication_key": KEY, "replication_key_value": value, "sent_at_bookmark": list(sent)}


@st.composite
def moments(draw: st.DrawFn) -> tuple[str, Fraction]:
    """A text and the seconds since 1970 that it means, few of them apart from each other."""
    offset = draw(st.sampled_from([None, 0, 120, -330, 840]))
    digits = draw(st.sampled_from(["", "0", "8", "81", "813", "813000", "813001", "8130009999"]))
    zone = timezone(timedelta(minutes=offset or 0))
    local = datetime(2024, 2, 28, 22, draw(st.integers(0, 59)), tzinfo=zone)
    local += timedelta(hours=draw(st.integers(0, 3)))
    seconds = (local - EPOCH) // timedelta(seconds=1)
    separator = draw(st.sampled_from("T "))
    text = local.strftime(f"%Y-%m-%d{separator}%H:%M:%S") + (f".{digits}" if digits else "")
    if offset is not None:
        text += draw(st.sampled_from(written(offset)))
    return text, seconds + Fraction(int(digits or 0), 10 ** len(digits))


def written(offset: int) -> list[str]:
    """The ways to write an offset of so many minutes."""
    hours, minutes = divmod(abs(offset), 60)
    sign = "-" if offset < 0 else "+"
    texts = [f"{sign}{hours:02}:{minutes:02}", f"{sign}{hours:02}{minutes:02}"]
    return [*texts, "Z", "z"] if offset == 0 else texts
