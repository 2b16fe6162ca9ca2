"""Infers a JSON Schema from sampled records, and writes shapes of values as targets take them.

Types widen and never narrow: integer and number make number, a type and null make it nullable,
several types stay side by side. Text counts as a date-time or date only while every value is one.
The result depends on the set of records, not on their order.

A target makes one column of a property, so what is written is the form whose column holds every
value. Tried with target-jsonl, which validates each record, and target-postgres, which also picks
a column by type:

- Several types stay a list of types, never ``anyOf``, of which SQL targets take the first. Scalars
  then have a column of text, and with an object or array among them one of JSON. Boolean and
  number together would have a column of numbers, which refuses true, so string joins them.
- An integer beyond 64 bits is a number, for a column of integers ends there.
- ``items`` are left out where the column could not hold all elements: of several scalar types, of
  numbers (``[1, 2.5]`` is two types to a driver), lists in lists, and lists that were all empty.
  Such a list has a column of JSON.
- A field that was null throughout is text: most are, and a column of text is no dead end.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

__all__ = ["ANY", "Shape", "infer_schema", "union"]

DATE = re.compile(r"\d{4}-\d\d-\d\d")
DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?")
INTEGERS = range(-(2**63), 2**63)
ANY = frozenset({"array", "boolean", "number", "object", "string"})
NUMBERS = frozenset({"integer", "number"})
IN_LISTS = (frozenset({"string"}), frozenset({"integer"}), frozenset({"boolean"}))


class Shape:
    """What is known of the values at one place.

    Attributes:
        types: JSON types seen, null left out.
        formats: Formats of the texts seen; ``""`` for a text without one.
        fields: Shapes of an object's fields.
        items: Shape of a list's elements.
        open: Whether an object may have other fields than these.
        description: What it means, where that is known.
    """

    def __init__(self) -> None:
        self.types: set[str] = set()
        self.formats: set[str] = set()
        self.fields: dict[str, Shape] = {}
        self.items: Shape | None = None
        self.open = False
        self.description = ""

    def see(self, value: Any) -> None:
        """Widen by *value*."""
        if value is None:
            return
        self.types.add(kind := _type(value))
        if kind == "string":
            self.formats.add(_format(value))
        elif kind == "object":
            for key, item in value.items():
                self.fields.setdefault(key, Shape()).see(item)
        elif kind == "array":
            self.items = self.items or Shape()
            for item in value:
                self.items.see(item)

    def schema(self, *, nullable: bool = True) -> dict[str, Any]:
        """The JSON Schema of this place."""
        types = union(self.types) or ["string"]
        schema: dict[str, Any] = {"type": [*types, "null"] if nullable else types}
        if len(self.formats) == 1 and types == ["string"] and (only := next(iter(self.formats))):
            schema["format"] = only
        if self.description:
            schema["description"] = self.description
        if "object" in types:
            schema["properties"] = {
                name: shape.schema() for name, shape in sorted(self.fields.items())
            }
            if self.open or not self.fields:
                schema["additionalProperties"] = True
        if self.items is not None and _fits_lists(set(union(self.items.types))):
            schema["items"] = self.items.schema()
        return schema

    def record_schema(self, primary_keys: Sequence[str]) -> dict[str, Any]:
        """The JSON Schema of records of this shape, fields in alphabetical order.

        Everything but a primary key is nullable; a key that never came is taken for text.
        """
        properties = {name: shape.schema() for name, shape in sorted(self.fields.items())}
        for key in primary_keys:
            properties[key] = self.fields.get(key, Shape()).schema(nullable=False)
        opened = {"additionalProperties": True} if self.open else {}
        return {"type": "object", "properties": properties, **opened}


def infer_schema(records: Iterable[Any], primary_keys: Sequence[str]) -> dict[str, Any]:
    """The JSON Schema of *records*.

    All but the keys is nullable, for a sample cannot show that null never comes.
    """
    root = Shape()
    for record in records:
        root.see(record)
    return root.record_schema(primary_keys)


def union(types: Collection[str]) -> list[str]:
    """These JSON types as a target takes them, null left out; empty where there is none."""
    found = {*types} - {"null"}
    if "number" in found:
        found.discard("integer")
    if "boolean" in found and found & NUMBERS:
        found.add("string")
    return sorted(found)


def _fits_lists(types: set[str]) -> bool:
    """Whether a column of lists can be told that its elements are of these *types*."""
    return types in IN_LISTS or ("object" in types and "array" not in types)


def _type(value: Any) -> str:
    match value:
        case bool():
            return "boolean"
        case int():
            return "integer" if value in INTEGERS else "number"
        case Decimal() | float():
            return "number"
        case str():
            return "string"
        case dict():
            return "object"
        case _:
            return "array"


def _format(text: str) -> str:
    kind = "date-time" if DATE_TIME.fullmatch(text) else "date" if DATE.fullmatch(text) else ""
    if not kind:
        return ""
    try:
        datetime.fromisoformat(text)  # the 30th of February is text
    except ValueError:
        return ""
    return kind
