"""An API that answers as a test says, and a run of the tap against it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import pytest

from tap_analytics.exceptions import ConfigError
from tap_analytics.tap import TapAnalytics
from tests.vocabulary.api import API

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Outcome, RunTap

NOTHING: dict[str, Any] = {"streams": []}
"""A catalog; with one, no records are sampled."""


class Extract(Protocol):
    """Discovers, then extracts; the log holds what the extraction alone asked for."""

    def __call__(
        self,
        *resources: Any,
        client: dict[str, Any] | None = None,
        defaults: dict[str, Any] | None = None,
        state: dict[str, Any] | None = None,
        **settings: Any,
    ) -> Outcome: ...


@pytest.fixture
def api() -> Iterator[API]:
    running = API()
    yield running
    running.close()


@pytest.fixture
def other() -> Iterator[API]:
    """An API at another origin."""
    running = API()
    yield running
    running.close()


def config_for(
    api: API,
    *resources: Any,
    client: dict[str, Any] | None = None,
    defaults: dict[str, Any] | None = None,
    **settings: Any,
) -> dict[str, Any]:
    """A config in the vocabulary."""
    return {
        "client": {"base_url": api.base_url, **(client or {})},
        **({} if defaults is None else {"resource_defaults": defaults}),
        "resources": list(resources),
        "max_retries": 0,
        **settings,
    }


@pytest.fixture
def extract(api: API, run_tap: RunTap) -> Extract:
    def run(*resources: Any, state: dict[str, Any] | None = None, **parts: Any) -> Outcome:
        config = config_for(api, *resources, **parts)
        discovery = TapAnalytics(config=config)
        catalog = discovery.catalog_dict
        api.log.clear()
        if discovery.failures:  # what is not in a catalog would not be tried again
            return run_tap(config, state=state)
        return run_tap(config, catalog=catalog, state=state)

    return run


def refusal(*resources: Any, **parts: Any) -> list[str]:
    """What is wrong with a config that is refused before anything is asked."""
    parts.setdefault("client", {"base_url": "http://127.0.0.1:9"})
    with pytest.raises(ConfigError) as caught:
        TapAnalytics(config={"resources": list(resources), **parts}, catalog=NOTHING)
    return list(caught.value.problems)


def warnings(caplog: pytest.LogCaptureFixture, *resources: Any, **parts: Any) -> list[str]:
    """The warnings that reading a config gives, nothing being asked."""
    parts.setdefault("client", {"base_url": "http://127.0.0.1:9"})
    caplog.clear()
    TapAnalytics(config={"resources": list(resources), **parts}, catalog=NOTHING)
    return [
        record.getMessage()
        for record in caplog.records
        if record.name == "tap-analytics.config" and record.levelname == "WARNING"
    ]


def ids(outcome: Outcome, stream: str) -> list[Any]:
    """The ids of a stream's records, in the order in which they came."""
    assert outcome.status == 0
    return [record["id"] for record in outcome.records[stream]]
