"""Schemas of declared streams: inferred, from a file, with columns and parents' fields."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import pytest
import requests
from jsonschema import Draft7Validator

from tap_analytics.declared.parse import parse_resources
from tap_analytics.declared.write import write_resource
from tap_analytics.exceptions import ConfigError
from tap_analytics.streams import BUILT_IN
from tests.conftest import bearer
from tests.rest.conftest import Answer, Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import MakeSandbox, Outcome, RunTap

TEXT = {"type": ["string", "null"]}
INTEGER = {"type": ["integer", "null"]}
NO_COLUMNS = "is neither an object of columns by name nor a list of columns"
NO_TYPE = "has no type; a record's schema has type 'object', and properties"


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Starts a server that gives each body in order, the last one for ever."""
    with contextlib.ExitStack() as stack:

        def start(*bodies: Any) -> Server:
            answers = [body if isinstance(body, Answer) else Answer(body) for body in bodies]
            server = Server(tuple(answers))
            stack.callback(server.close)
            return server

        yield start


def config(server: Server, *resources: Any, **settings: Any) -> dict[str, Any]:
    return {
        "client": {"base_url": server.base_url},
        "token": "a-token",
        "backoff_factor": 0.01,
        "resources": list(resources),
        **settings,
    }


def things(**keys: Any) -> dict[str, Any]:
    """A resource on one page."""
    endpoint = {"path": "/things", "data_selector": "data", "paginator": "single_page"}
    endpoint |= keys.pop("endpoint", {})
    return {"name": "things", "endpoint": endpoint, **keys}


def properties(outcome: Outcome, stream: str = "things") -> dict[str, Any]:
    found: dict[str, Any] = outcome.of_type("SCHEMA", stream)[0]["schema"]["properties"]
    return found


PAGES = [
    {"data": [{"id": 1, "a": 1}], "next": "/things?page=2"},
    {"data": [{"id": 2, "b": "x"}], "next": "/things?page=3"},
    {"data": [{"id": 3, "c": True}], "next": None},
]


@pytest.mark.parametrize(
    ("records", "names", "requests_made"),
    [(1, {"id", "a"}, 1), (2, {"id", "a", "b"}, 2), (1000, {"id", "a", "b", "c"}, 3)],
)
def test_sample_goes_over_pages_up_to_the_number_of_records_set(
    serve: Callable[..., Server],
    run_tap: RunTap,
    records: int,
    names: set[str],
    requests_made: int,
) -> None:
    server = serve(*PAGES[: min(records, 3)], *PAGES)
    resource = things(endpoint={"paginator": "json_link"})
    outcome = run_tap(config(server, resource, schema_inference={"records": records}))
    assert outcome.status == 0
    assert properties(outcome).keys() == names
    assert len(server.log) == requests_made + len(PAGES)
    assert [record["id"] for record in outcome.records["things"]] == [1, 2, 3]


def test_sample_goes_over_parents(serve: Callable[..., Server], run_tap: RunTap) -> None:
    parents = {"data": [{"id": 7}, {"id": 8}]}
    children = [{"data": [{"of": 7, "a": 1}]}, {"data": [{"of": 8, "b": "x"}]}]
    server = serve(parents, parents, *children, parents, *children)
    child = {
        "name": "parts",
        "endpoint": {
            "path": "/things/{resources.things.id}/parts",
            "data_selector": "data",
            "paginator": "single_page",
        },
    }
    outcome = run_tap(config(server, things(), child))
    assert properties(outcome, "parts") == {"a": INTEGER, "b": TEXT, "of": INTEGER}
    assert outcome.records["parts"] == [{"of": 7, "a": 1}, {"of": 8, "b": "x"}]


def test_sample_is_asked_for_as_a_sync_asks(serve: Callable[..., Server], run_tap: RunTap) -> None:
    server = serve(Answer(b"busy", 503), {"data": [{"id": 1}]})
    resource = things(endpoint={"params": {"x": "1"}, "headers": {"X-Kind": "k"}})
    run_tap(config(server, resource))
    assert len(server.log) == 3
    for asked in server.log:
        assert asked.target == "/things?x=1"
        assert (asked.headers["authorization"], asked.headers["x-kind"]) == ("Bearer a-token", "k")


