"""A small client of the sandbox, which knows its protocol but none of its code."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import requests

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_analytics.sandbox import Sandbox

Body = dict[str, Any]

TIMEOUT_SECONDS = 10
PATHS = {
    "cash_drawers": "/v1/cash_drawers",
    "bank_accounts": "/v1/bank_accounts",
    "accounts": "/v1/accounts",
    "calls": "/v1/calls",
    "customers": "/v1/customers",
    "discounts": "/v1/discounts",
    "prices": "/v1/prices",
    "products": "/v1/products",
    "events": "/v1/events",
    "event_types": "/v1/event-types",
    "reports": "/v1/reports",
    "ip_addresses": "/v1/ips",
    "subscriptions": "/v1/subscriptions",
    "transactions": "/v1/transactions",
    "resource": "/v1/resource",
}


def fetch(
    sandbox: Sandbox,
    path: str,
    params: Mapping[str, Any] | None = None,
    *,
    timeout: float = TIMEOUT_SECONDS,
    **options: Any,
) -> requests.Response:
    """GET with the API key unless *options* hold headers, whatever the status."""
    options.setdefault("headers", {"X-Api-Key": sandbox.credentials.api_key})
    url = urljoin(sandbox.base_url, path)
    return requests.get(url, params=params, timeout=timeout, **options)


def search(sandbox: Sandbox, path: str, asked: Any = None, **options: Any) -> requests.Response:
    """POST *asked* as JSON, with the API key unless *options* hold headers."""
    options.setdefault("headers", {"X-Api-Key": sandbox.credentials.api_key})
    url = urljoin(sandbox.base_url, path)
    return requests.post(url, json=asked, timeout=TIMEOUT_SECONDS, **options)


def body_of(response: requests.Response) -> Body:
    """The body of an answer of status 200, numbers as they are written."""
    assert response.status_code == 200, response.text
    body: Body = json.loads(response.text, parse_float=Decimal)
    return body


def page_of(sandbox: Sandbox, path: str, **params: Any) -> Body:
    return body_of(fetch(sandbox, path, params))


def pages(sandbox: Sandbox, path: str, **params: Any) -> Iterator[Body]:
    """All pages of a listing, in order, however it is paged."""
    offset = 0
    target: str | None = path
    while target is not None:
        page = page_of(sandbox, target, **params)
        yield page
        if "links" in page:
            target, params = page["links"].get("next"), {}
        elif "next" in page:
            target = path if page["has_more"] else None
            params = params | {"next": page["next"]}
        else:
            offset += len(page["data"])
            target = path if page["data"] else None
            params = params | {"offset": offset}


def walk(sandbox: Sandbox, path: str, **params: Any) -> list[Any]:
    """All records of a listing."""
    return [record for page in pages(sandbox, path, **params) for record in page["data"]]


def flat(record: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON:API object as a flat record."""
    folded = {"id": record["id"], **record["attributes"]}
    for name, relationship in record["relationships"].items():
        if "data" in relationship:
            target = relationship["data"]
            folded[f"{name}_id"] = target and target["id"]
    return folded


def truth(sandbox: Sandbox, name: str) -> list[dict[str, Any]]:
    """All records according to the sandbox, read over HTTP."""
    response = fetch(sandbox, f"/_sandbox/truth/{name}", headers={})
    assert response.status_code == 200
    records: list[dict[str, Any]] = json.loads(response.text, parse_float=Decimal)
    return records
