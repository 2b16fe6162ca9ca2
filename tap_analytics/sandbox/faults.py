"""Faults: what they are, and which request gets which."""

from __future__ import annotations

import json
import re
from collections import Counter
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tap_analytics.sandbox.endpoints import Endpoint

KINDS: Mapping[str, str] = {
    "status": "an answer of the given status, headers and body (scripts only)",
    "429": "too many requests, with Retry-After in the form that retry_after names",
    "5xx": "500, 502, 503 and 504 in turn; by rate, a burst of two for the same URL",
    "401": "an invalid token, whatever was sent",
    "reset": "the connection is reset in the middle of the body",
    "truncate": "the body ends in the middle, Content-Length agrees with it",
    "html": "status 200 with an HTML page",
    "slow": "the body comes in small pieces, over the given seconds",
    "cycle": "the next token or link leads back to the second page (or the first, on the first)",
    "foreign_link": "the next token or link is a URL at another origin",
    "redirect": "302 to another origin, or to location",
    "child_404": "404 for a parent's children, as if the parent were gone",
    "error_200": "status 200 with an error object",
    "empty_body": "status 200 with no body",
    "null_data": 'a page whose "data" is null',
    "nan": "a bare NaN in the first record of a page",
}
RETRY_AFTER = ("seconds", "fraction", "date", "list", "past", "garbage", "huge", "none")
_OF_PAGES = ("null_data", "nan")
_OF_NEXT = ("cycle", "foreign_link")
_BURST = 2
_REMEMBERED_URLS = 10_000
_STATUSES = range(200, 600)
_MOST_SECONDS = 3600
_HEADER = re.compile(r"[!-~]+: [ -~]*")


