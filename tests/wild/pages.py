"""Pages of a collection: where a request stands in it, and how the answer leads on.

What the config leaves to the API (whether a cursor stays on the last page, how its absence looks,
whether a total is told) differs from resource to resource.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from .envelope import put
from .message import Refused
from .wording import Keys, coin, pick, stem, words

if TYPE_CHECKING:
    from .message import Ask
    from .paging import Paging
    from .records import Record

__all__ = ["AT", "Given", "Spot", "Walk"]

AT = "_at"  # the parameter by which a link says where it leads
SIZES = ("limit", "per_page", "page_size", "pageSize")


class Spot(NamedTuple):
    """A place in a collection: the records before it, and whether its page holds none.

    An empty page in the middle is no end where a cursor leads on.
    """

    start: int
    hollow: bool = False


@dataclass
class Given:
    """The cursors that were given, by text."""

    spots: dict[str, Spot] = field(default_factory=dict)


@dataclass
class Walk:
    """One answer in the making.

    Attributes:
        mood: Of the resource.
        paging: How it pages.
        records: All of the collection.
        page_size: Most of a page.
        given: The cursors of this collection so far.
        link: The address of the collection with what every request has, without paging.
        crowded: Whether a document has no place for anything but records.
    """

    mood: str
    paging: Paging
    records: list[Record]
    page_size: int
    given: Given
    link: str
    crowded: bool

    def names(self) -> set[str]:
        """Parameters that are about paging."""
        paging = self.paging
        names = {*paging.params, *([paging.size_param] if paging.size_param else [])}
        linked = paging.style not in {"token", "number"} and paging.kind == "cursor"
        return names | ({AT} if linked else set())

    def size(self, ask: Ask, fixed: dict[str, str]) -> int:
        """How many records the page may hold.

        Raises:
            Refused: The size that is asked for is none.
        """
        paging = self.paging
        if paging.kind == "single":
            return len(self.records)
        asked = ask.params.get(paging.size_param or "")
        if paging.size_body:
            asked = asked or _within(ask.json, paging.size_body) or ask.json.get("limit")
        asked = asked or next((fixed[name] for name in SIZES if name in fixed), None)
        if asked is None:
            return self.page_size
        if not str(asked).isdecimal() or int(asked) < 1:
            raise Refused(f"a page size of {asked!r}")
        return min(int(asked), self.page_size)

    def spot(self, ask: Ask, size: int) -> Spot:
        """Where *ask* stands.

        Raises:
            Refused: Nowhere that was ever told of.
        """
        paging, total = self.paging, len(self.records)
        if paging.kind == "single":
            return Spot(0)
        value = self._value(ask)
        if paging.kind == "offset":
            start = _number(value or "0")
            if start > total:
                raise Refused(f"offset {start} of {total}")
            return Spot(start)
        if paging.kind == "page" or paging.place == "counter":
            if value is None and paging.kind == "page":
                raise Refused("no page")
            number = _number(value or "1") - paging.first
            if not 0 <= number <= -(-total // size):
                raise Refused(f"page {value}")
            return Spot(number * size)
        return Spot(0) if value is None else self._told(value)

    def _value(self, ask: Ask) -> str | None:
        """The position as it came, under one of its names or in the body."""
        paging = self.paging
        if paging.body:
            value = _within(ask.json, paging.body)
            return None if value is None else str(value)
        names = {*paging.params, AT} if AT in self.names() else set(paging.params)
        found = {name: ask.params[name] for name in names if name in ask.params}
        if len(found) > 1:
            raise Refused(f"several cursors: {found}")
        for name, value in found.items():
            if value.startswith(("http://", "https://")):
                if not set(map(stem, ("url", "link", "uri"))) & set(words(name)):
                    raise Refused(f"a URL as {name}")
                return dict(parse_qsl(urlsplit(value).query)).get(AT)
            return value
        return None

    def _told(self, value: str) -> Spot:
        if self.paging.place == "record":
            field = self.paging.field
            for index, record in enumerate(self.records):
                if str(record[field]) == value:
                    return Spot(index + 1)
        elif value in self.given.spots:
            return self.given.spots[value]
        raise Refused(f"a cursor that was never given: {value!r}")

    def lead(self, document: Any, headers: dict[str, str], spot: Spot, size: int) -> None:
        """Tell in *document* and *headers* what comes after *spot*."""
        paging, total = self.paging, len(self.records)
        reached = min(total, spot.start + (0 if spot.hollow else size))
        more = reached < total
        if paging.kind != "cursor":
            if not self.crowded and coin(f"{self.mood} total"):
                document["total"] = total
            return
        self._tell_end(document, spot, size, more=more)
        if paging.place == "header":
            self._link_header(headers, reached, size, more=more)
        elif paging.place == "record" and paging.paths:
            last = self.records[reached - 1][paging.field]
            link = self._with({paging.params[0]: str(last)}, size)
            put(document, paging.paths[0], link if more else None)
        elif paging.place == "body":
            self._body_cursor(document, spot, reached, size, more=more)

    def _tell_end(self, document: Any, spot: Spot, size: int, *, more: bool) -> None:
        end = self.paging.end
        if end.kind in {"more", "done"}:
            if more or self._stays() or coin(f"{self.mood} flag"):
                put(document, end.paths[0], more if end.kind == "more" else not more)
        elif end.kind in {"count", "empty"} and end.paths:
            came = 0 if spot.hollow else min(size, len(self.records) - spot.start)
            put(document, end.paths[0], came)
        elif end.kind == "counted":
            for path in end.paths:
                current = "current" in path[-1]
                put(document, path, spot.start // size + 1 if current
                    else -(-len(self.records) // size))  # fmt: skip

    def _body_cursor(
        self, document: Any, spot: Spot, reached: int, size: int, *, more: bool
    ) -> None:
        paging = self.paging
        path = pick(f"{self.mood} path", *paging.paths)
        cursor: Any = None
        if more or (paging.end.kind == "empty" and spot.start < len(self.records)):
            cursor = self._cursor(self._next_spot(spot, reached), size)
        elif self._stays():
            cursor = self._form(f"gone-{zlib.crc32(self.link.encode())}", size)
        if cursor is None:
            self._no_cursor(document, path)
            return
        put(document, path, cursor)
        other = paging.end.paths[0] if paging.end.kind == "missing" else path
        if more and all(other[: len(known)] != known[: len(other)] for known in paging.paths):
            put(document, other, "there is more")

    def _next_spot(self, spot: Spot, reached: int) -> Spot:
        may_be_hollow = self.paging.end.kind not in {"empty", "short", "count", "counted", "record"}
        first = spot.start == 0 and not spot.hollow
        return Spot(reached, first and may_be_hollow and coin(f"{self.mood} gap"))

    def _stays(self) -> bool:
        """Whether a cursor is there on the last page, too: one that leads nowhere."""
        kind = self.paging.end.kind
        return kind in {"more", "done", "short", "empty"} and coin(f"{self.mood} rest")

    def _cursor(self, spot: Spot, size: int) -> Any:
        """A cursor for *spot* that is from now on known."""
        if self.paging.style == "number":
            number = spot.start // size + 1 + spot.hollow * 1000
            self.given.spots[str(number)] = spot
            return number
        token = f"{zlib.crc32(self.link.encode()):x}+{spot.start}/{'e' * spot.hollow}="
        self.given.spots[token] = spot
        return self._form(token, size)

    def _form(self, token: str, size: int) -> Any:
        """*token* as it stands in the body."""
        style = self.paging.style
        if style in {"token", "number"}:
            return token
        link = self._with({AT: token}, size)
        parts = urlsplit(link)
        return {
            "absolute": link,
            "path": f"{parts.path}?{parts.query}",
            "query": f"?{parts.query}",
            "href": {"href": link},
        }[style]

    def _with(self, params: dict[str, str], size: int) -> str:
        """The collection's address with the size and *params*."""
        if self.paging.size_param:
            params = {self.paging.size_param: str(size), **params}
        return f"{self.link}{'&' if '?' in self.link else '?'}{urlencode(params)}"

    def _no_cursor(self, document: Any, path: Keys) -> None:
        """One of the ways in which the last page may be without one."""
        ways = ["null", "absent", "text"]
        if len(path) > 1:
            ways += ["no parent", "null parent"]
        way = pick(f"{self.mood} none", *ways, *(["{}", "inf"] if len(path) == 1 else []))
        if way == "null parent" and path[0] not in document:
            put(document, path[:-1], None)
        elif way in {"null", "text", "{}", "inf"}:
            inf = "inf" if self.paging.style == "token" else ""
            put(document, path, {"null": None, "text": "", "{}": {}, "inf": inf}[way])

    def _link_header(self, headers: dict[str, str], reached: int, size: int, *, more: bool) -> None:
        by_results = self.paging.end.kind == "results"
        links = [f'<{self._with({AT: "-"}, size)}>; rel="prev"; results="false"']
        if more or by_results:
            token = str(self._token(Spot(reached))) if more else "0:0:0"
            relation = pick(f"{self.mood} rel", 'rel="next"', "rel=next", 'rel="Next last"')
            about = f'; results="{str(more).lower()}"; cursor="{token}"'
            links.append(f"<{self._with({AT: token}, size)}>; {relation}{about}")
        headers[pick(f"{self.mood} link", "Link", "link", "LINK")] = ", ".join(links)

    def _token(self, spot: Spot) -> str:
        token = f"{zlib.crc32(self.link.encode()):x}:{spot.start}:0"
        self.given.spots[token] = spot
        return token


def _number(text: str) -> int:
    if not text.isdecimal():
        raise Refused(f"{text!r} is no number")
    return int(text)


def _within(body: Any, path: Keys) -> Any:
    for key in path:
        body = body.get(key) if isinstance(body, dict) else None
    return body
