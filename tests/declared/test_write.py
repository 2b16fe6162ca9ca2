"""From the vocabulary to a config and back."""

from __future__ import annotations

import json
import string
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec import UNSET

from tap_analytics.declared.client import parse_client
from tap_analytics.declared.parse import parse_resources
from tap_analytics.declared.write import write_auth, write_client, write_resource
from tap_analytics.spec import (
    AUTHS,
    PAGINATORS,
    ApiKey,
    Auth,
    Auto,
    Bearer,
    Client,
    Cursor,
    ErrorHandler,
    HeaderCursor,
    HeaderLink,
    HttpBasic,
    Incremental,
    JsonLink,
    NoAuth,
    OAuth2ClientCredentials,
    OAuth2RefreshToken,
    Offset,
    PageNumber,
    Paginator,
    RecordFilter,
    Resource,
    ResponseAction,
    SessionToken,
    SinglePage,
)
from tap_analytics.streams import BUILT_IN

PARENT = "things"
FIELDS = ("id", "owner.id", "key|id")

plain_texts = st.text(
    st.characters(codec="utf-8", exclude_characters="{}$", exclude_categories=["Cc"]), max_size=12
)
words = st.text(string.ascii_letters, min_size=1, max_size=8)
names = st.text(string.ascii_letters + string.digits + "_-[]$.", max_size=10).map("q{}".format)
counts = st.integers(0, 10**6)
sizes = st.integers(1, 10**6)
seconds = st.floats(0, 10**6)
statuses = st.integers(100, 599)
paths = st.lists(st.lists(words, min_size=1, max_size=3).map(".".join), min_size=1, max_size=2).map(
    "|".join
)
cursors = st.one_of(
    paths.map("k{}".format),
    st.sampled_from(
        ["@odata.nextLink", "link", "headers.next", "a-b", "$['a']['b.c']", "$['a b'][*]['c']"]
    ),
)
urls = st.builds("https://{}.example.com/{}".format, words.map(str.lower), words)
secrets = st.text(
    st.characters(codec="ascii", min_codepoint=33, max_codepoint=126, exclude_characters="${}"),
    min_size=1,
    max_size=12,
).filter(lambda text: not text.lower().startswith("bearer"))
scalars = st.one_of(
    plain_texts,
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(allow_nan=False, allow_infinity=False),
)
templates = st.sampled_from(
    [
        "{incremental.start_value}",
        "since {incremental.start_value} until {incremental.end_value}",
        *(f"{{resources.{PARENT}.{field}}}" for field in FIELDS),
        "{partitions.region}",
        "id={partitions.region}",
    ]
)
values = st.one_of(st.none(), scalars, templates, st.lists(scalars, max_size=3))
trees = st.recursive(
    values, lambda inner: st.dictionaries(names, inner, max_size=3), max_leaves=6
)  # fmt: skip


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.just(UNSET), strategy)


def optional(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), strategy)


