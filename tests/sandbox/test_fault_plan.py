from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import requests

from .client import TIMEOUT_SECONDS, fetch, page_of, walk

if TYPE_CHECKING:
    from pathlib import Path

    from tap_analytics.sandbox import Sandbox

    from .conftest import Start

EVENTS = "/v1/events"


def statuses(sandbox: Sandbox, times: int) -> list[int]:
    return [fetch(sandbox, EVENTS).status_code for _ in range(times)]


def drawn(sandbox: Sandbox, numbers: list[int]) -> dict[int, int]:
    """Status by offset of pages asked for in that order."""
    return {
        number: fetch(sandbox, "/v1/resource", {"offset": number, "limit": 1}).status_code
        for number in numbers
    }


def test_rates_draw_the_same_faults_in_any_order(start: Start) -> None:
    numbers = list(range(150))
    faults = {"faults": "429:0.1,5xx:0.1", "scale": 0.2}
    one, two = start(**faults), start(**faults)
    found = drawn(one, numbers)
    other = drawn(start(seed=8, **faults), numbers)
    hits = [status for status in found.values() if status != 200]
    assert found == drawn(two, numbers[::-1])
    assert found != other
    assert 10 <= len(hits) <= 50
    assert {429, 500} <= set(hits)


def test_rates_draw_anew_for_each_attempt(start: Start) -> None:
    sandbox = start(faults="429:0.3", scale=0.2)
    found = statuses(sandbox, 60)
    assert 6 <= found.count(429) <= 30
    assert found.count(200) + found.count(429) == 60


def test_5xx_by_rate_comes_in_bursts(start: Start) -> None:
    sandbox = start(faults="5xx:0.1", scale=0.2)
    found = [status != 200 for status in statuses(sandbox, 100)]
    starts = [at for at in range(1, 99) if found[at] and not found[at - 1]]
    assert starts
    assert [at for at in starts if not found[at + 1]] == []


def test_listing_survives_rates_when_it_is_asked_again(start: Start) -> None:
    sandbox = start(faults="reset:0.2,truncate:0.1,html:0.1", scale=0.2)
    records: list[Any] = []
    failures = 0
    while len(records) < 210:
        try:
            page = page_of(sandbox, "/v1/resource", offset=len(records), limit=10)
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError, ValueError):
            failures += 1
        else:
            records += page["data"]
    requests.delete(f"{sandbox.base_url}/_sandbox/faults", timeout=TIMEOUT_SECONDS)
    assert failures
    assert records == walk(sandbox, "/v1/resource")


def test_script_is_read_from_a_file(start: Start, tmp_path: Path) -> None:
    script = tmp_path / "script.json"
    script.write_text(json.dumps([{"path": EVENTS, "fault": "status", "status": 500}]))
    assert statuses(start(faults=f"@{script}"), 2) == [500, 200]


@pytest.mark.parametrize(
    ("faults", "complaint"),
    [
        ("teapot:0.1", "'teapot' is no fault with a rate; allowed: 429, 5xx"),
        ("status:0.1", "'status' is no fault with a rate"),
        ("429", "'429' has no rate from 0 to 1"),
        ("429:1.5", "'429:1.5' has no rate from 0 to 1"),
        ("429:nan", "'429:nan' has no rate from 0 to 1"),
        ("429:0.1,", "'' is no fault with a rate"),
    ],
)
def test_wrong_rates_are_refused(start: Start, faults: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=r"^faults: ") as caught:
        start(faults=faults)
    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "is not JSON"),
        ('[{"path": "/v1/ips", "fault": "reset"}, {"path": "/x"}]', "entry 2 of "),
        ("[3]", "entry 1 of "),
    ],
)
def test_wrong_script_is_refused_with_its_entry(
    start: Start, tmp_path: Path, text: str, complaint: str
) -> None:
    script = tmp_path / "script.json"
    script.write_text(text)
    with pytest.raises(ValueError, match=r"^faults: ") as caught:
        start(faults=f"@{script}")
    assert complaint in str(caught.value)
    assert str(script) in str(caught.value)


def test_missing_script_is_an_os_error(start: Start, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        start(faults=f"@{tmp_path / 'none.json'}")
