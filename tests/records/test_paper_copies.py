"""A printed copy of a quiz becomes one attempt, of somebody who was in the class."""

from datetime import timedelta

import pytest

from hocso.records import AttemptRefused, ClassRefused, attempts, classes, paper_copies

QUIZ = "ky-nang-so-04"


def question(name, *keys):
    options = [{"key": key, "text": f"Ý {key}"} for key in keys]
    return {"id": name, "kind": "one_choice", "prompt": "Chọn gì?", "view": {"options": options}}


SHEET = [question("answer_2", "b", "a"), question("answer_1", "a", "b", "c")]


@pytest.fixture
def copy(database, class_session, trainer, now):
    with database.session() as session:
        (copy,) = paper_copies.keep(
            session, class_session.id, QUIZ, {7: SHEET}, printed_by=trainer.id, now=now
        )
    return copy


@pytest.fixture
def enter(database, class_session, copy, trainer, now):
    def enter(learner_id, at=now):
        with database.session() as session:
            return paper_copies.enter(
                session,
                class_session.id,
                copy.code,
                learner_id,
                {"answer_1": "c", "answer_2": None},
                entered_by=trainer.id,
                now=at,
            )

    return enter


def test_what_is_typed_in_waits_for_grading_like_any_other(
    database, class_session, learner, trainer, copy, enter, now
):
    with database.session() as session:
        classes.check_in(session, class_session.id, learner.id, now)
        draft = attempts.current_attempt(session, learner.id, QUIZ)
    entered = enter(learner.id)
    assert (entered.state, entered.seed, entered.entered_by) == ("queued", 7, trainer.id)
    assert (entered.class_session_id, entered.submitted_at) == (class_session.id, now)
    with database.session() as session:
        assert attempts.claim_next(session).id == entered.id
        assert attempts.current_attempt(session, learner.id, QUIZ).id == draft.id
        found = paper_copies.find(session, class_session.id, f" {copy.code[:4].lower()}-{copy.code[4:]}")
    assert (found.learner.id, found.attempt.id) == (learner.id, entered.id)


def test_what_is_typed_in_days_later_counts_for_the_day_of_the_class(
    database, class_session, learner, enter, now
):
    with database.session() as session:
        classes.check_in(session, class_session.id, learner.id, now)
        classes.close_class(session, class_session.id, now + timedelta(hours=1))
    assert enter(learner.id, at=now + timedelta(days=2)).submitted_at == now + timedelta(hours=1)


def test_a_copy_is_typed_in_once(database, class_session, learner, enter, now):
    with database.session() as session:
        classes.check_in(session, class_session.id, learner.id, now)
    enter(learner.id)
    with pytest.raises(AttemptRefused, match="đã nhập rồi"):
        enter(learner.id)


def test_only_who_was_in_the_class_handed_in_there(learner, enter):
    with pytest.raises(ClassRefused, match="chưa có mặt"):
        enter(learner.id)


def test_letters_are_not_read_by_another_edition_of_the_quiz(copy):
    paper_copies.require_same_edition(copy, SHEET)
    corrected = [one | {"prompt": "Chọn ý nào?"} for one in SHEET]
    paper_copies.require_same_edition(copy, corrected)
    for changed in (
        SHEET[:1],
        SHEET[::-1],
        [question("answer_2", "a", "b"), SHEET[1]],
        [question("answer_2", "b", "a", "c"), SHEET[1]],
    ):
        with pytest.raises(AttemptRefused, match="không còn khớp"):
            paper_copies.require_same_edition(copy, changed)
