"""Paging by offset and by page number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.exceptions import PagingError
from tap_analytics.rest.message import Request
from tap_analytics.rest.pagination import pager
from tap_analytics.spec import Offset, PageNumber

from .walks import EVENTS, FULL, WHERE, after, page

if TYPE_CHECKING:
    from tap_analytics.rest.page import Page


def test_offset_advances_by_the_records_received_not_by_the_limit() -> None:
    assert after(Offset(limit=100), page(), page()) == f"{EVENTS}?q=a&limit=100&offset=4"


def test_offset_ends_at_an_empty_page() -> None:
    assert after(Offset(limit=2), page(), page(records=[])) is None


@pytest.mark.parametrize("total", [3, "3"], ids=repr)
def test_offset_ends_at_a_short_page_that_reaches_the_total(total: Any) -> None:
    assert after(Offset(limit=5, offset=1), page({"total": total})) is None


@pytest.mark.parametrize(
    "document",
    [{}, {"total": None}, {"total": "many"}, {"total": True}, {"total": {"count": 2}},
     {"total": 3}, []],
    ids=["absent", "null", "text", "true", "object", "more", "a list"],
)  # fmt: skip
def test_offset_goes_on_after_a_short_page_that_reaches_no_total(document: Any) -> None:
    assert after(Offset(limit=5), page(document)) == f"{EVENTS}?q=a&limit=5&offset=2"


@pytest.mark.parametrize("limit", [2, 5], ids=["full page", "page capped by the server"])
def test_offset_goes_on_after_a_page_whose_own_count_the_total_may_be(limit: int) -> None:
    url = f"{EVENTS}?q=a&limit={limit}&offset=2"

    assert after(Offset(limit=limit), page({"total": 2})) == url
    assert after(Offset(limit=limit), page({"total": 2}), page({"total": 2}, [])) is None


def test_offset_reads_the_total_anew_on_each_page() -> None:
    spec = Offset(limit=5, total_path="meta.total")
    grown = [page({"meta": {"total": 3}}), page({"meta": {"total": 9}})]
    shrunk = [page({"meta": {"total": 9}}), page({"meta": {"total": 3}}, FULL[:1])]

    assert after(spec, *grown) == f"{EVENTS}?q=a&limit=5&offset=4"
    assert after(spec, *shrunk) is None


def test_offset_goes_on_after_a_page_as_long_as_any_and_past_a_total() -> None:
    """A server that caps its pages may tell a total that is too low."""
    for total in (3, 4):
        pages = [page({"total": total}), page({"total": total})]
        assert after(Offset(limit=5), *pages) == f"{EVENTS}?q=a&limit=5&offset=4"


def test_offset_that_stops_short_of_the_total_is_an_error() -> None:
    with pytest.raises(PagingError) as caught:
        after(Offset(limit=2), page({"total": 9}), page({"total": 9}, []))

    assert str(caught.value) == (
        f"{WHERE}: the page is empty, but total says 9 and 2 were passed; "
        "the API does not page any deeper"
    )


@pytest.mark.parametrize(
    ("document", "records", "url"),
    [
        ({"more": False, "total": 9}, FULL, None),
        ({"more": "false", "total": 9}, [], None),
        ({"more": True, "total": 2}, FULL, f"{EVENTS}?q=a&limit=5&offset=2"),
        ({"more": True}, [], f"{EVENTS}?q=a&limit=5&offset=5"),
        ({}, FULL, f"{EVENTS}?q=a&limit=5&offset=2"),
        ({}, [], None),
    ],
    ids=["false wins over a total", "false on an empty page", "true wins over a total",
         "true skips an empty page", "absent", "absent on an empty page"],
)  # fmt: skip
def test_offset_heeds_the_flag_first(document: Any, records: list[Any], url: str | None) -> None:
    assert after(Offset(limit=5, has_more_path="more"), page(document, records)) == url


def test_offset_skips_empty_pages_where_that_is_declared() -> None:
    spec = Offset(limit=5, stop_after_empty_page=False, maximum_offset=10)

    assert after(spec, page(records=[])) == f"{EVENTS}?q=a&limit=5&offset=5"
    assert after(spec, page(records=[]), page(records=[])) is None


def test_offset_ends_at_its_maximum() -> None:
    assert after(Offset(limit=2, maximum_offset=4), page(), page()) is None
    assert after(Offset(limit=2, maximum_offset=5), page(), page()) is not None


def test_offset_goes_into_the_body() -> None:
    walk = pager(Offset(limit=2, offset_body_path="page.from", limit_body_path="page.size"))
    first = walk.first(Request(url=EVENTS, method="POST", json={"q": "a"}))

    second = walk.next(page(request=first))

    assert second is not None
    assert (second.json, second.params) == ({"q": "a", "page": {"size": 2, "from": 2}}, {})


@pytest.mark.parametrize(
    ("spec", "pages", "url"),
    [
        (PageNumber(), [page()], "page=1"),
        (PageNumber(base_page=1), [page(), page()], "page=3"),
        (PageNumber(), [page(), page(records=[])], None),
        (PageNumber(stop_after_empty_page=False), [page(records=[])], "page=1"),
        (PageNumber(), [page({"total": 2})], "page=1"),
        (PageNumber(total_path="n"), [page({"n": 2}), page({"n": 2})], None),
        (PageNumber(), [page({"total": 2}), page({"total": 2})], "page=2"),
        (PageNumber(base_page=1), [page({"total": 2})], "page=2"),
        (PageNumber(base_page=1, total_path="n"), [page({"n": "2"}), page({"n": "2"})], None),
        (PageNumber(base_page=1, page=4), [page({"total": 3})], None),
        (PageNumber(maximum_page=1), [page()], None),
        (PageNumber(has_more_path="more"), [page({"more": "false"})], None),
        (PageNumber(has_more_path="more"), [page({"more": True}, [])], "page=1"),
        (PageNumber(has_more_path="more"), [page({"more": True, "total": 1})], "page=1"),
    ],
    ids=["counts", "from 1", "empty page", "through an empty page", "total not reached",
         "total reached", "perhaps the page's own", "total from 1", "last from 1", "beyond",
         "maximum", "false flag",
         "true flag on an empty page", "true flag at the total"],
)  # fmt: skip
def test_page_number_counts_up_to_its_end(
    spec: PageNumber, pages: list[Page], url: str | None
) -> None:
    assert after(spec, *pages) == (None if url is None else f"{EVENTS}?q=a&{url}")


def test_page_number_goes_into_the_body() -> None:
    walk = pager(PageNumber(base_page=1, page_body_path="paging.page"))
    first = walk.first(Request(url=EVENTS, method="POST"))

    second = walk.next(page(request=first))

    assert second is not None
    assert (first.json, second.json) == ({"paging": {"page": 1}}, {"paging": {"page": 2}})
