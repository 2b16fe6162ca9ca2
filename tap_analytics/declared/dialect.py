"""Reads the looser way in which resources are often written, as the exact vocabulary.

Nothing here is a guess in silence: each reading is logged once at INFO. What is exact already
passes through untouched, and the input is never changed.
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any, Final

from tap_analytics.declared.paging import steps
from tap_analytics.declared.record_filter import read_record_filter
from tap_analytics.declared.windows import put, read_incremental_sync

if TYPE_CHECKING:
    from tap_analytics.check import Problems

__all__ = ["PARENTS", "read_endpoint", "read_selector"]

logger: Final = logging.getLogger("tap-analytics.config")
PARENTS: Final = "(parents)"  # on the way only: references by placeholder; no key of a config
ALIASES = {"http_method": "method", "body": "json", "request_body": "json"}
OF_ENDPOINT = (
    "error_handler",
    "incremental_sync",
    "partition_router",
    "record_filter",
    "path",
    "paginator",
    "data_selector",
    "http_method",
    "method",
    "params",
    "headers",
    "body",
    "json",
    "incremental",
)


def read_endpoint(entry: dict[str, Any], path: str, problems: Problems) -> dict[str, Any]:
    """The entry with an endpoint in the exact vocabulary, but for paginator and placeholders.

    Args:
        entry: One entry of ``resources``, or ``resource_defaults``.
        path: Its config path, for messages.
        problems: Takes in what cannot be read.
    """
    given = entry.get("endpoint") or {}
    endpoint = {"path": given} if isinstance(given, str) else given
    if not isinstance(endpoint, dict):
        return entry
    endpoint = dict(endpoint)
    moved = [key for key in OF_ENDPOINT if key in entry and key not in endpoint]
    for key in moved:
        endpoint[key] = entry[key]
        _log(f"{path}.{key}", "a key of the endpoint", f"endpoint.{key}")
    entry = {key: value for key, value in entry.items() if key not in moved}
    path = f"{path}.endpoint"
    for alias, exact in ALIASES.items():
        if alias in endpoint and exact not in endpoint:
            endpoint[exact] = endpoint.pop(alias)
            _log(path, repr(alias), exact)
    if isinstance(endpoint.get("method"), str):
        endpoint["method"] = endpoint["method"].upper()
    if "data_selector" in endpoint:
        endpoint["data_selector"] = read_selector(endpoint["data_selector"], path)
    if (sync := endpoint.pop("incremental_sync", None)) is not None:
        read_incremental_sync(sync, endpoint, f"{path}.incremental_sync", problems)
    if (router := endpoint.pop("partition_router", None)) is not None:
        _read_router(router, endpoint, f"{path}.partition_router", problems)
    if (condition := endpoint.get("record_filter")) is not None:
        endpoint["record_filter"] = read_record_filter(condition, f"{path}.record_filter", problems)
    return {**entry, "endpoint": endpoint}


def read_selector(selector: Any, path: str) -> Any:
    """The data_selector as one path; a list gives its steps, ``response`` stands for the body."""
    where = f"{path}.data_selector"
    exact = selector
    if isinstance(selector, list):
        exact = steps(selector)
    elif isinstance(selector, str) and re.match(r"response\.[^|]+$", selector):
        exact = f"{selector}|{selector.removeprefix('response.')}"
    if exact != selector:
        _log(where, repr(selector), exact)
    return exact


def _read_router(router: Any, endpoint: dict[str, Any], path: str, problems: Problems) -> None:
    """A list of values, or parents; several routers are every combination of their values."""
    for index, each in enumerate(router if isinstance(router, list) else [router]):
        where = f"{path}[{index}]" if isinstance(router, list) else path
        if not isinstance(each, dict):
            problems.add(where, "is not an object")
        elif "values" in each:
            _read_values(each, endpoint, where, problems)
        elif parents := each.get("parent_stream_configs", [each] if "parent_stream" in each else 0):
            for parent in parents:
                _read_parent({**each, **parent}, endpoint, where, problems)
        else:
            problems.undecide(where, "has neither values nor a parent_stream")


def _read_values(
    router: dict[str, Any], endpoint: dict[str, Any], path: str, problems: Problems
) -> None:
    name, values = router.get("cursor_field"), router["values"]
    values = [part.strip() for part in values.split(",")] if isinstance(values, str) else values
    if not isinstance(name, str) or not isinstance(values, list) or not values:
        problems.undecide(path, "needs a cursor_field, a name, and a list of values")
        return
    endpoint["partitions"] = {**endpoint.get("partitions", {}), name: values}
    _log(path, f"a list of {len(values)} values", f"partitions.{name}")
    if router.get("request_option"):
        put(router["request_option"], f"{{partitions.{name}}}", endpoint, path, problems)


def _read_parent(
    router: dict[str, Any], endpoint: dict[str, Any], path: str, problems: Problems
) -> None:
    parent = router.get("parent_stream", router.get("stream"))
    parent = parent.get("name") if isinstance(parent, dict) else parent
    name = router.get("partition_field")
    if not isinstance(parent, str) or not isinstance(name, str):
        problems.undecide(path, "needs a parent_stream and a partition_field, both names")
        return
    exact = f"{{resources.{parent}.{router.get('parent_key', 'id')}}}"
    endpoint[PARENTS] = {**endpoint.get(PARENTS, {}), name: exact}
    _log(path, f"parent_stream {parent!r}", exact)
    if router.get("request_option"):
        put(router["request_option"], exact, endpoint, path, problems)


def _log(path: str, found: str, reading: str) -> None:
    logger.info("%s: %s is read as %s", path, found, reading)
