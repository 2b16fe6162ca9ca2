"""Which span of changes each request asks for, in the words that placeholders use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tap_analytics.cursors import duration, windows, written

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_analytics.spec import Incremental
    from tap_analytics.state import Bookmark

__all__ = ["first_range", "ranges"]

STARTS = ("initial_value", "last_value", "start_value")


class Range(NamedTuple):
    """One span of changes.

    Attributes:
        start: Records before it are none of this span's; None where it is open.
        end: Neither are those from here on.
        values: What placeholders hold.
    """

    start: Any
    end: Any
    values: dict[str, Any]


def ranges(options: Incremental, bookmark: Bookmark) -> Iterator[Range]:
    """One range, or with a ``step`` as many as it takes, one after the other."""
    spans = iter([(bookmark.start_value, bookmark.end_value)])
    last = bookmark.end_value
    if options.step is not None and bookmark.instants:
        last = bookmark.now if bookmark.end_value is None else bookmark.end_value
        step = duration(options.step)
        spans = windows(bookmark.start_value, last, step, bookmark.kind, options.datetime_format)
    for start, end in spans:
        values = {
            "incremental.initial_value": bookmark.initial_value,
            "incremental.last_value": bookmark.last_value,
            "incremental.start_value": start,
            "incremental.end_value": end,
        }
        bound = bookmark.end_value if end == last else end
        yield Range(start, bound, _written(values, options))


def first_range(
    options: Incremental, start_date: str | None, end_date: str | None, *, whole: bool
) -> dict[str, Any]:
    """The values where there is no bookmark: the widest range that the config allows.

    Args:
        options: Of the stream.
        start_date: Where it has no first value of its own.
        end_date: Where it has no end of its own.
        whole: Nothing is to be left out but what lies outside the stream's own values. A
            parameter that holds a date of the config's alone is not sent then; only a text that
            needs one takes it.
    """
    start, end = options.initial_value, options.end_value
    starts = _named(start_date, widest=whole) if start is None else _named(start, widest=False)
    ends = f"{'widest ' if whole and end is None else ''}incremental.end_value"
    return _written({**starts, ends: end_date if end is None else end}, options)


def _named(start: Any, *, widest: bool) -> dict[str, Any]:
    return {f"{'widest ' if widest else ''}incremental.{name}": start for name in STARTS}


def _written(values: Mapping[str, Any], options: Incremental) -> dict[str, Any]:
    """The values as requests write them; a coarse format must not cut off the end's last part."""
    form = options.datetime_format
    return {
        name: written(value, form, up=name.endswith("end_value")) for name, value in values.items()
    }
