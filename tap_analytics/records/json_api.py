"""Folds JSON:API resource objects into flat records."""

from __future__ import annotations

from typing import Any

__all__ = ["fold"]

STRUCTURE = frozenset({"type", "attributes", "relationships", "links", "meta"})


def fold(record: dict[str, Any]) -> dict[str, Any]:
    """A flat record from a JSON:API resource object (JSON:API 1.1, section 7.2).

    Attributes move to the top; a to-one relationship becomes ``<name>_id``, null where it is
    empty, a to-many one with its data ``<name>_ids``. A record without ``attributes`` is flat
    already and stays as it is.
    """
    attributes = record.get("attributes")
    if not isinstance(attributes, dict):
        return record
    flat = {key: value for key, value in record.items() if key not in STRUCTURE}
    relationships = record.get("relationships")
    for name, relationship in relationships.items() if isinstance(relationships, dict) else ():
        if not isinstance(relationship, dict) or "data" not in relationship:
            continue
        data = relationship["data"]
        if isinstance(data, list):
            flat[f"{name}_ids"] = [_id(item) for item in data]
        else:
            flat[f"{name}_id"] = _id(data)
    return {**flat, **attributes}


def _id(identifier: Any) -> Any:
    return identifier.get("id") if isinstance(identifier, dict) else None
