"""What fields the records of a page have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Field", "fields_of_records"]


class Field(Struct, frozen=True):
    """One field.

    Attributes:
        type: JSON types seen, with the format of texts.
        nullable: Whether it was null or absent in a record.
    """

    name: str
    type: str
    nullable: bool


def fields_of_records(schema: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> list[Field]:
    """The top-level fields of *rows*, by the *schema* inferred from them."""
    return [
        Field(name, _type(inner), any(row.get(name) is None for row in rows))
        for name, inner in schema["properties"].items()
        if any(name in row for row in rows)
    ]


def _type(schema: Mapping[str, Any]) -> str:
    names = [_named(name, schema) for name in schema["type"] if name != "null"]
    return " or ".join(names)


def _named(name: str, schema: Mapping[str, Any]) -> str:
    if name == "array" and "items" in schema:
        return f"array of {_type(schema['items'])}"
    if name == "object":
        count = len(schema.get("properties", ()))
        return f"object of {count}"
    return schema.get("format", name) if name == "string" else name
