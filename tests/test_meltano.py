"""meltano.yml, and the tap between Meltano, a real PostgreSQL server and target-jsonl."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from demo.contents import Difference, Rows, by_id, compare, read_jsonl
from demo.postgres import postgres
from demo.targets import target_postgres
from demo.workspace import PLUGINS, ROOT, MeltanoError, Workspace
from tap_analytics.sandbox import Options, Sandbox, serve

STREAMS = sorted(path.stem for path in (ROOT / "tap_analytics" / "schemas").glob("*.json"))
FULL_TABLE = {"event_types", "ip_addresses"}
STATE_ID = "dev:tap-analytics-to-target-postgres"
PROJECT = yaml.safe_load((ROOT / "meltano.yml").read_text())
(EXTRACTOR,) = PROJECT["plugins"]["extractors"]
NOTHING = Difference(missing=frozenset(), unexpected=frozenset(), unequal=frozenset())


def truth(sandbox: Sandbox) -> dict[str, Rows]:
    return {stream: by_id(sandbox.truth(stream)) for stream in STREAMS}


def tap_settings(sandbox: Sandbox) -> dict[str, str]:
    return {
        "TAP_ANALYTICS_CLIENT_BASE_URL": sandbox.base_url,
        "TAP_ANALYTICS_CLIENT_AUTH_TYPE": "oauth2_client_credentials",
        "TAP_ANALYTICS_CLIENT_AUTH_ACCESS_TOKEN_URL": f"{sandbox.base_url}/oauth/token",
        "TAP_ANALYTICS_CLIENT_ID": sandbox.credentials.client_id,
        "TAP_ANALYTICS_CLIENT_SECRET": sandbox.credentials.client_secret,
    }


@dataclass(frozen=True)
class Run:
    """What stood where after a run of Meltano."""

    api: dict[str, Rows]
    database: dict[str, Rows]
    state: dict[str, Any]


@dataclass(frozen=True)
class Runs:
    """Two runs, and what the API changed between them."""

    first: Run
    second: Run
    moved: dict[str, dict[str, list[str | int]]]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    with (
        serve(Options(port=0, scale=0.25)) as sandbox,
        postgres() as url,
        target_postgres(url) as target,
    ):
        folder = tmp_path_factory.mktemp("project")
        workspace = Workspace(folder, {**tap_settings(sandbox), **target.settings})

        def run() -> Run:
            workspace.meltano("run", "tap-analytics", "target-postgres")
            state = json.loads(workspace.meltano("state", "get", STATE_ID))
            return Run(truth(sandbox), target.read(STREAMS), state["singer_state"])

        first = run()
        moved = sandbox.advance()
        return Runs(first, run(), moved)


def written(runs: Runs, stream: str) -> set[Any]:
    """The ids of the rows that the second run wrote."""
    before, after = runs.first.database[stream], runs.second.database[stream]
    stamp = "_sdc_sync_started_at"
    return {
        key for key, row in after.items() if key not in before or row[stamp] != before[key][stamp]
    }


@pytest.mark.parametrize("stream", STREAMS)
def test_first_run_loads_each_row_with_its_values(runs: Runs, stream: str) -> None:
    assert runs.first.api[stream]
    assert compare(runs.first.api[stream], runs.first.database[stream]) == NOTHING


@pytest.mark.parametrize("stream", STREAMS)
def test_second_run_brings_the_database_up_to_date(runs: Runs, stream: str) -> None:
    assert compare(runs.second.api[stream], runs.second.database[stream]) == NOTHING


@pytest.mark.parametrize("stream", [name for name in STREAMS if name not in FULL_TABLE])
def test_second_run_writes_what_changed_and_records_without_a_cursor(
    runs: Runs, stream: str
) -> None:
    key = "occurred_at" if stream == "events" else "updated_at"
    rows = runs.second.api[stream]
    timeless = {record_id for record_id, row in rows.items() if row[key] is None}
    moved = {*runs.moved[stream]["changed"], *runs.moved[stream]["added"]}
    assert moved
    assert written(runs, stream) == moved | timeless


def test_numbers_arrive_exactly_as_columns_of_numbers(runs: Runs) -> None:
    """The comparison says no more than the data: it has big integers and decimals in columns."""
    values = [
        (row[name], runs.first.database[stream][key][name])
        for stream, rows in runs.first.api.items()
        for key, row in rows.items()
        for name in row
        if isinstance(row[name], Decimal) or (type(row[name]) is int and abs(row[name]) > 2**53)
    ]
    assert {type(expected) for expected, _ in values} == {int, Decimal}
    assert [pair for pair in values if pair[0] != pair[1] or isinstance(pair[1], float)] == []


def test_state_holds_the_greatest_cursor_of_each_incremental_stream(runs: Runs) -> None:
    bookmarks = runs.second.state["bookmarks"]
    for stream in set(STREAMS) - FULL_TABLE:
        key = "occurred_at" if stream == "events" else "updated_at"
        values = [row[key] for row in runs.second.api[stream].values() if row[key] is not None]
        greatest = max(map(datetime.fromisoformat, values))
        bookmark = bookmarks[stream]
        assert bookmark["replication_key"] == key
        assert datetime.fromisoformat(bookmark["replication_key_value"]) == greatest


def test_failing_run_fails_and_says_why(tmp_path: Path) -> None:
    with serve(Options(port=0, scale=0.01)) as sandbox:
        settings = {
            **tap_settings(sandbox),
            "TAP_ANALYTICS_CLIENT_SECRET": "wrong",
            "TARGET_JSONL_DESTINATION_PATH": str(tmp_path),
        }
        project = tmp_path / "project"
        project.mkdir()
        with pytest.raises(MeltanoError) as failure:
            Workspace(project, settings).meltano("run", "tap-analytics", "target-jsonl")
    assert "invalid_client" in failure.value.log_tail
    assert "wrong" not in failure.value.log_tail
    assert "Traceback" not in failure.value.log_tail


def about() -> dict[str, Any]:
    command = [sys.executable, "-m", "tap_analytics", "--about", "--format=json"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def kind(schema: dict[str, Any]) -> str:
    """Meltano's word for a JSON Schema; `string` where several types are allowed."""
    if "enum" in schema:
        return "options"
    if schema.get("format") in {"date", "date-time"}:
        return "date_iso8601"
    types = [name for name in schema.get("type", ["string"]) if name != "null"]
    # With a setting of kind `decimal` Meltano 4.4.1 cannot print a plugin's configuration.
    return "string" if "string" in types else types[0]


