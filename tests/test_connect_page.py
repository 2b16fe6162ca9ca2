"""The page about connecting an API: each config on it brings what the sandbox holds, once."""

from __future__ import annotations

import json
import logging
import re
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.spec import AUTHS, PAGINATORS
from tests.command import tap, written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_analytics.sandbox import Sandbox
    from tests.conftest import MakeSandbox, Outcome, RunTap

    Config = dict[str, Any]

PAGE = (Path(__file__).parent.parent / "docs" / "connect.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
PORT = ":8765"
ACCEPTED = {
    "none": "bearer",  # what is open is open however the sandbox is started
    "bearer": "bearer",
    "api_key": "api_key",
    "http_basic": "basic",
    "oauth2_client_credentials": "oauth2",
    "oauth2_refresh_token": "oauth2",
    "session_token": "session",
}


def tags(structs: tuple[Any, ...]) -> set[str]:
    return {str(struct.__struct_config__.tag) for struct in structs}


def auths_of(config: Config) -> list[str]:
    """The types of `auth` that a config names, or implies by a token."""
    holders = [config["client"], *(resource["endpoint"] for resource in config["resources"])]
    named = [holder["auth"]["type"] for holder in holders if "auth" in holder]
    return named or ["bearer"]


def paginator_of(resource: Config) -> str | None:
    named = resource["endpoint"].get("paginator")
    return str(named["type"]) if isinstance(named, dict) else named


def titles() -> Iterator[str]:
    for number, config in enumerate(map(json.loads, BLOCKS), start=1):
        kinds = filter(None, map(paginator_of, config["resources"]))
        yield "-".join([f"{number:02}", *dict.fromkeys([*auths_of(config), *kinds])])


def on(sandbox: Sandbox, block: str) -> Config:
    """A config of the page with the port of *sandbox*, and nothing else changed."""
    assert PORT in block
    port = sandbox.base_url.rpartition(":")[2]
    config: Config = json.loads(block.replace(PORT, f":{port}"))
    return config


def truth(sandbox: Sandbox, config: Config, resource: Config) -> list[Config]:
    """The records that a resource should bring."""
    endpoint = resource["endpoint"]
    listed = [part for part in endpoint["path"].split("/") if "{" not in part][-1]
    records = sandbox.truth("customer_addresses" if listed == "addresses" else listed)
    if "incremental" not in endpoint:
        return records
    field = endpoint["incremental"]["cursor_path"]
    start = datetime.fromisoformat(f"{config['start_date']}T00:00:00Z")
    recent = [each for each in records if datetime.fromisoformat(each[field]) >= start]
    assert 0 < len(recent) < len(records)
    return recent


def ids(records: list[Config]) -> Counter[Any]:
    return Counter(record["id"] for record in records)


def asked(sandbox: Sandbox, resource: Config) -> set[tuple[tuple[str, str], ...]]:
    """The distinct queries, or bodies, that a resource was asked for with."""
    path = resource["endpoint"]["path"]
    return {tuple(entry.query) for entry in sandbox.log if entry.path == path}


def check(outcome: Outcome, sandbox: Sandbox, config: Config) -> None:
    """Each record of each resource came once, whole, and page after page."""
    assert outcome.status == 0
    assert outcome.records.keys() == {resource["name"] for resource in config["resources"]}
    for resource in config["resources"]:
        found, expected = outcome.records[resource["name"]], truth(sandbox, config, resource)
        assert ids(found) == ids(expected)
        whole = {record["id"]: record for record in expected}
        for record in found:
            own = {name: value for name, value in record.items() if name[0] != "_"}
            assert own.items() <= whole[record["id"]].items()
            assert len(own) > 5
        if paginator_of(resource) not in {None, "single_page"}:
            assert len(asked(sandbox, resource)) > 1


@pytest.mark.parametrize("block", BLOCKS, ids=list(titles()))
def test_config_brings_each_record_once(
    block: str,
    make_sandbox: MakeSandbox,
    run_tap: RunTap,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.chdir(tmp_path)  # where a token store goes
    accepted = {ACCEPTED[tag] for tag in auths_of(json.loads(block))}
    sandbox = make_sandbox(scale=1, auth=tuple(accepted))
    config = on(sandbox, block)

    check(run_tap(config), sandbox, config)

    assert [each for each in caplog.records if each.levelno >= logging.WARNING] == []


def test_every_kind_of_paging_and_of_authentication_has_a_config() -> None:
    configs = [json.loads(block) for block in BLOCKS]
    named = {paginator_of(resource) for config in configs for resource in config["resources"]}

    assert named - {None} == tags(PAGINATORS)
    assert {tag for config in configs for tag in auths_of(config)} == tags(AUTHS)
    assert ACCEPTED.keys() == tags(AUTHS)


def block_with(text: str) -> str:
    (block,) = [block for block in BLOCKS if text in block]
    return str(block)


def test_parents_fields_are_in_the_children(make_sandbox: MakeSandbox, run_tap: RunTap) -> None:
    sandbox = make_sandbox()
    names = {record["id"]: record["name"] for record in sandbox.truth("customers")}

    outcome = run_tap(on(sandbox, block_with("include_from_parent")))

    found = {
        record["customer_id"]: record["_buyers_name"] for record in outcome.records["addresses"]
    }
    assert found
    assert found.items() <= names.items()


def test_second_run_asks_for_what_changed_alone(make_sandbox: MakeSandbox, run_tap: RunTap) -> None:
    sandbox = make_sandbox()
    config = on(sandbox, block_with("incremental.start_value"))
    first = run_tap(config)
    moved = sandbox.advance()["customers"]

    second = run_tap(config, state=first.state)

    for resource in config["resources"]:
        assert ids(second.records[resource["name"]]) == Counter(moved["changed"] + moved["added"])
        path = resource["endpoint"]["path"]
        last = [entry for entry in sandbox.log if entry.path == path][-1]
        assert not dict(last.query)["updated_at[gte]"].startswith(config["start_date"])


def test_auth_of_an_endpoint_signs_its_requests_alone(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    sandbox = make_sandbox()
    run_tap(on(sandbox, block_with('"location": "body"')))

    signed = {
        (entry.method, "x-api-key" in entry.headers, "api_key" in dict(entry.query))
        for entry in sandbox.log
    }
    assert signed == {("GET", True, False), ("POST", False, True)}


MISTAKES = {
    "answered 401": ("test-api-key", "wrong"),
    "answered 404": ("/v1/customers", "/customers"),
    "data_selector finds nothing": ('"data_selector": "data"', '"data_selector": "customers"'),
    "nothing that is read leads further": ("/v1/customers", "/paging/offset_total/customers"),
    "holds the same records as page 1": (
        '{"type": "auto"}',
        '{"type": "cursor", "cursor_path": "next", "cursor_param": "cursor"}',
    ),
    "paginator auto is single_page": ("/v1/customers", "/paging/offset/customers"),
}


@pytest.mark.parametrize("said", MISTAKES)
def test_mistake_is_told_in_the_words_of_the_page(
    said: str, make_sandbox: MakeSandbox, tmp_path: Path
) -> None:
    sandbox, (right, wrong) = make_sandbox(scale=1), MISTAKES[said]
    good = block_with('{"type": "auto"}')
    assert right in good
    config = on(sandbox, good.replace(right, wrong))

    finished = tap("--config", written(tmp_path / "config.json", config), "--test")

    assert said in PAGE.partition("## When something looks wrong")[2]
    if said == "paginator auto is single_page":
        assert said in finished.log
        assert finished.status == 0
    else:
        assert said in finished.mistake
