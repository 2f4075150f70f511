"""The figures of all indicators for a period, as a table."""

from datetime import date

import numpy as np
import pandas as pd
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from hocso.course import Catalogue
from hocso.records import Activity, RecordsError
from hocso.records.learners import GROUPS
from hocso.records.registers import CHANNELS

from .facts import Denominator, Facts
from .indicators import INDICATORS, WHOLE_COMMUNE, Indicator
from .periods import Period

# Column -> what it holds; docs/chi-tieu.md explains each.
COLUMNS = {
    "indicator": "Mã chỉ tiêu.",
    "title": "Tên chỉ tiêu.",
    "by": "Chia theo: all (toàn xã), hamlet (ấp), group (nhóm), track (chương).",
    "key": "Mã của ấp, nhóm hoặc chương; trống nếu là toàn xã.",
    "label": "Tên của ấp, nhóm hoặc chương.",
    "span": "period: trong kỳ; total: từ đầu đến hết kỳ.",
    "numerator": "Số đã đạt được, mỗi người hay cơ sở tính một lần.",
    "population": "Mẫu số.",
    "population_year": "Năm của số liệu dân số đã dùng.",
    "rate": "Tỉ lệ: số đạt được chia cho mẫu số (1,0 là 100%).",
    "target": "Mức phải đạt (1,0 là 100%).",
    "pending": "Số văn bản còn trong hạn đăng, chưa đưa vào mẫu số.",
    "flagged": "Có số đạt được nhiều hơn mẫu số (trên 100%), cần xem lại.",
    "status": "Trạng thái so với mức phải đạt.",
    "note": "Điều cần biết hoặc cần làm.",
}
SPANS = {"period": "Trong kỳ", "total": "Từ đầu đến hết kỳ"}
STATUSES = {
    "reached": "đạt",
    "missed": "chưa đạt",
    "not-due": "chưa đến kỳ",
    "unknown": "chưa tính được tỉ lệ",
    "empty": "không có gì để tính",
    "no-target": "chưa đặt mức",
    "tracked": "chỉ để theo dõi",
}
BY = {"hamlet": "ấp", "group": "nhóm", "track": "chương"}
# How a note begins that names the hamlets or groups whose population is missing.
NO_POPULATION = "Chưa có dân số"
MISSING = f"{NO_POPULATION}:"
TYPES = {
    "numerator": "int64",
    "population": "Int64",
    "rate": "Float64",
    "target": "Float64",
    "pending": "int64",
}


class FigureRefused(RecordsError):
    """A breakdown that there is not."""


def compute(
    session: Session, catalogue: Catalogue, period: Period, by: str | None = None, day: date | None = None
) -> pd.DataFrame:
    """All indicators of the whole commune, and by hamlet, group or track where an indicator has that.

    Columns: COLUMNS. Two rows a cell: span "period" (reached in the period) and "total" (up to its end).
    population is Int64 and NA where there is no figure; rate Float64, 1.0 = 100 %, NA unless every figure is
    there and their sum is above 0. A numerator above the population is flagged. status: a key of STATUSES;
    what was reached in the period alone is only tracked, but for documents, which belong to a period. `day`:
    when documents that are still open are judged, and after which no activity or task of the registers counts
    (default: today in Việt Nam). Raises FigureRefused.
    """
    return figures_table(Facts(session, catalogue, period, day), by)


def figures_table(facts: Facts, by: str | None = None) -> pd.DataFrame:
    """As `compute`, from facts that are read already; made once for them."""
    if known_breakdown(by) not in facts.tables:
        facts.tables[by] = as_table([row for one in INDICATORS for row in _rows(one, facts, by)])
    return facts.tables[by]


def known_breakdown(by: str | None) -> str | None:
    """`by`, None for none. Raises FigureRefused."""
    if by not in (None, *BY):
        raise FigureRefused("Chỉ chia được theo ấp (hamlet), nhóm (group) hoặc chương (track).")
    return by


def as_table(rows: list[dict]) -> pd.DataFrame:
    """A table of figures, as of `compute`, from its rows, such as a closed report's."""
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(TYPES)


