"""A page as it arrived, what leads from one to the next, and how to read what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from tap_analytics.records.selector import MISSING, Path
from tap_analytics.spec import Paginator

if TYPE_CHECKING:
    from tap_analytics.rest.message import Request

__all__ = ["FALSE_TEXTS", "Page", "Pager", "count", "flag", "optional_path", "put", "sized"]

S = TypeVar("S", bound=Paginator)
FALSE_TEXTS = frozenset({"", "0", "false", "no", "null", "none"})


class Page(msgspec.Struct, kw_only=True):
    """One page as it arrived.

    Attributes:
        headers: Of the answer, names in lower case.
        document: Decoded body.
        records: What the selector found in it, in order; empty where there was nothing.
        number: 1 for the partition's first.
        where: ``stream: METHOD path, page n``.
    """

    request: Request
    headers: dict[str, str]
    document: Any
    records: list[Any]
    number: int
    where: str


class Pager(Generic[S]):
    """Walks one partition; the base asks once.

    Attributes:
        spec: What the config says.
    """

    def __init__(self, spec: S) -> None:
        self.spec = spec

    def first(self, request: Request) -> Request:
        """*request* as it asks for the first page."""
        return request

    def next(self, page: Page) -> Request | None:  # noqa: ARG002 - the base has no next
        """The request for the page after *page*; None at the end.

        Raises:
            PagingError: The page says that there is more, but not where.
        """
        return None


def optional_path(text: str | None) -> Path | None:
    """The path that *text* is; None without one."""
    return Path(text) if text else None


def flag(page: Page, path: Path | None) -> bool | None:
    """What the flag at *path* says; None where there is none."""
    value = MISSING if path is None else path.first(page.document)
    if value is MISSING:
        return None
    if isinstance(value, str):
        return value.strip().lower() not in FALSE_TEXTS
    return bool(value)


def count(page: Page, path: Path | None) -> int | None:
    """The number at *path*, also as text; None where there is none."""
    value = None if path is None else path.first(page.document)
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def sized(request: Request, param: str | None, limit: int | None) -> Request:
    """*request* with *limit* as its parameter *param*, where there are both."""
    return request.with_params({param: limit}) if param and limit is not None else request


def put(request: Request, param: str, body_path: str | None, value: int) -> Request:
    """*request* with *value* at *body_path*, or as its parameter *param*."""
    if body_path:
        return request.with_body(body_path, value)
    return request.with_params({param: value})
