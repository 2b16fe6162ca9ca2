"""From a config's mappings to the vocabulary."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec import UNSET

from tap_analytics.declared.parse import parse_resources
from tap_analytics.exceptions import ConfigError
from tap_analytics.spec import (
    Cursor,
    Incremental,
    Offset,
    Resource,
    ResponseAction,
)
from tap_analytics.streams import BUILT_IN, BY_CURSOR_20


def one(resource: Any, defaults: dict[str, Any] | None = None) -> Resource:
    (parsed,) = parse_resources([resource], defaults or {}, BUILT_IN).resources
    return parsed


def problems(*resources: Any, defaults: dict[str, Any] | None = None) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse_resources(list(resources), defaults or {}, BUILT_IN)
    return list(caught.value.problems)


def endpoint(**keys: Any) -> dict[str, Any]:
    return {"name": "things", "endpoint": {"path": "/things", **keys}}


def test_name_of_a_built_in_takes_its_definition() -> None:
    parsed, stream = one("prices"), BUILT_IN["prices"]
    assert (parsed.path, parsed.paginator) == (stream.path, stream.paginator)
    assert parsed.incremental == msgspec.structs.replace(
        stream.incremental, cursor_path="updated_at"
    )
    assert parsed.primary_keys == ("id",)
    assert parsed.schema is UNSET


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_built_in_is_the_same_when_it_is_named(name: str) -> None:
    parsed, stream = one(name), BUILT_IN[name]
    assert parsed.path == stream.path
    assert parsed.paginator == stream.paginator
    assert parsed.data_selector == stream.data_selector
    assert parsed.record_format == stream.record_format


def test_new_name_declares_a_resource_at_that_path() -> None:
    parsed = one("things")
    assert (parsed.name, parsed.path) == ("things", "things")
    assert parsed.paginator is parsed.incremental is parsed.schema is UNSET


@pytest.mark.parametrize("given", ["/things", {"path": "/things"}], ids=["text", "object"])
def test_endpoint_is_a_path_or_an_object(given: Any) -> None:
    assert one({"name": "things", "endpoint": given}).path == "/things"


def test_resource_takes_all_it_is_given() -> None:
    entry = endpoint(
        method="POST",
        params={"a": [1, 2]},
        json={"b": {"c": None}},
        headers={"X": "y"},
        data_selector="data[*].item",
        paginator={"type": "cursor", "cursor_path": "next"},
        incremental={"cursor_path": "$.at", "start_param": "since", "lag": 5},
        response_actions=[{"status_code": 404, "action": "ignore"}],
    )
    entry |= {"primary_key": "id", "write_disposition": "append", "selected": False}
    assert one(entry) == Resource(
        name="things",
        path="/things",
        method="POST",
        params={"a": [1, 2]},
        json={"b": {"c": None}},
        headers={"X": "y"},
        data_selector="data[*].item",
        paginator=Cursor(cursor_path="next"),
        incremental=Incremental(cursor_path="$.at", start_param="since", lag=5.0),
        response_actions=(ResponseAction(status_code=404, action="ignore"),),
        primary_keys=("id",),
        write_disposition="append",
        selected=False,
    )


def test_layers_lie_over_each_other_the_resource_s_own_on_top() -> None:
    defaults = {
        "primary_key": ["a", "b"],
        "endpoint": {"params": {"x": 1, "y": 1}, "headers": {"H": "1"}, "json": {"j": 1}},
    }
    entry = endpoint(params={"y": 2, "z": 2}, headers={"G": "2"}, json={"k": 2})
    parsed = one(entry, defaults)
    assert parsed.params == {"x": 1, "y": 2, "z": 2}
    assert parsed.headers == {"H": "1", "G": "2"}
    assert parsed.json == {"j": 1, "k": 2}
    assert parsed.primary_keys == ("a", "b")


@pytest.mark.parametrize(
    ("paginator", "expected"),
    [
        ({"limit": 5}, msgspec.structs.replace(BY_CURSOR_20, limit=5)),
        (
            {"type": "cursor", "limit": 5},
            msgspec.structs.replace(BY_CURSOR_20, limit=5),
        ),
        ({"type": "offset", "limit": 5}, Offset(limit=5)),
        (None, BY_CURSOR_20),
    ],
    ids=["no type", "same type", "another type", "null"],
)
def test_paginators_of_one_type_merge_and_another_type_replaces(
    paginator: Any, expected: Any
) -> None:
    assert one({"name": "discounts", "endpoint": {"paginator": paginator}}).paginator == expected


def test_null_is_the_same_as_left_out() -> None:
    entry = {"name": "prices", "primary_key": None, "endpoint": {"path": None, "incremental": None}}
    assert one(entry) == one("prices")


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        (5, ".name: is missing"),
        ({}, ".name: is missing"),
        ("price", ": 'price' is no built-in stream; did you mean 'prices'?"),
        ({"name": "x", "endpoint": 5}, ".endpoint: 5 is not an object"),
        (endpoint(path=5), ".endpoint.path: 5 is not allowed; expected str, got int"),
        (
            endpoint(method="PUT"),
            ".endpoint.method: 'PUT' is not allowed; allowed: GET, POST",
        ),
        (
            endpoint(headers={"Authorization": "hush", "X": 1}),
            ".endpoint.headers: the value is not allowed; expected str, got int",
        ),
        (
            {"name": "x", "primary_key": 5},
            ".primary_key: 5 is not allowed; expected array, got int",
        ),
        (
            {"name": "x", "write_disposition": "upsert"},
            ".write_disposition: 'upsert' is not allowed; allowed: append, merge, replace",
        ),
        (
            {"name": "x", "processing_steps": [{"map": "lambda"}]},
            ".processing_steps: is Python code, which is not run; use stream_maps",
        ),
        (
            endpoint(data_selector="a[["),
            ".endpoint.data_selector: 'a[[' is not a JSONPath",
        ),
        (
            endpoint(incremental={"cursor_path": "a[["}),
            ".endpoint.incremental.cursor_path: 'a[[' is not a JSONPath",
        ),
        (
            endpoint(incremental={"start_param": "since"}),
            ".endpoint.incremental.cursor_path: is missing",
        ),
        (
            endpoint(params={"since": "{incremental.start_value}"}),
            (
                ".endpoint.params: {incremental.start_value} needs incremental.cursor_path, "
                "which is missing"
            ),
        ),
        (
            endpoint(params={"since": {"type": "bracket"}}),
            (
                ".endpoint.params.since: is an object; allowed are a value, a list, and objects "
                "of type resolve or incremental"
            ),
        ),
        (endpoint(response_actions=5), ".endpoint.response_actions: is not a list"),
        (
            endpoint(response_actions=[{"action": "skip"}]),
            (".endpoint.response_actions[0].action: 'skip' is not allowed; allowed: fail, ignore"),
        ),
    ],
    ids=[f"case {number}" for number in range(17)],
)
def test_resource_that_is_wrong_is_told_with_its_path(resource: Any, expected: str) -> None:
    assert problems(resource) == [f"resources[0]{expected}"]


def test_name_that_is_declared_twice_is_refused() -> None:
    assert problems("prices", {"name": "prices"}) == [
        "resources[1].name: 'prices' is declared twice"
    ]


def test_defaults_are_checked_where_they_stand() -> None:
    (line,) = problems("prices", defaults={"primry_key": "id"})
    assert line.startswith("resource_defaults.primry_key: unknown key; did you mean 'primary_key'?")


def test_all_that_is_wrong_with_resources_is_told_at_once() -> None:
    found = problems("price", endpoint(pth="x"), endpoint(paginator="ofset") | {"name": "b"})
    assert [line.partition(":")[0] for line in found] == [
        "resources[0]",
        "resources[1].endpoint.pth",
        "resources[2].endpoint.paginator.type",
    ]


def test_statuses_to_ignore_may_be_written_as_text() -> None:
    parsed = one(endpoint(error_handler={"ignore_status_codes": ["404", 410]}))
    assert parsed.response_actions == (
        ResponseAction(action="ignore", status_code=404),
        ResponseAction(action="ignore", status_code=410),
    )


def test_partition_without_values_is_refused() -> None:
    assert problems(endpoint(partitions={"region": []})) == [
        "resources[0].endpoint.partitions.region: is empty; nothing would be asked for"
    ]


def test_format_that_is_none_is_refused() -> None:
    incremental = {"cursor_path": "at", "datetime_format": "YYYY-MM-DD"}
    (line,) = problems(endpoint(incremental=incremental))
    assert line == (
        "resources[0].endpoint.incremental.datetime_format: 'YYYY-MM-DD' has no % in it; allowed: "
        "strftime formats, such as '%Y-%m-%d'"
    )


def test_start_and_end_of_a_stream_s_interval_are_those_of_the_range() -> None:
    parsed = one(
        endpoint(
            incremental={"cursor_path": "at"},
            params={
                "a": "{{ stream_interval.start_time }}",
                "b": "<{{ stream_slice['end_time'] }}",
            },
        )
    )
    assert parsed.params == {
        "a": "{incremental.start_value}",
        "b": "<{incremental.end_value}",
    }
