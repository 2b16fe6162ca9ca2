"""Streams whose records are listed under a parent's record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_analytics.stream import AnalyticsStream
from tests.conftest import bearer, differences

if TYPE_CHECKING:
    import pytest

    from tap_analytics.sandbox import Sandbox
    from tests.conftest import MakeSandbox, Outcome, RunTap

CHILDREN = ("customer_addresses", "businesses")
FAMILY = ("customers", *CHILDREN)


def child_path(customer: dict[str, Any], child: str = "addresses") -> str:
    return f"/v1/customers/{customer['id']}/{child}"


def requests(sandbox: Sandbox, ending: str) -> list[str]:
    return [entry.path for entry in sandbox.log if entry.path.endswith(ending)]


def bookmarked(state: dict[str, Any], stream: str) -> bool:
    return "replication_key_value" in state.get("bookmarks", {}).get(stream, {})


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]


def addresses_of(outcome: Outcome, customer: dict[str, Any]) -> list[dict[str, Any]]:
    rows = outcome.records["customer_addresses"]
    return [row for row in rows if row["customer_id"] == customer["id"]]


def test_parents_are_listed_once_for_all_their_children(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    sandbox = make_sandbox()
    run_tap(bearer(sandbox), only=FAMILY)
    pages = [dict(entry.query) for entry in sandbox.log if entry.path == "/v1/customers"]
    assert len(pages) == len({str(query) for query in pages})
    assert sorted(requests(sandbox, "/addresses")) == sorted(
        child_path(customer) for customer in sandbox.truth("customers")
    )


def test_each_child_stream_has_one_schema_and_one_bookmark_for_all_parents(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    outcome = run_tap(bearer(make_sandbox()), only=FAMILY)
    assert [len(outcome.of_type("SCHEMA", name)) for name in FAMILY] == [1, 1, 1]
    assert {name: sorted(outcome.state["bookmarks"][name]) for name in FAMILY} == {
        name: ["replication_key", "replication_key_value", "sent_at_bookmark"] for name in FAMILY
    }


def test_schema_of_children_comes_before_their_parents_records(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    outcome = run_tap(bearer(make_sandbox()), only=FAMILY)
    kinds = [message["type"] for message in outcome.messages if message["type"] != "STATE"]
    assert kinds[:3] == ["SCHEMA"] * 3
    assert set(kinds[3:]) == {"RECORD"}


def test_children_of_unchanged_parents_are_found_and_the_parents_not_sent_again(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    sandbox = make_sandbox(scale=0.5)
    first = run_tap(bearer(sandbox), only=FAMILY)
    moved = sandbox.advance()

    second = run_tap(bearer(sandbox), state=first.state, only=FAMILY)

    customers = {row["id"] for row in second.records["customers"]}
    assert customers == {*moved["customers"]["changed"], *moved["customers"]["added"]}
    for name in CHILDREN:
        rows = second.records[name]
        assert {row["id"] for row in rows} == {*moved[name]["changed"], *moved[name]["added"]}
        assert {row["customer_id"] for row in rows} - customers


def test_parent_is_asked_for_changes_only_where_no_child_is_selected(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    sandbox = make_sandbox()
    run_tap(bearer(sandbox, start_date="2024-01-01"), only=("customers",))
    (query,) = [dict(entry.query) for entry in sandbox.log]
    assert query["updated_at[gte]"] == "2024-01-01T00:00:00Z"


def test_deselected_parent_is_read_for_its_selected_child_but_not_emitted(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    sandbox = make_sandbox()
    outcome = run_tap(bearer(sandbox), only=("businesses",))
    assert {message.get("stream") for message in outcome.messages} == {None, "businesses"}
    assert not differences(outcome, sandbox, "businesses")
    assert requests(sandbox, "/addresses") == []
    assert not bookmarked(outcome.state, "customers")


def test_child_that_answers_404_skips_that_parent_alone(
    make_sandbox: MakeSandbox, run_tap: RunTap, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox = make_sandbox()
    owner = sandbox.truth("customer_addresses")[0]["customer_id"]
    gone = child_path({"id": owner})
    sandbox.add_fault({"path": gone, "fault": "child_404"})

    outcome = run_tap(bearer(sandbox), only=FAMILY)

    missing = {
        row["id"] for row in sandbox.truth("customer_addresses") if row["customer_id"] == owner
    }
    assert outcome.status == 0
    assert set(differences(outcome, sandbox, "customer_addresses")) == missing
    assert not differences(outcome, sandbox, "businesses")
    assert bookmarked(outcome.state, "customer_addresses")
    assert "customer_addresses: 1 parents were skipped" in caplog.messages


def test_child_that_answers_404_for_every_parent_fails(
    make_sandbox: MakeSandbox, run_tap: RunTap, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox = make_sandbox()
    sandbox.add_fault({"path": "/v1/customers/*", "fault": "child_404", "times": 0})

    outcome = run_tap(bearer(sandbox), only=("customers", "businesses"))

    count = len(sandbox.truth("customers"))
    assert outcome.status == 1
    assert not differences(outcome, sandbox, "customers")
    assert not bookmarked(outcome.state, "businesses")
    reason = f"none of {count} parents leads to records"
    path = "/v1/customers/{resources.customers.id}/businesses"
    assert errors(caplog) == [
        f"1 of 16 streams failed: businesses: {reason}; check path {path}",
    ]


def test_child_s_bookmark_stays_where_one_parent_s_children_failed(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    sandbox = make_sandbox()
    last = sandbox.truth("customers")[-1]
    sandbox.add_fault({"path": child_path(last), "fault": "status", "status": 403})

    outcome = run_tap(bearer(sandbox), only=FAMILY)

    assert outcome.status == 1
    assert outcome.records["customer_addresses"]
    states = [message["value"] for message in outcome.of_type("STATE")]
    assert not any(bookmarked(state, "customer_addresses") for state in states)
    assert bookmarked(outcome.state, "businesses")
    assert bookmarked(outcome.state, "customers")


def test_child_that_failed_is_not_asked_for_again_and_its_siblings_go_on(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    sandbox = make_sandbox()
    first = sandbox.truth("customers")[0]
    sandbox.add_fault({"path": child_path(first), "fault": "status", "status": 403})
    outcome = run_tap(bearer(sandbox), only=FAMILY)
    assert requests(sandbox, "/addresses") == [child_path(first)]
    assert not differences(outcome, sandbox, "businesses")
    assert not differences(outcome, sandbox, "customers")


def test_bookmarks_of_children_stay_where_the_parent_s_pages_broke_off(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    sandbox = make_sandbox(scale=0.3, max_page_size=50)
    fault = {"path": "/v1/customers", "fault": "status", "status": 403, "match": {"page": 2}}
    sandbox.add_fault(fault)
    outcome = run_tap(bearer(sandbox), only=FAMILY)
    assert outcome.status == 1
    assert len(outcome.records["customers"]) == 50
    assert outcome.records["businesses"]
    assert not any(bookmarked(outcome.state, name) for name in FAMILY)


def test_children_are_complete_in_the_run_after_a_failed_one(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    sandbox = make_sandbox()
    middle = sandbox.truth("customers")[20]
    sandbox.add_fault({"path": child_path(middle), "fault": "status", "status": 400})
    first = run_tap(bearer(sandbox), only=FAMILY)

    second = run_tap(bearer(sandbox), state=first.state, only=FAMILY)

    assert second.status == 0
    assert not differences(second, sandbox, "customer_addresses")
    assert second.records["customers"] == []
    assert second.records["businesses"] == []


def test_children_of_one_page_of_parents_follow_it_before_the_next(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    sandbox = make_sandbox(max_page_size=10)
    run_tap(bearer(sandbox), only=("customers", "businesses"))
    paths = [entry.path.rpartition("/")[2] for entry in sandbox.log]
    assert paths == (["customers"] + ["businesses"] * 10) * 4


def test_grandchildren_are_found_with_fields_of_both_ancestors(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    sandbox = make_sandbox(scale=0.02)
    detail = {
        "name": "address_details",
        "primary_key": "id",
        "include_from_parent": ["country_code"],
        "endpoint": {
            "path": "/v1/customers/{resources.customers.id}/addresses"
            "/{resources.customer_addresses.id}",
            "data_selector": "data",
        },
    }
    outcome = run_tap(bearer(sandbox, resources=["customers", "customer_addresses", detail]))
    expected = [(row["id"], row["country_code"]) for row in sandbox.truth("customer_addresses")]
    assert outcome.status == 0
    assert [
        (row["id"], row["_customer_addresses_country_code"])
        for row in outcome.records["address_details"]
    ] == expected


def test_sorted_child_commits_nothing_before_all_parents_are_done(
    make_sandbox: MakeSandbox,
    run_tap: RunTap,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(AnalyticsStream, "STATE_MSG_FREQUENCY", 1)
    sandbox = make_sandbox()
    sandbox.add_fault({"path": "/v1/customers/*", "fault": "status", "status": 403, "skip": 9})
    resource = {"name": "customer_addresses", "endpoint": {"incremental": {"row_order": "asc"}}}
    outcome = run_tap(bearer(sandbox, resources=[resource]))
    assert outcome.records["customer_addresses"]
    assert not any(
        bookmarked(message["value"], "customer_addresses") for message in outcome.of_type("STATE")
    )
    assert "sorted" not in caplog.text


def test_filtered_out_parents_have_no_children(make_sandbox: MakeSandbox, run_tap: RunTap) -> None:
    sandbox = make_sandbox()
    kept = sandbox.truth("customer_addresses")[0]["customer_id"]
    stream_map = {"customers": {"__filter__": f"id == '{kept}'"}}
    outcome = run_tap(bearer(sandbox, stream_maps=stream_map), only=FAMILY)
    assert requests(sandbox, "/addresses") == [child_path({"id": kept})]
    assert outcome.records["customer_addresses"] == addresses_of(outcome, {"id": kept})
