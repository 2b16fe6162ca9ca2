"""The sandbox's description of itself, an OpenAPI 3.1 document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_analytics.sandbox.endpoints import ENDPOINTS
from tap_analytics.sandbox.paging import DEFAULT_LIMIT
from tap_analytics.sandbox.shapes import shape

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tap_analytics.sandbox.auth import Gate
    from tap_analytics.sandbox.data import Dataset
    from tap_analytics.sandbox.endpoints import Endpoint, Tells
    from tap_analytics.sandbox.options import Options

_SAMPLE = 500
_TEXT = {"type": "string"}
_WHOLE = {"type": "integer"}
_YES_NO = {"type": "boolean"}
_TEXT_OR_NULL = {"type": ["string", "null"]}
_ERROR = {
    "type": "object",
    "properties": {
        "error": {"type": "object", "properties": {"code": _TEXT, "message": _TEXT}},
    },
    "required": ["error"],
}
_SCHEMES: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "oauth2": {
        "oauth2": {
            "type": "oauth2",
            "flows": {"clientCredentials": {"tokenUrl": "/oauth/token", "scopes": {}}},
        }
    },
    "bearer": {"bearer": {"type": "http", "scheme": "bearer"}},
    "api_key": {
        "api_key_header": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
        "api_key_query": {"type": "apiKey", "in": "query", "name": "api_key"},
        "api_key_cookie": {"type": "apiKey", "in": "cookie", "name": "api_key"},
    },
    "basic": {"basic": {"type": "http", "scheme": "basic"}},
    "session": {"session": {"type": "apiKey", "in": "header", "name": "X-Session-Token"}},
}
_FAILURES = {"400": "A parameter is wrong", "401": "Credentials are missing or wrong"}
_MISSING = {"404": "No such record"}


def document(dataset: Dataset, options: Options, gate: Gate) -> dict[str, Any]:
    """The routes with records and those with tokens, in the forms that the options ask for.

    Args:
        dataset: The shapes of records are read off a sample of it.
        options: Tell the forms.
        gate: Tells the credentials.
    """
    schemes = {name: scheme for kind in gate.kinds for name, scheme in _SCHEMES[kind].items()}
    security: list[dict[str, list[str]]] = [{name: []} for name in schemes]
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {"error": _ERROR}
    for endpoint in ENDPOINTS:
        if endpoint.name not in schemas:
            schemas[endpoint.name] = _record(dataset, endpoint, options)
        listing = _listing(endpoint, options, dataset.cursor_field(endpoint.name))
        paths[endpoint.path] = {endpoint.paging.method.lower(): listing}
        paths[endpoint.path + "/{id}"] = {"get": _single(endpoint)}
    if "oauth2" in gate.kinds:
        paths["/oauth/token"] = {"post": _token()}
    if "session" in gate.kinds:
        paths["/login"] = {"post": _login()}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Sandbox analytics API", "version": "1"},
        "security": [*security, {}] if gate.is_open else security,
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": schemes},
    }


def _record(dataset: Dataset, endpoint: Endpoint, options: Options) -> dict[str, Any]:
    """The schema of one record, as a listing holds it."""
    positions = dataset.positions(endpoint.name)
    step = max(1, len(positions) // _SAMPLE)
    flat = shape([dataset.record(endpoint.name, at) for at in positions[::step]])
    if not (endpoint.json_api_type and options.json_api):
        return flat | {"required": ["id"]}
    to_one = dataset.relationships(endpoint.name)
    fields: dict[str, Any] = flat["properties"]
    target = {"type": ["object", "null"], "properties": {"type": _TEXT, "id": _WHOLE}}
    related: dict[str, Any] = {
        name.removesuffix("_id"): _object({"data": target}) for name in to_one
    }
    link = _object({"links": _object({"related": _TEXT})})
    related |= dict.fromkeys(endpoint.to_many, link)
    attributes = {name: at for name, at in fields.items() if name not in to_one and name != "id"}
    return _object(
        {
            "type": {"const": endpoint.json_api_type},
            "id": fields["id"],
            "attributes": _object(attributes, required=()),
            "relationships": _object(related),
            "links": _object({"self": _TEXT}),
        }
    )


def _listing(endpoint: Endpoint, options: Options, cursor: str | None) -> dict[str, Any]:
    paging = endpoint.paging
    rows = {"type": "array", "items": {"$ref": f"#/components/schemas/{endpoint.name}"}}
    told = _told(paging.tells, options)
    optional = {"total"} if paging.tells == "total by option" else set()
    body = _object({"data": rows, **told}, required=["data", *(told.keys() - optional)])
    position: dict[str, Any] = {"type": "string"}
    if paging.by in {"offset", "page"}:
        position = {"type": "integer", "minimum": paging.base, "default": paging.base}
    limit = {"type": "integer", "minimum": 1, "default": DEFAULT_LIMIT}
    asked = dict.fromkeys(paging.limits, limit) | dict.fromkeys(paging.names, position)
    if cursor is not None:
        moment = {"type": "string", "format": "date-time"}
        asked |= {f"{cursor}[{comparison}]": moment for comparison in ("gte", "gt", "lte", "lt")}
    failures = _FAILURES | (_MISSING if endpoint.is_child else {})
    if paging.method == "GET":
        parameters = [_query(name, schema) for name, schema in asked.items()]
        operation = _operation("list", endpoint, parameters, body, failures)
    else:
        operation = _operation("search", endpoint, [], body, failures)
        operation["requestBody"] = {"content": {"application/json": {"schema": _nested(asked)}}}
    headers = {"Link header": "Link", "cursor header": "X-Next-Cursor"}
    if paging.tells in headers:
        operation["responses"]["200"]["headers"] = {headers[paging.tells]: {"schema": _TEXT}}
    return operation


def _told(tells: Tells, options: Options) -> dict[str, Any]:
    """Schemas of what stands beside the records."""
    following = {"has_more": _YES_NO, "next": _TEXT}
    pagination = _object({"per_page": _WHOLE, "estimated_total": _WHOLE, **following})
    links = _object({"first": _TEXT, "next": _TEXT_OR_NULL}, required=("first",))
    told: Mapping[Tells, dict[str, Any]] = {
        "total": {"total": _WHOLE},
        "total by option": {"total": _WHOLE},
        "total_pages": {"total_pages": _WHOLE},
        "has_more": {"has_more": _YES_NO},
        "has_more and next": following
        if options.envelope == "root"
        else {"meta": _object({"request_id": _TEXT, "pagination": pagination})},
        "next_cursor": {"next_cursor": _TEXT_OR_NULL},
        "next link": {"next": _TEXT_OR_NULL},
        "links": {"links": links},
    }
    return told.get(tells, {})


def _nested(asked: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The schema of a body for the parameters *asked*: `a[b]` is `b` in the object `a`."""
    fields: dict[str, Any] = {}
    for name, schema in asked.items():
        outer, _, inner = name.rstrip("]").partition("[")
        if inner:
            held = fields.setdefault(outer, _object({}))
            held["properties"][inner] = schema
        else:
            fields[outer] = schema
    return _object({**fields, "api_key": _TEXT}, required=())


