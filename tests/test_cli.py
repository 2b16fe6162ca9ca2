"""The command line: its options, and that standard output holds Singer messages alone."""

from __future__ import annotations

import json
import re
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

import pytest

import tap_analytics
from tap_analytics.__main__ import main
from tap_analytics.config import settings_schema
from tap_analytics.sandbox import Options, serve
from tap_analytics.streams import BUILT_IN
from tests.command import tap, written
from tests.conftest import bearer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tap_analytics.sandbox import Sandbox


@pytest.fixture(scope="module")
def small() -> Iterator[Sandbox]:
    with serve(Options(scale=0.01)) as sandbox:
        yield sandbox


@pytest.fixture
def config(small: Sandbox, tmp_path: Path) -> Path:
    return written(tmp_path / "config.json", bearer(small))


def test_version_is_the_package_s() -> None:
    done = tap("--version")
    assert done.status == 0
    assert done.output.startswith(f"tap-analytics v{tap_analytics.__version__}, ")


def test_help_names_every_option() -> None:
    done = tap("--help")
    options = set(re.findall(r"--[a-z]+", done.output))
    assert done.status == 0
    assert options >= {
        "--about",
        "--catalog",
        "--config",
        "--discover",
        "--format",
        "--help",
        "--state",
        "--test",
        "--version",
    }


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_about_names_every_setting(form: str) -> None:
    done = tap("--about", *([] if form == "text" else [f"--format={form}"]))
    assert done.status == 0
    assert [name for name in settings_schema()["properties"] if name not in done.output] == []


def test_about_tells_kinds_and_secrets() -> None:
    about = json.loads(tap("--about", "--format=json").output)
    settings = about["settings"]["properties"]
    assert about["name"] == "tap-analytics"
    assert about["settings"]["required"] == ["client"]
    assert settings["client"]["required"] == ["base_url"]
    assert settings["client_secret"]["secret"] is True
    assert {"catalog", "discover", "state", "stream-maps", "batch"} <= set(about["capabilities"])


@pytest.mark.parametrize("with_config", [True, False], ids=["with config", "without config"])
def test_discover_lists_sixteen_streams(config: Path, *, with_config: bool) -> None:
    done = tap("--discover", *(("--config", config) if with_config else ()))
    streams = json.loads(done.output)["streams"]
    assert done.status == 0
    assert {entry["tap_stream_id"] for entry in streams} == BUILT_IN.keys()
    assert len(streams) == 16


def test_run_writes_messages_and_nothing_else_to_standard_output(config: Path) -> None:
    done = tap("--config", config)
    assert done.status == 0
    assert {message["type"] for message in done.messages} == {"SCHEMA", "RECORD", "STATE"}
    assert done.lines("ERROR") == done.lines("WARNING") == []


def test_installed_command_is_the_module_s() -> None:
    (command,) = entry_points(group="console_scripts", name="tap-analytics")
    assert command.load() is main


def test_later_config_lies_over_an_earlier_one(config: Path, tmp_path: Path) -> None:
    later = written(tmp_path / "later.json", {"resources": ["prices"], "token": None})
    latest = written(tmp_path / "latest.json", json.loads(config.read_text()))
    done = tap("--config", config, "--config", later, "--config", latest)
    assert done.status == 0
    assert {message.get("stream") for message in done.messages} == {"prices", None}


def test_config_comes_through_a_pipe(config: Path) -> None:
    """It was read twice, and a pipe is empty the second time."""
    settings = {**json.loads(config.read_text()), "resources": ["prices"]}
    done = tap("--config", "/dev/stdin", given=json.dumps(settings))
    assert done.status == 0
    assert {message.get("stream") for message in done.messages} == {"prices", None}


def test_config_comes_from_the_environment(small: Sandbox) -> None:
    environment = {
        "TAP_ANALYTICS_CLIENT": json.dumps({"base_url": small.base_url}),
        "TAP_ANALYTICS_TOKEN": small.credentials.token,
        "TAP_ANALYTICS_RESOURCES": json.dumps(["prices"]),
        "TAP_ANALYTICS_BACKOFF_FACTOR": "0.5",
        "TAP_ANALYTICS_MAX_RETRIES": "2",
    }
    done = tap("--config=ENV", environment=environment)
    assert done.status == 0
    assert {message.get("stream") for message in done.messages} == {"prices", None}


def test_environment_is_not_read_unasked(config: Path) -> None:
    done = tap("--config", config, "--discover", environment={"TAP_ANALYTICS_ON_ERROR": "never"})
    assert done.status == 0


def test_environment_lies_over_files(config: Path) -> None:
    environment = {"TAP_ANALYTICS_RESOURCES": '["products"]'}
    done = tap("--config", config, "--config", "ENV", environment=environment)
    assert {message.get("stream") for message in done.messages} == {"products", None}


def test_catalog_of_discovery_selects_what_a_run_brings(config: Path, tmp_path: Path) -> None:
    catalog = json.loads(tap("--config", config, "--discover").output)
    for entry in catalog["streams"]:
        for item in entry["metadata"]:
            if not item["breadcrumb"]:
                item["metadata"]["selected"] = entry["tap_stream_id"] == "prices"
    done = tap("--config", config, "--catalog", written(tmp_path / "catalog.json", catalog))
    assert done.status == 0
    assert {message.get("stream") for message in done.messages} == {"prices", None}


def test_stream_of_a_catalog_that_does_not_exist_is_told(config: Path, tmp_path: Path) -> None:
    entry: dict[str, Any] = {"tap_stream_id": "prizes", "schema": {}, "metadata": []}
    catalog = written(tmp_path / "catalog.json", {"streams": [entry]})
    done = tap("--config", config, "--catalog", catalog)
    assert "catalog: there is no stream prizes" in done.lines("WARNING")


def test_state_of_a_run_leads_the_next_to_nothing_new(config: Path, tmp_path: Path) -> None:
    first = tap("--config", config)
    states = [message["value"] for message in first.messages if message["type"] == "STATE"]
    second = tap("--config", config, "--state", written(tmp_path / "state.json", states[-1]))
    streams = {message["stream"] for message in second.messages if message["type"] == "RECORD"}
    assert second.status == 0
    assert streams <= {"event_types", "ip_addresses", "reports"}


def test_state_keeps_every_digit_of_a_number(config: Path, tmp_path: Path) -> None:
    number = "12345678901234567.890123456789"
    entry = f'{{"replication_key": "n", "replication_key_value": {number}}}'
    state = written(tmp_path / "state.json", f'{{"bookmarks": {{"other": {entry}}}}}')
    done = tap("--config", config, "--state", state)
    assert number in done.output.splitlines()[0]


def test_test_brings_one_record_a_stream_without_an_error(config: Path) -> None:
    done = tap("--config", config, "--test")
    records = [message["stream"] for message in done.messages if message["type"] == "RECORD"]
    assert done.status == 0
    assert done.lines("ERROR") == []
    assert len(records) == len(set(records)) >= 14


def test_test_schema_brings_schemas_alone(config: Path) -> None:
    done = tap("--config", config, "--test=schema")
    assert done.status == 0
    assert [message["type"] for message in done.messages] == ["SCHEMA"] * 16


def test_test_fails_where_the_credentials_are_wrong(small: Sandbox, tmp_path: Path) -> None:
    wrong = written(tmp_path / "wrong.json", bearer(small, token="not-the-token"))
    assert "answered 401" in tap("--config", wrong, "--test").mistake
