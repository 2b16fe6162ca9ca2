"""Configs in the looser dialect, each form of it: every record of every resource arrives, once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.command import tap, written

from .check import Case, difference, extraction
from .server import serve

if TYPE_CHECKING:
    from tests.conftest import RunTap

FOLDER = Path(__file__).parent / "configs"
SALTS = {"": "", " otherwise": "2"}  # two APIs that differ in what a config leaves open

REFUSED = {
    "undecidable": {
        "offset_as_page": "an offset in a parameter named page",
        "token_as_page": "a token for a page number",
        "size_as_page": "a size for a page number",
        "start_as_page": "a page number in a parameter that may count records",
        "windows": "windows of time for a cursor",
        "list_with_cursor": "a cursor beside a list that is the whole reply",
        "arithmetic": "a condition that only an interpreter could read",
        "settings_in_condition": "a setting in a condition",
        "query_language": "no query",
        "product": "two parents of which none is the other's",
        "two_ways": "one endpoint with two paginations",
        "two_ways_again": "one endpoint with two paginations",
        "by_id": "a cursor that is each record's id",
        "orphans": "a parent that is not there",
        "custom": "code that is not here",
    },
}


def cases(salt: str = "") -> list[Case]:
    return [
        Case(file, frozenset(REFUSED.get(file.stem, ())), salt) for file in sorted(FOLDER.iterdir())
    ]


@pytest.mark.parametrize(
    ("case", "name"),
    [
        pytest.param(case, name, id=f"{case.file.stem} {name}{label}")
        for label, salt in SALTS.items()
        for case in cases(salt)
        for name in case.names
    ],
)
def test_each_record_arrives_once(case: Case, name: str, run_tap: RunTap) -> None:
    run = extraction(case, run_tap)

    assert difference(run.api, name, run.records[name]) == ""


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=f"{case.file.stem}{label}")
        for label, salt in SALTS.items()
        for case in cases(salt)
        if not case.refused
    ],
)
def test_every_request_is_answered(case: Case, run_tap: RunTap) -> None:
    run = extraction(case, run_tap)

    assert run.api.refusals == []
    assert run.status == 0


@pytest.mark.parametrize(
    ("case", "name"),
    [
        pytest.param(case, name, id=f"{case.file.stem} {name}: {why}")
        for case in cases()
        for name, why in REFUSED.get(case.file.stem, {}).items()
    ],
)
def test_resource_that_means_nothing_is_refused(case: Case, name: str, run_tap: RunTap) -> None:
    run = extraction(case, run_tap)
    path = next(entry["endpoint"]["path"] for entry in case.written["resources"]
                if entry["name"] == name)  # fmt: skip

    assert [refusal for refusal in run.api.refusals if path.partition("{")[0] in refusal] == []
    assert name not in run.streams
    assert run.status == 1


def test_yaml_is_read_from_the_command_line(tmp_path: Path) -> None:
    case = Case(FOLDER / "handwritten.yaml")
    with serve(case.written) as served:
        run = tap("--config", written(tmp_path / "mine.yaml", yaml.safe_dump(served.config)))

    assert run.status == 0
    records = [line for line in run.messages if line["type"] == "RECORD"]
    for name in case.names:
        of_name = [line["record"] for line in records if line["stream"] == name]
        assert difference(served.api, name, of_name) == ""
