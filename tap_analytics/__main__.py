"""``python -m tap_analytics`` and the command ``tap-analytics``."""

from __future__ import annotations

from tap_analytics.tap import TapAnalytics


def main() -> None:
    """Run the command line."""
    TapAnalytics.cli()


if __name__ == "__main__":
    main()
