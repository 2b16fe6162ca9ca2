"""From one entry, all its layers laid and its placeholders bound, to the vocabulary."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET, UnsetType

from tap_analytics.check import Problems, build, convert
from tap_analytics.declared.auth import parse_auth
from tap_analytics.declared.client import parse_paginator
from tap_analytics.declared.columns import key_columns
from tap_analytics.declared.incremental import parse_incremental
from tap_analytics.declared.schemas import read_schema
from tap_analytics.declared.templates import TEMPLATES
from tap_analytics.declared.values import check_path
from tap_analytics.spec import ErrorHandler, RecordFilter, Resource, ResponseAction, SinglePage

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ENDPOINT_FIELDS", "ENTRY_FIELDS", "parse_resource"]

ENTRY_FIELDS = (
    "primary_key",
    "write_disposition",
    "include_from_parent",
    "selected",
    "record_format",
    "schema",
    "columns",
)
ENDPOINT_FIELDS = (
    "path",
    "method",
    "params",
    "json",
    "data",
    "headers",
    "data_selector",
    "partitions",
)
LISTS = frozenset({"primary_keys", "include_from_parent"})
FIELD_TYPES = {field.name: field.type for field in msgspec.structs.fields(Resource)}
RANGE = re.compile(r"\{incremental\.(?P<name>[^{}]*)\}")
RANGES = ("start_value", "end_value", "initial_value", "last_value")
ENTITY = re.compile(r"\{resources\.[^{}]+\}[^/]*$")


def parse_resource(
    name: str,
    entry: Mapping[str, Any],
    parent: str | None,
    *,
    built_in: bool,
    credentials: Mapping[str, str],
    path: str,
    problems: Problems,
) -> Resource:
    """The resource; what is wrong with it is taken in by *problems*.

    Args:
        name: The resource's.
        entry: Its mapping, placeholders bound.
        parent: Name of its parent.
        built_in: Whether the built-in stream of its name lies under it.
        credentials: Top-level settings that fill what an auth leaves out.
        path: Config path of the entry, for messages.
        problems: Takes in what is wrong.
    """
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
    _read_schema(given, parent, path, problems)
    if given.get("data_selector"):
        check_path(given["data_selector"], f"{where}.data_selector", problems)
    _check_bodies(given, where, problems)
    _check_ranges(endpoint, where, problems)
    if given.get("include_from_parent") and parent is None:
        problems.add(f"{path}.include_from_parent", "the resource has no parent")
    paginator = parse_paginator(endpoint.get("paginator"), f"{where}.paginator", problems)
    if ENTITY.search(str(endpoint["path"])) and paginator is UNSET:
        paginator = SinglePage()  # each path is that of one entity
        given.setdefault("data_selector", "$")
    auth = endpoint.get("auth")
    if auth is not None:
        given["auth"] = parse_auth(auth, credentials, f"{where}.auth", problems) or UNSET
    return Resource(
        name=name,
        built_in=built_in,
        **given,
        parent=UNSET if parent is None else parent,
        paginator=paginator,
        incremental=parse_incremental(
            endpoint.get("incremental"), f"{where}.incremental", problems
        ),
        record_filter=_built(RecordFilter, endpoint, "record_filter", where, problems),
        response_actions=_actions(endpoint, where, problems),
        error_handler=_built(ErrorHandler, endpoint, "error_handler", where, problems),
    )


def _read_schema(given: dict[str, Any], parent: str | None, path: str, problems: Problems) -> None:
    """Take the primary key from the columns where it is not given, and read the schema."""
    columns = given.get("columns") or {}
    keys = given.get("primary_keys") or key_columns(columns)
    if keys:
        given["primary_keys"] = keys
    if given.get("schema", UNSET) is not UNSET:
        fields = given.get("include_from_parent") or ()
        added = {*columns, *(f"_{parent}_{field}" for field in fields)}
        own = [key for key in keys if key not in added]
        given["schema"] = read_schema(given["schema"], own, f"{path}.schema", problems)


def _check_bodies(given: Mapping[str, Any], path: str, problems: Problems) -> None:
    for name, values in (given.get("partitions") or {}).items():
        if not values:
            problems.add(f"{path}.partitions.{name}", "is empty; nothing would be asked for")
    if given.get("json") and given.get("data"):
        problems.add(f"{path}.data", "stands beside json; allowed is one of them")
    query = (given.get("json") or {}).get("query") if isinstance(given.get("json"), dict) else None
    if str(given.get("path")).rstrip("/").endswith("graphql") and not (query or given.get("data")):
        problems.undecide(f"{path}.json", "holds no query, which a GraphQL endpoint needs")


def _check_ranges(endpoint: Mapping[str, Any], path: str, problems: Problems) -> None:
    """Refuse a ``{incremental.…}`` that nothing fills in."""
    for key in ("path", *TEMPLATES):
        for match in RANGE.finditer(msgspec.json.encode(endpoint.get(key)).decode()):
            if match["name"] not in RANGES:
                allowed = ", ".join(f"incremental.{name}" for name in RANGES)
                problems.add(f"{path}.{key}", f"{match[0]} is not known; allowed: {allowed}")
            elif not endpoint.get("incremental"):
                needed = "needs incremental.cursor_path, which is missing"
                problems.add(f"{path}.{key}", f"{match[0]} {needed}")


def _built(
    struct: type[Any], endpoint: Mapping[str, Any], key: str, path: str, problems: Problems
) -> Any:
    if endpoint.get(key) is None:
        return UNSET
    built = build(struct, endpoint[key], f"{path}.{key}", problems)
    return UNSET if built is None else built


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
    statuses = convert(ignored or [], list[int], "", Problems())  # refused with the handler
    known += [ResponseAction(action="ignore", status_code=status) for status in statuses or ()]
    return tuple(known) or UNSET
