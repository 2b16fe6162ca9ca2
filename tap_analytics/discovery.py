"""Finds out which streams have a schema: of their own, of a catalog, or inferred now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from singer_sdk.singerlib import Schema

from tap_analytics.exceptions import IncompleteError, ResourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from singer_sdk.singerlib import Catalog

    from tap_analytics.stream import AnalyticsStream

__all__ = ["discovered", "known_schema"]

UNKNOWN: Final[dict[str, Any]] = {"type": "object", "properties": {}}


def known_schema(catalog: Catalog, stream: str) -> dict[str, Any] | None:
    """The schema of *stream* in *catalog*.

    Returns:
        None where discovery could not find it out; one without properties where the catalog does
        not list the stream, which deselects it.
    """
    entry = catalog.get_stream(stream)
    if entry is None:
        return UNKNOWN
    return entry.schema.to_dict() if entry.schema.properties else None


def discovered(
    streams: Iterable[AnalyticsStream],
    catalog: Catalog | None,
    fail: Callable[[AnalyticsStream, ResourceError], None],
    *,
    for_catalog: bool,
) -> list[AnalyticsStream]:
    """The streams that can be extracted.

    Args:
        streams: All there are, parents before their children.
        catalog: As given, completed by what it did not know; None without one.
        fail: Takes note of a stream whose schema cannot be had now.
        for_catalog: Whether a catalog is to be made of them. It lists those without a schema as
            well, so that a run with it tries again, and does not take them for deselected.
    """
    usable: dict[type, AnalyticsStream] = {}
    found: list[AnalyticsStream] = []
    for stream in streams:
        parent = type(stream).parent_stream_type
        try:
            if parent is not None and parent not in usable:
                raise IncompleteError(stream.name, cast("type[AnalyticsStream]", parent).name)
            if catalog is None:
                _ = stream.schema
                if for_catalog and not stream.sampled_any:
                    stream.sampled_schema = UNKNOWN  # the first run that has records will see
            elif known_schema(catalog, stream.name) is None:
                catalog[stream.name].schema = Schema.from_dict(dict(stream.schema))
        except ResourceError as error:
            fail(stream, error)
            if for_catalog:
                stream.sampled_schema = UNKNOWN
                found.append(stream)
        else:
            usable[type(stream)] = stream
            found.append(stream)
    return found
