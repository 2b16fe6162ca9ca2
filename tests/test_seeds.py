"""Configs as users bring them: each resource arrives whole, each record once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.spec import CREDENTIALS
from tests.conftest import differences

if TYPE_CHECKING:
    from tap_analytics.sandbox import Sandbox
    from tests.conftest import MakeSandbox, RunTap

OURS = sorted((Path(__file__).parent / "configs").glob("*.json"))
SEEDS = sorted((Path(__file__).parents[2] / "shared" / "seed_configs").glob("*.json"))
PLACE = "https://api.example.com"
TRUTHS = {
    "resource_name": "resource",
    "clients": "customers",
    "places": "customer_addresses",
    "companies": "businesses",
    "tills": "cash_drawers",
    "banks": "bank_accounts",
}
LINKED = {"companies": "accounts", "talks": "calls"}


def placed(path: Path, sandbox: Sandbox) -> dict[str, Any]:
    """The config at *path*, with the sandbox's address, and its credentials at the top level."""
    config: dict[str, Any] = json.loads(path.read_text("utf-8").replace(PLACE, sandbox.base_url))
    return {**{name: getattr(sandbox.credentials, name) for name in CREDENTIALS}, **config}


def wanted(config: dict[str, Any]) -> list[str]:
    return [entry if isinstance(entry, str) else entry["name"] for entry in config["resources"]]


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(str(row["id"]) for row in rows)


@pytest.mark.parametrize("links", ["absolute", "relative", "token"])
@pytest.mark.parametrize("path", [*OURS, *SEEDS], ids=lambda path: path.stem)
def test_every_resource_of_a_config_arrives_whole_and_once(
    make_sandbox: MakeSandbox, run_tap: RunTap, path: Path, links: str
) -> None:
    sandbox = make_sandbox(links=links)
    config = placed(path, sandbox)
    truths = {**TRUTHS, **(LINKED if path.stem == "links" else {})}

    outcome = run_tap(config)

    found = {name: ids(rows) for name, rows in outcome.records.items()}
    assert outcome.status == 0
    assert found == {name: ids(sandbox.truth(truths.get(name, name))) for name in wanted(config)}


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_streams_of_a_seed_that_are_built_in_equal_the_truth_by_value(
    make_sandbox: MakeSandbox, run_tap: RunTap, path: Path
) -> None:
    sandbox = make_sandbox()
    config = placed(path, sandbox)
    outcome = run_tap(config)
    names = [name for name in wanted(config) if name != "resource_name"]
    assert {name: differences(outcome, sandbox, name) for name in names} == {
        name: [] for name in names
    }


def test_there_is_a_config_of_ours_for_each_auth_and_paging() -> None:
    kinds = {json.loads(path.read_text("utf-8"))["client"]["auth"]["type"] for path in OURS}
    assert kinds == {"bearer", "oauth2", "oauth2_refresh_token", "basic", "api_key"}
