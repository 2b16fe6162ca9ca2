from __future__ import annotations

import json
import socket
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from .client import TIMEOUT_SECONDS, fetch, page_of, pages, truth

if TYPE_CHECKING:
    from tap_analytics.sandbox import Sandbox

    from .conftest import Start

EVENTS = "/v1/events"


@pytest.fixture
def sandbox(start: Start) -> Sandbox:
    return start(scale=0.2)


def statuses(sandbox: Sandbox, path: str, times: int) -> list[int]:
    return [fetch(sandbox, path).status_code for _ in range(times)]


def test_status_skips_hits_and_ends(sandbox: Sandbox) -> None:
    sandbox.add_fault({"path": EVENTS, "fault": "status", "status": 503, "skip": 2, "times": 3})
    assert statuses(sandbox, EVENTS, 7) == [200, 200, 503, 503, 503, 200, 200]
    assert statuses(sandbox, "/v1/customers", 1) == [200]


def test_fault_hits_once_by_default_and_for_ever_with_times_0(sandbox: Sandbox) -> None:
    sandbox.add_fault({"path": EVENTS, "fault": "status", "status": 500})
    sandbox.add_fault({"path": "/v1/ips", "fault": "status", "status": 500, "times": 0})
    assert statuses(sandbox, EVENTS, 3) == [500, 200, 200]
    assert statuses(sandbox, "/v1/ips", 5) == [500] * 5


def test_entries_take_their_turns(sandbox: Sandbox) -> None:
    for status in (500, 502):
        sandbox.add_fault({"path": EVENTS, "fault": "status", "status": status})
    assert statuses(sandbox, EVENTS, 3) == [500, 502, 200]


def test_path_with_a_star_is_a_prefix(sandbox: Sandbox) -> None:
    customer = truth(sandbox, "customers")[0]["id"]
    sandbox.add_fault({"path": "/v1/customers/*", "fault": "status", "status": 500, "times": 0})
    paths = ("/v1/customers", f"/v1/customers/{customer}", f"/v1/customers/{customer}/addresses")
    assert [fetch(sandbox, path).status_code for path in paths] == [200, 500, 500]


def test_match_narrows_by_query_and_by_page(sandbox: Sandbox) -> None:
    by_query = {"path": EVENTS, "fault": "status", "status": 500, "match": {"query": "limit=7"}}
    by_page = {"path": "/v1/*", "fault": "status", "status": 502, "times": 0, "match": {"page": 3}}
    sandbox.add_fault(by_query)
    assert statuses(sandbox, EVENTS, 1) == [200]
    assert fetch(sandbox, EVENTS, {"limit": 7}).status_code == 500
    sandbox.add_fault(by_page)
    token = page_of(sandbox, EVENTS, next=page_of(sandbox, EVENTS)["next"])["next"]
    assert fetch(sandbox, EVENTS, {"next": token}).status_code == 502
    assert fetch(sandbox, "/v1/resource", {"offset": 20, "limit": 10}).status_code == 502
    assert fetch(sandbox, "/v1/resource", {"offset": 20, "limit": 11}).status_code == 200


def test_status_sends_the_given_headers_and_body(sandbox: Sandbox) -> None:
    base = {"path": EVENTS, "fault": "status", "status": 418}
    sandbox.add_fault(base | {"headers": {"X-Odd": "1", "content-type": "text/x"}, "body": "tea"})
    sandbox.add_fault(base | {"body": {"a": [1.5, None]}})
    sandbox.add_fault(base | {"status": 204})
    text, structure, nothing = [fetch(sandbox, EVENTS) for _ in range(3)]
    assert (text.text, text.headers["X-Odd"], text.headers["Content-Type"]) == (
        "tea",
        "1",
        "text/x",
    )
    assert structure.json() == {"a": [1.5, None]}
    assert (nothing.status_code, nothing.content) == (204, b"")


def test_endpoint_adds_one_fault_or_a_list_and_forgets_them(sandbox: Sandbox) -> None:
    url = f"{sandbox.base_url}/_sandbox/faults"
    entry = {"path": EVENTS, "fault": "status", "status": 500, "times": 0}
    one = requests.post(url, json=entry, timeout=TIMEOUT_SECONDS)
    two = requests.post(url, json=[entry, entry], timeout=TIMEOUT_SECONDS)
    assert (one.json(), two.json()) == ({"added": 1}, {"added": 2})
    assert statuses(sandbox, EVENTS, 1) == [500]
    assert requests.delete(url, timeout=TIMEOUT_SECONDS).status_code == 204
    assert statuses(sandbox, EVENTS, 1) == [200]


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ({"path": EVENTS}, "fault"),
        ({"fault": "reset"}, "path"),
        ({"path": EVENTS, "fault": "rest"}, "'rest' is no fault; allowed: status, 429"),
        ({"path": "v1/events", "fault": "reset"}, "must start with '/'"),
        ({"path": EVENTS, "fault": "status"}, "allowed: 200 to 599"),
        ({"path": EVENTS, "fault": "reset", "time": 1}, "time"),
        ({"path": EVENTS, "fault": "reset", "times": -1}, "below 0"),
        ({"path": EVENTS, "fault": "429", "retry_after": "later"}, "later"),
        ({"path": EVENTS, "fault": "429", "headers": {"A": "b\nc"}}, "ASCII"),
        ("reset", "object"),
    ],
)
def test_wrong_entry_is_refused_in_one_line_and_none_is_added(
    sandbox: Sandbox, entry: object, complaint: str
) -> None:
    good = {"path": EVENTS, "fault": "status", "status": 500}
    url = f"{sandbox.base_url}/_sandbox/faults"
    response = requests.post(url, json=[good, entry], timeout=TIMEOUT_SECONDS)
    message = response.json()["error"]["message"]
    assert response.status_code == 400
    assert complaint in message
    assert "\n" not in message
    assert statuses(sandbox, EVENTS, 1) == [200]


