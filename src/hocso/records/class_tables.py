"""Classes and who was in them, as tables to study."""

import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from . import classes
from .clock import VIETNAM
from .models import Attendance, ClassSession, Learner

CLASS_COLUMNS = ["id", "code", "date", "place", "lessons", "people", "opened_at", "closed_at"]
ATTENDANCE_COLUMNS = ["code", "full_name", "hamlet", "group", "how", "checked_in_at"]


def held(session: Session) -> pd.DataFrame:
    """All class sessions, the newest first. Columns: CLASS_COLUMNS; people: who checked in; times are
    datetime64 in Asia/Ho_Chi_Minh."""
    person = func.coalesce(Learner.merged_into, Learner.id)
    came = dict(
        session.execute(
            select(Attendance.class_session_id, func.count(person.distinct()))
            .join(Learner, Learner.id == Attendance.learner_id)
            .where(Attendance.removed_at.is_(None))
            .group_by(Attendance.class_session_id)
        ).all()
    )
    ordered = select(ClassSession).order_by(ClassSession.date.desc(), ClassSession.opened_at.desc())
    rows = [
        (
            one.id,
            one.code,
            one.date,
            one.place,
            len(one.lessons),
            came.get(one.id, 0),
            one.opened_at,
            one.closed_at,
        )
        for one in session.scalars(ordered)
        if one.state != "removed"
    ]
    return _local(pd.DataFrame(rows, columns=CLASS_COLUMNS), "opened_at", "closed_at")


def attendance(session: Session, class_session_id: str) -> pd.DataFrame:
    """Who was in a class, in the order in which they came; each person once. Columns: ATTENDANCE_COLUMNS;
    code is the learner's, how as in `Attendance`, checked_in_at datetime64 in Asia/Ho_Chi_Minh."""
    rows = [
        (one.code, one.full_name, one.hamlet.name, one.group, row.how, row.checked_in_at)
        for one, row in classes.attendance(session, class_session_id)
    ]
    table = pd.DataFrame(rows, columns=ATTENDANCE_COLUMNS).sort_values("checked_in_at", kind="stable")
    return _local(table.reset_index(drop=True), "checked_in_at")


def _local(table: pd.DataFrame, *columns: str) -> pd.DataFrame:
    for column in columns:
        table[column] = pd.to_datetime(table[column], utc=True).dt.tz_convert(VIETNAM)
    return table
