"""What an answer shows of its paging, and in short."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tap_analytics.inspection.signals import (
    Signal,
    envelope,
    lists_of_objects,
    shown,
    signals_of,
    truth,
)


def found(document: Any, **headers: str) -> list[tuple[str, str, Any]]:
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return [(each.kind, each.path, each.value) for each in signals_of(headers, document, [])]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"next": "https://a.example.com/b"}, ("next link", "next", "https://a.example.com/b")),
        ({"links": {"next": {"href": "/a?b"}}}, ("next link", "links.next", "/a?b")),
        ({"@odata.nextLink": "?skip=1"}, ("next link", "@odata.nextLink", "?skip=1")),
        ({"_links": {"more": {"href": "/a?b"}}}, ("next link", "_links.more", "/a?b")),
        ({"next_page": 2}, ("token", "next_page", 2)),
        ({"meta": {"nextPageToken": "ab"}}, ("token", "meta.nextPageToken", "ab")),
        ({"pageInfo": {"endCursor": "ab"}}, ("token", "pageInfo.endCursor", "ab")),
        ({"next": None}, ("token", "next", None)),
        ({"has_more": False}, ("more", "has_more", False)),
        ({"a": {"b": {"hasNextPage": "true"}}}, ("more", "a.b.hasNextPage", "true")),
        ({"is_last": True}, ("end", "is_last", True)),
        ({"meta": {"total_count": 7}}, ("total", "meta.total_count", 7)),
        ({"total_pages": 7}, ("pages", "total_pages", 7)),
        ({"per_page": 7}, ("pages", "per_page", 7)),
    ],
    ids=str,
)
def test_sign_in_the_body_is_seen(document: Any, expected: tuple[str, str, Any]) -> None:
    assert found(document) == [expected]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("x_total_count", "12", ("total", "header x-total-count", 12)),
        ("x_total_pages", "3", ("pages", "header x-total-pages", 3)),
        ("x_per_page", "20", ("pages", "header x-per-page", 20)),
        ("x_next_page", "2", ("token", "header x-next-page", "2")),
        ("x_next_page", "", ("token", "header x-next-page", None)),
        ("next_cursor", "ab", ("token", "header next-cursor", "ab")),
        (
            "link",
            '</a?p=2>; rel="Next last"',
            ("next link", "header link, rel=next last", "/a?p=2"),
        ),
        ("link", "</a>; rel=prev", ("link", "header link, rel=prev", "/a")),
    ],
    ids=str,
)
def test_sign_in_a_header_is_seen(name: str, value: str, expected: Any) -> None:
    assert found(None, **{name: value}) == [expected]


@pytest.mark.parametrize(
    "document",
    [
        [{"next": "a"}],
        {"data": [{"next": "a", "total": 1}]},
        {"total": "1.5", "more": {"a": 1}, "next": [], "last": "x", "done": 3},
        {"a": {"b": {"c": {"d": {"e": {"next": "too deep"}}}}}},
    ],
    ids=["list", "records", "other types", "depth"],
)
def test_what_is_no_sign_is_not_seen(document: Any) -> None:
    assert found(document, content_type="x", x_total_count="many") == []


def test_nothing_is_looked_for_inside_of_a_record() -> None:
    record = {"id": 1, "total": 100}
    assert signals_of({}, {"data": record, "total": 1}, [record]) == [Signal("total", "total", 1)]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, True), (1, True), ("true", True), ("False", False), ("0", False), (None, False),
        (0, False),
    ],
    ids=repr,
)  # fmt: skip
def test_flag_is_read_as_the_paging_reads_it(value: Any, expected: bool) -> None:  # noqa: FBT001
    assert truth(Signal("more", "m", value)) is expected


def test_value_is_shortened_after_it_is_redacted() -> None:
    def redact(text: str) -> str:
        return text.replace("secret", "(redacted)")

    assert shown("x" * 44 + "secret", redact) == f"'{'x' * 44}(re…'"
    values: list[Any] = [None, True, 12, Decimal("1.50"), [1], {}]
    assert [shown(value, redact) for value in values] == [
        "null", "true", "12", "1.50", "list of 1", "object of 0",
    ]  # fmt: skip


def test_envelope_of_many_keys_is_cut() -> None:
    found = envelope({str(number): number for number in range(50)}, str)
    assert len(found) == 41
    assert found["…"] == "10 more"


def test_envelope_of_what_is_no_object_is_its_kind() -> None:
    assert envelope([1, 2], str) == {"$": "list of 2"}
    assert envelope(None, str) == {"$": "null"}


def test_lists_of_objects_are_found_longest_first_with_selectors_that_lead_there() -> None:
    rows = [{"a": 1}, {"a": 2}]
    document = {
        "x": {"y": rows},
        "z": rows[:1],
        "errors": rows,
        "texts": ["a"],
        "none": [],
        "dotted.key": rows,
    }
    assert lists_of_objects(document) == [("x.y", 2), ("dotted.key", 2), ("z", 1)]
    assert lists_of_objects(rows) == [("$", 2)]
