"""Every built-in stream brings the API's whole truth, by value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.streams import BUILT_IN
from tests.conftest import bearer, differences

if TYPE_CHECKING:
    from tests.conftest import MakeSandbox, RunTap

SHAPES: dict[str, dict[str, Any]] = {
    "as it is": {},
    "totals present": {"totals": "present"},
    "totals absent": {"totals": "absent"},
    "pages capped below what is asked": {"max_page_size": 7},
    "empty pages in the middle": {"empty_pages": 3},
    "relative links": {"links": "relative"},
    "tokens for links": {"links": "token"},
    "paging under meta": {"envelope": "meta"},
    "flat engagement records": {"json_api": False},
    "filters ignored": {"filters": False},
}


@pytest.mark.parametrize("options", SHAPES.values(), ids=SHAPES)
def test_all_streams_equal_the_truth_whatever_the_api_s_shape(
    make_sandbox: MakeSandbox, run_tap: RunTap, options: dict[str, Any]
) -> None:
    sandbox = make_sandbox(**options)

    outcome = run_tap(bearer(sandbox, start_date="2020-01-01"))

    assert outcome.status == 0
    assert {name: differences(outcome, sandbox, name) for name in BUILT_IN} == {
        key: [] for key in BUILT_IN
    }


def test_each_stream_has_one_schema_message_before_its_records(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    outcome = run_tap(bearer(make_sandbox()))

    kinds = [
        (message["type"], message["stream"])
        for message in outcome.messages
        if message["type"] != "STATE"
    ]
    for name in BUILT_IN:
        assert [kind for kind, stream in kinds if stream == name].index("SCHEMA") == 0
        assert kinds.count(("SCHEMA", name)) == 1
