"""A local analytics API with seeded data, for the demonstration and for tests.

It needs the extra `sandbox`. It is an independent oracle: it imports nothing else of the tap.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from tap_analytics.sandbox.options import Options

if TYPE_CHECKING:
    from tap_analytics.sandbox.runner import Sandbox, serve

__all__ = ["Options", "Sandbox", "serve"]


def __getattr__(name: str) -> object:
    """`Sandbox` and `serve`, loaded late: the command explains a missing extra by itself."""
    if name in {"Sandbox", "serve"}:
        return getattr(import_module("tap_analytics.sandbox.runner"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