COUNTED = {
    "total_path": optional(paths),
    "has_more_path": optional(paths),
    "stop_after_empty_page": st.booleans(),
}
paginators: dict[type[Paginator], st.SearchStrategy[Any]] = {
    Auto: st.just(Auto()),
    SinglePage: st.just(SinglePage()),
    JsonLink: st.builds(JsonLink, next_url_path=paths),
    HeaderLink: st.builds(
        HeaderLink, links_next_key=words, limit=optional(sizes), limit_param=names
    ),
    HeaderCursor: st.builds(HeaderCursor, cursor_key=names, cursor_param=names),
    Cursor: st.builds(
        Cursor,
        cursor_path=cursors,
        cursor_param=optional(names),
        cursor_body_path=optional(paths),
        cursor_source=st.sampled_from(["body", "last_record"]),
        has_more_path=optional(paths),
        done_path=optional(paths),
        stop_below=optional(sizes),
        stop_after_empty_page=st.booleans(),
        limit=optional(sizes),
        limit_param=names,
    ),
    Offset: st.builds(
        Offset,
        limit=sizes,
        offset=counts,
        offset_param=names,
        offset_body_path=optional(paths),
        limit_param=names,
        limit_body_path=optional(paths),
        maximum_offset=optional(counts),
        **COUNTED,
    ),
    PageNumber: st.builds(
        PageNumber,
        base_page=counts,
        page=optional(st.integers(-5, 5)),
        page_param=names,
        limit=optional(sizes),
        limit_param=optional(names),
        page_body_path=optional(paths),
        maximum_page=optional(st.integers(-5, 500)),
        **COUNTED,
    ),
}
OAUTH2 = {
    "access_token_url": urls,
    "client_id": secrets,
    "client_secret": secrets,
    "access_token_request_data": st.dictionaries(words, plain_texts, max_size=2),
    "access_token": optional(secrets),
    "default_token_expiration": sizes,
}
LOGIN = {"login_url": urls, "username": secrets, "password": secrets}
auths: dict[type[Auth], st.SearchStrategy[Any]] = {
    NoAuth: st.just(NoAuth()),
    Bearer: st.builds(Bearer, token=secrets),
    ApiKey: st.builds(
        ApiKey,
        api_key=secrets,
        name=names,
        location=st.sampled_from(["header", "query", "param", "cookie", "body"]),
    ),
    HttpBasic: st.builds(HttpBasic, username=secrets, password=st.one_of(st.just(""), secrets)),
    OAuth2ClientCredentials: st.builds(OAuth2ClientCredentials, **OAUTH2),
    OAuth2RefreshToken: st.builds(OAuth2RefreshToken, refresh_token=secrets, **OAUTH2),
    SessionToken: st.one_of(
        st.builds(
            SessionToken, header=names, session_token_response_key=paths, **LOGIN
        ),
        st.builds(
            SessionToken,
            header=names,
            session_token=secrets,
            **{name: optional(strategy) for name, strategy in LOGIN.items()},
        ),
    ),
}  # fmt: skip


def allowed(paginator: Paginator) -> bool:
    """Whether a config may say so: not in two places at once, and with an end."""
    fields = {field.name: field.default for field in msgspec.structs.fields(paginator)}
    twice = any(
        getattr(paginator, name) and getattr(paginator, param) != fields[param]
        for name in fields
        if name.endswith("_body_path") and (param := name.replace("_body_path", "_param"))
    )
    ends = ("stop_after_empty_page", "total_path", "has_more_path")
    endless = isinstance(paginator, (Offset, PageNumber)) and not any(
        getattr(paginator, name) for name in ends
    )
    maximum = getattr(paginator, "maximum_page", None), getattr(paginator, "maximum_offset", None)
    return not twice and (not endless or maximum != (None, None))


any_paginator = st.one_of(*paginators.values()).filter(allowed)
any_auth = st.one_of(*auths.values())
limits = optional(st.one_of(plain_texts, st.integers(), st.floats(0, 1e9)))
incrementals = st.builds(
    Incremental,
    cursor_path=paths,
    start_param=optional(names),
    end_param=optional(names),
    initial_value=limits,
    end_value=limits,
    lag=seconds,
    row_order=st.sampled_from([None, "asc", "desc"]),
    on_cursor_value_missing=st.sampled_from(["include", "exclude", "raise"]),
    range_start=st.sampled_from(["closed", "open"]),
    range_end=st.sampled_from(["open", "closed"]),
    datetime_format=optional(st.sampled_from(["%s", "%ms", "%Y-%m-%d"])),
    step=optional(st.sampled_from(["P30D", "PT1H"])),
).filter(lambda one: one.step is None or bool(one.end_param))
actions = st.builds(
    ResponseAction,
    action=st.sampled_from(["ignore", "fail"]),
    status_code=optional(statuses),
    content=optional(plain_texts),
).filter(lambda action: (action.status_code, action.content) != (None, None))


