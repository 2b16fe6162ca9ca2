"""JSON and YAML files, and what references lead to in them. Nothing is fetched."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import yaml
from singer_sdk import OpenAPISchema
from singer_sdk.exceptions import UnsupportedOpenAPISpec

from tap_analytics.check import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Documents", "UnusableError", "guess", "kind", "listed"]

EXAMPLE = "a file, such as openapi.json#/components/schemas/Customer"
SUFFIXES = (".json", ".yaml", ".yml")
URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
QUERY = re.compile(r"[?#]")
LONGEST_SHOWN = 160
MOST_NAMED = 20


class UnusableError(Exception):
    """A reference leads to nothing that can be used; the message says where it ends and why."""


class Documents:
    """Files by name, each read once."""

    def __init__(self) -> None:
        self._read: dict[Path, Any] = {}

    def find(self, reference: str, base: Path | None) -> tuple[dict[str, Any], Path]:
        """The object that *reference* leads to, and the file that this is in.

        Args:
            reference: The name of a file, and after ``#`` a JSON pointer (RFC 6901) into it; one
                of them may be left out. References on the way are followed.
            base: The file that the reference is in; None for one that a user wrote.

        Raises:
            UnusableError: It leads to no object.
        """
        if URL.match(reference):
            scheme, _, rest = reference.partition("://")
            place = shown(f"{scheme}://{QUERY.split(rest)[0].rpartition('@')[2]}")  # no secrets
            raise UnusableError(f"{place} is a URL, and nothing is fetched; allowed: {EXAMPLE}")
        name, _, fragment = reference.partition("#")
        file = Path(name)
        if base is not None:
            file = base.parent / unquote(name) if name else base
        pointer = unquote(fragment)  # RFC 6901, section 6
        if pointer and not pointer.startswith("/"):
            raise UnusableError(f"{shown(f'#{pointer}')} is no JSON pointer; allowed: {EXAMPLE}")
        node, where = self._document(file), str(file)
        for token in pointer.split("/")[1:]:
            node, file = self._step(node, token.replace("~1", "/").replace("~0", "~"), where, file)
            where = f"{where}/{token}" if "#" in where else f"{where}#/{token}"
        if isinstance(node, dict):
            return node, file
        raise UnusableError(f"{shown(where)} leads to {kind(node)}, which is no JSON Schema")

    def _step(self, node: Any, token: str, where: str, file: Path) -> tuple[Any, Path]:
        """What *node* has under *token*, or what it refers to has."""
        if isinstance(node, dict):
            by_name = {str(name): inner for name, inner in node.items()}  # YAML has numbers
            if token in by_name:
                return by_name[token], file
            if isinstance(node.get("$ref"), str):
                node, file = self.find(node["$ref"], file)
                return self._step(node, token, where, file)
            raise UnusableError(f"{shown(where)} has no {token!r}; {guess(token, by_name)}")
        if isinstance(node, list) and token.isdecimal() and int(token) < len(node):
            return node[int(token)], file
        raise UnusableError(f"{shown(where)} is {kind(node)}, which has no {token!r}")

    def _document(self, file: Path) -> Any:
        if file not in self._read:
            self._read[file] = _load(file)
        return self._read[file]


def _load(file: Path) -> Any:
    """The document in a file, read as the SDK reads it: JSON or YAML by its suffix."""
    name = shown(str(file))
    try:
        if not file.is_file():
            raise UnusableError(f"{name} is no file; {_beside(file)}")
        state = file.stat()
        return _content(file.resolve(), state.st_mtime_ns, state.st_size)
    except OSError as error:
        raise UnusableError(f"{name} cannot be read: {error.strerror}") from None
    except UnsupportedOpenAPISpec:
        allowed = ", ".join(SUFFIXES)
        raise UnusableError(f"{name} is of no known kind; allowed: {allowed}") from None
    except UnicodeDecodeError:
        raise UnusableError(f"{name} is not UTF-8 text") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise UnusableError(f"{name} is not JSON ({error.msg}, {place})") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "cannot be read"
        raise UnusableError(f"{name} is not YAML ({problem}{place})") from None


@lru_cache(maxsize=16)
def _content(file: Path, _modified: int, _size: int) -> Any:
    """What a file holds, kept, for many resources have their schemas in one great document."""
    return OpenAPISchema(file).spec


def _beside(file: Path) -> str:
    """What is there where *file* is not."""
    if not file.parent.is_dir():
        return f"there is no folder {shown(str(file.parent))}"
    names = sorted(one.name for one in file.parent.iterdir() if one.suffix in SUFFIXES)
    return guess(file.name, names)


def guess(name: str, names: Iterable[str]) -> str:
    """The one of *names* that was probably meant, or all of them."""
    by_lower = {each.lower(): each for each in names}
    near = nearest(name, by_lower)
    if near is None:
        return f"there is {listed(by_lower.values())}"
    return f"did you mean {by_lower[near]!r}?"


def listed(names: Iterable[Any]) -> str:
    """The *names* in a line, up to a number of them."""
    texts = [str(name) for name in names]
    more = ["…"] if len(texts) > MOST_NAMED else []
    return ", ".join([*texts[:MOST_NAMED], *more]) or "nothing"


def kind(value: Any) -> str:
    """What *value* is, in a word or two."""
    match value:
        case dict():
            return "an object"
        case list():
            return f"a list of {len(value)}"
        case str():
            return "a text"
        case _:
            return json.dumps(value, default=str)


def shown(text: str) -> str:
    """*text* in quotes, on one line and not too long."""
    return repr(text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…")
