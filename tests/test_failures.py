"""How the end of a run tells what failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_analytics.exceptions import IncompleteError, NotFoundError, StatusError, TapAnalyticsError
from tap_analytics.failures import Failures

if TYPE_CHECKING:
    import pytest

URL = "https://api.example.com/v2"
GONE = NotFoundError("a: 404", status=404)


def told(caplog: pytest.LogCaptureFixture, *errors: TapAnalyticsError) -> list[str]:
    failures = Failures()
    for name, error in zip("abc", errors, strict=False):
        failures.add(name, error)
    assert failures.report("abc", URL) == int(bool(errors))
    return caplog.messages


def test_nothing_is_told_where_nothing_failed(caplog: pytest.LogCaptureFixture) -> None:
    assert told(caplog) == []


def test_one_failure_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    assert told(caplog, GONE) == ["1 of 3 streams failed: a: 404"]


def test_404_everywhere_points_at_the_base_url(caplog: pytest.LogCaptureFixture) -> None:
    errors = (GONE, GONE, IncompleteError("c", "a"))

    assert told(caplog, *errors) == [f"nothing was found; check client.base_url ({URL})"]


def test_404s_hide_no_failure_of_another_kind(caplog: pytest.LogCaptureFixture) -> None:
    """Two 404s made the line about base_url stand for every failure, whatever its kind."""
    (line,) = told(caplog, GONE, GONE, StatusError("c: 403", status=403))

    assert line.splitlines() == ["3 of 3 streams failed:", "  a: 404", "  a: 404", "  c: 403"]
