"""The sandbox's data set: sizes, ids, parents, and which records a filter lets pass."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from tap_analytics.sandbox.data import Dataset

NAMES = Dataset().names()
MOVING = tuple(name for name in NAMES if Dataset().cursor_field(name) is not None)
SINCE = datetime(2024, 11, 3, 4, 5, 6, 700_000, tzinfo=UTC)
UNTIL = datetime(2025, 2, 1, tzinfo=UTC)

each_resource = pytest.mark.parametrize("name", NAMES)
each_moving_resource = pytest.mark.parametrize("name", MOVING)


def everything(dataset: Dataset, name: str) -> list[dict[str, Any]]:
    return [dataset.record(name, at) for at in dataset.positions(name)]


def cursor(dataset: Dataset, name: str, position: int) -> datetime | None:
    field = dataset.cursor_field(name)
    text = dataset.record(name, position)[field] if field else None
    return None if text is None else datetime.fromisoformat(text)


def matching(
    dataset: Dataset, name: str, since: datetime | None, until: datetime | None
) -> list[int]:
    """Positions by the records' own texts: what `positions` has to return."""
    instants = ((at, cursor(dataset, name, at)) for at in range(dataset.count(name)))
    return [
        at
        for at, value in instants
        if value is None or ((since is None or value >= since) and (until is None or value < until))
    ]


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    """Data at the clock's start; tests only read it."""
    return Dataset()


@pytest.fixture(scope="module")
def moved() -> Dataset:
    """Less data, after three moves of the clock; tests only read it."""
    dataset = Dataset(scale=0.3)
    for _ in range(3):
        dataset.advance()
    return dataset


def test_names_are_the_sixteen_streams_and_resource() -> None:
    assert len(set(NAMES)) == 17
    assert "resource" in NAMES


def test_sizes_at_scale_one(dataset: Dataset) -> None:
    assert {name: dataset.count(name) for name in NAMES if dataset.parent(name) is None} == {
        "cash_drawers": 730,
        "bank_accounts": 260,
        "accounts": 850,
        "calls": 2300,
        "customers": 400,
        "discounts": 45,
        "prices": 150,
        "products": 60,
        "events": 4000,
        "event_types": 42,
        "reports": 70,
        "ip_addresses": 12,
        "subscriptions": 600,
        "transactions": 3000,
        "resource": 1050,
    }


def test_sizes_follow_the_scale_but_those_of_catalogues() -> None:
    small = Dataset(scale=0.1)

    assert small.count("transactions") == 300
    assert (small.count("event_types"), small.count("ip_addresses")) == (42, 12)


@pytest.mark.parametrize("scale", [0, -1.0, 5000.1, float("nan"), float("inf")])
def test_scale_out_of_range_is_refused(scale: float) -> None:
    with pytest.raises(ValueError, match=r"^scale: .*; allowed: above 0, up to 5000$"):
        Dataset(scale=scale)


@each_resource
def test_smallest_scale_still_gives_records_and_moves(name: str) -> None:
    tiny = Dataset(scale=0.0001)
    tiny.advance()

    assert [row["id"] for row in everything(tiny, name)]


@each_resource
def test_another_seed_gives_other_records(dataset: Dataset, name: str) -> None:
    assert Dataset(seed=8).record(name, 0) != dataset.record(name, 0)


@each_resource
@pytest.mark.parametrize("at", [-1, 10**6])
def test_position_that_is_not_there_is_refused(dataset: Dataset, name: str, at: int) -> None:
    with pytest.raises(IndexError, match=rf"^{name} has no record at position {at}$"):
        dataset.record(name, at)


@each_resource
def test_ids_are_unique_and_lead_back_to_their_position(moved: Dataset, name: str) -> None:
    ids = [str(row["id"]) for row in everything(moved, name)]

    assert [moved.find(name, record_id) for record_id in ids] == list(range(len(ids)))
    assert all(moved.exists(name, record_id) for record_id in ids)


@each_resource
@pytest.mark.parametrize(
    "record_id",
    [
        "",
        "0",
        "-2",
        "+1001",
        "1_000",
        "\u0661\u0660\u0660\u0660",
        "9" * 5000,
        "cus_",
        "a/b",
        "\x00",
    ],
    ids=[
        "empty",
        "zero",
        "negative",
        "plus",
        "underscore",
        "arabic",
        "long",
        "prefix",
        "slash",
        "nul",
    ],
)
def test_id_that_no_record_has_does_not_exist(dataset: Dataset, name: str, record_id: str) -> None:
    assert not dataset.exists(name, record_id)


def test_id_counts_in_one_spelling_and_under_its_own_resource(dataset: Dataset) -> None:
    record_id = dataset.record("customers", 3)["id"]

    assert dataset.exists("customers", record_id)
    assert not dataset.exists("customers", record_id.upper())
    assert not dataset.exists("customers", record_id + "0")
    assert not dataset.exists("prices", record_id.replace("cus", "pri"))


