"""Reads from a first page how an API pages, where no paginator says so.

What is found is one of the ordinary paginators. Where a page says that there is more and nothing
tells how to get it, that is an error: the first page alone would pass for the whole.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from requests.utils import parse_header_links

from tap_analytics.exceptions import PagingError
from tap_analytics.records.selector import MISSING, Path
from tap_analytics.spec import (
    Cursor,
    HeaderCursor,
    HeaderLink,
    JsonLink,
    PageNumber,
    Paginator,
    SinglePage,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_analytics.rest.page import Page

__all__ = ["LINK", "LINK_KEYS", "check_single", "detect", "link_in"]

PLACES = ("", "meta", "pagination", "paging", "page_info", "pageInfo", "links", "_links", "cursors")
NESTED_TOKENS = ("paging.next.after", "next.after", "next.cursor")
PLACES_INSIDE_META = ("pagination", "paging", "page")
LINK_KEYS = frozenset({"href", "url"})
DEEPEST_LINK = 3
LINK = re.compile(r"https?://|\?|/[^?]*\?", re.IGNORECASE)
NEXT = re.compile(r"@odata\.nextlink|next.*", re.IGNORECASE)
TOKEN = re.compile(
    r"next(_?(page_?)?(cursor|token|offset|key|id)|_?page)?|(?P<bare>(end_?)?cursor)", re.IGNORECASE
)
MORE = re.compile(r"(has|have|is)_?more(_?\w+)?|has_?next(_?page)?|more", re.IGNORECASE)
PAGES = re.compile(r"(total_?|num_?|page_?)pages?|page_?count|pages(_?total)?", re.IGNORECASE)
PAGE = re.compile(r"(current_?)?page(_?(number|no|index))?", re.IGNORECASE)
NEXT_HEADER = re.compile(r"x-next-(?P<param>cursor|token|page)")
COUNT = re.compile(r"(estimated_?)?total(_?(count|records|results|items|size))?", re.IGNORECASE)


def detect(page: Page) -> Paginator:
    """The paginator that leads on from *page*, the first of a walk.

    Raises:
        PagingError: There is more, but no sign of how to get it.
    """
    for way in (_by_link, _by_token, _by_header, _by_number):
        if (found := way(page)) is not None:
            return found
    check_single(page)
    return SinglePage()


def _by_link(page: Page) -> Paginator | None:
    for link in parse_header_links(page.headers.get("link", "")):
        if "next" in link.get("rel", "").lower().split():
            return HeaderLink()
    if page.document in page.records:
        return None
    if path := next(_links(page.document, LINK), None):
        return Cursor(cursor_path=path, has_more_path=_more_path(page))
    below = re.compile(re.escape(urlsplit(page.request.url).path.rstrip("/")) + "/")
    path = next(_links(page.document, below), None)  # a token may begin with a slash, but not so
    return None if path is None else JsonLink(next_url_path=path)


def _by_token(page: Page) -> Paginator | None:
    for path in NESTED_TOKENS:
        if _is_token(Path(path).first(page.document)):
            return Cursor(cursor_path=path, cursor_param=path.rpartition(".")[2])
    more = _more_path(page)
    for path, value in _fields(page.document, TOKEN):
        name = path.rpartition(".")[2]
        bare = cast("re.Match[str]", TOKEN.fullmatch(name))["bare"]
        if _is_token(value) and (more or not bare):  # a bare cursor may be this page's own
            param = "cursor" if path == Cursor().cursor_path else _param(name)
            return Cursor(cursor_path=path, cursor_param=param, has_more_path=more)
    return None


def _by_header(page: Page) -> Paginator | None:
    for name, value in page.headers.items():
        if (key := NEXT_HEADER.fullmatch(name)) and value:
            return HeaderCursor(cursor_key=name, cursor_param=key["param"])
    return None


def _more_path(page: Page) -> str | None:
    """Path of the flag that says whether there is more, where one is there."""
    flags = (path for path, value in _fields(page.document, MORE) if value is not None)
    return next(flags, None)


def _by_number(page: Page) -> Paginator | None:
    """Page numbers, where the first page tells its own and how many there are."""
    total = next(_numbers(page.document, PAGES), None)
    number = next(_numbers(page.document, PAGE), None)
    if total is None or number is None or total[1] <= 1:
        return None
    path = total[0]
    return PageNumber(base_page=number[1], page_param=_last(number[0]), total_path=path)


def _numbers(document: Any, name: re.Pattern[str]) -> Iterator[tuple[str, int]]:
    for path, value in _fields(document, name):
        if isinstance(value, int) and not isinstance(value, bool):
            yield path, value
        elif isinstance(value, str) and value.isdecimal():
            yield path, int(value)


def _last(path: str) -> str:
    """The parameter that takes a page number told as ``current_page`` or ``page``."""
    name = path.rpartition(".")[2]
    return "page" if name.lower().startswith("current") else name


def check_single(page: Page) -> None:
    """Refuse *page* as the only one where it says itself that there are more.

    Raises:
        PagingError: A flag is true, or a total is greater than the number of records.
    """
    flags = list(_fields(page.document, MORE))
    for path, value in flags:
        if value is True or str(value).lower() == "true":
            raise PagingError(
                f"{page.where}: {path} says that there is more, but nothing that is read leads to "
                f"it; set the resource's paginator"
            )
    if flags:
        return  # a flag that says no is surer than a count
    of_record = any(record is page.document for record in page.records)  # a book's page count
    for path, pages in () if of_record else _numbers(page.document, PAGES):
        if pages > 1 and path != "pages":
            raise PagingError(
                f"{page.where}: {path} says {pages} pages, but nothing that is read leads to "
                f"the next; set the resource's paginator"
            )
    for path, value in _fields(page.document, COUNT):
        if isinstance(value, int) and page.records and value > len(page.records):
            raise PagingError(
                f"{page.where}: {path} says {value}, but {len(page.records)} records came and "
                f"nothing that is read leads further; set the resource's paginator"
            )


def _fields(document: Any, name: re.Pattern[str]) -> Iterator[tuple[str, Any]]:
    """The fields of that name, with their paths, where envelopes keep their paging."""
    if not isinstance(document, dict):
        return
    places = [*PLACES, *(f"meta.{inside}" for inside in PLACES_INSIDE_META)]
    for place in places:
        found = Path(place).first(document) if place else document
        if found is MISSING or not isinstance(found, dict):
            continue
        for key, value in found.items():
            if name.fullmatch(key):
                yield f"{place}.{key}" if place else key, value


def link_in(value: Any) -> str:
    """The link that *value* is, or holds as ``href`` or ``url``; empty where there is none."""
    if isinstance(value, dict):
        value = next((value[key] for key in sorted(LINK_KEYS & value.keys())), None)
    return value if isinstance(value, str) else ""


def _links(node: Any, form: re.Pattern[str], path: str = "", depth: int = 0) -> Iterator[str]:
    """Paths of fields named like a next link that hold one, wherever envelopes keep them."""
    if not isinstance(node, dict) or depth > DEEPEST_LINK:
        return
    for key, value in node.items():
        place = f"{path}.{key}" if path else key
        if NEXT.fullmatch(key) and form.match(link_in(value)):
            yield place
        else:
            yield from _links(value, form, place, depth + 1)


def _is_token(value: Any) -> bool:
    return isinstance(value, (str, int)) and not isinstance(value, bool) and bool(value)


def _param(name: str) -> str:
    """The parameter that takes a token of this name: ``next_cursor`` goes back as ``cursor``."""
    if name.lower().startswith("end"):
        return "after"
    bare = re.sub(r"^next_?", "", name, flags=re.IGNORECASE)
    return bare[:1].lower() + bare[1:] if bare else name
