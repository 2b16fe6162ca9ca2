"""The layout of the package: who may import whom, and how large things may get."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

import tap_analytics
from tap_analytics import streams as streams_module
from tap_analytics.stream import AnalyticsStream
from tap_analytics.streams import BUILT_IN

PACKAGE = Path(tap_analytics.__file__).parent
ROOT = PACKAGE.parent
PATHS = sorted(PACKAGE.rglob("*.py"))
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
MOST_LINES = 350
MOST_FUNCTION_LINES = 40
MOST_STREAM_LINES = 14


def module_name(path: Path) -> str:
    """`rest.session` for `tap_analytics/rest/session.py`; the package itself is ``""``."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@cache
def imports(path: Path) -> frozenset[str]:
    """Modules of this package that *path* imports, at its top, in a block, or for types only."""
    names = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: a relative import"
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    own = {name.removeprefix("tap_analytics").lstrip(".") for name in names if is_own(name)}
    return frozenset(own & MODULES)


def is_own(name: str) -> bool:
    return name.partition(".")[0] == "tap_analytics"


MODULES = frozenset(map(module_name, PATHS)) - {""}
SPEC = {name for name in MODULES if name.partition(".")[0] == "spec"}
IMPORTS = {module_name(path): imports(path) for path in PATHS}


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def arrows(source: str, targets: tuple[str, ...]) -> set[str]:
    """Imports, as ``a -> b``, from a module or package to any of *targets*."""
    return {
        f"{name} -> {imported}"
        for name, found in IMPORTS.items()
        if within(name, source)
        for imported in found
        if any(within(imported, target) for target in targets)
    }


def test_reader_of_imports_sees_those_that_stand() -> None:
    assert {"stream", "tap", "rest.session", "sandbox.server"} <= MODULES
    assert "streams" in IMPORTS["tap"]
    assert "rest.connection" in IMPORTS["stream"]
    assert "schemas" in IMPORTS["stream"]


@pytest.mark.parametrize(
    ("source", "forbidden"),
    [
        ("rest", ("stream", "streams", "sync", "state", "config", "check", "declared", "tap")),
        ("records", ("rest", "stream", "streams", "sync", "state", "config", "declared", "tap")),
        ("spec", tuple(sorted(name for name in MODULES if not within(name, "spec")))),
        ("exceptions", tuple(sorted(MODULES - {"exceptions"}))),
        ("state", ("rest", "stream", "streams", "sync", "config", "declared", "tap")),
        ("sync", ("stream", "streams", "config", "declared", "tap")),
        ("stream", ("streams", "config", "check", "declared", "tap")),
        ("streams", tuple(sorted(MODULES - SPEC - {"stream", "streams"}))),
        ("declared", ("streams", "config", "sync", "state", "tap")),
        ("config", ("rest", "stream", "streams", "sync", "declared", "tap")),
        ("progress", tuple(sorted(MODULES - {"progress"}))),
        ("sandbox", tuple(sorted(name for name in MODULES if not within(name, "sandbox")))),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_module_does_not_import_what_lies_above_it(source: str, forbidden: tuple[str, ...]) -> None:
    assert any(within(name, source) for name in MODULES)
    assert arrows(source, forbidden) == set()


@pytest.mark.parametrize(
    ("target", "allowed"),
    [
        ("tap", {"__main__", "inspection"}),
        ("streams", {"tap", "inspection"}),
        ("declared", {"tap", "declared", "inspection"}),
        ("inspection", {"inspection"}),
    ],
    ids=["tap", "streams", "declared", "inspection"],
)
def test_module_is_imported_from_above_alone(target: str, allowed: set[str]) -> None:
    importers = {
        name
        for name, found in IMPORTS.items()
        if any(within(imported, target) for imported in found)
    }
    assert importers
    assert {name.partition(".")[0] for name in importers} <= allowed


def test_sandbox_is_imported_from_nowhere_else() -> None:
    importers = {name for name, found in IMPORTS.items() if any("sandbox" in n for n in found)}
    assert {name for name in importers if not within(name, "sandbox")} == set()


def test_parser_of_declared_resources_makes_no_request() -> None:
    for module in ("declared.parse", "declared.dialect", "check", "spec.auth"):
        path = PACKAGE / f"{module.replace('.', '/')}.py"
        source = {
            alias.name.partition(".")[0]
            for node in ast.walk(tree(path))
            if isinstance(node, ast.Import)
            for alias in node.names
        }
        assert not source & {"requests", "urllib3", "http", "socket"}


def stream_classes() -> list[ast.ClassDef]:
    path = PACKAGE / "streams.py"
    return [node for node in tree(path).body if isinstance(node, ast.ClassDef)]


@pytest.mark.parametrize("node", stream_classes(), ids=lambda node: str(node.name))
def test_stream_class_is_a_docstring_and_a_dozen_attributes(node: ast.ClassDef) -> None:
    assert node.end_lineno is not None
    assert node.end_lineno - node.lineno + 1 <= MOST_STREAM_LINES
    assert ast.get_docstring(node)
    assert all(isinstance(part, (ast.Assign, ast.AnnAssign)) for part in node.body[1:])


def test_built_in_holds_every_named_stream_class_under_its_name() -> None:
    named = {
        value
        for value in vars(streams_module).values()
        if isinstance(value, type)
        and issubclass(value, AnalyticsStream)
        and isinstance(vars(value).get("name"), str)
    } - {AnalyticsStream}
    assert set(BUILT_IN.values()) == named
    assert {stream.name: stream for stream in named} == BUILT_IN
    assert len(BUILT_IN) == 16


def test_each_built_in_stream_has_a_schema_file_and_each_file_a_stream() -> None:
    assert {path.stem for path in (PACKAGE / "schemas").glob("*.json")} == BUILT_IN.keys()


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function's body, its docstring aside."""
    statements = node.body[1:] if ast.get_docstring(node) else node.body
    return (node.end_lineno or 0) - statements[0].lineno + 1 if statements else 0


@pytest.mark.parametrize("path", PATHS, ids=lambda path: module_name(path) or "__init__")
def test_file_and_its_functions_are_of_readable_size(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= MOST_LINES
    long = [
        node.name
        for node in ast.walk(tree(path))
        if isinstance(node, FUNCTIONS) and body_lines(node) > MOST_FUNCTION_LINES
    ]
    assert long == []


def test_private_names_of_the_sdk_are_touched_in_one_module() -> None:
    """`sync` names them in its docstring; anything else rests on what the SDK promises."""
    ours = {"_sync_records", "_write_record_message", "_write_schema_message", "_sync_batches"}
    users = {
        module_name(path)
        for path in PATHS
        for node in ast.walk(tree(path))
        if (isinstance(node, ast.Attribute) and node.attr in ours)
        or (isinstance(node, FUNCTIONS) and node.name in ours)
    }
    assert users == {"sync"}


def test_no_module_is_a_drawer_for_anything() -> None:
    names = {path.stem for path in [*PATHS, *(ROOT / "tests").rglob("*.py")]}
    assert not names & {"utils", "util", "helpers", "helper", "common", "misc", "tools"}
