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

    def has_holidays(self, year: int) -> bool:
        """Whether any day off of that year was entered."""
        return any(day.year == year and not works for day, works in self._exceptions.items())

    def is_one(self, day: date) -> bool:
        return self._exceptions.get(day, day.weekday() < SATURDAY)

    def after(self, day: date, count: int) -> date:
        """The `count`th working day after `day`, which is not counted itself."""
        while count > 0:
            day += timedelta(days=1)
            count -= self.is_one(day)
        return day

    def before(self, day: date) -> date:
        """The last working day before `day`."""
        day -= timedelta(days=1)
        while not self.is_one(day):
            day -= timedelta(days=1)
        return day

    def between(self, first: date, last: date) -> int:
        """How many working days there are from `first` to `last`, both included."""
        days = (first + timedelta(days=n) for n in range((last - first).days + 1))
        return sum(self.is_one(day) for day in days)
