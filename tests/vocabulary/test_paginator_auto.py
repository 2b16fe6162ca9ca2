"""`auto`, and no paginator at all: the first page shows how there is more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.vocabulary.api import Reply
from tests.vocabulary.conftest import ids
from tests.vocabulary.pages import by_cursor, by_page, rows

if TYPE_CHECKING:
    from tests.vocabulary.api import API, Asked
    from tests.vocabulary.conftest import Extract

WAYS = [{}, {"paginator": "auto"}, {"paginator": {"type": "auto"}}]
each_way = pytest.mark.parametrize("way", WAYS, ids=["left out", "bare", "type"])


@each_way
def test_link_header_is_followed(api: API, extract: Extract, way: dict[str, Any]) -> None:
    def answer(asked: Asked) -> Reply:
        if asked.query:
            return Reply(rows(1, first=3))
        return Reply(rows(2), headers={"Link": f'<{api.base_url}/posts?page=2>; rel="next"'})

    api.answer("/posts", answer)
    assert ids(extract({"name": "posts", "endpoint": way}), "posts") == [1, 2, 3]
    assert api.params() == [{}, {"page": "2"}]


@each_way
def test_plain_list_is_the_only_page(api: API, extract: Extract, way: dict[str, Any]) -> None:
    api.answer("/posts", rows(3))
    assert ids(extract({"name": "posts", "endpoint": way}), "posts") == [1, 2, 3]
    assert len(api.log) == 1


@pytest.mark.parametrize(
    "place",
    [
        "next",
        "next_url",
        "nextPageUrl",
        "nextPageLink",
        "next_page_link",
        "nextRecordsUrl",
        "next_page",
        "links.next",
        "_links.next.href",
        "meta.pagination.next_url",
        "paging.next.url",
        "next.href",
        "response.next",
        "response.paging.next",
        "search_metadata.next_results",
    ],
)
def test_link_in_the_body_is_found_wherever_it_is(api: API, extract: Extract, place: str) -> None:
    def answer(asked: Asked) -> Any:
        url: Any = None if asked.query else f"{api.base_url}/posts?page=2"
        for step in reversed(place.split(".")):
            url = {step: url}
        return {"data": rows(1, first=3) if asked.query else rows(2), **url}

    api.answer("/posts", answer)
    assert ids(extract("posts"), "posts") == [1, 2, 3]
    assert api.params() == [{}, {"page": "2"}]


@pytest.mark.parametrize(
    "link",
    [
        "/posts?page=2",
        "/posts/page/2",
    ],
)
def test_link_in_the_body_may_be_relative(api: API, extract: Extract, link: str) -> None:
    last = {"data": rows(1, first=3), "next": None}
    api.answer("/posts", lambda asked: last if asked.query else {"data": rows(2), "next": link})
    api.answer("/posts/page/2", last)
    assert ids(extract("posts"), "posts") == [1, 2, 3]
    path, _, query = link.partition("?")
    assert [(asked.path, asked.query) for asked in api.log] == [("/posts", ""), (path, query)]


@pytest.mark.parametrize(
    "place",
    [
        "cursors.next",
        "next_cursor",
        "meta.next_cursor",
    ],
)
def test_cursor_in_the_body_goes_back_as_cursor(api: API, extract: Extract, place: str) -> None:
    def envelope(page: list[Any], following: str | None) -> Any:
        token: Any = following
        for step in reversed(place.split(".")):
            token = {step: token}
        return {"data": page, **token}

    api.answer("/posts", by_cursor(rows(3), 2, body=envelope))
    assert ids(extract("posts"), "posts") == [1, 2, 3]
    assert api.params() == [{}, {"cursor": "at-2"}]


@pytest.mark.parametrize("key", ["total_pages", "pages", "totalPages"])
def test_number_of_pages_alone_is_an_error(api: API, extract: Extract, key: str) -> None:
    def listing(asked: Asked) -> Any:
        page = int(asked.params.get("page", "0"))
        return {"data": rows(5)[2 * page : 2 * page + 2], "meta": {key: 3}}

    api.answer("/posts", listing)
    outcome = extract("posts")
    assert (outcome.status, outcome.records["posts"]) == (1, [])


def test_number_of_pages_of_an_api_that_counts_from_1(api: API, extract: Extract) -> None:
    """Where dlt asks for its first page twice, and never for the last."""

    def listing(asked: Asked) -> Any:
        page = int(asked.params.get("page", "1"))
        data = rows(5)[2 * page - 2 : 2 * page]
        return {"data": data, "page": page, "total_pages": 3}

    api.answer("/posts", listing)
    assert ids(extract("posts"), "posts") == [1, 2, 3, 4, 5]


def test_one_page_of_one_is_the_only_one(api: API, extract: Extract) -> None:
    api.answer("/posts", by_page(rows(2), 2, param="none", total_pages=1))
    api.answer("/posts", {"data": rows(2), "total_pages": 1, "next": None})
    assert ids(extract("posts"), "posts") == [1, 2]
    assert len(api.log) == 1


def test_sign_of_more_that_leads_nowhere_is_an_error(
    api: API, extract: Extract, caplog: pytest.LogCaptureFixture
) -> None:
    """Where dlt would take the first page for all."""
    api.answer("/posts", {"data": rows(2), "has_more": True})
    assert extract("posts").status == 1
    assert "has_more says that there is more" in caplog.text
