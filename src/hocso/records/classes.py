"""Class sessions and who checked in."""

from collections.abc import Iterable
from datetime import date as Date
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from .clock import as_utc
from .codes import CLASS_LENGTH, as_typed, new_code
from .errors import ClassRefused, UnknownRecord
from .merging import entries_of, person_of
from .models import Account, Attendance, ClassLesson, ClassSession, Learner
from .text import clean


def open_class(
    session: Session,
    *,
    trainer_id: str,
    place: str,
    date: Date,
    lesson_ids: Iterable[str],
    now: datetime | None = None,
) -> ClassSession:
    """Open a class session under a fresh code. Raises ClassRefused."""
    trainer = session.get(Account, trainer_id)
    if trainer is None or trainer.role != "trainer":
        raise ClassRefused("Chỉ giảng viên mở được lớp học.")
    place = clean(place or "")
    if not 1 <= len(place) <= 200:
        raise ClassRefused("Xin ghi nơi học (không quá 200 chữ).")
    if not isinstance(date, Date):
        raise ClassRefused("Xin ghi ngày học.")
    lesson_ids = list(dict.fromkeys(lesson_ids))
    if not lesson_ids:
        raise ClassRefused("Xin chọn ít nhất một bài học.")
    class_session = ClassSession(
        code=_free_code(session),
        trainer=trainer,
        place=place,
        date=date,
        opened_at=as_utc(now),
        lessons=[
            ClassLesson(lesson_id=lesson_id, position=position)
            for position, lesson_id in enumerate(lesson_ids, start=1)
        ],
    )
    session.add(class_session)
    session.flush()
    return class_session


def get(session: Session, class_session_id: str) -> ClassSession:
    """One class session, open or closed. Raises UnknownRecord."""
    class_session = session.get(ClassSession, class_session_id)
    if class_session is None:
        raise UnknownRecord("Không tìm thấy lớp học này.")
    return class_session


def find_by_code(session: Session, code: str) -> ClassSession | None:
    """The open class session with that code, in capitals or not, with spaces or dashes."""
    return session.scalar(
        select(ClassSession).where(
            ClassSession.code == as_typed(code or ""), ClassSession.closed_at.is_(None)
        )
    )


def check_in(
    session: Session,
    class_session_id: str,
    learner_id: str,
    now: datetime | None = None,
    how: str = "self",
) -> Attendance:
    """Note that a learner is here; the first time counts. `how` as in Attendance. Raises ClassRefused for a
    closed class, and UnknownRecord."""
    class_session = get(session, class_session_id)
    person = person_of(session, learner_id)
    if person is None:
        raise UnknownRecord("Không tìm thấy người học này.")
    # Locked, so that two check-ins at the same moment wait for each other on PostgreSQL too.
    session.refresh(person, with_for_update={"of": Learner})
    learner_id = person.id
    present = next(iter(_of_person(session, class_session.id, learner_id)), None)
    if present is not None and present.removed_at is None:
        return present
    if not class_session.is_open:
        raise ClassRefused("Lớp học này đã kết thúc.")
    if present is not None:
        present.removed_at, present.updated_at, present.how = None, as_utc(now), how
        return present
    present = Attendance(
        class_session_id=class_session.id, learner_id=learner_id, checked_in_at=as_utc(now), how=how
    )
    session.add(present)
    session.flush()
    return present


def take_out(session: Session, class_session_id: str, learner_id: str, now: datetime | None = None) -> None:
    """Note that a check-in was a mistake: it counts nowhere any more. What the learner did is kept. Raises
    UnknownRecord for one who is not there."""
    here = [one for one in _of_person(session, class_session_id, learner_id) if one.removed_at is None]
    if not here:
        raise UnknownRecord("Người học này không có trong lớp.")
    for attendance in here:
        attendance.removed_at = attendance.updated_at = as_utc(now)


def _of_person(session: Session, class_session_id: str, learner_id: str) -> list[Attendance]:
    """What is noted of a person in a class, under whichever of their entries: who is there comes first."""
    return list(
        session.scalars(
            select(Attendance)
            .where(
                Attendance.class_session_id == class_session_id,
                Attendance.learner_id.in_(entries_of(learner_id)),
            )
            .order_by(Attendance.removed_at.is_not(None), Attendance.checked_in_at, Attendance.learner_id)
            .with_for_update()
        )
    )


def present(session: Session, class_session_id: str) -> list[Learner]:
    """Those who checked in to a class session and were not taken out again, by name; each person once."""
    here = (
        select(func.coalesce(Learner.merged_into, Learner.id))
        .join(Attendance, Attendance.learner_id == Learner.id)
        .where(Attendance.class_session_id == class_session_id, Attendance.removed_at.is_(None))
    )
    return list(
        session.scalars(
            select(Learner)
            .where(Learner.id.in_(here))
            .order_by(Learner.folded_name, Learner.birth_year, Learner.code)
        )
    )


def close_class(session: Session, class_session_id: str, now: datetime | None = None) -> ClassSession:
    """Close a class session; closing it again changes nothing. Raises UnknownRecord."""
    class_session = get(session, class_session_id)
    if class_session.is_open:
        class_session.closed_at = as_utc(now)
    return class_session


def for_trainer(session: Session, trainer_id: str) -> list[ClassSession]:
    """A trainer's class sessions, the open ones first, then the newest first."""
    return list(
        session.scalars(
            select(ClassSession)
            .where(ClassSession.trainer_id == trainer_id)
            .order_by(
                ClassSession.closed_at.is_not(None),
                ClassSession.date.desc(),
                ClassSession.opened_at.desc(),
            )
        )
    )


def _free_code(session: Session) -> str:
    while find_by_code(session, code := new_code(CLASS_LENGTH)) is not None:
        pass
    return code
