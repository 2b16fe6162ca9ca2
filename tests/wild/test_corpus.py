"""Configs found in the wild: every record of every resource arrives, and once."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .check import Case, difference, extraction

if TYPE_CHECKING:
    from tests.conftest import RunTap

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
DISTINCT = {hashlib.sha256(file.read_bytes()).digest(): file
            for file in sorted(CORPUS.glob("*.json"), reverse=True)}  # fmt: skip
CASES = sorted(map(Case, DISTINCT.values()), key=lambda case: case.file)

# Resources by their path. Of what no tap can know, all comes or nothing, but never a part.
UNDECIDABLE = {
    "/v1/transactional/registrations": "one endpoint with two paginations",
    "/v1/transactional/sessions": "one endpoint with two paginations",
}

pytestmark = pytest.mark.skipif(not CASES, reason="the samples are not beside this checkout")


def path_of(case: Case, name: str) -> str:
    entries = case.written["resources"]
    return next(str(entry["endpoint"]["path"]) for entry in entries if entry["name"] == name)


@pytest.mark.parametrize(
    ("case", "name"),
    [
        pytest.param(case, name, id=f"{case.file.stem} {name}")
        for case in CASES
        for name in case.names
    ],
)
def test_each_record_arrives_once(case: Case, name: str, run_tap: RunTap) -> None:
    run = extraction(case, run_tap)
    if path_of(case, name) in UNDECIDABLE and not run.records[name]:
        assert name not in run.streams
    else:
        assert difference(run.api, name, run.records[name]) == ""


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, id=case.file.stem) for case in CASES],
)
def test_every_request_is_answered(case: Case, run_tap: RunTap) -> None:
    run = extraction(case, run_tap)

    assert run.api.refusals == []
    assert run.status == (0 if run.streams == set(case.names) else 1)
