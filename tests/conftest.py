"""Fixtures: sandboxes on free ports, and a tap run in process."""

from __future__ import annotations

import contextlib
import io
import json
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from tap_analytics.sandbox import Options, Sandbox, serve
from tap_analytics.tap import TapAnalytics

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Outcome:
    """What a run wrote, and how it ended."""

    status: int
    messages: list[dict[str, Any]]
    tap: TapAnalytics
    records: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for message in self.messages:
            if message["type"] == "RECORD":
                self.records[message["stream"]].append(message["record"])

    @property
    def state(self) -> dict[str, Any]:
        """The last STATE message's value; empty where there was none."""
        states = [message["value"] for message in self.messages if message["type"] == "STATE"]
        return states[-1] if states else {}

    def of_type(self, kind: str, stream: str | None = None) -> list[dict[str, Any]]:
        """The messages of one type, of one stream where that is given."""
        return [
            message
            for message in self.messages
            if message["type"] == kind and stream in {None, message.get("stream")}
        ]


class RunTap(Protocol):
    """Runs the tap in process and takes in what it writes."""

    def __call__(
        self,
        config: dict[str, Any],
        *,
        state: dict[str, Any] | None = None,
        catalog: dict[str, Any] | None = None,
        only: tuple[str, ...] = (),
    ) -> Outcome: ...


class MakeSandbox(Protocol):
    """Starts a sandbox of the test's own."""

    def __call__(self, **options: Any) -> Sandbox: ...


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """A sandbox with default options; a test that changes anything takes one of its own."""
    with serve(Options()) as running:
        yield running


@pytest.fixture
def make_sandbox() -> Iterator[MakeSandbox]:
    """Starts sandboxes that end with the test; small ones unless told otherwise."""
    with contextlib.ExitStack() as stack:

        def start(**options: Any) -> Sandbox:
            return stack.enter_context(serve(Options(**{"scale": 0.1, **options})))

        yield start


@pytest.fixture
def run_tap() -> RunTap:
    """Runs the tap on a config; `only` selects streams."""

    def run(
        config: dict[str, Any],
        *,
        state: dict[str, Any] | None = None,
        catalog: dict[str, Any] | None = None,
        only: tuple[str, ...] = (),
    ) -> Outcome:
        tap = TapAnalytics(config=config, state=state, catalog=catalog)
        if only:
            for stream in tap.streams.values():
                stream.selected = stream.name in only
        output = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        with contextlib.redirect_stdout(output):
            try:
                status = tap.run()
            except SystemExit as end:
                status = int(end.code or 0)
        lines = output.buffer.getvalue().splitlines()
        return Outcome(status, [json.loads(line, parse_float=Decimal) for line in lines], tap)

    return run


def bearer(sandbox: Sandbox, **settings: Any) -> dict[str, Any]:
    """A config for *sandbox* with its bearer token and quick retries."""
    return {
        "client": {"base_url": sandbox.base_url},
        "token": sandbox.credentials.token,
        "backoff_factor": 0.01,
        **settings,
    }


def differences(outcome: Outcome, sandbox: Sandbox, stream: str) -> list[Any]:
    """Ids that are missing, doubled, foreign, or of another content than the truth."""
    found: dict[Any, Any] = {}
    wrong: list[Any] = []
    for record in outcome.records[stream]:
        if record["id"] in found:
            wrong.append(record["id"])
        found[record["id"]] = record
    truth = {record["id"]: record for record in sandbox.truth(stream)}
    wrong += [key for key in truth.keys() | found.keys() if truth.get(key) != found.get(key)]
    return wrong
