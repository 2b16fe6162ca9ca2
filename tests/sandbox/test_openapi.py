from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from .client import PATHS, body_of, fetch, page_of, search, truth
from .walks import KINDS, SEARCHES

if TYPE_CHECKING:
    from tap_analytics.sandbox import Sandbox

    from .conftest import Start

CHILDREN = {
    "customer_addresses": "/v1/customers/{parent}/addresses",
    "businesses": "/v1/customers/{parent}/businesses",
}


def described(sandbox: Sandbox) -> dict[str, Any]:
    return page_of(sandbox, "/openapi.json", api_key="")


def validator(document: dict[str, Any], path: str, method: str = "get") -> Draft202012Validator:
    """Checks answers of status 200 against what the document says of *path*."""
    answer = document["paths"][path][method]["responses"]["200"]
    schema = answer["content"]["application/json"]["schema"]
    return Draft202012Validator(schema | {"components": document["components"]})


def test_document_names_all_routes_with_distinct_operations(shared: Sandbox) -> None:
    paths = described(shared)["paths"]
    kinds = {f"/paging/{kind}/{name}" for kind in KINDS for name in ("customers", "events")}
    listings = {*PATHS.values(), *CHILDREN.values(), *kinds}
    operations = [each["operationId"] for path in paths.values() for each in path.values()]
    tokens = {"/oauth/token", "/login"}
    assert set(paths) == listings | {f"{path}/{{id}}" for path in listings} | tokens
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


@pytest.mark.parametrize("kind", KINDS)
def test_pages_of_each_kind_of_paging_are_as_described(shared: Sandbox, kind: str) -> None:
    document, path = described(shared), f"/paging/{kind}/customers"
    method = "post" if kind in SEARCHES else "get"
    response = search(shared, path, {}) if kind in SEARCHES else fetch(shared, path)
    validator(document, path, method).validate(body_of(response))
    headers = document["paths"][path][method]["responses"]["200"].get("headers", {})
    sent = {name for name in ("Link", "X-Next-Cursor") if name in response.headers}
    assert set(headers) == sent
    first = f"{path}/{body_of(response)['data'][0]['id']}"
    validator(document, path + "/{id}").validate(page_of(shared, first))


def test_every_total_that_may_be_absent_is_described_so(shared: Sandbox) -> None:
    paths = described(shared)["paths"]
    required = {
        path: paths[path]["get"]["responses"]["200"]["content"]["application/json"]["schema"][
            "required"
        ]
        for path in (
            "/v1/cash_drawers",
            "/paging/offset_total/customers",
            "/paging/offset/customers",
        )
    }
    assert [*required.values()] == [["data"], ["data", "total"], ["data"]]


@pytest.mark.parametrize(
    ("kind", "example"),
    [
        (
            "offset_body",
            {"page": {"offset": 5, "limit": 5}, "updated_at": {"gte": "2025-01-31T08:00:00Z"}},
        ),
        ("cursor_body", {"cursor": "x", "limit": 5, "api_key": "x"}),
        ("page_number_body", {"page": 1, "per_page": 5}),
    ],
)
def test_body_of_a_search_is_described(shared: Sandbox, kind: str, example: dict[str, Any]) -> None:
    path = f"/paging/{kind}/customers"
    asked = described(shared)["paths"][path]["post"]["requestBody"]
    schema = asked["content"]["application/json"]["schema"]
    Draft202012Validator(schema).validate(example)
    assert set(example) <= set(schema["properties"])
    wrong: dict[str, Any] = {name: ["x"] for name in example}
    errors = Draft202012Validator(schema).iter_errors(wrong)
    assert {error.path[0] for error in errors} == set(wrong)


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
        ("/paging/page_number_1/customers", {"page", "per_page", "updated_at"}),
        ("/paging/last_record/events", {"starting_after", "limit", "occurred_at"}),
        ("/paging/single_page/customers", {"updated_at"}),
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
        (
            ("api_key", "oauth2"),
            [
                {"api_key_header": []},
                {"api_key_query": []},
                {"api_key_cookie": []},
                {"oauth2": []},
            ],
        ),
        (("session",), [{"session": []}]),
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
    assert ("/login" in document["paths"]) is ("session" in auth)


def test_document_needs_no_credentials(shared: Sandbox) -> None:
    response = fetch(shared, "/openapi.json", headers={})
    assert response.json()["openapi"].startswith("3.1")
