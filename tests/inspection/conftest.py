"""Runs the command in process, on a config that is written to a file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from click.testing import CliRunner

from tap_analytics.inspection.command import main
from tests.command import written
from tests.rest.conftest import serve

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

__all__ = ["serve"]


class RunCommand(Protocol):
    """Runs ``tap-analytics-config`` on configs, or on files of which the paths are given."""

    def __call__(
        self, command: str, *configs: Any, options: tuple[str, ...] = (), columns: int = 100
    ) -> Result: ...


class ReadCommand(Protocol):
    """The same with ``--json``, and the document that comes of it."""

    def __call__(
        self, command: str, *configs: Any, options: tuple[str, ...] = (), status: int = 0
    ) -> dict[str, Any]: ...


@pytest.fixture
def run(tmp_path: Path) -> RunCommand:
    def run_on(
        command: str, *configs: Any, options: tuple[str, ...] = (), columns: int = 100
    ) -> Result:
        paths = [
            str(written(tmp_path / f"config{at}.json", config))
            if isinstance(config, dict)
            else str(config)
            for at, config in enumerate(configs)
        ]
        environment = {"COLUMNS": str(columns)}
        result = CliRunner().invoke(main, [command, *paths, *options], env=environment)
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result

    return run_on


@pytest.fixture
def read(run: RunCommand) -> ReadCommand:
    def read_from(
        command: str, *configs: Any, options: tuple[str, ...] = (), status: int = 0
    ) -> dict[str, Any]:
        result = run(command, *configs, options=(*options, "--json"))
        assert result.exit_code == status, result.output
        content: dict[str, Any] = json.loads(result.stdout)
        return content

    return read_from


def things(
    base_url: str, *, endpoint: dict[str, Any] | None = None, **entry: Any
) -> dict[str, Any]:
    """A config with the one resource ``things``, tried once."""
    endpoint = {"path": "/things", **(endpoint or {})}
    return {
        "client": {"base_url": base_url},
        "max_retries": 0,
        "resources": [{"name": "things", **entry, "endpoint": endpoint}],
    }


def by_name(content: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in content["resources"]}
