"""What a run does when something fails, and what stands in its STATE then."""

from __future__ import annotations

import socket
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.stream import AnalyticsStream
from tests.conftest import bearer, differences

if TYPE_CHECKING:
    from tap_analytics.sandbox import Sandbox
    from tests.conftest import MakeSandbox, Outcome, RunTap

THREE = ("accounts", "prices", "products")


def fails(path: str, status: int, **more: Any) -> dict[str, Any]:
    return {"path": path, "fault": "status", "status": status, "times": 0, **more}


def bookmarks(state: dict[str, Any]) -> set[str]:
    entries = state.get("bookmarks", {}).items()
    return {name for name, entry in entries if "replication_key_value" in entry}


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]


def paths(sandbox: Sandbox) -> set[str]:
    return {entry.path for entry in sandbox.log}


@pytest.mark.parametrize("status", [400, 403, 404, 405, 410, 422])
def test_resource_that_fails_leaves_the_others_whole(
    make_sandbox: MakeSandbox, run_tap: RunTap, status: int
) -> None:
    sandbox = make_sandbox()
    sandbox.add_fault(fails("/v1/prices", status))

    outcome = run_tap(bearer(sandbox), only=THREE)

    assert outcome.status == 1
    assert not outcome.records["prices"]
    assert [differences(outcome, sandbox, name) for name in ("accounts", "products")] == [[], []]
    assert bookmarks(outcome.state) == {"accounts", "products"}


