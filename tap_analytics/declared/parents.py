"""Finds the parent that a placeholder in a path means, by the path and the name.

A placeholder such as ``{cus_id}`` names nothing by itself. Its parent is looked for among the
declared resources, surest sign first: the resource whose path stands before the placeholder, the
one of that name, the one whose path ends in that name. Where two fit equally well nothing is
chosen.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = [
    "ANY_PLACEHOLDER",
    "EXACT",
    "Candidates",
    "Placeholder",
    "find_parent",
    "placeholder",
    "placeholders",
]

ANY_PLACEHOLDER = re.compile(r"\{\{?\s*(?P<inner>[^{}]+?)\s*\}?\}")
OWN = re.compile(
    r"stream_(partition|slice|interval)(\.(?P<dotted>\w+)|\[['\"](?P<quoted>\w+)['\"]\])"
)
EXACT = re.compile(r"(resources\.[^.]+|incremental|partitions)\.(.+)")
WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
SUFFIXES = frozenset({"id", "key", "slug", "code", "token", "uuid", "name", "gid", "iri"})
NOUNLESS = frozenset({"parent", "uuid"})
LISTING = frozenset({"list", "search", "all", "current", "query", "find"})
IRREGULAR = {"people": "person", "indices": "index", "org": "organization", "orgs": "organization"}
SHORTEST_ABBREVIATION = 2


class Placeholder(Struct, frozen=True):
    """One placeholder of a path.

    Attributes:
        text: As it stands, with its braces.
        name: What it is called.
        start: Where it begins in the path.
        certain: It speaks of a parent's record by its form, so it cannot be a setting.
    """

    text: str
    name: str
    start: int
    certain: bool = False

    @property
    def noun(self) -> str:
        """What kind of thing it identifies, in the singular; empty if it says nothing."""
        words = _words(self.name)
        if len(words) > 1 and words[-1] in SUFFIXES:
            words = words[:-1]
        elif len(words) == 1 and words[0] in SUFFIXES:
            words = []
        return "" if words and words[-1] in NOUNLESS else "_".join(_singular(words))

    @property
    def fields(self) -> tuple[str, ...]:
        """The parent's fields that may hold the value, the likeliest first."""
        suffix = _words(self.name)[-1]
        named = [suffix] if suffix in SUFFIXES else []
        return tuple(dict.fromkeys([self.name, *named, "id"]))


class Candidates(Struct, frozen=True):
    """What a search came to: one resource is the parent, several cannot be told apart."""

    names: tuple[str, ...]


def placeholders(path: str) -> Iterator[Placeholder]:
    """The placeholders of *path* that are not bound exactly, from left to right."""
    found = map(placeholder, ANY_PLACEHOLDER.finditer(path))
    return (wanted for wanted in found if wanted is not None)


def placeholder(match: re.Match[str]) -> Placeholder | None:
    """The placeholder at a *match* of `ANY_PLACEHOLDER`; None where that is bound or none."""
    inner = match["inner"]
    if EXACT.fullmatch(inner):
        return None
    if own := OWN.fullmatch(inner):
        name = own["dotted"] or own["quoted"]
        return Placeholder(match[0], name, match.start(), certain=True)
    return Placeholder(match[0], inner, match.start()) if re.fullmatch(r"\w+", inner) else None


def find_parent(child: str, wanted: Placeholder, paths: Mapping[str, str]) -> Candidates:
    """The resources that *wanted*, a placeholder in the path of *child*, may mean.

    Args:
        child: Name of the resource.
        wanted: The placeholder.
        paths: Path by name of all resources, in the config's order.

    Returns:
        One name where the parent is clear, several where it is not, none where there is none.
    """
    before = _segments(paths[child][: wanted.start])
    after = paths[child][wanted.start + len(wanted.text) :]
    segment = next((part for part in reversed(before) if part != "{}"), "")
    others = {
        name: _segments(path)
        for name, path in paths.items()
        if name != child and not _needs(path, wanted)
    }
    open_ended = {name: parts for name, parts in others.items() if parts and parts[-1] == "{}"}
    closed = {name: parts for name, parts in others.items() if name not in open_ended}
    crowded = after.lstrip("/").startswith("{") and not _agrees(wanted.noun, segment)
    pools = () if crowded or not before else (closed, open_ended)
    steps = [[name for name, parts in pool.items() if _listing(parts) == before] for pool in pools]
    steps += _by_name(wanted, segment, closed)
    steps.append([name for name in open_ended if wanted.noun and _one(name) == wanted.noun])
    for found in steps:
        if found:
            return Candidates(_best(found, wanted, before, paths))
    return Candidates(())


