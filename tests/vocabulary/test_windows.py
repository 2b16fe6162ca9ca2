"""`step` and `datetime_format`: ranges that requests cannot write as finely as records do."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.vocabulary.api import Reply
from tests.vocabulary.conftest import ids

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.vocabulary.api import API, Asked, Handler
    from tests.vocabulary.conftest import Extract


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def epoch(text: str) -> str:
    return str(int(at(text).timestamp()))


def by_range(records: list[dict[str, Any]], read: Callable[[str], datetime]) -> Handler:
    """An API that takes `from` inclusively and `to` exclusively, as *read* reads them."""

    def answer(asked: Asked) -> Any:
        given = asked.params
        start = read(given["from"]) if "from" in given else at("0001-01-01")
        end = read(given["to"]) if "to" in given else at("9999-01-01")
        return [one for one in records if start <= datetime.fromisoformat(one["at"]) < end]

    return answer


def posts(**incremental: Any) -> dict[str, Any]:
    given = {"cursor_path": "at", "start_param": "from", "end_param": "to", **incremental}
    return {"name": "posts", "endpoint": {"incremental": given}}


EACH_SIX_HOURS = [
    {"id": n, "at": f"2024-01-{5 + n // 4:02}T{n % 4 * 6:02}:00:00.250Z"} for n in range(20)
]


@pytest.mark.parametrize("step", ["P1D", "P2D", "PT36H", "PT7H"])
@pytest.mark.parametrize(
    ("datetime_format", "read"),
    [
        (None, datetime.fromisoformat),
        ("%Y-%m-%dT%H:%M:%SZ", datetime.fromisoformat),
        ("%Y-%m-%d", at),
        ("%s", lambda text: datetime.fromtimestamp(int(text), UTC)),
        ("%ms", lambda text: datetime.fromtimestamp(int(text) / 1000, UTC)),
    ],
    ids=["as it is", "seconds", "days", "epoch", "epoch in ms"],
)
def test_no_record_falls_between_two_windows(
    api: API, extract: Extract, step: str, datetime_format: str | None, read: Any
) -> None:
    api.answer("/posts", by_range(EACH_SIX_HOURS, read))
    resource = posts(
        initial_value="2024-01-05T06:00:00.500Z",
        end_value="2024-01-09T00:00:00Z",
        step=step,
        **({} if datetime_format is None else {"datetime_format": datetime_format}),
    )
    assert ids(extract(resource), "posts") == list(range(2, 16))


def test_windows_go_on_from_the_bookmark(api: API, extract: Extract) -> None:
    resource = posts(initial_value="2024-01-05T00:00:00Z", step="P1D", datetime_format="%Y-%m-%d")
    api.answer("/posts", by_range(EACH_SIX_HOURS[:7], at))
    first = extract(resource)
    assert ids(first, "posts") == list(range(7))
    api.answer("/posts", by_range(EACH_SIX_HOURS, at))
    assert ids(extract(resource, state=first.state), "posts") == list(range(7, 20))


def test_end_that_an_api_requires_is_sent_at_discovery_too(api: API, extract: Extract) -> None:
    def listing(asked: Asked) -> Any:
        if asked.params.keys() >= {"from", "to"}:
            return EACH_SIX_HOURS[:2]
        return Reply({"error": "from and to are required"}, 400)

    api.answer("/posts", listing)
    resource = posts(initial_value="2024-01-05T00:00:00Z", step="P10Y")
    assert ids(extract(resource), "posts") == [0, 1]


@pytest.mark.parametrize(
    ("datetime_format", "unit"), [("%s", 1), ("%ms", 1000), ("%epoch_microseconds", 1000000)]
)
@pytest.mark.parametrize("kind", [int, str], ids=["number", "text"])
def test_epoch_of_a_record_is_asked_for_as_it_is_written(
    api: API, extract: Extract, datetime_format: str, unit: int, kind: Any
) -> None:
    def record(day: int) -> dict[str, Any]:
        return {"id": day, "at": kind(int(epoch(f"2024-01-{day:02}")) * unit)}

    api.answer("/posts", [record(1), record(3), record(2)])
    resource = posts(initial_value="2024-01-02", datetime_format=datetime_format)
    first = extract(resource)
    assert ids(first, "posts") == [3, 2]
    assert api.params() == [{"from": str(record(2)["at"])}]
    api.answer("/posts", [record(3), record(4)])
    assert ids(extract(resource, state=first.state), "posts") == [4]
    assert api.params() == [{"from": str(record(3)["at"])}]


@pytest.mark.parametrize(
    "written", ["%d/%m/%Y", "%d.%m.%Y %H:%M", "%Y%m%d", "%Y%m%dT%H%M%SZ", "%a, %d %b %Y %H:%M:%S"]
)
def test_text_of_another_form_is_ordered_by_its_format(
    api: API, extract: Extract, written: str
) -> None:
    def record(month: int) -> dict[str, Any]:
        return {"id": month, "at": at(f"2024-{month:02}-09").strftime(written)}

    api.answer("/posts", [record(1), record(10), record(2)])
    resource = posts(initial_value="2024-02-01", datetime_format=written)
    first = extract(resource)
    assert ids(first, "posts") == [10, 2]
    assert api.params() == [{"from": at("2024-02-01").strftime(written)}]
    api.answer("/posts", [record(2), record(10), record(11)])
    assert ids(extract(resource, state=first.state), "posts") == [11]
    assert api.params() == [{"from": record(10)["at"]}]
