"""What happens to an answer on its way to the server, without a kernel's event loop."""

import pytest

from hocso import learn
from hocso.learn import session

OPTIONS = [learn.option("sai", why="lý do"), learn.option("đúng", right=True, why="lý do")]


def choose(exercise, text):
    exercise.check(exercise.form.key(text))


def test_in_a_trial_nothing_is_recorded_and_the_learner_is_told():
    exercise = learn.one_choice("bai", "Hỏi?", OPTIONS)
    choose(exercise, "đúng")
    assert exercise.saved == "trial"
    assert "không lưu" in exercise.notice
    assert exercise.learner_tag == "trial"


def test_an_answer_is_recorded_and_the_first_right_one_completes_once(office):
    exercise = learn.one_choice("bai", "Hỏi?", OPTIONS)
    for text in ("sai", "đúng", "sai", "đúng"):
        choose(exercise, text)
    assert [event["verb"] for event in office.committed] == [
        "answered",
        "answered",
        "completed",
        "answered",
        "answered",
    ]
    first = office.committed[0]
    assert first["exercise"] == "bai"
    assert first["occurred_at"].endswith("+00:00")
    assert first["result"] == {
        "response": "sai",
        "success": False,
        "tries": 1,
        "state": "trying",
        "feedback": {"title": "Chưa đúng.", "texts": ["lý do"]},
    }
    assert len({event["id"] for event in office.committed}) == 5
    assert exercise.saved == "saved"


@pytest.mark.parametrize(("status", "words"), [(500, "tự thử lại"), (507, "hết chỗ lưu")])
def test_an_event_that_was_not_committed_is_sent_again_under_its_id_before_later_ones(office, status, words):
    office.statuses["events"] = [status]
    exercise = learn.one_choice("bai", "Hỏi?", OPTIONS)
    choose(exercise, "sai")
    assert exercise.saved == "failed"
    assert words in exercise.notice
    choose(exercise, "đúng")
    assert [event["result"]["tries"] for event in office.committed] == [1, 2, 2]
    assert office.received["events"][0]["id"] == office.committed[0]["id"]
    assert exercise.saved == "saved"


def test_after_the_token_has_expired_nothing_more_is_sent(office):
    office.statuses["events"] = [401]
    exercise = learn.one_choice("bai", "Hỏi?", OPTIONS)
    choose(exercise, "sai")
    choose(exercise, "đúng")
    assert len(office.received["events"]) == 1
    assert exercise.saved == "expired"
    assert "Mở lại bài" in exercise.notice
    assert exercise.state == "done"


def test_an_event_that_the_server_refuses_does_not_hold_up_the_next(office):
    office.statuses["events"] = [422]
    exercise = learn.one_choice("bai", "Hỏi?", OPTIONS)
    choose(exercise, "sai")
    assert exercise.saved == "refused"
    choose(exercise, "đúng")
    assert [event["verb"] for event in office.committed] == ["answered", "completed"]


def test_being_sent_on_to_another_page_is_not_a_commit(office):
    office.statuses["events"] = [302]
    exercise = learn.one_choice("bai", "Hỏi?", OPTIONS)
    choose(exercise, "sai")
    assert exercise.saved == "failed"
    choose(exercise, "sai")
    assert [event["result"]["tries"] for event in office.committed] == [1, 2]


def test_a_commit_counts_whatever_its_text_says(office):
    exercise = learn.one_choice("bai", "Hỏi?", OPTIONS)
    office.garbled = b"<html>"
    choose(exercise, "sai")
    assert exercise.saved == "saved"


def test_a_forged_token_is_an_expired_one(office, monkeypatch):
    monkeypatch.setenv("HOCSO_TOKEN", "forged")
    exercise = learn.one_choice("bai", "Hỏi?", OPTIONS)
    assert exercise.saved == "expired"
    assert "Mở lại bài" in exercise.notice


def test_without_a_server_the_exercise_still_works_and_says_that_it_is_not_saved(monkeypatch):
    monkeypatch.setenv("HOCSO_API", "http://127.0.0.1:9/api")
    monkeypatch.setenv("HOCSO_TOKEN", "x")
    exercise = learn.one_choice("bai", "Hỏi?", OPTIONS)
    choose(exercise, "đúng")
    assert exercise.state == "done"
    assert exercise.saved == "failed"


def test_a_learner_who_comes_back_finds_what_they_did(office):
    office.state["exercises"] = {"bai": {"response": "sai", "state": "trying", "tries": 3, "feedback": {}}}
    exercise = learn.one_choice("bai", "Hỏi?", OPTIONS)
    assert exercise.response == exercise.form.key("sai")
    assert exercise.state == "trying"
    assert exercise.feedback["title"] == "Chưa đúng."
    assert exercise.feedback["solution"][0]["about"] == "đúng"
    assert exercise.scope == "thu/bai"
    choose(exercise, "đúng")
    assert office.committed[0]["result"]["tries"] == 4


def test_a_done_exercise_is_not_completed_again_after_a_restart(office):
    office.state["exercises"] = {"bai": {"response": "đúng", "state": "done", "tries": 1, "feedback": {}}}
    exercise = learn.one_choice("bai", "Hỏi?", OPTIONS)
    choose(exercise, "đúng")
    assert [event["verb"] for event in office.committed] == ["answered"]


def test_exercises_that_exist_already_are_restored_when_the_session_begins(office, monkeypatch):
    monkeypatch.delenv("HOCSO_TOKEN")
    exercise = learn.one_choice("bai", "Hỏi?", OPTIONS)
    assert exercise.learner_tag == "trial"
    office.state["learner_tag"] = "hv-1"
    office.state["exercises"] = {"bai": {"response": "đúng", "state": "done", "tries": 2, "feedback": {}}}
    session.begin(office.api, office.token)
    assert exercise.state == "done"
    assert exercise.learner_tag == "hv-1"
    choose(exercise, "sai")
    assert office.committed[0]["result"]["tries"] == 3


ODD_STATES = [
    {},
    {"response": "một ý đã bị xóa", "state": "trying", "tries": 2},
    {"response": ["sai"], "state": "lạ", "tries": "hai"},
    {"response": {"a": 1}, "state": None, "tries": -1, "feedback": 5},
    "not even an object",
]


@pytest.mark.parametrize("past", ODD_STATES, ids=repr)
def test_records_that_no_longer_fit_the_exercise_leave_it_open_to_be_answered(office, past):
    office.state["exercises"] = {"bai": past}
    exercise = learn.one_choice("bai", "Hỏi?", OPTIONS)
    assert exercise.response is None
    assert exercise.feedback == {}
    choose(exercise, "đúng")
    assert exercise.state == "done"
