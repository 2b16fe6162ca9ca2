"""A resource's ``schema``: inline as it is, or from a file and made plain for targets.

A text names a JSON or YAML file, and after ``#`` a JSON pointer (RFC 6901) into it, such as
``openapi.json#/components/schemas/Customer``.

What comes from a file says what may come, not what must: each field is nullable unless it is a
primary key, and nothing is required or limited (``required``, ``enum``, ``pattern``, lengths),
for documentation is seldom exact and a target ends the run at the first record that breaks a
rule. All of ``allOf``, ``anyOf`` and ``oneOf`` widen one shape, for a target makes one column of
it; `tap_analytics.records.infer` says in which form. A reference to what is just being described
ends in an open object.

Of the SDK's schema sources, `OpenAPISchema` reads the file. It goes no further: components are
found by name alone, what stands beside an ``allOf`` is lost, ``oneOf`` stays, a cycle becomes
``{}``, and a description whose parts all refer to each other never ends.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from msgspec import UNSET, UnsetType

from tap_analytics.declared.documents import Documents, UnusableError, guess, kind, listed, shown
from tap_analytics.records.infer import ANY, Shape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tap_analytics.check import Problems

__all__ = ["read_schema"]

logger: Final = logging.getLogger("tap-analytics.config")
TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")
OF_OBJECTS = ("properties", "additionalProperties", "patternProperties")
OF_LISTS = ("items", "prefixItems")
PARTS = ("allOf", "anyOf", "oneOf")
CHOICES = ("anyOf", "oneOf")
HOMES = (("components", "schemas"), ("definitions",), ("$defs",))
MOST_LEVELS = 12
MOST_NODES = 10_000


class TooLargeError(Exception):
    """So many levels of a schema have too many parts."""


def read_schema(
    given: Mapping[str, Any] | str, primary_keys: Sequence[str], path: str, problems: Problems
) -> dict[str, Any] | UnsetType:
    """The JSON Schema that *given* is or names; UNSET where there are problems.

    Args:
        given: A schema, or a file and a pointer into it.
        primary_keys: Those that the schema of a file must have.
        path: Config path, for messages.
        problems: Takes in what is wrong.
    """
    if not isinstance(given, str):
        return _inline(given, path, problems)
    try:
        return _read(given, primary_keys)
    except UnusableError as problem:
        problems.add(path, str(problem))
    except RecursionError:
        problems.add(path, f"{shown(given)} refers to itself, or is nested too deeply to be read")
    return UNSET


def _inline(given: Mapping[str, Any], path: str, problems: Problems) -> dict[str, Any] | UnsetType:
    """*given* as it is, where it is a schema of an object."""
    type_ = given.get("type", "object" if "properties" in given else None)
    properties = given.get("properties", {})
    if type_ != "object" and not (isinstance(type_, list) and "object" in type_):
        found = "has no type" if type_ is None else f"has type {type_!r}"
        problems.add(path, f"{found}; a record's schema has type 'object', and properties")
    elif not isinstance(properties, dict):
        problems.add(f"{path}.properties", f"is {kind(properties)}; allowed: an object")
    else:
        wrong = [name for name, inner in properties.items() if not isinstance(inner, dict)]
        for name in wrong:
            found = kind(properties[name])
            problems.add(f"{path}.properties.{name}", f"is {found}; allowed: a JSON Schema")
        if not wrong:
            return dict(given)
    return UNSET


def _read(reference: str, primary_keys: Sequence[str]) -> dict[str, Any]:
    documents = Documents()
    node, file = documents.find(reference, None)
    for levels in range(MOST_LEVELS, 0, -1):
        shape = Shape()
        try:
            Reader(documents).widen(shape, node, Place(file, "", levels, frozenset()))
        except TooLargeError:
            continue
        if levels < MOST_LEVELS:
            text = "%s: objects below level %d are left open, for there are too many"
            logger.info(text, reference, levels)
        _check(reference, node, shape, primary_keys)
        for field in shape.fields.values():
            _complete(field)
        return shape.record_schema(primary_keys)
    raise UnusableError(f"{shown(reference)} has more than {MOST_NODES} parts at its first level")


def _check(
    reference: str, node: Mapping[str, Any], shape: Shape, primary_keys: Iterable[str]
) -> None:
    """Refuse what describes no record."""
    name = shown(reference)
    if not shape.types:
        found = f"leads to an object of {listed(node)}, which is no JSON Schema"
        raise UnusableError(f"{name} {found}{_hint(reference, node)}")
    if "object" not in shape.types:
        pointer = reference if "#" in reference else f"{reference}#"
        inside = shape.items is not None and "object" in shape.items.types
        hint = f"; did you mean {shown(f'{pointer}/items')}?" if inside else ""
        found = ", ".join(sorted(shape.types))
        raise UnusableError(f"{name} describes {found}, and a record is an object{hint}")
    if not shape.fields:
        raise UnusableError(f"{name} describes an object without properties")
    for key in primary_keys:
        if key not in shape.fields:
            there = guess(key, sorted(shape.fields))
            raise UnusableError(f"{name} has no {key!r}, which is a primary key; {there}")


def _hint(reference: str, node: Any) -> str:
    """Where the schemas are in a document that is none itself."""
    for home in HOMES:
        found = node
        for name in home:
            found = found.get(name) if isinstance(found, dict) else None
        if found and isinstance(found, dict):
            pointer = shown(f"{reference.rstrip('#')}#/{'/'.join(home)}/{next(iter(found))}")
            return f"; did you mean {pointer}? There is {listed(found)}"
    return ""


def _complete(shape: Shape) -> None:
    """Let be anything what is given no type."""
    if not shape.types:
        shape.types.update(ANY)
    for field in shape.fields.values():
        _complete(field)
    if shape.items is not None:
        _complete(shape.items)


class Place(NamedTuple):
    """Where a node stands.

    Attributes:
        file: The file that it is in, which its references are relative to.
        field: Dotted path of the field that it describes; empty for the record.
        levels: Levels of fields that may still be described.
        line: Identities of the nodes that lead here.
    """

    file: Path
    field: str
    levels: int
    line: frozenset[int]

    def inside(self, name: str) -> Place:
        """The place of a field of this one."""
        field = f"{self.field}.{name}" if self.field else name
        return self._replace(field=field, levels=self.levels - 1)

    def wrong(self, found: str) -> UnusableError:
        """The error that says what is found here."""
        field = f"{self.field!r}" if self.field else "the record"
        return UnusableError(f"{shown(str(self.file))}: {field} {found}")


class Reader:
    """Widens shapes by what schemas describe, up to a number of them.

    Args:
        documents: What the schemas are in.
    """

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._nodes = 0

    def widen(self, shape: Shape, node: Any, at: Place) -> None:
        """Widen *shape* by all that *node* allows.

        Raises:
            UnusableError: It is no schema.
            TooLargeError: It has too many parts.
        """
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise TooLargeError
        if isinstance(node, bool):  # anything, or nothing
            return
        if not isinstance(node, dict):
            raise at.wrong(f"is {kind(node)}, which is no JSON Schema")
        types = _types(node, at)
        if id(node) in at.line:
            choice = ANY if any(key in node for key in CHOICES) else {"object"}
            shape.types.update(types or choice)
            shape.open = True
            return
        _note(shape, node, types)
        at = at._replace(line=at.line | {id(node)})
        if at.levels:
            self._inside(shape, node, at)
        elif "object" in types:
            shape.open = True
        for part, file in self._parts(node, at):
            if not part:  # an alternative that allows anything
                shape.types.update(ANY)
            self.widen(shape, part, at._replace(file=file))

    def _inside(self, shape: Shape, node: dict[str, Any], at: Place) -> None:
        """Widen the shapes of its fields and elements."""
        properties = node.get("properties") or {}
        if not isinstance(properties, dict):
            raise at.wrong(f"has {kind(properties)} as properties; allowed: an object")
        for name, inner in properties.items():
            field = shape.fields.setdefault(str(name), Shape())
            self.widen(field, inner, at.inside(str(name)))
        if isinstance(node.get("items"), dict):
            shape.items = shape.items or Shape()
            self.widen(shape.items, node["items"], at.inside("items"))

    def _parts(self, node: dict[str, Any], at: Place) -> Iterator[tuple[Any, Path]]:
        """The schemas that describe the same as *node*, each with the file that it is in."""
        if isinstance(node.get("$ref"), str):
            yield self._documents.find(node["$ref"], at.file)
        for key in PARTS:
            parts = node.get(key) or []
            if not isinstance(parts, list):
                raise at.wrong(f"has {kind(parts)} as {key}; allowed: a list")
            yield from ((part, at.file) for part in parts if part or key in CHOICES)


def _note(shape: Shape, node: Mapping[str, Any], types: set[str]) -> None:
    """Widen *shape* by what *node* says of the very place."""
    shape.description = shape.description or str(node.get("description") or "")
    shape.types.update(types)
    if "string" in types:
        shape.formats.add(str(node.get("format") or ""))
    if node.get("additionalProperties") or node.get("patternProperties"):
        shape.open = True


def _types(node: Mapping[str, Any], at: Place) -> set[str]:
    """The types that *node* itself names or implies."""
    given = node.get("type", [])
    given = given if isinstance(given, list) else [given]
    for name in given:
        if name not in TYPES:
            raise at.wrong(f"has type {name!r}; allowed: {', '.join(TYPES)}")
    if given:
        return set(given)
    values = Shape()
    for value in node.get("enum") or [node.get("const")]:
        values.see(value)
    implied = {"object"} if any(key in node for key in OF_OBJECTS) else set()
    return values.types | implied | ({"array"} if any(key in node for key in OF_LISTS) else set())
