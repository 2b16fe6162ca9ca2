from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.bookmarks import KEY, Record, State, at, bookmark, run, stored

if TYPE_CHECKING:
    from tap_analytics.cursors import CursorKind


def test_bookmark_is_the_greatest_value_as_the_api_wrote_it() -> None:
    state: State = {}

    run(state, at("2024-01-01T12:00:00+02:00", "2024-01-01T10:00:00.5Z", "2024-01-01T10:00:00Z"))

    assert state["replication_key"] == KEY
    assert state["replication_key_value"] == "2024-01-01T10:00:00.5Z"


def test_state_is_written_by_commit_alone() -> None:
    state: State = {}
    mark = bookmark(state)

    assert mark.admits(at("2024-01-01")[0])
    assert state == {}


def test_commit_without_a_record_leaves_the_state_alone() -> None:
    state = stored("2024-01-01T00:00:00Z", "a1")

    assert run(state, []) == []
    assert state == stored("2024-01-01T00:00:00Z", "a1")


def test_records_before_the_start_are_dropped_and_those_at_it_are_not() -> None:
    mark = bookmark(stored("2024-01-01T10:00:00.813Z"))
    records = at("2024-01-01T10:00:00.812999Z", "2024-01-01T10:00:00.813000Z",
                 "2024-01-01T10:00:00.813001Z", "2024-01-01T11:00:00+02:00")  # fmt: skip

    assert [mark.admits(record) for record in records] == [False, True, True, False]


@pytest.mark.parametrize(
    ("state", "options", "start"),
    [
        ({}, {}, None),
        ({}, {"start_date": "2024-01-01"}, "2024-01-01"),
        ({}, {"start_date": "2024-01-01", "initial_value": "2023-01-01"}, "2023-01-01"),
        (stored("2024-05-01"), {"start_date": "2024-01-01"}, "2024-05-01"),
        (stored("2024-05-01"), {"start_date": "2024-06-01"}, "2024-05-01"),
        (stored("2024-05-01") | {"replication_key": "created_at"}, {"start_date": "2024-01-01"},
         "2024-01-01"),
    ],
    ids=["nothing", "start_date", "initial value first", "bookmark first",
         "bookmark before start_date", "bookmark of another key"],
)  # fmt: skip
def test_start_value_is_the_bookmark_else_the_configured_one(
    state: State, options: dict[str, Any], start: str | None
) -> None:
    assert bookmark(state, **options).start_value == start


def test_start_value_of_numbers_may_be_zero() -> None:
    assert bookmark(kind="number", initial_value=0, start_date="2024-01-01").start_value == 0


@pytest.mark.parametrize(
    ("kind", "start_date"),
    [("number", "2024-01-01"), ("date-time", "01.02.2024"), ("date", "yesterday")],
)
def test_start_value_of_another_kind_is_refused(kind: CursorKind, start_date: str) -> None:
    with pytest.raises(ValueError, match=r"^is not "):
        bookmark(kind=kind, initial_value=start_date)


@pytest.mark.parametrize(
    ("kind", "start", "end"),
    [
        ("date-time", "2024-01-01T10:00:00Z", "2024-02-01"),
        ("date", "2024-01-01", "2024-02-01"),
        ("number", None, None),
        ("text", None, None),
    ],
)
def test_dates_of_the_config_hold_for_cursors_that_are_instants(
    kind: CursorKind, start: str | None, end: str | None
) -> None:
    mark = bookmark(kind=kind, start_date="2024-01-01T10:00:00Z", end_date="2024-02-01")

    assert (mark.start_value, mark.end_value) == (start, end)


def test_texts_are_not_dropped_for_their_order_is_the_api_s_to_know() -> None:
    mark = bookmark(stored("v10"), kind="text")

    assert mark.start_value == "v10"
    assert mark.admits({KEY: "v9"})


def test_state_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^is not an ISO 8601 date-time$"):
        bookmark(stored(17))


def test_end_is_exclusive_and_the_stream_s_own_wins() -> None:
    mark = bookmark(end_date="2024-02-01", end_value="2024-01-02")
    records = at("2024-01-01T23:59:59.999Z", "2024-01-02T00:00:00Z", "2024-01-15")

    assert mark.end_value == "2024-01-02"
    assert [mark.admits(record) for record in records] == [True, False, False]


