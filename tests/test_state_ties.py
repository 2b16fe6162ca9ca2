from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from tests.bookmarks import KEY, State, at, moments, run


def test_second_run_over_unchanged_records_emits_none_and_keeps_the_state() -> None:
    state: State = {}
    records = at("2024-01-01", "2024-01-02T00:00:00Z", "2024-01-02", "2024-01-02T02:00+02:00")

    assert run(state, records) == [0, 1, 2, 3]
    before = json.dumps(state)

    assert run(state, records) == []
    assert json.dumps(state) == before


def test_record_that_joins_the_bookmark_s_instant_later_is_emitted_once() -> None:
    state: State = {}
    records = at("2024-01-02", "2024-01-02")
    run(state, records)
    late = {"id": "late", KEY: "2024-01-02"}

    assert run(state, [late, *records]) == ["late"]
    assert run(state, [*records, late]) == []


def test_record_that_changed_within_the_bookmark_s_instant_is_emitted_again() -> None:
    state: State = {}
    run(state, [{"id": 1, KEY: "2024-01-02", "name": "before"}])

    assert run(state, [{"id": 1, KEY: "2024-01-02", "name": "after"}]) == [1]


def test_digests_are_those_of_the_greatest_instant_only() -> None:
    state: State = {}
    run(state, at("2024-01-01", "2024-01-01", "2024-01-02"))

    assert len(state["sent_at_bookmark"]) == 1


def test_digest_does_not_depend_on_the_order_of_fields() -> None:
    state: State = {}
    run(state, [{"id": 1, KEY: "2024-01-02", "n": Decimal("1.10"), "big": 10**30}])

    assert run(state, [{"big": 10**30, "n": Decimal("1.10"), KEY: "2024-01-02", "id": 1}]) == []


def test_too_many_ties_are_sent_again_rather_than_remembered() -> None:
    state: State = {}
    run(state, at(*["2024-01-02"] * 1000))
    assert len(state["sent_at_bookmark"]) == 1000

    run(state, [{"id": "one more", KEY: "2024-01-02"}])

    assert "sent_at_bookmark" not in state
    assert run(state, at("2024-01-02")) == [0]


@given(st.lists(st.tuples(moments(), st.booleans()), max_size=12))
def test_two_runs_emit_each_record_exactly_once(
    drawn: list[tuple[tuple[str, Fraction], bool]],
) -> None:
    first = [{"id": n, KEY: text} for n, ((text, _), early) in enumerate(drawn) if early]
    newest = max((instant for (_, instant), early in drawn if early), default=Fraction(0))
    everything = [
        {"id": n, KEY: text}
        for n, ((text, instant), early) in enumerate(drawn)
        if early or instant >= newest
    ]
    state: State = {}

    emitted = run(state, first) + run(state, everything)

    assert sorted(emitted) == [record["id"] for record in everything]
