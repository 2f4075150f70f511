"""Working days: Monday to Friday, less holidays, plus weekend days that the calendar makes working days."""

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from hocso.records import Holiday

SATURDAY = 5


class WorkingDays:
    """The working days of a commune, from its `Holiday` rows."""

    def __init__(self, session: Session):
        there = select(Holiday.day, Holiday.works).where(Holiday.removed_at.is_(None))
        self._exceptions = dict(session.execute(there).all())

    def is_one(self, day: date) -> bool:
        return self._exceptions.get(day, day.weekday() < SATURDAY)

    def after(self, day: date, count: int) -> date:
        """The `count`th working day after `day`, which is not counted itself."""
        while count > 0:
            day += timedelta(days=1)
            count -= self.is_one(day)
        return day
