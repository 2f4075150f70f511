"""A commune that is filled by hand, on a real database."""

import itertools
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from hocso.course import Catalogue, ExerciseRef, Lesson, Quiz, Track
from hocso.kpi import Period, compute
from hocso.records import (
    Activity,
    ActivityPerson,
    Business,
    BusinessPerson,
    Document,
    Event,
    Learner,
    Residence,
    ScienceTask,
    Target,
    hamlets,
    open_database,
    populations,
)
from hocso.records.clock import VIETNAM

DAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
STAMPS = {"created_at": NOW, "updated_at": NOW}


def at(day: int, month: int, year: int = 2026, *time: int) -> datetime:
    """A moment on the clock of Việt Nam; noon where no time is said."""
    return datetime(year, month, day, *(time or (12,)), tzinfo=VIETNAM)


def a_track(slug, code, *lessons):
    """A track of (slug, exercises, has a quiz) lessons, and its quizzes."""
    made, quizzes = [], []
    for number, (name, exercises, has_quiz) in enumerate(lessons, start=1):
        quiz_id = f"{slug}-{number:02d}" if has_quiz else None
        refs = (
            *(ExerciseRef(one, "one_choice") for one in exercises),
            ExerciseRef("them", "one_choice", False),
        )
        path = Path(f"{number:02d}-{name}.ipynb")
        lesson_id = f"{slug}/{name}"
        made.append(Lesson(lesson_id, slug, number, name, name, 10, (), (), (), (), path, (), refs, quiz_id))
        if quiz_id:
            quizzes.append(Quiz(quiz_id, lesson_id, path, ()))
    return Track(slug, code, f"Chương {slug}", "", "", tuple(made)), quizzes


@pytest.fixture(scope="session")
def catalogue():
    tracks = [
        a_track("ky-nang-so", "A", ("otp", ["mot", "hai"], True), ("wifi", ["mot"], False)),
        a_track("nghi-quyet-57", "B", ("muc-tieu", ["mot"], True)),
        a_track("truyen-thong-so", "C", ("tin", ["mot"], True)),
        a_track("doanh-nghiep-nong-nghiep", "D", ("ban-hang", [], True)),
    ]
    return Catalogue(tuple(one for one, _ in tracks), tuple(quiz for _, some in tracks for quiz in some))


class Commune:
    """Writes into an open session what happened, as days go by."""

    def __init__(self, session, catalogue):
        self.session, self.catalogue = session, catalogue
        self._numbers = itertools.count(1)
        self.places = [hamlets.add(session, name).id for name in ("Ấp 1", "Ấp 2")]

    def populations(self, year, group_counts, hamlet=1):
        for group, count in group_counts.items():
            populations.set_population(
                self.session, self.places[hamlet - 1], group, year, count, "Công an xã", now=NOW
            )

    def person(self, hamlet=1, group="nguoi-dan", born=1960, communicator=False, is_now=None):
        number = next(self._numbers)
        learner = Learner(
            id=str(uuid4()),
            code=f"M{number:04d}",
            full_name=f"Người {number}",
            folded_name=f"nguoi {number}",
            birth_year=born,
            hamlet_id=self.places[hamlet - 1],
            group=group,
            pin_hash="",
            communicator=communicator,
            merged_into=is_now,
            created_at=NOW,
        )
        self._add(learner)
        return learner.id

    def moved(self, person, since, hamlet, group="nguoi-dan", recorded=NOW):
        self._add(
            Residence(
                learner_id=person,
                hamlet_id=self.places[hamlet - 1],
                group=group,
                since=since,
                recorded_at=recorded,
            )
        )

    def did(self, person, verb, moment, lesson=None, exercise=None, quiz=None):
        self._add(
            Event(
                id=str(uuid4()),
                learner_id=person,
                lesson_id=lesson,
                exercise_id=exercise,
                quiz_id=quiz,
                verb=verb,
                share=1.0 if quiz else None,
                occurred_at=moment,
                recorded_at=moment,
            )
        )

    @staticmethod
    def steps_of(catalogue, track):
        """What has to be done for a track, as arguments of `did`."""
        for lesson in catalogue.track(track).lessons:
            for exercise in lesson.required_exercises:
                yield {"verb": "completed", "lesson": lesson.id, "exercise": exercise}
            if lesson.quiz_id:
                yield {"verb": "passed", "quiz": lesson.quiz_id}

    def steps(self, track):
        return self.steps_of(self.catalogue, track)

    def completed(self, person, track, moment, began=None):
        """Does all of a track: the last of it at `moment`, the rest at `began` (default: an hour before)."""
        *others, last = self.steps(track)
        for step in others:
            self.did(person, moment=began or moment - timedelta(hours=1), **step)
        self.did(person, moment=moment, **last)

    def document(self, received, published=None, removed=False):
        self._add(
            Document(
                number=f"{next(self._numbers)}/UBND",
                title="Văn bản",
                issued_on=received,
                received_on=received,
                published_on=published,
                removed_at=NOW if removed else None,
                **STAMPS,
            )
        )

    def task(self, begun, communicated=None, secret=False, removed=False):
        self._add(
            ScienceTask(
                title=f"Nhiệm vụ {next(self._numbers)}",
                led_by="Phòng Kinh tế",
                begun_on=begun,
                is_secret=secret,
                communicated_on=communicated,
                removed_at=NOW if removed else None,
                **STAMPS,
            )
        )

    def activity(self, held, people=(), kind="hoi-nghi", reach=None, removed=False, gone=()):
        activity = Activity(
            kind=kind,
            title=f"Hoạt động {next(self._numbers)}",
            held_on=held,
            reach=reach,
            removed_at=NOW if removed else None,
            **STAMPS,
        )
        self._add(activity)
        for person in (*people, *gone):
            self._add(
                ActivityPerson(
                    activity_id=activity.id,
                    learner_id=person,
                    recorded_at=NOW,
                    removed_at=NOW if person in gone else None,
                )
            )

    def business(self, hamlet=1, people=(), since=date(2020, 1, 1), until=None, removed=False, gone=()):
        business = Business(
            name=f"Cơ sở {next(self._numbers)}",
            kind="dich-vu",
            hamlet_id=self.places[hamlet - 1],
            since=since,
            until=until,
            removed_at=NOW if removed else None,
            **STAMPS,
        )
        self._add(business)
        for person in (*people, *gone):
            self._add(
                BusinessPerson(
                    business_id=business.id,
                    learner_id=person,
                    recorded_at=NOW,
                    removed_at=NOW if person in gone else None,
                )
            )

    def own_target(self, code, share, year=2026):
        self._add(Target(indicator=code, year=year, share=share, source="KH", recorded_at=NOW))

    def figure(self, code, period="2026-12", span="total", by=None, key="", day=DAY):
        """One row of the table of figures."""
        table = compute(self.session, self.catalogue, Period.named(period), by, day)
        rows = table[
            (table["indicator"] == code)
            & (table["span"] == span)
            & (table["by"] == (by if key else "all"))
            & (table["key"] == key)
        ]
        assert len(rows) == 1
        return rows.iloc[0]

    def _add(self, row):
        self.session.add(row)
        self.session.flush()


@pytest.fixture
def database(tmp_path):
    database = open_database(tmp_path / "hocso.db")
    yield database
    database.close()


@pytest.fixture
def commune(database, catalogue):
    """An empty commune of two hamlets, in a writing session."""
    with database.session() as session:
        yield Commune(session, catalogue)


@pytest.fixture
def tan_hoi(commune):
    """The commune whose figures are worked out in test_by_hand."""
    from tests.kpi.test_by_hand import settle

    settle(commune)
    return commune
