"""The API that a config is about: routes, and what each request is answered."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlencode

from .credentials import Credentials
from .envelope import seal
from .message import Answer, Refused
from .pages import Given, Walk
from .reading import Resource, Slot, read_resources
from .records import Collection, Record, address, collections
from .wording import Keys, Settings, pick

if TYPE_CHECKING:
    from .message import Ask

__all__ = ["API"]


class API:
    """Answers as the API of a config would.

    Args:
        config: As it is written.
        origin: Where it is served, such as ``http://127.0.0.1:8000``.
        refused: Resources that a tap must not read, since they mean nothing; not served.
        salt: Another one makes an API that differs in what the config leaves open.

    Attributes:
        settings: What the config leaves to its user.
        refusals: Each request that was not answered, and why; a spent token is none.
    """

    def __init__(
        self, config: dict[str, Any], origin: str, refused: frozenset[str], salt: str
    ) -> None:
        self.settings = Settings()
        self.refusals: list[str] = []
        self._origin = origin
        self.credentials = Credentials(self.settings.fill(config["client"].get("auth") or {}))
        self.resources = read_resources(config, self.settings, refused, salt)
        self._collections = collections(self.resources)
        self._given: dict[str, Given] = {}
        self._routes = [Route(group) for group in _groups(self.resources)]

    def truth(self, name: str) -> list[Record]:
        """Every record of a resource; those of one endpoint are the first of its resources'."""
        return [record for row in self._rows(self.resources[name]) for record in row.records]

    def _rows(self, resource: Resource) -> list[Collection]:
        twin = next(
            one
            for route in self._routes
            for one in route.resources
            if resource in route.resources and one.selected == resource.selected
        )
        return self._collections[twin.name]

    def answer(self, ask: Ask) -> Answer:
        """What *ask* is answered.

        Raises:
            Refused: It is not.
        """
        spent = self.credentials.spent
        try:
            return self._answer(ask)
        except Refused as refusal:
            if self.credentials.spent == spent:
                self.refusals.append(f"{ask.method} {ask.path} {ask.query}: {refusal}")
            raise

    def _answer(self, ask: Ask) -> Answer:
        if ask.path == self.credentials.token_path:
            return Answer(self.credentials.token(ask), {})
        login = self.credentials.login_path
        if login and ask.path.endswith(f"/{login.lstrip('/')}"):
            return Answer(self.credentials.login(ask), {})
        self.credentials.check(ask)
        fitting = [route for route in self._routes if route.fits(ask)]
        if not fitting:
            raise Refused("no such path", 404)
        return self._page(max(fitting, key=lambda route: route.rank(ask)), ask)

    def _page(self, route: Route, ask: Ask) -> Answer:
        resource = route.resources[0]
        rows = self._rows(resource)
        values = route.values(ask)
        number = next((n for n, row in enumerate(rows) if row.values == values), None)
        if number is None:
            raise Refused(f"no parent {values}")
        row = rows[number]
        fixed = {name: address(text, row.chain) for name, text in resource.query.items()}
        fixed = {name: unquote(value) for name, value in fixed.items()}
        path = address(resource.path, row.chain)
        link = f"{self._origin}{path}{'?' if fixed else ''}{urlencode(fixed)}"
        walk = Walk(resource.mood, resource.paging, row.records, row.page_size,
                    self._given.setdefault(link, Given()), link,
                    crowded=_selected(resource)[:1] in {(), ("*",)})  # fmt: skip
        route.check(ask, fixed, walk.names() | self.credentials.query)
        size = walk.size(ask, fixed)
        spot = walk.spot(ask, size)
        document: Any = {}
        for one in route.resources:
            records = self._rows(one)[number].records
            page = [] if spot.hollow else records[spot.start : spot.start + size]
            document = _merged(document, seal(one.mood, _selected(one), page, single=one.single))
        headers: dict[str, str] = {}
        walk.lead(document, headers, spot, size)
        return Answer(document, headers)


class Route:
    """The resources of one endpoint: they differ by selector only."""

    def __init__(self, resources: list[Resource]) -> None:
        self.resources = resources
        first = resources[0]
        pattern = "".join(
            "([^/]+)" if isinstance(part, Slot) else re.escape(part) for part in first.path
        )
        self._pattern = re.compile(pattern)
        self._fixed = {
            name: "".join(map(str, text))
            for name, text in first.query.items()
            if not any(isinstance(part, Slot) for part in text)
        }

    def fits(self, ask: Ask) -> bool:
        """Whether *ask* has this method and path."""
        return ask.method == self.resources[0].method and bool(self._pattern.fullmatch(ask.path))

    def rank(self, ask: Ask) -> tuple[bool, int, int, float]:
        """How well *ask* fits: all of the parameters, a fixed path, most of its parameters."""
        first = self.resources[0]
        given = dict(ask.query)
        missing = [name for name, value in self._fixed.items() if given.get(name) != value]
        params = {*first.paging.params} & given.keys()
        paged = len(params) if first.paging.kind != "single" else 0.5  # without any, all at once
        return not missing, -self._pattern.groups, len(self._fixed), paged

    def values(self, ask: Ask) -> Keys:
        """What stands in the slots."""
        found = self._pattern.fullmatch(ask.path)
        values = [unquote(value) for value in found.groups()] if found else []
        for name, text in self.resources[0].query.items():
            if any(isinstance(part, Slot) for part in text):
                values.append(ask.params.get(name, ""))
        return tuple(values)

    def check(self, ask: Ask, fixed: dict[str, str], about_paging: set[str]) -> None:
        """Refuse *ask* where it lacks what every request has, or has what none has.

        Raises:
            Refused: It does.
        """
        given = ask.params
        for name, value in fixed.items():
            if given.get(name) != value:
                raise Refused(f"{name} is {given.get(name)!r}, not {value!r}")
        if unknown := given.keys() - fixed.keys() - about_paging:
            raise Refused(f"nobody declares {sorted(unknown)}")
        first = self.resources[0]
        for name, value in first.headers.items():
            if ask.headers.get(name.lower()) != value:
                raise Refused(f"header {name} is {ask.headers.get(name.lower())!r}")
        for name, value in first.body.items():
            if name not in first.paging.body and ask.json.get(name) != value:
                raise Refused(f"{name} in the body is {ask.json.get(name)!r}")


def _groups(resources: dict[str, Resource]) -> list[list[Resource]]:
    groups: list[list[Resource]] = []
    for resource in resources.values():
        for group in groups:
            if _endpoint(group[0]) == _endpoint(resource):
                group.append(resource)
                break
        else:
            groups.append([resource])
    return groups


def _endpoint(resource: Resource) -> tuple[Any, ...]:
    """What makes two resources one endpoint; the style of a cursor is the first one's to choose."""
    paging = resource.paging
    return (resource.method, resource.path, resource.query, resource.headers, resource.body,
            paging.kind, paging.params, paging.size_param, paging.place, paging.end)  # fmt: skip


def _selected(resource: Resource) -> Keys:
    """Where the records are; where nothing says it, under one of the usual names."""
    if resource.selected is not None:
        return resource.selected
    paging = resource.paging
    in_body = paging.kind == "cursor" and paging.place == "body"
    names: list[Keys] = [("data",), ("items",), ("results",), ("records",)]
    return pick(f"{resource.mood} root", *names, *([] if in_body else [()]))


def _merged(one: Any, other: Any) -> Any:
    if not isinstance(one, dict) or not isinstance(other, dict):
        return other
    return {**one, **{key: _merged(one.get(key, {}), value) for key, value in other.items()}}
