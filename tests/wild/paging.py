"""How an API pages: the harness's reading of a ``paginator``."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from .conditions import NO_CURSOR, End, is_done, is_more, read_end
from .wording import Keys, Unreadable, paths, pick, snake, stem, words

__all__ = ["SINGLE", "Paging", "read_paging"]

Kind: TypeAlias = Literal["single", "offset", "page", "cursor"]
Place: TypeAlias = Literal["body", "header", "record", "counter"]
Style: TypeAlias = Literal["token", "number", "absolute", "path", "query", "href"]

RECORDS = re.compile(
    r"(starting|start)_after|ending_before|(since|before|after|start)_id|id_greater_than|page_after"
)
PAGE_PARAMS = {"page", "current_page", "page_number"}
EXACT_PAGE_KEYS = {"type", "base_page", "page", "page_param", "page_body_path", "total_path",
                   "maximum_page", "stop_after_empty_page", "has_more_path"}  # fmt: skip
LINKS = {"links", "_links"}
URL_WORDS = set(map(stem, ("url", "link", "uri", "href")))
TOKEN_WORDS = set(map(stem, ("token", "cursor", "id", "iterator", "after", "key")))
PLACE_WORDS = set(map(stem, ("page", "number", "offset")))
URLS: tuple[Style, ...] = ("absolute", "path", "query")
EITHER: tuple[Style, ...] = ("token", "absolute", "path")


@dataclass(frozen=True)
class Paging:
    """The paging of one resource.

    Attributes:
        params: Names under which the position may come back; the first is the declared one.
        body: Place of the position in a request's body, for APIs that want it there.
        size_param: Name under which a page size is asked for.
        size_body: Its place in a request's body.
        first: Number of the first page.
        place: Where a cursor is given.
        paths: Where it is in the body; more than one are alternatives.
        field: The record's field that is the cursor.
        style: What the cursor looks like.
    """

    kind: Kind
    params: Keys = ()
    body: Keys = ()
    size_param: str | None = None
    size_body: Keys = ()
    first: int = 0
    place: Place = "body"
    paths: tuple[Keys, ...] = ()
    field: str = ""
    style: Style = "token"
    end: End = NO_CURSOR


SINGLE = Paging("single")


def read_paging(mood: str, endpoint: dict[str, Any], selected: Keys, keys: Keys) -> Paging:
    """The paging that an endpoint declares.

    Args:
        mood: Decides what the author leaves open.
        endpoint: As written.
        selected: Where the records are.
        keys: The primary key.

    Raises:
        Unreadable: The paginator is not of a known form.
    """
    written = endpoint.get("paginator")
    if isinstance(written, str):
        written = {"type": written}
    kind = written.get("type") if written else "single_page"
    if not written or kind in {"single_page", "none"}:
        return SINGLE
    if kind == "page_number" or (
        kind == "offset" and "page_param" in written and "offset_param" not in written
    ):
        return _by_page(written)
    if kind == "offset":
        return _by_offset(written, posted=_method(endpoint) == "POST")
    if kind == "json_link":
        path = tuple(written.get("next_url_path", "next").split("."))
        return Paging("cursor", paths=(path,), style=pick(mood, *URLS))
    if kind == "header_link":
        return Paging("cursor", place="header", style="absolute", size_param=_size(written))
    if kind == "cursor":
        return _by_cursor(mood, written, selected, keys)
    raise Unreadable(str(kind))


def _method(endpoint: dict[str, Any]) -> str:
    return str(endpoint.get("method", endpoint.get("http_method", "GET"))).upper()


def _size(written: dict[str, Any], default: str | None = "limit") -> str | None:
    """The name of the parameter that takes the size, where a size is declared."""
    named = written.get("limit_param") or written.get("size_param")
    if "limit" not in written and "page_size" not in written:
        return named
    return named or default


def _by_offset(written: dict[str, Any], *, posted: bool) -> Paging:
    param = written.get("offset_param", "offset")
    dotted = tuple(param.split(".")) if posted and "." in param else ()
    declared = tuple(filter(None, written.get("offset_body_path", "").split(".")))
    size_body = tuple(filter(None, written.get("limit_body_path", "").split(".")))
    body = declared or dotted
    return Paging(
        "offset",
        params=() if body else (param,),
        body=body,
        size_param=_size(written),
        size_body=size_body or (*dotted[:-1], "limit") if body else (),
    )


def _by_page(written: dict[str, Any]) -> Paging:
    param = written.get("page_param", "page")
    loose = bool(written.keys() - EXACT_PAGE_KEYS)
    undeclared = 1 if loose and not param.lower().startswith("skip") else 0
    first = written.get("start_from_page", written.get("base_page", undeclared))
    body = tuple(filter(None, written.get("page_body_path", "").split(".")))
    return Paging(
        "page",
        params=() if body else (param,),
        body=body,
        size_param=_size(written, None),
        first=first,
    )


def _by_cursor(mood: str, written: dict[str, Any], selected: Keys, keys: Keys) -> Paging:
    end = read_end(written.get("stop_condition"), selected)
    param = written.get("cursor_param")
    known: dict[str, Any] = {"size_param": _size(written), "end": end}
    if "has_more_path" in written:
        known["end"] = End("more", (tuple(written["has_more_path"].split(".")),))
    expression = written.get("cursor_path") or written.get("cursor_value")
    if expression:
        return _where_it_says(mood, expression, param, known)
    if param and RECORDS.fullmatch(snake(param)):
        also = end.paths if end.kind == "missing" else ()
        return Paging("cursor", params=(param,), place="record", field=keys[0], paths=also, **known)
    if end.kind == "missing":
        return _in_body(mood, end.paths, param, known)
    if end.kind in {"no link", "results"}:
        return Paging("cursor", params=_params(param), place="header", style="absolute", **known)
    if param is None:
        raise Unreadable("a cursor without any place")
    return _by_name(mood, param, known)


def _by_name(mood: str, param: str, known: dict[str, Any]) -> Paging:
    """The cursor of which the parameter's name alone tells."""
    if snake(param) in PAGE_PARAMS:
        return Paging("cursor", params=(param,), place="counter", first=1, **known)
    if "." in param:
        path = tuple(param.split("."))
        bare = re.sub(r"^next_?", "", path[-1]) or path[-1]
        paging = _in_body(mood, (path,), None if _is_link(path) else param, known)
        params = (param, path[-1], bare, "cursor")
        return paging if _is_link(path) else replace(paging, params=params)
    return _in_body(mood, ((pick(mood, param, _as_next(param)),),), param, known)


