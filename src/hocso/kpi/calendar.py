"""The dates that staff work towards: reports, the days that the plan names, and their own.

Reports are due before 15 June and before 15 December (the plan, section IV.1); the yearly days are those of
section II.1.d. Own dates are the register `lich`. All are whole days in Việt Nam.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from hocso.course import Catalogue
from hocso.records import registers
from hocso.records.clock import VIETNAM, today

from .closing import kept_figures, last_closed
from .figures import compute
from .periods import Period
from .working_days import WorkingDays

ANSWER_DAY = "Kế hoạch mục II.1.d: tổ chức hoạt động hưởng ứng."
FIRST_YEAR = 2026  # of the plan
LATE = timedelta(days=30)  # so long a report that was not closed stays in sight


@dataclass(frozen=True)
class Date:
    """A date of the calendar: once or, `yearly`, each year from `first` on. `key` is its own for ever. kind:
    "report" (due before that day), "day" (named by the plan) or "own"."""

    key: str
    kind: str
    first: date
    title: str
    note: str
    yearly: bool = True

    def in_year(self, year: int) -> date | None:
        """The day in a year, None where there is none; 29 February is the month's last day in other years."""
        if year == self.first.year:
            return self.first
        if not self.yearly or year < self.first.year:
            return None
        try:
            return self.first.replace(year=year)
        except ValueError:
            return date(year, 2, 28)


@dataclass(frozen=True)
class Due:
    """Where a report stands: when it was closed (UTC), the last working day before it is due, how many
    working days are left (today is one of them), and the codes of indicators that miss their target or have
    no rate yet (None while its period has not begun)."""

    period: Period
    closed_at: datetime | None
    late: bool
    last_working_day: date
    working_days_left: int
    missed: list[str] | None
    unknown: list[str] | None

    @property
    def words(self) -> list[str]:
        """In Vietnamese: how much time is left, and what stands in the way."""
        if self.missed is None:
            return [f"Kỳ này bắt đầu từ {self.period.since:%d/%m/%Y}."]
        if self.closed_at:
            said = [f"Đã chốt số liệu ngày {self.closed_at.astimezone(VIETNAM):%d/%m/%Y}."]
        elif self.late:
            said = ["Đã quá hạn mà chưa chốt số liệu."]
        elif self.working_days_left:
            last = f"{self.last_working_day:%d/%m/%Y}"
            said = [f"Còn {self.working_days_left} ngày làm việc, ngày cuối là {last}. Chưa chốt số liệu."]
        else:
            said = ["Không còn ngày làm việc nào trước hạn. Chưa chốt số liệu."]
        if self.missed:
            said.append(f"Chưa đạt mức: {', '.join(self.missed)}.")
        if self.unknown:
            said.append(f"Chưa tính được tỉ lệ: {', '.join(self.unknown)}. Mời xem lại dân số và các sổ.")
        if not self.missed and not self.unknown:
            said.append("Chỉ tiêu nào đến kỳ cũng đã đạt.")
        return said


@dataclass(frozen=True)
class Entry:
    """A date on its day of one year; `due` of a report."""

    day: date
    about: Date
    due: Due | None = None


REPORT = "Phòng Văn hóa - Xã hội báo cáo Sở Khoa học và Công nghệ tỉnh. Kế hoạch mục IV.1."
FIXED = (
    Date("bao-cao-06", "report", date(FIRST_YEAR, 6, 15), "Nộp báo cáo trước ngày 15/6", REPORT),
    Date("bao-cao-12", "report", date(FIRST_YEAR, 12, 15), "Nộp báo cáo trước ngày 15/12", REPORT),
    Date("ngay-18-05", "day", date(FIRST_YEAR, 5, 18), "Ngày Khoa học và Công nghệ Việt Nam", ANSWER_DAY),
    Date("ngay-01-10", "day", date(FIRST_YEAR, 10, 1), "Ngày hội Đổi mới sáng tạo quốc gia", ANSWER_DAY),
    Date("ngay-10-10", "day", date(FIRST_YEAR, 10, 10), "Ngày Chuyển đổi số quốc gia", ANSWER_DAY),
)


def dates(session: Session) -> list[Date]:
    """All dates of the calendar, the plan's first."""
    own = registers.table(session, "lich").itertuples()
    return [*FIXED, *(Date(one.id, "own", one.day, one.title, one.note or "", one.yearly) for one in own)]


def of_year(session: Session, year: int) -> list[Entry]:
    """The dates of a year in their order, without what is due."""
    return _in_years(dates(session), (year,))


def upcoming(session: Session, catalogue: Catalogue, day: date | None = None, count: int = 5) -> list[Entry]:
    """The next dates from `day` on (default: today in Việt Nam), before them reports of the last 30 days that
    were not closed. Reports say what is due; figures are computed only of periods that have begun."""
    day = day or today()
    entries = _in_years(dates(session), range(day.year - 1, day.year + 3))
    late = [one for one in entries if one.about.kind == "report" and day - LATE <= one.day < day]
    late = [one for one in late if last_closed(session, _period(one)) is None]
    coming = [one for one in entries if one.day >= day][:count]
    working = WorkingDays(session)
    return [
        Entry(one.day, one.about, _due(session, catalogue, one, day, working))
        if one.about.kind == "report"
        else one
        for one in (*late, *coming)
    ]


def _in_years(all_dates: list[Date], years: Iterable[int]) -> list[Entry]:
    found = [Entry(day, one) for one in all_dates for year in years if (day := one.in_year(year))]
    return sorted(found, key=lambda one: (one.day, one.about.kind, one.about.title))


def _period(entry: Entry) -> Period:
    return Period.named(f"{entry.day:%Y-%m}")


def _due(session: Session, catalogue: Catalogue, entry: Entry, day: date, working: WorkingDays) -> Due:
    period = _period(entry)
    closed = last_closed(session, period)
    missed = unknown = None
    if period.since <= day:
        table = kept_figures(closed) if closed else compute(session, catalogue, period, day=day)
        missed = list(dict.fromkeys(table.loc[table["status"] == "missed", "indicator"]))
        unknown = list(dict.fromkeys(table.loc[table["status"] == "unknown", "indicator"]))
    return Due(
        period,
        closed.closed_at if closed else None,
        entry.day <= day,
        working.before(entry.day),
        working.between(day, period.until),
        missed,
        unknown,
    )