@pytest.mark.parametrize(
    ("form", "seconds", "expected"),
    [
        ("seconds", 2, "2"),
        ("fraction", 0.2, "0.25"),
        ("list", 50, "50, 53"),
        ("garbage", 1, "soon"),
        ("huge", 1, "31536000"),
        ("none", 1, None),
    ],
)
def test_429_has_a_retry_after_of_the_asked_form(
    sandbox: Sandbox, form: str, seconds: float, expected: str | None
) -> None:
    entry = {"path": EVENTS, "fault": "429", "retry_after": form, "seconds": seconds}
    sandbox.add_fault(entry)
    response = fetch(sandbox, EVENTS)
    assert response.status_code == 429
    assert response.headers.get("Retry-After") == expected


@pytest.mark.parametrize(("form", "least", "most"), [("date", 28, 31), ("past", -3602, -3599)])
def test_429_can_hold_a_date(sandbox: Sandbox, form: str, least: int, most: int) -> None:
    sandbox.add_fault({"path": EVENTS, "fault": "429", "retry_after": form, "seconds": 30})
    moment = parsedate_to_datetime(fetch(sandbox, EVENTS).headers["Retry-After"])
    assert least <= moment.timestamp() - time.time() <= most


def test_5xx_goes_through_the_outages(sandbox: Sandbox) -> None:
    sandbox.add_fault({"path": EVENTS, "fault": "5xx", "times": 5})
    assert statuses(sandbox, EVENTS, 6) == [500, 502, 503, 504, 500, 200]


def test_401_hits_right_credentials_once(sandbox: Sandbox) -> None:
    sandbox.add_fault({"path": EVENTS, "fault": "401"})
    first, second = fetch(sandbox, EVENTS), fetch(sandbox, EVENTS)
    assert (first.status_code, second.status_code) == (401, 200)
    assert 'error="invalid_token"' in first.headers["WWW-Authenticate"]


def drain(connection: socket.socket, received: bytearray) -> None:
    """Read up to the end."""
    while piece := connection.recv(1 << 16):
        received += piece


