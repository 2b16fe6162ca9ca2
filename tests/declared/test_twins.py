"""A built-in stream and the same resource declared in config are one thing."""

from __future__ import annotations

import contextlib
import io
import json
from importlib import resources
from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics import schemas
from tap_analytics.declared.build import build_streams
from tap_analytics.declared.layers import described
from tap_analytics.declared.parse import parse_resources
from tap_analytics.streams import BUILT_IN
from tap_analytics.tap import TapAnalytics
from tests.conftest import bearer

if TYPE_CHECKING:
    from tap_analytics.sandbox import Sandbox
    from tests.conftest import MakeSandbox


def declared() -> list[dict[str, Any]]:
    """All built-in streams in the words of a config, as JSON would hold them."""
    folder = resources.files(schemas)
    entries = [
        {
            "name": name,
            **described(stream),
            "schema": json.loads(folder.joinpath(f"{name}.json").read_text("utf-8")),
        }
        for name, stream in BUILT_IN.items()
    ]
    plain: list[dict[str, Any]] = json.loads(json.dumps(entries))
    return plain


class Twins(TapAnalytics):
    """The tap, if nothing were built in."""

    stream_classes = property(
        lambda _: build_streams(parse_resources(declared(), {}, {}).resources, {})
    )


def messages(
    tap_class: type[TapAnalytics], sandbox: Sandbox, state: dict[str, Any] | None = None
) -> list[dict[str, Any]]:
    """What a run writes, without the time of extraction."""
    output = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with contextlib.redirect_stdout(output):
        tap_class(config=bearer(sandbox, start_date="2020-01-01"), state=state).run()
    written = [json.loads(line) for line in output.buffer.getvalue().splitlines()]
    for message in written:
        message.pop("time_extracted", None)
    return written


@pytest.mark.parametrize("shape", [{}, {"envelope": "meta", "links": "token"}], ids=str)
def test_declared_twins_write_the_same_messages(
    make_sandbox: MakeSandbox, shape: dict[str, Any]
) -> None:
    sandbox = make_sandbox(**shape)
    first = messages(TapAnalytics, sandbox)
    assert messages(Twins, sandbox) == first
    assert {message["stream"] for message in first if message["type"] == "RECORD"} == set(BUILT_IN)

    state = next(message["value"] for message in reversed(first) if message["type"] == "STATE")
    sandbox.advance()
    second = messages(TapAnalytics, sandbox, json.loads(json.dumps(state)))
    assert messages(Twins, sandbox, state) == second
