"""Class sessions, from the plan to the end, and who was in them."""

from collections.abc import Iterable
from datetime import UTC, datetime, time
from datetime import date as Date

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from .clock import VIETNAM, as_utc
from .codes import CLASS_LENGTH, as_typed, new_code
from .errors import ClassRefused, UnknownRecord
from .merging import entries_of, person_of
from .models import Account, Attendance, ClassLesson, ClassSession, Learner, PaperCopy
from .text import clean

MOST_KNOWN = 300
NOT_REMOVED = or_(ClassSession.opened_at.is_not(None), ClassSession.paused_at.is_(None))
# The entry that goes on for the person of a Learner row.
PERSON = func.coalesce(Learner.merged_into, Learner.id)


def plan_class(
    session: Session,
    *,
    trainer_id: str,
    place: str,
    date: Date,
    lesson_ids: Iterable[str],
    now: datetime | None = None,
) -> ClassSession:
    """Plan a class session under a fresh code; nobody can check in before it is started. Raises
    ClassRefused."""
    trainer = session.get(Account, trainer_id)
    if trainer is None or trainer.role != "trainer":
        raise ClassRefused("Chỉ giảng viên mở được lớp học.")
    place, lessons = _checked(place, date, lesson_ids)
    class_session = ClassSession(
        code=_free_code(session), trainer=trainer, place=place, date=date, lessons=lessons
    )
    class_session.created_at = class_session.updated_at = as_utc(now)
    session.add(class_session)
    session.flush()
    return class_session


def open_class(session: Session, *, now: datetime | None = None, **planned) -> ClassSession:
    """Plan a class session (the arguments of `plan_class`) and start it at once. Raises ClassRefused."""
    now = as_utc(now)
    return start(session, plan_class(session, now=now, **planned).id, now)


def change(
    session: Session,
    class_session_id: str,
    *,
    place: str,
    date: Date,
    lesson_ids: Iterable[str],
    now: datetime | None = None,
) -> ClassSession:
    """Change a planned class session; its code stays. Raises ClassRefused and UnknownRecord."""
    class_session = _locked(session, class_session_id)
    if class_session.state != "planned":
        raise ClassRefused("Lớp đã mở rồi nên không sửa kế hoạch được nữa.")
    place, lessons = _checked(place, date, lesson_ids)
    # The old rows go first: a lesson that stays has the same key.
    session.execute(delete(ClassLesson).where(ClassLesson.class_session_id == class_session.id))
    session.expire(class_session, ["lessons"])
    class_session.lessons = lessons
    class_session.place, class_session.date, class_session.updated_at = place, date, as_utc(now)
    session.flush()
    return class_session


def remove(session: Session, class_session_id: str, now: datetime | None = None) -> None:
    """Remove a planned class session, with the copies of quizzes that were printed for it. Nobody sees it or
    its list any more, here or on other devices; its row stays, so that no exchange file brings it back, but
    where another device had begun it. Raises ClassRefused and UnknownRecord."""
    class_session = _locked(session, class_session_id)
    if class_session.state != "planned":
        raise ClassRefused("Lớp đã mở thì không xóa được. Mời kết thúc lớp; kết quả của bà con vẫn được giữ.")
    session.execute(delete(PaperCopy).where(PaperCopy.class_session_id == class_session.id))
    class_session.paused_at = class_session.updated_at = as_utc(now)
    session.flush()


def start(session: Session, class_session_id: str, now: datetime | None = None) -> ClassSession:
    """Start a planned class session; the first time counts. Raises ClassRefused and UnknownRecord."""
    class_session = _not_ended(session, class_session_id)
    if class_session.opened_at is None:
        class_session.opened_at = class_session.updated_at = as_utc(now)
    return class_session


