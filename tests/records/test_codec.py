from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_analytics.exceptions import ContentError
from tap_analytics.records.codec import decode

WHERE = "events: GET /v1/events, page 2"
NOT_JSON = "the body is not valid JSON, or was cut off"
TOO_DEEP = "the body is nested too deeply to be read"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_decode_gives_back_what_was_encoded(value: Any) -> None:
    assert decode(json.dumps(value, ensure_ascii=False).encode(), WHERE) == (value, 0)


@given(st.integers())
def test_decode_keeps_integers_of_any_size(value: int) -> None:
    document = decode(b'{"a": %d, "b": [NaN, %d]}' % (value, value), WHERE).document

    assert document == {"a": value, "b": [None, value]}


@pytest.mark.parametrize(
    "text", ["9007199254740993", "-9223372036854775809", "18446744073709551616", "1" + "0" * 400]
)
def test_decode_keeps_large_integers_exact(text: str) -> None:
    value = decode(text.encode(), WHERE).document

    assert (type(value), str(value)) == (int, text)


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_decode_keeps_decimals_exact(value: Decimal) -> None:
    document = decode(f"[{value:e}, {value:f}]".encode(), WHERE).document

    assert document == [value, value]


@pytest.mark.parametrize(
    "text",
    ["1.10", "-0.0", "0.1000000000000000055511151231257827", "123456789012345678901234567890.5"],
)
@pytest.mark.parametrize("body", ['{"a": %s}', '{"b": NaN, "a": %s}'], ids=["strict", "loose"])
def test_decode_keeps_the_digits_of_a_decimal_as_written(text: str, body: str) -> None:
    value = decode((body % text).encode(), WHERE).document["a"]

    assert (type(value), str(value)) == (Decimal, text)


@pytest.mark.parametrize("text", ["1e400", "1E-400"])
def test_decode_keeps_exponents_that_no_float_holds(text: str) -> None:
    assert decode(text.encode(), WHERE).document == Decimal(text)


def test_decode_tells_booleans_numbers_and_texts_apart() -> None:
    document = decode(b'[true, 1, 1.0, "1", "1999", null]', WHERE).document

    assert [type(value) for value in document] == [bool, int, Decimal, str, str, type(None)]


@pytest.mark.parametrize("token", ["NaN", "Infinity", "-Infinity", "1e9999999999999999999999"])
def test_decode_makes_what_is_no_number_null_and_counts_it(token: str) -> None:
    decoded = decode(f'{{"a": {token}, "b": [{token}, 1.5]}}'.encode(), WHERE)

    assert decoded == ({"a": None, "b": [None, Decimal("1.5")]}, 2)


def test_decode_leaves_texts_that_look_like_nan_alone() -> None:
    assert decode(b'["NaN", "-Infinity"]', WHERE) == (["NaN", "-Infinity"], 0)


def test_decode_skips_a_byte_order_mark() -> None:
    assert decode(b'\xef\xbb\xbf{"a": "\xc3\xbc"}', WHERE) == ({"a": "ü"}, 0)


@pytest.mark.parametrize("body", [rb'"a\ud800b"', rb'"a\udc00b"', b'"a\xed\xa0\x80b"'])
def test_decode_replaces_lone_surrogates(body: bytes) -> None:
    document = decode(b'{"k": [%s], %s: 1}' % (body, body), WHERE).document

    assert document == {"k": ["a\ufffdb"], "a\ufffdb": 1}
    json.dumps(document, ensure_ascii=False).encode()


def test_decode_keeps_pairs_of_surrogates_nul_and_unnormalised_text() -> None:
    assert decode(rb'"\ud83d\ude00 \u0000 e\u0301"', WHERE).document == "😀 \x00 e\u0301"


@pytest.mark.parametrize("body", [b'{"a": 1, "A": 2, "": 3, "a": 4}', b'{"a": NaN, "a": 4}'])
def test_decode_takes_the_last_of_equal_keys(body: bytes) -> None:
    assert decode(body, WHERE).document["a"] == 4


@pytest.mark.parametrize("body", [b"", b"  \r\n", b"\xef\xbb\xbf"], ids=["none", "blank", "mark"])
def test_decode_refuses_an_empty_body_that_may_be_filled_next_time(body: bytes) -> None:
    with pytest.raises(ContentError) as caught:
        decode(body, WHERE)

    assert str(caught.value) == f"{WHERE}: the body is empty"
    assert caught.value.transient


@given(JSON.filter(lambda value: isinstance(value, (dict, list, str))), st.data())
def test_decode_refuses_a_body_that_was_cut_off(value: Any, data: st.DataObject) -> None:
    body = json.dumps(value).encode()
    length = data.draw(st.integers(1, len(body) - 1))

    with pytest.raises(ContentError) as caught:
        decode(body[:length], WHERE)

    assert (caught.value.reason, caught.value.transient) == (NOT_JSON, True)


@pytest.mark.parametrize(
    "body",
    [b"{'a': 1}", b'{"a": 1}{"a": 2}', b'{"a": 01}', b"<error/>", b'"\xff"', b"\x1f\x8b\x08\x00"],
    ids=["quotes", "two documents", "leading zero", "XML", "Latin-1", "gzip twice"],
)
def test_decode_refuses_what_is_no_json(body: bytes) -> None:
    with pytest.raises(ContentError) as caught:
        decode(body, WHERE)

    assert str(caught.value) == f"{WHERE}: {NOT_JSON}"


@pytest.mark.parametrize(
    "body",
    [b"<!DOCTYPE html><html>", b"\n <html lang=en>", b'<?xml version="1.0"?><x/>',
     b"\xef\xbb\xbf<!doctype html>"],
    ids=["doctype", "html", "xml", "byte order mark"],
)  # fmt: skip
def test_decode_refuses_a_web_page_for_good(body: bytes) -> None:
    with pytest.raises(ContentError) as caught:
        decode(body, WHERE)

    assert str(caught.value) == (
        f"{WHERE}: the answer is a web page, not JSON; check client.base_url"
    )
    assert not caught.value.transient


def nested(leaf: bytes, kind: str, depth: int) -> bytes:
    opening, closing = (b"[", b"]") if kind == "list" else (b'{"a":', b"}")
    return opening * depth + leaf + closing * depth


leaves = pytest.mark.parametrize("leaf", [b"1", b"NaN"], ids=["strict", "loose"])
kinds = pytest.mark.parametrize("kind", ["list", "object"])


@leaves
@kinds
def test_decode_reads_what_is_nested_as_deep_as_data_may_be(leaf: bytes, kind: str) -> None:
    assert decode(nested(leaf, kind, 200), WHERE).document


@leaves
@kinds
@pytest.mark.parametrize("depth", [600, 900, 100_000])
def test_decode_fails_at_any_depth_with_its_own_error_only(
    leaf: bytes, kind: str, depth: int
) -> None:
    """Surrogates are replaced by recursion, which ended earlier than the decoder's own."""
    said = f"{WHERE}: {TOO_DEEP}"
    try:
        decode(nested(leaf, kind, depth), WHERE)
    except ContentError as error:
        said = str(error)

    assert said == f"{WHERE}: {TOO_DEEP}"


def test_decode_refuses_an_integer_beyond_what_python_reads() -> None:
    with pytest.raises(ContentError) as caught:
        decode(b"9" * 5000, WHERE)

    assert caught.value.reason == NOT_JSON
