from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from .client import PATHS, fetch, page_of, truth

if TYPE_CHECKING:
    from tap_analytics.sandbox import Sandbox

    from .conftest import Start

CHILDREN = {
    "customer_addresses": "/v1/customers/{parent}/addresses",
    "businesses": "/v1/customers/{parent}/businesses",
}


def described(sandbox: Sandbox) -> dict[str, Any]:
    return page_of(sandbox, "/openapi.json", api_key="")


def validator(document: dict[str, Any], path: str) -> Draft202012Validator:
    """Checks answers of status 200 against what the document says of *path*."""
    answer = document["paths"][path]["get"]["responses"]["200"]
    schema = answer["content"]["application/json"]["schema"]
    return Draft202012Validator(schema | {"components": document["components"]})


def test_document_names_all_routes_with_distinct_operations(shared: Sandbox) -> None:
    paths = described(shared)["paths"]
    listings = {*PATHS.values(), *CHILDREN.values()}
    operations = [each["operationId"] for path in paths.values() for each in path.values()]
    assert set(paths) == listings | {f"{path}/{{id}}" for path in listings} | {"/oauth/token"}
    assert len(operations) == len(set(operations))


@pytest.mark.parametrize(
    "options",
    [{}, {"envelope": "meta", "links": "token"}, {"json_api": False, "links": "relative"}],
    ids=["default", "meta", "flat"],
)
def test_pages_and_records_are_as_described(start: Start, options: dict[str, Any]) -> None:
    sandbox = start(**options)
    document = described(sandbox)
    for path in PATHS.values():
        page = page_of(sandbox, path, limit=100)
        validator(document, path).validate(page)
        single = page_of(sandbox, f"{path}/{page['data'][0]['id']}")
        validator(document, path + "/{id}").validate(single)


@pytest.mark.parametrize("name", CHILDREN)
def test_children_are_as_described(shared: Sandbox, name: str) -> None:
    document = described(shared)
    parent = truth(shared, name)[0]["customer_id"]
    page = page_of(shared, CHILDREN[name].format(parent=parent))
    validator(document, CHILDREN[name]).validate(page)
    assert page["data"]


def test_record_schemas_name_every_field(shared: Sandbox) -> None:
    schemas = described(shared)["components"]["schemas"]
    for name in ("customers", "transactions", "events", "customer_addresses"):
        fields = {field for record in truth(shared, name) for field in record}
        assert set(schemas[name]["properties"]) == fields
    assert schemas["customers"]["properties"]["id"] == {"type": "string"}
    assert schemas["customers"]["properties"]["updated_at"]["format"] == "date-time"
    assert set(schemas["accounts"]["properties"]) == {
        "type",
        "id",
        "attributes",
        "relationships",
        "links",
    }


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/v1/event-types", {"limit", "next"}),
        ("/v1/cash_drawers", {"limit", "offset", "updated_at"}),
        ("/v1/calls", {"page[size]", "limit", "page[after]", "cursor", "updated_at"}),
        ("/v1/events", {"limit", "next", "occurred_at"}),
        ("/v1/customers/{parent}/addresses", {"parent", "limit", "next", "updated_at"}),
        ("/v1/customers/{parent}/addresses/{id}", {"parent", "id"}),
    ],
)
def test_parameters_are_those_of_the_listing(shared: Sandbox, path: str, names: set[str]) -> None:
    parameters = described(shared)["paths"][path]["get"]["parameters"]
    filters = {f"{name}[{end}]" for name in names for end in ("gte", "gt", "lte", "lt")}
    found = {each["name"] for each in parameters}
    assert found - filters == names - {"updated_at", "occurred_at"}
    assert len(found & filters) == (4 if names & {"updated_at", "occurred_at"} else 0)


@pytest.mark.parametrize(
    ("auth", "security"),
    [
        (("basic",), [{"basic": []}]),
        (("none",), [{}]),
        (("none", "bearer"), [{"bearer": []}, {}]),
        (("api_key", "oauth2"), [{"api_key_header": []}, {"api_key_query": []}, {"oauth2": []}]),
    ],
)
def test_security_names_the_accepted_kinds(
    start: Start, auth: tuple[str, ...], security: list[dict[str, list[str]]]
) -> None:
    document = described(start(auth=auth, scale=0.1))
    schemes = document["components"]["securitySchemes"]
    assert document["security"] == security
    assert set(schemes) == {name for each in security for name in each}
    assert ("/oauth/token" in document["paths"]) is ("oauth2" in auth)


def test_document_needs_no_credentials(shared: Sandbox) -> None:
    response = fetch(shared, "/openapi.json", headers={})
    assert response.json()["openapi"].startswith("3.1")
