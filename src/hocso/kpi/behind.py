"""Who or what is behind a figure: people, documents, tasks or businesses, counted or not; the activities
behind a channel; the populations behind a denominator. `evidence` says what each person did."""

from dataclasses import dataclass
from datetime import date

import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hocso.course import Catalogue
from hocso.records import (
    Activity,
    ActivityPerson,
    Business,
    Document,
    Hamlet,
    Learner,
    ScienceTask,
    populations,
    removal,
)
from hocso.records.learners import GROUPS
from hocso.records.registers import BUSINESS_KINDS, CHANNELS

from .facts import Facts
from .figures import FigureRefused
from .indicators import INDICATORS, Indicator, indicator
from .periods import Period

COLUMNS = ["id", "name", "about", "hamlet_id", "hamlet", "group", "counted", "pending", "at", "in_period"]
NAMES = {
    "K2": (Document.number, Document.title),
    "K5": (ScienceTask.title, ScienceTask.led_by),
    "B2": (Business.name, Business.kind),
}
# What a list shows of each row: column -> header; more columns than COLUMNS are `_details`.
PEOPLE = {"name": "Tên", "about": "Mã", "hamlet": "Ấp", "group": "Nhóm", "at": "Ngày"}
LISTED = {
    "K2": {
        "name": "Số, ký hiệu",
        "about": "Trích yếu",
        "received": "Ngày nhận",
        "deadline": "Hạn đăng",
        "published": "Ngày đăng",
        "result": "Kết quả",
    },
    "K5": {
        "name": "Tên nhiệm vụ",
        "about": "Đơn vị chủ trì",
        "begun": "Ngày bắt đầu",
        "at": "Ngày truyền thông",
        "channel": "Kênh",
        "proof": "Bằng chứng",
    },
    "B2": {
        "name": "Tên",
        "about": "Loại",
        "hamlet": "Ấp",
        "workers": "Người làm việc",
        "finished": "Đã hoàn thành chương",
        "at": "Người đầu tiên",
    },
}


@dataclass(frozen=True)
class Part:
    """The part of an indicator that a figure is of: one hamlet's, one group's, by another track than its own,
    or (`span` "period") what is of the period alone."""

    hamlet: str | None = None
    group: str | None = None
    track: str | None = None
    span: str = "total"

    @property
    def cell(self) -> tuple[str, str] | None:
        """(by, key) of the figure that has this part; None where it is of two parts at once."""
        kinds = (("hamlet", self.hamlet), ("group", self.group), ("track", self.track))
        parts = [(by, key) for by, key in kinds if key]
        return parts[0] if len(parts) == 1 else None if parts else ("all", "")


WHOLE = Part()


def behind(
    session: Session,
    catalogue: Catalogue,
    period: Period,
    code: str,
    part: Part = WHOLE,
    names: bool = True,
    day: date | None = None,
) -> pd.DataFrame:
    """All that a part of an indicator could count up to the period's end, counted ones last, by hamlet and
    name; of the span "period" only what is of the period. As many are counted as the figure says.

    Columns: id, name and about (of people: their code; empty unless `names`), hamlet_id, hamlet, group
    (label), counted, pending, at (UTC, when it was reached), in_period, and those of LISTED. People who have
    no entry here are in the population only and in no row. Whoever asks for people's names notes it in the
    access log. Raises UnknownIndicator, and FigureRefused for a part that the indicator does not have.
    """
    one = indicator(code)
    facts = Facts(session, catalogue, period, day)
    _check(one, facts, part)
    units = facts.units(one, part.track)
    if part.hamlet:
        units = units[units["hamlet_id"] == part.hamlet]
    if part.group:
        units = units[units["group"] == part.group]
    if part.span == "period":
        units = units[units["in_period"]]
    said = _names(session, one.code) if names or not one.of_people else {}
    units = units.assign(
        name=[said.get(id, ("", ""))[0] for id in units["id"]],
        about=[said.get(id, ("", ""))[1] or "" for id in units["id"]],
        hamlet=units["hamlet_id"].map(facts.hamlets).fillna("").astype("object"),
        group=units["group"].map(GROUPS).fillna("").astype("object"),
    )
    units = units.sort_values(["counted", "hamlet", "name", "about"])[COLUMNS].reset_index(drop=True)
    return units if one.of_people else units.join(_details(one, facts, part.track), on="id")


def listed(code: str) -> dict[str, str]:
    """What the list behind an indicator shows: column -> header."""
    return LISTED.get(indicator(code).code, PEOPLE)


