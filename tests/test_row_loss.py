"""Ways in which a config lost rows in silence; each test names the mechanism."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.exceptions import ConfigError
from tap_analytics.tap import TapAnalytics
from tests.vocabulary.api import API, Asked, Reply
from tests.vocabulary.conftest import config_for, ids

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Outcome, RunTap


@pytest.fixture
def api() -> Iterator[API]:
    running = API()
    yield running
    running.close()


def rows(*numbers: int) -> list[dict[str, Any]]:
    return [{"id": number, "name": f"n{number}"} for number in numbers]


def at(*days: int) -> list[dict[str, Any]]:
    return [{"id": day, "at": f"2024-01-{day:02}T00:00:00Z"} for day in days]


def extracted(run_tap: RunTap, api: API, *resources: Any, **settings: Any) -> Outcome:
    return run_tap(config_for(api, *resources, **settings))


def test_defaults_that_are_undecided_refuse_the_config(api: API) -> None:
    """They were left out of every resource, and a listing ended with its first page."""
    defaults = {"endpoint": {"paginator": {"type": "custom"}}}
    with pytest.raises(ConfigError, match=r"resource_defaults\.endpoint\.paginator\.type"):
        TapAnalytics(config=config_for(api, "posts", defaults=defaults))


def test_fields_of_what_was_empty_at_discovery_are_not_dropped(api: API, run_tap: RunTap) -> None:
    """A schema of the key alone, of a sample without records, dropped all other fields."""
    answers = [[], rows(1, 2)]
    api.answer("/posts", lambda _: answers.pop(0))
    outcome = extracted(run_tap, api, {"name": "posts", "primary_key": "id"})
    assert outcome.records["posts"] == rows(1, 2)


def test_children_are_looked_for_beyond_the_first_hundred_parents(
    api: API, run_tap: RunTap
) -> None:
    api.answer("/posts", rows(*range(1, 121)))
    for number in range(1, 121):
        api.answer(f"/posts/{number}/tags", rows(number) if number > 110 else [])
    tags = {"name": "tags", "primary_key": "id", "endpoint": "posts/{resources.posts.id}/tags"}
    outcome = extracted(run_tap, api, "posts", tags)
    assert outcome.records["tags"] == rows(*range(111, 121))


@pytest.mark.parametrize(("start", "end"), [("open", "closed"), ("closed", "open")])
def test_record_at_the_border_of_two_windows_comes_once(
    api: API, run_tap: RunTap, start: str, end: str
) -> None:
    """The borders within a range are no borders of it, and an API may count them to either."""

    def between(asked: Asked) -> Any:
        first, last = asked.params["from"], asked.params["to"]
        if end == "closed":
            return [one for one in at(*range(1, 8)) if first < one["at"] <= last]
        return [one for one in at(*range(1, 8)) if first <= one["at"] <= last]  # twice, in fact

    api.answer("/posts", between)
    incremental = {
        "cursor_path": "at",
        "start_param": "from",
        "end_param": "to",
        "initial_value": "2024-01-01T00:00:00Z",
        "end_value": "2024-01-07T00:00:00Z",
        "range_start": start,
        "range_end": end,
        "step": "P2D",
    }
    schema = {"properties": {"id": {"type": "integer"}, "at": {"type": "string"}}}
    schema["properties"]["at"]["format"] = "date-time"
    resource = {"name": "posts", "schema": schema, "endpoint": {"incremental": incremental}}
    expected = [2, 3, 4, 5, 6, 7] if start == "open" else [1, 2, 3, 4, 5, 6]
    assert ids(extracted(run_tap, api, resource), "posts") == expected


def test_order_that_is_broken_on_a_page_does_not_end_the_paging(api: API, run_tap: RunTap) -> None:
    """A pinned old record came first, and those behind it were taken for older ones."""
    pages = {"1": at(1, 9), "2": at(8, 7), "3": []}
    api.answer("/posts", lambda asked: pages[asked.params["page"]])
    incremental = {"cursor_path": "at", "initial_value": "2024-01-05", "row_order": "desc"}
    paginator = {"type": "page_number", "base_page": 1}
    resource = {"name": "posts", "endpoint": {"incremental": incremental, "paginator": paginator}}
    assert ids(extracted(run_tap, api, resource), "posts") == [9, 8, 7]


def test_404_of_one_partition_does_not_skip_the_others_of_its_parent(
    api: API, run_tap: RunTap
) -> None:
    api.answer("/posts", rows(1))
    api.answer(
        "/posts/1/tags", lambda asked: Reply({}, 404) if asked.params["k"] == "a" else rows(5)
    )
    endpoint = {
        "path": "posts/{resources.posts.id}/tags",
        "params": {"k": "{partitions.k}"},
        "partitions": {"k": ["a", "b"]},
    }
    outcome = extracted(run_tap, api, "posts", {"name": "tags", "endpoint": endpoint})
    assert ids(outcome, "tags") == [5]


def test_full_table_that_fails_does_not_retire_the_older_rows(api: API, run_tap: RunTap) -> None:
    """A target deletes them as soon as ACTIVATE_VERSION arrives."""
    first = {"data": rows(1), "next": f"{api.base_url}/posts?page=2"}
    api.answer("/posts", lambda asked: Reply({}, 400) if asked.query else first)
    resource = {
        "name": "posts",
        "write_disposition": "replace",
        "schema": {"properties": {"id": {"type": "integer"}, "name": {"type": "string"}}},
        "endpoint": {"data_selector": "data"},
    }
    outcome = extracted(run_tap, api, resource)
    assert outcome.status == 1
    assert [message["type"] for message in outcome.messages][:2] == ["SCHEMA", "RECORD"]
    assert outcome.of_type("ACTIVATE_VERSION") == []


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("owner:{owner}", "owner:me"),
        ("owner:{{ owner }}", "owner:me"),
        ("post='{post_id}'", "post='1'"),
        ("tags{name}", "tags{name}"),
        ("{post{id}}", "{post{id}}"),
    ],
)
def test_placeholder_within_a_text_is_filled_where_it_means_something(
    api: API, run_tap: RunTap, written: str, sent: str
) -> None:
    api.answer("/posts", rows(1))
    api.answer("/tags", rows(5))
    tags = {"name": "tags", "endpoint": {"params": {"q": written}}}
    extracted(run_tap, api, "posts", tags, variables={"owner": "me"})
    assert api.log[-1].params == {"q": sent}


def test_401_of_a_resource_with_an_auth_of_its_own_fails_it_alone(
    api: API, run_tap: RunTap
) -> None:
    api.answer("/posts", rows(1))
    api.answer("/tags", Reply({}, 401))
    auth = {"type": "bearer", "token": "other-token"}
    outcome = extracted(run_tap, api, "posts", {"name": "tags", "endpoint": {"auth": auth}})
    assert outcome.records["posts"] == rows(1)
    assert outcome.status == 1


@pytest.mark.parametrize(
    ("endpoint", "line"),
    [
        (
            {"params": {"q": "{{ format_datetime(x) }}"}},
            "params.q: {{ format_datetime(x) }} is not understood",
        ),
        ({"path": "x/{issues.key}/y"}, "path: {issues.key} is not understood"),
        ({"path": "x/{resource.a.b}/y"}, "path: {resource.a.b} is not understood"),
    ],
    ids=["jinja", "no reference", "misspelt"],
)
def test_what_nothing_fills_in_is_not_sent_as_it_stands(
    api: API, endpoint: dict[str, Any], line: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        TapAnalytics(config=config_for(api, {"name": "tags", "endpoint": endpoint}))
    assert str(caught.value).startswith(f"resources[0].endpoint.{line}")


def test_placeholder_in_a_query_makes_no_entity_of_a_listing(api: API, run_tap: RunTap) -> None:
    """The envelope became the one record, and its next page was not asked for."""
    api.answer("/posts", rows(1))
    pages = [{"data": rows(1), "next": f"{api.base_url}/tags?page=2"}, {"data": rows(2)}]
    api.answer("/tags", lambda asked: pages[asked.query == "page=2"])
    tags = {"name": "tags", "endpoint": "tags?post={resources.posts.id}"}
    assert extracted(run_tap, api, "posts", tags).records["tags"] == rows(1, 2)
