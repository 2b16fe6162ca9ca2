"""Our own sync loop against the SDK's: the same messages for a stream without children."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk import Stream

from tap_analytics.sync import PagewiseStream
from tests.conftest import bearer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import MakeSandbox, Outcome, RunTap

MAPS = {"prices": {"__alias__": "rates", "shout": "name.upper() if name else ''"}}
PLAIN = ["cash_drawers", "calls", "events", "event_types", "prices", "transactions"]


@pytest.fixture
def sdk_loop() -> Iterator[pytest.MonkeyPatch]:
    """Takes our loop away on request, so that the SDK's own is inherited."""
    with pytest.MonkeyPatch.context() as patch:
        yield patch


def told(outcome: Outcome) -> list[dict[str, Any]]:
    """SCHEMA, ACTIVATE_VERSION and RECORD messages without the time they were made."""
    changing = ("time_extracted", "version")
    return [
        {key: value for key, value in message.items() if key not in changing}
        for message in outcome.messages
        if message["type"] != "STATE"
    ]


def test_the_loop_that_is_compared_with_is_the_sdk_s(sdk_loop: pytest.MonkeyPatch) -> None:
    assert PagewiseStream._sync_records is not Stream._sync_records  # noqa: SLF001 - the subject
    sdk_loop.delattr(PagewiseStream, "_sync_records")
    assert PagewiseStream._sync_records is Stream._sync_records  # noqa: SLF001 - the subject


@pytest.mark.parametrize("stream", PLAIN)
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"stream_maps": MAPS},
        {"flattening_enabled": True, "flattening_max_depth": 2},
        {"emit_activate_version_messages": True},
    ],
    ids=["plain", "stream maps", "flattening", "activate version"],
)
def test_messages_equal_those_of_the_sdk_s_loop(
    make_sandbox: MakeSandbox,
    run_tap: RunTap,
    sdk_loop: pytest.MonkeyPatch,
    stream: str,
    settings: dict[str, Any],
) -> None:
    config = bearer(make_sandbox(scale=0.03, max_page_size=20), **settings)
    ours = run_tap(config, only=(stream,))

    sdk_loop.delattr(PagewiseStream, "_sync_records")
    sdk_loop.delattr(PagewiseStream, "_write_activate_version_message")
    theirs = run_tap(config, only=(stream,))

    def of_version(message: dict[str, Any]) -> bool:
        return bool(message["type"] == "ACTIVATE_VERSION")  # ours waits until all is complete

    assert ours.of_type("RECORD")
    assert sorted(told(ours), key=of_version) == sorted(told(theirs), key=of_version)


def test_messages_of_a_narrowed_catalog_equal_those_of_the_sdk_s_loop(
    make_sandbox: MakeSandbox, run_tap: RunTap, sdk_loop: pytest.MonkeyPatch
) -> None:
    config = bearer(make_sandbox(scale=0.03))
    catalog = run_tap(config, only=("transactions",)).tap.catalog_dict
    for entry in catalog["streams"]:
        for item in entry["metadata"][1::2]:
            if item["metadata"].get("inclusion") == "available":
                item["metadata"]["selected"] = False
    ours = run_tap(config, catalog=catalog, only=("transactions",))

    sdk_loop.delattr(PagewiseStream, "_sync_records")
    theirs = run_tap(config, catalog=catalog, only=("transactions",))

    assert told(ours) == told(theirs)
    assert told(ours)[0]["schema"] != catalog["streams"][-1]["schema"]