def activities(
    session: Session, period: Period, channel: str, span: str = "total", day: date | None = None
) -> pd.DataFrame:
    """The activities behind a channel's figures up to `day` (default: today in Việt Nam), the newest first.

    Columns: id, day (date), channel (label), title, hamlet ("" where none is said), reach (None where not
    reported), proof, people (how many are on its list). Raises FigureRefused.
    """
    if channel not in CHANNELS:
        raise FigureRefused(f"Không có kênh này. Các kênh: {', '.join(CHANNELS)}.")
    there = select(ActivityPerson.activity_id, func.count().label("people"))
    there = there.where(ActivityPerson.removed_at.is_(None)).group_by(ActivityPerson.activity_id).subquery()
    rows = session.execute(
        select(
            Activity.id,
            Activity.held_on,
            Activity.title,
            func.coalesce(Hamlet.name, ""),
            Activity.reach,
            func.coalesce(Activity.evidence, ""),
            func.coalesce(there.c.people, 0),
        )
        .outerjoin(Hamlet, Hamlet.id == Activity.hamlet_id)
        .outerjoin(there, there.c.activity_id == Activity.id)
        .where(
            Activity.kind == channel,
            Activity.removed_at.is_(None),
            Activity.held_on.between(period.since if span == "period" else date.min, period.last_day(day)),
        )
        .order_by(Activity.held_on.desc(), Activity.title, Activity.id)
    )
    columns = ["id", "day", "title", "hamlet", "reach", "proof", "people"]
    table = pd.DataFrame([tuple(row) for row in rows], columns=columns, dtype="object")
    return table.assign(channel=CHANNELS[channel])


def denominator(
    session: Session, catalogue: Catalogue, period: Period, code: str, part: Part = WHOLE
) -> pd.DataFrame:
    """The populations behind the denominator of an indicator of people, by hamlet and group; none of others.

    Columns: hamlet, group (label), year, count, source, recorded_at. Raises as `behind`.
    """
    one = indicator(code)
    _check(one, Facts(session, catalogue, period), part)
    table = populations.in_force(session, period.year)
    table = table[table["group"].isin(one.population_groups(part.group) if one.of_people else ())]
    if part.hamlet:
        table = table[table["hamlet_id"] == part.hamlet]
    table = table.assign(group=table["group"].map(populations.GROUPS_COUNTED))
    return table[["hamlet", "group", "year", "count", "source", "recorded_at"]].reset_index(drop=True)


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
    rows = behind(session, catalogue, period, code, Part(hamlet), day=day)
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


def _check(one: Indicator, facts: Facts, part: Part) -> None:
    """Raises FigureRefused where the indicator has no such part."""
    if part.hamlet and not (one.by_hamlet and part.hamlet in facts.hamlets):
        raise FigureRefused(f"{one.code} không chia theo ấp này.")
    if part.group and part.group not in one.groups:
        raise FigureRefused(f"{one.code} không chia theo nhóm này.")
    tracks = [track.slug for track in facts.catalogue.tracks]
    if part.track and not (one.track_wise and part.track in tracks):
        raise FigureRefused(f"{one.code} không chia theo chương này.")


def _names(session: Session, code: str) -> dict[str, tuple[str, str]]:
    first, second = NAMES.get(code, (Learner.full_name, Learner.code))
    rows = session.execute(select(first.class_.id, first, second))
    words = BUSINESS_KINDS if code == "B2" else {}
    return {id: (name, words.get(about, about)) for id, name, about in rows}


def _details(one: Indicator, facts: Facts, track: str | None) -> pd.DataFrame:
    """What is known besides of each document, task or business, by id."""
    match one.code:
        case "K2":
            table = one.dates(facts).set_index("id")
            states = facts.units(one).set_index("id")
            return table.assign(
                result=[
                    "đúng hạn"
                    if states.at[id, "counted"]
                    else "còn trong hạn"
                    if states.at[id, "pending"]
                    else "muộn hạn"
                    if published
                    else "hết hạn, chưa đăng"
                    for id, published in table["published"].items()
                ]
            )
        case "K5":
            rows = facts.session.execute(
                select(
                    ScienceTask.id,
                    ScienceTask.begun_on,
                    ScienceTask.channel,
                    func.coalesce(ScienceTask.evidence, ""),
                )
            )
            table = pd.DataFrame([tuple(row) for row in rows], columns=["id", "begun", "channel", "proof"])
            return table.assign(channel=table["channel"].map(CHANNELS).fillna("")).set_index("id")
        case _:
            workers = one.workers(facts, track).groupby("business")["at"]
            ids = facts.units(one, track)["id"]
            return pd.DataFrame(
                {
                    "workers": workers.size().reindex(ids, fill_value=0),
                    "finished": workers.count().reindex(ids, fill_value=0),
                }
            )
