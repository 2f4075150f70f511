"""Reports as they were handed in: closed with their figures, and what a recomputation would give now."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from hocso.course import Catalogue
from hocso.records import ClosedReport, RecordsError, UnknownRecord
from hocso.records.clock import VIETNAM, as_utc, today
from hocso.records.text import exact_percent, number, rate

from .behind import Part, behind
from .facts import Facts
from .figures import SPANS, as_table, channels, figures_table, known_breakdown
from .periods import Period

BREAKDOWNS = (None, "hamlet", "group", "track")
# What is compared of a cell, and of a channel, in the words of the pages.
COMPARED = {
    "numerator": "số đạt được",
    "population": "mẫu số",
    "rate": "tỉ lệ",
    "target": "mức phải đạt",
    "pending": "còn trong hạn",
}
COMPARED_OF_CHANNELS = {"activities": "số hoạt động", "reach": "số lượt"}
CHANGES = ["indicator", "by", "key", "label", "span", "figure", "then", "now", "target"]


class ClosingRefused(RecordsError):
    """A report that can't be closed."""


def close_report(
    session: Session,
    catalogue: Catalogue,
    period: Period,
    account_id: str | None = None,
    now: datetime | None = None,
    day: date | None = None,
) -> ClosedReport:
    """Keep all figures of a period, by hamlet, group and track too, with their fingerprint. A second closing
    makes a second report, the valid one. Raises ClosingRefused before the period has begun."""
    day = day or today()
    if day < period.since:
        raise ClosingRefused("Kỳ này chưa bắt đầu, chưa chốt được. Mời chọn kỳ đang diễn ra hoặc kỳ đã qua.")
    figures = current_figures(session, catalogue, period, day)
    report = ClosedReport(
        period=period.name,
        figures=figures,
        fingerprint=fingerprint(figures),
        closed_by=account_id,
        closed_at=as_utc(now),
    )
    session.add(report)
    session.flush()
    return report


def last_closed(session: Session, period: Period) -> ClosedReport | None:
    """The valid closed report of a period."""
    return session.scalar(
        select(ClosedReport)
        .where(ClosedReport.period == period.name)
        .order_by(ClosedReport.closed_at.desc(), ClosedReport.id)
        .limit(1)
    )


@dataclass(frozen=True)
class Stated:
    """What a period is reported with. figures and channels: as of `compute` and `channels`; kept from the
    closing where the period is `closed`, else as they are now. changes: as of `changes_since`, of these
    figures alone; empty where nothing was closed."""

    figures: pd.DataFrame
    channels: pd.DataFrame
    closed: ClosedReport | None
    changes: pd.DataFrame


def stated(
    session: Session, catalogue: Catalogue, period: Period, by: str | None = None, day: date | None = None
) -> Stated:
    """The figures that hold for a period, by hamlet, group or track too. Raises FigureRefused."""
    facts, report = Facts(session, catalogue, period, day), last_closed(session, period)
    if report is None:
        no_changes = pd.DataFrame(columns=CHANGES, dtype="object")
        return Stated(figures_table(facts, by), channels(session, period, facts.day), None, no_changes)
    changes = compared(report, facts, (None, by))
    return Stated(kept_figures(report, by), pd.DataFrame(report.figures["channels"]), report, changes)


def kept_figures(report: ClosedReport, by: str | None = None) -> pd.DataFrame:
    """The figures of a closed report, as `compute` gives them. Raises FigureRefused."""
    table = as_table(report.figures["figures"])
    table = table[table["by"].isin(["all", known_breakdown(by)])]
    codes = {code: place for place, code in enumerate(table["indicator"].unique())}
    return table.sort_values("indicator", key=lambda some: some.map(codes), kind="stable", ignore_index=True)


def kept_figure(report: ClosedReport, code: str, part: Part) -> dict[str, Any] | None:
    """The row (as of `compute`) that a closed report has for a part of an indicator, if it has one."""
    wanted = (code, part.cell, part.span)
    rows = report.figures["figures"]
    kept = (row for row in rows if (row["indicator"], (row["by"], row["key"]), row["span"]) == wanted)
    return next(kept, None)


def changes_since(
    session: Session, catalogue: Catalogue, period: Period, day: date | None = None
) -> pd.DataFrame:
    """What differs now from the closed report of a period. Columns: CHANGES; figure: a key of COMPARED, of a
    channel of COMPARED_OF_CHANNELS; then, now: None where there was or is none; target: what a rate is judged
    by now. Raises UnknownRecord where it was not closed."""
    report = last_closed(session, period)
    if report is None:
        raise UnknownRecord(f"Kỳ {period.name} chưa chốt. Mời chốt bằng: hocso kpi --close {period.name}")
    return compared(report, Facts(session, catalogue, period, day), BREAKDOWNS)


