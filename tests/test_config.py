"""The settings: what is accepted, what is said of the rest, and their JSON Schema."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from tap_analytics.config import Settings, read_settings, settings_schema
from tap_analytics.exceptions import ConfigError
from tap_analytics.spec import AUTHS, CREDENTIALS, PAGINATORS
from tap_analytics.tap import TapAnalytics

SCHEMA = settings_schema()["properties"]
SECRET = {"client_secret", "refresh_token", "token", "api_key", "password"}
NESTED_SECRET = SECRET | {"access_token", "session_token"}


def problems(config: dict[str, Any]) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read_settings(config)
    return list(caught.value.problems)


def test_empty_config_reads_as_the_defaults_of_the_schema() -> None:
    defaults = {name: entry["default"] for name, entry in SCHEMA.items() if "default" in entry}
    read = msgspec.structs.asdict(read_settings({}))
    assert {name: read[name] for name in defaults.keys() & read} == {
        name: value for name, value in defaults.items() if name in read
    }


def test_schema_has_each_setting_and_none_besides_but_the_sdk_s() -> None:
    fields = {field.name for field in msgspec.structs.fields(Settings)} - {"credentials"}
    assert SCHEMA.keys() - fields - set(CREDENTIALS) == {"emit_activate_version_messages"}
    assert fields - SCHEMA.keys() == set()


def test_null_is_the_same_as_left_out() -> None:
    assert read_settings(dict.fromkeys(SCHEMA)) == read_settings({})


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("2024-01-31", "2024-01-31T00:00:00Z"),
        ("2024-01-31T10:20", "2024-01-31T10:20:00Z"),
        ("2024-01-31 10:20:30", "2024-01-31T10:20:30Z"),
        ("2024-01-31T10:20:30.123456Z", "2024-01-31T10:20:30.123456Z"),
        ("2024-01-31T10:20:30+0230", "2024-01-31T10:20:30+02:30"),
        ("2024-01-31T10:20:30-11:00", "2024-01-31T10:20:30-11:00"),
    ],
)
@pytest.mark.parametrize("key", ["start_date", "end_date"])
def test_date_is_read_as_rfc_3339(key: str, given_text: str, expected: str) -> None:
    assert getattr(read_settings({key: given_text}), key) == expected


@given(st.datetimes(), st.integers(-14 * 60, 14 * 60))
def test_any_moment_that_python_writes_is_the_same_moment(naive: datetime, minutes: int) -> None:
    moment = naive.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    read = read_settings({"start_date": moment.isoformat()}).start_date
    assert read is not None
    assert datetime.fromisoformat(read) == moment


@pytest.mark.parametrize(
    "value", ["", "soon", "2024", "2024-13-01", "2023-02-29", "2024-01-01T25:00:00Z", "٢٠٢٤-01-01"]
)
def test_text_that_is_no_date_is_refused(value: str) -> None:
    assert problems({"start_date": value}) == [
        f"start_date: {value!r} is not a date or date-time, such as 2024-01-31T00:00:00Z"
    ]


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"on_error": "stop"}, "on_error: 'stop' is not allowed; allowed: continue, halt"),
        ({"max_retries": -1}, "max_retries: -1 is not allowed; expected int >= 0"),
        ({"max_retries": "many"}, "max_retries: 'many' is not allowed; expected int, got str"),
        ({"backoff_factor": -0.5}, "backoff_factor: -0.5 is not allowed; expected float >= 0.0"),
        ({"request_timeout": 0}, "request_timeout: 0 is not allowed; expected float > 0.0"),
        ({"start_date": 20240101}, "start_date: 20240101 is not allowed; expected str, got int"),
        ({"resources": "prices"}, "resources: 'prices' is not allowed; expected array, got str"),
        ({"client": "a-secret"}, "client: the value is not allowed; expected object, got str"),
        ({"token": 12345}, "token: the value is not a text"),
        (
            {"schema_inference": {"records": 0}},
            "schema_inference.records: 0 is not allowed; expected int >= 1",
        ),
        (
            {"schema_inference": {"record": 5}},
            "schema_inference.record: unknown key; did you mean 'records'? Allowed: records",
        ),
        ({"schema_inference": 5}, "schema_inference: 5 is not an object"),
    ],
    ids=lambda value: "" if isinstance(value, str) else str(value),
)
def test_value_that_is_not_allowed_is_told_with_what_is(
    config: dict[str, Any], expected: str
) -> None:
    assert problems(config) == [expected]


def test_all_that_is_wrong_is_told_at_once() -> None:
    found = problems({"max_retries": -1, "start_date": "soon", "strat_date": "x", "token": []})
    assert [line.partition(":")[0] for line in found] == [
        "strat_date",
        "token",
        "max_retries",
        "start_date",
    ]


def test_unknown_key_near_a_known_one_is_refused_with_the_guess() -> None:
    line = "star_date: unknown key; did you mean 'start_date'?"
    assert problems({"star_date": "2024-01-01"}) == [line]


def test_unknown_key_far_from_any_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    assert read_settings({"zebra": 1}) == read_settings({})
    assert caplog.messages == ["zebra is not a known setting and has no effect"]


def test_numbers_given_as_text_are_read_as_the_environment_gives_them() -> None:
    settings = read_settings({"request_timeout": "2.5", "backoff_factor": "0", "max_retries": "7"})
    assert (settings.request_timeout, settings.backoff_factor, settings.max_retries) == (2.5, 0, 7)


def test_settings_of_the_sdk_are_known() -> None:
    config = {"stream_maps": {}, "flattening_enabled": True, "batch_config": {}}
    assert read_settings(config) == read_settings({})


def test_credentials_are_collected_by_name() -> None:
    given_all = {name: f"my-{name}" for name in CREDENTIALS}
    assert read_settings(given_all).credentials == given_all


def test_schema_is_valid_and_describes_every_setting_at_any_depth() -> None:
    Draft7Validator.check_schema(settings_schema())
    assert [path for path, entry in nested(SCHEMA) if not entry.get("description")] == []
    assert [path for path, entry in nested(SCHEMA) if not entry.get("title")] == []


def test_schema_marks_secrets_and_nothing_else() -> None:
    marked = {path for path, entry in nested(SCHEMA) if entry.get("secret")}
    assert marked == SECRET | {f"client.auth.{name}" for name in NESTED_SECRET}


def test_schema_names_every_field_and_type_of_the_vocabulary() -> None:
    client = SCHEMA["client"]["properties"]
    for key, structs in (("auth", AUTHS), ("paginator", PAGINATORS)):
        fields = {field.name for kind in structs for field in msgspec.structs.fields(kind)}
        assert client[key]["properties"].keys() == fields | {"type"}
        for struct in structs:
            assert (
                f"`{struct.__struct_config__.tag}`"
                in client[key]["properties"]["type"]["description"]
            )


def test_field_says_of_each_type_what_it_is_there() -> None:
    paginator = SCHEMA["client"]["properties"]["paginator"]["properties"]
    assert paginator["stop_after_empty_page"]["description"] == (
        "Whether an empty page ends the paging. (For `cursor`; default `false`.) "
        "Whether an empty page ends the paging. (For `offset`, `page_number`; default `true`.)"
    )
    assert paginator["cursor_key"]["description"] == (
        'Response header with the cursor. (For `header_cursor`; default `"next"`.)'
    )


@pytest.mark.parametrize(
    ("inference", "records"),
    [({"records": 7}, 7), ({"records": "7"}, 7), ({}, 1000), (None, 1000), ({"x": 1}, 1000)],
    ids=repr,
)
def test_number_of_records_to_infer_from_is_read(inference: Any, records: int) -> None:
    assert read_settings({"schema_inference": inference}).schema_inference.records == records


def test_tap_s_settings_are_those_of_the_schema() -> None:
    assert TapAnalytics.config_jsonschema["properties"].keys() >= SCHEMA.keys()


def nested(properties: dict[str, Any], path: str = "") -> list[tuple[str, dict[str, Any]]]:
    """All settings with their dotted names."""
    found = []
    for name, entry in properties.items():
        found.append((f"{path}{name}", entry))
        found += nested(entry.get("properties", {}), f"{path}{name}.")
    return found
