"""A server that gives scripted answers, for what the sandbox cannot do, and a way to ask."""

from __future__ import annotations

import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import pytest

from tap_analytics.records.codec import decode
from tap_analytics.rest.connection import connect
from tap_analytics.rest.message import Request
from tap_analytics.rest.redact import Redactor
from tap_analytics.rest.retry import Retry
from tap_analytics.spec import Client, NoAuth

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_analytics.rest.connection import Connection
    from tap_analytics.rest.message import Response
    from tap_analytics.spec import Auth, ResponseAction

WHERE = "events: GET /v1/events, page 1"


class Answer(NamedTuple):
    """One answer; a body that is no bytes is sent as JSON."""

    body: Any = b"{}"
    status: int = 200
    headers: Mapping[str, str] = MappingProxyType({})

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class Asked(NamedTuple):
    """A request that arrived, header names in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


class Server:
    """Gives its answers in order, the last one for ever, and logs what was asked."""

    def __init__(self, answers: tuple[Answer, ...]) -> None:
        self.log: list[Asked] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                server.log.append(Asked(self.command, self.path, headers, body))
                answer = answers[min(len(server.log), len(answers)) - 1]
                self.send_response(answer.status)
                for name, value in {
                    "Content-Length": str(len(answer.content)),
                    **answer.headers,
                }.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.content)

            do_GET = do_POST = answer  # noqa: N815 - the library's names

            def log_message(self, *_: Any) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base_url = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


class Serve(Protocol):
    """Starts a server that ends with the test."""

    def __call__(self, *answers: Answer) -> Server: ...


@pytest.fixture
def serve() -> Iterator[Serve]:
    with contextlib.ExitStack() as stack:

        def start(*answers: Answer) -> Server:
            server = Server(answers or (Answer(),))
            stack.callback(server.close)
            return server

        yield start


def connected(
    base_url: str,
    auth: Auth | None = None,
    *,
    max_retries: int = 1,
    timeout: float = 5.0,
    redactor: Redactor | None = None,
    token_store: str | None = None,
    allowed_origins: tuple[str, ...] = (),
) -> Connection:
    """A connection with quick retries."""
    return connect(
        Client(base_url=base_url, auth=auth or NoAuth(), allowed_origins=allowed_origins),
        retry=Retry(max_retries=max_retries, backoff_factor=0.01),
        timeout=timeout,
        user_agent="tap-analytics test",
        redactor=redactor or Redactor(),
        token_store=token_store,
    )


def ask(
    connection: Connection,
    target: str = "/v1/events",
    *,
    actions: tuple[ResponseAction, ...] = (),
    **fields: Any,
) -> Any:
    """The decoded body of one signed request."""

    def read(response: Response) -> Any:
        return decode(response.body, WHERE).document

    request = Request(url=connection.client.base_url + target, **fields)
    return connection.session.send(
        request, where=WHERE, auth=connection.auth, read=read, actions=actions
    )
