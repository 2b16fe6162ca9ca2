"""How requests write instants, and how a range is cut into windows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_analytics.cursors import duration, first_value, moment, windows, written
from tap_analytics.spec import Incremental

AT = "2024-01-31T12:30:15.250Z"
instants = st.floats(4e7, 4e9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


def text(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@pytest.mark.parametrize(
    ("datetime_format", "expected"),
    [
        (None, AT),
        ("%s", 1706704215),
        ("%ms", 1706704215250),
        ("%epoch_microseconds", 1706704215250000),
        ("%s_as_float", 1706704215.25),
        ("%Y-%m-%d", "2024-01-31"),
        ("%d/%m/%Y %H:%M", "31/01/2024 12:30"),
        ("%Y-%m-%dT%H:%M:%S.%_msZ", "2024-01-31T12:30:15.250Z"),
    ],
)
def test_instant_is_written_as_the_format_says(datetime_format: str | None, expected: Any) -> None:
    assert written(AT, datetime_format) == expected


@pytest.mark.parametrize("value", [17, None, "cursor-5", True, "2024-13-45"])
def test_value_that_is_no_instant_is_written_as_it_is(value: Any) -> None:
    assert written(value, "%Y-%m-%d") is value


def test_offset_of_an_instant_is_taken_into_account() -> None:
    assert written("2024-01-01T01:00:00+02:00", "%Y-%m-%d %H") == "2023-12-31 23"


@given(instants, st.sampled_from(["%epoch_microseconds", "%Y-%m-%dT%H:%M:%S.%f", "%Y%j%H%M%S%f"]))
def test_what_a_full_format_writes_it_reads_again(at: datetime, datetime_format: str) -> None:
    there = written(text(at), datetime_format)
    back = moment(there, datetime_format)
    assert back is not None
    assert abs(back - at) <= timedelta(milliseconds=1)  # a float holds microseconds less exactly


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("P30D", timedelta(days=30)),
        ("P1W", timedelta(weeks=1)),
        ("P1M", timedelta(days=30)),
        ("P1Y", timedelta(days=365)),
        ("PT1H30M", timedelta(minutes=90)),
        ("P1DT12H", timedelta(hours=36)),
        ("PT10S", timedelta(seconds=10)),
    ],
)
def test_duration_is_read(text: str, expected: timedelta) -> None:
    assert duration(text) == expected


@pytest.mark.parametrize("text", ["", "P", "PT", "P0D", "30D", "P-1D", "P1D2", "1 day"])
def test_text_that_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not an ISO 8601 duration, such as P30D or PT1H"):
        duration(text)


@given(instants, instants, st.timedeltas(timedelta(minutes=1), timedelta(days=4000)))
def test_windows_cover_the_range_without_gap_or_overlap(
    one: datetime, other: datetime, span: timedelta
) -> None:
    start, end = min(one, other), max(one, other)
    span = max(span, (end - start) / 50)
    found = list(windows(text(start), text(end), span, "date-time", None))
    assert (found[0][0], found[-1][1]) == (text(start), text(end))
    for (_, before), (after, _) in pairwise(found):
        assert before == after
    ends = [moment(value) for window in found for value in window]
    lengths = [last - first for first, last in zip(ends[::2], ends[1::2], strict=True)
               if first and last]  # fmt: skip
    assert len(lengths) == len(found)
    assert all(timedelta(0) < length <= span for length in lengths) or start == end


@pytest.mark.parametrize(
    ("start", "end"), [(None, "2024-01-01"), ("2024-01-01", None), ("a", "b"), (1, 5)]
)
def test_range_without_two_instants_is_one_window(start: Any, end: Any) -> None:
    assert list(windows(start, end, timedelta(days=1), "date-time", None)) == [(start, end)]


def test_windows_of_dates_are_dates_and_those_of_an_epoch_are_too() -> None:
    assert list(windows("2024-01-01", "2024-01-04", timedelta(days=2), "date", None)) == [
        ("2024-01-01", "2024-01-03"),
        ("2024-01-03", "2024-01-04"),
    ]
    day = 86400
    assert list(windows(0, 3 * day, timedelta(days=2), "number", "%s")) == [
        (0, 2 * day),
        (2 * day, 3 * day),
    ]


@pytest.mark.parametrize(
    ("kind", "datetime_format", "expected"),
    [
        ("date-time", None, "2024-01-31T00:00:00Z"),
        ("date", None, "2024-01-31"),
        ("number", "%s", 1706659200),
        ("number", None, "2024-01-31T00:00:00Z"),
        ("text", "%d.%m.%Y", "31.01.2024"),
        ("text", None, "2024-01-31T00:00:00Z"),
    ],
)
def test_first_value_is_written_as_the_cursor_s_values_are(
    kind: Any, datetime_format: str | None, expected: Any
) -> None:
    options = Incremental(datetime_format=datetime_format)
    assert first_value("2024-01-31T00:00:00Z", kind, options) == expected
