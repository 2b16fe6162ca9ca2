"""From the config's mappings to the vocabulary. Input is never changed; nothing is requested."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET, UnsetType

from tap_analytics.check import Problems, build, keys, nearest, pick
from tap_analytics.declared.dialect import read_auth, read_paginator, read_paths
from tap_analytics.exceptions import ConfigError
from tap_analytics.records.selector import Path
from tap_analytics.rest.origin import Origin
from tap_analytics.spec import (
    AUTHS,
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
RESOURCE_KEYS = (
    "name",
    "endpoint",
    "primary_key",
    "write_disposition",
    "include_from_parent",
    "selected",
    "record_format",
    "schema",
)
ENDPOINT_KEYS = (
    "path",
    "method",
    "params",
    "json",
    "headers",
    "paginator",
    "data_selector",
    "response_actions",
    "incremental",
)
MERGED_KEYS = frozenset({"params", "json", "headers", "incremental"})
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
    values = keys(dict(client), CLIENT_KEYS, "client", problems)
    base_url = _url(values.get("base_url"), "client.base_url", problems)
    origins = values.get("allowed_origins") or []
    for index, origin in enumerate(origins):
        _url(origin, f"client.allowed_origins[{index}]", problems)
    auth = _auth(values.get("auth"), credentials, problems)
    paginator = None
    if values.get("paginator") is not None:
        path = "client.paginator"
        paginator = _paginator(read_paginator(values["paginator"], path, problems), path, problems)
    headers = values.get("headers") or {}
    if not all(isinstance(value, str) for value in headers.values()):
        problems.add("client.headers", "holds a value that is not a text")
    ConfigError.raise_if(problems.lines)
    return Client(
        base_url=base_url,
        headers=headers,
        auth=auth or NoAuth(),
        paginator=paginator or None,
        allowed_origins=tuple(origins),
    )


def _url(value: Any, path: str, problems: Problems) -> str:
    if not isinstance(value, str) or not value:
        problems.add(path, "is missing; give the API's root, such as https://api.example.com")
        return ""
    try:
        Origin.of(value)
    except ValueError as problem:
        if "://" not in value:
            problems.add(path, f"{value!r} has no scheme; did you mean 'https://{value}'?")
        else:
            shown = "the URL" if "@" in value else repr(value)
            problems.add(path, f"{shown} {problem}")
    return value


def _auth(auth: Any, credentials: Mapping[str, str], problems: Problems) -> Auth | None:
    path = "client.auth"
    if auth is None:
        auth = {"type": "bearer"} if "token" in credentials else {"type": "none"}
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
    url = getattr(parsed, "access_token_url", None)
    if url is not None:
        _url(url, f"{path}.access_token_url", problems)
    return parsed


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
        base = _described(built_in[name]) if name in built_in else {"endpoint": {"path": name}}
        entries[name] = (path, _laid([base, default, _entry(entry, path, problems)]))
    paths = {name: str(entry["endpoint"]["path"]) for name, (_, entry) in entries.items()}
    bound = read_paths(paths, problems)
    parsed = [
        _resource(name, entry, bound[name], path, problems)
        for name, (path, entry) in entries.items()
    ]
    ConfigError.raise_if(problems.lines)
    return parsed


def _entry(entry: Any, path: str, problems: Problems) -> dict[str, Any]:
    """One entry's known keys, its endpoint an object with known keys."""
    _refuse(entry, UNSUPPORTED, path, problems)
    known = keys(entry, RESOURCE_KEYS, path, problems)
    endpoint = known.get("endpoint") or {}
    if isinstance(endpoint, str):
        endpoint = {"path": endpoint}
    path = f"{path}.endpoint"
    _refuse(endpoint, UNSUPPORTED, path, problems)
    endpoint = keys(endpoint, ENDPOINT_KEYS, path, problems)
    if "paginator" in endpoint:
        endpoint["paginator"] = read_paginator(endpoint["paginator"], f"{path}.paginator", problems)
    return {**known, "endpoint": endpoint}


def _refuse(entry: Any, unsupported: Mapping[str, str], path: str, problems: Problems) -> None:
    for key in unsupported.keys() & (entry if isinstance(entry, dict) else {}):
        problems.add(f"{path}.{key}", f"is not supported; {unsupported[key]}")


def _described(stream: type[AnalyticsStream]) -> dict[str, Any]:
    """A built-in stream in the words of a config."""
    incremental = {"cursor_path": stream.replication_key, **_given(stream.incremental)}
    return {
        "primary_key": list(stream.primary_keys),
        "record_format": stream.record_format,
        "include_from_parent": list(stream.include_from_parent),
        "endpoint": {
            "path": stream.path,
            "method": stream.http_method,
            "params": dict(stream.params),
            "headers": dict(stream.headers),
            **({} if stream.json_body is None else {"json": dict(stream.json_body)}),
            "data_selector": stream.data_selector,
            **({} if stream.paginator is None else {"paginator": _given(stream.paginator)}),
            **({} if stream.replication_key is None else {"incremental": incremental}),
        },
    }


def _given(struct: msgspec.Struct) -> dict[str, Any]:
    """The fields of *struct* that differ from their defaults, with its type."""
    fields = msgspec.structs.fields(struct)
    given = {
        field.name: getattr(struct, field.name)
        for field in fields
        if getattr(struct, field.name) != field.default
    }
    tag = struct.__struct_config__.tag
    return given if tag is None else {"type": tag, **given}


def _laid(layers: list[dict[str, Any]]) -> dict[str, Any]:
    """The layers' keys, a later layer over an earlier one."""
    merged: dict[str, Any] = {"endpoint": {}}
    for layer in layers:
        endpoint = dict(merged["endpoint"])
        for key, value in layer["endpoint"].items():
            below = endpoint.get(key)
            if isinstance(below, dict) and isinstance(value, dict) and _merges(key, below, value):
                value = {**below, **value}  # noqa: PLW2901 - the merged value takes its place
            endpoint[key] = value
        merged = {**merged, **layer, "endpoint": endpoint}
    return merged


def _merges(key: str, below: dict[str, Any], value: dict[str, Any]) -> bool:
    if key == "paginator":
        return value.get("type", below.get("type")) == below.get("type")
    return key in MERGED_KEYS


def _resource(
    name: str, entry: dict[str, Any], bound_path: str, path: str, problems: Problems
) -> Resource:
    endpoint = entry["endpoint"]
    where = f"{path}.endpoint"
    given: dict[str, Any] = {
        key: endpoint[key]
        for key in ("method", "params", "json", "headers", "data_selector")
        if endpoint.get(key) is not None
    }
    for key in ("record_format", "selected", "write_disposition", "schema"):
        if entry.get(key) is not None:
            given[key] = entry[key]
    for key, target in (("primary_key", "primary_keys"), ("include_from_parent",) * 2):
        if entry.get(key) is not None:
            given[target] = [entry[key]] if isinstance(entry[key], str) else entry[key]
    _check_templates(endpoint, where, problems)
    if isinstance(given.get("data_selector"), str):
        _check_path(given["data_selector"], f"{where}.data_selector", problems)
    resource = build(Resource, {"name": name, "path": bound_path, **given}, path, problems)
    return msgspec.structs.replace(
        resource or Resource(name=name),
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
    params = endpoint.get("params")
    for name, value in (params if isinstance(params, dict) else {}).items():
        if isinstance(value, dict):
            problems.add(f"{path}.params.{name}", "is an object; allowed are a value or a list")
