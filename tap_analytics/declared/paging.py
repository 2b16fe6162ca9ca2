"""Reads paginators that are written loosely, as the exact vocabulary; one INFO line a reading."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any

from tap_analytics.declared.conditions import Stop, read_stop_condition
from tap_analytics.spec import Cursor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_analytics.check import Problems

__all__ = ["read_paginator", "steps"]

logger = logging.getLogger("tap-analytics.config")
ENVELOPES = ("meta.pagination", "pagination", "meta", "paging")
PAGE_WORDS = frozenset({"page", "current_page", "page_number", "pagenumber"})
OF_RECORD = re.compile(
    r"(starting|start|ending|since|before|after|id)[_-]?(after|before|id|greater_than)?|id_\w+_than"
    r"|page\[(after|before)\]",
    re.IGNORECASE,
)
OF_LINK = re.compile(r"(^|\.)_?links\.|(link|ur[il]|href)$", re.IGNORECASE)
BODY_PATHS = {
    "offset": ("offset", "limit"),
    "page_number": ("page",),
    "cursor": ("cursor",),
}
SIZES = frozenset({"limit", "limit_param", "page_size", "size_param"})
SIZED = frozenset({"cursor", "header_link", "offset", "page_number"})
WINDOW_KEYS = frozenset({"step", "start_time_option", "end_time_option", "start_datetime"})
NO_PAGE = re.compile(r".*(token|cursor|offset|size|limit)|start", re.IGNORECASE)
NO_CURSOR = re.compile(r"id|(\w+[_.])?(created|updated|modified)(_?(at|on|date|time))?|date",
                       re.IGNORECASE)  # fmt: skip
ROOTS = frozenset({"", "$", "[]", "$[*]", "[*]"})
NO_RECORD = frozenset({"start", "after", "before", "id", "since"})
STEP = re.compile(
    r"\[\s*['\"](?P<quoted>[^'\"]+)['\"]\s*\]|\.get\(\s*['\"](?P<got>[^'\"]+)['\"][^)]*\)"
)
LAST_RECORD = re.compile(r"(last_record|\w+\[-1\])\.(?P<field>.+)")


def read_paginator(
    paginator: Any,
    path: str,
    problems: Problems,
    *,
    endpoint: Mapping[str, Any] | None = None,
    key: Any = None,
) -> Any:
    """The paginator mapping in the exact vocabulary.

    Args:
        paginator: As configured; a bare name becomes a mapping.
        path: Its config path, for messages.
        problems: Takes in what cannot be read.
        endpoint: The resource's, to tell records from cursors and a size from other parameters.
        key: The resource's primary key.
    """
    if isinstance(paginator, str):
        paginator = {"type": paginator}
    if not isinstance(paginator, dict):
        return paginator
    endpoint = endpoint or {}
    params = endpoint.get("params")
    reader = Reader(dict(paginator), path, problems, endpoint.get("data_selector"), key)
    reader.sizes(params if isinstance(params, dict) else {})
    if endpoint.get("method") == "POST":
        reader.nested()
    if windows := sorted(WINDOW_KEYS & paginator.keys()):
        found = ", ".join(windows)
        problems.undecide(path, f"{found} speak of date windows; write them as incremental")
        return {"type": "single_page"}
    match paginator.get("type"):
        case "custom":
            reason = "'custom' is Python code, which is not run; name one of the paginators"
            problems.undecide(f"{path}.type", reason)
            return {"type": "single_page"}
        case "json_response":
            reader.set("type 'json_response'", type="json_link")
        case "offset":
            reader.offset()
        case "page_number":
            reader.page_number()
        case "cursor":
            reader.cursor()
        case _:
            pass
    return reader.exact


class Reader:
    """One paginator, rewritten in place.

    Attributes:
        exact: The mapping so far.
    """

    def __init__(
        self, paginator: dict[str, Any], path: str, problems: Problems, selector: Any, key: Any
    ) -> None:
        self.exact = paginator
        self._path = path
        self._problems = problems
        self._given = frozenset(paginator)
        self._selector = selector if isinstance(selector, str) else None
        key = key[0] if isinstance(key, list) and len(key) == 1 else key
        self._key = key if isinstance(key, str) and key else "id"

    def set(self, found: str, **reading: Any) -> None:
        """Take a reading in and log it."""
        self.exact.update(reading)
        shown = ", ".join(f"{key} {value}" for key, value in reading.items())
        logger.info("%s: %s is read as %s", self._path, found, shown)

    def sizes(self, params: dict[str, Any]) -> None:
        """``page_size`` is the limit; so is a parameter of the limit's name."""
        if "page_size" in self.exact:
            self.set("'page_size'", limit=self.exact.pop("page_size"))
        if "size_param" in self.exact:
            self.set("'size_param'", limit_param=self.exact.pop("size_param"))
        name = self.exact.get("limit_param", "limit")
        sized = self.exact.get("type") in SIZED
        if sized and "limit" not in self.exact and str(params.get(name, "")).isdecimal():
            self.exact["limit"] = int(params[name])

    def nested(self) -> None:
        """A dotted parameter of a POST is a path in its body."""
        for kind in BODY_PATHS.get(self.exact.get("type", ""), ()):
            param = self.exact.get(f"{kind}_param")
            if isinstance(param, str) and "." in param:
                self.set(f"{kind}_param {param!r}", **{f"{kind}_body_path": param})
                del self.exact[f"{kind}_param"]

    def offset(self) -> None:
        """An offset that goes in a page parameter is a page number."""
        param = str(self.exact.get("offset_param", ""))
        if "page_param" in self.exact and not param:
            self.set("type 'offset' with a page_param", type="page_number")
            self.page_number()
        elif param.lower() in PAGE_WORDS:
            self._undecide(f"offset_param {param!r} is the name of a page number")
        else:
            self._counted_end()

    def _counted_end(self) -> None:
        """A condition of a paginator that counts: an empty page ends it in any case."""
        condition = self.exact.pop("stop_condition", None)
        if condition is None:
            return
        stop = read_stop_condition(str(condition), self._selector)
        found = f"stop_condition {condition!r}"
        if stop is not None and stop.kind == "more":
            self.set(found, has_more_path=anywhere(stop.path))
        elif stop is not None and stop.kind == "pages" and self.exact["type"] == "page_number":
            self.set(found, total_path=stop.path)
        else:
            logger.info("%s: %s adds nothing to an empty page", self._path, found)

    def page_number(self) -> None:
        """With a size or a first page the numbers begin at 1 where nothing else is said."""
        exact = self.exact
        param = str(exact.get("page_param", ""))
        if NO_PAGE.fullmatch(param):
            self._undecide(f"page_param {param!r} is no name of a page number")
        self._counted_end()
        first = exact.pop("start_from_page", None)
        if first is not None:
            self.set(f"'start_from_page' {first}", base_page=first)
        elif "base_page" not in exact and SIZES & self._given:
            skips = str(exact.get("page_param", "page")).lower().startswith("skip")
            self.set("a page_number without its first page", base_page=0 if skips else 1)

    def cursor(self) -> None:
        """Where the next value is, how it goes back, and when there is none."""
        exact = self.exact
        condition = exact.pop("stop_condition", None)
        stop = None
        if condition is not None:
            stop = read_stop_condition(str(condition), self._selector)
            if stop is None:
                self._problems.undecide(
                    f"{self._path}.stop_condition",
                    f"{condition!r} is not understood; set has_more_path, or leave it out where a "
                    f"missing cursor is the end",
                )
        written = exact.pop("cursor_value", None)
        written = exact.get("cursor_path", written)
        if written is not None:
            self._place(written)
        elif "cursor_param" in exact:
            self._guess(str(exact["cursor_param"]), stop)
        elif stop is not None and stop.kind == "missing":
            self.set("the stop_condition", cursor_path=anywhere(stop.path))
        elif stop is not None and stop.kind == "link":
            self._link("of the stop_condition")
        exact = self.exact
        if stop is not None and exact["type"] == "cursor":
            self._end(stop, condition)
        self._check_place()

    def _check_place(self) -> None:
        """A body that is a list holds no cursor; and a record's own field is none."""
        exact = self.exact
        if exact["type"] != "cursor" or exact.get("cursor_source") == "last_record":
            return
        path = str(exact.get("cursor_path", ""))
        if NO_CURSOR.fullmatch(path):
            self._undecide(f"cursor_path {path!r} is the name of a record's field")
        elif self._selector in ROOTS and path:
            self._undecide(f"data_selector {self._selector!r} leaves no room for {path!r}")

    def _undecide(self, found: str) -> None:
        self._problems.undecide(self._path, f"{found}; it can be read in more than one way")

    def _place(self, written: Any) -> None:
        """A cursor_path in one of the forms that occur."""
        if isinstance(written, list):
            self.set(f"cursor_path {written}", cursor_path=steps(written))
            return
        if str(written).startswith("$"):  # a JSONPath is exact
            return
        text = str(written).strip().removeprefix("{{").removesuffix("}}").strip()
        text = STEP.sub(
            lambda step: f".{step['quoted'] or step['got']}", text.partition("|tojson")[0]
        )
        if re.match(r"(response\.)?headers\b", text) or text.lower() in {"link", "rel=next"}:
            self._link(text)
            return
        record = LAST_RECORD.fullmatch(text)
        if record:
            self.set(f"cursor {text}", cursor_path=record["field"], cursor_source="last_record")
            return
        text = re.sub(r"\bresponse\.", "", text)
        text = re.sub(r"\s+or\s+", "|", text)
        if text != written:
            self.set(f"cursor {written!r}", cursor_path=text)
        self.exact["cursor_path"] = text

    def _link(self, text: str) -> None:
        self.exact = {key: value for key, value in self.exact.items() if key.startswith("limit")}
        self.set(f"cursor {text}", type="header_link")

    def _guess(self, param: str, stop: Stop | None) -> None:
        """Where the value for *param* is, if nothing says so."""
        found = f"a cursor_param {param!r} without cursor_path"
        if stop is not None and stop.kind == "link":
            self._link("of the stop_condition")
        elif param.lower() in PAGE_WORDS:
            total = stop.path if stop is not None and stop.kind == "pages" else None
            self.exact.pop("cursor_param")
            self.set(found, type="page_number", page_param=param, base_page=1)
            if total:
                self.set("the stop_condition", total_path=total)
        elif stop is not None and stop.kind == "missing" and OF_LINK.search(stop.path):
            self.set(found, cursor_path=stop.path)
        elif OF_RECORD.fullmatch(param) and param.lower() not in NO_RECORD:
            self.set(found, cursor_path=self._key, cursor_source="last_record")
        elif stop is not None and stop.kind == "missing":
            self.set(found, cursor_path=anywhere(stop.path))
        else:
            paths = f"{Cursor().cursor_path}|{anywhere(param)}"
            if not param.lower().startswith("next"):
                paths += f"|next_{param}|next{param[:1].upper()}{param[1:]}"
            self.set(found, cursor_path=paths)

    def _end(self, stop: Stop, condition: Any) -> None:
        found = f"stop_condition {condition!r}"
        match stop.kind:
            case "more":
                self.set(found, has_more_path=anywhere(stop.path))
            case "done":
                self.set(found, done_path=stop.path)
            case "empty":
                self.set(found, stop_after_empty_page=True)
            case "short":
                self.set(found, stop_below=stop.size)
            case _:
                logger.info("%s: %s adds nothing to a missing cursor", self._path, found)


def steps(keys: list[Any]) -> str:
    """The path that goes through *keys*, each of them one key or ``*``; all of it without any."""
    names = list(map(str, keys))
    if all(re.fullmatch(r"[\w@$*-]+", name) for name in names):
        return ".".join(names) or "$"
    return "$" + "".join("[*]" if name == "*" else f"['{name}']" for name in names)


def anywhere(name: str) -> str:
    """A path for a bare *name*: in the body itself, or where envelopes keep their paging."""
    if "." in name or "|" in name:
        return name
    return "|".join([name, *(f"{place}.{name}" for place in ENVELOPES)])
