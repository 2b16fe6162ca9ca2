"""What goes where: tokens to the API, secrets to the token endpoint, and neither elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from tap_analytics.exceptions import OriginError
from tap_analytics.rest.retry import transport_reason
from tap_analytics.spec import JsonLink, OAuth2ClientCredentials
from tests.rest.conftest import Answer, connected
from tests.rest.walks import records

if TYPE_CHECKING:
    from tests.rest.conftest import Serve


def test_data_token_never_goes_to_the_token_endpoint_s_origin(serve: Serve) -> None:
    """One list of origins let a next link take the access token to the token host."""
    tokens = serve(Answer({"access_token": "access-1", "expires_in": 3600}))
    api = serve(Answer({"data": [{"id": 1}], "next": f"{tokens.base_url}/v1/events?p=2"}))
    auth = OAuth2ClientCredentials(
        access_token_url=f"{tokens.base_url}/token", client_id="me", client_secret="hush"
    )
    with pytest.raises(OriginError, match="the next page points at"):
        list(records(connected(api.base_url, auth), JsonLink()))

    assert [asked.target for asked in tokens.log] == ["/token"]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (
            requests.exceptions.SSLError("[SSL: WRONG_VERSION_NUMBER] wrong version number"),
            "the server does not speak TLS; is it http, not https?",
        ),
        (
            requests.exceptions.SSLError("certificate verify failed"),
            "the TLS certificate or handshake was not accepted",
        ),
        (requests.exceptions.ConnectionError("NameResolutionError"), "the host's name is unknown"),
        (requests.exceptions.ConnectionError("NewConnectionError"), "cannot connect"),
        (requests.exceptions.ConnectionError("reset"), "the connection broke"),
        (requests.exceptions.ReadTimeout("read"), "no answer in time"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_transport_failure_is_told_in_words(error: requests.RequestException, reason: str) -> None:
    assert transport_reason(error) == reason


def test_proxy_of_the_environment_is_used(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Prepared requests pass by what the library reads from the environment."""
    proxy = serve(Answer({"data": [{"id": 7}]}))
    monkeypatch.setenv("http_proxy", proxy.base_url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    got = list(records(connected("http://api.example.com"), JsonLink()))

    assert [record["id"] for record in got] == [7]
    assert proxy.log[0].target.startswith("http://api.example.com/")
