from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

import pytest
import requests

from .client import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EVERY_CREDENTIAL = [
    "client_id",
    "client_secret",
    "refresh_token",
    "token",
    "api_key",
    "username",
    "password",
]
COMMAND = (sys.executable, "-m", "tap_analytics.sandbox")


@contextmanager
def running(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], IO[str]]]:
    """The command, and what it prints; killed if the test fails."""
    process = subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        try:
            yield process, process.stdout
        finally:
            process.kill()


def refused(*arguments: str) -> tuple[int, str]:
    """Status and the one line of a command that does not start."""
    done = subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("tap-analytics-sandbox: ")
    return done.returncode, done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot send these signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serves_until_a_signal_and_ends_with_status_0(number: signal.Signals) -> None:
    with running("--scale", "0.1") as (process, output):
        base_url = output.readline().removeprefix("base_url: ").rstrip()
        answer = requests.get(
            f"{base_url}/v1/ips", {"api_key": "test-api-key"}, timeout=TIMEOUT_SECONDS
        )
        process.send_signal(number)
        _, errors = process.communicate(timeout=TIMEOUT_SECONDS)
    assert base_url.startswith("http://127.0.0.1:")
    assert answer.status_code == 200
    assert (process.returncode, errors) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ((), EVERY_CREDENTIAL),
        (("--auth", "basic,bearer"), ["token", "username", "password"]),
        (("--auth", "basic", "--auth", "api_key"), ["api_key", "username", "password"]),
        (("--auth", "session"), ["username", "password"]),
        (("--auth", "none"), []),
    ],
    ids=["all", "list", "repeated", "session", "none"],
)
def test_prints_the_credentials_it_accepts(arguments: tuple[str, ...], names: list[str]) -> None:
    with running("--scale", "0.1", *arguments) as (_, output):
        lines = [output.readline().rstrip() for _ in range(2 + len(names))]
    found = dict(line.split(": ", maxsplit=1) for line in lines)
    assert list(found) == ["base_url", "auth", *names]
    assert all(found.values())


def test_options_reach_the_server() -> None:
    options = "--json-api off --filters off --totals absent --max-page-size 3 --links token"
    with running("--scale", "0.1", "--auth", "none", *options.split()) as (_, output):
        base_url = output.readline().removeprefix("base_url: ").rstrip()
        accounts, drawers = [
            requests.get(f"{base_url}/v1/{name}", timeout=TIMEOUT_SECONDS).json()
            for name in ("accounts", "cash_drawers")
        ]
    assert "owner_id" in accounts["data"][0]
    assert "/" not in accounts["links"]["next"]
    assert list(drawers) == ["data"]
    assert len(drawers["data"]) == 3


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (
            ("--port", "70000"),
            "port: 70000 is not allowed; allowed: a whole number from 0 to 65535",
        ),
        (("--port", "http"), "'http'"),
        (("--scale", "nan"), "scale: nan is not allowed"),
        (("--scale", "0"), "scale: 0.0 is not allowed"),
        (("--auth", "digest"), "auth: 'digest' is not allowed; allowed: all, oauth2"),
        (("--auth", "basic,"), "auth: '' is not allowed"),
        (("--totals", "some"), "'present', 'absent', 'mixed'"),
        (("--faults", "429"), "faults: '429' has no rate"),
        (("--faults", "rest:0.1"), "faults: 'rest' is no fault"),
        (("--empty-pages", "1"), "empty_pages: 1 is not allowed"),
        (("--nothing",), "--nothing"),
    ],
)
def test_wrong_argument_is_one_line_and_status_2(
    arguments: tuple[str, ...], complaint: str
) -> None:
    status, line = refused(*arguments)
    assert status == 2
    assert complaint in line


def test_taken_port_is_one_line_and_status_1() -> None:
    with running("--scale", "0.1") as (_, output):
        port = output.readline().rstrip().rpartition(":")[2]
        status, line = refused("--port", port)
    assert status == 1
    assert f"127.0.0.1:{port}: " in line


def test_missing_script_is_one_line_and_status_1(tmp_path: Path) -> None:
    status, line = refused("--faults", f"@{tmp_path / 'none.json'}")
    assert status == 1
    assert "none.json: No such file" in line


@pytest.mark.parametrize("missing", ["starlette", "uvicorn"])
def test_missing_extra_is_one_line_that_tells_what_to_install(missing: str) -> None:
    code = (
        f"import sys; sys.modules[{missing!r}] = None; "
        "from tap_analytics.sandbox.__main__ import main; main([])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 1
    assert done.stderr == (
        f"tap-analytics-sandbox: needs {missing}; pip install 'tap-analytics[sandbox]'\n"
    )


def test_help_explains_every_option_and_every_fault() -> None:
    done = subprocess.run(
        [*COMMAND, "--help"], capture_output=True, text=True, timeout=30, check=True
    )
    words = (
        "--port --host --seed --scale --latency-ms --auth --token-lifetime --totals "
        "--max-page-size --empty-pages --links --envelope --filters --json-api --faults "
        "status 429 5xx 401 reset truncate html slow cycle foreign_link redirect child_404 "
        "error_200 empty_body null_data nan skip times match retry_after "
        "/v1 /paging/KIND customers events page_number_0_total offset_body last_record /login"
    )
    assert [word for word in words.split() if word not in done.stdout] == []
