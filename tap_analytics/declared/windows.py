"""Reads ``incremental_sync``, the looser way of asking for changed records only."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any, Final

from tap_analytics.check import keys
from tap_analytics.cursors import duration

if TYPE_CHECKING:
    from tap_analytics.check import Problems

__all__ = ["put", "read_incremental_sync"]

logger: Final = logging.getLogger("tap-analytics.config")
NOW = re.compile(r"now|today|\{\{\s*(now|today)(_utc|_with_timezone)?\s*\(.*\}\}", re.IGNORECASE)
KEYS = (
    "type",
    "cursor_field",
    "start_datetime",
    "end_datetime",
    "datetime_format",
    "step",
    "lookback_window",
    "start_time_option",
    "end_time_option",
    "start_time_param",
    "end_time_param",
    "cursor_granularity",
    "cursor_datetime_formats",
)
FIELDS = {
    "start_datetime": "initial_value",
    "end_datetime": "end_value",
    "datetime_format": "datetime_format",
    "step": "step",
}
PLACES = {
    "query": "params",
    "request_parameter": "params",
    "header": "headers",
    "body": "json",
    "body_json": "json",
    "body_data": "data",
}


def read_incremental_sync(
    sync: Any, endpoint: dict[str, Any], path: str, problems: Problems
) -> None:
    """Lay what *sync* says into *endpoint*, as ``incremental``, parameters, headers and body.

    Args:
        sync: The mapping.
        endpoint: Changed in place.
        path: Config path of *sync*, for messages.
        problems: Takes in what cannot be read.
    """
    cursor = sync.get("cursor_field") if isinstance(sync, dict) else None
    if not isinstance(cursor, str):
        problems.undecide(path, "needs a cursor_field, the name of a field")
        return
    sync = keys(sync, KEYS, path, problems)
    incremental = {"cursor_path": cursor, **(endpoint.get("incremental") or {})}
    _read_values(sync, incremental, path, problems)
    for side in ("start", "end"):
        option = sync.get(f"{side}_time_option") or sync.get(f"{side}_time_param")
        param = option.get("field_name") if isinstance(option, dict) else option
        if isinstance(option, dict) and _place(option) not in {None, "params"}:
            put(option, f"{{incremental.{side}_value}}", endpoint, path, problems)
        elif option:
            incremental.setdefault(f"{side}_param", param)
    endpoint["incremental"] = incremental
    logger.info("%s: cursor_field %r is read as incremental.cursor_path", path, cursor)


def _read_values(
    sync: dict[str, Any], incremental: dict[str, Any], path: str, problems: Problems
) -> None:
    if sync.get("lookback_window"):
        try:
            incremental.setdefault("lag", duration(str(sync["lookback_window"])).total_seconds())
        except ValueError as problem:
            problems.undecide(f"{path}.lookback_window", str(problem))
    for name, exact in FIELDS.items():
        value = sync.get(name)
        value = value.get("datetime") if isinstance(value, dict) else value
        if isinstance(value, str) and NOW.fullmatch(value):
            continue
        if isinstance(value, str) and "{{" in value:
            problems.undecide(f"{path}.{name}", f"{value!r} is not understood; write a date")
        elif value is not None:
            incremental.setdefault(exact, value)


def put(
    option: Any, template: str, endpoint: dict[str, Any], path: str, problems: Problems
) -> None:
    """Lay *template* where a ``request_option`` says that a value goes."""
    if isinstance(option, str):
        option = {"field_name": option}
    name: Any = option.get("field_name") if isinstance(option, dict) else None
    place = _place(option) if isinstance(option, dict) else None
    if place is None or not isinstance(name, str):
        allowed = ", ".join(sorted(PLACES))
        problems.undecide(path, f"needs a field_name, and one of {allowed} as inject_into")
        return
    endpoint[place] = {**(endpoint.get(place) or {}), name: template}


def _place(option: dict[str, Any]) -> str | None:
    return PLACES.get(option.get("inject_into", "query"))
