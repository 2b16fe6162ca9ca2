"""What fails is told in its place, in the words of the tap, and without a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.inspection.conftest import things
from tests.rest.conftest import Answer

if TYPE_CHECKING:
    from tests.inspection.conftest import ReadCommand, RunCommand
    from tests.rest.conftest import Serve

SINCE = {"cursor_path": "at", "start_param": "since"}


@pytest.mark.parametrize(
    ("paginator", "body", "error"),
    [
        ("auto", {"data": [{}], "has_more": True}, "has_more says that there is more"),
        ("json_link", {"data": [{}], "next": "?"}, "repeats the position of page 1"),
        ("auto", {"data": [{}], "total": 7}, "total says 7, but 1 records came"),
    ],
)
def test_paging_that_a_sync_would_stop_at_is_a_failure(
    read: ReadCommand, serve: Serve, paginator: str, body: Any, error: str
) -> None:
    config = things(serve(Answer(body)).base_url, endpoint={"paginator": paginator})
    (shown,) = read("probe", config, status=1)["resources"]

    assert error in shown["error"]
    assert shown["records"]["count"] == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(b"<!doctype html><p>"), "the answer is a web page, not JSON"),
        (Answer(b"{"), "the body is not valid JSON, or was cut off"),
        (Answer({"errors": ["no"]}), "the answer is an error object"),
        (Answer(status=500), "answered 500 after 1 try"),
        (Answer(status=401), "answered 401; the API does not accept the credentials"),
        (Answer(headers={"Content-Length": "9999"}), "after 1 try"),
    ],
    ids=["HTML", "cut off", "error object", "500", "401", "broken off"],
)
def test_failure_is_told_in_the_words_of_the_tap(
    read: ReadCommand, serve: Serve, answer: Answer, error: str
) -> None:
    config = {**things(serve(answer).base_url), "request_timeout": 0.5}
    (shown,) = read("probe", config, status=1)["resources"]

    assert shown["error"].startswith("things: GET /things, page 1")
    assert error in shown["error"]
    assert shown["request"]["url"].endswith("/things")
    assert shown["records"] is None


def test_api_that_cannot_be_reached_still_shows_what_would_be_asked(read: ReadCommand) -> None:
    config = things("http://127.0.0.1:9", endpoint={"params": {"a": 1}})
    (shown,) = read("probe", config, status=1)["resources"]

    assert shown["request"]["url"] == "http://127.0.0.1:9/things?a=1"
    assert shown["answer"] is None
    assert shown["error"] == "things: GET /things, page 1: cannot connect after 1 try"


def test_retries_are_those_of_the_sync_and_are_told(run: RunCommand, serve: Serve) -> None:
    config = things(serve(Answer(status=503), Answer([{"id": 1}])).base_url)
    config |= {"max_retries": 1, "backoff_factor": 0.01}
    result = run("probe", config)

    assert result.exit_code == 0
    assert "answer     200, 11 bytes" in result.stdout
    assert "after 2 answers" in result.stdout
    assert "things: GET /things, page 1: answered 503; trying again" in result.stderr


def test_answer_that_is_ignored_is_told(read: ReadCommand, serve: Serve) -> None:
    actions = [{"status_code": 404, "action": "ignore"}]
    config = things(
        serve(Answer(status=404)).base_url, endpoint={"response_actions": actions}
    )  # fmt: skip
    (shown,) = read("probe", config)["resources"]

    assert shown["notes"] == ["the answer is ignored, as response_actions say"]


@pytest.mark.parametrize("status", [400, 422])
def test_start_of_a_guessed_form_that_is_refused_is_left_out(
    read: ReadCommand, serve: Serve, status: int
) -> None:
    server = serve(Answer(status=status), Answer([{"id": 1, "at": "2020-01-01"}]))
    config = things(server.base_url, endpoint={"incremental": SINCE})
    (shown,) = read("probe", {**config, "start_date": "2024-01-01"})["resources"]

    assert [asked.target for asked in server.log] == [
        "/things?since=2024-01-01T00%3A00%3A00Z",
        "/things",
    ]
    (note,) = shown["notes"]
    assert note.startswith(f"things: GET /things, page 1 answered {status}")
    assert note.endswith("asked again without a start, for its form depends on the type of at")


def test_start_of_a_known_form_that_is_refused_is_a_failure(
    read: ReadCommand, serve: Serve
) -> None:
    server = serve(Answer(status=400))
    schema = {"type": "object", "properties": {"at": {"type": "string", "format": "date"}}}
    config = things(server.base_url, endpoint={"incremental": SINCE}, schema=schema)
    read("probe", {**config, "start_date": "2024-01-01"}, status=1)

    assert [asked.target for asked in server.log] == ["/things?since=2024-01-01"]


def test_resource_that_is_left_out_makes_the_status_1(
    read: ReadCommand, run: RunCommand, serve: Serve
) -> None:
    config = things(serve(Answer([{"id": 1}])).base_url)
    odd = {"type": "cursor", "cursor_path": "next", "stop_condition": "a + b"}
    config["resources"] += [{"name": "odd", "endpoint": {"path": "/odd", "paginator": odd}}]

    content = read("probe", config, status=1)
    assert [each["name"] for each in content["resources"]] == ["things"]
    assert "'a + b' is not understood" in content["left_out"]["odd"]
    assert "odd: left out: resources[1]" in run("probe", config).stdout
    assert read("probe", config, options=("--resource", "things"))["left_out"] == {}


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("thingz", "--resource thingz: there is no such resource; did you mean 'things'?"),
        ("zzz", "--resource zzz: there is no such resource; Allowed: things"),
    ],
)
def test_unknown_resource_is_one_line(
    run: RunCommand, serve: Serve, name: str, problem: str
) -> None:
    server = serve()
    result = run("probe", things(server.base_url), options=("--resource", name))

    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"{problem}\n")
    assert server.log == []


SECRET = "hush-hush-42"
AUTHS: dict[str, dict[str, Any]] = {
    "bearer": {"type": "bearer", "token": SECRET},
    "key in the query": {
        "type": "api_key", "api_key": SECRET, "name": "key", "location": "query"},
    "key for a user name": {"type": "http_basic", "username": SECRET, "password": ""},
}  # fmt: skip


@pytest.mark.parametrize("auth", AUTHS.values(), ids=AUTHS)
@pytest.mark.parametrize("options", [(), ("--json",)], ids=["text", "json"])
def test_no_secret_is_shown_wherever_the_api_repeats_it(
    run: RunCommand, serve: Serve, auth: dict[str, Any], options: tuple[str, ...]
) -> None:
    padded = "x" * 40 + SECRET  # stands where a long text is cut
    body = {
        "data": [{"id": 1}],
        "next": f"/things?key={SECRET}&page=2",
        "echo": padded,
        "meta": {"next": SECRET},
    }
    answer = Answer(body, headers={"X-Next-Cursor": SECRET, "Link": f'<?{SECRET}>; rel="next"'})
    config = things(serve(answer).base_url, endpoint={"path": f"/things?api_key={SECRET}x"})
    config["client"] |= {"auth": auth, "headers": {"X-Api-Key": f"{SECRET}y"}}
    result = run("probe", config, options=options)

    assert result.exit_code == 0
    assert "(redacted)" in result.stdout
    assert SECRET[:6] not in result.output


def test_secret_in_an_error_of_the_api_is_not_shown(run: RunCommand, serve: Serve) -> None:
    config = things(serve(Answer({"error": f"bad token {SECRET}"}, status=403)).base_url)
    result = run("probe", {**config, "token": SECRET})

    assert result.exit_code == 1
    assert "bad token (redacted)" in result.stdout
