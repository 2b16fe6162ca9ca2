"""Records of what is sold and for how much: products, prices and discounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from tap_analytics.sandbox.draws import Draws, key
from tap_analytics.sandbox.records_customers import import_meta, status
from tap_analytics.sandbox.times import DAY
from tap_analytics.sandbox.values import (
    COMPANIES,
    COUNTRIES,
    CURRENCIES,
    INTERVALS,
    NOTES,
    amount,
    custom_data,
    decimal,
    tags,
)

if TYPE_CHECKING:
    from tap_analytics.sandbox.catalog import Catalog
    from tap_analytics.sandbox.rows import Row

_TERMS = 7


class Price(msgspec.Struct, frozen=True, gc=False):
    """The facts of a price that other records repeat.

    Attributes:
        id: Id of the price.
        product_id: Id of its product.
        units: Price of one unit, in the currency's smallest unit.
        currency: ISO 4217 code.
        interval: Unit of time of the billing cycle.
        frequency: Number of those units.
    """

    id: str | int
    product_id: str | int
    units: int
    currency: str
    interval: str
    frequency: int


def price_at(catalog: Catalog, position: int) -> Price:
    """The facts of the price at *position*, equal in all its versions."""
    draws = Draws(key(catalog.salts["prices"], position, _TERMS))
    return Price(
        id=catalog.id("prices", position),
        product_id=catalog.id("products", position % catalog.sizes["products"]),
        units=draws.pick((0, 1, 999, 1999, 10_000, 123_456)),
        currency=CURRENCIES[position % len(CURRENCIES)],
        interval=draws.pick(INTERVALS),
        frequency=draws.between(1, 3),
    )


def price(row: Row) -> dict[str, Any]:
    """A price of a product."""
    fixed, fresh = row.fixed, row.fresh
    terms = price_at(row.catalog, row.position)
    cycle = {"interval": terms.interval, "frequency": terms.frequency}
    trial = {"interval": "day", "frequency": fixed.pick((7, 14, 30))}
    overrides = [
        {
            "country_codes": [fixed.pick(COUNTRIES) for _ in range(fixed.below(3))],
            "unit_price": amount(terms.units * 9 // 10, fixed.pick(CURRENCIES)),
        }
        for _ in range(fixed.below(3))
    ]
    return {
        "id": row.id,
        "product_id": terms.product_id,
        "description": fixed.pick(NOTES),
        "type": fixed.pick(("standard", "standard", "custom")),
        "name": None if fixed.one_in(4) else f"Every {terms.interval}",
        "billing_cycle": None if fixed.one_in(5) else cycle,
        "trial_period": trial if fixed.one_in(3) else None,
        "tax_mode": fixed.pick(("account_setting", "external", "internal")),
        "unit_price": amount(terms.units, terms.currency),
        "unit_price_overrides": overrides,
        "quantity": {"minimum": 1, "maximum": fixed.pick((1, 100, 10_000))},
        "tax_rate": None if fixed.one_in(3) else decimal(fixed.below(2600), 4),
        "status": status(fresh),
        "custom_data": custom_data(fixed),
        **import_meta(fixed),
        "created_at": row.text(row.created),
        "updated_at": row.text(row.cursor),
    }


def product(row: Row) -> dict[str, Any]:
    """Something that is sold."""
    fixed, fresh = row.fixed, row.fresh
    picture = f"https://images.example.com/p/{row.position}.png?size=1x2"
    return {
        "id": row.id,
        "name": f"{fixed.pick(COMPANIES)} {row.position}",
        "description": None if fixed.one_in(4) else fresh.pick(NOTES),
        "type": fixed.pick(("standard", "standard", "custom")),
        "tax_category": fixed.pick(
            ("digital-goods", "ebooks", "saas", "standard", "training-services")
        ),
        "image_url": None if fixed.one_in(4) else picture,
        "sku": None if fixed.one_in(4) else f"{row.position:06d}",
        "weight_kg": None if fixed.one_in(2) else decimal(fixed.below(90_000), 3),
        "rating": None if fresh.one_in(4) else decimal(fresh.between(10, 50), 1),
        "features": tags(fixed),
        "status": status(fresh),
        "custom_data": custom_data(fixed),
        **import_meta(fixed),
        "created_at": row.text(row.created),
        "updated_at": row.text(row.cursor),
    }


def discount(row: Row) -> dict[str, Any]:
    """A discount; a percentage has a rate, the others a currency."""
    fixed, fresh = row.fixed, row.fresh
    type_ = fixed.pick(("flat", "flat_per_seat", "percentage"))
    percentage = fixed.pick((500, 1250, 10_000, 3333)) if type_ == "percentage" else None
    recur = fixed.one_in(2)
    limit = None if fixed.one_in(2) else fixed.between(1, 1000)
    return {
        "id": row.id,
        "status": fresh.pick(("active", "active", "archived", "expired", "used")),
        "description": fixed.pick(NOTES),
        "enabled_for_checkout": fixed.one_in(2),
        "code": None if fixed.one_in(3) else f"SAVE{row.position:04d}",
        "type": type_,
        "mode": fixed.pick(("standard", "custom")),
        "amount": str(fixed.pick((1999, 100, 5)) if percentage is None else decimal(percentage)),
        "rate": None if percentage is None else decimal(percentage, 4),
        "currency_code": fixed.pick(CURRENCIES) if percentage is None else None,
        "recur": recur,
        "maximum_recurring_intervals": fixed.between(1, 12) if recur and fixed.one_in(2) else None,
        "usage_limit": limit,
        "times_used": fresh.below(limit or 5000),
        "restrict_to": _restrict_to(row),
        "expires_at": None if fixed.one_in(2) else row.text(row.created + 400 * DAY),
        "custom_data": custom_data(fixed),
        **import_meta(fixed),
        "created_at": row.text(row.created),
        "updated_at": row.text(row.cursor),
    }


def _restrict_to(row: Row) -> list[str | int] | None:
    if row.fixed.one_in(2):
        return None
    return [row.some(name) for name in ("products", "prices")[: row.fixed.below(3)]]
