"""JSON Schemas of records, read off a sample of them."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TYPES: Mapping[type, str] = {
    type(None): "null",
    bool: "boolean",
    int: "integer",
    float: "number",
    Decimal: "number",
    str: "string",
    list: "array",
    dict: "object",
}
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def shape(values: Sequence[Any]) -> dict[str, Any]:
    """The JSON Schema that all *values* satisfy: types, formats, properties and items.

    Args:
        values: As records hold them. Where they are all null or there are none, the schema
            allows everything.
    """
    types = {_TYPES[type(value)] for value in values}
    if "number" in types:
        types.discard("integer")
    if types <= {"null"}:
        return {}
    schema: dict[str, Any] = {"type": sorted(types) if len(types) > 1 else types.pop()}
    texts = [value for value in values if isinstance(value, str)]
    if texts and all(_DATE_TIME.fullmatch(text) for text in texts):
        schema["format"] = "date-time"
    elif texts and all(_DATE.fullmatch(text) for text in texts):
        schema["format"] = "date"
    objects = [value for value in values if isinstance(value, dict)]
    if objects:
        names = dict.fromkeys(name for value in objects for name in value)
        schema["properties"] = {
            name: shape([value[name] for value in objects if name in value]) for name in names
        }
    items = [item for value in values if isinstance(value, list) for item in value]
    if items:
        schema["items"] = shape(items)
    return schema
