"""The demo: how it compares, and what it says and leaves behind."""

import os
import re
import signal
import socket
import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from demo.contents import Difference, compare, same_record, same_value
from demo.workspace import ROOT

WITHOUT_POSTGRES = "import demo.postgres as p; p.WHEEL = 'none'; p.SYSTEM_FOLDERS = (); "
SMALL = "import sys; from demo.__main__ import *; sys.exit(main(Options(port=0, scale=0.1)))"


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ("2025-01-01T12:00:00+02:00", datetime(2025, 1, 1, 10)),  # noqa: DTZ001  as PostgreSQL has it
        ("2025-01-01T10:00:00.5Z", datetime(2025, 1, 1, 10, 0, 0, 500_000, tzinfo=UTC)),
        ("2025-01-01", date(2025, 1, 1)),
        (Decimal("1.10"), Decimal("1.1")),
        (9007199254740993, Decimal(9007199254740993)),
        ({"a": [{"b": Decimal("0.10")}]}, {"a": [{"b": Decimal("0.1")}]}),
        ([], []),
        (None, None),
    ],
)
def test_values_that_say_the_same_are_equal(expected: object, found: object) -> None:
    assert same_value(expected, found)


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ("2025-01-01T12:00:00+02:00", datetime(2025, 1, 1, 12, tzinfo=UTC)),
        ("2025-01-01T10:00:00.000001Z", datetime(2025, 1, 1, 10, tzinfo=UTC)),
        ("2025-01-01", date(2025, 1, 2)),
        (Decimal("0.1"), 0.1),
        (9007199254740993, 9007199254740993.0),
        (9007199254740993, 9007199254740992),
        ("1", 1),
        (1, True),
        ("", None),
        ({}, None),
        ([1, 2], [2, 1]),
        ([1], [1, 1]),
        ({"a": None}, {}),
    ],
)
def test_values_that_differ_are_not_equal(expected: object, found: object) -> None:
    assert not same_value(expected, found)


def test_records_are_compared_without_the_columns_of_the_target() -> None:
    record = {"id": 1, "name": None}
    assert same_record(record, {"id": 1, "name": None, "_sdc_deleted_at": None, "_sdc_sequence": 7})
    assert same_record(record, {"id": 1})
    assert not same_record(record, {"id": 1, "name": None, "more": 1})


def test_comparison_names_what_is_missing_unexpected_and_unequal() -> None:
    expected = {1: {"id": 1}, 2: {"id": 2, "n": 1}, 3: {"id": 3}}
    found = {2: {"id": 2, "n": 2}, 3: {"id": 3}, 4: {"id": 4}}
    difference = compare(expected, found)
    assert difference == Difference(
        missing=frozenset({1}), unexpected=frozenset({4}), unequal=frozenset({2})
    )
    assert difference
    assert not compare(expected, expected)


def demo(code: str, **environment: str) -> subprocess.Popen[str]:
    """Start a demo that Python *code* describes, from another folder than the checkout."""
    inherited = {name: value for name, value in os.environ.items() if name != "TEST_POSTGRES_URL"}
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env={**inherited, "PYTHONPATH": str(ROOT), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def is_open(port: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(port))) == 0


@pytest.mark.parametrize("place", ["PostgreSQL", "JSONL"])
def test_demo_loads_all_streams_twice_and_finds_them_equal(place: str) -> None:
    code = SMALL if place == "PostgreSQL" else WITHOUT_POSTGRES + SMALL
    with demo(code, PATH=os.defpath) as process:
        output, errors = process.communicate()
    assert (process.returncode, errors) == (0, "")
    assert f"in {place}" in output
    assert ("set TEST_POSTGRES_URL" in output) == (place == "JSONL")
    assert len(re.findall(r"^  (\w+) +(\d+) +\2  equal$", output, re.MULTILINE)) == 16
    assert len(re.findall(r"^  (\w+) +(\d+ \+ \d+) +\2  equal$", output, re.MULTILINE)) == 16
    assert not is_open(re.findall(r"http://127\.0\.0\.1:(\d+)", output)[0])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_demo_stops_all_that_it_started(number: signal.Signals) -> None:
    with demo(SMALL) as process:
        assert process.stdout is not None
        output = ""
        while "$ meltano run" not in output:
            output += process.stdout.readline()
        ports = re.findall(r"127\.0\.0\.1:(\d+)", output)
        assert [is_open(port) for port in ports] == [True, True]
        process.send_signal(number)
        _, errors = process.communicate()
    assert process.returncode == 130
    assert errors == "demo: interrupted; all that it started is stopped\n"
    assert [is_open(port) for port in ports] == [False, False]


def test_demo_that_cannot_reach_the_database_says_so_in_one_line() -> None:
    with demo(SMALL, TEST_POSTGRES_URL="postgresql://me@127.0.0.1:1/mine") as process:
        _, errors = process.communicate()
    assert process.returncode == 1
    assert re.fullmatch(r"demo: connection failed: .*127\.0\.0\.1.* port 1 .*\n", errors)


def test_demo_shows_the_end_of_meltano_s_log_when_it_fails() -> None:
    code = "import demo.__main__ as d; d._tap_settings = lambda _: {}; " + SMALL
    with demo(code) as process:
        _, errors = process.communicate()
    assert process.returncode == 1
    *log, problem = errors.splitlines()
    assert "base_url" in "\n".join(log)
    assert problem.startswith("demo: `meltano run tap-analytics target-postgres` ended with exit")
