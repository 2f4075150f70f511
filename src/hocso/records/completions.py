"""Completions, computed from events alone; nothing here is ever stored.

A lesson is complete when each of its required exercises has a "completed" event and its quiz, if it has one,
a "passed" event, which grading judged by the pass mark of that day: a pass stays a pass. It was completed at
the latest of these firsts. A track is complete when all its lessons are. What events say of lessons,
exercises and quizzes that are not in the catalogue is left out. All of it is by person: what was done under
several entries that are one person (`merging`) counts together and once, for the entry that goes on.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import pandas as pd
from sqlalchemy import Select, and_, case, func, select, tuple_, union
from sqlalchemy.orm import Session, aliased

from hocso.course import Catalogue, Track

from . import classes, hamlets, merging, populations
from .clock import VIETNAM, bounds, utc_now
from .learners import GROUPS
from .models import Attendance, Event, Hamlet, Learner

ROW_COLUMNS = [
    "learner_id",
    "code",
    "full_name",
    "birth_year",
    "hamlet_id",
    "hamlet",
    "group",
    "group_label",
    "track",
    "track_title",
    "lesson_id",
    "lesson_title",
    "exercises_done",
    "exercises_required",
    "has_quiz",
    "quiz_best",
    "passed",
    "completed",
    "completed_at",
    "first_activity",
    "last_activity",
    "is_sample",
]
RATE_COLUMNS = [
    "by",
    "key",
    "label",
    "track",
    "track_title",
    "lesson_id",
    "lesson_title",
    "completed",
    "population",
    "population_year",
    "missing",
    "rate",
]
WHOLE_COMMUNE = "Toàn xã"
WHOLE_FILTER = "Tổng theo bộ lọc"
NEVER = pd.Series(dtype="datetime64[us, UTC]")
# The entry of an event, read where entries were merged, and the person whose it is.
Entry = aliased(Learner)
PERSON = func.coalesce(Entry.merged_into, Entry.id)


@dataclass(frozen=True)
class LessonStatus:
    """How far a learner is in a lesson. `quiz_best` is the best share of points (0 to 1), None before the
    first graded attempt; `passed` stays False where there is no quiz; `completed_at` is UTC."""

    exercises_done: int
    exercises_required: int
    quiz_best: float | None
    passed: bool
    completed_at: datetime | None

    @property
    def completed(self) -> bool:
        return self.completed_at is not None


def lesson_status(session: Session, catalogue: Catalogue, learner_id: str) -> dict[str, LessonStatus]:
    """One learner's status in every lesson of the catalogue, by lesson id."""
    only = (PERSON, Entry.id == Event.learner_id, Event.learner_id.in_(merging.entries_of(learner_id)))
    exercises = {
        lesson_id: (done, last) for _, lesson_id, done, last in session.execute(_exercises(catalogue, *only))
    }
    quizzes = {
        quiz_id: (best, first_pass)
        for _, quiz_id, best, first_pass in session.execute(_quizzes(catalogue, *only))
    }
    statuses = {}
    for lesson in catalogue.lessons:
        done, last = exercises.get(lesson.id, (0, None))
        best, first_pass = quizzes.get(lesson.quiz_id, (None, None))
        required = len(lesson.required_exercises)
        firsts = ([last] if required else []) + ([first_pass] if lesson.quiz_id else [])
        complete = bool(firsts) and done == required and None not in firsts
        statuses[lesson.id] = LessonStatus(
            done, required, best, first_pass is not None, max(firsts) if complete else None
        )
    return statuses


def track_completed_at(track: Track, statuses: dict[str, LessonStatus]) -> datetime | None:
    """When a learner with these statuses completed the last lesson of a track, None where some are open."""
    moments = [statuses[lesson.id].completed_at for lesson in track.lessons]
    return max(moments) if moments and None not in moments else None


