from __future__ import annotations

import base64
import io
import logging
import string
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_analytics.rest.redact import Redactor, secrets_in

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "s3cr/t +ü"
LETTERS = string.ascii_uppercase + string.digits + "/+=%&ü "


@pytest.fixture
def output() -> Iterator[io.StringIO]:
    """What a handler with a redactor writes."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(Redactor([SECRET]))
    logger = logging.getLogger("test_redact")
    logger.addHandler(handler)
    yield stream
    logger.removeHandler(handler)


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        quote(SECRET, safe=""),
        quote_plus(SECRET),
        base64.b64encode(SECRET.encode()).decode(),
    ],
    ids=["plain", "percent-encoded", "form-encoded", "base64"],
)
def test_text_masks_a_secret_in_each_form(form: str) -> None:
    assert Redactor([SECRET]).text(f"a={form}&b") == "a=(redacted)&b"


def test_text_masks_the_longer_of_two_secrets_whole() -> None:
    assert Redactor(["abcd", "abcdefgh"]).text("abcdefgh abcd") == "(redacted) (redacted)"


def test_text_leaves_all_as_it_is_where_no_secret_is_long_enough() -> None:
    assert Redactor(["abc", ""]).text("abc def") == "abc def"


def test_add_takes_effect_on_later_texts() -> None:
    redactor = Redactor()
    before = redactor.text("token-1")
    redactor.add("token-1")

    assert (before, redactor.text("token-1")) == ("token-1", "(redacted)")


@given(
    secret=st.text(LETTERS, min_size=4, max_size=8),
    before=st.text(LETTERS, max_size=8),
    after=st.text(LETTERS, max_size=8),
)
def test_text_never_holds_the_secret(secret: str, before: str, after: str) -> None:
    assert secret not in Redactor([secret]).text(f"{before}{secret}{secret[1:]}{after}")


def test_secrets_in_finds_them_by_name_at_any_depth() -> None:
    config = {
        "client": {
            "base_url": "https://api.example.com",
            "auth": {"type": "oauth2", "token": "s1", "clientSecret": "s2", "name": "x"},
            "headers": {"Authorization": "Bearer s3", "X-Api-Key": "s4", "Accept": "y"},
        },
        "resources": [{"name": "a", "endpoint": {"headers": {"Cookie": "s5"}}}, "b"],
        "refresh_token": "s6",
        "password": None,
        "token_store": "~/tokens.json",
        "primary_key": "id",
    }

    assert set(secrets_in(config)) == {"s1", "s2", "Bearer s3", "s3", "s4", "s5", "s6"}


def test_filter_scrubs_a_message_with_its_arguments(output: io.StringIO) -> None:
    logging.getLogger("test_redact").warning("%s asked for %s", "events", f"/x?key={SECRET}")

    assert output.getvalue() == "events asked for /x?key=(redacted)\n"


def test_filter_scrubs_a_traceback(output: io.StringIO) -> None:
    try:
        int(SECRET)
    except ValueError:
        logging.getLogger("test_redact").exception("failed")

    assert SECRET not in output.getvalue()
    assert "ValueError: invalid literal for int() with base 10: '(redacted)'" in output.getvalue()


def test_filter_lets_all_pass_before_a_secret_is_known() -> None:
    record = logging.makeLogRecord({"msg": "as it is"})

    assert Redactor().filter(record) is True
    assert record.getMessage() == "as it is"
