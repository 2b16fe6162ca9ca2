from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest

from tap_analytics.exceptions import AuthError, UnavailableError
from tap_analytics.rest.redact import Redactor
from tap_analytics.rest.tokens import OAuth2
from tap_analytics.spec import OAuth2ClientCredentials, OAuth2RefreshToken

from .conftest import WHERE, Answer, ask, connected

if TYPE_CHECKING:
    from tap_analytics.sandbox import Sandbox
    from tests.conftest import MakeSandbox

    from .conftest import Serve, Server

CLIENT = {"client_id": "test-client-id", "client_secret": "test-client-secret"}
ENDPOINT = "auth: the token endpoint"


@pytest.fixture
def small(make_sandbox: MakeSandbox) -> Sandbox:
    return make_sandbox(scale=0.02, auth=("oauth2",))


class Clock:
    """Stands in for the module ``time``."""

    now = 50.0

    def monotonic(self) -> float:
        return self.now


def client_credentials(url: str, **fields: Any) -> OAuth2ClientCredentials:
    return OAuth2ClientCredentials(access_token_url=url, **{**CLIENT, **fields})


def refresh_token(sandbox: Sandbox, **fields: Any) -> OAuth2RefreshToken:
    settings = {**CLIENT, "refresh_token": sandbox.credentials.refresh_token, **fields}
    return OAuth2RefreshToken(access_token_url=f"{sandbox.base_url}/oauth/token", **settings)


def trail(sandbox: Sandbox) -> list[tuple[str, int]]:
    return [(entry.path, entry.status) for entry in sandbox.log]


def forms(server: Server) -> list[dict[str, list[str]]]:
    return [parse_qs(asked.body.decode()) for asked in server.log]


@pytest.mark.parametrize("grant", ["client_credentials", "refresh_token"])
def test_oauth2_token_serves_many_requests(small: Sandbox, grant: str) -> None:
    url = f"{small.base_url}/oauth/token"
    auth = client_credentials(url) if grant == "client_credentials" else refresh_token(small)
    connection = connected(small.base_url, auth)

    ask(connection)
    ask(connection)

    assert connection.auth.description == f"oauth2 with grant {grant}"
    assert trail(small) == [("/oauth/token", 200), ("/v1/events", 200), ("/v1/events", 200)]


def test_oauth2_sends_the_further_fields_of_the_token_request(serve: Serve) -> None:
    server = serve(Answer({"access_token": "t1"}))
    data = {"scope": "read all", "audience": "x"}

    ask(connected(server.base_url, client_credentials(server.base_url + "/token",
                                                      access_token_request_data=data)))  # fmt: skip

    assert server.log[0].method == "POST"
    assert server.log[0].headers["content-type"] == "application/x-www-form-urlencoded"
    assert "authorization" not in server.log[0].headers
    assert forms(server)[0] == {
        "grant_type": ["client_credentials"],
        "client_id": ["test-client-id"],
        "client_secret": ["test-client-secret"],
        "scope": ["read all"],
        "audience": ["x"],
    }


def test_oauth2_renews_once_after_a_401_and_replays(small: Sandbox) -> None:
    connection = connected(small.base_url, refresh_token(small))
    ask(connection)
    small.advance(hours=2)

    ask(connection)

    assert trail(small)[2:] == [
        ("/v1/events", 401),
        ("/oauth/token", 200),
        ("/v1/events", 200),
    ]


def test_oauth2_uses_each_rotated_refresh_token_for_the_next_renewal(small: Sandbox) -> None:
    connection = connected(small.base_url, refresh_token(small))

    for _ in range(3):
        ask(connection)
        small.advance(hours=2)

    assert [status for path, status in trail(small) if path == "/oauth/token"] == [200] * 3


def test_second_401_is_an_auth_error(small: Sandbox) -> None:
    small.add_fault({"path": "/v1/events", "fault": "401", "times": 0})

    with pytest.raises(AuthError) as caught:
        ask(connected(small.base_url, refresh_token(small)))

    assert str(caught.value) == (
        f"{WHERE} answered 401; the API does not accept the credentials of client.auth "
        "(oauth2 with grant refresh_token)"
    )
    assert [path for path, _ in trail(small)] == ["/oauth/token", "/v1/events"] * 2


def test_oauth2_signs_each_try_anew(small: Sandbox) -> None:
    """A token that dies during the back-off is renewed before the next try."""
    small.add_fault({"path": "/v1/events", "fault": "401"})
    small.add_fault({"path": "/v1/events", "fault": "status", "status": 503})

    ask(connected(small.base_url, refresh_token(small)))

    assert trail(small)[1:] == [
        ("/v1/events", 401),
        ("/oauth/token", 200),
        ("/v1/events", 503),
        ("/v1/events", 200),
    ]


@pytest.mark.parametrize(
    ("expires_in", "valid_for"),
    [
        (3600, 3540),
        (100, 90),
        (10, 9),
        ("3600", 3540),
        (None, 1140),
        (0, 1140),
        (-1, 1140),
    ],
    ids=["an hour", "short", "shorter", "text", "none", "zero", "negative"],
)
def test_oauth2_renews_before_the_token_expires(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, expires_in: Any, valid_for: float
) -> None:
    clock = Clock()
    monkeypatch.setattr("tap_analytics.rest.tokens.time", clock)
    server = serve(*(Answer({"access_token": f"t{n}", "expires_in": expires_in}) for n in (1, 2)))
    spec = client_credentials(f"{server.base_url}/token", default_token_expiration=1200)
    auth = connected(server.base_url, spec).auth

    first = auth.signature()
    clock.now += valid_for - 0.5
    still = auth.signature()
    clock.now += 1

    assert (first, still, auth.signature(), len(server.log)) == ("t1", "t1", "t2", 2)


