"""dlt's `columns`: how they are read, and what they make of a schema."""

from __future__ import annotations

from decimal import Decimal
from itertools import chain
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from tap_analytics.check import Problems
from tap_analytics.declared.columns import SCHEMAS, key_columns, lay, merged, read_columns
from tap_analytics.records.infer import infer_schema

TEXT = {"type": ["string", "null"]}
INTEGER = {"type": ["integer", "null"]}
LOADER = "the target decides how it stores what it gets"
HINTS = "data_type, description, nullable, primary_key"
TYPES = "bigint, binary, bool, date, decimal, double, json, text, time, timestamp, wei"


def read(columns: Any) -> dict[str, dict[str, Any]]:
    problems = Problems()
    found = read_columns(columns, "resources[0].columns", problems)
    assert problems.lines == []
    return found


def refused(columns: Any) -> list[str]:
    problems = Problems()
    read_columns(columns, "resources[0].columns", problems)
    return problems.lines


def over(below: Any, *keys: str, **columns: Any) -> dict[str, Any]:
    """The properties of a given schema with *columns* over it."""
    schema = {"type": "object", "properties": below}
    laid: dict[str, Any] = lay(schema, read(columns), primary_keys=keys, stream="things")
    return dict(laid["properties"])


def over_records(records: list[dict[str, Any]], **columns: Any) -> dict[str, Any]:
    """The properties inferred from *records*, with *columns* over them."""
    values = {name: [record.get(name) for record in records] for name in {*chain(*records)}}
    seen = {
        name: all(value in {0, 1, None} for value in found if not isinstance(value, (dict, list)))
        for name, found in values.items()
        if any(value is not None for value in found)
    }
    schema = infer_schema(records, ())
    laid = lay(schema, read(columns), primary_keys=(), stream="things", sampled=seen)
    return dict(laid["properties"])


def test_columns_are_read_from_an_object_or_a_list() -> None:
    hints = {"data_type": "bigint", "nullable": False, "primary_key": True}
    assert read({"id": hints, "at": {}}) == {"id": hints, "at": {}}
    assert read([{"name": "id", **hints}, {"name": "at"}]) == {"id": hints, "at": {}}
    assert read({"id": {"name": "id", "data_type": None}}) == {"id": {}}


def test_what_is_read_is_read_again_as_the_same() -> None:
    once = read([{"name": "a", "data_type": "decimal", "nullable": "false"}])
    assert once == {"a": {"data_type": "decimal", "nullable": False}}
    assert read(once) == once


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ("id", ": is neither an object of columns by name nor a list of columns"),
        (["id"], "[0].name: is missing"),
        ([{"data_type": "text"}], "[0].name: is missing"),
        ({"id": "bigint"}, '.id: is not an object, such as {"data_type": "text"}'),
        ([{"name": "a"}, {"name": "a"}], "[1]: 'a' is declared twice"),
        (
            {"a": {"data_type": "integer"}},
            f".a.data_type: 'integer' is not allowed; allowed: {TYPES}",
        ),
        ([{"name": "a", "data_type": 5}], f"[0].data_type: 5 is not allowed; allowed: {TYPES}"),
        (
            {"a": {"data_typ": "text"}},
            f".a.data_typ: unknown key; did you mean 'data_type'? Allowed: {HINTS}",
        ),
        (
            {"a": {"nullable": "maybe"}},
            ".a.nullable: 'maybe' is not allowed; expected bool, got str",
        ),
    ],
    ids=repr,
)
def test_column_that_cannot_be_read_is_refused(columns: Any, expected: str) -> None:
    assert refused(columns) == [f"resources[0].columns{expected}"]


def test_hints_for_a_loader_are_told_once_to_have_no_effect(
    caplog: pytest.LogCaptureFixture,
) -> None:
    columns = {
        "a": {"sort": True, "unique": False, "x-normalizer": {"a": 1}},
        "b": {"sort": True, "precision": 10, "scale": 0, "hard_delete": None},
    }
    assert read(columns) == {"a": {}, "b": {}}
    assert caplog.messages == [
        f"resources[0].columns: precision, scale, sort, x-normalizer have no effect; {LOADER}"
    ]


def test_single_hint_without_effect_and_unknown_one_are_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert read({"a": {"dedup_sort": "desc", "flavour": 1}}) == {"a": {}}
    assert caplog.messages == [
        "resources[0].columns.a.flavour is not a known setting and has no effect",
        f"resources[0].columns: dedup_sort has no effect; {LOADER}",
    ]