def test_catalog_keeps_a_schema_whatever_the_columns_say_now(
    serve: Callable[..., Server], run_tap: RunTap
) -> None:
    server = serve({"data": [{"id": 1, "a": 1}]})
    catalog = run_tap(config(server, things())).tap.catalog_dict
    asked = len(server.log)
    changed = things(columns={"a": {"data_type": "text"}})
    outcome = run_tap(config(server, changed), catalog=catalog)
    assert len(server.log) - asked == 1
    assert properties(outcome)["a"] == INTEGER


def test_run_with_a_catalog_samples_nothing_for_a_child_s_fields_either(
    serve: Callable[..., Server], run_tap: RunTap
) -> None:
    server = serve({"data": [{"id": 1, "name": "x"}]})
    child = {
        "name": "parts",
        "include_from_parent": ["name"],
        "endpoint": {
            "path": "/things/{resources.things.id}/parts",
            "data_selector": "data",
            "paginator": "single_page",
        },
        "schema": {"type": "object", "properties": {"id": INTEGER}},
    }
    first = run_tap(config(server, things(), child))
    assert properties(first, "parts") == {"id": INTEGER, "_things_name": TEXT}
    asked = len(server.log)
    outcome = run_tap(config(server, things(), child), catalog=first.tap.catalog_dict)
    assert outcome.records["parts"] == [{"id": 1, "_things_name": "x"}]
    assert [request.target for request in server.log[asked:]] == ["/things", "/things/1/parts"]


def test_nested_cursor_is_typed_and_orders_as_what_it_is(
    serve: Callable[..., Server], run_tap: RunTap
) -> None:
    first = [
        {"id": 1, "meta": {"at": "2024-01-01T10:00:00+02:00"}},
        {"id": 2, "meta": {"at": "2024-01-01T09:00:00Z"}},
    ]
    later = [*first, {"id": 3, "meta": {"at": "2024-01-01T11:30:00+02:00"}}]
    server = serve({"data": first}, {"data": first}, {"data": later})
    incremental = {"cursor_path": "meta.at", "start_param": "since"}
    once = config(
        server, things(endpoint={"incremental": incremental}), start_date="2024-01-01T00:00:00Z"
    )
    outcome = run_tap(once)
    assert properties(outcome)["meta"]["properties"] == {"at": {**TEXT, "format": "date-time"}}
    bookmark = outcome.state["bookmarks"]["things"]
    assert bookmark["replication_key_value"] == "2024-01-01T09:00:00Z"
    again = run_tap(once, state=outcome.state)
    assert [record["id"] for record in again.records["things"]] == [3]


def test_columns_lie_over_what_is_inferred_and_give_the_key(
    serve: Callable[..., Server], run_tap: RunTap
) -> None:
    server = serve({"data": [{"id": 1, "price": "9.90", "gone": None, "flag": 1}]})
    columns = {
        "id": {"data_type": "bigint", "primary_key": True},
        "price": {"data_type": "decimal"},
        "gone": {"data_type": "timestamp"},
        "flag": {"data_type": "bool", "nullable": False},
    }
    outcome = run_tap(config(server, things(columns=columns)))
    assert outcome.of_type("SCHEMA")[0]["key_properties"] == ["id"]
    assert properties(outcome) == {
        "id": {"type": ["integer"]},
        "price": {**TEXT, "format": "x-singer.decimal"},
        "gone": {**TEXT, "format": "date-time"},
        "flag": {"type": ["boolean"]},
    }
    assert outcome.records["things"] == [{"id": 1, "price": "9.90", "gone": None, "flag": True}]


