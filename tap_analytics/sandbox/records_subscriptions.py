"""Records of subscriptions, and what they share with transactions: buyer, prices and terms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_analytics.sandbox.draws import Draws, key
from tap_analytics.sandbox.records_catalogue import Price, price_at
from tap_analytics.sandbox.records_customers import import_meta
from tap_analytics.sandbox.times import DAY
from tap_analytics.sandbox.values import CURRENCIES, NOTES, amount, custom_data, decimal

if TYPE_CHECKING:
    from tap_analytics.sandbox.catalog import Catalog
    from tap_analytics.sandbox.rows import Row

_BUYER = 11
_MONTHLY = {"day": 30, "week": 4, "month": 1, "year": 1}


def buyer(catalog: Catalog, name: str, position: int) -> dict[str, str | int | None]:
    """Ids of a customer, and of an address and a business that are this customer's own."""
    draws = Draws(key(catalog.salts[name], position, _BUYER))
    customer = draws.below(catalog.sizes["customers"])
    addresses = catalog.children("customer_addresses", customer)
    businesses = catalog.children("businesses", customer)
    with_business = businesses and draws.one_in(2)
    return {
        "customer_id": catalog.id("customers", customer),
        "address_id": (
            catalog.id("customer_addresses", draws.pick(addresses)) if addresses else None
        ),
        "business_id": catalog.id("businesses", draws.pick(businesses)) if with_business else None,
    }


def prices(row: Row, number: int) -> list[Price]:
    """Prices that are all in one currency."""
    size = row.catalog.sizes["prices"]
    currency = row.fixed.below(min(len(CURRENCIES), size))
    choices = range(currency, size, len(CURRENCIES))
    return [price_at(row.catalog, row.fixed.pick(choices)) for _ in range(number)]


def billing_details(row: Row, collection_mode: str) -> dict[str, Any] | None:
    """Terms of an invoice; None where the payment is automatic."""
    if collection_mode == "automatic":
        return None
    fixed = row.fixed
    return {
        "enable_checkout": fixed.one_in(2),
        "purchase_order_number": fixed.pick(("", "PO-0042", "4711/\u00e4")),
        "additional_information": None if fixed.one_in(2) else fixed.pick(NOTES),
        "payment_terms": {"interval": "day", "frequency": fixed.pick((14, 30))},
    }


def period(row: Row, start: int, days: int = 30) -> dict[str, Any]:
    """A period of *days* days from the instant *start*."""
    return {"starts_at": row.text(start), "ends_at": row.text(start + days * DAY)}


def subscription(row: Row) -> dict[str, Any]:
    """A subscription; its dates follow its status."""
    fixed, fresh = row.fixed, row.fresh
    status = fresh.pick(("active", "active", "canceled", "past_due", "paused", "trialing"))
    running = status in {"active", "past_due", "trialing"}
    billed = None if status == "trialing" else min(row.created + 14 * DAY, row.last)
    upcoming = row.last + 30 * DAY if running else None
    chosen = prices(row, fixed.between(1, 3))
    terms = chosen[0]
    mode = fixed.pick(("automatic", "automatic", "manual"))
    monthly = terms.units * _MONTHLY[terms.interval] * 100 // terms.frequency
    return {
        "id": row.id,
        "status": status,
        **buyer(row.catalog, "subscriptions", row.position),
        "currency_code": terms.currency,
        "collection_mode": mode,
        "started_at": None if status == "trialing" else row.text(row.created),
        "first_billed_at": row.text(billed),
        "next_billed_at": row.text(upcoming),
        "paused_at": row.text(row.last) if status == "paused" else None,
        "canceled_at": row.text(row.last) if status == "canceled" else None,
        "discount": _discount(row),
        "billing_details": billing_details(row, mode),
        "current_billing_period": period(row, row.last) if running else None,
        "billing_cycle": {"interval": terms.interval, "frequency": terms.frequency},
        "scheduled_change": _scheduled_change(row) if running else None,
        "management_urls": _management_urls(row, mode),
        "items": [_subscribed(row, price, status, upcoming) for price in chosen],
        "monthly_amount": decimal(monthly, 4),
        "custom_data": custom_data(fixed),
        **import_meta(fixed),
        "created_at": row.text(row.created),
        "updated_at": row.text(row.cursor),
    }


def _management_urls(row: Row, collection_mode: str) -> dict[str, str | None]:
    page = f"https://pay.example.com/{row.id}"
    return {
        "update_payment_method": f"{page}/method" if collection_mode == "automatic" else None,
        "cancel": f"{page}/cancel?confirm=1&lang=%C3%A9",
    }


def _subscribed(row: Row, price: Price, status: str, upcoming: int | None) -> dict[str, Any]:
    trialing = status == "trialing"
    active = "active" if upcoming is not None else "inactive"
    return {
        "status": "trialing" if trialing else active,
        "price_id": price.id,
        "product_id": price.product_id,
        "quantity": decimal(row.fixed.pick((1, 15, 250, 1000)), row.fixed.below(3)),
        "recurring": not row.fixed.one_in(4),
        "unit_price": amount(price.units, price.currency),
        "trial_dates": period(row, row.created, days=14) if trialing else None,
        "previously_billed_at": None if trialing else row.text(row.last),
        "next_billed_at": row.text(upcoming),
    }


def _discount(row: Row) -> dict[str, Any] | None:
    fixed = row.fixed
    if not fixed.one_in(3):
        return None
    return {
        "id": row.some("discounts"),
        "starts_at": None if fixed.one_in(4) else row.text(row.created),
        "ends_at": None if fixed.one_in(2) else row.text(row.created + 90 * DAY),
    }


def _scheduled_change(row: Row) -> dict[str, Any] | None:
    fresh = row.fresh
    if not fresh.one_in(3):
        return None
    action = fresh.pick(("cancel", "pause", "resume"))
    return {
        "action": action,
        "effective_at": row.text(row.last + 7 * DAY),
        "resume_at": row.text(row.last + 37 * DAY) if action == "pause" else None,
    }