def channels(session: Session, period: Period, day: date | None = None) -> pd.DataFrame:
    """Communication activities by channel up to `day` (default: today in Việt Nam), as their organisers
    report them; never added to an indicator.

    Columns: channel, label, span (as in `compute`), activities, reach (sum of what is reported; one person
    may be in it many times), unreported (activities without a figure).
    """
    rows = []
    for span, since in (("period", period.since), ("total", date.min)):
        counted = select(
            Activity.kind,
            func.count(),
            func.coalesce(func.sum(Activity.reach), 0),
            func.sum(case((Activity.reach.is_(None), 1), else_=0)),
        ).where(Activity.removed_at.is_(None), Activity.held_on.between(since, period.last_day(day)))
        found = {kind: figures for kind, *figures in session.execute(counted.group_by(Activity.kind))}
        rows += [(kind, label, span, *found.get(kind, (0, 0, 0))) for kind, label in CHANNELS.items()]
    columns = ["channel", "label", "span", "activities", "reach", "unreported"]
    return pd.DataFrame(rows, columns=columns)


def _rows(one: Indicator, facts: Facts, by: str | None):
    units = facts.units(one)
    target = one.target_in(facts)
    column = {"hamlet": "hamlet_id", "group": "group"}.get(by)
    parts = {} if column is None else dict(list(units.groupby(column)))
    for kind, key, label, hamlet, group in _cells(one, facts, by):
        part = units if kind == "all" else parts.get(key, units[:0])
        yield from _cell(one, facts, part, (kind, key, label), hamlet, group, target)
    if by == "track" and one.track_wise:
        for track in facts.catalogue.tracks:
            part = facts.units(one, track.slug)
            own = target if track.slug == one.track else None
            yield from _cell(one, facts, part, ("track", track.slug, track.title), None, None, own)


def _cells(one: Indicator, facts: Facts, by: str | None):
    yield "all", "", WHOLE_COMMUNE, None, None
    if by == "hamlet" and one.by_hamlet:
        yield from (("hamlet", id, name, id, None) for id, name in facts.hamlets.items())
    if by == "group":
        yield from (("group", group, GROUPS[group], None, group) for group in one.groups)


def _cell(one: Indicator, facts: Facts, units: pd.DataFrame, about, hamlet, group, target):
    kind, key, label = about
    pending, counted, in_period = (units[name].to_numpy(bool) for name in ("pending", "counted", "in_period"))
    everywhere = np.ones(len(units), bool)
    for span in SPANS:
        here = in_period if span == "period" and one.belongs_to_period else everywhere
        settled = here & ~pending
        numerator = int((settled & counted & (in_period if span == "period" else everywhere)).sum())
        denominator = one.population(facts, int(settled.sum()), hamlet, group)
        known = not denominator.missing and denominator.count is not None
        rate = numerator / denominator.count if known and denominator.count else None
        is_above = known and numerator > denominator.count
        waiting = int((here & pending).sum())
        judged = span == "total" or one.belongs_to_period
        yield {
            "indicator": one.code,
            "title": one.title,
            "by": kind,
            "key": key,
            "label": label,
            "span": span,
            "numerator": numerator,
            "population": denominator.count,
            "population_year": denominator.years,
            "rate": rate,
            "target": target if judged else None,
            "pending": waiting,
            "flagged": is_above,
            "status": _status(one, facts.period.year, known, rate, target) if judged else "tracked",
            "note": " ".join([*_notes(one, denominator, numerator, is_above, waiting), *one.notes(facts)]),
        }


def _status(one: Indicator, year: int, known: bool, rate: float | None, target: float | None) -> str:
    if not one.due_in(year):
        return "not-due"
    if known and rate is None:
        return "empty"
    if target is None:
        return "no-target"
    if rate is None:
        return "unknown"
    return "reached" if rate >= target else "missed"


def _notes(
    one: Indicator, denominator: Denominator, numerator: int, is_above: bool, pending: int
) -> list[str]:
    notes = []
    if denominator.missing:
        notes.append(f"{MISSING} {denominator.missing}. Mời nhập ở trang Dân số.")
    elif denominator.count is None:
        notes.append(f"{NO_POPULATION}. Mời nhập ở trang Dân số.")
    elif not denominator.count and not one.of_people:
        notes.append(f"Chưa có {one.unit} nào để tính.")
    if is_above and denominator.count:
        notes.append("Trên 100%: xem lại mẫu số, và xem có ai ghi nhầm ấp, nhầm nhóm.")
    elif is_above:
        notes.append(
            f"Có {numerator} {one.unit} được tính mà dân số là 0: xem lại dân số, và xem có ai ghi nhầm ấp, "
            "nhầm nhóm."
        )
    if pending:
        notes.append(f"{pending} văn bản còn trong hạn đăng, chưa tính.")
    return notes
