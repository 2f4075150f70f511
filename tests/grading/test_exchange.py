"""What was graded at a hall stands in the office's gradebook with the same scores."""

import shutil
import time
from contextlib import closing
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from hocso.course import Catalogue, ExerciseRef, Quiz, Track
from hocso.grading.backup import listed
from hocso.grading.course import course_at
from hocso.grading.exchange import take_in
from hocso.grading.forgetting import forget
from hocso.records import QuizAttempt, attempts, exchange, open_database, removal, settings
from hocso.records.demo import load_sample
from tests.records.conftest import a_lesson

from .conftest import PARTLY, QUIZ, RIGHT, WRONG, points_in_gradebook
from .test_worker import database, graded, learner_id, register, submit, worker  # noqa: F401


@pytest.fixture
def office(data, tmp_path):
    """The office's data folder, without the hall's records (a copy of an open SQLite file is none)."""
    folder = shutil.copytree(data, tmp_path / "Máy ở xã", ignore=shutil.ignore_patterns("hocso.db*"))
    with closing(open_database(folder / "hocso.db")) as records:
        yield folder, records


def carried(records, **kind):
    return exchange.open_file(exchange.write(records, passphrase=None, **kind)[0])


def when_in_course(records, log):
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        with records.session(readonly=True) as session:
            if not session.query(QuizAttempt).filter_by(in_course=False).count():
                return
        time.sleep(0.1)
    raise AssertionError(log.read_text())


def test_the_offices_gradebook_ends_with_the_scores_of_the_hall(
    kit,
    data,
    database,  # noqa: F811
    register,  # noqa: F811
    office,
    tmp_path,
):
    who, other = register("Nguyễn Văn Mẫu"), register("Trần Thị Mẫu")
    with worker(kit, data, tmp_path / "log"):
        best = submit(database, who, RIGHT)
        assert graded(database, who, best).score == 5
        assert graded(database, who, submit(database, who, PARTLY)).score == 3
        assert graded(database, other, submit(database, other, WRONG)).score == 0
    waiting = submit(database, other, PARTLY)

    folder, records = office
    receipt = take_in(kit, folder, records, carried(database))
    assert receipt.counts["quiz_attempts"]["new"] == 4
    assert len(listed(folder / "backups")) == 1, "a backup is made first"
    log = tmp_path / "log of the office"
    with worker(kit, folder, log):
        assert graded(records, other, waiting).score == 3, "who has a submission first grades it"
        when_in_course(records, log)
    with worker(kit, data, tmp_path / "log"):
        graded(database, other, waiting)
    for one in (who, other):
        assert points_in_gradebook(folder, QUIZ, one) == points_in_gradebook(data, QUIZ, one)
    with records.session(readonly=True) as session:
        assert attempts.best(session, who, QUIZ).id == best
    said = log.read_text()
    assert "khác" not in said and "Mẫu" not in said

    take_in(kit, data, database, carried(records))
    take_in(kit, folder, records, carried(database, whole=True))
    with database.session(readonly=True) as mine, records.session(readonly=True) as theirs:
        scores = [
            session.query(QuizAttempt.id, QuizAttempt.score, QuizAttempt.graded_at)
            .order_by(QuizAttempt.id)
            .all()
            for session in (mine, theirs)
        ]
    assert scores[0] == scores[1], "two devices that graded the same submission agree"


def test_sample_attempts_are_in_no_gradebook_and_what_was_really_done_is(
    kit,
    data,
    database,  # noqa: F811
    office,
    tmp_path,
):
    lesson = a_lesson("ky-nang-so", 1, "thu", [("mot", True)], QUIZ)
    questions = tuple(ExerciseRef(f"test_{number}", "one_choice") for number in (1, 2, 3))
    catalogue = Catalogue(
        (Track("ky-nang-so", "A", "Kỹ năng số", "Mọi người", "", (lesson,)),),
        (Quiz(QUIZ, lesson.id, Path("a.ipynb"), questions),),
    )
    load_sample(database, catalogue)
    with database.session(readonly=True) as session:
        of_sample = session.query(QuizAttempt).filter(QuizAttempt.score == 3).order_by(QuizAttempt.id).all()
    assert len(of_sample) > 5
    who = of_sample[0].learner_id
    with worker(kit, data, tmp_path / "log"):
        assert graded(database, who, submit(database, who, PARTLY)).score == 3

    folder, records = office
    with records.session() as session:
        settings.put(session, "sample_data", True)
    take_in(kit, folder, records, carried(database))
    log = tmp_path / "log of the office"
    with worker(kit, folder, log):
        when_in_course(records, log)
    for one in (data, folder):
        with Gradebook(f"sqlite:///{one / 'course' / 'gradebook.db'}", "") as gradebook:
            there = [(each.student.id, each.score) for each in gradebook.assignment_submissions(QUIZ)]
        assert there == [(who, 3)]
    with records.session(readonly=True) as session:
        assert session.get(QuizAttempt, of_sample[0].id).score == 3


def test_who_asked_to_be_removed_is_gone_from_the_offices_course_too(
    kit,
    data,
    database,  # noqa: F811
    learner_id,  # noqa: F811
    office,
    tmp_path,
):
    with worker(kit, data, tmp_path / "log"):
        graded(database, learner_id, submit(database, learner_id, RIGHT))
    folder, records = office
    take_in(kit, folder, records, carried(database))
    with worker(kit, folder, tmp_path / "log"):
        when_in_course(records, tmp_path / "log")
    assert (folder / "course" / "submitted" / learner_id).is_dir()

    with database.session() as session:
        removal.remove(session, learner_id, "theo yêu cầu")
    forget(course_at(kit, data), [learner_id])
    take_in(kit, folder, records, carried(database))
    for one in (data, folder):
        assert not list((one / "course").glob(f"*/{learner_id}"))
        with Gradebook(f"sqlite:///{one / 'course' / 'gradebook.db'}", "") as gradebook:
            assert [student.id for student in gradebook.students] == []
    with records.session(readonly=True) as session:
        (attempt,) = session.query(QuizAttempt).all()
        assert (attempt.score, attempt.answers, attempt.in_course) == (5, None, True)
