"""`incremental`: what a run asks for, what it keeps, and where the next one starts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.vocabulary.api import Reply
from tests.vocabulary.conftest import ids, refusal
from tests.vocabulary.pages import rows

if TYPE_CHECKING:
    from tests.vocabulary.api import API, Asked
    from tests.vocabulary.conftest import Extract


def day(number: int) -> str:
    return f"2024-01-{number:02}T00:00:00Z"


def on(*days: int) -> list[dict[str, Any]]:
    """A record a day, its id the day."""
    return [{"id": number, "at": day(number)} for number in days]


def posts(**incremental: Any) -> dict[str, Any]:
    return {
        "name": "posts",
        "primary_key": "id",
        "endpoint": {"incremental": {"cursor_path": "at", **incremental}},
    }


def test_start_param_takes_the_initial_value_then_the_bookmark(api: API, extract: Extract) -> None:
    api.answer("/posts", on(3, 5, 4))
    resource = posts(start_param="since", initial_value=day(2))
    first = extract(resource)
    assert ids(first, "posts") == [3, 5, 4]
    assert api.params() == [{"since": day(2)}]
    api.answer("/posts", on(5, 6))
    assert ids(extract(resource, state=first.state), "posts") == [6]
    assert api.params() == [{"since": day(5)}]


def test_without_an_initial_value_nothing_is_asked_of_the_first_run(
    api: API, extract: Extract
) -> None:
    api.answer("/posts", on(3))
    first = extract(posts(start_param="since"))
    assert ids(first, "posts") == [3]
    assert api.params() == [{}]
    extract(posts(start_param="since"), state=first.state)
    assert api.params() == [{"since": day(3)}]


def test_records_before_the_start_are_dropped_whatever_the_api_returns(
    api: API, extract: Extract
) -> None:
    api.answer("/posts", on(1, 2, 3, 4))
    first = extract(posts(initial_value=day(3)))
    assert ids(first, "posts") == [3, 4]
    api.answer("/posts", on(1, 2, 3, 4, 5))
    assert ids(extract(posts(initial_value=day(3)), state=first.state), "posts") == [5]


def test_record_that_comes_late_at_the_bookmark_is_extracted_once(
    api: API, extract: Extract
) -> None:
    api.answer("/posts", on(3, 4))
    first = extract(posts())
    api.answer("/posts", [*on(4), {"id": 44, "at": day(4)}])
    second = extract(posts(), state=first.state)
    assert ids(second, "posts") == [44]
    assert ids(extract(posts(), state=second.state), "posts") == []


def test_end_param_takes_the_end_value_which_is_exclusive(api: API, extract: Extract) -> None:
    api.answer("/posts", on(1, 2, 3, 4, 5))
    resource = posts(start_param="from", end_param="to", initial_value=day(2), end_value=day(4))
    assert ids(extract(resource), "posts") == [2, 3]
    assert api.params() == [{"from": day(2), "to": day(4)}]


def test_end_value_makes_a_run_that_knows_no_state_and_leaves_none(
    api: API, extract: Extract
) -> None:
    """A backfill of January must not depend on what was extracted since."""
    api.answer("/posts", on(1, 2, 3, 9))
    before = extract(posts(start_param="since"))
    backfill = posts(start_param="since", initial_value=day(1), end_value=day(3))
    again = extract(backfill, state=before.state)
    assert ids(again, "posts") == [1, 2]
    assert api.params() == [{"since": day(1)}]
    extract(posts(start_param="since"), state=again.state)
    assert api.params() == [{"since": day(9)}]


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        ("closed", "open", [2, 3]),
        ("closed", "closed", [2, 3, 4]),
        ("open", "open", [3]),
        ("open", "closed", [3, 4]),
    ],
)
def test_ranges_are_open_or_closed(
    api: API, extract: Extract, start: str, end: str, found: list[int]
) -> None:
    api.answer("/posts", on(1, 2, 3, 4, 5))
    resource = posts(initial_value=day(2), end_value=day(4), range_start=start, range_end=end)
    assert ids(extract(resource), "posts") == found


def test_open_start_leaves_out_what_lies_at_the_bookmark(api: API, extract: Extract) -> None:
    api.answer("/posts", on(2, 3))
    resource = posts(range_start="open", initial_value=day(1))
    first = extract(resource)
    api.answer("/posts", [*on(3), {"id": 33, "at": day(3)}, *on(4)])
    assert ids(extract(resource, state=first.state), "posts") == [4]


@pytest.mark.parametrize(
    ("values", "first", "second"),
    [
        ([7, 9, 8], "1", "9"),
        ([1.5, 2.25], "1", "2.25"),
        ([9007199254740993], "1", "9007199254740993"),
    ],
    ids=["integers", "decimals", "large"],
)
def test_cursor_may_be_a_number(
    api: API, extract: Extract, values: list[Any], first: str, second: str
) -> None:
    api.answer("/posts", [{"id": at, "at": value} for at, value in enumerate(values)])
    resource = posts(start_param="after", initial_value=1)
    before = extract(resource)
    assert len(ids(before, "posts")) == len(values)
    assert api.params() == [{"after": first}]
    assert ids(extract(resource, state=before.state), "posts") == []
    assert api.params() == [{"after": second}]


def test_decimal_in_json_keeps_its_type(api: API, extract: Extract) -> None:
    api.answer("/posts", [{"id": 1, "at": 2.25}])
    resource = posts(initial_value=1.5)
    resource["endpoint"] |= {"method": "POST", "json": {"after": "{incremental.start_value}"}}
    first = extract(resource)
    assert api.log[0].json == {"after": 1.5}
    extract(resource, state=first.state)
    assert api.log[0].json == {"after": 2.25}


@pytest.mark.parametrize(
    ("path", "record"),
    [
        ("at", {"at": "AT"}),
        ("$.at", {"at": "AT"}),
        ("meta.at", {"meta": {"at": "AT"}}),
        ("$.meta.times.at", {"meta": {"times": {"at": "AT"}}}),
        ("$['at']", {"at": "AT"}),
        ("'updated at'", {"updated at": "AT"}),
        ("times[0]", {"times": ["AT"]}),
        ("times[0].at", {"times": [{"at": "AT"}]}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_cursor_path_is_a_jsonpath(
    api: API, extract: Extract, path: str, record: dict[str, Any]
) -> None:
    def placed(value: Any, at: str) -> Any:
        if isinstance(value, dict):
            return {key: placed(inner, at) for key, inner in value.items()}
        return [placed(inner, at) for inner in value] if isinstance(value, list) else at

    def listing(days: tuple[int, ...]) -> list[Any]:
        return [{"id": number, **placed(record, day(number))} for number in days]

    resource = posts(cursor_path=path, start_param="since", initial_value=day(2))
    api.answer("/posts", listing((1, 3, 2)))
    first = extract(resource)
    assert ids(first, "posts") == [3, 2]
    api.answer("/posts", listing((3, 4)))
    assert ids(extract(resource, state=first.state), "posts") == [4]
    assert api.params() == [{"since": day(3)}]


MISSING = [*on(3), {"id": 10}, {"id": 11, "at": None}, *on(4)]


@pytest.mark.parametrize(
    ("policy", "found"),
    [({}, [3, 10, 11, 4]), ("include", [3, 10, 11, 4]), ("exclude", [3, 4])],
    ids=["left out", "include", "exclude"],
)
def test_record_without_a_cursor(api: API, extract: Extract, policy: Any, found: list[int]) -> None:
    """Where nothing is said it is included; dlt would end the run."""
    api.answer("/posts", MISSING)
    given = {"on_cursor_value_missing": policy} if policy else {}
    first = extract(posts(**given))
    assert ids(first, "posts") == found
    assert first.state["bookmarks"]["posts"]["replication_key_value"] == day(4)


def test_record_without_a_cursor_ends_the_resource_where_that_is_asked_for(
    api: API, extract: Extract, caplog: pytest.LogCaptureFixture
) -> None:
    api.answer("/posts", MISSING)
    outcome = extract(posts(on_cursor_value_missing="raise"))
    assert outcome.status == 1
    assert "posts: GET /posts, page 1: record 2: at (replication key) is null or" in caplog.text


def test_children_share_one_start_and_one_bookmark(api: API, extract: Extract) -> None:
    """The first parent's newest record must not become the start of the second."""
    api.answer("/blogs", rows(2))
    api.answer("/blogs/1/posts", on(9))
    api.answer("/blogs/2/posts", on(3))
    resource = posts(start_param="since", initial_value=day(1))
    resource["endpoint"]["path"] = "blogs/{resources.blogs.id}/posts"
    first = extract("blogs", resource)
    assert ids(first, "posts") == [9, 3]
    assert [asked.params for asked in api.log[1:]] == [{"since": day(1)}] * 2
    second = extract("blogs", resource, state=first.state)
    assert ids(second, "posts") == []
    assert [asked.params for asked in api.log[1:]] == [{"since": day(9)}] * 2