def pause(session: Session, class_session_id: str, now: datetime | None = None) -> ClassSession:
    """Let nobody new in for a while. Pausing again changes nothing. Raises ClassRefused and
    UnknownRecord."""
    class_session = _not_ended(session, class_session_id)
    if class_session.state == "planned":
        raise ClassRefused("Lớp chưa bắt đầu nên chưa tạm nghỉ được.")
    if class_session.paused_at is None:
        class_session.paused_at = class_session.updated_at = as_utc(now)
    return class_session


def resume(session: Session, class_session_id: str, now: datetime | None = None) -> ClassSession:
    """Go on after a pause. Raises ClassRefused and UnknownRecord."""
    class_session = _not_ended(session, class_session_id)
    if class_session.paused_at is not None:
        class_session.paused_at, class_session.updated_at = None, as_utc(now)
    return class_session


def close_class(session: Session, class_session_id: str, now: datetime | None = None) -> ClassSession:
    """End a class session; ending it again changes nothing. Who is in a lesson goes on. Raises ClassRefused
    for one that has not begun, and UnknownRecord."""
    class_session = _locked(session, class_session_id)
    if class_session.state == "planned":
        raise ClassRefused("Lớp chưa bắt đầu. Không dạy nữa thì mời xóa kế hoạch.")
    if class_session.closed_at is None:
        class_session.closed_at = class_session.updated_at = as_utc(now)
    return class_session


def get(session: Session, class_session_id: str) -> ClassSession:
    """One class session, in whatever state but removed. Raises UnknownRecord."""
    return _there(session.get(ClassSession, class_session_id))


def find_by_code(session: Session, code: str) -> ClassSession | None:
    """The class session with that code that has not ended (it may be planned or paused), in capitals or not,
    with spaces or dashes."""
    return session.scalar(
        select(ClassSession).where(
            ClassSession.code == as_typed(code or ""), ClassSession.closed_at.is_(None), NOT_REMOVED
        )
    )


def ended_with_code(session: Session, code: str) -> ClassSession | None:
    """The class session with that code that ended last, None where there is none."""
    return session.scalar(
        select(ClassSession)
        .where(
            ClassSession.code == as_typed(code or ""),
            ClassSession.opened_at.is_not(None),
            ClassSession.closed_at.is_not(None),
        )
        .order_by(ClassSession.closed_at.desc())
        .limit(1)
    )


def check_in(
    session: Session,
    class_session_id: str,
    learner_id: str,
    now: datetime | None = None,
    how: str = "self",
    recorded_by: str | None = None,
) -> Attendance:
    """Note that a learner is here; the first time counts, and who is in stays in whatever the class's state.
    `how` as in Attendance: "self" and "card" need a class that is open, "list" one that may be paused,
    "paper" one that has begun. `recorded_by`: the trainer, for "list" and "paper". Raises ClassRefused and
    UnknownRecord."""
    class_session = get(session, class_session_id)
    person = person_of(session, learner_id)
    if person is None:
        raise UnknownRecord("Không tìm thấy người học này.")
    # Locked, so that two check-ins at the same moment wait for each other on PostgreSQL too. What is new of
    # the person is written first: reading the row again would forget it.
    session.flush()
    session.refresh(person, with_for_update={"of": Learner})
    learner_id = person.id
    present = next(iter(_of_person(session, class_session.id, learner_id)), None)
    if present is not None and present.removed_at is None:
        return present
    _require_entry(class_session, how)
    now = as_utc(now)
    at = moment_on_paper(class_session, now) if how == "paper" else now
    if present is None:
        present = Attendance(class_session_id=class_session.id, learner_id=learner_id, checked_in_at=at)
        session.add(present)
    else:
        present.updated_at = now
    present.removed_at, present.how, present.recorded_by = None, how, recorded_by
    session.flush()
    return present


def require_begun(class_session: ClassSession) -> None:
    """Raises ClassRefused, with a text for learners, for a class that is only planned."""
    if class_session.state == "planned":
        raise ClassRefused("Lớp chưa bắt đầu. Mời bà con chờ giảng viên mở lớp, rồi thử lại.")


