"""Records of events and their types, of reports, of networks, and of the unnamed resource."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tap_analytics.sandbox.times import BEGIN_INSTANT, DAY, day
from tap_analytics.sandbox.values import (
    BEYOND_DOUBLE,
    NOTES,
    custom_data,
    decimal,
    email,
    tags,
)

if TYPE_CHECKING:
    from tap_analytics.sandbox.draws import Draws
    from tap_analytics.sandbox.rows import Row

_CHANGES = ("created", "updated", "imported")
_ACTIONS: dict[str, tuple[str, ...]] = {
    "transactions": (
        *("created", "updated", "ready", "billed", "paid"),
        *("completed", "canceled", "past_due", "payment_failed", "revised"),
    ),
    "subscriptions": (
        *("created", "updated", "imported", "activated", "trialing"),
        *("past_due", "paused", "resumed", "canceled"),
    ),
    "customers": _CHANGES,
    "customer_addresses": _CHANGES,
    "businesses": _CHANGES,
    "products": _CHANGES,
    "prices": _CHANGES,
    "discounts": _CHANGES,
    "reports": ("created", "updated"),
    "calls": ("completed", "failed", "recorded"),
}
_SINGULAR = {
    "customer_addresses": "address",
    "businesses": "business",
}
EVENT_TYPES = tuple(
    (resource, _SINGULAR.get(resource, resource.removesuffix("s")), action)
    for resource, actions in _ACTIONS.items()
    for action in actions
)
"""Resource, its name in the singular and action of each event type; 42."""

_BEYOND_DOUBLE_VALUE = Decimal("12345678901234567890.10")


def event(row: Row) -> dict[str, Any]:
    """Something that happened to a record that exists."""
    fixed = row.fixed
    resource, singular, action = fixed.pick(EVENT_TYPES)
    record_id = row.some(resource) if row.catalog.sizes[resource] else None
    by_key = fixed.one_in(3)
    actor = {
        "type": "api_key" if by_key else "user",
        "id": None if by_key else fixed.between(1, 40),
        "ip_address": None if fixed.one_in(4) else f"192.0.2.{fixed.below(256)}",
    }
    return {
        "id": row.id,
        "event_type": f"{singular}.{action}",
        "occurred_at": row.text(row.cursor),
        "sequence_number": BEYOND_DOUBLE + 2 * row.position,
        "api_version": fixed.pick((1, 1, 2)),
        "resource_id": None if record_id is None or fixed.one_in(20) else str(record_id),
        "actor": None if fixed.one_in(3) else actor,
        "is_test": fixed.one_in(10),
        "data": _event_data(row, record_id, action),
    }


def _event_data(row: Row, record_id: str | int | None, action: str) -> dict[str, Any]:
    fixed = row.fixed
    if fixed.one_in(25):
        return {}
    changes = [{"field": "status", "from": None, "to": action}] if fixed.one_in(2) else []
    return {
        "id": record_id,
        "status": action,
        "note": fixed.pick(NOTES),
        "amount": str(fixed.between(-500, 5000)),
        "ratio": decimal(fixed.between(-100, 100)),
        "changes": changes,
        "custom_data": custom_data(fixed),
    }


def event_type(row: Row) -> dict[str, Any]:
    """A kind of event; those past the first 42 are of the caller's own making."""
    fixed, fresh = row.fixed, row.fresh
    known = row.position < len(EVENT_TYPES)
    _, singular, action = (
        EVENT_TYPES[row.position] if known else ("", "custom", f"kind_{row.position}")
    )
    versions = list(range(1, fixed.between(1, 3) + 1))
    deprecated = row.position % 9 == 0
    revision = f" Revision {row.version}." if row.version else ""
    return {
        "id": row.id,
        "name": f"{singular}.{action}",
        "description": f"Sent for a {singular}: {action.replace('_', ' ')}.{revision}",
        "group": singular,
        "available_versions": versions,
        "default_version": fresh.pick(versions),
        "deprecated": deprecated,
        "deprecated_on": day(BEGIN_INSTANT + row.position * DAY) if deprecated else None,
        "replaced_by": "transaction.updated" if deprecated else None,
    }


