"""Keeps a rotated refresh token on disk, so that the next run can log in.

A single-use refresh token is worthless once it was exchanged: whoever loses its successor must
log in by hand. So the file is written before the new access token is used, completely or not at
all, and only one process at a time exchanges.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from tap_analytics.exceptions import AuthError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["TokenStore"]

LOCK_SECONDS = 60.0


class Stored(msgspec.Struct):
    """The file's content.

    Attributes:
        configured: Digest of the configured token that started the chain; another one in the
            config means that somebody logged in anew, and the file's token is out of date.
        refresh_token: The latest of the chain.
    """

    configured: str
    refresh_token: str


class TokenStore:
    """One refresh token in one file, mode 0600.

    Args:
        path: The file; it need not exist yet, its folder must.
        configured: The refresh token that the config gives.
    """

    def __init__(self, path: str, configured: str) -> None:
        self._path = Path(path).expanduser()
        self._configured = hashlib.sha256(configured.encode()).hexdigest()

    def read(self, current: str) -> str:
        """The latest token of the configured one's chain; *current* where the file holds none.

        Raises:
            AuthError: The file cannot be read, or is not a token store.
        """
        try:
            stored = msgspec.json.decode(self._path.read_bytes(), type=Stored)
        except FileNotFoundError:
            return current
        except OSError as error:
            raise AuthError(f"token_store: cannot read {self._path}: {error.strerror}") from None
        except (msgspec.MsgspecError, UnicodeDecodeError):
            raise AuthError(
                f"token_store: {self._path} is not a token store; move it away and log in anew"
            ) from None
        return stored.refresh_token if stored.configured == self._configured else current

    def write(self, refresh_token: str) -> None:
        """Replace the file: a new one is written, flushed to disk and renamed over the old.

        Raises:
            AuthError: It cannot be written.
        """
        content = msgspec.json.encode(Stored(self._configured, refresh_token))
        try:
            with (
                tempfile.NamedTemporaryFile(  # created with mode 0600
                    dir=self._path.parent, prefix=f".{self._path.name}.", delete=False
                ) as file,
                _removed_on_error(file.name),
            ):
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
                file.close()
                Path(file.name).replace(self._path)
        except OSError as error:
            raise AuthError(f"token_store: cannot write {self._path}: {error.strerror}") from None

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes from exchanging meanwhile.

        Raises:
            AuthError: Another process held the lock for a minute, or it cannot be made.
        """
        try:
            file = self._path.with_name(f"{self._path.name}.lock").open("a+b")
        except OSError as error:
            raise AuthError(f"token_store: cannot lock {self._path}: {error.strerror}") from None
        with file:
            deadline = time.monotonic() + LOCK_SECONDS
            while not _try_lock(file.fileno()):
                if time.monotonic() > deadline:
                    raise AuthError(f"token_store: another process keeps {self._path} locked")
                time.sleep(0.05)
            yield  # closing the file releases the lock


@contextlib.contextmanager
def _removed_on_error(name: str) -> Iterator[None]:
    try:
        yield
    except BaseException:
        Path(name).unlink()
        raise


def _try_lock(descriptor: int) -> bool:
    try:
        if os.name == "nt":
            import msvcrt  # noqa: PLC0415 - exists on Windows only

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl  # noqa: PLC0415 - exists on POSIX only

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
