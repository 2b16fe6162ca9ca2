"""What a stop_condition says, in the languages that configs write it in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_analytics.declared.conditions import Stop, read_stop_condition


@pytest.mark.parametrize(
    "text",
    [
        "has_more",
        "not response.get('has_more', False)",
        "response.has_more is false",
        "has_more == false",
        "{{ response.get('has_more', {}) == False }}",
        "not has_more",
        "response['has_more'] == 'false'",
    ],
)
def test_flag_of_more_is_true_while_there_is_more(text: str) -> None:
    assert read_stop_condition(text, None) == Stop("more", "has_more")


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("hasNext", "hasNext"),
        ("not pagination.has_next_page", "pagination.has_next_page"),
        ("pageInfo.hasNextPage is false", "pageInfo.hasNextPage"),
        ("info.more_records", "info.more_records"),
    ],
)
def test_flag_of_more_is_known_by_its_name(text: str, path: str) -> None:
    assert read_stop_condition(text, None) == Stop("more", path)


@pytest.mark.parametrize("text", ["done", "no_more_pages", "is_last_page", "meta.finished"])
def test_flag_of_the_end_is_true_at_the_end(text: str) -> None:
    assert read_stop_condition(text, None) == Stop("done", text)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("not links.next", "links.next"),
        ("not response.get('next', {})", "next"),
        ("response.get('x') is None", "x"),
        ("x is none", "x"),
        ("x is not defined", "x"),
        ("{{ 'cursor' not in response }}", "cursor"),
        ("'next' not in response['meta']", "meta.next"),
        ("response['x'] == None", "x"),
        ("not response.get('a', {}).get('b') and not response.get('c')", "a.b|c"),
        ("_links.next is none", "_links.next"),
        ("(not next_page_token)", "next_page_token"),
    ],
)
def test_missing_cursor_is_the_end(text: str, path: str) -> None:
    assert read_stop_condition(text, "data") == Stop("missing", path)


@pytest.mark.parametrize(
    "text",
    [
        "'next' not in headers['link']",
        "headers.link.next is none",
        "not 'next' in headers.get('Link')",
        "next not in headers['link']",
        "'rel=\"next\"' not in headers['link']",
        "headers.link.next.results == 'false'",
    ],
)
def test_condition_on_the_link_header_is_one(text: str) -> None:
    assert read_stop_condition(text, None) == Stop("link")


@pytest.mark.parametrize(
    ("text", "stop"),
    [
        ("response.get('data')|length == 0", Stop("empty")),
        ("not response.get('data')", Stop("empty")),
        ("last_page_size == 0", Stop("empty")),
        ("response.chunk_size == 0", Stop("empty")),
        ("len(data) < 200", Stop("short", size=200)),
        ("not data or len(data) < 200", Stop("short", size=200)),
        ("response.get('count', {}) <= 1", Stop("nothing")),
        ("paging.count_pages == paging.current_page", Stop("pages", "paging.count_pages")),
        ("paging.current_page == paging.count_pages", Stop("pages", "paging.count_pages")),
        ("none", Stop("nothing")),
        ("", Stop("nothing")),
    ],
)
def test_sizes_and_counters_are_read(text: str, stop: Stop) -> None:
    assert read_stop_condition(text, "data") == stop


@pytest.mark.parametrize(
    "text",
    [
        "a + 1 > b",
        "config['x'] == 1",
        "__import__('os').system('true')",
        "has_more or done",
        "lambda: 0",
        "'a' in response",
        "not done",
        "x == 7",
        "(a or b)",
        "not",
        "response.get('a'",
    ],
)
def test_what_has_no_known_shape_is_not_guessed(text: str) -> None:
    assert read_stop_condition(text, "data") is None


@given(st.text(alphabet="abnotrisue.()[]'\"|=<>{}, 01", max_size=40))
def test_any_text_is_read_or_refused_and_never_fails(text: str) -> None:
    assert isinstance(read_stop_condition(text, "data"), Stop | None)
