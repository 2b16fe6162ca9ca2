"""Whose children a resource's records are: the harness's reading of placeholders."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from .wording import Keys, Unreadable, stem, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Placeholder", "Shape", "find_parent", "placeholders"]

SUFFIXES = {stem(name): name for name in ("id", "key", "slug", "code", "token", "uuid", "name")}
NO_NOUN = {"id", "parent_id", "uuid_id"}
LISTS = {"list", "search", "all", "current", "query", "find"}
PLACEHOLDER = re.compile(
    r"""\{resources\.(?P<parent>\w+)\.(?P<field>\w+)\}
      | \{\{\s*stream_(?:partition|slice)
          (?:\.(?P<dotted>\w+)|\[\s*['"](?P<item>\w+)['"]\s*\])\s*\}\}
      | \{\s*stream_(?:partition|slice)\.(?P<loose>\w+)\s*\}
      | \{\{\s*(?P<double>\w+)\s*\}\}
      | \{(?P<bare>\w+)\}""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Placeholder:
    """A place in a path or parameter for a parent's value.

    Attributes:
        raw: As it is written.
        name: Of the value.
        noun: Words of the parent's name; empty where the name has none.
        suffix: Which of the parent's fields, as far as the name says it.
        parent: The parent, where it is said outright.
        sliced: Whether only a parent can give the value.
    """

    raw: str
    name: str
    noun: Keys
    suffix: str
    parent: str = ""
    sliced: bool = False


@dataclass(frozen=True)
class Shape:
    """What of a resource tells whose child or parent it is: its path, without its query."""

    name: str
    path: str

    @property
    def segments(self) -> Keys:
        """Of the path: words joined, ``{}`` for a placeholder."""
        return tuple(map(_segment, self.path.strip("/").split("/")))

    @property
    def ends_fixed(self) -> bool:
        """Whether the path ends in a fixed segment."""
        return self.segments[-1] != "{}"

    @property
    def nouns(self) -> set[Keys]:
        """What it needs itself."""
        return {found.noun for found in placeholders(self.path) if found.noun}


def _segment(text: str) -> str:
    if PLACEHOLDER.search(text):
        return PLACEHOLDER.sub("{}", text)
    return "_".join(words(text.removesuffix(".json"))) or text


def placeholders(text: str) -> Iterator[Placeholder]:
    """The placeholders of *text*, from left to right."""
    for match in PLACEHOLDER.finditer(text):
        if match["parent"]:
            yield Placeholder(match[0], match["field"], (), match["field"], match["parent"])
            continue
        sliced = match["dotted"] or match["item"] or match["loose"]
        name = sliced or match["double"] or match["bare"]
        parts = words(name)
        suffix = SUFFIXES.get(parts[-1], "")
        noun = () if name in NO_NOUN else parts[:-1] if suffix and len(parts) > 1 else parts
        yield Placeholder(match[0], name, noun, suffix, sliced=bool(sliced))


Rule: TypeAlias = "Callable[[Shape], bool]"


def find_parent(child: Shape, wanted: Placeholder, shapes: list[Shape]) -> str | None:
    """The name of the resource that gives *wanted*; None where it is a setting.

    Raises:
        Unreadable: Several resources fit equally, or none and it is no setting.
    """
    if wanted.parent:
        return wanted.parent
    able = [
        shape
        for shape in shapes
        if shape.name != child.name and not (wanted.noun and wanted.noun in shape.nouns)
    ]
    for rule in _rules(child, wanted):
        fitting = [shape for shape in able if rule(shape)]
        if found := [shape for shape in fitting if shape.ends_fixed]:
            return _best(child, wanted, found).name
    for shape in able:
        if words(shape.name) == wanted.noun:
            return shape.name
    if wanted.sliced:
        raise Unreadable(f"{child.name}: nothing gives {wanted.raw}")
    return None


def _rules(child: Shape, wanted: Placeholder) -> Iterator[Rule]:
    """The rules in their order: path, name, last segment, ends of both."""
    before = _before(child, wanted)
    segment = tuple(before[-1].split("_")) if before and before[-1] != "{}" else ()
    noun = wanted.noun
    if before and not (_doubled(child, wanted) and noun != segment):
        yield lambda shape: _list_path(shape) == before
    yield lambda shape: words(shape.name) == noun
    agreeing = not noun or wanted.sliced or _agree(noun, segment)
    if segment and agreeing:
        yield lambda shape: words(shape.name) == segment
    yield lambda shape: tuple(shape.segments[-1].split("_")) == noun
    if segment and agreeing:
        yield lambda shape: tuple(shape.segments[-1].split("_")) == segment
    if noun:
        yield lambda shape: words(shape.name)[-len(noun) :] == noun
        yield lambda shape: tuple(shape.segments[-1].split("_"))[-len(noun) :] == noun


def _before(child: Shape, wanted: Placeholder) -> Keys:
    """The segments before the one that *wanted* stands in."""
    if wanted.raw not in child.path:
        return ()
    head = child.path[: child.path.index(wanted.raw)]
    return tuple(map(_segment, head.strip("/").split("/"))) if head.strip("/") else ()


def _doubled(child: Shape, wanted: Placeholder) -> bool:
    """Whether another placeholder follows directly."""
    tail = child.path[child.path.index(wanted.raw) + len(wanted.raw) :]
    following = tail.lstrip("/").split("/")[0]
    return tail.startswith("/") and bool(PLACEHOLDER.search(following))


def _list_path(shape: Shape) -> Keys:
    segments = shape.segments
    return segments[:-1] if segments[-1] in map(stem, LISTS) else segments


def _agree(noun: Keys, segment: Keys) -> bool:
    """Whether *noun* is *segment*, its end, or short for it."""
    if not segment:
        return False
    short = "".join(noun)
    return noun == segment[-len(noun) :] or "".join(segment).startswith(short)


def _best(child: Shape, wanted: Placeholder, found: list[Shape]) -> Shape:
    def rank(shape: Shape) -> tuple[bool, int, int]:
        common = 0
        for one, other in zip(shape.segments, child.segments, strict=False):
            if one != other:
                break
            common += 1
        return words(shape.name) != wanted.noun, -common, shape.segments.count("{}")

    found = sorted(found, key=rank)
    best = [shape for shape in found if rank(shape) == rank(found[0])]
    if len({shape.path for shape in best}) > 1:
        raise Unreadable(f"{child.name}: {wanted.raw} may come from {[s.name for s in best]}")
    return best[0]
