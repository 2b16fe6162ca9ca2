from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator, FormatChecker

from tap_analytics.records.infer import infer_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

DATE_TIME = re.compile("2024-01-01[T ]10:00.*")
TEXTS = st.sampled_from(
    ["", "x", "2024-02-29", "2023-02-29", "2024-01-01T10:00:00Z", "2024-01-01 10:00"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
RECORDS = st.lists(st.dictionaries(st.sampled_from("abcd"), VALUES), max_size=6)


def of(*values: Any) -> dict[str, Any]:
    """What is inferred of a field with these values."""
    schema: dict[str, Any] = infer_schema([{"f": value} for value in values], ())["properties"]["f"]
    return schema


@pytest.mark.parametrize(
    ("values", "types"),
    [
        ([1], ["integer", "null"]),
        ([2**63 - 1, -(2**63)], ["integer", "null"]),
        ([2**63], ["number", "null"]),  # beyond the integers of a database
        ([-(2**63) - 1, 1], ["number", "null"]),
        ([Decimal("1.5")], ["number", "null"]),
        ([1, Decimal("1.5")], ["number", "null"]),
        ([1.5], ["number", "null"]),
        ([True], ["boolean", "null"]),
        ([True, 1], ["boolean", "integer", "string", "null"]),  # no column of numbers holds true
        ([True, Decimal("1.5")], ["boolean", "number", "string", "null"]),
        ([True, "x"], ["boolean", "string", "null"]),
        (["x"], ["string", "null"]),
        (["1999"], ["string", "null"]),
        ([1, "x"], ["integer", "string", "null"]),
        ([None], ["string", "null"]),
        ([None, 1], ["integer", "null"]),
    ],
    ids=repr,
)
def test_types_widen(values: list[Any], types: list[str]) -> None:
    assert of(*values) == {"type": types}


def test_types_stay_side_by_side_with_objects_and_lists_described() -> None:
    assert of(*[True, 1, [1], {"a": 1}]) == {
        "type": ["array", "boolean", "integer", "object", "string", "null"],
        "properties": {"a": {"type": ["integer", "null"]}},
        "items": {"type": ["integer", "null"]},
    }


@pytest.mark.parametrize(
    ("values", "format_"),
    [
        (["2024-01-01T10:00:00Z"], "date-time"),
        (["2024-01-01 10:00:00.123456789+02:00", None], "date-time"),
        (["2024-01-01T10:00"], "date-time"),
        (["2024-01-01"], "date"),
        (["2024-01-01", "2024-01-01T10:00:00Z"], None),
        (["2024-01-01", "soon"], None),
        (["2024-01-01", ""], None),
        (["2023-02-29"], None),
        (["2024-01-01T25:00:00Z"], None),
        (["2024-01-01T10:00:00Z!"], None),
        (["20240101"], None),
        (["2024-01-01", 1], None),
    ],
    ids=repr,
)
def test_format_holds_only_while_every_text_is_one(values: list[Any], format_: str | None) -> None:
    assert of(*values).get("format") == format_


def test_objects_and_lists_are_described_inside() -> None:
    assert of({"a": 1, "b": [{"c": "x"}, {"c": None, "d": True}]}, {"b": []}) == {
        "type": ["object", "null"],
        "properties": {
            "a": {"type": ["integer", "null"]},
            "b": {
                "type": ["array", "null"],
                "items": {
                    "type": ["object", "null"],
                    "properties": {
                        "c": {"type": ["string", "null"]},
                        "d": {"type": ["boolean", "null"]},
                    },
                },
            },
        },
    }


@pytest.mark.parametrize(
    ("values", "items"),
    [
        ([["x"], [None]], {"type": ["string", "null"]}),
        ([["2024-01-01"]], {"type": ["string", "null"], "format": "date"}),
        ([[1]], {"type": ["integer", "null"]}),
        ([[True]], {"type": ["boolean", "null"]}),
        (
            [[{"a": 1}, "x"]],
            {
                "type": ["object", "string", "null"],
                "properties": {"a": {"type": ["integer", "null"]}},
            },
        ),
        ([[1, "x"]], None),
        ([[1], [True]], None),
        ([[1, Decimal("2.5")]], None),
        ([[2**63]], None),
        ([[[1]]], None),
        ([[{"a": 1}, []]], None),
        ([[]], None),
        ([[None]], None),
    ],
    ids=repr,
)
def test_elements_are_described_where_one_column_of_lists_holds_them(
    values: list[Any], items: dict[str, Any] | None
) -> None:
    described = {} if items is None else {"items": items}
    assert of(*values) == {"type": ["array", "null"], **described}


def test_object_that_was_always_empty_may_hold_anything() -> None:
    assert of({}) == {"type": ["object", "null"], "properties": {}, "additionalProperties": True}


def test_primary_keys_are_not_nullable_and_always_there() -> None:
    assert infer_schema([{"id": 1, "x": None}], ("id", "part")) == {
        "type": "object",
        "properties": {
            "id": {"type": ["integer"]},
            "x": {"type": ["string", "null"]},
            "part": {"type": ["string"]},
        },
    }


def test_fields_stand_in_alphabetical_order() -> None:
    schema = infer_schema([{"b": 1, "Z": 1}, {"a": {"y": 1, "x": 1}}], ())

    assert list(schema["properties"]) == ["Z", "a", "b"]
    assert list(schema["properties"]["a"]["properties"]) == ["x", "y"]


def test_nothing_is_inferred_from_no_record() -> None:
    assert infer_schema([], ()) == {"type": "object", "properties": {}}


@given(RECORDS, st.randoms(use_true_random=False))
def test_result_does_not_depend_on_the_order_of_the_records(
    records: list[Any], random: Any
) -> None:
    shuffled = [dict(random.sample(list(record.items()), len(record))) for record in records]
    random.shuffle(shuffled)

    assert repr(infer_schema(shuffled, ("a",))) == repr(infer_schema(records, ("a",)))


@given(RECORDS)
def test_every_record_is_valid_under_the_schema_made_of_all(records: list[Any]) -> None:
    schema = infer_schema(records, ())
    Draft7Validator.check_schema(schema)

    validator = Draft7Validator(schema, format_checker=FormatChecker(["date"]))
    assert [error.message for record in records for error in validator.iter_errors(record)] == []


@given(RECORDS, RECORDS)
def test_more_records_never_narrow(records: list[Any], more: list[Any]) -> None:
    validator = Draft7Validator(infer_schema(records + more, ()))

    assert all(validator.is_valid(record) for record in records)
    narrow, wide = shape_of(records), shape_of(records + more)
    assert narrow.keys() <= wide.keys()
    for name, types in narrow.items():
        assert types <= wide[name] | ({"integer"} if "number" in wide[name] else set())


def shape_of(records: list[Any]) -> dict[str, set[str]]:
    """The types of the fields that had a value."""
    seen = {name for record in records for name, value in record.items() if value is not None}
    properties = infer_schema(records, ())["properties"]
    return {name: set(properties[name]["type"]) for name in seen}


@given(RECORDS)
def test_date_time_is_one_only_where_each_text_is(records: list[Any]) -> None:
    for name, schema in infer_schema(records, ())["properties"].items():
        texts = [record[name] for record in records if record.get(name) is not None]
        dates = [isinstance(text, str) and DATE_TIME.fullmatch(text) for text in texts]
        assert (schema.get("format") == "date-time") == (bool(texts) and all(dates))


@given(RECORDS)
def test_every_list_of_types_has_a_column_that_holds_them(records: list[Any]) -> None:
    for schema in within(infer_schema(records, ())):
        types = set(schema["type"]) - {"null"}
        assert types
        assert not {"integer", "number"} <= types
        if "boolean" in types and types & {"integer", "number"}:
            assert types & {"string", "object", "array"}
        assert "format" not in schema or types == {"string"}


def within(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """*schema* and all schemas in it."""
    yield schema
    for inner in (*schema.get("properties", {}).values(), *filter(None, [schema.get("items")])):
        yield from within(inner)