def _by_name(
    wanted: Placeholder, segment: str, pool: Mapping[str, list[str]]
) -> Iterator[list[str]]:
    noun = wanted.noun
    follows = wanted.certain or not noun or _agrees(noun, segment)
    if noun:
        yield [name for name in pool if _one(name) == noun]
    if follows and segment:
        yield [name for name in pool if _one(name) == segment]
    if noun:
        yield [name for name, parts in pool.items() if _last(parts) == noun]
    if follows and segment:
        yield [name for name, parts in pool.items() if _last(parts) == segment]
    if noun:
        yield [
            name
            for name, parts in pool.items()
            if _one(name).endswith(f"_{noun}") and _last(parts).endswith(noun)
        ]


def _best(
    found: list[str], wanted: Placeholder, before: list[str], paths: Mapping[str, str]
) -> tuple[str, ...]:
    """Of several: the exact name, then the longest common path, then the fewest placeholders."""

    def rank(name: str) -> tuple[bool, int, int]:
        parts = _segments(paths[name])
        common = next(
            (at for at, pair in enumerate(zip(parts, before, strict=False)) if pair[0] != pair[1]),
            min(len(parts), len(before)),
        )
        return _one(name) != wanted.noun, -common, parts.count("{}")

    least = min(map(rank, found))
    equal = [name for name in found if rank(name) == least]
    by_path: dict[str, str] = {}
    for name in equal:
        by_path.setdefault(paths[name], name)  # of one endpoint all are the same parent
    return tuple(by_path.values())


def _needs(path: str, wanted: Placeholder) -> bool:
    return any(other.name == wanted.name or (wanted.noun and other.noun == wanted.noun)
               for other in placeholders(path))  # fmt: skip


def _segments(path: str) -> list[str]:
    """The parts of a path, fixed ones singular and in lower case, placeholders as ``{}``."""
    plain = ANY_PLACEHOLDER.sub("{}", path.partition("?")[0])
    plain = re.sub(r"^https?://[^/]*", "", plain)
    parts = [part for part in plain.split("/") if part]
    return [part if part == "{}" else _one(part.removesuffix(".json")) for part in parts]


def _listing(parts: list[str]) -> list[str]:
    return parts[:-1] if parts and parts[-1] in LISTING else parts


def _last(parts: list[str]) -> str:
    return next((part for part in reversed(_listing(parts)) if part != "{}"), "")


def _agrees(noun: str, segment: str) -> bool:
    """Whether *noun* is *segment*, its end, or an abbreviation of it."""
    if not noun or not segment:
        return False
    letters = iter(segment)
    shortened = (
        len(noun) >= SHORTEST_ABBREVIATION
        and noun[0] == segment[0]
        and all(letter in letters for letter in noun)
    )
    return segment == noun or segment.endswith(f"_{noun}") or shortened


def _one(name: str) -> str:
    return "_".join(_singular(_words(name)))


def _words(name: str) -> list[str]:
    return [word.lower() for word in WORD.findall(name)] or [name.lower()]


def _singular(words: Iterable[str]) -> list[str]:
    """The words, the last in the singular."""
    *first, last = [IRREGULAR.get(word, word) for word in words] or [""]
    if last.endswith("ies") and len(last) > len("ties"):
        last = f"{last[:-3]}y"
    elif re.search(r"(ss|sh|ch|x|z)es$", last):
        last = last[:-2]
    elif re.search(r"[^su]s$", last):
        last = last[:-1]
    return [*first, last]
