"""The command line: reads files, and makes a user's mistake one line and exit status 1."""

from __future__ import annotations

import json
import sys
from typing import IO, TYPE_CHECKING, Any

from singer_sdk.exceptions import MappingError, SingerSDKError
from singer_sdk.plugin_base import SingerCommand
from singer_sdk.singerlib import Catalog
from typing_extensions import override

from tap_analytics.exceptions import ConfigError, TapAnalyticsError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["AnalyticsCommand", "read_catalog", "read_config", "read_object"]


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
    """The object in a file of ``--config``.

    Raises:
        ConfigError: It cannot be read, or holds none.
    """
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123 - any kind of file, also a pipe
            return read_object("--config", file)
    except OSError as error:
        raise ConfigError(f"--config {path}: {error.strerror}") from None


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
        content = json.load(file, parse_float=parse_float)
    except UnicodeDecodeError:
        raise ConfigError(f"{option} {file.name}: is not UTF-8 text") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise ConfigError(f"{option} {file.name}: is not JSON ({error.msg}, {place})") from None
    if not isinstance(content, dict):
        raise ConfigError(f"{option} {file.name}: is not a JSON object")
    return content
