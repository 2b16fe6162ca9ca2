"""Runs the tap over the API of a config, once a config, and says what did not arrive."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import yaml

from .server import serve

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import RunTap

    from .api import API
    from .records import Record

__all__ = ["Case", "Extraction", "difference", "extraction"]

RUNS: dict[Case, Extraction] = {}


@dataclass(frozen=True)
class Case:
    """A config and the API it is about.

    Attributes:
        refused: Resources that no tap may read, since they mean nothing; the API lacks them.
        salt: Another one makes an API that differs in what the config leaves open.
    """

    file: Path
    refused: frozenset[str] = frozenset()
    salt: str = ""

    @property
    def written(self) -> dict[str, Any]:
        """The config as its author wrote it."""
        return _read(self.file)

    @property
    def names(self) -> list[str]:
        """The resources that mean something."""
        names = [entry["name"] for entry in self.written["resources"]]
        return [name for name in names if name not in self.refused]


@dataclass(frozen=True)
class Extraction:
    """What came of one run.

    Attributes:
        api: As the run left it.
        streams: Names of the tap's streams.
    """

    api: API
    streams: frozenset[str]
    records: dict[str, list[Record]]
    status: int


@cache
def _read(file: Path) -> dict[str, Any]:
    text = file.read_text("utf-8")
    content: dict[str, Any] = json.loads(text) if file.suffix == ".json" else yaml.safe_load(text)
    return content


def extraction(case: Case, run_tap: RunTap) -> Extraction:
    """What comes of *case*; no failure is hidden by a second try."""
    if case not in RUNS:
        with serve(case.written, case.refused, case.salt) as served:
            outcome = run_tap({**served.config, "max_retries": 0})
        streams = frozenset(outcome.tap.streams)
        RUNS[case] = Extraction(served.api, streams, outcome.records, outcome.status)
    return RUNS[case]


def difference(api: API, name: str, records: list[Record]) -> str:
    """How *records* differ from those that *api* has of a resource; nothing where they do not."""
    keys = api.resources[name].keys
    wanted = Counter(_identity(record, keys) for record in api.truth(name))
    found = Counter(_identity(record, keys) for record in records)
    assert set(wanted.values()) == {1}, "the API has two records of one key"
    missing, foreign = (wanted - found).total(), (found - wanted).total()
    return f"{missing} of {len(wanted)} missing, {foreign} too many" if missing + foreign else ""


def _identity(record: Record, keys: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(str(record.get(key)) for key in keys)
