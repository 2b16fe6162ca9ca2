"""Resources that cannot be read in one way only are left out; the others load."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.exceptions import ConfigError
from tap_analytics.tap import TapAnalytics
from tests.conftest import bearer

if TYPE_CHECKING:
    from tap_analytics.sandbox import Sandbox
    from tests.conftest import MakeSandbox, RunTap

GOOD = "event_types"
OPEN = {"name": "open", "endpoint": "/v1/open/{{ stream_slice.thing_id }}"}
OPEN_FOUND = (
    "resources[1].endpoint.path: {{ stream_slice.thing_id }} has no parent among the resources; "
    "write {resources.<name>.<field>}"
)


def paged(paginator: Any, **endpoint: Any) -> dict[str, Any]:
    return {"name": "x", "endpoint": {"path": "/x", "paginator": paginator, **endpoint}}


def refused(*resources: Any) -> dict[str, str]:
    tap = TapAnalytics(
        config={"client": {"base_url": "https://a.example"}, "resources": list(resources)},
        catalog={"streams": []},
    )
    return tap.parsed.refused


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        (OPEN, OPEN_FOUND.removeprefix("resources[1].")),
        (
            paged({"type": "offset", "limit": 5, "offset_param": "page"}),
            "endpoint.paginator: offset_param 'page' is the name of a page number",
        ),
        (
            paged({"type": "page_number", "page_param": "next_token"}),
            "endpoint.paginator: page_param 'next_token' is no name of a page number",
        ),
        (
            paged({"type": "cursor", "cursor_path": "x", "step": "P1D"}),
            "endpoint.paginator: step speak of date windows; write them as incremental",
        ),
        (
            paged({"type": "cursor", "cursor_path": "updated_at"}),
            "endpoint.paginator: cursor_path 'updated_at' is the name of a record's field",
        ),
        (
            paged({"type": "cursor", "cursor_path": "id"}),
            "endpoint.paginator: cursor_path 'id' is the name of a record's field",
        ),
        (
            paged({"type": "cursor", "cursor_path": "meta.next"}, data_selector="[]"),
            "endpoint.paginator: data_selector '[]' leaves no room for 'meta.next'",
        ),
        (
            paged({"type": "cursor", "cursor_path": "n", "stop_condition": "page * 2 > total"}),
            "endpoint.paginator.stop_condition: 'page * 2 > total' is not understood",
        ),
        (
            paged("custom"),
            "endpoint.paginator.type: 'custom' is Python code, which is not run",
        ),
        (
            {"name": "x", "endpoint": {"path": "/api/graphql", "method": "POST"}},
            "endpoint.json: holds no query, which a GraphQL endpoint needs",
        ),
        (
            {"name": "x", "endpoint": {"path": "/x", "record_filter": "{{ record.a * 2 }}"}},
            "endpoint.record_filter: 'record.a * 2' is not understood",
        ),
        (
            {
                "name": "x",
                "endpoint": {
                    "path": "/v1/event-types/{event_type_id}",
                    "paginator": {"type": "offset", "limit": 5},
                },
            },
            (
                "endpoint.paginator: type 'offset' pages a list, but "
                "/v1/event-types/{resources.event_types.event_type_id|id} is one entity"
            ),
        ),
        (
            {"name": "x", "endpoint": "/{resources.prices.id}/{resources.reports.id}"},
            ("endpoint: refers to prices and reports, of which neither is the parent of the other"),
        ),
    ],
    ids=[
        "no parent",
        "offset in page",
        "page in token",
        "windows",
        "date as cursor",
        "id as cursor",
        "cursor of a list",
        "arithmetic",
        "custom",
        "graphql",
        "filter",
        "paged entity",
        "two lines",
    ],
)
def test_what_can_be_read_in_more_than_one_way_is_left_out(
    resource: dict[str, Any], expected: str
) -> None:
    found = refused(GOOD, resource)
    assert list(found) == [resource["name"]]
    assert found[resource["name"]].startswith(f"resources[1].{expected}")


def test_children_of_a_resource_that_is_left_out_are_left_out_as_well() -> None:
    child = {"name": "child", "endpoint": "/v1/{resources.open.id}/a"}
    grandchild = {"name": "grandchild", "endpoint": "/v1/{resources.child.id}/b"}
    assert refused(GOOD, OPEN, grandchild, child) == {
        "open": OPEN_FOUND,
        "child": "resources[3]: its parent open is left out",
        "grandchild": "resources[2]: its parent child is left out",
    }


def config(sandbox: Sandbox, **settings: Any) -> dict[str, Any]:
    return bearer(sandbox, resources=[GOOD, OPEN], **settings)


def test_the_others_are_extracted_and_the_run_fails(
    make_sandbox: MakeSandbox, run_tap: RunTap, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox = make_sandbox()
    done = run_tap(config(sandbox))
    assert {record["id"] for record in done.records[GOOD]} == {
        record["id"] for record in sandbox.truth(GOOD)
    }
    assert done.status == 1
    assert f"open: {OPEN_FOUND}" in caplog.text


def test_with_halt_nothing_is_asked_for(make_sandbox: MakeSandbox) -> None:
    sandbox = make_sandbox()
    with pytest.raises(ConfigError) as caught:
        TapAnalytics(config=config(sandbox, on_error="halt"))
    assert str(caught.value) == OPEN_FOUND
    assert sandbox.log == []


def test_config_of_nothing_else_is_refused() -> None:
    with pytest.raises(ConfigError) as caught:
        refused(OPEN)
    assert str(caught.value) == OPEN_FOUND.replace("[1]", "[0]")


def test_a_mistake_refuses_the_whole_config() -> None:
    with pytest.raises(ConfigError) as caught:
        refused(GOOD, OPEN, {"name": "x", "endpoint": {"pth": "/x"}})
    (line,) = str(caught.value).splitlines()
    assert line.startswith("resources[2].endpoint.pth: unknown key; did you mean 'path'?")


@pytest.mark.parametrize("readable", [False, True])
def test_catalog_holds_what_could_not_be_sampled_and_a_run_tries_again(
    make_sandbox: MakeSandbox, capsys: pytest.CaptureFixture[str], *, readable: bool
) -> None:
    """Meltano runs nothing at all after a discovery that fails."""
    sandbox = make_sandbox()
    resources = [GOOD, {"name": "mine", "endpoint": {"path": "/v1/reports?limit=200"}}]
    settings = bearer(sandbox, resources=resources)
    fault = {"path": "/v1/reports", "fault": "status", "status": 403, "times": 1 if readable else 9}
    sandbox.add_fault(fault)
    tap = TapAnalytics(config=settings, setup_mapper=False)
    tap.run_discovery()
    catalog = json.loads(capsys.readouterr().out)
    schemas = {stream["tap_stream_id"]: stream["schema"] for stream in catalog["streams"]}
    assert schemas["mine"] == {"type": "object", "properties": {}}
    assert schemas[GOOD]["properties"]

    run = TapAnalytics(config=settings, catalog=catalog)
    status = run.run()

    messages = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    mine = [one for one in messages if one.get("stream") == "mine" and one["type"] == "RECORD"]
    assert status == (0 if readable else 1)
    assert {one["record"]["id"] for one in mine} == (
        {record["id"] for record in sandbox.truth("reports")} if readable else set()
    )
    assert all(len(one["record"]) > 1 for one in mine)
