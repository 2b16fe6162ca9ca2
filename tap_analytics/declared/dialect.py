"""Reads the looser way in which configs are often written, as the exact vocabulary.

Nothing here is a guess in silence: each reading is logged once at INFO. What is exact already
passes through untouched, and the input is never changed.
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any, Final

from tap_analytics.stream import PLACEHOLDER

if TYPE_CHECKING:
    from tap_analytics.check import Problems

__all__ = ["read_auth", "read_paginator", "read_paths"]

logger: Final = logging.getLogger("tap-analytics.config")
NAME = r"[A-Za-z_][\w-]*"
DOTTED = re.compile(rf"{NAME}(\.{NAME})*")
NEGATED = re.compile(rf"not\s+(?P<path>{NAME}(\.{NAME})*)")
BARE = re.compile(r"(?<!\{)\{(?P<name>[A-Za-z_]\w*)\}(?!\})")
MORE = re.compile(r"((has|have|is)_)?(more|next)(_(records|results|pages|items|page))?")
ENVELOPES = ("meta.pagination", "pagination", "meta", "paging")
SUFFIXES = ("key", "slug", "code", "token", "uuid", "name")


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


def read_paginator(paginator: Any, path: str, problems: Problems) -> Any:
    """The paginator mapping in the exact vocabulary; a bare name becomes a mapping."""
    if isinstance(paginator, str):
        paginator = {"type": paginator}
    if isinstance(paginator, dict) and paginator.get("type") == "json_response":
        _log(path, "type 'json_response'", "json_link")
        return {**paginator, "type": "json_link"}
    if not isinstance(paginator, dict) or paginator.get("type") != "cursor":
        return paginator
    paginator = dict(paginator)
    condition = paginator.pop("stop_condition", None)
    if condition is not None:
        _read_stop_condition(paginator, condition, path, problems)
    if "cursor_path" not in paginator and "cursor_param" in paginator:
        paginator["cursor_path"] = _anywhere(str(paginator["cursor_param"]))
        _log(path, "a cursor_param without cursor_path", f"cursor_path {paginator['cursor_path']}")
    return paginator


def _read_stop_condition(
    paginator: dict[str, Any], condition: Any, path: str, problems: Problems
) -> None:
    text = condition.strip() if isinstance(condition, str) else ""
    negated = NEGATED.fullmatch(text)
    if negated:
        name = negated["path"]
        if _is_more_flag(name):
            paginator.setdefault("has_more_path", _anywhere(name))
            _log(path, f"stop_condition {text!r}", f"has_more_path {name}")
        else:
            paginator.setdefault("cursor_path", _anywhere(name))
            _log(path, f"stop_condition {text!r}", f"the end is where {name} is missing")
    elif DOTTED.fullmatch(text) and _is_more_flag(text):
        paginator.setdefault("has_more_path", _anywhere(text))
        _log(path, f"stop_condition {text!r}", f"has_more_path {text}: more while true")
    else:
        problems.add(
            f"{path}.stop_condition",
            f"{condition!r} is not understood; set has_more_path, or leave it out where a missing "
            f"cursor is the end",
        )


def _anywhere(name: str) -> str:
    """A path for a bare *name*: in the body itself, or where envelopes keep their paging."""
    if "." in name or "|" in name:
        return name
    return "|".join([name, *(f"{place}.{name}" for place in ENVELOPES)])


def _is_more_flag(path: str) -> bool:
    """Whether the last name of *path* is that of a flag; under ``links`` it is a link."""
    *parents, name = path.split(".")
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return MORE.fullmatch(snake) is not None and snake != "next" and "links" not in parents


def read_paths(paths: dict[str, str], problems: Problems) -> dict[str, str]:
    """Bind each ``{name}`` in a path to the resource whose path stands before it.

    Args:
        paths: Path by resource name, in the config's order.
        problems: Takes in what cannot be bound.

    Returns:
        The paths with exact references, such as ``{resources.customers.id}``.
    """
    return {name: _bind(name, path, paths, problems) for name, path in paths.items()}


def _bind(name: str, path: str, paths: dict[str, str], problems: Problems) -> str:
    while match := BARE.search(path):
        before = path[: match.start()]
        parents = [
            other
            for other, its_path in paths.items()
            if other != name and _same(its_path, PLACEHOLDER.sub("{}", before))
        ]
        if len(parents) != 1:
            found = f"several fit: {', '.join(parents)}" if parents else "no resource has that path"
            problems.add(
                f"resources ({name}).endpoint.path",
                f"{match[0]} needs a parent at {before.rstrip('/')!r}, but {found}; "
                f"write {{resources.<name>.<field>}}",
            )
            return path
        field = _field(match["name"])
        exact = f"{{resources.{parents[0]}.{field}}}"
        _log(f"resources ({name}).endpoint.path", match[0], exact)
        path = f"{before}{exact}{path[match.end() :]}"
    return path


def _same(path: str, before: str) -> bool:
    plain = BARE.sub("{}", PLACEHOLDER.sub("{}", path)).partition("?")[0]
    return plain.strip("/").lower() == before.strip("/").lower()


def _field(placeholder: str) -> str:
    """The parent's field that a placeholder means: its suffix where that names one, else id."""
    suffix = placeholder.rpartition("_")[2].lower()
    return suffix if suffix in SUFFIXES else "id"


def _log(path: str, found: str, reading: str) -> None:
    logger.info("%s: %s is read as %s", path, found, reading)
