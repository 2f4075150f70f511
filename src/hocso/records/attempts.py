"""Attempts at quizzes: the draft, the submission, the queue for grading, and the score.

A draft's answers are events; on submission they become the attempt's answers and never change again.
"""

import secrets
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import func, literal, select, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from . import settings
from .clock import as_utc
from .errors import AttemptRefused, EventRefused
from .events import REMOVED, add_once, is_removed, stored_json
from .merging import entries_of, is_same
from .models import Event, Learner, QuizAttempt, UtcDateTime

LARGEST_ANSWERS = 256 * 1024
# The event of an attempt's score has the same id wherever and however often it is written.
SCORE_EVENTS = UUID("6f1f0f0e-57a0-4757-8d24-202504290757")


def current_attempt(
    session: Session,
    learner_id: str,
    quiz_id: str,
    class_session_id: str | None = None,
    now: datetime | None = None,
) -> QuizAttempt:
    """The learner's unsubmitted draft at a quiz, made if there is none; it belongs to the class in which it
    was last worked at."""
    draft = _draft(session, learner_id, quiz_id)
    if draft is None:
        draft = QuizAttempt(
            learner_id=learner_id,
            quiz_id=quiz_id,
            class_session_id=class_session_id,
            seed=secrets.randbelow(2**31),
            state="draft",
            created_at=as_utc(now),
        )
        try:
            with session.begin_nested():
                session.add(draft)
        except IntegrityError as error:
            draft = _draft(session, learner_id, quiz_id)
            if draft is None:
                raise AttemptRefused("Người học hoặc lớp học này không có ở đây.") from error
    if class_session_id is not None:
        draft.class_session_id = class_session_id
    return draft


def get(session: Session, attempt_id: str, learner_id: str) -> QuizAttempt:
    """A learner's own attempt. Raises AttemptRefused for an unknown one and for another's."""
    attempt = session.get(QuizAttempt, attempt_id, populate_existing=True)
    if attempt is None or not is_same(session, attempt.learner_id, learner_id):
        raise AttemptRefused("Không tìm thấy lượt làm bài này. Xin mở lại bài kiểm tra.")
    return attempt


def drafts(session: Session, attempt_id: str) -> dict[str, Any]:
    """The answers of a draft as they were last: question id -> response."""
    events = session.execute(
        select(Event.exercise_id, Event.result)
        .where(Event.attempt_id == attempt_id, Event.verb == "progressed", Event.exercise_id.is_not(None))
        .order_by(Event.occurred_at, Event.recorded_at)
    )
    return {question: (result or {}).get("response") for question, result in events}


def submit(
    session: Session,
    attempt_id: str,
    learner_id: str,
    answers: dict[str, Any],
    now: datetime | None = None,
) -> QuizAttempt:
    """Submit a draft and put it into the queue. Submitting again returns the attempt as it is, unchanged.

    Raises AttemptRefused for another's attempt, for malformed or too large answers, and once the learner was
    removed.
    """
    if is_removed(session, get(session, attempt_id, learner_id).learner_id):
        raise AttemptRefused(REMOVED)
    session.execute(
        update(QuizAttempt)
        .where(QuizAttempt.id == attempt_id, QuizAttempt.state == "draft")
        .values(state="queued", answers=_stored(answers), submitted_at=as_utc(now))
        .execution_options(synchronize_session=False)
    )
    return get(session, attempt_id, learner_id)


def hand_in_paper(
    session: Session,
    learner_id: str,
    quiz_id: str,
    answers: dict[str, Any],
    *,
    seed: int,
    class_session_id: str,
    entered_by: str,
    submitted_at: datetime,
    now: datetime | None = None,
) -> QuizAttempt:
    """Put answers that the account `entered_by` typed in from paper into the queue, as an attempt of their
    own; a draft on the screen stays as it is. `answers` as in `submit`. Raises AttemptRefused."""
    attempt = QuizAttempt(
        learner_id=learner_id,
        quiz_id=quiz_id,
        class_session_id=class_session_id,
        seed=seed,
        state="queued",
        created_at=as_utc(now),
        answers=_stored(answers),
        submitted_at=submitted_at,
        entered_by=entered_by,
    )
    session.add(attempt)
    session.flush()
    return attempt


