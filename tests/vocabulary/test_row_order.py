"""`row_order`: an API that sorts, so that not all of its pages need to be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.vocabulary.conftest import ids
from tests.vocabulary.pages import by_cursor, by_page, rows
from tests.vocabulary.test_incremental import day, on, posts

if TYPE_CHECKING:
    from tests.vocabulary.api import API
    from tests.vocabulary.conftest import Extract

BY_PAGE = {"type": "page_number", "total_path": None}


def sorted_posts(paginator: Any = BY_PAGE, **incremental: Any) -> dict[str, Any]:
    resource = posts(**incremental)
    resource["endpoint"]["paginator"] = paginator
    return resource


def test_latest_first_ends_at_the_first_record_before_the_start(api: API, extract: Extract) -> None:
    api.answer("/posts", by_page(on(9, 8, 7, 6, 5, 4, 3, 2), 2))
    outcome = extract(sorted_posts(row_order="desc", initial_value=day(6)))
    assert ids(outcome, "posts") == [9, 8, 7, 6]
    assert len(api.log) == 3


def test_latest_first_ends_at_the_bookmark_of_the_run_before(api: API, extract: Extract) -> None:
    resource = sorted_posts(row_order="desc")
    api.answer("/posts", by_page(on(5, 4, 3, 2), 2))
    first = extract(resource)
    assert ids(first, "posts") == [5, 4, 3, 2]
    api.answer("/posts", by_page(on(8, 7, 6, 5, 4, 3, 2), 2))
    second = extract(resource, state=first.state)
    assert ids(second, "posts") == [8, 7, 6]
    assert len(api.log) in {2, 3}
    assert second.state["bookmarks"]["posts"]["replication_key_value"] == day(8)


def test_earliest_first_ends_at_the_first_record_behind_the_end(api: API, extract: Extract) -> None:
    api.answer("/posts", by_page(on(1, 2, 3, 4, 5, 6, 7, 8), 2))
    outcome = extract(sorted_posts(row_order="asc", initial_value=day(1), end_value=day(4)))
    assert ids(outcome, "posts") == [1, 2, 3]
    assert len(api.log) == 2


@pytest.mark.parametrize("order", ["asc", None])
def test_other_orders_read_all_pages(api: API, extract: Extract, order: str | None) -> None:
    api.answer("/posts", by_page(on(2, 3, 4, 5, 6), 2))
    given = {} if order is None else {"row_order": order}
    outcome = extract(sorted_posts(initial_value=day(4), **given))
    assert ids(outcome, "posts") == [4, 5, 6]
    assert len(api.log) == 4


def test_order_ends_the_paging_of_one_parent_only(api: API, extract: Extract) -> None:
    api.answer("/blogs", rows(2))
    api.answer("/blogs/1/posts", by_cursor(on(9, 8, 3, 2, 1), 2))
    api.answer("/blogs/2/posts", by_cursor(on(7, 6, 5), 2))
    resource = sorted_posts("cursor", row_order="desc", initial_value=day(5))
    resource["endpoint"]["path"] = "blogs/{resources.blogs.id}/posts"
    assert ids(extract("blogs", resource), "posts") == [9, 8, 7, 6, 5]
    assert len(api.asked("/blogs/1/posts")) == 2


def test_order_that_does_not_hold_loses_nothing(
    api: API, extract: Extract, caplog: pytest.LogCaptureFixture
) -> None:
    api.answer("/posts", by_page(on(7, 9, 2, 8, 1, 6), 2))
    outcome = extract(sorted_posts(row_order="desc", initial_value=day(5)))
    assert ids(outcome, "posts") == [7, 9, 8, 6]
    assert "records are declared to arrive latest first" in caplog.text


def test_latest_first_of_numbers(api: API, extract: Extract) -> None:
    records = [{"id": n, "at": n} for n in (90, 80, 70, 60, 50)]
    api.answer("/posts", by_page(records, 2))
    outcome = extract(sorted_posts(row_order="desc", initial_value=75))
    assert ids(outcome, "posts") == [90, 80]
    assert len(api.log) == 2


def test_latest_first_reads_all_that_lies_at_the_bookmark(api: API, extract: Extract) -> None:
    """A record of the same instant may stand behind one that was sent before."""
    resource = sorted_posts(row_order="desc")
    api.answer("/posts", by_page(on(5, 4), 1))
    first = extract(resource)
    api.answer("/posts", by_page([*on(5), {"id": 55, "at": day(5)}, *on(4, 3)], 1))
    assert ids(extract(resource, state=first.state), "posts") == [55]
    assert len(api.log) == 3
