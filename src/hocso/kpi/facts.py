"""What the indicators count, read once for one period: people, completed tracks, who was reached.

Everything is by person: an entry that was merged counts as the one that goes on (`Learner.merged_into`). The
two big tables are aggregated in SQL over the covering indexes of `Event`, so that no event is read here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import pandas as pd
from sqlalchemy import Integer, case, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from hocso.course import Catalogue
from hocso.records import Activity, ActivityPerson, Event, Hamlet, Learner, Residence, populations
from hocso.records.clock import VIETNAM, today
from hocso.records.people import is_communicator

from .periods import Period
from .working_days import WorkingDays

MOMENT = "datetime64[us, UTC]"
# The person whose entry an event belongs to, joined only where entries were merged.
Entry = aliased(Learner)


@dataclass(frozen=True)
class Denominator:
    """A population: people, of which years, and the hamlets or groups without a figure. `count` is None where
    there is no figure at all."""

    count: int | None
    years: str
    missing: str


class Facts:
    """The facts of one period, each read on first use. `day` is the day that still open documents are judged
    at (default: today in Việt Nam); `last_day`: the last one whose activities and tasks count."""

    def __init__(self, session: Session, catalogue: Catalogue, period: Period, day: date | None = None):
        self.session = session
        self.catalogue = catalogue
        self.period = period
        self.day = day or today()
        self.last_day = period.last_day(self.day)
        self.tables: dict[str | None, pd.DataFrame] = {}
        self._units: dict[tuple[str, str | None], pd.DataFrame] = {}

    def units(self, indicator, track: str | None = None) -> pd.DataFrame:
        """What an indicator could count (`Indicator.units`), read once."""
        if (indicator.code, track) not in self._units:
            self._units[indicator.code, track] = indicator.units(self, track)
        return self._units[indicator.code, track]

    @cached_property
    def working_days(self) -> WorkingDays:
        return WorkingDays(self.session)

    @cached_property
    def hamlets(self) -> dict[str, str]:
        """Names by id, in the staff's order."""
        rows = select(Hamlet.id, Hamlet.name).order_by(Hamlet.position, Hamlet.id)
        return dict(self.session.execute(rows).all())

    @cached_property
    def people(self) -> pd.DataFrame:
        """Each person, by id: hamlet_id and group (at the period's end), birth_year, communicator."""
        people = self._table(
            select(Learner.id, Learner.hamlet_id, Learner.group, Learner.birth_year, is_communicator()).where(
                Learner.merged_into.is_(None)
            ),
            ["id", "hamlet_id", "group", "birth_year", "communicator"],
        ).set_index("id")
        moved = self._residences()
        moved = moved[moved.index.isin(people.index)]
        for column in ("hamlet_id", "group"):
            people.loc[moved.index, column] = moved[column]
        return people

    @cached_property
    def completed(self) -> pd.DataFrame:
        """Each completed track of each person up to the period's end: id, track, at."""
        found = [self._completed(Event.learner_id, None)]
        if len(self._merged):
            found[0] = found[0][~found[0]["id"].isin(self._merged)]
            found.append(self._completed(func.coalesce(Entry.merged_into, Entry.id), self._merged))
        return pd.concat(found, ignore_index=True)

    @cached_property
    def reached(self) -> pd.DataFrame:
        """Who was in a lesson or a quiz up to the period's end, or on an activity's list up to `last_day`;
        by id: at, the first time, and in_period, whether they were in the period (too)."""
        days = self._table(
            select(
                ActivityPerson.learner_id,
                func.min(Activity.held_on),
                func.max(Activity.held_on) >= self.period.since,
            )
            .join(Activity, Activity.id == ActivityPerson.activity_id)
            .where(
                ActivityPerson.removed_at.is_(None),
                Activity.removed_at.is_(None),
                Activity.held_on <= self.last_day,
            )
            .group_by(ActivityPerson.learner_id),
            ["id", "day", "in_period"],
        )
        return self._by_person(self._reached_by(), days.assign(at=moments(days["day"])))

    def reached_by_track(self, track: str) -> pd.DataFrame:
        """As `reached`, by lessons and quizzes of one track alone."""
        about = self.catalogue.track(track)
        quizzes = [one.quiz_id for one in about.lessons if one.quiz_id]
        in_track = or_(
            Event.lesson_id.in_([one.id for one in about.lessons]), Event.quiz_id.in_(quizzes or [""])
        )
        return self._by_person(self._reached_by(in_track))

    @cached_property
    def populations(self) -> dict[tuple[str, str], tuple[int, int]]:
        """The figures in force in the period's year: (hamlet id, group) -> (count, its year)."""
        table = populations.in_force(self.session, self.period.year)
        return {
            (row.hamlet_id, row.group): (int(row.count), int(row.year))
            for row in table.itertuples(name="Row")
        }

    def population(self, groups: Iterable[str], hamlet: str | None = None) -> Denominator:
        """The population of some groups in one hamlet or in all."""
        places = self.hamlets if hamlet is None else {hamlet: self.hamlets[hamlet]}
        wanted = [(one, group) for one in places for group in groups]
        known = [self.populations[key] for key in wanted if key in self.populations]
        missing = [key for key in wanted if key not in self.populations]
        names = [places[one] for one, _ in missing]
        if hamlet is not None:
            names = [populations.GROUPS_COUNTED[group] for _, group in missing]
        years = sorted({year for _, year in known})
        return Denominator(
            sum(count for count, _ in known) if known else None,
            "–".join(str(year) for year in dict.fromkeys((years[0], years[-1]))) if years else "",
            "; ".join(dict.fromkeys(names)),
        )

    @cached_property
    def _keeps(self) -> dict[str, str]:
        """For each merged entry the entry that goes on."""
        rows = select(Learner.id, Learner.merged_into).where(Learner.merged_into.is_not(None))
        return dict(self.session.execute(rows).all())

    @property
    def _merged(self) -> list[str]:
        """All entries of people who have more than one."""
        return sorted({*self._keeps, *self._keeps.values()})

    def _residences(self) -> pd.DataFrame:
        newest = (
            select(
                Residence.learner_id,
                Residence.hamlet_id,
                Residence.group,
                func.row_number()
                .over(
                    partition_by=Residence.learner_id,
                    order_by=(Residence.since.desc(), Residence.recorded_at.desc(), Residence.id),
                )
                .label("place"),
            )
            .where(Residence.since <= self.period.until)
            .subquery()
        )
        rows = select(newest.c.learner_id, newest.c.hamlet_id, newest.c.group).where(newest.c.place == 1)
        return self._table(rows, ["id", "hamlet_id", "group"]).set_index("id")

    def _reached_by(self, *conditions) -> pd.DataFrame:
        rows = (
            select(
                Event.learner_id,
                func.min(Event.occurred_at),
                func.max(Event.occurred_at) >= self.period.start,
            )
            .where(Event.occurred_at < self.period.end, *conditions)
            .group_by(Event.learner_id)
        )
        return self._table(rows, ["id", "at", "in_period"])

    def _by_person(self, *tables: pd.DataFrame) -> pd.DataFrame:
        """The first `at` of each person, and whether any of their entries is in_period."""
        rows = pd.concat([table[["id", "at", "in_period"]] for table in tables])
        rows = rows.assign(id=rows["id"].map(self._keeps).fillna(rows["id"])) if self._keeps else rows
        people = rows.astype({"in_period": bool}).groupby("id")
        return pd.DataFrame({"at": people["at"].min(), "in_period": people["in_period"].any()})

    def _completed(self, person, only: list[str] | None) -> pd.DataFrame:
        """Completed tracks by `person`, an expression; where `only` is given, from these entries alone."""
        firsts = self._exercise_firsts(person, only).join(self._quiz_firsts(person, only), how="outer")
        rows = []
        for number, track in enumerate(self.catalogue.tracks):
            wanted = [(f"exercises_{number}", _exercises(track)), (f"quizzes_{number}", _quizzes(track))]
            wanted = [(name, len(things)) for name, things in wanted if things]
            if not wanted or not all(one.required_exercises or one.quiz_id for one in track.lessons):
                continue
            done = firsts
            for name, count in wanted:
                done = done[done[name] == count]
            at = done[[f"{name}_at" for name, _ in wanted]].max(axis=1)
            rows.append(pd.DataFrame({"id": done.index, "track": track.slug, "at": at.to_numpy()}))
        table = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=["id", "track", "at"])
        return table.assign(at=pd.to_datetime(table["at"], utc=True).astype(MOMENT))

    def _exercise_firsts(self, person, only) -> pd.DataFrame:
        """For people who completed all required exercises of some track: how many of each track, and when the
        last of them was completed first."""
        things = [_exercises(track) for track in self.catalogue.tracks]
        conditions = self._conditions(only)
        if only is None and all(_quizzes(track) for track in self.catalogue.tracks):
            # Passes are few: of two million events, this leaves a tenth to be looked at.
            passed = self._quizzes_passed(person, None)[0].subquery()
            conditions.append(Event.learner_id.in_(select(passed.c.person)))
        firsts = (
            select(person.label("person"), Event.lesson_id, func.min(Event.occurred_at).label("at"))
            .where(
                Event.verb == "completed",
                Event.quiz_id.is_(None),
                tuple_(Event.lesson_id, Event.exercise_id).in_([pair for some in things for pair in some]),
                *conditions,
            )
            .group_by(person, Event.lesson_id, Event.exercise_id)
        )
        keys = [[one.id for one in track.lessons] for track in self.catalogue.tracks]
        counted = self._counted("exercises", self._joined(firsts, only), "lesson_id", keys, things)
        return self._table(*counted).set_index("id")

    def _quiz_firsts(self, person, only) -> pd.DataFrame:
        """As `_exercise_firsts`, of quizzes passed."""
        return self._table(*self._quizzes_passed(person, only)).set_index("id")

    def _quizzes_passed(self, person, only):
        things = [_quizzes(track) for track in self.catalogue.tracks]
        firsts = (
            select(person.label("person"), Event.quiz_id, func.min(Event.occurred_at).label("at"))
            .where(
                Event.verb == "passed",
                Event.quiz_id.in_([quiz for of_track in things for quiz in of_track]),
                *self._conditions(only),
            )
            .group_by(person, Event.quiz_id)
        )
        return self._counted("quizzes", self._joined(firsts, only), "quiz_id", things, things)

    def _conditions(self, only: list[str] | None) -> list:
        conditions = [Event.occurred_at < self.period.end]
        if only is not None:
            conditions.append(Entry.id.in_(only))
        return conditions

    def _joined(self, statement, only: list[str] | None):
        if only is None:
            return statement
        return statement.join(Entry, Entry.id == Event.learner_id)

    def _counted(self, name: str, firsts, column: str, keys: list[list], things: list[list]):
        """Of `firsts` (person, `column`, at) by person: `<name>_<n>`, how many of track n, and
        `<name>_<n>_at`, the latest; only people with all of a track. A statement and its columns."""
        table = firsts.subquery()
        columns, names, complete = [table.c.person], ["id"], []
        for number, of_track in enumerate(keys):
            in_track = table.c[column].in_(of_track) if of_track else literal(False)
            count = func.sum(case((in_track, 1), else_=0))
            columns += [count.cast(Integer), func.max(case((in_track, table.c.at)))]
            names += [f"{name}_{number}", f"{name}_{number}_at"]
            if things[number]:
                complete.append(count == len(things[number]))
        statement = select(*columns).group_by(table.c.person).having(or_(literal(False), *complete))
        return statement, names

    def _table(self, statement, columns: list[str]) -> pd.DataFrame:
        """The rows of a statement; `at` and columns that end in _at are datetime64 UTC even where empty."""
        rows = [tuple(row) for row in self.session.execute(statement)]
        table = pd.DataFrame(rows, columns=columns)
        for column in columns:
            if column == "at" or column.endswith("_at"):
                table[column] = pd.to_datetime(table[column], utc=True).astype(MOMENT)
        return table.astype({"id": "object"}) if "id" in columns else table


def moments(days: pd.Series) -> pd.Series:
    """The first moments (UTC) of days in Asia/Ho_Chi_Minh; empty stays empty."""
    return pd.to_datetime(days).dt.tz_localize(VIETNAM).dt.tz_convert("UTC").astype(MOMENT)


def _exercises(track) -> list[tuple[str, str]]:
    return [(lesson.id, exercise) for lesson in track.lessons for exercise in lesson.required_exercises]


def _quizzes(track) -> list[str]:
    return [lesson.quiz_id for lesson in track.lessons if lesson.quiz_id]