@pytest.mark.parametrize(
    ("data_type", "expected"),
    [
        ("text", TEXT),
        ("double", {"type": ["number", "null"]}),
        ("bool", {"type": ["boolean", "null"]}),
        ("timestamp", {**TEXT, "format": "date-time"}),
        ("bigint", INTEGER),
        ("json", {"type": ["array", "boolean", "number", "object", "string", "null"]}),
        ("decimal", {"type": ["number", "null"]}),
        ("wei", {"type": ["number", "null"]}),
        ("date", {**TEXT, "format": "date"}),
        ("time", {**TEXT, "format": "time"}),
        ("binary", {**TEXT, "contentEncoding": "base64"}),
    ],
)
def test_data_type_is_a_type_that_targets_take(data_type: str, expected: Any) -> None:
    assert over({}, f={"data_type": data_type}) == {"f": expected}
    assert over({"f": INTEGER}, f={"data_type": data_type}) == {"f": expected}


def test_each_data_type_has_a_schema() -> None:
    assert ", ".join(sorted(SCHEMAS)) == TYPES


def test_column_without_data_type_keeps_the_type_below() -> None:
    below = {"f": {"type": "string", "format": "uuid"}, "g": TEXT, "h": {"$ref": "#/x"}}
    assert over(below, f={"nullable": True}, g={"nullable": False}, h={"nullable": True}) == {
        "f": {"type": ["string", "null"], "format": "uuid"},
        "g": {"type": ["string"]},
        "h": {"$ref": "#/x"},
    }
    assert over({}, f={}) == {"f": TEXT}


def test_column_is_as_nullable_as_the_field_below_unless_it_says() -> None:
    below = {"f": {"type": "string"}, "g": TEXT, "h": {}, "i": {"anyOf": [TEXT, INTEGER]}}
    columns = {name: {"data_type": "bigint"} for name in below}
    laid = over(below, **columns, j={"data_type": "bigint", "nullable": False})
    assert laid == {
        "f": {"type": ["integer"]},
        "g": INTEGER,
        "h": INTEGER,
        "i": INTEGER,
        "j": {"type": ["integer"]},
    }


def test_primary_key_is_never_nullable() -> None:
    below = {"id": TEXT}
    assert over(below, "id", id={"data_type": "bigint", "nullable": True}) == {
        "id": {"type": ["integer"]}
    }


def test_columns_say_which_of_them_are_the_primary_key() -> None:
    columns = read({"b": {"primary_key": True}, "a": {"primary_key": True}, "c": {}})
    assert key_columns(columns) == ("b", "a")
    assert key_columns(read({"a": {"primary_key": False}})) == ()


def test_description_is_kept_and_given() -> None:
    below = {"f": {**TEXT, "description": "Old."}, "g": {**TEXT, "description": "Old."}}
    laid = over(below, f={"data_type": "date"}, g={"description": "New."})
    assert laid == {
        "f": {**TEXT, "format": "date", "description": "Old."},
        "g": {**TEXT, "description": "New."},
    }


def test_decimal_over_texts_is_a_decimal_written_as_text() -> None:
    hints = {"data_type": "decimal"}
    expected = {**TEXT, "format": "x-singer.decimal"}
    assert over({"f": {**TEXT, "format": "date"}}, f=hints) == {"f": expected}
    assert over_records([{"f": "12.50"}, {"f": None}], f=hints) == {"f": expected}
    assert over_records([{"f": "7"}], f={"data_type": "wei"}) == {"f": expected}


@pytest.mark.parametrize(
    ("values", "data_type", "expected"),
    [
        ([1], "double", {"type": ["number", "null"]}),
        ([1], "decimal", {"type": ["number", "null"]}),
        ([0, 1], "bool", {"type": ["boolean", "null"]}),
        ([None], "timestamp", {**TEXT, "format": "date-time"}),
        ([None], "decimal", {"type": ["number", "null"]}),
        (["2024-01-01"], "timestamp", {**TEXT, "format": "date-time"}),
        (["2024-01-01T00:00:00Z"], "text", TEXT),
        (["10:00:00"], "time", {**TEXT, "format": "time"}),
        ([{"a": 1}], "json", {"type": ["array", "boolean", "number", "object", "string", "null"]}),
    ],
    ids=repr,
)
def test_column_replaces_what_was_inferred_where_it_holds_it(
    caplog: pytest.LogCaptureFixture, values: list[Any], data_type: str, expected: Any
) -> None:
    records = [{"f": value} for value in values]
    assert over_records(records, f={"data_type": data_type}) == {"f": expected}
    assert caplog.messages == []


