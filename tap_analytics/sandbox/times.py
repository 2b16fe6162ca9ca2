"""Instants as integers, microseconds since 1970, and as the texts an API writes.

Why: integers compare exactly, whatever zone and precision the texts have.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

SECOND = 1_000_000
DAY = 86_400 * SECOND

START = datetime(2025, 6, 1, tzinfo=UTC)
"""What the sandbox's clock shows first."""

SPAN = 730 * DAY
"""Length of the history before that, in microseconds."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NO_OFFSET = timedelta(0)


def instant(moment: datetime) -> int:
    """Microseconds since 1970 of an aware *moment*, exact."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


BEGIN_INSTANT = instant(START) - SPAN


@lru_cache(maxsize=256)  # the dates of one record are few and repeated
def timestamp(value: int, offset: timedelta = _NO_OFFSET) -> str:
    """RFC 3339 text of *value*, microseconds since 1970, with no digit more than it needs.

    Whole seconds have no fraction, whole milliseconds three digits, others six. The zone is
    written `Z`, or as *offset* where that is not zero.
    """
    precision = "microseconds" if value % 1000 else "milliseconds" if value % SECOND else "seconds"
    if not offset:
        return f"{(_EPOCH + timedelta(0, 0, value)).isoformat('T', precision)[:-6]}Z"
    text = (_EPOCH + timedelta(0, 0, value) + offset).isoformat("T", precision)
    minutes = offset // timedelta(minutes=1)
    hours, rest = divmod(abs(minutes), 60)
    return f"{text[:-6]}{'-' if minutes < 0 else '+'}{hours:02d}:{rest:02d}"


def day(value: int) -> str:
    """Date, as `YYYY-MM-DD`, of *value*, microseconds since 1970; in UTC."""
    return date.fromordinal(_EPOCH.toordinal() + value // DAY).isoformat()
