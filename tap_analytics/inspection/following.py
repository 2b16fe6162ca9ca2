"""Where the paging code of the sync would go from a page; nothing is requested."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from tap_analytics.rest.detect import check_single, detect
from tap_analytics.rest.fetch import Guard
from tap_analytics.rest.message import Request  # noqa: TC001 - msgspec reads it
from tap_analytics.rest.pagination import pager
from tap_analytics.spec import Auto, Paginator, SinglePage

if TYPE_CHECKING:
    from tap_analytics.rest.origin import Origins
    from tap_analytics.rest.page import Page

__all__ = ["Following", "following"]


class Following(Struct, frozen=True):
    """What comes after a page.

    Attributes:
        paginator: What walks the pages; never `Auto`.
        request: For the next page; None where the one at hand is the last.
    """

    paginator: Paginator
    request: Request | None


def following(page: Page, paginator: Paginator, origins: Origins) -> Following:
    """What the sync would ask for after *page*, the first of its walk.

    Raises:
        PagingError: It would stop here, with more to come.
        OriginError: The next page lies at another origin.
    """
    found = detect(page) if isinstance(paginator, Auto) else paginator
    walk = pager(found)
    walk.first(page.request)
    request = walk.next(page)
    if request is None:
        if not isinstance(found, SinglePage):
            check_single(page)
        return Following(found, None)
    label = page.where.rpartition(", page ")[0]
    origins.require(request.full_url, label, "the next page")
    guard = Guard()
    guard.position(page.request, 1, page.where)
    guard.position(request, 2, f"{label}, page 2")
    return Following(found, request)
