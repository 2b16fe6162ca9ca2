"""From the config's mappings to the vocabulary. Input is never changed; nothing is requested."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET, UnsetType

from tap_analytics.check import Problems, build, convert, keys, nearest
from tap_analytics.declared.client import check_path, parse_paginator
from tap_analytics.declared.dialect import read_paths, read_selector
from tap_analytics.declared.layers import described, laid
from tap_analytics.declared.paging import read_paginator
from tap_analytics.declared.variables import fill
from tap_analytics.exceptions import ConfigError
from tap_analytics.spec import (
    ErrorHandler,
    Incremental,
    Resource,
    ResponseAction,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_analytics.stream import AnalyticsStream

__all__ = ["parse_resources"]

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
ENDPOINT_KEYS = (
    "path",
    "paginator",
    "incremental",
    "response_actions",
    "error_handler",
    *ENDPOINT_FIELDS,
)
LISTS = frozenset({"primary_keys", "include_from_parent"})
FIELD_TYPES = {field.name: field.type for field in msgspec.structs.fields(Resource)}
UNFILLED = re.compile(r'"(\$?\{\{?(?!resources\.)[^{}"]+\}?\})"')
PYTHON_ONLY = "Python code in a config is not run; use stream_maps"
UNSUPPORTED = {
    "processing_steps": PYTHON_ONLY,
    "columns": "give a JSON Schema as schema",
    "merge_key": "primary_key decides what a target merges by",
    "auth": "client.auth signs the requests of all resources",
    "data": "use json",
}


def parse_resources(
    resources: list[Any],
    defaults: Mapping[str, Any],
    built_in: Mapping[str, type[AnalyticsStream]],
    variables: Mapping[str, Any] | None = None,
) -> list[Resource]:
    """The resources of a config, in its order.

    Weakest first, a resource is made of the built-in stream of its name, of *defaults*, and of
    its own keys. ``params``, ``headers`` and ``json`` merge, and so do paginators of one type.

    Args:
        resources: Names, or objects.
        defaults: ``resource_defaults``.
        built_in: The built-in streams by name.
        variables: Values for ``{{ config['x'] }}`` and its like, and for placeholders without
            a parent.

    Raises:
        ConfigError: With all that is wrong in them.
    """
    problems = Problems()
    convert(resources, list[Any], "resources", problems)
    convert(defaults, dict[str, Any], "resource_defaults", problems)
    ConfigError.raise_if(problems.lines)
    variables = variables or {}
    defaults = fill(defaults, variables, "resource_defaults", problems)
    resources = fill(resources, variables, "resources", problems)
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
    bound = read_paths(paths, variables, problems)
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
    if "data_selector" in endpoint:
        endpoint["data_selector"] = read_selector(endpoint["data_selector"], path)
    if "paginator" in endpoint:
        endpoint["paginator"] = read_paginator(
            endpoint["paginator"],
            f"{path}.paginator",
            problems,
            selector=endpoint.get("data_selector"),
            params=endpoint.get("params"),
        )
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
        check_path(given["data_selector"], f"{where}.data_selector", problems)
    return Resource(
        name=name,
        path=bound_path,
        **given,
        paginator=parse_paginator(endpoint.get("paginator"), f"{where}.paginator", problems),
        incremental=_incremental(endpoint.get("incremental"), f"{where}.incremental", problems),
        response_actions=_actions(endpoint, where, problems),
        error_handler=_error_handler(endpoint, where, problems),
    )


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


def _error_handler(
    endpoint: Mapping[str, Any], path: str, problems: Problems
) -> ErrorHandler | UnsetType:
    handler = endpoint.get("error_handler")
    if handler is None:
        return UNSET
    parsed = build(ErrorHandler, handler, f"{path}.error_handler", problems)
    return UNSET if parsed is None else parsed


def _actions(
    endpoint: Mapping[str, Any], path: str, problems: Problems
) -> tuple[ResponseAction, ...] | UnsetType:
    """The response actions; an error handler's statuses to be ignored are some as well."""
    actions = endpoint.get("response_actions", [])
    path = f"{path}.response_actions"
    if not isinstance(actions, list):
        problems.add(path, "is not a list")
        return UNSET
    handler = endpoint.get("error_handler")
    ignored = handler.get("ignore_status_codes") if isinstance(handler, dict) else None
    built = [
        build(ResponseAction, action, f"{path}[{index}]", problems)
        for index, action in enumerate(actions)
    ]
    known = [action for action in built if action is not None]
    known += [
        ResponseAction(action="ignore", status_code=status)
        for status in (ignored if isinstance(ignored, list) else [])
        if isinstance(status, int)  # anything else is refused with the handler
    ]
    return tuple(known) or UNSET


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
