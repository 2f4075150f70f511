import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from hocso.records import AttemptRefused, Event, QuizAttempt, attempts, events, settings

QUIZ = "ky-nang-so-04"


@pytest.fixture
def draft(database, learner, now):
    with database.session() as session:
        return attempts.current_attempt(session, learner.id, QUIZ, now=now)


@pytest.fixture
def submitted(database, learner, draft, now):
    with database.session() as session:
        return attempts.submit(session, draft.id, learner.id, {"answer_1": "a"}, now=now)


def in_threads(call, number=8):
    barrier, results = threading.Barrier(number), []

    def run():
        barrier.wait()
        results.append(call())

    threads = [threading.Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def graded(database, learner, score, now, max_score=10.0):
    """A graded attempt of the learner."""
    with database.session() as session:
        draft = attempts.current_attempt(session, learner.id, QUIZ, now=now)
        attempts.submit(session, draft.id, learner.id, {}, now=now)
    with database.session() as session:
        passed = attempts.passes(session, score, max_score)
        return attempts.record_score(session, draft.id, score, max_score, [], passed, now=now)


def score_events(database):
    with database.session(readonly=True) as session:
        return session.execute(
            select(Event.verb, Event.share, Event.quiz_id, Event.occurred_at).where(Event.share.is_not(None))
        ).all()


def test_there_is_one_draft_until_it_is_submitted(database, learner, draft, now):
    with database.session() as session:
        assert attempts.current_attempt(session, learner.id, QUIZ).id == draft.id
        attempts.submit(session, draft.id, learner.id, {}, now=now)
        fresh = attempts.current_attempt(session, learner.id, QUIZ)
    assert fresh.id != draft.id and fresh.state == "draft"


def test_a_quiz_opened_in_many_tabs_at_once_has_one_draft(database, learner):
    def open_quiz():
        with database.session() as session:
            return attempts.current_attempt(session, learner.id, QUIZ).id

    assert len(set(in_threads(open_quiz))) == 1


def test_a_draft_follows_the_class_it_is_worked_at_in(database, learner, draft, class_session):
    with database.session() as session:
        attempts.current_attempt(session, learner.id, QUIZ, class_session.id)
    with database.session(readonly=True) as session:
        assert session.get(QuizAttempt, draft.id).class_session_id == class_session.id


def test_a_draft_for_nobody_is_refused(database):
    with database.session() as session, pytest.raises(AttemptRefused):
        attempts.current_attempt(session, "nobody", QUIZ)


def test_draft_answers_come_back_as_they_were_last(database, learner, draft, now):
    with database.session() as session:
        for seconds, question, response in (
            (1, "answer_1", "a"),
            (3, "answer_1", "b"),
            (2, "answer_2", ["c"]),
        ):
            events.append(
                session,
                id=str(uuid4()),
                learner_id=learner.id,
                lesson_id="ky-nang-so/otp",
                quiz_id=QUIZ,
                verb="progressed",
                exercise_id=question,
                attempt_id=draft.id,
                result={"response": response, "attempt": draft.id},
                occurred_at=now + timedelta(seconds=seconds),
                now=now + timedelta(minutes=1),
            )
        assert attempts.drafts(session, draft.id) == {"answer_1": "b", "answer_2": ["c"]}


def test_submitting_again_changes_nothing(database, learner, submitted, now):
    with database.session() as session:
        again = attempts.submit(session, submitted.id, learner.id, {"answer_1": "z"}, now=now + timedelta(1))
    assert (again.state, again.answers, again.submitted_at) == ("queued", {"answer_1": "a"}, now)


def test_a_double_submission_at_once_is_queued_once(database, learner, draft):
    answers = iter({"answer_1": str(number)} for number in range(8))

    def submit():
        mine = next(answers)
        with database.session() as session:
            return attempts.submit(session, draft.id, learner.id, mine).answers["answer_1"]

    assert len(set(in_threads(submit))) == 1
    with database.session() as session:
        assert session.scalar(select(func.count()).where(QuizAttempt.state == "queued")) == 1
        assert attempts.claim_next(session).id == draft.id
        assert attempts.claim_next(session) is None


def test_the_attempt_of_another_learner_can_not_be_submitted(database, register, draft):
    other = register("Trần Thị Lan")
    with database.session() as session, pytest.raises(AttemptRefused):
        attempts.submit(session, draft.id, other.id, {})
    with database.session() as session, pytest.raises(AttemptRefused):
        attempts.submit(session, str(uuid4()), other.id, {})


@pytest.mark.parametrize("answers", [["a"], {"answer_1": float("inf")}, {"answer_1": "x" * 300_000}])
def test_answers_that_can_not_be_kept_are_refused_and_the_draft_stays(database, learner, draft, answers):
    with database.session() as session, pytest.raises(AttemptRefused):
        attempts.submit(session, draft.id, learner.id, answers)
    with database.session(readonly=True) as session:
        assert session.get(QuizAttempt, draft.id).state == "draft"


def test_the_one_that_waited_longest_is_graded_first(database, register, now):
    ids = []
    for minutes, name in ((2, "Trần Thị Lan"), (1, "Lê Văn Bé")):
        one = register(name)
        with database.session() as session:
            attempt = attempts.current_attempt(session, one.id, QUIZ)
            attempts.submit(session, attempt.id, one.id, {}, now=now + timedelta(minutes=minutes))
            ids.append(attempt.id)
    with database.session() as session:
        assert [attempts.claim_next(session).id, attempts.claim_next(session).id] == ids[::-1]


def test_two_workers_never_get_the_same_attempt(database, submitted):
    def claim():
        with database.session() as session:
            claimed = attempts.claim_next(session)
            return claimed and claimed.id

    assert [claimed for claimed in in_threads(claim, 4) if claimed] == [submitted.id]


def test_what_a_dead_worker_left_is_graded_again(database, submitted):
    with database.session() as session:
        attempts.claim_next(session)
    with database.session() as session:
        assert attempts.release_stale(session) == 1
        assert attempts.claim_next(session).id == submitted.id


def test_what_a_living_worker_has_just_claimed_can_be_left_to_it(database, submitted, now):
    with database.session() as session:
        attempts.claim_next(session, now=now)
        assert attempts.release_stale(session, claimed_before=now - timedelta(minutes=5)) == 0
        assert attempts.release_stale(session, claimed_before=now + timedelta(minutes=5)) == 1


def test_a_score_is_kept_and_becomes_one_event_at_the_time_of_submission(database, submitted, now):
    questions = [{"question": "answer_1", "points": 1.0}]
    for score in (8, 3):
        with database.session() as session:
            kept = attempts.record_score(
                session, submitted.id, score, 10, questions, score >= 7, now=now + timedelta(hours=1)
            )
    assert (kept.state, kept.score, kept.max_score, kept.passed) == ("graded", 8.0, 10.0, True)
    assert kept.questions == questions and kept.graded_at == now + timedelta(hours=1)
    assert score_events(database) == [("passed", 0.8, QUIZ, now)]


def test_a_draft_gets_no_score(database, draft):
    with database.session() as session, pytest.raises(AttemptRefused):
        attempts.record_score(session, draft.id, 1, 1, [], True)


def test_a_grading_that_failed_keeps_the_answers_and_can_be_tried_again(database, submitted):
    with database.session() as session:
        attempts.claim_next(session)
        attempts.record_failure(session, submitted.id, "Không chấm được.")
    with database.session() as session:
        failed = session.get(QuizAttempt, submitted.id)
        assert (failed.state, failed.message, failed.answers) == (
            "failed",
            "Không chấm được.",
            {"answer_1": "a"},
        )
        assert attempts.retry(session, submitted.id) is True
        assert attempts.retry(session, submitted.id) is False
        assert attempts.claim_next(session).message is None
    assert score_events(database) == []


def test_the_best_attempt_counts_and_the_earliest_of_equals(database, learner, now):
    for minutes, score in enumerate((5, 9, 6, 9)):
        graded(database, learner, score, now + timedelta(minutes=minutes))
    with database.session(readonly=True) as session:
        best = attempts.best(session, learner.id, QUIZ)
        assert (best.score, best.submitted_at) == (9.0, now + timedelta(minutes=1))
        assert [one.score for one in attempts.history(session, learner.id, QUIZ)] == [9.0, 6.0, 9.0, 5.0]
        assert attempts.best(session, learner.id, "another-quiz") is None


@pytest.mark.parametrize(
    ("score", "max_score", "passes"),
    [(7, 10, True), (6.99, 10, False), (0.1 * 3 + 0.4, 1, True), (0, 0, False)],
)
def test_the_pass_mark_is_seven_tenths(database, score, max_score, passes):
    with database.session(readonly=True) as session:
        assert attempts.passes(session, score, max_score) is passes


def test_the_pass_mark_is_a_setting(database):
    with database.session() as session:
        settings.put(session, "pass_mark", 0.5)
        assert attempts.passes(session, 5, 10)


def test_a_learner_is_told_how_many_submissions_come_first(database, learner, register, now):
    waiting = []
    for minute, one in enumerate((register("Trần Thị Một"), register("Trần Thị Hai"), learner)):
        with database.session() as session:
            draft = attempts.current_attempt(session, one.id, QUIZ, now=now)
            moment = now + timedelta(minutes=minute)
            waiting.append(attempts.submit(session, draft.id, one.id, {}, now=moment))

    def ahead():
        with database.session(readonly=True) as session:
            return [attempts.ahead(session, attempts.get(session, one.id, one.learner_id)) for one in waiting]

    assert ahead() == [0, 1, 2]
    with database.session() as session:
        attempts.claim_next(session, now=now)
    assert ahead() == [0, 1, 2]
    with database.session() as session:
        attempts.record_score(session, waiting[0].id, 1, 1, [], True, now=now)
    assert ahead() == [0, 0, 1]