def completion_rows(
    session: Session,
    catalogue: Catalogue,
    *,
    since: date | datetime | None = None,
    until: date | datetime | None = None,
    track: str | None = None,
    hamlet: str | None = None,
    group: str | None = None,
) -> pd.DataFrame:
    """One row for each learner and lesson with an event in the period, by hamlet, name, track and lesson.

    Columns: ROW_COLUMNS; quiz_best is a share (0 to 1, NaN before the first graded attempt), the three times
    are datetime64 UTC. `since` and `until` as in `clock.bounds`; the figures are those at the end of the
    period, from all events before it. `track`, `hamlet` and `group` are ids. Raises UnknownTrack.
    """
    since, until = bounds(since, until)
    who = _who(hamlet, group)
    about = _lesson_table(catalogue, track)
    rows = _activity(session, catalogue, who, until)
    rows = rows[rows["lesson_id"].isin(about["lesson_id"])]
    if since is not None:
        rows = rows[rows["last_activity"] >= since]
    rows = rows.merge(_progress(session, catalogue, who, until), on=["learner_id", "lesson_id"], how="left")
    rows = _filled(rows.merge(about, on="lesson_id")).merge(_learner_table(session, who), on="learner_id")
    rows = rows.sort_values(
        ["hamlet_position", "hamlet", "folded_name", "birth_year", "code", "lesson_position"]
    )
    return rows[ROW_COLUMNS].reset_index(drop=True)


def class_board(session: Session, catalogue: Catalogue, class_session_id: str) -> pd.DataFrame:
    """Every learner who checked in to a class with every lesson of it, by name and the class's order of
    lessons (those that are still in the kit). Columns: ROW_COLUMNS and checked_in_at; what a learner did
    before the class counts too. Raises UnknownRecord."""
    lessons = catalogue.still_there(classes.get(session, class_session_id).lesson_ids)
    here = (
        Attendance.class_session_id == class_session_id,
        Attendance.removed_at.is_(None),
        Entry.id == Attendance.learner_id,
    )
    checked_in = _frame(
        session,
        select(PERSON, func.min(Attendance.checked_in_at)).where(*here).group_by(PERSON),
        ["learner_id", "checked_in_at"],
    )
    who = Learner.id.in_(select(PERSON).where(*here))
    taught = pd.DataFrame({"lesson_id": [lesson.id for lesson in lessons], "taught": range(len(lessons))})
    keys = ["learner_id", "lesson_id"]
    board = _learner_table(session, who).merge(checked_in, on="learner_id").merge(taught, how="cross")
    board = board.merge(_lesson_table(catalogue), on="lesson_id")
    board = board.merge(_activity(session, catalogue, who, None), on=keys, how="left")
    board = _filled(board.merge(_progress(session, catalogue, who, None), on=keys, how="left"))
    board = board.sort_values(["folded_name", "birth_year", "code", "taught"])
    return board[[*ROW_COLUMNS, "checked_in_at"]].reset_index(drop=True)


def rates(
    session: Session,
    catalogue: Catalogue,
    *,
    since: date | datetime | None = None,
    until: date | datetime | None = None,
    track: str | None = None,
    hamlet: str | None = None,
    group: str | None = None,
    year: int | None = None,
) -> pd.DataFrame:
    """People who completed each track within the period, against the population: by hamlet, by group, and of
    the whole commune; for tracks of several lessons also lesson by lesson.

    Columns: RATE_COLUMNS. by is "hamlet", "group" or "all"; lesson_id is "" in a track's own row;
    population (Int64) is NA where there is none, of the latest year that is not after `year` (default: the
    period's last year); missing names the hamlets or groups without a figure; rate (Float64, 1.0 = 100%, can
    be more) is NA unless every figure is there and their sum is above 0.
    """
    since, until = bounds(since, until)
    if year is None:
        last = min(until - timedelta(microseconds=1), utc_now()) if until else utc_now()
        year = last.astimezone(VIETNAM).year
    done = _completed(session, catalogue, _who(hamlet, group), since, until)
    people = _grid(session, hamlet, group)
    known = populations.in_force(session, year)[["hamlet_id", "group", "year", "count"]]
    people = people.merge(known, on=["hamlet_id", "group"], how="left")
    counted = done.groupby(["hamlet_id", "group", "track", "lesson_id"]).size()
    whole = WHOLE_COMMUNE if hamlet is None and group is None else WHOLE_FILTER
    rows = []
    for by, key, label, part in _parts(people, whole):
        denominator = _denominator(part, by)
        for one, lesson in _counted_things(catalogue, track):
            lesson_id = lesson.id if lesson else ""
            numerator = sum(
                int(counted.get((cell.hamlet_id, cell.group, one.slug, lesson_id), 0))
                for cell in part.itertuples()
            )
            complete = denominator["missing"] == "" and bool(denominator["population"])
            rows.append(
                {
                    "by": by,
                    "key": key,
                    "label": label,
                    "track": one.slug,
                    "track_title": one.title,
                    "lesson_id": lesson_id,
                    "lesson_title": lesson.title if lesson else "",
                    "completed": numerator,
                    **denominator,
                    "rate": numerator / denominator["population"] if complete else None,
                }
            )
    table = pd.DataFrame(rows, columns=RATE_COLUMNS)
    return table.astype({"completed": "int64", "population": "Int64", "rate": "Float64"})


