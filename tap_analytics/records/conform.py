"""Cuts records to the schema that was announced for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Conformer"]


class Conformer:
    """Drops what the schema does not declare and what is not selected; keeps values as they are.

    The one exception is a boolean that an API writes as 0 or 1, which no target would take.

    Args:
        schema: JSON Schema of an object. With ``additionalProperties`` nothing is undeclared.
        selected: Whether the property at a breadcrumb is selected.
        breadcrumb: Where the object is, as in a Singer catalog.

    Attributes:
        dropped: Undeclared fields that came up so far, as dotted paths.
    """

    def __init__(
        self,
        schema: Mapping[str, Any],
        selected: Callable[[tuple[str, ...]], bool],
        breadcrumb: tuple[str, ...] = (),
        dropped: set[str] | None = None,
    ) -> None:
        self.dropped: set[str] = set() if dropped is None else dropped
        self._path = _names(breadcrumb)
        properties = schema.get("properties", {})
        self._open = bool(schema.get("additionalProperties")) or not properties
        self._deselected = {
            name for name in properties if not selected((*breadcrumb, "properties", name))
        }
        self._fields = {
            name: self._field(inner, selected, (*breadcrumb, "properties", name))
            for name, inner in properties.items()
        }

    def _field(
        self,
        schema: Mapping[str, Any],
        selected: Callable[[tuple[str, ...]], bool],
        breadcrumb: tuple[str, ...],
    ) -> Callable[[Any], Any] | None:
        """What is to be done with a property's values; None where nothing is."""
        types = schema.get("type", ())
        if "properties" in schema:
            return Conformer(schema, selected, breadcrumb, self.dropped).value
        if "items" in schema:
            item = self._field(schema["items"], selected, (*breadcrumb, "items"))
            if item is not None:
                return lambda value: [*map(item, value)] if isinstance(value, list) else value
        if "boolean" in types and "integer" not in types and "number" not in types:
            return _boolean
        return None

    def record(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """*record* cut to the schema, as a new dict; inner values may be shared."""
        fields = self._fields
        kept = {}
        for name, value in record.items():
            if name in fields:
                if name not in self._deselected:
                    field = fields[name]
                    kept[name] = value if field is None else field(value)
            elif self._open:
                kept[name] = value
            else:
                self.dropped.add(".".join([*self._path, name]))
        return kept

    def value(self, value: Any) -> Any:
        """*value* cut to the schema where it is an object."""
        return self.record(value) if isinstance(value, dict) else value


def _names(breadcrumb: tuple[str, ...]) -> list[str]:
    """The fields that a breadcrumb leads through: each stands behind ``properties``."""
    steps = iter(breadcrumb)
    return [next(steps) for step in steps if step == "properties"]


def _boolean(value: Any) -> Any:
    return bool(value) if type(value) is int and value in (0, 1) else value
