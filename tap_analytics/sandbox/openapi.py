"""The sandbox's description of itself, an OpenAPI 3.1 document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_analytics.sandbox.endpoints import ENDPOINTS
from tap_analytics.sandbox.paging import DEFAULT_LIMIT, LIMIT_NAMES, TOKEN_NAMES
from tap_analytics.sandbox.shapes import shape

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tap_analytics.sandbox.auth import Gate
    from tap_analytics.sandbox.data import Dataset
    from tap_analytics.sandbox.endpoints import Endpoint
    from tap_analytics.sandbox.options import Options

_SAMPLE = 500
_TEXT = {"type": "string"}
_WHOLE = {"type": "integer"}
_YES_NO = {"type": "boolean"}
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
    },
    "basic": {"basic": {"type": "http", "scheme": "basic"}},
}
_FAILURES = {"400": "A parameter is wrong", "401": "Credentials are missing or wrong"}
_MISSING = {"404": "No such record"}


def document(dataset: Dataset, options: Options, gate: Gate) -> dict[str, Any]:
    """The routes below `/v1` and the token endpoint, in the forms that the options ask for.

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
        schemas[endpoint.name] = _record(dataset, endpoint, options)
        cursor = dataset.cursor_field(endpoint.name)
        paths[endpoint.path] = {"get": _listing(endpoint, options, cursor)}
        paths[endpoint.path + "/{id}"] = {"get": _single(endpoint)}
    if "oauth2" in gate.kinds:
        paths["/oauth/token"] = {"post": _token()}
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
    rows = {"type": "array", "items": {"$ref": f"#/components/schemas/{endpoint.name}"}}
    following = {"has_more": _YES_NO, "next": _TEXT}
    if endpoint.paging == "offset":
        body = _object({"data": rows, "total": _WHOLE}, required=("data",))
    elif endpoint.paging == "link":
        links = {"first": _TEXT, "next": {"type": ["string", "null"]}}
        body = _object({"data": rows, "links": _object(links, required=("first",))})
    elif options.envelope == "root":
        body = _object({"data": rows, **following})
    else:
        pagination = _object({"per_page": _WHOLE, "estimated_total": _WHOLE, **following})
        meta = _object({"request_id": _TEXT, "pagination": pagination})
        body = _object({"data": rows, "meta": meta})
    limit = {"type": "integer", "minimum": 1, "default": DEFAULT_LIMIT}
    offset = {"type": "integer", "minimum": 0, "default": 0}
    parameters = [_query(name, limit) for name in LIMIT_NAMES[endpoint.paging]]
    parameters += [_query(name, _TEXT) for name in TOKEN_NAMES[endpoint.paging]]
    if endpoint.paging == "offset":
        parameters.append(_query("offset", offset))
    if cursor is not None:
        moment = {"type": "string", "format": "date-time"}
        names = [f"{cursor}[{comparison}]" for comparison in ("gte", "gt", "lte", "lt")]
        parameters += [_query(name, moment) for name in names]
    failures = _FAILURES | (_MISSING if endpoint.is_child else {})
    return _operation("list", endpoint, parameters, body, failures)


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
        "operationId": f"{verb}_{endpoint.name}",
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
