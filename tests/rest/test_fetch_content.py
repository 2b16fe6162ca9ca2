"""What a page is taken for, by what its body holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.exceptions import ContentError
from tap_analytics.spec import Offset, SinglePage

from .conftest import Answer, connected
from .walks import LABEL, records

if TYPE_CHECKING:
    from .conftest import Serve


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"data": None}, []),
        ({"data": []}, []),
        ({"data": {"id": 1}}, [{"id": 1}]),
        ({"data": [{"id": 1}], "error": None, "errors": []}, [{"id": 1}]),
    ],
    ids=["null", "empty list", "one object", "empty error fields"],
)
def test_selector_takes_null_for_no_record_and_an_object_for_one(
    serve: Serve, body: Any, found: list[Any]
) -> None:
    assert records(connected(serve(Answer(body)).base_url), SinglePage()) == found


@pytest.mark.parametrize(
    ("body", "selector", "reason"),
    [
        ({"items": [], "total": 0}, "data",
         "data_selector finds nothing ('data'); the body has the keys items, total"),
        ({}, "data", "data_selector finds nothing ('data'); the body has no keys"),
        ([], "data", "data_selector finds nothing ('data'); the body has a list"),
        (7, "data", "data_selector finds nothing ('data'); the body has only int"),
        ({str(n): n for n in range(10, 25)}, "data",
         ("data_selector finds nothing ('data'); the body has the keys 10, 11, 12, 13, 14, 15, 16, "
          "17, 18, 19, 20, 21 and 3 more")),
        ({"next": None, "total": 0}, None,
         "data_selector finds nothing (no list of records); the body has the keys next, total"),
        ({"data": [1]}, "data", "record 1 is no object but int"),
        ({"data": [{"id": 1}, None]}, "data", "record 2 is no object but NoneType"),
    ],
    ids=["other keys", "no keys", "list", "number", "many keys", "detected", "scalar", "null"],
)  # fmt: skip
def test_body_that_is_not_the_data_is_an_error_that_tells_what_it_is(
    serve: Serve, body: Any, selector: str | None, reason: str
) -> None:
    with pytest.raises(ContentError) as caught:
        records(connected(serve(Answer(body)).base_url), SinglePage(), selector=selector)

    assert str(caught.value) == f"{LABEL}, page 1: {reason}"


@pytest.mark.parametrize("body", [{}, {"total": 1}, {"message": ""}], ids=str)
def test_selector_that_finds_nothing_on_a_later_page_ends_there(serve: Serve, body: Any) -> None:
    server = serve(Answer({"data": [{"id": 1}]}), Answer(body))

    assert records(connected(server.base_url), Offset(limit=1)) == [{"id": 1}]


def test_message_instead_of_a_later_page_is_an_error(serve: Serve) -> None:
    server = serve(Answer({"data": [{"id": 1}]}), Answer({"message": "try again later"}))

    with pytest.raises(ContentError, match="page 2: data_selector finds nothing"):
        records(connected(server.base_url), Offset(limit=1))


def test_error_object_with_details_is_not_taken_for_records(serve: Serve) -> None:
    server = serve(Answer({"error": "wrong", "details": [{"field": "since"}]}))

    with pytest.raises(ContentError, match="the answer is an error object"):
        records(connected(server.base_url), SinglePage(), selector=None)


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"code": 7}},
        {"errors": [{"title": "x"}]},
        {"data": None, "errors": [{"message": "GraphQL says so"}]},
        {"data": [], "error": "try again"},
    ],
    ids=["error", "errors", "with null data", "with no data"],
)
@pytest.mark.parametrize("number", [1, 2])
def test_error_object_with_status_200_is_an_error_on_any_page(
    serve: Serve, body: Any, number: int
) -> None:
    answers = [Answer({"data": [{"id": 1}]})] * (number - 1)
    server = serve(*answers, Answer(body))

    with pytest.raises(ContentError) as caught:
        records(connected(server.base_url), Offset(limit=1))

    assert str(caught.value) == (
        f"{LABEL}, page {number}: the answer is an error object, although its status is 200"
    )


def test_records_keep_their_numbers(serve: Serve) -> None:
    server = serve(Answer(b'{"data": [{"a": 1.10, "b": 9007199254740993}]}'))

    found = records(connected(server.base_url), SinglePage())[0]

    assert (str(found["a"]), found["b"]) == ("1.10", 9007199254740993)
