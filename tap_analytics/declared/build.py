"""From the vocabulary to stream classes: the attributes that a built-in class has, set by `type`.

Each resource becomes a class of its own, for the SDK finds a stream's parent by class.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET
from singer_sdk import SchemaDirectory, StreamSchema
from typing_extensions import override

from tap_analytics import schemas
from tap_analytics.check import nearest
from tap_analytics.exceptions import ConfigError
from tap_analytics.records.infer import infer_schema
from tap_analytics.stream import PLACEHOLDER, AnalyticsStream

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tap_analytics.spec import Resource

__all__ = ["build_streams"]

SAMPLED_RECORDS = 1000


class SampledSchema(StreamSchema[str]):
    """The schema of a catalog where there is one; else inferred from the first records."""

    def __init__(self) -> None:
        super().__init__(SchemaDirectory(schemas))

    @override
    def get_stream_schema(self, stream: Any, stream_class: Any) -> dict[str, Any]:
        if stream.catalog_schema is not None:
            return dict(stream.catalog_schema)
        if stream.sampled_schema is None:
            records = islice(stream.sample(), SAMPLED_RECORDS)
            stream.sampled_schema = infer_schema(records, stream.primary_keys)
        return dict(stream.sampled_schema)


def build_streams(
    resources: Sequence[Resource], built_in: Mapping[str, type[AnalyticsStream]]
) -> list[type[AnalyticsStream]]:
    """A class for each of *resources*, parents included.

    A parent that is no resource itself but a built-in stream is added, deselected.

    Args:
        resources: In the config's order.
        built_in: The built-in streams by name.

    Raises:
        ConfigError: A parent does not exist, or resources are parents of each other.
    """
    by_name = {resource.name: resource for resource in resources}
    built: dict[str, type[AnalyticsStream]] = {}
    for resource in resources:
        _build(resource.name, by_name, built_in, built, ())
    return list(built.values())


def _build(
    name: str,
    resources: Mapping[str, Resource],
    built_in: Mapping[str, type[AnalyticsStream]],
    built: dict[str, type[AnalyticsStream]],
    line: tuple[str, ...],
) -> type[AnalyticsStream]:
    """The class of *name*, after its parent's; *line* leads from the first child to here."""
    if name in built:
        return built[name]
    if name in line:
        circle = " → ".join([*line[line.index(name) :], name])
        raise ConfigError(f"resources ({name}): resources are parents of each other: {circle}")
    base = built_in.get(name, AnalyticsStream)
    resource = resources.get(name)
    attributes: dict[str, Any] = {"selected_by_default": False}
    if resource is not None:
        attributes = _attributes(resource)
    path = attributes.get("path", base.path if name in built_in else "")
    if parent := _parent(
        path, *(attributes.get(key) for key in ("params", "headers", "json_body"))
    ):
        if parent not in resources and parent not in built_in:
            known = sorted({*resources, *built_in})
            near = nearest(parent, known)
            guess = f"did you mean {near!r}?" if near else f"Allowed: {', '.join(known)}"
            raise ConfigError(f"resources ({name}): no resource {parent!r}; {guess}")
        attributes["parent_stream_type"] = _build(parent, resources, built_in, built, (*line, name))
    elif attributes.get("include_from_parent"):
        raise ConfigError(f"resources ({name}).include_from_parent: the resource has no parent")
    if name not in built_in and "schema" not in attributes:
        attributes["schema"] = SampledSchema()
    class_name = "".join(part.capitalize() for part in re.split(r"\W|_", name))
    built[name] = type(class_name or "Resource", (base,), {"__doc__": base.__doc__, **attributes})
    return built[name]


def _attributes(resource: Resource) -> dict[str, Any]:
    """What a config says of a resource, in the words of a stream class."""
    words: dict[str, Any] = {
        "name": resource.name,
        "path": resource.path,
        "http_method": resource.method,
        "params": resource.params,
        "json_body": resource.json,
        "headers": resource.headers,
        "paginator": resource.paginator,
        "data_selector": resource.data_selector,
        "response_actions": resource.response_actions,
        "error_handler": resource.error_handler,
        "incremental": resource.incremental,
        "primary_keys": resource.primary_keys,
        "include_from_parent": resource.include_from_parent,
        "selected_by_default": resource.selected,
        "record_format": resource.record_format,
        "schema": resource.schema,
    }
    attributes = {name: value for name, value in words.items() if value is not UNSET}
    if "incremental" in attributes:
        attributes["replication_key"] = attributes["incremental"].cursor_path.removeprefix("$.")
    match resource.write_disposition:
        case "append":
            attributes["primary_keys"] = ()
        case "replace":
            attributes["replication_key"] = None
            attributes["emit_activate_version_messages"] = True
        case _:
            pass
    return attributes


def _parent(path: str, *templates: Any) -> str | None:
    """The resource that placeholders bind to directly: the last one in the path, else elsewhere."""
    for template in (path, *templates):
        text = msgspec.json.encode(template).decode()
        parents = [match["resource"] for match in PLACEHOLDER.finditer(text)]
        if parents:
            return parents[-1]
    return None
