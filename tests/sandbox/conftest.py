from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from tap_analytics.sandbox import Options, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_analytics.sandbox import Sandbox


class Start(Protocol):
    """Starts a sandbox that is closed after the test."""

    def __call__(self, **options: Any) -> Sandbox: ...


@pytest.fixture(scope="session")
def shared() -> Iterator[Sandbox]:
    """A sandbox with default options, which no test may change."""
    with serve(Options()) as sandbox:
        yield sandbox


@pytest.fixture
def start() -> Iterator[Start]:
    with ExitStack() as stack:

        def started(**options: Any) -> Sandbox:
            return stack.enter_context(serve(Options(**options)))

        yield started
