"""What an API wraps its records in: the harness's reading of a ``data_selector``."""

from __future__ import annotations

from typing import Any

from .wording import Keys, coin, pick

__all__ = ["put", "read_selector", "seal"]

ROOTS = ("", "$", "[]")


def read_selector(mood: str, selector: str | list[str] | None) -> Keys | None:
    """The way to the records, each step a key or ``*``; None where the author leaves it open."""
    if selector is None:
        return None
    if isinstance(selector, list):
        return tuple(selector)
    if selector in ROOTS:
        return ()
    if selector.startswith("@") or selector.endswith(".json"):
        return (selector,)
    keys = tuple(selector.split("."))
    if keys[0] == "response" and len(keys) > 1:
        return pick(f"{mood} response", keys, keys[1:])
    return keys


def seal(mood: str, keys: Keys, records: list[Any], *, single: bool = False) -> Any:
    """A document that holds *records* where *keys* lead; without any, null or no key is as good.

    Args:
        mood: Decides what the author leaves open, such as whether the elements that ``*``
            stands for are a list's or an object's.
        keys: From `read_selector`.
        records: Of one page.
        single: The page is about one object, and no list.
    """
    if not keys:
        return records[0] if single and records else records
    head, rest = keys[0], keys[1:]
    if head == "*":
        return _elements(mood, rest, records)
    if not rest and not records:
        return pick(f"{mood} empty", {head: []}, {head: None}, {})
    return {head: seal(mood, rest, records, single=single)}


def _elements(mood: str, rest: Keys, records: list[Any]) -> Any:
    if rest and ("*" in rest or rest[-1].endswith("s")):
        half = (len(records) + 1) // 2
        parts = [part for part in (records[:half], records[half:]) if part]
        elements = [seal(mood, rest, part) for part in parts]
    else:
        elements = [seal(mood, rest, [record], single=True) for record in records]
    if coin(f"{mood} elements"):
        return elements
    return {f"k{number}": element for number, element in enumerate(elements)}


def put(document: Any, keys: Keys, value: Any) -> None:
    """Set *value* in *document* where *keys* lead, with the objects in between."""
    for key in keys[:-1]:
        document = document.setdefault(key, {})
    document[keys[-1]] = value
