"""How answers go over the wire: at once, in small pieces, or not to the end."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import TYPE_CHECKING

from starlette.responses import Response
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Message, Receive, Scope, Send

    from tap_analytics.sandbox.answers import Answer
    from tap_analytics.sandbox.exchange import Exchange

_PIECES = 10
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)

Connections = dict[tuple[str, int], asyncio.Transport]


def response(
    answer: Answer, exchange: Exchange, connections: Mapping[tuple[str, int], asyncio.Transport]
) -> Response:
    """*answer* on the wire, with what a fault does to that.

    Args:
        answer: The answer.
        exchange: Tells the request id and the fault.
        connections: The open ones, by the client's address.
    """
    headers = {"X-Request-Id": exchange.request_id, **answer.headers}
    if not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = "application/json"
    body = answer.encoded()
    if exchange.fault == "truncate":
        body = body[: len(body) // 2]
    if exchange.fault == "slow" and exchange.hit:
        return _SlowResponse(body, answer.status, headers, seconds=exchange.hit.fault.seconds)
    if exchange.fault == "reset":
        return _ResetResponse(body, answer.status, headers, connections=connections)
    return Response(body, answer.status, headers)


def protocol(connections: Connections) -> type[asyncio.Protocol]:
    """A class of HTTP connections that keeps *connections*, by the client's address."""

    class Connection(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # narrowed as in its base
            super().connection_made(transport)
            # Head and body are written apart: without this each answer waits 40 ms for an ACK.
            transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.client is not None:
                connections[self.client] = transport

        def connection_lost(self, exc: Exception | None) -> None:
            if self.client is not None:
                connections.pop(self.client, None)
            super().connection_lost(exc)

    return Connection


async def pause(seconds: float, receive: Receive) -> bool:
    """Wait, but no longer than the client does.

    Args:
        seconds: How long.
        receive: Of a request whose body is of no interest.

    Returns:
        Whether the client has gone.
    """
    try:
        await asyncio.wait_for(_disconnected(receive), seconds)
    except TimeoutError:
        return False
    return True


class _SlowResponse(Response):
    """Sends the body in pieces, with a pause before each."""

    def __init__(
        self, body: bytes, status: int, headers: Mapping[str, str], *, seconds: float
    ) -> None:
        super().__init__(body, status, headers)
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        await send(_start(self))
        size = len(self.body) // _PIECES + 1
        for at in range(0, len(self.body), size):
            if await pause(self._seconds / _PIECES, receive):
                return
            await send(_piece(self.body[at : at + size]))
        await send({"type": "http.response.body", "body": b""})


class _ResetResponse(Response):
    """Sends half of the body, then resets the connection (RST, not FIN)."""

    def __init__(
        self,
        body: bytes,
        status: int,
        headers: Mapping[str, str],
        *,
        connections: Mapping[tuple[str, int], asyncio.Transport],
    ) -> None:
        super().__init__(body, status, headers)
        self._connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send(_start(self))
        await send(_piece(self.body[: len(self.body) // 2]))
        transport = self._connections.get(tuple(scope["client"]))
        if transport is not None:
            transport.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE
            )
            transport.abort()
        await _disconnected(receive)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _start(answer: Response) -> Message:
    return {
        "type": "http.response.start",
        "status": answer.status_code,
        "headers": answer.raw_headers,
    }


def _piece(content: bytes | memoryview) -> Message:
    return {"type": "http.response.body", "body": bytes(content), "more_body": True}