@st.composite
def failures(draw: st.DrawFn) -> dict[str, Any]:
    """Response actions and an error handler, whose ignored statuses are actions as well."""
    own = tuple(draw(st.lists(actions, max_size=3)))
    handler = draw(
        maybe(
            st.builds(
                ErrorHandler,
                retry_on_status_codes=optional(st.lists(statuses, max_size=3).map(tuple)),
                max_retries=optional(counts),
                backoff_factor=optional(seconds),
                ignore_status_codes=st.lists(statuses, max_size=3).map(tuple),
            )
        )
    )
    ignored = () if handler is UNSET else handler.ignore_status_codes
    own += tuple(ResponseAction(action="ignore", status_code=status) for status in ignored)
    return {"error_handler": handler, "response_actions": own or UNSET}


BODIES = {
    "json": st.dictionaries(names, trees, max_size=3),
    "data": st.one_of(st.dictionaries(names, values, max_size=3), plain_texts.filter(bool)),
}
REGIONS = st.fixed_dictionaries({"region": st.lists(scalars, min_size=1, max_size=3)})
FREE = {
    "method": st.sampled_from(["GET", "POST"]),
    "params": st.dictionaries(names, values, max_size=3),
    "headers": st.dictionaries(words, plain_texts, max_size=2),
    "auth": any_auth,
    "record_filter": st.builds(
        RecordFilter,
        path=paths,
        negated=st.booleans(),
        values=st.lists(st.one_of(st.none(), scalars), max_size=3).map(tuple),
    ),
    "paginator": any_paginator,
    "data_selector": st.one_of(
        paths,
        st.sampled_from(["", "$", "response.a|a", "a[*].b", "response.a", "$['a b'][*]['c.d']"]),
    ),
    "primary_keys": st.lists(names, max_size=3).map(tuple),
    "selected": st.booleans(),
    "write_disposition": st.sampled_from(["merge", "append", "replace"]),
    "record_format": st.sampled_from(["plain", "json_api"]),
    "schema": st.just({"type": "object", "properties": {"id": {"type": ["string", "null"]}}}),
}
BOUND = {"name", "path", "parent", "include_from_parent", "partitions", "incremental", *BODIES}
FAILURES = {"error_handler", "response_actions"}


@st.composite
def resources(draw: st.DrawFn) -> Resource:
    """What a config can say of a resource whose parent may be `things`."""
    field = draw(st.sampled_from(["", *FIELDS]))
    path = draw(words.filter(lambda word: word.lower() != "graphql"))
    given = {
        "name": draw(words.filter(lambda name: name != PARENT and name not in BUILT_IN)),
        "path": f"/a/{{resources.{PARENT}.{field}}}/{path}" if field else f"/{path}",
        **{name: draw(maybe(strategy)) for name, strategy in FREE.items()},
        **draw(failures()),
    }
    if isinstance(given["paginator"], Cursor) and given["data_selector"] in ("", "$"):
        given["data_selector"] = "rows"  # a body that is a list has no room for a cursor
    if body := draw(st.sampled_from(["", *BODIES])):
        given[body] = draw(BODIES[body])
    text = json.dumps([given.get(key, "") for key in ("path", "params", *BODIES)], default=str)
    needs = {name: f"{{{name}." in text for name in ("resources", "partitions", "incremental")}
    if needs["resources"]:
        given["parent"] = PARENT
        given["include_from_parent"] = draw(maybe(st.lists(names, max_size=2).map(tuple)))
    for name, strategy in (("partitions", REGIONS), ("incremental", incrementals)):
        given[name] = draw(strategy if needs[name] else maybe(strategy))
    return Resource(**given)


def through(config: Any, form: str) -> Any:
    """*config* written to a file and read again."""
    if form == "yaml":
        return yaml.safe_load(yaml.safe_dump(config, sort_keys=False, allow_unicode=True))
    return json.loads(json.dumps(config))


def places_in_the_body(paginator: Any) -> bool:
    """Whether a parameter is dotted, which for a POST is read as a place in its body."""
    names = ("offset_param", "page_param", "cursor_param", "limit_param")
    return any("." in str(getattr(paginator, name, "")) for name in names)


