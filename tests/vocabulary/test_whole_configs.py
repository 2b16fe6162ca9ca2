"""Whole configs, as the documentation of the vocabulary shows them, run twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.vocabulary.api import Reply
from tests.vocabulary.conftest import ids
from tests.vocabulary.pages import rows

if TYPE_CHECKING:
    from tests.vocabulary.api import API, Asked
    from tests.vocabulary.conftest import Extract


def test_issues_and_their_comments(api: API, extract: Extract) -> None:
    """Links in headers, a page size for all, a cursor in a param, and a child by number."""
    issues = [
        {"id": 100 + n, "number": n, "updated_at": f"2024-02-0{n}T00:00:00Z"} for n in (1, 2, 3)
    ]

    def listing(asked: Asked) -> Reply:
        since = asked.params.get("since", "")
        found = [issue for issue in issues if str(issue["updated_at"]) >= since]
        if asked.params.get("page") == "2":
            return Reply(found[2:])
        link = f'<{api.base_url}/repo/issues?since={since}&page=2>; rel="next"'
        return Reply(found[:2], headers={"Link": link} if found[2:] else {})

    api.answer("/repo/issues", listing)
    for number in (1, 2, 3):
        api.answer(f"/repo/issues/{number}/comments", rows(1, first=number))
    parts: dict[str, Any] = {
        "client": {"base_url": f"{api.base_url}/repo/", "auth": {"token": "abc"}},
        "defaults": {
            "primary_key": "id",
            "write_disposition": "merge",
            "endpoint": {"params": {"per_page": 2}},
        },
    }
    resources = [
        {
            "name": "issues",
            "endpoint": {
                "path": "issues",
                "params": {"sort": "updated", "since": "{incremental.start_value}"},
                "incremental": {
                    "cursor_path": "updated_at",
                    "initial_value": "2024-01-25T11:21:28Z",
                },
            },
        },
        {
            "name": "issue_comments",
            "endpoint": {"path": "issues/{resources.issues.number}/comments"},
            "include_from_parent": ["id"],
        },
    ]
    first = extract(*resources, **parts)
    assert ids(first, "issues") == [101, 102, 103]
    assert first.records["issue_comments"] == [{"id": n, "_issues_id": 100 + n} for n in (1, 2, 3)]
    assert api.asked("/repo/issues/1/comments")[0].params == {"per_page": "2"}
    assert {asked.headers["authorization"] for asked in api.log} == {"Bearer abc"}
    issues.append({"id": 104, "number": 4, "updated_at": "2024-02-04T00:00:00Z"})
    api.answer("/repo/issues/4/comments", rows(1, first=4))
    second = extract(*resources, state=first.state, **parts)
    assert ids(second, "issues") == [104]


def test_list_and_details_of_an_open_api(api: API, extract: Extract) -> None:
    """Names as paths, an offset for all, and one entity for each entry of a list."""
    trees = [{"name": name, "url": f"/tree/{name}"} for name in ("ash", "birch", "cedar")]
    api.answer(
        "/v2/tree",
        lambda a: {
            "count": 3,
            "results": trees[int(a.params["offset"]) :][: int(a.params["limit"])],
        },
    )
    for at, tree in enumerate(trees):
        detail = {"id": at, "name": tree["name"], "rings": [{"width": at}]}
        api.answer(f"/v2/tree/{tree['name']}", detail)
    outcome = extract(
        "tree",
        {"name": "tree_details", "endpoint": {"path": "tree/{resources.tree.name}"}},
        client={
            "base_url": f"{api.base_url}/v2/",
            "paginator": {"type": "offset", "limit": 2, "total_path": "count"},
        },
    )
    assert outcome.records["tree"] == trees
    assert ids(outcome, "tree_details") == [0, 1, 2]
    assert len(api.asked("/v2/tree")) == 2


def test_posts_of_a_blog_with_details_and_comments(api: API, extract: Extract) -> None:
    """Four ways of speaking of one parent."""
    posts: list[dict[str, Any]] = [
        {"id": 1, "slug": "a", "author": {"id": 7}},
        {"id": 2, "slug": "b", "author": {"id": 8}},
    ]
    api.answer("/posts", {"data": posts, "next": None})
    for post in posts:
        api.answer(f"/posts/{post['id']}", {**post, "tags": ["x"]})
        api.answer(f"/posts/{post['slug']}/comments", {"comments": rows(1, first=post["id"])})
        api.answer(f"/users/{post['author']['id']}", {"id": post["author"]["id"], "posts": []})
    api.answer("/likes", lambda a: {"data": rows(int(a.params["post"]))})
    outcome = extract(
        {"name": "posts", "selected": False},
        {"name": "details", "endpoint": "posts/{resources.posts.id}"},
        {
            "name": "comments",
            "endpoint": {
                "path": "posts/{slug}/comments",
                "params": {"slug": {"type": "resolve", "resource": "posts", "field": "slug"}},
                "data_selector": "comments",
            },
        },
        {"name": "authors", "endpoint": "users/{resources.posts.author.id}"},
        {"name": "likes", "endpoint": {"params": {"post": "{resources.posts.id}"}}},
        client={"paginator": {"type": "json_link", "next_url_path": "next"}},
    )
    assert ids(outcome, "details") == [1, 2]
    assert ids(outcome, "comments") == [1, 2]
    assert ids(outcome, "authors") == [7, 8]
    assert ids(outcome, "likes") == [1, 1, 2]
    assert outcome.records["details"][0]["tags"] == ["x"]
    assert len(api.asked("/posts")) == 1
