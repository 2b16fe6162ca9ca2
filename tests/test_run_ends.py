"""Ends of a run that come from outside."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.conftest import bearer

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakeSandbox, RunTap


def start(config: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tap_analytics", "--config", str(config)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_closed_pipe_is_told_in_one_line(make_sandbox: MakeSandbox, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps(bearer(make_sandbox())))
    with start(config) as tap:
        assert tap.stdout
        assert tap.stderr
        tap.stdout.readline()
        tap.stdout.close()
        log = tap.stderr.read().decode()

    assert tap.returncode == 1
    errors = [line for line in log.splitlines() if "ERROR" in line]
    assert [line.rpartition("| ")[2] for line in errors] == [
        "the target closed the pipe before the end"
    ]
    assert "Traceback" not in log


def test_signal_is_no_success(make_sandbox: MakeSandbox, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps(bearer(make_sandbox(latency_ms=50))))
    with start(config) as tap:
        assert tap.stdout
        tap.stdout.readline()
        tap.send_signal(signal.SIGTERM)
        _, log = tap.communicate()

    assert tap.returncode == 1
    assert b"stopped by a signal before the end" in log


def test_children_of_a_failed_parent_are_told_as_incomplete(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    sandbox = make_sandbox()
    sandbox.add_fault({"path": "/v1/customers", "fault": "status", "status": 403, "times": 0})
    outcome = run_tap(bearer(sandbox), only=("customers", "businesses"))

    assert outcome.status == 1
    assert len(outcome.tap.failures) == 2