def test_start_goes_with_every_page(api: API, extract: Extract) -> None:
    def listing(asked: Asked) -> Any:
        page = int(asked.params["page"])
        return {"data": [on(3, 4), on(5), []][page]}

    api.answer("/posts", listing)
    resource = posts(start_param="since", initial_value=day(1))
    resource["endpoint"]["paginator"] = {"type": "page_number", "total_path": None}
    assert ids(extract(resource), "posts") == [3, 4, 5]
    assert [params["since"] for params in api.params()] == [day(1)] * 3


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("row_order", "ascending"),
        ("range_start", "half"),
        ("on_cursor_value_missing", "ignore"),
        ("lag", "a day"),
    ],
)
def test_value_that_an_option_does_not_have_is_refused(option: str, value: str) -> None:
    (problem,) = refusal(posts(**{option: value}))
    assert problem.startswith(f"resources[0].endpoint.incremental.{option}: '{value}' is not")


def test_cursor_path_is_needed() -> None:
    (problem,) = refusal({"name": "posts", "endpoint": {"incremental": {"start_param": "since"}}})
    assert problem == "resources[0].endpoint.incremental.cursor_path: is missing"


def test_start_that_an_api_requires_is_sent_at_discovery_too(api: API, extract: Extract) -> None:
    """Also for a parent, whose pages are all walked for the sake of its children."""

    def listing(asked: Asked) -> Any:
        return on(3) if "since" in asked.params else Reply({"error": "since is required"}, 400)

    api.answer("/posts", listing)
    api.answer("/posts/3/comments", rows(1))
    resource = posts(start_param="since", initial_value=day(1))
    assert ids(extract(resource), "posts") == [3]
    comments = {"name": "comments", "endpoint": "posts/{resources.posts.id}/comments"}
    assert ids(extract(resource, comments), "comments") == [1]


def test_parents_before_the_initial_value_have_no_children(api: API, extract: Extract) -> None:
    """They are no records of the parent's table; unchanged ones behind it may have new ones."""
    api.answer("/posts", on(1, 3))
    for post in (1, 3):
        api.answer(f"/posts/{post}/comments", rows(1, first=post))
    comments = {"name": "comments", "endpoint": "posts/{resources.posts.id}/comments"}
    resource = posts(initial_value=day(2))
    first = extract(resource, comments)
    assert ids(first, "posts") == [3]
    assert ids(first, "comments") == [3]
    second = extract(resource, comments, state=first.state)
    assert ids(second, "posts") == []
    assert ids(second, "comments") == [3]
