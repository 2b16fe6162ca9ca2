"""The APIs of this folder refuse what such an API would refuse; else they would show little."""

from __future__ import annotations

from typing import Any

import pytest

from .api import API
from .message import Refused, ask_of

ORIGIN = "http://127.0.0.1:1"
KEY = "key=secret"


def entry(name: str, path: str, **paginator: Any) -> dict[str, Any]:
    return {"name": name, "endpoint": {"path": path, "data_selector": "data",
                                       "paginator": paginator}}  # fmt: skip


CONFIG = {
    "client": {
        "base_url": f"{ORIGIN}/v1",
        "auth": {"type": "api_key", "name": "key", "api_key": "secret", "location": "query"},
    },
    "resources": [
        entry("lists", "/lists", type="page_number", limit=3, limit_param="size"),
        entry("items", "/lists/{list_id}/items", type="offset", limit=5),
        entry("tokens", "/tokens", type="cursor", cursor_path="next_token", cursor_param="token"),
        entry("links", "/links", type="cursor", cursor_path="next_url", cursor_param="from"),
        entry("rows", "/rows", type="cursor", cursor_param="since_id"),
    ],
}


@pytest.fixture
def api() -> API:
    return API(CONFIG, ORIGIN, frozenset(), "")


def get(api: API, target: str) -> Any:
    return api.answer(ask_of("GET", target, {}, b"")).document


@pytest.mark.parametrize(
    ("target", "status", "reason"),
    [
        ("/v1/lists?page=1", 401, "key in the query is []"),
        ("/v1/lists?page=1&key=guess", 401, "key in the query is ['guess']"),
        (f"/v1/lists?page=1&{KEY}&{KEY}", 401, "key in the query is ['secret', 'secret']"),
        (f"/lists?page=1&{KEY}", 404, "no such path"),
        (f"/v1/lists/?page=1&{KEY}", 404, "no such path"),
        (f"/v1/lists?page=0&{KEY}", 400, "page 0"),
        (f"/v1/lists?page=9&{KEY}", 400, "page 9"),
        (f"/v1/lists?{KEY}", 400, "no page"),
        (f"/v1/lists?page=1&size=0&{KEY}", 400, "a page size of '0'"),
        (f"/v1/lists?page=1&page=2&{KEY}", 400, "['page'] twice in the query"),
        (f"/v1/lists?page=1&offset=0&{KEY}", 400, "nobody declares ['offset']"),
        (f"/v1/lists/7/items?offset=0&{KEY}", 400, "no parent ('7',)"),
        (f"/v1/lists/%7Blist_id%7D/items?{KEY}", 400, "no parent ('{list_id}',)"),
        (f"/v1/tokens?token=guess&{KEY}", 400, "a cursor that was never given: 'guess'"),
        (f"/v1/links?from={ORIGIN}/v1/links&{KEY}", 400, "a URL as from"),
        (f"/v1/rows?since_id=guess&{KEY}", 400, "a cursor that was never given: 'guess'"),
    ],
)
def test_request_is_refused(api: API, target: str, status: int, reason: str) -> None:
    with pytest.raises(Refused) as caught:
        get(api, target)

    assert (caught.value.status, str(caught.value)) == (status, reason)
    (refusal,) = api.refusals
    assert refusal.endswith(reason)


def test_token_leads_on_in_its_own_collection_alone(api: API) -> None:
    first = get(api, f"/v1/tokens?{KEY}")
    second = get(api, f"/v1/tokens?token={first['next_token'].replace('+', '%2B')}&{KEY}")

    assert first["data"] == api.truth("tokens")[:10]
    assert second["data"] in ([], api.truth("tokens")[10:20])
    with pytest.raises(Refused, match="never given"):
        get(api, f"/v1/rows?since_id={first['next_token']}&{KEY}")


def test_each_parent_has_records_of_its_own(api: API) -> None:
    parents = [record["id"] for record in api.truth("lists")]
    refs = {record["ref"] for record in api.truth("items")}

    assert (len(parents), len(refs)) == (7, 175)
    assert {record["id"] for record in api.truth("items")}.isdisjoint(parents)


@pytest.mark.parametrize(("form", "status"), [("refresh_token=first", 200), ("", 400)])
def test_refresh_token_is_good_for_one_use(form: str, status: int) -> None:
    auth = {"type": "oauth2", "client_id": "me", "client_secret": "mine",
            "refresh_token": "first", "token_url": f"{ORIGIN}/token"}  # fmt: skip
    api = API({**CONFIG, "client": {"base_url": ORIGIN, "auth": auth}}, ORIGIN, frozenset(), "")
    body = f"grant_type=refresh_token&client_id=me&client_secret=mine&{form}".encode()

    def token() -> int:
        try:
            api.answer(ask_of("POST", "/token", {}, body))
        except Refused as refusal:
            return refusal.status
        return 200

    assert [token(), token()] == [status, 400]
