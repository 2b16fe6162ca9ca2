"""`method`, `json` and `data`: what a request carries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.vocabulary.conftest import ids, refusal
from tests.vocabulary.pages import rows

if TYPE_CHECKING:
    from tests.vocabulary.api import API
    from tests.vocabulary.conftest import Extract


def posts(**endpoint: Any) -> dict[str, Any]:
    return {"name": "posts", "endpoint": {"method": "POST", **endpoint}}


def test_json_goes_out_as_it_is_written(api: API, extract: Extract) -> None:
    api.answer("/posts", rows(2))
    body = {
        "text": "é ☃",
        "int": 9007199254740993,
        "float": 1.5,
        "flags": [True, False, None],
        "empty": {"list": [], "object": {}, "text": ""},
        "a.b": {"$gte": 1},
    }
    assert ids(extract(posts(json=body)), "posts") == [1, 2]
    (asked,) = api.log
    assert (asked.method, asked.query, asked.json) == ("POST", "", body)


def test_post_without_a_body_carries_none(api: API, extract: Extract) -> None:
    api.answer("/posts", rows(1))
    assert ids(extract(posts(params={"sort": "id"})), "posts") == [1]
    (asked,) = api.log
    assert (asked.method, asked.query, asked.body) == ("POST", "sort=id", b"")


def test_empty_json_is_a_body(api: API, extract: Extract) -> None:
    api.answer("/posts", rows(1))
    extract(posts(json={}))
    assert api.log[0].json == {}


def test_data_of_several_fields_is_a_form(api: API, extract: Extract) -> None:
    api.answer("/posts", rows(1))
    assert ids(extract(posts(data={"q": "a b&c", "size": 5})), "posts") == [1]
    assert api.log[0].form == {"q": "a b&c", "size": "5"}


def test_list_in_a_form_repeats_its_field(api: API, extract: Extract) -> None:
    api.answer("/posts", rows(1))
    extract(posts(data={"tag": ["x", "y"]}))
    assert api.log[0].body == b"tag=x&tag=y"


def test_data_that_is_a_text_goes_out_as_it_is(api: API, extract: Extract) -> None:
    api.answer("/posts", rows(1))
    extract(posts(data="fields *; é", headers={"Content-Type": "text/plain"}))
    assert api.log[0].body.decode() == "fields *; é"
    assert api.log[0].headers["content-type"] == "text/plain"


def test_content_type_of_the_headers_wins(api: API, extract: Extract) -> None:
    api.answer("/posts", rows(1))
    extract(posts(json={"q": 1}, headers={"Content-Type": "application/vnd.api+json"}))
    assert api.log[0].headers["content-type"] == "application/vnd.api+json"
    assert api.log[0].body == b'{"q":1}'


def test_get_may_carry_json(api: API, extract: Extract) -> None:
    api.answer("/posts", rows(1))
    extract({"name": "posts", "endpoint": {"json": {"q": 1}}})
    assert (api.log[0].method, api.log[0].json) == ("GET", {"q": 1})


def test_json_beside_data_is_refused() -> None:
    assert refusal(posts(json={"q": 1}, data={"q": 1})) == [
        "resources[0].endpoint.data: stands beside json; allowed is one of them"
    ]


def test_json_of_the_defaults_beside_data_is_refused(api: API) -> None:
    (problem,) = refusal(
        posts(data={"q": 1}),
        client={"base_url": api.base_url},
        resource_defaults={"endpoint": {"json": {"q": 1}}},
    )
    assert problem.startswith("resources[0].endpoint.data: stands beside json")


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_other_methods_are_refused(method: str) -> None:
    assert refusal({"name": "posts", "endpoint": {"method": method}}) == [
        f"resources[0].endpoint.method: '{method}' is not allowed; allowed: GET, POST"
    ]
