"""Which records a run emits, in which order, and what its STATE says of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.streams import BUILT_IN
from tests.conftest import bearer, differences

if TYPE_CHECKING:
    from tap_analytics.sandbox import Sandbox
    from tests.conftest import MakeSandbox, Outcome, RunTap

FULL_TABLE = {"event_types", "ip_addresses"}
INCREMENTAL = sorted(BUILT_IN.keys() - FULL_TABLE)
MIDDLE = "2024-06-01T00:00:00Z"


def cursor_of(stream: str) -> str:
    key = BUILT_IN[stream].replication_key
    assert key is not None
    return key


def moment(record: dict[str, Any], stream: str) -> datetime | None:
    value = record[cursor_of(stream)]
    return None if value is None else datetime.fromisoformat(value)


def ids(outcome: Outcome, stream: str) -> list[Any]:
    return [record["id"] for record in outcome.records[stream]]


def without_cursor(sandbox: Sandbox, stream: str) -> set[Any]:
    return {row["id"] for row in sandbox.truth(stream) if moment(row, stream) is None}


def test_unchanged_second_run_emits_no_record_that_has_a_cursor(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    sandbox = make_sandbox(scale=1)
    only = ("events", "reports", "bank_accounts", "discounts", "businesses")
    first = run_tap(bearer(sandbox), only=only)

    second = run_tap(bearer(sandbox), state=first.state, only=only)

    assert without_cursor(sandbox, "reports")
    assert {name: set(ids(second, name)) for name in only} == {
        name: without_cursor(sandbox, name) for name in only
    }
    assert second.state == first.state


def test_full_table_streams_come_whole_in_every_run(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    sandbox = make_sandbox()
    first = run_tap(bearer(sandbox), only=tuple(FULL_TABLE))
    second = run_tap(bearer(sandbox), state=first.state, only=tuple(FULL_TABLE))
    assert {name: differences(second, sandbox, name) for name in FULL_TABLE} == {
        name: [] for name in FULL_TABLE
    }


@pytest.mark.parametrize("filters", [True, False], ids=["filters", "filters ignored"])
def test_run_after_a_change_emits_what_changed_and_what_was_added_once(
    make_sandbox: MakeSandbox, run_tap: RunTap, *, filters: bool
) -> None:
    sandbox = make_sandbox(filters=filters)
    first = run_tap(bearer(sandbox))
    moved = sandbox.advance()

    second = run_tap(bearer(sandbox), state=first.state)

    expected = {
        name: sorted([*moved[name]["changed"], *moved[name]["added"]], key=str)
        for name in INCREMENTAL
    }
    assert {name: sorted(ids(second, name), key=str) for name in INCREMENTAL} == expected


def test_runs_in_a_row_add_up_to_the_truth_whatever_changes_between_them(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    sandbox = make_sandbox()
    state: dict[str, Any] = {}
    table: dict[str, dict[Any, Any]] = {name: {} for name in INCREMENTAL}
    for _ in range(3):
        outcome = run_tap(bearer(sandbox), state=state)
        state = outcome.state
        for name in INCREMENTAL:
            table[name].update({record["id"]: record for record in outcome.records[name]})
        now = {name: {row["id"]: row for row in sandbox.truth(name)} for name in INCREMENTAL}
        assert table == now
        sandbox.advance(24)


@pytest.mark.parametrize("filters", [True, False], ids=["filters", "filters ignored"])
@pytest.mark.parametrize("bound", ["start_date", "end_date"])
def test_dates_bound_every_incremental_stream(
    make_sandbox: MakeSandbox, run_tap: RunTap, bound: str, *, filters: bool
) -> None:
    sandbox = make_sandbox(filters=filters)

    outcome = run_tap(bearer(sandbox, **{bound: MIDDLE}))

    middle = datetime.fromisoformat(MIDDLE)
    for name in INCREMENTAL:
        dated = [(row["id"], moment(row, name)) for row in sandbox.truth(name)]
        assert set(ids(outcome, name)) == {
            key for key, at in dated if at is None or (at >= middle) == (bound == "start_date")
        }


def test_start_date_is_inclusive_and_end_date_exclusive_to_the_microsecond(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    sandbox = make_sandbox(filters=False)
    truth = sorted(sandbox.truth("events"), key=lambda row: str(moment(row, "events")))
    first, last = truth[50]["occurred_at"], truth[90]["occurred_at"]

    outcome = run_tap(bearer(sandbox, start_date=first, end_date=last), only=("events",))

    low, high = datetime.fromisoformat(first), datetime.fromisoformat(last)
    assert ids(outcome, "events") == [
        row["id"]
        for row in sandbox.truth("events")
        if low <= datetime.fromisoformat(row["occurred_at"]) < high
    ]


def test_dates_are_sent_as_filters_and_bookmarks_replace_the_start_date(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    sandbox = make_sandbox()
    config = bearer(sandbox, start_date="2024-01-01", end_date="2030-01-01")
    first = run_tap(config, only=("reports",))
    run_tap(config, state=first.state, only=("reports",))

    queries = [dict(entry.query) for entry in sandbox.log]
    bookmark = first.state["bookmarks"]["reports"]["replication_key_value"]
    starts = [query["updated_at[gte]"] for query in queries if "next" not in query]
    assert starts == ["2024-01-01T00:00:00Z", bookmark]
    assert {query.get("updated_at[lt]") for query in queries if "next" not in query} == {
        "2030-01-01T00:00:00Z"
    }


def test_bookmark_is_the_greatest_instant_as_the_api_wrote_it(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    sandbox = make_sandbox()
    outcome = run_tap(bearer(sandbox))
    for name in INCREMENTAL:
        dated = [(moment(row, name), row[cursor_of(name)]) for row in sandbox.truth(name)]
        greatest = max(at for at, _ in dated if at is not None)
        bookmark = outcome.state["bookmarks"][name]["replication_key_value"]
        assert bookmark in [text for at, text in dated if at == greatest]


def test_bookmark_is_before_the_run_where_the_api_s_clock_is_ahead(
    make_sandbox: MakeSandbox, run_tap: RunTap, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    sandbox = make_sandbox()
    sandbox.advance(24 * 365 * 9)
    now = datetime.now(UTC)
    dated = [(row["id"], moment(row, "products")) for row in sandbox.truth("products")]
    late = {key for key, at in dated if at and at > now}

    first = run_tap(bearer(sandbox), only=("products",))
    second = run_tap(bearer(sandbox), state=first.state, only=("products",))

    bookmark = first.state["bookmarks"]["products"]["replication_key_value"]
    assert datetime.fromisoformat(bookmark) <= now
    assert not differences(first, sandbox, "products")
    assert late
    assert set(ids(second, "products")) == late
    assert (
        f"products: {len(late)} records are later than the start of this run; "
        "the next asks for them again"
    ) in caplog.messages


def test_records_without_cursor_come_each_time_and_do_not_move_the_bookmark(
    make_sandbox: MakeSandbox, run_tap: RunTap, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox = make_sandbox(scale=1)
    outcome = run_tap(bearer(sandbox), only=("reports",))
    count = len(without_cursor(sandbox, "reports"))
    warning = f"reports: {count} records have no updated_at; they do not move the bookmark"
    assert count > 0
    assert not differences(outcome, sandbox, "reports")
    assert warning in [record.getMessage() for record in caplog.records]


@pytest.mark.parametrize(
    "options",
    [{"max_page_size": 7}, {"max_page_size": 7, "empty_pages": 2}, {"links": "token"}],
    ids=["small pages", "empty pages", "link tokens"],
)
def test_records_come_in_the_api_s_order(
    make_sandbox: MakeSandbox, run_tap: RunTap, options: dict[str, Any]
) -> None:
    sandbox = make_sandbox(**options)
    names = ("cash_drawers", "calls", "customers", "events", "prices")
    outcome = run_tap(bearer(sandbox), only=names)
    truth = {name: [row["id"] for row in sandbox.truth(name)] for name in names}
    assert {name: ids(outcome, name) for name in names} == truth


def test_lag_reads_a_span_again_and_leaves_the_bookmark(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    sandbox = make_sandbox()
    day = 24 * 3600
    resource = {"name": "events", "endpoint": {"incremental": {"lag": 30 * day}}}
    config = bearer(sandbox, resources=[resource])
    first = run_tap(config)

    second = run_tap(config, state=first.state)

    rows = [(row["id"], moment(row, "events")) for row in sandbox.truth("events")]
    last = max(at for _, at in rows if at)
    assert second.state == first.state
    assert set(ids(second, "events")) == {
        key for key, at in rows if at and 0 < (last - at).total_seconds() <= 30 * day
    }


def test_state_of_streams_that_are_not_selected_is_kept(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    kept = {"replication_key": "updated_at", "replication_key_value": "2025-01-01T00:00:00Z"}
    outcome = run_tap(
        bearer(make_sandbox()), state={"bookmarks": {"prices": kept}}, only=("products",)
    )
    assert outcome.state["bookmarks"]["prices"] == kept
    assert "replication_key_value" in outcome.state["bookmarks"]["products"]


def test_bookmark_of_another_replication_key_is_not_used(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    sandbox = make_sandbox()
    other = {"replication_key": "created_at", "replication_key_value": "2025-05-31T00:00:00Z"}
    outcome = run_tap(bearer(sandbox), state={"bookmarks": {"prices": other}}, only=("prices",))
    assert not differences(outcome, sandbox, "prices")
    assert outcome.state["bookmarks"]["prices"]["replication_key"] == "updated_at"


def test_unreadable_bookmark_ends_the_run_with_one_line(
    make_sandbox: MakeSandbox, run_tap: RunTap, caplog: pytest.LogCaptureFixture
) -> None:
    broken = {"replication_key": "updated_at", "replication_key_value": "yesterday"}
    outcome = run_tap(
        bearer(make_sandbox()), state={"bookmarks": {"prices": broken}}, only=("prices",)
    )
    errors = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert outcome.status == 1
    reason = "its bookmark, initial_value or end_value is not an ISO 8601 date-time"
    assert errors == [f"1 of 16 streams failed: prices: {reason}"]
