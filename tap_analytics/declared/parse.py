"""From the config's mappings to the vocabulary. Input is never changed; nothing is requested."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET, UnsetType

from tap_analytics.check import Problems, build, convert, keys, nearest, pick
from tap_analytics.declared.dialect import read_auth, read_paginator, read_paths
from tap_analytics.declared.layers import described, laid
from tap_analytics.exceptions import ConfigError
from tap_analytics.records.selector import Path
from tap_analytics.rest.origin import Origin
from tap_analytics.spec import (
    AUTHS,
    CREDENTIALS,
    PAGINATORS,
    Auth,
    Client,
    Incremental,
    NoAuth,
    Paginator,
    Resource,
    ResponseAction,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_analytics.stream import AnalyticsStream

__all__ = ["parse_client", "parse_resources"]

CLIENT_KEYS = ("base_url", "headers", "auth", "paginator", "allowed_origins")
ENTRY_FIELDS = (
    "primary_key",
    "write_disposition",
    "include_from_parent",
    "selected",
    "record_format",
    "schema",
)
ENDPOINT_FIELDS = ("method", "params", "json", "headers", "data_selector")
RESOURCE_KEYS = ("name", "endpoint", *ENTRY_FIELDS)
ENDPOINT_KEYS = ("path", "paginator", "incremental", "response_actions", *ENDPOINT_FIELDS)
LISTS = frozenset({"primary_keys", "include_from_parent"})
FIELD_TYPES = {field.name: field.type for field in msgspec.structs.fields(Resource)}
UNFILLED = re.compile(r'"(\$?\{\{?(?!resources\.)[^{}"]+\}?\})"')
MISPLACED = "belongs at the top level of the config, or in client.auth"
PYTHON_ONLY = "Python code in a config is not run; use stream_maps"
UNSUPPORTED = {
    "processing_steps": PYTHON_ONLY,
    "columns": "give a JSON Schema as schema",
    "merge_key": "primary_key decides what a target merges by",
    "auth": "client.auth signs the requests of all resources",
    "data": "use json",
}


def parse_client(client: Mapping[str, Any] | None, credentials: Mapping[str, str]) -> Client:
    """The client, with the top-level *credentials* where its auth leaves them out.

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
        paginator = _paginator(read_paginator(values["paginator"], path, problems), path, problems)
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
    if name == "token" and value.lower().startswith("bearer "):
        return "begins with 'Bearer '; give the token alone"
    return None


def parse_resources(
    resources: list[Any],
    defaults: Mapping[str, Any],
    built_in: Mapping[str, type[AnalyticsStream]],
) -> list[Resource]:
    """The resources of a config, in its order.

    Weakest first, a resource is made of the built-in stream of its name, of *defaults*, and of
    its own keys. ``params``, ``headers`` and ``json`` merge, and so do paginators of one type.

    Args:
        resources: Names, or objects.
        defaults: ``resource_defaults``.
        built_in: The built-in streams by name.

    Raises:
        ConfigError: With all that is wrong in them.
    """
    problems = Problems()
    convert(resources, list[Any], "resources", problems)
    convert(defaults, dict[str, Any], "resource_defaults", problems)
    ConfigError.raise_if(problems.lines)
    default = _entry(defaults, "resource_defaults", problems)
    entries: dict[str, tuple[str, dict[str, Any]]] = {}
    for index, resource in enumerate(resources):
        path = f"resources[{index}]"
        entry = {"name": resource} if isinstance(resource, str) else resource
        name = entry.get("name") if isinstance(entry, dict) else None
        if not isinstance(name, str) or not name:
            problems.add(f"{path}.name", "is missing")
            continue
        if name in entries:
            problems.add(f"{path}.name", f"{name!r} is declared twice")
        if name not in built_in and isinstance(resource, str) and (near := nearest(name, built_in)):
            problems.add(path, f"{name!r} is no built-in stream; did you mean {near!r}?")
        base = described(built_in[name]) if name in built_in else {"endpoint": {"path": name}}
        entries[name] = (path, laid([base, default, _entry(entry, path, problems)]))
    paths = {
        name: convert(entry["endpoint"]["path"], str, f"{path}.endpoint.path", problems) or ""
        for name, (path, entry) in entries.items()
    }
    bound = read_paths(paths, problems)
    parsed = [
        _resource(name, entry, bound[name], path, problems)
        for name, (path, entry) in entries.items()
    ]
    ConfigError.raise_if(problems.lines)
    return parsed


