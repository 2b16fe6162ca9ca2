"""The schemas of the built-in streams: their quality, and that the sandbox's records fit them."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from decimal import Decimal
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from jsonschema import Draft202012Validator
from singer_sdk.schema.source import SchemaDirectory

from tap_analytics import schemas
from tap_analytics.sandbox.data import Dataset

if TYPE_CHECKING:
    from collections.abc import Iterator

    Schema = dict[str, Any]

STREAMS = (
    "accounts",
    "bank_accounts",
    "businesses",
    "calls",
    "cash_drawers",
    "customer_addresses",
    "customers",
    "discounts",
    "event_types",
    "events",
    "ip_addresses",
    "prices",
    "products",
    "reports",
    "subscriptions",
    "transactions",
)
FREE_FORM = {"custom_data", "data"}
KEYWORDS = {"type", "format", "description", "properties", "items", "additionalProperties"}

each_stream = pytest.mark.parametrize("stream", STREAMS)


def load(stream: str) -> Schema:
    schema: Schema = json.loads(files(schemas).joinpath(f"{stream}.json").read_text("utf-8"))
    return schema


def fields(schema: Schema, path: str = "") -> Iterator[tuple[str, Schema]]:
    """Path and schema of every property at any depth; `[]` in a path is any item of an array."""
    for name, field in schema.get("properties", {}).items():
        yield f"{path}.{name}", field
        yield from fields(field, f"{path}.{name}")
    if "items" in schema:
        yield from fields(schema["items"], f"{path}[]")


def values(value: Any, schema: Schema, path: str = "") -> Iterator[tuple[str, Any]]:
    """Path and value of everything in a record, but for the inside of free-form objects."""
    if path:
        yield path, value
    if isinstance(value, dict) and "additionalProperties" not in schema:
        for name, item in value.items():
            inner = schema.get("properties", {}).get(name, {})
            yield from values(item, inner, f"{path}.{name}")
    elif isinstance(value, list):
        for item in value:
            yield from values(item, schema.get("items", {}), f"{path}[]")


@pytest.fixture(scope="module")
def records() -> dict[str, list[dict[str, Any]]]:
    """Up to 1,000 records of each stream, as a reader of the sandbox's JSON sees them."""
    dataset = Dataset()
    dataset.advance()
    encoder = msgspec.json.Encoder(decimal_format="number")
    return {
        name: [
            json.loads(encoder.encode(dataset.record(name, at)), parse_float=Decimal)
            for at in dataset.positions(name)[-1000:]
        ]
        for name in STREAMS
    }


def test_each_stream_has_one_schema_file() -> None:
    found = [entry.name for entry in files(schemas).iterdir() if entry.name.endswith(".json")]

    assert sorted(found) == [f"{stream}.json" for stream in STREAMS]


@each_stream
def test_schema_loads_as_a_schema_directory_of_the_sdk(stream: str) -> None:
    assert SchemaDirectory(schemas).get_schema(stream, key_properties=("id",)) == load(stream)


@each_stream
def test_schema_is_a_valid_json_schema(stream: str) -> None:
    Draft202012Validator.check_schema(load(stream))


@each_stream
def test_root_is_a_described_object_whose_key_is_required(stream: str) -> None:
    schema = load(stream)

    assert schema["type"] == "object"
    assert schema["description"].endswith(".")
    assert schema["required"] == ["id"]
    assert "null" not in schema["properties"]["id"]["type"]


@each_stream
def test_every_field_is_described_in_a_sentence(stream: str) -> None:
    poor = [
        path
        for path, field in fields(load(stream))
        if not re.fullmatch(r"\S.*\S\.", field.get("description", ""))
    ]

    assert poor == []


@each_stream
def test_every_field_has_a_list_of_types_with_one_that_is_not_null(stream: str) -> None:
    for path, field in fields(load(stream)):
        (kind,) = (name for name in field["type"] if name != "null")
        assert field["type"] in ([kind], [kind, "null"]), path


@each_stream
def test_only_keywords_that_targets_digest_are_used(stream: str) -> None:
    for path, field in fields(load(stream)):
        assert set(field) <= KEYWORDS, path
        assert set(field.get("items", {})) <= {"type", "properties"}, path


@each_stream
def test_field_names_are_snake_case(stream: str) -> None:
    for path, _ in fields(load(stream)):
        assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", path.rpartition(".")[2]), path


@each_stream
def test_only_free_form_objects_leave_their_keys_open(stream: str) -> None:
    for path, field in fields(load(stream)):
        name = path.rpartition(".")[2]
        free = "object" in field["type"] and name in FREE_FORM
        assert field.get("additionalProperties") is (True if free else None), path
        assert ("properties" in field) is ("object" in field["type"] and not free), path
        assert ("items" in field) is ("array" in field["type"]), path


@each_stream
def test_names_of_times_and_days_have_their_formats(stream: str) -> None:
    for path, field in fields(load(stream)):
        if path.endswith("_at"):
            assert field["format"] == "date-time", path
        elif path.endswith(("_on", ".date_of_birth", ".period_start", ".period_end")):
            assert field["format"] == "date", path
        else:
            assert "format" not in field, path


@each_stream
def test_cursor_field_is_a_time(stream: str) -> None:
    cursor = Dataset().cursor_field(stream)

    assert cursor is None or load(stream)["properties"][cursor]["format"] == "date-time"


@each_stream
def test_relationships_are_nullable_integers(stream: str) -> None:
    properties = load(stream)["properties"]

    for name in Dataset().relationships(stream):
        assert properties[name]["type"] == ["integer", "null"], name


@each_stream
def test_records_of_the_sandbox_are_valid(
    stream: str, records: dict[str, list[dict[str, Any]]]
) -> None:
    validator = Draft202012Validator(load(stream))

    assert [
        error.json_path for row in records[stream] for error in validator.iter_errors(row)
    ] == []


@each_stream
def test_records_of_the_sandbox_have_the_declared_fields_and_no_others(
    stream: str, records: dict[str, list[dict[str, Any]]]
) -> None:
    schema = load(stream)
    present = {
        path.removesuffix("[]")
        for row in records[stream]
        for path, value in values(row, schema)
        if value is not None
    }

    assert present == {path for path, _ in fields(schema)}


@each_stream
def test_every_nullable_field_is_null_in_some_record_of_the_sandbox(
    stream: str, records: dict[str, list[dict[str, Any]]]
) -> None:
    schema = load(stream)
    null = {path for row in records[stream] for path, value in values(row, schema) if value is None}

    assert null == {path for path, field in fields(schema) if "null" in field["type"]}


@each_stream
def test_times_and_days_of_the_sandbox_are_well_formed(
    stream: str, records: dict[str, list[dict[str, Any]]]
) -> None:
    schema = load(stream)
    formats = {path: field.get("format") for path, field in fields(schema)}

    for path, value in (pair for row in records[stream] for pair in values(row, schema)):
        if value is not None and formats.get(path) == "date-time":
            assert datetime.fromisoformat(value).tzinfo is not None, path
        elif value is not None and formats.get(path) == "date":
            assert date.fromisoformat(value).isoformat() == value, path
