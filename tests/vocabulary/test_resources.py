"""`resources` and `resource_defaults`: how a resource is written, and what lies under it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.vocabulary.conftest import ids, refusal
from tests.vocabulary.pages import by_offset, by_page, rows

if TYPE_CHECKING:
    from tests.vocabulary.api import API, Asked
    from tests.vocabulary.conftest import Extract

BY_PAGE = {"type": "page_number", "total_path": None}


@pytest.mark.parametrize(
    "resource",
    [
        "posts",
        {"name": "posts"},
        {"name": "posts", "endpoint": "posts"},
        {"name": "posts", "endpoint": {}},
        {"name": "posts", "endpoint": {"path": "posts"}},
        {"name": "posts", "endpoint": {"path": None}},
        {"name": "posts", "endpoint": {"path": "posts", "method": "GET"}},
    ],
    ids=["text", "name", "endpoint as text", "empty endpoint", "path", "null path", "method"],
)
def test_name_is_the_path_where_none_is_given(api: API, extract: Extract, resource: Any) -> None:
    api.answer("/posts", rows(2))
    assert ids(extract(resource), "posts") == [1, 2]
    assert [(asked.method, asked.path) for asked in api.log] == [("GET", "/posts")]


def test_name_may_differ_from_the_path(api: API, extract: Extract) -> None:
    api.answer("/v3/blog-posts", rows(2))
    outcome = extract({"name": "posts", "endpoint": "v3/blog-posts"})
    assert ids(outcome, "posts") == [1, 2]


def test_two_resources_may_share_a_path(api: API, extract: Extract) -> None:
    api.answer("/posts", lambda asked: rows(2, first=10 if asked.params["state"] == "open" else 20))
    outcome = extract(
        {"name": "open_posts", "endpoint": {"path": "posts", "params": {"state": "open"}}},
        {"name": "closed_posts", "endpoint": {"path": "posts", "params": {"state": "closed"}}},
    )
    assert ids(outcome, "open_posts") == [10, 11]
    assert ids(outcome, "closed_posts") == [20, 21]


def test_name_that_comes_twice_is_refused() -> None:
    assert refusal("posts", {"name": "posts", "endpoint": "other"}) == [
        "resources[1].name: 'posts' is declared twice"
    ]


def test_defaults_lie_under_every_resource(api: API, extract: Extract) -> None:
    api.answer("/posts", by_page(rows(3), 2))
    api.answer("/users", by_page(rows(1), 2))
    outcome = extract(
        "posts",
        {"name": "users", "primary_key": ["id", "org"], "write_disposition": "append"},
        defaults={
            "primary_key": "id",
            "write_disposition": "merge",
            "endpoint": {"paginator": BY_PAGE, "data_selector": "data"},
        },
    )
    assert ids(outcome, "posts") == [1, 2, 3]
    assert outcome.of_type("SCHEMA", "posts")[0]["key_properties"] == ["id"]
    assert outcome.of_type("SCHEMA", "users")[0]["key_properties"] == []


def test_path_of_the_defaults_gives_way_to_the_name(api: API, extract: Extract) -> None:
    api.answer("/posts", rows(1))
    api.answer("/other", rows(3))
    outcome = extract(
        "posts",
        {"name": "users", "endpoint": "posts"},
        defaults={"endpoint": {"path": "other"}},
    )
    assert ids(outcome, "posts") == ids(outcome, "users") == [1]


def test_params_of_the_defaults_merge_name_by_name(api: API, extract: Extract) -> None:
    api.answer("/posts", rows(1))
    api.answer("/users", rows(1))
    extract(
        {"name": "posts", "endpoint": {"params": {"per_page": 10, "sort": "id"}}},
        "users",
        defaults={"endpoint": {"params": {"per_page": 100, "expand": "all"}}},
    )
    assert api.params("/posts") == [{"per_page": "10", "expand": "all", "sort": "id"}]
    assert api.params("/users") == [{"per_page": "100", "expand": "all"}]


def test_json_of_the_defaults_merges_key_by_key_but_not_deeper(api: API, extract: Extract) -> None:
    api.answer("/posts", rows(1))
    extract(
        {
            "name": "posts",
            "endpoint": {"method": "POST", "json": {"filter": {"state": "open"}, "sort": "id"}},
        },
        defaults={"endpoint": {"json": {"filter": {"team": 7}, "size": 50}}},
    )
    assert api.log[0].json == {"filter": {"state": "open"}, "size": 50, "sort": "id"}


def test_paginator_of_another_type_replaces_that_of_the_defaults(
    api: API, extract: Extract
) -> None:
    api.answer("/posts", by_offset(rows(3)))
    outcome = extract(
        {"name": "posts", "endpoint": {"paginator": {"type": "offset", "limit": 2}}},
        defaults={"endpoint": {"paginator": {"type": "page_number", "page_param": "p"}}},
    )
    assert ids(outcome, "posts") == [1, 2, 3]
    assert api.params()[0] == {"offset": "0", "limit": "2"}


def test_response_actions_of_a_resource_replace_those_of_the_defaults(
    extract: Extract,
) -> None:
    """Lists are not joined: the 404 here is a failure again."""
    outcome = extract(
        "users",
        {
            "name": "posts",
            "endpoint": {"response_actions": [{"status_code": 403, "action": "ignore"}]},
        },
        defaults={"endpoint": {"response_actions": [{"status_code": 404, "action": "ignore"}]}},
    )
    assert outcome.status == 1
    assert outcome.tap.failures.names == {"posts"}


@pytest.mark.parametrize(
    ("default", "own"),
    [
        ({"data_selector": "payload.wrong"}, {"data_selector": None}),
        ({"paginator": BY_PAGE}, {"paginator": None}),
        (
            {"incremental": {"cursor_path": "at", "start_param": "since", "initial_value": 5}},
            {"incremental": None},
        ),
        ({"headers": {"X-Page": "1"}}, {"headers": None}),
    ],
    ids=["data_selector", "paginator", "incremental", "headers"],
)
def test_null_takes_back_what_the_defaults_say(
    api: API, extract: Extract, default: dict[str, Any], own: dict[str, Any]
) -> None:
    def listing(asked: Asked) -> Any:
        return [] if "x-page" in asked.headers or asked.query else rows(2)

    api.answer("/posts", listing)
    outcome = extract({"name": "posts", "endpoint": own}, defaults={"endpoint": default})
    assert ids(outcome, "posts") == [1, 2]
    assert api.params() == [{}]


def test_null_takes_back_the_primary_key_of_the_defaults(api: API, extract: Extract) -> None:
    api.answer("/posts", [{"name": "a"}, {"name": "b"}])
    outcome = extract({"name": "posts", "primary_key": None}, defaults={"primary_key": "id"})
    assert outcome.records["posts"] == [{"name": "a"}, {"name": "b"}]
    assert outcome.of_type("SCHEMA", "posts")[0]["key_properties"] == []


def test_incremental_of_a_resource_replaces_that_of_the_defaults(
    api: API, extract: Extract
) -> None:
    api.answer("/posts", [{"id": 1, "made": 7}])
    outcome = extract(
        {"name": "posts", "endpoint": {"incremental": {"cursor_path": "made"}}},
        defaults={
            "endpoint": {
                "incremental": {"cursor_path": "at", "start_param": "since", "initial_value": 5}
            }
        },
    )
    assert ids(outcome, "posts") == [1]
    assert api.params() == [{}]