def report(row: Row) -> dict[str, Any]:
    """A report; only one that is ready has rows, only one that failed an error."""
    fixed, fresh = row.fixed, row.fresh
    status = fresh.pick(("pending", "ready", "ready", "failed", "expired"))
    done = status in {"ready", "expired"}
    start = row.created - fixed.between(30, 90) * DAY
    unbounded = fixed.one_in(4)
    return {
        "id": row.id,
        "type": fixed.pick(
            (
                *("transactions", "transaction_line_items", "adjustments"),
                *("products_prices", "discounts"),
            )
        ),
        "status": status,
        "title": None if fixed.one_in(4) else fixed.pick(NOTES),
        "rows": fixed.below(1_000_000) if done else None,
        "size_bytes": 3 * fixed.below(1 << 31) if done else None,
        "progress": decimal(100 if done else fresh.below(100)),
        "filters": [_filter(fixed) for _ in range(fixed.below(3))],
        "columns": None if fixed.one_in(3) else tags(fixed),
        "period_start": None if unbounded else day(start),
        "period_end": None if unbounded else day(start + 30 * DAY),
        "requested_by": None if fixed.one_in(5) else email(fixed),
        "error": _error(row) if status == "failed" else None,
        "expires_at": row.text(row.created + 14 * DAY) if done else None,
        "created_at": row.text(row.created),
        "updated_at": row.text(row.cursor),
    }


def _filter(draws: Draws) -> dict[str, Any]:
    if draws.one_in(2):
        return {"name": "status", "operator": None, "values": ["billed", "paid"]}
    return {"name": "updated_at", "operator": "gte", "values": ["2024-01-01T00:00:00Z"]}


def _error(row: Row) -> dict[str, Any]:
    detail = None if row.fixed.one_in(2) else row.fixed.pick(NOTES)
    return {"code": row.fixed.pick(("too_many_rows", "internal")), "detail": detail}


def ip_address(row: Row) -> dict[str, Any]:
    """A network, out of the ranges kept for documentation (RFC 5737, RFC 3849)."""
    fixed, fresh, position = row.fixed, row.fresh, row.position
    note = None if position % 4 == 0 else fresh.pick(NOTES)
    return {
        "id": row.id,
        "ipv4_cidr": f"198.51.100.{position * 4 % 256}/30",
        "ipv6_cidr": None if position % 3 == 1 else f"2001:db8:{position:x}::/48",
        "purpose": fixed.pick(("webhooks", "exports", "checks")),
        "region": None if position % 5 == 0 else fixed.pick(("eu-1", "us-1")),
        "active": not fresh.one_in(4),
        "ports": [443, 8443][: position % 3],
        "description": f"Change {row.version}" if row.version else note,
        "added_on": day(BEGIN_INSTANT + fixed.below(700) * DAY),
    }


def unnamed(row: Row) -> dict[str, Any]:
    """A record of `resource`, of no particular meaning."""
    fixed, fresh = row.fixed, row.fresh
    value = decimal(fresh.between(-(10**9), 10**9))
    return {
        "id": row.id,
        "name": fixed.pick(NOTES),
        "value": _BEYOND_DOUBLE_VALUE if fixed.one_in(50) else value,
        "count": fresh.between(-100, 100) if fixed.one_in(2) else BEYOND_DOUBLE + row.position,
        "enabled": fresh.one_in(2),
        "comment": None if fresh.one_in(2) else fresh.pick(NOTES),
        "labels": tags(fixed),
        "attributes": custom_data(fixed),
        "created_at": row.text(row.created),
        "updated_at": row.text(row.cursor),
    }
