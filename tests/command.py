"""The command line, run as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

BYTECODE = tempfile.TemporaryDirectory(prefix="tap-analytics-")  # starts are thrice as fast with it


@dataclass(frozen=True)
class Finished:
    """A command that ended."""

    status: int
    output: str
    log: str

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The lines of standard output, each of which is JSON."""
        return [json.loads(line) for line in self.output.split("\n")[:-1]]

    def lines(self, level: str) -> list[str]:
        """What was logged at one level, without time and logger."""
        found = [line.split(" | ", 3) for line in self.log.splitlines()]
        return [parts[3] for parts in found if len(parts) == 4 and parts[1].strip() == level]

    @property
    def mistake(self) -> str:
        """The one line that tells of a mistake; fails where the rest is not as it should be."""
        (line,) = self.lines("ERROR")
        assert self.status == 1
        assert "Traceback" not in self.log
        return line


def tap(
    *arguments: str | Path, environment: dict[str, str] | None = None, given: str = ""
) -> Finished:
    """Run ``python -m tap_analytics`` with no setting from the environment but *environment*."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("TAP_ANALYTICS_") and name != "PYTHONDONTWRITEBYTECODE"
    }
    done = subprocess.run(
        [sys.executable, "-m", "tap_analytics", *arguments],
        input=given,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
        env={
            **inherited,
            "LOGLEVEL": "INFO",
            "PYTHONPYCACHEPREFIX": BYTECODE.name,
            **(environment or {}),
        },
    )
    return Finished(done.returncode, done.stdout, done.stderr)


def written(path: Path, content: Any) -> Path:
    """*path* with *content*, as JSON where it is no text."""
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return path
