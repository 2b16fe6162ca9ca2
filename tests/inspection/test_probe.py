"""One page of each resource: what is asked, and what is told of the answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tap_analytics.streams import BUILT_IN
from tests.conftest import bearer
from tests.inspection.conftest import by_name, things
from tests.rest.conftest import Answer

if TYPE_CHECKING:
    from tests.conftest import MakeSandbox, RunTap
    from tests.inspection.conftest import ReadCommand, RunCommand
    from tests.rest.conftest import Serve

SINCE = {"cursor_path": "at", "start_param": "since"}


def test_each_resource_is_asked_for_once(make_sandbox: MakeSandbox, read: ReadCommand) -> None:
    sandbox = make_sandbox()
    content = read("probe", bearer(sandbox))

    asked = [entry.path for entry in sandbox.log]
    assert list(by_name(content)) == list(BUILT_IN)
    assert len(asked) == len(BUILT_IN) == len(set(asked))
    assert {each["error"] for each in content["resources"]} == {None}


def test_request_is_shown_as_it_went_out(read: ReadCommand, serve: Serve) -> None:
    server = serve(Answer({"data": []}))
    endpoint = {"params": {"a[]": ["x y", 1]}, "paginator": {"type": "offset", "limit": 5}}
    (shown,) = read("probe", things(server.base_url, endpoint=endpoint))["resources"]

    (asked,) = server.log
    assert shown["request"] == {
        "method": asked.method,
        "url": server.base_url + asked.target,
        "body": None,
    }


def test_body_is_shown_as_it_went_out(read: ReadCommand, serve: Serve) -> None:
    server = serve(Answer({"data": [{"id": 1}]}))
    paginator = {
        "type": "offset",
        "limit": 1,
        "limit_body_path": "page.limit",
        "offset_body_path": "page.offset",
    }
    endpoint = {"method": "POST", "json": {"query": "q"}, "paginator": paginator}
    (shown,) = read("probe", things(server.base_url, endpoint=endpoint))["resources"]

    (asked,) = server.log
    assert shown["request"]["body"] == json.loads(asked.body)
    assert shown["paging"]["next"]["body"] == {"query": "q", "page": {"limit": 1, "offset": 1}}


def test_page_is_the_one_that_a_sync_asks_for_first(
    make_sandbox: MakeSandbox, read: ReadCommand, run_tap: RunTap
) -> None:
    sandbox = make_sandbox()
    config = bearer(sandbox, start_date="2024-01-01", resources=["events", "cash_drawers"])
    run_tap(config)
    synced = {entry.path: entry.query for entry in reversed(sandbox.log)}
    before = len(sandbox.log)

    read("probe", config)

    assert {entry.path: entry.query for entry in sandbox.log[before:]} == synced
    assert ("occurred_at[gte]", "2024-01-01T00:00:00Z") in synced[BUILT_IN["events"].path]


def test_next_page_is_the_one_that_a_sync_asks_for(
    make_sandbox: MakeSandbox, read: ReadCommand, run_tap: RunTap
) -> None:
    sandbox = make_sandbox()
    config = bearer(sandbox, resources=["accounts", "transactions", "bank_accounts"])
    probes = by_name(read("probe", config))
    before = len(sandbox.log)
    run_tap(config)

    for name, probe in probes.items():
        synced = [e.query for e in sandbox.log[before:] if e.path == BUILT_IN[name].path]
        after = probe["paging"]["next"]
        assert probe["paging"]["last_page"] == (after is None) == (len(synced) == 1)
        if after is not None:
            assert parse_qsl(urlsplit(after["url"]).query) == synced[1]


def test_answer_and_envelope_are_told(read: ReadCommand, serve: Serve) -> None:
    body = {
        "data": [{"id": 1}, {"id": 2}],
        "meta": {"page": 1, "total": 2, "cursor": None},
        "big": {str(number): 0 for number in range(9)},
        "text": "x" * 100,
        "ok": True,
    }
    (shown,) = read("probe", things(serve(Answer(body)).base_url))["resources"]

    assert shown["answer"]["status"] == 200
    assert shown["answer"]["bytes"] == len(json.dumps(body))
    assert shown["answer"]["answers"] == 1
    assert shown["records"] == {"selector": None, "at": "data", "count": 2, "kept": 2}
    assert shown["envelope"] == {
        "data": "list of 2",
        "meta": "object of 3",
        "meta.page": "1",
        "meta.total": "2",
        "meta.cursor": "null",
        "big": "object of 9",
        "text": f"'{'x' * 47}…'",
        "ok": "true",
    }


@pytest.mark.parametrize(
    ("selector", "body", "at"),
    [
        (None, [{"id": 1}], "$"),
        (None, {"a": {"items": [{"id": 1}]}}, "a.items"),
        ("none|a.items", {"a": {"items": [{"id": 1}]}}, "a.items"),
        ("$", {"id": 1}, "$"),
        ("list[*].x", {"list": [{"x": {"id": 1}}]}, "list[*].x"),
    ],
)
def test_place_of_the_records_is_told(
    read: ReadCommand, serve: Serve, selector: str | None, body: Any, at: str
) -> None:
    config = things(serve(Answer(body)).base_url, endpoint={"data_selector": selector})
    (shown,) = read("probe", config)["resources"]

    assert shown["records"] == {"selector": selector, "at": at, "count": 1, "kept": 1}


def test_fields_are_told_with_type_and_null(read: ReadCommand, serve: Serve) -> None:
    body = [
        {"id": 1, "at": "2024-01-01", "x": None, "n": 1, "o": {"a": 1}, "l": ["a"], "e": []},
        {"id": 2, "at": "2024-01-01", "x": "a", "n": 1.5, "o": {"b": 1}, "l": ["b"], "e": []},
        {"id": 3, "at": "2024-01-01", "x": 1, "o": {}, "l": [], "e": []},
    ]
    config = things(serve(Answer(body)).base_url, primary_key="id")
    (shown,) = read("probe", config)["resources"]

    assert {each["name"]: (each["type"], each["nullable"]) for each in shown["fields"]} == {
        "at": ("date", False),
        "e": ("array", False),
        "id": ("integer", False),
        "l": ("array of string", False),
        "n": ("number", True),
        "o": ("object of 2", False),
        "x": ("integer or string", True),
    }


def test_records_are_told_as_they_would_be_emitted(read: ReadCommand, serve: Serve) -> None:
    body = {
        "data": [
            {"id": 1, "type": "a", "attributes": {"kind": "x"}},
            {"id": 2, "type": "a", "attributes": {"kind": "y"}},
        ]
    }
    endpoint = {"data_selector": "data", "record_filter": {"path": "kind", "values": ["x"]}}
    config = things(serve(Answer(body)).base_url, endpoint=endpoint, record_format="json_api")
    (shown,) = read("probe", config)["resources"]

    assert (shown["records"]["count"], shown["records"]["kept"]) == (2, 1)
    assert [each["name"] for each in shown["fields"]] == ["id", "kind"]


def test_paginator_that_is_found_out_is_told(read: ReadCommand, serve: Serve) -> None:
    server = serve(Answer({"data": [{"id": 1}], "next_cursor": "abc", "has_more": True}))
    (shown,) = read("probe", things(server.base_url))["resources"]

    assert shown["paging"] == {
        "configured": {"type": "auto"},
        "found": {
            "type": "cursor",
            "cursor_path": "next_cursor",
            "cursor_param": "cursor",
            "has_more_path": "has_more",
        },
        "signals": [
            {"kind": "token", "path": "next_cursor", "value": "'abc'"},
            {"kind": "more", "path": "has_more", "value": "true"},
        ],
        "next": {"method": "GET", "url": f"{server.base_url}/things?cursor=abc", "body": None},
        "last_page": False,
    }


def test_first_partition_and_first_window_are_asked_for(read: ReadCommand, serve: Serve) -> None:
    endpoint = {
        "path": "/things/{partitions.region}",
        "partitions": {"region": ["eu", "us"]},
        "incremental": {**SINCE, "end_param": "until", "step": "P1D"},
    }
    server = serve(Answer([{"id": 1, "at": "2024-01-01T01:00:00Z"}]))
    config = {**things(server.base_url, endpoint=endpoint), "start_date": "2024-01-01"}
    (shown,) = read("probe", config)["resources"]

    target = "/things/eu?since=2024-01-01T00%3A00%3A00Z&until=2024-01-02T00%3A00%3A00Z"
    assert [asked.target for asked in server.log] == [target]
    assert shown["request"]["url"].endswith(target)


def test_text_holds_what_the_document_holds(
    read: ReadCommand, run: RunCommand, make_sandbox: MakeSandbox
) -> None:
    sandbox = make_sandbox()
    config = bearer(sandbox, resources=["customers", "customer_addresses"])
    content = read("probe", config)
    text = " ".join(run("probe", config).stdout.split())

    for each in content["resources"]:
        assert each["name"] in text
        assert f"records {each['records']['count']} at {each['records']['at']}" in text
        for field in each["fields"]:
            assert f"{field['name']} {field['type']} {'yes' if field['nullable'] else 'no'}" in text
    assert "parent customers, record 1 of" in text


def test_characters_that_would_move_the_cursor_are_shown_as_text(
    run: RunCommand, serve: Serve
) -> None:
    body = {"data": [{"a\x1b[2Jb": 1}], "next\nline": "\x1b]0;x\x07"}
    result = run("probe", things(serve(Answer(body)).base_url))

    assert "\x1b" not in result.stdout
    assert "a\\x1b[2Jb" in result.stdout
