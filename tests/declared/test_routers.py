"""``incremental_sync`` and ``partition_router``, read as the exact vocabulary."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tap_analytics.check import Problems
from tap_analytics.declared.dialect import PARENTS, read_endpoint


def read(endpoint: dict[str, Any], **entry: Any) -> dict[str, Any]:
    problems = Problems()
    given = {"name": "x", "endpoint": endpoint, **entry}
    before = copy.deepcopy(given)
    found: dict[str, Any] = read_endpoint(given, "p", problems)["endpoint"]
    assert given == before
    assert (problems.lines, problems.undecided) == ([], [])
    return found


def undecided(endpoint: dict[str, Any]) -> list[str]:
    problems = Problems()
    read_endpoint({"name": "x", "endpoint": endpoint}, "p", problems)
    return problems.undecided


@pytest.mark.parametrize(
    ("sync", "expected"),
    [
        ({"cursor_field": "at"}, {"incremental": {"cursor_path": "at"}}),
        (
            {
                "cursor_field": "at",
                "start_datetime": "2024-01-01",
                "end_datetime": "2025-01-01",
                "datetime_format": "%s",
                "step": "P1M",
                "start_time_option": {"field_name": "from", "inject_into": "request_parameter"},
                "end_time_option": {"field_name": "to"},
            },
            {
                "incremental": {
                    "cursor_path": "at",
                    "initial_value": "2024-01-01",
                    "end_value": "2025-01-01",
                    "datetime_format": "%s",
                    "step": "P1M",
                    "start_param": "from",
                    "end_param": "to",
                }
            },
        ),
        (
            {"cursor_field": "at", "start_datetime": {"datetime": "2024"}, "end_datetime": "now"},
            {"incremental": {"cursor_path": "at", "initial_value": "2024"}},
        ),
        (
            {"cursor_field": "at", "end_datetime": "{{ now_utc().strftime('%Y') }}"},
            {"incremental": {"cursor_path": "at"}},
        ),
        (
            {"cursor_field": "at", "start_time_param": "since"},
            {"incremental": {"cursor_path": "at", "start_param": "since"}},
        ),
        (
            {
                "cursor_field": "at",
                "start_time_option": {"field_name": "X-Since", "inject_into": "header"},
                "end_time_option": {"field_name": "to", "inject_into": "body_json"},
            },
            {
                "incremental": {"cursor_path": "at"},
                "headers": {"X-Since": "{incremental.start_value}"},
                "json": {"to": "{incremental.end_value}"},
            },
        ),
    ],
    ids=["cursor", "all", "now", "jinja now", "param", "header and body"],
)
def test_incremental_sync_is_read(sync: dict[str, Any], expected: dict[str, Any]) -> None:
    assert read({"incremental_sync": sync}) == expected
    assert read({}, incremental_sync=sync) == expected


def test_list_of_values_is_sent_where_its_option_says() -> None:
    router = {
        "type": "list",
        "values": ["eu", "us"],
        "cursor_field": "region",
        "request_option": {"field_name": "r", "inject_into": "header"},
    }
    assert read({"partition_router": router}) == {
        "partitions": {"region": ["eu", "us"]},
        "headers": {"r": "{partitions.region}"},
    }
    text = {**router, "values": "eu, us", "request_option": {"field_name": "r"}}
    assert read({"params": {"a": 1}, "partition_router": [text]}) == {
        "partitions": {"region": ["eu", "us"]},
        "params": {"a": 1, "r": "{partitions.region}"},
    }


def test_parent_stream_names_the_parent_of_a_placeholder() -> None:
    one = {"parent_stream": "posts", "parent_key": "slug", "partition_field": "post"}
    expected = {PARENTS: {"post": "{resources.posts.slug}"}}
    assert read({"partition_router": one}) == expected
    assert read({"partition_router": {"parent_stream_configs": [one]}}) == expected
    del one["parent_key"]
    option = {**one, "request_option": {"field_name": "post_id"}}
    assert read({"partition_router": option}) == {
        PARENTS: {"post": "{resources.posts.id}"},
        "params": {"post_id": "{resources.posts.id}"},
    }


def test_aliases_and_keys_beside_the_endpoint_are_read() -> None:
    assert read({"http_method": "post", "body": {"a": 1}}) == {"method": "POST", "json": {"a": 1}}
    assert read({}, path="/a", params={"b": 1}) == {"path": "/a", "params": {"b": 1}}
    assert read({"path": "/own"}, paginator="offset") == {"path": "/own", "paginator": "offset"}


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        (
            {"incremental_sync": {"start_datetime": "2024"}},
            "p.endpoint.incremental_sync: needs a cursor_field, the name of a field",
        ),
        (
            {"partition_router": {"type": "custom"}},
            "p.endpoint.partition_router: has neither values nor a parent_stream",
        ),
        (
            {"partition_router": {"values": [], "cursor_field": "x"}},
            "p.endpoint.partition_router: needs a cursor_field, a name, and a list of values",
        ),
        (
            {"partition_router": [{"parent_stream": "a"}]},
            (
                "p.endpoint.partition_router[0]: needs a parent_stream and a partition_field, "
                "both names"
            ),
        ),
        (
            {
                "partition_router": {
                    "values": [1],
                    "cursor_field": "x",
                    "request_option": {"field_name": "x", "inject_into": "path"},
                }
            },
            (
                "p.endpoint.partition_router: needs a field_name, and one of body, body_data, "
                "body_json, header, query, request_parameter as inject_into"
            ),
        ),
    ],
    ids=["no cursor", "custom", "no values", "no field", "place"],
)
def test_router_that_cannot_be_read_is_undecided(endpoint: dict[str, Any], expected: str) -> None:
    assert undecided(endpoint) == [expected]
