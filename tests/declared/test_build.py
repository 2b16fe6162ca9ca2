"""Declared resources as stream classes, and what runs of them bring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.declared.build import build_streams
from tap_analytics.declared.parse import parse_resources
from tap_analytics.exceptions import ConfigError
from tap_analytics.streams import BUILT_IN
from tests.conftest import bearer, differences

if TYPE_CHECKING:
    from tap_analytics.sandbox import Sandbox
    from tap_analytics.stream import AnalyticsStream
    from tests.conftest import MakeSandbox, RunTap

BY_NEXT = {"type": "cursor", "cursor_path": "next", "has_more_path": "has_more"}


def build(*resources: Any) -> dict[str, type[AnalyticsStream]]:
    parsed = parse_resources(list(resources), {}, BUILT_IN)
    return {stream.name: stream for stream in build_streams(parsed.resources, BUILT_IN)}


def refused(*resources: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        build(*resources)
    return str(caught.value)


def declared(name: str, path: str, **keys: Any) -> dict[str, Any]:
    """A resource that pages as the billing listings of the sandbox do."""
    endpoint = {
        "path": path,
        "data_selector": "data",
        "paginator": {**BY_NEXT, "cursor_param": "next"},
        "incremental": {"cursor_path": "updated_at", "start_param": "updated_at[gte]"},
    }
    return {"name": name, "primary_key": "id", "endpoint": endpoint, **keys}


def test_each_resource_has_a_class_of_its_own() -> None:
    streams = build("prices", {"name": "a-b", "endpoint": "/a"}, {"name": "a_b", "endpoint": "/b"})
    assert streams.keys() == {"prices", "a-b", "a_b"}
    assert issubclass(streams["prices"], BUILT_IN["prices"])
    assert streams["a-b"] is not streams["a_b"]
    assert {streams["a-b"].__name__, streams["a_b"].__name__} == {"AB"}


def test_built_in_classes_are_left_as_they_are() -> None:
    build({"name": "prices", "primary_key": "other", "endpoint": {"path": "/other"}})
    assert BUILT_IN["prices"].path == "/v1/prices"
    assert BUILT_IN["prices"].primary_keys == ("id",)


def test_words_of_the_config_become_attributes() -> None:
    things = build(
        {
            "name": "things",
            "primary_key": ["a", "b"],
            "endpoint": {
                "path": "/things",
                "method": "POST",
                "params": {"x": 1},
                "json": {"y": 2},
                "incremental": {"cursor_path": "$.at"},
            },
        }
    )["things"]
    assert (things.name, things.path, things.http_method) == ("things", "/things", "POST")
    assert (things.params, things.json_body) == ({"x": 1}, {"y": 2})
    assert (things.primary_keys, things.replication_key) == (("a", "b"), "at")


@pytest.mark.parametrize(
    ("disposition", "keys", "replication_key"),
    [("merge", ("id",), "at"), ("append", (), "at"), ("replace", ("id",), None)],
)
def test_write_disposition_decides_keys_and_replication(
    disposition: str, keys: tuple[str, ...], replication_key: str | None
) -> None:
    things = build(
        {
            "name": "things",
            "primary_key": "id",
            "write_disposition": disposition,
            "endpoint": {"path": "/things", "incremental": {"cursor_path": "at"}},
        }
    )["things"]
    assert tuple(things.primary_keys) == keys
    assert things.replication_key == replication_key


def test_parent_that_is_a_built_in_is_added_deselected() -> None:
    streams = build("customer_addresses")
    assert list(streams) == ["customers", "customer_addresses"]
    assert streams["customer_addresses"].parent_stream_type is streams["customers"]
    assert streams["customers"].selected_by_default is False


def test_parent_that_is_declared_is_the_declared_class() -> None:
    streams = build({"name": "customers", "endpoint": {"params": {"a": 1}}}, "customer_addresses")
    assert streams["customer_addresses"].parent_stream_type is streams["customers"]
    assert streams["customers"].params == {"a": 1}


@pytest.mark.parametrize(
    "endpoint",
    [
        {"path": "/a/{resources.customers.id}/b"},
        {"path": "/b", "params": {"owner": "{resources.customers.id}"}},
    ],
    ids=["path", "params"],
)
def test_parent_is_found_in_path_and_params(endpoint: dict[str, Any]) -> None:
    streams = build({"name": "b", "endpoint": endpoint})
    assert streams["b"].parent_stream_type is streams["customers"]


def test_parent_that_does_not_exist_is_refused() -> None:
    message = refused({"name": "b", "endpoint": "/a/{resources.prizes.id}/b"})
    assert message == "resources[0].endpoint: no resource 'prizes'; did you mean 'prices'?"


@pytest.mark.parametrize(
    ("paths", "circle"),
    [
        ({"a": "/{resources.a.id}"}, "a → a"),
        ({"a": "/{resources.b.id}", "b": "/{resources.a.id}"}, "a → b → a"),
        (
            {"x": "/{resources.a.id}", "a": "/{resources.b.id}", "b": "/{resources.a.id}"},
            "a → b → a",
        ),
    ],
    ids=["itself", "two", "from outside"],
)
def test_parents_in_a_circle_are_refused(paths: dict[str, str], circle: str) -> None:
    resources = [{"name": name, "endpoint": path} for name, path in paths.items()]
    assert refused(*resources).endswith(f"resources are parents of each other: {circle}")


def test_fields_from_a_parent_need_one() -> None:
    assert refused({"name": "x", "include_from_parent": ["id"]}) == (
        "resources[0].include_from_parent: the resource has no parent"
    )


@pytest.mark.parametrize("name", ["prices", "subscriptions", "reports"])
def test_declared_twin_brings_the_records_of_the_built_in(
    make_sandbox: MakeSandbox, run_tap: RunTap, name: str
) -> None:
    sandbox = make_sandbox()
    twin = declared("twin", f"/v1/{name}")
    outcome = run_tap(bearer(sandbox, resources=[name, twin], start_date="2024-01-01"))
    assert outcome.status == 0
    assert outcome.records["twin"] == outcome.records[name]
    entries = outcome.state["bookmarks"]
    assert entries["twin"]["replication_key_value"] == entries[name]["replication_key_value"]


def test_declared_child_brings_its_parent_s_fields(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    sandbox = make_sandbox()
    child = declared(
        "places",
        "/v1/customers/{resources.customers.id}/addresses",
        include_from_parent=["id", "name"],
    )
    outcome = run_tap(bearer(sandbox, resources=[child]))
    names = {row["id"]: row["name"] for row in sandbox.truth("customers")}
    rows = outcome.records["places"]
    assert rows
    assert outcome.records.keys() == {"places"}
    assert [(row["_customers_id"], row["_customers_name"]) for row in rows] == [
        (row["customer_id"], names[row["customer_id"]]) for row in rows
    ]
    properties = outcome.of_type("SCHEMA", "places")[0]["schema"]["properties"]
    assert {"_customers_id", "_customers_name"} <= properties.keys()


def test_schema_is_sampled_although_a_parent_is_gone(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    """A 404 for one parent's children ended the run while the schema was inferred."""
    sandbox = make_sandbox()
    path = f"/v1/customers/{sandbox.truth('customers')[0]['id']}/addresses"
    sandbox.add_fault({"path": path, "fault": "child_404", "times": 0})
    outcome = run_tap(
        bearer(
            sandbox,
            resources=[declared("places", "/v1/customers/{resources.customers.id}/addresses")],
        )
    )
    assert outcome.status == 0
    assert "city" in outcome.of_type("SCHEMA", "places")[0]["schema"]["properties"]


