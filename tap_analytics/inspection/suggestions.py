"""What looks wrong in an answer, and which key of the config could right it.

Each rule looks at one thing and says nothing where the page does not show it. A healthy API gets
no suggestion.
"""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlsplit

import msgspec
from msgspec import Struct

from tap_analytics.cursors import cursor_kind, moment
from tap_analytics.exceptions import ResourceError
from tap_analytics.inspection.signals import lists_of_objects, truth
from tap_analytics.records.selector import MISSING, Path
from tap_analytics.spec import (
    Cursor,
    HeaderCursor,
    HeaderLink,
    JsonLink,
    Offset,
    PageNumber,
    Paginator,
    SinglePage,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_analytics.inspection.signals import Signal
    from tap_analytics.rest.message import Request
    from tap_analytics.rest.page import Page
    from tap_analytics.stream import AnalyticsStream

__all__ = ["Seen", "misplaced_records", "suggestions"]

SIZE = re.compile(
    r"(page[\[_.-]?)?(size|limit)\]?|per[_-]?page|max_?results|\$?top|first|count", re.IGNORECASE
)
ALL_PAGES = re.compile(
    r"(total[_-]?pages|pages?[_-]?(count|total)|last[_-]?page|pages)$", re.IGNORECASE
)
OWN = re.compile(r"(.*\.)?(end_?)?cursor", re.IGNORECASE)  # perhaps that of this very page
IDENTITY = re.compile(r"(.*_)?(id|uuid|guid|key|code|number|sid|uri)|.*Id", re.IGNORECASE)
MOST_NAMED: Final = 4
EPOCH_SECONDS = 10**8
EPOCH_MILLISECONDS = 10**11
ODD_DATE = re.compile(r"\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}")


class Seen(Struct, kw_only=True):
    """What a page showed.

    Attributes:
        stream: Whose page it is.
        page: As it was fetched.
        rows: Its records as they would be emitted, those that a filter drops left out.
        schema: Inferred from them.
        paginator: What walks the pages; `Auto` where nothing was found out.
        following: The next request; None where this is the last page, or none can be told.
        failed: Whether none can be told.
        signals: All in the page that speaks of further ones.
        start: First value asked for; None where none was.
    """

    stream: AnalyticsStream
    page: Page
    rows: list[dict[str, Any]]
    schema: dict[str, Any]
    paginator: Paginator
    following: Request | None = None
    signals: list[Signal]
    failed: bool = False
    start: Any = None

    def of(self, kind: str) -> list[Signal]:
        """The signals of one kind."""
        return [signal for signal in self.signals if signal.kind == kind]


def suggestions(seen: Seen) -> list[str]:
    """What looks wrong, a line each."""
    return [line for rule in RULES if (line := rule(seen)) is not None]


def misplaced_records(selector: str | None, document: Any) -> str | None:
    """Where the records of a body may be in which *selector* finds none."""
    places = [place for place in lists_of_objects(document) if place[0] != selector]
    if not places:
        return None
    found = "no records are found" if selector is None else f"{selector!r} finds no records"
    where = ", ".join(f"{path} ({length})" for path, length in places[:MOST_NAMED])
    return f"data_selector: {found}; lists of objects stand at {where}"


def absent_key(seen: Seen) -> str | None:
    """A field of the primary key that records lack."""
    for key in seen.stream.primary_keys:
        without = sum(row.get(key) is None for row in seen.rows)
        if without:
            names = [name for name in _unique(seen.rows) if name != key]
            guess = f"; of its own in each record: {', '.join(names)}" if names else ""
            return f"primary_key: {key} is absent or null in {_share(without, seen.rows)}{guess}"
    return None


def repeated_key(seen: Seen) -> str | None:
    """A primary key that several records have."""
    keys = seen.stream.primary_keys
    if not keys or absent_key(seen):
        return None
    counted = Counter(msgspec.json.encode([row.get(key) for key in keys]) for row in seen.rows)
    repeated = len(seen.rows) - len(counted)
    if not repeated:
        return None
    names = ", ".join(keys)
    return f"primary_key: {names} is not unique, {_share(repeated, seen.rows)} repeat another's"


def _unique(rows: list[dict[str, Any]]) -> list[str]:
    """Fields that could be a primary key, by their names and their values on the page."""
    found = []
    for name in rows[0]:
        values = [row.get(name) for row in rows]
        plain = all(isinstance(value, (str, int)) and value != "" for value in values)
        if plain and IDENTITY.fullmatch(name) and len(set(values)) == len(values):
            found.append(name)
    return found[:MOST_NAMED]


def absent_cursor(seen: Seen) -> str | None:
    """A replication key that no record has, or one that some lack where that is an error."""
    key = seen.stream.replication_key
    if not key or not seen.rows:
        return None
    without = sum(value is None for value in _cursors(seen))
    strict = seen.stream.incremental.on_cursor_value_missing == "raise"
    if without < len(seen.rows) and not (strict and without):
        return None
    names = [
        name
        for name, schema in seen.schema["properties"].items()
        if cursor_kind(schema) in {"date", "date-time"}
    ]
    guess = f"; dates are in {', '.join(names[:MOST_NAMED])}" if names else ""
    found = f"{key} is absent or null in {_share(without, seen.rows)}"
    return f"incremental.cursor_path: {found}{guess}"


def other_cursor(seen: Seen) -> str | None:
    """A replication key whose values the sync could not put in order, or not after a date."""
    values = [value for value in _cursors(seen) if value is not None]
    if not values or absent_cursor(seen):
        return None
    try:
        bookmark = seen.stream.new_bookmark()
        for row in seen.rows:
            if bookmark is not None:
                bookmark.admits(row)
    except ResourceError as error:
        return f"incremental: {str(error).removeprefix(f'{seen.stream.name}: ')}"
    except ValueError as error:
        return f"incremental.cursor_path: {error}"
    options = seen.stream.incremental
    dated = seen.stream.host.start_date or isinstance(options.initial_value, str)
    if options.datetime_format or not dated:
        return None
    way = _datetime_format(values[0])
    if way is None:
        return None
    found = f"{seen.stream.replication_key} holds {values[0]!r}"
    return (
        f"incremental.cursor_path: {found}; without datetime_format{way} start_date has no effect"
    )


def _datetime_format(value: Any) -> str | None:
    """How to set the format of a *value* that seems to be an instant in disguise; else None."""
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        unit = "%ms" if value >= EPOCH_MILLISECONDS else "%s"
        return f" {unit!r}" if value >= EPOCH_SECONDS else None
    odd = isinstance(value, str) and moment(value) is None and ODD_DATE.search(value)
    return "" if odd else None


def _cursors(seen: Seen) -> list[Any]:
    """The replication key's values, None where a record has none."""
    if not seen.stream.replication_key:
        return []
    path = Path(seen.stream.replication_key)
    found = [path.first(row) for row in seen.rows]
    return [None if value is MISSING else value for value in found]


def ignored_start(seen: Seen) -> str | None:
    """Records from before the start that was asked for; a day's slack, for some filter by day."""
    options = seen.stream.incremental
    older = sum(_before(value, seen.start, options.datetime_format) for value in _cursors(seen))
    if not older:
        return None
    name = options.start_param or "the start in the request"
    found = f"{_share(older, seen.rows)} are older than {seen.start}"
    return f"incremental: {name} seems to be ignored; {found}"


def _before(value: Any, start: Any, datetime_format: str | None) -> bool:
    if value is None or start is None:
        return False
    at, first = moment(value, datetime_format), moment(start, datetime_format)
    if at is not None and first is not None:
        return at < first.replace(hour=0, minute=0, second=0, microsecond=0)
    numbers = [isinstance(one, (int, float, Decimal)) for one in (value, start)]
    return all(numbers) and Decimal(str(value)) < Decimal(str(start))


def other_flag(seen: Seen) -> str | None:
    """A configured flag that is not there, while another one is."""
    configured = getattr(seen.paginator, "has_more_path", None)
    if not configured or Path(configured).first(seen.page.document) is not MISSING:
        return None
    flags = [flag.path for flag in seen.of("more") if not flag.path.startswith("header ")]
    if not flags:
        return None
    return f"paginator.has_more_path: {configured} is absent; a flag stands at {flags[0]}"


def unused_link(seen: Seen) -> str | None:
    """A way to a next page that the paginator does not take."""
    if seen.following is not None or _ends(seen) or _passed_by(seen):
        return None
    ways = [signal for kind in ("next link", "token") for signal in seen.of(kind)]
    ways = [way for way in ways if way.value and not OWN.fullmatch(way.path)]
    if not ways:
        return None
    found = f"{_kind(seen.paginator)} does not follow {ways[0].path}"
    return f"paginator: {found}; try {_paginator_for(ways[0])}"


def _passed_by(seen: Seen) -> bool:
    """Whether the paginator saw the way on, and ends for another reason that it is told."""
    paginator, headers = seen.paginator, seen.page.headers
    match paginator:
        case Cursor():
            return bool(Path(paginator.cursor_path).first(seen.page.document))
        case JsonLink():
            return bool(Path(paginator.next_url_path).first(seen.page.document))
        case HeaderLink():
            return "link" in headers
        case HeaderCursor():
            return bool(headers.get(paginator.cursor_key.lower()))
        case _:
            return _maximum(paginator)


def _paginator_for(signal: Signal) -> str:
    if signal.path.startswith("header link"):
        return "header_link"
    if signal.path.startswith("header "):
        return f"header_cursor with cursor_key {signal.path.removeprefix('header ')}"
    if signal.kind == "next link":
        return f"json_link with next_url_path {signal.path}"
    return f"cursor with cursor_path {signal.path}"


def full_page(seen: Seen) -> str | None:
    """A page as long as was asked for, at which the paging ends without a word from the API."""
    if seen.following is not None or seen.failed or _ends(seen):
        return None
    if unused_link(seen) or larger_total(seen):
        return None
    paginator, size = seen.paginator, len(seen.page.records)
    if not size or size not in _sizes(seen) or _maximum(paginator):
        return None
    found = f"{_kind(paginator)} ends at a full page of {size} records"
    return f"paginator: {found}, though nothing in the answer says that it is the last"


def _sizes(seen: Seen) -> set[int]:
    """The sizes of a page that the request asks for."""
    query = parse_qsl(urlsplit(seen.page.request.full_url).query)
    sizes = {int(value) for name, value in query if SIZE.fullmatch(name) and value.isdecimal()}
    return sizes | {getattr(seen.paginator, "limit", None) or 0}


def larger_total(seen: Seen) -> str | None:
    """A page that says that there are more, for which nobody asks."""
    if not isinstance(seen.paginator, SinglePage) or _says_no(seen):
        return None
    found = [f"{flag.path} says that there is more" for flag in seen.of("more") if truth(flag)]
    size = len(seen.page.records)
    totals = [total for total in seen.of("total") if size and total.value > size]
    found += [f"{total.path} says {total.value} and {size} records came" for total in totals]
    return f"paginator: single_page asks once, but {found[0]}" if found else None


def _ends(seen: Seen) -> bool:
    """Whether the answer itself says that there is no more."""
    paginator, size = seen.paginator, len(seen.page.records)
    path = paginator.cursor_path if isinstance(paginator, Cursor) else None
    path = paginator.next_url_path if isinstance(paginator, JsonLink) else path
    empty = path is not None and Path(path).first(seen.page.document) in (None, "", {}, 0)
    totals = [signal.value for signal in seen.of("total") if signal.value]
    pages = [signal.value for signal in seen.of("pages") if ALL_PAGES.search(signal.path)]
    none_left = any(signal.value is None for signal in seen.of("token"))
    counted = bool(totals) and max(totals) <= size
    return _says_no(seen) or empty or none_left or counted or max(pages, default=2) <= 1


def _says_no(seen: Seen) -> bool:
    return any(not truth(flag) for flag in seen.of("more")) or any(map(truth, seen.of("end")))


def _maximum(paginator: Paginator) -> bool:
    """Whether the config sets an end of its own."""
    if isinstance(paginator, Offset):
        return paginator.maximum_offset is not None
    return isinstance(paginator, PageNumber) and paginator.maximum_page is not None


def _kind(paginator: Paginator) -> str:
    return str(paginator.__struct_config__.tag)


def _share(count: int, rows: list[dict[str, Any]]) -> str:
    return f"{count} of {len(rows)} records"


RULES: tuple[Callable[[Seen], str | None], ...] = (
    absent_key,
    repeated_key,
    absent_cursor,
    other_cursor,
    ignored_start,
    other_flag,
    unused_link,
    larger_total,
    full_page,
)
