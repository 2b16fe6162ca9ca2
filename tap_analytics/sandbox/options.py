"""What a sandbox is started with, checked where it is made."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

AUTH_KINDS = ("all", "oauth2", "bearer", "api_key", "basic", "session", "none")
CHANGEABLE = (
    "totals",
    "links",
    "envelope",
    "filters",
    "empty_pages",
    "max_page_size",
    "latency_ms",
)

CHOICES = {
    "totals": ("present", "absent", "mixed"),
    "links": ("absolute", "relative", "token"),
    "envelope": ("root", "meta"),
}
_RANGES = {
    "port": (0, 65_535),
    "scale": (0.001, 5000),
    "latency_ms": (0, 600_000),
    "token_lifetime": (1, 31_536_000),
    "max_page_size": (1, 10_000),
    "empty_pages": (0, 1_000_000),
}
_SWITCHES = ("filters", "json_api")


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """Options of one sandbox.

    Attributes:
        host: Address to listen on.
        port: Port to listen on; 0 takes a free one.
        seed: Seed of the records, of the page tokens and of the faults drawn by rate.
        scale: Factor of the number of records, 0.001 to 5000.
        latency_ms: Milliseconds to wait before each answer with records, 0 to 600000.
        auth: Accepted kinds of credentials, of `AUTH_KINDS`. `none` lets everyone in.
        token_lifetime: Seconds until an access token or a session expires, 1 to 31536000.
        totals: Whether offset pages below `/v1` hold a `total`; `mixed`: those of cash_drawers
            alone.
        max_page_size: A greater limit is lowered to this silently, 1 to 10000.
        empty_pages: Each page of that number of a cursor or link listing is empty though more
            follow: 2 or more; 0 for none.
        links: Form of `links.next` of the engagement listings.
        envelope: Where the billing listings hold `has_more` and `next`.
        filters: Whether the `updated_at[gte]` family is honoured; if not, it is ignored.
        json_api: Whether engagement records are JSON:API objects; if not, they are flat.
        faults: `KIND:RATE,…` or `@FILE`, see `faults`.

    Raises:
        ValueError: A value is not allowed. The text names it and says what is.
    """

    host: str = "127.0.0.1"
    port: int = 0
    seed: int = 7
    scale: float = 1.0
    latency_ms: float = 0
    auth: tuple[str, ...] = ("all",)
    token_lifetime: int = 3600
    totals: Literal["present", "absent", "mixed"] = "mixed"
    max_page_size: int = 200
    empty_pages: int = 0
    links: Literal["absolute", "relative", "token"] = "absolute"
    envelope: Literal["root", "meta"] = "root"
    filters: bool = True
    json_api: bool = True
    faults: str = ""

    def __post_init__(self) -> None:
        for name, choices in CHOICES.items():
            if getattr(self, name) not in choices:
                raise ValueError(_complaint(name, getattr(self, name), ", ".join(choices)))
        for name, (least, most) in _RANGES.items():
            _check_number(name, getattr(self, name), least, most)
        for name in _SWITCHES:
            value = getattr(self, name)
            if value is not True and value is not False:
                raise ValueError(_complaint(name, value, "true, false"))
        for kind in self.auth:
            if kind not in AUTH_KINDS:
                raise ValueError(_complaint("auth", kind, ", ".join(AUTH_KINDS)))
        if not self.auth:
            raise ValueError(_complaint("auth", self.auth, ", ".join(AUTH_KINDS)))
        if self.empty_pages == 1:
            raise ValueError(_complaint("empty_pages", 1, "0 for none, or 2 and more"))

    def changed(self, changes: Mapping[str, Any]) -> Options:
        """A copy with *changes*, whose keys are of `CHANGEABLE`.

        Raises:
            ValueError: A key or a value is not allowed.
        """
        for name in changes:
            if name not in CHANGEABLE:
                raise ValueError(_complaint("options", name, ", ".join(CHANGEABLE)))
        return msgspec.structs.replace(self, **changes)


def _check_number(name: str, value: object, least: float, most: float) -> None:
    fractions = name in {"scale", "latency_ms"}
    kinds = (int, float) if fractions else (int,)
    if (
        not isinstance(value, kinds)
        or isinstance(value, bool)
        or math.isnan(value)
        or not least <= value <= most
    ):
        kind = "number" if fractions else "whole number"
        raise ValueError(_complaint(name, value, f"a {kind} from {least} to {most}"))


def _complaint(name: str, value: object, allowed: str) -> str:
    return f"{name}: {value!r} is not allowed; allowed: {allowed}"
