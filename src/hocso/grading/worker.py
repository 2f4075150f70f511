"""The grading worker: `python -m hocso.grading.worker`. Takes submissions from the queue, the longest waiting
first, lets `graders` run several at once, and alone writes what comes of them.

The server starts it with HOCSO_KIT, HOCSO_DATA and perhaps HOCSO_DATABASE and HOCSO_GRADERS, writes a line to
its standard input for each new submission, and closes that to end it; SIGTERM and SIGINT end it too. The
submissions at hand are finished first, the others wait in the database. Without a line it looks every few
seconds. When nothing waits, attempts that came graded from other devices are run again, for nbgrader's course
to have them too (their score stays), and those who were removed are taken out of it. Its log names quizzes
and attempts, never people.
"""

import logging
import os
import shutil
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TypeVar

import psutil
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from hocso.course import data_folder, kit_folder
from hocso.records import (
    AttemptRefused,
    Database,
    QuizAttempt,
    RecordsError,
    attempts,
    learners,
    removal,
)
from hocso.records.database import open_in
from hocso.records.durable import keep_private

from .autograding import Prepared, Submission, keep, prepare
from .course import Course, course_at
from .errors import GradingFailed, ServerFull
from .forgetting import forget
from .graders import Graders, be_discreet, number_of_graders
from .marking import Marking

log = logging.getLogger("hocso.grading")

SECONDS_BETWEEN_LOOKS = 5
SECONDS_UNTIL_GRADERS_END = 900
TIMES_TO_TRY = 3
NICENESS = 10

T = TypeVar("T")


def main() -> None:
    logging.basicConfig(format="[chấm bài] %(message)s", level=logging.WARNING)
    log.setLevel(logging.INFO)
    be_discreet()
    keep_private()
    give_way()
    bell = Bell()
    kit = kit_folder()
    data = data_folder(kit)
    database = open_in(data)
    graders = Graders(number_of_graders())
    forget_secrets()
    try:
        Worker(database, course_at(kit, data), graders, bell).work()
    finally:
        graders.close()
        database.close()


def give_way() -> None:
    """To whoever waits for a page or an answer; whoever waits for a score waits a moment longer."""
    with suppress(psutil.Error, OSError):
        psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS if sys.platform == "win32" else NICENESS)


class Bell:
    """Rings for a new submission and for one that has run, until standard input ends or the process is told
    to stop."""

    def __init__(self):
        self._rings: SimpleQueue[bool] = SimpleQueue()
        self._ended = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._rings.put(False))
        # Windows can't wait for a pipe and a signal at once; a thread that reads can.
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        # Not through sys.stdin: Python can't end while a thread holds its lock.
        while os.read(sys.stdin.fileno(), 4096):
            self.ring()
        self._rings.put(False)

    def ring(self) -> None:
        self._rings.put(True)

    def wait(self, seconds: float) -> bool:
        """Wait for a ring, no longer than `seconds`; one ring or many are the same. False where no more
        submissions are to be begun."""
        try:
            self._ended |= not self._rings.get(block=seconds > 0, timeout=seconds or None)
            while True:
                self._ended |= not self._rings.get_nowait()
        except Empty:
            return not self._ended


def forget_secrets() -> None:
    """Kernels inherit this process's environment; none of the server's own variables is for them."""
    for name in [name for name in os.environ if name.startswith("HOCSO_")]:
        del os.environ[name]


@dataclass
class Job:
    """A submission that is being run; `score`: what it got on the device that it came from."""

    submission: Submission
    prepared: Prepared
    began: float
    tries: int = 0
    score: float | None = None


