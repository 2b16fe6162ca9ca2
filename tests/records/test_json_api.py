from __future__ import annotations

from typing import Any

import pytest

from tap_analytics.records.json_api import fold

RESOURCE = {
    "type": "account",
    "id": 1,
    "attributes": {"name": "A", "nested": {"x": [1]}},
    "relationships": {
        "owner": {"data": {"type": "user", "id": 7}},
        "creator": {"data": None},
        "tags": {"data": [{"type": "tag", "id": 3}, {"type": "tag", "id": 4}]},
        "none": {"data": []},
        "prospects": {"links": {"related": "/prospects"}},
    },
    "links": {"self": "/accounts/1"},
    "meta": {"v": 1},
}


def test_fold_moves_attributes_up_and_makes_relationships_ids() -> None:
    assert fold(RESOURCE) == {
        "id": 1,
        "name": "A",
        "nested": {"x": [1]},
        "owner_id": 7,
        "creator_id": None,
        "tags_ids": [3, 4],
        "none_ids": [],
    }


def test_fold_leaves_its_argument_alone() -> None:
    before = repr(RESOURCE)
    fold(RESOURCE)

    assert repr(RESOURCE) == before


@pytest.mark.parametrize(
    "record",
    [
        {"id": 1, "type": "account", "name": "A", "links": {"self": "/"}},
        {"id": 1, "attributes": None},
        {"id": 1, "attributes": "several"},
        {},
    ],
    ids=["flat", "null attributes", "attributes of its own", "empty"],
)
def test_fold_leaves_a_flat_record_as_it_is(record: dict[str, Any]) -> None:
    assert fold(record) == record


@pytest.mark.parametrize("relationships", [None, [], "x", {}, {"owner": None}, {"owner": []}])
def test_fold_does_without_relationships(relationships: Any) -> None:
    record = {"id": 1, "attributes": {"a": 2}, "relationships": relationships}

    assert fold(record) == {"id": 1, "a": 2}


def test_fold_takes_an_identifier_that_is_none_for_an_empty_relationship() -> None:
    relationships = {"owner": {"data": 7}, "tags": {"data": ["x", {"id": 3}]}}

    assert fold({"id": 1, "attributes": {}, "relationships": relationships}) == {
        "id": 1,
        "owner_id": None,
        "tags_ids": [None, 3],
    }


def test_fold_lets_an_attribute_win_over_a_relationship_s_id() -> None:
    relationships = {"owner": {"data": {"type": "user", "id": 7}}}

    assert fold({"id": 1, "attributes": {"owner_id": 8}, "relationships": relationships}) == {
        "id": 1,
        "owner_id": 8,
    }