def _exercises(catalogue: Catalogue, person, *conditions) -> Select:
    """`person`, lesson, how many required exercises were completed, when the last of the firsts was."""
    required = [
        (lesson.id, exercise_id) for lesson in catalogue.lessons for exercise_id in lesson.required_exercises
    ]
    firsts = (
        select(person.label("person"), Event.lesson_id, func.min(Event.occurred_at).label("first_at"))
        .where(
            Event.verb == "completed",
            Event.quiz_id.is_(None),
            tuple_(Event.lesson_id, Event.exercise_id).in_(required),
            *conditions,
        )
        .group_by(person, Event.lesson_id, Event.exercise_id)
        .subquery()
    )
    return select(firsts.c.person, firsts.c.lesson_id, func.count(), func.max(firsts.c.first_at)).group_by(
        firsts.c.person, firsts.c.lesson_id
    )


def _quizzes(catalogue: Catalogue, person, *conditions) -> Select:
    """`person`, quiz, best share of points, when the quiz was first passed (NULL if never)."""
    return (
        select(
            person,
            Event.quiz_id,
            func.max(Event.share),
            func.min(case((Event.verb == "passed", Event.occurred_at))),
        )
        .where(
            Event.verb.in_(("passed", "failed")),
            Event.quiz_id.in_([quiz.id for quiz in catalogue.quizzes]),
            *conditions,
        )
        .group_by(person, Event.quiz_id)
    )


def _progress(session: Session, catalogue: Catalogue, who, until: datetime | None) -> pd.DataFrame:
    """One row for each learner and lesson with a required exercise completed or a quiz graded: learner_id,
    lesson_id, exercises_done, quiz_best, passed_at, completed_at."""
    exercises = _by_person(
        session,
        partial(_exercises, catalogue),
        ["learner_id", "lesson_id", "exercises_done", "exercises_at"],
        who,
        until,
    )
    quizzes = _by_person(
        session,
        partial(_quizzes, catalogue),
        ["learner_id", "quiz_id", "quiz_best", "passed_at"],
        who,
        until,
    )
    lessons = _lesson_table(catalogue)[["lesson_id", "quiz_id", "has_quiz", "exercises_required"]]
    quizzes = quizzes.merge(lessons[["quiz_id", "lesson_id"]].dropna(), on="quiz_id").drop(columns="quiz_id")
    progress = exercises.merge(quizzes, on=["learner_id", "lesson_id"], how="outer").merge(
        lessons, on="lesson_id"
    )
    progress["exercises_done"] = progress["exercises_done"].fillna(0).astype("int64")
    progress["quiz_best"] = progress["quiz_best"].astype("float64")
    complete = (progress["exercises_done"] == progress["exercises_required"]) & (
        ~progress["has_quiz"] | progress["passed_at"].notna()
    )
    latest = progress[["exercises_at", "passed_at"]].max(axis=1)
    progress["completed_at"] = latest.where(complete)
    return progress[["learner_id", "lesson_id", "exercises_done", "quiz_best", "passed_at", "completed_at"]]


