"""What a resource is made of: layers of mappings, the weakest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from tap_analytics.declared.columns import merged as merged_columns

if TYPE_CHECKING:
    from collections.abc import Collection

    from tap_analytics.stream import AnalyticsStream

__all__ = ["described", "laid"]

MERGED = frozenset({"params", "json", "headers"})


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


def laid(base: dict[str, Any], defaults: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """The keys of three layers, each over the one before it.

    ``params``, ``headers`` and ``json`` merge, so do paginators of one type, and ``columns`` by
    name; the keys of an ``incremental`` lie over those of the built-in stream. A null takes back
    what the defaults say.

    Args:
        base: The built-in stream, or no more than a path.
        defaults: ``resource_defaults``.
        own: The resource's own keys.
    """
    return _over(base, _over(defaults, own, MERGED), {*MERGED, "incremental"})


def _over(below: dict[str, Any], above: dict[str, Any], merged: Collection[str]) -> dict[str, Any]:
    endpoint = dict(below["endpoint"])
    for key, value in above["endpoint"].items():
        under: Any = endpoint.get(key)
        both = isinstance(under, dict) and isinstance(value, dict)
        joins = both and _merges(key, under, value, merged)
        endpoint[key] = {**under, **value} if joins else value
    joined = {**below, **above}
    if "columns" in below and above.get("columns") is not None:
        joined["columns"] = merged_columns(below["columns"], above["columns"])
    given = {key: value for key, value in joined.items() if value is not None}
    return {**given, "endpoint": {key: one for key, one in endpoint.items() if one is not None}}


def _merges(
    key: str, under: dict[str, Any], value: dict[str, Any], merged: Collection[str]
) -> bool:
    if key == "paginator":
        return value.get("type", under.get("type")) == under.get("type")
    return key in merged
