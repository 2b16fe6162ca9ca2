"""From one entry, all its layers laid and its placeholders bound, to the vocabulary."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any, Final

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
from tap_analytics.spec import (
    ErrorHandler,
    Incremental,
    Paginator,
    RecordFilter,
    Resource,
    ResponseAction,
    SinglePage,
)
from tap_analytics.templates import PARENT, texts

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ENDPOINT_FIELDS", "ENTRY_FIELDS", "parse_resource"]

logger: Final = logging.getLogger("tap-analytics.config")
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
MERGE_KEY = (
    "names rows to replace together, which Singer cannot express; where it is unique, write "
    "primary_key"
)
LISTS = frozenset({"primary_keys", "include_from_parent"})
FIELD_TYPES = {field.name: field.type for field in msgspec.structs.fields(Resource)}
RANGE = re.compile(r"\{incremental\.(?P<name>[^{}]*)\}")
RANGES = ("start_value", "end_value", "initial_value", "last_value")
ENTITY = re.compile(r"\{(resources|incremental)\.[^{}]+\}[^/]*/?$")


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
    given = _fields(entry, path, problems)
    _read_schema(given, parent, path, problems)
    if given.get("data_selector"):
        check_path(given["data_selector"], f"{where}.data_selector", problems)
    if entry.get("merge_key") and not given.get("primary_keys"):
        logger.warning("%s.merge_key %s", path, MERGE_KEY)
    _check_ranges(endpoint, where, problems)
    if given.get("include_from_parent") and parent is None:
        problems.add(f"{path}.include_from_parent", "the resource has no parent")
    paginator = parse_paginator(endpoint.get("paginator"), f"{where}.paginator", problems)
    _check_bodies(given, paginator, where, problems)
    if ENTITY.search(str(endpoint["path"]).partition("?")[0]) and paginator is UNSET:
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
        incremental=_windowed(
            parse_incremental(endpoint.get("incremental"), f"{where}.incremental", problems),
            endpoint,
            where,
        ),
        record_filter=_built(RecordFilter, endpoint, "record_filter", where, problems),
        response_actions=_actions(endpoint, where, problems),
        error_handler=_built(ErrorHandler, endpoint, "error_handler", where, problems),
    )


def _windowed(
    incremental: Incremental | UnsetType, endpoint: Mapping[str, Any], path: str
) -> Incremental | UnsetType:
    """*incremental*, its step left out where no request says where its span ends."""
    if incremental is UNSET or incremental.step is None or incremental.end_param:
        return incremental
    if any("{incremental.end_value}" in text for text in texts(list(endpoint.values()))):
        return incremental
    logger.warning("%s.incremental.step has no effect; no request tells the end of a span", path)
    return msgspec.structs.replace(incremental, step=None)


def _fields(entry: Mapping[str, Any], path: str, problems: Problems) -> dict[str, Any]:
    """What is given of the fields that need no reading of their own."""
    endpoint = entry["endpoint"]
    places = [(path, entry, key) for key in ENTRY_FIELDS if key in entry]
    places += [(f"{path}.endpoint", endpoint, key) for key in ENDPOINT_FIELDS if key in endpoint]
    given: dict[str, Any] = {}
    for place, mapping, key in places:
        field = "primary_keys" if key == "primary_key" else key
        value = mapping[key]
        value = [value] if field in LISTS and isinstance(value, str) else value
        given[field] = convert(value, FIELD_TYPES[field], f"{place}.{key}", problems)
    return given


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


def _check_bodies(given: Mapping[str, Any], paginator: Any, path: str, problems: Problems) -> None:
    for name, values in (given.get("partitions") or {}).items():
        if not values:
            problems.add(f"{path}.partitions.{name}", "is empty; nothing would be asked for")
    if given.get("json") and given.get("data"):
        problems.add(f"{path}.data", "stands beside json; allowed is one of them")
    _check_data(given.get("data"), paginator, path, problems)
    query = (given.get("json") or {}).get("query") if isinstance(given.get("json"), dict) else None
    if str(given.get("path")).rstrip("/").endswith("graphql") and not (query or given.get("data")):
        problems.undecide(f"{path}.json", "holds no query, which a GraphQL endpoint needs")


def _check_data(data: Any, paginator: Any, path: str, problems: Problems) -> None:
    if isinstance(data, str) and isinstance(paginator, Paginator):
        for field in msgspec.structs.fields(paginator):
            if field.name.endswith("_body_path") and getattr(paginator, field.name):
                found = f"has a place in the body, but {path}.data is a text"
                problems.add(f"{path}.paginator.{field.name}", found)
    if isinstance(data, dict):
        for name, value in data.items():
            if isinstance(value, dict):
                problems.add(f"{path}.data.{name}", "is an object, which a form cannot hold")


def _check_ranges(endpoint: Mapping[str, Any], path: str, problems: Problems) -> None:
    """Refuse a ``{incremental.…}`` that nothing fills in."""
    for key in ("path", *TEMPLATES):
        for match in (
            match for text in texts(endpoint.get(key)) for match in PARENT.finditer(text)
        ):
            check_path(match["field"], f"{path}.{key}", problems)
        for match in (match for text in texts(endpoint.get(key)) for match in RANGE.finditer(text)):
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
    for index, action in enumerate(built):
        if action is not None and action.status_code is None and action.content is None:
            problems.add(f"{path}[{index}]", "has neither status_code nor content")
    statuses = convert(ignored or [], list[int], "", Problems())  # refused with the handler
    known += [ResponseAction(action="ignore", status_code=status) for status in statuses or ()]
    return tuple(known) or UNSET
