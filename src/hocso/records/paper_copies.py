"""Printed copies of quizzes, and the attempts that their answers became.

A copy's code ends with a mark of the edition that was printed (`course.paper_answers.mark_of`), so that its
letters are never read by another.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from hocso.course.paper_answers import mark_of

from . import attempts, classes
from .clock import as_utc
from .codes import ALPHABET, as_typed, new_code
from .errors import AttemptRefused, ClassRefused, UnknownRecord
from .models import Learner, PaperCopy, QuizAttempt

RANDOM_SIGNS, MARK_SIGNS = 5, 3


@dataclass(frozen=True)
class Printed:
    """A copy, whose it became, and what came of it (both None before it is typed in)."""

    copy: PaperCopy
    learner: Learner | None
    attempt: QuizAttempt | None


def new_seeds(count: int) -> list[int]:
    """Seeds for copies that are to be printed, each its own order."""
    return [secrets.randbelow(2**31) for _ in range(count)]


def keep(
    session: Session,
    class_session_id: str,
    quiz_id: str,
    sheets: dict[int, list[dict]],
    *,
    printed_by: str,
    now: datetime | None = None,
) -> list[PaperCopy]:
    """Keep the copies that are being printed, one for each seed; `sheets`: seed -> questions as dealt."""
    copies = []
    for seed, questions in sheets.items():
        while session.get(PaperCopy, code := new_code(RANDOM_SIGNS) + _mark(questions)) is not None:
            pass
        copy = PaperCopy(
            code=code,
            quiz_id=quiz_id,
            seed=seed,
            class_session_id=class_session_id,
            printed_by=printed_by,
            printed_at=as_utc(now),
        )
        session.add(copy)
        session.flush()
        copies.append(copy)
    return copies


def in_class(session: Session, class_session_id: str) -> list[Printed]:
    """The copies of a class session, those printed last first."""
    found = session.execute(
        select(PaperCopy, Learner, QuizAttempt)
        .outerjoin(QuizAttempt, QuizAttempt.id == PaperCopy.attempt_id)
        .outerjoin(Learner, Learner.id == QuizAttempt.learner_id)
        # Not the inner join of other queries: a copy that is nobody's yet would be lost.
        .options(joinedload(Learner.hamlet, innerjoin=False))
        .where(PaperCopy.class_session_id == class_session_id)
        .order_by(PaperCopy.printed_at.desc(), PaperCopy.code)
    )
    return [Printed(*row) for row in found]


def find(session: Session, class_session_id: str, code: str) -> Printed | None:
    """One copy of a class session, its code as people type it."""
    code = as_typed(code or "")
    return next((one for one in in_class(session, class_session_id) if one.copy.code == code), None)


def get(session: Session, class_session_id: str, code: str) -> Printed:
    """One copy of a class session. Raises UnknownRecord."""
    printed = find(session, class_session_id, code)
    if printed is None:
        raise UnknownRecord("Lớp này không có tờ đề mang mã này.")
    return printed


def require_same_edition(copy: PaperCopy, questions: list[dict]) -> None:
    """Raises AttemptRefused where the quiz, as it is dealt now, is not the one that was printed."""
    if not copy.code.endswith(_mark(questions)):
        raise AttemptRefused(
            f"Bài kiểm tra đã thêm, bớt hoặc đổi câu hỏi sau khi in tờ đề {copy.code}, nên chữ A, B, C trên "
            "giấy không còn khớp. Mời in tờ mới, hoặc cho bà con làm trên máy."
        )


def enter(
    session: Session,
    class_session_id: str,
    code: str,
    learner_id: str,
    answers: dict[str, Any],
    *,
    entered_by: str,
    now: datetime | None = None,
) -> QuizAttempt:
    """Make an attempt of the answers on a copy and put it into the queue for grading. It counts as handed in
    when the class was (`classes.moment_on_paper`). Raises UnknownRecord, ClassRefused for a class that has
    not begun and a learner who was not in it, AttemptRefused for a copy that was typed in before and for
    answers that can't be kept."""
    # Locked, so that the same copy typed in twice at the same moment is seen on PostgreSQL too.
    session.get(PaperCopy, as_typed(code), with_for_update=True, populate_existing=True)
    printed = get(session, class_session_id, code)
    if printed.attempt is not None:
        raise AttemptRefused(f"Tờ đề {printed.copy.code} đã nhập rồi, không nhập lần thứ hai được.")
    class_session = classes.get(session, class_session_id)
    classes.require_begun(class_session)
    if learner_id not in {one.id for one in classes.present(session, class_session_id)}:
        raise ClassRefused("Người này chưa có mặt trong lớp. Mời điểm danh trước, rồi nhập bài.")
    attempt = attempts.hand_in_paper(
        session,
        learner_id,
        printed.copy.quiz_id,
        answers,
        seed=printed.copy.seed,
        class_session_id=class_session_id,
        entered_by=entered_by,
        submitted_at=classes.moment_on_paper(class_session, now),
        now=now,
    )
    printed.copy.attempt_id = attempt.id
    session.flush()
    return attempt


def _mark(questions: list[dict]) -> str:
    return mark_of(questions, MARK_SIGNS, ALPHABET)
