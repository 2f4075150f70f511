"""Reports as they were handed in: closed with their figures, and what a recomputation would give now."""

import hashlib
import json
from datetime import date, datetime
from typing import Any

import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from hocso.course import Catalogue
from hocso.records import ClosedReport, RecordsError, UnknownRecord
from hocso.records.clock import VIETNAM, as_utc, today

from .behind import behind
from .facts import Facts
from .figures import channels, figures_table
from .periods import Period

BREAKDOWNS = (None, "hamlet", "group", "track")
COMPARED = ("numerator", "population", "rate", "target", "pending")


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


def changes_since(
    session: Session, catalogue: Catalogue, period: Period, day: date | None = None
) -> pd.DataFrame:
    """What differs now from the closed report of a period. Columns: indicator, by, key, label, span, figure
    ("numerator", "population", "rate", "target", "pending"; of a channel "activities" or "reach"), then, now
    (None where there was or is none). Raises UnknownRecord where it was not closed."""
    report = last_closed(session, period)
    if report is None:
        raise UnknownRecord(f"Kỳ {period.name} chưa chốt. Mời chốt bằng: hocso kpi --close {period.name}")
    then, now = _flat(report.figures), _flat(current_figures(session, catalogue, period, day))
    rows = [
        (*key, then.get(key), now.get(key))
        for key in dict.fromkeys([*then, *now])
        if then.get(key) != now.get(key)
    ]
    columns = ["indicator", "by", "key", "label", "span", "figure", "then", "now"]
    return pd.DataFrame(rows, columns=columns, dtype="object")


def current_figures(
    session: Session, catalogue: Catalogue, period: Period, day: date | None = None
) -> dict[str, Any]:
    """All figures of a period as plain JSON values; rates with six digits. With them the documents that came
    in the period and the tasks begun up to its end: name, about, day (of publishing, of communicating),
    counted, pending."""
    facts = Facts(session, catalogue, period, day)
    tables = [figures_table(facts, by) for by in BREAKDOWNS]
    cells = [tables[0], *(table[table["by"] != "all"] for table in tables[1:])]
    documents, tasks = (behind(session, catalogue, period, code, day=day) for code in ("K2", "K5"))
    return {
        "period": period.name,
        "figures": [row for table in cells for row in plain(table)],
        "channels": plain(channels(session, period)),
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
    rows = table.astype("object").where(table.notna(), None).to_dict("records")
    return [
        {name: round(value, 6) if isinstance(value, float) else value for name, value in row.items()}
        for row in rows
    ]


def _listed(rows: pd.DataFrame) -> list[dict[str, Any]]:
    days = rows["at"].dt.tz_convert(VIETNAM).dt.date.map(str, na_action="ignore")
    return plain(rows.assign(day=days)[["name", "about", "day", "counted", "pending"]])


def _flat(figures: dict[str, Any]) -> dict[tuple, Any]:
    flat = {}
    for row in figures["figures"]:
        for figure in COMPARED:
            key = (row["indicator"], row["by"], row["key"], row["label"], row["span"], figure)
            flat[key] = row[figure]
    for row in figures["channels"]:
        for figure in ("activities", "reach"):
            flat["K3", "channel", row["channel"], row["label"], row["span"], figure] = row[figure]
    return flat
