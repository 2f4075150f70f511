"""Where an indicator stands: against the straight line to its target, and what the pace so far leads to.

A target belongs to report years: a report year is the two report periods of a calendar year, 15/12 of the
year before to 14/12 (plan, section IV.1). The straight line goes from what was there on the first day of the
first report year to the target on the last day of the last. Documents have neither line nor forecast: what
was late stays late.
"""

import math
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from hocso.records.clock import VIETNAM

from .facts import Facts
from .figures import figures_table
from .indicators import INDICATORS, Indicator

COLUMNS = [
    "indicator", "title", "unit", "numerator", "population", "wanted", "since", "due", "at_since", "expected",
    "weekly", "low", "likely", "high", "position", "forecast",
]  # fmt: skip
WEEKS, FEWEST_WEEKS = 12, 4
# Eight times in ten, where weeks are alike and independent.
DEVIATIONS = 1.28
MOST_WEEKS_SHOWN, MOST_MONTHS_SHOWN = 160, 12


@dataclass(frozen=True)
class Forecast:
    """How many units are counted on the due day if the pace of the last weeks goes on; `low` to `high` holds
    eight times in ten. `weekly` is the mean of those `weeks`."""

    weekly: float
    low: int
    likely: int
    high: int
    weeks: int

    @property
    def is_steady(self) -> bool:
        return self.high - self.low <= max(2, 0.25 * self.likely)


def standing(facts: Facts, figures: pd.DataFrame | None = None) -> pd.DataFrame:
    """One row an indicator, on the facts' day or, of a past period, its last day. `figures`: those of the
    whole commune that hold (default: the facts' own); line and pace are always the facts'.

    Columns: COLUMNS. numerator counts all so far; population and wanted (units that the target asks for) are
    Int64, NA where not known or not set; since and due: the days of the straight line; at_since: counted
    before it; expected: where the line is on the day; weekly, low, likely, high as in `Forecast`, NA where
    there is none; position and forecast say it in words.
    """
    figures = figures_table(facts) if figures is None else figures
    figures = figures[figures["span"] == "total"].set_index("indicator")
    rows = [_row(one, facts, figures.loc[one.code]) for one in INDICATORS]
    return pd.DataFrame(rows, columns=COLUMNS).astype(
        {"population": "Int64", "wanted": "Int64", "low": "Int64", "likely": "Int64", "high": "Int64"}
    )


