"""What is behind one unit that an indicator counts: what a person did and when, in which class and how; who
works in a business. Whoever asks notes it in the access log."""

from collections import Counter
from datetime import date

import pandas as pd
from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from hocso.course import Catalogue, UnknownLesson, UnknownQuiz
from hocso.records import (
    Activity,
    ActivityPerson,
    Attendance,
    Business,
    ClassSession,
    Event,
    Learner,
    QuizAttempt,
    UnknownRecord,
)
from hocso.records.clock import VIETNAM
from hocso.records.merging import entries_of
from hocso.records.registers import CHANNELS

from .facts import MOMENT, Facts, moments
from .indicators import indicator
from .periods import Period

COLUMNS = ["at", "what", "about", "place", "how", "recorded_at", "in_period"]
VERBS = {
    "initialized": "mở bài",
    "progressed": "học tiếp",
    "answered": "trả lời",
    "completed": "xong bài tập",
    "passed": "đạt bài kiểm tra",
    "failed": "chưa đạt bài kiểm tra",
}
ATTENDED = {
    "self": "tự vào lớp bằng mã",
    "card": "vào lớp bằng thẻ",
    "list": "giảng viên điểm danh",
    "paper": "theo tờ ký tên",
}
ON_SCREEN, ON_PAPER, ON_LIST = "làm trên máy", "bài giấy, giảng viên nhập", "có tên trong danh sách dự"


def evidence(
    session: Session,
    catalogue: Catalogue,
    period: Period,
    code: str,
    person_id: str,
    track: str | None = None,
    day: date | None = None,
) -> pd.DataFrame:
    """What makes an indicator count a person up to the period's end, and of a track what is still missing; no
    activity after `day` (default: today in Việt Nam).

    Of a track (default: the indicator's own) one row a required exercise and quiz, in the track's order, with
    the first time that it was completed or passed (at is NaT: not yet). Of K3 one row a day, lesson and
    class, and one an activity, in the order of time.

    Columns: at (UTC), what, about (the lesson, the activity), place (class or channel), how, recorded_at
    (UTC, when it came to this device), in_period. All of the person's entries are looked at. Raises
    UnknownIndicator, UnknownTrack and, for somebody who is not here, UnknownRecord.
    """
    one = indicator(code)
    entries = entries_of(session, person_id)
    if not entries:
        raise UnknownRecord("Không có người học này.")
    happened = _happened(session, period, entries)
    if one.track is None:
        rows = _contacts(happened, catalogue, track)
        if track is None:
            rows += _activities(session, period.last_day(day), entries)
        rows.sort(key=lambda row: row["at"])
    else:
        rows = _steps(happened, catalogue.track(track or one.track))
    table = pd.DataFrame(rows, columns=COLUMNS)
    for column in ("at", "recorded_at"):
        table[column] = pd.to_datetime(table[column], utc=True).astype(MOMENT)
    return table.assign(in_period=table["at"] >= period.start)


def workers(
    session: Session, catalogue: Catalogue, period: Period, business_id: str, track: str | None = None
) -> pd.DataFrame:
    """Who works in a business, and when they completed the track of B2 or another one: id, name, code, at
    (UTC; NaT: not up to the period's end), those who did first. Raises UnknownRecord."""
    if session.get(Business, business_id) is None:
        raise UnknownRecord("Không có cơ sở này trong sổ.")
    table = indicator("B2").workers(Facts(session, catalogue, period), track)
    table = table[table["business"] == business_id]
    rows = select(Learner.id, Learner.full_name, Learner.code).where(Learner.id.in_(table["id"].tolist()))
    people = pd.DataFrame([tuple(row) for row in session.execute(rows)], columns=["id", "name", "code"])
    table = table.merge(people, on="id").sort_values(["at", "name"], na_position="last")
    return table[["id", "name", "code", "at"]].reset_index(drop=True)