@pytest.mark.parametrize("name", ["customer_addresses", "businesses"])
def test_children_of_all_parents_are_all_children_once(moved: Dataset, name: str) -> None:
    parents = [row["id"] for row in everything(moved, "customers")]
    found = {parent: list(moved.positions(name, parent_id=parent)) for parent in parents}

    assert sorted(at for ats in found.values() for at in ats) == list(moved.positions(name))
    assert all(
        moved.record(name, at)["customer_id"] == parent
        for parent, ats in found.items()
        for at in ats
    )


def test_numbers_of_children_vary_from_none(dataset: Dataset) -> None:
    parents = [row["id"] for row in everything(dataset, "customers")]
    numbers = Counter(len(dataset.positions("customer_addresses", parent_id=at)) for at in parents)

    assert numbers == {0: 100, 1: 100, 2: 100, 3: 100}


def test_unknown_parent_has_no_children(dataset: Dataset) -> None:
    assert list(dataset.positions("businesses", parent_id="cus_0000000000000000")) == []


@each_moving_resource
@pytest.mark.parametrize(
    ("since", "until"),
    [(None, None), (SINCE, None), (None, UNTIL), (SINCE, UNTIL), (UNTIL, SINCE)],
    ids=["all", "since", "until", "window", "empty window"],
)
def test_positions_are_those_whose_texts_match(
    moved: Dataset, name: str, since: datetime | None, until: datetime | None
) -> None:
    found = moved.positions(name, since=since, until=until)

    assert list(found) == matching(moved, name, since, until)


@each_moving_resource
def test_since_includes_its_instant_and_until_excludes_it(dataset: Dataset, name: str) -> None:
    value = cursor(dataset, name, 5)
    assert value is not None
    shifted = value.astimezone(datetime.fromisoformat("2025-01-01T00:00:00+05:30").tzinfo)
    tick = timedelta(microseconds=1)

    assert 5 in dataset.positions(name, since=shifted)
    assert 5 not in dataset.positions(name, since=shifted + tick)
    assert 5 not in dataset.positions(name, until=shifted)
    assert 5 in dataset.positions(name, until=shifted + tick)


def test_filter_of_children_holds_within_their_parent(moved: Dataset) -> None:
    expected = matching(moved, "customer_addresses", SINCE, UNTIL)
    parents = [row["id"] for row in everything(moved, "customers")]

    found = [
        at
        for parent in parents
        for at in moved.positions("customer_addresses", parent_id=parent, since=SINCE, until=UNTIL)
    ]

    assert sorted(found) == expected


@pytest.mark.parametrize("name", ["event_types", "ip_addresses"])
def test_filter_passes_everything_where_there_is_no_cursor(dataset: Dataset, name: str) -> None:
    assert dataset.cursor_field(name) is None
    assert len(dataset.positions(name, since=dataset.now)) == dataset.count(name)


def test_some_reports_have_no_cursor_and_pass_every_filter(dataset: Dataset) -> None:
    without = [at for at in range(70) if cursor(dataset, "reports", at) is None]

    assert without
    assert list(dataset.positions("reports", since=dataset.now)) == without


@each_moving_resource
def test_cursor_values_lie_in_the_two_years_before_the_clock(dataset: Dataset, name: str) -> None:
    begin = dataset.now - timedelta(days=730)
    values = [cursor(dataset, name, at) for at in range(dataset.count(name))]

    assert all(begin <= value <= dataset.now for value in values if value is not None)


@each_moving_resource
def test_records_around_each_fiftieth_share_their_instant(dataset: Dataset, name: str) -> None:
    border = (dataset.count(name) - 2) // 50 * 50
    values = {cursor(dataset, name, at) for at in range(max(border - 2, 0), border + 2)}

    assert len(values) == 1


@pytest.mark.parametrize("name", ["customers", "transactions", "calls", "cash_drawers"])
def test_ties_occur_far_apart_as_well(dataset: Dataset, name: str) -> None:
    instants = Counter(cursor(dataset, name, at) for at in range(dataset.count(name)))

    assert instants.most_common(1)[0][1] > 4


def test_order_is_not_that_of_the_cursor_but_for_events(moved: Dataset) -> None:
    for name in MOVING:
        values = [value for at in range(moved.count(name)) if (value := cursor(moved, name, at))]
        assert all(a <= b for a, b in pairwise(values)) is (name == "events"), name


def test_millions_of_records_take_no_memory() -> None:
    tracemalloc.start()
    try:
        dataset = Dataset(scale=1000)
        dataset.record("transactions", len(dataset.positions("transactions")) - 1)
        dataset.record("customer_addresses", dataset.count("customer_addresses") - 1)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert dataset.count("transactions") == 3_000_000
    assert peak < 1_000_000
