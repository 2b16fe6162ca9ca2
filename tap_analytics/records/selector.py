"""Finds things in a decoded body: the records, the cursor, a flag.

A path is a JSONPath (RFC 9535). The plain ones, dotted names with ``*`` for every element, are
walked directly; anything else goes through jsonpath-ng. Alternatives are parted by ``|``: the
first that is there counts. A key that equals the whole path wins over the dotted reading, so
``@odata.nextLink`` needs no quoting.
"""

from __future__ import annotations

import re
from typing import Any, Final

from jsonpath_ng.exceptions import JSONPathError
from jsonpath_ng.ext.parser import parse

__all__ = ["MISSING", "Path", "key_steps", "select_records"]


class _Missing:
    """Stands for "nothing at this path", which is not the same as null."""

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()
PLAIN = re.compile(r"[^\[\]'\"?(][^\[\]'\"?]*")  # a key may hold blanks and parentheses
CHOICE = re.compile(r"(?P<before>.*?)(\[\?.*|\[-?\d*:.*)|(?P<deep>.*\.\..*)\[\*\]")
BAR = re.compile(r"\|(?=(?:[^'\"]|'[^']*'|\"[^\"]*\")*$)")  # one that is in no quotes
KEY_STEP = re.compile(r"\[?'(?P<quoted>[^']+)'\]?|\[(?P<position>\d+)\]|(?P<name>[^.\[\]']+)")
ROOTS = frozenset({"", "$", "[]", "$[*]", "[*]"})

RECORD_KEYS = ("data", "items", "results", "entries", "records", "rows", "entities", "payload",
               "content", "objects", "values")  # fmt: skip
ENVELOPE_KEYS = frozenset({"meta", "metadata", "pagination", "links", "extras", "headers", "errors",
                           "warnings", "included"})  # fmt: skip
DEEPEST_LIST = 3


class Path:
    """A compiled path.

    Raises:
        ValueError: *text* is not a path.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._ways = [_Way(part.strip()) for part in BAR.split(text)]

    def find(self, document: Any) -> list[Any] | _Missing:
        """All matches of the first alternative that is there; MISSING where none is.

        ``items[*]`` is there, without a match, where ``items`` is an empty list.
        """
        for way in self._ways:
            found = way.find(document)
            if found is not MISSING:
                return found
        return MISSING

    def first(self, document: Any) -> Any:
        """The first match, or MISSING."""
        found = self.find(document)
        return found[0] if isinstance(found, list) and found else MISSING


class _Way:
    """One alternative of a path."""

    def __init__(self, text: str) -> None:
        self._literal = text
        self._steps: list[str] | None = None
        self._expression: Any = None
        self._before: _Way | None = None  # what is there although nothing of it may match
        plain = text.replace("[*]", ".*").removeprefix("$").removeprefix(".")
        if text in ROOTS:
            self._steps = []
        elif PLAIN.fullmatch(plain) and ".." not in text:
            self._steps = plain.split(".")
        else:
            try:
                self._expression = parse(text)
            except (JSONPathError, AttributeError) as error:
                raise ValueError(f"{text!r} is not a JSONPath") from error
            if choice := CHOICE.match(text):
                self._before = _Way(choice["deep"] or choice["before"] or "$")

    def find(self, document: Any) -> list[Any] | _Missing:
        if isinstance(document, dict) and self._literal in document:
            return [document[self._literal]]
        if self._steps is None:
            found = [match.value for match in self._expression.find(document)]
            empty = self._before is not None and self._before.find(document) is not MISSING
            return found or ([] if empty else MISSING)
        nodes = [document]
        for step in self._steps:
            found = [inner for node in nodes for inner in _step(node, step)]
            if not found:
                return found if step == "*" and any(node in ([], {}) for node in nodes) else MISSING
            nodes = found
        return nodes


def _step(node: Any, step: str) -> list[Any]:
    if isinstance(node, dict):
        if step == "*":
            return list(node.values())
        return [node[step]] if step in node else []
    if isinstance(node, list):
        if step == "*":
            return node
        if step.isdigit() and int(step) < len(node):
            return [node[int(step)]]
    return []


def key_steps(path: str) -> list[str]:
    """The keys and positions on the way to one value: ``$['a'].b[0]`` is a, b, 0."""
    found = KEY_STEP.finditer(path.removeprefix("$"))
    return [match["quoted"] or match["position"] or match["name"] for match in found]


def select_records(document: Any, path: Path | None) -> list[Any] | _Missing:
    """The records of a page.

    Args:
        document: Decoded body.
        path: Where they are; None looks for them by the usual names.

    Returns:
        A list gives its elements, an object is one record, null is none; MISSING where the path
        leads nowhere.
    """
    if path is None:
        return _detect(document)
    found = path.find(document)
    if not isinstance(found, list):
        return MISSING
    records: list[Any] = []
    for match in found:
        if isinstance(match, list):
            records.extend(match)
        elif match is not None:
            records.append(match)
    return records


def _detect(document: Any) -> list[Any] | _Missing:
    """The list of records where no selector says where it is.

    A root list; else the least nested list under a name that is usual for records; else the
    least nested list that is no part of an envelope; else none where null is under such a name.
    """
    if isinstance(document, list):
        return document
    lists = _lists(document, 1)
    if not lists:
        fields = document if isinstance(document, dict) else {}
        return [] if any(fields.get(key, MISSING) is None for key in RECORD_KEYS) else MISSING
    named = [entry for entry in lists if entry[1] in RECORD_KEYS]
    return min(named or lists, key=lambda entry: entry[0])[2]


def _lists(node: Any, depth: int) -> list[tuple[int, str, list[Any]]]:
    if not isinstance(node, dict) or depth > DEEPEST_LIST:
        return []
    found: list[tuple[int, str, list[Any]]] = []
    for key, value in node.items():
        if key in ENVELOPE_KEYS:
            continue
        if isinstance(value, list):
            found.append((depth, key, value))
        else:
            found.extend(_lists(value, depth + 1))
    return found
