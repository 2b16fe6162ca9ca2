"""The command line: help, mistakes, and how it ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from importlib import metadata
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from tap_analytics.inspection.command import main
from tests.command import written
from tests.inspection.conftest import things
from tests.rest.conftest import Answer

if TYPE_CHECKING:
    from pathlib import Path

    from tests.inspection.conftest import RunCommand
    from tests.rest.conftest import Serve

COMMANDS = ("check", "probe", "convert")
COMMAND = [sys.executable, "-c", "from tap_analytics.inspection.command import main; main()"]


def test_command_is_installed() -> None:
    (command,) = metadata.entry_points(group="console_scripts", name="tap-analytics-config")
    assert command.load() is main


@pytest.mark.parametrize("command", COMMANDS)
def test_help_says_what_a_command_does_with_an_example(command: str) -> None:
    result = CliRunner().invoke(main, [command, "--help"])

    assert result.exit_code == 0
    assert f"Example: tap-analytics-config {command} " in result.stdout


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["chek", "x"], "Error: No such command 'chek'. Did you mean 'check'?"),
        (["check"], "Error: Missing argument 'FILE...'."),
        (["check", "--yaml", "x"], "Error: No such option"),
        (["--wat"], "Error: No such option"),
    ],
)
def test_wrong_argument_is_one_line(arguments: list[str], problem: str) -> None:
    result = CliRunner().invoke(main, arguments)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines()[0].startswith(problem)
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "No such file or directory"),
        ("{", "is not JSON (Expecting property name"),
        ("[]", "is not a JSON object"),
        ('{"client": {}}', "client.base_url: is missing; give the API's root"),
        ('{"cliant": 1}', "cliant: unknown key; did you mean 'client'?"),
    ],
    ids=["no file", "no JSON", "no object", "no URL", "near miss"],
)
def test_config_that_is_wrong_is_one_line_each_problem(
    run: RunCommand, tmp_path: Path, command: str, content: str | None, problem: str
) -> None:
    path = tmp_path / "wrong.json"
    if content is not None:
        path.write_text(content)
    result = run(command, path)

    told = result.stdout if command == "check" else result.stderr
    assert result.exit_code == 1
    assert any(problem in line for line in told.splitlines())
    assert result.output == told
    assert "Traceback" not in told


@pytest.mark.parametrize("command", ["probe", "convert"])
def test_secret_in_a_problem_is_not_shown(run: RunCommand, command: str) -> None:
    config = things("https://api.example.com", endpoint={"paginator": "hush-hush-42"})
    result = run(command, {**config, "token": "hush-hush-42"})

    assert result.exit_code == 1
    assert "'(redacted)' is not a paginator" in result.stderr
    assert "hush" not in result.output


def test_process_ends_with_the_status_and_without_log_lines(tmp_path: Path, serve: Serve) -> None:
    server = serve(Answer([{"id": 1, "näme": "\ud800".encode("utf-8", "replace").decode()}]))
    path = written(tmp_path / "config.json", things(server.base_url, primary_key="id"))
    done = subprocess.run(
        [*COMMAND, "probe", str(path)],
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
        env={**os.environ, "COLUMNS": "60"},
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("things\n  request    GET http://127.0.0.1:")
    assert max(map(len, done.stdout.splitlines())) <= 60


def heed_interrupts() -> None:
    """A shell lets its background jobs ignore them, and so do their children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_interrupt_ends_the_command_with_status_1(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        path = written(tmp_path / "config.json", things(url))
        command: Any = [*COMMAND, "probe", str(path)]
        with (
            subprocess.Popen(
                command,
                stdout=-1,
                stderr=-1,
                encoding="utf-8",
                preexec_fn=heed_interrupts,  # noqa: PLW1509 - no other thread holds a lock here
            ) as process,
            silent.accept()[0] as connection,
        ):
            connection.recv(1)  # from now on it waits for an answer
            process.send_signal(signal.SIGINT)
            output, log = process.communicate(timeout=30)

    assert process.returncode == 1
    assert output == ""
    assert log.strip() == "Aborted!"
