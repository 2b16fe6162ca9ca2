"""From the vocabulary to stream classes: the attributes that a built-in class has, set by `type`.

Each resource becomes a class of its own, for the SDK finds a stream's parent by class.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any

from msgspec import UNSET
from singer_sdk import SchemaDirectory, StreamSchema
from typing_extensions import override

from tap_analytics import schemas
from tap_analytics.declared.columns import lay, property_at, with_null
from tap_analytics.records.infer import ANY, infer_schema
from tap_analytics.records.selector import key_steps
from tap_analytics.sampling import sample
from tap_analytics.stream import AnalyticsStream
from tap_analytics.templates import PARENT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import TypeAlias

    from tap_analytics.spec import Resource

    Columns: TypeAlias = Mapping[str, Mapping[str, Any]]

__all__ = ["SampledSchema", "build_streams"]


class SampledSchema(StreamSchema[str]):
    """The schema of a catalog where there is one; else inferred from the first records.

    They are asked for as a sync asks. Columns lie over what is inferred.
    """

    def __init__(self, columns: Columns) -> None:
        super().__init__(SchemaDirectory(schemas))
        self._columns = columns

    @override
    def get_stream_schema(self, stream: Any, stream_class: Any) -> dict[str, Any]:
        if stream.catalog_schema is not None:
            return dict(stream.catalog_schema)
        if stream.sampled_schema is None:
            seen: dict[str, bool] = {}
            records = islice(sample(stream), stream.host.settings.schema_inference.records)
            keys = stream.primary_keys
            schema = infer_schema(_noting(records, seen), keys)
            stream.sampled_any = bool(seen)
            if not seen:  # what comes later is not known yet, and must not be dropped
                schema["additionalProperties"] = True
            stream.sampled_schema = lay(
                schema, self._columns, primary_keys=keys, stream=stream.name, sampled=seen
            )
        return dict(stream.sampled_schema)


class GivenSchema(StreamSchema[str]):
    """The schema that the config gives, or the built-in stream's.

    Fields that come from the parent's records join it, and columns lie over it.
    """

    def __init__(self, given: Mapping[str, Any] | None, columns: Columns) -> None:
        super().__init__(SchemaDirectory(schemas))
        self._given = given
        self._columns = columns
        self._laid: dict[str, Any] | None = None

    @override
    def get_stream_schema(self, stream: Any, stream_class: Any) -> dict[str, Any]:
        if self._laid is None:
            known = self._given or super().get_stream_schema(stream, stream_class)
            schema = _with_parents_fields(known, stream)
            keys = stream.primary_keys
            self._laid = lay(schema, self._columns, primary_keys=keys, stream=stream.name)
        return dict(self._laid)


def _noting(records: Iterable[dict[str, Any]], seen: dict[str, bool]) -> Iterator[dict[str, Any]]:
    """The *records*, while *seen* takes in which fields had a value, and whether all were flags."""
    for record in records:
        for name, value in record.items():
            if value is not None:
                flag = isinstance(value, int) and value in {0, 1}  # booleans are ints
                seen[name] = flag and seen.get(name, True)
        yield record


def _with_parents_fields(schema: Mapping[str, Any], stream: Any) -> dict[str, Any]:
    """*schema* with those of the fields that come from the parent's records."""
    properties = dict(schema.get("properties", {}))
    for field in stream.include_from_parent:
        parent = stream.host.stream_of(stream.parent_stream_type)
        name = f"_{parent.name}_{field}"
        if name not in properties:
            found = property_at(parent.schema, field.split(".")) or {"type": sorted(ANY)}
            properties[name] = with_null(found, null=name not in stream.primary_keys)
    return {**schema, "properties": properties} if properties else dict(schema)


def build_streams(
    resources: Sequence[Resource], built_in: Mapping[str, type[AnalyticsStream]]
) -> list[type[AnalyticsStream]]:
    """A class for each of *resources*, parents included.

    A parent that is no resource itself but a built-in stream is added, deselected.

    Args:
        resources: In the config's order.
        built_in: The built-in streams by name.
    """
    by_name = {resource.name: resource for resource in resources}
    built: dict[str, type[AnalyticsStream]] = {}
    for resource in resources:
        _build(resource.name, by_name, built_in, built)
    return list(built.values())


def _build(
    name: str,
    resources: Mapping[str, Resource],
    built_in: Mapping[str, type[AnalyticsStream]],
    built: dict[str, type[AnalyticsStream]],
) -> type[AnalyticsStream]:
    """The class of *name*, after its parent's."""
    if name in built:
        return built[name]
    resource = resources.get(name)
    base = built_in[name] if resource is None or resource.built_in else AnalyticsStream
    attributes: dict[str, Any] = {"selected_by_default": False}
    if resource is not None:
        attributes = _attributes(resource)
    parent = _parent_of(base) if resource is None else attributes.pop("parent", None)
    parent_class = None if parent is None else _build(parent, resources, built_in, built)
    attributes["parent_stream_type"] = parent_class
    if resource is not None:
        attributes["schema"] = _schema(resource)
    class_name = "".join(part.capitalize() for part in re.split(r"\W|_", name))
    built[name] = type(class_name or "Resource", (base,), {"__doc__": base.__doc__, **attributes})
    return built[name]


def _schema(resource: Resource) -> StreamSchema[str]:
    given, columns = resource.schema, resource.columns or {}
    if isinstance(given, dict):
        return GivenSchema(given, columns)
    return GivenSchema(None, columns) if resource.built_in else SampledSchema(columns)


def _attributes(resource: Resource) -> dict[str, Any]:
    """What a config says of a resource, in the words of a stream class."""
    words: dict[str, Any] = {
        "name": resource.name,
        "parent": resource.parent,
        "path": resource.path,
        "http_method": resource.method,
        "params": resource.params,
        "json_body": resource.json,
        "data": resource.data,
        "auth": resource.auth,
        "partition_values": resource.partitions,
        "record_filter": resource.record_filter,
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
    }
    attributes = {name: value for name, value in words.items() if value is not UNSET}
    if "incremental" in attributes:
        path = attributes["incremental"].cursor_path
        steps = key_steps(path)
        key = steps[0] if len(steps) == 1 else path.removeprefix("$.")
        folded = attributes.get("record_format") == "json_api"
        attributes["replication_key"] = key.removeprefix("attributes.") if folded else key
    match resource.write_disposition:
        case "append":
            attributes["primary_keys"] = ()
        case "replace":
            attributes["replication_key"] = None
            attributes["emit_activate_version_messages"] = True
        case _:
            pass
    return attributes


def _parent_of(base: type[AnalyticsStream]) -> str | None:
    """The resource that a built-in stream's path refers to."""
    found = PARENT.search(getattr(base, "path", ""))
    return found["resource"] if found else None
