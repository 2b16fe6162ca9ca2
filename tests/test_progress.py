"""The status line on a terminal."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tap_analytics.progress import CLEAR_LINE, Progress
from tests.conftest import bearer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import MakeSandbox, RunTap

LINE = re.compile(
    r"(\d+)/(\d+) streams · ([\d,]+) records · ([\d,]+) pages · ([\d,]+) requests · "
    r"[\d,]+ records/s · (\w*)"
)


@pytest.fixture
def handler() -> Iterator[logging.StreamHandler[io.StringIO]]:
    handler = logging.StreamHandler(io.StringIO())
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)


def test_line_tells_counts_rate_and_the_stream_at_work() -> None:
    progress = Progress(io.StringIO())
    progress.start(16)
    progress.done = 3
    progress.add("events", records=12_345, pages=124)
    progress.add("events", requests=125)
    match = LINE.fullmatch(progress.line())
    assert match
    assert match.groups() == ("3", "16", "12,345", "124", "125", "events")


def test_first_count_is_drawn_and_the_next_ones_wait_for_their_time() -> None:
    output = io.StringIO()
    progress = Progress(output, force=True)
    progress.start(2)
    for _ in range(1000):
        progress.add("events", records=1)
    drawn = output.getvalue().split(CLEAR_LINE)
    assert drawn[1].startswith("0/2 streams · 1 records")
    assert len(drawn) < 100


def test_close_leaves_the_last_line_standing_once() -> None:
    output = io.StringIO()
    progress = Progress(output, force=True)
    progress.start(2)
    progress.add("events", records=1)
    progress.add("prices", records=1)
    progress.close()
    progress.close()
    last = output.getvalue().rpartition(CLEAR_LINE)[2]
    assert last.startswith("0/2 streams · 2 records")
    assert output.getvalue().count("\n") == 1


def test_log_records_take_the_line_s_place(
    handler: logging.StreamHandler[io.StringIO],
) -> None:
    output = io.StringIO()
    progress = Progress(output, force=True)
    progress.start(2)
    logging.getLogger("any").warning("said something")
    assert set(output.getvalue().split(CLEAR_LINE)) == {""}
    progress.close()
    closed = output.getvalue()
    logging.getLogger("any").warning("said more")
    assert output.getvalue() == closed
    assert CLEAR_LINE in closed
    assert handler.stream.getvalue() == "said something\nsaid more\n"


def test_output_that_is_no_terminal_stays_empty(
    handler: logging.StreamHandler[io.StringIO],
) -> None:
    output = io.StringIO()
    progress = Progress(output)
    progress.start(2)
    progress.add("events", records=1)
    logging.getLogger("any").warning("said something")
    progress.close()
    assert output.getvalue() == ""
    assert handler.filters == []


def test_run_counts_what_it_does(make_sandbox: MakeSandbox, run_tap: RunTap) -> None:
    sandbox = make_sandbox(max_page_size=20)
    outcome = run_tap(bearer(sandbox), only=("events", "prices"))
    progress = outcome.tap.progress
    assert (progress.done, progress.streams) == (2, 2)
    assert progress.records == len(sandbox.truth("events")) + len(sandbox.truth("prices"))
    assert progress.requests == progress.pages == len(sandbox.log)


def test_log_records_are_left_alone_before_the_start() -> None:
    output = io.StringIO()
    Progress(output, force=True)
    logging.getLogger("any").warning("said something")
    assert output.getvalue() == ""


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="this platform has no pseudo-terminals")
def test_terminal_shows_the_line_while_standard_output_is_a_pipe(
    make_sandbox: MakeSandbox, tmp_path: Path
) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps(bearer(make_sandbox(scale=0.02))))
    ours, theirs = os.openpty()
    with (
        (tmp_path / "output").open("wb") as output,
        subprocess.Popen(
            [sys.executable, "-m", "tap_analytics", "--config", config],
            stdout=output,
            stderr=theirs,
            env={**os.environ, "LOGLEVEL": "ERROR"},
        ) as run,
    ):
        os.close(theirs)
        shown = read_all(ours)
    assert run.returncode == 0
    assert CLEAR_LINE + "16/16 streams" in shown
    assert "\x1b" not in (tmp_path / "output").read_text("utf-8")


def read_all(terminal: int) -> str:
    """What was written to a pseudo-terminal until its other end is closed."""
    shown = b""
    with contextlib.suppress(OSError), os.fdopen(terminal, "rb", buffering=0) as file:
        while chunk := file.read(65_536):
            shown += chunk
    return shown.decode()
