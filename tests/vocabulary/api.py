"""A small API on a free port: each test says what it answers, and sees what it was asked."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias
from urllib.parse import parse_qs, parse_qsl, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["API", "Asked", "Handler", "Reply"]


class Reply(NamedTuple):
    """An answer; a body that is no bytes is sent as JSON."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = MappingProxyType({})


class Asked(NamedTuple):
    """A request that arrived.

    Attributes:
        path: Still percent-encoded.
        query: What follows the question mark.
        headers: Names in lower case.
    """

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The query's parameters in order."""
        return parse_qsl(self.query, keep_blank_values=True)

    @property
    def params(self) -> dict[str, str]:
        """The query's parameters, none of them twice."""
        found = parse_qs(self.query, keep_blank_values=True)
        assert all(len(values) == 1 for values in found.values()), self.query
        return {name: values[0] for name, values in found.items()}

    @property
    def json(self) -> Any:
        """The body, which is JSON."""
        assert self.headers["content-type"] == "application/json"
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        """The body, which is a form."""
        assert self.headers["content-type"] == "application/x-www-form-urlencoded"
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True, strict_parsing=True))


Handler: TypeAlias = "Callable[[Asked], Any]"


class API:
    """Answers by path, 404 where nothing was said, and logs what was asked."""

    def __init__(self) -> None:
        self.log: list[Asked] = []
        self._answers: dict[str, Any] = {}
        api = self

        class Connection(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def answer(self) -> None:
                parts = urlsplit(self.path)
                headers = {name.lower(): value for name, value in self.headers.items()}
                body = self.rfile.read(int(headers.get("content-length", 0)))
                reply = api.reply(Asked(self.command, parts.path, parts.query, headers, body))
                content = reply.body if isinstance(reply.body, bytes) else _json(reply.body)
                self.send_response(reply.status)
                for name, value in {**reply.headers, "Content-Length": str(len(content))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = answer  # noqa: N815 - the library's names

            def log_message(self, *_: Any) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Connection)
        self._http.daemon_threads = True
        self.base_url = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))
        self._thread.start()

    def answer(self, path: str, answer: Any) -> None:
        """From now on answer *path* with a body, a `Reply`, or what a `Handler` makes of it."""
        self._answers[path] = answer

    def reply(self, asked: Asked) -> Reply:
        """The answer to *asked*, which goes into the log."""
        self.log.append(asked)
        found = self._answers.get(asked.path, Reply({"error": "no such path"}, 404))
        found = found(asked) if callable(found) else found
        return found if isinstance(found, Reply) else Reply(found)

    def asked(self, path: str | None = None) -> list[Asked]:
        """What was asked, at *path* where that is given."""
        return [asked for asked in self.log if path in {None, asked.path}]

    def params(self, path: str | None = None) -> list[dict[str, str]]:
        """The parameters of what was asked."""
        return [asked.params for asked in self.asked(path)]

    def close(self) -> None:
        """Stop answering."""
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


def _json(body: Any) -> bytes:
    return json.dumps(body).encode()
