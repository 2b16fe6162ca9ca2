"""Who may read: bearer tokens, API keys, HTTP basic, sessions, and OAuth 2 with rotating tokens."""

from __future__ import annotations

import secrets
from base64 import b64decode
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote_plus

import msgspec

from tap_analytics.sandbox.answers import Answer, RefusedError, bad_request, error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

_FORM = "application/x-www-form-urlencoded"
_REALM = 'realm="sandbox"'
_CHALLENGES = {
    "oauth2": f"Bearer {_REALM}",
    "bearer": f"Bearer {_REALM}",
    "basic": f'Basic {_REALM}, charset="UTF-8"',
    "api_key": f"ApiKey {_REALM}",
    "session": f"Session {_REALM}",
}
INVALID_TOKEN = (
    f'Bearer {_REALM}, error="invalid_token", '
    'error_description="The access token is unknown or has expired"'
)


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """What a sandbox accepts. They are fixed and no secrets.

    Attributes:
        client_id: Of the OAuth 2 client.
        client_secret: Of the OAuth 2 client.
        refresh_token: The first one. It works once, like each that follows.
        token: Bearer token that does not expire.
        api_key: For `X-Api-Key`, a bare `Authorization`, or `api_key` in the query, in a cookie or
            in the JSON body of a search.
        username: For HTTP basic, and to log in.
        password: For HTTP basic, and to log in.
    """

    client_id: str = "test-client-id"
    client_secret: str = "test-client-secret"  # noqa: S105 -- fixed and printed, protects nothing
    refresh_token: str = "test-refresh-token"  # noqa: S105 -- the same
    token: str = "test-api-key"  # noqa: S105 -- the same
    api_key: str = "test-api-key"
    username: str = "test-username"
    password: str = "test-password"  # noqa: S105 -- the same


class _Login(msgspec.Struct, frozen=True):
    username: str
    password: str


