from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.exceptions import OriginError, PagingError
from tap_analytics.spec import (
    ApiKey,
    Bearer,
    Cursor,
    HeaderLink,
    JsonLink,
    Offset,
    PageNumber,
    Paginator,
    ResponseAction,
    SinglePage,
)

from .conftest import Answer, connected
from .walks import LABEL, ids, records

if TYPE_CHECKING:
    from tap_analytics.rest.connection import Connection
    from tap_analytics.sandbox import Sandbox
    from tests.conftest import MakeSandbox

    from .conftest import Serve

BILLING = Cursor(
    cursor_path="next|meta.pagination.next",
    cursor_param="next",
    has_more_path="has_more|meta.pagination.has_more",
    limit=20,
)
ENGAGEMENT = Cursor(
    cursor_path="links.next", cursor_param="page[after]", limit=20, limit_param="page[size]"
)


@pytest.fixture
def small(make_sandbox: MakeSandbox) -> Sandbox:
    return make_sandbox(scale=0.02)


def signed(sandbox: Sandbox) -> Connection:
    return connected(sandbox.base_url, Bearer(token=sandbox.credentials.token))


@pytest.mark.parametrize(
    "options",
    [{}, {"empty_pages": 2}, {"max_page_size": 3}, {"links": "relative"}, {"links": "token"},
     {"envelope": "meta"}, {"totals": "present"}, {"totals": "absent"}],
    ids=str,
)  # fmt: skip
def test_pages_bring_each_record_once(make_sandbox: MakeSandbox, options: dict[str, Any]) -> None:
    sandbox = make_sandbox(scale=0.02, **options)
    connection = signed(sandbox)

    events = records(connection, BILLING)
    calls = records(connection, ENGAGEMENT, "/v1/calls")
    rows = records(connection, Offset(limit=7), "/v1/resource")

    assert ids(events) == ids(sandbox.truth("events"))
    assert ids(calls) == ids(sandbox.truth("calls"))
    assert ids(rows) == ids(sandbox.truth("resource"))


def test_pages_ask_for_nothing_twice(small: Sandbox) -> None:
    records(signed(small), BILLING)

    asked = [tuple(entry.query) for entry in small.log]
    assert len(set(asked)) == len(asked) > 3


@pytest.mark.parametrize(
    ("path", "paginator"),
    [("/v1/events", BILLING), ("/v1/calls", ENGAGEMENT),
     ("/v1/calls", JsonLink(next_url_path="links.next"))],
    ids=["cursor", "link", "json_link"],
)  # fmt: skip
@pytest.mark.parametrize(
    "auth",
    [Bearer(token="test-api-key"), ApiKey(api_key="test-api-key", name="X-Api-Key"),
     ApiKey(api_key="test-api-key", name="api_key", location="query")],
    ids=["bearer", "header", "query"],
)  # fmt: skip
def test_link_to_another_origin_is_refused_and_nothing_is_sent_there(
    small: Sandbox, serve: Serve, path: str, paginator: Paginator, auth: Any
) -> None:
    other = serve()
    small.add_fault({"path": path, "fault": "foreign_link", "origin": other.base_url})

    with pytest.raises(OriginError) as caught:
        records(connected(small.base_url, auth), paginator, path)

    assert str(caught.value) == (
        f"{LABEL}: the next page points at {other.base_url}, not at {small.base_url}; "
        "refused, nothing was sent (client.allowed_origins can allow it)"
    )
    assert (len(small.log), other.log) == (1, [])


def test_header_link_to_another_origin_is_refused_and_nothing_is_sent_there(serve: Serve) -> None:
    other = serve()
    link = f'<{other.base_url}/v1/events?p=2>; rel="next"'
    server = serve(Answer({"data": [{"id": 1}]}, headers={"Link": link}))

    with pytest.raises(OriginError, match="the next page points at"):
        records(connected(server.base_url, Bearer(token="t")), HeaderLink())

    assert (len(server.log), other.log) == (1, [])


@pytest.mark.parametrize("link", ["http://[", "//user@127.0.0.1/?p=2", "ftp://127.0.0.1/data"])
def test_link_that_is_no_usable_url_is_refused(serve: Serve, link: str) -> None:
    server = serve(Answer({"data": [{"id": 1}], "next": link}))

    with pytest.raises(OriginError, match=r"the next page .*; refused, nothing was sent$"):
        records(connected(server.base_url), JsonLink())


def test_query_key_is_added_to_links_that_lack_it_and_not_doubled(serve: Serve) -> None:
    links = ["/v1/events?p=2", "/v1/events?api_key=old&p=3"]
    pages = [{"data": [{"id": n}], "next": link} for n, link in enumerate(links)]
    server = serve(*map(Answer, pages), Answer({"data": []}))
    auth = ApiKey(api_key="k1", name="api_key", location="query")

    records(connected(server.base_url, auth), JsonLink(), params={"limit": 1})

    assert [asked.target for asked in server.log] == [
        "/v1/events?limit=1&api_key=k1",
        "/v1/events?p=2&api_key=k1",
        "/v1/events?p=3&api_key=k1",
    ]


