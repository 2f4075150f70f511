"""What kernels report: committed before it is acknowledged, once each, and only for their own learner."""

import json
import threading
import time
import uuid
from datetime import UTC, datetime, timedelta

import pytest
import requests
from itsdangerous import URLSafeTimedSerializer

from hocso.learn.api import Reply
from hocso.learn.recorder import outcome
from hocso.records import Event, QuizAttempt, attempts
from hocso.web.app import server_secret
from hocso.web.limits import ALLOWANCES
from hocso.web.state import learner_tag
from hocso.web.tokens import KernelTokens, Pass, TokenExpired
from tests.conftest import Visitor, kernel_in, sealed, token_of_kernel

LESSON = "ky-nang-so/mat-khau-va-otp"
QUIZ = "ky-nang-so-04"


class Kernel:
    """Speaks to the API as a learner's kernel does."""

    def __init__(self, server, learner_id, quiz_id=None):
        self.server = server
        self.token = token_of_kernel(server, Pass(learner_id, LESSON, quiz_id))

    def send(self, path, body, token=None):
        return requests.post(
            f"{self.server.url}/api/{path}",
            data=body if isinstance(body, bytes | str) else json.dumps(body),
            headers={"Authorization": f"Bearer {token or self.token}"},
        )

    def state(self):
        answer = requests.get(
            f"{self.server.url}/api/state", headers={"Authorization": f"Bearer {self.token}"}
        )
        return answer.json()


def event(**changes):
    return {
        "id": str(uuid.uuid4()),
        "verb": "answered",
        "exercise": "co-sau-lam-gi",
        "occurred_at": datetime.now(UTC).isoformat(),
        "result": {"response": "x", "success": True, "state": "done", "tries": 1},
    } | changes


def stored(server, event_id):
    with server.database().session(readonly=True) as session:
        return session.get(Event, event_id)


@pytest.fixture
def learner(visitor):
    return visitor().register(
        f"Người Học {uuid.uuid4().hex.translate(str.maketrans('0123456789', 'ghijklmnop'))}"
    )


def test_an_event_is_in_the_database_when_it_is_acknowledged(server, learner):
    one = event()
    answer = Kernel(server, learner).send("events", one)
    assert answer.status_code == 201
    kept = stored(server, one["id"])
    assert (kept.learner_id, kept.lesson_id, kept.verb) == (learner, LESSON, "answered")


def test_what_is_nested_without_end_is_refused_and_the_lesson_still_opens(server, visitor):
    one = visitor()
    kernel = Kernel(server, one.register("Lê Văn Sâu"))
    for levels in (100, 900, 30_000):
        nested = "[" * levels + "]" * levels
        body = json.dumps(event()).replace('"response": "x"', f'"response": {nested}')
        assert kernel.send("events", body).status_code in (400, 422)
        assert kernel.send("events", nested).status_code == 400
    assert one.see(f"/hoc/{LESSON}").ok


def test_the_same_event_twice_counts_once(server, learner):
    kernel, one = Kernel(server, learner), event()
    assert kernel.send("events", one).status_code == 201
    assert kernel.send("events", one | {"result": {"response": "other"}}).status_code == 200
    assert stored(server, one["id"]).result["response"] == "x"


def test_one_who_sends_without_end_fills_no_disk_and_others_are_not_held_up(server, visitor):
    one, other = visitor(), visitor()
    mine = one.register("Người Gửi Mãi")
    kernel, kernel_of_other = Kernel(server, mine), Kernel(server, other.register("Người Học Bên Cạnh"))
    large = event(result={"response": "x" * 60_000})

    first = server.catalogue.lesson(LESSON).steps[0].id

    until_stopped(lambda: kernel.send("events", large))
    stopped = until_stopped(lambda: kernel.send("events", event()))
    assert outcome(Reply(429, stopped.json())) == "unreachable"  # sent again later, not lost
    assert (
        "tự gửi lại" in until_stopped(lambda: one.reach(LESSON, first, learner_tag(mine))).json()["message"]
    )
    assert kernel_of_other.send("events", event()).status_code == 201


def until_stopped(send):
    """The answer that says that it was too much."""
    for _ in range(ALLOWANCES["events"].at_once):
        answer = send()
        if answer.status_code == 429:
            return answer
    pytest.fail("never stopped")


