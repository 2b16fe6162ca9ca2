"""Binds what a resource's path, parameters, headers and body leave open.

A placeholder ends up as ``{resources.<name>.<field>}``, filled from a parent's record, as
``{partitions.<name>}`` or ``{incremental.<value>}``, or as the value that the config gives.
"""

from __future__ import annotations

import logging
import re
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from tap_analytics.declared.parents import (
    ANY_PLACEHOLDER,
    EXACT,
    Placeholder,
    find_parent,
    placeholder,
    placeholders,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_analytics.check import Problems

__all__ = ["TEMPLATES", "Binder", "bind_params"]

logger: Final = logging.getLogger("tap-analytics.config")
TEMPLATES = ("params", "headers", "json", "data")
JINJA = re.compile(r"\{\{\s*[\w'\"]+\s*[.(\[|].*\}\}")  # {{ "a": 1 }} is an object
TIGHT = re.compile(r"\{\w+\}|\{\{\s*\w+\s*\}\}")
NAMED = re.compile(r"\{([\w-]+)\}")


def bind_params(endpoint: dict[str, Any], path: str, problems: Problems) -> dict[str, Any]:
    """The endpoint with parameters bound that are no values to send.

    Those of ``type`` resolve go into the path, or are filled from a parent; one of ``type``
    incremental is ``incremental.start_param``; one that the path names goes into the path.

    Args:
        endpoint: With all layers laid.
        path: Its config path, for messages.
        problems: Takes in what cannot be bound.
    """
    params = endpoint.get("params")
    if not isinstance(params, dict) or not isinstance(endpoint.get("path"), str):
        return endpoint
    endpoint, kept, asked = dict(endpoint), {}, set(NAMED.findall(endpoint["path"]))
    for name, value in params.items():
        where = f"{path}.params.{name}"
        kind = value.get("type") if isinstance(value, dict) else None
        if kind == "resolve":
            exact = _resolved(value, where, problems)
            if name in asked:
                endpoint["path"] = endpoint["path"].replace(f"{{{name}}}", exact)
            else:
                kept[name] = exact
        elif kind == "incremental":
            if endpoint.get("incremental"):
                problems.add(where, "is a second incremental; an endpoint can have one")
            options = {key: given for key, given in value.items() if key != "type"}
            endpoint["incremental"] = {**options, "start_param": name}
        elif isinstance(value, dict):
            allowed = "allowed are a value, a list, and objects of type resolve or incremental"
            problems.add(where, f"is an object; {allowed}")
        elif name in asked:
            if re.search(rf"\{{{re.escape(name)}\}}[^/]*/?$", endpoint["path"].partition("?")[0]):
                endpoint.setdefault("paginator", {"type": "single_page"})  # it is one entity
                endpoint.setdefault("data_selector", "$")
            text = quote(str(value), safe="/")  # a part of the path that the user wrote
            endpoint["path"] = endpoint["path"].replace(f"{{{name}}}", text)
        else:
            kept[name] = value
    return {**endpoint, "params": kept}


def _resolved(bind: dict[str, Any], path: str, problems: Problems) -> str:
    missing = [key for key in ("resource", "field") if not isinstance(bind.get(key), str)]
    for key in missing:
        problems.add(f"{path}.{key}", "is missing")
    if missing:
        return ""
    return f"{{resources.{bind.get('resource')}.{bind.get('field')}}}"


class Binder:
    """Binds the placeholders of one resource.

    Args:
        name: The resource's.
        paths: Path by name of all resources, in the config's order.
        keys: Primary key by name of those that have one of one field.
        known: Exact template by placeholder name: partitions, and parents that are named.
        variables: Settings of the user's, by name.
        path: Config path of the endpoint, for messages.
        problems: Takes in what cannot be bound.
    """

    def __init__(
        self,
        name: str,
        paths: Mapping[str, str],
        keys: Mapping[str, str],
        known: Mapping[str, str],
        variables: Mapping[str, Any],
        path: str,
        problems: Problems,
    ) -> None:
        self._name = name
        self._paths = paths
        self._keys = keys
        self._known = known
        self._variables = variables
        self._path = path
        self._problems = problems

    def bind(self, endpoint: dict[str, Any]) -> dict[str, Any]:
        """*endpoint* with its templates bound."""
        where = f"{self._path}.path"
        path = endpoint["path"]
        for match in ANY_PLACEHOLDER.finditer(path):
            if placeholder(match) is None and not EXACT.fullmatch(match["inner"]):
                self._left_over(match[0], where)
        for wanted in placeholders(path):
            bound = self._bound(wanted, self._paths, where, in_path=True)
            path = path.replace(wanted.text, str(bound), 1)
        bodies = {
            key: self._value(endpoint[key], f"{self._path}.{key}")
            for key in TEMPLATES
            if key in endpoint
        }
        return {**endpoint, "path": path, **bodies}

    def _value(self, value: Any, where: str) -> Any:
        if isinstance(value, dict):
            return {key: self._value(inner, f"{where}.{key}") for key, inner in value.items()}
        if isinstance(value, list):
            return [self._value(inner, f"{where}[{at}]") for at, inner in enumerate(value)]
        if not isinstance(value, str):
            return value
        alone = ANY_PLACEHOLDER.fullmatch(value.strip())
        if alone is not None and (wanted := placeholder(alone)) is not None:
            return self._bound(wanted, {**self._paths, self._name: value}, where)
        return ANY_PLACEHOLDER.sub(partial(self._inside, where), value)

    def _inside(self, where: str, match: re.Match[str]) -> str:
        """A placeholder within a text; only one that is certain is no ordinary brace."""
        wanted = placeholder(match)
        paths = {**self._paths, self._name: match[0]}
        if wanted is None and EXACT.fullmatch(match["inner"]):
            spaced = match[0].startswith("{{ ")  # else the braces are doubled to be braces
            return f"{{{match['inner']}}}" if spaced else match[0]
        if wanted is None:
            if JINJA.fullmatch(match[0]):
                self._left_over(match[0], where)
            return match[0]
        meant = wanted.certain or wanted.name in {*self._known, *self._variables}
        if not meant and TIGHT.fullmatch(match[0]) and not _follows_word(match):
            meant = bool(wanted.noun) and len(find_parent(self._name, wanted, paths).names) == 1
        return str(self._bound(wanted, paths, where)) if meant else match[0]

    def _left_over(self, text: str, where: str) -> None:
        """Say that nothing fills *text* in, which would go to the API as it stands."""
        way = "write {resources.<name>.<field>}, {incremental.start_value} or a value"
        self._problems.undecide(where, f"{text} is not understood; {way}")

    def _bound(
        self, wanted: Placeholder, paths: Mapping[str, str], where: str, *, in_path: bool = False
    ) -> Any:
        if wanted.name in self._known:
            return self._known[wanted.name]
        parents = find_parent(self._name, wanted, paths).names
        if len(parents) == 1:
            fields = dict.fromkeys([*wanted.fields, self._keys.get(parents[0], "id")])
            exact = f"{{resources.{parents[0]}.{'|'.join(fields)}}}"
            logger.info("%s: %s is read as %s", where, wanted.text, exact)
            return exact
        way = "write {resources.<name>.<field>}"
        if parents:
            found = f"{wanted.text} may mean {' or '.join(parents)}"
            self._problems.undecide(where, f"{found}; {way}")
        elif wanted.certain:
            found = f"{wanted.text} has no parent among the resources"
            self._problems.undecide(where, f"{found}; {way}")
        elif wanted.name not in self._variables:
            found = f"{wanted.text} has no parent among the resources"
            self._problems.add(where, f"{found}; set variables.{wanted.name}, or {way}")
        else:
            value = self._variables[wanted.name]
            return quote(str(value), safe="") if in_path else value
        return wanted.text


def _follows_word(match: re.Match[str]) -> bool:
    """Whether it stands right behind a word, as the fields in ``comments{message}`` do."""
    return match.start() > 0 and match.string[match.start() - 1].isalnum()
