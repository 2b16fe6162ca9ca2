"""From the vocabulary back to a config that is read as the very same."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import UNSET

from tap_analytics.check import Problems, is_secret
from tap_analytics.declared.dialect import read_selector
from tap_analytics.declared.layers import described
from tap_analytics.declared.paging import read_paginator
from tap_analytics.declared.resource import ENTRY_FIELDS
from tap_analytics.spec import (
    Auth,
    Client,
    Cursor,
    ErrorHandler,
    HttpBasic,
    Incremental,
    PageNumber,
    Paginator,
    RecordFilter,
    Resource,
    ResponseAction,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from tap_analytics.stream import AnalyticsStream

__all__ = ["write_auth", "write_client", "write_paginator", "write_resource"]

logger: Final = logging.getLogger("tap-analytics.config")
FOUND = frozenset({"name", "built_in", "parent"})  # by the name, the path and the references
USUAL = ("GET", "plain")  # not worth a line where a built-in stream gives them
QUOTED = re.compile(r"\['(.*?)'\]|\[\*\]")
LAST = ("schema", "columns")  # as a rule the longest
ALWAYS: Mapping[type[Paginator], frozenset[str]] = {
    Cursor: frozenset({"cursor_path"}),  # what is left out is guessed from the rest
    PageNumber: frozenset({"base_page"}),
}


def as_it_is(_name: str, value: str) -> str:
    """*value*: a secret is written like anything else."""
    return value


def write_client(client: Client, hide: Callable[[str, str], str] = as_it_is) -> dict[str, Any]:
    """The setting ``client``.

    Args:
        client: What it is read as.
        hide: Gives what is written for a secret, from its field's name and its value.
    """
    written: dict[str, Any] = {
        "base_url": client.base_url,
        "headers": dict(client.headers),
        "auth": write_auth(client.auth, hide),
        "allowed_origins": list(client.allowed_origins),
    }
    if client.paginator is not None:
        written["paginator"] = write_paginator(client.paginator)
    return {key: value for key, value in written.items() if value not in ({}, [])}


def write_resource(
    resource: Resource,
    built_in: Mapping[str, type[AnalyticsStream]],
    hide: Callable[[str, str], str] = as_it_is,
) -> dict[str, Any]:
    """An entry of ``resources``, of which nothing is left to defaults of other settings.

    Args:
        resource: What it is read as.
        built_in: The built-in streams by name.
        hide: Gives what is written for a secret, from its field's name and its value.
    """
    base = described(built_in[resource.name]) if resource.built_in else {"endpoint": {}}
    entry: dict[str, Any] = {"name": resource.name}
    endpoint: dict[str, Any] = {}
    for field in msgspec.structs.fields(Resource):
        value = getattr(resource, field.name)
        if field.name in FOUND or value is UNSET:
            continue
        key = "primary_key" if field.name == "primary_keys" else field.name
        below = base if key in ENTRY_FIELDS else base["endpoint"]
        if key in below and below[key] == _plain(value) and (not value or value in USUAL):
            continue
        layer = entry if key in ENTRY_FIELDS else endpoint
        layer[key] = _written(key, value, resource, below.get(key), hide)
    if endpoint.get("response_actions") == []:
        del endpoint["response_actions"]
    late = {key: entry.pop(key) for key in LAST if key in entry}
    return {**entry, "endpoint": endpoint, **late}


def _written(
    key: str, value: Any, resource: Resource, below: Any, hide: Callable[[str, str], str]
) -> Any:
    below = below if isinstance(below, dict) else {}
    match value:
        case Auth():
            return write_auth(value, hide)
        case Paginator():
            return write_paginator(value, below, resource.params)
        case Incremental() | ErrorHandler() | RecordFilter():
            return _given(value, below)
        case _ if key == "response_actions":
            return [_given(action) for action in _own(value, resource.error_handler)]
        case str() if key == "data_selector" and _changes(value):
            return _steps(value)
        case _:
            return _plain(value)


def write_auth(auth: Auth, hide: Callable[[str, str], str] = as_it_is) -> dict[str, Any]:
    """An ``auth``; of `HttpBasic` without a password the user name is the secret."""
    written = {"type": str(auth.__struct_config__.tag), **_given(auth)}
    for field in msgspec.structs.fields(auth):
        bare = isinstance(auth, HttpBasic) and field.name == "username" and not auth.password
        if (bare or is_secret(field.type)) and written.get(field.name):
            written[field.name] = hide(field.name, written[field.name])
    return written


def write_paginator(
    paginator: Paginator, below: Mapping[str, Any] | None = None, params: Any = UNSET
) -> dict[str, Any]:
    """A ``paginator``.

    Args:
        paginator: What it is read as.
        below: That of the built-in stream, whose fields count where it is of the same type.
        params: The resource's, among which the size of a page is looked for.
    """
    tag = str(paginator.__struct_config__.tag)
    below = below if below and below.get("type") == tag else {}
    kept = {*below, *ALWAYS.get(type(paginator), ())}
    size = getattr(paginator, "limit_param", None) or "limit"
    if isinstance(params, dict) and str(params.get(size, "")).isdecimal():
        kept.add("limit")  # or that parameter would be taken for it
    written = {"type": tag, **_given(paginator, kept)}
    if isinstance(paginator, Cursor) and _read_otherwise(written):
        written["cursor_path"] = _steps(paginator.cursor_path)
    return written


def _given(struct: msgspec.Struct, kept: Collection[str] = ()) -> dict[str, Any]:
    """The fields that differ from their defaults, and those *kept* whatever they are."""
    return {
        field.name: _plain(getattr(struct, field.name))
        for field in msgspec.structs.fields(struct)
        if field.name in kept or getattr(struct, field.name) != _default(field)
    }


def _default(field: msgspec.structs.FieldInfo) -> Any:
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return field.default


def _own(actions: Iterable[ResponseAction], handler: Any) -> list[ResponseAction]:
    """The actions without those that an error handler's ignored statuses stand for."""
    own = list(actions)
    implied = handler.ignore_status_codes if isinstance(handler, ErrorHandler) else ()
    for status in reversed(implied):
        if own and own[-1] == ResponseAction(action="ignore", status_code=status):
            own.pop()
    return own


def _changes(selector: str) -> bool:
    """Whether the looser dialect has another reading for *selector*; as a list it has none."""
    return bool(_unheard(lambda: read_selector(selector, "")) != selector)


def _read_otherwise(paginator: dict[str, Any]) -> bool:
    """Whether the looser dialect has another reading for its cursor; as a list it has none."""
    return bool(_unheard(lambda: read_paginator(paginator, "", Problems())) != paginator)


def _steps(path: str) -> list[str]:
    """The keys that *path* goes through, dotted or, as for odd keys, quoted."""
    if path.startswith("$["):
        return [key or "*" for key in QUOTED.findall(path)]
    return path.split(".")


def _unheard(read: Callable[[], Any]) -> Any:
    """What *read* gives, without the log lines that a config would get for it."""
    disabled, logger.disabled = logger.disabled, True
    try:
        return read()
    finally:
        logger.disabled = disabled


def _plain(value: Any) -> Any:
    """*value* as JSON has it."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return value