def _entry(entry: Any, path: str, problems: Problems) -> dict[str, Any]:
    """One entry's known keys, its endpoint an object with known keys."""
    known = keys(_refused(entry, path, problems), RESOURCE_KEYS, path, problems)
    endpoint = known.get("endpoint") or {}
    if isinstance(endpoint, str):
        endpoint = {"path": endpoint}
    path = f"{path}.endpoint"
    endpoint = keys(_refused(endpoint, path, problems), ENDPOINT_KEYS, path, problems)
    if "paginator" in endpoint:
        endpoint["paginator"] = read_paginator(endpoint["paginator"], f"{path}.paginator", problems)
    return {**known, "endpoint": endpoint}


def _refused(entry: Any, path: str, problems: Problems) -> Any:
    """*entry* without the keys that are known, but not supported here."""
    if not isinstance(entry, dict):
        return entry
    for key in sorted(UNSUPPORTED.keys() & entry):
        problems.add(f"{path}.{key}", f"is not supported; {UNSUPPORTED[key]}")
    return {key: value for key, value in entry.items() if key not in UNSUPPORTED}


def _resource(
    name: str, entry: dict[str, Any], bound_path: str, path: str, problems: Problems
) -> Resource:
    endpoint = entry["endpoint"]
    where = f"{path}.endpoint"
    places = [(path, entry, key) for key in ENTRY_FIELDS if key in entry]
    places += [(where, endpoint, key) for key in ENDPOINT_FIELDS if key in endpoint]
    given: dict[str, Any] = {}
    for place, mapping, key in places:
        field = "primary_keys" if key == "primary_key" else key
        value = mapping[key]
        value = [value] if field in LISTS and isinstance(value, str) else value
        given[field] = convert(value, FIELD_TYPES[field], f"{place}.{key}", problems)
    _check_templates(endpoint, where, problems)
    if given.get("data_selector"):
        _check_path(given["data_selector"], f"{where}.data_selector", problems)
    return Resource(
        name=name,
        path=bound_path,
        **given,
        paginator=_paginator(endpoint.get("paginator"), f"{where}.paginator", problems),
        incremental=_incremental(endpoint.get("incremental"), f"{where}.incremental", problems),
        response_actions=_actions(endpoint.get("response_actions"), where, problems),
    )


def _paginator(paginator: Any, path: str, problems: Problems) -> Paginator | UnsetType:
    if paginator is None:
        return UNSET
    if not isinstance(paginator, dict):
        problems.add(path, f"{paginator!r} is not an object")
        return UNSET
    struct = pick(PAGINATORS, paginator, path, problems, "a paginator")
    parsed = None if struct is None else build(struct, paginator, path, problems)
    for key, value in paginator.items():
        if key.endswith("_path") and isinstance(value, str):
            _check_path(value, f"{path}.{key}", problems)
    return UNSET if parsed is None else parsed


def _incremental(incremental: Any, path: str, problems: Problems) -> Incremental | UnsetType:
    if incremental is None:
        return UNSET
    parsed = build(Incremental, incremental, path, problems)
    if parsed is None:
        return UNSET
    if not parsed.cursor_path:
        problems.add(f"{path}.cursor_path", "is missing")
    elif re.search(r"[.\[*]", parsed.cursor_path.removeprefix("$.")):
        found = repr(parsed.cursor_path)
        problems.add(
            f"{path}.cursor_path", f"{found} is nested; only a field at the top can be one"
        )
    return parsed


def _actions(actions: Any, path: str, problems: Problems) -> tuple[ResponseAction, ...] | UnsetType:
    if actions is None:
        return UNSET
    path = f"{path}.response_actions"
    if not isinstance(actions, list):
        problems.add(path, "is not a list")
        return UNSET
    built = [
        build(ResponseAction, action, f"{path}[{index}]", problems)
        for index, action in enumerate(actions)
    ]
    return tuple(action for action in built if action is not None)


def _check_path(text: str, path: str, problems: Problems) -> None:
    try:
        Path(text)
    except ValueError as problem:
        problems.add(path, str(problem))


def _check_templates(endpoint: Mapping[str, Any], path: str, problems: Problems) -> None:
    """Refuse bindings that nothing here would fill in, and which would be sent as they stand."""
    for key in ("path", "params", "headers", "json"):
        text = msgspec.json.encode(endpoint.get(key)).decode()
        if "{incremental." in text:
            reason = "placeholders of incremental are not supported; use incremental.start_param"
            problems.add(f"{path}.{key}", reason)
        elif key != "path" and (unfilled := UNFILLED.search(text)):
            reason = f"nothing fills {unfilled[1]} in; write {{resources.<parent>.<field>}}"
            problems.add(f"{path}.{key}", reason)
    params = endpoint.get("params")
    for name, value in (params if isinstance(params, dict) else {}).items():
        if isinstance(value, dict):
            problems.add(f"{path}.params.{name}", "is an object; allowed are a value or a list")
