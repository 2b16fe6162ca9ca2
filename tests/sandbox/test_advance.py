"""The sandbox's clock: what a move of it changes and adds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tap_analytics.sandbox.data import Dataset

NAMES = Dataset().names()
MOVING = tuple(name for name in NAMES if Dataset().cursor_field(name) is not None)

each_resource = pytest.mark.parametrize("name", NAMES)
each_moving_resource = pytest.mark.parametrize("name", MOVING)


def everything(dataset: Dataset, name: str) -> list[dict[str, Any]]:
    return [dataset.record(name, at) for at in dataset.positions(name)]


def cursor(dataset: Dataset, name: str, position: int) -> datetime | None:
    field = dataset.cursor_field(name)
    text = dataset.record(name, position)[field] if field else None
    return None if text is None else datetime.fromisoformat(text)


def test_clock_starts_at_a_fixed_time_and_moves_by_the_hours() -> None:
    dataset = Dataset()
    assert dataset.now == datetime(2025, 6, 1, tzinfo=UTC)

    dataset.advance(1.5)

    assert dataset.now == datetime(2025, 6, 1, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize("hours", [0, -1.0, 0.0001, 87_601, float("nan"), float("inf")])
def test_hours_out_of_range_are_refused_and_change_nothing(hours: float) -> None:
    dataset = Dataset()

    with pytest.raises(ValueError, match=r"^hours: .*; allowed: 0.001 to 87600$"):
        dataset.advance(hours)

    assert dataset.now == Dataset().now


@each_resource
def test_advance_changes_and_adds_exactly_what_it_reports(name: str) -> None:
    dataset = Dataset(scale=0.3)
    for _ in range(2):
        before = {row["id"]: row for row in everything(dataset, name)}
        moves = dataset.advance()[name]
        after = {row["id"]: row for row in everything(dataset, name)}

        assert [key for key in after if key not in before] == moves["added"]
        changed = {key for key, row in before.items() if after[key] != row}
        assert list(after)[: len(before)] == list(before)
        assert changed == set(moves["changed"])


@each_resource
def test_advance_moves_a_hundredth_within_its_bounds(name: str) -> None:
    dataset = Dataset()
    expected = min(max(dataset.count(name) // 100, 3), 200)

    moves = dataset.advance()[name]

    assert len(moves["added"]) == expected
    assert len(set(moves["changed"])) == (0 if name == "events" else expected)


def test_advance_moves_at_most_two_hundred() -> None:
    moves = Dataset(scale=100).advance()["transactions"]

    assert [len(moves["changed"]), len(moves["added"])] == [200, 200]


@each_moving_resource
def test_moved_records_have_cursor_values_after_the_old_time_up_to_the_new(name: str) -> None:
    dataset = Dataset()
    for hours in (1.0, 0.001):
        old = dataset.now
        moves = dataset.advance(hours)[name]
        positions = [dataset.find(name, str(key)) for key in moves["changed"] + moves["added"]]
        values = [cursor(dataset, name, at) for at in positions if at is not None]

        assert len(values) == len(positions)
        assert all(value is not None and old < value <= dataset.now for value in values)


def test_children_are_added_under_parents_that_exist() -> None:
    dataset = Dataset()
    for key in dataset.advance()["customer_addresses"]["added"]:
        at = dataset.find("customer_addresses", str(key))
        assert at is not None
        parent = dataset.record("customer_addresses", at)["customer_id"]
        assert at in dataset.positions("customer_addresses", parent_id=parent)


def test_id_of_a_record_to_come_exists_only_after_it_was_added() -> None:
    before, after = Dataset(), Dataset()
    added = [str(added) for added in after.advance()["transactions"]["added"]]

    assert added
    assert not any(before.exists("transactions", record_id) for record_id in added)
    assert all(after.exists("transactions", record_id) for record_id in added)


def test_filtered_positions_follow_the_clock() -> None:
    dataset = Dataset()
    start = dataset.now
    assert len(dataset.positions("transactions", since=start)) == 0

    moves = dataset.advance()["transactions"]

    assert len(dataset.positions("transactions", since=start)) == len(moves["changed"]) + len(
        moves["added"]
    )


@each_resource
def test_equal_seeds_give_equal_records_through_moves_of_the_clock(name: str) -> None:
    first, second = Dataset(seed=3, scale=0.05), Dataset(seed=3, scale=0.05)
    assert first.advance(2.5) == second.advance(2.5)

    assert everything(first, name) == everything(second, name)
