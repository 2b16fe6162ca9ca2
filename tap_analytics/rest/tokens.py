"""Gets the tokens that requests are signed with, and new ones when they run out."""

from __future__ import annotations

import abc
import math
import threading
import time
from typing import TYPE_CHECKING, Annotated

import msgspec

from tap_analytics.exceptions import AuthError, ContentError, OriginError, StatusError
from tap_analytics.records.codec import decode
from tap_analytics.records.selector import Path
from tap_analytics.rest.message import Request, Response
from tap_analytics.spec import OAuth2ClientCredentials, OAuth2RefreshToken, SessionToken

if TYPE_CHECKING:
    from collections.abc import Callable

    from requests import PreparedRequest

    from tap_analytics.rest.session import Session
    from tap_analytics.rest.token_store import TokenStore

__all__ = ["OAuth2", "SessionLogin"]

WHERE = "auth: the token endpoint"
LOGIN = "auth: the login"
LEEWAY_SECONDS = 60.0
LEEWAY_SHARE = 0.1
HINTS = {
    "invalid_client": "check client_id and client_secret",
    "invalid_grant": "the refresh token is used up, expired or revoked; log in anew and set it",
    "unauthorized_client": "this client may not use the grant",
    "unsupported_grant_type": "the endpoint does not offer this grant; check client.auth.type",
    "invalid_scope": "check scope in client.auth.access_token_request_data",
}


class Renewable(abc.ABC):
    """Signs with a token that is got when it is needed, and again when it is refused.

    Args:
        header: Carries the token.
        prefix: Stands before it.
        token: The first one; empty to get one.
    """

    description: str

    def __init__(self, header: str, prefix: str, token: str) -> None:
        self._header = header
        self._prefix = prefix
        self._lock = threading.Lock()
        self._token = token
        self._renew_at = math.inf if token else 0.0

    def sign(self, prepared: PreparedRequest) -> None:
        """Set the token, got anew where the last one is about to expire."""
        prepared.headers[self._header] = f"{self._prefix}{self.signature()}"

    def signature(self) -> str:
        """The token, valid for some time yet."""
        with self._lock:
            if time.monotonic() >= self._renew_at:
                self._exchange()
            return self._token

    def renew(self, signature: str) -> bool:
        """Get a new token, unless another thread already did since *signature*."""
        with self._lock:
            if self._token == signature:
                self._exchange()
            return True

    @abc.abstractmethod
    def _exchange(self) -> None:
        """Get a token; the caller holds the lock."""


class SessionLogin(Renewable):
    """Signs with a session token, got by logging in."""

    description = "session_token"

    def __init__(
        self, spec: SessionToken, session: Session, base_url: str, register: Callable[[str], None]
    ) -> None:
        super().__init__(spec.header, "", spec.session_token or "")
        self._spec = spec
        self._session = session
        self._url = _absolute(spec.login_url or "", base_url)
        self._register = register

    def renew(self, signature: str) -> bool:
        """Log in again, where the config says how."""
        return super().renew(signature) if self._spec.login_url else False

    def _exchange(self) -> None:
        spec = self._spec
        request = Request(
            method="POST",
            url=self._url,
            json={"username": spec.username, "password": spec.password},
            headers={"Accept": "application/json"},
        )
        path = Path(spec.session_token_response_key)

        def read(response: Response) -> str:
            token = path.first(decode(response.body, LOGIN).document)
            if not isinstance(token, (str, int)) or not token:
                key = spec.session_token_response_key
                reason = f"the answer holds no {key!r} (session_token_response_key)"
                raise ContentError(LOGIN, reason)
            return str(token)

        try:
            token = self._session.send(request, where=LOGIN, read=read)
        except StatusError as error:
            hint = "check username, password and login_url of the auth"
            raise AuthError(f"{LOGIN} answered {error.status}; {hint}") from None
        except (ContentError, OriginError) as error:
            raise AuthError(str(error)) from None
        self._register(token)
        self._token, self._renew_at = token, math.inf


class TokenAnswer(msgspec.Struct):
    """Token endpoint's answer (RFC 6749, section 5.1); `expires_in` comes as text, too."""

    access_token: Annotated[str, msgspec.Meta(min_length=1)]
    expires_in: float | None = None
    refresh_token: str | None = None


class OAuth2(Renewable):
    """Signs with a bearer token got from the token endpoint, renewed before it expires."""

    def __init__(
        self,
        spec: OAuth2ClientCredentials,
        session: Session,
        *,
        store: TokenStore | None = None,
        register: Callable[[str], None] = lambda _secret: None,
    ) -> None:
        super().__init__("Authorization", "Bearer ", spec.access_token or "")
        self._spec = spec
        self._session = session
        self._store = store
        self._register = register
        self._refresh_token = spec.refresh_token if isinstance(spec, OAuth2RefreshToken) else None
        grant = "client_credentials" if self._refresh_token is None else "refresh_token"
        self._grant = grant
        self.description = f"oauth2 with grant {grant}"

    def _exchange(self) -> None:
        """Ask the token endpoint; the new refresh token is stored before the token is used."""
        if self._store is None or self._refresh_token is None:
            self._take(self._ask())
            return
        with self._store.locked():
            self._refresh_token = self._store.read(self._refresh_token)
            self._register(self._refresh_token)
            self._take(self._ask())

    def _take(self, answer: TokenAnswer) -> None:
        self._register(answer.access_token)
        if answer.refresh_token and self._refresh_token not in {None, answer.refresh_token}:
            self._register(answer.refresh_token)
            if self._store is not None:
                self._store.write(answer.refresh_token)
            self._refresh_token = answer.refresh_token
        life = answer.expires_in
        if life is None or life <= 0:
            life = self._spec.default_token_expiration
        self._token = answer.access_token
        self._renew_at = time.monotonic() + life - min(LEEWAY_SECONDS, life * LEEWAY_SHARE)

    def _ask(self) -> TokenAnswer:
        spec = self._spec
        form = {
            "grant_type": self._grant,
            "client_id": spec.client_id,
            "client_secret": spec.client_secret,
            **({"refresh_token": self._refresh_token} if self._refresh_token else {}),
            **spec.access_token_request_data,
        }
        request = Request(
            method="POST",
            url=spec.access_token_url,
            form=form,
            headers={"Accept": "application/json"},
        )
        try:
            return self._session.send(request, where=WHERE, read=_read_token)
        except StatusError as error:
            code = _error_code(error.body)
            hint = HINTS.get(code, "check client.auth")
            found = f"{error.status} {code}".rstrip()
            raise AuthError(f"{WHERE} answered {found}; {hint}") from None
        except (ContentError, OriginError) as error:
            raise AuthError(str(error)) from None


def _read_token(response: Response) -> TokenAnswer:
    try:
        return msgspec.json.decode(response.body, type=TokenAnswer, strict=False)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        if _error_code(response.body):  # some refuse with status 200
            status = response.status
            message = f"{WHERE} answered {status}"
            raise StatusError(message, status=status, body=response.body) from None
        reason = "the answer holds no access_token; check client.auth.access_token_url"
        raise ContentError(WHERE, reason) from None


def _error_code(body: bytes) -> str:
    """The ``error`` of a refusal (RFC 6749, section 5.2); empty where there is none."""
    try:
        code = msgspec.json.decode(body, type=dict[str, object]).get("error")
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return ""
    return code if isinstance(code, str) and code.replace("_", "").isalnum() else ""


def _absolute(url: str, base_url: str) -> str:
    return url if "://" in url else f"{base_url.rstrip('/')}/{url.lstrip('/')}"
