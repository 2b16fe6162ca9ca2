"""Where credentials go, and where they never do."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.exceptions import (
    AuthError,
    OriginError,
    ResourceError,
    StatusError,
    UnavailableError,
)
from tap_analytics.rest.redact import Redactor
from tap_analytics.spec import (
    ApiKey,
    Bearer,
    Client,
    HttpBasic,
    OAuth2ClientCredentials,
    OAuth2RefreshToken,
)

from .conftest import WHERE, Answer, ask, connected

if TYPE_CHECKING:
    from tap_analytics.rest.connection import Connection
    from tap_analytics.sandbox import Sandbox
    from tap_analytics.spec import Auth
    from tests.conftest import MakeSandbox

    from .conftest import Serve

KEY = "test-api-key"
AUTHS: dict[str, Auth] = {
    "bearer": Bearer(token=KEY),
    "header": ApiKey(api_key=KEY, name="X-Api-Key"),
    "query": ApiKey(api_key=KEY, name="api_key", location="query"),
    "cookie": ApiKey(api_key=KEY, name="key", location="cookie"),
    "basic": HttpBasic(username="test-username", password="test-password"),
}
every_auth = pytest.mark.parametrize("auth", AUTHS.values(), ids=AUTHS)


@pytest.fixture
def small(make_sandbox: MakeSandbox) -> Sandbox:
    return make_sandbox(scale=0.02)


def signed(sandbox: Sandbox, **settings: Any) -> Connection:
    return connected(sandbox.base_url, Bearer(token=sandbox.credentials.token), **settings)


def redirect(location: str, status: int = 302) -> Answer:
    return Answer(status=status, headers={"Location": location})


@every_auth
def test_redirect_to_another_origin_is_refused_and_nothing_is_sent_there(
    serve: Serve, auth: Auth
) -> None:
    other = serve()
    server = serve(redirect(f"{other.base_url}/v1/events"))

    with pytest.raises(OriginError) as caught:
        ask(connected(server.base_url, auth))

    assert str(caught.value) == (
        f"{WHERE}: a redirect points at {other.base_url}, not at {server.base_url}; refused, "
        "nothing was sent (client.allowed_origins can allow it)"
    )
    assert (len(server.log), other.log) == (1, [])


@every_auth
def test_request_to_another_origin_is_refused_and_nothing_is_sent(serve: Serve, auth: Auth) -> None:
    server, other = serve(), serve()
    connection = connected(server.base_url, auth)

    connection.client = Client(base_url=other.base_url)

    with pytest.raises(OriginError, match="the request points at"):
        ask(connection)

    assert (server.log, other.log) == ([], [])


def test_redirect_within_the_origin_is_followed_with_credentials(small: Sandbox) -> None:
    small.add_fault(
        {"path": "/v1/events", "fault": "redirect", "location": "/v1/event-types?limit=2"}
    )

    assert len(ask(signed(small), params={"limit": 5})["data"]) == 2
    assert [(entry.path, entry.query) for entry in small.log] == [
        ("/v1/events", [("limit", "5")]),
        ("/v1/event-types", [("limit", "2")]),
    ]


def test_redirect_to_an_allowed_origin_is_followed_with_credentials(serve: Serve) -> None:
    other = serve(Answer({"a": 1}))
    server = serve(redirect(f"{other.base_url}/files"))

    ask(connected(server.base_url, Bearer(token=KEY), allowed_origins=(other.base_url,)))

    assert [asked.target for asked in other.log] == ["/files"]
    assert other.log[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    ("location", "problem"),
    [
        ("http://[", "is not a URL"),
        ("ftp://127.0.0.1/x", "is not an absolute http or https URL"),
        ("//user@127.0.0.1/", "carries a user name or password"),
    ],
)
def test_redirect_to_no_usable_url_is_refused(serve: Serve, location: str, problem: str) -> None:
    server = serve(redirect(location))

    with pytest.raises(OriginError) as caught:
        ask(connected(server.base_url))

    assert str(caught.value) == f"{WHERE}: a redirect {problem}; refused, nothing was sent"


def test_redirect_to_the_token_endpoint_s_origin_is_refused(serve: Serve) -> None:
    login = serve(Answer({"access_token": "t1"}))
    server = serve(redirect(f"{login.base_url}/v1/events"))
    auth = OAuth2ClientCredentials(
        access_token_url=f"{login.base_url}/token", client_id="c", client_secret="s"
    )

    with pytest.raises(OriginError, match="a redirect points at"):
        ask(connected(server.base_url, auth))

    assert [asked.target for asked in login.log] == ["/token"]


def test_redirects_without_end_are_an_error(serve: Serve) -> None:
    server = serve(redirect("/v1/events"))

    with pytest.raises(StatusError) as caught:
        ask(connected(server.base_url))

    assert str(caught.value) == f"{WHERE} was redirected 10 times in a row"
    assert len(server.log) == 10


@pytest.mark.parametrize(("status", "method"), [(303, "GET"), (307, "POST"), (308, "POST")])
def test_redirect_keeps_method_and_body_but_for_see_other(
    serve: Serve, status: int, method: str
) -> None:
    server = serve(redirect("/found", status), Answer({"a": 1}))

    assert ask(connected(server.base_url), method="POST", json={"q": 1}) == {"a": 1}
    assert (server.log[1].method, server.log[1].target) == (method, "/found")
    assert bool(server.log[1].body) is (method == "POST")


@every_auth
def test_401_to_credentials_that_cannot_be_renewed_is_an_auth_error(
    serve: Serve, auth: Auth
) -> None:
    server = serve(Answer(status=401))
    connection = connected(server.base_url, auth)

    with pytest.raises(AuthError) as caught:
        ask(connection)

    assert str(caught.value) == (
        f"{WHERE} answered 401; the API does not accept the credentials of client.auth "
        f"({connection.auth.description})"
    )
    assert len(server.log) == 1


def credentials(sandbox: Sandbox) -> dict[str, Auth]:
    known = sandbox.credentials
    client: dict[str, Any] = {
        "access_token_url": f"{sandbox.base_url}/oauth/token",
        "client_id": known.client_id,
        "client_secret": known.client_secret,
    }
    return {
        **AUTHS,
        "client credentials": OAuth2ClientCredentials(**client),
        "refresh token": OAuth2RefreshToken(**client, refresh_token=known.refresh_token),
    }


@pytest.mark.parametrize(
    "name", ["bearer", "header", "query", "cookie", "basic", "client credentials", "refresh token"]
)
def test_no_secret_is_in_any_message_or_log_record(
    small: Sandbox, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    known = small.credentials
    secrets = [KEY, known.password, known.client_secret, known.refresh_token]
    redactor = Redactor(secrets)
    caplog.set_level(logging.DEBUG)
    caplog.handler.addFilter(redactor)
    connection = connected(small.base_url, credentials(small)[name], redactor=redactor)

    said = [refusal(connection, small, status, secrets) for status in (401, 403, 422, 503)]
    said.append(refusal(connection, small, 200, secrets))

    caplog.handler.removeFilter(redactor)
    assert "/v1/events" in caplog.text
    printed = caplog.text + "".join(said)
    assert not [text for text in (*secrets, connection.auth.signature() or KEY) if text in printed]


def refusal(connection: Connection, sandbox: Sandbox, status: int, secrets: list[str]) -> str:
    """What is said of an answer of *status* that repeats the *secrets*."""
    fault = {"path": "/v1/events", "fault": "status", "status": status, "times": 0}
    sandbox.add_fault({**fault, "match": {"query": f"n={status}"}, "body": {"you sent": secrets}})
    try:
        ask(connection, params={"n": status})
    except (AuthError, ResourceError, UnavailableError) as error:
        return f"{error}{error!r}{error.__cause__}"
    return ""


def test_secret_on_the_edge_of_a_logged_head_is_not_shown_in_part(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    """The body was cut to 200 bytes first, which left half of a secret that is no known text."""
    caplog.set_level(logging.DEBUG, "tap-analytics.http")
    server = serve(Answer(b"x" * 190 + b" " + KEY.encode(), 403))

    with pytest.raises(StatusError):
        ask(connected(server.base_url, Bearer(token=KEY), redactor=Redactor([KEY])))

    assert caplog.messages == [
        f"{WHERE}: the answer to /v1/events begins '{'x' * 190} (redacted'"
    ]  # fmt: skip
