"""The command `tap-analytics-sandbox`."""

from __future__ import annotations

import argparse
import signal
import sys
from textwrap import fill
from threading import Event
from typing import TYPE_CHECKING, Any, NoReturn

import msgspec

from tap_analytics import sandbox
from tap_analytics.sandbox.endpoints import PAGED, PAGINGS
from tap_analytics.sandbox.faults import KINDS, RETRY_AFTER
from tap_analytics.sandbox.options import AUTH_KINDS, CHOICES, Options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_analytics.sandbox import Sandbox

_PROGRAM = "tap-analytics-sandbox"
_SWITCH = {"on": True, "off": False}
_EXTRA = {"starlette", "uvicorn"}
_WAKE_SECONDS = 0.5
_CREDENTIALS = {
    "oauth2": ("client_id", "client_secret", "refresh_token"),
    "bearer": ("token",),
    "api_key": ("api_key",),
    "basic": ("username", "password"),
    "session": ("username", "password"),
}
_EPILOG = """\
The streams are below /v1. {paged} are also below /paging/KIND, for trying paginators:
{pagings}
Kinds in _body are asked by POST. POST /login gives a session. /openapi.json describes it all.

faults, by rate (--faults 429:0.05,reset:0.01) or by script (--faults @script.json):
{kinds}

A script is a JSON list of objects. "path" (a trailing * makes it a prefix) and "fault" are
required. "skip" requests pass, then "times" are hit (default 1; 0 for all). "match" narrows them
by {{"query": text in the query}} or {{"page": number}}. Further fields: "status", "headers" and
"body" of status; "headers", "seconds" and "retry_after" of 429; "seconds" of slow; "origin" of
foreign_link and redirect; "location" of redirect. Forms of "retry_after": {forms}.
"""


_VALUES: tuple[tuple[str, type, str], ...] = (
    ("host", str, "address to listen on"),
    ("port", int, "port to listen on; 0 takes a free one"),
    ("seed", int, "seed of records, page tokens and faults by rate"),
    ("scale", float, "factor of the number of records, 0.001 to 5000"),
    ("latency_ms", float, "milliseconds to wait before each answer with records"),
    ("token_lifetime", int, "seconds until an access token or a session expires"),
    ("max_page_size", int, "greater limits are lowered to this silently"),
    ("empty_pages", int, "every Nth page of a cursor or link listing is empty; 0: none"),
    ("faults", str, "KIND:RATE,... or @FILE, see below"),
)
_CHOICES: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("totals", CHOICES["totals"], "total of offset pages below /v1; mixed: of cash_drawers alone"),
    ("links", CHOICES["links"], "form of links.next of accounts and calls"),
    ("envelope", CHOICES["envelope"], "where billing listings hold has_more and next"),
    ("filters", tuple(_SWITCH), "whether updated_at[gte] and its like are honoured"),
    ("json_api", tuple(_SWITCH), "accounts and calls as JSON:API objects, or flat"),
)


class _Parser(argparse.ArgumentParser):
    """Answers a wrong argument with one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until SIGTERM or SIGINT.

    Args:
        arguments: Of the command line, without the program's name; by default those of the
            process.

    Raises:
        SystemExit: Status 2 for wrong arguments, 1 where the sandbox cannot be started.
    """
    parser = _parser()
    try:
        options = _options(parser.parse_args(arguments))
    except ValueError as error:
        parser.error(str(error))
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        with sandbox.serve(options) as running:
            print(_banner(running, options), flush=True)  # noqa: T201 -- what the command is for
            # A wait without end would hide Ctrl-C on Windows.
            while not stop.wait(_WAKE_SECONDS):
                pass
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in _EXTRA:
            raise
        sys.exit(f"{_PROGRAM}: needs {missing}; pip install 'tap-analytics[sandbox]'")
    except ValueError as error:
        parser.error(str(error))
    except OSError as error:
        where = error.filename or f"{options.host}:{options.port}"
        reason = (error.strerror or str(error)).partition(" (")[0]
        sys.exit(f"{_PROGRAM}: {where}: {reason}")


def _parser() -> argparse.ArgumentParser:
    kinds = "\n".join(f"  {name:<14}{text}" for name, text in KINDS.items())
    parser = _Parser(
        prog=_PROGRAM,
        description="Serve a local analytics API with seeded data, until SIGTERM or SIGINT.",
        epilog=_EPILOG.format(
            paged=" and ".join(PAGED),
            pagings=fill(", ".join(PAGINGS), 96, initial_indent="  ", subsequent_indent="  "),
            kinds=kinds,
            forms=", ".join(RETRY_AFTER),
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    defaults = msgspec.structs.asdict(Options())
    for name, kind, text in _VALUES:
        shown = f" (default: {defaults[name]})" if defaults[name] != "" else ""
        parser.add_argument(_flag(name), type=kind, metavar="VALUE", help=text + shown)
    for name, allowed, text in _CHOICES:
        default = defaults[name] if name in CHOICES else "on"
        parser.add_argument(_flag(name), choices=allowed, help=f"{text} (default: {default})")
    parser.add_argument(
        "--auth",
        action="append",
        metavar="KIND",
        help=f"accepted credentials: {', '.join(AUTH_KINDS)}; repeatable, or a comma list "
        "(default: all)",
    )
    return parser


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def _options(arguments: argparse.Namespace) -> Options:
    given: dict[str, Any] = {
        name: value for name, value in vars(arguments).items() if value is not None
    }
    for name in ("filters", "json_api"):
        if name in given:
            given[name] = _SWITCH[given[name]]
    if "auth" in given:
        given["auth"] = tuple(kind.strip() for text in given["auth"] for kind in text.split(","))
    return Options(**given)


def _banner(running: Sandbox, options: Options) -> str:
    given = set(options.auth)
    names = [name for kind in _CREDENTIALS if {kind, "all"} & given for name in _CREDENTIALS[kind]]
    lines = [f"base_url: {running.base_url}", f"auth: {', '.join(options.auth)}"]
    lines += [f"{name}: {getattr(running.credentials, name)}" for name in dict.fromkeys(names)]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
