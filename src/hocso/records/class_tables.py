"""Classes and who was in them or expected there, as tables to study."""

import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from . import expected
from .classes import PERSON
from .clock import VIETNAM
from .models import Attendance, ClassSession, Expected, Learner

CLASS_COLUMNS = ["id", "code", "date", "place", "lessons", "expected", "people", "opened_at", "closed_at"]
ATTENDANCE_COLUMNS = [
    "code", "full_name", "hamlet", "group", "expected", "present", "how", "checked_in_at",
]  # fmt: skip


def held(session: Session) -> pd.DataFrame:
    """All class sessions, the newest first. Columns: CLASS_COLUMNS; expected: how many were; people: who
    checked in; times are datetime64 in Asia/Ho_Chi_Minh."""
    awaited, came = _people_of_each(session, Expected), _people_of_each(session, Attendance)
    ordered = select(ClassSession).order_by(ClassSession.date.desc(), ClassSession.opened_at.desc())
    rows = [
        (
            one.id,
            one.code,
            one.date,
            one.place,
            len(one.lessons),
            awaited.get(one.id, 0),
            came.get(one.id, 0),
            one.opened_at,
            one.closed_at,
        )
        for one in session.scalars(ordered)
        if one.state != "removed"
    ]
    return _local(pd.DataFrame(rows, columns=CLASS_COLUMNS), "opened_at", "closed_at")


def attendance(session: Session, class_session_id: str) -> pd.DataFrame:
    """Who was in a class, in the order in which they came, then who was expected and did not come, by name;
    each person once. Columns: ATTENDANCE_COLUMNS; code is the learner's, how as in `Attendance` (missing for
    who did not come), checked_in_at datetime64 in Asia/Ho_Chi_Minh."""
    rows = []
    for one in expected.roll(session, class_session_id):
        who, row = one.person, one.attendance
        about = (who.code, who.full_name, who.hamlet.name, who.group, one.is_expected, row is not None)
        rows.append((*about, row and row.how, row and row.checked_in_at))
    table = pd.DataFrame(rows, columns=ATTENDANCE_COLUMNS)
    table = table.astype({"expected": bool, "present": bool})
    table = table.sort_values("checked_in_at", kind="stable", na_position="last")
    return _local(table.reset_index(drop=True), "checked_in_at")


def _people_of_each(session: Session, model: type[Attendance] | type[Expected]) -> dict[str, int]:
    """Class session -> how many people a table has for it."""
    return dict(
        session.execute(
            select(model.class_session_id, func.count(PERSON.distinct()))
            .join(Learner, Learner.id == model.learner_id)
            .where(model.removed_at.is_(None))
            .group_by(model.class_session_id)
        ).all()
    )


def _local(table: pd.DataFrame, *columns: str) -> pd.DataFrame:
    for column in columns:
        table[column] = pd.to_datetime(table[column], utc=True).dt.tz_convert(VIETNAM)
    return table