def settings(schema: dict[str, Any], prefix: str = "") -> Iterator[dict[str, Any]]:
    """The settings of a JSON Schema as meltano.yml has them, nested ones by dotted names."""
    for name, part in schema["properties"].items():
        # `stream_maps.__else__` is a key of a map that is open otherwise.
        if any(not inner.startswith("__") for inner in part.get("properties", ())):
            yield from settings(part, f"{prefix}{name}.")
            continue
        setting = {
            "name": prefix + name,
            "kind": kind(part),
            "label": part["title"],
            "description": part["description"],
        }
        if setting["kind"] == "options":
            setting["options"] = [{"label": value, "value": value} for value in part["enum"]]
        yield setting | ({"sensitive": True} if part.get("secret") else {})


def test_meltano_yml_is_valid() -> None:
    schema = resources.files("meltano.schemas").joinpath("meltano.schema.json").read_text("utf-8")
    problems = Draft202012Validator(json.loads(schema)).iter_errors(PROJECT)
    assert [f"{problem.json_path}: {problem.message}" for problem in problems] == []


def test_meltano_yml_has_the_settings_and_capabilities_of_the_tap() -> None:
    told = about()
    assert EXTRACTOR["settings"] == list(settings(told["settings"]))
    assert EXTRACTOR["capabilities"] == sorted(told["capabilities"])


def test_meltano_yml_keeps_to_itself() -> None:
    """No telemetry, no look for a newer version, no plugin that only Meltano Hub could define."""
    assert PROJECT["send_anonymous_usage_stats"] is False
    assert PROJECT["cli"]["disable_version_check"] is True
    plugins = [plugin for kind in PROJECT["plugins"].values() for plugin in kind]
    assert all(plugin["namespace"] and plugin["pip_url"] for plugin in plugins)


