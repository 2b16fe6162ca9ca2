"""The targets that the demo loads to, each with its settings and a way to read the result."""

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psycopg
from psycopg import sql

from demo.contents import Rows, read_jsonl, read_postgres


@dataclass(frozen=True, kw_only=True)
class Target:
    """A loader of meltano.yml, set up for one run of the demo."""

    name: str
    """Its name in meltano.yml."""
    place: str
    """What it writes to, in a word."""
    address: str
    """Where that is."""
    settings: Mapping[str, str]
    """Environment variables that configure it."""
    read: Callable[[Iterable[str]], dict[str, Rows]]
    """Reads what it has written of the streams named."""


@contextmanager
def target_postgres(url: str) -> Iterator[Target]:
    """Load to a schema of its own in the database at *url*; the schema is dropped at the end."""
    schema = f"tap_analytics_{secrets.token_hex(4)}"
    with psycopg.connect(url, autocommit=True) as connection:
        server = connection.info
        settings = {
            "TARGET_POSTGRES_HOST": server.host,
            "TARGET_POSTGRES_PORT": str(server.port),
            "TARGET_POSTGRES_USER": server.user,
            # The target wants a password, also where the server asks for none.
            "TARGET_POSTGRES_PASSWORD": server.password or "none",
            "TARGET_POSTGRES_DATABASE": server.dbname,
            "TARGET_POSTGRES_DEFAULT_TARGET_SCHEMA": schema,
        }
        try:
            yield Target(
                name="target-postgres",
                place="PostgreSQL",
                address=f"{server.host}:{server.port}, schema {schema}",
                settings=settings,
                read=partial(read_postgres, url, schema),
            )
        finally:
            drop = sql.SQL("drop schema if exists {} cascade").format(sql.Identifier(schema))
            connection.execute(drop)


def target_jsonl(folder: Path) -> Target:
    """Load to files in *folder*, an empty one."""
    return Target(
        name="target-jsonl",
        place="JSONL",
        address=str(folder),
        settings={"TARGET_JSONL_DESTINATION_PATH": str(folder)},
        read=partial(read_jsonl, folder),
    )
