"""`response_actions`: answers that are passed over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.vocabulary.api import Reply
from tests.vocabulary.conftest import ids, refusal
from tests.vocabulary.pages import rows

if TYPE_CHECKING:
    from tests.vocabulary.api import API, Asked
    from tests.vocabulary.conftest import Extract

IGNORE_404 = {"status_code": 404, "action": "ignore"}


def posts(*actions: Any, **endpoint: Any) -> dict[str, Any]:
    return {"name": "posts", "endpoint": {"response_actions": list(actions), **endpoint}}


@pytest.mark.parametrize("status", [400, 403, 404, 410, 422, 500])
def test_status_is_ignored(api: API, extract: Extract, status: int) -> None:
    api.answer("/posts", Reply({"error": "no"}, status))
    api.answer("/users", rows(1))
    outcome = extract(posts({"status_code": status, "action": "ignore"}), "users")
    assert ids(outcome, "posts") == []
    assert ids(outcome, "users") == [1]


@pytest.mark.parametrize("status", [200, 404, 409])
def test_content_is_ignored_whatever_the_status(api: API, extract: Extract, status: int) -> None:
    api.answer("/posts", Reply({"message": "Nothing found here"}, status))
    outcome = extract(posts({"content": "Nothing found", "action": "ignore"}))
    assert ids(outcome, "posts") == []


@pytest.mark.parametrize(
    ("status", "content", "exit_status"),
    [(404, "gone", 0), (404, "other", 1), (403, "gone", 1)],
)
def test_status_and_content_must_both_apply(
    api: API, extract: Extract, status: int, content: str, exit_status: int
) -> None:
    api.answer("/posts", Reply({"message": content}, status))
    outcome = extract(posts({"status_code": 404, "content": "gone", "action": "ignore"}))
    assert outcome.status == exit_status
    assert not outcome.records["posts"]


def test_ignored_page_ends_the_paging_and_what_came_before_stays(
    api: API, extract: Extract
) -> None:
    def listing(asked: Asked) -> Any:
        page = int(asked.params["page"])
        return Reply({"error": "end"}, 404) if page == 2 else {"data": rows(2, 1 + 2 * page)}

    api.answer("/posts", listing)
    paginator = {"type": "page_number", "total_path": None}
    assert ids(extract(posts(IGNORE_404, paginator=paginator)), "posts") == [1, 2, 3, 4]
    assert len(api.log) == 3


def test_ignored_answer_of_one_parent_leaves_the_others(api: API, extract: Extract) -> None:
    api.answer("/blogs", rows(3))
    api.answer("/blogs/1/posts", rows(1))
    api.answer("/blogs/2/posts", Reply({"error": "private"}, 403))
    api.answer("/blogs/3/posts", rows(1, first=3))
    outcome = extract(
        "blogs",
        posts({"status_code": 403, "action": "ignore"}, path="blogs/{resources.blogs.id}/posts"),
    )
    assert ids(outcome, "posts") == [1, 3]


def test_answers_of_all_parents_may_be_ignored(api: API, extract: Extract) -> None:
    api.answer("/blogs", rows(2))
    outcome = extract("blogs", posts(IGNORE_404, path="blogs/{resources.blogs.id}/posts"))
    assert ids(outcome, "posts") == []
    assert ids(outcome, "blogs") == [1, 2]


def test_each_action_of_several_applies(api: API, extract: Extract) -> None:
    actions = [IGNORE_404, {"content": "closed", "action": "ignore"}]
    for reply in (Reply({}, 404), Reply({"message": "closed"}, 403)):
        api.answer("/posts", reply)
        assert ids(extract(posts(*actions)), "posts") == []
    api.answer("/posts", Reply({"message": "other"}, 403))
    assert extract(posts(*actions)).status == 1


def test_status_may_be_a_text(api: API, extract: Extract) -> None:
    """Where dlt accepts it and never finds it."""
    api.answer("/posts", Reply({}, 404))
    assert ids(extract(posts({"status_code": "404", "action": "ignore"})), "posts") == []


def test_ignored_answer_is_told_without_its_content(
    api: API, extract: Extract, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    api.answer("/posts", Reply({"error": "account 4711 is closed"}, 404))
    extract(posts(IGNORE_404))
    assert "posts: GET /posts, page 1 answered 404; ignored by response_actions" in caplog.text
    assert "4711" not in caplog.text


@pytest.mark.parametrize(
    ("action", "found"),
    [
        ({"status_code": 404}, "action: is missing"),
        ({"status_code": 4040, "action": "ignore"}, "status_code: 4040 is not allowed"),
        ({"status_code": 404, "action": "skip"}, "action: 'skip' is not allowed; allowed: "),
        ({"staus_code": 404, "action": "ignore"}, "staus_code: unknown key; did you mean"),
    ],
    ids=["missing", "status", "action", "key"],
)
def test_mistake_in_an_action_is_told_with_its_place(action: dict[str, Any], found: str) -> None:
    (problem,) = refusal(posts(action))
    assert problem.startswith(f"resources[0].endpoint.response_actions[0].{found}")


def test_action_without_a_condition_is_refused() -> None:
    """It would pass over every answer, the good ones too; dlt never applies it."""
    (problem,) = refusal(posts({"action": "ignore"}))
    assert problem.startswith("resources[0].endpoint.response_actions[0]")