def _single(endpoint: Endpoint) -> dict[str, Any]:
    body = _object({"data": {"$ref": f"#/components/schemas/{endpoint.name}"}})
    failures = {"401": _FAILURES["401"]} | _MISSING
    return _operation("get", endpoint, [_in_path("id")], body, failures)


def _operation(
    verb: str,
    endpoint: Endpoint,
    parameters: list[dict[str, Any]],
    body: dict[str, Any],
    failures: Mapping[str, str],
) -> dict[str, Any]:
    parent = [_in_path("parent")] if endpoint.is_child else []
    refused = {"schema": {"$ref": "#/components/schemas/error"}}
    return {
        "operationId": "_".join(filter(None, (verb, endpoint.name, endpoint.kind))),
        "parameters": parent + parameters,
        "responses": {"200": _response("Found", {"schema": body})}
        | {status: _response(text, refused) for status, text in failures.items()},
    }


def _token() -> dict[str, Any]:
    names = ("client_id", "client_secret", "refresh_token")
    grants = {"enum": ["client_credentials", "refresh_token"]}
    form = _object({"grant_type": grants} | dict.fromkeys(names, _TEXT), required=("grant_type",))
    issued = {"access_token": _TEXT, "token_type": _TEXT, "expires_in": _WHOLE}
    body = _object({**issued, "refresh_token": _TEXT}, required=issued)
    failure = _object({"error": _TEXT, "error_description": _TEXT})
    return {
        "operationId": "token",
        "security": [{}],
        "requestBody": {
            "required": True,
            "content": {"application/x-www-form-urlencoded": {"schema": form}},
        },
        "responses": {
            "200": _response("Issued", {"schema": body}),
            "400": _response("The grant is refused", {"schema": failure}),
            "401": _response("The client is unknown", {"schema": failure}),
        },
    }


def _login() -> dict[str, Any]:
    form = _object({"username": _TEXT, "password": _TEXT})
    body = _object({"session_token": _TEXT, "expires_in": _WHOLE})
    refused = {"schema": {"$ref": "#/components/schemas/error"}}
    return {
        "operationId": "login",
        "security": [{}],
        "requestBody": {"required": True, "content": {"application/json": {"schema": form}}},
        "responses": {"200": _response("Logged in", {"schema": body})}
        | {status: _response(text, refused) for status, text in _FAILURES.items()},
    }


def _object(properties: Mapping[str, Any], required: Iterable[str] | None = None) -> dict[str, Any]:
    """An object schema; every property is required unless *required* names others."""
    names = list(properties if required is None else required)
    return {"type": "object", "properties": dict(properties), "required": names}


def _query(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema}


def _in_path(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": _TEXT}


def _response(description: str, content: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": content}}
