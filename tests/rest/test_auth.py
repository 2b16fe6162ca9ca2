from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
import requests

from tap_analytics.spec import ApiKey, Auth, Bearer, HttpBasic, NoAuth

from .conftest import ask, connected

if TYPE_CHECKING:
    from tests.conftest import MakeSandbox

    from .conftest import Serve

FIXED: dict[str, tuple[Auth, str, str]] = {
    "bearer": (Bearer(token="t1"), "authorization", "Bearer t1"),
    "basic": (
        HttpBasic(username="ü", password="p:w"),
        "authorization",
        f"Basic {base64.b64encode('ü:p:w'.encode()).decode()}",
    ),
    "basic without a password": (HttpBasic(username="u", password=""), "authorization",
                                 "Basic dTo="),
    "api key": (ApiKey(api_key="k1"), "authorization", "k1"),
    "api key in a header": (ApiKey(api_key="k1", name="X-Key"), "x-key", "k1"),
    "cookie": (ApiKey(api_key="k1", name="sid", location="cookie"), "cookie", "sid=k1"),
}  # fmt: skip


@pytest.mark.parametrize(("auth", "header", "value"), FIXED.values(), ids=FIXED)
def test_fixed_credentials_stand_in_their_header(
    serve: Serve, auth: Auth, header: str, value: str
) -> None:
    server = serve()

    ask(connected(server.base_url, auth))

    assert server.log[0].headers[header].encode("latin-1").decode() == value


def test_no_auth_sends_no_credentials(serve: Serve) -> None:
    server = serve()

    ask(connected(server.base_url, NoAuth()))

    assert not {"authorization", "cookie"} & server.log[0].headers.keys()


@pytest.mark.parametrize(
    ("kind", "auth"),
    [
        ("bearer", Bearer(token="test-api-key")),
        ("api_key", ApiKey(api_key="test-api-key", name="X-Api-Key")),
        ("api_key", ApiKey(api_key="test-api-key")),
        ("api_key", ApiKey(api_key="test-api-key", name="api_key", location="query")),
        ("api_key", ApiKey(api_key="test-api-key", name="api_key", location="param")),
        ("basic", HttpBasic(username="test-username", password="test-password")),
    ],
    ids=["bearer", "header", "authorization", "query", "param", "basic"],
)
def test_credentials_are_accepted_by_an_api_that_takes_only_them(
    make_sandbox: MakeSandbox, kind: str, auth: Auth
) -> None:
    sandbox = make_sandbox(scale=0.02, auth=(kind,))

    assert ask(connected(sandbox.base_url, auth))["data"]


@pytest.mark.parametrize(
    ("query", "signed"),
    [
        ("", "api%5Bkey%5D=k%261"),
        ("a=1&b=", "a=1&b=&api%5Bkey%5D=k%261"),
        ("api[key]=old&a=1", "a=1&api%5Bkey%5D=k%261"),
        ("api%5bkey%5D=old&a=%2f", "a=%2f&api%5Bkey%5D=k%261"),
        ("api%5Bkey%5D", "api%5Bkey%5D=k%261"),
    ],
    ids=["none", "others stay", "replaced", "replaced when encoded", "replaced when bare"],
)
def test_query_key_is_added_once_however_often_it_is_signed(query: str, signed: str) -> None:
    auth = ApiKey(api_key="k&1", name="api[key]", location="query")
    prepared = requests.Request("GET", "http://127.0.0.1/x").prepare()
    prepared.url = f"http://127.0.0.1/x?{query}"
    signer = connected("http://127.0.0.1", auth).auth

    signer.sign(prepared)
    signer.sign(prepared)

    assert prepared.url == f"http://127.0.0.1/x?{signed}"