def test_column_that_does_not_hold_the_records_is_told_once(
    serve: Callable[..., Server], run_tap: RunTap, caplog: pytest.LogCaptureFixture
) -> None:
    server = serve({"data": [{"id": 1, "flag": 2}]})
    outcome = run_tap(config(server, things(columns={"flag": {"data_type": "bool"}})))
    assert properties(outcome)["flag"] == INTEGER
    told = [message for message in caplog.messages if "column" in message]
    assert len(told) == 1
    assert told[0].startswith("things: column 'flag' is said to be bool, but records hold integer")


def test_given_primary_key_wins_over_that_of_the_columns(
    serve: Callable[..., Server], run_tap: RunTap
) -> None:
    server = serve({"data": [{"id": 1, "uid": 2}]})
    columns = {"uid": {"primary_key": True}}
    outcome = run_tap(config(server, things(columns=columns, primary_key="id")))
    assert outcome.of_type("SCHEMA")[0]["key_properties"] == ["id"]


def test_columns_of_the_defaults_merge_by_name(
    serve: Callable[..., Server], run_tap: RunTap
) -> None:
    server = serve({"data": [{"id": 1, "a": 1}]})
    defaults = {
        "columns": [
            {"name": "id", "data_type": "decimal", "primary_key": True},
            {"name": "at", "data_type": "timestamp"},
        ]
    }
    resource = things(columns={"id": {"data_type": "bigint"}, "a": {"data_type": "double"}})
    outcome = run_tap(config(server, resource, resource_defaults=defaults))
    assert properties(outcome) == {
        "a": {"type": ["number", "null"]},
        "at": {**TEXT, "format": "date-time"},
        "id": {"type": ["integer"]},
    }


