"""What holds for every API: an honest one's records all arrive, another one's walk is an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tap_analytics.spec import Auto, Cursor, HeaderCursor, HeaderLink, JsonLink, Offset, PageNumber
from tests.wild.made import (
    ABSENT,
    API,
    ENOUGH,
    URLS,
    Leading,
    Pages,
    Query,
    Reply,
    Rows,
    Tell,
    Walk,
    all_of,
    counted,
    flag_of,
    paged,
    rows,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_analytics.spec import Paginator

TRUE: tuple[Any, ...] = (True, "true", "True", 1, "yes")
FALSE: tuple[Any, ...] = (False, "false", "False", 0, "0", "no", None, "")
LINKS = (*URLS, "href")
WAYS = (*LINKS, "token", "number")
ENDS: tuple[Any, ...] = (ABSENT, None, "", {})

counts, sizes = st.integers(0, 40), st.integers(1, 15)
books = st.lists(st.integers(0, 4), min_size=1, max_size=12).map(paged)  # some pages are empty
either = st.tuples(st.sampled_from(TRUE), st.sampled_from(FALSE))
flags = st.none() | either
totals = st.sampled_from([lambda _: {}, lambda n: {"total": n}, lambda n: {"total": str(n)},
                          lambda _: {"total": None}])  # fmt: skip
wrong = st.integers(-1, 60) | st.just("of the page")  # a total that is none
ends = st.sampled_from(ENDS)


@given(count=counts, limit=sizes, cap=sizes, total=totals, flag=flags)
def test_offset_brings_all_whatever_the_api_caps_and_tells(
    count: int, limit: int, cap: int, total: Callable[[int], dict[str, Any]], flag: Any
) -> None:
    spec = Offset(limit=limit, has_more_path=flag and "more")
    walk = Walk(spec, counted(count, cap, lambda start, page: (
        total(count) | flag_of(flag, more=start + len(page) < count))))  # fmt: skip

    assert walk.whole(rows(count))
    assert walk.asked <= -(-count // min(limit, cap)) + 1


@given(count=counts, size=sizes, base=st.sampled_from([0, 1]), total=totals, flag=flags)
def test_page_number_brings_all_whatever_the_api_tells(
    count: int, size: int, base: int, total: Callable[[int], dict[str, Any]], flag: Any
) -> None:
    pages = -(-count // size)
    spec = PageNumber(base_page=base, has_more_path=flag and "more")
    walk = Walk(spec, counted(count, size, lambda start, page: (
        total(pages) | flag_of(flag, more=start + len(page) < count)), base))  # fmt: skip

    assert walk.whole(rows(count))
    assert walk.asked <= pages + 1


@given(book=books, flag=either)
def test_page_number_goes_through_empty_pages_while_a_flag_says_more(
    book: Pages, flag: Any
) -> None:
    walk = Walk(PageNumber(has_more_path="more"), lambda query: (
        Leading(book, "number", flag=flag)({"cursor": str(int(query["page"]) + 1)})))  # fmt: skip

    assert walk.whole(all_of(book))


@given(book=books, way=st.sampled_from(WAYS), key=st.sampled_from(["next", "a.b.c"]),
       flag=flags, end=ends)  # fmt: skip
def test_cursor_brings_all_however_the_way_and_the_end_are_told(
    book: Pages, way: str, key: str, flag: Any, end: Any
) -> None:
    spec = Cursor(cursor_path=key, has_more_path=flag and "more")
    walk = Walk(spec, Leading(book, way, key, flag, end))

    assert walk.whole(all_of(book))
    assert walk.asked == len(book)


@given(book=books, way=st.sampled_from(URLS), end=ends)
def test_json_link_and_header_cursor_bring_all(book: Pages, way: str, end: Any) -> None:
    leading = Leading(book, way, end=end)

    def api(query: Query) -> Reply:
        document, _ = leading(query)
        return document, {"x-next": link} if (link := document.get("next")) else {}

    for spec in (JsonLink(), HeaderCursor(cursor_key="X-Next")):
        walk = Walk(spec, api)

        assert walk.whole(all_of(book))
        assert walk.asked == len(book)


RELATIONS = ('rel="next"', "rel=next", 'rel="NEXT"', 'rel="last next"')
OTHERS = ('<?at=t1>; rel="prev", ', '<?at=t1>; rel="first"; title="a, b", ', "")


@given(book=books, way=st.sampled_from(URLS), relation=st.sampled_from(RELATIONS),
       others=st.sampled_from(OTHERS), stays=st.sampled_from([None, "stays"]))  # fmt: skip
def test_header_link_brings_all_however_the_header_is_written(
    book: Pages, way: str, relation: str, others: str, stays: str | None
) -> None:
    leading = Leading(book, way)

    def api(query: Query) -> Reply:
        document, _ = leading(query)
        link = document.pop("next", None)
        results = f'; results="{str(link is not None).lower()}"' if stays else ""
        header = f"{others}<{link or '?at=t99'}>; {relation}{results}"
        return document, {"link": header} if link or stays else {}

    walk = Walk(HeaderLink(), api)

    assert walk.whole(all_of(book))
    assert walk.asked == len(book)


AFTER_RECORD = Cursor(cursor_path="id", cursor_param="after", cursor_source="last_record")


@given(count=counts, size=sizes)
def test_last_record_brings_all(count: int, size: int) -> None:
    walk = Walk(AFTER_RECORD, lambda query: (
        {"data": rows(count)[int(query.get("after", "0")) :][:size]}, {}))  # fmt: skip

    assert walk.whole(rows(count))
    assert walk.asked == -(-count // size) + 1


def test_last_record_may_be_number_zero() -> None:
    ids = [2, 0, 1]

    def api(query: Query) -> Reply:
        start = ids.index(int(query["after"])) + 1 if query else 0
        return {"data": [{"id": number} for number in ids[start : start + 2]]}, {}

    assert Walk(AFTER_RECORD, api).whole([{"id": 2}, {"id": 0}, {"id": 1}])


AUTO = {"next": LINKS, "links.next": URLS, "_links.next": ("href",), "meta.next_url": URLS,
        "next_cursor": ("token",), "meta.pagination.next_cursor": ("token", "number")}  # fmt: skip


WAYS_OF_AUTO = st.sampled_from([(key, way) for key, ways in AUTO.items() for way in ways])


@given(book=books.filter(lambda book: bool(book[0])), told_by=WAYS_OF_AUTO, flag=flags, end=ends)
def test_auto_brings_all_of_what_its_first_page_shows(
    book: Pages, told_by: tuple[str, str], flag: Any, end: Any
) -> None:
    if flag and flag[1] is None:  # where the first page is the last, null is no flag
        flag = (flag[0], False)
    walk = Walk(Auto(), Leading(book, told_by[1], told_by[0], flag, end))

    assert walk.whole(all_of(book))
    assert walk.asked == len(book)


def told_wrong(total: int | str) -> Tell:
    return lambda _, page: {"total": len(page) if total == "of the page" else total}


@given(count=counts, limit=sizes, cap=sizes, total=wrong)
@example(count=25, limit=100, cap=10, total="of the page")
def test_offset_loses_nothing_in_silence_to_a_wrong_total(
    count: int, limit: int, cap: int, total: int | str
) -> None:
    walk = Walk(Offset(limit=limit), counted(count, cap, told_wrong(total)))

    assert walk.error or walk.whole(rows(count))


@given(count=counts, size=sizes)
@example(count=12, size=3)
def test_page_number_loses_nothing_to_a_total_that_counts_the_page(count: int, size: int) -> None:
    walk = Walk(PageNumber(), counted(count, size, told_wrong("of the page")))

    assert walk.error or walk.whole(rows(count))


@given(count=counts, limit=sizes, more=st.integers(1, 20))
def test_offset_that_ends_before_its_total_is_an_error(count: int, limit: int, more: int) -> None:
    walk = Walk(Offset(limit=limit), counted(count, limit, told_wrong(count + more)))

    assert walk.error
    assert walk.found == rows(count)


@given(book=books, back=st.integers(0, 11), way=st.sampled_from(WAYS), flag=flags)
def test_way_that_leads_back_is_an_error(book: Pages, back: int, way: str, flag: Any) -> None:
    leading = Leading(book, way, flag=flag)
    nowhere = leading.to(len(book))

    def api(query: Query) -> Reply:
        document, _ = leading(query)
        if document.get("next", nowhere) == nowhere:
            document |= {"next": leading.to(back % len(book)), **flag_of(flag, more=True)}
        return document, {}

    walk = Walk(Cursor(cursor_path="next", has_more_path=flag and "more"), api)

    assert walk.error
    assert walk.found == all_of(book)
    assert walk.asked <= len(book) + 1


@given(book=books, flag=either, end=ends)
def test_more_without_a_way_is_an_error(book: Pages, flag: Any, end: Any) -> None:
    leading = Leading(book, "token", flag=flag)

    def api(query: Query) -> Reply:
        document, _ = leading(query)
        if document["next"] == leading.to(len(book)):
            document |= {"next": None if end is ABSENT else end, "more": flag[0]}
        return document, {}

    walk = Walk(Cursor(cursor_path="next", has_more_path="more"), api)

    assert walk.error
    assert walk.found == all_of(book)


COUNTING = (Offset(limit=5), PageNumber())
FOLLOWING = (Cursor(cursor_path="next"), HeaderCursor(), JsonLink(), HeaderLink())


def fresh_ways(data: Rows) -> API:
    """An API that gives *data* whatever it is asked for, each time with another way on."""
    asked = iter(range(ENOUGH + 1))

    def api(_query: Query) -> Reply:
        way = f"?cursor=t{next(asked)}"
        return {"data": data, "next": way}, {"next": way, "link": f"<{way}>; rel=next"}

    return api


@given(count=st.integers(1, 10), spec=st.sampled_from((*COUNTING, *FOLLOWING, AFTER_RECORD)))
def test_api_that_ignores_what_it_is_asked_for_is_an_error(count: int, spec: Paginator) -> None:
    walk = Walk(spec, fresh_ways(rows(count)))

    assert walk.error
    assert walk.found == rows(count)


@given(count=st.integers(1, 40), size=sizes, spec=st.sampled_from(COUNTING))
def test_api_that_starts_over_behind_its_end_is_an_error(
    count: int, size: int, spec: Paginator
) -> None:
    walk = Walk(spec, counted(count, size, lambda start, _: (
        {"data": [{"id": (start + number) % count} for number in range(size)]})))  # fmt: skip

    assert walk.error
    assert {record["id"] for record in walk.found} == set(range(count))


@given(count=st.integers(1, 40), size=sizes)
def test_api_that_repeats_its_last_page_is_an_error_behind_it(count: int, size: int) -> None:
    def api(query: Query) -> Reply:
        number = min(int(query["page"]), (count - 1) // size)
        return {"data": rows(count)[number * size :][:size]}, {}

    walk = Walk(PageNumber(), api)

    assert walk.error
    assert walk.found == rows(count)


@pytest.mark.parametrize("spec", FOLLOWING, ids=lambda spec: type(spec).__name__)
def test_ways_through_nothing_for_ever_are_an_error(spec: Paginator) -> None:
    assert Walk(spec, fresh_ways([])).error


@pytest.mark.parametrize("changes", [{"has_more_path": "more"}, {"stop_after_empty_page": False}],
                         ids=str)  # fmt: skip
@pytest.mark.parametrize("kind", [Offset, PageNumber])
def test_counting_through_nothing_for_ever_is_an_error(
    kind: type[Offset | PageNumber], changes: dict[str, Any]
) -> None:
    assert Walk(kind(limit=5, **changes), lambda _: ({"data": [], "more": True}, {})).error
