"""`incremental.lag`: a span before the bookmark is read again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.vocabulary.conftest import ids
from tests.vocabulary.test_incremental import day, on, posts

if TYPE_CHECKING:
    from tests.vocabulary.api import API
    from tests.vocabulary.conftest import Extract


def test_lag_reads_its_span_again(api: API, extract: Extract) -> None:
    resource = posts(start_param="since", initial_value=day(1), lag=2 * 86400)
    api.answer("/posts", on(3, 9))
    first = extract(resource)
    api.answer("/posts", on(6, 7, 8, 9))
    second = extract(resource, state=first.state)
    assert api.params() == [{"since": day(7)}]
    assert ids(second, "posts")[:2] == [7, 8]
    extract(resource, state=second.state)
    assert api.params() == [{"since": day(7)}]


def test_lag_never_reaches_before_the_initial_value(api: API, extract: Extract) -> None:
    resource = posts(start_param="since", initial_value=day(5), lag=3 * 86400)
    api.answer("/posts", on(3, 4, 5, 6))
    first = extract(resource)
    assert ids(first, "posts") == [5, 6]
    assert api.params() == [{"since": day(5)}]
    assert ids(extract(resource, state=first.state), "posts") in ([5, 6], [5])
    assert api.params() == [{"since": day(5)}]


@pytest.mark.parametrize("name", ["start_value", "last_value"])
def test_lag_holds_for_placeholders(api: API, extract: Extract, name: str) -> None:
    resource = posts(initial_value=day(1), lag=86400)
    resource["endpoint"]["params"] = {"since": f"{{incremental.{name}}}"}
    api.answer("/posts", on(5))
    first = extract(resource)
    extract(resource, state=first.state)
    assert api.params() == [{"since": day(4)}]


def test_lag_of_a_date_counts_days(api: API, extract: Extract) -> None:
    resource = posts(start_param="since", initial_value="2024-01-01", lag=2)
    api.answer("/posts", [{"id": 1, "at": "2024-01-09"}])
    first = extract(resource)
    assert api.params() == [{"since": "2024-01-01"}]
    extract(resource, state=first.state)
    assert api.params() == [{"since": "2024-01-07"}]


def test_lag_of_a_number_is_subtracted(api: API, extract: Extract) -> None:
    resource = posts(start_param="after", initial_value=1, lag=5)
    api.answer("/posts", [{"id": 1, "at": 90}, {"id": 2, "at": 100}])
    first = extract(resource)
    assert api.params() == [{"after": "1"}]
    extract(resource, state=first.state)
    assert api.params() == [{"after": "95"}]


def test_initial_value_that_is_a_date_declares_a_lag_in_days(api: API, extract: Extract) -> None:
    """Though the records hold an instant; from the start of the day, so that all of it is read."""
    resource = posts(start_param="since", initial_value="2024-01-01", lag=2)
    api.answer("/posts", [{"id": 1, "at": "2024-01-09T15:30:00Z"}])
    first = extract(resource)
    api.answer("/posts", on(6, 7, 8))
    assert ids(extract(resource, state=first.state), "posts") == [7, 8]
    assert api.params() == [{"since": "2024-01-07T00:00:00Z"}]
