"""Opens a config as the tap does, with ears: what it logs is kept, and no secret gets out."""

from __future__ import annotations

import contextlib
import copy
import logging
import re
import signal
from typing import TYPE_CHECKING, Any, Final

import click
import msgspec
from typing_extensions import override

from tap_analytics.command import read_config
from tap_analytics.exceptions import ConfigError, TapAnalyticsError
from tap_analytics.rest.redact import SECRET_NAME, Redactor, secrets_in
from tap_analytics.spec import Auth, HttpBasic
from tap_analytics.tap import TapAnalytics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tap_analytics.rest.message import Response
    from tap_analytics.stream import AnalyticsStream

__all__ = ["Opened", "ProbedTap", "opened", "query_secrets"]

CONFIG_LOGGER: Final = "tap-analytics.config"
ENVIRONMENT: Final = "ENV"
QUERY = re.compile(r"[?&](?P<name>[^=&#?\s]+)=(?P<value>[^&#{}\s]+)")
DECLARED = re.compile(r"dlt\.secrets(?:\[|\.get\(|\.)\s*['\"]?(?P<name>\w+)")


class ProbedTap(TapAnalytics):
    """The tap, of which streams can be had without a schema, and which keeps what is answered.

    Attributes:
        answers: Each answer since the list was last cleared, with its request's label.
    """

    def __init__(self, **arguments: Any) -> None:
        self.answers: list[tuple[str, Response]] = []
        super().__init__(**arguments)

    @override
    def _observe(self, where: str, response: Response) -> None:
        self.answers.append((where, response))

    def instances(self) -> list[AnalyticsStream]:
        """A stream of each class, in the config's order, parents before their children."""
        if not self._by_class:
            self._by_class = {cls: cls(tap=self) for cls in self.stream_classes}
        return list(self._by_class.values())


class Opened:
    """A config that is right.

    Attributes:
        config: As it is given, all files merged.
        tap: What reads it.
        readings: What the tap said about it when it read it, each line once.
    """

    def __init__(self, config: dict[str, Any], tap: ProbedTap, readings: Sequence[str]) -> None:
        self.config = config
        self.tap = tap
        self.readings = list(dict.fromkeys(readings))

    @property
    def refused(self) -> dict[str, str]:
        """Why each resource that is left out is, by name."""
        return self.tap.parsed.refused

    def redact(self, text: str) -> str:
        """*text* without any secret."""
        return self.tap.redactor.text(text)

    def clean(self, value: Any) -> Any:
        """*value*, in whose texts at any depth no secret is left."""
        if isinstance(value, dict):
            return {key: self.clean(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.clean(inner) for inner in value]
        return self.redact(value) if isinstance(value, str) else value


@contextlib.contextmanager
def opened(paths: Sequence[str]) -> Iterator[Opened]:
    """Read the files at *paths*, a later one over an earlier one; ``ENV`` is the environment.

    While the context is open, what the tap warns of goes to standard error.

    Raises:
        ConfigError: With all that is wrong, secrets taken out.
    """
    config: dict[str, Any] = {}
    for path in paths:
        if path != ENVIRONMENT:
            config |= read_config(path)
    redactor = Redactor(_secrets(config))
    texts: list[Callable[[str], str]] = [redactor.text]
    readings: list[str] = []

    def hear(record: logging.LogRecord) -> None:
        text = record.getMessage()
        for redact in texts:
            text = redact(text)
        if record.name == CONFIG_LOGGER:
            readings.append(text)
        elif record.levelno >= logging.WARNING:
            click.echo(text, err=True)

    with _heard(hear):
        try:
            with _signals_kept():
                tap = ProbedTap(
                    config=copy.deepcopy(config),
                    parse_env_config=ENVIRONMENT in paths,
                    setup_mapper=False,
                )
            tap.redactor.add(*_secrets(config), *_secrets(dict(tap.config)), *_of_auths(tap))
            texts.append(tap.redactor.text)
            given = {
                name: value
                for name, value in tap.config.items()
                if name in config or value != _default(name)
            }
        except ConfigError as error:
            raise ConfigError(*map(redactor.text, error.problems)) from None
        except TapAnalyticsError as error:
            raise ConfigError(redactor.text(str(error))) from None
        yield Opened(given, tap, readings)


class _Ear(logging.Handler):
    """Gives each record to a function."""

    def __init__(self, hear: Callable[[logging.LogRecord], None]) -> None:
        super().__init__()
        self._hear = hear

    @override
    def emit(self, record: logging.LogRecord) -> None:
        self._hear(record)


@contextlib.contextmanager
def _heard(hear: Callable[[logging.LogRecord], None]) -> Iterator[None]:
    """Give *hear* all that the tap logs from INFO on, and let nothing out otherwise."""
    logger = logging.getLogger(TapAnalytics.name)
    handler = _Ear(hear)
    level, propagate = logger.level, logger.propagate
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = propagate


@contextlib.contextmanager
def _signals_kept() -> Iterator[None]:
    """Undo what the SDK makes of Ctrl-C, which is a quiet end with status 0."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.getsignal(number) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            if signal.getsignal(number) is not handler:
                signal.signal(number, handler)


def _default(name: str) -> Any:
    """What the SDK sets where a config says nothing."""
    return TapAnalytics.config_jsonschema["properties"][name].get("default")


def _secrets(config: dict[str, Any]) -> Iterator[str]:
    """What a config holds that is secret by its name, its place in a URL, or dlt's word for it."""
    yield from secrets_in(config)
    variables = config.get("variables")
    for text in _texts(config):
        yield from (value for _name, value in query_secrets(text))
        for match in DECLARED.finditer(text):
            value = variables.get(match["name"]) if isinstance(variables, dict) else None
            if isinstance(value, str):
                yield value


def query_secrets(text: str) -> Iterator[tuple[str, str]]:
    """The parameters of a URL or path that are secret by their name, with their values."""
    for match in QUERY.finditer(text):
        if SECRET_NAME.search(match["name"]):
            yield match["name"], match["value"]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value


def _of_auths(tap: ProbedTap) -> Iterator[str]:
    auths: list[Auth] = [tap.connection.client.auth]
    auths += [stream.auth for stream in tap.stream_classes if stream.auth is not None]
    for auth in auths:
        yield from secrets_in(msgspec.to_builtins(auth))
        if isinstance(auth, HttpBasic) and not auth.password:
            yield auth.username  # a key in the place of a name
