"""Walks pages, with and without a server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_analytics.rest.fetch import Fetcher
from tap_analytics.rest.message import Request
from tap_analytics.rest.page import Page
from tap_analytics.rest.pagination import pager

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_analytics.rest.connection import Connection
    from tap_analytics.spec import Paginator, ResponseAction

LABEL = "events: GET /v1/events"
API = "https://api.example.com"
EVENTS = f"{API}/v1/events"
WHERE = "events: GET /v1/events, page 1"
FULL = [{"id": 1}, {"id": 2}]


def page(
    document: Any = None,
    records: list[Any] | None = None,
    *,
    headers: dict[str, str] | None = None,
    request: Request | None = None,
) -> Page:
    return Page(
        request=request or Request(url=EVENTS, params={"q": "a"}),
        headers=headers or {},
        document={} if document is None else document,
        records=FULL if records is None else records,
        number=1,
        where=WHERE,
    )


def after(paginator: Paginator, *pages: Page) -> str | None:
    """The URL asked for after *pages*; None at the end."""
    walk = pager(paginator)
    request: Request | None = walk.first(Request(url=EVENTS, params={"q": "a"}))
    for arrived in pages:
        assert request is not None
        arrived.request = request
        request = walk.next(arrived)
    return None if request is None else request.full_url


def records(
    connection: Connection,
    paginator: Paginator,
    path: str = "/v1/events",
    *,
    selector: str | None = "data",
    actions: tuple[ResponseAction, ...] = (),
    count_non_finite: Callable[[int], None] = lambda _count: None,
    params: dict[str, Any] | None = None,
) -> list[Any]:
    """All records of all pages."""
    fetcher = Fetcher(
        session=connection.session,
        auth=connection.auth,
        paginator=paginator,
        selector=selector,
        actions=actions,
        count_non_finite=count_non_finite,
    )
    request = Request(url=connection.client.base_url + path, params=params or {})
    return [record for page in fetcher.pages(request, LABEL) for record in page.records]


def ids(rows: list[Any]) -> list[Any]:
    return [row["id"] for row in rows]
