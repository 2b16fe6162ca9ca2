from __future__ import annotations

from typing import Any

import pytest

from tap_analytics.rest.message import Request

EVENTS = "https://api.example.com/v1/events"


@pytest.mark.parametrize(
    ("url", "params", "full_url"),
    [
        pytest.param(EVENTS, {}, EVENTS, id="no parameter"),
        pytest.param(EVENTS, {"a": "1", "b": None}, f"{EVENTS}?a=1", id="None is left out"),
        pytest.param(EVENTS, {"a": [1, 2]}, f"{EVENTS}?a=1&a=2", id="a list repeats"),
        pytest.param(EVENTS, {"a": True}, f"{EVENTS}?a=true", id="booleans as in JSON"),
        pytest.param(f"{EVENTS}?b=", {"a": 1}, f"{EVENTS}?b=&a=1", id="the URL's query first"),
        pytest.param(EVENTS, {"a[gte]": "ü &"}, f"{EVENTS}?a%5Bgte%5D=%C3%BC+%26", id="encoded"),
        pytest.param(f"{EVENTS}?x=%2f+a", {}, f"{EVENTS}?x=%2f+a", id="a link stays as it is"),
    ],
)
def test_full_url_holds_the_parameters(url: str, params: dict[str, Any], full_url: str) -> None:
    assert Request(url=url, params=params).full_url == full_url


def test_with_params_wins_over_own_parameters_and_over_the_url_s_query() -> None:
    request = Request(url=f"{EVENTS}?offset=0&q=a", params={"limit": 10, "offset": 1})

    moved = request.with_params({"offset": 20})

    assert moved.full_url == f"{EVENTS}?q=a&limit=10&offset=20"
    assert request.params == {"limit": 10, "offset": 1}


def test_with_body_sets_a_nested_value_and_leaves_the_first_request_alone() -> None:
    request = Request(url=EVENTS, method="POST", json={"page": {"size": 5}, "q": "a", "x": 1})

    moved = request.with_body("page.after", "t").with_body("x.y", 2)

    assert moved.json == {"page": {"size": 5, "after": "t"}, "q": "a", "x": {"y": 2}}
    assert request.json == {"page": {"size": 5}, "q": "a", "x": 1}


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("https://other.example.com/x?a=1", "https://other.example.com/x?a=1"),
        ("/v2/next?after=b", "https://api.example.com/v2/next?after=b"),
        ("?after=b", f"{EVENTS}?after=b"),
        ("page/2", "https://api.example.com/v1/page/2"),
        ("//evil.test/x", "https://evil.test/x"),
        ("http://[", "http://["),
    ],
    ids=["absolute", "path", "query", "relative path", "network path", "no URL"],
)
def test_following_takes_the_link_as_it_is_and_adds_no_parameter_again(link: str, url: str) -> None:
    followed = Request(url=EVENTS, params={"limit": 10}, headers={"A": "1"}).following(link)

    assert followed == Request(url=url, headers={"A": "1"})


def test_position_tells_requests_apart_by_all_that_decides_the_page() -> None:
    requests = [
        Request(url=EVENTS),
        Request(url=EVENTS, method="POST"),
        Request(url=EVENTS, params={"a": 1}),
        Request(url=EVENTS, json={"after": 1}),
        Request(url=EVENTS, json={"after": 2}),
    ]

    assert len({request.position for request in requests}) == len(requests)
    assert Request(url=f"{EVENTS}?a=1").position == requests[2].position