def test_reset_cuts_the_connection_in_the_middle_of_the_body(sandbox: Sandbox) -> None:
    sandbox.add_fault({"path": EVENTS, "fault": "reset"})
    host, port = sandbox.base_url.removeprefix("http://").split(":")
    received = bytearray()
    with socket.create_connection((host, int(port)), timeout=TIMEOUT_SECONDS) as connection:
        connection.sendall(b"GET /v1/events?api_key=test-api-key HTTP/1.1\r\nHost: x\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            drain(connection, received)
    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK")
    assert 0 < len(body) < len(fetch(sandbox, EVENTS).content)


def test_truncate_sends_half_the_json_with_its_own_length(sandbox: Sandbox) -> None:
    whole = fetch(sandbox, EVENTS).content
    sandbox.add_fault({"path": EVENTS, "fault": "truncate"})
    response = fetch(sandbox, EVENTS)
    assert response.content == whole[: len(whole) // 2]
    assert response.headers["Content-Length"] == str(len(whole) // 2)
    with pytest.raises(json.JSONDecodeError):
        json.loads(response.text)


def test_slow_sends_the_whole_body_over_the_given_seconds(sandbox: Sandbox) -> None:
    whole = fetch(sandbox, EVENTS).content
    sandbox.add_fault({"path": EVENTS, "fault": "slow", "seconds": 0.3})
    begin = time.monotonic()
    response = fetch(sandbox, EVENTS, stream=True)
    first = response.raw.read1()
    rest = response.raw.read()
    assert time.monotonic() - begin >= 0.3
    assert first + rest == whole
    assert len(first) < len(whole) // 5


@pytest.mark.parametrize(
    ("fault", "kind", "begin"),
    [
        ("html", "text/html; charset=utf-8", "<!DOCTYPE html>"),
        ("error_200", "application/json", '{"error":'),
        ("empty_body", "application/json", ""),
    ],
)
def test_success_without_data(sandbox: Sandbox, fault: str, kind: str, begin: str) -> None:
    sandbox.add_fault({"path": EVENTS, "fault": fault})
    response = fetch(sandbox, EVENTS)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == kind
    assert response.text[: len(begin) or None] == begin


def test_null_data_keeps_the_rest_of_the_page(sandbox: Sandbox) -> None:
    before = page_of(sandbox, EVENTS)
    sandbox.add_fault({"path": EVENTS, "fault": "null_data"})
    assert page_of(sandbox, EVENTS) == before | {"data": None}


@pytest.mark.parametrize("path", ["/v1/cash_drawers", "/v1/calls", "/v1/products", "/v1/ips"])
def test_nan_stands_bare_in_the_first_record_only(sandbox: Sandbox, path: str) -> None:
    sandbox.add_fault({"path": path, "fault": "nan"})
    text = fetch(sandbox, path).text
    assert text.count(":NaN") == 1
    records = json.loads(text)["data"]
    assert "NaN" in json.dumps(records[0])
    assert records[1:] == json.loads(fetch(sandbox, path).text)["data"][1:]


def test_cycle_leads_back_to_the_second_page(sandbox: Sandbox) -> None:
    listing = pages(sandbox, EVENTS, limit=10)
    tokens = [next(listing)["next"] for _ in range(2)]
    sandbox.add_fault({"path": EVENTS, "fault": "cycle"})
    third = page_of(sandbox, EVENTS, limit=10, next=tokens[1])
    assert third["next"] == tokens[0]


def test_cycle_goes_on_for_ever_even_from_the_last_page(sandbox: Sandbox) -> None:
    path = "/v1/accounts"
    sandbox.add_fault({"path": path, "fault": "cycle", "skip": 1, "times": 0})
    links = [page["links"]["next"] for page, _ in zip(pages(sandbox, path), range(5), strict=False)]
    assert len(set(links)) == 1


def test_cycle_and_foreign_link_do_not_see_offset_pages(sandbox: Sandbox) -> None:
    for fault in ("cycle", "foreign_link"):
        sandbox.add_fault({"path": "/v1/*", "fault": fault})
    before = page_of(sandbox, "/v1/resource")
    assert page_of(sandbox, EVENTS)["next"] != page_of(sandbox, EVENTS)["next"]
    assert page_of(sandbox, "/v1/resource") == before


@pytest.mark.parametrize("links", ["absolute", "relative", "token"])
def test_foreign_link_points_at_the_second_name_of_the_sandbox(start: Start, links: str) -> None:
    sandbox = start(scale=0.2, links=links)
    sandbox.add_fault({"path": "/v1/calls", "fault": "foreign_link"})
    page = page_of(sandbox, "/v1/calls", limit=3, api_key="test-api-key")
    target = urlsplit(page["links"]["next"])
    assert target.netloc == sandbox.base_url.rpartition("/")[2].replace("127.0.0.1", "localhost")
    assert [name for name, _ in parse_qsl(target.query)] == ["limit", "page[after]"]
    assert requests.get(page["links"]["next"], timeout=TIMEOUT_SECONDS).status_code == 401


def test_foreign_link_points_at_the_given_origin(sandbox: Sandbox) -> None:
    sandbox.add_fault({"path": EVENTS, "fault": "foreign_link", "origin": "https://x.test/"})
    assert page_of(sandbox, EVENTS)["next"].startswith("https://x.test/v1/events?next=")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "http://localhost:{port}/v1/events?limit=2"),
        ({"origin": "https://x.test"}, "https://x.test/v1/events?limit=2"),
        ({"location": "/elsewhere"}, "/elsewhere"),
    ],
)
def test_redirect_leads_elsewhere(sandbox: Sandbox, fields: dict[str, Any], expected: str) -> None:
    sandbox.add_fault({"path": EVENTS, "fault": "redirect", **fields})
    response = fetch(sandbox, EVENTS, {"limit": 2}, allow_redirects=False)
    port = sandbox.base_url.rpartition(":")[2]
    assert response.status_code == 302
    assert response.headers["Location"] == expected.format(port=port)


def test_child_404_hits_children_only(sandbox: Sandbox) -> None:
    customer = truth(sandbox, "customers")[0]["id"]
    sandbox.add_fault({"path": "/v1/*", "fault": "child_404"})
    assert statuses(sandbox, "/v1/customers", 1) == [200]
    assert statuses(sandbox, f"/v1/customers/{customer}/addresses", 2) == [404, 200]


def test_token_endpoint_has_faults_too(sandbox: Sandbox) -> None:
    sandbox.add_fault({"path": "/oauth/token", "fault": "status", "status": 503})
    url = f"{sandbox.base_url}/oauth/token"
    form = {
        "grant_type": "client_credentials",
        "client_id": sandbox.credentials.client_id,
        "client_secret": sandbox.credentials.client_secret,
    }
    answers = [requests.post(url, data=form, timeout=TIMEOUT_SECONDS) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [503, 200]
