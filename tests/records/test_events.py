import json
import threading
import unicodedata
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from hocso.records import Event, EventRefused, attempts, events

LESSON = "ky-nang-so/otp"


@pytest.fixture
def append(database, learner, now):
    """Appends an event in its own transaction, with what is not said filled in."""

    def append(**said):
        said = {
            "id": str(uuid4()),
            "learner_id": learner.id,
            "lesson_id": LESSON,
            "verb": "answered",
            "occurred_at": now,
            "now": now,
            **said,
        }
        with database.session() as session:
            return events.append(session, **said)

    return append


def count(database):
    with database.session(readonly=True) as session:
        return session.scalar(select(func.count()).select_from(Event))


def test_the_same_event_twice_counts_once(database, append):
    event_id = str(uuid4())
    assert append(id=event_id, result={"response": "a"}) is True
    assert append(id=event_id, result={"response": "b"}) is False
    with database.session(readonly=True) as session:
        assert session.get(Event, event_id).result == {"response": "a"}
    assert count(database) == 1


def test_the_same_event_from_many_threads_counts_once(database, append):
    event_id, new = str(uuid4()), []
    barrier = threading.Barrier(8)

    def send():
        barrier.wait()
        new.append(append(id=event_id))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(new) == [False] * 7 + [True]
    assert count(database) == 1


def test_a_repeated_event_leaves_the_rest_of_the_transaction(database, learner, append, now):
    event_id = str(uuid4())
    append(id=event_id)
    said = {"learner_id": learner.id, "lesson_id": LESSON, "verb": "answered", "occurred_at": now}
    with database.session() as session:
        assert events.append(session, id=str(uuid4()), **said)
        assert not events.append(session, id=event_id, **said)
        assert events.append(session, id=str(uuid4()), **said)
    assert count(database) == 3


def test_the_id_of_another_learners_event_is_refused(append, register):
    event_id = str(uuid4())
    append(id=event_id)
    with pytest.raises(EventRefused, match="người học khác"):
        append(id=event_id, learner_id=register("Trần Thị Lan").id)


@pytest.mark.parametrize(
    "said",
    [
        {"verb": "hacked"},
        {"verb": "passed"},
        {"verb": "failed"},
        {"id": "no uuid"},
        {"id": None},
        {"learner_id": "nobody"},
        {"lesson_id": ""},
        {"lesson_id": "a\0b"},
        {"exercise_id": "x" * 101},
        {"class_session_id": "nowhere"},
        {"attempt_id": "b2c8a9c8-7a5c-4d0c-8f0a-6a5d6f0f6f00"},
        {"attempt_id": ["not", "an", "id"]},
        {"result": ["a list"]},
        {"result": {"response": float("nan")}},
        {"result": {"response": "\ud800"}},
        {"result": {"response": object()}},
        {"result": {"response": json.loads("[" * 31 + "]" * 31)}},
        {"occurred_at": datetime(2026, 11, 24)},
        {"occurred_at": "2026-11-24"},
    ],
)
def test_what_must_not_be_recorded_is_refused(database, append, said):
    with pytest.raises(EventRefused):
        append(**said)
    assert count(database) == 0


def test_a_result_may_have_32_kib_and_no_more(append):
    fits = {"response": "ế" * ((32 * 1024 - len('{"response": ""}')) // 3)}
    assert append(result=fits)
    with pytest.raises(EventRefused, match="32 KiB"):
        append(result={"response": fits["response"] + "ế"})


def test_text_in_results_is_composed(database, append):
    event_id = str(uuid4())
    decomposed = unicodedata.normalize("NFD", "Lúa")
    append(id=event_id, result={"response": [decomposed, {decomposed: 1}], "state": "trying"})
    with database.session(readonly=True) as session:
        assert session.get(Event, event_id).result["response"] == ["Lúa", {"Lúa": 1}]


def test_an_event_from_the_future_is_put_at_now(database, append, now):
    event_id = str(uuid4())
    append(id=event_id, occurred_at=now + timedelta(days=400))
    with database.session(readonly=True) as session:
        assert session.get(Event, event_id).occurred_at == now


def test_an_attempt_of_another_learner_is_refused(database, append, register, now):
    other = register("Trần Thị Lan")
    with database.session() as session:
        attempt = attempts.current_attempt(session, other.id, "ky-nang-so-04", now=now)
    with pytest.raises(EventRefused, match="không phải của người học này"):
        append(verb="progressed", attempt_id=attempt.id)


def test_exercises_come_back_as_they_were_last(database, learner, append, now):
    def answer(seconds, **said):
        append(occurred_at=now - timedelta(minutes=10) + timedelta(seconds=seconds), **said)

    trying = {"response": "a", "success": False, "tries": 1, "state": "trying", "feedback": "Chưa đúng"}
    trying |= {"press": "lan-1"}
    done = {"response": "b", "success": True, "tries": 2, "state": "done", "feedback": "Đúng rồi"}
    done |= {"press": "lan-2"}
    answer(2, exercise_id="mot", result=done)
    answer(1, exercise_id="mot", result=trying)
    answer(3, exercise_id="mot", verb="completed", result={"state": "done"})
    answer(4, exercise_id="hai", result=trying)
    answer(5, exercise_id="ba", result={"success": True})
    answer(6, exercise_id="answer_1", quiz_id="ky-nang-so-04", result=done)
    answer(7, exercise_id="mot", lesson_id="ky-nang-so/wifi", result=trying)
    with database.session(readonly=True) as session:
        states = events.exercise_states(session, learner.id, LESSON)
    assert states == {
        "mot": {
            "response": "b",
            "tries": 2,
            "state": "done",
            "feedback": "Đúng rồi",
            "presses": ["lan-1", "lan-2"],
        },
        "hai": {
            "response": "a",
            "tries": 1,
            "state": "trying",
            "feedback": "Chưa đúng",
            "presses": ["lan-1"],
        },
    }


def test_the_place_is_the_step_reached_last(database, learner, append, now):
    for seconds, step in ((1, "tinh-huong"), (3, "lam-thu"), (2, "la-gi")):
        moment = now - timedelta(minutes=1) + timedelta(seconds=seconds)
        append(verb="progressed", result={"step": step}, occurred_at=moment)
    append(verb="progressed", exercise_id="mot", result={"step": "kiem-tra"})
    with database.session(readonly=True) as session:
        assert events.place(session, learner.id, LESSON) == "lam-thu"
        assert events.place(session, learner.id, "ky-nang-so/wifi") is None
