"""What failed in a run, and how that is told at its end."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from tap_analytics.exceptions import IncompleteError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_analytics.exceptions import TapAnalyticsError

__all__ = ["Failures"]

logger = logging.getLogger("tap-analytics")


class Failures:
    """The streams that failed, in the order in which they did."""

    def __init__(self) -> None:
        self._errors: dict[str, TapAnalyticsError] = {}

    def __len__(self) -> int:
        return len(self._errors)

    @property
    def names(self) -> set[str]:
        """The streams that failed."""
        return set(self._errors)

    def add(self, stream: str, error: TapAnalyticsError) -> None:
        """Take note that *stream* failed."""
        self._errors[stream] = error

    def report(self, streams: Iterable[str], base_url: str) -> int:
        """Log what failed, in one record.

        Args:
            streams: Names of all streams there are.
            base_url: Of the API, for the hint where nothing at all was found.

        Returns:
            The exit status: 1 where a stream failed.
        """
        errors = self._errors
        known = {*streams, *errors}
        gone = [error for error in errors.values() if isinstance(error, NotFoundError)]
        alike = all(isinstance(e, (NotFoundError, IncompleteError)) for e in errors.values())
        if len(gone) > 1 and alike and len(errors) == len(known):
            logger.error("nothing was found; check client.base_url (%s)", base_url)
        elif errors:
            separator = "\n  " if len(errors) > 1 else " "
            lines = separator.join(map(str, errors.values()))
            logger.error("%d of %d streams failed:%s%s", len(errors), len(known), separator, lines)
        return 1 if errors else 0
