"""All that is shared by the streams of one API: who it is, how to reach it, how to sign."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from tap_analytics.rest.auth import Authenticator, authenticator
from tap_analytics.rest.origin import Origins
from tap_analytics.rest.redact import Redactor, secrets_in
from tap_analytics.rest.session import Session
from tap_analytics.rest.token_store import TokenStore
from tap_analytics.spec import (
    Auth,
    Client,
    OAuth2ClientCredentials,
    OAuth2RefreshToken,
    SessionToken,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_analytics.rest.message import Response
    from tap_analytics.rest.retry import Retry

__all__ = ["Connection", "connect"]


class Connection:
    """A way to an API; shared by all streams.

    Args:
        client: What the config says of the API.
        session: Makes a session for the origins of some URLs.
        redactor: Learns the tokens that come up during the run.
        token_store: File for a rotated refresh token.

    Attributes:
        client: What the config says of the API.
        session: Sends requests for data.
    """

    def __init__(
        self,
        client: Client,
        session: Callable[..., Session],
        redactor: Redactor,
        token_store: str | None,
    ) -> None:
        self.client = client
        self.session = session(client.base_url, *client.allowed_origins)
        self._session_for = session
        self._redactor = redactor
        self._token_store = token_store
        self._signers: list[tuple[Auth, Authenticator]] = []

    @property
    def auth(self) -> Authenticator:
        """Signs requests of resources that have no auth of their own."""
        return self.signer(None)

    def signer(self, auth: Auth | None) -> Authenticator:
        """What signs with *auth*, one for all resources that share it; None is the client's."""
        auth = self.client.auth if auth is None else auth
        for known, signer in self._signers:
            if known == auth:
                return signer
        tokens = self.session
        if isinstance(auth, OAuth2ClientCredentials):  # tokens go to the API, secrets here alone
            tokens = self._session_for(auth.access_token_url)
        elif isinstance(auth, SessionToken) and auth.login_url and "://" in auth.login_url:
            tokens = self._session_for(auth.login_url)
        store = None
        if self._token_store and isinstance(auth, OAuth2RefreshToken):
            path = self._token_store
            if auth != self.client.auth:  # a file holds one chain of tokens
                path += f".{hashlib.sha256(auth.refresh_token.encode()).hexdigest()[:8]}"
            store = TokenStore(path, auth.refresh_token)
        self._redactor.add(*secrets_in(msgspec.to_builtins(auth)))
        signer = authenticator(
            auth,
            tokens,
            base_url=self.client.base_url,
            store=store,
            register=self._redactor.add,
        )
        self._signers.append((auth, signer))
        return signer


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

    connection = Connection(client, session, redactor, token_store)
    connection.signer(None)  # its secrets are known before anything is logged
    return connection
