from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import msgspec
import pytest

from tap_analytics.exceptions import AuthError
from tap_analytics.rest import token_store
from tap_analytics.rest.redact import Redactor
from tap_analytics.rest.token_store import TokenStore
from tap_analytics.spec import OAuth2RefreshToken

from .conftest import ask, connected

if TYPE_CHECKING:
    from pathlib import Path

    from tap_analytics.rest.connection import Connection
    from tap_analytics.sandbox import Sandbox
    from tests.conftest import MakeSandbox


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "token.json"


@pytest.fixture
def small(make_sandbox: MakeSandbox) -> Sandbox:
    return make_sandbox(scale=0.02, auth=("oauth2",))


def run(
    sandbox: Sandbox, path: Path, *, refresh_token: str = "", redactor: Redactor | None = None
) -> Connection:
    """What one process makes of the config."""
    auth = OAuth2RefreshToken(
        access_token_url=f"{sandbox.base_url}/oauth/token",
        client_id=sandbox.credentials.client_id,
        client_secret=sandbox.credentials.client_secret,
        refresh_token=refresh_token or sandbox.credentials.refresh_token,
    )
    return connected(sandbox.base_url, auth, token_store=str(path), redactor=redactor)


def stored(path: Path) -> str:
    token: str = msgspec.json.decode(path.read_bytes())["refresh_token"]
    return token


def test_read_gives_the_current_token_where_nothing_is_stored(path: Path) -> None:
    assert TokenStore(str(path), "first").read("first") == "first"


def test_read_gives_what_was_written_for_the_same_configured_token(path: Path) -> None:
    TokenStore(str(path), "first").write("second")
    TokenStore(str(path), "first").write("third")

    assert TokenStore(str(path), "first").read("first") == "third"


def test_read_gives_the_current_token_where_another_one_was_configured_since(path: Path) -> None:
    TokenStore(str(path), "first").write("second")

    assert TokenStore(str(path), "logged in anew").read("logged in anew") == "logged in anew"


def test_write_makes_a_file_that_only_its_owner_may_read(path: Path) -> None:
    TokenStore(str(path), "first").write("second")

    assert path.stat().st_mode & 0o777 == 0o600


def test_write_narrows_a_file_that_others_may_read(path: Path) -> None:
    path.write_text("{}")
    path.chmod(0o644)

    TokenStore(str(path), "first").write("second")

    assert path.stat().st_mode & 0o777 == 0o600


def test_write_replaces_the_file_whole_and_leaves_no_other_behind(path: Path) -> None:
    store = TokenStore(str(path), "first")
    store.write("second")
    with path.open("rb") as before:
        store.write("third")
        content = before.read()

    assert msgspec.json.decode(content)["refresh_token"] == "second"
    assert stored(path) == "third"
    assert list(path.parent.iterdir()) == [path]


def test_file_does_not_hold_the_configured_token(path: Path) -> None:
    TokenStore(str(path), "first-token").write("second-token")

    assert b"first-token" not in path.read_bytes()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"refresh_token": "x"}',
        b'{"configured": "\xff", "refresh_token": "x"}',
        b"\xff\xfe",
    ],
    ids=["empty", "cut off", "list", "field missing", "no UTF-8 inside", "no UTF-8"],
)
def test_read_refuses_a_broken_file(path: Path, content: bytes) -> None:
    path.write_bytes(content)

    with pytest.raises(AuthError) as caught:
        TokenStore(str(path), "first").read("first")

    assert str(caught.value) == (
        f"token_store: {path} is not a token store; move it away and log in anew"
    )


def test_read_refuses_a_folder(tmp_path: Path) -> None:
    with pytest.raises(AuthError) as caught:
        TokenStore(str(tmp_path), "first").read("first")

    assert str(caught.value) == f"token_store: cannot read {tmp_path}: Is a directory"


def test_write_into_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "token.json"

    with pytest.raises(AuthError) as caught:
        TokenStore(str(path), "first").write("second")

    assert str(caught.value) == f"token_store: cannot write {path}: No such file or directory"


