"""What a stream asks for: its URL, headers and parameters, with a parent's fields filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_analytics.exceptions import ConfigError, ParentError, ResourceError
from tap_analytics.tap import TapAnalytics
from tap_analytics.templates import UNUSABLE, Absent, render
from tests.conftest import bearer

if TYPE_CHECKING:
    from tests.conftest import MakeSandbox, RunTap

TEMPLATE = "/v1/customers/{resources.customers.id}/addresses"
CONTEXT = {"resources.customers.id": "cus_1", "resources.customers.n": 2}


def path_for(value: Any) -> Any:
    return render(TEMPLATE, {"resources.customers.id": value}, encode=True)


@given(st.one_of(st.text(st.characters(codec="utf-8")), st.integers()))
def test_any_value_stays_one_segment_of_the_path_or_is_refused(value: Any) -> None:
    if str(value) in UNUSABLE:
        with pytest.raises(ParentError):
            path_for(value)
        return
    segment = path_for(value).removeprefix("/v1/customers/").removesuffix("/addresses")
    assert unquote(segment) == str(value)
    assert not set(segment) & set("/?#\\ ")


@pytest.mark.parametrize("value", ["", ".", "..", None])
def test_value_that_would_lead_to_another_path_is_refused(value: Any) -> None:
    with pytest.raises(ParentError) as caught:
        path_for(value)
    assert str(caught.value) == (
        f"{{resources.customers.id}} cannot be filled in; the parent's record has {value!r} there"
    )


def test_templates_are_filled_at_any_depth_and_other_values_left() -> None:
    template = {"a": ["{resources.customers.id}", 5], "b": {"c": "x-{resources.customers.n}"}}
    assert render(template, CONTEXT) == {"a": ["cus_1", 5], "b": {"c": "x-2"}}
    assert render("{config.token} {other}", CONTEXT) == "{config.token} {other}"


@pytest.mark.parametrize(
    ("base_url", "path", "expected"),
    [
        ("https://a.example", "/v1/x", "https://a.example/v1/x"),
        ("https://a.example/", "v1/x/", "https://a.example/v1/x/"),
        ("https://a.example/base/", "/v1/x?y=1", "https://a.example/base/v1/x?y=1"),
        ("https://a.example", "https://a.example/other", "https://a.example/other"),
    ],
    ids=["plain", "slashes", "base path and query", "absolute"],
)
def test_url_is_base_and_path_with_one_slash_between(
    base_url: str, path: str, expected: str
) -> None:
    schema = {"type": "object", "properties": {"id": {"type": "string"}}}
    resource = {"name": "x", "endpoint": {"path": path}, "schema": schema}
    tap = TapAnalytics(config={"client": {"base_url": base_url}, "resources": [resource]})
    assert tap.streams["x"].get_url(None) == expected  # type: ignore[attr-defined] # a REST stream


def test_config_is_never_filled_into_a_request() -> None:
    """The SDK fills ``{settings}`` into URLs, secrets too."""
    resource = {"name": "prices", "endpoint": {"params": {"a": "{token}"}}}
    config = {
        "client": {"base_url": "https://a.example"},
        "token": "hush-hush",
        "resources": [resource],
    }
    with pytest.raises(ConfigError) as caught:
        TapAnalytics(config=config)
    assert str(caught.value).startswith(
        "resources[0].endpoint.params.a: {token} has no parent among the resources; set "
    )


def test_headers_of_client_and_resource_are_sent_the_resource_s_own_on_top(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    sandbox = make_sandbox()
    client = {"base_url": sandbox.base_url, "headers": {"X-One": "1", "X-Two": "1"}}
    resource = {"name": "prices", "endpoint": {"headers": {"X-Two": "2"}}}
    run_tap(bearer(sandbox, client=client, resources=[resource], user_agent="mine/1"))
    sent = sandbox.log[0].headers
    assert (sent["x-one"], sent["x-two"], sent["user-agent"]) == ("1", "2", "mine/1")
    assert sent["accept"] == "application/json"


def test_params_of_a_resource_go_with_every_page(
    make_sandbox: MakeSandbox, run_tap: RunTap
) -> None:
    sandbox = make_sandbox(max_page_size=5)
    resource = {"name": "prices", "endpoint": {"params": {"mine": ["a", "b"], "flag": True}}}
    run_tap(bearer(sandbox, resources=[resource]))
    assert len(sandbox.log) > 1
    for entry in sandbox.log:
        assert [value for name, value in entry.query if name == "mine"] == ["a", "b"]
        assert ("flag", "true") in entry.query


def test_field_that_the_parent_lacks_is_told_with_those_it_has() -> None:
    with pytest.raises(ParentError) as caught:
        path_for(Absent(("key", "name")))
    assert str(caught.value) == (
        "{resources.customers.id} cannot be filled in; the parent's record lacks it, "
        "but has key, name"
    )


@pytest.mark.parametrize(
    ("template", "values", "expected"),
    [
        ({"a": "{resources.x.n}"}, {"resources.x.n": 5}, {"a": 5}),
        ({"a": "n={resources.x.n}"}, {"resources.x.n": 5}, {"a": "n=5"}),
        ({"{partitions.p}": 1}, {"partitions.p": "k"}, {"k": 1}),
        ({"a": "{incremental.start_value}", "b": 1}, {}, {"b": 1}),
        ({"a": "{incremental.start_value}"}, {"incremental.start_value": 7}, {"a": 7}),
        ("at:{incremental.start_value}", {"widest incremental.start_value": "w"}, "at:w"),
        ("{{a}}", {}, "{a}"),
        ("{{{resources.x.n}}}", {"resources.x.n": 5}, "{5}"),
        ("query {{ a {{ b }} }}", {}, "query { a { b } }"),
        ("query {a{b}}", {}, "query {a{b}}"),
        ("{other}", {}, "{other}"),
    ],
    ids=[
        "type kept",
        "within a text",
        "as a key",
        "no start",
        "start",
        "widest",
        "doubled",
        "doubled around",
        "doubled throughout",
        "single braces",
        "unknown",
    ],
)
def test_placeholders_are_filled(template: Any, values: dict[str, Any], expected: Any) -> None:
    assert render(template, values) == expected


def test_text_that_needs_a_start_is_refused_without_one() -> None:
    with pytest.raises(ResourceError) as caught:
        render({"q": "updated:>{incremental.start_value}"}, {})
    assert str(caught.value) == (
        "{incremental.start_value} has no value; set start_date or incremental.initial_value"
    )
