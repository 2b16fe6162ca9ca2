"""From an ``auth`` mapping to the vocabulary, the looser ways of writing one included."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from tap_analytics.check import build, pick
from tap_analytics.declared.values import check_url
from tap_analytics.spec import AUTHS, CREDENTIALS, Auth, OAuth2ClientCredentials, SessionToken

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_analytics.check import Problems

__all__ = ["parse_auth", "read_auth"]

logger: Final = logging.getLogger("tap-analytics.config")


def parse_auth(
    auth: Any, credentials: Mapping[str, str], path: str, problems: Problems
) -> Auth | None:
    """The auth, or None where something is wrong with it.

    Args:
        auth: A mapping, or the name of a type alone; None is what *credentials* speak of.
        credentials: Top-level settings; each fills the field of its name that *auth* leaves out.
        path: Config path, for messages.
        problems: Takes in what is wrong.
    """
    if auth is None:
        auth = _implied(credentials, path, problems)
    if isinstance(auth, str):
        auth = {"type": auth}
    if not isinstance(auth, dict):
        problems.add(path, f"{type(auth).__name__} is not an object")
        return None
    exact = read_auth({**credentials, **auth}, path)
    struct = pick(AUTHS, exact, path, problems, "an auth type")
    if struct is None:
        return None
    fields = {field.name for field in msgspec.structs.fields(struct)}
    exact = {
        key: value
        for key, value in exact.items()
        if key in fields or key in auth or key not in credentials
    }
    parsed = build(struct, exact, path, problems)
    for name, value in exact.items():
        if name in fields and name in CREDENTIALS and (reason := _unusable(name, value)):
            problems.add(f"{path}.{name}", reason)
    if isinstance(parsed, OAuth2ClientCredentials):
        check_url(parsed.access_token_url, f"{path}.access_token_url", problems)
    elif isinstance(parsed, SessionToken) and parsed.session_token is None:
        problems.lines += [
            f"{path}.{name}: is missing, and so is session_token"
            for name in ("login_url", "username", "password")
            if getattr(parsed, name) is None
        ]
    return parsed


def _implied(credentials: Mapping[str, str], path: str, problems: Problems) -> dict[str, Any]:
    """The auth that the top-level credentials speak of by themselves."""
    if "token" in credentials:
        return {"type": "bearer"}
    if "username" in credentials:
        return {"type": "http_basic"}
    if credentials:
        given = ", ".join(credentials)
        allowed = ", ".join(str(struct.__struct_config__.tag) for struct in AUTHS)
        problems.add(f"{path}.type", f"is missing, but {given} is set. Allowed: {allowed}")
    return {"type": "none"}


def read_auth(auth: dict[str, Any], path: str) -> dict[str, Any]:
    """The mapping in the exact vocabulary; each reading is logged."""
    auth = dict(auth)
    kind = auth.setdefault("type", "bearer")
    if not isinstance(kind, str):
        return auth
    if kind in {"oauth2", "oauth2_client_credentials", "oauth2_refresh_token"}:
        auth = _read_oauth2(auth, path)
    elif kind == "basic":
        auth["type"] = "http_basic"
        _log(path, "type 'basic'", "http_basic")
    elif kind == "bearer" and "token" not in auth and "api_key" in auth:
        auth["token"] = auth.pop("api_key")
        _log(path, "'api_key' of type 'bearer'", "token")
    if auth["type"] == "http_basic":
        auth.setdefault("password", "")
    return auth


def _read_oauth2(auth: dict[str, Any], path: str) -> dict[str, Any]:
    grant = auth.pop("grant_type", None)
    exact = "oauth2_refresh_token" if auth.get("refresh_token") else "oauth2_client_credentials"
    if auth["type"] == "oauth2":
        asked = f" with grant_type {grant!r}" if grant else ""
        _log(path, f"type 'oauth2'{asked}", exact)
        if grant == "refresh_token" and exact == "oauth2_client_credentials":
            logger.warning(
                "%s: grant_type is 'refresh_token', but no refresh_token is set; "
                "asking for a token with the client's own credentials",
                path,
            )
        auth["type"] = exact
    if exact == "oauth2_client_credentials" and auth["type"] == exact:
        auth.pop("refresh_token", None)
    if "token_url" in auth and "access_token_url" not in auth:
        auth["access_token_url"] = auth.pop("token_url")
        _log(path, "'token_url'", "access_token_url")
    scope = auth.pop("scope", None) or auth.pop("scopes", None)
    if scope:
        text = " ".join(scope) if isinstance(scope, list) else str(scope)
        data = auth.get("access_token_request_data")
        if data is None or isinstance(data, dict):  # anything else is refused where it is checked
            auth["access_token_request_data"] = {**(data or {}), "scope": text}
        _log(path, "'scope'", "access_token_request_data.scope")
    return auth


def _unusable(name: str, value: Any) -> str | None:
    """What is wrong with a credential, without showing it."""
    if not isinstance(value, str):
        return None  # said already
    if not value and name != "password":
        return "is empty"
    if re.search(r"[\x00-\x1f\x7f]", value):
        return "holds a line break or another control character"
    if re.fullmatch(r"\$\{\w+\}", value):
        return f"names the environment variable {value[2:-1]}, which is not set"
    if name == "token" and value.lower().startswith("bearer "):
        return "begins with 'Bearer '; give the token alone"
    return None


def _log(path: str, found: str, reading: str) -> None:
    logger.info("%s: %s is read as %s", path, found, reading)
