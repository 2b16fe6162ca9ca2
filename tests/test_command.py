"""How config files are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.command import read_config
from tap_analytics.exceptions import ConfigError
from tap_analytics.tap import TapAnalytics

if TYPE_CHECKING:
    from pathlib import Path

YAML = """
client:
  base_url: https://api.example.com
start_date: 2024-01-31
end_date: 2024-02-01T10:00:00Z
resources: [customers, events]
"""


def write(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_yaml_is_read_as_the_same_json_would_be(tmp_path: Path) -> None:
    config = read_config(write(tmp_path, "config.yaml", YAML))

    assert config == {
        "client": {"base_url": "https://api.example.com"},
        "start_date": "2024-01-31",
        "end_date": "2024-02-01T10:00:00+00:00",
        "resources": ["customers", "events"],
    }
    settings = TapAnalytics(config=config).settings
    assert settings.start_date == "2024-01-31T00:00:00Z"


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("c.yaml", "a: [1", "is not YAML (expected ',' or ']', but got '<stream end>', line 1"),
        ("c.yml", "- a", "is not an object"),
        ("c.yaml", "", "is not an object"),
        ("c.yaml", "a: 1\nb: {x: 1, x: 2}", "is not YAML ('x' is given twice, line 2, column 11)"),
        ("c.json", '{"a": [{"x": 1, "x": 2}]}', "'x' is given twice in one object"),
        ("c.json", "a: 1", "is not JSON"),
    ],
)
def test_file_of_another_kind_is_told_with_its_place(
    tmp_path: Path, name: str, text: str, problem: str
) -> None:
    path = write(tmp_path, name, text)
    with pytest.raises(ConfigError) as caught:
        read_config(path)

    assert str(caught.value).startswith(f"--config {path}: {problem}")


def test_environment_is_filled_in_at_any_depth(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANALYTICS_TOKEN", "hush")
    text = '{"token": "${ANALYTICS_TOKEN}", "a": [{"b": "x-${ANALYTICS_TOKEN}-${NOT_SET}"}]}'

    assert read_config(write(tmp_path, "c.json", text)) == {
        "token": "hush",
        "a": [{"b": "x-hush-${NOT_SET}"}],
    }


def test_credential_from_a_variable_that_is_not_set_is_refused() -> None:
    config: dict[str, Any] = {
        "client": {"base_url": "https://api.example.com"},
        "token": "${NOT_SET_ANYWHERE}",
    }
    with pytest.raises(ConfigError) as caught:
        TapAnalytics(config=config)

    assert caught.value.problems == (
        "client.auth.token: names the environment variable NOT_SET_ANYWHERE, which is not set",
    )
