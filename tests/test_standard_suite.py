"""The SDK's standard tests over all streams.

The SDK builds a tap while tests are collected, for the names of streams and fields; no request is
made then. The config's address is set when the tests begin, so that a run of other tests starts
no sandbox here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from tap_analytics.sandbox import Options, serve
from tap_analytics.streams import BUILT_IN
from tap_analytics.tap import TapAnalytics
from tests.conftest import bearer

if TYPE_CHECKING:
    from collections.abc import Iterator

CONFIG: dict[str, Any] = {"client": {"base_url": "http://127.0.0.1"}}


@pytest.fixture(scope="module", autouse=True)
def _served() -> Iterator[None]:
    with serve(Options(scale=0.02)) as sandbox:
        CONFIG.update(bearer(sandbox))
        yield


StandardTests = get_tap_test_class(
    TapAnalytics,
    config=CONFIG,
    suite_config=SuiteConfig(max_records_limit=None),
    parse_env_config=False,  # or a developer's TAP_ANALYTICS_… would leak in
)


class TestStandardSuite(StandardTests):  # type: ignore[misc, valid-type] # a class made at run time
    """The tests that the SDK generates."""


def test_standard_suite_covers_every_stream() -> None:
    covered = {param.id for param in StandardTests.params["test_tap_stream_returns_record"]}
    assert covered == BUILT_IN.keys()
