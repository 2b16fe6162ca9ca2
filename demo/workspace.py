"""Meltano, run apart from the user's own project.

A workspace is a Meltano project in a temporary folder with a copy of the checkout's `meltano.yml`.
So the user's settings, state and output are neither read nor touched. Only the plugins'
environments are kept, in `.meltano/demo-<Python version>` of the checkout, since they take longest
to make.
"""

import os
import shlex
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import IO

import yaml

ROOT = Path(__file__).resolve().parent.parent
"""The checkout."""

PLUGINS = ROOT / ".meltano" / "demo-{}.{}".format(*sys.version_info)
"""Where Meltano keeps the environments of the tap and the targets."""

OWN_PREFIXES = ("MELTANO_", "TAP_ANALYTICS_", "TARGET_")
"""Settings in the user's environment that must not leak in, but for how plugins are installed."""

LOG_TAIL_LINES = 15
STOP_SECONDS = 10.0


class MeltanoError(Exception):
    """A Meltano command failed.

    Args:
        command: The command as typed.
        status: Its exit status.
        log: All that it wrote to stderr.
    """

    def __init__(self, command: str, status: int, log: str) -> None:
        super().__init__(f"`{command}` ended with exit status {status}")
        self.log_tail = "\n".join(log.splitlines()[-LOG_TAIL_LINES:])


class Workspace:
    """A Meltano project in an empty folder.

    Args:
        folder: The folder; nothing else may be in it.
        settings: Environment variables that configure the plugins, by name.
    """

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self.folder = folder
        self._log = folder / "meltano.log"
        (folder / "meltano.yml").write_text(_project(), encoding="utf-8")
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name == "MELTANO_VENV_BACKEND" or not name.startswith(OWN_PREFIXES)
        }
        self._environment = inherited | {
            "MELTANO_SYS_DIR_ROOT": str(PLUGINS),
            "MELTANO_DATABASE_URI": f"sqlite:///{folder / 'meltano.db'}",
            "MELTANO_CLI_LOG_FORMAT": "uncolored",
            **settings,
        }

    def meltano(self, *arguments: str) -> str:
        """Run a Meltano command to its end.

        Returns:
            What it wrote to stdout.

        Raises:
            MeltanoError: It ended with another exit status than 0.
        """
        program = Path(sysconfig.get_path("scripts"), "meltano")
        with (
            self._log.open("w+", encoding="utf-8", errors="replace") as log,
            self._running([str(program), *arguments], log) as process,
        ):
            output, _ = process.communicate()
            if process.returncode:
                log.seek(0)
                command = shlex.join(["meltano", *arguments])
                raise MeltanoError(command, process.returncode, log.read())
        return output

    @contextmanager
    def _running(self, command: list[str], log: IO[str]) -> Iterator[subprocess.Popen[str]]:
        """Start *command* in a process group of its own, and leave none of it behind."""
        with subprocess.Popen(
            command,
            cwd=self.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                yield process
            finally:
                if process.poll() is None:
                    _stop_group(process)


def _project() -> str:
    """The checkout's meltano.yml, without what `meltano config` and `meltano select` add to it."""
    project = yaml.safe_load((ROOT / "meltano.yml").read_text(encoding="utf-8"))
    project["environments"] = [{"name": project["default_environment"]}]
    for plugin in chain.from_iterable(project["plugins"].values()):
        for key in ("config", "select"):
            plugin.pop(key, None)
        if plugin.get("pip_url") == "-e .":
            plugin["pip_url"] = f"-e {shlex.quote(str(ROOT))}"
    text: str = yaml.safe_dump(project, sort_keys=False)
    return text


def _stop_group(process: subprocess.Popen[str]) -> None:
    """End a process and all that it started: first politely, then for certain."""
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
