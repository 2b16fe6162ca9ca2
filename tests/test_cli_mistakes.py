"""Mistakes a user is likely to make: one line that helps, exit status 1, and no secret told."""

from __future__ import annotations

import re
import socket
from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.sandbox import Options, serve
from tests.command import tap, written
from tests.conftest import bearer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tap_analytics.sandbox import Sandbox

URL = "https://api.example.com"
SECRET = "hush-hush-0123456789"


@pytest.fixture(scope="module")
def small() -> Iterator[Sandbox]:
    with serve(Options(scale=0.01, faults="5xx:0.2")) as sandbox:
        yield sandbox


def client(**keys: Any) -> dict[str, Any]:
    return {"client": {"base_url": URL, **keys}}


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({}, "client.base_url: is missing; give the API's root, such as https://api.example.com"),
        (
            {"client": {"base_url": "api.example.com"}},
            "client.base_url: 'api.example.com' has no scheme; did you mean 'https://api.example.com'?",
        ),
        ({"client": URL}, "client: the value is not allowed; expected object, got str"),
        (client(auth="berer"), r"client.auth.type: 'berer' is not an auth type; did you mean 'bea"),
        (client(auth="bearer"), "client.auth.token: is missing"),
        (client(paginator="ofset"), "client.paginator.type: 'ofset' is not a paginator; did you "),
        ({**client(), "star_date": "2024"}, "star_date: unknown key; did you mean 'start_date'?"),
        ({**client(), "start_date": "soon"}, "start_date: 'soon' is not a date or date-time, such"),
        ({**client(), "max_retries": "many"}, "max_retries: 'many' is not allowed; expected int"),
        ({**client(), "on_error": "stop"}, "on_error: 'stop' is not allowed; allowed: continue, h"),
        ({**client(), "token": 5}, "token: the value is not a text"),
        (
            {**client(), "resources": ["price"]},
            "resources[0]: 'price' is no built-in stream; did you mean 'prices'?",
        ),
        (
            {**client(), "resources": [{"name": "x", "endpoint": {"pth": "/x"}}]},
            "resources[0].endpoint.pth: unknown key; did you mean 'path'? Allowed: ",
        ),
        (
            {**client(), "stream_maps": 5},
            "5 is not of type 'object', 'null' in config['stream_maps",
        ),
    ],
    ids=[
        "no base_url",
        "no scheme",
        "client is text",
        "auth type",
        "no token",
        "paginator type",
        "unknown key",
        "start_date",
        "wrong type",
        "wrong choice",
        "secret's type",
        "unknown stream",
        "unknown key of a resource",
        "setting of the SDK",
    ],
)
def test_setting_that_is_wrong_is_told_in_one_line(
    tmp_path: Path, config: dict[str, Any], expected: str
) -> None:
    done = tap("--config", written(tmp_path / "config.json", config))
    assert done.mistake.startswith(expected)
    assert done.output == ""


def test_each_wrong_setting_has_a_line(tmp_path: Path) -> None:
    config = {"client": {"base_url": "x", "auth": "berer"}}
    done = tap("--config", written(tmp_path / "config.json", config))
    assert done.status == 1
    assert [line.partition(":")[0] for line in done.lines("ERROR")] == [
        "client.base_url",
        "client.auth.type",
    ]


@pytest.mark.parametrize(
    ("option", "content", "expected"),
    [
        ("--config", '{"a": 1,\n}', r"is not JSON \(.+, line \d, column \d\)"),
        ("--state", "", r"is not JSON \(Expecting value, line 1, column 1\)"),
        ("--catalog", "[]", "is not a JSON object"),
    ],
    ids=["broken", "empty", "list"],
)
def test_file_that_is_no_json_object_is_told(
    small: Sandbox, tmp_path: Path, option: str, content: str, expected: str
) -> None:
    good = written(tmp_path / "config.json", bearer(small))
    wrong = written(tmp_path / "wrong.json", content)
    done = tap("--config", good, option, wrong)
    assert re.fullmatch(f"{option} {re.escape(str(wrong))}: {expected}", done.mistake)


@pytest.mark.parametrize(
    ("option", "content", "expected"),
    [
        (
            "--state",
            {"bookmarks": []},
            "state: is not a Singer state, an object with bookmarks by ",
        ),
        ("--state", {"bookmarks": {"prices": 5}}, "state: is not a Singer state, an object with "),
        (
            "--state",
            {
                "bookmarks": {
                    "prices": {"replication_key": "updated_at", "replication_key_value": 5}
                }
            },
            "1 of 16 streams failed:",
        ),
        ("--catalog", {}, "--catalog wrong.json: is not a Singer catalog; --discover writes one"),
        (
            "--catalog",
            {"streams": [{"stream": "prices"}]},
            "--catalog wrong.json: is not a Singer ",
        ),
        ("--catalog", {"streams": 5}, "--catalog wrong.json: is not a Singer catalog"),
    ],
    ids=["bookmarks", "bookmark", "bookmark's value", "no streams", "no id", "streams"],
)
def test_content_that_is_no_state_or_catalog_is_told(
    small: Sandbox, tmp_path: Path, option: str, content: Any, expected: str
) -> None:
    good = written(tmp_path / "config.json", bearer(small, max_retries=8))
    done = tap("--config", good, option, written(tmp_path / "wrong.json", content))
    assert done.mistake.replace(f"{tmp_path}/", "").startswith(expected)


