"""Which span of changes each request asks for, in the words that placeholders use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tap_analytics.cursors import duration, windows, written

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_analytics.spec import Incremental
    from tap_analytics.state import Bookmark

__all__ = ["ranges", "whole"]


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
    if options.step is not None:
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


def whole(options: Incremental, start_date: str | None, end_date: str | None) -> dict[str, Any]:
    """The values where nothing is to be left out: a parameter that holds one alone is not sent.

    A text that needs one takes the widest range that the config allows.
    """
    start = start_date if options.initial_value is None else options.initial_value
    end = end_date if options.end_value is None else options.end_value
    names = ("initial_value", "last_value", "start_value")
    widest = {f"widest incremental.{name}": start for name in names}
    return _written({**widest, "widest incremental.end_value": end}, options)


def _written(values: Mapping[str, Any], options: Incremental) -> dict[str, Any]:
    return {name: written(value, options.datetime_format) for name, value in values.items()}
