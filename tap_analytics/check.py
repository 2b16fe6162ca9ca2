"""Checks mappings from a config against the vocabulary.

All problems are collected, so that a user sees them at once. A line says where (config path), what
was found and what is allowed; a secret's value is never shown.
"""

from __future__ import annotations

import difflib
import logging
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from msgspec import UNSET
from msgspec.inspect import LiteralType, Metadata, UnionType, type_info

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Problems", "build", "convert", "is_secret", "keys", "nearest", "pick"]

T = TypeVar("T", bound=msgspec.Struct)
logger = logging.getLogger("tap-analytics.config")
NEAR = 0.75
LONGEST_SHOWN = 60
MOST_NAMED = 20


class Problems:
    """What is wrong with a config, a line each, in the order found.

    Attributes:
        lines: Mistakes; a config with one is refused as a whole.
        undecided: What cannot be read in one way only; a resource with one is left out, and the
            others go on.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.undecided: list[str] = []

    def add(self, path: str, text: str) -> None:
        """Take a mistake at *path* in."""
        self.lines.append(f"{path}: {text}")

    def undecide(self, path: str, text: str) -> None:
        """Take in that *path* cannot be read in one way only."""
        self.undecided.append(f"{path}: {text}")


def keys(mapping: Any, allowed: Iterable[str], path: str, problems: Problems) -> dict[str, Any]:
    """The known keys of *mapping*, as a new dict.

    An unknown key that looks like a known one is a problem; any other is reported once as a
    warning and has no effect.
    """
    if not isinstance(mapping, dict):
        problems.add(path, f"{_shown(mapping)} is not an object")
        return {}
    names = sorted(allowed)
    known = {}
    for key, value in mapping.items():
        where = f"{path}.{key}" if path else key
        if key in names:
            known[key] = value
        elif near := nearest(key, names):
            few = f" Allowed: {', '.join(names)}" if len(names) <= MOST_NAMED else ""
            problems.add(where, f"unknown key; did you mean {near!r}?{few}")
        else:
            logger.warning("%s is not a known setting and has no effect", where)
    return known


def convert(value: Any, field_type: Any, path: str, problems: Problems) -> Any:
    """*value* as *field_type*, or UNSET where it is not one.

    What is an object, or should be one, is not shown, for it may hold a secret.
    """
    try:
        return msgspec.convert(value, field_type, strict=False)
    except msgspec.ValidationError as error:
        expected = str(error).replace("`", "").replace("Expected", "expected")
        expected = expected.partition(" - at ")[0].replace(" | null", "")
        if choices := _choices(type_info(field_type)):
            expected = f"allowed: {', '.join(choices)}"
        hidden = is_secret(field_type) or isinstance(value, (dict, list)) or "object" in expected
        problems.add(path, f"{'the value' if hidden else _shown(value)} is not allowed; {expected}")
        return UNSET


def build(struct: type[T], mapping: Any, path: str, problems: Problems) -> T | None:
    """A *struct* from *mapping*, or None where there are problems."""
    before = len(problems.lines)
    if not isinstance(mapping, dict):
        problems.add(path, f"{_shown(mapping)} is not an object")
        return None
    fields = {field.name: field for field in msgspec.structs.fields(struct)}
    tagged = struct.__struct_config__.tag is not None
    values = keys(mapping, [*fields, "type"] if tagged else fields, path, problems)
    values.pop("type", None)
    built = {}
    for name, field in fields.items():
        if name in values:
            built[name] = convert(values[name], field.type, f"{path}.{name}", problems)
        elif field.required:
            problems.add(f"{path}.{name}", "is missing")
    return struct(**built) if len(problems.lines) == before else None


def pick(
    structs: Iterable[type[T]], mapping: Any, path: str, problems: Problems, what: str
) -> type[T] | None:
    """The struct that ``mapping["type"]`` names, or None where there is none."""
    by_tag = {str(struct.__struct_config__.tag): struct for struct in structs}
    name = mapping.get("type")
    if isinstance(name, str) and name in by_tag:
        return by_tag[name]
    allowed = f"Allowed: {', '.join(sorted(by_tag))}"
    if name is None:
        problems.add(f"{path}.type", f"is missing. {allowed}")
        return None
    near = nearest(str(name), sorted(by_tag))
    guess = f"; did you mean {near!r}?" if near else "."
    problems.add(f"{path}.type", f"{_shown(name)} is not {what}{guess} {allowed}")
    return None


def is_secret(field_type: Any) -> bool:
    """Whether values of this field's type must not be shown."""
    return _secret(type_info(field_type))


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The one of *words* that *word* was probably meant to be."""
    return next(iter(difflib.get_close_matches(word.lower(), list(words), 1, NEAR)), None)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def _secret(info: Any) -> bool:
    if isinstance(info, Metadata):
        return bool((info.extra or {}).get("secret")) or _secret(info.type)
    return isinstance(info, UnionType) and any(map(_secret, info.types))


def _choices(info: Any) -> list[str]:
    """The values that a type of a few fixed ones allows; none for any other type."""
    if isinstance(info, Metadata):
        return _choices(info.type)
    parts = info.types if isinstance(info, UnionType) else (info,)
    return [str(value) for part in parts if isinstance(part, LiteralType) for value in part.values]
