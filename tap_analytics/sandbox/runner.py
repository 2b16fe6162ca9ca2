"""A running sandbox: uvicorn in a thread of this process."""

from __future__ import annotations

import socket
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, Self

import uvicorn

from tap_analytics.sandbox.delivery import protocol
from tap_analytics.sandbox.server import Service

if TYPE_CHECKING:
    from types import TracebackType

    from tap_analytics.sandbox.auth import Credentials
    from tap_analytics.sandbox.exchange import Entry
    from tap_analytics.sandbox.options import Options

_BACKLOG = 2048
_KEEP_ALIVE_SECONDS = 75


class _Server(uvicorn.Server):
    """Tells when it is up, and ends without waiting for clients."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self.ready = Event()
        self._service = service

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for transport in list(self._service.connections.values()):
            transport.abort()
        await super().shutdown(sockets)


class Sandbox:
    """A sandbox that serves until it is closed; also a context manager. Made by `serve`.

    Attributes:
        base_url: Scheme, host and port, such as `http://127.0.0.1:41234`.
        credentials: What it accepts.
    """

    def __init__(self, service: Service, listener: socket.socket) -> None:
        host, port = listener.getsockname()[:2]
        self.base_url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        self.credentials: Credentials = service.credentials
        self._service = service
        config = uvicorn.Config(
            service.app,
            loop="asyncio",
            http=protocol(service.connections),
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="error",
            access_log=False,
            proxy_headers=False,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        )
        self._server = _Server(config, service)
        self._thread = Thread(target=self._server.run, args=([listener],), name="sandbox")
        self._thread.start()
        self._server.ready.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop serving. Open connections are cut. Closing twice does no harm."""
        self._server.should_exit = True
        self._thread.join()

    def truth(self, name: str) -> list[dict[str, Any]]:
        """All records of *name* now, flat, in the API's order; decimals are `Decimal`.

        Raises:
            KeyError: There is no such resource.
        """
        return self._service.truth(name)

    def advance(self, hours: float = 1.0) -> dict[str, dict[str, list[str | int]]]:
        """Move the clock by *hours*, which expires tokens too, and change and add records.

        Returns:
            By resource the ids that were `changed` and `added`.

        Raises:
            ValueError: *hours* is not above 0.
        """
        return self._service.advance(hours)

    def add_fault(self, entry: dict[str, Any]) -> None:
        """Append a scripted fault, a mapping with the fields of `faults.Fault`.

        Raises:
            ValueError: The entry is wrong.
        """
        self._service.plan.add(entry)

    @property
    def log(self) -> list[Entry]:
        """Requests served so far outside of `/_sandbox`, the latest 10,000, oldest first."""
        return list(self._service.log)


def serve(options: Options) -> Sandbox:
    """Start a sandbox in a thread of this process; it accepts requests when this returns.

    Raises:
        ValueError: The faults are wrong.
        OSError: The port is taken, the host has no such address, or the script of faults cannot
            be read.
    """
    service = Service(options)
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    listener = socket.create_server((options.host, options.port), family=family, backlog=_BACKLOG)
    return Sandbox(service, listener)
