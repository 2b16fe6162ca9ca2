"""How a first page shows the way on, where no paginator says it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tap_analytics.exceptions import PagingError
from tap_analytics.rest.detect import detect
from tap_analytics.spec import Auto, Cursor, HeaderCursor, HeaderLink, PageNumber, SinglePage
from tests.conftest import bearer
from tests.rest.walks import EVENTS, WHERE, after, page

if TYPE_CHECKING:
    from tap_analytics.sandbox import Sandbox
    from tap_analytics.spec import Paginator
    from tests.conftest import RunTap

LINK = f"{EVENTS}?page=2"


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ({"next": LINK}, Cursor(cursor_path="next")),
        ({"links": {"next": "/v1/events?page=2"}}, Cursor(cursor_path="links.next")),
        ({"_links": {"next": {"href": LINK}}}, Cursor(cursor_path="_links.next")),
        ({"paging": {"nextPageUrl": LINK}}, Cursor(cursor_path="paging.nextPageUrl")),
        ({"@odata.nextLink": LINK}, Cursor(cursor_path="@odata.nextLink")),
        (
            {"next": "abc", "has_more": True},
            Cursor(cursor_path="next", cursor_param="next", has_more_path="has_more"),
        ),
        (
            {"meta": {"pagination": {"next": LINK, "has_more": False}}},
            Cursor(cursor_path="meta.pagination.next", has_more_path="meta.pagination.has_more"),
        ),
        ({"nextPageToken": "abc"}, Cursor(cursor_path="nextPageToken", cursor_param="pageToken")),
        ({"meta": {"next_page": 2}}, Cursor(cursor_path="meta.next_page", cursor_param="page")),
        (
            {"pageInfo": {"endCursor": "abc", "hasNextPage": True}},
            Cursor(
                cursor_path="pageInfo.endCursor",
                cursor_param="after",
                has_more_path="pageInfo.hasNextPage",
            ),
        ),
        ({"cursor": "abc"}, SinglePage()),
        ({"next": None, "has_more": False}, SinglePage()),
        ({"total": 2}, SinglePage()),
        ({"total": 9, "has_more": False}, SinglePage()),
        ([{"id": 1}], SinglePage()),
        (
            {"page": 1, "total_pages": 4},
            PageNumber(base_page=1, page_param="page", total_path="total_pages"),
        ),
        (
            {"meta": {"currentPage": "0", "pageCount": "2"}},
            PageNumber(base_page=0, page_param="page", total_path="meta.pageCount"),
        ),
        (
            {"paging": {"page_no": 1, "pages": 3}},
            PageNumber(base_page=1, page_param="page_no", total_path="paging.pages"),
        ),
        ({"page": 1, "total_pages": 1}, SinglePage()),
    ],
    ids=str,
)
def test_first_page_shows_the_paginator(document: Any, found: Paginator) -> None:
    assert detect(page(document)) == found


def test_link_header_wins_over_the_body() -> None:
    header = {"link": f'<{LINK}>; rel="next"'}

    assert detect(page({"next": "abc"}, headers=header)) == HeaderLink()


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ({"has_more": True}, "has_more says that there is more"),
        ({"meta": {"hasMore": "true"}}, "meta.hasMore says that there is more"),
        ({"total": 9}, "total says 9, but 2 records came"),
    ],
    ids=str,
)
def test_more_without_a_way_to_it_is_an_error(document: Any, problem: str) -> None:
    with pytest.raises(PagingError) as caught:
        detect(page(document))

    assert str(caught.value).startswith(f"{WHERE}: {problem}")
    assert str(caught.value).endswith("set the resource's paginator")


def test_auto_goes_on_as_the_first_page_showed() -> None:
    first, last = page({"next": "b", "has_more": True}), page({"next": "c", "has_more": False})

    assert after(Auto(), first) == f"{EVENTS}?q=a&next=b"
    assert after(Auto(), first, last) is None


@pytest.mark.parametrize("name", ["customers", "accounts", "event_types"])
def test_resource_without_a_paginator_arrives_whole(
    sandbox: Sandbox, run_tap: RunTap, name: str
) -> None:
    path = name.replace("_", "-")
    resource = {"name": "mine", "endpoint": {"path": f"/v1/{path}", "data_selector": "data"},
                "record_format": "json_api"}  # fmt: skip
    outcome = run_tap(bearer(sandbox, resources=[resource]))

    assert outcome.status == 0
    assert [row["id"] for row in outcome.records["mine"]] == [
        row["id"] for row in sandbox.truth(name)
    ]


def test_resource_without_a_paginator_fails_where_a_total_says_more(
    sandbox: Sandbox, run_tap: RunTap, caplog: pytest.LogCaptureFixture
) -> None:
    resource = {"name": "mine", "endpoint": {"path": "/v1/cash_drawers", "data_selector": "data"}}

    assert run_tap(bearer(sandbox, resources=[resource])).status == 1
    assert "total says 730, but 50 records came" in caplog.text


def test_paginator_that_reads_the_wrong_place_fails_where_a_flag_says_more(
    sandbox: Sandbox, run_tap: RunTap, caplog: pytest.LogCaptureFixture
) -> None:
    endpoint = {"path": "/v1/customers", "data_selector": "data",
                "paginator": {"type": "cursor", "cursor_path": "nextt"}}  # fmt: skip

    assert run_tap(bearer(sandbox, resources=[{"name": "mine", "endpoint": endpoint}])).status == 1
    assert "has_more says that there is more" in caplog.text


def test_single_page_is_taken_at_its_word_with_a_warning(
    sandbox: Sandbox, run_tap: RunTap, caplog: pytest.LogCaptureFixture
) -> None:
    endpoint = {"path": "/v1/customers", "data_selector": "data", "paginator": "single_page"}
    outcome = run_tap(bearer(sandbox, resources=[{"name": "mine", "endpoint": endpoint}]))

    assert (outcome.status, len(outcome.records["mine"])) == (0, 50)
    assert "has_more says that there is more" in caplog.text


@pytest.mark.parametrize("name", ["cursor", "token", "page"])
def test_header_holds_the_next_cursor(name: str) -> None:
    first = msgspec.structs.replace(page({}), headers={f"x-next-{name}": "7"})
    assert detect(first) == HeaderCursor(cursor_key=f"x-next-{name}", cursor_param=name)
    last = msgspec.structs.replace(page({}), headers={f"x-next-{name}": ""})
    assert detect(last) == SinglePage()


def test_number_of_pages_without_the_page_s_own_is_an_error() -> None:
    """Whether the pages are counted from 0 or from 1 decides which one would be skipped."""
    with pytest.raises(PagingError) as caught:
        detect(page({"total_pages": 4}))
    assert str(caught.value) == (
        f"{WHERE}: total_pages says 4 pages, but nothing that is read leads to the next; set "
        "the resource's paginator"
    )


def test_page_numbers_are_walked_on_from_the_first_page() -> None:
    first, second = page({"page": 1, "pages": 2}), page({"page": 2, "pages": 2})
    assert after(Auto(), first) == f"{EVENTS}?q=a&page=2"
    assert after(Auto(), first, second) is None


def test_record_of_its_own_may_have_pages() -> None:
    book = {"id": 1, "page_count": 312, "pages": 312}
    assert detect(page(book, [book])) == SinglePage()
