"""Mappings against structs: keys, values, types, and what is said of them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, Meta, Struct

from tap_analytics.check import Problems, build, convert, is_secret, keys, nearest, pick
from tap_analytics.spec import AUTHS, PAGINATORS, Bearer, HttpBasic, Offset


class Point(Struct, frozen=True, kw_only=True):
    """Something to build."""

    x: Annotated[int, Meta(ge=0)]
    side: Literal["left", "right"] = "left"
    label: str | None = None


def built(mapping: Any) -> tuple[Point | None, list[str]]:
    problems = Problems()
    return build(Point, mapping, "a.point", problems), problems.lines


def test_known_keys_are_taken_and_the_mapping_is_not_changed() -> None:
    mapping = {"x": "3", "side": "right"}
    assert built(mapping) == (Point(x=3, side="right"), [])
    assert mapping == {"x": "3", "side": "right"}


@pytest.mark.parametrize(
    ("mapping", "expected"),
    [
        ({}, "a.point.x: is missing"),
        ({"x": -1}, "a.point.x: -1 is not allowed; expected int >= 0"),
        ({"x": 1, "side": "up"}, "a.point.side: 'up' is not allowed; allowed: left, right"),
        ({"x": 1, "label": 5}, "a.point.label: 5 is not allowed; expected str, got int"),
        (
            {"x": 1, "label": ["s"]},
            "a.point.label: the value is not allowed; expected str, got array",
        ),
        (
            {"x": 1, "labels": "a"},
            "a.point.labels: unknown key; did you mean 'label'? Allowed: label, side, x",
        ),
        ([1], "a.point: [1] is not an object"),
    ],
    ids=["missing", "range", "choice", "type", "list", "unknown key", "no object"],
)
def test_what_is_wrong_is_told_with_its_place(mapping: Any, expected: str) -> None:
    point, lines = built(mapping)
    assert point is None
    assert lines[0] == expected


@pytest.mark.parametrize("mapping", [{"token": ["hush-hush"]}, {"token": {"a": "hush-hush"}}])
def test_value_of_a_secret_is_never_told(mapping: dict[str, Any]) -> None:
    problems = Problems()
    assert build(Bearer, mapping, "client.auth", problems) is None
    assert "hush" not in str(problems.lines)
    assert problems.lines[0].startswith("client.auth.token: the value is not allowed; expected str")


@pytest.mark.parametrize("value", ["{'token': 'hush'}", {"a": "hush"}, ["hush"]])
def test_value_in_place_of_an_object_is_never_told(value: Any) -> None:
    problems = Problems()
    assert convert(value, dict[str, int], "client", problems) is UNSET
    assert "hush" not in problems.lines[0]


def test_long_value_is_cut() -> None:
    problems = Problems()
    convert("x" * 1000, int, "limit", problems)
    assert len(problems.lines[0]) < 120


@pytest.mark.parametrize(
    ("structs", "mapping", "expected"),
    [
        (PAGINATORS, {"type": "offset"}, Offset),
        (AUTHS, {"type": "http_basic"}, HttpBasic),
        (AUTHS, {"type": "berer"}, "p.type: 'berer' is not it; did you mean 'bearer'? Allowed: "),
        (AUTHS, {"type": "magic"}, "p.type: 'magic' is not it. Allowed: api_key, bearer, "),
        (AUTHS, {"type": ["bearer"]}, "p.type: ['bearer'] is not it; did you mean 'bearer'?"),
        (AUTHS, {}, "p.type: is missing. Allowed: api_key, bearer, "),
    ],
    ids=["paginator", "auth", "near", "far", "list", "missing"],
)
def test_struct_is_picked_by_its_type(structs: Any, mapping: Any, expected: Any) -> None:
    problems = Problems()
    picked: Any = pick(structs, mapping, "p", problems, "it")
    assert picked is expected or (picked is None and problems.lines[0].startswith(expected))


def test_secrets_are_known_by_their_type() -> None:
    secret = {
        field.name
        for struct in AUTHS
        for field in msgspec.structs.fields(struct)
        if is_secret(field.type)
    }
    assert secret == {
        "access_token",
        "api_key",
        "client_secret",
        "password",
        "refresh_token",
        "session_token",
        "token",
    }


@given(st.text())
def test_a_guess_is_one_of_the_words_or_none(word: str) -> None:
    words = ["cursor", "offset", "page_number"]
    assert nearest(word, words) in {*words, None}


@pytest.mark.parametrize(
    ("word", "guess"), [("OFFSET", "offset"), ("curser", "cursor"), ("x", None)]
)
def test_a_guess_is_near(word: str, guess: str | None) -> None:
    assert nearest(word, ["cursor", "offset"]) == guess


@given(st.dictionaries(st.text(), st.integers()))
def test_keys_are_known_warned_of_or_refused_and_never_lost_in_silence(
    mapping: dict[str, int],
) -> None:
    problems = Problems()
    known = keys(mapping, ["limit", "offset"], "p", problems)
    assert known == {key: value for key, value in mapping.items() if key in {"limit", "offset"}}
    assert len(problems.lines) <= len(mapping) - len(known)
