"""Values of a cursor: how they order, and how a request writes them.

Values are compared as what they are, never as text: ``…24.813Z`` lies before ``…24.813001Z``,
and offsets and missing zones (read as UTC) count.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_analytics.spec import Incremental

__all__ = [
    "EPOCH",
    "INSTANTS",
    "CursorKind",
    "Position",
    "cursor_kind",
    "duration",
    "first_value",
    "is_epoch",
    "moment",
    "position",
    "windows",
    "written",
]

CursorKind: TypeAlias = Literal["date-time", "date", "number", "text"]
Position: TypeAlias = tuple[Any, ...]
DATE_LENGTH = len("2024-01-31")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
INSTANTS = frozenset({"date-time", "date"})
MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d+))? ?(Z|z|[+-]\d\d:?\d\d)?)?"
)
DURATION = re.compile(
    r"P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?"
)
DAYS = {"years": 365, "months": 30, "weeks": 7}
EPOCH_FORMATS = {
    "%s": timedelta(seconds=1),
    "%ms": timedelta(milliseconds=1),
    "%epoch_microseconds": timedelta(microseconds=1),
}
FLOAT_FORMAT = "%s_as_float"
AHEAD = [timedelta(milliseconds=1), timedelta(seconds=1), timedelta(minutes=1),
         timedelta(hours=1), timedelta(days=1), timedelta(days=31),
         timedelta(days=366)]  # fmt: skip


def cursor_kind(schema: Mapping[str, Any]) -> CursorKind:
    """How values of a property with this JSON *schema* are ordered."""
    for alternative in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        if alternative.get("type") != "null":
            return cursor_kind(alternative)
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if {"integer", "number"} & set(types) and "string" not in types:
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


def moment(value: Any, datetime_format: str | None = None) -> datetime | None:
    """*value* as an instant, None where it is none; a text without a zone is in UTC.

    Args:
        value: ISO 8601, or what *datetime_format* describes.
        datetime_format: As in `tap_analytics.spec.Incremental`.
    """
    if datetime_format in {*EPOCH_FORMATS, FLOAT_FORMAT} and _is_number(value):
        unit = EPOCH_FORMATS.get(datetime_format, timedelta(seconds=1))
        return EPOCH + unit * (int(value) if str(value).isdecimal() else float(value))
    if not isinstance(value, str):
        return None
    try:
        if MOMENT.fullmatch(value):
            seconds, fraction = position(value, "date-time")
            return EPOCH + timedelta(seconds=seconds, microseconds=int(fraction.ljust(6, "0")[:6]))
        found = datetime.strptime(value, datetime_format) if datetime_format else None  # noqa: DTZ007
    except (ValueError, re.error):
        return None
    return found.replace(tzinfo=found.tzinfo or UTC) if found else None


def written(value: Any, datetime_format: str | None, *, up: bool = False) -> Any:
    """*value* as a request is to write it; unchanged without a format, or if it is no instant.

    Args:
        value: ISO 8601, or written so already.
        datetime_format: As in `tap_analytics.spec.Incremental`.
        up: Where the format is coarser than *value*, write the next instant that it can tell, as
            for an end, and not the last one before it.
    """
    epoch = datetime_format in {*EPOCH_FORMATS, FLOAT_FORMAT}
    known = epoch and _is_number(value)  # written so already
    at = moment(value, datetime_format) if datetime_format and not known else None
    if at is None or datetime_format is None:
        return value
    at = at.astimezone(UTC)
    text = _formatted(at, datetime_format)
    for ahead in AHEAD if up else ():
        told = moment(text, datetime_format)
        if told is None or told >= at:
            break
        text = _formatted(at + ahead, datetime_format)
    return text


def _formatted(at: datetime, datetime_format: str) -> Any:
    if unit := EPOCH_FORMATS.get(datetime_format):
        return (at - EPOCH) // unit
    if datetime_format == FLOAT_FORMAT:
        return (at - EPOCH).total_seconds()
    return at.strftime(datetime_format.replace("%_ms", f"{at.microsecond // 1000:03}"))


def is_epoch(kind: CursorKind, options: Incremental) -> bool:
    """Whether numbers of this cursor are instants."""
    return kind == "number" and options.datetime_format in {*EPOCH_FORMATS, FLOAT_FORMAT}


def first_value(value: Any, kind: CursorKind, options: Incremental) -> Any:
    """A *value* of the user's, such as an ISO 8601 date, as the cursor's values are written."""
    if kind in INSTANTS and isinstance(value, str) and not MOMENT.fullmatch(value):
        at = moment(value, options.datetime_format)
        return value if at is None else _text(at, kind, None)
    if kind == "date" and isinstance(value, str):
        return value[:DATE_LENGTH]
    if is_epoch(kind, options) or (kind == "text" and options.datetime_format):
        return written(value, options.datetime_format)
    return value


def duration(text: str) -> timedelta:
    """The span that an ISO 8601 duration stands for; a month is 30 days, a year 365.

    Raises:
        ValueError: It is none, or no longer than nothing.
    """
    match = DURATION.fullmatch(text)
    parts = {name: int(count or 0) for name, count in match.groupdict().items()} if match else {}
    days = sum(parts.pop(name, 0) * length for name, length in DAYS.items())
    span = timedelta(days=parts.pop("days", 0) + days, **parts)
    if not span:
        raise ValueError(f"{text!r} is not an ISO 8601 duration, such as P30D or PT1H")
    return span


def windows(
    start: Any, end: Any, span: timedelta, kind: CursorKind, datetime_format: str | None
) -> Iterator[tuple[Any, Any]]:
    """Ranges of no more than *span* each, one after the other, from *start* to *end*.

    Where either is no instant, the one range is all.
    """
    first, last = moment(start, datetime_format), moment(end, datetime_format)
    if first is None or last is None or first + span >= last:
        yield start, end
        return
    while first < last:
        ahead = min(first + span, last)
        after = end if ahead == last else _text(ahead, kind, datetime_format)
        yield start, after
        first, start = ahead, after


def _text(at: datetime, kind: CursorKind, datetime_format: str | None) -> Any:
    """An instant as the cursor's values are written."""
    at = at.astimezone(UTC)
    if kind == "date":
        return at.date().isoformat()
    text = at.isoformat(timespec="microseconds" if at.microsecond else "seconds")[:-6] + "Z"
    return text if kind == "date-time" else written(text, datetime_format)


def _is_number(value: Any) -> bool:
    """Whether *value* is a number, or a text of digits that may be one of an epoch."""
    if isinstance(value, str):
        return re.fullmatch(r"\d{5,}(\.\d+)?", value) is not None
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)