def test_end_date_bounds_the_bookmark() -> None:
    state: State = {}
    run(state, at("2024-01-05", "2024-02-01", "2024-01-04"), end_date="2024-02-01")

    assert state["replication_key_value"] == "2024-01-05"


@pytest.mark.parametrize("record", [{"id": 1}, {"id": 1, KEY: None}], ids=["absent", "null"])
@pytest.mark.parametrize("policy", ["include", "exclude"])
def test_record_without_a_cursor_is_counted_and_moves_nothing(record: Record, policy: str) -> None:
    state: State = {}
    mark = bookmark(state, on_cursor_value_missing=policy)

    assert (mark.admits(record), mark.missing) == (policy == "include", 1)
    mark.commit()
    assert state == {}


@pytest.mark.parametrize("record", [{"id": 1}, {"id": 1, KEY: None}], ids=["absent", "null"])
def test_record_without_a_cursor_is_an_error_where_that_is_wanted(record: Record) -> None:
    with pytest.raises(ValueError, match="replication key") as caught:
        bookmark(on_cursor_value_missing="raise").admits(record)

    assert str(caught.value) == "updated_at (replication key) is null or absent"


@pytest.mark.parametrize(
    ("kind", "value", "problem"),
    [
        ("date-time", 1704067200, "is not an ISO 8601 date-time: 1704067200"),
        ("date-time", "", "is not an ISO 8601 date-time: ''"),
        ("date-time", "x" * 99, f"is not an ISO 8601 date-time: '{'x' * 59}"),
        ("number", "2024-01-01", "is not a number: '2024-01-01'"),
        ("number", False, "is not a number: False"),
    ],
    ids=["number", "empty", "long", "text", "boolean"],
)
def test_cursor_of_another_kind_is_an_error_that_shows_it(
    kind: CursorKind, value: Any, problem: str
) -> None:
    with pytest.raises(ValueError, match="replication key") as caught:
        bookmark(kind=kind).admits({KEY: value})

    assert str(caught.value) == f"updated_at (replication key) {problem}"


@pytest.mark.parametrize(
    ("kind", "value", "lag", "start"),
    [
        ("date-time", "2024-01-01T00:00:10Z", 3600, "2023-12-31T23:00:10Z"),
        ("date-time", "2024-01-01T02:00:10.813001+02:00", 10, "2024-01-01T00:00:00.813001Z"),
        ("date-time", "2024-01-01T00:00:10Z", 0.5, "2024-01-01T00:00:09Z"),
        ("date-time", "1969-12-31T00:00:10Z", 10, "1969-12-31T00:00:00Z"),
        ("date", "2024-01-01", 1, "2023-12-31"),
        ("date", "2024-01-10", 1.5, "2024-01-08"),
        ("number", 1000, 5, 995),
        ("number", 2**60, 1, 2**60 - 1),
        ("number", 17.5, 0.25, Decimal("17.25")),
        ("text", "b", 5, "b"),
        ("date-time", "2024-01-01T00:00:10+00:00", 0, "2024-01-01T00:00:10+00:00"),
    ],
)
def test_lag_moves_the_start_back(kind: CursorKind, value: Any, lag: float, start: Any) -> None:
    mark = bookmark(stored(value), kind=kind, lag=lag)

    assert (mark.start_value, type(mark.start_value)) == (start, type(start))


def test_lag_reads_a_span_again_but_never_moves_the_bookmark_back() -> None:
    state: State = {}
    records = at("2024-01-01T10:00:00Z", "2024-01-01T11:59:00Z", "2024-01-01T12:00:00Z")
    run(state, records)
    before = dict(state)

    assert run(state, records, lag=60) == [1]
    assert state == before
    assert run(state, records[:2], lag=60) == [1]
    assert state == before


