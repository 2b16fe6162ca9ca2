"""The API itself: what each request is answered with."""

from __future__ import annotations

import time
from collections import deque
from functools import partial
from http import HTTPStatus
from itertools import count
from threading import Lock
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route

from tap_analytics.sandbox.answers import Answer, RefusedError, bad_request, error, not_found
from tap_analytics.sandbox.auth import Credentials, Gate
from tap_analytics.sandbox.control import control_routes
from tap_analytics.sandbox.data import Dataset
from tap_analytics.sandbox.delivery import Connections, pause, response
from tap_analytics.sandbox.effects import substitute, with_nan
from tap_analytics.sandbox.endpoints import ENDPOINTS
from tap_analytics.sandbox.envelopes import Frame, envelope, json_api_object
from tap_analytics.sandbox.exchange import Entry, Exchange
from tap_analytics.sandbox.faults import Call, Plan
from tap_analytics.sandbox.paging import body_query, page_number, read_page, second_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from tap_analytics.sandbox.endpoints import Endpoint
    from tap_analytics.sandbox.options import Options

_LOG_LENGTH = 10_000


class Service:
    """State and answers of one sandbox.

    Args:
        options: What it is started with.

    Attributes:
        options: Those in force now.
        credentials: What it accepts.
        plan: Its faults.
        log: Requests outside of `/_sandbox`, the latest 10,000.
        dataset: Its records.
        lock: Held while records are read or changed.
        gate: Its credentials.
        connections: Those open now.
        app: The ASGI application.

    Raises:
        ValueError: The faults are wrong.
        OSError: The script of faults cannot be read.
    """

    def __init__(self, options: Options) -> None:
        self.options = options
        self.credentials = Credentials()
        self.plan = Plan(options.faults, seed=options.seed)
        self.log: deque[Entry] = deque(maxlen=_LOG_LENGTH)
        self.connections: Connections = {}
        self.dataset = Dataset(seed=options.seed, scale=options.scale)
        self.lock = Lock()
        self._numbers = count(1)
        self.gate = Gate(
            options.auth,
            credentials=self.credentials,
            lifetime=options.token_lifetime,
            clock=lambda: time.monotonic() + self.dataset.now.timestamp(),
        )
        routes = control_routes(self)
        if "oauth2" in self.gate.kinds:
            routes.append(Route("/oauth/token", self._token, methods=["POST"]))
        if "session" in self.gate.kinds:
            routes.append(Route("/login", self._login, methods=["POST"]))
        for endpoint in ENDPOINTS:
            method = endpoint.paging.method
            routes.append(Route(endpoint.path, partial(self._list, endpoint), methods=[method]))
            routes.append(Route(endpoint.path + "/{id}", partial(self._single, endpoint)))
        self.app = Starlette(routes=routes, exception_handlers={HTTPException: self._unroutable})
        self.app.router.redirect_slashes = False

    def truth(self, name: str) -> list[dict[str, Any]]:
        """All records of *name* now, flat, in the API's order.

        Raises:
            KeyError: There is no such resource.
        """
        with self.lock:
            return [self.dataset.record(name, at) for at in self.dataset.positions(name)]

    def advance(self, hours: float = 1.0) -> dict[str, dict[str, list[str | int]]]:
        """Move the clock, which expires tokens too, and change and add records.

        Returns:
            By resource the ids that were `changed` and `added`.

        Raises:
            ValueError: *hours* is not above 0.
        """
        with self.lock:
            return self.dataset.advance(hours)

    async def _list(self, endpoint: Endpoint, request: Request) -> Response:
        asked: tuple[tuple[str, str], ...] | None = tuple(request.query_params.multi_items())
        if endpoint.paging.method == "POST":
            asked = body_query(await request.body())
        query = asked or ()
        call = Call(
            path=request.scope["path"],
            query=query,
            endpoint=endpoint,
            page=page_number(endpoint, query, self.options),
            is_listing=True,
        )
        produce = _unreadable if asked is None else partial(self._page, endpoint)
        return await self._answered(request, call, produce)

    async def _single(self, endpoint: Endpoint, request: Request) -> Response:
        query = tuple(request.query_params.multi_items())
        call = Call(path=request.scope["path"], query=query, endpoint=endpoint)
        return await self._answered(request, call, partial(self._record, endpoint))

    async def _token(self, request: Request) -> Response:
        body = await request.body()
        call = Call(path="/oauth/token", query=tuple(request.query_params.multi_items()))
        granted = partial(self.gate.grant, request.headers, body)
        return await self._answered(request, call, lambda _: granted())

    async def _login(self, request: Request) -> Response:
        body = await request.body()
        call = Call(path="/login", query=tuple(request.query_params.multi_items()))
        return await self._answered(request, call, lambda _: self.gate.log_in(body))

    async def _unroutable(self, request: Request, exception: Exception) -> Response:
        status, headers = HTTPStatus.INTERNAL_SERVER_ERROR, None
        if isinstance(exception, HTTPException):
            status, headers = HTTPStatus(exception.status_code), exception.headers
        message = f"{request.method} {request.url.path} is not part of this API"
        answer = error(status, status.name.lower(), message, dict(headers or {}))
        query = tuple(request.query_params.multi_items())
        call = Call(path=request.scope["path"], query=query)
        exchange = Exchange(request=request, request_id=self._next_id(), call=call)
        return self._delivered(answer, exchange)

    def _next_id(self) -> str:
        return f"req-{next(self._numbers):06d}"

    async def _answered(
        self, request: Request, call: Call, produce: Callable[[Exchange], Answer]
    ) -> Response:
        hit = self.plan.claim(call)
        exchange = Exchange(request=request, request_id=self._next_id(), call=call, hit=hit)
        if call.endpoint is not None and self.options.latency_ms:
            await pause(self.options.latency_ms / 1000, request.receive)
        answer = None
        if exchange.hit is not None:
            elsewhere = exchange.other_origin + exchange.target
            answer = substitute(exchange.hit, elsewhere=elsewhere)
        if answer is None:
            try:
                answer = produce(exchange)
            except RefusedError as refused:
                answer = refused.answer
        return self._delivered(answer, exchange)

    def _delivered(self, answer: Answer, exchange: Exchange) -> Response:
        if not exchange.call.path.startswith("/_sandbox"):
            self.log.append(exchange.entry(answer.status))
        return response(answer, exchange, self.connections)

    def _page(self, endpoint: Endpoint, exchange: Exchange) -> Answer:
        refusal = self._refusal(exchange)
        if refusal is not None:
            return refusal
        with self.lock:
            parent = self._parent(endpoint, exchange.request)
            page = read_page(
                self.dataset, endpoint, exchange.call.query, parent=parent, options=self.options
            )
            if exchange.fault == "cycle":
                page.next = second_page(self.dataset, page, exchange.call.page)
        page.has_more = page.has_more or exchange.fault in ("cycle", "foreign_link")
        if exchange.fault == "nan" and page.rows:
            page.rows[0] = with_nan(page.rows[0])
        frame = Frame(
            page=page,
            endpoint=endpoint,
            options=self.options,
            place=exchange.place,
            request_id=exchange.request_id,
        )
        answer = envelope(frame, self.dataset.relationships(endpoint.name))
        if exchange.fault == "null_data":
            answer.payload["data"] = None
        return answer

    def _record(self, endpoint: Endpoint, exchange: Exchange) -> Answer:
        refusal = self._refusal(exchange)
        if refusal is not None:
            return refusal
        record_id = exchange.request.path_params["id"]
        with self.lock:
            parent = self._parent(endpoint, exchange.request)
            at = self.dataset.find(endpoint.name, record_id)
            if at is None or (
                parent is not None
                and at not in self.dataset.positions(endpoint.name, parent_id=parent)
            ):
                raise not_found(f"{endpoint.name} has no record {record_id!r}")
            record = self.dataset.record(endpoint.name, at)
        if endpoint.json_api_type and self.options.json_api:
            related = self.dataset.relationships(endpoint.name)
            return Answer(
                payload={"data": json_api_object(record, endpoint, related, exchange.origin)}
            )
        return Answer(payload={"data": record})

    def _refusal(self, exchange: Exchange) -> Answer | None:
        query = exchange.request.query_params.multi_items()
        return self.gate.refusal(exchange.request.headers, [*query, *exchange.call.query])

    def _parent(self, endpoint: Endpoint, request: Request) -> str | None:
        if not endpoint.is_child:
            return None
        parent: str = request.path_params["parent"]
        if not self.dataset.exists("customers", parent):
            raise not_found(f"there is no customer {parent!r}")
        return parent


def _unreadable(_: Exchange) -> Answer:
    raise bad_request("the body must be a JSON object")
