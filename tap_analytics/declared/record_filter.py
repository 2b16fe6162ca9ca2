"""Reads ``record_filter``, a condition on each record. It is parsed, never evaluated."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from tap_analytics.declared.conditions import Parser, Path, Quoted, Test

if TYPE_CHECKING:
    from tap_analytics.check import Problems

__all__ = ["read_record_filter"]

logger: Final = logging.getLogger("tap-analytics.config")
NOTHING: Final[tuple[Any, ...]] = (None, False, 0, "", [], {})
WORDS: dict[str | None, Any] = {"true": True, "false": False, "none": None, "null": None}


def read_record_filter(condition: Any, path: str, problems: Problems) -> Any:
    """The filter as a mapping in the exact vocabulary.

    ``{{ record['type'] == 'file' }}``, ``record.type != "draft"``, ``record.active`` and several
    values of one field, joined by ``or``, are read; anything else is left undecided.

    Args:
        condition: Text, or an object with a ``condition``; the exact form passes through.
        path: Its config path, for messages.
        problems: Takes in what cannot be read.
    """
    if isinstance(condition, dict):
        if "condition" not in condition:
            return condition
        condition = condition["condition"]
    text = str(condition).strip().removeprefix("{{").removesuffix("}}").strip()
    try:
        alternatives = Parser(text).condition()
    except SyntaxError:
        alternatives = []
    readings = [_reading(tests[0]) for tests in alternatives if len(tests) == 1]
    known = [reading for reading in readings if reading is not None]
    same = {(reading["path"], reading["negated"]) for reading in known}
    if not known or len(known) < len(alternatives) or len(same) > 1 or _excludes(known):
        problems.undecide(
            path, f"{text!r} is not understood; allowed are record['x'] == 'y' and its like"
        )
        return None
    exact = {**known[0], "values": [value for each in known for value in each["values"]]}
    logger.info("%s: %r is read as %s", path, text, exact)
    return exact


def _excludes(known: list[dict[str, Any]]) -> bool:
    """Whether alternatives each exclude a value, which excludes nothing."""
    return len(known) > 1 and known[0]["negated"]


def _reading(test: Test) -> dict[str, Any] | None:
    left = test.left
    if not isinstance(left, Path) or left.steps[0] != "record" or left.length or left.changed:
        return None
    where = ".".join(left.steps[1:])
    if not where or isinstance(test.right, Path):
        return None
    if not test.sign:
        return {"path": where, "values": list(NOTHING), "negated": not test.negated}
    if test.sign == "is" and test.right == "defined":
        return {"path": where, "values": [None], "negated": not test.negated}
    if test.sign in {"==", "is"}:
        word = None if isinstance(test.right, (Quoted, int)) else str(test.right).lower()
        value = str(test.right) if isinstance(test.right, Quoted) else WORDS.get(word, test.right)
        return {"path": where, "values": [value], "negated": test.negated}
    return None
