"""Reading a config never changes it."""

from __future__ import annotations

import contextlib
import copy
import json
from pathlib import Path
from typing import Any

import pytest

from tap_analytics.declared.client import parse_client
from tap_analytics.declared.parse import parse_resources
from tap_analytics.exceptions import ConfigError
from tap_analytics.streams import BUILT_IN

CONFIGS = sorted((Path(__file__).parents[1] / "wild" / "configs").glob("*.json"))


@pytest.mark.parametrize("file", CONFIGS, ids=lambda file: str(file.stem))
def test_config_is_left_as_it_was(file: Path) -> None:
    config: dict[str, Any] = json.loads(file.read_text("utf-8"))
    before = copy.deepcopy(config)
    variables: dict[str, Any] = {}
    for read in (
        lambda: parse_client(config["client"], {}, variables),
        lambda: parse_resources(
            config["resources"], config.get("resource_defaults") or {}, BUILT_IN, variables
        ),
    ):
        with contextlib.suppress(ConfigError):  # some leave values to their user
            read()
    assert config == before
