from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from .client import PATHS, fetch, page_of, pages, truth, walk

if TYPE_CHECKING:
    from tap_analytics.sandbox import Sandbox

    from .conftest import Start

OFFSET_PATHS = ("/v1/cash_drawers", "/v1/bank_accounts", "/v1/resource")


@pytest.mark.parametrize(
    ("totals", "with_total"),
    [
        ("present", set(OFFSET_PATHS)),
        ("absent", set()),
        ("mixed", {"/v1/cash_drawers"}),
    ],
)
def test_offset_pages_hold_a_total_where_asked(
    start: Start, totals: str, with_total: set[str]
) -> None:
    sandbox = start(totals=totals)
    found = {path for path in OFFSET_PATHS if "total" in page_of(sandbox, path)}
    assert found == with_total


def test_total_is_the_present_count_of_matching_records(start: Start) -> None:
    sandbox = start()
    before = page_of(sandbox, "/v1/cash_drawers", offset=700)
    sandbox.advance()
    after = page_of(sandbox, "/v1/cash_drawers")
    recent = page_of(
        sandbox, "/v1/cash_drawers", limit=1, **{"updated_at[gte]": "2025-06-01T00:00:00.000001Z"}
    )
    assert before["total"] == 730
    assert after["total"] == len(truth(sandbox, "cash_drawers")) > 730
    assert 1 < recent["total"] < 100


def test_offset_past_the_end_gives_an_empty_page(shared: Sandbox) -> None:
    assert page_of(shared, "/v1/cash_drawers", offset=730) == {"data": [], "total": 730}


@pytest.mark.parametrize("path", PATHS.values())
@pytest.mark.parametrize("limit", ["0", "-1", "x", "", "1.5", "²", "9" * 5000])
def test_wrong_limit_is_answered_400(shared: Sandbox, path: str, limit: str) -> None:
    response = fetch(shared, path, {"limit": limit})
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "invalid_request"
    assert "limit" in response.json()["error"]["message"]


@pytest.mark.parametrize("offset", ["-1", "x", "", "9" * 5000])
def test_wrong_offset_is_answered_400(shared: Sandbox, offset: str) -> None:
    response = fetch(shared, "/v1/resource", {"offset": offset})
    assert response.status_code == 400
    assert "offset" in response.json()["error"]["message"]


@pytest.mark.parametrize("path", ["/v1/resource", "/v1/calls", "/v1/events"])
def test_limit_is_50_by_default_and_capped_silently(shared: Sandbox, path: str) -> None:
    sizes = [len(page_of(shared, path)["data"]), len(page_of(shared, path, limit=1000)["data"])]
    assert sizes == [50, 200]


@pytest.mark.parametrize("envelope", ["root", "meta"])
def test_next_is_present_on_the_last_page_too(start: Start, envelope: str) -> None:
    sandbox = start(envelope=envelope)
    first = _cursor_part(page_of(sandbox, "/v1/products", limit=40))
    last = _cursor_part(page_of(sandbox, "/v1/products", limit=40, next=first["next"]))
    assert (first["has_more"], last["has_more"]) == (True, False)
    behind = page_of(sandbox, "/v1/products", limit=40, next=last["next"])
    assert behind["data"] == []
    assert _cursor_part(behind)["has_more"] is False


def _cursor_part(body: dict[str, Any]) -> dict[str, Any]:
    part: dict[str, Any] = body["meta"]["pagination"] if "meta" in body else body
    return part


def test_meta_envelope_describes_the_page(start: Start) -> None:
    sandbox = start(envelope="meta")
    response = fetch(sandbox, "/v1/products", {"limit": 7})
    meta = response.json()["meta"]
    token = meta["pagination"].pop("next")
    assert meta == {
        "request_id": response.headers["X-Request-Id"],
        "pagination": {"per_page": 7, "has_more": True, "estimated_total": 60},
    }
    assert token


@pytest.mark.parametrize("token", ["", "x", "AAAA", "é", "a" * 5000, "%00"])
@pytest.mark.parametrize(
    ("path", "param"),
    [("/v1/events", "next"), ("/v1/calls", "page[after]"), ("/v1/calls", "cursor")],
)
def test_invalid_token_is_answered_400(shared: Sandbox, path: str, param: str, token: str) -> None:
    response = fetch(shared, path, {param: token})
    assert response.status_code == 400
    assert "token" in response.json()["error"]["message"]


