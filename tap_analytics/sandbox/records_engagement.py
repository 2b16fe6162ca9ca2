"""Records of the engagement family: accounts and calls, flat, with ids of what they relate to."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tap_analytics.sandbox.times import DAY, SECOND, day
from tap_analytics.sandbox.values import (
    BEYOND_DOUBLE,
    CITIES,
    COMPANY_FORMS,
    NOTES,
    company,
    decimal,
    phone,
    tags,
    uuid,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_analytics.sandbox.draws import Draws
    from tap_analytics.sandbox.rows import Row

_USERS = 40
_INDUSTRIES = ("Software", "Food & Drink", "Transport, Storage", "Banking", "Health\nCare")
_BEYOND_DOUBLE_REVENUE = Decimal("9007199254740993.25")


def _user(draws: Draws) -> int | None:
    """Id of a user; sometimes none."""
    return None if draws.one_in(5) else draws.between(1, _USERS)


def _maybe(draws: Draws, options: Sequence[str]) -> str | None:
    """One of *options*; sometimes none."""
    return None if draws.one_in(4) else draws.pick(options)


def account(row: Row) -> dict[str, Any]:
    """A company that a sales team works on."""
    fixed, fresh = row.fixed, row.fresh
    name = company(fixed)
    domain = None if fixed.one_in(5) else f"company-{row.position}.example.com"
    revenue = None if fixed.one_in(3) else decimal(fixed.below(1 << 31), 2)
    return {
        "id": row.id,
        "name": name,
        "natural_name": None if fixed.one_in(3) else name.partition(" ")[0],
        "description": _maybe(fresh, NOTES),
        "domain": domain,
        "website_url": domain and f"https://{domain}/?q=a%20b&lang=de#top",
        "profile_url": domain and f"https://profiles.example.org/{row.position}",
        "company_type": _maybe(fixed, COMPANY_FORMS),
        "industry": _maybe(fixed, _INDUSTRIES),
        "locality": _maybe(fixed, CITIES),
        "number_of_employees": None if fixed.one_in(4) else fixed.below(200_000),
        "followers": None if fixed.one_in(4) else fixed.below(5_000_000),
        "annual_revenue": _BEYOND_DOUBLE_REVENUE if fixed.one_in(50) else revenue,
        "buyer_intent_score": None if fresh.one_in(3) else decimal(fresh.below(1001), 1),
        "score_change": None if fresh.one_in(3) else fresh.between(-50, 50),
        "founded_on": None if fixed.one_in(3) else day(-fixed.below(30_000) * DAY + row.created),
        "named": fixed.one_in(2),
        "custom_id": None if fixed.one_in(3) else f"{fixed.below(100_000):06d}",
        "external_source": _maybe(fixed, ("import", "api", "form")),
        "sharing_team_id": None if fixed.one_in(2) else f"{fixed.below(50)}",
        "tags": None if fresh.one_in(6) else tags(fresh),
        "custom1": _maybe(fresh, NOTES),
        "custom2": _maybe(fixed, ("1999", "12.50", "0", "true", "-1e5")),
        "custom3": None if fixed.one_in(2) else f"{BEYOND_DOUBLE + row.position}",
        "touched_at": None if fresh.one_in(3) else row.text(row.moment(row.created, row.last)),
        "trashed_at": row.text(row.last) if fresh.one_in(12) else None,
        "created_at": row.text(row.created),
        "updated_at": row.text(row.cursor),
        "owner_id": _user(fixed),
        "creator_id": _user(fixed),
        "updater_id": _user(fresh),
    }


def call(row: Row) -> dict[str, Any]:
    """A telephone call; only one that has ended has a length."""
    fixed, fresh = row.fixed, row.fresh
    state = fixed.pick(("started", "answered", "completed", "completed", "failed"))
    outcome = fixed.pick(("connected", "no_answer", "busy", "voicemail"))
    return {
        "id": row.id,
        "uid": None if fixed.one_in(9) else uuid(fixed),
        "direction": fixed.pick(("outbound", "outbound", "inbound")),
        "state": state,
        "outcome": None if state == "started" else outcome,
        "from": None if fixed.one_in(9) else phone(fixed),
        "to": None if fixed.one_in(9) else phone(fixed),
        "note": _maybe(fresh, NOTES),
        "sequence_action": _maybe(fixed, ("advance", "finish", "none")),
        "user_call_type": _maybe(fixed, ("bridge", "voip", "manual")),
        **_origin(row),
        "quality_score": None if fixed.one_in(4) else decimal(fixed.between(-1000, 1000), 3),
        "attempt": fixed.between(1, 6),
        "tags": None if fresh.one_in(6) else tags(fresh),
        **_course(row, state),
        "created_at": row.text(row.created),
        "updated_at": row.text(row.cursor),
        **_relations(row),
    }


def _origin(row: Row) -> dict[str, Any]:
    """The system that made the call; half of the own calls lack the keys, as in real APIs."""
    if row.fixed.one_in(2):
        vendor = row.fixed.pick(("dialer", "desk phone"))
        return {
            "external_vendor": vendor,
            "external_call_id": f"{BEYOND_DOUBLE * 10 + row.position}",
        }
    if row.fixed.one_in(2):
        return {"external_vendor": None, "external_call_id": None}
    return {}


def _course(row: Row, state: str) -> dict[str, Any]:
    """When things happened in the call, and the recordings of it."""
    fixed = row.fixed
    answered = row.created + 7 * SECOND if state in {"answered", "completed"} else None
    thousandths = fixed.between(1, 3_600_000)
    ended = answered + 1000 * thousandths if answered and state == "completed" else None
    recorded = ended is not None and fixed.one_in(2)
    returned = fixed.one_in(6)
    voicemail = f"https://media.example.com/voicemail/{row.id}"
    return {
        "should_record_call": fixed.one_in(2),
        "recording_url": f"https://media.example.com/calls/{row.id}.mp3" if recorded else None,
        "recording_deletion_reason": _maybe(row.fresh, ("retention", "consent withdrawn")),
        "voicemail_recording_url": voicemail if fixed.one_in(9) else None,
        "duration_seconds": None if ended is None else decimal(thousandths, 3),
        "dialed_at": None if fixed.one_in(8) else row.text(row.created),
        "answered_at": row.text(answered),
        "completed_at": row.text(ended),
        "returned_at": row.text(row.moment(row.created, row.last)) if returned else None,
        "state_changed_at": None if state == "started" else row.text(row.last),
    }


def _relations(row: Row) -> dict[str, Any]:
    """Ids of what the call relates to."""
    fixed, fresh = row.fixed, row.fresh
    in_sequence = fixed.one_in(2)
    return {
        "account_id": None if fixed.one_in(6) else row.some("accounts"),
        "user_id": _user(fixed),
        "creator_id": _user(fixed),
        "prospect_id": None if fixed.one_in(6) else BEYOND_DOUBLE + 2 * fixed.below(100_000),
        "opportunity_id": fixed.between(1, 5000) if fixed.one_in(4) else None,
        "task_id": fixed.between(1, 90_000) if fixed.one_in(3) else None,
        "sequence_id": fixed.between(1, 60) if in_sequence else None,
        "sequence_step_id": fixed.between(1, 400) if in_sequence else None,
        "call_disposition_id": None if fresh.one_in(3) else fresh.between(1, 12),
        "call_purpose_id": None if fresh.one_in(3) else fresh.between(1, 8),
    }
