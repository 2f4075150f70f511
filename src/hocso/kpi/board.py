"""All that the staff's board shows of a period, as plain JSON values, read once."""

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from hocso.course import Catalogue
from hocso.records.clock import today

from .advice import advice
from .closing import last_closed, plain
from .facts import Facts
from .figures import channels, figures_table
from .indicators import INDICATORS
from .periods import Period, listed_periods
from .standing import standing, timeline

SHOWN = (None, "hamlet", "group")


def board(session: Session, catalogue: Catalogue, period: Period, day: date | None = None) -> dict[str, Any]:
    """Keys: period, label, day, periods ([name, label], newest first), closed (moment or None), figures (rows
    of `figures_table`; "" is the whole commune, else by hamlet and group), standing, timeline, channels,
    advice (rows), definitions (by code). Days are ISO texts, shares have six digits."""
    facts = Facts(session, catalogue, period, day or today())
    stands, closed = standing(facts), last_closed(session, period)
    return {
        "period": period.name,
        "label": period.label,
        "day": min(facts.day, period.until).isoformat(),
        "periods": [[one.name, one.label] for one in listed_periods()],
        "closed": closed and closed.closed_at.isoformat(),
        "figures": {by or "": plain(figures_table(facts, by)) for by in SHOWN},
        "standing": _days_as_text(plain(stands)),
        "timeline": _days_as_text(plain(timeline(facts))),
        "channels": plain(channels(session, period)),
        "advice": [vars(one) for one in advice(facts, stands)],
        "definitions": {
            one.code: {
                "title": one.title,
                "unit": one.unit,
                "of_people": one.of_people,
                "by_hamlet": one.by_hamlet,
                "formula": one.formula,
                "population": one.population_words,
                "evidence": one.evidence,
                "years": one.years_label,
            }
            for one in INDICATORS
        },
    }


def _days_as_text(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()}
        for row in rows
    ]
