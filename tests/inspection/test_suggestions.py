"""What a probe makes of one page: each suggestion where there is reason for it, and silence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.streams import BUILT_IN
from tests.conftest import bearer
from tests.inspection.conftest import things
from tests.rest.conftest import Answer

if TYPE_CHECKING:
    from tests.conftest import MakeSandbox
    from tests.inspection.conftest import ReadCommand
    from tests.rest.conftest import Serve

DAY = "2024-03-01T10:00:00Z"
BY_CURSOR = {"type": "cursor", "cursor_path": "next", "has_more_path": "has_more"}
BY_OFFSET = {"type": "offset", "limit": 3}
SINCE = {"cursor_path": "at", "start_param": "since"}
IGNORED = "seems to be ignored;"
START = "2024-01-01T00:00:00Z"
UNUSED = "start_date has no effect"
UNFOLLOWED = "paginator: single_page does not follow"
FULL = "ends at a full page of 3 records, though nothing in the answer says that it is the last"


def rows(count: int, **fields: Any) -> list[dict[str, Any]]:
    return [{"id": number, "at": DAY, **fields} for number in range(count)]


def suggested(
    read: ReadCommand, serve: Serve, answer: Answer, *, status: int = 0, **config: Any
) -> list[str]:
    """What a probe of ``things`` suggests when this is what the API answers."""
    top = {key: config.pop(key) for key in ("start_date",) if key in config}
    server = serve(answer)
    content = read("probe", {**things(server.base_url, **config), **top}, status=status)
    (resource,) = content["resources"]
    found: list[str] = resource["suggestions"]
    return found


HEALTHY: dict[str, tuple[dict[str, Any], Any, dict[str, str]]] = {
    "bare list": ({}, rows(3), {}),
    "empty page": ({"data_selector": "data"}, {"data": [], "included": [{"a": 1}]}, {}),
    "null page": ({"data_selector": "data"}, {"data": None, "errors": []}, {}),
    "one entity with a total of its own": (
        {"data_selector": "$", "paginator": "single_page"},
        {"id": 1, "total": 100, "next": "/a?b", "has_more": True, "at": DAY},
        {},
    ),
    "cursor that stays behind the end": (
        {"paginator": BY_CURSOR, "params": {"limit": 3}},
        {"data": rows(3), "has_more": False, "next": "abc"},
        {},
    ),
    "cursor that is null at the end of a full page": (
        {"paginator": {"type": "cursor", "cursor_path": "next"}, "params": {"limit": 3}},
        {"data": rows(3), "next": None},
        {},
    ),
    "flag without a cursor": (
        {"paginator": BY_CURSOR, "params": {"per_page": 3}},
        {"data": rows(3), "has_more": False},
        {},
    ),
    "link with no next page": (
        {"params": {"per_page": 3}},
        {"data": rows(3), "links": {"self": "/a?b", "next": None}},
        {},
    ),
    "full page with its total": (
        {"paginator": {"type": "single_page"}, "params": {"limit": 3}},
        {"data": rows(3), "meta": {"total": 3}},
        {},
    ),
    "full page that is the only one": (
        {"paginator": "single_page", "params": {"page_size": 3}},
        {"data": rows(3), "page": 1, "total_pages": 1},
        {},
    ),
    "full page and a header that counts them": (
        {"paginator": "single_page", "params": {"limit": 3}},
        rows(3),
        {"X-Total-Count": "3"},
    ),
    "offset with more to come": (
        {"paginator": BY_OFFSET},
        {"data": rows(3), "total": 9, "next": "/things?offset=3"},
        {},
    ),
    "offset that the user ends": (
        {"paginator": {**BY_OFFSET, "maximum_offset": 3}},
        {"data": rows(3), "next": "/things?offset=3"},
        {},
    ),
    "link header with more to come": (
        {"paginator": "header_link", "params": {"per_page": 3}},
        rows(3),
        {"Link": '</things?page=2>; rel="next"'},
    ),
    "link header that says no": (
        {"paginator": "header_link", "params": {"per_page": 3}},
        rows(3),
        {"Link": '</things?page=2>; rel="next"; results="false"'},
    ),
    "short page": ({"params": {"limit": 4}}, {"data": rows(3)}, {}),
    "cursor of this very page": ({}, {"data": rows(3), "cursor": "abc"}, {}),
    "short page as the user's end": (
        {"paginator": {"type": "cursor", "cursor_path": "next", "stop_below": 5}},
        {"data": rows(3), "next": "abc"},
        {},
    ),
    "cursor that some records lack": (
        {"incremental": {"cursor_path": "at"}},
        [*rows(2), {"id": 9, "at": None}],
        {},
    ),
    "numbers that count": (
        {"incremental": {"cursor_path": "version"}},
        rows(3, version=12),
        {},
    ),
    "texts that order": ({"incremental": {"cursor_path": "tag"}}, rows(3, tag="01H8XK"), {}),
    "numbers that are instants by the format": (
        {"incremental": {"cursor_path": "ms", "datetime_format": "%ms"}},
        rows(3, ms=1717171717000),
        {},
    ),
    "records of the very day": (
        {"incremental": SINCE},
        rows(2, at="2024-01-01T00:00:00Z"),
        {},
    ),
    "dates of the very day": ({"incremental": SINCE}, rows(2, at="2024-01-01"), {}),
}  # fmt: skip


@pytest.mark.parametrize(("endpoint", "body", "headers"), HEALTHY.values(), ids=HEALTHY)
def test_healthy_answer_gets_no_suggestion(
    read: ReadCommand,
    serve: Serve,
    endpoint: dict[str, Any],
    body: Any,
    headers: dict[str, str],
) -> None:
    answer = Answer(body, headers=headers)
    found = suggested(
        read, serve, answer, endpoint=endpoint, primary_key="id", start_date="2024-01-01"
    )

    assert found == []


@pytest.mark.parametrize(
    "shape",
    [{}, {"envelope": "meta", "links": "token"}, {"json_api": False}, {"totals": "absent"}],
    ids=str,
)  # fmt: skip
def test_sandbox_gets_no_suggestion_for_any_built_in_stream(
    make_sandbox: MakeSandbox, read: ReadCommand, shape: dict[str, Any]
) -> None:
    content = read("probe", bearer(make_sandbox(**shape), start_date="2024-01-01"))

    found = {each["name"]: each["suggestions"] for each in content["resources"]}
    assert found == {name: [] for name in BUILT_IN}


SCHEMA = {"type": "object", "properties": {"at": {"type": "string", "format": "date-time"}}}
WRONG: dict[str, tuple[dict[str, Any], Any, dict[str, str], str]] = {
    "key that is nowhere": (
        {"primary_key": "uid"}, rows(3), {},
        "primary_key: uid is absent or null in 3 of 3 records; of its own in each record: id",
    ),
    "key that one record lacks": (
        {"primary_key": ["id", "at"]}, [*rows(2), {"id": 5}], {},
        "primary_key: at is absent or null in 1 of 3 records; of its own in each record: id",
    ),
    "key that is not unique": (
        {"primary_key": "at"}, rows(3), {},
        "primary_key: at is not unique, 2 of 3 records repeat another's",
    ),
    "cursor that is nowhere": (
        {"endpoint": {"incremental": {"cursor_path": "changed"}}}, rows(3), {},
        "incremental.cursor_path: changed is absent or null in 3 of 3 records; dates are in at",
    ),
    "cursor that must be there": (
        {"endpoint": {"incremental": {"cursor_path": "at", "on_cursor_value_missing": "raise"}}},
        [*rows(2), {"id": 5}], {},
        "incremental.cursor_path: at is absent or null in 1 of 3 records; dates are in at",
    ),
    "cursor of another type than the schema says": (
        {"endpoint": {"incremental": {"cursor_path": "at"}}, "schema": SCHEMA},
        rows(3, at=1717171717), {},
        "incremental.cursor_path: at (replication key) is not an ISO 8601 date-time: 1717171717",
    ),
    "cursor of another type than its first value": (
        {"endpoint": {"incremental": {"cursor_path": "id", "initial_value": "2024-01-01"}}},
        rows(3), {},
        "incremental: its bookmark, initial_value or end_value is not a number",
    ),
    "cursor in seconds": (
        {"endpoint": {"incremental": {"cursor_path": "s"}}}, rows(3, s=1717171717), {},
        f"incremental.cursor_path: s holds 1717171717; without datetime_format '%s' {UNUSED}",
    ),
    "cursor in milliseconds": (
        {"endpoint": {"incremental": {"cursor_path": "s"}}}, rows(3, s=1717171717000), {},
        f"incremental.cursor_path: s holds 1717171717000; without datetime_format '%ms' {UNUSED}",
    ),
    "cursor in a form of its own": (
        {"endpoint": {"incremental": {"cursor_path": "s"}}}, rows(3, s="31/01/2024"), {},
        f"incremental.cursor_path: s holds '31/01/2024'; without datetime_format {UNUSED}",
    ),
    "start that is ignored": (
        {"endpoint": {"incremental": SINCE}}, [*rows(2), {"id": 5, "at": "2023-12-30T00:00:00Z"}],
        {},
        f"incremental: since {IGNORED} 1 of 3 records are older than {START}",
    ),
    "start in the path that is ignored": (
        {"endpoint": {
            "path": "/things?q={incremental.start_value}", "incremental": {"cursor_path": "at"}}},
        rows(1, at="2023-05-05"), {},
        f"incremental: the start in the request {IGNORED} 1 of 1 records are older than {START}",
    ),
    "start that is a number and ignored": (
        {"endpoint": {"incremental": {**SINCE, "cursor_path": "id", "initial_value": 2}}},
        rows(3), {},
        "incremental: since seems to be ignored; 2 of 3 records are older than 2",
    ),
    "flag at another place": (
        {"endpoint": {"paginator": BY_CURSOR}},
        {"data": rows(3), "next": "abc", "meta": {"hasMore": True}}, {},
        "paginator.has_more_path: has_more is absent; a flag stands at meta.hasMore",
    ),
    "link that single_page leaves": (
        {"endpoint": {"paginator": "single_page"}},
        {"data": rows(3), "links": {"next": "/things?page=2"}}, {},
        f"{UNFOLLOWED} links.next; try json_link with next_url_path links.next",
    ),
    "link in a header that a cursor leaves": (
        {"endpoint": {"paginator": {"type": "cursor", "cursor_path": "next"}}}, rows(3),
        {"Link": '</things?page=2>; rel="next"'},
        "paginator: cursor does not follow header link, rel=next; try header_link",
    ),
    "cursor in a header": (
        {"endpoint": {"paginator": "single_page"}}, rows(3), {"X-Next-Cursor": "abc"},
        f"{UNFOLLOWED} header x-next-cursor; try header_cursor with cursor_key x-next-cursor",
    ),
    "cursor that json_link does not find": (
        {"endpoint": {"paginator": "json_link"}}, {"data": rows(3), "page": {"next": "abc"}},
        {},
        "paginator: json_link does not follow page.next; try cursor with cursor_path page.next",
    ),
    "total that is larger": (
        {"endpoint": {"paginator": "single_page"}}, {"data": rows(3), "meta": {"total": 9}}, {},
        "paginator: single_page asks once, but meta.total says 9 and 3 records came",
    ),
    "total in a header that is larger": (
        {"endpoint": {"paginator": "single_page"}}, rows(3), {"X-Total-Count": "9"},
        "paginator: single_page asks once, but header x-total-count says 9 and 3 records came",
    ),
    "flag that single_page leaves": (
        {"endpoint": {"paginator": "single_page"}}, {"data": rows(3), "has_more": "true"}, {},
        "paginator: single_page asks once, but has_more says that there is more",
    ),
    "full page at a guessed end": (
        {"endpoint": {"params": {"per_page": 3}}}, rows(3), {},
        f"paginator: single_page {FULL}",
    ),
    "full page without a cursor": (
        {"endpoint": {"paginator": {"type": "cursor", "cursor_path": "next", "limit": 3}}},
        {"data": rows(3)}, {},
        f"paginator: cursor {FULL}",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("config", "body", "headers", "expected"), WRONG.values(), ids=WRONG)
def test_what_looks_wrong_gets_the_one_suggestion(
    read: ReadCommand,
    serve: Serve,
    config: dict[str, Any],
    body: Any,
    headers: dict[str, str],
    expected: str,
) -> None:
    config = {"start_date": "2024-01-01", **config}
    assert suggested(read, serve, Answer(body, headers=headers), **config) == [expected]


@pytest.mark.parametrize(
    ("selector", "body", "expected"),
    [
        (
            "items",
            {"data": {"items": rows(2), "odd": [1]}},
            "data_selector: 'items' finds no records; lists of objects stand at data.items (2)",
        ),
        (
            "data",
            {"data": ["a"], "rows": rows(1), "x": {"y": rows(3)}},
            "data_selector: 'data' finds no records; lists of objects stand at x.y (3), rows (1)",
        ),
        (
            None,
            {"meta": {"records": rows(2)}},
            "data_selector: no records are found; lists of objects stand at meta.records (2)",
        ),
        (
            "data",
            rows(2),
            "data_selector: 'data' finds no records; lists of objects stand at $ (2)",
        ),
    ],
)
def test_selector_that_finds_nothing_is_told_where_records_are(
    read: ReadCommand, serve: Serve, selector: str | None, body: Any, expected: str
) -> None:
    endpoint = {"data_selector": selector}
    found = suggested(read, serve, Answer(body), endpoint=endpoint, status=1)

    assert found == [expected]


@pytest.mark.parametrize(
    "body", [{"error": "no", "errors": rows(2)}, {"message": "no"}, {"a.b": {"c[0": rows(2)}}],
    ids=["errors", "message", "key that is no path"],
)  # fmt: skip
def test_body_without_any_list_of_records_gets_no_suggestion(
    read: ReadCommand, serve: Serve, body: Any
) -> None:
    assert suggested(read, serve, Answer(body), endpoint={"data_selector": "data"}, status=1) == []


def test_suggestion_stands_beside_the_failure_that_it_could_mend(
    read: ReadCommand, serve: Serve
) -> None:
    body = {"data": rows(3), "has_more": True, "links": {"next": "/things?page=2"}}
    server = serve(Answer(body))
    content = read("probe", things(server.base_url, endpoint={"paginator": BY_CURSOR}), status=1)
    (resource,) = content["resources"]

    assert resource["error"].startswith("things: GET /things, page 1: has_more says that there is")
    assert resource["suggestions"] == [
        "paginator: cursor does not follow links.next; try json_link with next_url_path links.next"
    ]


def test_link_to_another_origin_is_a_failure_and_no_suggestion(
    read: ReadCommand, serve: Serve
) -> None:
    server = serve(Answer({"data": rows(1), "next": "https://other.example.com/a?b=1"}))
    config = things(server.base_url, endpoint={"paginator": "json_link"})
    (resource,) = read("probe", config, status=1)["resources"]

    assert "points at https://other.example.com" in resource["error"]
    assert resource["suggestions"] == []
    assert len(server.log) == 1


def test_records_dropped_by_a_filter_are_not_looked_at(read: ReadCommand, serve: Serve) -> None:
    body = [*rows(2), {"id": None, "at": DAY}]
    endpoint = {"record_filter": {"path": "id", "values": [None], "negated": True}}

    assert suggested(read, serve, Answer(body), endpoint=endpoint, primary_key="id") == []
