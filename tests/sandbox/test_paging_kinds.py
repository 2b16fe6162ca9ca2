"""The listings below `/paging/<kind>`: each kind is paged by its own rules, and only by them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from .client import body_of, fetch, page_of, search, truth
from .walks import KINDS, SEARCHES, by_record

if TYPE_CHECKING:
    import requests

    from tap_analytics.sandbox import Sandbox

    from .conftest import Start

CURSORS = {"customers": "updated_at", "events": "occurred_at"}
BY_TOKEN = {
    "json_link": "cursor",
    "header_link": "cursor",
    "header_cursor": "cursor",
    "cursor": "cursor",
    "cursor_has_more": "next",
    "cursor_body": "cursor",
}


def ask(sandbox: Sandbox, kind: str, **asked: Any) -> requests.Response:
    """One request for customers, as that kind is asked."""
    path = f"/paging/{kind}/customers"
    return search(sandbox, path, asked) if kind in SEARCHES else fetch(sandbox, path, asked)


def ids(response: requests.Response) -> list[Any]:
    return [record["id"] for record in body_of(response)["data"]]


def ids_of_truth(sandbox: Sandbox, start: int, stop: int) -> list[Any]:
    """Of customers."""
    return [record["id"] for record in truth(sandbox, "customers")[start:stop]]


@pytest.mark.parametrize("name", CURSORS)
@pytest.mark.parametrize("kind", KINDS)
def test_walk_by_the_rules_of_its_kind_is_the_truth(start: Start, kind: str, name: str) -> None:
    sandbox = start(scale=0.3)
    walked = list(KINDS[kind](sandbox, f"/paging/{kind}/{name}", {}))
    assert [record for page in walked for record in page] == truth(sandbox, name)
    assert (len(walked) == 1) is (kind == "single_page")


@pytest.mark.parametrize("name", CURSORS)
@pytest.mark.parametrize("kind", KINDS)
def test_filters_narrow_every_kind(start: Start, kind: str, name: str) -> None:
    sandbox, field = start(scale=0.3), CURSORS[name]
    instants = {record["id"]: datetime.fromisoformat(record[field])
                for record in truth(sandbox, name)}  # fmt: skip
    middle = sorted(instants.values())[len(instants) // 2]
    wanted = [key for key, at in instants.items() if at >= middle]
    since = middle.isoformat()
    forms: list[dict[str, Any]] = [{f"{field}[gte]": since}]
    if kind in SEARCHES:
        forms.append({field: {"gte": since}})
    for filters in forms:
        walked = KINDS[kind](sandbox, f"/paging/{kind}/{name}", filters)
        assert [record["id"] for page in walked for record in page] == wanted
    assert 0 < len(wanted) < len(instants)


@pytest.mark.parametrize("kind", KINDS)
def test_filters_that_are_switched_off_narrow_nothing(start: Start, kind: str) -> None:
    sandbox = start(scale=0.2, filters=False)
    walked = KINDS[kind](sandbox, f"/paging/{kind}/customers", {"updated_at[gte]": "2030"})
    assert sum(map(len, walked)) == len(truth(sandbox, "customers"))


@pytest.mark.parametrize("kind", KINDS)
def test_record_is_also_found_alone(shared: Sandbox, kind: str) -> None:
    record = ask(shared, kind).json()["data"][1]
    assert page_of(shared, f"/paging/{kind}/customers/{record['id']}")["data"]["id"] == record["id"]
    assert fetch(shared, f"/paging/{kind}/customers/cus_unknown").status_code == 404


@pytest.mark.parametrize("kind", KINDS)
def test_credentials_are_asked_for(shared: Sandbox, kind: str) -> None:
    path, headers = f"/paging/{kind}/customers", {"X-Api-Key": "wrong"}
    response = (
        search(shared, path, {}, headers=headers)
        if kind in SEARCHES
        else fetch(shared, path, headers=headers)
    )
    assert response.status_code == 401


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "single_page"])
def test_page_has_50_records_by_default_and_no_more_than_the_cap(start: Start, kind: str) -> None:
    sandbox = start(max_page_size=60)
    limits = {"per_page": 1000, "limit": 1000, "page": {"limit": 1000}}
    if "page_number" in kind:
        limits.pop("page")
    assert [len(ask(sandbox, kind, **each).json()["data"]) for each in ({}, limits)] == [50, 60]


@pytest.mark.parametrize("base", [0, 1])
def test_first_page_has_the_number_of_the_base(shared: Sandbox, base: int) -> None:
    kinds = [f"page_number_{base}", f"page_number_{base}_total"]
    for kind in kinds:
        below = ask(shared, kind, page=base - 1)
        assert ids(ask(shared, kind)) == ids_of_truth(shared, 0, 50)
        assert ids(ask(shared, kind, page=base)) == ids_of_truth(shared, 0, 50)
        assert ids(ask(shared, kind, page=base + 1)) == ids_of_truth(shared, 50, 100)
        assert below.status_code == 400
        assert f"page must be a whole number from {base}" in below.json()["error"]["message"]


def test_pages_are_counted_as_they_are_asked_for(shared: Sandbox) -> None:
    sizes = {1: 400, 7: 58, 50: 8, 200: 2, 1000: 2}
    for kind in ("page_number_0_total", "page_number_1_total"):
        assert {
            size: ask(shared, kind, per_page=size).json()["total_pages"] for size in sizes
        } == sizes
    none = ask(shared, "page_number_1_total", **{"updated_at[gte]": "2030-01-01T00:00:00Z"})
    assert none.json() == {"data": [], "total_pages": 0}


def test_page_behind_the_last_is_empty(shared: Sandbox) -> None:
    assert ask(shared, "page_number_1", page=9).json() == {"data": []}
    assert ask(shared, "page_number_0_total", page=8).json() == {"data": [], "total_pages": 8}
    assert ask(shared, "offset_total", offset=400).json() == {"data": [], "total": 400}


@pytest.mark.parametrize("totals", ["present", "absent"])
def test_totals_of_the_kinds_do_not_follow_the_option(start: Start, totals: str) -> None:
    sandbox = start(scale=0.1, totals=totals)
    assert "total" in ask(sandbox, "offset_total").json()
    assert "total" not in ask(sandbox, "offset").json()


def test_link_header_names_the_first_and_the_next_page(shared: Sandbox) -> None:
    first = ask(shared, "header_link", limit=300, extra="a>b;c", api_key="test-api-key")
    last = ask(shared, "header_link", limit=1)
    while "next" in last.links:
        last = fetch(shared, last.links["next"]["url"], {"limit": 200})
    assert set(first.links) == {"first", "next"}
    assert set(last.links) == {"first"}
    for link in first.links.values():
        assert link["url"].startswith(f"{shared.base_url}/paging/header_link/customers?limit=300&")
        assert "extra=a%3Eb%3Bc" in link["url"]
        assert "api_key" not in link["url"]
    assert fetch(shared, last.links["first"]["url"]).json()["data"][0] == first.json()["data"][0]


def test_record_to_start_after_must_be_there(shared: Sandbox) -> None:
    response = ask(shared, "last_record", starting_after="cus_unknown")
    assert response.status_code == 400
    assert "'cus_unknown'" in response.json()["error"]["message"]
    event = truth(shared, "events")[0]["id"]
    assert ask(shared, "last_record", starting_after=event).status_code == 400


def test_record_to_start_after_need_not_match_the_filter(start: Start) -> None:
    sandbox = start(scale=0.3)
    records = truth(sandbox, "customers")
    first, since = records[0]["id"], {"updated_at[gte]": "2025-06-01T00:00:00.000001Z"}
    added = sandbox.advance()["customers"]["added"]
    found = ask(sandbox, "last_record", starting_after=first, **since).json()["data"]
    assert first not in {record["id"] for record in found}
    assert set(added) <= {record["id"] for record in found}


@pytest.mark.parametrize("kind", BY_TOKEN)
@pytest.mark.parametrize("token", ["", "x", "AAAA"])
def test_invalid_cursor_is_answered_400(shared: Sandbox, kind: str, token: str) -> None:
    response = ask(shared, kind, **{BY_TOKEN[kind]: token})
    assert response.status_code == 400
    assert "token" in response.json()["error"]["message"]


@pytest.mark.parametrize("kind", SEARCHES)
@pytest.mark.parametrize("body", [b"[]", b"{", b"page=2", b'"x"', b'{"page": "\xff"}'])
def test_search_that_is_no_json_object_is_answered_400(
    shared: Sandbox, kind: str, body: bytes
) -> None:
    response = search(shared, f"/paging/{kind}/customers", data=body)
    assert response.status_code == 400
    assert response.json()["error"] == {
        "code": "invalid_request",
        "message": "the body must be a JSON object",
    }


@pytest.mark.parametrize("kind", SEARCHES)
def test_search_without_a_body_is_the_first_page(shared: Sandbox, kind: str) -> None:
    assert ids(search(shared, f"/paging/{kind}/customers")) == ids_of_truth(shared, 0, 50)


@pytest.mark.parametrize("kind", SEARCHES)
@pytest.mark.parametrize("value", ["x", 1.5, -1, [5], True, 0])
def test_size_in_a_body_must_be_a_whole_number(shared: Sandbox, kind: str, value: object) -> None:
    sizes: dict[str, dict[str, Any]] = {
        "page_number_body": {"per_page": value},
        "offset_body": {"page": {"limit": value}},
        "cursor_body": {"limit": value},
    }
    response = ask(shared, kind, **sizes[kind])
    assert response.status_code == 400
    assert "must be a whole number from 1" in response.json()["error"]["message"]


def test_numbers_in_a_body_may_be_text(shared: Sandbox) -> None:
    found = ids(ask(shared, "page_number_body", page="2", per_page="3"))
    assert found == ids_of_truth(shared, 3, 6)


@pytest.mark.parametrize("kind", SEARCHES)
def test_search_reads_its_body_alone(shared: Sandbox, kind: str) -> None:
    path = f"/paging/{kind}/customers?page=2&page[offset]=50&cursor=x&per_page=3&limit=3"
    assert search(shared, path, {}).json() == search(shared, path.partition("?")[0], {}).json()
    answer = fetch(shared, path)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize("kind", KINDS)
def test_every_nth_page_by_token_is_empty_and_no_other(start: Start, kind: str) -> None:
    sandbox = start(scale=0.3, empty_pages=2)
    walked = list(KINDS[kind](sandbox, f"/paging/{kind}/customers", {}))
    assert sum(map(len, walked)) == len(truth(sandbox, "customers"))
    assert ([] in walked[:-1]) is (kind in BY_TOKEN)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "last_record"])
def test_fault_finds_a_page_by_its_number(start: Start, kind: str) -> None:
    sandbox, path = start(scale=0.3), f"/paging/{kind}/customers"
    last = 1 if kind == "single_page" else 2
    sandbox.add_fault({"path": path, "fault": "status", "status": 503, "match": {"page": last}})
    with pytest.raises(AssertionError, match="this answer was asked for"):
        list(KINDS[kind](sandbox, path, {}))
    assert [entry.status for entry in sandbox.log] == [200] * (last - 1) + [503]


def test_page_behind_a_record_has_no_number(start: Start) -> None:
    sandbox, path = start(scale=0.3), "/paging/last_record/customers"
    sandbox.add_fault({"path": path, "fault": "status", "status": 503, "match": {"page": 2}})
    sandbox.add_fault({"path": path, "fault": "status", "status": 500, "match": {"page": 1}})
    with pytest.raises(AssertionError, match="this answer was asked for"):
        list(by_record(sandbox, path, {}))
    assert len(list(by_record(sandbox, path, {}))) == 4


@pytest.mark.parametrize("kind", KINDS)
def test_cycle_hits_the_kinds_with_tokens(start: Start, kind: str) -> None:
    sandbox, path = start(scale=0.3), f"/paging/{kind}/customers"
    sandbox.add_fault({"path": path, "fault": "cycle", "skip": 2})
    walked = [page for page in KINDS[kind](sandbox, path, {}) if page]
    again = [page for page in walked if walked.count(page) > 1]
    assert bool(again) is (kind in BY_TOKEN)


@pytest.mark.parametrize("fault", ["cycle", "foreign_link"])
def test_faults_of_links_do_not_see_ids(start: Start, fault: str) -> None:
    sandbox = start(scale=0.1)
    sandbox.add_fault({"path": "/paging/last_record/customers", "fault": fault})
    assert ask(sandbox, "last_record").json()["has_more"] is False


def test_log_shows_what_a_search_asked_for(start: Start) -> None:
    sandbox = start(scale=0.1)
    ask(sandbox, "offset_body", page={"offset": 5}, updated_at={"gte": "2025-01-01T00:00:00Z"})
    (entry,) = sandbox.log
    assert (entry.method, entry.path) == ("POST", "/paging/offset_body/customers")
    assert entry.query == [
        ("page[offset]", "5"),
        ("updated_at[gte]", "2025-01-01T00:00:00Z"),
    ]