def told(changes: pd.DataFrame) -> list[dict[str, str]]:
    """Changes in the words of the pages: indicator, label, span, figure, then, now."""
    words = COMPARED | COMPARED_OF_CHANNELS

    def shown(figure: str, value: float | None, *marks: float | None) -> str:
        if value is None or pd.isna(value):
            return "–"
        match figure:
            case "rate":
                return rate(value, *marks)
            case "target":
                return exact_percent(value)
        return number(value)

    return [
        {
            "indicator": row.indicator,
            "label": row.label,
            "span": SPANS[row.span],
            "figure": words[row.figure],
            "then": shown(row.figure, row.then, row.now, row.target),
            "now": shown(row.figure, row.now, row.then, row.target),
        }
        for row in changes.itertuples()
    ]


def compared(report: ClosedReport, facts: Facts, breakdowns: Iterable[str | None]) -> pd.DataFrame:
    """As `changes_since`, in these breakdowns and by channel, from facts that are read already."""
    kinds = {"channel", *(by or "all" for by in breakdowns)}
    kept = report.figures["figures"], report.figures["channels"]
    new = _cells(facts, breakdowns), plain(channels(facts.session, facts.period, facts.day))
    then, now, labels = _flat(*kept), _flat(*new), _labels(*kept) | _labels(*new)
    rows = [
        (*key[:3], labels[key[1:3]], *key[3:], then.get(key), now.get(key), now.get((*key[:4], "target")))
        for key in dict.fromkeys([*then, *now])
        if key[1] in kinds and _differs(key, then, now)
    ]
    return pd.DataFrame(rows, columns=CHANGES, dtype="object")


def current_figures(
    session: Session, catalogue: Catalogue, period: Period, day: date | None = None
) -> dict[str, Any]:
    """All figures of a period as plain JSON values; rates with six digits. With them the documents that came
    in the period and the tasks begun up to its end: name, about, day (of publishing, of communicating),
    counted, pending."""
    facts = Facts(session, catalogue, period, day)
    documents, tasks = (behind(session, catalogue, period, code, day=day) for code in ("K2", "K5"))
    return {
        "period": period.name,
        "figures": _cells(facts, BREAKDOWNS),
        "channels": plain(channels(session, period, facts.day)),
        "documents": _listed(documents[documents["in_period"]]),
        "tasks": _listed(tasks),
    }


def fingerprint(figures: dict[str, Any]) -> str:
    """SHA-256 (hexadecimal) of figures in canonical JSON: sorted keys, no spaces, UTF-8."""
    canonical = json.dumps(
        figures, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


def plain(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table of figures as plain JSON values: NA is None, shares have six digits."""
    return [
        {name: round(value, 6) if isinstance(value, float) else value for name, value in row.items()}
        for row in as_dicts(table)
    ]


def as_dicts(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table; NA is None."""
    return table.astype("object").where(table.notna(), None).to_dict("records")


def _listed(rows: pd.DataFrame) -> list[dict[str, Any]]:
    days = rows["at"].dt.tz_convert(VIETNAM).dt.date.map(str, na_action="ignore")
    return plain(rows.assign(day=days)[["name", "about", "day", "counted", "pending"]])


def _cells(facts: Facts, breakdowns: Iterable[str | None]) -> list[dict[str, Any]]:
    """The rows of some breakdowns, each once: those of the whole commune are in every table of figures."""
    tables = ((by or "all", figures_table(facts, by)) for by in dict.fromkeys(breakdowns))
    return [row for kind, table in tables for row in plain(table[table["by"] == kind])]


def _flat(cells: list[dict[str, Any]], of_channels: list[dict[str, Any]]) -> dict[tuple, Any]:
    flat = {}
    for row in cells:
        for figure in COMPARED:
            flat[row["indicator"], row["by"], row["key"], row["span"], figure] = row[figure]
    for row in of_channels:
        for figure in COMPARED_OF_CHANNELS:
            flat["K3", "channel", row["channel"], row["span"], figure] = row[figure]
    return flat


def _differs(key: tuple, then: dict[tuple, Any], now: dict[tuple, Any]) -> bool:
    """A part that is new or gone, such as a hamlet, changes only what it counts."""
    if key in then and key in now:
        return then[key] != now[key]
    return key[-1] != "target" and bool(then.get(key) or now.get(key))


def _labels(cells: list[dict[str, Any]], of_channels: list[dict[str, Any]]) -> dict[tuple, str]:
    """What parts and channels are called: (by, key) -> label."""
    parts = {(row["by"], row["key"]): row["label"] for row in cells}
    return parts | {("channel", row["channel"]): row["label"] for row in of_channels}