def test_columns_lie_over_a_given_and_a_built_in_schema(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    sandbox = make_sandbox()
    columns = {"name": {"data_type": "text", "nullable": False}, "extra": {"data_type": "json"}}
    given = {"type": "object", "properties": {"id": TEXT, "name": INTEGER}}
    resources = [
        {"name": "prices", "columns": columns},
        {"name": "twin", "endpoint": "/v1/prices", "schema": given, "columns": columns},
    ]
    outcome = run_tap(bearer(sandbox, resources=resources))
    built_in = properties(outcome, "prices")
    assert built_in.keys() > {"id", "name", "extra"}
    assert built_in["name"]["type"] == properties(outcome, "twin")["name"]["type"] == ["string"]
    assert properties(outcome, "twin").keys() == {"id", "name", "extra"}
    assert given["properties"] == {"id": TEXT, "name": INTEGER}
    assert len(sandbox.log) == 2


@pytest.mark.parametrize(
    ("resource", "defaults", "expected"),
    [
        (
            {"columns": {"a": {"nullable": "no way"}}},
            {},
            "resources[0].columns.a.nullable: 'no way' is not allowed; expected bool, got str",
        ),
        (
            {},
            {"columns": "a"},
            f"resource_defaults.columns: {NO_COLUMNS}",
        ),
        (
            {"schema": "no/api.json#/paths/~1a~1{id}/get"},
            {},
            "resources[0].schema: 'no/api.json' is no file; there is no folder 'no'",
        ),
        (
            {"schema": {}},
            {},
            f"resources[0].schema: {NO_TYPE}",
        ),
        (
            {"schema": ""},
            {},
            "resources[0].schema: '.' is no file; there is nothing",
        ),
        (
            {"schema": 5},
            {},
            "resources[0].schema: the value is not allowed; expected str | object, got int",
        ),
    ],
    ids=["columns", "defaults", "file", "nothing", "no name", "number"],
)
def test_mistake_is_told_with_its_place(
    resource: dict[str, Any],
    defaults: dict[str, Any],
    expected: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as caught:
        parse_resources([{"name": "things", **resource}], defaults, BUILT_IN)
    assert caught.value.problems == (expected,)


def test_key_of_a_file_s_schema_may_come_from_columns_or_the_parent(tmp_path: Path) -> None:
    (tmp_path / "part.json").write_text('{"properties": {"id": {"type": "string"}}}')
    resource = {
        "name": "parts",
        "endpoint": "/things/{resources.prices.id}/parts",
        "include_from_parent": ["id"],
        "primary_key": ["_prices_id", "id", "line"],
        "columns": {"line": {"data_type": "bigint"}},
        "schema": f"{tmp_path}/part.json",
    }
    (parsed,) = parse_resources([resource], {}, BUILT_IN).resources
    assert parsed.schema == {"type": "object", "properties": {"id": {"type": ["string"]}}}
    del resource["columns"]
    with pytest.raises(ConfigError, match="has no 'line', which is a primary key"):
        parse_resources([resource], {}, BUILT_IN)


def test_schema_and_columns_are_written_as_they_were_read(tmp_path: Path) -> None:
    (tmp_path / "thing.json").write_text('{"properties": {"id": {"type": "string"}}}')
    resource = {
        "name": "things",
        "columns": [{"name": "id", "data_type": "text", "primary_key": True}],
        "schema": f"{tmp_path}/thing.json",
    }
    (parsed,) = parse_resources([resource], {}, BUILT_IN).resources
    written = write_resource(parsed, BUILT_IN)
    assert written["columns"] == {"id": {"data_type": "text", "primary_key": True}}
    assert parse_resources([written], {}, BUILT_IN).resources == [parsed]


@pytest.fixture
def described(
    make_sandbox: MakeSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Any]:
    """A config for a sandbox whose OpenAPI document lies in the working directory."""
    sandbox = make_sandbox()
    monkeypatch.chdir(tmp_path)
    answer = requests.get(f"{sandbox.base_url}/openapi.json", timeout=10)
    (tmp_path / "openapi.json").write_bytes(answer.content)
    return bearer(sandbox, variables={"document": "openapi.json"})


PATHS = {
    "accounts": "/v1/accounts",
    "customers": "/v1/customers",
    "discounts": "/v1/discounts",
    "event_types": "/v1/event-types",
    "prices": "/v1/prices",
    "products": "/v1/products",
    "subscriptions": "/v1/subscriptions",
}


@pytest.mark.parametrize("name", PATHS)
def test_schema_of_an_openapi_document_holds_every_record(
    described: dict[str, Any], run_tap: RunTap, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    twin = {
        "name": "twin",
        "primary_key": "id",
        "endpoint": {"path": PATHS[name], "data_selector": "data"},
        "schema": "{{ config['document'] }}#/components/schemas/" + name,
    }
    outcome = run_tap({**described, "resources": [twin]})
    assert outcome.status == 0
    (message,) = outcome.of_type("SCHEMA")
    assert message["schema"]["properties"]["id"]["type"] in (["string"], ["integer"])
    validator = Draft7Validator(message["schema"])
    rows = json.loads(json.dumps(outcome.records["twin"], default=float))
    assert rows
    assert [error.message for row in rows for error in validator.iter_errors(row)] == []
    assert [text for text in caplog.messages if "not in the schema" in text] == []


def test_schema_without_the_parent_s_fields_gets_them(
    described: dict[str, Any], run_tap: RunTap
) -> None:
    child = {
        "name": "places",
        "primary_key": ["_customers_id", "id"],
        "include_from_parent": ["id", "name", "unheard_of"],
        "endpoint": {
            "path": "/v1/customers/{resources.customers.id}/addresses",
            "data_selector": "data",
        },
        "schema": "openapi.json#/components/schemas/customer_addresses",
    }
    built_in = {"name": "businesses", "include_from_parent": ["name"]}
    outcome = run_tap({**described, "resources": [child, built_in]})
    found = properties(outcome, "places")
    assert found["_customers_id"]["type"] == ["string"]
    assert found["_customers_name"]["type"] == ["string", "null"]
    assert "object" in found["_customers_unheard_of"]["type"]
    assert "_customers_name" in properties(outcome, "businesses")
    assert all(row["_customers_id"] == row["customer_id"] for row in outcome.records["places"])
    assert all("_customers_name" in row for row in outcome.records["businesses"])
