"""Reads the looser way in which configs are often written, as the exact vocabulary.

Nothing here is a guess in silence: each reading is logged once at INFO. What is exact already
passes through untouched, and the input is never changed.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from tap_analytics.declared.parents import find_parent, placeholders

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_analytics.check import Problems

__all__ = ["read_auth", "read_paths", "read_selector"]

logger: Final = logging.getLogger("tap-analytics.config")


def read_auth(auth: dict[str, Any], path: str) -> dict[str, Any]:
    """The auth mapping in the exact vocabulary.

    Args:
        auth: As configured, the top-level secrets filled in already.
        path: Its config path, for messages.
    """
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


def read_selector(selector: Any, path: str) -> Any:
    """The data_selector as one path; a list gives its steps, ``response`` stands for the body."""
    where = f"{path}.data_selector"
    exact = selector
    if isinstance(selector, list):
        exact = ".".join(map(str, selector)) or "$"
    elif isinstance(selector, str) and selector.startswith("response."):
        exact = f"{selector}|{selector.removeprefix('response.')}"
    if exact != selector:
        _log(where, repr(selector), exact)
    return exact


def read_paths(
    paths: dict[str, str], variables: Mapping[str, Any], problems: Problems
) -> dict[str, str]:
    """Bind each placeholder in a path to the parent it means, or to a value of the user's.

    Args:
        paths: Path by resource name, in the config's order.
        variables: The setting of that name.
        problems: Takes in what cannot be bound.

    Returns:
        The paths with exact references, such as ``{resources.customers.id}``.
    """
    return {name: _bind(name, paths, variables, problems) for name in paths}


def _bind(
    name: str, paths: dict[str, str], variables: Mapping[str, Any], problems: Problems
) -> str:
    where = f"resources ({name}).endpoint.path"
    bound = paths[name]
    for wanted in placeholders(paths[name]):
        parents = find_parent(name, wanted, paths).names
        if len(parents) == 1:
            exact = f"{{resources.{parents[0]}.{'|'.join(wanted.fields)}}}"
            _log(where, wanted.text, exact)
            bound = bound.replace(wanted.text, exact, 1)
        elif parents:
            problems.add(
                where,
                f"{wanted.text} may mean {' or '.join(parents)}; write "
                f"{{resources.<name>.<field>}}",
            )
        elif wanted.name in variables and not wanted.certain:
            bound = bound.replace(wanted.text, quote(str(variables[wanted.name]), safe=""), 1)
        else:
            way = "" if wanted.certain else f"set variables.{wanted.name}, or "
            problems.add(
                where,
                f"{wanted.text} has no parent among the resources; {way}write "
                f"{{resources.<name>.<field>}}",
            )
    return bound


def _log(path: str, found: str, reading: str) -> None:
    logger.info("%s: %s is read as %s", path, found, reading)
