"""Fills the values that a pasted config leaves to its user, from the setting ``variables``."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

from tap_analytics.check import Problems
from tap_analytics.rest.redact import SECRET_NAME, secrets_in
from tap_analytics.templates import texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["fill", "secrets_of"]

NAME = r"['\"]?(?P<{0}>\w+)['\"]?"
REFERENCE = re.compile(
    r"\{\{\s*config(?:\.|\[\s*)" + NAME.format("jinja")
    + r"\s*\]?(?:\s+or\s+(?P<otherwise>[^}]*?))?\s*\}\}"
    r"|(?:\{\{\s*)?dlt\.(?:secrets|config)(?:\[|\.get\(|\.)\s*" + NAME.format("dlt")
    + r"(?:\s*,\s*(?P<default>[^\])]*?))?\s*[\])]?(?:\s*\}\})?"
    r"|\$\{(?P<shell>\w+)\}"
)  # fmt: skip
SECRET = re.compile(r"dlt\.secrets(?:\[|\.get\(|\.)\s*['\"]?(?P<name>\w+)")
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
            way = f", or the environment variable {name}" if match["shell"] else ""
            problems.add(path, f"{match[0]} needs a value; set variables.{name}{way}")
        otherwise = name if default is None else _literal(default)  # a word, to be no second line
        return variables.get(name, otherwise)

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


def secrets_of(config: Mapping[str, Any]) -> Iterator[str]:
    """The texts that *config* fills in where a secret belongs, or from the environment's.

    These are what ``dlt.secrets`` names, what stands in for a key whose name says that it is
    secret, and variables of the environment with such a name.
    """
    variables = config.get("variables")
    variables = variables if isinstance(variables, dict) else {}
    named = {
        match["jinja"] or match["dlt"] or match["shell"]
        for text in texts(config)
        for match in REFERENCE.finditer(text)
    }
    filled = secrets_in(fill(dict(config), variables, "", Problems()))
    yield from (value for value in filled if value in variables.values() or value not in named)
    for text in texts(config):
        for match in SECRET.finditer(text):
            value = variables.get(match["name"])
            yield from [value] if isinstance(value, str) else []
    yield from (value for name, value in os.environ.items() if SECRET_NAME.search(name))
