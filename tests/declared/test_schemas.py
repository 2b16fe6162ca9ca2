"""The `schema` of a resource: inline, or from a JSON Schema or OpenAPI document."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from tap_analytics.check import Problems
from tap_analytics.declared.schemas import MOST_NODES, read_schema

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TEXT = {"type": ["string", "null"]}
INTEGER = {"type": ["integer", "null"]}
OPEN = {"type": ["object", "null"], "properties": {}, "additionalProperties": True}
ANYTHING = {
    "type": ["array", "boolean", "number", "object", "string", "null"],
    "properties": {},
    "additionalProperties": True,
}
HERE = "#/components/schemas"
ALLOWED = "array, boolean, integer, null, number, object, string"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(given_schema: Any, *keys: str) -> Any:
    problems = Problems()
    schema = read_schema(given_schema, keys, "resources[0].schema", problems)
    assert problems.lines == []
    return schema


def refused(given_schema: Any, *keys: str) -> str:
    problems = Problems()
    assert not read_schema(given_schema, keys, "resources[0].schema", problems)
    (line,) = problems.lines
    assert "\n" not in line
    return line


def openapi(folder: Path, **schemas: Any) -> None:
    document = {"openapi": "3.0.3", "paths": {}, "components": {"schemas": schemas}}
    (folder / "api.json").write_text(json.dumps(document))


def record(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def of(folder: Path, schema: Any, **others: Any) -> Any:
    """What is made of the schema of a field."""
    openapi(folder, Thing=record(f=schema), **others)
    return read(f"api.json{HERE}/Thing")["properties"]["f"]


@pytest.mark.parametrize(
    "schema",
    [
        record(id={"type": "string", "enum": ["a"]}, at={"$ref": "#/definitions/at"}),
        {"properties": {"id": {}}},
        {"type": ["null", "object"], "additionalProperties": True},
    ],
)
def test_inline_schema_is_taken_as_it_is(schema: dict[str, Any]) -> None:
    assert read(schema, "key") == schema


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({}, ": has no type; a record's schema has type 'object', and properties"),
        (
            {"type": "array"},
            ": has type 'array'; a record's schema has type 'object', and properties",
        ),
        ({"properties": ["id"]}, ".properties: is a list of 1; allowed: an object"),
        ({"properties": {"id": "text"}}, ".properties.id: is a text; allowed: a JSON Schema"),
    ],
)
def test_inline_schema_of_no_record_is_refused(schema: dict[str, Any], expected: str) -> None:
    assert refused(schema) == f"resources[0].schema{expected}"


def test_file_with_a_json_schema_is_read_whole(folder: Path) -> None:
    (folder / "customer.yaml").write_text(
        "type: object\nrequired: [id, name]\nproperties:\n"
        "  id: {type: integer}\n  name: {type: string, description: Its name., maxLength: 5}\n"
    )
    assert read("customer.yaml", "id") == {
        "type": "object",
        "properties": {"id": {"type": ["integer"]}, "name": {**TEXT, "description": "Its name."}},
    }


def test_everything_but_the_keys_is_nullable_and_nothing_is_limited(folder: Path) -> None:
    limited = {"type": "string", "enum": ["a"], "pattern": "a", "minLength": 1, "format": "uuid"}
    thing = {
        **record(id={"type": "string", "nullable": True}, name=limited, at=record(x=limited)),
        "required": ["name", "at"],
        "additionalProperties": False,
    }
    openapi(folder, Thing=thing)
    assert read(f"api.json{HERE}/Thing", "id") == {
        "type": "object",
        "properties": {
            "at": {"type": ["object", "null"], "properties": {"x": {**TEXT, "format": "uuid"}}},
            "id": {"type": ["string"]},
            "name": {**TEXT, "format": "uuid"},
        },
    }


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "integer", "format": "int64"}, INTEGER),
        ({"type": "string", "nullable": True}, TEXT),
        ({"type": ["string", "null"]}, TEXT),
        ({"type": "null"}, TEXT),
        ({"type": ["integer", "number"]}, {"type": ["number", "null"]}),
        ({"type": ["boolean", "integer"]}, {"type": ["boolean", "integer", "string", "null"]}),
        ({"enum": ["a", "b", None]}, TEXT),
        ({"const": 1}, INTEGER),
        (
            {"properties": {"x": {"type": "integer"}}},
            {"type": ["object", "null"], "properties": {"x": INTEGER}},
        ),
        (
            {"properties": {"x": {"type": "integer"}}, "additionalProperties": True},
            {**OPEN, "properties": {"x": INTEGER}},
        ),
        ({"type": "object"}, OPEN),
        ({"type": "object", "additionalProperties": {"type": "string"}}, OPEN),
        ({"patternProperties": {"^x": {}}}, OPEN),
        (
            {"type": "array", "items": {"type": "integer"}},
            {"type": ["array", "null"], "items": INTEGER},
        ),
        ({"items": {"type": "string"}}, {"type": ["array", "null"], "items": TEXT}),
        ({"type": "array", "items": {"type": "number"}}, {"type": ["array", "null"]}),
        ({"prefixItems": [{}, {}]}, {"type": ["array", "null"]}),
        ({}, ANYTHING),
        (True, ANYTHING),
        ({"description": "Whatever."}, {**ANYTHING, "description": "Whatever."}),
        ({"anyOf": [{"type": "string"}, {}]}, ANYTHING),
    ],
    ids=repr,
)
def test_field_is_written_as_targets_take_it(folder: Path, schema: Any, expected: Any) -> None:
    assert of(folder, schema) == expected


def test_all_of_merges_with_what_stands_beside_it(folder: Path) -> None:
    openapi(
        folder,
        Base=record(id={"type": "integer"}, at={"type": "string", "format": "date-time"}),
        Thing={
            "description": "A thing.",
            "allOf": [{"$ref": f"{HERE}/Base"}, record(name={"type": "string"}), {"title": "x"}],
            "properties": {"own": {"type": "boolean"}},
        },
    )
    assert read(f"api.json{HERE}/Thing", "id") == {
        "type": "object",
        "properties": {
            "at": {**TEXT, "format": "date-time"},
            "id": {"type": ["integer"]},
            "name": TEXT,
            "own": {"type": ["boolean", "null"]},
        },
    }


def test_property_that_several_parts_describe_holds_all_of_them(folder: Path) -> None:
    openapi(
        folder,
        Thing={
            "allOf": [record(owner=record(a={"type": "string"}), x={})],
            "properties": {"owner": record(b={"type": "integer"}), "x": {"type": "string"}},
        },
    )
    assert read(f"api.json{HERE}/Thing")["properties"] == {
        "owner": {"type": ["object", "null"], "properties": {"a": TEXT, "b": INTEGER}},
        "x": TEXT,
    }


@pytest.mark.parametrize("key", ["anyOf", "oneOf"])
def test_alternatives_become_one_list_of_types(folder: Path, key: str) -> None:
    choice = {
        key: [{"type": "string", "format": "date"}, {"$ref": f"{HERE}/Owner"}, {"type": "null"}],
        "discriminator": {"propertyName": "x"},
    }
    assert of(folder, choice, Owner=record(x={"type": "integer"})) == {
        "type": ["object", "string", "null"],
        "properties": {"x": INTEGER},
    }


def test_alternative_with_null_alone_is_the_other(folder: Path) -> None:
    choice = {"oneOf": [{"type": "null"}, {"type": "string", "format": "date-time"}]}
    assert of(folder, choice) == {**TEXT, "format": "date-time"}


def test_description_of_a_field_wins_over_that_of_what_it_refers_to(folder: Path) -> None:
    schema = {"$ref": f"{HERE}/Money", "description": "What is due."}
    money = {"type": "number", "description": "An amount."}
    assert of(folder, schema, Money=money)["description"] == "What is due."
    assert of(folder, {"$ref": f"{HERE}/Money"}, Money=money)["description"] == "An amount."


def test_references_lead_to_other_parts_and_other_files(folder: Path) -> None:
    (folder / "deep").mkdir()
    (folder / "deep" / "types.yaml").write_text(
        "id: {type: integer}\nowner: {properties: {id: {$ref: '#/id'}}}\n"
    )
    thing = record(owner={"$ref": "types.yaml#/owner"}, flag={"$ref": "#/flag"})
    document = {"thing": thing, "flag": {"type": "boolean"}}
    (folder / "deep" / "thing.json").write_text(json.dumps(document))
    assert read("deep/thing.json#/thing")["properties"] == {
        "owner": {"type": ["object", "null"], "properties": {"id": INTEGER}},
        "flag": {"type": ["boolean", "null"]},
    }


def test_schema_of_a_response_is_found_through_its_path(folder: Path) -> None:
    answer = {"schema": {"type": "array", "items": record(id={"type": "string"})}}
    responses = {"200": {"content": {"application/json": answer}}}
    document = {"paths": {"/v1/things/{id}": {"get": {"responses": responses}}}}
    (folder / "api.json").write_text(json.dumps(document))
    pointer = "/paths/~1v1~1things~1{id}/get/responses/200/content/application~1json/schema"
    assert read(f"api.json#{pointer}/items", "id")["properties"] == {"id": {"type": ["string"]}}
    assert refused(f"api.json#{pointer}").endswith("/items'?")


def test_cycles_end_in_what_may_hold_anything(folder: Path) -> None:
    openapi(
        folder,
        Thing=record(
            id={"type": "string"},
            parent={"$ref": f"{HERE}/Thing"},
            tree={"$ref": f"{HERE}/Tree"},
            value={"$ref": f"{HERE}/Value"},
        ),
        Tree={"type": "array", "items": {"$ref": f"{HERE}/Tree"}},
        Value={"oneOf": [{"type": "string"}, record(inner={"$ref": f"{HERE}/Value"})]},
    )
    assert read(f"api.json{HERE}/Thing")["properties"] == {
        "id": TEXT,
        "parent": OPEN,
        "tree": {"type": ["array", "null"]},
        "value": {"type": ["object", "string", "null"], "properties": {"inner": ANYTHING}},
    }


def test_schemas_that_all_refer_to_each_other_are_described_down_to_a_level(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    names = [f"C{index}" for index in range(20)]
    references = {f"of_{name}": {"$ref": f"{HERE}/{name}"} for name in names}
    openapi(folder, **{name: record(id={"type": "string"}, **references) for name in names})
    schema = read(f"api.json{HERE}/C0", "id")
    assert sum(1 for _ in within(schema)) < MOST_NODES
    inner = schema["properties"]["of_C1"]["properties"]["of_C2"]
    assert (inner["additionalProperties"], inner.get("properties")) == (True, {})
    assert caplog.messages == [
        f"api.json{HERE}/C0: objects below level 2 are left open, for there are too many"
    ]


def test_schema_too_wide_to_be_told_is_refused(folder: Path) -> None:
    wide = {f"f{index}": {"type": "string"} for index in range(MOST_NODES + 1)}
    openapi(folder, Thing=record(**wide))
    assert refused(f"api.json{HERE}/Thing") == (
        f"resources[0].schema: 'api.json{HERE}/Thing' has more than {MOST_NODES} parts at its "
        "first level"
    )


NO_RECORDS = {
    f"{HERE}/Thng": f"'api.json{HERE}' has no 'Thng'; did you mean 'Thing'?",
    "": (
        "'api.json' leads to an object of openapi, paths, components, which is no JSON Schema; "
        f"did you mean 'api.json{HERE}/Thing'? There is Thing, List, Code, Bare, Bad"
    ),
    HERE: (
        f"'api.json{HERE}' leads to an object of Thing, List, Code, Bare, Bad, "
        "which is no JSON Schema"
    ),
    f"{HERE}/List": (
        f"'api.json{HERE}/List' describes array, and a record is an object; "
        f"did you mean 'api.json{HERE}/List/items'?"
    ),
    f"{HERE}/Code": f"'api.json{HERE}/Code' describes string, and a record is an object",
    f"{HERE}/Bare": f"'api.json{HERE}/Bare' describes an object without properties",
    f"{HERE}/Thing": (
        f"'api.json{HERE}/Thing' has no 'id', which is a primary key; did you mean 'uid'?"
    ),
    f"{HERE}/Bad": f"'api.json': 'a.b' has type 'float'; allowed: {ALLOWED}",
}


@pytest.mark.parametrize("pointer", NO_RECORDS)
def test_pointer_to_no_schema_of_a_record_is_told_with_what_is_there(
    folder: Path, pointer: str
) -> None:
    openapi(
        folder,
        Thing=record(uid={"type": "string"}),
        List={"type": "array", "items": {"$ref": f"{HERE}/Thing"}},
        Code={"type": "string"},
        Bare={"type": "object"},
        Bad=record(a=record(b={"type": "float"})),
    )
    assert refused(f"api.json{pointer}", "id") == f"resources[0].schema: {NO_RECORDS[pointer]}"


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"properties": [1]}, "the record has a list of 1 as properties; allowed: an object"),
        (record(f=[]), "'f' is a list of 0, which is no JSON Schema"),
        (record(f={"anyOf": {"a": 1}}), "'f' has an object as anyOf; allowed: a list"),
        (record(f={"items": {"type": 5}}), f"'f.items' has type 5; allowed: {ALLOWED}"),
    ],
    ids=repr,
)
def test_schema_with_a_mistake_is_told_with_the_field(
    folder: Path, schema: Any, expected: str
) -> None:
    (folder / "thing.json").write_text(json.dumps(schema))
    assert refused("thing.json") == f"resources[0].schema: 'thing.json': {expected}"


@pytest.mark.parametrize(
    "document",
    [
        {"a": {"$ref": "#/a/b"}},
        {"a": {"$ref": "#/b/x"}, "b": {"$ref": "#/a/x"}},
    ],
)
def test_references_in_a_circle_are_refused(folder: Path, document: Any) -> None:
    (folder / "thing.json").write_text(json.dumps(document))
    assert refused("thing.json#/a/x") == (
        "resources[0].schema: 'thing.json#/a/x' refers to itself, or is nested too deeply to be "
        "read"
    )


def test_yaml_that_holds_itself_is_cut_where_it_does(folder: Path) -> None:
    (folder / "thing.yaml").write_text("&a {properties: {id: {type: string}, inner: *a}}")
    assert read("thing.yaml")["properties"] == {"id": TEXT, "inner": OPEN}


def test_url_is_refused_by_name() -> None:
    assert refused("https://api.example.com/openapi.json#/a").startswith(
        "resources[0].schema: 'https://api.example.com/openapi.json' is a URL"
    )


LEAVES = st.sampled_from(
    [{"type": kind} for kind in ("string", "integer", "number", "boolean", "null")]
    + [{"$ref": "#/A"}, {"$ref": "#/B"}, {}, {"enum": ["a"]}]
)
NODES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(
            lambda inners: {"type": "object", "properties": inners},
            st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
        ),
        st.builds(lambda items: {"type": "array", "items": items}, inner),
        st.builds(
            lambda key, parts: {key: parts},
            st.sampled_from(["allOf", "anyOf", "oneOf"]),
            st.lists(inner, min_size=1, max_size=3),
        ),
    ),
    max_leaves=8,
)


@given(NODES, NODES)
def test_any_schema_is_read_as_a_valid_one_without_references(one: Any, other: Any) -> None:
    document = {"A": one, "B": other, "record": record(id={"type": "string"}, a=one, b=other)}
    with open("any.json", "w", encoding="utf-8") as file:  # noqa: PTH123 - in the test's folder
        json.dump(document, file)
    schema = read("any.json#/record", "id")
    Draft7Validator.check_schema(schema)
    assert read("any.json#/record", "id") == schema
    for inner in within(schema):
        assert inner.keys() <= {
            "type", "format", "properties", "items", "additionalProperties"
        }  # fmt: skip


def within(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """*schema* and all schemas in it."""
    yield schema
    for inner in (*schema.get("properties", {}).values(), *filter(None, [schema.get("items")])):
        yield from within(inner)
