"""`python -m demo`: load the sandbox's API into a database, change the API, load the changes."""

import signal
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import NoReturn

import psycopg

from demo import report
from demo.contents import Rows, by_id, compare
from demo.postgres import PostgresError, PostgresUnavailableError, postgres
from demo.targets import Target, target_jsonl, target_postgres
from demo.workspace import PLUGINS, ROOT, MeltanoError, Workspace
from tap_analytics.sandbox import Options, Sandbox, serve

STREAMS = sorted(path.stem for path in (ROOT / "tap_analytics" / "schemas").glob("*.json"))
"""The built-in streams."""

INTERRUPTED = 130
"""The exit status that shells give to a command ended by Ctrl-C."""


class DifferenceError(Exception):
    """The target does not hold what the API holds."""


def main(options: Options | None = None) -> int:
    """Run the demo and stop all that it started, also when it is interrupted.

    Args:
        options: How to start the sandbox; by default at its usual size on a free port.

    Returns:
        The exit status: 0 when the target holds what the API holds after both runs, else 1.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    status = 1
    try:
        with ExitStack() as stack:
            _demo(stack, options or Options(port=0))
    except KeyboardInterrupt:
        problem, status = "interrupted; all that it started is stopped", INTERRUPTED
    except MeltanoError as error:
        print(error.log_tail, file=sys.stderr)
        problem = f"{error}; the end of its log is above"
    except (DifferenceError, PostgresError, psycopg.Error, OSError) as error:
        problem = " ".join(str(error).split())
    else:
        return 0
    print(f"demo: {problem}", file=sys.stderr)
    return status


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _demo(stack: ExitStack, options: Options) -> None:
    folder = Path(
        stack.enter_context(
            TemporaryDirectory(prefix="tap-analytics-demo-", ignore_cleanup_errors=True)
        )
    )
    sandbox = stack.enter_context(serve(options))
    _say(f"The sandbox serves an API at {sandbox.base_url}")
    target = _target(stack, folder)
    _say(f"{target.name} loads to {target.address}")
    project = folder / "project"
    project.mkdir()
    workspace = Workspace(project, {**_tap_settings(sandbox), **target.settings})

    if not PLUGINS.exists():
        _say("Meltano installs the tap and the target first, which it does once.")
    _run(workspace, target)
    api = _truth(sandbox)
    before = target.read(api)
    _say(*report.loaded(api, before, target.place))
    _check(api, before)

    moved = sandbox.advance()
    _say("", "An hour passes in the sandbox: records change, and new ones come up.")
    _run(workspace, target)
    api = _truth(sandbox)
    after = target.read(api)
    _say(*report.upserted(moved, before, after, api, target.place))
    _check(api, after)
    _say("", f"{target.place} holds what the API holds, value by value.")


def _target(stack: ExitStack, folder: Path) -> Target:
    """PostgreSQL where it can be had, else files."""
    try:
        url = stack.enter_context(postgres())
    except PostgresUnavailableError as error:
        _say(f"There is {error}.", "This loads to files instead.")
        output = folder / "output"
        output.mkdir()
        return target_jsonl(output)
    return stack.enter_context(target_postgres(url))


def _tap_settings(sandbox: Sandbox) -> dict[str, str]:
    return {
        "TAP_ANALYTICS_CLIENT_BASE_URL": sandbox.base_url,
        "TAP_ANALYTICS_CLIENT_AUTH_TYPE": "bearer",
        "TAP_ANALYTICS_TOKEN": sandbox.credentials.token,
    }


def _run(workspace: Workspace, target: Target) -> None:
    _say("", f"$ meltano run tap-analytics {target.name}")
    start = time.monotonic()
    workspace.meltano("run", "tap-analytics", target.name)
    _say(f"It took {time.monotonic() - start:.1f} s.")


def _truth(sandbox: Sandbox) -> dict[str, Rows]:
    return {stream: by_id(sandbox.truth(stream)) for stream in STREAMS}


def _check(api: Mapping[str, Rows], target: Mapping[str, Rows]) -> None:
    wrong = [stream for stream in api if compare(api[stream], target[stream])]
    if wrong:
        raise DifferenceError(f"not loaded as the API has them: {', '.join(wrong)}")


def _say(*lines: str) -> None:
    print(*lines, sep="\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
