"""The tap: settings, streams, and how a run ends."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any, cast

from singer_sdk import Tap
from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.singerlib import StateMessage
from typing_extensions import override

from tap_analytics.command import AnalyticsCommand, read_catalog, read_config, read_object
from tap_analytics.config import Settings, read_settings, settings_schema
from tap_analytics.declared.build import build_streams
from tap_analytics.declared.client import parse_client
from tap_analytics.declared.parse import Parsed, parse_resources
from tap_analytics.declared.variables import secrets_of
from tap_analytics.discovery import discovered
from tap_analytics.exceptions import ConfigError, ResourceError
from tap_analytics.failures import Failures
from tap_analytics.progress import Progress
from tap_analytics.rest.connection import Connection, connect
from tap_analytics.rest.redact import Redactor, secrets_in
from tap_analytics.rest.retry import Retry
from tap_analytics.spec import CREDENTIALS
from tap_analytics.streams import BUILT_IN
from tap_analytics.writer import MessageWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import click
    from singer_sdk import Stream

    from tap_analytics.exceptions import TapAnalyticsError
    from tap_analytics.rest.message import Response
    from tap_analytics.stream import AnalyticsStream

__all__ = ["TapAnalytics"]

STATE_KEYS = frozenset({"bookmarks", "currently_syncing"})


class TapAnalytics(Tap):
    """Singer tap for analytics-style REST APIs: typed streams built in, any other by config."""

    name = "tap-analytics"
    config_jsonschema = settings_schema()
    message_writer_class = MessageWriter

    def __init__(self, **arguments: Any) -> None:
        """Read and check everything that can be checked without a request.

        Args:
            **arguments: Those of `singer_sdk.Tap`.

        Raises:
            ConfigError: With all that is wrong in the config.
        """
        self.run_start = datetime.now(UTC)
        self.failures = Failures()
        self.progress = Progress()
        self._by_class: dict[type[Stream], AnalyticsStream] = {}
        self._for_catalog = False
        self.redactor = Redactor()
        for handler in logging.getLogger().handlers:
            handler.addFilter(self.redactor)
        try:
            super().__init__(**arguments)
        except ConfigValidationError as error:
            self._check()  # says the same with path, finding and guess, and shows no secret
            raise ConfigError(*error.errors) from None
        except ValueError as error:
            if hasattr(self, "_config"):  # the environment is read before that is set
                raise
            prefix = self._env_var_prefix
            raise ConfigError(f"environment: a {prefix} variable is wrong: {error}") from None
        if arguments.get("validate_config", True) or self.config.get("client") is not None:
            self._check()

    def _check(self) -> None:
        """Read all of the config, and raise all that is wrong in it at once."""
        problems: list[str] = []

        def attempt(read: Callable[[], object]) -> None:
            try:
                read()
            except ConfigError as error:
                problems.extend(error.problems)

        attempt(lambda: self.settings)
        if not problems:
            attempt(lambda: self.connection)
            attempt(lambda: self.stream_classes)
        else:  # there are no settings, but their parts may have problems of their own
            raw = self.config
            given = {key: raw[key] for key in CREDENTIALS if isinstance(raw.get(key), str)}
            variables = raw.get("variables")
            variables = variables if isinstance(variables, dict) else {}
            attempt(lambda: parse_client(raw.get("client"), given, variables))
            resources, defaults = raw.get("resources"), raw.get("resource_defaults") or {}
            attempt(lambda: parse_resources(resources, defaults, BUILT_IN, variables, given))
        ConfigError.raise_if(dict.fromkeys(problems))

    @cached_property
    def settings(self) -> Settings:
        """What the config says."""
        self.redactor.add(*secrets_in(self.config), *secrets_of(self.config))
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
        client = parse_client(settings.client, settings.credentials, _named(settings))
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
        return build_streams(self.parsed.resources, BUILT_IN)

    @cached_property
    def parsed(self) -> Parsed:
        """What the config's resources are read as."""
        settings = self.settings
        parsed = parse_resources(
            settings.resources,
            settings.resource_defaults,
            BUILT_IN,
            settings.variables,
            settings.credentials,
            _named(settings),
        )
        if settings.on_error == "halt":
            ConfigError.raise_if(parsed.refused.values())
        return parsed

    @override
    def discover_streams(self) -> Sequence[AnalyticsStream]:
        """A stream of each class, but for those whose schema cannot be had."""
        self._by_class = {cls: cls(tap=self) for cls in self.stream_classes}
        for name, reason in self.parsed.refused.items():
            self.failures.add(name, ResourceError(f"{name}: {reason}"))
            self.logger.error("%s: %s; it is left out, the others go on", name, reason)
        return discovered(
            self._by_class.values(),
            self.input_catalog,
            self.fail,
            for_catalog=self._for_catalog,
        )

    @override
    def setup_mapper(self) -> None:
        _ = self.streams  # finds out what the catalog does not know
        super().setup_mapper()

    def stream_of(self, stream_class: type[AnalyticsStream]) -> AnalyticsStream:
        """The stream of that class."""
        return self._by_class[stream_class]

    def descendants_of(self, stream: AnalyticsStream) -> list[AnalyticsStream]:
        """The streams below *stream*, at any depth, before the SDK has linked them too."""
        streams = self._by_class.values()
        below = [child for child in streams if child.parent_stream_type is type(stream)]
        return [*below, *(one for child in below for one in self.descendants_of(child))]

    @override
    def run_discovery(self) -> str:
        self._for_catalog = True
        return super().run_discovery()

    @override
    def load_state(self, state: Any) -> None:
        if isinstance(state, dict) and state.get("type") == "STATE":
            state = state.get("value")
        bookmarks = state.get("bookmarks", {}) if isinstance(state, dict) else None
        if (
            not isinstance(bookmarks, dict)
            or not all(isinstance(bookmark, dict) for bookmark in bookmarks.values())
            or not state.keys() <= STATE_KEYS
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
        self.failures.add(stream.name, error)
        if isinstance(error, ResourceError) and self.settings.on_error == "continue":
            self.logger.warning("%s; the other streams go on", error)
            return
        self.logger.error("%s", error)
        self.progress.close()
        self._write_last_state()
        if len(self.failures) > 1:
            self._report()
        sys.exit(1)

    def run(self) -> int:
        """Sync all streams.

        Returns:
            The exit status: 1 where a stream failed.
        """
        selected = [stream for stream in self.streams.values() if stream.selected]
        for what, names in (
            ("catalog", set(self.input_catalog or {})),
            ("state", set(self.state.get("bookmarks", {}))),
        ):
            if unknown := names - self.streams.keys() - self.failures.names:
                self.logger.warning("%s: there is no stream %s", what, ", ".join(sorted(unknown)))
        if not selected:
            self.logger.warning("no stream is selected")
        self.progress.start(len(selected))
        try:
            self.sync_all()
        except SystemExit as end:
            if not end.code:  # what the SDK makes of a signal
                self.logger.error("stopped by a signal before the end")  # noqa: TRY400
                sys.exit(1)
            raise
        finally:
            self.progress.close()
        self._write_last_state()
        return self._report()

    def _write_last_state(self) -> None:
        """Write the state once more, for a target may forget it when records follow it."""
        if cast("MessageWriter", self.message_writer).records_since_state:
            self.write_message(StateMessage(value=self.state))

    def _report(self) -> int:
        return self.failures.report(self.streams, self.connection.client.base_url)

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
        given = super().cb_config(ctx, param, tuple(path for path in value if path == "ENV"))
        for path in value:
            if path != "ENV":
                given.config |= read_config(path)
        return given

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
            state=None if state is None else read_object("--state", state, Decimal),
            catalog=None if catalog is None else read_catalog(catalog),
            parse_env_config=bool(config and config.parse_env),
        )
        sys.exit(tap.run())


def _named(settings: Settings) -> dict[str, Any]:
    """What ``{{ config['x'] }}`` and its like find: variables, and settings of that name."""
    dates = {"start_date": settings.start_date, "end_date": settings.end_date}
    given = {name: date for name, date in dates.items() if date is not None}
    return {**settings.credentials, **given, **settings.variables}
