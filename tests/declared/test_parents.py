"""Which resource a placeholder in a path means."""

from __future__ import annotations

import pytest

from tap_analytics.declared.parents import find_parent, placeholders


def parents(child: str, paths: dict[str, str]) -> list[tuple[str, ...]]:
    """What each placeholder in the child's path may mean, from left to right."""
    return [find_parent(child, wanted, paths).names for wanted in placeholders(paths[child])]


@pytest.mark.parametrize(
    ("path", "others", "parent"),
    [
        ("/v1/customers/{cus_id}/addresses", {"customers": "/v1/customers"}, "customers"),
        ("/v1/apps/{app_id}/outcomes", {"applications": "/v1/apps"}, "applications"),
        ("/people/{person_id}/pets", {"people": "/people/list"}, "people"),
        ("/users/{id}.json/x", {"users": "/users.json"}, "users"),
        ("/stages/{promotion_id}", {"promotions": "/v1/promos"}, "promotions"),
        ("/topics/{{ stream_slice.id }}/comments", {"topic_list": "/group/x/topics"}, "topic_list"),
        ("/coupon/{{ stream_partition.product_id }}", {"products": "/products"}, "products"),
        ("/connectors/{provider}/creds", {"connectors": "/connectors"}, "connectors"),
        ("/status/{page_id}/incidents", {"status_pages": "/v2/pages"}, "status_pages"),
        ("/boards/{boardId}/items", {"boards": "/boards"}, "boards"),
    ],
)
def test_parent_is_found_by_path_or_name(path: str, others: dict[str, str], parent: str) -> None:
    assert parents("child", {"child": path, **others}) == [(parent,)]


def test_chain_of_parents_is_found_link_by_link() -> None:
    paths = {
        "campaigns": "/campaigns",
        "adgroups": "/campaigns/{campaign_id}/adgroups",
        "keywords": "/campaigns/{campaign_id}/adgroups/{adgroup_id}/keywords",
    }

    assert parents("keywords", paths) == [("campaigns",), ("adgroups",)]


def test_same_path_wins_over_a_resource_of_that_name() -> None:
    paths = {"child": "/customers/{user_id}/x", "clients": "/customers", "users": "/users"}

    assert parents("child", paths) == [("clients",)]


def test_parents_that_cannot_be_told_apart_are_all_named() -> None:
    paths = {"child": "/p/{thing_id}/y", "a": "/u/things", "b": "/v/things"}

    assert parents("child", paths) == [("a", "b")]


def test_resources_of_one_endpoint_are_the_same_parent() -> None:
    paths = {"child": "/things/{thing_id}/y", "a": "/things", "b": "/things"}

    assert parents("child", paths) == [("a",)]


@pytest.mark.parametrize(
    "path", ["/accounts/{account_id}/x", "/projects/{organization}/{project}/x", "/{workspace}/x"]
)
def test_placeholder_without_a_resource_has_no_parent(path: str) -> None:
    assert parents("child", {"child": path, "other": "/others"})[0] == ()


@pytest.mark.parametrize(
    ("name", "noun", "fields"),
    [
        ("customer_id", "customer", ("customer_id", "id")),
        ("project_key", "project", ("project_key", "key", "id")),
        ("org_slug", "organization", ("org_slug", "slug", "id")),
        ("boardId", "board", ("boardId", "id")),
        ("id", "", ("id",)),
        ("parent_id", "", ("parent_id", "id")),
        ("indices", "index", ("indices", "id")),
        ("categories_id", "category", ("categories_id", "id")),
    ],
)
def test_placeholder_s_name_gives_noun_and_fields(
    name: str, noun: str, fields: tuple[str, ...]
) -> None:
    (wanted,) = placeholders(f"/x/{{{name}}}")

    assert (wanted.noun, wanted.fields) == (noun, fields)


def test_exact_reference_is_no_placeholder_to_bind() -> None:
    assert list(placeholders("/a/{resources.b.id}/c")) == []
