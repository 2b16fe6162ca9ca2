"""Fills what paths, parameters, headers and bodies leave open for a run and a parent to give."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from tap_analytics.exceptions import ParentError, ResourceError
from tap_analytics.records.selector import MISSING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PARENT", "Absent", "render"]

PARENT = re.compile(r"\{resources\.(?P<resource>[^.{}]+)\.(?P<field>[^{}]+)\}")
ANY = re.compile(r"\{(?P<name>(?:resources\.[^.{}]+|incremental|partitions)\.[^{}]+)\}")
DOUBLED = re.compile(r"\{\{|\}\}")
UNUSABLE = frozenset({"", ".", ".."})  # each would ask for another path than the one meant


class Absent(NamedTuple):
    """Stands for a field that a parent's record lacks.

    Attributes:
        fields: Some that it has.
    """

    fields: tuple[str, ...]


def render(template: Any, values: Mapping[str, Any], *, encode: bool = False) -> Any:
    """*template* with each ``{resources.<parent>.<field>}`` and its like filled in.

    A text that is one placeholder alone takes the value's type. Doubled braces are single ones,
    unless single ones stand beside them.

    Args:
        template: A text, or a list or mapping that holds some; other values stay as they are.
            An entry of a mapping whose only value is not there yet, such as the start of a first
            run, is left out.
        values: Values by placeholder name.
        encode: Percent-encode them, for a path (RFC 3986, section 2.1).

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
        return [render(value, values, encode=encode) for value in template]
    if not isinstance(template, str):
        return template
    alone = ANY.fullmatch(template)
    if alone and not encode:
        name = alone["name"]
        value = values.get(name)
        absent = value is None and name.startswith("incremental.")
        return MISSING if absent else _given(name, value)

    def fill(match: re.Match[str]) -> str:
        name = match["name"]
        value = values.get(name)
        text = str(_given(name, values.get(f"widest {name}") if value is None else value))
        return quote(text, safe="") if encode else text

    parts = ANY.split(template)
    outside = "".join(parts[::2])
    if DOUBLED.search(outside) and not re.search("[{}]", DOUBLED.sub("", outside)):
        template = "".join(
            f"{{{part}}}" if at % 2 else DOUBLED.sub(lambda braces: braces[0][0], part)
            for at, part in enumerate(parts)
        )
    return ANY.sub(fill, template)


def _given(name: str, value: Any) -> Any:
    """*value*, where there is one that a request can hold."""
    if value is None and name.startswith("incremental."):
        ways = "start_date or incremental.initial_value"
        if name == "incremental.end_value":
            ways = "end_date or incremental.end_value"
        raise ResourceError(f"{{{name}}} has no value; set {ways}")
    if isinstance(value, Absent):
        found = f"lacks it, but has {', '.join(value.fields) or 'no fields'}"
    elif value is None or str(value) in UNUSABLE:
        found = f"has {value!r} there"
    else:
        return value
    raise ParentError(f"{{{name}}} cannot be filled in; the parent's record {found}")