def _completed(
    session: Session, catalogue: Catalogue, who, since: datetime | None, until: datetime | None
) -> pd.DataFrame:
    """Completed lessons and tracks within the period: learner_id, hamlet_id, group, track, lesson_id ("" for
    the whole track)."""
    tracks = _lesson_table(catalogue)[["lesson_id", "track"]]
    lessons = _progress(session, catalogue, who, until).dropna(subset="completed_at")
    lessons = lessons[["learner_id", "lesson_id", "completed_at"]].merge(tracks, on="lesson_id")
    whole = lessons.groupby(["learner_id", "track"], as_index=False).agg(
        lessons=("lesson_id", "size"), completed_at=("completed_at", "max")
    )
    whole = whole[whole["lessons"] == whole["track"].map(tracks["track"].value_counts())]
    done = pd.concat([lessons, whole.assign(lesson_id="").drop(columns="lessons")])
    if since is not None:
        done = done[done["completed_at"] >= since]
    return done.merge(_learner_table(session, who)[["learner_id", "hamlet_id", "group"]], on="learner_id")


def _activity(session: Session, catalogue: Catalogue, who, until: datetime | None) -> pd.DataFrame:
    """First and last activity of each learner in each lesson, its quiz included: learner_id, lesson_id,
    first_activity, last_activity."""
    activity = _by_person(
        session,
        _first_and_last,
        ["learner_id", "lesson_id", "quiz_id", "first_activity", "last_activity"],
        who,
        until,
    )
    of_quiz = {quiz.id: quiz.lesson_id for quiz in catalogue.quizzes}
    activity["lesson_id"] = activity["quiz_id"].map(of_quiz).fillna(activity["lesson_id"])
    return activity.groupby(["learner_id", "lesson_id"], as_index=False).agg(
        first_activity=("first_activity", "min"), last_activity=("last_activity", "max")
    )


def _first_and_last(person, *conditions) -> Select:
    """`person`, lesson, quiz, first and last activity."""
    return (
        select(
            person,
            Event.lesson_id,
            Event.quiz_id,
            func.min(Event.occurred_at),
            func.max(Event.occurred_at),
        )
        .where(*conditions)
        .group_by(person, Event.lesson_id, Event.quiz_id)
    )


def _by_person(
    session: Session, statement: Callable[..., Select], columns: list[str], who, until: datetime | None
) -> pd.DataFrame:
    """The rows of `statement(person, *conditions)`, whose first column is the person, of all people who are
    `who`."""
    people = select(Learner.id).where(who)
    before = [] if until is None else [Event.occurred_at < until]
    rows = _frame(session, statement(Event.learner_id, Event.learner_id.in_(people), *before), columns)
    merged = Learner.merged_into.is_not(None)
    if session.scalar(select(Learner.id).where(merged).limit(1)) is None:
        return rows
    # In a query of their own: the one for all others runs in the order of its index.
    several = union(select(Learner.id).where(merged), select(Learner.merged_into).where(merged))
    together = _frame(
        session,
        statement(
            PERSON,
            Entry.id == Event.learner_id,
            Event.learner_id.in_(several),
            PERSON.in_(people),
            *before,
        ),
        columns,
    )
    alone = rows[~rows["learner_id"].isin(together["learner_id"])]
    return pd.concat([alone, together], ignore_index=True)


def _lesson_table(catalogue: Catalogue, track: str | None = None) -> pd.DataFrame:
    tracks = catalogue.tracks if track is None else (catalogue.track(track),)
    return (
        pd.DataFrame(
            [
                {
                    "lesson_id": lesson.id,
                    "lesson_title": lesson.title,
                    "track": one.slug,
                    "track_title": one.title,
                    "exercises_required": len(lesson.required_exercises),
                    "quiz_id": lesson.quiz_id,
                    "has_quiz": lesson.quiz_id is not None,
                }
                for one in tracks
                for lesson in one.lessons
            ],
            columns=[
                "lesson_id",
                "lesson_title",
                "track",
                "track_title",
                "exercises_required",
                "quiz_id",
                "has_quiz",
            ],
        )
        .astype({"lesson_id": "str", "quiz_id": "object", "has_quiz": "bool", "exercises_required": "int64"})
        .assign(lesson_position=lambda table: range(len(table)))
    )


