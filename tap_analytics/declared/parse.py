"""From the config's mappings to the vocabulary. Input is never changed; nothing is requested."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from tap_analytics.check import Problems, convert, keys, nearest
from tap_analytics.declared.columns import read_columns
from tap_analytics.declared.dialect import PARENTS, read_endpoint
from tap_analytics.declared.hints import read_hints
from tap_analytics.declared.layers import described, laid
from tap_analytics.declared.lineage import Lineage, references
from tap_analytics.declared.paging import read_paginator
from tap_analytics.declared.parents import ANY_PLACEHOLDER
from tap_analytics.declared.resource import ENDPOINT_FIELDS, ENTRY_FIELDS, parse_resource
from tap_analytics.declared.templates import TEMPLATES, Binder, bind_params
from tap_analytics.declared.variables import fill
from tap_analytics.exceptions import ConfigError
from tap_analytics.templates import PARENT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tap_analytics.spec import Resource
    from tap_analytics.stream import AnalyticsStream

__all__ = ["Parsed", "parse_resources"]

logger: Final = logging.getLogger("tap-analytics.config")
SPAN = {
    "start_time": "{incremental.start_value}",
    "end_time": "{incremental.end_value}",
}
COUNTED = frozenset({"offset", "page_number"})
RESOURCE_KEYS = ("name", "endpoint", "merge_key", *ENTRY_FIELDS)
ENDPOINT_KEYS = (
    "auth",
    "paginator",
    "incremental",
    "record_filter",
    "response_actions",
    "error_handler",
    *ENDPOINT_FIELDS,
)


class Parsed(NamedTuple):
    """What a config's resources are read as.

    Attributes:
        resources: Those that can be extracted, in the config's order.
        refused: Why each of the others cannot be, by name.
    """

    resources: list[Resource]
    refused: dict[str, str]


class Entry(NamedTuple):
    """One resource on its way through the stages.

    Attributes:
        path: Its config path.
        values: Its keys, all layers laid.
        problems: What is wrong with it alone.
        built_in: Whether the built-in stream of its name lies under it.
        paged: Whether its own endpoint names a paginator.
        exact: Whether its path names the parents that it refers to.
    """

    path: str
    values: dict[str, Any]
    problems: Problems
    built_in: bool
    paged: bool
    exact: bool

    @property
    def endpoint(self) -> dict[str, Any]:
        """The keys of its endpoint."""
        return dict(self.values["endpoint"])

    @property
    def key(self) -> str:
        """Its primary key, where that is one field."""
        key = self.values.get("primary_key")
        key = key[0] if isinstance(key, list) and len(key) == 1 else key
        return key if isinstance(key, str) else ""

    def with_endpoint(self, endpoint: dict[str, Any]) -> Entry:
        """This entry with another endpoint."""
        return self._replace(values={**self.values, "endpoint": endpoint})


def parse_resources(
    resources: list[Any] | None,
    defaults: Mapping[str, Any],
    built_in: Mapping[str, type[AnalyticsStream]],
    variables: Mapping[str, Any] | None = None,
    credentials: Mapping[str, str] | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Parsed:
    """The resources of a config, in its order.

    Weakest first, a resource is made of the built-in stream of its name, of *defaults*, and of
    its own keys. ``params``, ``headers`` and ``json`` merge, and so do paginators of one type.

    Args:
        resources: Names, or objects; None for all built-in streams.
        defaults: ``resource_defaults``.
        built_in: The built-in streams by name.
        variables: Values for ``{{ config['x'] }}`` and its like, and for placeholders without
            a parent.
        credentials: Top-level settings that fill what an endpoint's auth leaves out.
        settings: Further values for ``{{ config['x'] }}`` and its like alone.

    Raises:
        ConfigError: With all that is wrong in them, or with what is undecided where that leaves
            no resource.
    """
    problems = Problems()
    resources = list(built_in) if resources is None else resources
    convert(resources, list[Any], "resources", problems)
    convert(defaults, dict[str, Any], "resource_defaults", problems)
    ConfigError.raise_if(problems.lines)
    variables = variables or {}
    known = {**(settings or {}), **variables}
    defaults = fill(defaults, known, "resource_defaults", problems)
    resources = fill(resources, known, "resources", problems)
    default = _entry(defaults, "resource_defaults", problems)
    problems.lines += problems.undecided  # it would be left out of every resource
    entries: dict[str, Entry] = {}
    for index, resource in enumerate(resources):
        path = f"resources[{index}]"
        name = _name(resource, entries, built_in, path, problems)
        if name:
            entries[name] = _laid(name, resource, default, built_in.get(name), path)
    bound = _bound(entries, variables)
    parsed, refused = _parsed(bound, built_in, credentials or {})
    undecided: list[str] = []
    for entry in bound.values():
        problems.lines += entry.problems.lines
        undecided += entry.problems.undecided
    ConfigError.raise_if(dict.fromkeys(problems.lines))
    if not parsed:
        ConfigError.raise_if(dict.fromkeys(undecided))
    return Parsed(parsed, refused)


def _name(
    resource: Any, earlier: Iterable[str], built_in: Iterable[str], path: str, problems: Problems
) -> str:
    """The name of *resource*; empty where it has none."""
    name = resource.get("name") if isinstance(resource, dict) else resource
    if not isinstance(name, str) or not name:
        problems.add(f"{path}.name", "is missing")
        return ""
    if name in earlier:
        problems.add(f"{path}.name", f"{name!r} is declared twice")
    if name not in built_in and isinstance(resource, str) and (near := nearest(name, built_in)):
        problems.add(path, f"{name!r} is no built-in stream; did you mean {near!r}?")
    return name


def _laid(
    name: str,
    resource: Any,
    default: dict[str, Any],
    stream: type[AnalyticsStream] | None,
    path: str,
) -> Entry:
    """The entry with all its layers, *stream* being the built-in one of its name.

    One at another path is another resource that happens to have the same name.
    """
    problems = Problems()
    key = default.get("primary_key")
    own = _entry({} if isinstance(resource, str) else resource, path, problems, key)
    other = own["endpoint"].get("path")
    if stream is not None and isinstance(other, str) and _outline(other) != _outline(stream.path):
        logger.info("%s: %r has a path of its own; it is not the built-in stream", path, name)
        stream = None
    base = {"endpoint": {"path": name}} if stream is None else described(stream)
    if other is None:  # a path of the defaults would be that of every resource
        default = {**default, "endpoint": {**default["endpoint"], "path": None}}
    values = laid(base, default, own)
    endpoint = values["endpoint"]
    given = own["endpoint"].get("paginator")
    if isinstance(given, dict) and "type" not in given:  # it is that of the layer below
        key = values.get("primary_key")
        endpoint["paginator"] = _paginator(endpoint, f"{path}.endpoint", problems, key)
    endpoint = bind_params(endpoint, f"{path}.endpoint", problems)
    return Entry(
        path,
        {**values, "endpoint": endpoint},
        problems,
        built_in=stream is not None,
        paged=given is not None,
        exact="{resources." in str(endpoint["path"]),
    )


def _outline(path: str) -> str:
    """A path without the names of its placeholders."""
    return ANY_PLACEHOLDER.sub("{}", path.partition("?")[0]).strip("/")


def _entry(entry: Any, path: str, problems: Problems, key: Any = None) -> dict[str, Any]:
    """One entry's known keys, its endpoint an object with known keys; *key* is the default one."""
    if isinstance(entry, dict):
        entry = read_endpoint(read_hints(entry, path, problems), path, problems)
    known = keys(entry, RESOURCE_KEYS, path, problems)
    if known.get("columns") is not None:
        known["columns"] = read_columns(known["columns"], f"{path}.columns", problems)
    path = f"{path}.endpoint"
    endpoint = known.get("endpoint") or {}
    named = endpoint.pop(PARENTS, {}) if isinstance(endpoint, dict) else {}
    endpoint = keys(endpoint, ENDPOINT_KEYS, path, problems)
    endpoint |= {PARENTS: named} if named else {}
    given = endpoint.get("paginator")
    if isinstance(given, str) or (isinstance(given, dict) and "type" in given):
        key = known.get("primary_key", key)
        endpoint["paginator"] = _paginator(endpoint, path, problems, key)
    return {**known, "endpoint": endpoint}


