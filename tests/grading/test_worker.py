import errno
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import closing, contextmanager, suppress

import psutil
import pytest
from sqlalchemy import select

from hocso import grading
from hocso.grading.course import course_at
from hocso.grading.graders import Graders
from hocso.grading.worker import Worker
from hocso.records import attempts, hamlets, open_database
from hocso.records.models import Event

from .conftest import PARTLY, QUESTIONS, QUIZ, RIGHT, WRONG, points_in_gradebook, somebody, write_quiz

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
def register(database):
    with database.session() as session:
        hamlet_id = hamlets.add(session, "Ấp Mẫu 1").id

    def register(name):
        with database.session() as session:
            return somebody(session, hamlet_id, name).id

    return register


@pytest.fixture
def learner_id(register):
    return register(NAME)


@contextmanager
def worker(kit, data, log, ends_with=0):
    """The worker as the server starts it; at the end its standard input is closed."""
    with open(log, "ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "hocso.grading.worker"],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            env={
                **os.environ,
                "HOCSO_KIT": str(kit),
                "HOCSO_DATA": str(data),
                "HOCSO_SECRET": "bi-mat",
            },
        )
    try:
        yield process
        process.stdin.close()
        assert process.wait(timeout=60) == ends_with
    finally:
        process.kill()
        process.wait()


def graders_of(process):
    """The processes that run submissions, once each has its template of kernels."""
    while True:
        assert process.poll() is None
        templates = [one for one in descendants(process) if "hocso.kernels.template" in one.cmdline()]
        if len({one.ppid() for one in templates}) == 2:
            return [one.parent() for one in templates]
        time.sleep(0.02)


def descendants(process):
    alive = []
    for one in psutil.Process(process.pid).children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            one.cmdline()
            alive.append(one)
    return alive


def all_end(processes):
    """Whoever inherits those that are left may bury them late."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        left = [one for one in processes if one.is_running()]
        with suppress(psutil.NoSuchProcess):
            if all(one.status() == psutil.STATUS_ZOMBIE for one in left):
                return True
        time.sleep(0.05)
    return False


def running_kernels(process):
    """Wait until a submission is being run in a kernel, which is forked from a template."""
    deadline = time.monotonic() + 120
    while True:
        assert process.poll() is None and time.monotonic() < deadline
        for one in descendants(process):
            with suppress(psutil.NoSuchProcess):
                if "hocso.kernels.template" in one.parent().cmdline():
                    return [one]
        time.sleep(0.002)


def submit(database, learner_id, answers, quiz_id=QUIZ):
    with database.session() as session:
        attempt_id = attempts.current_attempt(session, learner_id, quiz_id).id
        attempts.submit(session, attempt_id, learner_id, answers)
    return attempt_id


def graded(database, learner_id, attempt_id, until=("graded", "failed")):
    deadline = time.monotonic() + 120
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
        looks = 0

        def ring(self):
            pass

        def wait(self, _seconds):
            self.looks += 1
            if self.looks == 2:
                monkeypatch.undo()
            time.sleep(0.02)
            return self.looks < 3 or state() in ("queued", "grading")

    def state():
        with database.session(readonly=True) as session:
            return attempts.get(session, attempt_id, learner_id).state

    attempt_id = submit(database, learner_id, RIGHT)
    monkeypatch.setattr(os, "fsync", full)
    graders = Graders(1)
    with closing(graders):
        Worker(database, course_at(kit, data), graders, RoomIsMadeMeanwhile()).work()
    assert graded(database, learner_id, attempt_id).score == 5
    assert "Máy chủ hết chỗ lưu" in caplog.text


def test_many_submissions_survive_a_kill_of_any_process_and_each_is_graded_once(
    kit, data, database, register, tmp_path
):
    """The worker, one that runs submissions, a template and a kernel are killed in turn while submissions are
    graded; two attempts of each learner come in either order."""
    slow = "cham-01"
    write_quiz(kit, slow, QUESTIONS, setup="from hocso import learn\nimport time\ntime.sleep(0.4)")
    chance = random.Random(757)
    waiting = {}
    for number, ending in enumerate("ABCDE"):
        who = register(f"Người Mẫu {ending}")
        for answers, score in [(RIGHT, 5), (WRONG, 0)][:: 1 if number % 2 else -1]:
            waiting[submit(database, who, answers, slow)] = (who, score)

    with worker(kit, data, tmp_path / "log", ends_with=-signal.SIGKILL) as process:
        graders = graders_of(process)
        time.sleep(chance.random() / 2)
        graders[0].kill()
        time.sleep(0.5 + chance.random())
        running_kernels(process)[0].kill()
        templates = [one for one in descendants(process) if "hocso.kernels.template" in one.cmdline()]
        templates[-1].kill()
        running_kernels(process)
        started = descendants(process)
        process.kill()
        assert all_end(started), "processes outlive the worker"
    with worker(kit, data, tmp_path / "log"):
        done = {one: graded(database, who, one) for one, (who, _) in waiting.items()}
        again = [one for one, attempt in done.items() if attempt.state == "failed"]
        # What a kernel ran when it was killed is not graded by guess: the learner presses «Chấm lại».
        assert len(again) <= 3
        with database.session() as session:
            for one in again:
                attempts.retry(session, one)
        done = {one: graded(database, who, one, until=["graded"]) for one, (who, _) in waiting.items()}

    assert {one: attempt.score for one, attempt in done.items()} == {
        one: score for one, (_, score) in waiting.items()
    }
    with database.session(readonly=True) as session:
        said = session.scalars(select(Event.attempt_id).where(Event.verb.in_(["passed", "failed"]))).all()
    assert sorted(said) == sorted(waiting), "each is graded once"
    for who, _ in waiting.values():
        assert points_in_gradebook(data, slow, who) == {"test_1": 2, "test_2": 2, "test_3": 1}
    assert not list((data / "course" / ".running").iterdir())


def test_a_crash_between_the_gradebook_and_the_score_grades_once(kit, data, database, learner_id, tmp_path):
    """The course has the submission, its marking and its points; the records have no score yet."""
    attempt_id = submit(database, learner_id, PARTLY)
    with database.session() as session:
        one = attempts.claim_next(session)
    grading.grade(
        kit,
        data,
        quiz_id=QUIZ,
        learner_id=learner_id,
        attempt_id=attempt_id,
        answers=one.answers,
        submitted_at=one.submitted_at,
    )
    with worker(kit, data, tmp_path / "log"):
        assert graded(database, learner_id, attempt_id).score == 3
    with database.session(readonly=True) as session:
        said = session.scalars(select(Event.attempt_id).where(Event.verb.in_(["passed", "failed"]))).all()
    assert said == [attempt_id]
    assert points_in_gradebook(data, QUIZ, learner_id) == {"test_1": 2, "test_2": 1, "test_3": 0}


def test_a_worker_that_is_stopped_in_the_middle_leaves_no_process_and_no_loss(
    kit, data, database, learner_id, tmp_path
):
    with worker(kit, data, tmp_path / "log") as process:
        stopped = submit(database, learner_id, RIGHT)  # found without being told of it
        running_kernels(process)
        started = descendants(process)
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
        assert all_end(started)
    assert graded(database, learner_id, stopped).score == 5
