"""Which listings there are, where, and how each is paged."""

from __future__ import annotations

from typing import Literal

import msgspec

Paging = Literal["offset", "link", "cursor"]


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """One listing.

    Attributes:
        name: Name of the resource in the data set.
        path: Path of the listing; `{parent}` stands for the parent's id.
        paging: `offset`: finance, `offset` and `limit`. `link`: engagement, `links.next`.
            `cursor`: billing, `next` and `has_more`.
        json_api_type: Type of its JSON:API objects; empty where records are always flat.
        to_many: Names of JSON:API relationships that only hold a link.
        null_last: Whether `links.next` is null on the last page; it is absent otherwise.
    """

    name: str
    path: str
    paging: Paging
    json_api_type: str = ""
    to_many: tuple[str, ...] = ()
    null_last: bool = False

    @property
    def is_child(self) -> bool:
        """Whether the listing lies under a parent's record."""
        return "{parent}" in self.path


def _billing(name: str, path: str = "") -> Endpoint:
    return Endpoint(name=name, path=path or f"/v1/{name}", paging="cursor")


ENDPOINTS = (
    Endpoint(name="cash_drawers", path="/v1/cash_drawers", paging="offset"),
    Endpoint(name="bank_accounts", path="/v1/bank_accounts", paging="offset"),
    Endpoint(
        name="accounts",
        path="/v1/accounts",
        paging="link",
        json_api_type="account",
        to_many=("contacts",),
    ),
    Endpoint(name="calls", path="/v1/calls", paging="link", json_api_type="call", null_last=True),
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
    Endpoint(name="resource", path="/v1/resource", paging="offset"),
)
