"""Ends and sizes beyond the plain ones: flags of the end, short pages, the last record's value."""

from __future__ import annotations

import pytest

from tap_analytics.spec import Cursor, HeaderLink, PageNumber
from tests.rest.walks import EVENTS, after, page

BY_RECORD = Cursor(cursor_path="id", cursor_param="after", cursor_source="last_record")


def test_cursor_of_the_last_record_is_sent_back_until_a_page_is_empty() -> None:
    assert after(BY_RECORD, page()) == f"{EVENTS}?q=a&after=2"
    assert after(BY_RECORD, page(), page(records=[])) is None


@pytest.mark.parametrize(("done", "ends"), [(True, True), ("true", True), (False, False)])
def test_done_flag_ends_although_a_cursor_is_there(done: object, ends: bool) -> None:  # noqa: FBT001
    spec = Cursor(cursor_path="next", done_path="done")

    assert (after(spec, page({"next": "b", "done": done})) is None) is ends


@pytest.mark.parametrize(("size", "ends"), [(3, True), (2, False)])
def test_short_page_ends_where_a_size_is_named(size: int, ends: bool) -> None:  # noqa: FBT001
    spec = Cursor(cursor_path="next", stop_below=size)

    assert (after(spec, page({"next": "b"})) is None) is ends


@pytest.mark.parametrize(("results", "ends"), [("false", True), ("true", False)])
def test_link_without_results_is_the_end(results: str, ends: bool) -> None:  # noqa: FBT001
    header = {"link": f'<{EVENTS}?page=2>; rel="next"; results="{results}"; cursor="0:1:0"'}

    assert (after(HeaderLink(), page(headers=header)) is None) is ends


def test_sizes_are_sent_with_the_first_request() -> None:
    assert after(HeaderLink(limit=5)) == f"{EVENTS}?q=a&limit=5"
    assert after(PageNumber(limit=5)) == f"{EVENTS}?q=a&page=0"
    assert after(PageNumber(limit=5, limit_param="per_page")) == f"{EVENTS}?q=a&per_page=5&page=0"
