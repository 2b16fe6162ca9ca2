"""Records of customers and what is listed under them: addresses and businesses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_analytics.sandbox.times import DAY, day
from tap_analytics.sandbox.values import (
    CITIES,
    COUNTRIES,
    CURRENCIES,
    LOCALES,
    NOTES,
    STREETS,
    company,
    custom_data,
    decimal,
    email,
    person,
    phone,
    postal_code,
    tags,
)

if TYPE_CHECKING:
    from tap_analytics.sandbox.draws import Draws
    from tap_analytics.sandbox.rows import Row

_SOURCES = ("spreadsheet", "legacy shop", "csv \u2192 api")


def status(draws: Draws) -> str:
    """Whether a record can be used; most can."""
    return draws.pick(("active", "active", "active", "archived"))


def import_meta(draws: Draws) -> dict[str, dict[str, Any] | None]:
    """The key `import_meta` with null or an object; or no key at all, as records of APIs do."""
    if draws.one_in(4):
        return {}
    if draws.one_in(2):
        return {"import_meta": None}
    external_id = None if draws.one_in(3) else f"{draws.below(10**6):08d}"
    return {"import_meta": {"external_id": external_id, "imported_from": draws.pick(_SOURCES)}}


def parent_id(row: Row) -> str | int:
    """Id of the customer that a row is listed under."""
    return row.catalog.id("customers", row.parent or 0)


def customer(row: Row) -> dict[str, Any]:
    """Someone who buys."""
    fixed, fresh = row.fixed, row.fresh
    currency = None if fixed.one_in(3) else fixed.pick(CURRENCIES)
    age = fixed.between(18, 90) * 365 * DAY + fixed.below(365) * DAY
    return {
        "id": row.id,
        "name": None if fixed.one_in(8) else person(fixed),
        "email": email(fixed),
        "phone": None if fresh.one_in(3) else phone(fresh),
        "status": status(fresh),
        "locale": fixed.pick(LOCALES),
        "marketing_consent": fresh.one_in(2),
        "credit_balance": str(fresh.between(-2_000, 20_000)) if currency else "0",
        "currency_code": currency,
        "lifetime_value": decimal(fresh.below(1 << 31)),
        "date_of_birth": None if fixed.one_in(3) else day(row.created - age),
        "tax_exempt": fixed.pick((None, True, False)),
        "tags": tags(fresh),
        "custom_data": custom_data(fixed),
        **import_meta(fixed),
        "created_at": row.text(row.created),
        "updated_at": row.text(row.cursor),
    }


def customer_address(row: Row) -> dict[str, Any]:
    """An address of a customer."""
    fixed, fresh = row.fixed, row.fresh
    location = {
        "latitude": decimal(fixed.between(-9_000_000, 9_000_000), 5),
        "longitude": decimal(fixed.between(-18_000_000, 18_000_000), 5),
    }
    return {
        "id": row.id,
        "customer_id": parent_id(row),
        "description": None if fixed.one_in(3) else fixed.pick(NOTES),
        "first_line": (
            None if fixed.one_in(9) else f"{fixed.pick(STREETS)} {fixed.between(1, 200)}"
        ),
        "second_line": fixed.pick((None, "", "c/o Ada", "Floor 3\nDoor 4")),
        "city": None if fixed.one_in(9) else fixed.pick(CITIES),
        "postal_code": None if fixed.one_in(9) else postal_code(fixed),
        "region": fixed.pick((None, "NY", "\u00cele-de-France", "")),
        "country_code": fixed.pick(COUNTRIES),
        "location": None if fixed.one_in(3) else location,
        "status": status(fresh),
        "custom_data": custom_data(fixed),
        **import_meta(fixed),
        "created_at": row.text(row.created),
        "updated_at": row.text(row.cursor),
    }


def business(row: Row) -> dict[str, Any]:
    """A business that a customer buys for."""
    fixed, fresh = row.fixed, row.fresh
    contacts = [
        {"name": None if fixed.one_in(4) else person(fixed), "email": email(fixed)}
        for _ in range(fixed.below(4))
    ]
    return {
        "id": row.id,
        "customer_id": parent_id(row),
        "name": company(fixed),
        "company_number": None if fixed.one_in(3) else f"{fixed.below(90_000):08d}",
        "tax_identifier": None if fixed.one_in(3) else f"GB{fixed.below(10**9):09d}",
        "status": status(fresh),
        "contacts": contacts,
        "employee_count": None if fresh.one_in(3) else fresh.below(10_000),
        "custom_data": custom_data(fixed),
        **import_meta(fixed),
        "created_at": row.text(row.created),
        "updated_at": row.text(row.cursor),
    }