@pytest.mark.parametrize(
    ("kind", "value", "counts"),
    [
        ("date-time", "2099-01-01T00:00:00Z", False),
        ("date-time", "2026-01-01T12:00:00.000001Z", False),
        ("date-time", "2026-01-01T12:00:00Z", True),
        ("date-time", "2026-01-01T14:00:00+02:00", True),
        ("date", "2026-01-02", False),
        ("date", "2026-01-01", True),
        ("number", 10**12, True),
        ("text", "zzz", True),
    ],
)
def test_record_later_than_the_run_is_emitted_but_moves_no_bookmark(
    kind: CursorKind, value: Any, counts: object
) -> None:
    state: State = {}
    mark = bookmark(state, kind=kind)

    assert mark.admits({"id": 1, KEY: value})
    mark.commit()
    assert (bool(state), mark.late) == (counts, int(not counts))


def test_bookmark_is_the_greatest_value_that_is_not_later_than_the_run() -> None:
    state: State = {}

    assert run(state, at("2025-12-31", "2099-01-01", "2025-12-30")) == [0, 1, 2]
    assert state["replication_key_value"] == "2025-12-31"


def test_stored_bookmark_in_the_future_does_not_blind_the_stream(
    caplog: pytest.LogCaptureFixture,
) -> None:
    mark = bookmark(stored("2099-01-01T00:00:00Z", "a1"))

    assert caplog.messages == [
        (
            "events: the bookmark 2099-01-01T00:00:00Z lies in the future; this run starts at its "
            "own start instead"
        )
    ]
    assert mark.start_value == "2026-01-01T12:00:00.000000Z"
    assert mark.admits({"id": 1, KEY: "2026-01-01T12:00:00Z"})


def test_decimal_bookmark_survives_a_state_file() -> None:
    """As a JSON number it came back as a float, rounded up beyond what was emitted."""
    state: State = {}
    run(state, at(Decimal("0.12345678901234567890")), kind="number")
    state = json.loads(json.dumps(state))

    between = at(Decimal("0.123456789012345679"))
    assert state["replication_key_value"] == "0.12345678901234567890"
    assert run(state, between, kind="number") == [0]


def test_integer_bookmark_stays_an_integer() -> None:
    state: State = {}
    run(state, at(2**60, "7"), kind="number")

    assert state["replication_key_value"] == 2**60


def test_sorted_prefix_may_be_committed_on_the_way() -> None:
    state: State = {}
    mark = bookmark(state, row_order="asc")
    for record in at("2024-01-01", "2024-01-02", "2024-01-02T00:00:00Z"):
        assert mark.admits(record)
    mark.commit()

    assert mark.sorted
    assert state["replication_key_value"] == "2024-01-02"
    assert run(state, at("2024-01-01", "2024-01-02", "2024-01-02T00:00:00Z")) == []


@pytest.mark.parametrize("before", [{}, stored("2023-01-01", "a1")], ids=["first run", "later run"])
def test_sorted_prefix_is_taken_back_when_the_order_does_not_hold(
    before: State, caplog: pytest.LogCaptureFixture
) -> None:
    state: State = dict(before)
    mark = bookmark(state, row_order="asc")
    mark.admits(at("2024-01-02")[0])
    mark.commit()

    assert mark.admits({"id": "older", KEY: "2024-01-01"})

    assert (state, mark.sorted) == (before, False)
    assert caplog.messages == [
        (
            "events: records are declared sorted by updated_at, but are not; the bookmark is "
            "written only when the stream is complete"
        )
    ]


def test_order_that_did_not_hold_is_named_once_and_the_run_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    state: State = {}

    assert run(state, at("2024-01-03", "2024-01-01", "2024-01-02"), row_order="asc") == [0, 1, 2]
    assert state["replication_key_value"] == "2024-01-03"
    assert len(caplog.messages) == 1


def test_order_is_not_broken_by_records_that_are_dropped_or_without_a_cursor() -> None:
    mark = bookmark(start_date="2024-01-01", row_order="asc")
    for record in at("2024-01-02", "2023-01-01", None, "2024-01-03"):
        mark.admits(record)

    assert mark.sorted


def test_other_entries_of_the_state_are_left_alone() -> None:
    state: State = {"partitions": [], "note": 1}
    run(state, at("2024-01-01"))

    assert (state["partitions"], state["note"]) == ([], 1)
