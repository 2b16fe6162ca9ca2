"""Asks an API for one page of each resource, and tells what came and what it means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from msgspec import Struct

from tap_analytics.exceptions import (
    ContentError,
    IncompleteError,
    NotFoundError,
    ParentError,
    TapAnalyticsError,
)
from tap_analytics.inspection.asking import Answered, ask
from tap_analytics.inspection.check import fields_of, paginator_of
from tap_analytics.inspection.fields import Field, fields_of_records
from tap_analytics.inspection.following import following
from tap_analytics.inspection.signals import envelope, lists, shown, signals_of
from tap_analytics.inspection.suggestions import Seen, misplaced_records, suggestions
from tap_analytics.records.codec import decode
from tap_analytics.records.infer import infer_schema
from tap_analytics.records.selector import Path, select_records

if TYPE_CHECKING:
    from collections.abc import Sequence

    from singer_sdk.helpers.types import Context

    from tap_analytics.inspection.opening import Opened
    from tap_analytics.rest.message import Request, Response
    from tap_analytics.rest.page import Page
    from tap_analytics.stream import AnalyticsStream

__all__ = ["Probe", "Prober"]

MOST_PARENTS = 10


class Probe(Struct, kw_only=True):
    """What one request for a resource brought.

    Attributes:
        parent: Of a child, whose record it was asked for.
        request: ``method``, ``url`` and ``body``; None where nothing was asked.
        answer: ``status``, ``bytes``, ``seconds``, and how many ``answers`` it took.
        envelope: The top of the body by dotted path.
        records: ``selector``, the place they were found ``at``, their ``count``, and how many of
            them are ``kept`` by a filter.
        paging: ``configured`` and ``found`` paginator, ``signals``, the ``next`` request, and
            whether this is the ``last_page``.
        notes: What was done otherwise than a sync does it.
        error: Why it failed, in the tap's words.
    """

    name: str
    parent: str | None = None
    request: dict[str, Any] | None = None
    answer: dict[str, Any] | None = None
    envelope: dict[str, str] = {}
    records: dict[str, Any] | None = None
    paging: dict[str, Any] = {}
    fields: list[Field] = []
    suggestions: list[str] = []
    notes: list[str] = []
    error: str | None = None


class Prober:
    """Probes resources, each once; a parent is asked for before its children.

    Args:
        config: Says how.
    """

    def __init__(self, config: Opened) -> None:
        self._config = config
        self._tap = config.tap
        self._probes: dict[str, Probe] = {}
        self._contexts: dict[str, list[Context]] = {}

    def probe(self, stream: AnalyticsStream) -> Probe:
        """What one page of *stream* shows; of a child, of the first parent that has one."""
        if stream.name not in self._probes:
            self._probes[stream.name] = self._probe(stream)
        return self._probes[stream.name]

    def _probe(self, stream: AnalyticsStream) -> Probe:
        if stream.parent_stream_type is None:
            return self._described(stream, None, ask(self._tap, stream, None))
        parent = self._tap.stream_of(cast("type[AnalyticsStream]", stream.parent_stream_type))
        above = self.probe(parent)
        contexts = self._contexts.get(parent.name)
        if contexts is None and above.error:
            return Probe(name=stream.name, error=str(IncompleteError(stream.name, parent.name)))
        if not contexts:
            found = f"no record of {parent.name} is at hand, so nothing was asked"
            return Probe(name=stream.name, notes=[found])
        at, answered = self._first_answer(stream, contexts)
        place = f"{parent.name}, record {at + 1} of {len(contexts)}"
        if above.parent:
            place += f" ({above.parent})"
        probe = self._described(stream, contexts[at], answered)
        probe.parent = place
        return probe

    def _first_answer(
        self, stream: AnalyticsStream, contexts: Sequence[Context]
    ) -> tuple[int, Answered]:
        """Of the first parents, the first with records; else with an empty page; else any."""
        tried: list[tuple[int, Answered]] = []
        for at, context in enumerate(contexts[:MOST_PARENTS]):
            answered = ask(self._tap, stream, context)
            tried.append((at, answered))
            gone = isinstance(answered.error, (NotFoundError, ParentError))
            if not gone and (answered.page is None or answered.page.records):
                return at, answered
        pages = [each for each in tried if each[1].page is not None]
        return (pages or tried)[0]

    def _described(
        self, stream: AnalyticsStream, context: Context | None, answered: Answered
    ) -> Probe:
        probe = Probe(
            name=stream.name,
            request=_shown_request(answered.request),
            answer=_shown_answer(answered.responses),
            notes=answered.notes,
            error=None if answered.error is None else str(answered.error),
        )
        paginator = paginator_of(type(stream), self._tap.connection.client)
        probe.paging = {"configured": fields_of(paginator)}
        if answered.page is not None:
            self._describe_page(probe, stream, context, answered, answered.page)
        elif answered.responses:
            self._describe_refusal(probe, stream, answered.responses[-1])
        return probe

    def _describe_page(
        self,
        probe: Probe,
        stream: AnalyticsStream,
        context: Context | None,
        answered: Answered,
        page: Page,
    ) -> None:
        """Fill in what only a page that was read can tell, its paging last."""
        redact = self._config.redact
        processed = (stream.post_process(dict(record), context) for record in page.records)
        rows = [row for row in processed if row is not None]
        self._contexts[stream.name] = [stream.get_child_context(row, context) for row in rows]
        schema = infer_schema(rows, stream.primary_keys)
        if answered.guessed:
            stream.sampled_schema = schema
        signals = signals_of(page.headers, page.document, page.records)
        probe.envelope = envelope(page.document, redact)
        probe.records = {
            "selector": stream.data_selector,
            "at": _place(page.document, stream.data_selector),
            "count": len(page.records),
            "kept": len(rows),
        }
        probe.fields = fields_of_records(schema, rows)
        probe.paging["signals"] = [
            {"kind": signal.kind, "path": signal.path, "value": shown(signal.value, redact)}
            for signal in signals
        ]
        seen = Seen(
            stream=stream,
            page=page,
            rows=rows,
            schema=schema,
            signals=signals,
            start=answered.start,
            paginator=paginator_of(type(stream), self._tap.connection.client),
        )
        self._describe_next(probe, seen)
        probe.suggestions = suggestions(seen)

    def _describe_next(self, probe: Probe, seen: Seen) -> None:
        """Fill in where the paging goes from here, or why it cannot."""
        try:
            after = following(seen.page, seen.paginator, self._tap.connection.session.origins)
        except TapAnalyticsError as error:
            probe.error, seen.failed = str(error), True
            return
        seen.paginator, seen.following = after.paginator, after.request
        probe.paging |= {
            "found": fields_of(after.paginator),
            "next": _shown_request(after.request),
            "last_page": after.request is None,
        }

    def _describe_refusal(self, probe: Probe, stream: AnalyticsStream, response: Response) -> None:
        """Fill in what an answer shows in which the sync finds no records."""
        try:
            document = decode(response.body, "").document
        except ContentError:
            return
        probe.envelope = envelope(document, self._config.redact)
        selector = stream.data_selector
        found = select_records(document, None if selector is None else Path(selector))
        readable = isinstance(found, list) and all(isinstance(one, dict) for one in found)
        misplaced = None if readable else misplaced_records(selector, document)
        probe.suggestions = [misplaced] if misplaced else []


def _shown_request(request: Request | None) -> dict[str, Any] | None:
    if request is None:
        return None
    body = request.json if request.form is None else request.form
    return {
        "method": request.method,
        "url": request.full_url,
        "body": request.text if body is None else body,
    }


def _shown_answer(responses: Sequence[Response]) -> dict[str, Any] | None:
    if not responses:
        return None
    last = responses[-1]
    return {
        "status": last.status,
        "bytes": len(last.body),
        "seconds": round(last.seconds, 3),
        "answers": len(responses),
    }


def _place(document: Any, selector: str | None) -> str:
    """The path at which the records stand: of several alternatives the one that is there."""
    if selector is not None:
        parts = [part.strip() for part in selector.split("|")]
        there = (part for part in parts if isinstance(Path(part).find(document), list))
        return next(there, selector) or "$"
    found = select_records(document, None)
    return next((path for path, value in lists(document) if value is found), "$")
