"""What a resource is made of: layers of mappings, the weakest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from tap_analytics.declared.columns import merged as merged_columns

if TYPE_CHECKING:
    from tap_analytics.stream import AnalyticsStream

__all__ = ["described", "laid"]

MERGED_KEYS = frozenset({"params", "json", "headers", "incremental"})


def described(stream: type[AnalyticsStream]) -> dict[str, Any]:
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


def laid(layers: list[dict[str, Any]]) -> dict[str, Any]:
    """The layers' keys, a later layer over an earlier one; null is the same as left out.

    ``params``, ``headers``, ``json`` and ``incremental`` merge, so do paginators of one type, and
    ``columns`` by name.
    """
    merged: dict[str, Any] = {"endpoint": {}}
    for layer in layers:
        endpoint = dict(merged["endpoint"])
        for key, value in layer["endpoint"].items():
            if value is None:
                continue
            below = endpoint.get(key)
            if isinstance(below, dict) and isinstance(value, dict) and _merges(key, below, value):
                value = {**below, **value}  # noqa: PLW2901 - the merged value takes its place
            endpoint[key] = value
        given = {key: value for key, value in layer.items() if value is not None}
        if "columns" in given:
            given["columns"] = merged_columns(merged.get("columns", {}), given["columns"])
        merged = {**merged, **given, "endpoint": endpoint}
    return merged


def _merges(key: str, below: dict[str, Any], value: dict[str, Any]) -> bool:
    if key == "paginator":
        return value.get("type", below.get("type")) == below.get("type")
    return key in MERGED_KEYS
