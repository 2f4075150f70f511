"""Whatever staff decide of whatever entries: everything counts as if each person had had one entry only."""

from datetime import date, timedelta
from itertools import combinations
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from hocso.records import (
    Account,
    Attendance,
    Event,
    Learner,
    TwinDecision,
    classes,
    completions,
    events,
    hamlets,
    learners,
    merging,
    open_database,
)

from .conftest import CONSENT, NOW

OTP, QUIZ, WIFI, GOALS = "ky-nang-so/otp", "ky-nang-so-04", "ky-nang-so/wifi", "nghi-quyet-57/muc-tieu"
# What somebody may do: lesson, exercise, quiz, verb.
DEEDS = [
    (OTP, "mot", None, "completed"),
    (OTP, "hai", None, "completed"),
    (OTP, "hai", None, "answered"),
    (None, None, QUIZ, "passed"),
    (None, None, QUIZ, "failed"),
    (WIFI, "mot", None, "completed"),
    (GOALS, "bieu-do", None, "completed"),
    (None, None, "nghi-quyet-57-03", "passed"),
]
ENTRIES = 4


@pytest.fixture(scope="module")
def commune(tmp_path_factory):
    """Four learners in two hamlets, a class, nothing done."""
    database = open_database(tmp_path_factory.mktemp("records") / "hocso.db")
    with database.session() as session:
        places = [hamlets.add(session, name) for name in ("Ấp Thử 1", "Ấp Thử 2")]
        people = [
            learners.register(
                session,
                full_name=f"Nguyễn Văn {'ABCD'[number]}m",
                birth_year=1960,
                hamlet_id=places[number % 2].id,
                group="nguoi-dan",
                pin="2468",
                consent_wording=CONSENT,
                now=NOW,
            ).id
            for number in range(ENTRIES)
        ]
        session.add(
            Account(
                id="lan", username="lan", display_name="Lan", role="trainer", password_hash="", created_at=NOW
            )
        )
        session.flush()
        lesson = classes.open_class(
            session, trainer_id="lan", place="Ấp", date=date(2026, 11, 24), lesson_ids=[OTP, WIFI], now=NOW
        )
        class_id = lesson.id
    yield database, people, class_id
    database.close()


def figures(session, catalogue, people, class_id):
    """All that is counted, as plain values."""
    tables = [
        completions.completion_rows(session, catalogue),
        completions.completion_rows(session, catalogue, hamlet="ap-thu-1", until=NOW + timedelta(minutes=30)),
        completions.rates(session, catalogue, year=2026),
        completions.class_board(session, catalogue, class_id),
    ]
    return (
        [table.astype(object).where(table.notna(), None).to_dict("records") for table in tables],
        [one.id for one in classes.present(session, class_id)],
        {one: completions.lesson_status(session, catalogue, one) for one in people},
        {one: events.exercise_states(session, one, OTP) for one in people},
    )


def add_events(session, people, deeds):
    for number, (who, deed, minute) in enumerate(deeds):
        lesson, exercise, quiz, verb = DEEDS[deed]
        moment = NOW + timedelta(minutes=minute)
        session.add(
            Event(
                id=str(UUID(int=number + 1)),
                learner_id=people[who],
                lesson_id=lesson,
                exercise_id=exercise,
                quiz_id=quiz,
                verb=verb,
                share=minute / 60 if quiz else None,
                result={"response": minute} if verb == "answered" else None,
                occurred_at=moment,
                recorded_at=moment,
            )
        )


def add_decisions(session, people, decisions):
    for number, (first, second, decision, keep, minute) in decisions:
        pair = sorted((people[first], people[second]))
        session.add(
            TwinDecision(
                id=str(UUID(int=number)),
                first_id=pair[0],
                second_id=pair[1],
                decision=decision,
                keep_id=pair[keep] if decision == "same" else None,
                decided_at=NOW + timedelta(minutes=minute),
            )
        )
    session.flush()
    merging.recompute(session)


def persons(session):
    return dict(
        session.execute(select(Learner.id, Learner.merged_into).where(Learner.merged_into.is_not(None))).all()
    )


minutes = st.integers(0, 59)
deeds = st.lists(st.tuples(st.integers(0, ENTRIES - 1), st.integers(0, len(DEEDS) - 1), minutes), max_size=25)
decisions = st.lists(
    st.tuples(
        st.sampled_from(list(combinations(range(ENTRIES), 2))),
        st.sampled_from(("same", "same", "apart", "open")),
        st.integers(0, 1),
        minutes,
    ).map(lambda drawn: (*drawn[0], *drawn[1:])),
    max_size=6,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds, decisions, st.sets(st.integers(0, ENTRIES - 1)), st.randoms())
def test_merged_entries_count_as_one_entry_would(commune, catalogue, deeds, decided, present, chance):
    database, people, class_id = commune
    with database.session() as session:
        add_events(session, people, deeds)
        for who in present:
            classes.check_in(session, class_id, people[who], now=NOW)
        session.flush()
        before = figures(session, catalogue, people, class_id)

        numbered = list(enumerate(decided, start=1))
        add_decisions(session, people, numbered)
        together, merged = figures(session, catalogue, people, class_id), persons(session)
        reached = [len({row["learner_id"] for row in tables[0][0]}) for tables in (before, together)]
        assert reached[1] <= reached[0]

        # The same decisions in another order.
        session.execute(delete(TwinDecision))
        chance.shuffle(numbered)
        add_decisions(session, people, numbered)
        assert persons(session) == merged

        # Taken back, all is as it was.
        for number, (first, second) in enumerate(combinations(people, 2)):
            merging.decide(session, first, second, "open", now=NOW + timedelta(days=1, minutes=number))
        assert figures(session, catalogue, people, class_id) == before

        # As if all had been done under one entry.
        for entry, person in merged.items():
            session.execute(update(Event).where(Event.learner_id == entry).values(learner_id=person))
            if session.scalar(select(Attendance).where(Attendance.learner_id == entry)):
                classes.check_in(session, class_id, person, now=NOW)
                session.execute(delete(Attendance).where(Attendance.learner_id == entry))
        session.expire_all()
        alone = figures(session, catalogue, people, class_id)
        for told, wanted in zip(together[:2], alone[:2], strict=True):
            assert told == wanted
        for one in set(people) - merged.keys():
            assert together[2][one] == alone[2][one]
            assert together[3][one] == alone[3][one]
        # A merged entry's own session shows what the person's does.
        for entry, person in merged.items():
            assert together[2][entry] == together[2][person]
            assert together[3][entry] == together[3][person]
        session.rollback()