def timeline(facts: Facts) -> pd.DataFrame:
    """How many units each indicator counted up to the end of each week, the facts' day last.

    Columns: indicator, day (date), count; at most MOST_WEEKS_SHOWN weeks, none before the first unit.
    """
    last, rows = _day(facts), []
    for one in INDICATORS:
        days = _days_counted(one, facts)
        if len(days):
            weeks = min((last - days[0].item()).days // 7 + 2, MOST_WEEKS_SHOWN)
            ends = [last - timedelta(days=7 * back) for back in reversed(range(weeks))]
            rows += [(one.code, end, _until(days, end)) for end in ends]
    return pd.DataFrame(rows, columns=["indicator", "day", "count"])


def month_ends(facts: Facts) -> pd.DataFrame:
    """How many units each indicator counted up to the end of each month, the last one up to the facts' day.

    Columns: indicator, day (date), count; at most MOST_MONTHS_SHOWN months, none before the first unit's.
    """
    last, rows = _day(facts), []
    for one in INDICATORS:
        days = _days_counted(one, facts)
        if len(days):
            months = pd.date_range(days[0], last, freq="ME").date
            ends = [*(end for end in months if end < last), last][-MOST_MONTHS_SHOWN:]
            rows += [(one.code, end, _until(days, end)) for end in ends]
    return pd.DataFrame(rows, columns=["indicator", "day", "count"])


def forecast(days: np.ndarray, day: date, due: date, most: int | None) -> Forecast | None:
    """What the pace up to `day` leads to on `due`; None where too little is known. `days`: one for each unit,
    datetime64[D], sorted; `most`: no more than that can be counted."""
    if not len(days) or day >= due:
        return None
    weeks = min(WEEKS, ((day - days[0].item()).days + 1) // 7)
    if weeks < FEWEST_WEEKS:
        return None
    ends = [_until(days, day - timedelta(days=7 * back)) for back in range(weeks + 1)]
    each = -np.diff(ends)
    mean, variance = each.mean(), each.var(ddof=1)
    ahead = (due - day).days / 7
    # The spread of a sum of weeks to come, and of the mean that is only known from those before.
    spread = DEVIATIONS * math.sqrt(variance * ahead * (1 + ahead / weeks))
    now = len(days)
    bounds = [now + max(0.0, mean * ahead + shift) for shift in (-spread, 0, spread)]
    low, likely, high = (round(min(value, math.inf if most is None else max(most, now))) for value in bounds)
    return Forecast(float(mean), low, likely, high, weeks)


def _row(one: Indicator, facts: Facts, figure) -> dict:
    day = _day(facts)
    since, due = report_years(one, facts.period.year)
    days = _days_counted(one, facts)
    population = None if pd.isna(figure["rate"]) else int(figure["population"])
    target = None if pd.isna(figure["target"]) else figure["target"]
    wanted = None if population is None or target is None else math.ceil(round(target * population, 6))
    at_since = _until(days, since - timedelta(days=1))
    began = day >= since
    expected = None
    if wanted is not None and began and not one.belongs_to_period:
        way = min(1.0, ((day - since).days + 1) / ((due - since).days + 1))
        expected = at_since + max(0, wanted - at_since) * way
    ahead = forecast(days, day, due, population) if began and not one.belongs_to_period else None
    return {
        "indicator": one.code,
        "title": one.title,
        "unit": one.unit,
        "numerator": int(figure["numerator"]),
        "population": population,
        "wanted": wanted,
        "since": since,
        "due": due,
        "at_since": at_since,
        "expected": expected,
        "weekly": ahead.weekly if ahead else None,
        "low": ahead.low if ahead else None,
        "likely": ahead.likely if ahead else None,
        "high": ahead.high if ahead else None,
        "position": _position(one, figure, wanted, expected, target, began),
        "forecast": _forecast_words(one, int(figure["numerator"]), wanted, ahead, day, due, began),
    }


def report_years(one: Indicator, year: int) -> tuple[date, date]:
    """The first and last day of the report years that an indicator's target belongs to; of one without years,
    of the year asked for."""
    first, last = one.years or (year, year)
    return date(first - 1, 12, 15), date(last, 12, 14)


def _position(one, figure, wanted, expected, target, began) -> str:
    numerator = int(figure["numerator"])
    if not began:
        return f"Kế hoạch đặt chỉ tiêu này cho {one.years_label}."
    if figure["status"] == "empty":
        return f"Không có {one.unit} nào để tính."
    if pd.isna(figure["rate"]):
        return "Chưa biết đang ở đâu, vì chưa đủ mẫu số."
    if target is None:
        return "Chưa đặt mức phải đạt."
    if numerator >= wanted:
        return "Đã đạt mức."
    if one.belongs_to_period:
        return f"{count(wanted - numerator)} {one.unit} không kịp hạn, không bù được nữa."
    gap, missing = round(expected - numerator), f"Còn thiếu {count(wanted - numerator)}"
    if gap > 0:
        return f"Chậm {count(gap)} {one.unit} so với đường thẳng tới mức phải đạt. {missing}."
    if gap < 0:
        return f"Nhanh hơn đường thẳng {count(-gap)} {one.unit}. {missing}."
    return f"Đúng đường thẳng tới mức phải đạt. {missing} {one.unit}."


def _forecast_words(one, numerator, wanted, ahead: Forecast | None, day, due, began) -> str:
    if not began or one.belongs_to_period or (wanted is not None and numerator >= wanted):
        return ""
    weeks = (due - day).days / 7
    pace = ""
    if wanted is not None and weeks >= 1:
        pace = f" Muốn đạt mức, mỗi tuần cần thêm chừng {count((wanted - numerator) / weeks, 1)} {one.unit}."
    if ahead is None:
        return ("Chưa đủ số liệu để dự báo: cần ít nhất bốn tuần có kết quả." if day < due else "") + pace
    if ahead.weekly == 0:
        return f"{ahead.weeks} tuần qua không có thêm {one.unit} nào được tính." + pace
    steady = "Nhịp khá đều." if ahead.is_steady else "Nhịp lên xuống nhiều, con số này chỉ để tham khảo."
    return (
        f"Nếu giữ nhịp {ahead.weeks} tuần qua (mỗi tuần {count(ahead.weekly, 1)} {one.unit}), "
        f"đến {due:%d/%m/%Y} được chừng {count(ahead.likely)}; "
        f"mười lần thì tám lần nằm trong khoảng {count(ahead.low)} đến "
        f"{count(ahead.high)}. {steady}{pace}"
    )


def count(value: float, digits: int = 0) -> str:
    """A number as Vietnamese write it: 1.234,5."""
    text = f"{value:,.{digits}f}"
    if digits and text.endswith("0"):
        text = text.rstrip("0").rstrip(".")
    return text.translate(str.maketrans(",.", ".,"))


def _day(facts: Facts) -> date:
    return min(facts.day, facts.period.until)


def _days_counted(one: Indicator, facts: Facts) -> np.ndarray:
    """The day (Việt Nam) on which each unit that counts was reached: datetime64[D], sorted."""
    units = facts.units(one)
    at = units.loc[units["counted"] & units["at"].notna(), "at"]
    return np.sort(at.dt.tz_convert(VIETNAM).dt.tz_localize(None).to_numpy().astype("datetime64[D]"))


def _until(days: np.ndarray, day: date) -> int:
    """How many of the sorted days are not after `day`."""
    return int(np.searchsorted(days, np.datetime64(day), side="right"))
