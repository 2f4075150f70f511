"""The same person twice: what staff decide holds on every device, whatever order the decisions come in."""

from datetime import timedelta
from itertools import pairwise
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from hocso.records import Learner, TwinDecision, TwinRefused, merging
from hocso.records.merging import _who_goes_on


@pytest.fixture
def people(register):
    return [register(f"Nguyễn Văn {name}").id for name in ("An", "Bình", "Chi", "Dũng")]


@pytest.fixture
def decide(database, now):
    moments = iter(now + timedelta(minutes=minute) for minute in range(100))

    def decide(first, second, decision="same", keep=None):
        with database.session() as session:
            keep = keep or first if decision == "same" else None
            return merging.decide(session, first, second, decision, keep_id=keep, now=next(moments))

    return decide


@pytest.fixture
def who_is(database):
    """Each entry's person, by the number of the entry."""

    def who_is(people):
        with database.session(readonly=True) as session:
            return [people.index(merging.person_of(session, one).id) for one in people]

    return who_is


def test_a_person_who_was_found_twice_goes_on_as_the_entry_that_was_kept(people, decide, who_is, database):
    decide(people[0], people[1], keep=people[1])
    assert who_is(people) == [1, 1, 2, 3]
    with database.session(readonly=True) as session:
        assert set(session.scalars(merging.entries_of(people[0]))) == {people[0], people[1]}


def test_three_entries_of_one_person_go_on_as_the_one_kept_last_never_in_a_chain(people, decide, who_is):
    decide(people[0], people[1], keep=people[0])
    decide(people[1], people[2], keep=people[2])
    assert who_is(people) == [2, 2, 2, 3]


def test_a_decision_taken_back_gives_both_entries_back(people, decide, who_is):
    decide(people[0], people[1])
    decide(people[1], people[2])
    decide(people[0], people[1], "open")
    assert who_is(people) == [0, 1, 1, 3]


def test_of_two_decisions_on_a_pair_the_newest_holds(people, decide, who_is):
    decide(people[0], people[1])
    decide(people[0], people[1], "apart")
    assert who_is(people) == [0, 1, 2, 3]
    decide(people[0], people[1], keep=people[1])
    assert who_is(people) == [1, 1, 2, 3]


def test_two_who_are_apart_are_not_joined_by_an_older_decision_on_a_third(people, decide, who_is):
    decide(people[0], people[1])
    decide(people[1], people[2])
    decide(people[0], people[2], "apart")
    assert who_is(people) == [0, 1, 1, 3]


def test_taking_back_holds_though_the_decision_came_from_a_clock_that_was_ahead(
    people, decide, who_is, database, now
):
    with database.session() as session:
        first, second = sorted(people[:2])
        session.add(
            TwinDecision(
                first_id=first,
                second_id=second,
                decision="same",
                keep_id=first,
                decided_at=now + timedelta(days=4000),
            )
        )
        session.flush()
        merging.recompute(session)
    decide(people[0], people[1], "open")
    assert who_is(people) == [0, 1, 2, 3]


def test_who_was_once_said_to_be_two_is_not_joined_through_a_third_without_being_told(people, decide, who_is):
    decide(people[0], people[2], "apart")
    decide(people[0], people[1])
    with pytest.raises(TwinRefused, match="Là hai người"):
        decide(people[1], people[2])
    assert who_is(people) == [0, 0, 2, 3]


@pytest.mark.parametrize(
    ("first", "second", "decision", "keep"),
    [(0, 0, "same", 0), (0, 1, "same", 2), (0, 1, "same", None), (0, 1, "apart", 0), (0, 1, "maybe", None)],
)
def test_a_decision_that_makes_no_sense_is_refused(people, database, first, second, decision, keep):
    with database.session() as session, pytest.raises(TwinRefused):
        merging.decide(
            session,
            people[first],
            people[second],
            decision,
            keep_id=None if keep is None else people[keep],
        )


def test_merging_is_no_change_of_the_learner_to_carry_to_other_devices(people, decide, database):
    decide(people[0], people[1], keep=people[1])
    with database.session(readonly=True) as session:
        assert session.scalar(select(Learner.updated_at).where(Learner.id == people[0])) is None


ENTRIES = "abcdef"


@st.composite
def histories(draw):
    """Decisions on six entries, the newest first, at most one a pair."""
    pairs = draw(
        st.lists(
            st.tuples(st.sampled_from(ENTRIES), st.sampled_from(ENTRIES)).filter(
                lambda pair: pair[0] < pair[1]
            ),
            unique=True,
            max_size=10,
        )
    )
    decided = []
    for first, second in pairs:
        decision = draw(st.sampled_from(("same", "same", "apart", "open")))
        keep = draw(st.sampled_from((first, second))) if decision == "same" else None
        decided.append(SimpleNamespace(first_id=first, second_id=second, decision=decision, keep_id=keep))
    return decided


@given(histories())
def test_whatever_was_decided_there_are_no_chains_and_the_newest_decisions_hold(history):
    goes_on = _who_goes_on(history)
    assert not set(goes_on.values()) & goes_on.keys()
    person = {one: goes_on.get(one, one) for one in ENTRIES}
    if history:
        newest = history[0]
        together = person[newest.first_id] == person[newest.second_id]
        assert newest.decision == "open" or together == (newest.decision == "same")
        assert newest.decision != "same" or person[newest.first_id] == newest.keep_id
    # The first to be told apart stay apart, unless what is newer joins them.
    for number, one in enumerate(history):
        if one.decision == "apart":
            newer = _who_goes_on(history[:number])
            if newer.get(one.first_id, one.first_id) != newer.get(one.second_id, one.second_id):
                assert person[one.first_id] != person[one.second_id]


@given(histories())
def test_nobody_is_joined_but_by_decisions(history):
    reach = {one: {one} for one in ENTRIES}
    for one in history:
        if one.decision == "same":
            both = reach[one.first_id] | reach[one.second_id]
            reach |= dict.fromkeys(both, both)
    for entry, keep in _who_goes_on(history).items():
        assert keep in reach[entry]


def test_a_long_row_of_namesakes_is_one_person(people, decide, who_is):
    for first, second in pairwise(people):
        decide(first, second, keep=first)
    assert who_is(people) == [2, 2, 2, 2]