def _require_entry(class_session: ClassSession, how: str) -> None:
    require_begun(class_session)
    if how == "paper":
        return
    if class_session.state == "ended":
        raise ClassRefused("Lớp này đã kết thúc, không nhận thêm người. Bà con vẫn học tự do được.")
    if class_session.state == "paused" and how != "list":
        raise ClassRefused(
            "Lớp đang tạm nghỉ, chưa nhận thêm người. Mời bà con chờ giảng viên mở lại, rồi thử lại."
        )


def moment_on_paper(class_session: ClassSession, now: datetime | None = None) -> datetime:
    """When what was written on paper in a class counts as done (UTC): at the class's end or, before that,
    now, where these are on the class's day in Việt Nam; else at noon of that day. Never in the future."""
    now = as_utc(now)
    known = class_session.closed_at or now
    if known.astimezone(VIETNAM).date() == class_session.date:
        return known
    return min(now, datetime.combine(class_session.date, time(12), VIETNAM).astimezone(UTC))


def counted_for(session: Session, class_session_id: str | None, now: datetime | None = None) -> str | None:
    """The class session that a learner's work belongs to who came into this one: None when it ended before
    today (in Việt Nam), for a browser remembers its class for weeks."""
    class_session = session.get(ClassSession, class_session_id) if class_session_id else None
    if class_session is None:
        return None
    ended = class_session.closed_at
    if ended is not None and ended.astimezone(VIETNAM).date() < as_utc(now).astimezone(VIETNAM).date():
        return None
    return class_session.id


def take_out(session: Session, class_session_id: str, learner_id: str, now: datetime | None = None) -> None:
    """Note that a check-in was a mistake: it counts nowhere any more. What the learner did is kept. Raises
    UnknownRecord for one who is not there."""
    here = [one for one in _of_person(session, class_session_id, learner_id) if one.removed_at is None]
    if not here:
        raise UnknownRecord("Người học này không có trong lớp.")
    at = as_utc(now)
    for attendance in here:
        attendance.removed_at = attendance.updated_at = at


def _of_person(session: Session, class_session_id: str, learner_id: str) -> list[Attendance]:
    """What is noted of a person in a class, under whichever of their entries: who is there comes first."""
    return list(
        session.scalars(
            select(Attendance)
            .where(
                Attendance.class_session_id == class_session_id,
                Attendance.learner_id.in_(entries_of(session, learner_id)),
            )
            .order_by(Attendance.removed_at.is_not(None), Attendance.checked_in_at, Attendance.learner_id)
            .with_for_update()
        )
    )


def put_back(session: Session, class_session_id: str, learner_id: str, now: datetime | None = None) -> None:
    """Undo `take_out`. Raises UnknownRecord for one who was not taken out."""
    rows = _of_person(session, class_session_id, learner_id)
    if not rows or rows[0].removed_at is None:
        raise UnknownRecord("Người học này không phải vừa được đưa ra khỏi lớp.")
    last = max(row.removed_at for row in rows)
    for row in rows:
        if row.removed_at == last:
            row.removed_at, row.updated_at = None, as_utc(now)


def present(session: Session, class_session_id: str) -> list[Learner]:
    """Those who checked in to a class session and were not taken out again, by name; each person once."""
    return [learner for learner, _ in attendance(session, class_session_id)]


def attendance(
    session: Session, class_session_id: str, *, taken_out: bool = False
) -> list[tuple[Learner, Attendance]]:
    """Who is in a class session, or was taken out of it, and how they came in, by name; each person once."""
    rows: dict[str, Attendance] = {}
    for person_id, row in session.execute(
        select(PERSON, Attendance)
        .join(Learner, Learner.id == Attendance.learner_id)
        .where(Attendance.class_session_id == class_session_id)
        .order_by(Attendance.removed_at.is_not(None), Attendance.checked_in_at)
    ):
        rows.setdefault(person_id, row)
    wanted = [person_id for person_id, row in rows.items() if (row.removed_at is not None) == taken_out]
    people = session.scalars(
        select(Learner)
        .where(Learner.id.in_(wanted))
        .order_by(Learner.folded_name, Learner.birth_year, Learner.code)
    )
    return [(person, rows[person.id]) for person in people]


