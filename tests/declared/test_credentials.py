"""Mistakes with credentials, dates and addresses that are told before any request."""

from __future__ import annotations

from typing import Any

import pytest

from tap_analytics.exceptions import ConfigError
from tap_analytics.tap import TapAnalytics

CLIENT = {"base_url": "https://api.example.com"}


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({"token": "Bearer abcdef"}, "client.auth.token: begins with 'Bearer '; give the token"),
        ({"token": "abcdef\n"}, "client.auth.token: holds a line break or another control"),
        ({"api_key": "abcdef"}, "client.auth.type: is missing, but api_key is set. Allowed: none"),
        ({"client": {**CLIENT, "token": "abcdef"}}, "client.token: belongs at the top level"),
        ({"client": {**CLIENT, "auth": {"type": "bearer", "token": ""}}},
         "client.auth.token: is empty"),
        ({"client": {"base_url": "https://api.example.com/?k=abcdef"}},
         "client.base_url: the URL has a query or fragment"),
        ({"client": {"base_url": "https://{tenant}.example.com"}},
         "client.base_url: {tenant} needs"),
        ({"start_date": "2024-01-02", "end_date": "2024-01-02"},
         "end_date: 2024-01-02T00:00:00Z is not after start_date, 2024-01-02T00:00:00Z"),
        ({"resources": []}, "resources: is empty; leave it out for all built-in streams"),
    ],
    ids=str,
)  # fmt: skip
def test_mistake_is_told_with_its_place_and_without_the_secret(
    config: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        TapAnalytics(config={"client": CLIENT, **config})

    assert any(line.startswith(problem) for line in caught.value.problems)
    assert "abcdef" not in str(caught.value)


def test_user_name_and_password_alone_are_for_http_basic() -> None:
    tap = TapAnalytics(config={"client": CLIENT, "username": "me", "password": "hushhush"})

    assert tap.connection.auth.description == "http_basic"


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        TapAnalytics(config={"client": {"baseurl": "x"}, "tokn": "a", "resorces": []})

    places = [line.partition(":")[0] for line in caught.value.problems]
    assert places == ["tokn", "resorces", "client.baseurl", "client.base_url"]
