"""When a walk over pages ends: the harness's reading of a ``stop_condition``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from .wording import Keys, Unreadable, paths, snake, unwrapped

__all__ = ["NO_CURSOR", "End", "is_done", "is_more", "read_end"]

Kind: TypeAlias = Literal[
    "none", "more", "done", "missing", "no link", "results", "empty", "short", "count", "counted",
    "record",
]  # fmt: skip

MORE = re.compile(r"(has|have|is)_(more|next)(_\w+)?|more(_(records|results|pages|items))?")
DONE = re.compile(
    r"done|finished|completed?|is_last(_page)?|last_page|end|exhausted|no_(more|next)(_\w+)?"
)
LINKS = {"links", "_links"}
NOTHING = r"(?:none|None|null|not defined|\{\}|\"\"|'')"


@dataclass(frozen=True)
class End:
    """How the last page shows.

    Attributes:
        paths: Where the flag, the cursor, or the numbers are that tell.
        size: Below this number of records a page is the last.
    """

    kind: Kind
    paths: tuple[Keys, ...] = ()
    size: int = 0


NO_CURSOR = End("none")  # the end that always holds: there is no cursor


def is_more(path: Keys) -> bool:
    """Whether *path* names a flag that is true while there is more."""
    if len(path) > 1 and path[-2] in LINKS and path[-1] in {"more", "next"}:
        return False
    return bool(MORE.fullmatch(snake(path[-1])))


def is_done(path: Keys) -> bool:
    """Whether *path* names a flag that is true at the end."""
    return bool(DONE.fullmatch(snake(path[-1])))


def read_end(text: str | None, selected: Keys) -> End:
    """What *text* says of the end.

    Args:
        text: The condition as it is written.
        selected: Where the records are; a condition about them is about an empty page.

    Raises:
        Unreadable: It says nothing that is known.
    """
    if text is None or text.strip().lower() in {"", "none"}:
        return NO_CURSOR
    text = unwrapped(text)
    if "headers" in text or "rel=" in text:
        about_results = re.search(r"results['\"\]]*\s*==\s*['\"]false['\"]", text)
        return End("results" if about_results else "no link")
    for read in (_of_size, _of_value, _of_words):
        end = read(text, selected)
        if end:
            return end
    raise Unreadable(text)


def _of_size(text: str, _selected: Keys) -> End | None:
    if found := re.search(r"len\((.+?)\)\s*<\s*(\d+)", text):
        return End("short", size=int(found[2]))
    if re.search(r"\|\s*length\s*==\s*0$", text) or text == "last_page_size == 0":
        return End("empty")
    if found := re.fullmatch(r"(response\.\w*size\w*)\s*==\s*0", text):
        return End("empty", paths(found[1]))
    if found := re.fullmatch(r"(.+?)\s*<=\s*1", text):
        return End("count", paths(found[1]))
    return None


def _of_value(text: str, _selected: Keys) -> End | None:
    if found := re.fullmatch(r"['\"](.+?)['\"]\s+not\s+in\s+(response.*)", text):
        (within,) = paths(found[2])
        return End("missing", ((*(() if within == ("response",) else within), found[1]),))
    if found := re.fullmatch(rf"(.+?)\s*(?:==|\bis)\s+{NOTHING}", text):
        return End("missing", paths(found[1]))
    if found := re.fullmatch(r"(.+?)\s*(?:==|\bis)\s+([Ff]alse|[Tt]rue)", text):
        return End("more" if found[2].lower() == "false" else "done", paths(found[1]))
    if found := re.fullmatch(r"([\w.]+)\s*==\s*([\w.]+)", text):
        return End("counted", (*paths(found[1]), *paths(found[2])))
    return None


def _of_words(text: str, selected: Keys) -> End | None:
    if found := re.fullmatch(r"not\s+last_record(?:\.get\(\s*['\"](\w+)['\"].*\)|\.(\w+))", text):
        return End("record", ((found[1] or found[2],),))
    if not text.startswith("not "):
        (path,) = paths(text)
        if is_more(path):
            return End("more", (path,))
        return End("done", (path,)) if is_done(path) else None
    sides = [side.strip() for side in re.split(r"\s+and\s+", text)]
    named = tuple(path for side in sides for path in paths(side.removeprefix("not ")))
    if len(named) > 1:
        return End("missing", named)
    if is_more(named[0]):
        return End("more", named)
    return End("empty") if named[0] == selected else End("missing", named)
