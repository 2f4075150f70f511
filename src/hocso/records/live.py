"""What happens in a class at this moment, for the trainer's live board."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from hocso.course import Catalogue

from . import classes, expected, items
from .clock import as_utc, utc_now
from .models import ClassSession, Event, Learner, QuizAttempt
from .secret_words import still_locked

# What is committed late may bear an earlier time than what was seen already.
OVERLAP = timedelta(seconds=2)
EVENT_FIELDS = (
    "id", "learner_id", "lesson_id", "quiz_id", "exercise_id", "verb", "result", "share", "occurred_at",
)  # fmt: skip


def people(session: Session, class_session_id: str, now: datetime | None = None) -> list[dict[str, Any]]:
    """Who is in a class, by name: id, name, checked_in_at (UTC), locked (too many wrong PINs)."""
    now = as_utc(now)
    return [
        {
            "id": one.id,
            "name": one.full_name,
            "checked_in_at": row.checked_in_at,
            "locked": still_locked(one.locked_until, now),
        }
        for one, row in classes.attendance(session, class_session_id)
    ]


def not_here(session: Session, class_session_id: str) -> int:
    """How many people are expected in a class and have not come."""
    return len(expected.absent(session, class_session_id))


def events(
    session: Session, catalogue: Catalogue, class_session_id: str, since: datetime | None = None
) -> tuple[list[dict[str, Any]], datetime | None]:
    """What the people of a class did in its lessons and quizzes, before the class too: EVENT_FIELDS, in the
    order in which it happened, by person (`Learner.merged_into`); and the moment to ask for the next with.

    `since`: only what was recorded after it; some may come twice, never one not at all.
    """
    one = classes.get(session, class_session_id)
    lessons = catalogue.still_there(one.lesson_ids)
    person = func.coalesce(Learner.merged_into, Learner.id)
    here = [learner["id"] for learner in people(session, class_session_id)]
    conditions = [] if since is None else [Event.recorded_at > since - OVERLAP]
    what = (Event.lesson_id, Event.quiz_id, Event.exercise_id, Event.verb, Event.result, Event.share)
    rows = session.execute(
        select(Event.id, person, *what, Event.occurred_at, Event.recorded_at)
        .join(Learner, Learner.id == Event.learner_id)
        .where(
            or_(Learner.id.in_(here), Learner.merged_into.in_(here)),
            or_(
                Event.lesson_id.in_([lesson.id for lesson in lessons]),
                Event.quiz_id.in_([lesson.quiz_id for lesson in lessons if lesson.quiz_id]),
            ),
            *conditions,
        )
        .order_by(Event.occurred_at, Event.id)
    ).all()
    happened = [dict(zip(EVENT_FIELDS, row[:-1], strict=True)) for row in rows]
    now = utc_now()  # what a clock that was ahead recorded is not waited for
    return happened, max((min(row.recorded_at, now) for row in rows), default=since)


def missed(session: Session, catalogue: Catalogue, class_session_id: str) -> list[dict[str, Any]]:
    """How often each question of the class's quizzes was answered wrongly by its people, in their last graded
    attempt, the most missed first: quiz_id, question, prompt, wrong, answered. What can't be answered on
    paper is missed by nobody there."""
    one: ClassSession = classes.get(session, class_session_id)
    quizzes = [lesson.quiz_id for lesson in catalogue.still_there(one.lesson_ids) if lesson.quiz_id]
    here = [learner["id"] for learner in people(session, class_session_id)]
    attempts = session.execute(
        select(
            func.coalesce(Learner.merged_into, Learner.id),
            QuizAttempt.quiz_id,
            QuizAttempt.questions,
            QuizAttempt.entered_by.is_not(None),
        )
        .join(Learner, Learner.id == QuizAttempt.learner_id)
        .where(
            QuizAttempt.state == "graded",
            QuizAttempt.quiz_id.in_(quizzes),
            or_(Learner.id.in_(here), Learner.merged_into.in_(here)),
        )
        .order_by(QuizAttempt.submitted_at)
    )
    last = {
        (person, quiz_id): items.asked(catalogue.quiz(quiz_id), questions, on_paper)
        for person, quiz_id, questions, on_paper in attempts
    }
    counts: dict[tuple[str, str], list[int]] = {}
    for (_, quiz_id), marks in last.items():
        for mark in marks:
            count = counts.setdefault((quiz_id, mark["question"]), [0, 0])
            count[0] += not mark["right"]
            count[1] += 1
    prompts = {
        (quiz_id, question.id): question.prompt
        for quiz_id in quizzes
        for question in catalogue.quiz(quiz_id).questions
    }
    rows = [
        {"quiz_id": key[0], "question": key[1], "prompt": prompts[key], "wrong": wrong, "answered": answered}
        for key, (wrong, answered) in counts.items()
        if key in prompts
    ]
    return sorted(rows, key=lambda row: (-row["wrong"] / row["answered"], -row["wrong"], row["question"]))
