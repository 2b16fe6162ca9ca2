"""Values that a pasted config leaves to its user."""

from __future__ import annotations

from typing import Any

import pytest

from tap_analytics.check import Problems
from tap_analytics.declared.variables import fill


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

    assert problems.lines == ["client.a[0].b: ${tenant} needs a value; set variables.tenant"]
