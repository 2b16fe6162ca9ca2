"""`data_selector`: JSONPath, and what is taken where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.vocabulary.conftest import ids
from tests.vocabulary.pages import by_page, rows

if TYPE_CHECKING:
    from tests.vocabulary.api import API
    from tests.vocabulary.conftest import Extract

ACTIVE = [
    {"id": 1, "active": True, "n": 5, "name": "ada"},
    {"id": 2, "active": False, "n": 7, "name": "eve"},
]
NESTED = {
    "data": rows(2),
    "a": {"b": rows(3), "c.d": rows(1)},
    "groups": [{"items": rows(2), "kind": "x"}, {"items": rows(1, first=3), "kind": "y"}],
    "mapped": {"x": {"id": 1}, "y": {"id": 2}},
    "wrapped": [{"record": {"id": 1}}, {"record": {"id": 2}}],
    "lists": [rows(2), rows(1, first=3)],
    "people": ACTIVE,
    "one": {"id": 9},
    "by-name": rows(1),
}


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        ("data", [1, 2]),
        ("$.data", [1, 2]),
        ("$.data[*]", [1, 2]),
        ("data[*]", [1, 2]),
        ("$['data']", [1, 2]),
        ("['data']", [1, 2]),
        ("a.b", [1, 2, 3]),
        ("$.a.b[*]", [1, 2, 3]),
        ("a['c.d']", [1]),
        ("'by-name'", [1]),
        ("by-name", [1]),
        ("groups[0].items", [1, 2]),
        ("groups[*].items", [1, 2, 3]),
        ("$.groups[*].items[*]", [1, 2, 3]),
        ("$..items[*]", [1, 2, 3]),
        ("mapped.*", [1, 2]),
        ("wrapped[*].record", [1, 2]),
        ("lists[*][*]", [1, 2, 3]),
        ("one", [9]),
        ("people[?(@.active == true)]", [1]),
        ("$.people[?(@.n > 5)]", [2]),
        ("$.people[?(@.n >= 5 && @.n < 7)]", [1]),
        ("people[?active = true]", [1]),
        ("people[?(@.name =~ 'ada|bob')]", [1]),
        ("data[1:]", [2]),
        ("data[-1:]", [2]),
    ],
)
def test_selector_is_a_jsonpath(
    api: API, extract: Extract, selector: str, found: list[int]
) -> None:
    api.answer("/posts", NESTED)
    posts = {"name": "posts", "endpoint": {"data_selector": selector, "paginator": "single_page"}}
    assert ids(extract(posts), "posts") == found


@pytest.mark.parametrize("selector", ["$", "$[*]", "[*]"])
def test_root_is_the_reply_itself(api: API, extract: Extract, selector: str) -> None:
    api.answer("/posts", rows(2))
    posts = {"name": "posts", "endpoint": {"data_selector": selector}}
    assert ids(extract(posts), "posts") == [1, 2]


def test_root_of_an_object_is_one_record(api: API, extract: Extract) -> None:
    me = {"id": 1, "teams": rows(2), "data": {"x": 1}}
    api.answer("/me", me)
    outcome = extract({"name": "me", "endpoint": {"data_selector": "$"}})
    assert outcome.records["me"] == [me]


@pytest.mark.parametrize(
    ("selector", "body"),
    [
        ("data", {"data": []}),
        ("data", {"data": None}),
        ("data[*]", {"data": []}),
        ("data.items", {"data": {"items": []}}),
        ("groups[*].items[*]", {"groups": []}),
        ("groups[*].items", {"groups": [{"items": []}]}),
        ("people[?(@.active == true)]", {"people": [{"id": 1, "active": False}]}),
        ("$.people[?(@.active == true)]", {"people": []}),
        ("$..items[*]", {"groups": [{"items": []}]}),
        ("$", []),
        ("data[0:5]", {"data": []}),
    ],
    ids=str,
)
def test_selector_of_nothing_is_an_empty_table(
    api: API, extract: Extract, selector: str, body: Any
) -> None:
    api.answer("/posts", body)
    outcome = extract({"name": "posts", "endpoint": {"data_selector": selector}})
    assert ids(outcome, "posts") == []


def test_filter_that_matches_on_some_pages_only(api: API, extract: Extract) -> None:
    records = [{"id": at, "active": at > 2} for at in (1, 2, 3, 4)]
    api.answer("/posts", by_page(records, 2, total=2))
    endpoint = {
        "data_selector": "data[?(@.active == true)]",
        "paginator": {"type": "page_number", "stop_after_empty_page": False},
    }
    assert ids(extract({"name": "posts", "endpoint": endpoint}), "posts") == [3, 4]


def test_selector_that_leads_nowhere_is_an_error(
    api: API, extract: Extract, caplog: pytest.LogCaptureFixture
) -> None:
    """Where dlt would bring an empty table."""
    api.answer("/posts", {"data": rows(2), "meta": {}})
    assert extract({"name": "posts", "endpoint": {"data_selector": "items"}}).status == 1
    assert "data_selector finds nothing ('items'); the body has the keys data, meta" in caplog.text


@pytest.mark.parametrize(
    "key",
    [
        "data",
        "items",
        "results",
        "entries",
        "records",
        "rows",
        "entities",
        "payload",
        "content",
        "objects",
        "values",
    ],
)
def test_usual_name_of_a_list_wins_where_there_is_no_selector(
    api: API, extract: Extract, key: str
) -> None:
    api.answer("/posts", {"warnings": [{"id": 8}], "extra": [{"id": 9}], key: rows(2)})
    assert ids(extract("posts"), "posts") == [1, 2]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"posts": rows(2)}, [1, 2]),
        ({"response": {"posts": rows(2)}}, [1, 2]),
        ({"response": {"body": {"posts": rows(2)}}}, [1, 2]),
        ({"response": {"body": {"data": rows(2)}}, "tags": []}, [1, 2]),
        ({"deep": {"list": [{"id": 9}]}, "posts": rows(2)}, [1, 2]),
        ({"meta": {"codes": [{"id": 9}]}, "posts": rows(2)}, [1, 2]),
        ({"links": [{"id": 9}], "posts": rows(2)}, [1, 2]),
        ({"data": {"posts": rows(2)}, "included": [{"id": 9}]}, [1, 2]),
        (rows(2), [1, 2]),
        ([], []),
        ({"data": []}, []),
        ({"posts": []}, []),
    ],
    ids=str,
)
def test_list_is_found_where_there_is_no_selector(
    api: API, extract: Extract, body: Any, found: list[int]
) -> None:
    api.answer("/posts", body)
    assert ids(extract("posts"), "posts") == found


@pytest.mark.parametrize(
    "body",
    [{"id": 1, "name": "a"}, {"id": 1, "a": {"b": {"c": {"data": [{"id": 9}]}}}}],
    ids=["flat", "deeper than three keys"],
)
def test_object_without_a_list_is_one_record(api: API, extract: Extract, body: Any) -> None:
    api.answer("/me", body)
    assert extract("me").records["me"] == [body]
