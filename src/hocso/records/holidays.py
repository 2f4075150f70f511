"""The public holidays of a year, entered into their register together.

Four have a fixed day. The days of Tết Âm lịch and the second of Quốc khánh are decided each year, and Giỗ Tổ
follows the lunar calendar: people type these as they are announced. Source: Bộ luật Lao động 2019, Điều 112,
khoản 1 and 3.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from . import registers
from .errors import RegisterRefused
from .register_models import Holiday

SOURCE = "Điều 112 Bộ luật Lao động 2019"
FIXED = {
    (1, 1): "Tết Dương lịch",
    (30, 4): "Ngày Chiến thắng",
    (1, 5): "Ngày Quốc tế lao động",
    (2, 9): "Quốc khánh",
}
TET, HUNG_KINGS, NATIONAL_DAY, MORE = "Tết Âm lịch", "Giỗ Tổ Hùng Vương", "Quốc khánh", "Nghỉ bù, nghỉ thêm"
# What people type -> how it is called.
FIELDS = {
    "tet_from": f"{TET}: từ ngày",
    "tet_until": f"{TET}: đến hết ngày",
    "hung_kings": f"{HUNG_KINGS} (10/3 âm lịch)",
    "national_day": f"{NATIONAL_DAY}, ngày thứ hai (1/9 hoặc 3/9)",
    "more": "Ngày nghỉ bù, nghỉ thêm",
}
FEWEST_OF_TET, MOST_OF_TET = 5, 15
FIRST_YEAR, LAST_YEAR = 2000, 2100


@dataclass(frozen=True)
class HolidayPlan:
    """What entering the holidays of a year would do: the days that are new, those in the register already
    and those that were removed from it, which stay as they are. All (day, name), in the order of days."""

    year: int
    new: list[tuple[date, str]]
    there: list[tuple[date, str]]
    removed: list[tuple[date, str]]


def plan(session: Session, year: int, typed: Mapping[str, str]) -> HolidayPlan:
    """`typed`: FIELDS -> what people typed, empty where not known yet. Raises RegisterRefused."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise RegisterRefused({"year": f"Mời ghi năm từ {FIRST_YEAR} đến {LAST_YEAR}."})
    days = {date(year, month, day): name for (day, month), name in FIXED.items()}
    days = dict(sorted((_announced(year, typed) | days).items()))
    rows = session.scalars(select(Holiday).where(Holiday.day.in_(days))).all()
    valid = {row.day: row.name for row in rows if row.removed_at is None}
    removed = {row.day: row.name for row in rows if row.removed_at is not None}
    return HolidayPlan(
        year,
        new=[(day, name) for day, name in days.items() if day not in valid and day not in removed],
        there=sorted(valid.items()),
        removed=sorted(removed.items()),
    )


def enter(session: Session, planned: HolidayPlan) -> None:
    """Enter the new days of a plan."""
    about = registers.register("ngay-nghi")
    for day, name in planned.new:
        registers.keep(session, about, None, {"day": day, "name": name, "works": False})


def of_year(session: Session, year: int) -> list[tuple[date, str]]:
    """The days off of a year that the register has, with their names."""
    rows = select(Holiday.day, Holiday.name).where(
        Holiday.removed_at.is_(None),
        Holiday.works.is_(False),
        Holiday.day.between(date(year, 1, 1), date(year, 12, 31)),
    )
    return [(row.day, row.name) for row in session.execute(rows.order_by(Holiday.day))]


def _announced(year: int, typed: Mapping[str, str]) -> dict[date, str]:
    """The days that are typed, with their names. Raises RegisterRefused."""
    days, problems = {}, {}
    for field in FIELDS:
        try:
            days[field] = [_day(one, year) for one in re.split(r"[\s,;]+", typed.get(field, "")) if one]
            if field != "more" and len(days[field]) > 1:
                raise ValueError("Mời ghi một ngày.")
        except ValueError as error:
            problems[field] = str(error)
    if not problems:
        problems = dict(_wrong_tet(days["tet_from"], days["tet_until"]))
    if {(one.day, one.month) for one in days.get("national_day", ())} - {(1, 9), (3, 9)}:
        problems["national_day"] = "Ngày này liền trước hoặc liền sau 2/9: mời ghi 1/9 hoặc 3/9."
    if problems:
        said = (f"{FIELDS[field]}: {problem}" for field, problem in problems.items())
        raise RegisterRefused(problems, " ".join(said))
    tet = [first + timedelta(days=n) for first in days["tet_from"] for n in range(_length(days))]
    return (
        dict.fromkeys(days["more"], MORE)
        | dict.fromkeys(days["national_day"], NATIONAL_DAY)
        | dict.fromkeys(days["hung_kings"], HUNG_KINGS)
        | dict.fromkeys(tet, TET)
    )


def _wrong_tet(first: list[date], last: list[date]):
    if len(first) != len(last):
        yield "tet_until" if first else "tet_from", "Mời ghi cả ngày đầu và ngày cuối của kỳ nghỉ Tết."
    elif first and not FEWEST_OF_TET <= (last[0] - first[0]).days + 1 <= MOST_OF_TET:
        yield "tet_until", f"Kỳ nghỉ Tết dài từ {FEWEST_OF_TET} đến {MOST_OF_TET} ngày, mời xem lại hai ngày."


def _length(days: Mapping[str, list[date]]) -> int:
    return (days["tet_until"][0] - days["tet_from"][0]).days + 1


def _day(text: str, year: int) -> date:
    day = registers.as_date(text)
    if day.year != year:
        raise ValueError(f"Ngày này không thuộc năm {year}.")
    return day
