"""What a config says, stream by stream, without a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import msgspec

from tap_analytics.inspection.tables import table
from tap_analytics.spec import Auto, Paginator

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_analytics.inspection.opening import Opened
    from tap_analytics.spec import Client
    from tap_analytics.stream import AnalyticsStream

__all__ = ["checked", "fields_of", "paginator_of", "ranged", "shown_check", "shown_paging"]

HEADER = ("stream", "path", "auth", "paging", "records", "parent", "cursor", "key", "selected")
LOOKED_FOR = "looked for"


def checked(config: Opened) -> dict[str, Any]:
    """The streams, how the looser dialect was read, and what is left out and why."""
    client = config.tap.connection.client
    streams = [_described(stream, client) for stream in config.tap.stream_classes]
    refused = config.refused
    content = {"streams": streams, "readings": config.readings, "left_out": dict(refused)}
    return dict(config.clean(content))


def _described(stream: type[AnalyticsStream], client: Client) -> dict[str, Any]:
    auth = client.auth if stream.auth is None else stream.auth
    parent = cast("type[AnalyticsStream] | None", stream.parent_stream_type)
    options = stream.incremental
    cursor = None
    if stream.replication_key:
        cursor = {
            "field": stream.replication_key,
            "start_param": options.start_param,
            "end_param": options.end_param,
            "in": ranged(stream),
        }
    return {
        "name": stream.name,
        "method": stream.http_method,
        "path": stream.path,
        "auth": str(auth.__struct_config__.tag),
        "paging": fields_of(paginator_of(stream, client)),
        "records": stream.data_selector,
        "parent": parent.name if parent else None,
        "cursor": cursor,
        "key": list(stream.primary_keys),
        "selected": stream.selected_by_default,
    }


def ranged(stream: type[AnalyticsStream]) -> list[str]:
    """The parts of a request that hold the range of changes that is asked for."""
    parts = {
        "path": stream.path,
        "params": stream.params,
        "headers": stream.headers,
        "json": stream.json_body,
        "data": stream.data,
    }
    return [name for name, part in parts.items() if "{incremental." in str(part)]


def paginator_of(stream: type[AnalyticsStream], client: Client) -> Paginator:
    """How the pages of *stream* are walked."""
    return stream.paginator or client.paginator or Auto()


def fields_of(struct: msgspec.Struct) -> dict[str, Any]:
    """The type, and the fields that differ from their defaults."""
    fields = msgspec.structs.fields(struct)
    given = {
        field.name: getattr(struct, field.name)
        for field in fields
        if getattr(struct, field.name) != field.default
    }
    return {"type": str(struct.__struct_config__.tag), **given}


def shown_paging(fields: Mapping[str, Any]) -> str:
    """What `fields_of` gives, as one text."""
    others = [f"{name} {_word(value)}" for name, value in fields.items() if name != "type"]
    return ", ".join([str(fields["type"]), *others])


def _word(value: Any) -> str:
    return "none" if value is None else str(value).lower() if value in (True, False) else str(value)


def shown_check(content: Mapping[str, Any], width: int) -> list[str]:
    """What `checked` gives, as lines of no more than *width*."""
    lines = table(HEADER, [_row(stream) for stream in content["streams"]], width)
    if content["readings"]:
        lines += ["", "Read from the looser dialect:"]
        lines += [f"  {line}" for line in content["readings"]]
    if content["left_out"]:
        lines += ["", "Left out:"]
        lines += [f"  {name}: {reason}" for name, reason in content["left_out"].items()]
    return lines


def _row(stream: Mapping[str, Any]) -> list[str]:
    method = "" if stream["method"] == "GET" else f"{stream['method']} "
    return [
        stream["name"],
        f"{method}{stream['path']}",
        stream["auth"],
        shown_paging(stream["paging"]),
        LOOKED_FOR if stream["records"] is None else stream["records"] or "$",
        stream["parent"] or "",
        _shown_cursor(stream["cursor"]),
        ", ".join(stream["key"]),
        "" if stream["selected"] else "no",
    ]


def _shown_cursor(cursor: Mapping[str, Any] | None) -> str:
    if cursor is None:
        return ""
    params = [cursor[name] for name in ("start_param", "end_param") if cursor[name]]
    text = f"{cursor['field']} as {' and '.join(params)}" if params else cursor["field"]
    return f"{text} in {', '.join(cursor['in'])}" if cursor["in"] else text
