"""`{incremental.<value>}` wherever a request can hold it, and doubled braces that stand for one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.vocabulary.conftest import ids, refusal
from tests.vocabulary.pages import rows

if TYPE_CHECKING:
    from tests.vocabulary.api import API, Asked
    from tests.vocabulary.conftest import Extract

FIRST, LAST, END = "2024-01-01T00:00:00Z", "2024-01-05T00:00:00Z", "2024-02-01T00:00:00Z"
RANGE = {"cursor_path": "at", "initial_value": FIRST}
RECORDS = [{"id": 1, "at": "2024-01-03T00:00:00Z"}, {"id": 2, "at": LAST}]


def posts(**endpoint: Any) -> dict[str, Any]:
    return {"name": "posts", "endpoint": {"path": "posts", "incremental": RANGE, **endpoint}}


def sent(asked: Asked) -> str:
    """The value that a request holds, wherever it does."""
    found = [*asked.params.values(), asked.headers.get("x-since", "")]
    found += [asked.json["since"]] if asked.body else []
    (value,) = filter(None, found)
    return str(value)


PLACES: dict[str, Any] = {
    "params": {"params": {"since": "{incremental.NAME}"}},
    "headers": {"headers": {"X-Since": "{incremental.NAME}"}},
    "json": {"method": "POST", "json": {"since": "{incremental.NAME}"}},
}


def placed(where: str, name: str) -> dict[str, Any]:
    """The endpoint with the placeholder in one place."""

    def named(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: named(inner) for key, inner in value.items()}
        return value.replace("NAME", name)

    return {key: named(value) for key, value in PLACES[where].items()}


@pytest.mark.parametrize("where", PLACES)
@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        ("start_value", FIRST, LAST),
        ("last_value", FIRST, LAST),
        ("initial_value", FIRST, FIRST),
    ],
)
def test_value_of_each_run(
    api: API, extract: Extract, where: str, name: str, first: str, second: str
) -> None:
    api.answer("/posts", RECORDS)
    resource = posts(**placed(where, name))
    before = extract(resource)
    assert ids(before, "posts") == [1, 2]
    assert [sent(asked) for asked in api.log] == [first]
    assert ids(extract(resource, state=before.state), "posts") == []
    assert [sent(asked) for asked in api.log] == [second]


@pytest.mark.parametrize("where", PLACES)
def test_end_value(api: API, extract: Extract, where: str) -> None:
    api.answer("/posts", [*RECORDS, {"id": 3, "at": END}])
    incremental = {**RANGE, "end_value": END}
    outcome = extract(posts(**placed(where, "end_value"), incremental=incremental))
    assert ids(outcome, "posts") == [1, 2]
    assert [sent(asked) for asked in api.log] == [END]


def test_range_in_the_path(api: API, extract: Extract) -> None:
    api.answer("/posts/2024-01-01/2024-02-01/all", [{"id": 1, "at": "2024-01-03"}])
    outcome = extract(
        posts(
            path="posts/{incremental.start_value}/{incremental.end_value}/all",
            incremental={
                "cursor_path": "at",
                "initial_value": "2024-01-01",
                "end_value": "2024-02-01",
            },
        )
    )
    assert ids(outcome, "posts") == [1]


def test_path_that_ends_in_a_range_asks_for_one_entity(api: API, extract: Extract) -> None:
    report = {"id": 1, "at": "2024-01-02", "lines": [{"id": 9}]}
    api.answer("/reports/2024-01-01", report)
    outcome = extract(
        {
            "name": "daily",
            "endpoint": {
                "path": "reports/{incremental.start_value}",
                "incremental": {"cursor_path": "at", "initial_value": "2024-01-01"},
            },
        }
    )
    assert outcome.records["daily"] == [report]


def test_range_within_a_text(api: API, extract: Extract) -> None:
    api.answer("/posts", RECORDS)
    params = {"filter": "updated>{incremental.start_value},updated<={incremental.end_value}"}
    extract(posts(params=params, incremental={**RANGE, "end_value": END}))
    assert api.params() == [{"filter": f"updated>{FIRST},updated<={END}"}]


def test_number_in_json_keeps_its_type_where_it_stands_alone(api: API, extract: Extract) -> None:
    api.answer("/posts", [{"id": 1, "seq": 11}])
    json = {
        "filter": {
            "seq": {"gte": "{incremental.start_value}"},
            "list": ["{incremental.start_value}"],
        },
        "text": "from {incremental.start_value}",
    }
    resource = posts(
        method="POST", json=json, incremental={"cursor_path": "seq", "initial_value": 7}
    )
    first = extract(resource)
    assert api.log[0].json == {"filter": {"seq": {"gte": 7}, "list": [7]}, "text": "from 7"}
    extract(resource, state=first.state)
    assert api.log[0].json == {"filter": {"seq": {"gte": 11}, "list": [11]}, "text": "from 11"}


def test_range_in_a_form_and_in_a_text_body(api: API, extract: Extract) -> None:
    api.answer("/posts", RECORDS)
    extract(posts(method="POST", data={"since": "{incremental.start_value}", "q": "*"}))
    assert api.log[0].form == {"since": FIRST, "q": "*"}
    extract(posts(method="POST", data="where updated >= {incremental.start_value};"))
    assert api.log[0].body.decode() == f"where updated >= {FIRST};"


def test_param_that_has_no_value_yet_is_left_out(api: API, extract: Extract) -> None:
    api.answer("/posts", RECORDS)
    params = {"since": "{incremental.start_value}", "until": "{incremental.end_value}", "q": "*"}
    assert ids(extract(posts(params=params, incremental={"cursor_path": "at"})), "posts") == [1, 2]
    assert api.params() == [{"q": "*"}]


@pytest.mark.parametrize("place", ["params", "json"])
def test_element_of_a_list_that_has_no_value_yet_is_left_out(
    api: API, extract: Extract, place: str
) -> None:
    api.answer("/posts", RECORDS)
    values = {"range": ["{incremental.start_value}", "now"]}
    endpoint = {"method": "POST", "incremental": {"cursor_path": "at"}, place: values}
    assert ids(extract(posts(**endpoint)), "posts") == [1, 2]
    (asked,) = api.log
    assert (asked.json if place == "json" else asked.params) in (
        {"range": ["now"]},
        {"range": "now"},
    )


def test_range_together_with_a_parent(api: API, extract: Extract) -> None:
    """The start is the same for all parents of a run."""
    api.answer("/blogs", rows(2))
    api.answer("/blogs/1/posts", [{"id": 10, "at": LAST}])
    api.answer("/blogs/2/posts", [{"id": 20, "at": "2024-01-03T00:00:00Z"}])
    resource = posts(
        path="blogs/{resources.blogs.id}/posts",
        params={"since": "{incremental.start_value}", "key": "{resources.blogs.id}"},
        headers={"X-Range": "{resources.blogs.id} {incremental.initial_value}"},
    )
    first = extract("blogs", resource)
    assert ids(first, "posts") == [10, 20]
    assert api.params("/blogs/1/posts") == [{"since": FIRST, "key": "1"}]
    assert api.params("/blogs/2/posts") == [{"since": FIRST, "key": "2"}]
    assert api.asked("/blogs/2/posts")[0].headers["x-range"] == f"2 {FIRST}"
    second = extract("blogs", resource, state=first.state)
    assert ids(second, "posts") == []
    assert api.params("/blogs/2/posts") == [{"since": LAST, "key": "2"}]


def test_path_of_a_parent_and_a_range(api: API, extract: Extract) -> None:
    api.answer("/blogs", rows(1))
    api.answer("/blogs/1/since/2024-01-01/posts", [{"id": 10, "at": "2024-01-03"}])
    outcome = extract(
        "blogs",
        posts(
            path="blogs/{resources.blogs.id}/since/{incremental.start_value}/posts",
            incremental={"cursor_path": "at", "initial_value": "2024-01-01"},
        ),
    )
    assert ids(outcome, "posts") == [10]


@pytest.mark.parametrize("where", ["path", "params", "headers", "json", "data"])
def test_range_without_incremental_is_refused(where: str) -> None:
    text = "posts/{incremental.start_value}"
    value = text if where in {"path", "data"} else {"x": text}
    (problem,) = refusal({"name": "posts", "endpoint": {where: value}})
    assert problem.startswith(f"resources[0].endpoint.{where}: {{incremental.start_value}} needs")


def test_unknown_value_of_a_range_is_refused() -> None:
    (problem,) = refusal(posts(params={"since": "{incremental.start}"}))
    assert problem.startswith("resources[0].endpoint.params: {incremental.start} is not known")


ESCAPED = {
    "a {{b}} c": "a {b} c",
    '{{"state": "open"}}': '{"state": "open"}',
    '{{"a": {{"b": 1}}}}': '{"a": {"b": 1}}',
    "{{ posts {{ id }} }}": "{ posts { id } }",
    "{{}}": "{}",
}


def test_word_alone_in_doubled_braces_is_a_placeholder() -> None:
    """Low-code configs write settings and parents so; to dlt it is a word in braces."""
    (problem,) = refusal({"name": "posts", "endpoint": {"params": {"q": "{{author}}"}}})
    assert problem.startswith("resources[0].endpoint.params.q: {{author}} has no parent")


@pytest.mark.parametrize(("written", "meant"), ESCAPED.items())
def test_doubled_braces_are_single_ones(
    api: API, extract: Extract, written: str, meant: str
) -> None:
    api.answer("/posts", rows(1))
    endpoint = {
        "method": "POST",
        "params": {"q": written},
        "headers": {"X-Filter": written},
        "json": {"query": written, "list": [written]},
    }
    assert ids(extract({"name": "posts", "endpoint": endpoint}), "posts") == [1]
    (asked,) = api.log
    assert asked.params == {"q": meant}
    assert asked.headers["x-filter"] == meant
    assert asked.json == {"query": meant, "list": [meant]}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("{{{resources.blogs.id}}}", "{1}"),
        ('{{"blog": {resources.blogs.id}}}', '{"blog": 1}'),
        ('{{"blog": {{"id": {resources.blogs.id}}}}}', '{"blog": {"id": 1}}'),
        ("{{resources.blogs.id}} {resources.blogs.id}", "{resources.blogs.id} 1"),
        ("{{x}} {resources.blogs.id} {{y}}", "{x} 1 {y}"),
    ],
)
def test_doubled_braces_beside_a_placeholder(
    api: API, extract: Extract, written: str, meant: str
) -> None:
    api.answer("/blogs", rows(1))
    api.answer("/posts", rows(1))
    endpoint = {"path": "posts", "params": {"q": written}}
    assert ids(extract("blogs", {"name": "posts", "endpoint": endpoint}), "posts") == [1]
    assert api.params("/posts") == [{"q": meant}]


@pytest.mark.parametrize(
    "query",
    [
        "{ posts { id } }",
        "query { posts(first: 2) { nodes { id title } } }",
        'query($f: F = {state: "open"}) { posts(filter: $f) { id } }',
        "{posts{id}}",
    ],
)
def test_braces_that_no_one_doubled_stay(api: API, extract: Extract, query: str) -> None:
    """dlt refuses them; a GraphQL query has to be pasted as it is all the same."""
    api.answer("/graphql", {"data": {"posts": rows(2)}})
    endpoint = {
        "path": "graphql",
        "method": "POST",
        "json": {"query": query},
        "data_selector": "data.posts",
    }
    assert ids(extract({"name": "posts", "endpoint": endpoint}), "posts") == [1, 2]
    assert api.log[0].json == {"query": query}


def test_graphql_text_takes_a_range_and_a_parent(api: API, extract: Extract) -> None:
    api.answer("/blogs", rows(1))
    api.answer("/graphql", {"data": {"posts": [{"id": 5, "at": LAST}]}})
    query = (
        '{{ posts(blog: {resources.blogs.id}, since: "{incremental.start_value}") {{ id at }} }}'
    )
    extract(
        "blogs",
        posts(path="graphql", method="POST", json={"query": query}, data_selector="data.posts"),
    )
    meant = f'{{ posts(blog: 1, since: "{FIRST}") {{ id at }} }}'
    assert api.asked("/graphql")[0].json == {"query": meant}
