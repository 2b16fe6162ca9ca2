from __future__ import annotations

import re
import socket
from decimal import Decimal
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
import requests

from tap_analytics.sandbox import Options

from .client import PATHS, TIMEOUT_SECONDS, fetch, flat, page_of, truth, walk

if TYPE_CHECKING:
    from tap_analytics.sandbox import Sandbox

    from .conftest import Start


@pytest.mark.parametrize("name", PATHS)
def test_listing_walked_to_its_end_is_the_truth(shared: Sandbox, name: str) -> None:
    records = walk(shared, PATHS[name], limit=200)
    if name in {"accounts", "calls"}:
        records = [flat(record) for record in records]
    assert records == truth(shared, name)
    assert records


@pytest.mark.parametrize(
    ("name", "segment"), [("customer_addresses", "addresses"), ("businesses", "businesses")]
)
def test_children_of_all_customers_are_the_truth(start: Start, name: str, segment: str) -> None:
    sandbox = start(scale=0.1)
    records = [
        record
        for customer in truth(sandbox, "customers")
        for record in walk(sandbox, f"/v1/customers/{customer['id']}/{segment}", limit=2)
    ]
    assert sorted(records, key=_id) == sorted(truth(sandbox, name), key=_id)
    assert records


def _id(record: dict[str, Any]) -> str:
    return str(record["id"])


@pytest.mark.parametrize("name", PATHS)
def test_single_record_is_the_one_of_the_listing(shared: Sandbox, name: str) -> None:
    record = page_of(shared, PATHS[name], limit=3)["data"][-1]
    assert page_of(shared, f"{PATHS[name]}/{record['id']}") == {"data": record}


def test_single_child_is_found_under_its_own_parent_only(shared: Sandbox) -> None:
    customers = [record["id"] for record in truth(shared, "customers")]
    address = truth(shared, "customer_addresses")[0]
    answers = {
        customer: fetch(shared, f"/v1/customers/{customer}/addresses/{address['id']}")
        for customer in (address["customer_id"], customers[-1])
    }
    assert address["customer_id"] != customers[-1]
    assert answers[address["customer_id"]].json()["data"]["id"] == address["id"]
    assert answers[customers[-1]].status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v1/nothing",
        "/v1/customers/",
        "/v1/customer_addresses",
        "/v1/customers/cus_unknown",
        "/v1/customers/cus_unknown/addresses",
        "/v1/customers/cus_unknown/businesses",
        "/v1/accounts/0",
        "/_sandbox/truth/nothing",
    ],
)
def test_unknown_path_is_answered_404_in_json(shared: Sandbox, path: str) -> None:
    response = fetch(shared, path)
    assert response.status_code == 404
    assert response.headers["Content-Type"] == "application/json"
    assert response.json()["error"]["code"] == "not_found"


def test_wrong_method_is_answered_405_with_the_allowed_ones(shared: Sandbox) -> None:
    response = requests.delete(f"{shared.base_url}/v1/customers", timeout=TIMEOUT_SECONDS)
    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]
    assert response.json()["error"]["code"] == "method_not_allowed"


def test_answers_are_json_with_distinct_request_ids(shared: Sandbox) -> None:
    answers = [fetch(shared, "/v1/customers") for _ in range(2)]
    assert {answer.headers["Content-Type"] for answer in answers} == {"application/json"}
    assert len({answer.headers["X-Request-Id"] for answer in answers}) == 2


def test_decimals_are_written_digit_for_digit(shared: Sandbox) -> None:
    records = {name: shared.truth(name) for name in PATHS}
    written = {name: fetch(shared, f"/_sandbox/truth/{name}").text for name in PATHS}
    found = [
        (name, rf'"{field}":{re.escape(str(value))}[,}}]')
        for name, rows in records.items()
        for row in rows
        for field, value in row.items()
        if isinstance(value, Decimal) and str(value).endswith("0")
    ]
    assert found
    assert [pair for pair in found if not re.search(pair[1], written[pair[0]])] == []


def test_truth_in_process_is_that_of_the_endpoint(shared: Sandbox) -> None:
    assert shared.truth("transactions") == truth(shared, "transactions")


def test_truth_of_an_unknown_resource_is_refused(shared: Sandbox) -> None:
    with pytest.raises(KeyError):
        shared.truth("nothing")


def test_same_seed_serves_the_same_and_another_seed_others(start: Start) -> None:
    one, two, other = start(seed=3), start(seed=3), start(seed=4)
    bodies = [fetch(each, "/v1/customers").text for each in (one, two, other)]
    assert bodies[0] == bodies[1] != bodies[2]
    assert len({each.base_url for each in (one, two, other)}) == 3


def test_advance_serves_what_it_says_it_changed_and_added(start: Start) -> None:
    sandbox = start(scale=0.2)
    before = {record["id"]: record for record in truth(sandbox, "customers")}
    response = requests.post(
        f"{sandbox.base_url}/_sandbox/advance", json={"hours": 2}, timeout=TIMEOUT_SECONDS
    )
    moved = response.json()["customers"]
    served = {record["id"]: record for record in walk(sandbox, "/v1/customers")}
    assert set(served) - set(before) == set(moved["added"])
    changed = {key for key, record in before.items() if served[key] != record}
    assert changed == set(moved["changed"])
    assert moved["added"]
    assert changed


