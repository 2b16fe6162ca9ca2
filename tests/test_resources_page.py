"""The reference of declared resources names every key, and its example is a config."""

from __future__ import annotations

import json
import re
from pathlib import Path

import msgspec
import pytest

from tap_analytics.declared.parse import ENDPOINT_KEYS, RESOURCE_KEYS
from tap_analytics.spec import ErrorHandler, Incremental, RecordFilter, ResponseAction
from tap_analytics.tap import TapAnalytics

PAGE = (Path(__file__).parent.parent / "docs" / "resources.md").read_text(encoding="utf-8")


def listed(heading: str) -> set[str]:
    """The names in backticks in the first column of the table below a heading."""
    section = PAGE.split(f" {heading}\n", 1)[1].split("\n#", 1)[0]
    rows = [line.split(" | ")[0] for line in section.splitlines() if line[:3] == "| `"]
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


def fields(struct: type[msgspec.Struct]) -> set[str]:
    return {field.name for field in msgspec.structs.fields(struct)}


@pytest.mark.parametrize(
    ("heading", "keys"),
    [
        ("A resource", set(RESOURCE_KEYS)),
        ("The endpoint", set(ENDPOINT_KEYS)),
        ("Incremental", fields(Incremental)),
    ],
    ids=["resource", "endpoint", "incremental"],
)
def test_tables_have_every_key_and_no_other(heading: str, keys: set[str]) -> None:
    assert listed(heading) == keys


@pytest.mark.parametrize("struct", [ErrorHandler, ResponseAction, RecordFilter])
def test_fields_of_nested_objects_are_named(struct: type[msgspec.Struct]) -> None:
    named = set(re.findall(r"`([a-z_]+)`", PAGE))
    assert fields(struct) <= named


def test_examples_are_configs() -> None:
    blocks = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert blocks
    for block in blocks:
        config = json.loads(block)
        streams = TapAnalytics(config=config, catalog={"streams": []}).streams
        assert streams.keys() == {resource["name"] for resource in config["resources"]}
