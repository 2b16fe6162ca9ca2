"""Paginators that are told where to go on: links and cursors, in the body and in headers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.vocabulary.api import Reply
from tests.vocabulary.conftest import ids
from tests.vocabulary.pages import by_cursor, in_body, rows

if TYPE_CHECKING:
    from tests.conftest import Outcome
    from tests.vocabulary.api import API, Asked, Handler
    from tests.vocabulary.conftest import Extract


def paged(extract: Extract, paginator: Any, **endpoint: Any) -> Outcome:
    return extract({"name": "posts", "endpoint": {"paginator": paginator, **endpoint}})


def linked(api: API, envelope: Any, link: str = "{base}/posts?page=2") -> Handler:
    """Two pages; *envelope* makes a body of records and the link to the next page."""

    def answer(asked: Asked) -> Any:
        if asked.params.get("page") == "2":
            return envelope(rows(1, first=3), None)
        return envelope(rows(2), link.format(base=api.base_url))

    return answer


@pytest.mark.parametrize(
    "paginator",
    [
        "json_link",
        "json_response",
        {"type": "json_link"},
        {"type": "json_response"},
        {"type": "json_link", "next_url_path": "next"},
        {"type": "json_link", "next_url_path": "$.next"},
    ],
    ids=str,
)
def test_json_link_follows_next_and_adds_no_params_again(
    api: API, extract: Extract, paginator: Any
) -> None:
    api.answer("/posts", linked(api, lambda page, url: {"data": page, "next": url}))
    outcome = paged(extract, paginator, params={"sort": "id"})
    assert ids(outcome, "posts") == [1, 2, 3]
    assert api.params() == [{"sort": "id"}, {"page": "2"}]


@pytest.mark.parametrize(
    "path", ["links.next", "$.links.next", "links['next']", "links.next.href", "links[0].next"]
)
def test_json_link_lies_where_its_path_says(api: API, extract: Extract, path: str) -> None:
    def links(url: str | None) -> Any:
        match path:
            case "links.next.href":
                return {"next": {"href": url}}
            case "links[0].next":
                return [{"next": url}]
            case _:
                return {"next": url}

    api.answer("/posts", linked(api, lambda page, url: {"items": page, "links": links(url)}))
    outcome = paged(extract, {"type": "json_link", "next_url_path": path})
    assert ids(outcome, "posts") == [1, 2, 3]


@pytest.mark.parametrize(
    "link", ["?page=2", "/posts?page=2", "posts?page=2", "//{host}/posts?page=2"]
)
def test_relative_link_resolves_against_the_request(api: API, extract: Extract, link: str) -> None:
    link = link.replace("{host}", api.base_url.removeprefix("http://"))
    api.answer("/posts", linked(api, lambda page, url: {"data": page, "next": url}, link))
    assert ids(paged(extract, "json_link"), "posts") == [1, 2, 3]


@pytest.mark.parametrize("end", [None, ""])
def test_json_link_that_is_empty_is_the_end(api: API, extract: Extract, end: Any) -> None:
    api.answer("/posts", {"data": rows(2), "next": end})
    assert ids(paged(extract, "json_link"), "posts") == [1, 2]
    assert len(api.log) == 1


def test_json_link_of_a_post_takes_the_body_along(api: API, extract: Extract) -> None:
    api.answer("/posts", linked(api, lambda page, url: {"data": page, "next": url}))
    outcome = paged(extract, "json_link", method="POST", json={"query": "*"})
    assert ids(outcome, "posts") == [1, 2, 3]
    assert [(a.method, a.query, a.json) for a in api.log] == [
        ("POST", "", {"query": "*"}),
        ("POST", "page=2", {"query": "*"}),
    ]


def test_link_to_another_origin_is_refused_unsent(
    api: API, other: API, extract: Extract, caplog: pytest.LogCaptureFixture
) -> None:
    api.answer("/posts", {"data": rows(2), "next": f"{other.base_url}/posts?page=2"})
    assert paged(extract, "json_link").status == 1
    assert other.log == []
    assert f"the next page points at {other.base_url}" in caplog.text


@pytest.mark.parametrize(
    ("paginator", "relation"),
    [
        ("header_link", "next"),
        ({"type": "header_link"}, "next"),
        ({"type": "header_link", "links_next_key": "next"}, "next"),
        ({"type": "header_link", "links_next_key": "older"}, "older"),
    ],
    ids=["bare", "type", "next", "older"],
)
def test_header_link_follows_its_relation(
    api: API, extract: Extract, paginator: Any, relation: str
) -> None:
    def answer(asked: Asked) -> Reply:
        first = f'<{api.base_url}/posts?page=1>; rel="first"'
        if asked.params.get("page") == "2":
            return Reply(rows(1, first=3), headers={"Link": first})
        following = f'<{api.base_url}/posts?page=2>; rel="{relation}"'
        return Reply(rows(2), headers={"Link": f"{first}, {following}"})

    api.answer("/posts", answer)
    outcome = paged(extract, paginator, params={"sort": "id"})
    assert ids(outcome, "posts") == [1, 2, 3]
    assert api.params() == [{"sort": "id"}, {"page": "2"}]


@pytest.mark.parametrize(
    ("paginator", "header", "param"),
    [
        ("header_cursor", "next", "cursor"),
        ({"type": "header_cursor"}, "Next", "cursor"),
        ({"type": "header_cursor", "cursor_key": "X-Next-Page"}, "X-Next-Page", "cursor"),
        ({"type": "header_cursor", "cursor_param": "page"}, "next", "page"),
        (
            {"type": "header_cursor", "cursor_key": "x-next-page", "cursor_param": "page"},
            "X-Next-Page",
            "page",
        ),
    ],
    ids=["bare", "type", "key", "param", "both"],
)
def test_header_cursor_goes_back_in_its_param(
    api: API, extract: Extract, paginator: Any, header: str, param: str
) -> None:
    def answer(asked: Asked) -> Reply:
        if param in asked.params:
            return Reply(rows(1, first=3))
        return Reply(rows(2), headers={header: "abc="})

    api.answer("/posts", answer)
    outcome = paged(extract, paginator, params={"sort": "id"})
    assert ids(outcome, "posts") == [1, 2, 3]
    assert api.params() == [{"sort": "id"}, {"sort": "id", param: "abc="}]


@pytest.mark.parametrize("paginator", ["cursor", {"type": "cursor"}], ids=["bare", "type"])
def test_cursor_is_cursors_next_and_goes_back_as_cursor(
    api: API, extract: Extract, paginator: Any
) -> None:
    api.answer("/posts", by_cursor(rows(5), 2))
    outcome = paged(extract, paginator, params={"sort": "id"})
    assert ids(outcome, "posts") == [1, 2, 3, 4, 5]
    assert api.params() == [
        {"sort": "id"},
        {"sort": "id", "cursor": "at-2"},
        {"sort": "id", "cursor": "at-4"},
    ]


@pytest.mark.parametrize(
    "param",
    [
        "cursor",
        "after",
        "page_token",
    ],
)
def test_cursor_path_that_is_left_out_is_cursors_next_whatever_the_param(
    api: API, extract: Extract, param: str
) -> None:
    api.answer("/posts", by_cursor(rows(5), 2, param=param))
    outcome = paged(extract, {"type": "cursor", "cursor_param": param})
    assert ids(outcome, "posts") == [1, 2, 3, 4, 5]
    assert api.params() == [{}, {param: "at-2"}, {param: "at-4"}]


@pytest.mark.parametrize("path", ["next_cursor", "meta.after", "$.meta.after", "meta['after']"])
def test_cursor_param_that_is_left_out_is_cursor_whatever_the_path(
    api: API, extract: Extract, path: str
) -> None:
    api.answer(
        "/posts",
        by_cursor(
            rows(3),
            2,
            body=lambda page, after: {"data": page, "next_cursor": after, "meta": {"after": after}},
        ),
    )
    assert ids(paged(extract, {"type": "cursor", "cursor_path": path}), "posts") == [1, 2, 3]
    assert api.params() == [{}, {"cursor": "at-2"}]


def test_cursor_may_be_a_number(api: API, extract: Extract) -> None:
    def listing(asked: Asked) -> Any:
        page = int(asked.params.get("page", "1"))
        return {"data": rows(2, first=2 * page - 1), "next_page": page + 1 if page < 3 else None}

    api.answer("/posts", listing)
    paginator = {"type": "cursor", "cursor_path": "next_page", "cursor_param": "page"}
    assert ids(paged(extract, paginator), "posts") == [1, 2, 3, 4, 5, 6]
    assert api.params() == [{}, {"page": "2"}, {"page": "3"}]


@pytest.mark.parametrize("end", [None, "", False, 0], ids=repr)
def test_cursor_that_is_empty_is_the_end(api: API, extract: Extract, end: Any) -> None:
    api.answer("/posts", {"data": rows(2), "cursors": {"next": end}})
    assert ids(paged(extract, "cursor"), "posts") == [1, 2]
    assert len(api.log) == 1


def test_cursor_that_is_absent_is_the_end(api: API, extract: Extract) -> None:
    api.answer("/posts", {"data": rows(2)})
    assert ids(paged(extract, "cursor"), "posts") == [1, 2]


@pytest.mark.parametrize("values", [(True, False), ("true", "false")], ids=["bool", "text"])
def test_has_more_ends_the_paging_though_a_cursor_is_there(
    api: API, extract: Extract, values: tuple[Any, Any]
) -> None:
    more, no = values

    def listing(asked: Asked) -> Any:
        last = "cursor" in asked.params
        page = rows(1, first=3) if last else rows(2)
        return {"data": page, "next": "abc", "has_more": no if last else more}

    api.answer("/posts", listing)
    paginator = {"type": "cursor", "cursor_path": "next", "has_more_path": "has_more"}
    assert ids(paged(extract, paginator), "posts") == [1, 2, 3]
    assert len(api.log) == 2


@pytest.mark.parametrize(
    ("stop", "found"),
    [
        ({}, [1, 2]),
        ({"stop_after_empty_page": False}, [1, 2]),
        ({"stop_after_empty_page": True}, [1]),
    ],
    ids=["left out", "false", "true"],
)
def test_cursor_goes_through_an_empty_page_unless_told_to_stop(
    api: API, extract: Extract, stop: dict[str, Any], found: list[int]
) -> None:
    pages = {"": (rows(1), "a"), "a": ([], "b"), "b": (rows(1, first=2), None)}

    def listing(asked: Asked) -> Any:
        page, following = pages[asked.params.get("cursor", "")]
        return {"data": page, "cursors": {"next": following}}

    api.answer("/posts", listing)
    assert ids(paged(extract, {"type": "cursor", **stop}), "posts") == found


@pytest.mark.parametrize("path", ["cursor", "paging.after", "a.b.c"])
def test_cursor_in_the_body(api: API, extract: Extract, path: str) -> None:
    def read(asked: Asked) -> dict[str, Any]:
        found = asked.json
        for step in path.split("."):
            found = found.get(step, {})
        return {"cursor": found} if found else {}

    api.answer("/search", by_cursor(rows(3), 2, read=read))
    outcome = paged(
        extract,
        {"type": "cursor", "cursor_body_path": path},
        path="search",
        method="POST",
        params={"v": 2},
        json={"query": "*"},
    )
    assert ids(outcome, "posts") == [1, 2, 3]
    assert [asked.query for asked in api.log] == ["v=2", "v=2"]
    assert api.log[0].json == {"query": "*"}
    nested: Any = "at-2"
    for step in reversed(path.split(".")):
        nested = {step: nested}
    assert api.log[1].json == {"query": "*", **nested}


def test_cursor_of_a_post_without_a_body_makes_one(api: API, extract: Extract) -> None:
    def listing(asked: Asked) -> Any:
        return by_cursor(rows(3), 2, read=in_body if asked.body else lambda _: {})(asked)

    api.answer("/search", listing)
    paginator = {"type": "cursor", "cursor_body_path": "cursor"}
    assert ids(paged(extract, paginator, path="search", method="POST"), "posts") == [1, 2, 3]


def test_cursor_that_comes_again_is_an_error_where_dlt_would_never_end(
    api: API, extract: Extract, caplog: pytest.LogCaptureFixture
) -> None:
    api.answer("/posts", {"data": rows(2), "cursors": {"next": "same"}})
    assert paged(extract, "cursor").status == 1
    assert len(api.log) <= 4
    assert "page 2 holds the same records as page 1" in caplog.text


def test_single_page_asks_once(api: API, extract: Extract) -> None:
    api.answer("/posts", {"data": rows(2), "next": f"{api.base_url}/more"})
    assert ids(paged(extract, "single_page"), "posts") == [1, 2]
    assert ids(paged(extract, {"type": "single_page"}), "posts") == [1, 2]
    assert len(api.log) == 1
