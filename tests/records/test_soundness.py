"""`hocso doctor --deep` says what is off in the records, and mends what can be derived."""

import sqlite3
from datetime import timedelta

import pytest

from hocso.records import (
    Event,
    QuizAttempt,
    RosterImport,
    StorageDamaged,
    accounts,
    attempts,
    expected,
    merging,
    open_database,
    removal,
    settings,
    soundness,
)
from tests.records.conftest import NOW

QUIZ = "ky-nang-so-04"


@pytest.fixture
def whole(database, database_url, catalogue, learner, class_session):
    """Records with a completed lesson, and another learner's pass; nothing is off."""
    if not hasattr(database_url, "exists"):
        pytest.skip("breaks a SQLite file")
    with database.session() as session:
        for exercise in ("mot", "hai"):
            session.add(event(learner, exercise, "completed", "ky-nang-so/otp"))
        attempt = attempts.current_attempt(session, learner.id, QUIZ, now=NOW)
        attempts.submit(session, attempt.id, learner.id, {"answer_1": "a"}, now=NOW)
        attempts.record_score(session, attempt.id, 9, 10, [], True, now=NOW)
    assert found(database, catalogue) == []
    return database


def event(learner, exercise, verb, lesson):
    return Event(
        id=f"{exercise}-{verb}",
        learner_id=learner.id,
        lesson_id=lesson,
        exercise_id=exercise,
        verb=verb,
        occurred_at=NOW,
        recorded_at=NOW,
    )


def found(database, catalogue, now=NOW):
    return list(soundness.flaws(database, catalogue, now))


def break_it(database, statement, *values):
    """As another program would, that knows nothing of keys."""
    with sqlite3.connect(database.engine.url.database) as connection:
        connection.execute(statement, values)


def test_a_score_without_its_event_is_said_and_written_again(whole, catalogue):
    break_it(whole, "DELETE FROM events WHERE verb = 'passed'")
    flaws = found(whole, catalogue)
    assert "1 lượt làm bài đã chấm mà thiếu sự kiện" in flaws[0].what
    flaws[0].mend()
    assert found(whole, catalogue) == []
    with whole.session(readonly=True) as session:
        [again] = session.query(Event).where(Event.verb == "passed")
        assert (again.share, again.occurred_at) == (0.9, NOW)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET verb = 'failed' WHERE verb = 'passed'",
        "UPDATE events SET share = 0.7 WHERE verb = 'passed'",
        "UPDATE events SET quiz_id = 'nghi-quyet-57-03' WHERE verb = 'passed'",
    ],
)
def test_an_event_that_says_another_than_its_attempt_is_written_again(whole, catalogue, statement):
    break_it(whole, statement)
    [flaw] = [one for one in found(whole, catalogue) if "khác với lượt làm bài" in one.what]
    flaw.mend()
    assert found(whole, catalogue) == []
    with whole.session(readonly=True) as session:
        [again] = session.query(Event).where(Event.verb.in_(("passed", "failed")))
        assert (again.verb, again.share, again.quiz_id) == ("passed", 0.9, QUIZ)


def test_no_event_is_made_from_a_score_that_is_not_that_of_its_questions(whole, catalogue):
    break_it(whole, """UPDATE quiz_attempts SET score = 10, questions = '[{"points": 4}, {"points": 5}]'""")
    [flaw] = found(whole, catalogue)
    assert flaw.what == "1 lượt làm bài có điểm khác tổng điểm các câu."
    assert flaw.mend is None


def test_scores_of_nobody_hold_up_no_mending(whole, catalogue, register):
    other = register("Trần Thị Khác")
    with whole.session() as session:
        attempt = attempts.current_attempt(session, other.id, QUIZ, now=NOW)
        attempts.submit(session, attempt.id, other.id, {"answer_1": "a"}, now=NOW)
        attempts.record_score(session, attempt.id, 8, 10, [], True, now=NOW)
    break_it(whole, "DELETE FROM events WHERE verb = 'passed'")
    break_it(whole, "DELETE FROM learners WHERE id = ?", other.id)
    for flaw in found(whole, catalogue):
        if flaw.mend:
            flaw.mend()
    assert [one.what[:6] for one in found(whole, catalogue)] == ["Bảng q"]


def test_a_pass_that_no_pass_mark_explains_is_said(whole, catalogue):
    """But what was judged by another mark of its day stays as it was judged."""
    with whole.session() as session:
        settings.put(session, "pass_mark", 0.95)
    assert found(whole, catalogue) == []
    break_it(whole, "UPDATE quiz_attempts SET passed = 0, score = 10")
    break_it(whole, "UPDATE events SET verb = 'failed', share = 1 WHERE verb = 'passed'")
    [flaw] = found(whole, catalogue)
    assert "1 lượt làm bài có kết quả đạt hay chưa đạt không theo mức đạt" in flaw.what
    assert flaw.perhaps and flaw.mend is None


