"""What an answer shows of itself: its envelope, and all that may speak of further pages."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import msgspec
from msgspec import Struct
from requests.utils import parse_header_links

from tap_analytics.records.selector import Path
from tap_analytics.rest.detect import COUNT, LINK, MORE, NEXT, TOKEN
from tap_analytics.rest.page import FALSE_TEXTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["Signal", "envelope", "lists", "lists_of_objects", "shown", "signals_of", "truth"]

Kind: TypeAlias = Literal["next link", "link", "token", "more", "end", "total", "pages"]
LONGEST: Final = 48
DEEPEST = 4
MOST_KEYS = 40
SMALL = 8
LAST_FLAG = re.compile(r"(is_?)?(done|finished|completed?|last(_?page)?|end)", re.IGNORECASE)
PAGES = re.compile(
    r"(current_?|last_?|total_?|num_?|count_?)?pages?(_?(number|no|num|count|total|size))?"
    r"|per_?page|limit|offset|skip",
    re.IGNORECASE,
)
HEADER = re.compile(r"(^|-)(?P<word>next|total|cursor|pages?|per-page)(-|$)", re.IGNORECASE)
TROUBLE = frozenset({"errors", "warnings"})


class Signal(Struct, frozen=True):
    """One thing in an answer that speaks of paging.

    Attributes:
        path: Where it stands; ``header x`` for a header.
        value: As it came, a link without what is around it.
    """

    kind: Kind
    path: str
    value: Any


def shown(value: Any, redact: Callable[[str], str]) -> str:
    """*value* in short, secrets taken out before anything is cut off."""
    if isinstance(value, (dict, list)):
        return _kind(value)
    text = redact(value) if isinstance(value, str) else _json(value)
    text = text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
    return repr(text) if isinstance(value, str) else text


def _json(value: Any) -> str:
    return str(value) if isinstance(value, (Decimal, int)) and not isinstance(value, bool) else (
        msgspec.json.encode(value).decode())  # fmt: skip


def _kind(value: dict[str, Any] | list[Any]) -> str:
    return f"list of {len(value)}" if isinstance(value, list) else f"object of {len(value)}"


def envelope(document: Any, redact: Callable[[str], str]) -> dict[str, str]:
    """The top of a body by dotted path, lists by their length and small objects by their keys."""
    if not isinstance(document, dict):
        return {"$": shown(document, redact)}
    found: dict[str, str] = {}
    for key, value in document.items():
        found[key] = shown(value, redact)
        if isinstance(value, dict) and len(value) <= SMALL:
            found |= {f"{key}.{name}": shown(inner, redact) for name, inner in value.items()}
    if len(found) <= MOST_KEYS:
        return found
    kept = dict(list(found.items())[:MOST_KEYS])
    return {**kept, "…": f"{len(found) - MOST_KEYS} more"}


def signals_of(headers: Mapping[str, str], document: Any, records: list[Any]) -> list[Signal]:
    """All that may speak of further pages, headers first.

    Args:
        headers: Of the answer, names in lower case.
        document: Decoded body.
        records: What was selected in it; nothing is looked for inside of them.
    """
    inside = {id(record) for record in records}
    return [*_in_headers(headers), *_in_body(document, inside, "", 0)]


def _in_headers(headers: Mapping[str, str]) -> Iterator[Signal]:
    for link in parse_header_links(headers.get("link", "")):
        relations = link.get("rel", "").lower().split()
        ends = link.get("results", "").lower() == "false"
        kind: Kind = "next link" if "next" in relations and not ends else "link"
        yield Signal(kind, f"header link, rel={' '.join(relations)}", link.get("url"))
        if "next" in relations and ends:
            yield Signal("more", "header link, results", "false")
    for name, value in headers.items():
        if match := HEADER.search(name):
            token = match["word"].lower() in {"next", "cursor"}
            counted: Kind = "total" if match["word"] == "total" and "page" not in name else "pages"
            if token:
                yield Signal("token", f"header {name}", value or None)
            elif value.isdecimal():
                yield Signal(counted, f"header {name}", int(value))


def _in_body(node: Any, inside: set[int], path: str, depth: int) -> Iterator[Signal]:
    if not isinstance(node, dict) or id(node) in inside or depth > DEEPEST:
        return
    for key, value in node.items():
        where = f"{path}.{key}" if path else key
        kind = _kind_of(key, value)
        if kind:
            yield Signal(kind, where, _href(value))
        else:
            yield from _in_body(value, inside, where, depth + 1)


def _kind_of(key: str, value: Any) -> Kind | None:  # noqa: PLR0911 - one return a kind
    href = _href(value)
    plain = not isinstance(href, (dict, list))
    if not plain:
        return None
    if MORE.fullmatch(key) and str(href).lower() in {"true", "false", "0", "1", "none"}:
        return "more"
    if LAST_FLAG.fullmatch(key) and isinstance(href, bool):
        return "end"
    if isinstance(href, str) and _leads_on(key) and LINK.match(href):
        return "next link"
    if NEXT.fullmatch(key) or TOKEN.fullmatch(key):
        return "token" if not isinstance(href, bool) else None
    if COUNT.fullmatch(key) and _is_count(href):
        return "total"
    return "pages" if PAGES.fullmatch(key) and _is_count(href) else None


def _leads_on(key: str) -> bool:
    return bool(NEXT.fullmatch(key) or TOKEN.fullmatch(key) or MORE.fullmatch(key))


def _href(value: Any) -> Any:
    return (
        value["href"] if isinstance(value, dict) and isinstance(value.get("href"), str) else value
    )


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def truth(signal: Signal) -> bool:
    """Whether a flag is set, also where it is a number or a text."""
    return str(signal.value).strip().lower() not in FALSE_TEXTS


def lists_of_objects(document: Any) -> list[tuple[str, int]]:
    """Where lists of objects stand in a body, and how long they are, the longest first."""
    found = [
        (path, len(value))
        for path, value in lists(document)
        if value
        and all(isinstance(item, dict) for item in value)
        and not TROUBLE & set(path.split("."))
        and _leads_to(path, document, value)
    ]
    return sorted(found, key=lambda each: -each[1])


def _leads_to(path: str, document: Any, value: Any) -> bool:
    """Whether *path* is a selector for *value*; a key with marks of its own may not make one."""
    try:
        return Path(path).first(document) is value
    except ValueError:
        return False


def lists(node: Any, path: str = "$", depth: int = 0) -> Iterator[tuple[str, list[Any]]]:
    """The lists in a body with their dotted paths; those inside of lists are none of them."""
    if isinstance(node, list):
        yield path, node
    elif isinstance(node, dict) and depth <= DEEPEST:
        for key, value in node.items():
            yield from lists(value, f"{path}.{key}" if depth else key, depth + 1)
