"""From ``client`` in the config to the vocabulary. Input is never changed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from msgspec import UNSET, UnsetType

from tap_analytics.check import Problems, build, convert, keys, pick
from tap_analytics.declared.auth import parse_auth
from tap_analytics.declared.paging import read_paginator
from tap_analytics.declared.values import check_path, check_url
from tap_analytics.declared.variables import fill
from tap_analytics.exceptions import ConfigError
from tap_analytics.spec import (
    CREDENTIALS,
    PAGINATORS,
    Client,
    NoAuth,
    Offset,
    PageNumber,
    Paginator,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["parse_client", "parse_paginator"]

BARE = re.compile(r"\{\{?\s*(?P<name>\w+)\s*\}?\}")
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
    base_url = check_url(
        _root(values.get("base_url"), variables or {}, problems), "client.base_url", problems
    )
    origins = convert(
        values.get("allowed_origins") or [], list[str], "client.allowed_origins", problems
    )
    for index, origin in enumerate(origins or []):
        check_url(origin, f"client.allowed_origins[{index}]", problems)
    auth = parse_auth(values.get("auth"), credentials, "client.auth", problems)
    path = "client.paginator"
    read = read_paginator(values.get("paginator"), path, problems)
    paginator = parse_paginator(read, path, problems)
    headers = convert(values.get("headers") or {}, dict[str, str], "client.headers", problems)
    ConfigError.raise_if([*problems.lines, *problems.undecided])
    return Client(
        base_url=base_url,
        headers=headers,
        auth=auth or NoAuth(),
        paginator=paginator or None,
        allowed_origins=tuple(origins),
    )


def _ends(paginator: Offset | PageNumber) -> bool:
    by_number = isinstance(paginator, PageNumber)
    maximum = getattr(paginator, "maximum_page" if by_number else "maximum_offset")
    told = paginator.total_path or paginator.has_more_path
    return bool(told or paginator.stop_after_empty_page or maximum is not None)


def _root(base_url: Any, variables: Mapping[str, Any], problems: Problems) -> Any:
    """The base URL with each bare ``{x}`` replaced by the variable of that name."""
    if not isinstance(base_url, str):
        return base_url

    def named(match: re.Match[str]) -> str:
        name = match["name"]
        if name not in variables:
            problems.add("client.base_url", f"{match[0]} needs a value; set variables.{name}")
        return str(variables.get(name, name))

    return BARE.sub(named, base_url)


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
        param = f"{key.removesuffix('_body_path')}_param"
        if key.endswith("_body_path") and value and paginator.get(param):
            problems.add(f"{path}.{param}", f"stands beside {key}; allowed is one of them")
    if isinstance(parsed, (Offset, PageNumber)) and not _ends(parsed):
        problems.add(path, "has no end; set total_path, has_more_path or a maximum")
    return UNSET if parsed is None else parsed
