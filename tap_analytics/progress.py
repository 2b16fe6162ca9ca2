"""One status line on a terminal, so that a person sees that the run goes on."""

from __future__ import annotations

import logging
import sys
import time
from typing import IO

__all__ = ["Progress"]

SECONDS_BETWEEN_DRAWS = 0.1
CLEAR_LINE = "\r\x1b[2K"


class Progress:
    """Counts what a run does, and shows it where *output* is a terminal.

    Args:
        output: Where the line goes; standard error if None.
        force: Draw even where *output* is no terminal.
    """

    def __init__(self, output: IO[str] | None = None, *, force: bool = False) -> None:
        self.streams = 0
        self.done = 0
        self.records = 0
        self.pages = 0
        self.requests = 0
        self.current = ""
        self._output = output or sys.stderr
        self._force = force
        self._shown = False
        self._started = time.monotonic()
        self._drawn = 0.0
        self._handlers: list[logging.Handler] = []

    def start(self, streams: int) -> None:
        """Begin a run of so many *streams*: show the line where there is someone to see it."""
        self.streams = streams
        self._started = time.monotonic()
        self._shown = self._force or (self._output.isatty() and not sys.stdout.isatty())
        if self._shown:
            self._handlers = list(logging.getLogger().handlers)
            for handler in self._handlers:
                handler.addFilter(self._make_room)

    def add(self, stream: str, *, records: int = 0, pages: int = 0, requests: int = 0) -> None:
        """Count, and draw when the last drawing is old enough to be read."""
        self.current = stream
        self.records += records
        self.pages += pages
        self.requests += requests
        now = time.monotonic()
        if self._shown and now - self._drawn >= SECONDS_BETWEEN_DRAWS:
            self._drawn = now
            self._output.write(CLEAR_LINE + self.line())
            self._output.flush()

    def line(self) -> str:
        """The status line, without any control characters."""
        seconds = max(time.monotonic() - self._started, 0.001)
        return (
            f"{self.done}/{self.streams} streams · {self.records:,} records · {self.pages:,} pages"
            f" · {self.requests:,} requests · {self.records / seconds:,.0f} records/s"
            f" · {self.current}"
        )

    def close(self) -> None:
        """Leave the last line standing, on a line of its own."""
        if self._shown:
            self._output.write(f"{CLEAR_LINE}{self.line()}\n")
            self._output.flush()
            for handler in self._handlers:
                handler.removeFilter(self._make_room)
            self._shown = False

    def _make_room(self, record: logging.LogRecord) -> bool:  # noqa: ARG002 - a filter's form
        """Clear the line before a log record is written in its place."""
        self._output.write(CLEAR_LINE)
        return True
