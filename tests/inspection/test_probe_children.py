"""A page of a child: which parent it is asked for with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.inspection.conftest import by_name, things
from tests.rest.conftest import Answer

if TYPE_CHECKING:
    from tests.inspection.conftest import ReadCommand
    from tests.rest.conftest import Serve

CHILD = {"name": "parts", "endpoint": {"path": "/things/{resources.things.id}/parts"}}
SINCE = {"cursor_path": "at", "start_param": "since"}


def family(base_url: str, *children: Any, **settings: Any) -> dict[str, Any]:
    """A config with ``things``, and ``parts`` of each unless others are given."""
    config = things(base_url, endpoint={"data_selector": "data", "paginator": "single_page"})
    return {**config, **settings, "resources": [*config["resources"], *(children or (CHILD,))]}


def test_child_is_asked_for_with_the_first_parent_that_has_records(
    read: ReadCommand, serve: Serve
) -> None:
    parents = Answer({"data": [{"id": "a"}, {"id": "b"}, {"id": None}, {"id": "c/d"}]})
    server = serve(parents, Answer(status=404), Answer([]), Answer([{"x": 1}]))
    content = by_name(read("probe", family(server.base_url)))

    paths = [asked.target for asked in server.log]
    assert paths == ["/things", "/things/a/parts", "/things/b/parts", "/things/c%2Fd/parts"]
    assert content["parts"]["parent"] == "things, record 4 of 4"
    assert content["parts"]["records"]["count"] == 1


@pytest.mark.parametrize(
    ("answers", "shown", "status"),
    [
        ((Answer(status=404), Answer([])), ("things, record 2 of 2", None), 0),
        ((Answer([]), Answer(status=404)), ("things, record 1 of 2", None), 0),
        ((Answer(status=404),), ("things, record 1 of 2", "parts: GET /things/a/parts"), 1),
        ((Answer(status=403),), ("things, record 1 of 2", "parts: GET /things/a/parts"), 1),
    ],
    ids=["second is empty", "first is empty", "all are gone", "forbidden"],
)
def test_child_without_records_shows_the_best_there_is(
    read: ReadCommand, serve: Serve, answers: tuple[Answer, ...], shown: Any, status: int
) -> None:
    server = serve(Answer({"data": [{"id": "a"}, {"id": "b"}]}), *answers)
    parts = by_name(read("probe", family(server.base_url), status=status))["parts"]

    parent, error = shown
    assert parts["parent"] == parent
    assert (parts["error"] or "").startswith(error or "")
    assert bool(parts["error"]) == bool(status)


def test_no_more_than_ten_parents_are_tried(read: ReadCommand, serve: Serve) -> None:
    server = serve(Answer({"data": [{"id": number} for number in range(30)]}), Answer([]))
    read("probe", family(server.base_url))

    assert len(server.log) == 11


def test_grandchild_needs_a_page_of_each_ancestor(read: ReadCommand, serve: Serve) -> None:
    grandchild = {
        "name": "screws",
        "include_from_parent": ["id"],
        "endpoint": "/things/{resources.things.id}/parts/{resources.parts.id}/screws",
    }
    page = Answer({"data": [{"id": 7}, {"id": 8}]})
    server = serve(page, Answer([]), page, page)
    config = family(server.base_url, CHILD, grandchild)
    content = read("probe", config, options=("--resource", "screws"))

    (screws,) = content["resources"]
    assert screws["parent"] == "parts, record 1 of 2 (things, record 2 of 2)"
    assert server.log[-1].target == "/things/8/parts/7/screws"
    assert "_parts_id" in {each["name"] for each in screws["fields"]}


def test_parent_without_records_leaves_nothing_to_ask(read: ReadCommand, serve: Serve) -> None:
    server = serve(Answer({"data": []}))
    grandchild = {"name": "screws", "endpoint": "/parts/{resources.parts.id}/screws"}
    content = by_name(read("probe", family(server.base_url, CHILD, grandchild)))

    told = "no record of {} is at hand, so nothing was asked"
    assert content["parts"]["notes"] == [told.format("things")]
    assert content["screws"]["notes"] == [told.format("parts")]
    assert len(server.log) == 1


def test_failure_of_a_parent_is_one_of_its_children_and_the_others_go_on(
    read: ReadCommand, serve: Serve
) -> None:
    other = {"name": "others", "endpoint": "/others"}
    server = serve(Answer({"error": {"message": "not yours"}}, status=403), Answer([{"id": 1}]))
    content = by_name(read("probe", family(server.base_url, CHILD, other), status=1))

    assert content["things"]["error"].startswith("things: GET /things, page 1 answered 403")
    assert content["things"]["envelope"]["error.message"] == "'not yours'"
    assert content["parts"]["error"] == "parts: incomplete, for its parent things failed"
    assert content["others"]["error"] is None
    assert content["others"]["records"]["count"] == 1


def test_parent_is_asked_for_whole(read: ReadCommand, serve: Serve) -> None:
    server = serve(Answer({"data": [{"id": 1, "at": "2020-01-01"}]}))
    config = family(server.base_url, start_date="2024-01-01")
    config["resources"][0]["endpoint"]["incremental"] = SINCE
    content = by_name(read("probe", config))

    assert server.log[0].target == "/things"
    assert content["things"]["suggestions"] == []
