"""From ``client`` in the config to the vocabulary. Input is never changed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET, UnsetType

from tap_analytics.check import Problems, build, convert, keys, pick
from tap_analytics.declared.dialect import read_auth
from tap_analytics.declared.paging import read_paginator
from tap_analytics.declared.variables import fill
from tap_analytics.exceptions import ConfigError
from tap_analytics.records.selector import Path
from tap_analytics.rest.origin import Origin
from tap_analytics.spec import AUTHS, CREDENTIALS, PAGINATORS, Auth, Client, NoAuth, Paginator

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["check_path", "parse_client", "parse_paginator"]

CLIENT_KEYS = ("base_url", "headers", "auth", "paginator", "allowed_origins")
MISPLACED = "belongs at the top level of the config, or in client.auth"


def parse_client(
    client: Mapping[str, Any] | None,
    credentials: Mapping[str, str],
    variables: Mapping[str, Any] | None = None,
) -> Client:
    """The client, with the top-level *credentials* where its auth leaves them out.

    Args:
        client: The setting of that name.
        credentials: By field of an auth.
        variables: Values for ``{{ config['x'] }}`` and its like.

    Raises:
        ConfigError: With all that is wrong in it.
    """
    problems = Problems()
    if client is None:
        raise ConfigError(
            "client.base_url: is missing; give the API's root, such as https://api.example.com"
        )
    convert(client, dict[str, Any], "client", problems)
    ConfigError.raise_if(problems.lines)
    client = fill(client, variables or {}, "client", problems)
    for name in CREDENTIALS:
        if name in client:
            problems.add(f"client.{name}", MISPLACED)
    others = {key: value for key, value in client.items() if key not in CREDENTIALS}
    values = keys(others, CLIENT_KEYS, "client", problems)
    base_url = _url(values.get("base_url"), "client.base_url", problems)
    origins = convert(
        values.get("allowed_origins") or [], list[str], "client.allowed_origins", problems
    )
    for index, origin in enumerate(origins or []):
        _url(origin, f"client.allowed_origins[{index}]", problems)
    auth = _auth(values.get("auth"), credentials, problems)
    paginator = None
    if values.get("paginator") is not None:
        path = "client.paginator"
        paginator = parse_paginator(
            read_paginator(values["paginator"], path, problems), path, problems
        )
    headers = convert(values.get("headers") or {}, dict[str, str], "client.headers", problems)
    ConfigError.raise_if(problems.lines)
    return Client(
        base_url=base_url,
        headers=headers,
        auth=auth or NoAuth(),
        paginator=paginator or None,
        allowed_origins=tuple(origins),
    )


def _url(value: Any, path: str, problems: Problems) -> str:
    if value is None or value == "":
        problems.add(path, "is missing; give the API's root, such as https://api.example.com")
        return ""
    url = str(value)
    shown = "the URL" if "@" in url or "?" in url else repr(value)
    try:
        Origin.of(url)
    except ValueError as problem:
        if "://" in url or "@" in url or not url[0].isalnum() or not isinstance(value, str):
            problems.add(path, f"{shown} {problem}")
        else:
            scheme = "http" if url.startswith(("localhost", "127.")) else "https"
            problems.add(path, f"{shown} has no scheme; did you mean '{scheme}://{url}'?")
        return url
    if re.search(r"[\s{}]", url):
        problems.add(path, f"{shown} holds a blank or a placeholder")
    elif path == "client.base_url" and re.search(r"[?#]", url):
        problems.add(path, f"{shown} has a query or fragment; give it as params of the resources")
    return url


def _auth(auth: Any, credentials: Mapping[str, str], problems: Problems) -> Auth | None:
    path = "client.auth"
    if auth is None:
        auth = _implied_auth(credentials, problems)
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
    url = getattr(parsed, "access_token_url", None)
    if url is not None:
        _url(url, f"{path}.access_token_url", problems)
    return parsed


def _implied_auth(credentials: Mapping[str, str], problems: Problems) -> dict[str, Any]:
    """The auth that the top-level credentials speak of by themselves."""
    if "token" in credentials:
        return {"type": "bearer"}
    if "username" in credentials:
        return {"type": "http_basic"}
    if credentials:
        given = ", ".join(credentials)
        allowed = ", ".join(str(struct.__struct_config__.tag) for struct in AUTHS)
        problems.add("client.auth.type", f"is missing, but {given} is set. Allowed: {allowed}")
    return {"type": "none"}


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


def parse_paginator(paginator: Any, path: str, problems: Problems) -> Paginator | UnsetType:
    """The paginator, or UNSET where there is none or something is wrong with it."""
    if paginator is None:
        return UNSET
    if not isinstance(paginator, dict):
        problems.add(path, f"{paginator!r} is not an object")
        return UNSET
    struct = pick(PAGINATORS, paginator, path, problems, "a paginator")
    parsed = None if struct is None else build(struct, paginator, path, problems)
    for key, value in paginator.items():
        if key.endswith("_path") and isinstance(value, str):
            check_path(value, f"{path}.{key}", problems)
    return UNSET if parsed is None else parsed


def check_path(text: str, path: str, problems: Problems) -> None:
    """Take a problem in where *text* is no path into a body."""
    try:
        Path(text)
    except ValueError as problem:
        problems.add(path, str(problem))