def test_missing_config_file_is_told(tmp_path: Path) -> None:
    missing = tmp_path / "none.json"
    done = tap("--config", missing)
    assert done.mistake == f"--config {missing}: No such file or directory"


def test_config_file_in_another_encoding_is_told(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_bytes('{"token": "café"}'.encode("latin-1"))
    assert tap("--config", path).mistake == f"--config {path}: is not UTF-8 text"


@pytest.mark.parametrize("option", ["--state", "--catalog"])
def test_missing_state_or_catalog_is_told(tmp_path: Path, option: str) -> None:
    done = tap(option, tmp_path / "none.json")
    assert done.status == 2
    assert done.log.splitlines()[-1].endswith("No such file or directory")


@pytest.mark.parametrize(
    ("name", "value"),
    [("CLIENT", '{"base_url": "x"'), ("MAX_RETRIES", "many")],
    ids=["broken JSON", "no number"],
)
def test_variable_that_cannot_be_read_is_told(name: str, value: str) -> None:
    done = tap("--config=ENV", environment={f"TAP_ANALYTICS_{name}": value})
    assert done.mistake.startswith("environment: a TAP_ANALYTICS_ variable is wrong: ")


def test_unknown_option_is_told_with_a_guess() -> None:
    done = tap("--cofnig", "x.json")
    assert done.status == 2
    assert "No such option" in done.log
    assert "--config" in done.log


def test_unreachable_url_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    config = {"client": {"base_url": f"http://127.0.0.1:{port}"}, "backoff_factor": 0.01}
    done = tap("--config", written(tmp_path / "config.json", config))
    assert done.mistake == "accounts: GET /v1/accounts, page 1: cannot connect after 4 tries"


def wrong_credentials(sandbox: Sandbox) -> dict[str, Any]:
    url = f"{sandbox.base_url}/oauth/token"
    known = {"client_id": sandbox.credentials.client_id, "token_url": url}
    return {
        "bearer": {"type": "bearer", "token": SECRET},
        "header": {"type": "api_key", "api_key": SECRET, "name": "X-API-Key"},
        "query": {"type": "api_key", "api_key": SECRET, "name": "api_key", "location": "query"},
        "cookie": {"type": "api_key", "api_key": SECRET, "name": "key", "location": "cookie"},
        "basic": {"type": "http_basic", "username": "me", "password": SECRET},
        "client credentials": {"type": "oauth2", "client_secret": SECRET, **known},
        "refresh token": {
            "type": "oauth2",
            "client_secret": sandbox.credentials.client_secret,
            "refresh_token": SECRET,
            **known,
        },
    }


REFUSED = "accounts: GET /v1/accounts, page 1 answered 401; the API does not accept the credentials"
NOT_CLIENT = (
    "auth: the token endpoint answered 401 invalid_client; check client_id and client_secret"
)
NOT_GRANT = "auth: the token endpoint answered 400 invalid_grant; the refresh token is used up, "


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("bearer", f"{REFUSED} of client.auth (bearer token)"),
        ("header", f"{REFUSED} of client.auth (api_key in the header 'X-API-Key')"),
        ("query", f"{REFUSED} of client.auth (api_key in the query parameter 'api_key')"),
        ("cookie", f"{REFUSED} of client.auth (api_key in the cookie 'key')"),
        ("basic", f"{REFUSED} of client.auth (http_basic)"),
        ("client credentials", NOT_CLIENT),
        ("refresh token", NOT_GRANT),
    ],
)
def test_wrong_secret_is_told_without_telling_it(
    small: Sandbox, tmp_path: Path, kind: str, expected: str
) -> None:
    auth = wrong_credentials(small)[kind]
    config = {"client": {"base_url": small.base_url, "auth": auth}, "backoff_factor": 0.01}
    path = written(tmp_path / "config.json", config)
    done = tap("--config", path, environment={"LOGLEVEL": "DEBUG"})
    assert done.mistake.startswith(expected)
    assert SECRET not in done.output + done.log


@pytest.mark.parametrize("kind", ["bearer", "query", "basic", "oauth2"])
def test_good_secret_is_in_no_output_of_a_troubled_run(
    small: Sandbox, tmp_path: Path, kind: str
) -> None:
    known = small.credentials
    secret, auth = {
        "bearer": (known.token, {"type": "bearer", "token": known.token}),
        "query": (
            known.api_key,
            {"type": "api_key", "api_key": known.api_key, "name": "api_key", "location": "query"},
        ),
        "basic": (
            known.password,
            {"type": "http_basic", "username": known.username, "password": known.password},
        ),
        "oauth2": (
            known.client_secret,
            {
                "type": "oauth2",
                "token_url": f"{small.base_url}/oauth/token",
                "client_id": known.client_id,
                "client_secret": known.client_secret,
            },
        ),
    }[kind]
    config = {
        "client": {"base_url": small.base_url, "auth": auth},
        "resources": ["prices", "events", {"name": "more", "endpoint": "/v1/nowhere"}],
        "backoff_factor": 0.01,
        "max_retries": 8,
    }
    path = written(tmp_path / "config.json", config)
    done = tap("--config", path, environment={"LOGLEVEL": "DEBUG"})
    assert "answered" in done.log
    assert secret not in done.output + done.log
