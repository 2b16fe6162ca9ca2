"""Values that a pasted config leaves to its user."""

from __future__ import annotations

from typing import Any

import pytest

from tap_analytics.check import Problems
from tap_analytics.declared.client import parse_client
from tap_analytics.declared.variables import fill, secrets_of
from tap_analytics.exceptions import ConfigError


@pytest.mark.parametrize(
    "text",
    [
        "{{ config['x'] }}",
        '{{config["x"]}}',
        "{{ config.x }}",
        "{{ config['x'] or '' }}",
        'dlt.secrets["x"]',
        "dlt.config['x']",
        'dlt.config.get("x", 5)',
        "${x}",
    ],
)
def test_reference_alone_takes_the_value_with_its_type(text: str) -> None:
    problems = Problems()

    assert fill({"a": [text]}, {"x": 7}, "client", problems) == {"a": [7]}
    assert problems.lines == []


def test_reference_within_a_text_is_filled_in() -> None:
    url = "https://{{ config['tenant'] }}.example.com/${version}"
    filled = fill(url, {"tenant": "acme", "version": 2}, "client.base_url", Problems())

    assert filled == "https://acme.example.com/2"


@pytest.mark.parametrize("value", ["{x}", "{resources.a.id}", "{{ stream_partition.x }}", 5, None])
def test_anything_else_stays_as_it_is(value: Any) -> None:
    assert fill(value, {"x": 1}, "client", Problems()) == value


def test_reference_without_a_value_is_told_with_its_path() -> None:
    problems = Problems()
    fill({"a": [{"b": "${tenant}"}]}, {}, "client", problems)

    (line,) = problems.lines
    ways = "set variables.tenant, or the environment variable tenant"
    assert line == f"client.a[0].b: ${{tenant}} needs a value; {ways}"


def test_what_is_filled_in_as_a_secret_is_known_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", "hush-env")
    config = {
        "variables": {"creds": "hush-1", "hook": "hush-2", "region": "shown"},
        "client": {"base_url": "https://{{ config['region'] }}.example.com"},
        "resources": [
            {"endpoint": {"path": "/{{ dlt.secrets['hook'] }}"}},
            {"endpoint": {"headers": {"X-Api-Key": "${creds}"}}},
        ],
    }
    known = set(secrets_of(config))
    assert {"hush-env", "hush-1", "hush-2"} <= known
    assert "shown" not in known


def test_secret_without_a_value_is_told_in_one_line() -> None:
    client = {"base_url": "https://{{ config['x'] }}.example.com", "auth": {"token": "${TOKEN}"}}
    with pytest.raises(ConfigError) as caught:
        parse_client(client, {})
    first, second = caught.value.problems
    assert first == "client.base_url: {{ config['x'] }} needs a value; set variables.x"
    assert second.startswith("client.auth.token: ${TOKEN} needs a value; set variables.TOKEN, or")
    assert "TOKEN" not in set(secrets_of({"client": client}))