def test_a_learner_who_comes_back_finds_their_answers(server, learner):
    kernel = Kernel(server, learner)
    kernel.send("events", event())
    assert kernel.state()["exercises"]["co-sau-lam-gi"]["state"] == "done"


def test_the_state_names_nobody(server, learner):
    state = Kernel(server, learner).state()
    assert learner not in json.dumps(state)
    assert "Người Học" not in json.dumps(state, ensure_ascii=False)


def test_a_forged_token_writes_nothing(server, learner):
    one = event()
    kernel = Kernel(server, learner)
    for token in ("x", kernel.token[:-3] + "abc", URLSafeTimedSerializer("other").dumps({})):
        answer = kernel.send("events", one, token)
        assert answer.status_code == 403
        assert answer.json()["message"] == "Phiên học không hợp lệ. Mời bà con mở lại bài."
    assert requests.post(f"{server.url}/api/events", json=one).status_code == 403
    assert stored(server, one["id"]) is None


def test_a_token_is_no_use_after_its_hours(server, learner, monkeypatch):
    hours_ago = time.time() - 5 * 3600
    with monkeypatch.context() as patched:
        patched.setattr(time, "time", lambda: hours_ago)
        kernel = Kernel(server, learner)
    answer = kernel.send("events", event())
    assert answer.status_code == 401
    assert answer.json()["message"] == "Phiên học đã hết hạn. Mời bà con mở lại bài."


def test_an_event_for_another_learner_is_refused(server, visitor, learner):
    other = visitor().register("Người Khác Nữa")
    one = event(learner=other)
    assert Kernel(server, learner).send("events", one).status_code == 403
    assert stored(server, one["id"]) is None


def test_an_event_id_of_another_learner_is_refused(server, visitor, learner):
    other, one = visitor().register("Người Khác Hẳn"), event()
    assert Kernel(server, learner).send("events", one).status_code == 201
    assert Kernel(server, other).send("events", one).status_code == 422
    assert stored(server, one["id"]).learner_id == learner


@pytest.mark.parametrize("verb", ["passed", "failed", "deleted", None, 5])
def test_nobody_can_report_their_own_pass(server, learner, verb):
    answer = Kernel(server, learner).send("events", event(verb=verb))
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("{", 400),
        ("[]", 400),
        ("{}", 422),
        (json.dumps(event(id="1")), 422),
        (json.dumps(event(occurred_at="hôm qua")), 422),
        (json.dumps(event(occurred_at="2026-11-24T10:00:00")), 422),
        (json.dumps(event(occurred_at="0001-01-01T00:00:00+07:00")), 422),
        (json.dumps(event(result="x")), 422),
        (json.dumps(event(result=[1])), 422),
        (json.dumps(event(exercise={"a": 1})), 422),
        (json.dumps(event(result={"a": "x" * 40_000})), 422),
        ("x" * 70_000, 413),
    ],
)
def test_malformed_events_are_refused_with_a_message(server, learner, body, status):
    answer = Kernel(server, learner).send("events", body)
    assert answer.status_code == status
    assert answer.json()["message"]


def quiz_kernel(server, learner):
    kernel = Kernel(server, learner, QUIZ)
    return kernel, kernel.state()["attempt"]


def wait_until_graded(server, attempt_id):
    for _ in range(300):
        with server.database().session(readonly=True) as session:
            attempt = session.get(QuizAttempt, attempt_id)
        if attempt.state in ("graded", "failed"):
            return attempt
        time.sleep(0.2)
    raise AssertionError(attempt.state)


