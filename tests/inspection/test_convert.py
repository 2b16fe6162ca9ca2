"""A config written in the exact vocabulary means what it meant before."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
import yaml

from tap_analytics.command import read_config
from tap_analytics.exceptions import ConfigError
from tap_analytics.spec import CREDENTIALS
from tap_analytics.streams import BUILT_IN
from tap_analytics.tap import TapAnalytics
from tests.command import written
from tests.inspection.conftest import things

if TYPE_CHECKING:
    from tap_analytics.declared.parse import Parsed
    from tap_analytics.spec import Client
    from tests.conftest import MakeSandbox, RunTap
    from tests.inspection.conftest import RunCommand

API = "https://api.example.com"
TESTS = Path(__file__).parents[1]
README = (TESTS.parent / "README.md").read_text("utf-8")
EXAMPLES = {
    **{
        f"{path.parent.parent.name} {path.stem}": json.loads(path.read_text("utf-8"))
        for path in sorted(TESTS.glob("**/configs/*.json"))
    },
    **{
        f"README {at}": json.loads(block)
        for at, block in enumerate(re.findall(r"```json\n(.*?)```", README, re.DOTALL))
    },
}
SECRETS = {name: f"hush-{name}-42" for name in CREDENTIALS}
HUSH = "hush-hush-42"
NOTE = re.compile(r"(?P<name>\w+): set this environment variable to the secret at (?P<place>\S+)")
LEFT_OPEN = re.compile(r"set variables\.(\w+)")


def meaning(config: dict[str, Any]) -> tuple[Client, Parsed]:
    tap = TapAnalytics(config=config, setup_mapper=False)
    return tap.connection.client, tap.parsed


def notes(log: str) -> dict[str, str]:
    """Environment variables to set, and where each secret stood."""
    return {match["name"]: match["place"] for match in NOTE.finditer(log)}


def value_at(client: Client, parsed: Parsed, place: str) -> Any:
    """What stands at a config path, once the config is read."""
    found: Any = msgspec.to_builtins({"client": client, "resources": parsed.resources})
    for step in re.findall(r"[^][.]+", place.replace(".endpoint.", ".")):
        found = found[int(step) if isinstance(found, list) else step]
    return found


def complete(config: dict[str, Any]) -> dict[str, Any]:
    """The config with credentials, and with values for all that it leaves to its user."""
    config = {**SECRETS, **config}
    try:
        meaning(config)
    except ConfigError as error:
        open_ = {name: f"{name}-value" for name in LEFT_OPEN.findall(str(error))}
        return {**config, "variables": {**config.get("variables", {}), **open_}}
    return config


@pytest.mark.parametrize("form", ["json", "yaml"])
@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_example_means_the_same_when_it_is_converted(
    run: RunCommand,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    example: dict[str, Any],
    form: str,
) -> None:
    config = complete(example)
    client, parsed = meaning(config)
    result = run("convert", config, options=("--yaml",) if form == "yaml" else ())
    assert result.exit_code == (1 if parsed.refused else 0), result.output
    path = written(tmp_path / f"exact.{form}", result.stdout)

    for name, place in notes(result.stderr).items():
        monkeypatch.setenv(name, value_at(client, parsed, place))
    exact = read_config(str(path))

    assert exact.keys() <= {"client", "resources", *config} - {"variables", "resource_defaults"}
    again = TapAnalytics(config=exact, setup_mapper=False)
    assert again.connection.client == client
    assert again.parsed.resources == parsed.resources


def test_converted_config_extracts_the_same(
    make_sandbox: MakeSandbox,
    run: RunCommand,
    run_tap: RunTap,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sandbox = make_sandbox()
    path = TESTS / "configs" / "cursor_children.json"
    config = json.loads(path.read_text("utf-8").replace(API, sandbox.base_url))
    config |= {"token": sandbox.credentials.token, "backoff_factor": 0.01}
    exact = written(tmp_path / "exact.json", run("convert", config).stdout)
    monkeypatch.setenv("TAP_ANALYTICS_TOKEN", sandbox.credentials.token)

    before, after = run_tap(config), run_tap(read_config(str(exact)))

    assert after.status == before.status == 0
    assert after.records == before.records
    assert len(after.records) == len(config["resources"])


def test_everything_is_bound_and_read(run: RunCommand) -> None:
    config = things(API, endpoint={"path": "/{region}/things"}, primary_key="id")
    config |= {
        "variables": {"region": "eu"},
        "resource_defaults": {"write_disposition": "merge"},
        "start_date": "2024-01-31",
        "user_agent": "me",
    }
    loose = {
        "path": "/{region}/things/{thing_id}/parts",
        "http_method": "get",
        "paginator": {"type": "cursor", "cursor_param": "next", "stop_condition": "has_more"},
        "incremental_sync": {"cursor_field": "at", "start_time_option": {"field_name": "since"}},
    }
    config["resources"] += [{"name": "parts", "endpoint": loose}]
    result = run("convert", config)

    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(result.stdout) == {
        "client": {"base_url": API, "auth": {"type": "none"}},
        "max_retries": 0,
        "start_date": "2024-01-31",
        "user_agent": "me",
        "resources": [
            {
                "name": "things",
                "primary_key": ["id"],
                "write_disposition": "merge",
                "endpoint": {"path": "/eu/things"},
            },
            {
                "name": "parts",
                "write_disposition": "merge",
                "endpoint": {
                    "path": "/eu/things/{resources.things.thing_id|id}/parts",
                    "method": "GET",
                    "paginator": {
                        "type": "cursor",
                        "cursor_path": "cursors.next|next|meta.pagination.next|pagination.next"
                        "|meta.next|paging.next",
                        "cursor_param": "next",
                        "has_more_path": "has_more|meta.pagination.has_more"
                        "|pagination.has_more|meta.has_more|paging.has_more",
                    },
                    "incremental": {"cursor_path": "at", "start_param": "since"},
                },
            },
        ],
    }


def test_config_without_resources_has_none_afterwards(run: RunCommand) -> None:
    config = {"client": {"base_url": API}, "token": HUSH}
    exact = json.loads(run("convert", config).stdout)

    assert exact == {
        "client": {"base_url": API, "auth": {"type": "bearer", "token": "${TAP_ANALYTICS_TOKEN}"}}
    }


def test_defaults_for_all_built_in_streams_become_those_streams(run: RunCommand) -> None:
    config = {**bearer_at(API), "resource_defaults": {"selected": False}}
    exact = json.loads(run("convert", config).stdout)

    assert [entry["name"] for entry in exact["resources"]] == list(BUILT_IN)
    assert {entry["selected"] for entry in exact["resources"]} == {False}


def bearer_at(base_url: str) -> dict[str, Any]:
    return {"client": {"base_url": base_url}, "token": HUSH}


def test_what_is_left_out_is_told_and_makes_the_status_1(run: RunCommand) -> None:
    config = things(API)
    odd = {"type": "cursor", "cursor_path": "next", "stop_condition": "a + b"}
    config["resources"] += [{"name": "odd", "endpoint": {"path": "/odd", "paginator": odd}}]
    result = run("convert", config)

    assert result.exit_code == 1
    assert [entry["name"] for entry in json.loads(result.stdout)["resources"]] == ["things"]
    assert result.stderr.startswith("odd: left out: resources[1].endpoint.paginator")


def secretive() -> dict[str, Any]:
    """A config with secrets in all the places that may hold one."""
    endpoint = {
        "path": f"/things?access_token={HUSH}-query",
        "headers": {"X-Api-Key": f"{HUSH}-header", "X-Page-Size": "5"},
        "params": {"api_key": f"{HUSH}-param", "kind": "a"},
        "auth": {"type": "bearer", "token": f"{HUSH}-own"},
        "method": "POST",
        "json": {"credentials": [{"password": f"{HUSH}-body"}], "note": f"is {HUSH}-header, too"},
    }
    config = things(API, endpoint=endpoint)
    config["resources"] += [
        {"name": "same", "endpoint": {"path": "/a", "auth": {"token": f"{HUSH}-own"}}},
        {"name": "other-one", "endpoint": {"path": "/b", "auth": {"token": "xyz"}}},
        {"name": "basic", "endpoint": {
            "path": "/c", "auth": {"type": "basic", "username": f"{HUSH}-user"}}},
    ]  # fmt: skip
    config["client"] |= {
        "headers": {"Authorization": f"Custom {HUSH}-custom"},
        "auth": {
            "type": "oauth2",
            "token_url": f"{API}/token",
            "client_id": "me",
            "client_secret": f"{HUSH}-client",
            "refresh_token": f"{HUSH}-refresh",
            "access_token_request_data": {"client_token": f"{HUSH}-data"},
        },
    }
    return config


SECRET_AT = {
    "TAP_ANALYTICS_CLIENT_SECRET": ("-client", "client.auth.client_secret"),
    "TAP_ANALYTICS_REFRESH_TOKEN": ("-refresh", "client.auth.refresh_token"),
    "TAP_ANALYTICS_CLIENT_TOKEN": (
        "-data", "client.auth.access_token_request_data.client_token"),
    "TAP_ANALYTICS_AUTHORIZATION": ("", "client.headers.Authorization"),
    "TAP_ANALYTICS_TOKEN": ("-own", "resources[0].endpoint.auth.token"),
    "TAP_ANALYTICS_OTHER_ONE_TOKEN": ("", "resources[2].endpoint.auth.token"),
    "TAP_ANALYTICS_USERNAME": ("-user", "resources[3].endpoint.auth.username"),
    "TAP_ANALYTICS_ACCESS_TOKEN": ("-query", "resources[0].endpoint.path"),
    "TAP_ANALYTICS_X_API_KEY": ("-header", "resources[0].endpoint.headers.X-Api-Key"),
    "TAP_ANALYTICS_API_KEY": ("-param", "resources[0].endpoint.params.api_key"),
    "TAP_ANALYTICS_PASSWORD": ("-body", "resources[0].endpoint.json.credentials[0].password"),
}  # fmt: skip
WHOLE = {
    "TAP_ANALYTICS_AUTHORIZATION": f"Custom {HUSH}-custom",
    "TAP_ANALYTICS_OTHER_ONE_TOKEN": "xyz",
}


@pytest.mark.parametrize("options", [(), ("--yaml",)], ids=["json", "yaml"])
def test_no_secret_is_printed_and_each_has_a_variable_of_its_own(
    run: RunCommand,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[str, ...],
) -> None:
    config = secretive()
    result = run("convert", config, options=options)

    assert result.exit_code == 0, result.output
    assert HUSH not in result.output
    assert "xyz" not in result.output
    assert notes(result.stderr) == {name: place for name, (_, place) in SECRET_AT.items()}

    for name, (ending, _) in SECRET_AT.items():
        monkeypatch.setenv(name, WHOLE.get(name, f"{HUSH}{ending}"))
    path = written(tmp_path / ("exact.yaml" if options else "exact.json"), result.stdout)
    assert meaning(read_config(str(path))) == meaning(config)


def test_secret_inside_of_a_text_becomes_a_reference_there(run: RunCommand) -> None:
    exact = json.loads(run("convert", secretive()).stdout)
    endpoint = exact["resources"][0]["endpoint"]

    assert endpoint["path"] == "/things?access_token=${TAP_ANALYTICS_ACCESS_TOKEN}"
    assert endpoint["json"]["note"] == "is ${TAP_ANALYTICS_X_API_KEY}, too"
    assert endpoint["headers"]["X-Page-Size"] == "5"
    assert exact["client"]["auth"]["client_id"] == "me"


def test_template_is_no_secret_whatever_it_is_called(run: RunCommand) -> None:
    endpoint = {
        "params": {"token": "{incremental.start_value}"},
        "incremental": {"cursor_path": "at"},
    }
    exact = json.loads(run("convert", things(API, endpoint=endpoint)).stdout)

    assert exact["resources"][0]["endpoint"]["params"] == {"token": "{incremental.start_value}"}


def test_secrets_of_the_environment_become_references_to_it(
    run: RunCommand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAP_ANALYTICS_TOKEN", HUSH)
    monkeypatch.setenv("TAP_ANALYTICS_START_DATE", "2024-01-31")
    result = run("convert", things(API), "ENV")

    exact = json.loads(result.stdout)
    assert exact["client"]["auth"] == {"type": "bearer", "token": "${TAP_ANALYTICS_TOKEN}"}
    assert exact["start_date"] == "2024-01-31"
    assert set(exact) == {"client", "max_retries", "start_date", "resources"}


def test_empty_password_stays_as_it_is(run: RunCommand) -> None:
    config = things(API)
    config["client"]["auth"] = {"type": "http_basic", "username": HUSH, "password": ""}
    result = run("convert", config)

    auth = json.loads(result.stdout)["client"]["auth"]
    assert auth == {"type": "http_basic", "username": "${TAP_ANALYTICS_USERNAME}", "password": ""}


def test_what_would_be_read_otherwise_is_refused(run: RunCommand) -> None:
    config = things(API, endpoint={"params": {"q": "{{ config['q'] }}"}})
    result = run("convert", {**config, "variables": {"q": "${q}"}})

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "resources[0].endpoint.params.q: ${q} needs a value; set variables.q, or the environment "
        "variable q; cannot be written so that it is read back as it was\n"
    )


def test_yaml_is_what_json_is(run: RunCommand) -> None:
    config = {**bearer_at(API), "resources": ["prices", "customer_addresses"]}
    as_json = run("convert", config).stdout
    as_yaml = run("convert", config, options=("--yaml",)).stdout

    assert yaml.safe_load(as_yaml) == json.loads(as_json)
    assert as_yaml.startswith("client:\n  base_url: https://api.example.com\n")


def test_variable_that_is_secret_becomes_a_reference(run: RunCommand) -> None:
    endpoint = {
        "path": "/bot{bot_token}/things",
        "params": {"t": "{{ config['my_token'] }}", "u": "dlt.secrets['place']", "v": "{plain}"},
    }
    variables = {"bot_token": "hush-1", "my_token": "hush-2", "place": "hush-3", "plain": "shown"}
    result = run("convert", {**things(API, endpoint=endpoint), "variables": variables})
    assert result.exit_code == 0, result.stderr
    assert "hush" not in result.output
    (written,) = [one["endpoint"] for one in json.loads(result.stdout)["resources"]]
    assert written["path"] == "/bot${TAP_ANALYTICS_BOT_TOKEN}/things"
    assert written["params"] == {
        "t": "${TAP_ANALYTICS_MY_TOKEN}",
        "u": "${TAP_ANALYTICS_PLACE}",
        "v": "shown",
    }
