"""The looser way of writing a config, read as the exact vocabulary."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tap_analytics.check import Problems
from tap_analytics.declared.auth import read_auth
from tap_analytics.declared.paging import read_paginator
from tap_analytics.declared.templates import Binder

OAUTH2 = {"token_url": "https://a.example/t", "client_id": "i", "client_secret": "s"}
EXACT = {"access_token_url": "https://a.example/t", "client_id": "i", "client_secret": "s"}


def anywhere(name: str) -> str:
    """The path of a bare name: at the root, or in one of the usual envelopes."""
    return f"{name}|meta.pagination.{name}|pagination.{name}|meta.{name}|paging.{name}"


@pytest.mark.parametrize(
    ("auth", "expected"),
    [
        ({"token": "t"}, {"type": "bearer", "token": "t"}),
        ({"type": "bearer", "api_key": "k"}, {"type": "bearer", "token": "k"}),
        (
            {"type": "basic", "username": "u"},
            {"type": "http_basic", "username": "u", "password": ""},
        ),
        ({"type": "oauth2", **OAUTH2}, {"type": "oauth2_client_credentials", **EXACT}),
        (
            {"type": "oauth2", "grant_type": "client_credentials", **OAUTH2},
            {"type": "oauth2_client_credentials", **EXACT},
        ),
        (
            {"type": "oauth2", "refresh_token": "r", **OAUTH2},
            {"type": "oauth2_refresh_token", "refresh_token": "r", **EXACT},
        ),
        (
            {"type": "oauth2", "scopes": ["a", "b"], **OAUTH2},
            {
                "type": "oauth2_client_credentials",
                "access_token_request_data": {"scope": "a b"},
                **EXACT,
            },
        ),
        (
            {"type": "oauth2", "scope": "a b", "access_token_request_data": {"x": "y"}, **OAUTH2},
            {
                "type": "oauth2_client_credentials",
                "access_token_request_data": {"x": "y", "scope": "a b"},
                **EXACT,
            },
        ),
    ],
    ids=["no type", "key as token", "basic", "oauth2", "grant", "refresh", "scopes", "scope"],
)
def test_auth_is_read_as_the_exact_vocabulary(
    auth: dict[str, Any], expected: dict[str, Any]
) -> None:
    before = copy.deepcopy(auth)
    assert read_auth(auth, "client.auth") == expected
    assert auth == before


@pytest.mark.parametrize(
    "auth",
    [
        {"type": "none"},
        {"type": "bearer", "token": "t"},
        {"type": "api_key", "api_key": "k", "name": "X-Key", "location": "header"},
        {"type": "http_basic", "username": "u", "password": "p"},
        {"type": "oauth2_client_credentials", **EXACT},
        {"type": "oauth2_refresh_token", "refresh_token": "r", **EXACT},
        {"type": "unheard_of", "x": 1},
        {"type": ["bearer"]},
    ],
    ids=lambda auth: str(auth["type"]),
)
def test_exact_auth_passes_untouched_and_unlogged(
    auth: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    assert read_auth(auth, "client.auth") == auth
    assert caplog.messages == []


def test_refresh_grant_without_a_refresh_token_is_told(caplog: pytest.LogCaptureFixture) -> None:
    read = read_auth({"type": "oauth2", "grant_type": "refresh_token", **OAUTH2}, "client.auth")
    (warning,) = [record for record in caplog.records if record.levelname == "WARNING"]
    assert read["type"] == "oauth2_client_credentials"
    assert warning.getMessage() == (
        "client.auth: grant_type is 'refresh_token', but no refresh_token is set; "
        "asking for a token with the client's own credentials"
    )


def test_each_reading_is_logged_without_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    read_auth({"type": "oauth2", "scope": "all", **OAUTH2, "client_secret": "hush"}, "client.auth")
    assert caplog.messages == [
        "client.auth: type 'oauth2' is read as oauth2_client_credentials",
        "client.auth: 'token_url' is read as access_token_url",
        "client.auth: 'scope' is read as access_token_request_data.scope",
    ]


@pytest.mark.parametrize(
    ("paginator", "expected"),
    [
        ("single_page", {"type": "single_page"}),
        (
            {"type": "cursor", "cursor_param": "next", "stop_condition": "has_more"},
            {
                "type": "cursor",
                "cursor_param": "next",
                "cursor_path": f"cursors.next|{anywhere('next')}",
                "has_more_path": anywhere("has_more"),
            },
        ),
        (
            {"type": "cursor", "cursor_path": "next", "stop_condition": "meta.hasNextPage"},
            {"type": "cursor", "cursor_path": "next", "has_more_path": "meta.hasNextPage"},
        ),
        (
            {"type": "cursor", "cursor_path": "next", "stop_condition": "not has_more"},
            {"type": "cursor", "cursor_path": "next", "has_more_path": anywhere("has_more")},
        ),
        (
            {"type": "cursor", "stop_condition": "not links.next"},
            {"type": "cursor", "cursor_path": "links.next"},
        ),
        (
            {"type": "cursor", "cursor_path": "a.b", "stop_condition": "not links.next"},
            {"type": "cursor", "cursor_path": "a.b"},
        ),
        ({"type": "offset", "limit": 5}, {"type": "offset", "limit": 5}),
        (5, 5),
    ],
    ids=["name", "more", "camel case", "not more", "not a link", "path given", "exact", "number"],
)
def test_paginator_is_read_as_the_exact_vocabulary(paginator: Any, expected: Any) -> None:
    before, problems = copy.deepcopy(paginator), Problems()
    assert read_paginator(paginator, "p", problems) == expected
    assert problems.lines == []
    assert paginator == before


@pytest.mark.parametrize(
    "condition", ["count + 1 > 5", "__import__('os')", "config['x'] == 1", 5, ["x"]]
)
def test_stop_condition_that_is_not_understood_is_refused(condition: Any) -> None:
    problems = Problems()
    read_paginator({"type": "cursor", "stop_condition": condition}, "p", problems)
    assert problems.undecided == [
        (
            f"p.stop_condition: {condition!r} is not understood; set has_more_path, or leave it "
            "out where a missing cursor is the end"
        )
    ]


def bound(name: str, paths: dict[str, str], problems: Problems) -> str:
    binder = Binder(name, paths, {}, {}, {}, "e", problems)
    return str(binder.bind({"path": paths[name]})["path"])


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (
            {"customers": "/v1/customers", "a": "/v1/customers/{cus_id}/addresses"},
            "/v1/customers/{resources.customers.cus_id|id}/addresses",
        ),
        (
            {"users": "v1/users/", "a": "/v1/Users/{user_slug}"},
            "/v1/Users/{resources.users.user_slug|slug|id}",
        ),
        ({"users": "/users?active=1", "a": "/users/{id}/pets"}, "/users/{resources.users.id}/pets"),
        (
            {"a": "/o/{resources.orgs.id}/x", "orgs": "/o"},
            "/o/{resources.orgs.id}/x",
        ),
        ({"a": "/v1/things"}, "/v1/things"),
    ],
    ids=["id", "suffix", "query", "exact", "plain"],
)
def test_placeholder_is_bound_to_the_resource_whose_path_stands_before_it(
    paths: dict[str, str], expected: str
) -> None:
    problems = Problems()
    assert bound("a", paths, problems) == expected
    assert problems.lines == []


def test_placeholders_of_a_chain_are_bound_one_after_the_other() -> None:
    paths = {"a": "/a", "b": "/a/{a_id}/b", "c": "/a/{a_id}/b/{b_id}/c"}
    assert bound("c", paths, Problems()) == "/a/{resources.a.a_id|id}/b/{resources.b.b_id|id}/c"


@pytest.mark.parametrize(
    ("paths", "found"),
    [
        ({"a": "/x/{x_id}/y"}, "has no parent among the resources; set variables.x_id, or"),
        ({"a": "/p/{x_id}/y", "b": "/u/xs", "c": "/v/xs"}, "may mean b or c;"),
        ({"a": "/{a_id}"}, "has no parent among the resources; set variables.a_id, or"),
        (
            {"a": "/p/{{ stream_partition.x_id }}/y"},
            "has no parent among the resources;",
        ),
    ],
    ids=["none", "several", "itself", "no setting"],
)
def test_placeholder_without_one_parent_is_refused(paths: dict[str, str], found: str) -> None:
    problems = Problems()
    bound("a", paths, problems)
    (line,) = [*problems.lines, *problems.undecided]
    assert line.startswith("e.path: {")
    assert line.endswith(f"{found} write {{resources.<name>.<field>}}")
