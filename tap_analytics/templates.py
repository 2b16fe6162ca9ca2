"""Fills what paths, parameters, headers and bodies leave open for a run and a parent to give."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from tap_analytics.exceptions import ParentError, ResourceError
from tap_analytics.records.selector import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["PARENT", "Absent", "render", "texts"]

PARENT = re.compile(r"\{resources\.(?P<resource>[^.{}]+)\.(?P<field>[^{}]+)\}")
ANY = re.compile(r"\{(?P<name>(?:resources\.[^.{}]+|incremental|partitions)\.[^{}]+)\}")
TOKEN = re.compile(r"\{\{|\}\}|" + ANY.pattern + r"|[{}]")
NOT_FILLED = "cannot be filled in; the parent's record"
UNUSABLE = frozenset({"", ".", ".."})  # each would ask for another path than the one meant


class Absent(NamedTuple):
    """Stands for a field that a parent's record lacks.

    Attributes:
        fields: Some that it has.
    """

    fields: tuple[str, ...]


def texts(template: Any) -> Iterator[str]:
    """All texts in *template*, at any depth, keys of mappings included."""
    if isinstance(template, str):
        yield template
    elif isinstance(template, Mapping):
        for key, value in template.items():
            yield from (*texts(key), *texts(value))
    elif isinstance(template, (list, tuple)):
        for value in template:
            yield from texts(value)


def render(template: Any, values: Mapping[str, Any], *, encode: bool = False) -> Any:
    """*template* with each ``{resources.<parent>.<field>}`` and its like filled in.

    A text that is one placeholder alone takes the value's type. Doubled braces are single ones,
    unless single ones stand beside them.

    Args:
        template: A text, or a list or mapping that holds some; other values stay as they are.
            An entry of a mapping whose only value is not there yet, such as the start of a first
            run, is left out.
        values: Values by placeholder name.
        encode: Percent-encode them, for a path (RFC 3986, section 2.1); but not what it begins
            with, which may be a URL that the parent's record gives.

    Raises:
        ParentError: The parent's record lacks the field, or a path cannot hold its value.
        ResourceError: A text needs the start or end of the range, and there is none.
    """
    if isinstance(template, dict):
        filled = {
            render(key, values): render(value, values, encode=encode)
            for key, value in template.items()
        }
        return {key: value for key, value in filled.items() if value is not MISSING}
    if isinstance(template, list):
        items = [render(value, values, encode=encode) for value in template]
        return [item for item in items if item is not MISSING]
    if not isinstance(template, str):
        return template
    alone = ANY.fullmatch(template)
    if alone and not encode:
        name = alone["name"]
        value = values.get(name)
        if value is None and name.startswith("incremental."):
            return MISSING
        return value if value is None else _given(name, value)
    tokens = [match[0] for match in TOKEN.finditer(template)]
    escaped = not {"{", "}"} & set(tokens)

    def fill(match: re.Match[str]) -> str:
        name = match["name"]
        if name is None:
            return match[0][0] if escaped else match[0]
        value = values.get(name)
        value = _given(name, values.get(f"widest {name}") if value is None else value)
        text = str(value)
        if encode and text in UNUSABLE:
            raise ParentError(f"{{{name}}} {NOT_FILLED} has {value!r} there")
        whole = match.group() == template and "/" in text  # a path, or a URL
        linked = not match.start() and text.startswith(("http://", "https://"))
        as_it_is = not encode or whole or linked
        return text if as_it_is else quote(text, safe="")

    return (TOKEN if escaped else ANY).sub(fill, template)


def _given(name: str, value: Any) -> Any:
    """*value*, where there is one that a request can hold."""
    if value is None and name.startswith("incremental."):
        ways = "start_date or incremental.initial_value"
        if name == "incremental.end_value":
            ways = "end_date or incremental.end_value"
        raise ResourceError(f"{{{name}}} has no value; set {ways}")
    if isinstance(value, Absent):
        found = f"lacks it, but has {', '.join(value.fields) or 'no fields'}"
    elif value is None:
        found = "has None there"
    else:
        return value
    raise ParentError(f"{{{name}}} {NOT_FILLED} {found}")