def test_failures_are_told_in_a_table_at_the_end(
    make_sandbox: MakeSandbox, run_tap: RunTap, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox = make_sandbox()
    sandbox.add_fault(fails("/v1/prices", 403, headers={"X-Request-Id": "7f3a"}))
    sandbox.add_fault({"path": "/v1/accounts", "fault": "error_200", "times": 0})

    run_tap(bearer(sandbox), only=THREE)

    (table,) = errors(caplog)
    head, first, second = table.splitlines()
    assert head == "2 of 16 streams failed:"
    assert first == (
        "  accounts: GET /v1/accounts, page 1: the answer is an error object, although its status "
        "is 200"
    )
    assert second.startswith("  prices: GET /v1/prices, page 1 answered 403 (request id ")
    assert second.endswith("; the credentials work but may not read this")


def test_failure_is_told_as_a_warning_where_the_others_go_on(
    make_sandbox: MakeSandbox, run_tap: RunTap, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox = make_sandbox()
    sandbox.add_fault({"path": "/v1/accounts", "fault": "error_200", "times": 0})
    run_tap(bearer(sandbox), only=THREE)
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    reason = "the answer is an error object, although its status is 200"
    assert warnings == [f"accounts: GET /v1/accounts, page 1: {reason}; the other streams go on"]


def test_halt_stops_at_the_first_failure_with_the_state_so_far(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    sandbox = make_sandbox()
    sandbox.add_fault(fails("/v1/prices", 403))
    outcome = run_tap(bearer(sandbox, on_error="halt"), only=THREE)
    assert outcome.status == 1
    assert paths(sandbox) == {"/v1/accounts", "/v1/prices"}
    assert not differences(outcome, sandbox, "accounts")
    backwards = [message["type"] for message in reversed(outcome.messages)]
    assert backwards.index("STATE") < backwards.index("RECORD")
    assert bookmarks(outcome.state) == {"accounts"}


@pytest.mark.parametrize("status", [401, 429, 500, 503])
def test_failure_of_the_whole_api_halts_although_others_could_go_on(
    make_sandbox: MakeSandbox, run_tap: RunTap, status: int
) -> None:
    sandbox = make_sandbox()
    sandbox.add_fault(fails("/v1/prices", status))
    outcome = run_tap(bearer(sandbox, max_retries=1), only=THREE)
    assert outcome.status == 1
    assert paths(sandbox) == {"/v1/accounts", "/v1/prices"}
    assert bookmarks(outcome.state) == {"accounts"}


def test_failure_of_the_whole_api_is_told_in_one_line(
    make_sandbox: MakeSandbox, run_tap: RunTap, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox = make_sandbox()
    config = bearer(sandbox, token="expired-token")
    run_tap(config, only=THREE)
    assert errors(caplog) == [
        (
            "accounts: GET /v1/accounts, page 1 answered 401; the API does not accept the "
            "credentials of client.auth (bearer token)"
        )
    ]


def test_unreachable_api_is_told_in_one_line(
    run_tap: RunTap, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    config = {"client": {"base_url": f"http://127.0.0.1:{port}"}, "backoff_factor": 0.01}
    outcome = run_tap(config)
    assert outcome.status == 1
    assert outcome.records == {}
    assert errors(caplog) == ["accounts: GET /v1/accounts, page 1: cannot connect after 4 tries"]


def test_earlier_failures_are_in_the_table_when_the_api_fails_as_a_whole(
    make_sandbox: MakeSandbox, run_tap: RunTap, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox = make_sandbox()
    sandbox.add_fault(fails("/v1/accounts", 403))
    sandbox.add_fault(fails("/v1/prices", 500))
    run_tap(bearer(sandbox, max_retries=0), only=THREE)
    assert [line.split()[0] for line in errors(caplog)[-1].splitlines()] == [
        "2",
        "accounts:",
        "prices:",
    ]


def test_failures_in_passing_are_mended_without_a_trace_in_the_records(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    sandbox = make_sandbox(max_page_size=20)
    for fault in ("reset", "truncate", "empty_body", "5xx", "401"):
        sandbox.add_fault({"path": "/v1/events", "fault": fault, "skip": 3})
    client = {"base_url": sandbox.base_url, "auth": oauth2(sandbox)}
    outcome = run_tap(bearer(sandbox, client=client, max_retries=4), only=("events",))
    assert {200, 401, 500} <= {entry.status for entry in sandbox.log}
    assert outcome.status == 0
    assert not differences(outcome, sandbox, "events")


def oauth2(sandbox: Sandbox) -> dict[str, str]:
    return {
        "type": "oauth2_client_credentials",
        "access_token_url": f"{sandbox.base_url}/oauth/token",
        "client_id": sandbox.credentials.client_id,
        "client_secret": sandbox.credentials.client_secret,
    }


@pytest.mark.parametrize(
    "fault",
    ["cycle", "foreign_link", "redirect", "html", "error_200"],
)
def test_page_that_cannot_be_right_fails_the_stream_and_keeps_its_bookmark(
    make_sandbox: MakeSandbox, run_tap: RunTap, fault: str
) -> None:
    sandbox = make_sandbox(max_page_size=5)
    fault_entry = {"path": "/v1/prices", "fault": fault, "times": 0, "match": {"page": 2}}
    sandbox.add_fault(fault_entry)
    outcome = run_tap(bearer(sandbox), only=THREE)
    assert outcome.status == 1
    assert bookmarks(outcome.state) == {"accounts", "products"}
    assert not differences(outcome, sandbox, "products")


def test_record_without_primary_key_fails_the_stream(
    make_sandbox: MakeSandbox, run_tap: RunTap, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox = make_sandbox()
    body = {"data": [{"id": None, "updated_at": "2025-01-01T00:00:00Z"}], "has_more": False}
    sandbox.add_fault(fails("/v1/prices", 200, body=body))
    run_tap(bearer(sandbox), only=THREE)
    reason = "record 1 has no 'id' (primary key)"
    assert errors(caplog) == [f"1 of 16 streams failed: prices: GET /v1/prices, page 1: {reason}"]


def test_cursor_of_the_wrong_kind_fails_the_stream(
    make_sandbox: MakeSandbox, run_tap: RunTap, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox = make_sandbox()
    body = {"data": [{"id": "a", "updated_at": "soon"}], "has_more": False}
    sandbox.add_fault(fails("/v1/prices", 200, body=body))
    outcome = run_tap(bearer(sandbox), only=THREE)
    assert bookmarks(outcome.state) == {"accounts", "products"}
    reason = "record 1: updated_at (replication key) is not an ISO 8601 date-time: 'soon'"
    assert errors(caplog) == [f"1 of 16 streams failed: prices: GET /v1/prices, page 1: {reason}"]


def commits(outcome: Outcome, stream: str) -> list[tuple[int, str]]:
    """Records of *stream* that are out, and its bookmark, at each STATE that has another one."""
    found: list[tuple[int, str]] = []
    out = 0
    for message in outcome.messages:
        out += message["type"] == "RECORD" and message["stream"] == stream
        if message["type"] == "STATE" and stream in bookmarks(message["value"]):
            value = message["value"]["bookmarks"][stream]["replication_key_value"]
            if value not in [earlier for _, earlier in found]:
                found.append((out, value))
    return found


@pytest.fixture
def frequent_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AnalyticsStream, "STATE_MSG_FREQUENCY", 30)


@pytest.mark.usefixtures("frequent_state")
def test_sorted_stream_commits_on_the_way_and_never_ahead_of_its_records(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    sandbox = make_sandbox(max_page_size=20)
    outcome = run_tap(bearer(sandbox), only=("events",))
    times = [datetime.fromisoformat(row["occurred_at"]) for row in sandbox.truth("events")]
    steps = commits(outcome, "events")
    assert [out for out, _ in steps] == list(range(40, 401, 40))
    assert [datetime.fromisoformat(at) for _, at in steps] == [times[out - 1] for out, _ in steps]


@pytest.mark.usefixtures("frequent_state")
def test_unsorted_stream_has_no_bookmark_before_its_last_record(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    sandbox = make_sandbox(max_page_size=20)
    outcome = run_tap(bearer(sandbox), only=("transactions",))
    assert [out for out, _ in commits(outcome, "transactions")] == [300]


@pytest.mark.usefixtures("frequent_state")
def test_stream_wrongly_declared_sorted_takes_its_commits_back(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    sandbox = make_sandbox(max_page_size=20)
    sandbox.add_fault(fails("/v1/transactions", 403, skip=8))
    resource = {"name": "transactions", "endpoint": {"incremental": {"row_order": "asc"}}}
    outcome = run_tap(bearer(sandbox, resources=[resource]))
    assert outcome.status == 1
    assert len(outcome.records["transactions"]) == 160
    assert bookmarks(outcome.state) == set()


@pytest.mark.usefixtures("frequent_state")
@pytest.mark.parametrize("stream", ["events", "transactions"], ids=["sorted", "unsorted"])
def test_run_after_an_interrupted_one_brings_the_rest(
    make_sandbox: MakeSandbox, run_tap: RunTap, stream: str
) -> None:
    sandbox = make_sandbox(max_page_size=20)
    sandbox.add_fault(fails(f"/v1/{stream}", 500, skip=7, times=4))
    first = run_tap(bearer(sandbox), only=(stream,))

    second = run_tap(bearer(sandbox), state=first.state, only=(stream,))

    assert (first.status, second.status) == (1, 0)
    sent = [row["id"] for run in (first, second) for row in run.records[stream]]
    assert set(sent) == {row["id"] for row in sandbox.truth(stream)}
    repeated = len(sent) - len(set(sent))
    assert repeated == (20 if stream == "events" else 140)


@pytest.mark.usefixtures("frequent_state")
def test_every_state_on_the_way_resumes_without_loss_or_repetition(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    sandbox = make_sandbox(max_page_size=50)
    truth = [row["id"] for row in sandbox.truth("events")]
    whole = run_tap(bearer(sandbox), only=("events",))
    out, states = 0, 0
    for message in whole.messages:
        out += message["type"] == "RECORD"
        if message["type"] == "STATE":
            states += 1
            rest = run_tap(bearer(sandbox), state=message["value"], only=("events",))
            assert [row["id"] for row in rest.records["events"]] == truth[out:]
    assert states >= 8
