"""Report periods: the plan (section IV.1) asks for a report before 15 June and one before 15 December."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from hocso.records import RecordsError
from hocso.records.clock import bounds, today

FIRST_YEAR, LAST_YEAR = 2000, 2100


class UnknownPeriod(RecordsError):
    """A text that names no report period."""


@dataclass(frozen=True)
class Period:
    """A report period, days in Asia/Ho_Chi_Minh, both included. Make one with `Period.named`."""

    name: str
    since: date
    until: date

    @classmethod
    def named(cls, name: str) -> "Period":
        """ "2026-06" is 15/12/2025 to 14/6/2026, "2026-12" is 15/6 to 14/12/2026. Raises UnknownPeriod."""
        found = re.fullmatch(r"([0-9]{4})-(06|12)", name or "")
        if not found or not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
            raise UnknownPeriod(
                "Kỳ báo cáo ghi năm và tháng 06 hoặc 12, ví dụ 2026-06 (báo cáo trước 15/6) "
                "hoặc 2026-12 (báo cáo trước 15/12)."
            )
        year = int(found[1])
        if found[2] == "06":
            return cls(name, date(year - 1, 12, 15), date(year, 6, 14))
        return cls(name, date(year, 6, 15), date(year, 12, 14))

    @property
    def year(self) -> int:
        """The year whose populations and targets hold."""
        return self.until.year

    @property
    def start(self) -> datetime:
        """The first moment of the period, UTC."""
        return bounds(self.since, None)[0]

    @property
    def end(self) -> datetime:
        """The first moment after the period, UTC."""
        return bounds(None, self.until)[1]

    def last_day(self, day: date | None = None) -> date:
        """The last day of the period that has come by `day` (default: today in Việt Nam): what a register
        dates after it is only planned."""
        return min(self.until, day or today())

    def holds(self, day: date | None) -> bool:
        return day is not None and self.since <= day <= self.until

    @property
    def label(self) -> str:
        """In Vietnamese: when the report is due and what it is about."""
        due = self.until + timedelta(days=1)
        return f"Báo cáo trước {due:%d/%m/%Y} (từ {self.since:%d/%m/%Y} đến hết {self.until:%d/%m/%Y})"


def current_period(day: date | None = None) -> Period:
    """The period that a day (default: today in Việt Nam) is in."""
    day = day or today()
    return next(one for one in _around(day) if one.holds(day))


def listed_periods(day: date | None = None, count: int = 6) -> list[Period]:
    """The period that a day is in and those before it, the newest first."""
    periods = [current_period(day)]
    while len(periods) < count:
        periods.append(current_period(periods[-1].since - timedelta(days=1)))
    return periods


def _around(day: date) -> list[Period]:
    return [Period.named(name) for name in (f"{day.year}-06", f"{day.year}-12", f"{day.year + 1}-06")]
