"""Populations: the denominators of rates, by hamlet, group and year, with their source."""

from datetime import date, datetime

import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from . import hamlets
from .clock import as_utc
from .errors import PopulationRefused
from .learners import GROUPS
from .models import Hamlet, Population
from .text import clean

# Grassroots communicators (indicator K4) belong to one of the four groups as well.
COMMUNICATORS = "truyen-thong"
GROUPS_COUNTED = GROUPS | {COMMUNICATORS: "Người làm truyền thông cơ sở"}
COLUMNS = ["hamlet_id", "hamlet", "group", "year", "count", "source", "recorded_at"]
FIGURES = select(
    Population.hamlet_id,
    Hamlet.name,
    Population.group,
    Population.year,
    Population.count,
    Population.source,
    Population.recorded_at,
)


def set_population(
    session: Session,
    hamlet_id: str,
    group: str,
    year: int,
    count: int,
    source: str,
    source_date: date | None = None,
    now: datetime | None = None,
) -> Population:
    """Enter a figure; an earlier one of the same hamlet, group and year stays in the history.

    Raises PopulationRefused, and UnknownRecord for the hamlet.
    """
    hamlet = hamlets.known(session, hamlet_id)
    if group not in GROUPS_COUNTED:
        raise PopulationRefused("Không có nhóm này trong danh sách.")
    if not 2000 <= int(year) <= 2100:
        raise PopulationRefused("Năm của số liệu dân số gồm bốn chữ số.")
    if int(count) != count or not 0 <= count <= 1_000_000:
        raise PopulationRefused("Dân số là số nguyên, từ 0 trở lên.")
    population = Population(
        hamlet_id=hamlet.id,
        group=group,
        year=int(year),
        count=int(count),
        source=clean(source or "")[:300],
        source_date=source_date,
        recorded_at=as_utc(now),
    )
    session.add(population)
    session.flush()
    return population


def table(session: Session, year: int) -> pd.DataFrame:
    """The valid figures of exactly that year: hamlet_id, hamlet, group, year, count, source, recorded_at."""
    return _newest(session, Population.year == year)


def in_force(session: Session, year: int) -> pd.DataFrame:
    """For each hamlet and group the valid figure of the latest year that is not after `year`; columns as in
    `table`."""
    return _newest(session, Population.year <= year)


def history(session: Session) -> pd.DataFrame:
    """All figures ever entered, the newest first: columns as in `table`, and source_date."""
    rows = session.execute(
        FIGURES.add_columns(Population.source_date)
        .join(Hamlet, Hamlet.id == Population.hamlet_id)
        .order_by(Population.recorded_at.desc(), Hamlet.position, Population.group, Population.id)
    )
    return pd.DataFrame(rows.all(), columns=[*COLUMNS, "source_date"])


def _newest(session: Session, condition) -> pd.DataFrame:
    rank = (
        func.row_number()
        .over(
            partition_by=(Population.hamlet_id, Population.group),
            order_by=(Population.year.desc(), Population.recorded_at.desc(), Population.id),
        )
        .label("rank")
    )
    ranked = select(Population.id, rank).where(condition).subquery()
    rows = session.execute(
        FIGURES.join(ranked, ranked.c.id == Population.id)
        .join(Hamlet, Hamlet.id == Population.hamlet_id)
        .where(ranked.c.rank == 1)
        .order_by(Hamlet.position, Hamlet.id, Population.group)
    )
    return pd.DataFrame(rows.all(), columns=COLUMNS)
