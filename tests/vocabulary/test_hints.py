"""What a config says to dlt's own loader: keys, dispositions, and hints without a meaning here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.vocabulary.conftest import ids, refusal, warnings
from tests.vocabulary.pages import rows

if TYPE_CHECKING:
    from tests.conftest import Outcome
    from tests.vocabulary.api import API
    from tests.vocabulary.conftest import Extract

RECORDS = [{"id": 1, "org": "a", "at": 5}, {"id": 2, "org": "a", "at": 6}]


def schema(outcome: Outcome) -> dict[str, Any]:
    (message,) = outcome.of_type("SCHEMA", "posts")
    return message


@pytest.mark.parametrize(
    ("key", "names"), [("id", ["id"]), (["id"], ["id"]), (["org", "id"], ["org", "id"])]
)
def test_primary_key_is_one_field_or_several(
    api: API, extract: Extract, key: Any, names: list[str]
) -> None:
    api.answer("/posts", RECORDS)
    outcome = extract({"name": "posts", "primary_key": key})
    assert outcome.records["posts"] == RECORDS
    assert schema(outcome)["key_properties"] == names


def test_merge_writes_key_and_bookmark(api: API, extract: Extract) -> None:
    api.answer("/posts", RECORDS)
    outcome = extract(
        {
            "name": "posts",
            "primary_key": "id",
            "write_disposition": "merge",
            "endpoint": {"incremental": {"cursor_path": "at"}},
        }
    )
    assert ids(outcome, "posts") == [1, 2]
    assert schema(outcome)["key_properties"] == ["id"]
    assert schema(outcome)["bookmark_properties"] == ["at"]
    assert outcome.state["bookmarks"]["posts"]["replication_key_value"] == 6


def test_append_has_no_key_so_that_a_target_overwrites_nothing(api: API, extract: Extract) -> None:
    api.answer("/posts", RECORDS)
    posts = {
        "name": "posts",
        "primary_key": "id",
        "write_disposition": "append",
        "endpoint": {"incremental": {"cursor_path": "at"}},
    }
    first = extract(posts)
    assert schema(first)["key_properties"] == []
    assert ids(extract(posts, state=first.state), "posts") == []


def test_replace_brings_all_rows_each_time_and_retires_the_others(
    api: API, extract: Extract
) -> None:
    api.answer("/posts", RECORDS)
    posts = {
        "name": "posts",
        "primary_key": "id",
        "write_disposition": "replace",
        "endpoint": {"incremental": {"cursor_path": "at", "start_param": "since"}},
    }
    first = extract(posts)
    second = extract(posts, state=first.state)
    assert ids(first, "posts") == ids(second, "posts") == [1, 2]
    assert api.params() == [{}]
    assert second.of_type("ACTIVATE_VERSION", "posts")


def test_replace_holds_to_the_initial_value(api: API, extract: Extract) -> None:
    api.answer("/posts", RECORDS)
    incremental = {"cursor_path": "at", "start_param": "since", "initial_value": 6}
    posts = {
        "name": "posts",
        "write_disposition": "replace",
        "endpoint": {"incremental": incremental},
    }
    first = extract(posts)
    second = extract(posts, state=first.state)
    assert ids(first, "posts") == ids(second, "posts") == [2]
    assert api.params() == [{"since": "6"}]


def test_skip_extracts_nothing(api: API, extract: Extract) -> None:
    api.answer("/posts", RECORDS)
    api.answer("/users", rows(1))
    outcome = extract({"name": "posts", "write_disposition": "skip"}, "users")
    assert outcome.records == {"users": [{"id": 1}]}
    assert [asked.path for asked in api.log] == ["/users"]


@pytest.mark.parametrize("strategy", ["upsert", "delete-insert", "insert-only"])
def test_object_form_of_a_disposition_counts_by_its_name(
    api: API, extract: Extract, caplog: pytest.LogCaptureFixture, strategy: str
) -> None:
    api.answer("/posts", RECORDS)
    disposition = {"disposition": "merge", "strategy": strategy}
    posts = {"name": "posts", "primary_key": "id", "write_disposition": disposition}
    outcome = extract(posts)
    assert ids(outcome, "posts") == [1, 2]
    assert schema(outcome)["key_properties"] == ["id"]
    assert warnings(caplog, posts) == [
        "resources[0].write_disposition: of the object, disposition alone counts"
    ]


def test_merge_key_alone_is_reported(
    api: API, extract: Extract, caplog: pytest.LogCaptureFixture
) -> None:
    api.answer("/posts", RECORDS)
    posts = {"name": "posts", "merge_key": "org"}
    assert ids(extract(posts), "posts") == [1, 2]
    (told,) = warnings(caplog, posts)
    assert told.startswith("resources[0].merge_key names rows to replace together")


@pytest.mark.parametrize(
    ("own", "default"),
    [
        pytest.param({"merge_key": "id", "primary_key": "id"}, {}, id="both"),
        pytest.param({"merge_key": "id"}, {"primary_key": "id"}, id="key in the defaults"),
        pytest.param({"primary_key": "id"}, {"merge_key": "id"}, id="merge key there"),
    ],
)
def test_merge_key_beside_a_primary_key_adds_nothing(
    caplog: pytest.LogCaptureFixture, own: dict[str, Any], default: dict[str, Any]
) -> None:
    assert warnings(caplog, {"name": "posts", **own}, resource_defaults=default) == []


@pytest.mark.parametrize(
    ("hint", "value"),
    [
        ("table_name", "blog_posts"),
        ("parent_table_name", "blogs"),
        ("max_table_nesting", 2),
        ("schema_contract", "freeze"),
        ("schema_contract", {"columns": "freeze"}),
        ("table_format", "iceberg"),
        ("file_format", "parquet"),
        ("references", [{"columns": ["org"], "referenced_table": "orgs"}]),
        ("nested_hints", {"tags": {"write_disposition": "append"}}),
        ("parallelized", True),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_hint_without_a_meaning_here_gives_one_warning(
    api: API, extract: Extract, caplog: pytest.LogCaptureFixture, hint: str, value: Any
) -> None:
    api.answer("/posts", RECORDS)
    posts = {"name": "posts", hint: value}
    assert ids(extract(posts), "posts") == [1, 2]
    (told,) = warnings(caplog, posts)
    assert told.startswith(f"resources[0].{hint} has no effect; ")
    (told,) = warnings(caplog, "posts", "users", resource_defaults={hint: value})
    assert told.startswith(f"resource_defaults.{hint} has no effect; ")


IN_PYTHON = {
    "processing_steps": [{"filter": "is_open"}],
    "endpoint.incremental.convert": "to_epoch",
    "endpoint.incremental.transform": "to_epoch",
    "endpoint.incremental.last_value_func": "latest",
    "endpoint.response_actions[0].action": "strip_email",
}


def with_python(place: str, value: Any) -> dict[str, Any]:
    """A resource that has *value* at *place*."""
    match place.split("."):
        case ["endpoint", "incremental", key]:
            return {"endpoint": {"incremental": {"cursor_path": "at", key: value}}}
        case ["endpoint", "response_actions[0]", key]:
            return {"endpoint": {"response_actions": [{"status_code": 200, key: value}]}}
        case _:
            return {place: value}


@pytest.mark.parametrize(("place", "value"), IN_PYTHON.items(), ids=IN_PYTHON)
def test_python_is_refused_by_the_name_of_its_key(place: str, value: Any) -> None:
    (problem,) = refusal({"name": "posts", **with_python(place, value)})
    assert problem.startswith(f"resources[0].{place}: ")


def test_python_in_a_param_is_refused() -> None:
    since = {"type": "incremental", "cursor_path": "at", "convert": "to_epoch"}
    (problem,) = refusal({"name": "posts", "endpoint": {"params": {"since": since}}})
    assert problem.startswith("resources[0].endpoint.incremental.convert: ")


@pytest.mark.parametrize("value", [["max"], {"name": "max"}], ids=["list", "object"])
def test_last_value_func_of_another_kind_is_refused(value: Any) -> None:
    (problem,) = refusal(
        {"name": "posts", **with_python("endpoint.incremental.last_value_func", value)}
    )
    assert problem.startswith("resources[0].endpoint.incremental.last_value_func: ")


def test_action_that_is_no_object_is_told_once() -> None:
    (problem,) = refusal({"name": "posts", "endpoint": {"response_actions": ["log_it"]}})
    assert problem.startswith("resources[0].endpoint.response_actions[0]: ")


def test_empty_processing_steps_and_the_maximum_are_what_happens_anyway(
    caplog: pytest.LogCaptureFixture,
) -> None:
    incremental = {"cursor_path": "at", "last_value_func": "max"}
    posts = {"name": "posts", "processing_steps": [], "endpoint": {"incremental": incremental}}
    assert warnings(caplog, posts) == []


@pytest.mark.parametrize(
    ("key", "value"), [("allow_external_schedulers", True), ("primary_key", "id")]
)
def test_option_of_incremental_without_a_meaning_here_gives_one_warning(
    caplog: pytest.LogCaptureFixture, key: str, value: Any
) -> None:
    incremental = {"cursor_path": "at", key: value}
    (told,) = warnings(caplog, {"name": "posts", "endpoint": {"incremental": incremental}})
    assert told.startswith(f"resources[0].endpoint.incremental.{key} has no effect; ")


def test_unknown_key_gives_one_warning_unless_it_resembles_a_known_one(
    caplog: pytest.LogCaptureFixture,
) -> None:
    posts = {"name": "posts", "colour": "red", "endpoint": {"flavour": "mild"}}
    assert sorted(warnings(caplog, posts)) == [
        "resources[0].colour is not a known setting and has no effect",
        "resources[0].endpoint.flavour is not a known setting and has no effect",
    ]
    (problem,) = refusal({"name": "posts", "endpoint": {"data_selecter": "data"}})
    assert problem.startswith("resources[0].endpoint.data_selecter: unknown key; did you mean")
