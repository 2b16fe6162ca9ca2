"""Singer tap for analytics-style REST APIs."""

__version__ = "0.1.0"