def test_write_that_fails_leaves_no_copy_of_the_token_behind(tmp_path: Path) -> None:
    folder = tmp_path / "token.json"
    (folder / "inside").mkdir(parents=True)

    with pytest.raises(AuthError, match="cannot write"):
        TokenStore(str(folder), "first").write("second")

    assert list(tmp_path.iterdir()) == [folder]


def test_lock_that_is_held_elsewhere_is_an_error_in_the_end(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(token_store, "LOCK_SECONDS", 0.0)

    with (
        TokenStore(str(path), "first").locked(),
        pytest.raises(AuthError) as caught,
        TokenStore(str(path), "first").locked(),
    ):
        pass

    assert str(caught.value) == f"token_store: another process keeps {path} locked"


def test_lock_is_free_again_after_an_error(path: Path) -> None:
    store = TokenStore(str(path), "first")
    with pytest.raises(RuntimeError), store.locked():
        raise RuntimeError

    with store.locked():
        assert not path.exists()


def test_path_in_the_home_folder_is_expanded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))

    TokenStore("~/token.json", "first").write("second")

    assert stored(tmp_path / "token.json") == "second"


def test_rotated_token_is_stored_before_the_access_token_is_used(
    small: Sandbox, path: Path
) -> None:
    run(small, path).auth.signature()

    assert stored(path) != small.credentials.refresh_token
    assert [entry.path for entry in small.log] == ["/oauth/token"]


def test_next_run_logs_in_with_the_stored_token(small: Sandbox, path: Path) -> None:
    for _ in range(3):
        ask(run(small, path))

    assert [entry.status for entry in small.log] == [200] * 6


def test_next_run_cannot_log_in_without_a_store(small: Sandbox, tmp_path: Path) -> None:
    ask(run(small, tmp_path / "first.json"))

    with pytest.raises(AuthError, match="400 invalid_grant"):
        ask(run(small, tmp_path / "second.json"))


def test_renewal_takes_the_token_that_another_process_rotated(small: Sandbox, path: Path) -> None:
    mine, other = run(small, path), run(small, path)
    ask(mine)
    ask(other)
    small.advance(hours=2)

    ask(mine)

    assert [entry.status for entry in small.log if entry.path == "/oauth/token"] == [200] * 3


def test_processes_that_log_in_at_the_same_time_take_turns(small: Sandbox, path: Path) -> None:
    connections = [run(small, path) for _ in range(6)]
    threads = [threading.Thread(target=ask, args=(connection,)) for connection in connections]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [entry.status for entry in small.log] == [200] * 12


def test_newly_configured_token_wins_over_the_stored_one(small: Sandbox, path: Path) -> None:
    ask(run(small, path))
    fresh = stored(path)
    TokenStore(str(path), small.credentials.refresh_token).write("revoked")

    ask(run(small, path, refresh_token=fresh))

    assert [entry.status for entry in small.log] == [200] * 4


def test_nothing_is_exchanged_where_the_new_token_could_not_be_kept(
    small: Sandbox, tmp_path: Path
) -> None:
    path = tmp_path / "missing" / "token.json"

    with pytest.raises(AuthError) as caught:
        ask(run(small, path))

    assert str(caught.value) == f"token_store: cannot lock {path}: No such file or directory"
    assert small.log == []


def test_nothing_is_exchanged_where_the_store_is_broken(small: Sandbox, path: Path) -> None:
    path.write_text("{}")

    with pytest.raises(AuthError, match="is not a token store"):
        ask(run(small, path))

    assert small.log == []


def test_token_from_the_store_is_redacted(small: Sandbox, path: Path) -> None:
    """It came from an earlier run, so neither the config nor an answer had made it known."""
    redactor = Redactor()
    TokenStore(str(path), small.credentials.refresh_token).write("revoked-elsewhere")

    with pytest.raises(AuthError, match="400 invalid_grant"):
        ask(run(small, path, redactor=redactor))

    assert redactor.text("revoked-elsewhere") == "(redacted)"
