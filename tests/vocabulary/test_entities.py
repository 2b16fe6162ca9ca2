"""Paths that end in a field of the parent: one entity each; and paths that are such a field."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.vocabulary.conftest import ids
from tests.vocabulary.pages import by_cursor, rows

if TYPE_CHECKING:
    from tests.vocabulary.api import API
    from tests.vocabulary.conftest import Extract

COMMENTS_BY_URL = {"name": "comments", "endpoint": "{resources.posts.comments_url}"}


def test_path_that_ends_in_a_field_asks_for_one_entity_each(api: API, extract: Extract) -> None:
    details = [{"id": at, "tags": ["x"], "comments": [{"id": 9}], "next": "/n"} for at in (1, 2)]
    api.answer("/posts", rows(2))
    api.answer("/posts/1", details[0])
    api.answer("/posts/2", details[1])
    outcome = extract(
        "posts",
        {"name": "details", "endpoint": "posts/{resources.posts.id}"},
        client={"paginator": {"type": "json_link"}},
    )
    assert outcome.records["details"] == details
    assert len(api.log) == 3


@pytest.mark.parametrize(
    "path",
    [
        "posts/{resources.posts.id}/",
        "posts/{resources.posts.id}.json",
    ],
)
def test_entity_may_have_a_slash_or_a_suffix(api: API, extract: Extract, path: str) -> None:
    detail = {"id": 1, "comments": [{"id": 9}]}
    api.answer("/posts", rows(1))
    api.answer("/" + path.replace("{resources.posts.id}", "1"), detail)
    outcome = extract("posts", {"name": "details", "endpoint": path})
    assert outcome.records["details"] == [detail]


def test_entity_takes_a_selector_of_its_own(api: API, extract: Extract) -> None:
    api.answer("/posts", rows(1))
    api.answer("/posts/1", {"post": {"id": 1, "tags": []}, "comments": [{"id": 9}]})
    endpoint = {"path": "posts/{resources.posts.id}", "data_selector": "post"}
    outcome = extract("posts", {"name": "details", "endpoint": endpoint})
    assert outcome.records["details"] == [{"id": 1, "tags": []}]


def test_path_that_ends_in_a_field_is_a_list_where_it_has_a_paginator(
    api: API, extract: Extract
) -> None:
    """What is written counts for more than what a path looks like."""
    api.answer("/lists", rows(2))
    for number in (1, 2):
        api.answer(f"/lists/{number}", by_cursor(rows(3, first=10 * number), 2))
    endpoint = {
        "path": "lists/{resources.lists.id}",
        "data_selector": "data",
        "paginator": {"type": "cursor"},
    }
    outcome = extract("lists", {"name": "members", "endpoint": endpoint})
    assert ids(outcome, "members") == [10, 11, 12, 20, 21, 22]


@pytest.mark.parametrize(
    "link", ["{base}/blog/posts/1/comments", "/posts/1/comments", "posts/1/comments"]
)
def test_path_may_be_a_field_that_holds_a_url(api: API, extract: Extract, link: str) -> None:
    api.answer("/posts", [{"id": 1, "comments_url": link.replace("{base}", api.base_url)}])
    api.answer("/posts/1/comments", rows(2))
    api.answer("/blog/posts/1/comments", rows(2))
    outcome = extract("posts", COMMENTS_BY_URL)
    assert ids(outcome, "comments") == [1, 2]


def test_url_of_a_parent_at_another_origin_is_refused_unsent(
    api: API, other: API, extract: Extract, caplog: pytest.LogCaptureFixture
) -> None:
    api.answer("/posts", [{"id": 1, "comments_url": f"{other.base_url}/comments"}])
    outcome = extract("posts", COMMENTS_BY_URL)
    assert outcome.status == 1
    assert other.log == []
    assert f"points at {other.base_url}, not at {api.base_url}" in caplog.text
