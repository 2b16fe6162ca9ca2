"""The tap: settings, streams, and how a run ends."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any

from singer_sdk import Tap
from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.plugin_base import SingerCommand
from typing_extensions import override

from tap_analytics.config import Settings, read_settings, settings_schema
from tap_analytics.declared.build import build_streams
from tap_analytics.declared.parse import parse_client, parse_resources
from tap_analytics.exceptions import APIError, ConfigError, ResourceError, TapAnalyticsError
from tap_analytics.progress import Progress
from tap_analytics.rest.connection import Connection, connect
from tap_analytics.rest.redact import Redactor, secrets_in
from tap_analytics.rest.retry import Retry
from tap_analytics.streams import BUILT_IN

if TYPE_CHECKING:
    from collections.abc import Sequence

    import click
    from singer_sdk import Stream

    from tap_analytics.rest.message import Response

__all__ = ["TapAnalytics"]


class AnalyticsCommand(SingerCommand):
    """The command line, where a user's mistake is one line and exit status 1."""

    @override
    def main(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().main(*args, **kwargs)
        except ConfigError as error:
            for problem in error.problems:
                self.logger.error("%s", problem)  # noqa: TRY400 - no traceback for a mistake
        except TapAnalyticsError as error:
            self.logger.error("%s", error)  # noqa: TRY400 - no traceback for a mistake
        except BrokenPipeError:
            sys.stdout = None  # or the interpreter flushes it and fails
            self.logger.error("the target closed the pipe before the end")  # noqa: TRY400
        sys.exit(1)


class TapAnalytics(Tap):
    """Singer tap for analytics-style REST APIs: typed streams built in, any other by config."""

    name = "tap-analytics"
    config_jsonschema = settings_schema()
    message_writer_class = MsgSpecWriter

    def __init__(self, **arguments: Any) -> None:
        """Read and check everything that can be checked without a request.

        Args:
            **arguments: Those of `singer_sdk.Tap`.

        Raises:
            ConfigError: With all that is wrong in the config.
        """
        self.run_start = datetime.now(UTC)
        self.failures: dict[str, TapAnalyticsError] = {}
        self.progress = Progress()
        self.redactor = Redactor()
        for handler in logging.getLogger().handlers:
            handler.addFilter(self.redactor)
        try:
            super().__init__(**arguments)
        except ConfigValidationError as error:
            self._check()  # says the same with path, finding and guess, and shows no secret
            raise ConfigError(*error.errors) from None
        if arguments.get("validate_config", True) or self.settings.client is not None:
            self._check()

    def _check(self) -> None:
        _ = self.connection, self.stream_classes

    @cached_property
    def settings(self) -> Settings:
        """What the config says."""
        self.redactor.add(*secrets_in(self.config))
        return read_settings(self.config)

    @property
    def start_date(self) -> str | None:
        """First value of incremental streams without a bookmark."""
        return self.settings.start_date

    @property
    def end_date(self) -> str | None:
        """Exclusive upper bound of incremental streams."""
        return self.settings.end_date

    @cached_property
    def connection(self) -> Connection:
        """The way to the API, shared by all streams."""
        settings = self.settings
        client = parse_client(settings.client, settings.credentials)
        return connect(
            client,
            retry=Retry(max_retries=settings.max_retries, backoff_factor=settings.backoff_factor),
            timeout=settings.request_timeout,
            user_agent=settings.user_agent,
            redactor=self.redactor,
            token_store=settings.token_store,
            observe=self._observe,
        )

    @cached_property
    def stream_classes(self) -> list[type[Any]]:
        """The built-in streams, or what the config's resources make."""
        settings = self.settings
        if settings.resources is None and not settings.resource_defaults:
            return list(BUILT_IN.values())
        resources = list(BUILT_IN) if settings.resources is None else settings.resources
        parsed = parse_resources(resources, settings.resource_defaults, BUILT_IN)
        return list(build_streams(parsed, BUILT_IN))

    @override
    def discover_streams(self) -> Sequence[Stream]:
        return [stream_class(tap=self) for stream_class in self.stream_classes]

    @override
    def load_state(self, state: Any) -> None:
        bookmarks = state.get("bookmarks", {}) if isinstance(state, dict) else None
        if not isinstance(bookmarks, dict) or not all(
            isinstance(bookmark, dict) for bookmark in bookmarks.values()
        ):
            raise ConfigError("state: is not a Singer state, an object with bookmarks by stream")
        super().load_state(state)

    def emitted(self, stream: Stream, records: int) -> None:
        """Count a page of *stream*."""
        self.progress.add(stream.name, records=records, pages=1)

    def finished(self, stream: Stream) -> None:
        """Count *stream* as done."""
        self.progress.done += stream.selected
        self.progress.add(stream.name)

    def _observe(self, where: str, response: Response) -> None:
        self.logger.debug(
            "%s answered %d with %d bytes in %.3f s",
            where,
            response.status,
            len(response.body),
            response.seconds,
        )
        self.progress.add(where.partition(":")[0], requests=1)

    def fail(self, stream: Stream, error: TapAnalyticsError) -> None:
        """Take note that *stream* failed.

        Raises:
            SystemExit: The API as a whole cannot be used, or ``on_error`` is ``halt``; state is
                written and the failures are reported.
        """
        self.logger.error("%s", error)
        self.failures[stream.name] = error
        halts = not isinstance(error, ResourceError) or self.settings.on_error == "halt"
        if halts:
            self.progress.close()
            self.state_writer.write_state(self.state)
            sys.exit(self._report())

    def run(self) -> int:
        """Sync all streams.

        Returns:
            The exit status: 1 where a stream failed.
        """
        self.progress.start(sum(stream.selected for stream in self.streams.values()))
        try:
            self.sync_all()
        finally:
            self.progress.close()
        return self._report()

    def _report(self) -> int:
        """Log the table of failures, unless the only one ended the run and has just been logged."""
        whole = [error for error in self.failures.values() if isinstance(error, APIError)]
        if self.failures and not (whole and len(self.failures) == 1):
            width = max(map(len, self.failures))
            lines = [f"  {name:{width}}  {error}" for name, error in self.failures.items()]
            self.logger.error(
                "%d of %d streams failed:\n%s", len(lines), len(self.streams), "\n".join(lines)
            )
        return 1 if self.failures else 0

    @classmethod
    @override
    def get_singer_command(cls) -> click.Command:
        command = super().get_singer_command()
        return AnalyticsCommand(
            name=command.name,
            callback=command.callback,
            context_settings=command.context_settings,
            params=command.params,
            help=command.help,
            logger=cls.logger,
        )

    @classmethod
    @override
    def cb_config(cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]) -> Any:
        for path in value:
            if path != "ENV":
                _check_file(path)
        return super().cb_config(ctx, param, value)

    @classmethod
    @override
    def cb_test(cls, ctx: click.Context, param: click.Option, value: str) -> None:
        if value != "all":
            super().cb_test(ctx, param, value)
            return
        given = ctx.params.get("config")
        tap = cls(
            config=given.config if given else {},
            parse_env_config=bool(given and given.parse_env),
        )
        tap.run_connection_test()
        ctx.exit(tap._report())

    @classmethod
    @override
    def invoke(  # type: ignore[override] # the SDK's own signature
        cls,
        *,
        about: bool = False,
        about_format: str | None = None,
        config: Any = None,
        state: IO[str] | None = None,
        catalog: IO[str] | None = None,
    ) -> None:
        if about:
            cls.print_about(about_format)
            return
        cls.print_version(print_fn=cls.logger.info)
        tap = cls(
            config=config.config if config else {},
            state=_read_option("--state", state),
            catalog=_read_option("--catalog", catalog),
            parse_env_config=bool(config and config.parse_env),
        )
        sys.exit(tap.run())


def _check_file(path: str) -> None:
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123 - any kind of file, also a pipe
            content = json.load(file)
    except OSError as error:
        raise ConfigError(f"--config {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"--config {path}: is not UTF-8 text") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise ConfigError(f"--config {path}: is not JSON ({error.msg}, {place})") from None
    if not isinstance(content, dict):
        raise ConfigError(f"--config {path}: is not a JSON object")


def _read_option(option: str, file: IO[str] | None) -> Any:
    if file is None:
        return None
    try:
        content = json.load(file)
    except ValueError:
        raise ConfigError(f"{option} {file.name}: is not JSON") from None
    if not isinstance(content, dict):
        raise ConfigError(f"{option} {file.name}: is not a JSON object")
    return content