def test_a_quiz_submitted_twice_at_once_is_one_submission(server, learner):
    kernel, attempt_id = quiz_kernel(server, learner)
    body, answers = {"id": attempt_id, "answers": {"answer_1": "c"}}, []
    threads = [
        threading.Thread(target=lambda: answers.append(kernel.send("attempts", body))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {202}
    assert {answer.json()["result_url"] for answer in answers} == {f"/ket-qua/{attempt_id}"}
    attempt = wait_until_graded(server, attempt_id)
    assert (attempt.state, attempt.score) == ("graded", 1.0)
    with server.database().session(readonly=True) as session:
        assert len(attempts.history(session, learner, QUIZ)) == 1


def test_a_quiz_keeps_drafts_until_it_is_handed_in(server, learner):
    kernel, attempt_id = quiz_kernel(server, learner)
    draft = event(verb="progressed", exercise="answer_2", result={"response": "a", "attempt": attempt_id})
    assert kernel.send("events", draft).status_code == 201
    assert kernel.state()["exercises"]["answer_2"] == {"response": "a"}
    assert kernel.state()["attempt"] == attempt_id


def test_nobody_hands_in_anothers_quiz(server, visitor, learner):
    _, attempt_id = quiz_kernel(server, learner)
    other, _ = quiz_kernel(server, visitor().register("Người Nộp Hộ"))
    assert other.send("attempts", {"id": attempt_id, "answers": {}}).status_code == 403
    lesson_kernel = Kernel(server, learner)
    assert lesson_kernel.send("attempts", {"id": attempt_id, "answers": {}}).status_code == 422


@pytest.mark.parametrize(
    "body", [{}, {"id": "x", "answers": {}}, {"id": 5, "answers": []}, {"answers": {"answer_99": "a"}}]
)
def test_malformed_submissions_are_refused(server, learner, body):
    kernel, attempt_id = quiz_kernel(server, learner)
    answer = kernel.send("attempts", {"id": attempt_id} | body if "answers" in body else body)
    assert answer.status_code in (403, 422)


def test_a_result_is_for_its_learner_only(server, visitor):
    own, other = visitor(), visitor()
    learner = own.register("Chủ Bài Nộp")
    other.register("Người Tò Mò")
    kernel, attempt_id = quiz_kernel(server, learner)
    kernel.send("attempts", {"id": attempt_id, "answers": {}})
    assert wait_until_graded(server, attempt_id).score == 0
    assert "Chưa đạt" in own.see(f"/ket-qua/{attempt_id}").text
    assert other.see(f"/ket-qua/{attempt_id}").status_code == 404
    assert "Vào học" in visitor().see(f"/ket-qua/{attempt_id}").text


def test_answers_wait_in_the_queue_while_nobody_grades(new_server):
    """A server that is killed right after a submission grades it when it is started again."""

    server = new_server()
    one = Visitor(server)
    kernel, attempt_id = quiz_kernel(server, one.register("Người Nộp Cuối"))
    assert kernel.send("attempts", {"id": attempt_id, "answers": {"answer_1": "c"}}).status_code == 202
    server.process.kill()
    server.process.wait()
    server.start()
    assert wait_until_graded(server, attempt_id).score == 1.0
    assert "Đang chấm" not in one.see(f"/ket-qua/{attempt_id}").text


def test_a_clock_that_is_set_back_stops_no_lesson():
    tokens = KernelTokens(b"k" * 32)
    token, now = tokens.issue(Pass("ai-do", LESSON), "máy"), datetime.now(UTC)
    assert tokens.read(token, now - timedelta(hours=1)).learner_id == "ai-do"
    for wrong in (timedelta(hours=4, minutes=1), -timedelta(hours=5)):
        with pytest.raises(TokenExpired):
            tokens.read(token, now + wrong)


def test_a_token_ends_with_the_kernel_that_has_it(server, visitor, learner):
    one = visitor()
    kernel_id = kernel_in(one.see(f"/hoc/{LESSON}").text)
    tokens = KernelTokens(server_secret(server.data))
    kernel = Kernel(server, learner)
    theirs = sealed(server, Pass(learner, LESSON))
    token = tokens.issue(theirs, kernel_id)
    assert kernel.send("events", event(), token).status_code == 201
    one.submit("/ra")  # which ends this browser's kernels
    late = event()
    answer = kernel.send("events", late, token)
    assert answer.status_code == 401 and "mở lại bài" in answer.json()["message"]
    assert stored(server, late["id"]) is None
    assert kernel.send("events", event(), tokens.issue(theirs, "không có")).status_code == 401


def test_another_pin_ends_also_the_lessons_that_are_open(server, visitor):
    """Who knew their PIN and has a lesson of theirs open can no more go on in it than open others."""
    one = visitor()
    learner_id = one.register("Lê Thị Đổi Mã", pin="2468")
    kernel = Kernel(server, learner_id)
    assert kernel.send("events", event()).status_code == 201
    one.submit("/vao-hoc/doi-pin", {"old": "2468", "pin": "8642", "pin_again": "8642"})
    late = event()
    answer = kernel.send("events", late)
    assert answer.status_code == 401 and "mở lại bài" in answer.json()["message"]
    assert stored(server, late["id"]) is None
