"""dlt's ``columns``: what a config says of single fields, laid over a stream's schema.

A column declares what a field's values are; it converts none, as nothing in the tap does. So a
decimal is a number where the API writes numbers, and where it writes texts it is a text of the
format ``x-singer.decimal``, of which SQL targets make a column of numbers all the same. A wei may
exceed 64 bits and is handled like a decimal. Precision and scale reach no target, for the SDK's
catalog has no place for them, and a column of numbers keeps all digits without them.

Over sampled records a column wins only where it holds what they hold, for a target ends the run
at a value that the schema does not allow.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from tap_analytics.check import build, nearest
from tap_analytics.declared.hints import LOADER
from tap_analytics.records.infer import ANY, union

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from tap_analytics.check import Problems

__all__ = ["key_columns", "lay", "merged", "property_at", "read_columns", "with_null"]

logger: Final = logging.getLogger("tap-analytics.config")
WITHOUT_EFFECT = frozenset(
    {
        "cluster",
        "dedup_sort",
        "foreign_key",
        "hard_delete",
        "incremental",
        "merge_key",
        "parent_key",
        "partition",
        "precision",
        "root_key",
        "row_key",
        "scale",
        "sort",
        "timezone",
        "unique",
        "variant",
    }
)
SCHEMAS: Mapping[str, dict[str, Any]] = {
    "bigint": {"type": ["integer"]},
    "binary": {"type": ["string"], "contentEncoding": "base64"},
    "bool": {"type": ["boolean"]},
    "date": {"type": ["string"], "format": "date"},
    "decimal": {"type": ["number"]},
    "double": {"type": ["number"]},
    "json": {"type": sorted(ANY)},
    "text": {"type": ["string"]},
    "time": {"type": ["string"], "format": "time"},
    "timestamp": {"type": ["string"], "format": "date-time"},
    "wei": {"type": ["number"]},
}
DECIMALS = frozenset({"decimal", "wei"})
HELD_FORMATS = {"date-time": {"date-time", "date"}, "date": {"date"}}


class Column(Struct, frozen=True, kw_only=True):
    """What has an effect of a column's hints."""

    data_type: (
        Literal[
            "bigint",
            "binary",
            "bool",
            "date",
            "decimal",
            "double",
            "json",
            "text",
            "time",
            "timestamp",
            "wei",
        ]
        | UnsetType
    ) = UNSET
    nullable: bool | UnsetType = UNSET
    primary_key: bool | UnsetType = UNSET
    description: str | UnsetType = UNSET


def read_columns(columns: Any, path: str, problems: Problems) -> dict[str, dict[str, Any]]:
    """Columns by name, each with the fields of `Column` that it gives.

    Args:
        columns: An object of columns by name, or a list of columns with names.
        path: Config path, for messages.
        problems: Takes in what is wrong.
    """
    read: dict[str, dict[str, Any]] = {}
    idle: set[str] = set()
    for name, hints, place in _named(columns, path, problems):
        if not isinstance(hints, dict):
            problems.add(place, 'is not an object, such as {"data_type": "text"}')
            continue
        if name in read:
            problems.add(place, f"{name!r} is declared twice")
        given = {key: value for key, value in hints.items() if value is not None and key != "name"}
        without = {key for key in given if key in WITHOUT_EFFECT or key.startswith("x-")}
        idle |= {key for key in without if given[key] is not False}
        known = {key: value for key, value in given.items() if key not in without}
        column = build(Column, known, place, problems)
        read[name] = {} if column is None else msgspec.to_builtins(column)
    if idle:
        named = ", ".join(sorted(idle))
        verb = "has" if len(idle) == 1 else "have"
        logger.warning("%s: %s %s no effect; %s", path, named, verb, LOADER)
    return read


