"""All that is shared by the streams of one API: who it is, how to reach it, how to sign."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tap_analytics.rest.auth import Authenticator, authenticator
from tap_analytics.rest.origin import Origins
from tap_analytics.rest.session import Session
from tap_analytics.rest.token_store import TokenStore
from tap_analytics.spec import Client, OAuth2ClientCredentials, OAuth2RefreshToken

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_analytics.rest.message import Response
    from tap_analytics.rest.redact import Redactor
    from tap_analytics.rest.retry import Retry

__all__ = ["Connection", "connect"]


class Connection(NamedTuple):
    """A way to an API.

    Attributes:
        client: What the config says of it.
        session: Sends requests.
        auth: Signs them.
    """

    client: Client
    session: Session
    auth: Authenticator


def connect(
    client: Client,
    *,
    retry: Retry,
    timeout: float,
    user_agent: str,
    redactor: Redactor,
    token_store: str | None = None,
    observe: Callable[[str, Response], None] = lambda _where, _response: None,
) -> Connection:
    """Make ready to ask the API of *client*; nothing is sent yet.

    Args:
        client: What the config says of the API.
        retry: When and how often to try again.
        timeout: Seconds to wait for a connection, and for each next byte.
        user_agent: What the tap calls itself.
        redactor: Learns the tokens that come up during the run.
        token_store: File for a rotated refresh token.
        observe: Called after each answer.
    """

    def session(*urls: str) -> Session:
        return Session(
            origins=Origins(urls),
            retry=retry,
            timeout=timeout,
            user_agent=user_agent,
            redact=redactor.text,
            observe=observe,
        )

    auth = client.auth
    data = session(client.base_url, *client.allowed_origins)
    tokens = data
    if isinstance(auth, OAuth2ClientCredentials):  # tokens go to the API, secrets come here alone
        tokens = session(auth.access_token_url)
    store = None
    if token_store and isinstance(auth, OAuth2RefreshToken):
        store = TokenStore(token_store, auth.refresh_token)
    return Connection(client, data, authenticator(auth, tokens, store=store, register=redactor.add))