def test_token_of_another_listing_is_answered_400(start: Start, shared: Sandbox) -> None:
    customers = [record["id"] for record in truth(shared, "customers")[:2]]
    paths = [f"/v1/customers/{customer}/addresses" for customer in customers]
    token = page_of(shared, paths[0])["next"]
    foreign = page_of(start(seed=9), "/v1/events")["next"]
    assert fetch(shared, paths[0], {"next": token}).status_code == 200
    assert fetch(shared, paths[1], {"next": token}).status_code == 400
    assert fetch(shared, "/v1/events", {"next": token}).status_code == 400
    assert fetch(shared, "/v1/events", {"next": foreign}).status_code == 400


def test_token_carries_its_filters_and_refuses_others(shared: Sandbox) -> None:
    filters = {"updated_at[gte]": "2025-01-01T00:00:00Z"}
    token = page_of(shared, "/v1/customers", limit=5, **filters)["next"]
    repeated = page_of(shared, "/v1/customers", limit=5, next=token, **filters)
    dropped = page_of(shared, "/v1/customers", limit=5, next=token)
    filters["updated_at[gte]"] = "2025-01-02T00:00:00Z"
    other = fetch(shared, "/v1/customers", {"limit": 5, "next": token, **filters})
    assert repeated == dropped
    assert other.status_code == 400


@pytest.mark.parametrize("path", ["/v1/products", "/v1/calls"])
def test_every_nth_page_is_empty_though_more_follow(start: Start, path: str) -> None:
    sandbox = start(empty_pages=3, scale=0.2)
    sizes = [len(page["data"]) for page in pages(sandbox, path, limit=2)]
    assert 0 not in [size for number, size in enumerate(sizes, start=1) if number % 3]
    assert set(sizes[2::3]) == {0}
    assert sum(sizes) == len(truth(sandbox, path.rpartition("/")[2]))


def test_offset_pages_are_never_made_empty(start: Start) -> None:
    sandbox = start(empty_pages=2)
    assert len(walk(sandbox, "/v1/resource", limit=200)) == 1050


def test_links_carry_the_request_but_no_credential(shared: Sandbox) -> None:
    params = {
        "page[size]": 2,
        "updated_at[gte]": "2024-01-01T00:00:00+02:00",
        "api_key": shared.credentials.api_key,
        "extra": "a&b",
    }
    page = page_of(shared, "/v1/calls", **params)
    split = urlsplit(page["links"]["next"])
    query = dict(parse_qsl(split.query))
    assert f"{split.scheme}://{split.netloc}{split.path}" == f"{shared.base_url}/v1/calls"
    assert query.pop("page[after]")
    assert query == {
        "page[size]": "2",
        "updated_at[gte]": "2024-01-01T00:00:00+02:00",
        "extra": "a&b",
    }


def test_link_replaces_the_token_however_it_was_named(shared: Sandbox) -> None:
    token = dict(parse_qsl(urlsplit(page_of(shared, "/v1/calls")["links"]["next"]).query))
    page = page_of(shared, "/v1/calls", cursor=token["page[after]"])
    names = [name for name, _ in parse_qsl(urlsplit(page["links"]["next"]).query)]
    assert names == ["page[after]"]
    assert page == page_of(shared, "/v1/calls", **{"page[after]": token["page[after]"]}) | {
        "links": page["links"]
    }


@pytest.mark.parametrize("style", ["absolute", "relative", "token"])
def test_links_have_the_form_that_is_asked_for(start: Start, style: str) -> None:
    sandbox = start(links=style)
    page = page_of(sandbox, "/v1/accounts", limit=2)
    begins = {
        "absolute": f"{sandbox.base_url}/v1/accounts?",
        "relative": "/v1/accounts?",
        "token": "",
    }
    for link in page["links"].values():
        assert link.startswith(begins[style])
        assert ("/" in link) is (style != "token")
    if style == "token":
        second = page_of(sandbox, "/v1/accounts", limit=2, cursor=page["links"]["next"])
    else:
        second = page_of(sandbox, page["links"]["next"])
    assert len({record["id"] for record in page["data"] + second["data"]}) == 4


def test_last_page_has_no_next_link_or_a_null_one(shared: Sandbox) -> None:
    accounts = list(pages(shared, "/v1/accounts", limit=200))
    calls = list(pages(shared, "/v1/calls", limit=200))
    assert "next" not in accounts[-1]["links"]
    assert calls[-1]["links"]["next"] is None


def test_json_api_objects_hold_relationships_and_links(shared: Sandbox) -> None:
    record = page_of(shared, "/v1/accounts", limit=1)["data"][0]
    url = f"{shared.base_url}/v1/accounts/{record['id']}"
    assert list(record) == ["type", "id", "attributes", "relationships", "links"]
    assert record["type"] == "account"
    assert record["links"] == {"self": url}
    assert record["relationships"]["contacts"] == {"links": {"related": f"{url}/contacts"}}
    assert set(record["relationships"]["owner"]) == {"data"}
    assert not [name for name in record["attributes"] if name in {"id", "owner_id"}]


