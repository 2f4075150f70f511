"""All that the staff's board shows of a period, as plain JSON values, read once."""

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from hocso.course import Catalogue
from hocso.records.clock import VIETNAM, today
from hocso.records.text import exact_percent, rate

from .advice import advice
from .closing import compared, kept_figures, last_closed, plain, told
from .facts import Facts
from .figures import channels, figures_table
from .indicators import INDICATORS
from .periods import Period, listed_periods
from .standing import month_ends, standing, timeline

SHOWN = (None, "hamlet", "group")


def board(session: Session, catalogue: Catalogue, period: Period, day: date | None = None) -> dict[str, Any]:
    """Keys: period, label, day, periods ([name, label], newest first), closed (None, or `at`, text, and
    `fingerprint`), figures (rows as of `compute`, with rate_shown and target_shown, texts; "" is the whole
    commune, else by hamlet and group), changes
    (as of `told`, of these figures), standing, timeline, months (as of `month_ends`), channels, advice
    (rows), definitions (by code). Days are ISO texts, shares have six digits.

    Of a closed period figures, channels and where each indicator stands are those that were kept; timeline,
    months, forecast and advice are always of now."""
    facts, closed = Facts(session, catalogue, period, day or today()), last_closed(session, period)
    if closed:
        figures = {by: kept_figures(closed, by) for by in SHOWN}
        of_channels = closed.figures["channels"]
        changes = told(compared(closed, facts, SHOWN))
    else:
        figures = {by: figures_table(facts, by) for by in SHOWN}
        of_channels, changes = plain(channels(session, period, facts.day)), []
    now = standing(facts)
    stands = standing(facts, figures[None]) if closed else now
    return {
        "period": period.name,
        "label": period.label,
        "day": min(facts.day, period.until).isoformat(),
        "periods": [[one.name, one.label] for one in listed_periods()],
        "closed": closed
        and {
            "at": f"{closed.closed_at.astimezone(VIETNAM):%H:%M ngày %d/%m/%Y}",
            "fingerprint": closed.fingerprint,
        },
        "figures": {by or "": _with_texts(plain(table)) for by, table in figures.items()},
        "changes": changes,
        "standing": _days_as_text(plain(stands)),
        "timeline": _days_as_text(plain(timeline(facts))),
        "months": _days_as_text(plain(month_ends(facts))),
        "channels": of_channels,
        "advice": [vars(one) for one in advice(facts, now)],
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


def _with_texts(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        row
        | {
            "rate_shown": "–" if row["rate"] is None else rate(row["rate"], row["target"]),
            "target_shown": "–" if row["target"] is None else exact_percent(row["target"]),
        }
        for row in rows
    ]


def _days_as_text(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()}
        for row in rows
    ]