def known_to(session: Session, trainer_id: str, *, not_in: str, limit: int = MOST_KNOWN) -> list[Learner]:
    """Those who were in a class session of this trainer and are not in the class session `not_in`, by name;
    no more than `limit`, those who were there last."""
    here = (
        select(PERSON)
        .join(Attendance, Attendance.learner_id == Learner.id)
        .where(Attendance.class_session_id == not_in, Attendance.removed_at.is_(None))
    )
    last = (
        select(PERSON.label("person_id"), func.max(Attendance.checked_in_at).label("last_at"))
        .join(Attendance, Attendance.learner_id == Learner.id)
        .join(ClassSession, ClassSession.id == Attendance.class_session_id)
        .where(
            ClassSession.trainer_id == trainer_id,
            Attendance.removed_at.is_(None),
            PERSON.not_in(here),
        )
        .group_by(PERSON)
        .subquery()
    )
    found = session.scalars(
        select(Learner)
        .join(last, last.c.person_id == Learner.id)
        .order_by(last.c.last_at.desc())
        .limit(limit)
    )
    return sorted(found, key=lambda one: (one.folded_name, one.birth_year, one.code))


def for_trainer(session: Session, trainer_id: str | None) -> list[ClassSession]:
    """A trainer's class sessions (None: everybody's): those that go on, then the planned ones (the next
    first), then those that have ended (the newest first)."""
    mine = [ClassSession.trainer_id == trainer_id] if trainer_id else []
    own = session.scalars(
        select(ClassSession).where(*mine).order_by(ClassSession.date.desc(), ClassSession.opened_at.desc())
    ).all()
    planned = [one for one in reversed(own) if one.state == "planned"]
    return [
        *(one for one in own if one.is_open),
        *planned,
        *(one for one in own if one.state == "ended"),
    ]


def _checked(place: str, date: Date, lesson_ids: Iterable[str]) -> tuple[str, list[ClassLesson]]:
    """Place and lessons as they are stored. Raises ClassRefused."""
    place = clean(place or "")
    if not 1 <= len(place) <= 200:
        raise ClassRefused("Xin ghi nơi học (không quá 200 chữ).")
    if not isinstance(date, Date):
        raise ClassRefused("Xin ghi ngày học.")
    lesson_ids = list(dict.fromkeys(lesson_ids))
    if not lesson_ids:
        raise ClassRefused("Xin chọn ít nhất một bài học.")
    return place, [
        ClassLesson(lesson_id=lesson_id, position=position)
        for position, lesson_id in enumerate(lesson_ids, start=1)
    ]


def _locked(session: Session, class_session_id: str) -> ClassSession:
    return _there(
        session.get(
            ClassSession, class_session_id, with_for_update={"of": ClassSession}, populate_existing=True
        )
    )


def _there(class_session: ClassSession | None) -> ClassSession:
    if class_session is None or class_session.state == "removed":
        raise UnknownRecord("Không tìm thấy lớp học này.")
    return class_session


def _not_ended(session: Session, class_session_id: str) -> ClassSession:
    class_session = _locked(session, class_session_id)
    if class_session.closed_at is not None:
        raise ClassRefused("Lớp này đã kết thúc, không mở lại được.")
    return class_session


def _free_code(session: Session) -> str:
    taken = select(ClassSession.code).where(ClassSession.closed_at.is_(None))
    while session.scalar(taken.where(ClassSession.code == (code := new_code(CLASS_LENGTH)))) is not None:
        pass
    return code
