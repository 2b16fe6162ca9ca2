"""`{resources.<name>.<field>}`: children of each record of a parent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.vocabulary.conftest import ids, refusal
from tests.vocabulary.pages import by_cursor, by_page, rows

if TYPE_CHECKING:
    from tests.vocabulary.api import API
    from tests.vocabulary.conftest import Extract

POSTS = [
    {"id": 1, "title": "One", "user": {"id": 7, "teams": [{"key": "a"}]}},
    {"id": 2, "title": "Two/2", "user": {"id": 8, "teams": [{"key": "b"}]}},
]


def child(**endpoint: Any) -> dict[str, Any]:
    return {"name": "comments", "endpoint": endpoint}


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("id", ["1", "2"]),
        ("title", ["One", "Two%2F2"]),
        ("user.id", ["7", "8"]),
        ("user.teams[0].key", ["a", "b"]),
    ],
)
def test_field_of_the_parent_goes_into_the_path(
    api: API, extract: Extract, field: str, values: list[str]
) -> None:
    api.answer("/posts", POSTS)
    for at, value in enumerate(values):
        api.answer(f"/of/{value}/comments", rows(1, first=at + 10))
    outcome = extract("posts", child(path=f"of/{{resources.posts.{field}}}/comments"))
    assert ids(outcome, "posts") == [1, 2]
    assert ids(outcome, "comments") == [10, 11]
    assert len(api.log) == 3


def test_child_may_stand_before_its_parent_in_the_config(api: API, extract: Extract) -> None:
    api.answer("/posts", POSTS)
    api.answer("/posts/1/comments", rows(1))
    api.answer("/posts/2/comments", rows(1, first=2))
    outcome = extract(child(path="posts/{resources.posts.id}/comments"), "posts")
    assert ids(outcome, "comments") == [1, 2]


def test_field_goes_into_params(api: API, extract: Extract) -> None:
    api.answer("/posts", POSTS)
    api.answer("/comments", lambda asked: rows(1, first=int(asked.params["post"])))
    params = {
        "post": "{resources.posts.id}",
        "key": "p-{resources.posts.id}-{resources.posts.user.id}",
        "sort": "id",
    }
    outcome = extract("posts", child(path="comments", params=params))
    assert ids(outcome, "comments") == [1, 2]
    assert api.params("/comments") == [
        {"post": "1", "key": "p-1-7", "sort": "id"},
        {"post": "2", "key": "p-2-8", "sort": "id"},
    ]


def test_field_goes_into_a_list_among_the_params(api: API, extract: Extract) -> None:
    api.answer("/posts", POSTS[:1])
    api.answer("/comments", rows(1))
    params = {"ids": ["{resources.posts.id}", "0"]}
    assert ids(extract("posts", child(path="comments", params=params)), "comments") == [1]
    assert api.asked("/comments")[0].pairs == [("ids", "1"), ("ids", "0")]


def test_field_goes_into_the_name_of_a_param(api: API, extract: Extract) -> None:
    api.answer("/posts", POSTS[:1])
    api.answer("/comments", rows(1))
    params = {"filter[{resources.posts.title}]": "yes"}
    extract("posts", child(path="comments", params=params))
    assert api.params("/comments") == [{"filter[One]": "yes"}]


def test_field_goes_into_headers(api: API, extract: Extract) -> None:
    api.answer("/posts", POSTS)
    api.answer("/comments", lambda asked: rows(1, first=int(asked.headers["x-post"])))
    headers = {"X-Post": "{resources.posts.id}", "X-Key": "p-{resources.posts.title}"}
    outcome = extract("posts", child(path="comments", headers=headers))
    assert ids(outcome, "comments") == [1, 2]
    assert [a.headers["x-key"] for a in api.asked("/comments")] == ["p-One", "p-Two/2"]


def test_field_goes_into_json_and_keeps_its_type_where_it_stands_alone(
    api: API, extract: Extract
) -> None:
    api.answer("/posts", POSTS[:1])
    api.answer("/search", rows(1))
    extract(
        "posts",
        child(
            path="search",
            method="POST",
            json={
                "post": "{resources.posts.id}",
                "user": "{resources.posts.user}",
                "text": "post {resources.posts.id}",
                "deep": {"list": ["{resources.posts.id}", "x", 3, True, None]},
            },
        ),
    )
    assert api.asked("/search")[0].json == {
        "post": 1,
        "user": {"id": 7, "teams": [{"key": "a"}]},
        "text": "post 1",
        "deep": {"list": [1, "x", 3, True, None]},
    }


def test_field_goes_into_a_form(api: API, extract: Extract) -> None:
    api.answer("/posts", POSTS[:1])
    api.answer("/search", rows(1))
    data = {"post": "{resources.posts.id}", "q": "a {resources.posts.title}"}
    outcome = extract("posts", child(path="search", method="POST", data=data))
    assert ids(outcome, "comments") == [1]
    assert api.asked("/search")[0].form == {"post": "1", "q": "a One"}


def test_field_goes_into_a_text_body(api: API, extract: Extract) -> None:
    api.answer("/posts", POSTS[:1])
    api.answer("/search", rows(1))
    data = "fields *; where post = {resources.posts.id};"
    outcome = extract("posts", child(path="search", method="POST", data=data))
    assert ids(outcome, "comments") == [1]
    assert api.asked("/search")[0].body == b"fields *; where post = 1;"


def test_each_parent_has_pages_of_its_own(api: API, extract: Extract) -> None:
    api.answer("/posts", by_page(rows(3), 2, total=2))
    for post in (1, 2, 3):
        api.answer(f"/posts/{post}/comments", by_cursor(rows(3, first=10 * post), 2))
    outcome = extract(
        {"name": "posts", "endpoint": {"paginator": "page_number"}},
        child(path="posts/{resources.posts.id}/comments", paginator="cursor"),
    )
    assert ids(outcome, "comments") == [10, 11, 12, 20, 21, 22, 30, 31, 32]
    assert len(api.asked("/posts")) == 2
    assert api.params("/posts/3/comments") == [{}, {"cursor": "at-2"}]


def test_several_levels_deep(api: API, extract: Extract) -> None:
    api.answer("/orgs", [{"id": "a"}, {"id": "b"}])
    for org in "ab":
        api.answer(f"/orgs/{org}/teams", [{"id": f"{org}1"}])
        api.answer(f"/teams/{org}1/users", [{"id": f"{org}1x"}])
        api.answer(f"/users/{org}1x/keys", [{"id": f"{org}1xk"}])
    outcome = extract(
        "orgs",
        {"name": "teams", "endpoint": "orgs/{resources.orgs.id}/teams"},
        {"name": "users", "endpoint": "teams/{resources.teams.id}/users"},
        {"name": "keys", "endpoint": "users/{resources.users.id}/keys"},
    )
    assert ids(outcome, "keys") == ["a1xk", "b1xk"]
    assert len(api.log) == 1 + 2 + 2 + 2


def test_one_reading_of_a_parent_serves_all_its_children(api: API, extract: Extract) -> None:
    api.answer("/posts", rows(1))
    api.answer("/posts/1/comments", rows(1))
    api.answer("/posts/1/likes", rows(2))
    outcome = extract(
        "posts",
        child(path="posts/{resources.posts.id}/comments"),
        {"name": "likes", "endpoint": "posts/{resources.posts.id}/likes"},
    )
    assert ids(outcome, "comments") == [1]
    assert ids(outcome, "likes") == [1, 2]
    assert len(api.asked("/posts")) == 1


def test_parent_that_is_not_selected_feeds_its_children(api: API, extract: Extract) -> None:
    api.answer("/posts", rows(2))
    api.answer("/posts/1/comments", rows(1))
    api.answer("/posts/2/comments", rows(1, first=2))
    outcome = extract(
        {"name": "posts", "selected": False}, child(path="posts/{resources.posts.id}/comments")
    )
    assert ids(outcome, "comments") == [1, 2]
    assert {message.get("stream") for message in outcome.messages} <= {"comments", None}


def test_resource_that_is_not_selected_is_not_asked_for(api: API, extract: Extract) -> None:
    api.answer("/posts", rows(2))
    api.answer("/users", rows(1))
    outcome = extract({"name": "posts", "selected": False}, "users")
    assert outcome.records == {"users": [{"id": 1}]}
    assert [asked.path for asked in api.log] == ["/users"]


@pytest.mark.parametrize("fields", ["title", ["title"], ["title", "user", "id"]], ids=str)
def test_fields_of_the_parent_go_into_the_childs_records(
    api: API, extract: Extract, fields: Any
) -> None:
    api.answer("/posts", POSTS[:1])
    api.answer("/posts/1/comments", rows(2))
    outcome = extract(
        "posts",
        {**child(path="posts/{resources.posts.id}/comments"), "include_from_parent": fields},
    )
    names = [fields] if isinstance(fields, str) else fields
    taken = {f"_posts_{name}": POSTS[0][name] for name in names}
    assert outcome.records["comments"] == [{"id": 1, **taken}, {"id": 2, **taken}]


def test_field_that_a_parent_lacks_is_null_in_the_childs_records(
    api: API, extract: Extract
) -> None:
    """Where dlt would end the run."""
    api.answer("/posts", [{"id": 1}, {"id": 2, "title": "Two"}])
    api.answer("/posts/1/comments", rows(1))
    api.answer("/posts/2/comments", rows(1, first=2))
    resource = {
        **child(path="posts/{resources.posts.id}/comments"),
        "include_from_parent": ["title"],
    }
    assert extract("posts", resource).records["comments"] == [
        {"id": 1, "_posts_title": None},
        {"id": 2, "_posts_title": "Two"},
    ]


def test_include_from_parent_needs_a_parent() -> None:
    assert refusal({"name": "posts", "include_from_parent": ["id"]}) == [
        "resources[0].include_from_parent: the resource has no parent"
    ]


@pytest.mark.parametrize(
    "value",
    [
        None,
        False,
        0,
        "",
        ".",
    ],
    ids=repr,
)
def test_json_takes_any_value_of_the_parent(api: API, extract: Extract, value: Any) -> None:
    """Only a path cannot hold all of them."""
    api.answer("/posts", [{"id": 1, "state": value}])
    api.answer("/search", rows(1))
    json = {"state": "{resources.posts.state}"}
    outcome = extract("posts", child(path="search", method="POST", json=json))
    assert ids(outcome, "comments") == [1]
    assert api.asked("/search")[0].json == {"state": value}


def test_field_that_is_missing_skips_that_parent_and_says_so(
    api: API, extract: Extract, caplog: pytest.LogCaptureFixture
) -> None:
    api.answer("/posts", [{"id": 1, "slug": "a"}, {"id": 2}, {"id": 3, "slug": None}])
    api.answer("/posts/a/comments", rows(1))
    outcome = extract("posts", child(path="posts/{resources.posts.slug}/comments"))
    assert ids(outcome, "comments") == [1]
    assert "comments: 2 parents were skipped" in caplog.text


def test_resources_that_are_parents_of_each_other_are_refused() -> None:
    (problem,) = refusal(
        {"name": "a", "endpoint": "x/{resources.b.id}/a"},
        {"name": "b", "endpoint": "x/{resources.a.id}/b"},
    )
    assert "parents of each other" in problem


def test_two_parents_of_which_neither_is_above_the_other_are_refused() -> None:
    (problem,) = refusal(
        "posts",
        "users",
        child(path="posts/{resources.posts.id}/by/{resources.users.id}"),
        on_error="halt",
    )
    assert "refers to posts and users" in problem


def test_parent_that_does_not_exist_is_told() -> None:
    assert refusal("posts", child(path="posts/{resources.post.id}/comments")) == [
        "resources[1].endpoint: no resource 'post'; did you mean 'posts'?"
    ]