def test_folder_that_target_jsonl_writes_to_comes_with_the_clone() -> None:
    """The target does not make it."""
    (target,) = (item for item in PROJECT["plugins"]["loaders"] if item["name"] == "target-jsonl")
    values = {item["name"]: item.get("value") for item in target["settings"]}
    assert (ROOT / values["destination_path"] / ".gitignore").is_file()


def test_settings_in_the_environment_reach_the_tap_nested(tmp_path: Path) -> None:
    workspace = Workspace(
        tmp_path,
        {
            "TAP_ANALYTICS_CLIENT_BASE_URL": "https://api.example.com",
            "TAP_ANALYTICS_CLIENT_AUTH_TYPE": "bearer",
            "TAP_ANALYTICS_RESOURCES": '["customers"]',
            "TAP_ANALYTICS_REQUEST_TIMEOUT": "2.5",
        },
    )
    assert json.loads(workspace.meltano("config", "print", "tap-analytics")) == {
        "client": {"base_url": "https://api.example.com", "auth": {"type": "bearer"}},
        "resources": ["customers"],
        "request_timeout": "2.5",
    }


def test_workspace_takes_no_settings_of_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin = {
        **EXTRACTOR,
        "config": {"client": {"base_url": "https://mine.example.com"}},
        "select": ["events.*"],
    }
    mine = {**PROJECT, "plugins": {"extractors": [plugin]}}
    mine["environments"] = [{"name": "dev", "config": {"plugins": {"extractors": [plugin]}}}]
    (tmp_path / "meltano.yml").write_text(yaml.safe_dump(mine))
    monkeypatch.setattr("demo.workspace.ROOT", tmp_path)
    monkeypatch.setenv("TAP_ANALYTICS_TOKEN", "mine")
    monkeypatch.setenv("MELTANO_ENVIRONMENT", "mine")
    project = tmp_path / "project"
    project.mkdir()
    assert json.loads(Workspace(project, {}).meltano("config", "print", "tap-analytics")) == {}


@pytest.fixture(scope="module")
def target_jsonl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The target's command, in the environment that Meltano makes for it."""
    command = PLUGINS / "loaders" / "target-jsonl" / "venv" / "bin" / "target-jsonl"
    if not command.exists():
        workspace = Workspace(tmp_path_factory.mktemp("install"), {})
        workspace.meltano("install", "loader", "target-jsonl")
    return command


def pipe(tap: list[str], target: list[str], folder: Path) -> str:
    """Run `tap | target` and return what the target prints: a state on each line."""
    with subprocess.Popen(tap, cwd=folder, stdout=subprocess.PIPE) as source:
        done = subprocess.run(
            target, cwd=folder, stdin=source.stdout, capture_output=True, text=True, check=True
        )
    assert source.returncode == 0
    return done.stdout


def test_state_that_a_target_prints_continues_the_next_run(
    target_jsonl: Path, tmp_path: Path
) -> None:
    tap = [sys.executable, "-m", "tap_analytics", "--config", "c.json"]
    with serve(Options(port=0, scale=0.1)) as sandbox:
        auth = {"type": "bearer", "token": sandbox.credentials.token}
        config = {"client": {"base_url": sandbox.base_url, "auth": auth}}
        (tmp_path / "c.json").write_text(json.dumps(config))
        (tmp_path / "t.json").write_text('{"do_timestamp_file": false}')
        catalog = subprocess.run(
            [*tap, "--discover"], cwd=tmp_path, check=True, capture_output=True
        ).stdout
        (tmp_path / "cat.json").write_bytes(catalog)
        target = [str(target_jsonl), "--config", "t.json"]
        tap += ["--catalog", "cat.json"]
        states = pipe(tap, target, tmp_path).splitlines()
        first = read_jsonl(tmp_path, STREAMS)
        assert {name: rows for name, rows in truth(sandbox).items() if first[name] != rows} == {}

        (tmp_path / "s.json").write_text(states[-1])
        lines = (tmp_path / "customers.jsonl").read_text().count("\n")
        moved = sandbox.advance()["customers"]
        pipe([*tap, "--state", "s.json"], target, tmp_path)
        second = read_jsonl(tmp_path, STREAMS)
        assert {name: rows for name, rows in truth(sandbox).items() if second[name] != rows} == {}
        added = (tmp_path / "customers.jsonl").read_text().count("\n") - lines
        assert added == len(moved["changed"]) + len(moved["added"])
