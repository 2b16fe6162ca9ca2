"""Loosely written paginators, read as the exact vocabulary."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tap_analytics.check import Problems
from tap_analytics.declared.paging import anywhere, read_paginator


def read(paginator: Any, selector: str | None = "data", **params: Any) -> Any:
    """The exact paginator; nothing may be wrong with it, and the input may not change."""
    before, problems = copy.deepcopy(paginator), Problems()
    exact = read_paginator(
        paginator, "p", problems, endpoint={"data_selector": selector, "params": params}
    )
    assert problems.lines == []
    assert paginator == before
    return exact


def cursor(**keys: Any) -> dict[str, Any]:
    return {"type": "cursor", **keys}


@pytest.mark.parametrize(
    ("written", "exact"),
    [
        ({"start_from_page": 0}, {"base_page": 0}),
        ({"start_from_page": 1}, {"base_page": 1}),
        ({"limit": 50, "limit_param": "per_page"}, {"base_page": 1}),
        ({"limit": 50, "page_param": "skippages"}, {"base_page": 0}),
        ({}, {}),
        ({"base_page": 0, "limit": 50}, {}),
    ],
)
def test_page_number_begins_where_it_is_said_to(
    written: dict[str, Any], exact: dict[str, Any]
) -> None:
    kept = {key: value for key, value in written.items() if key != "start_from_page"}

    assert read({"type": "page_number", **written}) == {"type": "page_number", **kept, **exact}


def test_offset_in_a_page_parameter_is_a_page_number() -> None:
    assert read({"type": "offset", "limit": 5, "page_param": "p"}) == {
        "type": "page_number", "limit": 5, "page_param": "p", "base_page": 1
    }  # fmt: skip


def test_size_is_taken_from_its_other_names() -> None:
    assert read({"type": "offset", "page_size": 5, "size_param": "take"}) == {
        "type": "offset", "limit": 5, "limit_param": "take"
    }  # fmt: skip
    assert read({"type": "offset", "limit_param": "per_page"}, per_page="50")["limit"] == 50


@pytest.mark.parametrize(
    ("written", "path"),
    [
        (["meta", "next"], "meta.next"),
        ("response.meta.next", "meta.next"),
        ("response['meta']['next']", "meta.next"),
        ("{{ response.get('meta', {}).get('next') }}", "meta.next"),
        ("{{ response.meta.next|tojson() }}", "meta.next"),
        ("response.a or response.b", "a|b"),
        ("@odata.nextLink", "@odata.nextLink"),
    ],
)
@pytest.mark.parametrize("key", ["cursor_path", "cursor_value"])
def test_cursor_path_is_read_in_each_form(key: str, written: Any, path: str) -> None:
    assert read(cursor(**{key: written})) == cursor(cursor_path=path)


@pytest.mark.parametrize("written", ["last_record.id", "items[-1].id"])
def test_cursor_of_the_last_record(written: str) -> None:
    exact = cursor(cursor_path="id", cursor_source="last_record")

    assert read(cursor(cursor_path=written)) == exact


@pytest.mark.parametrize(
    "written", ["headers.link.next.url", "headers['link']['next']['url']", "response.headers.Link"]
)
def test_cursor_in_the_link_header_is_a_header_link(written: str) -> None:
    assert read(cursor(cursor_path=written, cursor_param="cursor", limit=5)) == {
        "type": "header_link", "limit": 5
    }  # fmt: skip


@pytest.mark.parametrize(
    "param", ["starting_after", "startingAfter", "since_id", "id_greater_than", "page[after]"]
)
def test_parameter_that_names_a_record_takes_the_last_one_s_id(param: str) -> None:
    exact = cursor(cursor_param=param, cursor_path="id", cursor_source="last_record")

    assert read(cursor(cursor_param=param)) == exact


def test_link_named_by_the_condition_wins_over_a_parameter_that_names_a_record() -> None:
    written = cursor(cursor_param="page[after]", stop_condition="not links.next")

    assert read(written) == cursor(cursor_param="page[after]", cursor_path="links.next")


def test_parameter_that_names_a_page_is_a_page_number() -> None:
    condition = "paging.count_pages == paging.current_page"
    exact = {"type": "page_number", "page_param": "page", "base_page": 1}

    assert read(cursor(cursor_param="page")) == exact
    assert read(cursor(cursor_param="page", stop_condition=condition)) == {
        **exact, "total_path": "paging.count_pages"
    }  # fmt: skip


def test_cursor_is_looked_for_under_the_parameter_s_own_name() -> None:
    assert read(cursor(cursor_param="next"))["cursor_path"] == f"cursors.next|{anywhere('next')}"
    assert read(cursor(cursor_param="pageToken"))["cursor_path"] == (
        f"cursors.next|{anywhere('pageToken')}|next_pageToken|nextPageToken"
    )


@pytest.mark.parametrize(
    ("condition", "end"),
    [
        ("has_more", {"has_more_path": anywhere("has_more")}),
        ("meta.done", {"done_path": "meta.done"}),
        ("response.get('data')|length == 0", {"stop_after_empty_page": True}),
        ("len(data) < 200", {"stop_below": 200}),
        ("not next", {}),
        ("", {}),
    ],
)
def test_stop_condition_becomes_the_end_of_the_vocabulary(
    condition: str, end: dict[str, Any]
) -> None:
    assert read(cursor(cursor_path="next", stop_condition=condition)) == cursor(
        cursor_path="next", **end
    )


def test_condition_that_is_not_understood_is_refused() -> None:
    problems = Problems()
    read_paginator(cursor(cursor_path="next", stop_condition="a + 1 > b"), "p", problems)

    (line,) = problems.undecided
    assert line.startswith("p.stop_condition: 'a + 1 > b' is not understood; ")
