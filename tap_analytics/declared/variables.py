"""Fills the values that a pasted config leaves to its user, from the setting ``variables``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_analytics.check import Problems

__all__ = ["fill"]

NAME = r"['\"]?(?P<{0}>\w+)['\"]?"
REFERENCE = re.compile(
    r"\{\{\s*config(?:\.|\[\s*)" + NAME.format("jinja")
    + r"\s*\]?(?:\s+or\s+(?P<otherwise>[^}]*?))?\s*\}\}"
    r"|dlt\.(?:secrets|config)(?:\[|\.get\(|\.)\s*" + NAME.format("dlt")
    + r"(?:\s*,\s*(?P<default>[^\])]*?))?\s*[\])]?"
    r"|\$\{(?P<shell>\w+)\}"
)  # fmt: skip
LITERAL = re.compile(r"(?P<quote>['\"])(?P<text>.*)(?P=quote)")


def fill(value: Any, variables: Mapping[str, Any], path: str, problems: Problems) -> Any:
    """*value* with each reference to a setting replaced; lists and objects are walked.

    References are ``{{ config['x'] }}``, ``{{ config.x }}``, ``dlt.secrets["x"]``,
    ``dlt.config["x"]`` and ``${x}``. ``config['x'] or 'y'`` and ``dlt.config.get("x", "y")`` have a
    value where there is none. A text that is one reference alone takes the value's type.

    Args:
        value: Any part of a config.
        variables: Values by name.
        path: Config path of *value*, for messages.
        problems: Takes in references without a value.
    """
    if isinstance(value, dict):
        return {
            key: fill(inner, variables, f"{path}.{key}", problems) for key, inner in value.items()
        }
    if isinstance(value, list):
        return [
            fill(inner, variables, f"{path}[{index}]", problems)
            for index, inner in enumerate(value)
        ]
    if not isinstance(value, str):
        return value

    def named(match: re.Match[str]) -> Any:
        name = match["jinja"] or match["dlt"] or match["shell"]
        default = match["otherwise"] if match["jinja"] else match["default"]
        if name not in variables and default is None:
            problems.add(path, f"{match[0]} needs a value; set variables.{name}")
        return variables.get(name, _literal(default or ""))

    alone = REFERENCE.fullmatch(value)
    return named(alone) if alone else REFERENCE.sub(lambda match: str(named(match)), value)


def _literal(text: str) -> Any:
    """A default as it is written: a text in quotes, a number, a word for nothing."""
    quoted = LITERAL.fullmatch(text.strip())
    if quoted:
        return quoted["text"]
    if text.strip().lower() in {"none", "null"}:
        return ""
    return int(text) if text.strip().isdecimal() else text.strip()