def _paginator(endpoint: Mapping[str, Any], path: str, problems: Problems, key: Any) -> Any:
    return read_paginator(
        endpoint["paginator"],
        f"{path}.paginator",
        problems,
        endpoint=endpoint,
        key=key,
    )


def _bound(entries: Mapping[str, Entry], variables: Mapping[str, Any]) -> dict[str, Entry]:
    """The entries with every placeholder bound."""
    paths = {
        name: convert(entry.endpoint["path"], str, f"{entry.path}.endpoint.path", entry.problems)
        or ""
        for name, entry in entries.items()
    }
    keys = {name: entry.key for name, entry in entries.items() if entry.key}
    bound = {}
    for name, entry in entries.items():
        endpoint = entry.endpoint
        partitions = endpoint.get("partitions")
        named = partitions if isinstance(partitions, dict) else {}
        known = {
            **(SPAN if endpoint.get("incremental") else {}),
            **endpoint.pop(PARENTS, {}),
            **{partition: f"{{partitions.{partition}}}" for partition in named},
        }
        path = f"{entry.path}.endpoint"
        binder = Binder(name, paths, keys, known, variables, path, entry.problems)
        bound[name] = entry.with_endpoint(binder.bind({**endpoint, "path": paths[name]}))
    return bound


def _parsed(
    entries: Mapping[str, Entry],
    built_in: Mapping[str, type[AnalyticsStream]],
    credentials: Mapping[str, str],
) -> tuple[list[Resource], dict[str, str]]:
    """The resources, and why the others are refused: by themselves, or for a parent that is."""
    _check_paginations(entries.values())
    lineage = Lineage(
        {
            name: references(*(entry.endpoint.get(key) for key in ("path", *TEMPLATES)))
            for name, entry in entries.items()
        },
        built_in,
    )
    parsed = []
    for name, entry in entries.items():
        parent = lineage.parent(name, f"{entry.path}.endpoint", entry.problems)
        if parent is not None:
            above = entries[parent].endpoint if parent in entries else {}
            entry = _entity(entry, str(above.get("path") or built_in[parent].path))  # noqa: PLW2901
        parsed.append(
            parse_resource(
                name,
                entry.values,
                parent,
                built_in=entry.built_in,
                credentials=credentials,
                path=entry.path,
                problems=entry.problems,
            )
        )
    refused = {
        name: "; ".join(entry.problems.undecided)
        for name, entry in entries.items()
        if entry.problems.undecided
    }
    for resource in _below(list(refused), parsed):
        why = f"its parent {resource.parent} is left out"
        refused[resource.name] = f"{entries[resource.name].path}: {why}"
    return [resource for resource in parsed if resource.name not in refused], refused