class Worker:
    """`running`: no more than the graders run at once, and one that waits for the next of them."""

    def __init__(self, database: Database, course: Course, graders: Graders, bell: Bell):
        self.database = database
        self.course = course
        self.graders = graders
        self.bell = bell
        self.running: dict[Future[Marking], Job] = {}
        # (learner, quiz) whose attempt from another device can't be run here.
        self.left_out: set[tuple[str, str]] = set()
        # Those who were removed, and of whom neither the course nor SQLite's log has anything any more.
        self.forgotten: set[str] = set()

    def work(self) -> None:
        """Grade until the bell ends, and finish what was begun. What a killed worker had begun is begun
        again."""
        shutil.rmtree(self.course.running, ignore_errors=True)
        with self.database.session() as session:
            attempts.release_stale(session)
        last = time.monotonic()
        more, busy = True, True
        while more or self.running:
            more = self.bell.wait(0 if busy else SECONDS_BETWEEN_LOOKS)
            try:
                busy = self.finish_done()
                if more:
                    busy |= self.begin_next() or self.begin_arrived()
                    if not busy and not self.running:
                        self.forget_removed()
            except RecordsError as error:
                log.error("Chưa đọc ghi được cơ sở dữ liệu: %s", error)
                busy = False
            if busy or self.running:
                last = time.monotonic()
            elif time.monotonic() < last + SECONDS_UNTIL_GRADERS_END:
                self.graders.warm_up()
            else:
                self.graders.close()

    def begin_next(self) -> bool:
        """Begin with the submission that has waited longest. False where there is none, or no room for it."""
        if len(self.running) > self.graders.number:
            return False
        with self.database.session() as session:
            attempt = attempts.claim_next(session)
            if attempt is None:
                return False
            submission = _submission(session, attempt)
        began = time.monotonic()
        outcome = self._when_there_is_room(submission, lambda: self._prepare(submission))
        if isinstance(outcome, Prepared):
            self._run(Job(submission, outcome, began))
        elif outcome is not None:
            self._record(submission, outcome)
        return True

    def begin_arrived(self) -> bool:
        """Begin with an attempt that came graded from another device, one at a time. False where there is
        none, or something else to do."""
        if self.running:
            return False
        with self.database.session() as session:
            attempt = attempts.best_not_in_course(session, self.left_out)
            if attempt is None:
                return False
            submission, score = _submission(session, attempt), attempt.score
        began = time.monotonic()
        outcome = self._when_there_is_room(submission, lambda: self._prepare(submission))
        if isinstance(outcome, Prepared):
            self._run(Job(submission, outcome, began, score=score))
        else:
            self.left_out.add((submission.learner_id, submission.quiz_id))
        return True

    def forget_removed(self) -> None:
        """Take those who were removed out of the course, while nothing of theirs can be on its way there, and
        out of SQLite's log where who removed them could not."""
        with self.database.session(readonly=True) as session:
            left = removal.asked(session).keys() - self.forgotten
        if not left:
            return
        try:
            forget(self.course, left)
        except (OSError, SQLAlchemyError) as error:
            log.error("Chưa xóa được bài cũ của người đã xóa tên: %s", type(error).__name__)
        else:
            if self.database.empty_log():
                self.forgotten |= left

    def finish_done(self) -> bool:
        """Keep and record what the graders have run. False where there is nothing."""
        done = [future for future in self.running if future.done()]
        for future in done:
            self._finish(future, self.running.pop(future))
        return bool(done)

    def _prepare(self, submission: Submission) -> Prepared:
        with self.course.locked():
            return prepare(self.course, submission)

    def _run(self, job: Job) -> None:
        job.tries += 1
        self.running[self.graders.run(self.course, job.prepared, self.bell.ring)] = job

    def _finish(self, future: Future[Marking], job: Job) -> None:
        error = future.exception()
        if isinstance(error, BrokenExecutor) and job.tries < TIMES_TO_TRY:
            log.warning("Một tiến trình chấm bài đã dừng; chấm lại lượt %s.", job.submission.attempt_id)
            self._run(job)
            return
        if isinstance(error, ServerFull):
            log.error("Máy chủ hết chỗ lưu, bài nộp đang chờ: %s", error.detail)
            if self.bell.wait(SECONDS_BETWEEN_LOOKS):
                self._run(job)
            return
        outcome = self._when_there_is_room(job.submission, lambda: self._keep(future, job))
        job.prepared.remove()
        if job.score is not None:
            self._note_arrived(job, outcome)
            return
        if outcome is None or not self._record(job.submission, outcome):
            return
        if isinstance(outcome, Marking):
            log.info(
                "Đã chấm %s, lượt %s (%.1f giây)",
                job.submission.quiz_id,
                job.submission.attempt_id,
                time.monotonic() - job.began,
            )

    def _note_arrived(self, job: Job, outcome: Marking | str | None) -> None:
        one = job.submission
        if not isinstance(outcome, Marking):
            self.left_out.add((one.learner_id, one.quiz_id))
            return
        if outcome.score != job.score:
            log.warning(
                "Lượt %s từ máy khác được %g điểm, chấm lại ở đây được %g; giữ điểm đã có.",
                one.attempt_id,
                job.score,
                outcome.score,
            )
        with self.database.session() as session:
            attempts.now_in_course(session, one.learner_id, one.quiz_id)

    def _keep(self, future: Future[Marking], job: Job) -> Marking:
        marking = future.result()
        with self.course.locked():
            keep(self.course, job.prepared, marking, job.submission.learner_code)
        return marking

    def _when_there_is_room(self, submission: Submission, step: Callable[[], T]) -> T | str | None:
        """What the step gives, a message for the learner where it failed, None where the bell ended first."""
        while True:
            try:
                return step()
            except ServerFull as error:
                log.error("Máy chủ hết chỗ lưu, bài nộp đang chờ: %s", error.detail)
            except GradingFailed as error:
                log.error("Không chấm được lượt %s: %s", submission.attempt_id, error.detail)
                return str(error)
            except Exception as error:
                # The error's own text may quote an answer; where it happened says enough.
                place = "".join(traceback.format_tb(error.__traceback__))
                log.error(
                    "Không chấm được lượt %s: %s\n%s", submission.attempt_id, type(error).__name__, place
                )
                return GradingFailed.message
            if not self.bell.wait(SECONDS_BETWEEN_LOOKS):
                return None

    def _record(self, submission: Submission, outcome: Marking | str) -> bool:
        """False where the database could not be written until the bell ended."""
        while not self._recorded(submission, outcome):
            if not self.bell.wait(SECONDS_BETWEEN_LOOKS):
                return False
        return True

    def _recorded(self, submission: Submission, outcome: Marking | str) -> bool:
        """False where the database could not be written just now."""
        try:
            with self.database.session() as session:
                if isinstance(outcome, Marking):
                    passed = attempts.passes(session, outcome.score, outcome.max_score)
                    attempts.record_score(
                        session,
                        submission.attempt_id,
                        outcome.score,
                        outcome.max_score,
                        outcome.questions,
                        passed,
                    )
                else:
                    attempts.record_failure(session, submission.attempt_id, outcome)
        except AttemptRefused as error:
            log.error("Không ghi được điểm của lượt %s: %s", submission.attempt_id, error)
        except RecordsError as error:
            log.error("Chưa ghi được điểm của lượt %s: %s", submission.attempt_id, error)
            return False
        return True


def _submission(session: Session, attempt: QuizAttempt) -> Submission:
    return Submission(
        attempt_id=attempt.id,
        learner_id=attempt.learner_id,
        quiz_id=attempt.quiz_id,
        answers=attempt.answers,
        submitted_at=attempt.submitted_at,
        learner_code=learners.get(session, attempt.learner_id).code,
        on_paper=attempt.entered_by is not None,
    )


if __name__ == "__main__":
    main()
