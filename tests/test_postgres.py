"""The server that the demo and the tests start."""

from pathlib import Path

import psycopg
import pytest

from demo import postgres as module
from demo.postgres import PostgresError, PostgresUnavailableError, find_programs, postgres


def answer(url: str, query: str) -> object:
    with psycopg.connect(url, connect_timeout=5) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def test_server_answers_within_the_block_and_is_gone_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("TEST_POSTGRES_URL", raising=False)
    with postgres() as url:
        assert answer(url, "show listen_addresses") == "127.0.0.1"
        folder = Path(str(answer(url, "show data_directory")))
        assert folder.exists()
    with pytest.raises(psycopg.OperationalError):
        answer(url, "select 1")
    assert not folder.parent.exists()


def test_server_stops_when_the_block_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEST_POSTGRES_URL", raising=False)
    with pytest.raises(psycopg.errors.DivisionByZero), postgres() as url:
        answer(url, "select 1 / 0")
    with pytest.raises(psycopg.OperationalError):
        answer(url, "select 1")


def test_two_servers_run_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEST_POSTGRES_URL", raising=False)
    with postgres() as one, postgres() as other:
        with psycopg.connect(one) as connection:
            connection.execute("create table here ()")
        assert answer(other, "select count(*) from pg_tables where tablename = 'here'") == 0


def test_existing_server_is_used_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_POSTGRES_URL", "postgresql://me@127.0.0.1:1/mine")
    with postgres() as url:
        assert url == "postgresql://me@127.0.0.1:1/mine"


def test_machine_without_a_server_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEST_POSTGRES_URL", raising=False)
    monkeypatch.setattr(module, "WHEEL", "no_such_package")
    monkeypatch.setattr(module, "SYSTEM_FOLDERS", ())
    monkeypatch.setenv("PATH", "")
    with pytest.raises(PostgresUnavailableError, match="set TEST_POSTGRES_URL"), postgres():
        pass


def test_newest_installed_server_is_taken_where_there_is_no_wheel(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for version in ("9.6", "15", "18"):
        folder = tmp_path / version / "bin"
        folder.mkdir(parents=True)
        (folder / "pg_ctl").touch()
    monkeypatch.setattr(module, "WHEEL", "no_such_package")
    monkeypatch.setattr(module, "SYSTEM_FOLDERS", (f"{tmp_path}/*/bin",))
    monkeypatch.setenv("PATH", "")
    assert find_programs() == tmp_path / "18" / "bin"


def test_failure_to_start_tells_the_reason_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    programs = tmp_path / "package" / "pginstall" / "bin"
    programs.mkdir(parents=True)
    initdb = programs / "initdb"
    initdb.write_text("#!/bin/sh\necho 'running' >&2\necho 'error: disk is full' >&2\nexit 1\n")
    initdb.chmod(0o755)
    (programs / "pg_ctl").touch()
    monkeypatch.delenv("TEST_POSTGRES_URL", raising=False)
    monkeypatch.setattr(module, "WHEEL", "no_such_package")
    monkeypatch.setattr(module, "SYSTEM_FOLDERS", (str(programs),))
    monkeypatch.setenv("PATH", "")
    with (
        pytest.raises(PostgresError, match=r"^PostgreSQL: initdb failed: error: disk is full$"),
        postgres(),
    ):
        pass