def test_a_fail_above_the_mark_that_always_held_is_said(whole, catalogue):
    break_it(whole, "UPDATE quiz_attempts SET passed = 0")
    break_it(whole, "UPDATE events SET verb = 'failed' WHERE verb = 'passed'")
    [flaw] = found(whole, catalogue)
    assert "không theo mức đạt của xã (70%)" in flaw.what


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE quiz_attempts SET state = 'queued'", "không có lượt làm bài đã chấm"),
        ("DELETE FROM learners", "trỏ tới dòng không có trong bảng learners"),
        ("UPDATE quiz_attempts SET answers = NULL", "không có câu trả lời"),
        ("UPDATE learners SET pin_hash = 'hỏng'", "1 người có mã PIN mà máy không đọc được"),
        ("UPDATE accounts SET password_hash = 'x'", "Mật khẩu của tài khoản lan không đọc được"),
        ("UPDATE learners SET merged_into = id", "gộp mà không có quyết định"),
    ],
)
def test_what_another_program_broke_is_said_with_what_to_do(whole, catalogue, statement, words):
    break_it(whole, statement)
    flaws = [one for one in found(whole, catalogue) if words in one.what]
    assert flaws
    assert flaws[0].do.endswith((".", "restore", "lan"))


def test_an_index_that_no_longer_fits_its_table_is_said(whole, catalogue):
    with sqlite3.connect(whole.engine.url.database) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "UPDATE sqlite_master SET sql = replace(sql, 'state, submitted_at', 'submitted_at, state')"
            " WHERE name = 'ix_quiz_attempts_state_submitted_at'"
        )
    again = open_database(whole.engine.url.database)
    [flaw] = found(again, catalogue)
    again.close()
    assert "Tệp hocso.db bị hỏng ở" in flaw.what and "hocso restore" in flaw.do


def test_who_was_merged_by_a_decision_is_no_flaw_and_by_none_is_one(whole, catalogue, learner, register, now):
    other = register("Trần Thị Khác")
    with whole.session() as session:
        merging.decide(session, learner.id, other.id, "same", keep_id=learner.id, now=now)
    assert found(whole, catalogue) == []
    break_it(whole, "UPDATE twin_decisions SET decision = 'apart', keep_id = NULL")
    [flaw] = found(whole, catalogue)
    assert flaw.what.startswith("1 người được gộp mà không có quyết định")


def test_a_name_that_a_roster_left_on_a_list_is_said_and_taken_off(whole, catalogue, learner, class_session):
    with whole.session() as session:
        taken = RosterImport(file_name="ds.xlsx", imported_at=NOW, counts={})
        session.add(taken)
        session.flush()
        expected.add(session, class_session.id, [learner.id], roster_import_id=taken.id, now=NOW)
    assert found(whole, catalogue) == []
    break_it(whole, "UPDATE roster_imports SET undone_at = imported_at")
    [flaw] = found(whole, catalogue)
    assert "1 tên còn trong danh sách của lớp" in flaw.what
    flaw.mend()
    assert found(whole, catalogue) == []
    with whole.session(readonly=True) as session:
        assert expected.people(session, class_session.id) == []


def test_two_open_classes_of_one_code_are_said(whole, catalogue):
    break_it(whole, "DROP INDEX uq_class_sessions_open_code")
    break_it(
        whole,
        "INSERT INTO class_sessions (id, code, trainer_id, place, date) "
        "SELECT 'hai', code, trainer_id, place, date FROM class_sessions",
    )
    [flaw] = found(whole, catalogue)
    assert "đang dùng cho nhiều lớp" in flaw.what


def test_a_submission_that_a_dead_grader_holds_goes_back_into_the_queue(whole, catalogue, learner):
    with whole.session() as session:
        draft = attempts.current_attempt(session, learner.id, QUIZ, now=NOW)
        attempts.submit(session, draft.id, learner.id, {"answer_1": "a"}, now=NOW)
        attempts.claim_next(session, now=NOW)
    assert found(whole, catalogue, NOW + timedelta(minutes=50)) == []
    [flaw] = found(whole, catalogue, NOW + timedelta(days=1))
    assert "1 bài nộp được lấy ra chấm" in flaw.what
    flaw.mend()
    with whole.session(readonly=True) as session:
        assert session.get(QuizAttempt, draft.id).state == "queued"


def test_who_was_removed_is_nothing_that_is_off(whole, catalogue, learner):
    with whole.session() as session:
        removal.remove(session, learner.id, "asked", now=NOW)
    assert found(whole, catalogue) == []


def test_an_account_that_is_closed_or_of_another_laptop_is_nothing_that_is_off(whole, catalogue, trainer):
    with whole.session() as session:
        accounts.close(session, trainer.id)
    assert found(whole, catalogue) == []


def test_completions_that_come_out_differently_are_said(whole, catalogue, monkeypatch):
    real = soundness.completion_rows
    monkeypatch.setattr(soundness, "completion_rows", lambda *given: real(*given).assign(completed=False))
    [flaw] = found(whole, catalogue)
    assert "khác nhau ở 1 chỗ" in flaw.what


def test_a_damaged_file_is_said_and_nothing_else_is_looked_for(whole, catalogue):
    file = whole.engine.url.database
    whole.close()
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        page = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'events'").fetchone()[0]
        size = connection.execute("PRAGMA page_size").fetchone()[0]
    connection.close()
    with open(file, "r+b") as raw:
        raw.seek((page - 1) * size + size // 2)
        raw.write(b"\xff" * (size // 2))
    again = open_database(file)
    try:
        [flaw] = found(again, catalogue)
        assert "bị hỏng" in flaw.what and "hocso restore" in flaw.do
    except StorageDamaged as error:
        assert "hỏng" in str(error)
    again.close()
