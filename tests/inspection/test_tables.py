"""Text laid out for a terminal."""

from __future__ import annotations

import string

from hypothesis import given
from hypothesis import strategies as st

from tap_analytics.inspection.tables import labelled, plain, table, wrapped

cells = st.text(string.ascii_letters + " /._-{}\x1b\n\té", max_size=60)


def letters(text: str) -> str:
    """What is to be read in a text, however it is broken."""
    return "".join(plain(text).split())


@given(st.text(string.ascii_letters + " /.,_", max_size=200), st.integers(8, 50))
def test_wrapped_lines_fit_and_hold_all_letters(text: str, width: int) -> None:
    lines = wrapped(text, width)
    assert all(len(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_lines_break_at_a_blank_or_behind_a_mark() -> None:
    assert wrapped("one two three", 8) == ["one two", "three"]
    assert wrapped("/v1/customers/{id}/addresses", 20) == ["/v1/customers/{id}/", "addresses"]
    assert wrapped("abcdefghij", 4) == ["abcd", "efgh", "ij"]
    assert wrapped("", 4) == [""]


@given(st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=5), st.integers(60, 120))
def test_table_fits_and_holds_all_letters(rows: list[tuple[str, str, str]], width: int) -> None:
    lines = table(("one", "two", "three"), rows, width, indent=2)

    assert all(len(line) <= width for line in lines)
    assert all(line.startswith("  ") or not line for line in lines)
    wanted = sorted("".join(letters(cell) for row in rows for cell in row))
    found = sorted("".join(lines[1:]).replace(" ", ""))
    assert found == wanted


def test_columns_are_aligned_and_empty_ones_left_out() -> None:
    rows = [("a", "", "12"), ("bcd", "", "3")]

    assert table(("name", "none", "n"), rows, 80) == ["name  n", "a     12", "bcd   3"]


def test_widest_column_gives_way_first() -> None:
    rows = [("name", "a b c d e f g h i j k l m n o p q r s t u v w x y z")]

    assert table(("x", "y"), rows, 30) == [
        "x     y",
        "name  a b c d e f g h i j k l",
        "      m n o p q r s t u v w x",
        "      y z",
    ]


def test_what_no_column_could_hold_becomes_blocks() -> None:
    rows = [("first", "a" * 30, "b" * 30), ("second", "c", "")]

    assert table(("name", "long", "longer"), rows, 24) == [
        "first",
        "  long    aaaaaaaaaaaaaa",
        "          aaaaaaaaaaaaaa",
        "          aa",
        "  longer  bbbbbbbbbbbbbb",
        "          bbbbbbbbbbbbbb",
        "          bb",
        "second",
        "  long    c",
    ]


def test_labels_are_aligned_and_text_goes_on_below_itself() -> None:
    assert labelled([("a", "one two three four"), ("long", "")], 20, 1) == [
        " a     one two three",
        "       four",
        " long",
    ]


def test_controls_are_written_out() -> None:
    assert plain("a\tb\x1b[0m\n\u202ec") == "a b\\x1b[0m\\n\\u202ec"
