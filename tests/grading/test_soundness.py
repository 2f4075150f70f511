"""`hocso doctor --deep` compares nbgrader's course with the records, and mends what answers give again."""

import shutil
import sqlite3
from contextlib import closing

import pytest

from hocso import grading
from hocso.grading import soundness
from hocso.records import QuizAttempt, attempts, hamlets, open_database

from .conftest import PARTLY, QUIZ, RIGHT, points_in_gradebook, somebody


@pytest.fixture
def course(kit, data):
    """A learner with two graded attempts, in records and course."""
    database = open_database(data / "hocso.db")
    with database.session() as session:
        learner = somebody(session, hamlets.add(session, "Ấp Mẫu 1").id)
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
    [lost] = found(course)
    assert "1 lượt làm bài đã chấm mà không còn tệp" in lost.what
    lost.mend()
    assert found(course) == []
    assert points_in_gradebook(data, QUIZ, learner_id) == before
    with database.session(readonly=True) as session:
        assert session.get(QuizAttempt, attempt_id).score == 5.0


def in_attempt(name):
    return lambda course: course[1] / "course/attempts" / course[3] / QUIZ / course[4] / name


def of_best(step, name=f"{QUIZ}.ipynb"):
    return lambda course: course[1] / "course" / step / course[3] / QUIZ / name


def replaced(file, old, new):
    def harm(course):
        text = file(course).read_text()
        assert old in text
        file(course).unlink()
        file(course).write_text(text.replace(old, new))

    return harm


def gone(file):
    return lambda course: file(course).unlink()


def in_gradebook(statement):
    def harm(course):
        with closing(sqlite3.connect(course[1] / "course/gradebook.db")) as gradebook:
            assert gradebook.execute(statement).rowcount > 0
            gradebook.commit()

    return harm


FILES = "1 lượt làm bài có tệp trong course/attempts bị hỏng hoặc bị sửa."
PLACES = "1 bài có trong sổ điểm mà submitted, autograded không có đúng bài đó."
CELLS = "1 bài trong sổ điểm thiếu điểm của một số câu."
POINTS = "1 bài có điểm máy chấm trong sổ điểm khác điểm của bài tốt nhất."


@pytest.mark.parametrize(
    ("harm", "said"),
    {
        "an answer in the attempt": (replaced(in_attempt(f"{QUIZ}.ipynb"), "'b'", "'c'"), FILES),
        "half an attempt": (replaced(in_attempt(f"{QUIZ}.ipynb"), '"nbformat"', ""), FILES),
        "when it was handed in": (replaced(in_attempt("timestamp.txt"), "20", "19"), FILES),
        "half a marking": (replaced(in_attempt("marking.json"), "{", ""), FILES),
        "a higher score in the marking": (
            replaced(in_attempt("marking.json"), '"score": 5', '"score": 6'),
            FILES,
        ),
        "no submission": (gone(of_best("submitted")), PLACES),
        "an answer in the submission": (replaced(of_best("submitted"), "'b'", "'c'"), PLACES),
        "no autograded notebook": (gone(of_best("autograded")), PLACES),
        "half an autograded notebook": (replaced(of_best("autograded"), '"nbformat"', ""), PLACES),
        "points in the gradebook": (in_gradebook("UPDATE grade SET auto_score = 0"), POINTS),
        "points that are gone": (in_gradebook("DELETE FROM grade"), CELLS),
    }.values(),
)
def test_what_was_changed_in_the_course_is_said_and_made_again(course, harm, said):
    _, data, database, learner_id, attempt_id = course
    before = points_in_gradebook(data, QUIZ, learner_id)
    harm(course)
    [flaw] = found(course)
    assert (flaw.what, flaw.perhaps) == (said, False)
    flaw.mend()
    assert found(course) == []
    assert points_in_gradebook(data, QUIZ, learner_id) == before
    with database.session(readonly=True) as session:
        assert session.get(QuizAttempt, attempt_id).score == 5.0


def test_a_score_that_grading_again_does_not_give_is_said_as_what_may_be_right(course):
    """It may have been graded elsewhere, or the quiz been put right since: it stays."""
    _, _, database, _, attempt_id = course
    with database.session() as session:
        session.get(QuizAttempt, attempt_id).score = 4.0
    [flaw] = found(course)
    assert flaw.what == "1 lượt làm bài có điểm trong course/attempts khác điểm đã ghi."
    assert flaw.perhaps
    flaw.mend()
    with database.session(readonly=True) as session:
        assert session.get(QuizAttempt, attempt_id).score == 4.0


def test_a_lower_attempt_without_files_may_have_come_from_another_laptop(course):
    _, data, database, learner_id, attempt_id = course
    with database.session(readonly=True) as session:
        [lower] = [one.id for one in session.query(QuizAttempt) if one.id != attempt_id]
    shutil.rmtree(data / "course/attempts" / learner_id / QUIZ / lower)
    [flaw] = found(course)
    assert "1 lượt làm bài, không phải bài tốt nhất, không có tệp" in flaw.what
    assert flaw.perhaps
    flaw.mend()
    assert found(course) == []


def test_points_given_by_hand_are_as_they_should_be(course):
    in_gradebook("UPDATE grade SET manual_score = 0.5, extra_credit = 1, needs_manual_grade = 0")(course)
    assert found(course) == []


def test_a_lost_gradebook_is_made_again(course):
    _, data, _, learner_id, _ = course
    before = points_in_gradebook(data, QUIZ, learner_id)
    (data / "course/gradebook.db").unlink()
    [flaw] = found(course)
    assert "1 bài nộp đã chấm mà không có trong sổ điểm" in flaw.what
    flaw.mend()
    assert found(course) == []
    assert points_in_gradebook(data, QUIZ, learner_id) == before


def test_one_that_cannot_be_graded_again_holds_up_no_other(course, caplog):
    kit, data, _, _, attempt_id = course
    gone(in_attempt("marking.json"))(course)
    shutil.rmtree(data / "course/release")
    shutil.rmtree(kit / "quizzes/source" / QUIZ)
    [flaw] = found(course)
    flaw.mend()
    assert f"Chưa chấm lại được lượt {attempt_id}" in caplog.text
    assert len(found(course)) == 1


def test_a_lost_attempt_at_questions_that_are_no_more_is_said_and_its_score_stands(course):
    _, _, database, _, attempt_id = course
    gone(in_attempt("marking.json"))(course)
    with database.session() as session:
        attempt = session.get(QuizAttempt, attempt_id)
        attempt.answers = {**attempt.answers, "answer_cu": "a"}
        score = attempt.score
    [flaw] = found(course)
    assert flaw.perhaps and flaw.mend is None
    assert "đề cũ" in flaw.what and "điểm đã ghi giữ nguyên" in flaw.do
    with database.session(readonly=True) as session:
        assert session.get(QuizAttempt, attempt_id).score == score


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
