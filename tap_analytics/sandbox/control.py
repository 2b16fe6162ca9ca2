"""Routes that steer and describe a sandbox. None asks for credentials or has faults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from starlette.responses import Response
from starlette.routing import Route

from tap_analytics.sandbox.answers import Answer, error
from tap_analytics.sandbox.openapi import document

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from tap_analytics.sandbox.server import Service

    Action = Callable[[Service, Request, bytes], Answer]


class _Advance(msgspec.Struct, forbid_unknown_fields=True):
    hours: float = 1.0


def control_routes(service: Service) -> list[Route]:
    """The routes. A body that is wrong gets status 400 with one line of explanation."""
    return [
        _route(service, "GET", "/openapi.json", _openapi),
        _route(service, "GET", "/_sandbox/truth/{name}", _truth),
        _route(service, "POST", "/_sandbox/advance", _advance),
        _route(service, "POST", "/_sandbox/faults", _add_faults),
        _route(service, "DELETE", "/_sandbox/faults", _clear_faults),
        _route(service, "GET", "/_sandbox/log", _log),
        _route(service, "PUT", "/_sandbox/options", _change_options),
    ]


def _route(service: Service, method: str, path: str, action: Action) -> Route:
    async def endpoint(request: Request) -> Response:
        body = await request.body()
        try:
            answer = action(service, request, body)
        except ValueError as wrong:
            answer = error(400, "invalid_request", str(wrong))
        headers = {"Content-Type": "application/json", **answer.headers}
        return Response(answer.encoded(), answer.status, headers)

    return Route(path, endpoint, methods=[method])


def _openapi(service: Service, _: Request, __: bytes) -> Answer:
    with service.lock:
        return Answer(payload=document(service.dataset, service.options, service.gate))


def _truth(service: Service, request: Request, _: bytes) -> Answer:
    name = request.path_params["name"]
    if name not in service.dataset.names():
        return error(404, "not_found", f"there is no resource {name!r}")
    return Answer(payload=service.truth(name))


def _advance(service: Service, _: Request, body: bytes) -> Answer:
    hours = msgspec.json.decode(body or b"{}", type=_Advance).hours
    return Answer(payload=service.advance(hours))


def _add_faults(service: Service, _: Request, body: bytes) -> Answer:
    entries: Any = msgspec.json.decode(body)
    added = service.plan.add(*(entries if isinstance(entries, list) else [entries]))
    return Answer(payload={"added": added})


def _clear_faults(service: Service, _: Request, __: bytes) -> Answer:
    service.plan.clear()
    return Answer(status=204, body=b"")


def _log(service: Service, _: Request, __: bytes) -> Answer:
    return Answer(payload=list(service.log))


def _change_options(service: Service, _: Request, body: bytes) -> Answer:
    service.options = service.options.changed(msgspec.json.decode(body, type=dict[str, Any]))
    return Answer(payload=service.options)
