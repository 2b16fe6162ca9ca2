"""Serves the API of a config on a loopback port."""

from __future__ import annotations

import contextlib
import copy
import json
import re
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from .api import API
from .message import Refused, ask_of

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Served", "serve"]


ORIGIN = re.compile(r"https?://[^/]+")


@dataclass
class Served:
    """A config and the API it is about.

    Attributes:
        config: With this server's address, and with values for what it leaves open.
    """

    api: API
    config: dict[str, Any]


@contextlib.contextmanager
def serve(
    written: dict[str, Any], refused: frozenset[str] = frozenset(), salt: str = ""
) -> Iterator[Served]:
    """Serve the API that *written* is about, but for its resources *refused*; see `API`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            try:
                document, headers = api.answer(
                    ask_of(self.command, self.path, dict(self.headers), body)
                )
                status = 200
            except Refused as refusal:
                document, headers, status = {"message": str(refusal)}, {}, refusal.status
            content = json.dumps(document).encode()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = answer  # noqa: N815 - the library's names

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        origin = f"http://127.0.0.1:{server.server_port}"
        config = _moved(copy.deepcopy(written), origin)
        api = API(config, origin, refused, salt)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield Served(api, {**config, "variables": api.settings.values})
        finally:
            server.shutdown()
            thread.join()


def _moved(content: Any, origin: str) -> Any:
    """*content* with every URL on *origin*."""
    if isinstance(content, dict):
        return {key: _moved(value, origin) for key, value in content.items()}
    if isinstance(content, list):
        return [_moved(value, origin) for value in content]
    return ORIGIN.sub(origin, content) if isinstance(content, str) else content
