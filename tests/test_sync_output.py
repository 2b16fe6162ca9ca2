"""Stream maps, flattening, selection and batches: the SDK's features on this tap's own sync."""

from __future__ import annotations

import gzip
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tap_analytics.streams import BUILT_IN
from tests.conftest import bearer, differences

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakeSandbox, Outcome, RunTap

FAMILY = ("customers", "customer_addresses", "businesses")


def ids(rows: list[dict[str, Any]]) -> list[Any]:
    return [row["id"] for row in rows]


def test_each_stream_has_one_schema_and_its_records_fit_its_name(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    outcome = run_tap(bearer(make_sandbox()))
    schemas = [message["stream"] for message in outcome.of_type("SCHEMA")]
    assert sorted(schemas) == sorted(BUILT_IN)
    assert outcome.records.keys() == BUILT_IN.keys()


def test_state_follows_the_last_record_and_is_not_repeated_unchanged(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    outcome = run_tap(bearer(make_sandbox()))
    states = [json.dumps(message["value"]) for message in outcome.of_type("STATE")]
    assert len(states) == len(set(states))
    assert outcome.messages[-1]["type"] == "STATE"


@pytest.mark.parametrize("stream", ["prices", "businesses"], ids=["top level", "child"])
def test_stream_map_renames_adds_and_removes_fields(
    make_sandbox: MakeSandbox, run_tap: RunTap, stream: str
) -> None:
    sandbox = make_sandbox()
    mapped = {"__alias__": "renamed", "shout": "name.upper() if name else ''", "status": None}
    outcome = run_tap(bearer(sandbox, stream_maps={stream: mapped}), only=(stream,))
    (schema,) = outcome.of_type("SCHEMA")
    fields = schema["schema"]["properties"].keys()
    assert schema["stream"] == "renamed"
    assert ("shout" in fields, "status" in fields) == (True, False)
    assert [(row["id"], row["shout"]) for row in outcome.records["renamed"]] == [
        (row["id"], (row["name"] or "").upper()) for row in sandbox.truth(stream)
    ]


def test_stream_map_filters_records_and_the_bookmark_passes_those_left_out(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    sandbox = make_sandbox()
    truth = sandbox.truth("transactions")
    kept = truth[5]["status"]
    maps = {"transactions": {"__filter__": f"status == '{kept}'"}}
    outcome = run_tap(bearer(sandbox, stream_maps=maps), only=("transactions",))
    plain = run_tap(bearer(sandbox), only=("transactions",))
    assert ids(outcome.records["transactions"]) == [
        row["id"] for row in truth if row["status"] == kept
    ]
    assert outcome.state == plain.state


def test_removed_stream_emits_nothing(make_sandbox: MakeSandbox, run_tap: RunTap) -> None:
    maps = {"prices": "__NULL__"}
    outcome = run_tap(bearer(make_sandbox(), stream_maps=maps), only=("prices", "products"))
    streams = {message["stream"] for message in outcome.messages if message["type"] != "STATE"}
    assert streams == {"products"}


def test_flattening_reaches_schema_and_records(make_sandbox: MakeSandbox, run_tap: RunTap) -> None:
    sandbox = make_sandbox()
    config = bearer(sandbox, flattening_enabled=True, flattening_max_depth=1)
    outcome = run_tap(config, only=("prices",))
    (schema,) = outcome.of_type("SCHEMA")
    (row, *_), (truth, *_) = outcome.records["prices"], sandbox.truth("prices")
    nested = {name for name, value in truth.items() if isinstance(value, dict) and value}
    assert nested
    assert not nested & row.keys()
    assert row.keys() <= schema["schema"]["properties"].keys()
    for name in nested:
        assert {key: row[f"{name}__{key}"] for key in truth[name]} == truth[name]


def test_deselected_field_is_in_neither_schema_nor_records(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    config = bearer(make_sandbox())
    catalog = run_tap(config, only=("prices",)).tap.catalog_dict
    for entry in catalog["streams"]:
        for item in entry["metadata"]:
            if item["breadcrumb"] == ["properties", "description"]:
                item["metadata"]["selected"] = False
    outcome = run_tap(config, catalog=catalog, only=("prices",))
    (schema,) = outcome.of_type("SCHEMA")
    assert "description" not in schema["schema"]["properties"]
    assert not any("description" in row for row in outcome.records["prices"])


def test_full_table_replication_of_the_catalog_ignores_bookmarks(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    sandbox = make_sandbox()
    config = bearer(sandbox)
    first = run_tap(config, only=("prices",))
    catalog = first.tap.catalog_dict
    (entry,) = [entry for entry in catalog["streams"] if entry["tap_stream_id"] == "prices"]
    entry["replication_method"] = "FULL_TABLE"
    second = run_tap(config, state=first.state, catalog=catalog, only=("prices",))
    assert not differences(second, sandbox, "prices")


def test_activate_version_waits_until_a_full_table_is_complete(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    config = bearer(make_sandbox(), emit_activate_version_messages=True)
    outcome = run_tap(config, only=("event_types", "prices"))
    kinds = [(message["type"], message.get("stream")) for message in outcome.messages]
    of_types = [kind for kind, stream in kinds if stream == "event_types"]
    assert of_types[:2] == ["SCHEMA", "RECORD"]
    assert of_types[-1] == "ACTIVATE_VERSION"
    assert of_types.count("ACTIVATE_VERSION") == 1
    assert ("ACTIVATE_VERSION", "prices") not in kinds


def batches(folder: Path, size: int) -> dict[str, Any]:
    return {
        "encoding": {"format": "jsonl", "compression": "gzip"},
        "storage": {"root": folder.as_uri(), "prefix": "batch-"},
        "batch_size": size,
    }


def read_batches(outcome: Outcome, stream: str) -> list[dict[str, Any]]:
    return [
        json.loads(line, parse_float=Decimal)
        for message in outcome.of_type("BATCH", stream)
        for url in message["manifest"]
        for line in gzip.open(urlsplit(url).path, "rt", encoding="utf-8")
    ]


def test_batches_hold_the_truth_of_parents_and_children(
    make_sandbox: MakeSandbox, run_tap: RunTap, tmp_path: Path
) -> None:
    sandbox = make_sandbox()
    outcome = run_tap(bearer(sandbox, batch_config=batches(tmp_path, 15)), only=FAMILY)
    assert outcome.status == 0
    assert outcome.of_type("RECORD") == []
    for name in FAMILY:
        assert {row["id"]: row for row in read_batches(outcome, name)} == {
            row["id"]: row for row in sandbox.truth(name)
        }


def test_schema_of_a_child_comes_before_its_batches(
    make_sandbox: MakeSandbox, run_tap: RunTap, tmp_path: Path
) -> None:
    """A child's SCHEMA was left out with batch_config, and targets refused its batches."""
    config = bearer(make_sandbox(), batch_config=batches(tmp_path, 15))
    outcome = run_tap(config, only=FAMILY)
    for name in FAMILY:
        kinds = [message["type"] for message in outcome.messages if message.get("stream") == name]
        assert kinds[0] == "SCHEMA"
        assert set(kinds[1:]) == {"BATCH"}


@pytest.mark.parametrize("size", [20, 33], ids=["last batch full", "last batch short"])
def test_state_after_batches_leads_to_nothing_new(
    make_sandbox: MakeSandbox, run_tap: RunTap, tmp_path: Path, size: int
) -> None:
    sandbox = make_sandbox()
    config = bearer(sandbox, batch_config=batches(tmp_path, size))
    first = run_tap(config, only=("events", *FAMILY))
    second = run_tap(config, state=first.state, only=("events", *FAMILY))
    assert len(read_batches(first, "events")) == len(sandbox.truth("events"))
    assert second.of_type("BATCH") == []


def test_state_among_batches_covers_only_what_is_out(
    make_sandbox: MakeSandbox, run_tap: RunTap, tmp_path: Path
) -> None:
    config = bearer(make_sandbox(), batch_config=batches(tmp_path, 20))
    outcome = run_tap(config, only=("events",))
    first = next(
        index
        for index, message in enumerate(outcome.messages)
        if message["type"] == "STATE" and message["value"]["bookmarks"].get("events")
    )
    assert not [message for message in outcome.messages[first:] if message["type"] == "BATCH"]
