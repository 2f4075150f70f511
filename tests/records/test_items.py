"""Item analysis of six people, worked out by hand, and classes as tables."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hocso.course import Catalogue, ExerciseRef, Quiz
from hocso.records import QuizAttempt, class_tables, classes, items, live

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
OPTIONS = (("a", "Ý đúng"), ("b", "Ý sai hay chọn"), ("c", "Ý sai không ai chọn"))
QUESTIONS = (
    ExerciseRef("c1", "one_choice", prompt="Câu một", options=OPTIONS),
    ExerciseRef("c2", "number", prompt="Câu hai"),
    ExerciseRef("c3", "number", prompt="Câu ba"),
)


@pytest.fixture
def one_quiz(tmp_path):
    return Catalogue((), (Quiz("q", "a/b", tmp_path, QUESTIONS),))


@pytest.fixture
def handed_in(database, people):
    """Hands in for somebody: what they chose in question one, and whether the others were right."""

    def make(who, chosen, *rights, minute=0, class_id=None):
        marks = [
            ("c1", chosen == "a", chosen, "a"),
            *((f"c{n}", one, 1, 1) for n, one in enumerate(rights, start=2)),
        ]
        with database.session() as session:
            session.add(
                QuizAttempt(
                    learner_id=people[who],
                    quiz_id="q",
                    class_session_id=class_id,
                    seed=1,
                    state="graded",
                    created_at=NOW,
                    submitted_at=NOW + timedelta(minutes=minute),
                    questions=[
                        {"question": id, "points": float(right), "max_points": 1.0, "right": right,
                         "response": response, "key": key}
                        for id, right, response, key in marks
                    ],
                )
            )  # fmt: skip

    return make


@pytest.fixture
def people(database, register):
    return [register(f"Người Mẫu {name}").id for name in "ABCDEF"]


def analysed(database, catalogue, **about):
    with database.session(readonly=True) as session:
        return items.item_analysis(session, catalogue, "q", **about).set_index("question")


def test_difficulty_and_discrimination_are_those_of_the_textbook(database, one_quiz, handed_in):
    """Points in question one: 1 1 1 0 0 0; in the others together: 2 2 1 1 0 0. Their correlation is
    0.5 * (2+2+1-1-0-0)/6 / (0.5 * sqrt(2/3)) = 0.8165."""
    for who, (chosen, *rights) in enumerate(
        [("a", 1, 1), ("a", 1, 1), ("a", 1, 0), ("b", 1, 0), ("b", 0, 0), (None, 0, 0)]
    ):
        handed_in(who, chosen, *map(bool, rights))
    table = analysed(database, one_quiz)
    assert table.loc["c1", "answered"] == 6
    assert table.loc["c1", "difficulty"] == pytest.approx(0.5)
    assert table.loc["c1", "discrimination"] == pytest.approx(2 / 3 / math.sqrt(2 / 3))


def test_the_first_attempt_counts_not_the_better_second(database, one_quiz, handed_in):
    handed_in(0, "b", False, False)
    handed_in(0, "a", True, True, minute=5)
    table = analysed(database, one_quiz)
    assert (table.loc["c1", "answered"], table.loc["c1", "difficulty"]) == (1, 0)


def test_too_few_people_give_no_discrimination(database, one_quiz, handed_in):
    for who in range(4):
        handed_in(who, "a" if who else "b", bool(who), True)
    assert analysed(database, one_quiz)["discrimination"].isna().all()


def test_every_option_is_listed_those_that_nobody_chose_too(database, one_quiz, handed_in):
    for who, chosen in enumerate(["a", "b", "b", None]):
        handed_in(who, chosen, True, True)
    with database.session(readonly=True) as session:
        table = items.choices(session, one_quiz, "q")
    assert table[["choice", "right", "chosen", "share"]].values.tolist() == [
        ["Ý sai hay chọn", False, 2, 0.5],
        ["Ý đúng", True, 1, 0.25],
        [items.NO_ANSWER, False, 1, 0.25],
        ["Ý sai không ai chọn", False, 0, 0.0],
    ]


def test_what_only_a_screen_can_ask_is_missed_by_nobody_on_paper(database, catalogue, trainer, people):
    quiz = replace(catalogue.quizzes[0], questions=(*QUESTIONS[1:], ExerciseRef("cham", "phone_task")))
    catalogue = replace(catalogue, quizzes=(quiz, *catalogue.quizzes[1:]))
    with database.session() as session:
        one = classes.open_class(
            session, trainer_id=trainer.id, place="Nhà", date=NOW.date(), lesson_ids=[quiz.lesson_id], now=NOW
        )
        for who, typist in zip(people, [trainer.id, trainer.id, None], strict=False):
            classes.check_in(session, one.id, who, NOW)
            rights = [("c2", True), ("c3", typist is None), ("cham", typist is None)]
            marks = [
                {"question": id, "points": right, "max_points": 1, "right": right} for id, right in rights
            ]
            session.add(
                QuizAttempt(
                    learner_id=who, quiz_id=quiz.id, class_session_id=one.id, seed=1, state="graded",
                    created_at=NOW, submitted_at=NOW, questions=marks, entered_by=typist,
                )
            )  # fmt: skip
    with database.session(readonly=True) as session:
        table = items.item_analysis(session, catalogue, quiz.id, one.id).set_index("question")
        missed = {row["question"]: row["wrong"] for row in live.missed(session, catalogue, one.id)}
    assert table["answered"].to_dict() == {"c2": 3, "c3": 3, "cham": 1}
    assert table.loc["cham", "difficulty"] == 1
    assert missed == {"c2": 0, "c3": 2, "cham": 0}


def test_a_quiz_that_nobody_took_has_questions_and_no_figures(database, one_quiz):
    table = analysed(database, one_quiz)
    assert table["answered"].tolist() == [0, 0, 0]
    assert table["difficulty"].isna().all()


def test_a_class_as_a_table_counts_each_person_once(database, trainer, people):
    with database.session() as session:
        one = classes.open_class(
            session, trainer_id=trainer.id, place="Nhà văn hóa", date=NOW.date(), lesson_ids=["a/b"], now=NOW
        )
        for minute, who in enumerate(people[:3]):
            classes.check_in(session, one.id, who, NOW + timedelta(minutes=minute))
    with database.session(readonly=True) as session:
        held = class_tables.held(session)
        there = class_tables.attendance(session, one.id)
    assert held[["code", "people", "lessons"]].values.tolist() == [[one.code, 3, 1]]
    assert there["full_name"].tolist() == ["Người Mẫu A", "Người Mẫu B", "Người Mẫu C"]
    assert str(there["checked_in_at"].dt.tz) == "Asia/Ho_Chi_Minh"