def test_advance_without_a_body_moves_by_an_hour_as_in_process(start: Start) -> None:
    one, two = start(scale=0.2), start(scale=0.2)
    response = requests.post(f"{one.base_url}/_sandbox/advance", timeout=TIMEOUT_SECONDS)
    assert response.json() == two.advance()
    assert one.truth("events") == two.truth("events")


@pytest.mark.parametrize(
    "body", ['{"hours": 0}', '{"hours": "1"}', '{"days": 1}', "[]", "{", '{"hours": -1}']
)
def test_advance_refuses_a_wrong_body(shared: Sandbox, body: str) -> None:
    response = requests.post(
        f"{shared.base_url}/_sandbox/advance", data=body, timeout=TIMEOUT_SECONDS
    )
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "invalid_request"
    assert "\n" not in response.json()["error"]["message"]


def test_log_holds_requests_but_not_those_that_steer(start: Start) -> None:
    sandbox = start(scale=0.1)
    fetch(sandbox, "/v1/customers", {"limit": 2, "a b": "ü&"}, headers={"X-Api-Key": "wrong"})
    fetch(sandbox, "/v1/nothing")
    (refused, missed) = fetch(sandbox, "/_sandbox/log").json()
    assert (refused["method"], refused["path"], refused["status"]) == ("GET", "/v1/customers", 401)
    assert refused["query"] == [["limit", "2"], ["a b", "ü&"]]
    assert refused["headers"]["x-api-key"] == "wrong"
    assert (missed["path"], missed["status"]) == ("/v1/nothing", 404)
    assert [entry.status for entry in sandbox.log] == [401, 404]


def test_options_can_be_changed_while_it_runs(start: Start) -> None:
    sandbox = start()
    changes = {"totals": "absent", "links": "token", "envelope": "meta", "max_page_size": 7}
    response = requests.put(
        f"{sandbox.base_url}/_sandbox/options", json=changes, timeout=TIMEOUT_SECONDS
    )
    assert changes.items() <= response.json().items()
    assert list(page_of(sandbox, "/v1/cash_drawers")) == ["data"]
    assert "/" not in page_of(sandbox, "/v1/calls")["links"]["next"]
    assert page_of(sandbox, "/v1/events")["meta"]["pagination"]["per_page"] == 7


@pytest.mark.parametrize(
    "changes",
    [
        '{"links": "token", "seed": 3}',
        '{"links": "token", "totals": "some"}',
        '{"links": "token", "max_page_size": 0}',
        '{"links": "token", "empty_pages": 1}',
        '{"links": "token", "filters": 1}',
        '{"links": ["token"]}',
        '["links"]',
        "{",
        "",
    ],
)
def test_options_that_are_wrong_change_nothing(start: Start, changes: str) -> None:
    sandbox = start()
    url = f"{sandbox.base_url}/_sandbox/options"
    response = requests.put(url, data=changes, timeout=TIMEOUT_SECONDS)
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "invalid_request"
    assert page_of(sandbox, "/v1/calls")["links"]["next"].startswith(sandbox.base_url)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", -1),
        ("scale", 0),
        ("scale", float("nan")),
        ("latency_ms", -1),
        ("token_lifetime", 0),
        ("token_lifetime", 1.5),
        ("max_page_size", True),
        ("empty_pages", 1),
        ("links", "page"),
        ("json_api", "on"),
        ("auth", ()),
        ("auth", ("digest",)),
    ],
)
def test_option_out_of_range_is_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"^{name}: .* is not allowed; allowed: "):
        Options(**{name: value})  # type: ignore[arg-type]  # wrong on purpose


def test_latency_holds_back_answers_of_the_api_only(start: Start) -> None:
    sandbox = start(latency_ms=150)
    assert fetch(sandbox, "/v1/ips").elapsed.total_seconds() >= 0.15
    assert fetch(sandbox, "/_sandbox/log").elapsed.total_seconds() < 0.15


def test_closing_cuts_waiting_requests_and_frees_the_port(start: Start) -> None:
    sandbox = start(latency_ms=600_000)
    failures: list[type[Exception]] = []

    def wait() -> None:
        try:
            fetch(sandbox, "/v1/ips", timeout=60)
        except requests.ConnectionError as error:
            failures.append(type(error))

    thread = Thread(target=wait)
    thread.start()
    host, port = sandbox.base_url.removeprefix("http://").split(":")
    sandbox.close()
    thread.join(timeout=TIMEOUT_SECONDS)
    assert not thread.is_alive()
    assert failures == [requests.ConnectionError]
    sandbox.close()
    socket.create_server((host, int(port))).close()


def test_taken_port_is_an_error(start: Start) -> None:
    taken = int(start().base_url.rpartition(":")[2])
    with pytest.raises(OSError, match="in use"):
        start(port=taken)
