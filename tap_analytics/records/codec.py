"""From a body's bytes to Python values that lose nothing.

Numbers keep the digits they were written with: integers of any size, decimals as `Decimal`.
What is no JSON number (NaN, Infinity) becomes null and is counted; targets could not read it.
"""

from __future__ import annotations

import decimal
import json
import re
from typing import Any, NamedTuple

import msgspec

from tap_analytics.exceptions import ContentError

__all__ = ["Decoded", "decode"]

BOM = b"\xef\xbb\xbf"
MARKUP = re.compile(rb"\s*<(!doctype|html|\?xml|head|body)", re.IGNORECASE)
LONE_SURROGATE = re.compile("[\ud800-\udfff]")
DECODER = msgspec.json.Decoder(float_hook=decimal.Decimal)


class Decoded(NamedTuple):
    """A decoded body.

    Attributes:
        document: dict, list, str, int, Decimal, bool and None, as in the body.
        non_finite: How many NaN and Infinity became null.
    """

    document: Any
    non_finite: int = 0


def decode(body: bytes, where: str) -> Decoded:
    """Decode a JSON body.

    Raises:
        ContentError: It is empty, a web page, or no JSON; transient where another try may help.
    """
    try:
        return Decoded(DECODER.decode(body))
    except (msgspec.DecodeError, UnicodeDecodeError, decimal.InvalidOperation):
        pass
    except RecursionError:
        raise ContentError(where, "the body is nested too deeply to be read") from None
    body = body.removeprefix(BOM)
    if not body.strip():
        raise ContentError(where, "the body is empty", transient=True)
    if MARKUP.match(body):
        raise ContentError(where, "the answer is a web page, not JSON; check client.base_url")
    return _decode_loosely(body, where)


def _decode_loosely(body: bytes, where: str) -> Decoded:
    """Decode what RFC 8259 forbids but APIs send: a byte order mark, NaN, lone surrogates."""
    non_finite = 0

    def number(text: str) -> decimal.Decimal | None:
        nonlocal non_finite
        try:
            value = decimal.Decimal(text)
        except decimal.InvalidOperation:  # an exponent beyond what a decimal can hold
            value = decimal.Decimal("NaN")
        if value.is_finite():
            return value
        non_finite += 1
        return None

    try:
        document = json.loads(body, parse_float=number, parse_constant=number)
        return Decoded(_without_surrogates(document), non_finite)
    except ValueError:  # JSONDecodeError and UnicodeDecodeError are kinds of it
        reason = "the body is not valid JSON, or was cut off"
        raise ContentError(where, reason, transient=True) from None
    except RecursionError:
        raise ContentError(where, "the body is nested too deeply to be read") from None


def _without_surrogates(value: Any) -> Any:
    """*value* with each lone surrogate, which no UTF-8 text can hold, as U+FFFD."""
    if isinstance(value, str):
        return LONE_SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_without_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(item) for key, item in value.items()}
    return value
