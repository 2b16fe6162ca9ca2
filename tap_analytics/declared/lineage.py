"""Who is whose parent, by the references that bound resources hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_analytics.check import nearest
from tap_analytics.templates import PARENT, texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_analytics.check import Problems
    from tap_analytics.stream import AnalyticsStream

__all__ = ["Lineage", "references"]


def references(*templates: Any) -> list[str]:
    """The resources that placeholders in *templates* name, in order, each once."""
    found = (match for text in texts(templates) for match in PARENT.finditer(text))
    return list(dict.fromkeys(match["resource"] for match in found))


class Lineage:
    """Finds parents. A resource has one; what else it refers to must lie above that one.

    Args:
        referred: Resources that each declared one refers to, by name.
        built_in: The built-in streams by name, which may be parents as well.
    """

    def __init__(
        self,
        referred: Mapping[str, list[str]],
        built_in: Mapping[str, type[AnalyticsStream]],
    ) -> None:
        self._referred = {
            **{name: references(stream.path) for name, stream in built_in.items()},
            **referred,
        }
        self._told: set[str] = set()

    def parent(self, name: str, path: str, problems: Problems) -> str | None:
        """The parent of *name*, or None where it has none or a problem was found.

        Args:
            name: A declared resource.
            path: Its config path, for messages.
            problems: Takes in what is wrong.
        """
        found = self._referred[name]
        for other in found:
            if other not in self._referred:
                near = nearest(other, self._referred)
                known = ", ".join(sorted(self._referred))
                guess = f"did you mean {near!r}?" if near else f"Allowed: {known}"
                problems.add(path, f"no resource {other!r}; {guess}")
                return None
        circle = self._circle(name, ())
        if circle:
            if not self._told & set(circle):  # each is in it, one line tells it
                problems.add(path, f"resources are parents of each other: {' → '.join(circle)}")
            self._told |= set(circle)
            return None
        lines = {other: {other, *self._above(other)} for other in found}
        lowest = [other for other in found if lines[other] >= set(found)]
        if found and not lowest:
            both = " and ".join(found)
            problems.undecide(
                path, f"refers to {both}, of which neither is the parent of the other"
            )
        return lowest[0] if lowest else None

    def _above(self, name: str) -> set[str]:
        found = self._referred[name]
        return {*found, *(one for other in found for one in self._above(other))}

    def _circle(self, name: str, line: tuple[str, ...]) -> tuple[str, ...]:
        """A way from *name* back to itself; empty where there is none."""
        if name in line:
            return (*line[line.index(name) :], name)
        for other in self._referred.get(name, []):
            if circle := self._circle(other, (*line, name)):
                return circle
        return ()
