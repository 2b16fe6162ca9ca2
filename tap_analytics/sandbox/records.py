"""The builder of each resource's records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_analytics.sandbox.records_activity import event, event_type, ip_address, report, unnamed
from tap_analytics.sandbox.records_catalogue import discount, price, product
from tap_analytics.sandbox.records_customers import business, customer, customer_address
from tap_analytics.sandbox.records_engagement import account, call
from tap_analytics.sandbox.records_finance import bank_account, cash_drawer
from tap_analytics.sandbox.records_subscriptions import subscription
from tap_analytics.sandbox.records_transactions import transaction

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_analytics.sandbox.rows import Row

BUILDERS: dict[str, Callable[[Row], dict[str, Any]]] = {
    "cash_drawers": cash_drawer,
    "bank_accounts": bank_account,
    "accounts": account,
    "calls": call,
    "customers": customer,
    "customer_addresses": customer_address,
    "businesses": business,
    "discounts": discount,
    "prices": price,
    "products": product,
    "events": event,
    "event_types": event_type,
    "reports": report,
    "ip_addresses": ip_address,
    "subscriptions": subscription,
    "transactions": transaction,
    "resource": unnamed,
}
