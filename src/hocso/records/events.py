"""Events: what happened in lessons and quizzes. Append-only; the same UUID counts once.

Verbs (from xAPI): initialized, progressed, answered and completed come from a learner's kernel; passed and
failed are written by `attempts.record_score` alone, because nobody may report their own pass.
"""

import json
import unicodedata
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from .clock import as_utc
from .errors import EventRefused
from .merging import entries_of, is_same
from .models import Event, Learner, QuizAttempt
from .text import clean, is_shallow

VERBS = ("initialized", "progressed", "answered", "completed")
VERBS_OF_GRADING = ("passed", "failed")
LARGEST_RESULT = 32 * 1024
REMOVED = "Tên này đã được xóa, nên không ghi gì thêm."


def append(
    session: Session,
    *,
    id: str,
    learner_id: str,
    lesson_id: str,
    verb: str,
    exercise_id: str | None = None,
    result: dict[str, Any] | None = None,
    occurred_at: datetime,
    quiz_id: str | None = None,
    attempt_id: str | None = None,
    class_session_id: str | None = None,
    now: datetime | None = None,
) -> bool:
    """Record an event: True if it is new, False if that id was there already (nothing changes then).

    An event from the future is put at `now`. Raises EventRefused for the id of another learner's event, an
    unknown verb, learner, class or attempt of another, a learner who was removed, a malformed value, a result
    over 32 KiB.
    """
    if verb not in VERBS:
        raise EventRefused("Loại sự kiện này không ghi được.")
    if is_removed(session, learner_id):
        raise EventRefused(REMOVED)
    now = as_utc(now)
    try:
        occurred_at = min(occurred_at.astimezone(UTC), now) if occurred_at.tzinfo else None
    except (AttributeError, OverflowError):
        occurred_at = None
    if occurred_at is None:
        raise EventRefused("Thời điểm của sự kiện phải là ngày giờ có múi giờ.")
    if attempt_id is not None:
        attempt_id = _uuid(attempt_id)
        attempt = session.get(QuizAttempt, attempt_id)
        if attempt is None or not is_same(session, attempt.learner_id, learner_id):
            raise EventRefused("Lượt làm bài này không phải của người học này.")
    return add_once(
        session,
        Event(
            id=_uuid(id),
            learner_id=learner_id,
            lesson_id=_name(lesson_id, 200),
            quiz_id=None if quiz_id is None else _name(quiz_id, 100),
            exercise_id=None if exercise_id is None else _name(exercise_id, 100),
            verb=verb,
            result=stored_json(result),
            attempt_id=attempt_id,
            class_session_id=class_session_id,
            occurred_at=occurred_at,
            recorded_at=now,
        ),
    )


def is_removed(session: Session, learner_id: str) -> bool:
    """Whether this learner was removed; what was on its way then must not be kept."""
    learner = session.get(Learner, learner_id)
    return learner is not None and learner.is_removed


def add_once(session: Session, event: Event) -> bool:
    """Store an event unless its id is there; the savepoint keeps the rest of the transaction."""
    try:
        with session.begin_nested():
            session.add(event)
    except IntegrityError as error:
        owner = session.scalar(select(Event.learner_id).where(Event.id == event.id))
        if owner is None:
            raise EventRefused("Người học hoặc lớp học của sự kiện này không có ở đây.") from error
        if not is_same(session, owner, event.learner_id):
            raise EventRefused("Mã sự kiện này đã dùng cho người học khác.") from error
        return False
    return True


def exercise_states(session: Session, learner_id: str, lesson_id: str) -> dict[str, dict[str, Any]]:
    """For each exercise of a lesson that the learner answered: response, state, tries and feedback, as they
    were last, and the `presses` that are recorded. An answer that was recorded without its response can't be
    shown again and is left out."""
    answers = session.execute(
        select(Event.exercise_id, Event.result)
        .where(
            Event.learner_id.in_(entries_of(session, learner_id)),
            Event.lesson_id == lesson_id,
            Event.quiz_id.is_(None),
            Event.exercise_id.is_not(None),
            Event.verb == "answered",
        )
        .order_by(Event.occurred_at, Event.recorded_at)
    )
    states: dict[str, dict[str, Any]] = {}
    for exercise_id, result in answers:
        if not result or result.get("response") is None:
            continue
        presses = states[exercise_id]["presses"] if exercise_id in states else []
        if result.get("press"):
            presses.append(result["press"])
        states[exercise_id] = {
            "response": result["response"],
            "state": result.get("state", "trying"),
            "tries": result.get("tries", 1),
            "feedback": result.get("feedback"),
            "presses": presses,
        }
    return states


def place(session: Session, learner_id: str, lesson_id: str) -> str | None:
    """The step that the learner reached last in a lesson."""
    steps = session.scalars(
        select(Event.result)
        .where(
            Event.learner_id.in_(entries_of(session, learner_id)),
            Event.lesson_id == lesson_id,
            Event.quiz_id.is_(None),
            Event.exercise_id.is_(None),
            Event.verb == "progressed",
        )
        .order_by(Event.occurred_at.desc(), Event.recorded_at.desc())
    )
    return next((result["step"] for result in steps if result and result.get("step")), None)


def stored_json(value: dict[str, Any] | None, largest: int = LARGEST_RESULT) -> dict[str, Any] | None:
    """A JSON object with all its text in NFC. Raises EventRefused where it is none, is nested too
    deep or is too large."""
    if value is None:
        return None
    if not isinstance(value, dict) or not is_shallow(value):
        raise EventRefused("Nội dung gửi lên không đúng dạng.")
    try:
        value = _nfc(value)
        size = len(json.dumps(value, ensure_ascii=False, allow_nan=False).encode())
    except (TypeError, ValueError) as error:
        raise EventRefused("Nội dung gửi lên không đúng dạng.") from error
    if size > largest:
        raise EventRefused(f"Nội dung gửi lên lớn quá {largest // 1024} KiB.")
    return value


def _nfc(value: Any) -> Any:
    match value:
        case str():
            # PostgreSQL can't look into JSON that holds a NUL.
            return unicodedata.normalize("NFC", value).replace("\0", "")
        case dict():
            return {_nfc(key): _nfc(item) for key, item in value.items()}
        case list() | tuple():
            return [_nfc(item) for item in value]
    return value


def _uuid(id: str) -> str:
    try:
        return str(UUID(id))
    except (ValueError, AttributeError, TypeError) as error:
        raise EventRefused("Mã sự kiện hoặc lượt làm bài không đúng dạng UUID.") from error


def _name(name: str, longest: int) -> str:
    if not isinstance(name, str) or not 1 <= len(name) <= longest or clean(name) != name:
        raise EventRefused("Mã bài học hoặc bài tập không đúng dạng.")
    return name
