"""Infers a JSON Schema from sampled records.

Types widen and never narrow: integer and number make number, a type and null make it nullable,
several types stay side by side. Text counts as a date-time or date only while every value is one.
The result depends on the set of records, not on their order.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["infer_schema"]

DATE = re.compile(r"\d{4}-\d\d-\d\d")
DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?")


class Shape:
    """What is known of the values at one place.

    Attributes:
        types: JSON types seen, null left out.
        formats: Formats of the texts seen; ``""`` for a text without one.
        fields: Shapes of an object's fields.
        items: Shape of a list's elements.
    """

    def __init__(self) -> None:
        self.types: set[str] = set()
        self.formats: set[str] = set()
        self.fields: dict[str, Shape] = {}
        self.items: Shape | None = None

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
        """The JSON Schema of this place; one that was null throughout is taken for text."""
        types = self.types - {"integer"} if "number" in self.types else self.types
        names = sorted(types) or ["string"]
        schema: dict[str, Any] = {"type": [*names, "null"] if nullable else names}
        if len(self.formats) == 1 and types == {"string"} and (only := next(iter(self.formats))):
            schema["format"] = only
        if "object" in types:
            schema["properties"] = {
                name: shape.schema() for name, shape in sorted(self.fields.items())
            }
            if not self.fields:
                schema["additionalProperties"] = True
        if self.items is not None:
            schema["items"] = self.items.schema()
        return schema


def infer_schema(records: Iterable[Any], primary_keys: Sequence[str]) -> dict[str, Any]:
    """The JSON Schema of *records*, fields in alphabetical order.

    Everything but a primary key is nullable, for a sample cannot show that null never comes.
    """
    root = Shape()
    for record in records:
        root.see(record)
    properties = {name: shape.schema() for name, shape in sorted(root.fields.items())}
    for key in primary_keys:
        properties[key] = root.fields.get(key, Shape()).schema(nullable=False)
    return {"type": "object", "properties": properties}


def _type(value: Any) -> str:
    match value:
        case bool():
            return "boolean"
        case int():
            return "integer"
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
