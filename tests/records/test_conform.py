from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tap_analytics.records.conform import Conformer

SCHEMA: dict[str, Any] = {
    "properties": {
        "id": {"type": ["string"]},
        "on": {"type": ["boolean", "null"]},
        "money": {
            "type": ["object", "null"],
            "properties": {"amount": {"type": ["number"]}, "on": {"type": ["boolean"]}},
        },
        "items": {
            "type": ["array"],
            "items": {"type": ["object"], "properties": {"id": {"type": ["integer"]}}},
        },
        "free": {"type": ["object"], "additionalProperties": True},
    }
}


def conformer(*deselected: tuple[str, ...]) -> Conformer:
    return Conformer(SCHEMA, lambda breadcrumb: breadcrumb not in deselected)


def test_undeclared_fields_are_dropped_at_any_depth_and_named() -> None:
    cut = conformer()
    record = {"id": "a", "new": 1, "money": {"amount": 1, "tax": 2}, "items": [{"id": 1, "x": 2}]}

    assert cut.record(record) == {"id": "a", "money": {"amount": 1}, "items": [{"id": 1}]}
    assert cut.dropped == {"new", "money.tax", "items.x"}
    assert "new" in record


def test_deselected_fields_are_dropped_without_being_named() -> None:
    cut = conformer(("properties", "on"), ("properties", "money", "properties", "amount"))

    assert cut.record({"id": "a", "on": True, "money": {"amount": 1}}) == {"id": "a", "money": {}}
    assert cut.dropped == set()


@pytest.mark.parametrize(
    ("value", "kept"), [(0, False), (1, True), (2, 2), ("false", "false"), (None, None)], ids=repr
)
def test_only_0_and_1_become_booleans(value: Any, kept: Any) -> None:
    found = conformer().record({"on": value, "money": {"on": value}})

    assert (found["on"], found["money"]["on"]) == (kept, kept)
    assert type(found["on"]) is type(kept)


def test_open_objects_and_numbers_stay_as_they_are() -> None:
    record = {"free": {"any": [{"x": 1}]}, "money": {"amount": Decimal("1e400")}}

    assert conformer().record(record) == record
