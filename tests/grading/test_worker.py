import errno
import os
import signal
import subprocess
import sys
import time
from contextlib import closing, contextmanager

import psutil
import pytest

from hocso.grading.worker import grade_next
from hocso.records import attempts, hamlets, learners, open_database

from .conftest import PARTLY, QUIZ, RIGHT, write_quiz

NAME = "Nguyễn Thị Mẫu"
ENVIRONMENT_QUIZ = [
    (
        None,
        "1",
        1,
        "import os\n"
        'learn.mark.number(len([name for name in os.environ if name.startswith("HOCSO_")]), 0, '
        'question="answer_1")',
    )
]


@pytest.fixture
def database(data):
    with closing(open_database(data / "hocso.db")) as database:
        yield database


@pytest.fixture
def learner_id(database):
    with database.session() as session:
        return learners.register(
            session,
            full_name=NAME,
            birth_year=1970,
            hamlet_id=hamlets.add(session, "Ấp Mẫu 1").id,
            group="nguoi-dan",
            pin="2580",
            consent_wording="Đồng ý",
        ).id


@contextmanager
def worker(kit, data, log, ends_with=0):
    """The worker as the server starts it; at the end its standard input is closed."""
    with open(log, "ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "hocso.grading.worker"],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            env={**os.environ, "HOCSO_KIT": str(kit), "HOCSO_DATA": str(data), "HOCSO_SECRET": "bi-mat"},
        )
    try:
        yield process
        process.stdin.close()
        assert process.wait(timeout=20) == ends_with
    finally:
        process.kill()
        process.wait()


def running_kernels(process):
    kernels = []
    while not kernels:
        assert process.poll() is None
        kernels = psutil.Process(process.pid).children()
        time.sleep(0.01)
    return kernels


def submit(database, learner_id, answers, quiz_id=QUIZ):
    with database.session() as session:
        attempt_id = attempts.current_attempt(session, learner_id, quiz_id).id
        attempts.submit(session, attempt_id, learner_id, answers)
    return attempt_id


def graded(database, learner_id, attempt_id, until=("graded", "failed")):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with database.session(readonly=True) as session:
            attempt = attempts.get(session, attempt_id, learner_id)
        if attempt.state in until:
            return attempt
        time.sleep(0.05)
    raise AssertionError(f"the attempt stays {attempt.state}")


def test_submissions_are_graded_as_they_come_and_the_log_names_nobody(
    kit, data, database, learner_id, tmp_path
):
    write_quiz(kit, "moi-truong-01", ENVIRONMENT_QUIZ)
    write_quiz(kit, "hong-01", [(None, '"b"', 2, '{"b": 2.0}[answer_1]')])
    waiting = submit(database, learner_id, PARTLY)
    with database.session() as session:  # as a worker that was killed leaves it
        assert attempts.claim_next(session).id == waiting
    log = tmp_path / "log"

    with worker(kit, data, log) as process:

        def graded_now(answers, quiz_id=QUIZ):
            attempt_id = submit(database, learner_id, answers, quiz_id)
            process.stdin.write(b"\n")
            process.stdin.flush()
            return graded(database, learner_id, attempt_id)

        first = graded(database, learner_id, waiting)
        assert (first.score, first.max_score, first.passed) == (3, 5, False)
        assert first.questions[0]["why"] == ["Đúng vì dài."]
        second = graded_now(RIGHT)
        assert (second.score, second.passed) == (5, True)

        environment = graded_now({}, "moi-truong-01")
        assert environment.score == 1, "a grading kernel sees the server's variables"
        broken = graded_now({"answer_1": "bí mật"}, "hong-01")
        assert broken.state == "failed" and "Chấm lại" in broken.message
        refused = graded_now({"answer_9": "bí mật"})
        assert refused.state == "failed" and "mở lại bài" in refused.message
        assert broken.answers == {"answer_1": "bí mật"}

    said = log.read_text()
    assert f"Đã chấm {QUIZ}, lượt {second.id}" in said and "KeyError" in said
    for private in (NAME, learner_id, "bí mật", "bi-mat"):
        assert private not in said
    with database.session() as session:
        assert attempts.best(session, learner_id, QUIZ).id == second.id


def test_on_a_full_disk_a_submission_waits_until_there_is_room(
    kit, data, database, learner_id, monkeypatch, caplog
):
    def full(_descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    class RoomIsMadeMeanwhile:
        def wait(self, _seconds):
            monkeypatch.undo()
            return True

    attempt_id = submit(database, learner_id, RIGHT)
    monkeypatch.setattr(os, "fsync", full)
    assert grade_next(database, kit, data, RoomIsMadeMeanwhile())
    assert graded(database, learner_id, attempt_id).score == 5
    assert "Máy chủ hết chỗ lưu" in caplog.text


def test_a_worker_that_is_stopped_in_the_middle_leaves_no_kernel_and_no_loss(
    kit, data, database, learner_id, tmp_path
):
    killed = submit(database, learner_id, PARTLY)
    with worker(kit, data, tmp_path / "log", ends_with=-signal.SIGKILL) as process:
        kernels = running_kernels(process)
        process.kill()
        _, alive = psutil.wait_procs(kernels, timeout=10)
        assert not alive
    with worker(kit, data, tmp_path / "log") as process:
        assert graded(database, learner_id, killed).score == 3
        stopped = submit(database, learner_id, RIGHT)  # found without being told of it
        kernels = running_kernels(process)
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)
        assert not any(kernel.is_running() for kernel in kernels)
    assert graded(database, learner_id, stopped).score == 5
