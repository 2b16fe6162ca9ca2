"""The README says what the code does."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tap_analytics.config import settings_schema
from tap_analytics.spec import AUTHS, CREDENTIALS, PAGINATORS
from tap_analytics.streams import BUILT_IN
from tap_analytics.tap import TapAnalytics

if TYPE_CHECKING:
    from tap_analytics.sandbox import Sandbox
    from tests.conftest import RunTap

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def table(heading: str) -> list[list[str]]:
    """The cells of the first table below a heading."""
    section = README.split(f" {heading}\n", 1)[1].split("\n#", 1)[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line[:1] == "|"]
    return [[cell.strip(" |") for cell in row] for row in rows[2:]]


def names(cell: str) -> list[str]:
    """The names in backticks."""
    return re.findall(r"`([^`]+)`", cell)


def test_settings_table_has_every_setting() -> None:
    listed = [name for row in table("Settings") for name in names(row[0])]

    assert sorted(listed) == sorted(settings_schema()["properties"])
    assert set(CREDENTIALS) <= set(listed)


@pytest.mark.parametrize(
    ("heading", "structs"), [("Authentication", AUTHS), ("Paging", PAGINATORS)], ids=str
)
def test_type_tables_have_every_type_and_field(
    heading: str, structs: tuple[type[msgspec.Struct], ...]
) -> None:
    listed = {names(row[0])[0]: names(row[1]) if len(row) > 1 else [] for row in table(heading)}
    listed["oauth2_refresh_token"] = [
        *listed.get("oauth2_client_credentials", []),
        *listed.get("oauth2_refresh_token", []),
    ]

    for struct in structs:
        fields = msgspec.structs.fields(struct)
        for field in fields:
            assert field.name in listed[str(struct.__struct_config__.tag)]


def test_stream_table_has_every_stream_with_its_path_and_key() -> None:
    listed = {names(row[0])[0]: (names(row[1])[0], next(iter(names(row[2])), None))
              for row in table("Streams")}  # fmt: skip

    assert listed == {
        name: (stream.path, stream.replication_key) for name, stream in BUILT_IN.items()
    }


@pytest.mark.parametrize("block", re.findall(r"```json\n(.*?)```", README, re.DOTALL))
def test_every_config_is_accepted(block: str) -> None:
    config: dict[str, Any] = json.loads(block)
    tap = TapAnalytics(config=config, setup_mapper=False)

    assert tap.connection.client.base_url == "https://api.example.com"
    assert len(tap.stream_classes) >= len(config.get("resources", BUILT_IN))


def test_config_for_the_sandbox_brings_every_stream(sandbox: Sandbox, run_tap: RunTap) -> None:
    line = next(line for line in README.splitlines() if line.startswith("echo '{"))
    config = json.loads(line.split("'")[1].replace("http://127.0.0.1:8765", sandbox.base_url))

    assert run_tap(config).records.keys() == BUILT_IN.keys()
