"""The sixteen built-in streams: attributes only."""

from __future__ import annotations

from tap_analytics.spec import Cursor, Incremental, Offset
from tap_analytics.stream import AnalyticsStream

__all__ = ["BUILT_IN"]

BY_UPDATE = Incremental(start_param="updated_at[gte]", end_param="updated_at[lt]")
BY_OFFSET = Offset(limit=100)
BY_LINK = Cursor(
    cursor_path="links.next", cursor_param="page[after]", limit=100, limit_param="page[size]"
)
NEXT = "next|meta.pagination.next"
HAS_MORE = "has_more|meta.pagination.has_more"
BY_CURSOR = Cursor(cursor_path=NEXT, cursor_param="next", has_more_path=HAS_MORE)
BY_CURSOR_20 = Cursor(cursor_path=NEXT, cursor_param="next", has_more_path=HAS_MORE, limit=20)


class FinanceStream(AnalyticsStream):
    """Offset and limit; the total may be absent."""

    primary_keys = ("id",)
    replication_key = "updated_at"
    data_selector = "data"
    paginator = BY_OFFSET
    incremental = BY_UPDATE


class EngagementStream(AnalyticsStream):
    """JSON:API, or the same flat; the next page is a link."""

    primary_keys = ("id",)
    replication_key = "updated_at"
    data_selector = "data"
    paginator = BY_LINK
    incremental = BY_UPDATE
    record_format = "json_api"


class BillingStream(AnalyticsStream):
    """A cursor that is always there, and a flag that says whether it leads anywhere."""

    primary_keys = ("id",)
    replication_key: str | None = "updated_at"
    data_selector = "data"
    paginator = BY_CURSOR
    incremental = BY_UPDATE


class CashDrawers(FinanceStream):
    """Shifts of cash drawers: what was in them, what came in, what went out."""

    name = "cash_drawers"
    path = "/v1/cash_drawers"


class BankAccounts(FinanceStream):
    """Bank accounts that payouts go to."""

    name = "bank_accounts"
    path = "/v1/bank_accounts"


class Accounts(EngagementStream):
    """Companies that are sold to."""

    name = "accounts"
    path = "/v1/accounts"


class Calls(EngagementStream):
    """Telephone calls with contacts of accounts."""

    name = "calls"
    path = "/v1/calls"


class Customers(BillingStream):
    """Customers; parents of their addresses and businesses."""

    name = "customers"
    path = "/v1/customers"


class CustomerAddresses(BillingStream):
    """Addresses of a customer."""

    name = "customer_addresses"
    path = "/v1/customers/{resources.customers.id}/addresses"
    parent_stream_type = Customers


class Businesses(BillingStream):
    """Businesses of a customer."""

    name = "businesses"
    path = "/v1/customers/{resources.customers.id}/businesses"
    parent_stream_type = Customers


class Discounts(BillingStream):
    """Discounts on transactions and subscriptions."""

    name = "discounts"
    path = "/v1/discounts"
    paginator = BY_CURSOR_20


class Prices(BillingStream):
    """Prices of products."""

    name = "prices"
    path = "/v1/prices"
    paginator = BY_CURSOR_20


class Products(BillingStream):
    """Products on sale."""

    name = "products"
    path = "/v1/products"
    paginator = BY_CURSOR_20


class Events(BillingStream):
    """What happened to the other resources, oldest first."""

    name = "events"
    path = "/v1/events"
    replication_key = "occurred_at"
    incremental = Incremental(
        start_param="occurred_at[gte]", end_param="occurred_at[lt]", row_order="asc"
    )


class EventTypes(BillingStream):
    """Kinds of events; always read whole."""

    name = "event_types"
    path = "/v1/event-types"
    replication_key = None


class Reports(BillingStream):
    """Reports that were asked for."""

    name = "reports"
    path = "/v1/reports"


class IpAddresses(BillingStream):
    """Addresses that webhooks come from; always read whole."""

    name = "ip_addresses"
    path = "/v1/ips"
    replication_key = None


class Subscriptions(BillingStream):
    """Subscriptions of customers to prices."""

    name = "subscriptions"
    path = "/v1/subscriptions"


class Transactions(BillingStream):
    """Sales, with what was sold at which price."""

    name = "transactions"
    path = "/v1/transactions"


BUILT_IN: dict[str, type[AnalyticsStream]] = {
    stream.name: stream
    for stream in (
        CashDrawers,
        BankAccounts,
        Accounts,
        Calls,
        Customers,
        CustomerAddresses,
        Businesses,
        Discounts,
        Prices,
        Products,
        Events,
        EventTypes,
        Reports,
        IpAddresses,
        Subscriptions,
        Transactions,
    )
}