def _check_paginations(entries: Iterable[Entry]) -> None:
    """Leave resources undecided that ask for the same in two ways of paging."""
    asked: dict[bytes, list[Entry]] = {}
    for entry in entries:
        endpoint = entry.endpoint
        what = [endpoint.get(key) for key in ("path", "method", *TEMPLATES)]
        asked.setdefault(msgspec.json.encode(what), []).append(entry)
    for alike in asked.values():
        kinds = [kind for entry in alike if (kind := _kind(entry.endpoint)) in COUNTED]
        if len(set(kinds)) > 1:
            found = f"is {' and '.join(sorted(set(kinds)))} for the same path and parameters"
            for entry in alike:
                entry.problems.undecide(f"{entry.path}.endpoint.paginator", found)


def _kind(endpoint: Mapping[str, Any]) -> str:
    paginator = endpoint.get("paginator")
    return str(paginator.get("type")) if isinstance(paginator, dict) else ""


def _entity(entry: Entry, listing: str) -> Entry:
    """*entry*; where it is one of the entities that the path *listing* lists, without paging."""
    endpoint = entry.endpoint
    before, _, last = endpoint["path"].rpartition("/")
    if not PARENT.fullmatch(last) or _outline(before) != _outline(listing):
        return entry
    kind = _kind(endpoint)
    endpoint.pop("paginator", None)
    if entry.exact:
        return entry  # who names the parent means the paginator as well
    if entry.paged and kind not in {"single_page", "auto", ""}:
        found = f"type {kind!r} pages a list, but {endpoint['path']} is one entity"
        entry.problems.undecide(f"{entry.path}.endpoint.paginator", found)
    return entry.with_endpoint(endpoint)


def _below(names: Iterable[str], resources: list[Resource]) -> Iterator[Resource]:
    """The resources below those of these *names*, at any depth."""
    names = set(names)
    below = [one for one in resources if one.parent in names and one.name not in names]
    if below:
        yield from below
        yield from _below({*names, *(resource.name for resource in below)}, resources)
