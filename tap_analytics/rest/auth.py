"""Signs requests. One authenticator per tap; all of them may be used by several threads."""

from __future__ import annotations

import base64
import threading
import time
from typing import TYPE_CHECKING, Annotated, Protocol
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

import msgspec

from tap_analytics.exceptions import AuthError, ContentError, OriginError, StatusError
from tap_analytics.rest.message import Request, Response
from tap_analytics.spec import (
    ApiKey,
    Auth,
    Bearer,
    HttpBasic,
    OAuth2ClientCredentials,
    OAuth2RefreshToken,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from requests import PreparedRequest

    from tap_analytics.rest.session import Session
    from tap_analytics.rest.token_store import TokenStore

__all__ = ["Authenticator", "OAuth2", "authenticator"]

WHERE = "auth: the token endpoint"
LEEWAY_SECONDS = 60.0
LEEWAY_SHARE = 0.1
HINTS = {
    "invalid_client": "check client_id and client_secret",
    "invalid_grant": "the refresh token is used up, expired or revoked; log in anew and set it",
    "unauthorized_client": "this client may not use the grant",
    "unsupported_grant_type": "the endpoint does not offer this grant; check client.auth.type",
    "invalid_scope": "check scope in client.auth.access_token_request_data",
}


class Authenticator(Protocol):
    """What the session needs of an authentication."""

    description: str

    def sign(self, prepared: PreparedRequest) -> None:
        """Sign *prepared* in place; signing twice is the same as once."""

    def signature(self) -> str:
        """What the next request will be signed with, as `renew` takes it."""

    def renew(self, signature: str) -> bool:
        """Whether something better than *signature* is at hand after a 401."""


class Fixed:
    """Signs with a header that never changes."""

    def __init__(self, description: str, headers: dict[str, str]) -> None:
        self.description = description
        self._headers = headers

    def sign(self, prepared: PreparedRequest) -> None:
        """Set the header."""
        prepared.headers.update(self._headers)

    def signature(self) -> str:
        """Nothing: there is only one."""
        return ""

    def renew(self, signature: str) -> bool:  # noqa: ARG002 - the protocol's
        """There is nothing better."""
        return False


class QueryKey(Fixed):
    """Signs with a query parameter, added to links that lack it and never doubled."""

    def __init__(self, name: str, value: str) -> None:
        super().__init__(f"api_key in the query parameter {name!r}", {})
        self._name = name
        self._value = value

    def sign(self, prepared: PreparedRequest) -> None:
        """Put the key into the query."""
        parts = urlsplit(str(prepared.url))
        others = [
            part
            for part in parts.query.split("&")
            if part and dict(parse_qsl(part, keep_blank_values=True)).keys() != {self._name}
        ]
        pair = f"{quote(self._name, safe='')}={quote(self._value, safe='')}"
        prepared.url = urlunsplit(parts._replace(query="&".join([*others, pair])))


class TokenAnswer(msgspec.Struct):
    """Token endpoint's answer (RFC 6749, section 5.1); `expires_in` comes as text, too."""

    access_token: Annotated[str, msgspec.Meta(min_length=1)]
    expires_in: float | None = None
    refresh_token: str | None = None


class OAuth2:
    """Signs with a bearer token got from the token endpoint, renewed before it expires."""

    def __init__(
        self,
        spec: OAuth2ClientCredentials,
        session: Session,
        *,
        store: TokenStore | None = None,
        register: Callable[[str], None] = lambda _secret: None,
    ) -> None:
        self._spec = spec
        self._session = session
        self._store = store
        self._register = register
        self._lock = threading.Lock()
        self._token = ""
        self._renew_at = 0.0
        self._refresh_token = spec.refresh_token if isinstance(spec, OAuth2RefreshToken) else None
        grant = "client_credentials" if self._refresh_token is None else "refresh_token"
        self._grant = grant
        self.description = f"oauth2 with grant {grant}"

    def sign(self, prepared: PreparedRequest) -> None:
        """Set the bearer token, got anew where the last one is about to expire."""
        prepared.headers["Authorization"] = f"Bearer {self.signature()}"

    def signature(self) -> str:
        """The access token, valid for some time yet."""
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


def authenticator(  # noqa: PLR0911 - one return a kind
    spec: Auth,
    session: Session,
    *,
    store: TokenStore | None = None,
    register: Callable[[str], None] = lambda _secret: None,
) -> Authenticator:
    """The authenticator that *spec* describes.

    Args:
        spec: From the config.
        session: Sends token requests.
        store: Keeps rotated refresh tokens between runs.
        register: Takes each secret that comes up during the run, so that it is never printed.
    """
    match spec:
        case OAuth2ClientCredentials():
            return OAuth2(spec, session, store=store, register=register)
        case Bearer():
            return Fixed("bearer token", {"Authorization": f"Bearer {spec.token}"})
        case HttpBasic():
            pair = base64.b64encode(f"{spec.username}:{spec.password}".encode()).decode()
            register(pair)
            return Fixed("http_basic", {"Authorization": f"Basic {pair}"})
        case ApiKey(location="query" | "param"):
            return QueryKey(spec.name, spec.api_key)
        case ApiKey(location="cookie"):
            cookie = f"{spec.name}={spec.api_key}"
            return Fixed(f"api_key in the cookie {spec.name!r}", {"Cookie": cookie})
        case ApiKey():
            return Fixed(f"api_key in the header {spec.name!r}", {spec.name: spec.api_key})
        case _:
            return Fixed("none", {})