@pytest.mark.parametrize(
    ("values", "data_type", "held"),
    [
        (["5"], "bigint", "string"),
        ([Decimal("1.5")], "bigint", "number"),
        ([1700000000], "timestamp", "integer"),
        (["soon"], "timestamp", "string"),
        (["2024-01-01T00:00:00Z"], "date", "string or date-time"),
        (["2024-01-01"], "decimal", "string or date"),
        ([1, "x"], "double", "integer or string"),
        (["true"], "bool", "string"),
        ([1, 2], "bool", "integer"),
        ([{"a": 1}], "bigint", "object"),
    ],
    ids=repr,
)
def test_column_that_does_not_hold_the_records_is_told_and_leaves_what_does(
    caplog: pytest.LogCaptureFixture, values: list[Any], data_type: str, held: str
) -> None:
    records = [{"f": value} for value in values]
    inferred = infer_schema(records, ())["properties"]["f"]
    laid = over_records(records, f={"data_type": data_type, "description": "It."})
    assert laid == {"f": {**inferred, "description": "It."}}
    (told,) = caplog.messages
    assert told == (
        f"things: column 'f' is said to be {data_type}, but records hold {held}; "
        "values are not converted, so that stays"
    )


def test_text_takes_in_whatever_the_records_hold(caplog: pytest.LogCaptureFixture) -> None:
    text = {"data_type": "text"}
    assert over_records([{"f": 1}], f=text) == {"f": {"type": ["integer", "string", "null"]}}
    assert over_records([{"f": {"a": 1}}], f=text) == {
        "f": {"type": ["object", "string", "null"], "properties": {"a": INTEGER}}
    }
    assert caplog.messages == []


def test_column_in_no_record_is_told_with_what_may_be_meant(
    caplog: pytest.LogCaptureFixture,
) -> None:
    records = [{"createdAt": "2024-01-01", "empty": None}]
    laid = over_records(records, created_at={"data_type": "date"}, empty={"data_type": "date"})
    assert laid["created_at"] == {**TEXT, "format": "date"}
    assert caplog.messages == [
        "things: column 'created_at' is in no sampled record; did you mean 'createdAt'?"
    ]


def test_nothing_is_missed_where_there_was_no_record(caplog: pytest.LogCaptureFixture) -> None:
    assert over_records([], f={"data_type": "bigint"}) == {"f": INTEGER}
    assert caplog.messages == []


def test_column_of_a_field_inside_is_named_as_dlt_names_it() -> None:
    below = {
        "a": {"type": "object", "properties": {"b__c": TEXT, "d": {"properties": {"e": TEXT}}}},
        "a__x": TEXT,
    }
    bigint = {"data_type": "bigint"}
    laid = over(below, a__b__c=bigint, a__d__e=bigint, a__x=bigint, a__y=bigint)
    assert laid == {
        "a": {
            "type": "object",
            "properties": {"b__c": INTEGER, "d": {"properties": {"e": INTEGER}}},
        },
        "a__x": INTEGER,
        "a__y": INTEGER,
    }
    assert below["a__x"] == TEXT


def test_layers_merge_by_name_and_hint() -> None:
    below = read({"a": {"data_type": "text", "nullable": False}, "b": {"data_type": "bool"}})
    above = read([{"name": "a", "data_type": "bigint"}, {"name": "c"}])
    assert merged(below, above) == {
        "a": {"data_type": "bigint", "nullable": False},
        "b": {"data_type": "bool"},
        "c": {},
    }


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "x", "1.5", "2024-01-01", "2024-01-01T10:00:00Z"]),
    st.dictionaries(st.sampled_from("ab"), st.integers(), max_size=1),
    st.lists(st.integers(), max_size=2),
)
RECORDS = st.lists(st.dictionaries(st.sampled_from("fg"), VALUES), max_size=5)


@settings(max_examples=300)
@given(RECORDS, st.sampled_from(sorted(SCHEMAS)))
def test_sampled_records_are_valid_whatever_a_column_says(
    records: list[dict[str, Any]], data_type: str
) -> None:
    properties = over_records(records, f={"data_type": data_type})
    Draft7Validator.check_schema({"properties": properties})
    validator = Draft7Validator({"type": "object", "properties": properties})
    flags = [{**record, "f": bool(record["f"])} if flag(record) else record for record in records]
    kinds = properties["f"].get("type", [])  # a column that does not hold the sample gives way
    judged = flags if data_type == "bool" and not {"integer", "number"} & {*kinds} else records
    assert [error.message for one in judged for error in validator.iter_errors(one)] == []


def flag(record: dict[str, Any]) -> bool:
    """Whether the field is what becomes a boolean on the way out."""
    return type(record.get("f")) is int and record["f"] in {0, 1}
