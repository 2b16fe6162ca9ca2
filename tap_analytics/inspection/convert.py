"""Writes a config in the exact vocabulary, with references to the environment for its secrets."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import TYPE_CHECKING, Any

import yaml

from tap_analytics.declared.client import parse_client
from tap_analytics.declared.parse import parse_resources
from tap_analytics.declared.variables import secrets_of
from tap_analytics.declared.write import write_client, write_resource
from tap_analytics.exceptions import ConfigError
from tap_analytics.inspection.opening import query_secrets
from tap_analytics.rest.redact import SECRET_NAME, SHORTEST
from tap_analytics.spec import CREDENTIALS
from tap_analytics.streams import BUILT_IN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_analytics.inspection.opening import Opened

__all__ = ["converted"]

READ = frozenset({"client", "resources", "resource_defaults", "variables", *CREDENTIALS})
PREFIX = "TAP_ANALYTICS_"
OTHERWISE = "cannot be written so that it is read back as it was"
TEMPLATE = re.compile(r"\{(resources|partitions|incremental)\.")
REFERENCE = re.compile(r"\$\{(?P<name>\w+)\}")


class References:
    """Names of environment variables for secrets, one a value.

    Attributes:
        places: By name, the config path where the secret stood first.
    """

    def __init__(self) -> None:
        self.places: dict[str, str] = {}
        self._values: dict[str, str] = {}

    def to(self, field: str, value: str, owner: str, place: str) -> str:
        """The reference that stands for *value*.

        Args:
            field: What it is called.
            value: The secret.
            owner: Tells it from others that are called the same.
            place: Its config path.
        """
        known = next((name for name, each in self._values.items() if each == value), None)
        name = known or self._free(field, owner)
        self._values[name] = value
        self.places.setdefault(name, place)
        return f"${{{name}}}"

    def _free(self, field: str, owner: str) -> str:
        words = [re.sub(r"\W+", "_", word).strip("_").upper() for word in (field, owner)]
        names = [PREFIX + words[0], f"{PREFIX}{words[1]}_{words[0]}"]
        names += [f"{names[1]}_{number}" for number in range(2, len(self._values) + 3)]
        return next(name for name in names if name not in self._values)

    def inside(self, value: Any, owner: str, place: str, field: str = "") -> Any:
        """*value*, references in it for what is secret by its name or known to be."""
        if isinstance(value, dict):
            return {
                key: self.inside(inner, owner, f"{place}.{key}", key)
                for key, inner in value.items()
            }
        if isinstance(value, list):
            return [self.inside(inner, owner, f"{place}[{at}]") for at, inner in enumerate(value)]
        if not isinstance(value, str) or REFERENCE.fullmatch(value):
            return value
        if SECRET_NAME.search(field) and value and not TEMPLATE.search(value):
            return self.to(field, value, owner, place)
        for name, secret in query_secrets(value):
            self.to(name, secret, owner, place)
        return self._replaced(value)

    def _replaced(self, text: str) -> str:
        """*text* with each secret known so far replaced, the longest first."""
        known = {secret: name for name, secret in self._values.items() if len(secret) >= SHORTEST}
        if not known:
            return text
        longest = sorted(known, key=len, reverse=True)
        pattern = "|".join(map(re.escape, longest))
        return re.sub(pattern, lambda match: f"${{{known[match[0]]}}}", text)

    def filled(self, value: Any) -> Any:
        """*value* with the secrets themselves again."""
        if isinstance(value, dict):
            return {key: self.filled(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.filled(inner) for inner in value]
        if not isinstance(value, str):
            return value
        return REFERENCE.sub(lambda match: self._values.get(match["name"], match[0]), value)


def converted(config: Opened, *, as_yaml: bool) -> tuple[str, list[str]]:
    """The config as text, and a line for each environment variable that it needs.

    Raises:
        ConfigError: Something cannot be written so that it is read back the same.
    """
    references = References()
    content = _written(config, references)
    text = (
        yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)
        if as_yaml
        else json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    )
    _check(config, references.filled(yaml.safe_load(text) if as_yaml else json.loads(text)))
    return text, [
        f"{name}: set this environment variable to the secret at {place}"
        for name, place in references.places.items()
    ]


def _written(config: Opened, references: References) -> dict[str, Any]:
    """The settings, each secret a reference; those of auths give the names first."""
    parsed = config.tap.parsed.resources
    hide = partial(_hidden, references, "client", "client.auth")
    written: dict[str, Any] = {"client": write_client(config.tap.connection.client, hide)}
    written |= {name: value for name, value in config.config.items() if name not in READ}
    entries = [
        write_resource(
            resource,
            BUILT_IN,
            partial(_hidden, references, resource.name, f"resources[{at}].endpoint.auth"),
        )
        for at, resource in enumerate(parsed)
    ]
    if config.config.get("resources") is not None or config.config.get("resource_defaults"):
        written["resources"] = entries
    _learn_variables(config.config, references, json.dumps(written, default=str))
    for _ in range(2):  # what is found out to be secret may stand further up as well
        clean = {
            name: references.inside(value, name, name, name) for name, value in written.items()
        }
    return clean


def _learn_variables(config: Mapping[str, Any], references: References, text: str) -> None:
    """Let *references* stand for the secret ones among the variables that *text* holds."""
    secrets = set(secrets_of(config))
    for name, value in (config.get("variables") or {}).items():
        secret = SECRET_NAME.search(name) or value in secrets
        if isinstance(value, str) and len(value) >= SHORTEST and secret and value in text:
            references.to(name, value, "variables", f"variables.{name}")


def _hidden(references: References, owner: str, place: str, field: str, value: str) -> str:
    return references.to(field, value, owner, f"{place}.{field}")


def _check(config: Opened, content: dict[str, Any]) -> None:
    """Refuse *content* where it is not read as *config* is."""
    tap = config.tap
    problems = []
    try:
        if parse_client(content["client"], {}) != tap.connection.client:
            problems.append(f"client: {OTHERWISE}")
        read = parse_resources(content.get("resources"), {}, BUILT_IN).resources
    except ConfigError as error:
        raise ConfigError(*(f"{problem}; {OTHERWISE}" for problem in error.problems)) from None
    for at, (one, other) in enumerate(zip(tap.parsed.resources, read, strict=True)):
        if one != other:
            problems.append(f"resources[{at}] ({one.name}): {OTHERWISE}")
    ConfigError.raise_if(problems)
