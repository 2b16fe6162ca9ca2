"""Conditions on records: parsed into the values that are kept, or left undecided."""

from __future__ import annotations

from typing import Any

import pytest

from tap_analytics.check import Problems
from tap_analytics.declared.record_filter import read_record_filter

NOTHING: list[Any] = [None, False, 0, "", [], {}]


def keeps(path: str, *values: Any, negated: bool = False) -> dict[str, Any]:
    return {"path": path, "values": list(values), "negated": negated}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("{{ record['type'] == 'file' }}", keeps("type", "file")),
        ('record.type != "draft"', keeps("type", "draft", negated=True)),
        ("{{ not record.type == 'draft' }}", keeps("type", "draft", negated=True)),
        ("record.get('owner', {}).get('id') == 5", keeps("owner.id", 5)),
        ("{{ record.active == true }}", keeps("active", *[True])),
        ("{{ record['active'] }}", keeps("active", *NOTHING, negated=True)),
        ("not record.deleted", keeps("deleted", *NOTHING)),
        ("record.at is not none", keeps("at", None, negated=True)),
        ("record.at is none", keeps("at", None)),
        ("record.at == 'true'", keeps("at", "true")),
        ("record.at != 'none'", keeps("at", "none", negated=True)),
        ("record.at is defined", keeps("at", None, negated=True)),
        ("record.x == 'a' or record.x == 'b'", keeps("x", "a", "b")),
        ({"condition": "{{ record.x == 'a' }}"}, keeps("x", "a")),
        ({"path": "x", "values": [1]}, {"path": "x", "values": [1]}),
    ],
)
def test_condition_is_read(condition: Any, expected: dict[str, Any]) -> None:
    problems = Problems()
    assert read_record_filter(condition, "p", problems) == expected
    assert (problems.lines, problems.undecided) == ([], [])


@pytest.mark.parametrize(
    "condition",
    [
        "record.x + 1 == 5",
        "record.x == record.y",
        "response.x == 1",
        "record.x == 'a' and record.y == 'b'",
        "record.x == 'a' or record.y == 'b'",
        "record.x != 'a' or record.x != 'b'",
        "record.x > 5",
        "record.x|upper == 'FILE'",
        "record.get('x', 'file') == 'file'",
        "__import__('os').system('x')",
        "",
    ],
)
def test_condition_that_is_not_understood_is_left_undecided(condition: str) -> None:
    problems = Problems()
    assert read_record_filter(condition, "p", problems) is None
    assert problems.undecided == [
        f"p: {condition!r} is not understood; allowed are record['x'] == 'y' and its like"
    ]
