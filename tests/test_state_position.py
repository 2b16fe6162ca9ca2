from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tap_analytics.cursors import CursorKind, cursor_kind, position
from tests.bookmarks import moments


@given(moments(), moments())
@example(("2024-01-01T00:00:24.813Z", Fraction(24813, 1000)),
         ("2024-01-01T00:00:24.813001Z", Fraction(24813001, 1_000_000)))  # fmt: skip
def test_position_orders_instants_at_any_precision_and_offset(
    one: tuple[str, Fraction], other: tuple[str, Fraction]
) -> None:
    first, second = position(one[0], "date-time"), position(other[0], "date-time")

    assert (first < second) is (one[1] < other[1])
    assert (first == second) is (one[1] == other[1])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2024-01-01T10:00:00Z", "2024-01-01T10:00:00.000000Z"),
        ("2024-01-01T10:00:00Z", "2024-01-01T12:00:00+02:00"),
        ("2024-01-01T10:00:00Z", "2024-01-01T10:00:00"),
        ("2024-01-01T10:00:00Z", "2024-01-01 10:00:00 Z"),
        ("2024-01-01T10:00:00Z", "2024-01-01T10:00"),
        ("2024-01-01T00:00:00Z", "2024-01-01"),
        ("2024-01-01T10:00:00.5Z", "2024-01-01T10:00:00,50Z"),
        ("1969-12-31T23:59:59.5Z", "1970-01-01T00:59:59.5+01:00"),
    ],
)
def test_position_takes_equal_instants_for_equal(one: str, other: str) -> None:
    assert position(one, "date-time") == position(other, "date-time")


def test_position_orders_instants_before_1970() -> None:
    texts = ["0001-01-01T00:00:00+14:00", "1969-12-31T23:59:58.9Z", "1969-12-31T23:59:59Z",
             "1969-12-31T23:59:59.1Z", "1970-01-01", "9999-12-31T23:59:59-14:00"]  # fmt: skip

    assert sorted(texts, key=lambda text: position(text, "date-time")) == texts


@given(st.lists(st.integers() | st.decimals(allow_nan=False, allow_infinity=False), max_size=4))
def test_position_orders_numbers_exactly_also_where_they_are_text(values: list[Any]) -> None:
    ordered = sorted(values, key=Fraction)

    assert sorted(values, key=lambda value: position(value, "number")) == ordered
    assert all(position(str(value), "number") == position(value, "number") for value in values)


def test_position_takes_a_float_for_the_digits_it_shows() -> None:
    """A state that is read back holds floats; 1.1 lies above Decimal("1.1") in binary."""
    assert position(1.1, "number") == position(Decimal("1.1"), "number")


def test_position_orders_texts_as_texts() -> None:
    assert position("a10", "text") < position("a9", "text")
    assert position(7, "text") == ("7",)


@pytest.mark.parametrize("value", ["soon", "", True, None, [1], {}, "NaN", "Infinity"], ids=repr)
def test_position_refuses_what_is_no_number(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^is not a number$"):
        position(value, "number")


@pytest.mark.parametrize(
    "value", ["soon", "", 1704067200, None, "01.02.2024", "2024-01-01T10:00:00Zulu", "20240101"],
    ids=repr,
)  # fmt: skip
@pytest.mark.parametrize("kind", ["date-time", "date"])
def test_position_refuses_what_is_no_date_time(value: Any, kind: CursorKind) -> None:
    with pytest.raises(ValueError, match=r"^is not an ISO 8601 date-time$"):
        position(value, kind)


@pytest.mark.parametrize("value", ["2024-02-30", "2024-01-01T25:00:00Z", "2024-13-01T00:00:00Z"])
def test_position_refuses_a_day_or_time_that_does_not_exist(value: str) -> None:
    with pytest.raises(ValueError, match=r"must be in|out of range"):
        position(value, "date-time")


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": ["string", "null"], "format": "date-time"}, "date-time"),
        ({"type": "string", "format": "date"}, "date"),
        ({"type": ["integer", "null"]}, "number"),
        ({"type": "number"}, "number"),
        ({"type": "string"}, "text"),
        ({}, "text"),
        ({"anyOf": [{"type": "null"}, {"type": "string", "format": "date-time"}]}, "date-time"),
        ({"oneOf": [{"type": "integer"}, {"type": "null"}]}, "number"),
    ],
    ids=["date-time", "date", "integer", "number", "text", "anything", "anyOf", "oneOf"],
)
def test_cursor_kind_is_that_of_the_schema(schema: dict[str, Any], kind: CursorKind) -> None:
    assert cursor_kind(schema) == kind