def _learner_table(session: Session, who) -> pd.DataFrame:
    learners = _frame(
        session,
        select(
            Learner.id,
            Learner.code,
            Learner.full_name,
            Learner.folded_name,
            Learner.birth_year,
            Learner.hamlet_id,
            Hamlet.name,
            Hamlet.position,
            Learner.group,
            Learner.is_sample,
        )
        .join(Hamlet, Hamlet.id == Learner.hamlet_id)
        .where(who),
        [
            "learner_id",
            "code",
            "full_name",
            "folded_name",
            "birth_year",
            "hamlet_id",
            "hamlet",
            "hamlet_position",
            "group",
            "is_sample",
        ],
    )
    return learners.assign(group_label=learners["group"].map(GROUPS))


def _filled(rows: pd.DataFrame) -> pd.DataFrame:
    """`rows` of _progress with what follows from it, and zeros where a learner has got nowhere yet."""
    return rows.assign(
        exercises_done=rows["exercises_done"].fillna(0).astype("int64"),
        passed=rows["passed_at"].notna(),
        completed=rows["completed_at"].notna(),
    )


def _frame(session: Session, statement: Select, columns: list[str]) -> pd.DataFrame:
    """The rows of a statement; columns that end in _at or _activity are datetime64 UTC even where empty."""
    # Plain tuples: pandas looks into SQLAlchemy's rows one by one, which took a third of the time.
    table = pd.DataFrame([tuple(row) for row in session.execute(statement)], columns=columns)
    for column in columns:
        if column.endswith(("_at", "_activity")):
            table[column] = pd.to_datetime(table[column], utc=True).astype(NEVER.dtype)
        elif column.endswith("_id"):
            table[column] = table[column].astype("object")
    return table


def _who(hamlet: str | None, group: str | None):
    conditions = [Learner.merged_into.is_(None)]
    if hamlet is not None:
        conditions.append(Learner.hamlet_id == hamlet)
    if group is not None:
        conditions.append(Learner.group == group)
    return and_(*conditions)


def _grid(session: Session, hamlet: str | None, group: str | None) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"hamlet_id": one.id, "hamlet": one.name, "group": slug}
            for one in hamlets.listed(session)
            if hamlet in (None, one.id)
            for slug in GROUPS
            if group in (None, slug)
        ],
        columns=["hamlet_id", "hamlet", "group"],
    )


def _parts(people: pd.DataFrame, whole: str) -> Iterable[tuple[str, str, str, pd.DataFrame]]:
    for (key, label), part in people.groupby(["hamlet_id", "hamlet"], sort=False):
        yield "hamlet", key, label, part
    for key, part in people.groupby("group", sort=False):
        yield "group", key, GROUPS[key], part
    if len(people):
        yield "all", "", whole, people


def _denominator(part: pd.DataFrame, by: str) -> dict[str, Any]:
    known = part.dropna(subset="count")
    unknown = part[part["count"].isna()]
    years = sorted(known["year"].astype(int).unique())
    names = unknown["group"].map(GROUPS) if by == "hamlet" else unknown["hamlet"]
    return {
        "population": int(known["count"].sum()) if len(known) else None,
        "population_year": "–".join(str(year) for year in dict.fromkeys((years[0], years[-1])))
        if years
        else "",
        "missing": "; ".join(dict.fromkeys(names)),
    }


def _counted_things(catalogue: Catalogue, track: str | None):
    for one in catalogue.tracks if track is None else (catalogue.track(track),):
        if one.lessons:
            yield one, None
        if len(one.lessons) > 1:
            yield from ((one, lesson) for lesson in one.lessons)
