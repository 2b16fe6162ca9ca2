"""The settings: their JSON Schema, and the only reader of raw config keys."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct
from singer_sdk import typing as th
from singer_sdk.helpers.capabilities import BATCH_CONFIG, FLATTENING_CONFIG, STREAM_MAPS_CONFIG

from tap_analytics import __version__
from tap_analytics.check import Problems, build, convert, is_secret, keys
from tap_analytics.exceptions import ConfigError
from tap_analytics.spec import AUTHS, CREDENTIALS, PAGINATORS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["Settings", "read_settings", "settings_schema"]

SDK_SETTINGS = tuple(
    name
    for settings in (STREAM_MAPS_CONFIG, FLATTENING_CONFIG, BATCH_CONFIG)
    for name in settings["properties"]
)
MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d(?:\.\d+)?)?(?:(Z)|([+-]\d\d):?(\d\d))?)?",
    re.ASCII,
)
ACRONYMS = {"api": "API", "id": "ID", "url": "URL", "json": "JSON"}


class SchemaInference(Struct, frozen=True, kw_only=True):
    """How the schema of a resource without one is found out."""

    records: Annotated[int, Meta(ge=1)] = 1000


class Settings(Struct, frozen=True, kw_only=True):
    """What the config says, but for the parts that `tap_analytics.declared` reads.

    Attributes:
        client: Raw mapping; None where the config has none.
        resources: Raw; None for all built-in streams.
        resource_defaults: Raw; laid under every resource.
        credentials: The top-level settings of `CREDENTIALS` that are set.
        request_timeout: Seconds.
        backoff_factor: Seconds before the first retry.
    """

    client: dict[str, Any] | None = None
    resources: list[Any] | None = None
    resource_defaults: dict[str, Any] = {}
    variables: dict[str, Any] = {}
    credentials: dict[str, str] = {}
    schema_inference: SchemaInference = SchemaInference()
    start_date: str | None = None
    end_date: str | None = None
    token_store: str | None = None
    on_error: Literal["continue", "halt"] = "continue"
    request_timeout: Annotated[float, Meta(gt=0)] = 60.0
    max_retries: Annotated[int, Meta(ge=0)] = 3
    backoff_factor: Annotated[float, Meta(ge=0)] = 2.0
    user_agent: str = f"tap-analytics/{__version__}"


def read_settings(config: Mapping[str, Any]) -> Settings:
    """Read a config.

    Raises:
        ConfigError: With all that is wrong at this level.
    """
    problems = Problems()
    allowed = settings_schema()["properties"]
    values = keys(dict(config), [*allowed, *SDK_SETTINGS], "", problems)
    values = {key: value for key, value in values.items() if value is not None}
    credentials = {key: values[key] for key in CREDENTIALS if values.get(key, "") != ""}
    problems.lines += [
        f"{key}: the value is not a text"
        for key, value in credentials.items()
        if type(value) is not str
    ]
    read: dict[str, Any] = {}
    inference = values.pop("schema_inference", {})
    if built := build(SchemaInference, inference, "schema_inference", problems):
        read["schema_inference"] = built
    for field in msgspec.structs.fields(Settings):
        if field.name in values and field.name not in CREDENTIALS:
            read[field.name] = convert(values[field.name], field.type, field.name, problems)
    for key in ("start_date", "end_date"):
        if isinstance(read.get(key), str):
            read[key] = _moment(key, read[key], problems)
    start, end = read.get("start_date"), read.get("end_date")
    moment = datetime.fromisoformat
    if start and end and not problems.lines and moment(end) <= moment(start):
        problems.add("end_date", f"{end} is not after start_date, {start}")
    if read.get("resources") == []:
        problems.add("resources", "is empty; leave it out for all built-in streams")
    ConfigError.raise_if(problems.lines)
    return Settings(**read, credentials=credentials)


def _moment(key: str, value: str, problems: Problems) -> str:
    """*value* as RFC 3339; a date alone is its first instant, no zone is UTC."""
    match = MOMENT.fullmatch(value)
    if match is None or not _exists(value):
        problems.add(key, f"{value!r} is not a date or date-time, such as 2024-01-31T00:00:00Z")
        return value
    day, clock, seconds, _, hours, minutes = match.groups()
    zone = f"{hours}:{minutes}" if hours else "Z"
    return f"{day}T{clock or '00:00'}{seconds or ':00'}{zone}"


def _exists(moment: str) -> bool:
    """Whether the calendar and the clock have such a moment."""
    try:
        datetime.fromisoformat(moment)
    except ValueError:
        return False
    return True


def settings_schema() -> dict[str, Any]:
    """JSON Schema of the settings, as ``--about`` and Meltano show them."""
    return th.PropertiesList(
        _client(),
        th.Property(
            "resources",
            th.ArrayType(th.CustomType({"type": ["string", "object"]})),
            title="Resources",
            description="Resources to extract: names of built-in streams, or objects that "
            "declare a resource or change a built-in one. All built-in streams if absent.",
        ),
        th.Property(
            "resource_defaults",
            th.ObjectType(additional_properties=True),
            title="Resource Defaults",
            description="Laid under every entry of `resources`.",
        ),
        th.Property(
            "variables",
            th.ObjectType(additional_properties=True),
            title="Variables",
            description="Values that a pasted config leaves open, such as "
            "`{{ config['x'] }}`, `${x}`, or `{x}` in a path where no resource is its parent.",
        ),
        _schema_inference(),
        *_run_settings(),
        *_secret_settings(),
        *_http_settings(),
    ).to_dict()


def _client() -> th.Property[Any]:
    auth = _or_name(_merged(AUTHS))
    paginator = _or_name(_merged(PAGINATORS))
    return th.Property(
        "client",
        th.ObjectType(
            th.Property(
                "base_url",
                th.StringType,
                required=True,
                title="Base URL",
                description="Root of the API, such as https://api.example.com.",
            ),
            th.Property("auth", auth, title="Authentication", description="How to sign requests."),
            th.Property(
                "headers",
                th.ObjectType(additional_properties=th.StringType),
                title="Headers",
                description="Headers of every request.",
            ),
            th.Property(
                "paginator",
                paginator,
                title="Paginator",
                description="Paging of resources that name none.",
            ),
            th.Property(
                "allowed_origins",
                th.ArrayType(th.StringType),
                title="Allowed Origins",
                description="Further origins, such as https://files.example.com, that links and "
                "redirects may lead to. Credentials are sent there.",
            ),
            additional_properties=True,
        ),
        required=True,
        title="Client",
        description="The API: where it is and how to talk to it.",
    )


def _schema_inference() -> th.Property[Any]:
    return th.Property(
        "schema_inference",
        th.ObjectType(
            th.Property(
                "records",
                th.IntegerType(minimum=1),
                default=SchemaInference().records,
                title="Records",
                description="Records to infer a schema from, at most.",
            ),
        ),
        title="Schema Inference",
        description="How the schema of a resource without one is found out.",
    )


def _run_settings() -> Iterable[th.Property[Any]]:
    yield th.Property(
        "start_date",
        th.DateTimeType,
        title="Start Date",
        description="First value of every incremental stream that has no bookmark.",
    )
    yield th.Property(
        "end_date",
        th.DateTimeType,
        title="End Date",
        description="Only records before this instant are extracted.",
    )
    yield th.Property(
        "on_error",
        th.StringType,
        default="continue",
        allowed_values=["continue", "halt"],
        title="On Error",
        description="When a resource fails: `continue` with the others, or `halt`. "
        "The exit status is 1 in both cases.",
    )
    yield th.Property(
        "emit_activate_version_messages",
        th.BooleanType,
        default=False,
        title="Emit ACTIVATE_VERSION",
        description="Let the target retire rows of full-table streams that are gone.",
    )


def _secret_settings() -> Iterable[th.Property[Any]]:
    for name in CREDENTIALS:
        yield th.Property(
            name,
            th.StringType,
            secret=name not in {"client_id", "username"},
            title=_title(name),
            description=f"Fills `client.auth.{name}` where that is left out.",
        )
    yield th.Property(
        "token_store",
        th.StringType,
        title="Token Store",
        description="File that keeps a rotated refresh token for the next run (mode 0600).",
    )


def _http_settings() -> Iterable[th.Property[Any]]:
    number = th.CustomType({"type": ["number", "string"]})  # text is how the environment gives it
    yield th.Property(
        "request_timeout",
        number,
        default=60,
        title="Request Timeout",
        description="Seconds to wait for a connection, and for each next byte of an answer.",
    )
    yield th.Property(
        "max_retries",
        th.IntegerType,
        default=3,
        title="Max Retries",
        description="Tries after the first, for a request that failed in passing.",
    )
    yield th.Property(
        "backoff_factor",
        number,
        default=2,
        title="Backoff Factor",
        description="Seconds before the first retry; doubled for each further one.",
    )
    yield th.Property(
        "user_agent",
        th.StringType,
        default=f"tap-analytics/{__version__}",
        title="User Agent",
        description="What the tap calls itself.",
    )


def _merged(structs: Sequence[type[Struct]]) -> th.ObjectType:
    """One object with the fields of all *structs*; each says which types it is for."""
    tags = [str(struct.__struct_config__.tag) for struct in structs]
    fields: dict[str, list[tuple[Any, str]]] = {}
    for struct, tag in zip(structs, tags, strict=True):
        for field in msgspec.structs.fields(struct):
            fields.setdefault(field.name, []).append((field, f"`{tag}`"))
    return th.ObjectType(
        th.Property(
            "type",
            th.StringType,
            title="Type",
            description=f"One of {', '.join(f'`{tag}`' for tag in tags)}.",
        ),
        *map(_property, fields.values()),
        additional_properties=True,
    )


def _or_name(wrapped: th.ObjectType) -> th.CustomType:
    """The object, or the name of its type alone."""
    schema = wrapped.to_dict()
    return th.CustomType({**schema, "type": ["object", "string"]})


def _property(uses: list[tuple[Any, str]]) -> th.Property[Any]:
    """The setting of a field, given each struct's own with its type."""
    field = uses[0][0]
    schema = msgspec.json.schema(field.type)
    optional = [kind for kind in schema.pop("anyOf", []) if kind != {"type": "null"}]
    schema = {**schema, **(optional[0] if optional else {})}
    said: dict[tuple[str, str], list[str]] = {}
    for one, tag in uses:
        said.setdefault(_said(one), []).append(tag)
    return th.Property(
        field.name,
        th.CustomType({"type": schema.get("type", "string")}),
        secret=is_secret(field.type),
        title=_title(field.name),
        description=" ".join(
            f"{text} (For {', '.join(tags)}{default}.)" for (text, default), tags in said.items()
        ),
    )


def _said(field: Any) -> tuple[str, str]:
    """A field's description and default."""
    description = msgspec.json.schema(field.type).get("description", "")
    has_default = field.default is not None and field.default is not msgspec.NODEFAULT
    return description, f"; default `{json.dumps(field.default)}`" if has_default else ""


def _title(name: str) -> str:
    return " ".join(ACRONYMS.get(word, word.capitalize()) for word in name.split("_"))
