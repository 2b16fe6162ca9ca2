"""Signs requests. One authenticator per tap; all of them may be used by several threads."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

import msgspec

from tap_analytics.exceptions import AuthError
from tap_analytics.rest.tokens import OAuth2, SessionLogin
from tap_analytics.spec import (
    ApiKey,
    Auth,
    Bearer,
    HttpBasic,
    OAuth2ClientCredentials,
    SessionToken,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from requests import PreparedRequest

    from tap_analytics.rest.session import Session
    from tap_analytics.rest.token_store import TokenStore

__all__ = ["Authenticator", "authenticator"]


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


class BodyKey(Fixed):
    """Signs with a key of the JSON body, or with a field of the form."""

    def __init__(self, name: str, value: str) -> None:
        super().__init__(f"api_key in the key {name!r} of the body", {})
        self._name = name
        self._value = value

    def sign(self, prepared: PreparedRequest) -> None:
        """Put the key into the body, which is an object."""
        kind = str(prepared.headers.get("Content-Type", ""))
        if kind.startswith("application/x-www-form-urlencoded"):
            fields = parse_qsl(str(prepared.body or ""), keep_blank_values=True)
            others = [field for field in fields if field[0] != self._name]
            prepared.prepare_body([*others, (self._name, self._value)], None)
            return
        try:
            body = msgspec.json.decode(prepared.body or b"{}", type=dict[str, msgspec.Raw])
        except msgspec.MsgspecError:
            reason = "the body is no JSON object, which the api_key could be put into"
            raise AuthError(f"auth: {reason}") from None
        key = msgspec.Raw(msgspec.json.encode(self._value))
        prepared.prepare_body(msgspec.json.encode({**body, self._name: key}), None)
        prepared.headers["Content-Type"] = "application/json"


def authenticator(  # noqa: PLR0911 - one return a kind
    spec: Auth,
    session: Session,
    *,
    base_url: str = "",
    store: TokenStore | None = None,
    register: Callable[[str], None] = lambda _secret: None,
) -> Authenticator:
    """The authenticator that *spec* describes.

    Args:
        spec: From the config.
        session: Sends token requests.
        base_url: Of the API, for a login URL that lacks it.
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
        case SessionToken():
            return SessionLogin(spec, session, base_url, register)
        case ApiKey(location="body"):
            return BodyKey(spec.name, spec.api_key)
        case ApiKey(location="cookie"):
            cookie = f"{spec.name}={spec.api_key}"
            return Fixed(f"api_key in the cookie {spec.name!r}", {"Cookie": cookie})
        case ApiKey():
            return Fixed(f"api_key in the header {spec.name!r}", {spec.name: spec.api_key})
        case _:
            return Fixed("none", {})