def _where_it_says(
    mood: str, expression: str | list[str], param: str | None, known: dict[str, Any]
) -> Paging:
    if isinstance(expression, str):
        if re.search(r"\bheaders\b|\bLink\b|rel=", expression):
            return Paging(
                "cursor", params=_params(param), place="header", style="absolute", **known
            )
        of_record = re.search(
            r"(?:last_record|items\[-1\])(?:\.get\(\s*)?[.\[]*['\"]?(\w+)", expression
        )
        if of_record:
            field = of_record[1]
            return Paging("cursor", params=_params(param), place="record", field=field, **known)
    places = (tuple(expression),) if isinstance(expression, list) else paths(expression)
    return _in_body(mood, places, param, known)


def _in_body(
    mood: str, places: tuple[Keys, ...], param: str | None, known: dict[str, Any]
) -> Paging:
    if any(is_more(path) or is_done(path) for path in places):
        raise Unreadable(f"{places} is a flag")
    style = _style(mood, places[0], param)
    return Paging("cursor", params=_params(param), paths=places, style=style, **known)


def _params(param: str | None) -> Keys:
    return (param or "cursor",)


def _is_link(path: Keys) -> bool:
    return bool(URL_WORDS & set(words(path[-1])) or LINKS & set(path))


def _style(mood: str, path: Keys, param: str | None) -> Style:
    """What stands at *path*: its name says it, or else both occur."""
    last = words(path[-1])
    if len(path) > 1 and path[-1] in {"more", "next"} and path[-2] == "_links":
        return "href"
    if _is_link(path):
        return pick(mood, *URLS)
    if last[-1] in PLACE_WORDS and param:
        return pick(mood, "number", "token")
    if TOKEN_WORDS & set(last):
        return "token"
    return pick(mood, *EITHER) if param else pick(mood, *URLS)


def _as_next(param: str) -> str:
    """``pageToken`` -> ``nextPageToken``, ``cursor`` -> ``next_cursor``."""
    if param.lower().startswith("next"):
        return param
    camel = re.search(r"[a-z][A-Z]", param)
    return f"next{param[0].upper()}{param[1:]}" if camel else f"next_{param}"
