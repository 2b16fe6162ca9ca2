"""Files, and what references lead to in them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_analytics.declared.documents import Documents, UnusableError

if TYPE_CHECKING:
    from pathlib import Path

# RFC 6901, section 5
EXAMPLES = {
    "": {"a/b": {"n": 1}, "c%d": {"n": 2}, "m~n": {"n": 8}, "": {"n": 0}, "k": [{"n": 3}]},
    "/a~1b": {"n": 1},
    "/c%25d": {"n": 2},
    "/m~0n": {"n": 8},
    "/": {"n": 0},
    "/k/0": {"n": 3},
}
ALLOWED = "a file, such as openapi.json#/components/schemas/Customer"
UNCLOSED = "expected ',' or '}', but got '<stream end>'"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(name: str, content: Any, folder: Path) -> None:
    text = content if isinstance(content, str) else json.dumps(content)
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(text)


def found(reference: str) -> Any:
    return Documents().find(reference, None)[0]


def refused(reference: str) -> str:
    with pytest.raises(UnusableError) as caught:
        found(reference)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("pointer", EXAMPLES)
def test_pointer_leads_where_rfc_6901_says(folder: Path, pointer: str) -> None:
    write("a.json", EXAMPLES[""], folder)
    assert found(f"a.json#{pointer}") == EXAMPLES[pointer]


def test_file_without_a_pointer_is_all_of_it(folder: Path) -> None:
    write("a.json", {"a": 1}, folder)
    assert found("a.json") == found("a.json#") == {"a": 1}


@pytest.mark.parametrize("suffix", ["yaml", "yml"])
def test_yaml_is_read_by_its_suffix_and_numbers_are_names(folder: Path, suffix: str) -> None:
    write(f"a.{suffix}", "responses:\n  200: {type: object}\n", folder)
    assert found(f"a.{suffix}#/responses/200") == {"type": "object"}


def test_path_may_be_absolute_or_lead_through_folders(folder: Path) -> None:
    write("deep/a.json", {"a": {"b": 1}}, folder)
    assert found("deep/a.json#/a") == found(f"{folder}/deep/a.json#/a") == {"b": 1}


def test_references_on_the_way_are_followed_also_to_other_files(folder: Path) -> None:
    write("deep/a.json", {"list": {"$ref": "b.yaml#/home"}, "own": {"$ref": "#/list"}}, folder)
    write("deep/b.yaml", "home: {items: {type: string}}", folder)
    documents = Documents()
    node, file = documents.find("deep/a.json#/own/items", None)
    assert (node, file.as_posix()) == ({"type": "string"}, "deep/b.yaml")


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("b.json", "'b.json' is no file; did you mean 'a.json'?"),
        ("customers", "'customers' is no file; there is a.json, wrong.yaml"),
        ("no/a.json", "'no/a.json' is no file; there is no folder 'no'"),
        (
            "a.json#/schemas/Custmer",
            "'a.json#/schemas' has no 'Custmer'; did you mean 'Customer'?",
        ),
        ("a.json#/schema", "'a.json' has no 'schema'; did you mean 'schemas'?"),
        ("a.json#/schemas/X", "'a.json#/schemas' has no 'X'; there is Customer, Order"),
        ("a.json#/empty/X", "'a.json#/empty' has no 'X'; there is nothing"),
        ("a.json#/list/2", "'a.json#/list' is a list of 2, which has no '2'"),
        ("a.json#/list/-", "'a.json#/list' is a list of 2, which has no '-'"),
        ("a.json#/list", "'a.json#/list' leads to a list of 2, which is no JSON Schema"),
        ("a.json#/text", "'a.json#/text' leads to a text, which is no JSON Schema"),
        ("a.json#/text/x", "'a.json#/text' is a text, which has no 'x'"),
        ("a.json#/null", "'a.json#/null' leads to null, which is no JSON Schema"),
        (
            "a.json#Customer",
            f"'#Customer' is no JSON pointer; allowed: {ALLOWED}",
        ),
        ("a.txt", "'a.txt' is of no known kind; allowed: .json, .yaml, .yml"),
        (
            "wrong.yaml",
            f"'wrong.yaml' is not YAML ({UNCLOSED}, line 2, column 1)",
        ),
    ],
)
def test_reference_that_leads_nowhere_is_told_with_what_is_there(
    folder: Path, reference: str, expected: str
) -> None:
    schemas: dict[str, Any] = {"Customer": {}, "Order": {}}
    document = {"schemas": schemas, "empty": {}, "list": [1, 2], "text": "x", "null": None}
    write("a.json", document, folder)
    write("a.txt", "", folder)
    write("wrong.yaml", "a: {b: 1\n", folder)
    assert refused(reference) == expected


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.json", b'{"a": ', "'a.json' is not JSON (Expecting value, line 1, column 7)"),
        ("a.json", b'{"a": "\xff"}', "'a.json' is not UTF-8 text"),
        ("a.json", b"", "'a.json' is not JSON (Expecting value, line 1, column 1)"),
        ("a.yaml", b"a: \xff", "'a.yaml' is not YAML (cannot be read)"),
        ("a.yaml", b"", "'a.yaml' leads to null, which is no JSON Schema"),
    ],
)
def test_file_that_cannot_be_read_is_told_with_the_place(
    folder: Path, name: str, content: bytes, expected: str
) -> None:
    (folder / name).write_bytes(content)
    assert refused(name) == expected


@pytest.mark.parametrize(
    ("reference", "shown"),
    [
        ("https://me:hush@api.example.com/openapi.json?key=hush#/a", "https://api.example.com/"),
        ("HTTP://api.example.com/openapi.json", "HTTP://api.example.com/openapi.json"),
        ("https://[broken", "https://[broken"),
        ("file:///etc/openapi.json", "file:///etc/openapi.json"),
    ],
)
def test_url_is_refused_by_name_without_its_secrets(reference: str, shown: str) -> None:
    message = refused(reference)
    assert shown in message
    assert "is a URL, and nothing is fetched" in message
    assert "hush" not in message


def test_url_in_a_reference_is_refused_as_well(folder: Path) -> None:
    write("a.json", {"a": {"$ref": "https://api.example.com/b.json"}}, folder)
    assert refused("a.json#/a/b").startswith("'https://api.example.com/b.json' is a URL")


def test_what_is_no_name_of_a_file_is_shown_short_and_on_one_line() -> None:
    assert len(refused("x" * 5000)) < 250
    assert refused('{"type":\n"object"}').startswith('\'{"type":\\n"object"}\' is no file')


@given(st.text(), st.text())
def test_any_text_finds_an_object_or_is_refused_in_a_line(name: str, pointer: str) -> None:
    try:
        assert isinstance(found(f"{name}#{pointer}"), dict)
    except UnusableError as problem:
        assert "\n" not in str(problem)  # noqa: PT017 - both ends are right
