"""A config, read for the API that it is about."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, urlsplit

from .envelope import read_selector
from .paging import SINGLE, Paging, read_paging
from .parents import Placeholder, Shape, find_parent, placeholders
from .wording import Keys, Settings, Unreadable

__all__ = ["Resource", "Slot", "Template", "read_resources"]


# At their own paths, these names are built-in streams, which ask for pages of a size.
BUILT_IN = {"accounts": "/v1/accounts", "calls": "/v1/calls"}


@dataclass(frozen=True)
class Slot:
    """A place for a field of an ancestor's record."""

    owner: str
    field: str


Template: TypeAlias = tuple["str | Slot", ...]


@dataclass
class Resource:
    """One resource of an API.

    Attributes:
        mood: Decides what the config leaves to the API.
        path: From the origin on.
        query: Parameters that every request has.
        keys: The primary key.
        selected: Steps to the records; None where the config leaves them open.
        parent: The resource whose records lead to this one's.
        single: Whether each parent has one record only, at an address of its own.
        fields: Further fields that its children's addresses need.
    """

    name: str
    mood: str
    method: str
    path: Template
    query: dict[str, Template]
    headers: dict[str, str]
    body: dict[str, Any]
    keys: Keys
    selected: Keys | None
    paging: Paging
    parent: str | None = None
    single: bool = False
    fields: set[str] = field(default_factory=set)

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Where ancestors' values stand, in the path and then in the parameters."""
        texts = [self.path, *self.query.values()]
        return tuple(part for text in texts for part in text if isinstance(part, Slot))


def read_resources(
    config: dict[str, Any], settings: Settings, refused: frozenset[str], salt: str
) -> dict[str, Resource]:
    """The resources of *config*, by name, but for those *refused*.

    Args:
        config: As it is written.
        settings: Gives what the config leaves to its user.
        refused: Names of resources that mean nothing.
        salt: Another one makes other choices in what the config leaves to the API.

    Raises:
        Unreadable: There is no reading of one.
    """
    base = settings.fill(config["client"]["base_url"])
    for left in placeholders(base):
        base = base.replace(left.raw, settings.value(left.name))
    defaults = settings.fill(config.get("resource_defaults", {}))
    entries = [settings.fill(entry) for entry in config["resources"]]
    entries = [entry for entry in entries if entry["name"] not in refused]
    return _Reader(base, config["client"], defaults, settings, entries, salt).resources()


class _Reader:
    def __init__(
        self,
        base: str,
        client: dict[str, Any],
        defaults: dict[str, Any],
        settings: Settings,
        entries: list[dict[str, Any]],
        salt: str,
    ) -> None:
        self._base = base
        self._client = client
        self._salt = salt
        self._defaults = defaults
        self._settings = settings
        self._entries = {entry["name"]: entry for entry in entries}
        self._shapes = [self._shape(entry) for entry in entries]

    def resources(self) -> dict[str, Resource]:
        """All of them, and what the children want of their parents."""
        found = {name: self._resource(entry) for name, entry in self._entries.items()}
        for resource in found.values():
            resource.parent = _nearest(resource, found)
            for slot in resource.slots:
                found[slot.owner].fields.add(slot.field)
        return found

    def _endpoint(self, entry: dict[str, Any]) -> dict[str, Any]:
        endpoint = entry["endpoint"]
        if isinstance(endpoint, str):
            endpoint = {"path": endpoint}
        below = self._defaults.get("endpoint", {})
        merged = {**below, **endpoint}
        for key in ("params", "headers"):
            merged[key] = {**below.get(key, {}), **endpoint.get(key, {})}
        merged.setdefault("paginator", self._client.get("paginator"))
        return merged

    def _shape(self, entry: dict[str, Any]) -> Shape:
        path = self._endpoint(entry)["path"].split("?")[0]
        return Shape(entry["name"], path)

    def _resource(self, entry: dict[str, Any]) -> Resource:
        name, endpoint = entry["name"], self._endpoint(entry)
        shape = next(shape for shape in self._shapes if shape.name == name)
        keys = entry.get("primary_key", self._defaults.get("primary_key", "id"))
        keys = (keys,) if isinstance(keys, str) else tuple(keys)
        mood = f"{name}{self._salt}"
        selected = read_selector(mood, endpoint.get("data_selector"))
        path, _, query = endpoint["path"].partition("?")
        params = {**dict(parse_qsl(query)), **endpoint["params"]}
        for bound in [one for one in placeholders(path) if one.raw == f"{{{one.name}}}"]:
            if bound.name in params:  # dlt's own meaning
                path = path.replace(bound.raw, str(params.pop(bound.name)))
        paging = read_paging(mood, endpoint, selected or (), keys)
        if path == BUILT_IN.get(name) and not paging.size_param:
            paging = replace(paging, size_param="page[size]")
        return Resource(
            name=name,
            mood=mood,
            method=str(endpoint.get("method", endpoint.get("http_method", "GET"))).upper(),
            path=self._template(_joined(self._base, path), shape),
            query={key: self._template(_text(value), shape) for key, value in params.items()},
            headers={**self._settings.fill(self._client.get("headers", {})),
                     **endpoint["headers"]},
            body=endpoint.get("json", endpoint.get("body", {})),
            keys=keys,
            selected=selected,
            paging=paging,
            single=paging == SINGLE and self._is_entity(shape),
        )  # fmt: skip

    def _template(self, text: str, shape: Shape) -> Template:
        parts: list[str | Slot] = []
        for wanted in placeholders(text):
            before, _, text = text.partition(wanted.raw)
            owner = find_parent(shape, wanted, self._shapes)
            given = self._slot(wanted, owner) if owner else self._settings.value(wanted.name)
            parts += [before, given]
        return (*parts, text)

    def _slot(self, wanted: Placeholder, owner: str) -> Slot:
        """The parent's field of that name, else of that suffix, else its key."""
        keys = self._entries[owner].get("primary_key", self._defaults.get("primary_key", "id"))
        keys = (keys,) if isinstance(keys, str) else tuple(keys)
        if wanted.parent or wanted.name in keys:
            return Slot(owner, wanted.name)
        if wanted.suffix not in {"", "id"}:
            return Slot(owner, wanted.suffix)
        return Slot(owner, "id" if "id" in keys else keys[0])

    def _is_entity(self, shape: Shape) -> bool:
        """Whether the path is the parent's list and one of its records."""
        head, _, last = shape.path.rstrip("/").rpartition("/")
        found = list(placeholders(last))
        if not found or found[0].raw != last:
            return False
        owner = find_parent(shape, found[0], self._shapes)
        listed = next((one.segments for one in self._shapes if one.name == owner), None)
        return listed == Shape("", head).segments


def _joined(base: str, path: str) -> str:
    """The path from the origin on."""
    if re.match(r"https?://", path):
        return urlsplit(path).path
    return f"{urlsplit(base).path.rstrip('/')}/{path.lstrip('/')}"


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _nearest(resource: Resource, found: dict[str, Resource]) -> str | None:
    """The owner of a slot that all other owners are ancestors of.

    Raises:
        Unreadable: They do not lie on one line.
    """
    owners = {slot.owner for slot in resource.slots}
    for owner in owners:
        line = {owner}
        ahead = found[owner]
        while ahead.slots:
            ahead = found[_nearest(ahead, found) or ""]
            line.add(ahead.name)
        if owners <= line:
            return owner
    if owners:
        raise Unreadable(f"{resource.name}: {owners} are not on one line")
    return None