def test_schema_of_the_config_is_taken_as_it_is_without_a_sample(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    sandbox = make_sandbox()
    schema = {"type": "object", "properties": {"id": {"type": "string"}, "name": {"type": "null"}}}
    outcome = run_tap(bearer(sandbox, resources=[declared("twin", "/v1/prices", schema=schema)]))
    paths = [entry.path for entry in sandbox.log]
    assert outcome.of_type("SCHEMA")[0]["schema"]["properties"].keys() == {"id", "name"}
    assert len(paths) == 1


def test_schema_of_a_catalog_is_taken_without_a_sample(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    sandbox = make_sandbox()
    config = bearer(sandbox, resources=[declared("twin", "/v1/prices")])
    catalog = run_tap(config).tap.catalog_dict
    before = len(sandbox.log)
    outcome = run_tap(config, catalog=catalog)
    assert not differences_of_twin(outcome.records["twin"], sandbox)
    assert len(sandbox.log) - before == 1


def differences_of_twin(rows: list[dict[str, Any]], sandbox: Sandbox) -> list[Any]:
    return [row for row, truth in zip(rows, sandbox.truth("prices"), strict=True) if row != truth]


def test_resource_without_records_has_a_schema_of_its_key(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    sandbox = make_sandbox()
    sandbox.add_fault({"path": "/v1/prices", "fault": "null_data", "times": 0})
    outcome = run_tap(bearer(sandbox, resources=[declared("twin", "/v1/prices")]))
    assert outcome.status == 0
    assert outcome.records == {}


def test_settings_laid_over_a_built_in_change_its_requests_alone(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    sandbox = make_sandbox()
    changed = {"name": "discounts", "endpoint": {"paginator": {"limit": 3}}}
    outcome = run_tap(bearer(sandbox, resources=[changed]))
    assert {dict(entry.query)["limit"] for entry in sandbox.log} == {"3"}
    assert not differences(outcome, sandbox, "discounts")
