"""From an ``incremental`` mapping to the vocabulary."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from msgspec import UNSET, UnsetType

from tap_analytics.check import build
from tap_analytics.cursors import duration
from tap_analytics.declared.values import check_path
from tap_analytics.spec import Incremental

if TYPE_CHECKING:
    from tap_analytics.check import Problems

__all__ = ["parse_incremental"]

logger: Final = logging.getLogger("tap-analytics.config")
IN_PYTHON = {
    "convert": "is Python code, which is not run; datetime_format says how requests write values",
    "transform": "is Python code, which is not run; datetime_format says how requests write values",
}
WITHOUT_EFFECT = {
    "allow_external_schedulers": "start_date and end_date set the range of a run",
    "primary_key": "a record sent before at the bookmark is known by all of its fields",
}


def parse_incremental(incremental: Any, path: str, problems: Problems) -> Incremental | UnsetType:
    """The incremental, or UNSET where there is none or something is wrong with it."""
    if incremental is None:
        return UNSET
    if isinstance(incremental, dict):
        incremental = _exact(incremental, path, problems)
    parsed = build(Incremental, incremental, path, problems)
    if parsed is None:
        return UNSET
    if not parsed.cursor_path:
        problems.add(f"{path}.cursor_path", "is missing")
    else:
        check_path(parsed.cursor_path, f"{path}.cursor_path", problems)
    if parsed.datetime_format is not None and "%" not in parsed.datetime_format:
        found = f"{parsed.datetime_format!r} has no % in it; allowed: strftime formats, such as"
        problems.add(f"{path}.datetime_format", f"{found} '%Y-%m-%d'")
    if parsed.step is not None:
        try:
            duration(parsed.step)
        except ValueError as problem:
            problems.add(f"{path}.step", str(problem))
    return parsed


def _exact(incremental: dict[str, Any], path: str, problems: Problems) -> dict[str, Any]:
    """The mapping without the keys that only Python has a use for."""
    kept = {}
    for key, value in incremental.items():
        if key in IN_PYTHON and value is not None:
            problems.add(f"{path}.{key}", IN_PYTHON[key])
        elif key == "last_value_func" and value not in (None, "max"):
            problems.add(f"{path}.{key}", f"{value!r} is not allowed; the bookmark is the maximum")
        elif key in WITHOUT_EFFECT:
            logger.warning("%s.%s has no effect; %s", path, key, WITHOUT_EFFECT[key])
        elif key not in IN_PYTHON and key != "last_value_func":
            kept[key] = value
    return kept