def _named(columns: Any, path: str, problems: Problems) -> Iterator[tuple[str, Any, str]]:
    """Each column's name, hints and config path."""
    if isinstance(columns, dict):
        yield from ((name, hints, f"{path}.{name}") for name, hints in columns.items())
    elif isinstance(columns, list):
        for index, hints in enumerate(columns):
            name = hints.get("name") if isinstance(hints, dict) else None
            if isinstance(name, str) and name:
                yield name, hints, f"{path}[{index}]"
            else:
                problems.add(f"{path}[{index}].name", "is missing")
    else:
        problems.add(path, "is neither an object of columns by name nor a list of columns")


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of two layers, merged by name and hint, as dlt merges them."""
    return {**below, **{name: {**below.get(name, {}), **hints} for name, hints in above.items()}}


def key_columns(columns: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """The columns that say that they are of the primary key."""
    return tuple(name for name, hints in columns.items() if hints.get("primary_key"))


def lay(
    schema: Mapping[str, Any],
    columns: Mapping[str, Mapping[str, Any]],
    *,
    primary_keys: Collection[str],
    stream: str,
    sampled: Mapping[str, bool] | None = None,
) -> dict[str, Any]:
    """A stream's *schema* with *columns* over it, as a new dict.

    Where no property has a column's name, ``a__b`` is the field ``b`` of the object ``a``, which
    dlt makes a column so; else it is a new property.

    Args:
        schema: JSON Schema of the stream's records.
        columns: As `read_columns` gives them.
        primary_keys: Of the stream; never nullable.
        stream: Its name, for messages.
        sampled: Where the schema is inferred, the fields that had a value in the sample, and
            whether each value was true, false, 0 or 1.
    """
    laid = dict(schema)
    for name, hints in columns.items():
        path = _path(schema, name)
        below = property_at(schema, path)
        known = below
        if sampled is not None and path == (name,) and name not in sampled:
            known = None  # a field that was always null is called a text for want of a better
            if below is None and sampled:
                _warn_of_unknown(name, schema["properties"], stream)
        property_ = _property(hints, known or {})
        if sampled is not None and known is not None:
            what = f"{stream}: column {name!r}"
            flag = path == (name,) and sampled[name]
            property_ = _holding(property_, known, hints, what, flag=flag)
        types = _types(below or {})
        nullable = name not in primary_keys and hints.get("nullable", not types or "null" in types)
        laid = _with(laid, path, with_null(property_, null=nullable))
    return laid


def _warn_of_unknown(name: str, names: Collection[str], stream: str) -> None:
    by_lower = {each.lower(): each for each in names}
    near = nearest(name, by_lower)
    guess = f"; did you mean {by_lower[near]!r}?" if near else ""
    logger.warning("%s: column %r is in no sampled record%s", stream, name, guess)


def _path(schema: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Where the field is that a column's *name* means; the name itself where there is none."""
    properties = schema.get("properties", {})
    if name not in properties:
        for head, inner in properties.items():
            rest = name.removeprefix(f"{head}__")
            path = _path(inner, rest)
            if rest != name and property_at(inner, path) is not None:
                return (head, *path)
    return (name,)


def property_at(schema: Mapping[str, Any], path: Sequence[str]) -> dict[str, Any] | None:
    """The property of *schema* at a *path* of names; None where there is none."""
    found: Any = schema
    for name in path:
        found = found.get("properties", {}).get(name)
        if found is None:
            return None
    return dict(found)


def _with(
    schema: Mapping[str, Any], path: tuple[str, ...], property_: dict[str, Any]
) -> dict[str, Any]:
    """*schema* with the property at *path* replaced."""
    name, *rest = path
    properties = dict(schema.get("properties", {}))
    properties[name] = _with(properties[name], tuple(rest), property_) if rest else property_
    return {**schema, "properties": properties}


def _property(hints: Mapping[str, Any], below: Mapping[str, Any]) -> dict[str, Any]:
    """The schema that a column's *hints* make of the one *below*."""
    described = _described({**below, **hints})
    data_type = hints.get("data_type")
    if data_type is None:
        return {**(below or {"type": ["string"]}), **described}
    if data_type in DECIMALS and _types(below) - {"null"} == {"string"}:
        return {"type": ["string"], "format": "x-singer.decimal", **described}
    return {**SCHEMAS[data_type], **described}


def _described(source: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": source["description"]} if source.get("description") else {}


def _holding(
    declared: dict[str, Any],
    below: Mapping[str, Any],
    hints: Mapping[str, Any],
    what: str,
    *,
    flag: bool,
) -> dict[str, Any]:
    """*declared* where it holds what was sampled, and what was sampled where it does not.

    Only a text takes the sampled types in: a column of text holds any of them.

    Args:
        declared: The property that the hints make.
        below: The one inferred.
        hints: The column's.
        what: It, for messages.
        flag: Whether each value was true, false, 0 or 1, which become booleans on the way out.
    """
    types, seen = _types(declared), _types(below) - {"null"}
    as_well = {"number": {"integer"}, "boolean": {"integer"} if flag else set()}
    accepted = types.union(*(as_well.get(name, set()) for name in types))
    wanted = declared.get("format")
    found = below.get("format")
    held = wanted is None or "string" not in seen or found in HELD_FORMATS.get(wanted, {None})
    if seen <= accepted and held:
        return declared
    if hints.get("data_type") == "text":
        both = {key: value for key, value in below.items() if key != "format"} | declared
        return {**both, "type": union(types | seen)}
    values = " or ".join([*sorted(seen), *([found] if found else [])])
    text = "%s is said to be %s, but records hold %s; values are not converted, so that stays"
    logger.warning(text, what, hints["data_type"], values)
    return {**_described(hints), **below}


def _types(schema: Mapping[str, Any]) -> set[str]:
    """The types that a property's *schema* names."""
    given = schema.get("type", [])
    types = {given} if isinstance(given, str) else set(given)
    alternatives = [*schema.get("anyOf", []), *schema.get("oneOf", [])]
    return types.union(*map(_types, alternatives))


def with_null(schema: dict[str, Any], *, null: bool) -> dict[str, Any]:
    """A property's *schema* with or without the null type; one without types as it is."""
    if "type" not in schema:
        return schema
    given = schema["type"]
    types = [name for name in ([given] if isinstance(given, str) else given) if name != "null"]
    return {**schema, "type": [*types, "null"] if null else types}
