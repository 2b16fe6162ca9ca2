"""What a clone or an installed package brings along."""

import re
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import tap_analytics

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
CONSTRAINTS = (ROOT / "constraints.txt").read_text().splitlines()


def requirements() -> list[Requirement]:
    """All that the project asks for by name, in the package and in the groups."""
    project = PROJECT["project"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    lists += PROJECT["dependency-groups"].values()
    names = [Requirement(item) for items in lists for item in items if isinstance(item, str)]
    return [item for item in names if item.name != "tap-analytics"]


def test_constraints_are_pins_without_places() -> None:
    pin = re.compile(r"[a-z0-9-]+==[a-z0-9.+]+( ; [^/@]+)?")
    assert [line for line in CONSTRAINTS if not pin.fullmatch(line)] == []


def test_constraints_pin_each_requirement_to_a_version_it_allows() -> None:
    pins = dict(line.split(" ;")[0].split("==") for line in CONSTRAINTS)
    found = {str(item): pins.get(canonicalize_name(item.name)) for item in requirements()}
    allowed = {str(item): item.specifier for item in requirements()}
    assert {k: v for k, v in found.items() if v is None or v not in allowed[k]} == {}


def test_installed_version_is_the_package_s_own() -> None:
    assert metadata.version("tap-analytics") == tap_analytics.__version__


@pytest.mark.parametrize("name", ["tap-analytics", "tap-analytics-config", "tap-analytics-sandbox"])
def test_commands_lead_to_functions(name: str) -> None:
    (command,) = metadata.entry_points(group="console_scripts", name=name)
    assert callable(command.load())


def test_wheel_holds_the_package_whole_and_nothing_else(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    sources = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "tap_analytics").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert names == sources
    assert {"tap_analytics/py.typed", "tap_analytics/schemas/customers.json"} <= names


def test_workflow_runs_the_make_commands_on_every_supported_python() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text())
    job = workflow["jobs"]["test"]
    prefix = "Programming Language :: Python :: 3."
    supported = [c for c in PROJECT["project"]["classifiers"] if c.startswith(prefix)]
    versions = job["strategy"]["matrix"]["python-version"]
    assert versions == [classifier.rpartition(" ")[2] for classifier in supported]
    assert {"make test", "make lint"} <= {step.get("run") for step in job["steps"]}


def test_changelog_tells_of_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text()
    assert re.search(rf"\b{re.escape(tap_analytics.__version__)}\b", changelog)
