"""Which listings there are, where, and how each is paged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

Method = Literal["GET", "POST"]
Tells = Literal[
    "nothing",
    "total",
    "total by option",
    "total_pages",
    "has_more",
    "has_more and next",
    "next_cursor",
    "next link",
    "links",
    "Link header",
    "cursor header",
]
"""What an answer holds beside its records."""


class Paging(msgspec.Struct, frozen=True, kw_only=True):
    """How a listing is paged.

    Attributes:
        by: What a request asks by: an `offset`, the number of a `page`, the `token` of an earlier
            answer, the `id` of the last record, or `nothing`, for one page holds all.
        names: Parameters for that; links hold the first.
        limits: Parameters for the size of a page.
        base: Number of the first page.
        tells: What an answer tells of the next page.
        method: With `POST` the parameters stand in a JSON body, `a[b]` as `b` in the object `a`.
    """

    by: Literal["offset", "page", "token", "id", "nothing"]
    names: tuple[str, ...] = ()
    limits: tuple[str, ...] = ("limit",)
    base: int = 0
    tells: Tells = "nothing"
    method: Method = "GET"


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """One listing.

    Attributes:
        name: Name of the resource in the data set.
        path: Path of the listing; `{parent}` stands for the parent's id.
        paging: How it is paged.
        kind: Key of `PAGINGS` for a listing below `/paging`; empty for others.
        json_api_type: Type of its JSON:API objects; empty where records are always flat.
        to_many: Names of JSON:API relationships that only hold a link.
        null_last: Whether `links.next` is null on the last page; it is absent otherwise.
    """

    name: str
    path: str
    paging: Paging
    kind: str = ""
    json_api_type: str = ""
    to_many: tuple[str, ...] = ()
    null_last: bool = False

    @property
    def is_child(self) -> bool:
        """Whether the listing lies under a parent's record."""
        return "{parent}" in self.path


_FINANCE = Paging(by="offset", names=("offset",), tells="total by option")
_ENGAGEMENT = Paging(
    by="token", names=("page[after]", "cursor"), limits=("page[size]", "limit"), tells="links"
)
_BILLING = Paging(by="token", names=("next",), tells="has_more and next")


def _pages(base: int, tells: Tells = "nothing", method: Method = "GET") -> Paging:
    names, limits = ("page",), ("per_page",)
    return Paging(by="page", names=names, limits=limits, base=base, tells=tells, method=method)


def _tokens(tells: Tells, method: Method = "GET") -> Paging:
    return Paging(by="token", names=("cursor",), tells=tells, method=method)


PAGINGS: Mapping[str, Paging] = {
    "single_page": Paging(by="nothing", limits=()),
    "page_number_0": _pages(0),
    "page_number_0_total": _pages(0, "total_pages"),
    "page_number_1": _pages(1),
    "page_number_1_total": _pages(1, "total_pages"),
    "page_number_body": _pages(1, method="POST"),
    "offset": Paging(by="offset", names=("offset",)),
    "offset_total": Paging(by="offset", names=("offset",), tells="total"),
    "offset_body": Paging(
        by="offset", names=("page[offset]",), limits=("page[limit]",), method="POST"
    ),
    "json_link": _tokens("next link"),
    "header_link": _tokens("Link header"),
    "header_cursor": _tokens("cursor header"),
    "cursor": _tokens("next_cursor"),
    "cursor_has_more": _BILLING,
    "cursor_body": _tokens("next_cursor", "POST"),
    "last_record": Paging(by="id", names=("starting_after",), tells="has_more"),
}
"""How the listings below `/paging/<kind>` are paged, by kind."""

PAGED = ("customers", "events")
"""The resources that are listed below each `/paging/<kind>`."""


def _billing(name: str, path: str = "") -> Endpoint:
    return Endpoint(name=name, path=path or f"/v1/{name}", paging=_BILLING)


ENDPOINTS = (
    Endpoint(name="cash_drawers", path="/v1/cash_drawers", paging=_FINANCE),
    Endpoint(name="bank_accounts", path="/v1/bank_accounts", paging=_FINANCE),
    Endpoint(
        name="accounts",
        path="/v1/accounts",
        paging=_ENGAGEMENT,
        json_api_type="account",
        to_many=("contacts",),
    ),
    Endpoint(
        name="calls",
        path="/v1/calls",
        paging=_ENGAGEMENT,
        json_api_type="call",
        null_last=True,
    ),
    _billing("customers"),
    _billing("customer_addresses", "/v1/customers/{parent}/addresses"),
    _billing("businesses", "/v1/customers/{parent}/businesses"),
    _billing("discounts"),
    _billing("prices"),
    _billing("products"),
    _billing("events"),
    _billing("event_types", "/v1/event-types"),
    _billing("reports"),
    _billing("ip_addresses", "/v1/ips"),
    _billing("subscriptions"),
    _billing("transactions"),
    Endpoint(name="resource", path="/v1/resource", paging=_FINANCE),
    *(
        Endpoint(name=name, path=f"/paging/{kind}/{name}", paging=paging, kind=kind)
        for kind, paging in PAGINGS.items()
        for name in PAGED
    ),
)
