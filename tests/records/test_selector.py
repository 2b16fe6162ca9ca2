from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_analytics.records.selector import MISSING, Path, select_records

ROWS = [{"id": 1}, {"id": 2}]
DOCUMENT = {
    "data": ROWS,
    "meta": {"next": "t2", "a b": 1, "@odata.nextLink": "n", "$": 2, "": 3, "off": False},
    "@odata.nextLink": "root",
    "a.b": "dotted",
    "a": {"b": "nested"},
    "Id": 1,
    "id": 2,
    "empty": [],
    "groups": [{"items": [{"id": 1}]}, {"items": []}, {"items": [{"id": 2}]}],
    "by_name": {"x": {"id": 1}, "y": {"id": 2}},
    "null": None,
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("data", [ROWS]),
        ("$.data", [ROWS]),
        ("data[*]", ROWS),
        ("$.data[*]", ROWS),
        ("data.*.id", [1, 2]),
        ("data[*].id", [1, 2]),
        ("data.1.id", [2]),
        ("data[1].id", [2]),
        ("meta.next", ["t2"]),
        ("meta.a b", [1]),
        ("meta['a b']", [1]),
        ("meta['@odata.nextLink']", ["n"]),
        ("@odata.nextLink", ["root"]),
        ("a.b", ["dotted"]),
        ("$.a.b", ["nested"]),
        ("['a.b']", ["dotted"]),
        ("meta.$", [2]),
        ("meta['']", [3]),
        ("meta.off", [False]),
        ("Id", [1]),
        ("id", [2]),
        ("groups[*].items[*].id", [1, 2]),
        ("groups[0:1].items", [[{"id": 1}]]),
        ("data[?(@.id > 1)]", [{"id": 2}]),
        ("data[?(@.id > 9)]", []),
        ("data[5:9]", []),
        ("$..items[0].id", [1, 2]),
        ("$..next", ["t2"]),
        ("null", [None]),
        ("missing|meta.next", ["t2"]),
        ("meta.next | a.b", ["t2"]),
        ("null|meta.next", [None]),
        ("empty[*]", []),
        ("empty[*].id", []),
        ("empty[*]|data[*]", []),
    ],
)
def test_path_finds(path: str, found: list[Any]) -> None:
    assert Path(path).find(DOCUMENT) == found


@pytest.mark.parametrize(
    "path",
    ["missing", "meta.missing", "data.id", "data.2", "data[2]", "meta.next.x", "null.x", "null[*]",
     "ID", "missing[*]", "data[*].missing", "$..missing", "x|y.z"],
)  # fmt: skip
def test_path_finds_nothing_which_is_not_null(path: str) -> None:
    assert Path(path).find(DOCUMENT) is MISSING
    assert Path(path).first(DOCUMENT) is MISSING


@pytest.mark.parametrize("document", [None, 7, "text", [], {}], ids=repr)
def test_path_finds_nothing_in_what_has_no_fields(document: Any) -> None:
    assert Path("a.b").first(document) is MISSING
    assert Path("[0].b").first(document) is MISSING


@pytest.mark.parametrize("root", ["", "$", "[]", "[*]", "$[*]"])
def test_path_of_the_root_finds_the_document(root: str) -> None:
    assert Path(root).find(ROWS) == [ROWS]


def test_first_tells_null_false_and_nothing_apart() -> None:
    assert Path("null").first(DOCUMENT) is None
    assert Path("meta.off").first(DOCUMENT) is False
    assert Path("empty[*]").first(DOCUMENT) is MISSING
    assert (bool(MISSING), repr(MISSING)) == (False, "MISSING")


@pytest.mark.parametrize("text", ["[", "data[", "data[?(@.id >]", "(", ".", "a..", "'"])
def test_path_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r" is not a JSONPath$") as caught:
        Path(text)

    assert str(caught.value) == f"{text!r} is not a JSONPath"


@given(st.dictionaries(st.text(min_size=1).filter(lambda key: "|" not in key), st.integers()))
def test_path_that_is_a_key_of_the_root_finds_it(document: dict[str, int]) -> None:
    keys = [key for key in document if key == key.strip() and key.isalnum()]

    assert [Path(key).first(document) for key in keys] == [document[key] for key in keys]


@pytest.mark.parametrize(
    ("path", "records"),
    [
        ("data", ROWS),
        ("data[*]", ROWS),
        ("groups[*].items", ROWS),
        ("groups[*].items[*]", ROWS),
        ("by_name[*]", ROWS),
        ("data.0", [{"id": 1}]),
        ("a", [{"b": "nested"}]),
        ("$", [DOCUMENT]),
        ("null", []),
        ("empty", []),
        ("empty[*]", []),
        ("missing", MISSING),
        ("missing[*]", MISSING),
    ],
)
def test_select_records_takes_lists_apart(path: str, records: Any) -> None:
    assert select_records(DOCUMENT, Path(path)) == records


@pytest.mark.parametrize(
    ("document", "records"),
    [
        (ROWS, ROWS),
        ([], []),
        ({"data": ROWS}, ROWS),
        ({"meta": {"tags": [1]}, "customers": ROWS}, ROWS),
        ({"included": [{"id": 9}], "results": ROWS}, ROWS),
        ({"response": {"items": ROWS}, "warnings": [{"w": 1}]}, ROWS),
        ({"a": {"b": {"rows": ROWS}}}, ROWS),
        ({"a": {"list": [{"id": 9}]}, "top": ROWS}, ROWS),
        ({"data": []}, []),
        ({"data": None}, []),
        ({"data": None, "page": {"rows": ROWS}}, ROWS),
        ({"a": {"b": {"c": {"rows": ROWS}}}}, MISSING),
        ({"links": [{"rel": "next"}], "id": 1}, MISSING),
        ({"id": 1}, MISSING),
        ({}, MISSING),
        (None, MISSING),
        ("text", MISSING),
    ],
    ids=["root", "empty root", "usual name", "no envelope", "name before another", "name deeper",
         "three levels", "least nested", "empty", "null", "null beside a list", "too deep",
         "only an envelope", "one object", "empty object", "null document", "text"],
)  # fmt: skip
def test_select_records_looks_for_them_without_a_path(document: Any, records: Any) -> None:
    assert select_records(document, None) == records
