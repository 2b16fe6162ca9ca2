"""Records of the finance family: cash drawers and bank accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_analytics.sandbox.times import DAY, SECOND, day
from tap_analytics.sandbox.values import (
    CITIES,
    COUNTRIES,
    CURRENCIES,
    NOTES,
    STREETS,
    company,
    decimal,
    money,
    person,
    postal_code,
    tags,
)

if TYPE_CHECKING:
    from tap_analytics.sandbox.rows import Row

_TOLERANCE = 500


def cash_drawer(row: Row) -> dict[str, Any]:
    """A shift of a cash drawer; the expected cash is the sum of its movements."""
    fixed, fresh = row.fixed, row.fresh
    currency = fixed.pick(CURRENCIES)
    state = fresh.pick(("open", "ended", "closed", "closed"))
    opened = row.moment(row.created - DAY, row.created)
    ended = None if state == "open" else row.moment(opened, row.created)
    closed = row.moment(ended, row.created) if ended is not None and state == "closed" else None
    opening, payments = fixed.between(0, 30_000), fixed.between(0, 900_000)
    refunds, paid_in = -fixed.below(5_000), fixed.below(2_000)
    paid_out = -fixed.below(2_000)
    expected = opening + payments + refunds + paid_in + paid_out
    counted = expected + fresh.pick((0, 0, -_TOLERANCE * 3, -1, 10, 1_000)) if closed else None
    return {
        "id": row.id,
        "location_id": f"loc_{fixed.below(20):04d}",
        "state": state,
        "description": None if fresh.one_in(3) else fresh.pick(NOTES),
        "device": _device(row),
        "opened_at": row.text(opened),
        "ended_at": row.text(ended),
        "closed_at": row.text(closed),
        "opening_member_id": f"tm_{fixed.below(90):03d}",
        "ending_member_id": None if ended is None else f"tm_{fixed.below(90):03d}",
        "closing_member_id": None if closed is None else f"tm_{fixed.below(90):03d}",
        "opened_cash": money(opening, currency),
        "cash_payments": money(payments, currency),
        "cash_refunds": money(refunds, currency),
        "cash_paid_in": money(paid_in, currency),
        "cash_paid_out": money(paid_out, currency),
        "expected_cash": money(expected, currency),
        "closed_cash": None if counted is None else money(counted, currency),
        "difference": None if counted is None else decimal(counted - expected),
        "event_count": fixed.below(400),
        "needs_review": counted is not None and abs(counted - expected) > _TOLERANCE,
        "tags": tags(fresh),
        "created_at": row.text(row.created),
        "updated_at": row.text(row.cursor),
    }


def _device(row: Row) -> dict[str, Any] | None:
    if row.fixed.one_in(4):
        return None
    number = row.fixed.below(60)
    return {"id": f"dev_{number:03d}", "name": None if number % 5 == 0 else f"Till {number}"}


def bank_account(row: Row) -> dict[str, Any]:
    """A bank account; its number's last digits keep their leading zeros."""
    fixed, fresh = row.fixed, row.fresh
    country = fixed.pick(COUNTRIES)
    status = fresh.pick(("verified", "verified", "verification_in_progress", "disabled"))
    owner = _owner(row, country)
    return {
        "id": row.id,
        "location_id": None if fixed.one_in(3) else f"loc_{fixed.below(20):04d}",
        "holder_name": owner["name"] if owner else person(fixed),
        "bank_name": None if fixed.one_in(6) else f"{company(fixed)} Bank",
        "account_number_suffix": f"{fixed.below(10_000) // fixed.pick((1, 100)):04d}",
        "account_type": fixed.pick(
            ("checking", "savings", "business_checking", "investment", "other")
        ),
        "primary_bank_identification_number": f"{fixed.below(90_000_000):09d}",
        "secondary_bank_identification_number": (
            None if fixed.one_in(2) else f"{fixed.below(1000):04d}"
        ),
        "debit_mandate_reference_id": None if fixed.one_in(2) else f"MD-{fixed.below(10**6)}",
        "reference_id": None if fixed.one_in(2) else f"ref/{fixed.below(10**6)}?a=b&c=%20",
        "fingerprint": None if fixed.one_in(5) else f"fp:{fixed.below(1 << 30):08x}",
        "country": country,
        "currency": fixed.pick(CURRENCIES),
        "status": status,
        "creditable": status != "disabled",
        "debitable": status == "verified" and fixed.one_in(2),
        "available_balance": decimal(fresh.between(-500_000, 90_000_000)),
        "pending_balance": None if fresh.one_in(3) else decimal(fresh.between(-10_000, 10_000), 3),
        "version": row.version + 1,
        "capabilities": ["credits", "debits", "instant"][: fixed.below(4)],
        "owner": owner,
        "verified_on": day(row.created + SECOND) if status == "verified" else None,
        "created_at": row.text(row.created),
        "updated_at": row.text(row.cursor),
    }


def _owner(row: Row, country: str) -> dict[str, Any] | None:
    fixed = row.fixed
    if fixed.one_in(5):
        return None
    organisation = fixed.one_in(2)
    address = {
        "line": None if fixed.one_in(5) else f"{fixed.pick(STREETS)} {fixed.between(1, 200)}",
        "city": None if fixed.one_in(5) else fixed.pick(CITIES),
        "postal_code": None if fixed.one_in(5) else postal_code(fixed),
        "country": country,
    }
    return {
        "name": company(fixed) if organisation else person(fixed),
        "kind": "organisation" if organisation else "person",
        "address": None if fixed.one_in(3) else address,
    }
