"""Probes as text for a terminal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tap_analytics.inspection.check import shown_paging
from tap_analytics.inspection.tables import labelled, plain, table

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["shown_probe"]

INDENT = 2
LONGEST_BODY = 400


def shown_probe(probe: Mapping[str, Any], width: int) -> list[str]:
    """*probe*, as JSON has it, in lines of no more than *width*."""
    lines = [plain(probe["name"]), *labelled(_facts(probe), width, INDENT)]
    if probe["envelope"]:
        lines += ["  envelope", *labelled(list(probe["envelope"].items()), width, 2 * INDENT)]
    if signals := probe["paging"].get("signals"):
        rows = [[signal["path"], signal["kind"], signal["value"]] for signal in signals]
        lines += ["  signals of paging", *table(("where", "what", "value"), rows, width, 4)]
    if probe["fields"]:
        rows = [[f["name"], f["type"], "yes" if f["nullable"] else "no"] for f in probe["fields"]]
        lines += ["  fields", *table(("name", "type", "nullable"), rows, width, 4)]
    closing = [("note", note) for note in probe["notes"]]
    closing += [("suggestion", suggestion) for suggestion in probe["suggestions"]]
    closing += [("FAILED", probe["error"])] if probe["error"] else []
    return [*lines, *labelled(closing, width, INDENT)]


def _facts(probe: Mapping[str, Any]) -> list[tuple[str, str]]:
    facts = [
        ("parent", probe["parent"]),
        ("request", _request(probe["request"])),
        ("answer", _answer(probe["answer"])),
        ("records", _records(probe["records"])),
        *_paging(probe["paging"]),
    ]
    return [(label, text) for label, text in facts if text]


def _request(request: Mapping[str, Any] | None) -> str:
    if request is None:
        return ""
    text = f"{request['method']} {request['url']}"
    if request["body"] is None:
        return text
    body = request["body"]
    body = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    cut = body if len(body) <= LONGEST_BODY else f"{body[:LONGEST_BODY]}…"
    return f"{text} with {cut}"


def _answer(answer: Mapping[str, Any] | None) -> str:
    if answer is None:
        return ""
    text = f"{answer['status']}, {answer['bytes']:,} bytes, {answer['seconds']:.3f} s"
    return text if answer["answers"] == 1 else f"{text}, after {answer['answers']} answers"


def _records(records: Mapping[str, Any] | None) -> str:
    if records is None:
        return ""
    text = f"{records['count']} at {records['at']}"
    if records["kept"] != records["count"]:
        text += f", of which record_filter keeps {records['kept']}"
    return text if records["selector"] is not None else f"{text} (no data_selector is set)"


def _paging(paging: Mapping[str, Any]) -> list[tuple[str, str]]:
    if not paging:
        return []
    configured, found = paging["configured"], paging.get("found", paging["configured"])
    text = shown_paging(configured)
    text = text if found == configured else f"{text}, found out: {shown_paging(found)}"
    facts = [("paging", text)]
    if "last_page" in paging:
        after = "none, this is the last page"
        facts.append(("next page", after if paging["last_page"] else _request(paging["next"])))
    return facts
