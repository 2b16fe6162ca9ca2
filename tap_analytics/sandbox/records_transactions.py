"""Records of transactions; their sums add up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from tap_analytics.sandbox.records_subscriptions import billing_details, buyer, period, prices
from tap_analytics.sandbox.times import DAY, SECOND, day
from tap_analytics.sandbox.values import custom_data, decimal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_analytics.sandbox.records_catalogue import Price
    from tap_analytics.sandbox.rows import Row

_STATES = ("draft", "ready", "billed", "paid", "completed", "completed", "canceled", "past_due")
_ORIGINS = ("web", "api", "subscription_charge", "subscription_recurring", "subscription_update")
_FEE_PERCENT = 5


class _Sums(msgspec.Struct, frozen=True, gc=False):
    """Sums in the currency's smallest unit."""

    subtotal: int
    discount: int
    tax: int

    @property
    def total(self) -> int:
        """What is left after discount and tax."""
        return self.subtotal - self.discount + self.tax

    def times(self, quantity: int) -> _Sums:
        """The sums of *quantity* such things."""
        return _Sums(quantity * self.subtotal, quantity * self.discount, quantity * self.tax)

    def record(self) -> dict[str, str]:
        """The sums as decimal text."""
        return {
            "subtotal": str(self.subtotal),
            "discount": str(self.discount),
            "tax": str(self.tax),
            "total": str(self.total),
        }


class _Line(msgspec.Struct, frozen=True, gc=False):
    """One line: so many units of a price."""

    price: Price
    quantity: int
    unit: _Sums

    @property
    def sums(self) -> _Sums:
        """The sums of the line."""
        return self.unit.times(self.quantity)


def _added(parts: Iterable[_Sums]) -> _Sums:
    subtotal = discount = tax = 0
    for part in parts:
        subtotal += part.subtotal
        discount += part.discount
        tax += part.tax
    return _Sums(subtotal, discount, tax)


def transaction(row: Row) -> dict[str, Any]:
    """A purchase; what happened to it follows its status, its buyer its subscription."""
    fixed, fresh = row.fixed, row.fresh
    status = fresh.pick(_STATES)
    paid = status in {"paid", "completed"}
    percent, tax_percent = fixed.pick((0, 0, 10)), fixed.pick((0, 7, 20))
    lines = [_line(row, price, percent, tax_percent) for price in prices(row, fixed.between(1, 3))]
    mode = fixed.pick(("automatic", "automatic", "manual"))
    return {
        "id": row.id,
        "status": status,
        **_parties(row),
        "discount_id": row.some("discounts") if percent else None,
        **_invoice(row, billed=paid or status in {"billed", "past_due"}),
        "collection_mode": mode,
        "currency_code": lines[0].price.currency,
        "exchange_rate": decimal(fixed.between(500_000, 1_500_000), 6) if paid else None,
        "billing_details": billing_details(row, mode),
        "items": [_item(row, line) for line in lines],
        "details": _details(lines, tax_percent, paid=paid),
        "payments": _payments(row, _added(line.sums for line in lines).total, paid=paid),
        "checkout": _checkout(row),
        "due_on": day(row.created + 30 * DAY) if mode == "manual" else None,
        "custom_data": custom_data(fixed),
        "revised_at": row.text(row.last) if fresh.one_in(9) else None,
        "created_at": row.text(row.created),
        "updated_at": row.text(row.cursor),
    }


def _line(row: Row, price: Price, percent: int, tax_percent: int) -> _Line:
    discount = price.units * percent // 100
    tax = (price.units - discount) * tax_percent // 100
    return _Line(price, row.fixed.between(1, 20), _Sums(price.units, discount, tax))