def test_records_are_flat_without_json_api(start: Start) -> None:
    sandbox = start(json_api=False)
    assert walk(sandbox, "/v1/accounts", limit=200) == truth(sandbox, "accounts")


@pytest.mark.parametrize(
    ("name", "field"),
    [
        (name, "occurred_at" if name == "events" else "updated_at")
        for name in ("customers", "events", "calls", "resource", "cash_drawers", "transactions")
    ],
)
def test_filters_compare_instants(start: Start, name: str, field: str) -> None:
    sandbox = start(json_api=False)
    records = truth(sandbox, name)
    instants = {record["id"]: datetime.fromisoformat(record[field]) for record in records}
    ordered = sorted(instants.values())
    low, high = ordered[len(ordered) // 4], ordered[len(ordered) // 2]
    shifted = (low + timedelta(hours=2)).isoformat().replace("+00:00", "+02:00")
    wanted = {
        f"{field}[gte]": {key for key, at in instants.items() if at >= low},
        f"{field}[gt]": {key for key, at in instants.items() if at > low},
        f"{field}[lte]": {key for key, at in instants.items() if at <= low},
        f"{field}[lt]": {key for key, at in instants.items() if at < low},
    }
    for param, ids in wanted.items():
        found = walk(sandbox, PATHS[name], limit=200, **{param: shifted})
        assert {record["id"] for record in found} == ids
        assert 0 < len(ids) < len(records)
    both = {f"{field}[gte]": low.isoformat(), f"{field}[lt]": high.isoformat()}
    found = walk(sandbox, PATHS[name], limit=200, **both)
    assert {record["id"] for record in found} == {
        key for key, at in instants.items() if low <= at < high
    }


def test_filter_finer_than_a_microsecond_is_not_rounded_down(start: Start) -> None:
    sandbox = start()
    last = max(datetime.fromisoformat(record["occurred_at"]) for record in truth(sandbox, "events"))
    exact = last.strftime("%Y-%m-%dT%H:%M:%S.%f")
    at_least = {
        text: len(walk(sandbox, "/v1/events", **{"occurred_at[gte]": text}))
        for text in (f"{exact}000Z", f"{exact}001Z")
    }
    assert at_least[f"{exact}000Z"] > 0
    assert at_least[f"{exact}001Z"] == 0


def test_records_without_a_cursor_pass_every_filter(start: Start) -> None:
    sandbox = start(scale=20)
    bare = {record["id"] for record in truth(sandbox, "reports") if record["updated_at"] is None}
    found = walk(sandbox, "/v1/reports", **{"updated_at[gte]": "2030-01-01T00:00:00Z"})
    assert bare
    assert {record["id"] for record in found} == bare


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "1748736000",
        "2025-06-01",
        "2025-06-01T00:00:00",
        "2025-06-01T00:00Z",
        "2025-13-01T00:00:00Z",
        "2025-02-29T00:00:00Z",
        "2025-06-01T00:00:00+0200",
        "2025-06-01T00:00:00 02:00",
        "0001-01-01T00:00:00+02:00",
        "2025-06-01T00:00:00Z\n",
    ],
)
@pytest.mark.parametrize("param", ["updated_at[gte]", "updated_at[lt]"])
def test_filter_that_is_no_rfc_3339_date_time_is_answered_400(
    shared: Sandbox, param: str, text: str
) -> None:
    response = fetch(shared, "/v1/customers", {param: text})
    assert response.status_code == 400
    assert param in response.json()["error"]["message"]


def test_filters_are_ignored_where_switched_off_or_foreign(start: Start) -> None:
    sandbox = start(filters=False)
    everything = page_of(sandbox, "/v1/cash_drawers", **{"updated_at[gte]": "2030-01-01T00:00:00Z"})
    invalid = page_of(sandbox, "/v1/cash_drawers", **{"updated_at[gte]": "never"})
    assert everything["total"] == invalid["total"] == 730


def test_filter_on_a_field_that_is_no_cursor_is_ignored(shared: Sandbox) -> None:
    filtered = page_of(shared, "/v1/event-types", **{"updated_at[gte]": "2030-01-01T00:00:00Z"})
    assert len(filtered["data"]) == 42


def test_records_added_while_paging_come_at_the_end_once(start: Start) -> None:
    sandbox = start(scale=0.2)
    listing = pages(sandbox, "/v1/events", limit=100)
    seen = [record["id"] for record in next(listing)["data"]]
    added = sandbox.advance()["events"]["added"]
    seen += [record["id"] for page in listing for record in page["data"]]
    assert len(seen) == len(set(seen))
    assert set(added) <= set(seen)