@given(resources(), st.sampled_from(["json", "yaml"]))
def test_resource_is_read_back_as_it_was(resource: Resource, form: str) -> None:
    assume(not (resource.method == "POST" and places_in_the_body(resource.paginator)))
    entry = through(write_resource(resource, BUILT_IN), form)
    parent = {"name": PARENT, "endpoint": "/things"}

    assert parse_resources([parent, entry], {}, BUILT_IN).resources[1] == resource


@given(
    st.builds(
        Client,
        base_url=urls,
        headers=st.dictionaries(words, plain_texts, max_size=2),
        auth=any_auth,
        paginator=optional(any_paginator),
        allowed_origins=st.lists(urls, max_size=2).map(tuple),
    ),
    st.sampled_from(["json", "yaml"]),
)
def test_client_is_read_back_as_it_was(client: Client, form: str) -> None:
    assert parse_client(through(write_client(client), form), {}) == client


def test_every_kind_and_field_has_its_strategy() -> None:
    assert set(paginators) == set(PAGINATORS)
    assert set(auths) == set(AUTHS)
    fields = {field.name for field in msgspec.structs.fields(Resource)}
    assert fields - FREE.keys() - BOUND - FAILURES == {"built_in", "columns"}


ENTRIES: dict[str, Any] = {
    "a name": "prices",
    "another key": {"name": "prices", "primary_key": ["id", "tax_mode"]},
    "no key": {"name": "prices", "primary_key": []},
    "a field of the paginator undone": {
        "name": "prices",
        "endpoint": {"paginator": {"has_more_path": None, "limit": None}},
    },
    "the start undone": {"name": "prices", "endpoint": {"incremental": {"start_param": None}}},
    "another paginator": {"name": "prices", "endpoint": {"paginator": "single_page"}},
    "more parameters": {"name": "prices", "endpoint": {"params": {"limit": "5", "x": None}}},
    "a child": "customer_addresses",
    "schema": {"name": "x", "schema": {"type": "object", "properties": {"id": {"type": "string"}}}},
}


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
def test_entry_over_a_built_in_stream_is_read_back_as_it_was(entry: Any) -> None:
    (resource,) = parse_resources([entry], {}, BUILT_IN).resources
    written = write_resource(resource, BUILT_IN)

    assert parse_resources([through(written, "json")], {}, BUILT_IN).resources == [resource]


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_built_in_stream_is_written_out_and_read_back(name: str) -> None:
    (resource,) = parse_resources([name], {}, BUILT_IN).resources
    written = write_resource(resource, BUILT_IN)

    assert written["endpoint"]["path"] == BUILT_IN[name].path
    assert [] not in written.values()
    assert parse_resources([through(written, "json")], {}, BUILT_IN).resources == [resource]


def test_what_equals_a_default_is_left_out() -> None:
    resource = Resource(
        name="things",
        path="/t",
        paginator=Offset(limit=5),
        incremental=Incremental(cursor_path="at"),
    )
    assert write_resource(resource, {}) == {
        "name": "things",
        "endpoint": {
            "path": "/t",
            "paginator": {"type": "offset", "limit": 5},
            "incremental": {"cursor_path": "at"},
        },
    }


@pytest.mark.parametrize(
    ("auth", "hidden"),
    [
        (Bearer(token="hush"), {"token"}),
        (HttpBasic(username="me", password="hush"), {"password"}),
        (HttpBasic(username="hush", password=""), {"username"}),
        (SessionToken(header="X", session_token="hush"), {"session_token"}),
        (
            OAuth2RefreshToken(
                access_token_url="https://a.example.com/t",
                client_id="me",
                client_secret="hush",
                refresh_token="hush",
                access_token="hush",
            ),
            {"client_secret", "refresh_token", "access_token"},
        ),
    ],
    ids=["bearer", "http_basic", "user name alone", "session_token", "oauth2"],
)
def test_each_secret_of_an_auth_is_hidden(auth: Auth, hidden: set[str]) -> None:
    written = write_auth(auth, lambda name, value: f"<{name} {value}>")

    assert {key for key, value in written.items() if str(value).startswith("<")} == hidden
    assert {written[name] for name in hidden} == {f"<{name} hush>" for name in hidden}