def _parties(row: Row) -> dict[str, Any]:
    """Who buys, how, and for which subscription."""
    catalog, fixed = row.catalog, row.fixed
    origin = fixed.pick(_ORIGINS)
    if origin.startswith("subscription"):
        position = fixed.below(catalog.sizes["subscriptions"])
        parties = buyer(catalog, "subscriptions", position)
        subscription_id = catalog.id("subscriptions", position)
    else:
        parties = buyer(catalog, "transactions", row.position)
        subscription_id = None
        if fixed.one_in(9):
            parties = dict.fromkeys(parties)
    return {
        **parties,
        "subscription_id": subscription_id,
        "origin": origin,
        "billing_period": None if subscription_id is None else period(row, row.created),
    }


def _invoice(row: Row, *, billed: bool) -> dict[str, str | None]:
    block, number = divmod(row.position, 1000)
    return {
        "invoice_id": f"inv_{row.position:010d}" if billed else None,
        "invoice_number": f"{block:03d}-{number:05d}" if billed else None,
        "billed_at": row.text(row.moment(row.created, row.last)) if billed else None,
    }


def _item(row: Row, line: _Line) -> dict[str, Any]:
    part = {"rate": "0.50", "billing_period": period(row, row.created, days=15)}
    return {
        "price_id": line.price.id,
        "quantity": line.quantity,
        "proration": part if row.fixed.one_in(5) else None,
    }


def _details(lines: list[_Line], tax_percent: int, *, paid: bool) -> dict[str, Any]:
    rate = f"{decimal(tax_percent)}"
    whole = _added(line.sums for line in lines)
    fee = whole.total * _FEE_PERCENT // 100
    return {
        "tax_rates_used": [{"tax_rate": rate, "totals": whole.record()}] if tax_percent else [],
        "totals": {
            **whole.record(),
            "credit": "0",
            "balance": "0" if paid else str(whole.total),
            "grand_total": str(whole.total),
            "fee": str(fee) if paid else None,
            "earnings": str(whole.total - whole.tax - fee) if paid else None,
            "currency_code": lines[0].price.currency,
        },
        "line_items": [
            {
                "id": f"{line.price.id}-{number}",
                "price_id": line.price.id,
                "quantity": line.quantity,
                "tax_rate": rate,
                "unit_totals": line.unit.record(),
                "totals": line.sums.record(),
            }
            for number, line in enumerate(lines, 1)
        ],
    }


def _payments(row: Row, total: int, *, paid: bool) -> list[dict[str, Any]]:
    """The attempts, newest first: failed ones, then the one that paid."""
    number = row.fixed.below(3) + paid
    attempts = [_attempt(row, turn, total, captured=False) for turn in range(number)]
    if paid:
        attempts[-1] = _attempt(row, number - 1, total, captured=True)
    return attempts[::-1]


def _attempt(row: Row, turn: int, total: int, *, captured: bool) -> dict[str, Any]:
    fixed = row.fixed
    tried = row.created + turn * 60 * SECOND
    type_ = fixed.pick(("card", "card", "wire_transfer", "wallet", "direct_debit"))
    card = {
        "brand": fixed.pick(("blue", "green")),
        "last4": f"{fixed.below(3000):04d}",
        "expiry_month": fixed.between(1, 12),
        "expiry_year": 2027 + fixed.below(5),
    }
    error = None if captured else fixed.pick((None, "declined", "expired_card"))
    return {
        "attempt_id": f"att_{row.position:010d}_{turn}",
        "amount": str(total),
        "status": "captured"
        if captured
        else "error"
        if error
        else fixed.pick(("authorized", "canceled")),
        "error_code": error,
        "method": {"type": type_, "card": card if type_ == "card" else None},
        "created_at": row.text(tried),
        "captured_at": row.text(tried + 2 * SECOND) if captured else None,
    }


def _checkout(row: Row) -> dict[str, str | None] | None:
    kind = row.fixed.pick(("none", "no page", "page"))
    if kind == "none":
        return None
    return {"url": f"https://pay.example.com/?txn={row.id}" if kind == "page" else None}
