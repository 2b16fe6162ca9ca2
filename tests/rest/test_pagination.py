from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.exceptions import PagingError
from tap_analytics.rest.message import Request
from tap_analytics.rest.pagination import pager
from tap_analytics.spec import (
    Cursor,
    HeaderCursor,
    HeaderLink,
    JsonLink,
    Offset,
    PageNumber,
    SinglePage,
)

if TYPE_CHECKING:
    from tap_analytics.spec import Paginator

from .walks import EVENTS, WHERE, after, page

MORE = Cursor(cursor_path="next", has_more_path="more")


@pytest.mark.parametrize(
    ("paginator", "query"),
    [
        (SinglePage(), "q=a"),
        (JsonLink(), "q=a"),
        (HeaderLink(), "q=a"),
        (HeaderCursor(), "q=a"),
        (Cursor(), "q=a"),
        (Cursor(limit=5, limit_param="page[size]"), "q=a&page%5Bsize%5D=5"),
        (Offset(limit=5), "q=a&limit=5&offset=0"),
        (Offset(limit=5, offset=2, offset_param="skip", limit_param="top"), "q=a&top=5&skip=2"),
        (PageNumber(), "q=a&page=0"),
        (PageNumber(base_page=1), "q=a&page=1"),
        (PageNumber(base_page=1, page=3, page_param="p"), "q=a&p=3"),
    ],
)
def test_first_page_is_asked_for_with_what_the_paginator_needs(
    paginator: Paginator, query: str
) -> None:
    assert after(paginator) == f"{EVENTS}?{query}"


def test_single_page_ends_after_it() -> None:
    assert after(SinglePage(), page({"next": "/v1/events?page=2", "has_more": True})) is None


@pytest.mark.parametrize(
    ("value", "url"),
    [
        (f"{EVENTS}?after=2", f"{EVENTS}?after=2"),
        ("/v1/events?after=2", f"{EVENTS}?after=2"),
        ("?after=2", f"{EVENTS}?after=2"),
        ("events?after=2", f"{EVENTS}?after=2"),
        ({"href": f"{EVENTS}?after=2", "meta": {}}, f"{EVENTS}?after=2"),
        ("https://other.example.com/x", "https://other.example.com/x"),
    ],
    ids=["absolute", "path", "query", "relative", "JSON:API link object", "another origin"],
)
def test_json_link_follows_the_link_as_it_is(value: Any, url: str) -> None:
    assert after(JsonLink(next_url_path="links.next"), page({"links": {"next": value}})) == url


@pytest.mark.parametrize(
    "document",
    [{}, {"links": None}, {"links": {}}, {"links": {"next": None}}, {"links": {"next": ""}},
     {"links": {"next": {"href": None}}}, {"links": {"next": False}}, []],
    ids=["no links", "null links", "no next", "null", "empty", "null href", "false", "a list"],
)  # fmt: skip
def test_json_link_ends_without_a_link(document: Any) -> None:
    assert after(JsonLink(next_url_path="links.next"), page(document)) is None


def test_json_link_follows_through_an_empty_page() -> None:
    assert after(JsonLink(), page({"next": "?p=2"}, [])) == f"{EVENTS}?p=2"


@pytest.mark.parametrize(
    ("header", "url"),
    [
        (f'<{EVENTS}?p=2>; rel="next"', f"{EVENTS}?p=2"),
        ('<?p=2>; rel=next, <?p=9>; rel="last"', f"{EVENTS}?p=2"),
        ('<?p=1>; rel="first prev", </v1/events?p=2>; title="a, b"; rel="last NEXT"',
         f"{EVENTS}?p=2"),
        ('<?p=1>; rel="prev"', None),
        ("<?p=1>", None),
        ("garbage", None),
        ("", None),
    ],
    ids=["one", "of two", "several relations", "none", "no relation", "garbage", "empty"],
)  # fmt: skip
def test_header_link_follows_the_relation(header: str, url: str | None) -> None:
    assert after(HeaderLink(), page(headers={"link": header})) == url


def test_header_link_takes_another_relation() -> None:
    spec = HeaderLink(links_next_key="Older")

    assert after(spec, page(headers={"link": '<?p=2>; rel="older"'})) == f"{EVENTS}?p=2"
    assert after(spec, page()) is None


def test_header_cursor_sends_the_cursor_back() -> None:
    spec = HeaderCursor(cursor_key="X-Next", cursor_param="after")

    assert after(spec, page(headers={"x-next": "t/2"})) == f"{EVENTS}?q=a&after=t%2F2"
    assert after(spec, page(headers={"x-next": ""})) is None
    assert after(spec, page()) is None


