"""What an API holds and what a target has written, read and compared by value."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import set_json_loads

Record = Mapping[str, Any]
Rows = Mapping[Any, Record]
"""The records of one stream by their `id`."""

_exact_loads = partial(json.loads, parse_float=Decimal)


def by_id(records: Iterable[Record]) -> Rows:
    """Index *records* by `id`; of several with the same one the last counts, as in an upsert."""
    return {record["id"]: record for record in records}


def read_postgres(url: str, schema: str, streams: Iterable[str]) -> dict[str, Rows]:
    """Read the tables that target-postgres has written.

    Args:
        url: Where the server is.
        schema: The PostgreSQL schema that holds the tables.
        streams: The tables' names. One that does not exist counts as empty.

    Returns:
        The rows of each stream, with numbers in JSON columns as exact as they are stored.
    """
    with psycopg.connect(url, row_factory=dict_row) as connection:
        set_json_loads(_exact_loads, connection)
        return {stream: _table(connection, schema, stream) for stream in streams}


def _table(connection: psycopg.Connection[dict[str, Any]], schema: str, stream: str) -> Rows:
    found = connection.execute(
        "select 1 from information_schema.tables where table_schema = %s and table_name = %s",
        (schema, stream),
    )
    if found.fetchone() is None:
        return {}
    table = sql.Identifier(schema, stream)
    return by_id(connection.execute(sql.SQL("select * from {}").format(table)).fetchall())


def read_jsonl(folder: Path, streams: Iterable[str]) -> dict[str, Rows]:
    """Read the files that target-jsonl has written, `<stream>.jsonl` each; none counts as empty."""
    return {stream: _file(folder / f"{stream}.jsonl") for stream in streams}


def _file(path: Path) -> Rows:
    if not path.exists():
        return {}
    with path.open(encoding="utf-8") as lines:
        return by_id(_exact_loads(line) for line in lines)


@dataclass(frozen=True, kw_only=True)
class Difference:
    """The ids in which two sets of rows differ."""

    missing: frozenset[Any]
    """Expected and not found."""
    unexpected: frozenset[Any]
    """Found and not expected."""
    unequal: frozenset[Any]
    """Found with other values than expected."""

    def __bool__(self) -> bool:
        """Whether there is any difference."""
        return bool(self.missing or self.unexpected or self.unequal)


def compare(expected: Rows, found: Rows) -> Difference:
    """Tell where *found* differs from *expected*.

    Columns that a target adds (their names begin with `_sdc_`) do not count.
    """
    return Difference(
        missing=frozenset(expected.keys() - found.keys()),
        unexpected=frozenset(found.keys() - expected.keys()),
        unequal=frozenset(
            key
            for key in expected.keys() & found.keys()
            if not same_record(expected[key], found[key])
        ),
    )


def same_record(expected: Record, found: Record) -> bool:
    """Whether a stored row has the values of a record; an absent field equals a null."""
    names = {name for name in (*expected, *found) if not name.startswith("_sdc_")}
    return all(same_value(expected.get(name), found.get(name)) for name in names)


def same_value(expected: object, found: object) -> bool:
    """Whether a stored value says the same as the value in a record.

    Numbers are compared exactly, `1.10` equals `1.1`. A column of type timestamp holds an instant
    in UTC, to be compared as such with the text of a date-time, whatever its offset.
    """
    match expected, found:
        case str(), datetime():
            return _instant(expected) == found.replace(tzinfo=found.tzinfo or UTC)
        case str(), date():
            return expected == found.isoformat()
        case dict(), dict():
            return expected.keys() == found.keys() and all(
                same_value(expected[key], found[key]) for key in expected
            )
        case list(), list():
            return len(expected) == len(found) and all(map(same_value, expected, found))
        case _:
            return isinstance(expected, bool) == isinstance(found, bool) and expected == found


def _instant(text: str) -> datetime:
    parsed = datetime.fromisoformat(text)
    return parsed.replace(tzinfo=parsed.tzinfo or UTC)
