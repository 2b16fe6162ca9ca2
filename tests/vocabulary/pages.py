"""Listings that answer page by page, as the paginators of the vocabulary expect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.vocabulary.api import Asked, Handler

__all__ = ["by_cursor", "by_offset", "by_page", "in_body", "in_query", "rows"]


def rows(count: int, first: int = 1) -> list[dict[str, int]]:
    """So many records with ascending ids."""
    return [{"id": first + at} for at in range(count)]


def in_query(asked: Asked) -> dict[str, Any]:
    """The paging values of a GET."""
    return asked.params


def in_body(asked: Asked) -> dict[str, Any]:
    """The paging values of a POST."""
    found: dict[str, Any] = asked.json
    return found


def by_page(
    records: Sequence[Any],
    size: int,
    *,
    first: int = 0,
    param: str = "page",
    read: Callable[[Asked], dict[str, Any]] = in_query,
    **envelope: Any,
) -> Handler:
    """Pages of *size* by number, counted from *first*; *envelope* stands beside the records."""

    def answer(asked: Asked) -> Any:
        start = (int(read(asked)[param]) - first) * size
        return {"data": list(records[start : start + size]), **envelope}

    return answer


def by_offset(
    records: Sequence[Any],
    *,
    offset: str = "offset",
    limit: str = "limit",
    read: Callable[[Asked], dict[str, Any]] = in_query,
    **envelope: Any,
) -> Handler:
    """Pages by the number of records before them."""

    def answer(asked: Asked) -> Any:
        start, size = int(read(asked)[offset]), int(read(asked)[limit])
        return {"data": list(records[start : start + size]), **envelope}

    return answer


def by_cursor(
    records: Sequence[Any],
    size: int,
    *,
    param: str = "cursor",
    body: Callable[[list[Any], str | None], Any] = lambda page, following: {
        "data": page,
        "cursors": {"next": following},
    },
    read: Callable[[Asked], dict[str, Any]] = in_query,
) -> Handler:
    """Pages by a token; *body* makes the answer of a page and the token of the next."""

    def answer(asked: Asked) -> Any:
        start = int(str(read(asked).get(param, "at-0")).removeprefix("at-"))
        following = f"at-{start + size}" if start + size < len(records) else None
        return body(list(records[start : start + size]), following)

    return answer
