"""What the texts of a config mean: words in names, settings left open, paths in expressions."""

from __future__ import annotations

import re
import zlib
from typing import Any, TypeAlias, TypeVar

__all__ = ["Keys", "Settings", "Unreadable", "coin", "paths", "pick", "snake", "stem", "words"]

T = TypeVar("T")
Keys: TypeAlias = tuple[str, ...]

WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
SAME = {"indices": "index", "people": "person", "org": "organization", "orgs": "organization"}
STEP = re.compile(
    r"""\.get\(\s*(?P<q>['"])(?P<got>.+?)(?P=q)\s*(?:,[^()]*)?\)
      | \[\s*(?P<p>['"])(?P<key>.+?)(?P=p)\s*\]
      | \.?(?P<name>[@$]?[\w-]+)""",
    re.VERBOSE,
)
SETTING = re.compile(
    r"""(?:dlt\.(?:secrets|config)\[\s*["'](?P<dlt>\w+)["']\s*\]
      | dlt\.config\.get\(\s*["'](?P<asked>\w+)["']\s*,\s*(?P<default>[^)]*?)\s*\)
      | \{\{\s*config\[\s*["'](?P<item>\w+)["']\s*\](?:\s+or\s+(?:''|""))?\s*\}\}
      | \{\{\s*config\.(?P<field>\w+)\s*\}\}
      | \$\{(?P<shell>\w+)\})""",
    re.VERBOSE,
)


class Unreadable(ValueError):  # noqa: N818 - it names what was found
    """The harness has no reading of this form: it lacks one, or the config is wrong."""


def pick(key: str, *choices: T) -> T:
    """One of *choices*, always the same for the same *key*: what an author leaves to the API."""
    return choices[zlib.crc32(key.encode()) % len(choices)]


def coin(key: str) -> bool:
    """Yes or no, see `pick`."""
    return bool(pick(key, 0, 1))


def stem(word: str) -> str:
    """What the singular and the plural of *word* have in common; only good to be compared."""
    word = word.lower()
    word = SAME.get(word, word)
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    word = word.removesuffix("e")
    return f"{word[:-1]}i" if word.endswith("y") else word


def words(name: str) -> Keys:
    """``orgSlugs`` -> ``("org", "slug")``, each as its `stem`."""
    return tuple(stem(word) for word in WORD.findall(name))


def snake(name: str) -> str:
    """``hasNextPage`` -> ``has_next_page``."""
    return "_".join(word.lower() for word in WORD.findall(name))


class Settings:
    """The values that a config leaves to its user; each that is asked for gets one."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def value(self, name: str) -> str:
        """The value of the setting *name*."""
        return self.values.setdefault(name, f"set-{name}")

    def fill(self, content: Any) -> Any:
        """*content* with every setting filled in, but for bare ``{x}``."""
        if isinstance(content, dict):
            return {key: self.fill(value) for key, value in content.items()}
        if isinstance(content, list):
            return [self.fill(value) for value in content]
        return SETTING.sub(self._filled, content) if isinstance(content, str) else content

    def _filled(self, match: re.Match[str]) -> str:
        if match["asked"]:
            return match["default"].strip("\"'")
        return self.value(next(name for name in match.groupdict().values() if name))


def paths(text: str) -> tuple[Keys, ...]:
    """The paths of an expression, one for each side of an ``or``.

    Raises:
        Unreadable: It is no such expression.
    """
    return tuple(_path(side) for side in re.split(r"\s+or\s+", unwrapped(text)))


def unwrapped(text: str) -> str:
    """*text* without the braces of a template."""
    found = re.fullmatch(r"\s*\{\{(.*)\}\}\s*", text)
    return (found[1] if found else text).strip()


def _path(text: str) -> Keys:
    text = re.sub(r"\s*\|.*", "", text).strip()
    if text.startswith("@"):
        return (text,)
    keys: list[str] = []
    place = 0
    while place < len(text):
        found = STEP.match(text, place)
        if not found:
            raise Unreadable(text)
        keys.append(found["got"] or found["key"] or found["name"])
        place = found.end()
    return tuple(keys[1:] if keys[0] == "response" and len(keys) > 1 else keys)
