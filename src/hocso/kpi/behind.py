"""Who or what is behind a figure: people, documents, tasks or businesses, counted or not."""

from datetime import date

import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from hocso.course import Catalogue
from hocso.records import Business, Document, Learner, ScienceTask, removal
from hocso.records.learners import GROUPS

from .facts import Facts
from .indicators import INDICATORS, indicator
from .periods import Period

COLUMNS = ["id", "name", "about", "hamlet_id", "hamlet", "group", "counted", "pending", "at", "in_period"]
NAMES = {
    "K2": (Document.number, Document.title),
    "K5": (ScienceTask.title, ScienceTask.led_by),
    "B2": (Business.name, Business.kind),
}


def behind(
    session: Session,
    catalogue: Catalogue,
    period: Period,
    code: str,
    hamlet: str | None = None,
    names: bool = True,
    day: date | None = None,
) -> pd.DataFrame:
    """All that an indicator could count up to the period's end, counted ones last, by hamlet and name.

    Columns: id, name and about (of people: their code; empty unless `names`), hamlet_id, hamlet, group
    (label), counted, pending, at (UTC, when it was reached), in_period. People who have no entry here are in
    the population only and in no row. Whoever asks for people's names notes it in the access log. Raises
    UnknownIndicator.
    """
    one = indicator(code)
    facts = Facts(session, catalogue, period, day)
    units = facts.units(one)
    if hamlet is not None:
        units = units[units["hamlet_id"] == hamlet]
    said = _names(session, one.code) if names or not one.of_people else {}
    units = units.assign(
        name=[said.get(id, ("", ""))[0] for id in units["id"]],
        about=[said.get(id, ("", ""))[1] or "" for id in units["id"]],
        hamlet=units["hamlet_id"].map(facts.hamlets).fillna("").astype("object"),
        group=units["group"].map(GROUPS).fillna("").astype("object"),
    )
    return units.sort_values(["counted", "hamlet", "name", "about"])[COLUMNS].reset_index(drop=True)


def missing(
    session: Session,
    catalogue: Catalogue,
    period: Period,
    code: str,
    hamlet: str | None = None,
    phones: bool = False,
    day: date | None = None,
) -> pd.DataFrame:
    """Who or what is not counted yet, by hamlet and name, to call or to visit; nothing that is pending, and
    nobody who asked to be removed.

    Columns: id, name, hamlet, group, phone ("" unless `phones`). Whoever asks for it notes that in the access
    log. Raises UnknownIndicator.
    """
    rows = behind(session, catalogue, period, code, hamlet, day=day)
    rows = rows[~rows["counted"] & ~rows["pending"] & ~rows["id"].isin(removal.asked(session))]
    numbers = {}
    if phones:
        numbers = dict(
            session.execute(select(Learner.id, Learner.phone).where(Learner.phone.is_not(None))).all()
        )
    phone = [numbers.get(id, "") for id in rows["id"]]
    return rows.assign(phone=phone)[["id", "name", "hamlet", "group", "phone"]].reset_index(drop=True)


def not_counted(
    session: Session, catalogue: Catalogue, period: Period, names: bool, phones: bool, day: date | None = None
) -> pd.DataFrame:
    """The people whom indicators of people that the plan asks for this year don't count yet, by hamlet, name
    and code; who has no entry here, or asked to be removed, is in no row.

    Columns: code, name (empty unless `names`), phone (empty unless `phones`), hamlet, group (label), missing
    (the indicators, "K1, B1"). Whoever asks for names or phones notes it in the access log.
    """
    facts = Facts(session, catalogue, period, day)
    missing = pd.Series("", index=facts.people.index)
    for one in INDICATORS:
        if one.of_people and one.due_in(period.year):
            units = facts.units(one)
            missing.loc[units.loc[~units["counted"], "id"]] += f", {one.code}"
    missing = missing[(missing != "") & ~missing.index.isin(removal.asked(session))].str.removeprefix(", ")
    rows = session.execute(select(Learner.id, Learner.code, Learner.full_name, Learner.phone))
    about = pd.DataFrame([tuple(row) for row in rows], columns=["id", "code", "name", "phone"]).set_index(
        "id"
    )
    people = facts.people.loc[missing.index].join(about).assign(missing=missing)
    people = people.assign(
        name=people["name"] if names else "",
        phone=people["phone"].fillna("") if phones else "",
        hamlet=people["hamlet_id"].map(facts.hamlets),
        group=people["group"].map(GROUPS),
    )
    order = pd.Series({id: place for place, id in enumerate(facts.hamlets)})
    people = people.assign(place=people["hamlet_id"].map(order)).sort_values(["place", "name", "code"])
    return people[["code", "name", "phone", "hamlet", "group", "missing"]].reset_index(drop=True)


def _names(session: Session, code: str) -> dict[str, tuple[str, str]]:
    first, second = NAMES.get(code, (Learner.full_name, Learner.code))
    rows = session.execute(select(first.class_.id, first, second))
    return {id: (name, about) for id, name, about in rows}