def _happened(session: Session, period: Period, entries: list[str]) -> list:
    """The events of a person with their class and attempt, in the order of time."""
    there = and_(
        Attendance.class_session_id == Event.class_session_id,
        Attendance.learner_id == Event.learner_id,
        Attendance.removed_at.is_(None),
    )
    return session.execute(
        select(
            Event.occurred_at,
            Event.recorded_at,
            Event.verb,
            Event.lesson_id,
            Event.quiz_id,
            Event.exercise_id,
            Event.class_session_id,
            ClassSession.date,
            ClassSession.place,
            Attendance.how,
            QuizAttempt.entered_by,
        )
        .outerjoin(ClassSession, ClassSession.id == Event.class_session_id)
        .outerjoin(Attendance, there)
        .outerjoin(QuizAttempt, QuizAttempt.id == Event.attempt_id)
        .where(Event.learner_id.in_(entries), Event.occurred_at < period.end)
        .order_by(Event.occurred_at, Event.recorded_at, Event.id)
    ).all()


def _steps(happened: list, track) -> list[dict]:
    done, passed = {}, {}
    for event in happened:
        if event.verb == "passed":
            passed.setdefault(event.quiz_id, event)
        elif event.verb == "completed" and event.quiz_id is None:
            done.setdefault((event.lesson_id, event.exercise_id), event)
    rows = []
    for lesson in track.lessons:
        about = f"Bài {lesson.number}. {lesson.title}"
        count = len(lesson.required_exercises)
        for number, exercise in enumerate(lesson.required_exercises, start=1):
            rows.append(_row(done.get((lesson.id, exercise)), f"Xong bài tập {number}/{count}", about))
        if lesson.quiz_id:
            rows.append(_row(passed.get(lesson.quiz_id), "Đạt bài kiểm tra", about))
    return rows


def _contacts(happened: list, catalogue: Catalogue, track: str | None) -> list[dict]:
    """One row a day, lesson and class; of one track alone where it is given."""
    of_track = None if track is None else catalogue.track(track).lessons
    lessons = of_track and {one.id for one in of_track} | {one.quiz_id for one in of_track if one.quiz_id}
    groups: dict[tuple, list] = {}
    for event in happened:
        if lessons is None or event.lesson_id in lessons or event.quiz_id in lessons:
            day = event.occurred_at.astimezone(VIETNAM).date()
            about = _title(catalogue, event.lesson_id, event.quiz_id)
            groups.setdefault((day, about, event.class_session_id), []).append(event)
    return [_row(events[0], _summary(events), about) for (_, about, _), events in groups.items()]


def _activities(session: Session, last_day: date, entries: list[str]) -> list[dict]:
    rows = session.execute(
        select(Activity.held_on, Activity.title, Activity.kind, ActivityPerson.recorded_at)
        .join(ActivityPerson, ActivityPerson.activity_id == Activity.id)
        .where(
            ActivityPerson.learner_id.in_(entries),
            ActivityPerson.removed_at.is_(None),
            Activity.removed_at.is_(None),
            Activity.held_on <= last_day,
        )
    ).all()
    firsts = moments(pd.Series([row.held_on for row in rows], dtype="object"))
    return [
        {
            "at": at.to_pydatetime(),
            "what": "Dự hoạt động truyền thông",
            "about": row.title,
            "place": CHANNELS[row.kind],
            "how": ON_LIST,
            "recorded_at": row.recorded_at,
        }
        for row, at in zip(rows, firsts, strict=True)
    ]


def _row(event, what: str, about: str) -> dict:
    if event is None:
        return {"at": None, "what": what, "about": about, "place": "", "how": "", "recorded_at": None}
    return {
        "at": event.occurred_at,
        "what": what,
        "about": about,
        "place": f"Lớp {event.place}, {event.date:%d/%m/%Y}" if event.place else "Ngoài lớp",
        "how": "; ".join(
            filter(None, (ON_PAPER if event.entered_by else ON_SCREEN, ATTENDED.get(event.how)))
        ),
        "recorded_at": event.recorded_at,
    }


def _summary(events: list) -> str:
    """«Mở bài; trả lời 3 lần»."""
    times = Counter(VERBS[event.verb] for event in events)
    words = "; ".join(verb if count == 1 else f"{verb} {count} lần" for verb, count in times.items())
    return words[0].upper() + words[1:]


def _title(catalogue: Catalogue, lesson_id: str | None, quiz_id: str | None) -> str:
    try:
        lesson = catalogue.lesson(catalogue.quiz(quiz_id).lesson_id if quiz_id else lesson_id)
    except (UnknownLesson, UnknownQuiz):
        return f"Bài không còn trong bộ học ({quiz_id or lesson_id})"
    return f"Bài {lesson.number}. {lesson.title}"
