"""The command line: reads files, and makes a user's mistake one line and exit status 1."""

from __future__ import annotations

import json
import os
import re
import sys
from datetime import date
from typing import IO, TYPE_CHECKING, Any

import yaml
from singer_sdk.exceptions import MappingError, SingerSDKError
from singer_sdk.plugin_base import SingerCommand
from singer_sdk.singerlib import Catalog
from typing_extensions import override

from tap_analytics.exceptions import ConfigError, TapAnalyticsError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["AnalyticsCommand", "read_catalog", "read_config", "read_object"]

VARIABLE = re.compile(r"\$\{(?P<name>\w+)\}")


class AnalyticsCommand(SingerCommand):
    """The SDK's command, without a traceback where the text says it all."""

    @override
    def main(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().main(*args, **kwargs)
        except ConfigError as error:
            for problem in error.problems:
                self.logger.error("%s", problem)  # noqa: TRY400 - no traceback for a mistake
        except (TapAnalyticsError, SingerSDKError) as error:
            where = "stream_maps: " if isinstance(error, MappingError) else ""
            self.logger.error("%s%s", where, error)  # noqa: TRY400 - no traceback for a mistake
        sys.exit(1)


def read_config(path: str) -> dict[str, Any]:
    """The object in a file of ``--config``, JSON or by its name YAML.

    ``${NAME}`` in a text stands for the environment variable of that name, where there is one.

    Raises:
        ConfigError: It cannot be read, or holds none.
    """
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123 - any kind of file, also a pipe
            read = _read_yaml if path.endswith((".yaml", ".yml")) else read_object
            content: dict[str, Any] = _with_environment(read("--config", file))
            return content
    except OSError as error:
        raise ConfigError(f"--config {path}: {error.strerror}") from None


def _read_yaml(option: str, file: IO[str]) -> dict[str, Any]:
    try:
        content = yaml.load(file, Loader=_Loader)  # noqa: S506 - a safe one
    except UnicodeDecodeError:
        raise ConfigError(f"{option} {file.name}: is not UTF-8 text") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "cannot be read"
        raise ConfigError(f"{option} {file.name}: is not YAML ({problem}{place})") from None
    if not isinstance(content, dict):
        raise ConfigError(f"{option} {file.name}: is not an object")
    return content


class _Loader(yaml.SafeLoader):
    """Refuses a key that is given twice, of which one would be lost without a word."""

    @override
    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key, _ in node.value:
            if key.value in seen and key.tag != "tag:yaml.org,2002:merge":
                raise yaml.MarkedYAMLError(
                    problem=f"{key.value!r} is given twice", problem_mark=key.start_mark
                )
            seen.add(key.value)
        found: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of *pairs*, none of them for the same key."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ConfigError(f"{twice!r} is given twice in one object")
    return found


def _with_environment(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_environment(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_with_environment(inner) for inner in value]
    if isinstance(value, date):  # YAML reads 2024-01-31 so
        return value.isoformat()
    if not isinstance(value, str):
        return value
    return VARIABLE.sub(lambda match: os.environ.get(match["name"], match[0]), value)


def read_catalog(file: IO[str]) -> Catalog:
    """The catalog in a file of ``--catalog``.

    Raises:
        ConfigError: It holds none.
    """
    content = read_object("--catalog", file)
    try:
        return Catalog.from_dict({"streams": content["streams"]})
    except (AttributeError, KeyError, TypeError):
        reason = "is not a Singer catalog; --discover writes one"
        raise ConfigError(f"--catalog {file.name}: {reason}") from None


def read_object(
    option: str, file: IO[str], parse_float: Callable[[str], Any] = float
) -> dict[str, Any]:
    """The JSON object in the *file* of a command line *option*.

    Raises:
        ConfigError: It holds none.
    """
    try:
        content = json.load(file, parse_float=parse_float, object_pairs_hook=_once)
    except ConfigError as error:
        raise ConfigError(f"{option} {file.name}: {error}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{option} {file.name}: is not UTF-8 text") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise ConfigError(f"{option} {file.name}: is not JSON ({error.msg}, {place})") from None
    if not isinstance(content, dict):
        raise ConfigError(f"{option} {file.name}: is not a JSON object")
    return content