class Gate:
    """Checks credentials and issues tokens.

    Args:
        kinds: Accepted kinds, of `options.AUTH_KINDS`.
        credentials: The accepted values.
        lifetime: Seconds until an access token or a session expires.
        clock: The time in seconds, which never goes back.

    Attributes:
        kinds: Kinds of credentials that are checked, sorted.
        is_open: Whether everyone may pass.
    """

    def __init__(
        self,
        kinds: Iterable[str],
        *,
        credentials: Credentials,
        lifetime: int,
        clock: Callable[[], float],
    ) -> None:
        given = set(kinds)
        self.is_open = "none" in given
        self.kinds = tuple(kind for kind in sorted(_CHALLENGES) if {kind, "all"} & given)
        self._credentials = credentials
        self._lifetime = lifetime
        self._clock = clock
        self._expiries: dict[tuple[str, str], float] = {}
        self._refresh_tokens = {credentials.refresh_token}

    def refusal(
        self, headers: Mapping[str, str], query: Iterable[tuple[str, str]]
    ) -> Answer | None:
        """The answer of status 401 to a request that may not pass; None if it may.

        Args:
            headers: By lower-case name.
            query: Names and values, those of a search's body too.
        """
        if self.is_open:
            return None
        authorization = headers.get("authorization")
        if authorization is not None:
            return self._refusal_of(authorization)
        session = headers.get("x-session-token")
        if session is not None:
            if self._is_live("session", session):
                return None
            return self._unauthorized("the session is unknown or has expired")
        given = [("api_key", headers["x-api-key"])] if "x-api-key" in headers else []
        given += [*query, *_cookies(headers)]
        key = next((value for name, value in given if name == "api_key"), None)
        if key is None:
            return self._unauthorized("credentials are missing")
        return None if self._is_api_key(key) else self._unauthorized("the API key is wrong")

    def _refusal_of(self, authorization: str) -> Answer | None:
        scheme, _, value = authorization.partition(" ")
        value = value.strip()
        if scheme.lower() == "bearer":
            if self._is_token(value):
                return None
            return self._unauthorized("the token is unknown or has expired", INVALID_TOKEN)
        if scheme.lower() == "basic":
            wanted = (self._credentials.username, self._credentials.password)
            if "basic" in self.kinds and _basic(value) == wanted:
                return None
            return self._unauthorized("user name and password are wrong")
        if self._is_api_key(authorization):
            return None
        return self._unauthorized("the API key is wrong")

    def _is_api_key(self, key: str) -> bool:
        return "api_key" in self.kinds and key == self._credentials.api_key

    def _is_token(self, token: str) -> bool:
        if "bearer" in self.kinds and token == self._credentials.token:
            return True
        return self._is_live("oauth2", token)

    def _is_live(self, kind: str, token: str) -> bool:
        return self._clock() < self._expiries.get((kind, token), 0.0)

    def _unauthorized(self, message: str, challenge: str = "") -> Answer:
        every = dict.fromkeys(_CHALLENGES[kind] for kind in self.kinds)
        headers = {"WWW-Authenticate": challenge or ", ".join(every)}
        return error(401, "unauthorized", message, headers)

    def log_in(self, body: bytes) -> Answer:
        """A session for a user's name and password, to be sent in `X-Session-Token`.

        Args:
            body: The request's body, a JSON object with `username` and `password`.

        Raises:
            RefusedError: The body or what it holds is wrong.
        """
        try:
            given = msgspec.json.decode(body, type=_Login)
        except ValueError:
            raise bad_request("the body must be JSON with username and password") from None
        if given != _Login(self._credentials.username, self._credentials.password):
            raise RefusedError(self._unauthorized("user name and password are wrong"))
        token = self._new_token("session")
        payload = {"session_token": token, "expires_in": self._lifetime}
        return Answer(payload=payload, headers={"Cache-Control": "no-store"})

    def grant(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """The token endpoint's answer (RFC 6749, sections 4.4, 5 and 6).

        Args:
            headers: By lower-case name.
            body: The request's body.
        """
        try:
            payload = self._granted(headers, body)
        except RefusedError as refused:
            answer = refused.answer
        else:
            answer = Answer(payload=payload)
        answer.headers |= {"Cache-Control": "no-store", "Pragma": "no-cache"}
        return answer

    def _granted(self, headers: Mapping[str, str], body: bytes) -> dict[str, object]:
        form = _form(headers, body)
        self._check_client(headers, form)
        kind = form.get("grant_type")
        if kind is None:
            raise _oauth_error(400, "invalid_request", "grant_type is missing")
        if kind == "client_credentials":
            return self._issued()
        if kind != "refresh_token":
            text = "allowed grant types: client_credentials, refresh_token"
            raise _oauth_error(400, "unsupported_grant_type", text)
        used = form.get("refresh_token")
        if used is None:
            raise _oauth_error(400, "invalid_request", "refresh_token is missing")
        if used not in self._refresh_tokens:
            text = "the refresh token is unknown or was used before"
            raise _oauth_error(400, "invalid_grant", text)
        self._refresh_tokens.remove(used)
        fresh = secrets.token_urlsafe(24)
        self._refresh_tokens.add(fresh)
        return self._issued() | {"refresh_token": fresh}

    def _check_client(self, headers: Mapping[str, str], form: Mapping[str, str]) -> None:
        authorization = headers.get("authorization")
        given: tuple[str | None, str | None] = (form.get("client_id"), form.get("client_secret"))
        if authorization is not None:
            if given[1] is not None:
                text = "the client must authenticate in one way only"
                raise _oauth_error(400, "invalid_request", text)
            scheme, _, value = authorization.partition(" ")
            pair = _basic(value.strip()) if scheme.lower() == "basic" else None
            given = (unquote_plus(pair[0]), unquote_plus(pair[1])) if pair else (None, None)
        if given != (self._credentials.client_id, self._credentials.client_secret):
            raise _oauth_error(401, "invalid_client", "client id and secret are wrong")

    def _issued(self) -> dict[str, object]:
        token = self._new_token("oauth2")
        return {"access_token": token, "token_type": "Bearer", "expires_in": self._lifetime}

    def _new_token(self, kind: str) -> str:
        """A token of that *kind*, which has no other use."""
        now = self._clock()
        self._expiries = {key: end for key, end in self._expiries.items() if now < end}
        token = secrets.token_urlsafe(24)
        self._expiries[kind, token] = now + self._lifetime
        return token


def _cookies(headers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for part in headers.get("cookie", "").split(";"):
        name, _, value = part.strip().partition("=")
        yield name, value


def _basic(value: str) -> tuple[str, str] | None:
    """User and password of basic credentials (RFC 7617); None if they cannot be read."""
    try:
        user, colon, password = b64decode(value, validate=True).decode().partition(":")
    except ValueError:
        return None
    return (user, password) if colon else None


def _form(headers: Mapping[str, str], body: bytes) -> dict[str, str]:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _FORM:
        raise _oauth_error(400, "invalid_request", f"the body must be {_FORM}")
    try:
        pairs = parse_qsl(body.decode(), errors="strict")
    except UnicodeDecodeError:
        raise _oauth_error(400, "invalid_request", "the body is not UTF-8") from None
    form = dict(pairs)
    if len(form) < len(pairs):
        raise _oauth_error(400, "invalid_request", "a parameter occurs twice")
    return form


def _oauth_error(status: int, code: str, description: str) -> RefusedError:
    headers = {"WWW-Authenticate": f"Basic {_REALM}"} if status == 401 else {}  # noqa: PLR2004 -- HTTP
    payload = {"error": code, "error_description": description}
    return RefusedError(Answer(status=status, payload=payload, headers=headers))
