"""Walks through the listings below `/paging/<kind>`, each by the rules of its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from .client import body_of, fetch, page_of, search

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_analytics.sandbox import Sandbox

    Walk: TypeAlias = Callable[[Sandbox, str, dict[str, Any]], Iterator[list[Any]]]

SIZE = 30


def by_page(base: int, *, total: bool) -> Walk:
    """Ends behind the last page of a count, else at an empty page."""

    def walk(sandbox: Sandbox, path: str, filters: dict[str, Any]) -> Iterator[list[Any]]:
        number, more = base, True
        while more:
            page = page_of(sandbox, path, page=number, per_page=SIZE, **filters)
            assert set(page) == ({"data", "total_pages"} if total else {"data"})
            yield page["data"]
            number += 1
            more = number < page["total_pages"] + base if total else bool(page["data"])

    return walk


def by_offset(sandbox: Sandbox, path: str, filters: dict[str, Any]) -> Iterator[list[Any]]:
    offset = 0
    rows: list[Any] = [{}]
    while rows:
        page = page_of(sandbox, path, offset=offset, limit=SIZE, **filters)
        assert set(page) == {"data"}
        rows = page["data"]
        offset += len(rows)
        yield rows


def by_offset_to_a_total(
    sandbox: Sandbox, path: str, filters: dict[str, Any]
) -> Iterator[list[Any]]:
    offset, total = 0, 1
    while offset < total:
        page = page_of(sandbox, path, offset=offset, limit=SIZE, **filters)
        assert set(page) == {"data", "total"}
        offset, total = offset + len(page["data"]), page["total"]
        yield page["data"]


def by_link_in_the_body(
    sandbox: Sandbox, path: str, filters: dict[str, Any]
) -> Iterator[list[Any]]:
    page = page_of(sandbox, path, limit=SIZE, **filters)
    yield page["data"]
    while page["next"] is not None:
        page = page_of(sandbox, page["next"])
        yield page["data"]


def by_link_header(sandbox: Sandbox, path: str, filters: dict[str, Any]) -> Iterator[list[Any]]:
    response = fetch(sandbox, path, {"limit": SIZE, **filters})
    yield body_of(response)["data"]
    while "next" in response.links:
        response = fetch(sandbox, response.links["next"]["url"])
        yield body_of(response)["data"]


def by_cursor_header(sandbox: Sandbox, path: str, filters: dict[str, Any]) -> Iterator[list[Any]]:
    params: dict[str, Any] = {"limit": SIZE, **filters}
    while True:
        response = fetch(sandbox, path, params)
        yield body_of(response)["data"]
        if "X-Next-Cursor" not in response.headers:
            return
        params["cursor"] = response.headers["X-Next-Cursor"]


def by_cursor(sandbox: Sandbox, path: str, filters: dict[str, Any]) -> Iterator[list[Any]]:
    page = page_of(sandbox, path, limit=SIZE, **filters)
    yield page["data"]
    while page["next_cursor"] is not None:
        page = page_of(sandbox, path, limit=SIZE, cursor=page["next_cursor"])
        yield page["data"]


def by_flag(sandbox: Sandbox, path: str, filters: dict[str, Any]) -> Iterator[list[Any]]:
    """The cursor is there on the last page, too."""
    page = page_of(sandbox, path, limit=SIZE, **filters)
    yield page["data"]
    while page["has_more"]:
        page = page_of(sandbox, path, limit=SIZE, next=page["next"], **filters)
        yield page["data"]
    assert page["next"]


def by_record(sandbox: Sandbox, path: str, filters: dict[str, Any]) -> Iterator[list[Any]]:
    page = page_of(sandbox, path, limit=SIZE, **filters)
    yield page["data"]
    while page["has_more"]:
        last = page["data"][-1]["id"]
        page = page_of(sandbox, path, limit=SIZE, starting_after=last, **filters)
        yield page["data"]
    assert set(page) == {"data", "has_more"}


def at_once(sandbox: Sandbox, path: str, filters: dict[str, Any]) -> Iterator[list[Any]]:
    page = page_of(sandbox, path, limit=SIZE, **filters)
    assert set(page) == {"data"}
    yield page["data"]


def by_page_in_the_body(
    sandbox: Sandbox, path: str, filters: dict[str, Any]
) -> Iterator[list[Any]]:
    number = 0
    rows: list[Any] = [{}]
    while rows:
        number += 1
        rows = body_of(search(sandbox, path, {"page": number, "per_page": SIZE, **filters}))["data"]
        yield rows


def by_offset_in_the_body(
    sandbox: Sandbox, path: str, filters: dict[str, Any]
) -> Iterator[list[Any]]:
    offset = 0
    rows: list[Any] = [{}]
    while rows:
        asked = {"page": {"offset": offset, "limit": SIZE}, **filters}
        rows = body_of(search(sandbox, path, asked))["data"]
        offset += len(rows)
        yield rows


def by_cursor_in_the_body(
    sandbox: Sandbox, path: str, filters: dict[str, Any]
) -> Iterator[list[Any]]:
    """The first cursor is null, which is the same as none."""
    page: dict[str, Any] = {"next_cursor": None}
    while True:
        asked = {"cursor": page["next_cursor"], "limit": SIZE, **filters}
        page = body_of(search(sandbox, path, asked))
        yield page["data"]
        if page["next_cursor"] is None:
            return


SEARCHES: dict[str, Walk] = {
    "page_number_body": by_page_in_the_body,
    "offset_body": by_offset_in_the_body,
    "cursor_body": by_cursor_in_the_body,
}
KINDS: dict[str, Walk] = {
    "single_page": at_once,
    "page_number_0": by_page(0, total=False),
    "page_number_0_total": by_page(0, total=True),
    "page_number_1": by_page(1, total=False),
    "page_number_1_total": by_page(1, total=True),
    "offset": by_offset,
    "offset_total": by_offset_to_a_total,
    "json_link": by_link_in_the_body,
    "header_link": by_link_header,
    "header_cursor": by_cursor_header,
    "cursor": by_cursor,
    "cursor_has_more": by_flag,
    "last_record": by_record,
    **SEARCHES,
}
