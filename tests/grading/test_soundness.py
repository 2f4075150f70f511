"""`hocso doctor --deep` compares nbgrader's course with the records, and mends what answers give again."""

import shutil
import sqlite3
from contextlib import closing

import pytest

from hocso import grading
from hocso.grading import soundness
from hocso.records import QuizAttempt, attempts, hamlets, learners, open_database

from .conftest import PARTLY, QUIZ, RIGHT, points_in_gradebook


@pytest.fixture
def course(kit, data):
    """A learner with two graded attempts, in records and course."""
    database = open_database(data / "hocso.db")
    with database.session() as session:
        learner = learners.register(
            session,
            full_name="Nguyễn Thị Mẫu",
            birth_year=1970,
            hamlet_id=hamlets.add(session, "Ấp Mẫu 1").id,
            group="nguoi-dan",
            pin="2580",
            consent_wording="Đồng ý",
        )
    for answers in (PARTLY, RIGHT):
        with database.session() as session:
            attempt = attempts.current_attempt(session, learner.id, QUIZ)
            attempts.submit(session, attempt.id, learner.id, answers)
        marking = grading.grade(
            kit,
            data,
            quiz_id=QUIZ,
            learner_id=learner.id,
            attempt_id=attempt.id,
            answers=answers,
            submitted_at=attempt.submitted_at,
            learner_code=learner.code,
        )
        with database.session() as session:
            attempts.record_score(session, attempt.id, marking.score, marking.max_score, [], True)
    yield kit, data, database, learner.id, attempt.id
    database.close()


def found(course):
    return list(soundness.flaws(*course[:3]))


def test_a_lost_gradebook_row_and_lost_files_are_said_and_made_again(course):
    _, data, database, learner_id, attempt_id = course
    assert found(course) == []
    before = points_in_gradebook(data, QUIZ, learner_id)
    with closing(sqlite3.connect(data / "course/gradebook.db")) as gradebook:
        gradebook.execute("DELETE FROM submitted_assignment")
        gradebook.commit()
    shutil.rmtree(data / "course/attempts" / learner_id / QUIZ / attempt_id)
    lost, unlisted = found(course)
    assert "1 lượt làm bài đã chấm mà không còn tệp" in lost.what
    assert "1 bài nộp đã chấm mà không có trong sổ điểm" in unlisted.what
    lost.mend()
    unlisted.mend()
    assert found(course) == []
    assert points_in_gradebook(data, QUIZ, learner_id) == before
    with database.session(readonly=True) as session:
        assert session.get(QuizAttempt, attempt_id).score == 5.0


def test_what_the_records_do_not_know_is_said_and_left_alone(course):
    _, data, database, learner_id, _ = course
    with database.session() as session:
        for one in session.query(QuizAttempt):
            one.state, one.score = "draft" if one.score == 5.0 else "failed", None
    [flaw] = found(course)
    assert "1 lượt làm bài trên ổ đĩa, 0 bài trong sổ điểm" in flaw.what
    assert flaw.mend is None
    assert (data / "course/submitted" / learner_id / QUIZ).is_dir()


def test_a_damaged_gradebook_is_said(course):
    (course[1] / "course/gradebook.db").write_bytes(b"no gradebook")
    [flaw] = found(course)
    assert "gradebook.db" in flaw.what and "hocso restore" in flaw.do
