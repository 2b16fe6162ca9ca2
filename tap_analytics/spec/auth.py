"""How requests are signed."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

Secret: TypeAlias = Annotated[str, Meta(extra={"secret": True})]
Size: TypeAlias = Annotated[int, Meta(ge=1)]


class Auth(Struct, frozen=True, kw_only=True, tag_field="type", tag="none"):
    """How requests are signed."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"


class NoAuth(Auth, frozen=True, tag="none"):
    """Requests go out unsigned."""


class Bearer(Auth, frozen=True, kw_only=True, tag="bearer"):
    """``Authorization: Bearer <token>`` (RFC 6750, section 2.1)."""

    token: Annotated[Secret, Meta(description="Bearer token.")]


class ApiKey(Auth, frozen=True, kw_only=True, tag="api_key"):
    """A key in a header, a query parameter, a cookie, or the JSON body."""

    api_key: Annotated[Secret, Meta(description="API key.")]
    name: Annotated[
        str, Meta(description="Header, parameter, cookie or body key that carries the API key.")
    ] = "Authorization"
    location: Annotated[
        Literal["header", "query", "param", "cookie", "body"],
        Meta(description="Where the API key goes; `param` is the same as `query`."),
    ] = "header"


class HttpBasic(Auth, frozen=True, kw_only=True, tag="http_basic"):
    """HTTP basic authentication (RFC 7617)."""

    username: Annotated[str, Meta(description="User name for HTTP basic authentication.")]
    password: Annotated[
        Secret, Meta(description="Password for HTTP basic authentication; may be empty.")
    ]


class OAuth2ClientCredentials(Auth, frozen=True, kw_only=True, tag="oauth2_client_credentials"):
    """OAuth 2.0 client credentials grant (RFC 6749, section 4.4)."""

    access_token_url: Annotated[str, Meta(description="Token endpoint, an absolute URL.")]
    client_id: Annotated[str, Meta(description="OAuth 2.0 client ID.")]
    client_secret: Annotated[Secret, Meta(description="OAuth 2.0 client secret.")]
    access_token_request_data: Annotated[
        dict[str, str],
        Meta(description="Further form fields for the token request, such as `scope`."),
    ] = {}
    access_token: Annotated[
        Secret | None, Meta(description="First access token, used until it expires.")
    ] = None
    default_token_expiration: Annotated[
        Size,
        Meta(description="Life of a token in seconds where the answer does not tell it."),
    ] = 3600


class OAuth2RefreshToken(OAuth2ClientCredentials, frozen=True, tag="oauth2_refresh_token"):
    """OAuth 2.0 refresh token grant (RFC 6749, section 6)."""

    refresh_token: Annotated[Secret, Meta(description="OAuth 2.0 refresh token.")]


class SessionToken(Auth, frozen=True, kw_only=True, tag="session_token"):
    """A token in a header, got by logging in with a user name and a password."""

    header: Annotated[str, Meta(description="Header that carries the session token.")]
    session_token: Annotated[
        Secret | None, Meta(description="Session token; without it the tap logs in.")
    ] = None
    login_url: Annotated[
        str | None,
        Meta(description="URL that takes the login as a JSON body; may lack the base URL."),
    ] = None
    username: Annotated[str | None, Meta(description="User name for the login.")] = None
    password: Annotated[Secret | None, Meta(description="Password for the login.")] = None
    session_token_response_key: Annotated[
        str, Meta(description="Path of the token in the login's answer.")
    ] = "token"  # noqa: S105 - a name


CREDENTIALS = (
    "client_id",
    "client_secret",
    "refresh_token",
    "token",
    "api_key",
    "username",
    "password",
)
"""Fields of auth structs that may stand at the config's top level instead."""

AUTHS: tuple[type[Auth], ...] = (
    NoAuth,
    Bearer,
    ApiKey,
    HttpBasic,
    OAuth2ClientCredentials,
    OAuth2RefreshToken,
    SessionToken,
)
