"""The command line of `tap-analytics-config`."""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
from typing import TYPE_CHECKING, Any

import click
import msgspec
from typing_extensions import override

from tap_analytics.check import nearest
from tap_analytics.exceptions import ConfigError
from tap_analytics.inspection.check import checked, shown_check
from tap_analytics.inspection.convert import converted
from tap_analytics.inspection.opening import Opened, opened
from tap_analytics.inspection.probe import Prober
from tap_analytics.inspection.report import shown_probe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_analytics.stream import AnalyticsStream

__all__ = ["main"]


class OneLineEach(click.Group):
    """Commands of which each mistake is one line on standard error and exit status 1."""

    @override
    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        with _told():
            return super().make_context(*args, **kwargs)

    @override
    def invoke(self, ctx: click.Context) -> Any:
        with _told():
            return super().invoke(ctx)


@contextlib.contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:
        raise
    except click.UsageError as error:
        raise click.ClickException(error.format_message()) from None
    except ConfigError as error:
        for problem in error.problems:
            click.echo(problem, err=True)
        sys.exit(1)


files = click.argument("files", nargs=-1, required=True, metavar="FILE...")
as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.group(cls=OneLineEach, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Look at a config of tap-analytics, try it out, or write it in the exact vocabulary.

    FILE is a config as `tap-analytics --config` takes it, JSON or YAML. Of several, a setting of
    a later one replaces the whole setting of an earlier one. ENV reads TAP_ANALYTICS_<SETTING>.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # what a terminal cannot show is no reason to fail
            stream.reconfigure(errors="backslashreplace")


@main.command(epilog="Example: tap-analytics-config check config.yaml")
@files
@as_json
def check(files: tuple[str, ...], *, as_json: bool) -> None:
    """Say what a config means, without any request.

    Prints all that is wrong with it, a line each; or its streams, how what is written loosely
    was read, and which resources are left out and why. The exit status is 1 where anything is
    wrong or left out.
    """
    try:
        with opened(files) as config:
            content = checked(config)
    except ConfigError as error:
        _print({"problems": list(error.problems)}, error.problems, as_json=as_json)
        sys.exit(1)
    _print({"problems": [], **content}, shown_check(content, _width()), as_json=as_json)
    sys.exit(1 if content["left_out"] else 0)


@main.command(epilog="Example: tap-analytics-config probe config.yaml --resource customers")
@files
@click.option("--resource", "names", multiple=True, metavar="NAME", help="Only this; repeatable.")
@as_json
def probe(files: tuple[str, ...], names: tuple[str, ...], *, as_json: bool) -> None:
    """Ask the API for one page of each resource, and say what came.

    A page is asked for, read and understood as by a sync without a bookmark. Of a child resource it
    is that of the first parent, on its parent's first page, that leads to records; no more than
    ten are tried. What looks wrong is followed by a suggestion. The exit status is 1 where a
    resource failed. No secret is printed. A refresh token that works only once is used up, as by a
    sync; token_store keeps the next one.
    """
    with opened(files) as config:
        streams = _chosen(config, names)
        prober = Prober(config)
        left_out = {} if names else dict(config.refused)
        probes = []
        for stream in streams:
            content = config.clean(msgspec.to_builtins(prober.probe(stream)))
            probes.append(content)
            if not as_json:
                _print_lines([*shown_probe(content, _width()), ""])
        lines = [f"{name}: left out: {reason}" for name, reason in left_out.items()]
        content = config.clean({"resources": probes, "left_out": left_out})
        _print(content, map(config.redact, lines), as_json=as_json)
    sys.exit(1 if left_out or any(each["error"] for each in probes) else 0)


def _chosen(config: Opened, names: tuple[str, ...]) -> list[AnalyticsStream]:
    """The streams of these *names*, all where there are none."""
    streams = {stream.name: stream for stream in config.tap.instances()}
    problems = []
    for name in names:
        if name in config.refused:
            problems.append(f"--resource {name}: is left out: {config.refused[name]}")
        elif name not in streams:
            near = nearest(name, streams)
            guess = f"did you mean {near!r}?" if near else f"Allowed: {', '.join(streams)}"
            problems.append(f"--resource {name}: there is no such resource; {guess}")
    ConfigError.raise_if(map(config.redact, problems))
    return [stream for name, stream in streams.items() if not names or name in names]


@main.command(epilog="Example: tap-analytics-config convert pasted.json --yaml > config.yaml")
@files
@click.option("--yaml", "as_yaml", is_flag=True, help="Print YAML instead of JSON.")
def convert(files: tuple[str, ...], *, as_yaml: bool) -> None:
    """Write a config in the exact vocabulary.

    The result, everything bound and read, is a config that means the very same. Each secret becomes
    a reference to an environment variable; which ones to set is said on standard error. The exit
    status is 1 where a resource is left out.
    """
    with opened(files) as config:
        text, notes = converted(config, as_yaml=as_yaml)
        refused = config.refused
        notes += [f"{name}: left out: {reason}" for name, reason in refused.items()]
    click.echo(text, nl=False)
    for note in notes:
        click.echo(config.redact(note), err=True)
    sys.exit(1 if refused else 0)


def _print(content: Any, lines: Iterable[str], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(content, indent=2, ensure_ascii=False))
    else:
        _print_lines(lines)


def _print_lines(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)


def _width() -> int:
    return shutil.get_terminal_size().columns