class Match(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Narrows the requests that a fault sees.

    Attributes:
        query: Text that the decoded query string, or a search's body as one, holds.
        page: Number of the page of a listing, from 1.
    """

    query: str = ""
    page: int | None = None


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry of a script.

    A fault sees the requests that it can affect, that match, and that no earlier entry has
    taken. It lets *skip* of them pass and hits the next *times*.

    Attributes:
        path: Path of the request; a trailing `*` makes it a prefix.
        fault: One of `KINDS`.
        skip: Requests that pass first.
        times: Requests that are hit then; 0 for all.
        match: Narrows the requests further.
        status: Of `status`: 200 to 599.
        headers: Of `status` and `429`: headers of the answer.
        body: Of `status`: text is sent as it is, anything else as JSON; by default an error.
        retry_after: Of `429`: form of the header. `past` is a date an hour ago, `huge` a year.
        seconds: Of `429`: the wait that `seconds`, `fraction` (a quarter more), `date` and `list`
            (three more as second entry) ask for. Of `slow`: time for the whole body.
        origin: Of `foreign_link` and `redirect`: the other origin. By default the sandbox under
            its second name, `localhost` or `127.0.0.1`.
        location: Of `redirect`: the whole target, in place of *origin*.
    """

    path: str
    fault: str
    skip: int = 0
    times: int = 1
    match: Match = Match()
    status: int = 0
    headers: dict[str, str] = {}
    body: Any = None
    retry_after: Literal[
        "seconds", "fraction", "date", "list", "past", "garbage", "huge", "none"
    ] = "seconds"
    seconds: float = 1.0
    origin: str = ""
    location: str = ""

    def __post_init__(self) -> None:
        if self.fault not in KINDS:
            raise ValueError(f"fault: {self.fault!r} is no fault; allowed: {', '.join(KINDS)}")
        if not self.path.startswith("/"):
            raise ValueError(f"path: {self.path!r} must start with '/'")
        if self.fault == "status" and self.status not in _STATUSES:
            raise ValueError(f"status: {self.status!r} is not allowed; allowed: 200 to 599")
        if self.skip < 0 or self.times < 0 or not 0 <= self.seconds <= _MOST_SECONDS:
            raise ValueError("skip and times must not be below 0, seconds must be 0 to 3600")
        if not all(_HEADER.fullmatch(f"{name}: {text}") for name, text in self.headers.items()):
            raise ValueError("headers: names and values must be printable ASCII")


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """What faults look at in a request.

    Attributes:
        path: Decoded path.
        query: Decoded names and values; of a search those of its body.
        endpoint: The listing that the path belongs to; None where credentials are exchanged.
        page: Number of the page, from 1; 0 for a single record or an unreadable position.
        is_listing: Whether a page is asked for.
    """

    path: str
    query: Sequence[tuple[str, str]]
    endpoint: Endpoint | None = None
    page: int = 0
    is_listing: bool = False


class Hit(msgspec.Struct, frozen=True):
    """A fault that hits a request.

    Attributes:
        fault: The fault.
        number: How many requests it hit before.
    """

    fault: Fault
    number: int


class _Entry:
    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.seen = 0

    def claim(self, call: Call) -> Hit | None:
        if not (_can_affect(self.fault.fault, call) and _matches(self.fault, call)):
            return None
        number = self.seen - self.fault.skip
        if self.fault.times and number >= self.fault.times:
            return None
        self.seen += 1
        return Hit(self.fault, number) if number >= 0 else None


class Plan:
    """Scripted faults, and faults drawn by rate.

    The draw depends on the seed, the URL and how often that URL was asked for, so a run draws
    the same faults however its requests are ordered.

    Args:
        text: `KIND:RATE,…` with rates from 0 to 1, or `@FILE` with a script as JSON.
        seed: Of the draws.

    Raises:
        ValueError: The text or the script is wrong.
        OSError: The file cannot be read.
    """

    def __init__(self, text: str, *, seed: int) -> None:
        self._seed = seed
        self._entries: list[_Entry] = []
        self._rates: dict[str, float] = {}
        self._asked: Counter[str] = Counter()
        if text.startswith("@"):
            self._read(Path(text[1:]))
        elif text:
            self._rates = _rates(text)

    def add(self, *entries: object) -> int:
        """Append entries, mappings with the fields of `Fault`; all or, if one is wrong, none.

        Returns:
            How many.

        Raises:
            ValueError: An entry is wrong.
        """
        added = [_Entry(msgspec.convert(entry, Fault)) for entry in entries]
        self._entries = [*self._entries, *added]
        return len(added)

    def clear(self) -> None:
        """Forget all faults, those by rate too."""
        self._entries = []
        self._rates = {}

    def claim(self, call: Call) -> Hit | None:
        """The fault that hits *call*, if any. Scripted ones go first, in their order."""
        for entry in self._entries:
            hit = entry.claim(call)
            if hit is not None:
                return hit
        return self._drawn(call) if self._rates and call.endpoint is not None else None

    def _read(self, path: Path) -> None:
        try:
            script = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            raise ValueError(f"faults: {path} is not JSON") from None
        for number, entry in enumerate(script if isinstance(script, list) else [script], start=1):
            try:
                self.add(entry)
            except ValueError as error:
                raise ValueError(f"faults: entry {number} of {path}: {error}") from None

    def _drawn(self, call: Call) -> Hit | None:
        query = sorted(pair for pair in call.query if pair[0] != "api_key")
        url = f"{call.path}?{query}"
        if len(self._asked) >= _REMEMBERED_URLS:
            self._asked.clear()
        attempt = self._asked[url]
        self._asked[url] += 1
        for kind, rate in self._rates.items():
            first = max(0, attempt - _BURST + 1) if kind == "5xx" else attempt
            drawn = any(self._draw(kind, url, at) < rate for at in range(first, attempt + 1))
            if drawn and _can_affect(kind, call):
                return Hit(Fault(path=call.path, fault=kind), attempt)
        return None

    def _draw(self, kind: str, url: str, attempt: int) -> float:
        text = f"{self._seed} {kind} {attempt} {url}"
        return int.from_bytes(blake2b(text.encode(), digest_size=8).digest()) / 2**64


def _rates(text: str) -> dict[str, float]:
    rates: dict[str, float] = {}
    allowed = ", ".join(kind for kind in KINDS if kind != "status")
    for part in text.split(","):
        kind, _, rate = part.strip().partition(":")
        if kind not in KINDS or kind == "status":
            raise ValueError(f"faults: {kind!r} is no fault with a rate; allowed: {allowed}")
        if not re.fullmatch(r"0|1|[01]?\.\d+", rate) or float(rate) > 1:
            raise ValueError(f"faults: {part.strip()!r} has no rate from 0 to 1, as in '429:0.05'")
        rates[kind] = float(rate)
    return rates


def _can_affect(kind: str, call: Call) -> bool:
    if kind in _OF_PAGES:
        return call.is_listing
    if kind in _OF_NEXT:
        return call.is_listing and call.endpoint is not None and call.endpoint.paging.by == "token"
    if kind == "child_404":
        return call.endpoint is not None and call.endpoint.is_child
    return True


def _matches(fault: Fault, call: Call) -> bool:
    if fault.path.endswith("*"):
        if not call.path.startswith(fault.path[:-1]):
            return False
    elif call.path != fault.path:
        return False
    if fault.match.page is not None and call.page != fault.match.page:
        return False
    return fault.match.query in "&".join(f"{name}={value}" for name, value in call.query)
