"""Words, texts and scalar values that records are made of, with every trap a reader may meet."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tap_analytics.sandbox.draws import Draws

CURRENCIES = ("USD", "EUR", "GBP", "JPY")
COUNTRIES = ("US", "DE", "GB", "JP", "FR", "BR", "IN", "IL", "VN", "NO")
LOCALES = ("en", "en-GB", "de", "ja", "pt-BR", "he", "ar", "zh-Hans")
INTERVALS = ("day", "week", "month", "year")

GIVEN_NAMES = (
    "Ada",
    "Jose\u0301",  # a combining accent: five code points, four letters
    "Jos\u00e9",  # the same letters, composed
    "Zo\u00eb",
    "\u0645\u062d\u0645\u062f",  # right to left
    "\u05e0\u05d5\u05e2\u05d4",
    "\u674e\u660e",
    "\U0001f600\U0001f468\u200d\U0001f469\u200d\U0001f467",  # beyond the basic plane, joined
    "O'Neil",
    "null",
    "Ngo\u0323\u0302c",
    "Anne-Marie",
)
FAMILY_NAMES = (
    "Lovelace",
    "\u00c5ngstr\u00f6m",
    "d'Arc",
    "M\u00fcller",
    "\u05db\u05d4\u05df",
    "\u5c71\u7530",
    "Smith, Jr.",
    "Nguye\u0302\u0303n",
    "True",
    "\u0130nan\u00e7",
)
COMPANIES = (
    "Acme",
    "Globex",
    'Initech "Labs"',
    "M\u00fcller & S\u00f6hne",
    "\u682a\u5f0f\u4f1a\u793e\u5c71\u7530",
    "Stark\tIndustries",
    "\U0001f680 Rockets",
    "\u0634\u0631\u0643\u0629",
    "O\u2019Brien",
    "C:\\Temp",
)
COMPANY_FORMS = ("Ltd", "GmbH", "Inc.", "S.A.", "", "K.K.")
CITIES = (
    "Berlin",
    "Saint Paul",
    "T\u014dky\u014d",
    "S\u00e3o Paulo",
    "",
    "\u05d7\u05d9\u05e4\u05d4",
)
STREETS = ("Main Street", "Stra\u00dfe des 17. Juni", "Rue de l'\u00c9glise", "\u672c\u753a")
TAGS = ("vip", "trial", "eu", "needs review", "", "a,b", '"quoted"', "\U0001f525", "caf\u00e9")
NOTES = (
    "",
    "Called back, all is well.",
    "First line\nsecond line\n\nfourth line",
    "Windows\r\nlines",
    'She said "yes" and left.',
    "back\\slash and /slash/",
    "tab\there",
    '{"looks": ["like", "JSON"]}',
    "  spaces around  ",
    "line separator \u2028 and next line \u0085 inside",
    "e\u0301 is not \u00e9",
    "\u05e9\u05dc\u05d5\u05dd (hello) \u0645\u0631\u062d\u0628\u0627",
    "family \U0001f468\u200d\U0001f469\u200d\U0001f467 and flag \U0001f1e9\U0001f1ea",
    "\x7f delete, \x1f separator",
    "NaN",
    "2025-01-01T00:00:00Z",
    "<b>bold</b> &amp; 'quoted'",
)

BEYOND_DOUBLE = 9_007_199_254_740_993


def decimal(units: int, digits: int = 2) -> Decimal:
    """*units* of 10**-*digits*; 110 gives 1.10, trailing zeros kept."""
    return Decimal(units).scaleb(-digits)


def money(units: int, currency: str) -> dict[str, Any]:
    """An amount in the major unit, as a number."""
    return {"amount": decimal(units), "currency": currency}


def amount(units: int, currency: str) -> dict[str, Any]:
    """An amount in the smallest unit, as text."""
    return {"amount": str(units), "currency_code": currency}


def person(draws: Draws) -> str:
    """A person's name."""
    return f"{draws.pick(GIVEN_NAMES)} {draws.pick(FAMILY_NAMES)}"


def company(draws: Draws) -> str:
    """A company's name."""
    return f"{draws.pick(COMPANIES)} {draws.pick(COMPANY_FORMS)}"


def email(draws: Draws) -> str:
    """An e-mail address at a domain kept for examples (RFC 2606)."""
    return f"user+{draws.below(1_000_000):06d}@{draws.pick(('example.com', 'mail.example.org'))}"


def phone(draws: Draws) -> str:
    """A telephone number, in one of several notations."""
    notation = draws.pick(("+1 555 01{:04d}", "(0555) 01-{:04d}", "0049555{:04d}", "+155501{:04d}"))
    return notation.format(draws.below(10_000))


def postal_code(draws: Draws) -> str:
    """A postal code; some begin with zeros."""
    return f"{draws.below(20_000):05d}"


def tags(draws: Draws) -> list[str]:
    """Up to three labels; often none."""
    return [draws.pick(TAGS) for _ in range(draws.below(4))]


def uuid(draws: Draws) -> str:
    """Text in the form of a random UUID (RFC 9562, version 4)."""
    low, high = draws.below(1 << 31), draws.below(1 << 31)
    node = low << 17 ^ high
    return f"{low:08x}-{high >> 16:04x}-4{low >> 19:03x}-{0x8000 | high & 0x3FFF:04x}-{node:012x}"


def custom_data(draws: Draws) -> dict[str, Any] | None:
    """A free-form object: null, empty, flat or nested."""
    kind = draws.pick(("null", "null", "empty", "flat", "flat", "nested"))
    if kind == "null":
        return None
    if kind == "empty":
        return {}
    flat: dict[str, Any] = {
        "segment": draws.pick(TAGS),
        "score": decimal(draws.between(-500, 500), 1),
        "active": draws.one_in(2),
    }
    if kind == "flat":
        return flat
    nested = {"list": [1, None, draws.pick(NOTES), [], {}], "counter": BEYOND_DOUBLE}
    return flat | {"nested": nested, "key with \u00fcnicode": None, "": "empty key"}
