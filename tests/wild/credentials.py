"""What an API wants as proof of who asks: the harness's reading of ``auth``."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from .envelope import put
from .message import Refused

if TYPE_CHECKING:
    from .message import Ask

__all__ = ["Credentials"]

TOKEN_LIFE = 10  # data requests; then a token is worth nothing, whatever was said of it


class Credentials:
    """Checks each request, and gives tokens where the API has an endpoint for that."""

    def __init__(self, auth: dict[str, Any]) -> None:
        self._auth = auth
        self._kind = auth.get("type", "none")
        self._refresh = auth.get("refresh_token")
        self._tokens: dict[str, int] = {}
        self.spent = 0
        if first := auth.get("access_token"):
            self._tokens[first] = 0

    @property
    def query(self) -> set[str]:
        """Names of parameters that carry a credential."""
        if self._kind == "api_key" and self._auth.get("location") in {"query", "param"}:
            return {self._auth.get("name", "api_key")}
        return set()

    @property
    def token_path(self) -> str | None:
        """Where tokens are to be had."""
        url = self._auth.get("token_url") or self._auth.get("access_token_url")
        return urlsplit(url).path if url and self._kind.startswith("oauth2") else None

    @property
    def login_path(self) -> str | None:
        """Where a session begins, relative to the base URL or absolute."""
        has_login = self._kind == "session_token" and "session_token" not in self._auth
        return str(self._auth["login_url"]) if has_login else None

    def check(self, ask: Ask) -> None:
        """Refuse *ask* where it does not prove who asks.

        Raises:
            Refused: With status 401.
        """
        auth = self._auth
        if self._kind == "api_key":
            self._check_key(ask, auth["api_key"])
        elif self._kind == "bearer":
            self._want(ask, "authorization", f"Bearer {auth.get('token') or auth.get('api_key')}")
        elif self._kind in {"basic", "http_basic"}:
            pair = f"{auth['username']}:{auth.get('password', '')}".encode()
            self._want(ask, "authorization", f"Basic {base64.b64encode(pair).decode()}")
        elif self._kind.startswith("oauth2"):
            self._check_token(ask)
        elif self._kind == "session_token":
            header = str(auth.get("header", "Authorization")).lower()
            self._want(ask, header, auth.get("session_token", "session-1"))

    def _check_key(self, ask: Ask, key: str) -> None:
        place, name = self._auth.get("location", "header"), self._auth.get("name", "Authorization")
        if place in {"query", "param"}:
            found = [value for param, value in ask.query if param == name]
            if found != [key]:
                raise Refused(f"{name} in the query is {found}", 401)
        elif place == "body":
            if ask.json.get(name) != key:
                raise Refused(f"{name} in the body is {ask.json.get(name)!r}", 401)
        else:
            self._want(ask, name.lower(), key)

    def _want(self, ask: Ask, header: str, value: str) -> None:
        if ask.headers.get(header) != value:
            raise Refused(f"{header} is {ask.headers.get(header)!r}, not {value!r}", 401)

    def _check_token(self, ask: Ask) -> None:
        token = ask.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in self._tokens:
            raise Refused("not a token", 401)
        self._tokens[token] += 1
        if self._tokens[token] > TOKEN_LIFE:
            self.spent += 1
            raise Refused("token is spent", 401)

    def token(self, ask: Ask) -> dict[str, Any]:
        """The answer of the token endpoint; a refresh token is good for one use.

        Raises:
            Refused: The form does not hold what it should.
        """
        form = dict(parse_qsl(ask.body.decode(), keep_blank_values=True))
        auth = self._auth
        basic = f"{auth['client_id']}:{auth['client_secret']}".encode()
        if ask.headers.get("authorization") != f"Basic {base64.b64encode(basic).decode()}":
            for name in ("client_id", "client_secret"):
                if form.get(name) != auth[name]:
                    raise Refused(f"{name} is {form.get(name)!r}", 401)
        grant = "refresh_token" if self._refresh else "client_credentials"
        scopes = auth.get("scopes")
        scope = auth.get("scope") or (" ".join(scopes) if scopes else None)
        for name, value in {"grant_type": grant, "scope": scope}.items():
            if form.get(name) != value:
                raise Refused(f"{name} is {form.get(name)!r}, not {value!r}", 400)
        if self._refresh and form.get("refresh_token") != self._refresh:
            raise Refused("the refresh token is used up or unknown", 400)
        token = f"token-{len(self._tokens)}"
        self._tokens[token] = 0
        answer: dict[str, Any] = {"access_token": token, "expires_in": 3600}
        if self._refresh:
            self._refresh = answer["refresh_token"] = f"refresh-{len(self._tokens)}"
        return answer

    def login(self, ask: Ask) -> dict[str, Any]:
        """The answer to a login.

        Raises:
            Refused: Name or password are wrong.
        """
        wanted = {name: self._auth[name] for name in ("username", "password")}
        if ask.method != "POST" or json.loads(ask.body or b"null") != wanted:
            raise Refused("not the name and password", 401)
        answer: dict[str, Any] = {}
        key = self._auth.get("session_token_response_key", "session_token")
        put(answer, tuple(key.split(".")), "session-1")
        return answer
