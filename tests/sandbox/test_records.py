"""The sandbox's records: related to each other, and full of traps for a reader."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tap_analytics.sandbox.data import Dataset

if TYPE_CHECKING:
    from collections.abc import Iterator


NAMES = Dataset().names()

each_resource = pytest.mark.parametrize("name", NAMES)


def everything(dataset: Dataset, name: str) -> list[dict[str, Any]]:
    return [dataset.record(name, at) for at in dataset.positions(name)]


def scalars(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value
        for item in value.values():
            yield from scalars(item)
    elif isinstance(value, list):
        for item in value:
            yield from scalars(item)
    else:
        yield value


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


@pytest.mark.parametrize(
    ("name", "field", "target"),
    [
        ("calls", "account_id", "accounts"),
        ("prices", "product_id", "products"),
        ("subscriptions", "customer_id", "customers"),
        ("subscriptions", "address_id", "customer_addresses"),
        ("subscriptions", "business_id", "businesses"),
        ("transactions", "customer_id", "customers"),
        ("transactions", "address_id", "customer_addresses"),
        ("transactions", "subscription_id", "subscriptions"),
        ("transactions", "discount_id", "discounts"),
    ],
)
def test_references_lead_to_records(moved: Dataset, name: str, field: str, target: str) -> None:
    referred = [row[field] for row in everything(moved, name) if row[field] is not None]

    assert len(set(referred)) > 10
    assert all(moved.exists(target, str(record_id)) for record_id in referred)


@pytest.mark.parametrize("name", ["subscriptions", "transactions"])
def test_items_refer_to_prices(dataset: Dataset, name: str) -> None:
    ids = {item["price_id"] for row in everything(dataset, name) for item in row["items"]}

    assert len(ids) > 100
    assert all(dataset.exists("prices", record_id) for record_id in ids)


@pytest.mark.parametrize("name", ["subscriptions", "transactions"])
def test_address_of_a_sale_is_the_buyers_own(dataset: Dataset, name: str) -> None:
    owners = {row["id"]: row["customer_id"] for row in everything(dataset, "customer_addresses")}
    sales = [row for row in everything(dataset, name) if row["address_id"] is not None]

    assert {owners[row["address_id"]] == row["customer_id"] for row in sales} == {True}


def test_transaction_of_a_subscription_has_its_buyer(dataset: Dataset) -> None:
    buyers = {row["id"]: row["customer_id"] for row in everything(dataset, "subscriptions")}
    sales = [row for row in everything(dataset, "transactions") if row["subscription_id"]]

    assert {buyers[row["subscription_id"]] == row["customer_id"] for row in sales} == {True}


def test_sums_of_a_transaction_add_up(dataset: Dataset) -> None:
    for row in everything(dataset, "transactions"):
        totals = row["details"]["totals"]
        lines = [line["totals"] for line in row["details"]["line_items"]]
        for part in ("subtotal", "discount", "tax", "total"):
            assert int(totals[part]) == sum(int(line[part]) for line in lines)
        left = int(totals["subtotal"]) - int(totals["discount"])
        assert int(totals["total"]) == left + int(totals["tax"])


def test_events_name_event_types(dataset: Dataset) -> None:
    known = {row["name"] for row in everything(dataset, "event_types")}

    assert {row["event_type"] for row in everything(dataset, "events")} == known


@pytest.mark.parametrize(
    "name", [name for name in NAMES if Dataset().cursor_field(name) == "updated_at"]
)
def test_nothing_was_changed_before_it_was_made(moved: Dataset, name: str) -> None:
    times = [
        (row["created_at"], row["updated_at"])
        for row in everything(moved, name)
        if row["updated_at"] is not None
    ]

    assert times
    assert all(
        datetime.fromisoformat(created) <= datetime.fromisoformat(updated)
        for created, updated in times
    )


def test_text_holds_every_trap(dataset: Dataset) -> None:
    texts = {
        value
        for name in NAMES
        for row in everything(dataset, name)[:200]
        for value in scalars(row)
        if isinstance(value, str)
    }
    traps = ["\u0301", "\U0001f600", "\u05e0", "\n", "\r\n", '"', "\\", "\t", "\u2028", "\x7f"]

    assert "" in texts
    assert [trap for trap in traps if not any(trap in text for text in texts)] == []


def test_numbers_hold_every_trap(dataset: Dataset) -> None:
    numbers = [
        value
        for name in NAMES
        for row in everything(dataset, name)[:200]
        for value in scalars(row)
        if isinstance(value, (int, Decimal)) and not isinstance(value, bool)
    ]
    integers = [value for value in numbers if isinstance(value, int)]
    decimals = [value for value in numbers if isinstance(value, Decimal)]

    assert any(value > 2**53 and int(float(value)) != value for value in integers)
    assert any(str(value).endswith(".10") for value in decimals)
    assert any(Decimal(float(value)).quantize(value) != value for value in decimals)
    assert min(integers) < 0
    assert min(decimals) < 0


def test_times_come_in_every_precision_and_with_offsets(dataset: Dataset) -> None:
    texts = [row["updated_at"] for row in everything(dataset, "transactions")]
    lengths = Counter(len(text) for text in texts if text.endswith("Z"))

    assert set(lengths) == {20, 24, 27}
    assert {text[-6:] for text in texts if not text.endswith("Z")} == {"+02:00", "-03:30"}


def test_containers_are_sometimes_empty(dataset: Dataset) -> None:
    rows = everything(dataset, "customers")

    assert any(row["tags"] == [] for row in rows)
    assert any(row["custom_data"] == {} for row in rows)
    assert any("import_meta" not in row for row in rows)


@each_resource
def test_records_encode_with_their_decimals_as_written(dataset: Dataset, name: str) -> None:
    encoder = msgspec.json.Encoder(decimal_format="number")
    for row in everything(dataset, name)[:100]:
        assert json.loads(encoder.encode(row), parse_float=Decimal) == row
