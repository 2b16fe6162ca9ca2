"""`params`, and what of them goes into the path: static values, and those of a type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.vocabulary.conftest import ids, refusal
from tests.vocabulary.pages import rows

if TYPE_CHECKING:
    from tests.vocabulary.api import API
    from tests.vocabulary.conftest import Extract


def test_values_go_into_the_query_as_they_are_written(api: API, extract: Extract) -> None:
    api.answer("/posts", rows(1))
    params = {
        "q": "a b&c=d",
        "size": 50,
        "ratio": 1.5,
        "open": True,
        "closed": False,
        "none": None,
        "empty": "",
        "tag": ["x", "y"],
        "filter[state]": "open",
        "page[size]": 10,
    }
    extract({"name": "posts", "endpoint": {"params": params}})
    assert api.log[0].pairs == [
        ("q", "a b&c=d"),
        ("size", "50"),
        ("ratio", "1.5"),
        ("open", "true"),
        ("closed", "false"),
        ("empty", ""),
        ("tag", "x"),
        ("tag", "y"),
        ("filter[state]", "open"),
        ("page[size]", "10"),
    ]


def test_static_param_that_the_path_names_goes_there_and_not_into_the_query(
    api: API, extract: Extract
) -> None:
    api.answer("/posts/7/comments", rows(2))
    endpoint = {"path": "posts/{post_id}/comments", "params": {"post_id": 7, "sort": "id"}}
    assert ids(extract({"name": "comments", "endpoint": endpoint}), "comments") == [1, 2]
    assert api.params() == [{"sort": "id"}]


def test_static_param_of_the_path_may_come_from_the_defaults(api: API, extract: Extract) -> None:
    api.answer("/acme/posts", rows(1))
    api.answer("/acme/users", rows(1))
    outcome = extract(
        {"name": "posts", "endpoint": "{org}/posts"},
        {"name": "users", "endpoint": "{org}/users"},
        defaults={"endpoint": {"params": {"org": "acme"}}},
    )
    assert ids(outcome, "posts") == ids(outcome, "users") == [1]
    assert api.params() == [{}, {}]


def test_static_param_at_the_end_of_a_path_asks_for_one_entity(api: API, extract: Extract) -> None:
    """Its lists are fields of the entity, and nothing in it leads to a next page."""
    post = {"id": 7, "tags": ["a", "b"], "comments": [{"id": 70}], "next": "/posts/8"}
    api.answer("/posts/7", post)
    endpoint = {"path": "posts/{post_id}", "params": {"post_id": 7}}
    assert extract({"name": "post", "endpoint": endpoint}).records["post"] == [post]
    assert len(api.log) == 1


@pytest.mark.parametrize(
    "name",
    [
        "post_id",
        "post-id",
        "PostId",
        "id",
    ],
)
def test_static_param_of_the_path_may_have_any_name(api: API, extract: Extract, name: str) -> None:
    api.answer("/posts/7/comments", rows(2))
    endpoint = {"path": f"posts/{{{name}}}/comments", "params": {name: 7}}
    assert ids(extract({"name": "comments", "endpoint": endpoint}), "comments") == [1, 2]
    assert api.params() == [{}]


def test_static_param_of_the_path_may_hold_a_slash(api: API, extract: Extract) -> None:
    """It is a part of the path that the user wrote, no value of a record."""
    api.answer("/repos/acme/site/issues", rows(2))
    endpoint = {"path": "repos/{repo}/issues", "params": {"repo": "acme/site"}}
    assert ids(extract({"name": "issues", "endpoint": endpoint}), "issues") == [1, 2]


@pytest.mark.parametrize(("value", "sent"), [("a?b", "a%3Fb"), ("a#b", "a%23b")])
def test_static_param_of_the_path_stays_in_the_path(
    api: API, extract: Extract, value: str, sent: str
) -> None:
    api.answer(f"/{sent}/posts", rows(2))
    endpoint = {"path": "{org}/posts", "params": {"org": value}}
    assert ids(extract({"name": "posts", "endpoint": endpoint}), "posts") == [1, 2]


def test_param_that_a_path_lacks_is_told(api: API) -> None:
    (problem,) = refusal(
        {"name": "comments", "endpoint": {"path": "posts/{post_id}/comments"}},
        client={"base_url": api.base_url},
    )
    assert problem.startswith("resources[0].endpoint.path: {post_id} ")


def test_resolve_fills_the_path_from_the_parent(api: API, extract: Extract) -> None:
    api.answer("/posts", rows(2))
    for post in (1, 2):
        api.answer(f"/posts/{post}/comments", rows(2, first=post * 10))
    outcome = extract(
        "posts",
        {
            "name": "comments",
            "endpoint": {
                "path": "posts/{post_id}/comments",
                "params": {
                    "post_id": {"type": "resolve", "resource": "posts", "field": "id"},
                    "sort": "id",
                },
            },
        },
    )
    assert ids(outcome, "comments") == [10, 11, 20, 21]
    assert api.params("/posts/1/comments") == [{"sort": "id"}]
    assert len(api.asked("/posts")) == 1


def test_resolve_takes_a_nested_field_and_may_stand_at_the_end(api: API, extract: Extract) -> None:
    api.answer(
        "/posts", [{"id": 1, "author": {"login": "a/b"}}, {"id": 2, "author": {"login": "c"}}]
    )
    api.answer("/users/a%2Fb", {"id": 5, "teams": [{"id": 1}]})
    api.answer("/users/c", {"id": 6, "teams": []})
    outcome = extract(
        "posts",
        {
            "name": "authors",
            "endpoint": {
                "path": "users/{login}",
                "params": {
                    "login": {"type": "resolve", "resource": "posts", "field": "author.login"}
                },
            },
        },
    )
    assert ids(outcome, "authors") == [5, 6]


def test_two_params_may_resolve_to_fields_of_one_parent(api: API, extract: Extract) -> None:
    api.answer("/posts", [{"id": 1, "org": "acme"}])
    api.answer("/orgs/acme/posts/1/comments", rows(2))
    resolve = {"type": "resolve", "resource": "posts"}
    outcome = extract(
        "posts",
        {
            "name": "comments",
            "endpoint": {
                "path": "orgs/{org}/posts/{post}/comments",
                "params": {
                    "org": {**resolve, "field": "org"},
                    "post": {**resolve, "field": "id"},
                },
            },
        },
    )
    assert ids(outcome, "comments") == [1, 2]


@pytest.mark.parametrize(
    "missing",
    [
        "resource",
        "field",
    ],
)
def test_resolve_names_resource_and_field(missing: str) -> None:
    resolve = {"type": "resolve", "resource": "posts", "field": "id"}
    del resolve[missing]
    endpoint = {"path": "posts/{post_id}/comments", "params": {"post_id": resolve}}
    problems = refusal("posts", {"name": "comments", "endpoint": endpoint})
    assert problems[0] == f"resources[1].endpoint.params.post_id.{missing}: is missing"
    assert len(problems) == 1


def test_resolve_of_an_unknown_resource_is_told() -> None:
    resolve = {"type": "resolve", "resource": "postz", "field": "id"}
    endpoint = {"path": "posts/{post_id}/comments", "params": {"post_id": resolve}}
    assert refusal("posts", {"name": "comments", "endpoint": endpoint}) == [
        "resources[1].endpoint: no resource 'postz'; did you mean 'posts'?"
    ]


def test_object_of_an_unknown_type_is_refused() -> None:
    (problem,) = refusal({"name": "posts", "endpoint": {"params": {"since": {"type": "cursor"}}}})
    assert problem.startswith("resources[0].endpoint.params.since: is an object; allowed are")


def incremental(**options: Any) -> dict[str, Any]:
    since = {"type": "incremental", "cursor_path": "at", **options}
    return {"name": "posts", "endpoint": {"params": {"since": since, "sort": "at"}}}


def test_param_of_type_incremental_takes_the_start(api: API, extract: Extract) -> None:
    api.answer("/posts", [{"id": 1, "at": "2024-01-02T00:00:00Z"}])
    posts = incremental(initial_value="2024-01-01T00:00:00Z")
    first = extract(posts)
    assert ids(first, "posts") == [1]
    assert api.params() == [{"since": "2024-01-01T00:00:00Z", "sort": "at"}]
    assert ids(extract(posts, state=first.state), "posts") == []
    assert api.params() == [{"since": "2024-01-02T00:00:00Z", "sort": "at"}]


def test_param_of_type_incremental_is_left_out_while_there_is_no_start(
    api: API, extract: Extract
) -> None:
    api.answer("/posts", [{"id": 1, "at": "2024-01-02T00:00:00Z"}])
    assert ids(extract(incremental()), "posts") == [1]
    assert api.params() == [{"sort": "at"}]


def test_two_params_of_type_incremental_are_refused() -> None:
    since = {"type": "incremental", "cursor_path": "at"}
    endpoint = {"params": {"since": since, "from": since}}
    assert refusal({"name": "posts", "endpoint": endpoint}) == [
        "resources[0].endpoint.params.from: is a second incremental; an endpoint can have one"
    ]


def test_path_may_end_in_a_static_file_name(api: API, extract: Extract) -> None:
    api.answer("/acme.json", {"id": 3, "parts": [{"id": 1}]})
    endpoint = {"path": "{org}.json", "params": {"org": "acme"}}
    assert ids(extract({"name": "org", "endpoint": endpoint}), "org") == [3]