@pytest.mark.parametrize("skip", [0, 1, 2], ids=["to itself", "one back", "two back"])
def test_token_that_leads_back_is_an_error_that_names_both_pages(small: Sandbox, skip: int) -> None:
    small.add_fault({"path": "/v1/events", "fault": "cycle", "skip": 1 + skip, "times": 0})

    with pytest.raises(PagingError) as caught:
        records(signed(small), BILLING)

    assert str(caught.value) == (
        f"{LABEL}, page {3 + skip} repeats the position of page 2; stopped to avoid a loop"
    )
    assert len(small.log) == 2 + skip


def test_link_that_leads_back_is_an_error_that_names_both_pages(small: Sandbox) -> None:
    small.add_fault({"path": "/v1/calls", "fault": "cycle", "skip": 2, "times": 0})

    with pytest.raises(PagingError) as caught:
        records(signed(small), Cursor(cursor_path="links.next", limit=10, limit_param="page[size]"),
                "/v1/calls")  # fmt: skip

    assert str(caught.value) == (
        f"{LABEL}, page 4 repeats the position of page 2; stopped to avoid a loop"
    )


@pytest.mark.parametrize("paginator", [Offset(limit=1), PageNumber()], ids=["offset", "number"])
def test_api_that_ignores_the_paging_is_an_error_that_names_both_pages(
    serve: Serve, paginator: Paginator
) -> None:
    server = serve(*[Answer({"data": [{"id": 1}]})] * 4, Answer({"data": []}))

    with pytest.raises(PagingError) as caught:
        records(connected(server.base_url), paginator)

    assert str(caught.value) == (
        f"{LABEL}, page 2 holds the same records as page 1; the API seems to ignore the paging "
        "parameters"
    )
    assert len(server.log) == 2


def test_pages_that_alternate_are_an_error_too(serve: Serve) -> None:
    pages = [
        Answer({"data": [{"id": n}], "next": f"t{n}{turn}"}) for turn in (1, 2) for n in (1, 2)
    ]
    server = serve(*pages)

    with pytest.raises(PagingError, match="page 3 holds the same records as page 1"):
        records(connected(server.base_url), Cursor(cursor_path="next"))


def test_empty_pages_count_only_while_nothing_comes_between(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tap_analytics.rest.fetch.MOST_EMPTY_PAGES", 3)
    pages = [{"data": [{"id": n}] * (n % 3 == 2), "next": f"t{n}"} for n in range(9)]
    server = serve(*map(Answer, pages), Answer({"data": []}))

    assert ids(records(connected(server.base_url), Cursor(cursor_path="next"))) == [2, 5, 8]


def test_endless_empty_pages_are_an_error(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tap_analytics.rest.fetch.MOST_EMPTY_PAGES", 20)
    server = serve(Answer({"data": []}))

    with pytest.raises(PagingError) as caught:
        records(connected(server.base_url), PageNumber(stop_after_empty_page=False))

    assert str(caught.value).startswith(f"{LABEL}, page 20: 20 empty pages in a row; ")


def test_page_that_breaks_off_is_asked_for_again_and_no_record_comes_twice(small: Sandbox) -> None:
    for fault in ("truncate", "reset", "empty_body", "5xx"):
        small.add_fault({"path": "/v1/events", "fault": fault, "match": {"page": 2}})
    auth = Bearer(token=small.credentials.token)

    found = records(connected(small.base_url, auth, max_retries=4), BILLING)

    assert ids(found) == ids(small.truth("events"))
    assert len({tuple(entry.query) for entry in small.log}) == len(small.log) - 4


def test_numbers_that_are_none_are_counted(small: Sandbox) -> None:
    counts: list[int] = []
    small.add_fault({"path": "/v1/events", "fault": "nan", "times": 2})

    found = records(signed(small), BILLING, count_non_finite=counts.append)

    assert counts == [1, 1]
    assert ids(found) == ids(small.truth("events"))


def test_response_action_ends_the_partition_with_what_came_before(serve: Serve) -> None:
    server = serve(Answer({"data": [{"id": 1}]}), Answer({"detail": "too deep"}, 400))
    action = ResponseAction(action="ignore", status_code=400, content="too deep")

    found = records(connected(server.base_url), Offset(limit=1), actions=(action,))

    assert found == [{"id": 1}]


@pytest.mark.parametrize(
    "paginator",
    [Offset(limit=2, maximum_offset=2), PageNumber(maximum_page=1), SinglePage()],
    ids=["offset", "page number", "single page"],
)
def test_end_that_is_asked_for_is_no_error_although_there_is_more(
    serve: Serve, paginator: Paginator, caplog: pytest.LogCaptureFixture
) -> None:
    server = serve(Answer({"data": [{"id": 1}, {"id": 2}], "total": 9}))
    assert len(records(connected(server.base_url), paginator)) == 2
    assert "total says 9, but 2 records came" in caplog.text
