"""From a config's `client` to the vocabulary."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tap_analytics.declared.client import parse_client
from tap_analytics.exceptions import ConfigError
from tap_analytics.spec import ApiKey, Bearer, Client, HttpBasic, JsonLink, NoAuth

URL = "https://api.example.com"
OAUTH2_MISSING = [
    "client.auth.access_token_url: is missing",
    "client.auth.client_id: is missing",
    "client.auth.client_secret: is missing",
]


def client(credentials: dict[str, str] | None = None, **keys: Any) -> Client:
    return parse_client({"base_url": URL, **keys}, credentials or {})


def client_problems(keys: dict[str, Any]) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        client(**keys)
    return list(caught.value.problems)


def test_client_of_a_url_alone_has_neither_auth_nor_paginator() -> None:
    assert client() == Client(base_url=URL, auth=NoAuth())


def test_client_takes_all_it_is_given() -> None:
    keys: dict[str, Any] = {
        "headers": {"X-Version": "2"},
        "auth": {"type": "api_key", "api_key": "k", "name": "key", "location": "query"},
        "paginator": {"type": "json_link", "next_url_path": "links.next"},
        "allowed_origins": ["https://files.example.com"],
    }
    before = copy.deepcopy(keys)
    assert client(**keys) == Client(
        base_url=URL,
        headers={"X-Version": "2"},
        auth=ApiKey(api_key="k", name="key", location="query"),
        paginator=JsonLink(next_url_path="links.next"),
        allowed_origins=("https://files.example.com",),
    )
    assert keys == before


@pytest.mark.parametrize(
    ("auth", "credentials", "expected"),
    [
        (None, {"token": "t"}, Bearer(token="t")),
        ("bearer", {"token": "t"}, Bearer(token="t")),
        ({"type": "bearer", "token": "own"}, {"token": "t"}, Bearer(token="own")),
        ({"type": "api_key"}, {"api_key": "k", "token": "t"}, ApiKey(api_key="k")),
        ("basic", {"username": "u"}, HttpBasic(username="u", password="")),
        ({"type": "none"}, {"token": "t"}, NoAuth()),
    ],
    ids=["token alone", "name alone", "own wins", "others unused", "no password", "none"],
)
def test_credentials_fill_what_auth_leaves_out(
    auth: Any, credentials: dict[str, str], expected: Any
) -> None:
    assert client(credentials, auth=auth).auth == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (None, "is missing; give the API's root, such as https://api.example.com"),
        ("", "is missing; give the API's root, such as https://api.example.com"),
        (
            "api.example.com",
            "'api.example.com' has no scheme; did you mean 'https://api.example.com'?",
        ),
        ("localhost:80", "'localhost:80' has no scheme; did you mean 'http://localhost:80'?"),
        ("/v1", "'/v1' is not an absolute http or https URL"),
        ("ftp://a.example", "'ftp://a.example' is not an absolute http or https URL"),
        (5, "5 is not an absolute http or https URL"),
        ("https://a.example:port", "'https://a.example:port' is not a URL"),
        ("https://me:hush@a.example", "the URL carries a user name or password"),
        ("me:hush@a.example", "the URL is not an absolute http or https URL"),
    ],
    ids=str,
)
def test_base_url_that_cannot_be_one_is_refused(url: Any, expected: str) -> None:
    assert client_problems({"base_url": url}) == [f"client.base_url: {expected}"]


def test_missing_client_is_told_as_its_url() -> None:
    with pytest.raises(ConfigError, match=r"^client\.base_url: is missing; give the API's root"):
        parse_client(None, {})


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"auth": 5}, ["client.auth: int is not an object"]),
        ({"auth": "oauth2"}, OAUTH2_MISSING),
        (
            {"auth": {"type": "api_key", "api_key": "hush", "location": "path"}},
            [
                (
                    "client.auth.location: 'path' is not allowed; "
                    "allowed: body, cookie, header, param, query"
                ),
            ],
        ),
        ({"headers": 5}, ["client.headers: the value is not allowed; expected object, got int"]),
        (
            {"headers": {"Authorization": "hush", "X": 1}},
            ["client.headers: the value is not allowed; expected str, got int"],
        ),
        (
            {"allowed_origins": "https://a.example"},
            ["client.allowed_origins: 'https://a.example' is not allowed; expected array, got str"],
        ),
        (
            {"allowed_origins": [URL, "a.example"]},
            [
                (
                    "client.allowed_origins[1]: 'a.example' has no scheme; "
                    "did you mean 'https://a.example'?"
                )
            ],
        ),
        ({"paginator": "offset"}, ["client.paginator.limit: is missing"]),
        (
            {"paginator": {"type": "json_link", "next_url_path": "a[["}},
            ["client.paginator.next_url_path: 'a[[' is not a JSONPath"],
        ),
    ],
    ids=lambda value: "" if isinstance(value, list) else str(value),
)
def test_client_key_that_is_wrong_is_told_with_its_path(
    keys: dict[str, Any], expected: list[str]
) -> None:
    assert client_problems(keys) == expected


def test_token_url_is_checked_like_the_base_url() -> None:
    auth = {"type": "oauth2", "token_url": "/oauth/token", "client_id": "i", "client_secret": "s"}
    assert client_problems({"auth": auth}) == [
        "client.auth.access_token_url: '/oauth/token' is not an absolute http or https URL"
    ]


def test_all_that_is_wrong_with_a_client_is_told_at_once() -> None:
    found = client_problems({"base_url": "x", "auth": "berer", "pagintor": {}})
    assert [line.partition(":")[0] for line in found] == [
        "client.pagintor",
        "client.base_url",
        "client.auth.type",
    ]
