"""Lays text out for a terminal: aligned columns that fit its width, or blocks where none would."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["labelled", "plain", "table", "wrapped"]

GAP = 2
NARROWEST = 12
MOST_LABEL = 24
BREAKS = ("/|,&?", "._-")  # the former sooner than the latter


def plain(text: str) -> str:
    """*text* on one line, without any character that would move a terminal's cursor."""
    return "".join(
        letter if letter.isprintable() else repr(letter)[1:-1] for letter in text.replace("\t", " ")
    )


def wrapped(text: str, width: int) -> list[str]:
    """*text* in lines of no more than *width*, broken at blanks, or behind a mark, if it can be."""
    lines = []
    while len(text) > width:
        cut = text.rfind(" ", 1, width + 1)
        for marks in BREAKS:
            if cut < width // 2:
                cut = max(cut, *(text.rfind(mark, 1, width) + 1 for mark in marks))
        cut = width if cut < width // 2 or cut <= 0 else cut
        lines.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return [*lines, text]


def table(
    header: Sequence[str], rows: Sequence[Sequence[str]], width: int, indent: int = 0
) -> list[str]:
    """The *rows* below their *header*; columns without any content are left out.

    Args:
        header: Names of the columns.
        rows: Cells; as many as the header has.
        width: Of the terminal, in characters.
        indent: Blanks before each line.
    """
    rows = [[plain(cell) for cell in row] for row in rows]
    kept = [at for at in range(len(header)) if any(row[at] for row in rows)]
    if not kept:
        return []
    header = [header[at] for at in kept]
    rows = [[row[at] for at in kept] for row in rows]
    widths = _widths([header, *rows], width - indent)
    if widths is None:
        return _blocks(header, rows, width, indent)
    return [" " * indent + line for row in (header, *rows) for line in _line(row, widths)]


def _widths(rows: Sequence[Sequence[str]], width: int) -> list[int] | None:
    """The columns' widths, the widest cut first; None where a cut one would be too narrow.

    The first column, by which a row is told, stays whole.
    """
    first, *widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    spare = width - first - GAP * len(widths)
    if sum(min(size, NARROWEST) for size in widths) > spare:
        return None
    while sum(widths) > spare:
        widest = max(widths)
        widths = [size - (size == widest) for size in widths]
    return [first, *widths]


def _line(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    cells = [wrapped(cell, size) for cell, size in zip(row, widths, strict=True)]
    height = max(map(len, cells))
    lines = [[cell[at] if at < len(cell) else "" for cell in cells] for at in range(height)]
    gap = " " * GAP
    return [
        gap.join(part.ljust(size) for part, size in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]


def _blocks(
    header: Sequence[str], rows: Sequence[Sequence[str]], width: int, indent: int
) -> list[str]:
    lines = []
    for first, *others in rows:
        lines += [" " * indent + line for line in wrapped(first, width - indent)]
        pairs = [pair for pair in zip(header[1:], others, strict=True) if pair[1]]
        lines += labelled(pairs, width, indent + GAP, max(map(len, header[1:]), default=0))
    return lines


def labelled(
    pairs: Sequence[tuple[str, Any]], width: int, indent: int = 0, least: int = 0
) -> list[str]:
    """A line for each label and text; what does not fit goes on below the text's beginning.

    Args:
        pairs: Labels and texts.
        width: Of the terminal, in characters.
        indent: Blanks before each line.
        least: Width of the labels, unless one is wider.
    """
    size = min(MOST_LABEL, max((len(label) for label, _ in pairs), default=0))
    size = max(size, least)
    lines = []
    for label, text in pairs:
        start = " " * indent + plain(label).ljust(size) + " " * GAP
        room = max(NARROWEST, width - len(start))
        first, *others = wrapped(plain(str(text)), room)
        lines += [(start + first).rstrip(), *(" " * len(start) + other for other in others)]
    return lines
