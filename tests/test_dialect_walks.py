"""Loosely written configs against APIs of the shapes they speak of: each record arrives once.

The APIs are written out by hand, one function a shape, and know nothing of how a config is read.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import parse_qsl, urlsplit

import pytest

from tap_analytics.tap import TapAnalytics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import RunTap

Query: TypeAlias = dict[str, str]
Reply: TypeAlias = tuple[Any, dict[str, str]]
Shape: TypeAlias = "Callable[[Query, str], Reply]"

COUNT, SIZE = 25, 10
RECORDS = [{"id": f"r{number:02d}", "value": number} for number in range(COUNT)]
CORPUS = Path(__file__).parents[2] / "shared" / "corpus"
OPEN = ("organization",)  # what the samples leave to their user


def part(start: int) -> list[dict[str, Any]]:
    return RECORDS[start : start + SIZE]


def more(start: int) -> bool:
    return start + SIZE < COUNT


def by_skip(query: Query, _url: str) -> Reply:
    return {"rows": part(int(query["skip"]))}, {}


def by_page_from_1(query: Query, _url: str) -> Reply:
    assert query["per_page"] == "10"
    return part((int(query["page"]) - 1) * SIZE), {}


def by_page_from_0(query: Query, _url: str) -> Reply:
    return {"result": {"items": part(int(query["pageNo"]) * SIZE)}}, {}


def by_token_behind_a_flag(query: Query, _url: str) -> Reply:
    """The token is there on the last page, too."""
    start = int(query.get("page_token", "t0")[1:])
    return {
        "data": part(start),
        "meta": {"hasMore": more(start), "next_page_token": f"t{start + SIZE}"},
    }, {}


def by_done_flag(query: Query, _url: str) -> Reply:
    start = int(query.get("cursor", "t0")[1:])
    return {"data": part(start), "cursor": f"t{start + SIZE}", "done": not more(start)}, {}


def by_record(query: Query, _url: str) -> Reply:
    """Anything but a record's id is refused, and nothing says when there is no more."""
    after = query.get("starting_after")
    ids = [record["id"] for record in RECORDS]
    return {"data": part(0 if after is None else ids.index(after) + 1)}, {}


def by_odata_link(query: Query, url: str) -> Reply:
    start = int(query.get("$skiptoken", "0"))
    link = {"@odata.nextLink": f"{url}?$skiptoken={start + SIZE}"} if more(start) else {}
    return {"value": part(start), **link}, {}


def by_relative_link(query: Query, url: str) -> Reply:
    start = int(query.get("at", "0"))
    path = urlsplit(url).path
    return {
        "data": part(start),
        "links": {"next": f"{path}?at={start + SIZE}" if more(start) else None},
    }, {}


def by_link_header_with_results(query: Query, url: str) -> Reply:
    start = int(query.get("at", "0"))
    results = "true" if more(start) else "false"
    link = f'<{url}?at={start + SIZE}>; rel="next"; results="{results}"; cursor="0:{start}:0"'
    return part(start), {"Link": link}


def by_counted_pages(query: Query, _url: str) -> Reply:
    """A page behind the last one is the last one again."""
    page = min(int(query.get("page", "1")), 3)
    return {
        "list": [{"record": record} for record in part((page - 1) * SIZE)],
        "paging": {"current_page": page, "count_pages": 3},
    }, {}


def by_short_page(query: Query, _url: str) -> Reply:
    """The cursor stays where it is behind the end, which never comes by itself."""
    start = int(query.get("cursor", "0"))
    return {"data": part(start), "cursor": start + SIZE}, {}


def entry(path: str, **endpoint: Any) -> dict[str, Any]:
    return {"path": path, **endpoint}


CURSOR = {"type": "cursor"}
CASES: dict[str, tuple[Shape, dict[str, Any]]] = {
    "offset by another name": (
        by_skip,
        entry("/r", data_selector="rows",
              paginator={"type": "offset", "limit": 10, "offset_param": "skip"}),
    ),
    "page number without a first page": (
        by_page_from_1,
        entry("/r", data_selector=[], paginator={
            "type": "page_number", "page_param": "page", "limit": 10, "limit_param": "per_page"}),
    ),
    "page number in an offset": (
        by_page_from_1,
        entry("/r", data_selector="$", paginator={
            "type": "offset", "page_param": "page", "limit": 10, "limit_param": "per_page"}),
    ),
    "page number from 0": (
        by_page_from_0,
        entry("/r", data_selector=["result", "items"], paginator={
            "type": "page_number", "page_param": "pageNo", "start_from_page": 0}),
    ),
    "flag beside a token": (
        by_token_behind_a_flag,
        entry("/r", data_selector="data", paginator={
            **CURSOR, "cursor_param": "page_token",
            "cursor_value": "{{ response.get('meta', {}).get('next_page_token') }}",
            "stop_condition": "{{ not response['meta']['hasMore'] }}"}),
    ),
    "done flag": (
        by_done_flag,
        entry("/r", data_selector="response.data",
              paginator={**CURSOR, "cursor_param": "cursor", "stop_condition": "done"}),
    ),
    "parameter that names a record": (
        by_record,
        entry("/r", data_selector="data", paginator={**CURSOR, "cursor_param": "starting_after"}),
    ),
    "key with dots": (
        by_odata_link,
        entry("/r", data_selector="value",
              paginator={**CURSOR, "cursor_path": "@odata.nextLink"}),
    ),
    "link named by the condition alone": (
        by_relative_link,
        entry("/r", data_selector="data", paginator={**CURSOR, "stop_condition": "not links.next"}),
    ),
    "link header that never goes": (
        by_link_header_with_results,
        entry("/r", data_selector="[]", paginator={
            **CURSOR, "cursor_path": "headers.link.next.cursor", "cursor_param": "cursor",
            "stop_condition": "headers.link.next.results == 'false'"}),
    ),
    "counted pages": (
        by_counted_pages,
        entry("/r", data_selector="list.*.record", paginator={
            **CURSOR, "cursor_param": "page",
            "stop_condition": "paging.count_pages == paging.current_page"}),
    ),
    "short page": (
        by_short_page,
        entry("/r", data_selector="data", paginator={
            **CURSOR, "cursor_path": "cursor",
            "stop_condition": "not data or len(data) < 10"}),
    ),
}  # fmt: skip


@pytest.fixture
def api(request: pytest.FixtureRequest) -> Iterator[str]:
    """The base URL of an API of the shape that the test names."""
    shape: Shape = request.param

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            url = f"http://{self.headers['host']}{parts.path}"
            document, headers = shape(dict(parse_qsl(parts.query)), url)
            body = json.dumps(document).encode()
            self.send_response(200)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1/"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(("api", "endpoint"), CASES.values(), ids=CASES, indirect=["api"])
def test_each_record_arrives_once(api: str, endpoint: dict[str, Any], run_tap: RunTap) -> None:
    resource = {"name": "things", "primary_key": "id", "endpoint": endpoint}
    outcome = run_tap({"client": {"base_url": api}, "resources": [resource], "max_retries": 0})

    assert outcome.status == 0
    assert [record["id"] for record in outcome.records["things"]] == [
        record["id"] for record in RECORDS
    ]


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the samples are not beside this checkout")
def test_every_sample_found_in_the_wild_is_accepted() -> None:
    variables = dict.fromkeys(OPEN, "acme")
    for file in sorted(CORPUS.glob("*.json")):
        config = json.loads(file.read_text())
        tap = TapAnalytics(config={**config, "variables": variables}, setup_mapper=False)

        assert {stream.name for stream in tap.stream_classes} == {
            resource["name"] for resource in config["resources"]
        }
