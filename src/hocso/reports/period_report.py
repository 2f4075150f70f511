"""The report of a period: its figures, closed or provisional, and the words that go with them.

A closed period has the figures that were kept when it was closed, whatever was recorded since; only `changed`
says that a computation would give others now. `period_word` and `period_excel` make files of it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd
from sqlalchemy.orm import Session

from hocso import kpi
from hocso.course import Catalogue
from hocso.kpi.figures import MISSING
from hocso.records import settings
from hocso.records.clock import VIETNAM, as_utc
from hocso.records.text import number

from .files import csv_content

SAMPLE = "Dữ liệu mẫu, chỉ để dùng thử, không dùng để báo cáo."


@dataclass(frozen=True)
class PeriodReport:
    """What a report says. figures: columns kpi.COLUMNS, for the whole commune and by hamlet, group and track,
    rates as shares; channels: as `kpi.channels`; documents (that came in the period) and tasks: dicts with
    name, about, day (ISO or None), counted, pending. closed_at (UTC) and fingerprint: None where the figures
    are provisional; changed: how many figures a computation on `day` would change."""

    period: kpi.Period
    commune: str
    province: str
    is_sample: bool
    day: date
    figures: pd.DataFrame
    channels: pd.DataFrame
    documents: list[dict[str, Any]]
    tasks: list[dict[str, Any]]
    closed_at: datetime | None
    fingerprint: str | None
    changed: int

    def rows(self, by: str = "all", span: str = "total") -> pd.DataFrame:
        """The figures of one breakdown and span."""
        return self.figures[(self.figures["by"] == by) & (self.figures["span"] == span)]

    @property
    def state(self) -> list[str]:
        """Whether the figures are closed, in sentences."""
        said = [SAMPLE] if self.is_sample else []
        if self.closed_at is None:
            return [*said, f"Số liệu tạm tính ngày {self.day:%d/%m/%Y}, chưa chốt."]
        closed = self.closed_at.astimezone(VIETNAM)
        said.append(f"Số liệu đã chốt lúc {closed:%H:%M} ngày {closed:%d/%m/%Y}.")
        said.append(f"Dấu kiểm của số liệu: {self.fingerprint}.")
        if self.changed:
            said.append(
                f"Tính lại ngày {self.day:%d/%m/%Y} có {number(self.changed)} số khác bản đã chốt; "
                "báo cáo này giữ số đã chốt."
            )
        return said


def gather(
    session: Session, catalogue: Catalogue, period: kpi.Period, now: datetime | None = None
) -> PeriodReport:
    """The report of a period: the valid closed one, else what is so at `now`."""
    day = as_utc(now).astimezone(VIETNAM).date()
    closed = kpi.last_closed(session, period)
    figures = closed.figures if closed else kpi.current_figures(session, catalogue, period, day)
    return PeriodReport(
        period=period,
        commune=settings.get(session, "commune_name"),
        province=settings.get(session, "province_name"),
        is_sample=settings.get(session, "sample_data"),
        day=day,
        figures=kpi.as_table(figures["figures"]),
        channels=pd.DataFrame(figures["channels"]),
        # Reports of before these were kept have none.
        documents=figures.get("documents", []),
        tasks=figures.get("tasks", []),
        closed_at=closed.closed_at if closed else None,
        fingerprint=closed.fingerprint if closed else None,
        changed=len(kpi.changes_since(session, catalogue, period, day)) if closed else 0,
    )


def lacks_population(row) -> bool:
    """Whether a row of figures has no rate because a population is missing, in part or whole."""
    return MISSING in row.note


def csv(report: PeriodReport) -> bytes:
    """The table of all breakdowns as CSV; columns kpi.COLUMNS, empty where there is no figure."""
    rows = report.figures.astype("object").where(report.figures.notna(), None)
    return csv_content(kpi.COLUMNS, rows.itertuples(index=False))