def claim_next(session: Session, now: datetime | None = None) -> QuizAttempt | None:
    """Take the attempt that has waited longest for grading, None where none waits. Several workers never get
    the same one."""
    attempt = session.scalar(
        select(QuizAttempt)
        .where(QuizAttempt.state == "queued")
        .order_by(QuizAttempt.submitted_at, QuizAttempt.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if attempt is not None:
        attempt.state, attempt.claimed_at = "grading", as_utc(now)
        session.flush()
    return attempt


def ahead(session: Session, attempt: QuizAttempt) -> int:
    """How many submissions are graded before this one, the one at hand included; 0 when its turn has come."""
    if attempt.state != "queued":
        return 0
    return session.scalar(
        select(func.count())
        .select_from(QuizAttempt)
        .where(
            QuizAttempt.state.in_(("queued", "grading")),
            tuple_(QuizAttempt.submitted_at, QuizAttempt.id)
            < tuple_(literal(attempt.submitted_at, UtcDateTime), attempt.id),
        )
    )


def release_stale(session: Session, claimed_before: datetime | None = None) -> int:
    """Put attempts that a dead worker left in grading back into the queue: all, or those claimed before a
    moment (where several workers run). Returns how many."""
    left = QuizAttempt.state == "grading"
    if claimed_before is not None:
        left &= QuizAttempt.claimed_at < as_utc(claimed_before)
    return _back_to_queue(session, left)


def retry(session: Session, attempt_id: str) -> bool:
    """Put an attempt whose grading failed back into the queue. False (and no change) for any other."""
    return _back_to_queue(session, (QuizAttempt.id == attempt_id) & (QuizAttempt.state == "failed")) == 1


def passes(session: Session, score: float, max_score: float) -> bool:
    """Whether a score reaches the pass mark."""
    return share(score, max_score) >= round(settings.pass_mark(session), 6)


def share(score: float, max_score: float) -> float:
    """score / max_score, rounded so that 7 of 10 points are 0.7 however they were added up."""
    return round(score / max_score, 6) if max_score else 0.0


def record_score(
    session: Session,
    attempt_id: str,
    score: float,
    max_score: float,
    questions: list[Any],
    passed: bool,
    now: datetime | None = None,
) -> QuizAttempt:
    """Keep the score of a submitted attempt and append its event (passed or failed), which happened when the
    learner submitted. A graded attempt stays as it is. Of a learner who was removed meanwhile the score alone
    is kept. Raises AttemptRefused."""
    now = as_utc(now)
    attempt = session.get(QuizAttempt, attempt_id, with_for_update=True, populate_existing=True)
    if attempt is None or attempt.state == "draft":
        raise AttemptRefused("Lượt làm bài này chưa được nộp, không ghi điểm được.")
    if attempt.state == "graded":
        return attempt
    attempt.state, attempt.graded_at, attempt.message = "graded", now, None
    attempt.score, attempt.max_score = float(score), float(max_score)
    attempt.passed = bool(passed)
    attempt.questions = None if is_removed(session, attempt.learner_id) else list(questions)
    write_score_event(session, attempt)
    return attempt


def write_score_event(session: Session, attempt: QuizAttempt) -> None:
    """Append the event of a graded attempt, unless it is there."""
    add_once(session, Event(**score_event_of(attempt)))


def score_event_of(attempt: QuizAttempt) -> dict[str, Any]:
    """`score_event` of an attempt that is here."""
    about = {column.name: getattr(attempt, column.name) for column in QuizAttempt.__table__.columns}
    return score_event(about, attempt.graded_at)


def score_event(attempt: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The event of a graded attempt's score, both as columns; the same wherever it is made."""
    score, max_score = attempt["score"], attempt["max_score"]
    return {
        "id": str(uuid5(SCORE_EVENTS, attempt["id"])),
        "learner_id": attempt["learner_id"],
        "quiz_id": attempt["quiz_id"],
        "verb": "passed" if attempt["passed"] else "failed",
        "share": share(score, max_score),
        "result": {"score": score, "max_score": max_score},
        "attempt_id": attempt["id"],
        "class_session_id": attempt["class_session_id"],
        "occurred_at": attempt["submitted_at"],
        "recorded_at": now,
    }


def record_failure(session: Session, attempt_id: str, message: str) -> None:
    """Note that an attempt could not be graded, and why. The answers are kept. A graded attempt stays as it
    is."""
    session.execute(
        update(QuizAttempt)
        .where(QuizAttempt.id == attempt_id, QuizAttempt.state.in_(("queued", "grading")))
        .values(state="failed", message=message)
    )


def best(session: Session, learner_id: str, quiz_id: str) -> QuizAttempt | None:
    """The graded attempt with the highest share of points, the earliest of equals."""
    # SQLite would rather go through all that were ever graded, were the state in the question too.
    return _best(one for one in history(session, learner_id, quiz_id) if one.state == "graded")


def _best(graded: Iterable[QuizAttempt]) -> QuizAttempt | None:
    return min(
        graded,
        key=lambda attempt: (-share(attempt.score, attempt.max_score), attempt.submitted_at),
        default=None,
    )


def best_not_in_course(session: Session, except_for: Collection[tuple[str, str]] = ()) -> QuizAttempt | None:
    """A graded attempt from another device that is the learner's best at its quiz and not in nbgrader's
    course here yet; None where there is none. `except_for`: (learner, quiz) pairs. Sample attempts have
    points but no answers: run again they would get none, and no course has them."""
    left = QuizAttempt.in_course.is_(False) & (QuizAttempt.state == "graded")
    if except_for:
        left &= tuple_(QuizAttempt.learner_id, QuizAttempt.quiz_id).not_in(list(except_for))
    while one := session.scalar(select(QuizAttempt).where(left).order_by(QuizAttempt.id).limit(1)):
        theirs = history(session, one.learner_id, one.quiz_id)
        is_sample = session.get(Learner, one.learner_id).is_sample
        found = _best(each for each in theirs if each.state == "graded" and (each.answers or not is_sample))
        if found is not None and not found.in_course:
            return found
        now_in_course(session, one.learner_id, one.quiz_id)
    return None


def now_in_course(session: Session, learner_id: str, quiz_id: str) -> None:
    """Note that nbgrader's course has the best attempt of a learner at a quiz."""
    session.execute(
        update(QuizAttempt)
        .where(QuizAttempt.learner_id == learner_id, QuizAttempt.quiz_id == quiz_id)
        .values(in_course=True)
    )


def history(session: Session, learner_id: str, quiz_id: str) -> list[QuizAttempt]:
    """The learner's submitted attempts at a quiz, the newest first."""
    return list(
        session.scalars(
            select(QuizAttempt)
            .where(
                QuizAttempt.learner_id.in_(entries_of(session, learner_id)),
                QuizAttempt.quiz_id == quiz_id,
                QuizAttempt.state != "draft",
            )
            .order_by(QuizAttempt.submitted_at.desc())
        )
    )


def _stored(answers: dict[str, Any]) -> dict[str, Any]:
    """Answers as they are kept. Raises AttemptRefused."""
    try:
        return stored_json(answers or {}, LARGEST_ANSWERS)
    except EventRefused as error:
        raise AttemptRefused(str(error)) from error


def _draft(session: Session, learner_id: str, quiz_id: str) -> QuizAttempt | None:
    return session.scalar(
        select(QuizAttempt)
        .where(
            QuizAttempt.learner_id.in_(entries_of(session, learner_id)),
            QuizAttempt.quiz_id == quiz_id,
            QuizAttempt.state == "draft",
        )
        .order_by(QuizAttempt.created_at.desc(), QuizAttempt.id)
        .limit(1)
        .execution_options(populate_existing=True)
    )


def _back_to_queue(session: Session, condition) -> int:
    return session.execute(
        update(QuizAttempt).where(condition).values(state="queued", claimed_at=None, message=None)
    ).rowcount
