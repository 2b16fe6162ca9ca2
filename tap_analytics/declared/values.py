"""Checks values that must have a form of their own: URLs, and paths into a body."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tap_analytics.records.selector import Path
from tap_analytics.rest.origin import Origin

if TYPE_CHECKING:
    from tap_analytics.check import Problems

__all__ = ["check_path", "check_url"]


def check_url(value: Any, path: str, problems: Problems) -> str:
    """*value* as text; a problem is taken in where it is no absolute URL of HTTP."""
    if value is None or value == "":
        problems.add(path, "is missing; give the API's root, such as https://api.example.com")
        return ""
    url = str(value)
    shown = "the URL" if "@" in url or "?" in url else repr(value)
    try:
        Origin.of(url)
    except ValueError as problem:
        if "://" in url or "@" in url or not url[0].isalnum() or not isinstance(value, str):
            problems.add(path, f"{shown} {problem}")
        else:
            scheme = "http" if url.startswith(("localhost", "127.")) else "https"
            problems.add(path, f"{shown} has no scheme; did you mean '{scheme}://{url}'?")
        return url
    if re.search(r"[\s{}]", url):
        problems.add(path, f"{shown} holds a blank or a brace")
    elif path == "client.base_url" and re.search(r"[?#]", url):
        problems.add(path, f"{shown} has a query or fragment; give it as params of the resources")
    return url


def check_path(text: str, path: str, problems: Problems) -> None:
    """Take a problem in where *text* is no path into a body."""
    try:
        Path(text)
    except ValueError as problem:
        problems.add(path, str(problem))
