"""Paginators that count: `page_number` and `offset`, each parameter, defaults left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.vocabulary.conftest import ids, refusal, warnings
from tests.vocabulary.pages import by_offset, by_page, in_body, rows

if TYPE_CHECKING:
    from tests.conftest import Outcome
    from tests.vocabulary.api import API, Asked
    from tests.vocabulary.conftest import Extract


def paged(extract: Extract, paginator: Any, **endpoint: Any) -> Outcome:
    return extract({"name": "posts", "endpoint": {"paginator": paginator, **endpoint}})


@pytest.mark.parametrize("paginator", ["page_number", {"type": "page_number"}])
def test_page_number_counts_from_0_to_the_total_of_pages(
    api: API, extract: Extract, paginator: Any
) -> None:
    api.answer("/posts", by_page(rows(5), 2, total=3))
    assert ids(paged(extract, paginator), "posts") == [1, 2, 3, 4, 5]
    assert api.params() == [{"page": "0"}, {"page": "1"}, {"page": "2"}]


@pytest.mark.parametrize(
    "size",
    [
        "limit",
        "per_page",
        "page_size",
    ],
)
def test_page_number_counts_from_0_whatever_the_params_are(
    api: API, extract: Extract, size: str
) -> None:
    api.answer("/posts", by_page(rows(3), 2))
    paginator = {"type": "page_number", "total_path": None}
    assert ids(paged(extract, paginator, params={size: 2}), "posts") == [1, 2, 3]
    assert [(one["page"], one[size]) for one in api.params()] == [
        ("0", "2"),
        ("1", "2"),
        ("2", "2"),
    ]


@pytest.mark.parametrize("pages", [3, "3"], ids=["number", "text"])
def test_page_number_from_base_page_ends_at_the_total(
    api: API, extract: Extract, pages: Any
) -> None:
    api.answer("/posts", by_page(rows(5), 2, first=1, param="p", meta={"pages": pages}))
    outcome = paged(
        extract,
        {"type": "page_number", "base_page": 1, "page_param": "p", "total_path": "meta.pages"},
    )
    assert ids(outcome, "posts") == [1, 2, 3, 4, 5]
    assert api.params() == [{"p": "1"}, {"p": "2"}, {"p": "3"}]


def test_page_number_may_begin_at_a_later_page(api: API, extract: Extract) -> None:
    api.answer("/posts", by_page(rows(5), 2, first=1, total=3))
    outcome = paged(extract, {"type": "page_number", "base_page": 1, "page": 2})
    assert ids(outcome, "posts") == [3, 4, 5]
    assert api.params() == [{"page": "2"}, {"page": "3"}]


@pytest.mark.parametrize("envelope", [{}, {"total": None}], ids=["absent", "null"])
@pytest.mark.parametrize("total", [{}, {"total_path": None}], ids=["left out", "null path"])
def test_page_number_without_a_total_ends_at_an_empty_page(
    api: API, extract: Extract, envelope: dict[str, Any], total: dict[str, Any]
) -> None:
    api.answer("/posts", by_page(rows(3), 2, **envelope))
    assert ids(paged(extract, {"type": "page_number", **total}), "posts") == [1, 2, 3]
    assert [params["page"] for params in api.params()] == ["0", "1", "2"]


def test_page_number_ends_at_maximum_page(api: API, extract: Extract) -> None:
    api.answer("/posts", by_page(rows(9), 2))
    paginator = {"type": "page_number", "total_path": None, "maximum_page": 3}
    assert ids(paged(extract, paginator), "posts") == [1, 2, 3, 4, 5, 6]
    assert len(api.log) == 3


@pytest.mark.parametrize("values", [(True, False), ("true", "false"), ("True", "False")])
def test_page_number_ends_where_has_more_says_no(
    api: API, extract: Extract, values: tuple[Any, Any]
) -> None:
    """One that still has a full page to give."""

    def listing(asked: Asked) -> Any:
        page = int(asked.params["page"])
        return {"data": rows(2, 1 + 2 * page), "paging": {"more": values[page == 1]}}

    api.answer("/posts", listing)
    paginator = {"type": "page_number", "total_path": None, "has_more_path": "paging.more"}
    assert ids(paged(extract, paginator), "posts") == [1, 2, 3, 4]
    assert len(api.log) == 2


def test_page_number_goes_through_empty_pages_where_it_is_told_to(
    api: API, extract: Extract
) -> None:
    records = {0: rows(1), 2: rows(1, first=2)}
    api.answer(
        "/posts",
        lambda asked: {"data": records.get(int(asked.params["page"]), []), "total": 3},
    )
    paginator = {"type": "page_number", "stop_after_empty_page": False}
    assert ids(paged(extract, paginator), "posts") == [1, 2]
    assert len(api.log) == 3


@pytest.mark.parametrize("path", ["page", "paging.number"])
def test_page_number_in_the_body(api: API, extract: Extract, path: str) -> None:
    def read(asked: Asked) -> dict[str, Any]:
        body: dict[str, Any] = asked.json
        return {"page": body["paging"]["number"] if "." in path else body["page"]}

    api.answer("/search", by_page(rows(3), 2, total=2, read=read))
    outcome = paged(
        extract,
        {"type": "page_number", "page_body_path": path},
        path="search",
        method="POST",
        json={"query": "*", "paging": {"size": 2}},
    )
    assert ids(outcome, "posts") == [1, 2, 3]
    assert [asked.query for asked in api.log] == ["", ""]
    first = {"query": "*", "paging": {"size": 2}}
    if path == "page":
        assert [asked.json for asked in api.log] == [{**first, "page": 0}, {**first, "page": 1}]
    else:
        paging = [{"size": 2, "number": 0}, {"size": 2, "number": 1}]
        assert [asked.json["paging"] for asked in api.log] == paging


def test_offset_counts_records_and_sends_its_limit(api: API, extract: Extract) -> None:
    api.answer("/posts", by_offset(rows(5), total=5))
    outcome = paged(extract, {"type": "offset", "limit": 2}, params={"sort": "id"})
    assert ids(outcome, "posts") == [1, 2, 3, 4, 5]
    asked = [(one["offset"], one["limit"], one["sort"]) for one in api.params()]
    assert asked == [("0", "2", "id"), ("2", "2", "id"), ("4", "2", "id")]


def test_offset_goes_in_parameters_of_other_names(api: API, extract: Extract) -> None:
    api.answer("/posts", by_offset(rows(3), offset="skip", limit="take", meta={"count": 3}))
    paginator = {
        "type": "offset",
        "limit": 2,
        "offset_param": "skip",
        "limit_param": "take",
        "total_path": "meta.count",
    }
    assert ids(paged(extract, paginator), "posts") == [1, 2, 3]
    assert api.params() == [{"skip": "0", "take": "2"}, {"skip": "2", "take": "2"}]


def test_offset_may_begin_further_on(api: API, extract: Extract) -> None:
    api.answer("/posts", by_offset(rows(5), total=5))
    assert ids(paged(extract, {"type": "offset", "limit": 2, "offset": 3}), "posts") == [4, 5]


@pytest.mark.parametrize("envelope", [{}, {"total": None}], ids=["absent", "null"])
@pytest.mark.parametrize("total", [{}, {"total_path": None}], ids=["left out", "null path"])
def test_offset_without_a_total_ends_at_an_empty_page(
    api: API, extract: Extract, envelope: dict[str, Any], total: dict[str, Any]
) -> None:
    api.answer("/posts", by_offset(rows(3), **envelope))
    assert ids(paged(extract, {"type": "offset", "limit": 2, **total}), "posts") == [1, 2, 3]
    assert [one["offset"] for one in api.params()] == ["0", "2", "3"]


def test_offset_advances_by_what_came_where_the_api_caps_its_pages(
    api: API, extract: Extract
) -> None:
    """Where dlt would advance by its limit, and lose rows."""
    api.answer("/posts", lambda a: {"data": rows(7)[int(a.params["offset"]) :][:3], "total": 7})
    assert ids(paged(extract, {"type": "offset", "limit": 100}), "posts") == [1, 2, 3, 4, 5, 6, 7]
    assert [one["offset"] for one in api.params()] == ["0", "3", "6"]


def test_offset_ends_at_maximum_offset(api: API, extract: Extract) -> None:
    api.answer("/posts", by_offset(rows(9)))
    paginator = {"type": "offset", "limit": 2, "maximum_offset": 4, "total_path": None}
    assert ids(paged(extract, paginator), "posts") == [1, 2, 3, 4]
    assert len(api.log) == 2


@pytest.mark.parametrize(
    "paginator",
    [
        {"type": "offset", "limit": 2, "maximum_offset": 2},
        {"type": "page_number", "maximum_page": 1},
    ],
    ids=["offset", "page_number"],
)
@pytest.mark.parametrize("sign", [{"total": 9}, {"has_more": True}], ids=["total", "has_more"])
def test_maximum_may_be_the_first_page_though_there_is_more(
    api: API, extract: Extract, paginator: dict[str, Any], sign: dict[str, Any]
) -> None:
    """It is what was asked for."""
    api.answer("/posts", {"data": rows(2), **sign})
    assert ids(paged(extract, paginator), "posts") == [1, 2]
    assert len(api.log) == 1


@pytest.mark.parametrize("no", [False, "false"])
def test_offset_ends_where_has_more_says_no(api: API, extract: Extract, no: Any) -> None:
    api.answer("/posts", lambda a: {"data": rows(9)[int(a.params["offset"]) :][:2], "more": no})
    paginator = {"type": "offset", "limit": 2, "total_path": None, "has_more_path": "more"}
    assert ids(paged(extract, paginator), "posts") == [1, 2]
    assert len(api.log) == 1


def test_offset_goes_through_empty_pages_where_it_is_told_to(api: API, extract: Extract) -> None:
    def listing(asked: Asked) -> Any:
        at = int(asked.params["offset"])
        return {"data": [] if at == 2 else rows(2, first=1 + at), "more": at < 4}

    api.answer("/posts", listing)
    paginator = {
        "type": "offset",
        "limit": 2,
        "total_path": None,
        "has_more_path": "more",
        "stop_after_empty_page": False,
    }
    assert ids(paged(extract, paginator), "posts") == [1, 2, 5, 6]


def test_offset_and_limit_in_the_body(api: API, extract: Extract) -> None:
    def read(asked: Asked) -> dict[str, Any]:
        paging: dict[str, Any] = asked.json["paging"]
        return paging

    api.answer("/search", by_offset(rows(3), offset="from", limit="size", read=read, total=3))
    outcome = paged(
        extract,
        {
            "type": "offset",
            "limit": 2,
            "offset_body_path": "paging.from",
            "limit_body_path": "paging.size",
        },
        path="search",
        method="POST",
        json={"query": "*"},
    )
    assert ids(outcome, "posts") == [1, 2, 3]
    assert [asked.json for asked in api.log] == [
        {"query": "*", "paging": {"from": 0, "size": 2}},
        {"query": "*", "paging": {"from": 2, "size": 2}},
    ]
    assert {asked.query for asked in api.log} == {""}


def test_offset_makes_a_body_where_there_was_none(api: API, extract: Extract) -> None:
    api.answer("/search", by_offset(rows(3), read=in_body, total=3))
    paginator = {
        "type": "offset",
        "limit": 2,
        "offset_body_path": "offset",
        "limit_body_path": "limit",
    }
    assert ids(paged(extract, paginator, path="search", method="POST"), "posts") == [1, 2, 3]


def test_offset_needs_its_limit() -> None:
    for paginator in ("offset", {"type": "offset"}):
        (problem,) = refusal({"name": "posts", "endpoint": {"paginator": paginator}})
        assert problem == "resources[0].endpoint.paginator.limit: is missing"


@pytest.mark.parametrize(
    "paginator",
    [
        {"type": "offset", "limit": 2, "offset_param": "o", "offset_body_path": "o"},
        {"type": "offset", "limit": 2, "limit_param": "l", "limit_body_path": "l"},
        {"type": "page_number", "page_param": "p", "page_body_path": "p"},
        {"type": "cursor", "cursor_path": "n", "cursor_param": "c", "cursor_body_path": "c"},
    ],
    ids=["offset", "limit", "page", "cursor"],
)
def test_parameter_beside_a_body_path_is_refused(paginator: dict[str, Any]) -> None:
    """The value can go to one place only; which one is meant is not to be guessed."""
    (problem,) = refusal({"name": "posts", "endpoint": {"paginator": paginator}})
    assert "_body_path" in problem


@pytest.mark.parametrize("kind", ["page_number", "offset"])
def test_paginator_without_any_end_is_refused(kind: str) -> None:
    endless = {"type": kind, "total_path": None, "stop_after_empty_page": False}
    paginator = {**endless, **({"limit": 2} if kind == "offset" else {})}
    (problem,) = refusal({"name": "posts", "endpoint": {"paginator": paginator}})
    assert problem.startswith("resources[0].endpoint.paginator")


@pytest.mark.parametrize("kind", ["auto", "single_page", "json_link", "header_cursor"])
def test_size_among_the_params_is_none_of_the_paginators_business(
    caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    endpoint = {"params": {"limit": 100}, "paginator": {"type": kind}}
    assert warnings(caplog, {"name": "posts", "endpoint": endpoint}) == []