def test_header_cursor_replaces_the_cursor_before() -> None:
    pages = [page(headers={"next": token}) for token in ("t1", "t2")]

    assert after(HeaderCursor(), *pages) == f"{EVENTS}?q=a&cursor=t2"


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("t2", f"{EVENTS}?q=a&after=t2"),
        (17, f"{EVENTS}?q=a&after=17"),
        ("0", f"{EVENTS}?q=a&after=0"),
        ("/9j+A==", f"{EVENTS}?q=a&after=%2F9j%2BA%3D%3D"),
        ("//8=", f"{EVENTS}?q=a&after=%2F%2F8%3D"),
        (f"{EVENTS}?p=2", f"{EVENTS}?p=2"),
        ("HTTPS://api.example.com/v1/events?p=2", f"{EVENTS}?p=2"),
        ("/v1/events?p=2", f"{EVENTS}?p=2"),
        ("?p=2", f"{EVENTS}?p=2"),
        ({"href": "/v1/events?p=2"}, f"{EVENTS}?p=2"),
    ],
    ids=["token", "number", "digit", "base64", "more base64", "URL", "URL in capitals", "path",
         "query", "link object"],
)  # fmt: skip
def test_cursor_sends_a_token_and_follows_a_url(value: Any, url: str) -> None:
    assert after(Cursor(cursor_path="next", cursor_param="after"), page({"next": value})) == url


@pytest.mark.parametrize("value", [None, "", {}, False, 0, "inf"], ids=repr)
def test_cursor_ends_where_there_is_none(value: Any) -> None:
    assert after(Cursor(cursor_path="meta.next"), page({"meta": {"next": value}})) is None
    assert after(Cursor(cursor_path="meta.next"), page({"meta": None})) is None
    assert after(Cursor(cursor_path="meta.next"), page({})) is None


def test_cursor_goes_into_the_body() -> None:
    walk = pager(Cursor(cursor_path="next", cursor_body_path="page.after", limit=2))
    first = walk.first(Request(url=EVENTS, method="POST", json={"page": {"size": 2}}))

    second = walk.next(page({"next": "t2"}, request=first))

    assert second is not None
    assert (second.json, second.params) == ({"page": {"size": 2, "after": "t2"}}, {"limit": 2})


@pytest.mark.parametrize("flag", [False, "false", "False", " no ", 0, "0", None, "", "null"],
                         ids=repr)  # fmt: skip
def test_cursor_ends_at_a_false_flag_although_a_cursor_is_there(flag: Any) -> None:
    assert after(MORE, page({"next": "t2", "more": flag})) is None


@pytest.mark.parametrize("flag", [True, "true", "yes", 1, "1"], ids=repr)
def test_cursor_goes_on_at_a_true_flag_although_the_page_is_empty(flag: Any) -> None:
    assert after(MORE, page({"next": "t2", "more": flag}, [])) == f"{EVENTS}?q=a&cursor=t2"


@pytest.mark.parametrize("document", [{"more": True}, {"more": "true", "next": None},
                                      {"more": 1, "next": 0}], ids=repr)  # fmt: skip
def test_cursor_that_is_missing_although_there_is_more_is_an_error(document: Any) -> None:
    with pytest.raises(PagingError) as caught:
        after(MORE, page(document))

    assert str(caught.value) == (
        f"{WHERE}: more says that there is more, but next holds no cursor; rows would be lost"
    )


def test_cursor_decides_where_the_flag_is_missing() -> None:
    assert after(MORE, page({"next": "t2"})) == f"{EVENTS}?q=a&cursor=t2"
    assert after(MORE, page({"next": None})) is None


def test_cursor_page_with_neither_flag_nor_cursor_is_named(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert after(MORE, page({"data": []})) is None

    assert caplog.messages == [
        f"{WHERE}: the body has neither more nor next; taken for the only page"
    ]


def test_cursor_goes_on_after_short_and_empty_pages() -> None:
    spec = Cursor(cursor_path="next", limit=100)
    pages = [page({"next": "t2"}), page({"next": "t3"}, [])]

    assert after(spec, *pages) == f"{EVENTS}?q=a&limit=100&cursor=t3"


def test_cursor_ends_at_an_empty_page_only_where_that_is_declared() -> None:
    spec = Cursor(cursor_path="next", stop_after_empty_page=True)

    assert after(spec, page({"next": "t2"}, [])) is None
    assert after(spec, page({"next": "t2"})) == f"{EVENTS}?q=a&cursor=t2"


def test_cursor_takes_the_first_path_that_is_there() -> None:
    spec = Cursor(cursor_path="next|meta.next", has_more_path="more|meta.more")

    document = {"meta": {"next": "t2", "more": True}}
    assert after(spec, page(document)) == f"{EVENTS}?q=a&cursor=t2"
    document["meta"]["more"] = False
    assert after(spec, page(document)) is None


def test_pager_keeps_nothing_for_the_next_partition() -> None:
    spec = Offset(limit=2)

    assert after(spec, page(), page()) == after(spec, page(), page())