def test_oauth2_renews_once_for_threads_that_failed_with_the_same_token(serve: Serve) -> None:
    server = serve(*(Answer({"access_token": f"t{n}"}) for n in (1, 2, 3)))
    auth = connected(server.base_url, client_credentials(f"{server.base_url}/token")).auth
    used = auth.signature()

    threads = [threading.Thread(target=auth.renew, args=(used,)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (used, auth.signature(), len(server.log)) == ("t1", "t2", 2)


def test_oauth2_tokens_are_redacted_from_the_moment_they_are_known(small: Sandbox) -> None:
    redactor = Redactor()
    auth = connected(small.base_url, refresh_token(small), redactor=redactor).auth
    assert isinstance(auth, OAuth2)

    token = auth.signature()

    assert redactor.text(f"Bearer {token}") == "Bearer (redacted)"


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"client_secret": "wrong-secret"},
         "401 invalid_client; check client_id and client_secret"),
        ({"refresh_token": "used-up-token"},
         ("400 invalid_grant; the refresh token is used up, expired or revoked; log in anew and "
          "set it")),
        ({"access_token_request_data": {"grant_type": "password"}},
         ("400 unsupported_grant_type; the endpoint does not offer this grant; check "
          "client.auth.type")),
    ],
    ids=["invalid_client", "invalid_grant", "unsupported_grant_type"],
)  # fmt: skip
def test_refusal_of_the_token_endpoint_says_what_to_do(
    small: Sandbox, fields: dict[str, Any], found: str
) -> None:
    with pytest.raises(AuthError) as caught:
        ask(connected(small.base_url, refresh_token(small, **fields)))

    assert str(caught.value) == f"{ENDPOINT} answered {found}"
    assert len(small.log) == 1


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (Answer({"error": "invalid_scope"}, 400),
         (f"{ENDPOINT} answered 400 invalid_scope; check scope in "
          "client.auth.access_token_request_data")),
        (Answer({"error": "unauthorized_client"}, 403),
         f"{ENDPOINT} answered 403 unauthorized_client; this client may not use the grant"),
        (Answer({"error": "of its own"}, 400), f"{ENDPOINT} answered 400; check client.auth"),
        (Answer({"error": {"code": 7}}, 400), f"{ENDPOINT} answered 400; check client.auth"),
        (Answer(b"\xff<html>", 404), f"{ENDPOINT} answered 404; check client.auth"),
        (Answer({"error": "invalid_grant"}),
         (f"{ENDPOINT} answered 200 invalid_grant; the refresh token is used up, expired or "
          "revoked; log in anew and set it")),
        (Answer({"token": "t1"}),
         f"{ENDPOINT}: the answer holds no access_token; check client.auth.access_token_url"),
        (Answer({"access_token": ""}),
         f"{ENDPOINT}: the answer holds no access_token; check client.auth.access_token_url"),
        (Answer(b"<html>log in</html>"),
         f"{ENDPOINT}: the answer holds no access_token; check client.auth.access_token_url"),
        (Answer(b""),
         f"{ENDPOINT}: the answer holds no access_token; check client.auth.access_token_url"),
    ],
    ids=["scope", "client", "text as code", "object as code", "not found", "error with 200",
         "no token", "empty token", "web page", "empty"],
)  # fmt: skip
def test_answer_of_the_token_endpoint_that_holds_no_token_is_an_auth_error(
    serve: Serve, answer: Answer, message: str
) -> None:
    server = serve(answer)

    with pytest.raises(AuthError) as caught:
        connected(server.base_url, client_credentials(f"{server.base_url}/token")).auth.signature()

    assert str(caught.value) == message


@pytest.mark.parametrize("status", [429, 503])
def test_token_endpoint_that_is_busy_is_asked_again(serve: Serve, status: int) -> None:
    server = serve(Answer(status=status), Answer({"access_token": "t1"}), Answer(status=status))
    auth = connected(server.base_url, client_credentials(f"{server.base_url}/token")).auth

    assert auth.signature() == "t1"
    with pytest.raises(UnavailableError) as caught:
        auth.renew("t1")
    assert str(caught.value) == f"{ENDPOINT} answered {status} after 2 tries"


def test_token_endpoint_that_redirects_elsewhere_is_refused_and_nothing_is_sent_there(
    serve: Serve,
) -> None:
    other = serve()
    server = serve(Answer(status=307, headers={"Location": f"{other.base_url}/token"}))

    with pytest.raises(AuthError) as caught:
        ask(connected(server.base_url, client_credentials(f"{server.base_url}/token")))

    assert str(caught.value) == (
        f"{ENDPOINT}: a redirect points at {other.base_url}, not at {server.base_url}; refused, "
        "nothing was sent (client.allowed_origins can allow it)"
    )
    assert other.log == []


def test_token_endpoint_that_redirects_to_the_api_is_refused(serve: Serve) -> None:
    """The client's secret is for the login alone, although the API is an allowed origin."""
    server = serve()
    login = serve(Answer(status=307, headers={"Location": f"{server.base_url}/token"}))

    with pytest.raises(AuthError, match="a redirect points at"):
        ask(connected(server.base_url, client_credentials(f"{login.base_url}/token")))

    assert server.log == []


def test_token_endpoint_may_be_at_an_origin_of_its_own(make_sandbox: MakeSandbox) -> None:
    api = make_sandbox(scale=0.02, auth=("none",))
    login = make_sandbox(scale=0.02)
    url = f"{login.base_url}/oauth/token"

    ask(connected(api.base_url, client_credentials(url)))

    assert (trail(login), trail(api)) == ([("/oauth/token", 200)], [("/v1/events", 200)])
    assert "test-client-secret" not in str(api.log)
