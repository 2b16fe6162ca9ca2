"""What a resource says of its own failures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.exceptions import ConfigError
from tap_analytics.tap import TapAnalytics
from tests.conftest import bearer

if TYPE_CHECKING:
    from tap_analytics.sandbox import Sandbox
    from tests.conftest import MakeSandbox, Outcome, RunTap


def run_prices(run_tap: RunTap, sandbox: Sandbox, handler: dict[str, Any]) -> Outcome:
    resource = {"name": "prices", "endpoint": {"error_handler": handler}}
    return run_tap(bearer(sandbox, resources=[resource]))


def fail(sandbox: Sandbox, status: int, times: int) -> None:
    sandbox.add_fault({"path": "/v1/prices", "fault": "status", "status": status, "times": times})


def test_status_that_is_named_is_tried_again(make_sandbox: MakeSandbox, run_tap: RunTap) -> None:
    sandbox = make_sandbox()
    fail(sandbox, 404, times=2)
    outcome = run_prices(run_tap, sandbox, {"retry_on_status_codes": [404], "max_retries": 2})

    assert outcome.status == 0
    assert [entry.status for entry in sandbox.log][:3] == [404, 404, 200]
    assert len(outcome.records["prices"]) == len(sandbox.truth("prices"))


def test_resource_fails_alone_when_its_own_retries_are_spent(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    sandbox = make_sandbox()
    fail(sandbox, 404, times=0)
    resource = {
        "name": "prices",
        "endpoint": {"error_handler": {"retry_on_status_codes": [404], "max_retries": 1}},
    }
    outcome = run_tap(bearer(sandbox, resources=[resource, "products"]))

    assert outcome.status == 1
    assert [entry.status for entry in sandbox.log if entry.path == "/v1/prices"] == [404, 404]
    assert outcome.records.keys() == {"products"}


def test_status_that_is_not_named_is_not_tried_again(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    sandbox = make_sandbox()
    fail(sandbox, 503, times=1)

    assert run_prices(run_tap, sandbox, {"retry_on_status_codes": [404]}).status == 1
    assert [entry.status for entry in sandbox.log] == [503]


def test_status_to_be_ignored_ends_the_resource_quietly(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    sandbox = make_sandbox()
    fail(sandbox, 403, times=0)
    outcome = run_prices(run_tap, sandbox, {"ignore_status_codes": [403]})

    assert outcome.status == 0
    assert outcome.records == {}


def test_wrong_error_handler_is_refused_with_its_path() -> None:
    resource = {"name": "prices", "endpoint": {"error_handler": {"max_retrys": 1}}}
    config = {"client": {"base_url": "https://api.example.com"}, "resources": [resource]}
    with pytest.raises(ConfigError) as caught:
        TapAnalytics(config=config)

    assert caught.value.problems == (
        (
            "resources[0].endpoint.error_handler.max_retrys: unknown key; did you mean "
            "'max_retries'? Allowed: backoff_factor, ignore_status_codes, max_retries, "
            "retry_on_status_codes"
        ),
    )
