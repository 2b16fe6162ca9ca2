"""What a config says, told without a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tap_analytics.streams import BUILT_IN
from tests.command import written
from tests.inspection.conftest import things

if TYPE_CHECKING:
    from pathlib import Path

    from tests.inspection.conftest import ReadCommand, RunCommand
    from tests.rest.conftest import Serve

API = "https://api.example.com"
LOOSE = {
    "path": "/things/{thing_id}/parts",
    "paginator": {"type": "cursor", "cursor_param": "next", "stop_condition": "not has_more"},
}
ODD = {"type": "cursor", "cursor_path": "next", "stop_condition": "a + b > 3"}


def test_streams_are_told_with_all_that_is_bound_and_read(read: ReadCommand) -> None:
    endpoint = {
        "auth": {"type": "http_basic", "username": "me", "password": "hush"},
        "method": "POST",
        "data_selector": "data.items",
        "paginator": {"type": "offset", "limit": 50, "total_path": None},
        "incremental": {"cursor_path": "at", "start_param": "since", "end_param": "until"},
    }
    config = things(API, endpoint=endpoint, primary_key=["id", "kind"])
    config["resources"] += [{"name": "parts", "endpoint": LOOSE, "selected": False}]
    config |= {"token": "hush-hush"}
    first, second = read("check", config)["streams"]

    assert first == {
        "name": "things",
        "method": "POST",
        "path": "/things",
        "auth": "http_basic",
        "paging": {"type": "offset", "limit": 50, "total_path": None},
        "records": "data.items",
        "parent": None,
        "cursor": {"field": "at", "start_param": "since", "end_param": "until", "in": []},
        "key": ["id", "kind"],
        "selected": True,
    }
    assert second["path"] == "/things/{resources.things.thing_id|id}/parts"
    assert (second["auth"], second["parent"]) == ("bearer", "things")
    assert (second["records"], second["cursor"], second["key"]) == (None, None, [])
    assert second["selected"] is False


def test_place_of_the_start_is_told(read: ReadCommand, run: RunCommand) -> None:
    endpoint = {
        "path": "/things/{incremental.start_value}",
        "json": {"range": ["{incremental.start_value}"]},
        "incremental": {"cursor_path": "at"},
    }
    config = things(API, endpoint=endpoint)

    assert read("check", config)["streams"][0]["cursor"]["in"] == ["path", "json"]
    assert "at in path, json" in run("check", config, columns=150).stdout


def test_all_built_in_streams_are_told_where_there_are_no_resources(read: ReadCommand) -> None:
    content = read("check", {"client": {"base_url": API}, "token": "hush-hush"})

    assert {each["name"]: each["path"] for each in content["streams"]} == {
        name: stream.path for name, stream in BUILT_IN.items()
    }
    assert content["readings"] == []
    assert content["left_out"] == {}


def test_each_reading_of_the_looser_dialect_is_told_once(read: ReadCommand) -> None:
    config = things(API)
    config["resources"] += [{"name": "parts", "table_name": "p", "endpoint": LOOSE}]
    readings = read("check", config)["readings"]

    path = "resources[1].endpoint"
    assert [reading.partition(" is read as ")[0].partition(";")[0] for reading in readings] == [
        "resources[1].table_name has no effect",
        f"{path}.paginator: a cursor_param 'next' without cursor_path",
        f"{path}.paginator: stop_condition 'not has_more'",
        f"{path}.path: {{thing_id}}",
    ]


def test_what_is_left_out_is_told_and_makes_the_status_1(
    read: ReadCommand, run: RunCommand
) -> None:
    config = things(API)
    config["resources"] += [
        {"name": "odd", "endpoint": {"path": "/odd", "paginator": ODD}},
        {"name": "child", "endpoint": {"path": "/odd/{resources.odd.id}"}},
    ]
    content = read("check", config, status=1)
    lines = run("check", config).stdout.splitlines()

    assert [each["name"] for each in content["streams"]] == ["things"]
    assert content["left_out"].keys() == {"odd", "child"}
    assert "'a + b > 3' is not understood" in content["left_out"]["odd"]
    start = lines.index("Left out:")
    assert [line.partition(":")[0] for line in lines[start + 1 :]] == ["  odd", "  child"]


MISTAKES = {
    "client": {"base_url": "api.example.com"},
    "max_retries": "many",
    "resources": [
        {"name": "a", "endpoint": {"path": "/a/{region}", "paginator": {"type": "ofset"}}},
        {"name": "b", "endpoint": {"path": "/b", "params": {"k": "{{ config['kind'] }}"}}},
    ],
}
ORPHAN = (
    "has no parent among the resources; set variables.region, or write {resources.<name>.<field>}"
)
PROBLEMS = [
    "max_retries: 'many' is not allowed; expected int, got str",
    "client.base_url: 'api.example.com' has no scheme; did you mean 'https://api.example.com'?",
    "resources[1].endpoint.params.k: {{ config['kind'] }} needs a value; set variables.kind",
    f"resources[0].endpoint.path: {{region}} {ORPHAN}",
]


def test_all_problems_are_told_a_line_each(read: ReadCommand, run: RunCommand) -> None:
    result = run("check", MISTAKES)

    lines = result.stdout.splitlines()
    assert (result.exit_code, result.stderr) == (1, "")
    assert set(PROBLEMS) <= set(lines)
    assert any("'ofset' is not a paginator; did you mean 'offset'?" in line for line in lines)
    assert read("check", MISTAKES, status=1) == {"problems": lines}


def test_setting_that_is_missing_is_a_problem_until_it_is_set(
    read: ReadCommand, run: RunCommand
) -> None:
    config = things(API, endpoint={"path": "/{region}/things"})
    problem = "resources[0].endpoint.path: {region} has no parent among the resources"

    assert run("check", config).stdout.startswith(problem)
    (stream,) = read("check", config, {"variables": {"region": "eu"}})["streams"]
    assert stream["path"] == "/eu/things"


def test_a_later_file_replaces_whole_settings_of_an_earlier_one(
    read: ReadCommand, tmp_path: Path
) -> None:
    above = written(tmp_path / "above.yaml", "resources: [prices]\nstart_date: 2024-01-31\n")
    streams = read("check", things(API), above)["streams"]

    assert [stream["name"] for stream in streams] == ["prices"]


def test_environment_is_read_where_it_is_asked_for(
    read: ReadCommand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAP_ANALYTICS_USERNAME", "me")
    monkeypatch.setenv("TAP_ANALYTICS_PASSWORD", "hush")

    assert read("check", things(API))["streams"][0]["auth"] == "none"
    assert read("check", things(API), "ENV")["streams"][0]["auth"] == "http_basic"


def test_nothing_is_requested(run: RunCommand, serve: Serve) -> None:
    server = serve()
    auth = {
        "type": "oauth2_client_credentials",
        "access_token_url": f"{server.base_url}/token",
        "client_id": "me",
        "client_secret": "hush",
    }
    config = things(server.base_url, endpoint={"incremental": {"cursor_path": "at"}})
    config["client"]["auth"] = auth

    assert run("check", config).exit_code == 0
    assert server.log == []


@pytest.mark.parametrize("options", [(), ("--json",)], ids=["text", "json"])
def test_no_secret_is_shown(run: RunCommand, options: tuple[str, ...]) -> None:
    hush = "hush-hush-42"
    config = things(
        API, endpoint={"path": f"/things?access_token={hush}a", "params": {"key": hush}}
    )
    config["client"] |= {"headers": {"X-Api-Key": f"{hush}b"}, "auth": {"type": "none"}}
    config["resources"] += [
        {"name": "a", "endpoint": {"path": "/a/{{ dlt.secrets['place'] }}"}},
        {"name": "b", "endpoint": {"path": "/b", "auth": {"token": f"{hush}c"}}},
    ]
    config["variables"] = {"place": f"{hush}d"}
    result = run("check", config, options=options)

    assert result.exit_code == 0
    assert "(redacted)" in result.stdout
    assert hush not in result.output


def test_problem_does_not_show_a_secret(run: RunCommand) -> None:
    config = {**things(API), "token": "hush-hush-42", "start_date": "hush-hush-42"}

    assert run("check", config).stdout.startswith("start_date: '(redacted)' is not a date")


@pytest.mark.parametrize("columns", [40, 80, 110, 140, 250])
def test_streams_fit_the_terminal(run: RunCommand, columns: int) -> None:
    config = {"client": {"base_url": API}, "token": "hush-hush"}
    lines = run("check", config, columns=columns).stdout.splitlines()
    first = [line.split()[0] for line in lines if line[:1].strip()]

    assert max(map(len, lines)) <= columns
    assert first == [*(["stream"] if columns > 100 else []), *BUILT_IN]


def test_wide_terminal_shows_a_line_a_stream(run: RunCommand) -> None:
    lines = run("check", things(API, primary_key="id"), columns=120).stdout.splitlines()

    assert lines == [
        "stream  path     auth  paging  records     key",
        "things  /things  none  auto    looked for  id",
    ]
