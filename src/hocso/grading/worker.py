"""The grading worker: `python -m hocso.grading.worker`. Takes submissions from the queue, one after another.

The server starts it with HOCSO_KIT, HOCSO_DATA and perhaps HOCSO_DATABASE, writes a line to its standard
input for each new submission, and closes that to end it; SIGTERM and SIGINT end it too. The submission at
hand is finished first, the others wait in the database. Without a line it looks every few seconds. Its log
names quizzes and attempts, never people.
"""

import logging
import os
import signal
import sys
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from hocso.course import data_folder, kit_folder
from hocso.records import AttemptRefused, Database, RecordsError, attempts, learners, open_database
from hocso.records.database import address_in

from .autograding import grade
from .errors import GradingFailed, ServerFull
from .marking import Marking

log = logging.getLogger("hocso.grading")

SECONDS_BETWEEN_LOOKS = 5


@dataclass(frozen=True)
class Submission:
    attempt_id: str
    learner_id: str
    quiz_id: str
    answers: dict[str, Any]
    submitted_at: datetime
    learner_code: str


def main() -> None:
    logging.basicConfig(format="[chấm bài] %(message)s", level=logging.WARNING)
    log.setLevel(logging.INFO)
    # nbgrader's gradebook reports a failed write here with the row, which names the learner.
    logging.getLogger("tornado.application").setLevel(logging.CRITICAL)
    bell = Bell()
    kit = kit_folder()
    data = data_folder(kit)
    database = open_database(address_in(data))
    forget_secrets()
    try:
        # nbclient takes over the signals of the main thread while it runs a notebook, so it runs in another.
        with ThreadPoolExecutor(max_workers=1) as thread:
            thread.submit(work, database, kit, data, bell).result()
    finally:
        database.close()


class Bell:
    """Rings for a new submission, until standard input ends or the process is told to stop."""

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
            self._rings.put(True)
        self._rings.put(False)

    def wait(self, seconds: float) -> bool:
        """Wait for a ring, no longer than `seconds`; one ring or many are the same. False where no more will
        come."""
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


def work(database: Database, kit: Path, data: Path, bell: Bell) -> None:
    """Grade until the bell ends. What a killed worker had begun is begun again."""
    with database.session() as session:
        attempts.release_stale(session)
    graded = True
    while bell.wait(0 if graded else SECONDS_BETWEEN_LOOKS):
        try:
            graded = grade_next(database, kit, data, bell)
        except RecordsError as error:
            log.error("Chưa đọc ghi được cơ sở dữ liệu: %s", error)
            graded = False


def grade_next(database: Database, kit: Path, data: Path, bell: Bell) -> bool:
    """Grade the submission that has waited longest. False where none waits, or the server is ending."""
    with database.session() as session:
        attempt = attempts.claim_next(session)
        if attempt is None:
            return False
        submission = Submission(
            attempt_id=attempt.id,
            learner_id=attempt.learner_id,
            quiz_id=attempt.quiz_id,
            answers=attempt.answers,
            submitted_at=attempt.submitted_at,
            learner_code=learners.get(session, attempt.learner_id).code,
        )
    began = time.monotonic()
    outcome = _grade_when_there_is_room(submission, kit, data, bell)
    if outcome is None:
        return False
    while not _record(database, submission, outcome):
        if not bell.wait(SECONDS_BETWEEN_LOOKS):
            return False
    if isinstance(outcome, Marking):
        log.info(
            "Đã chấm %s, lượt %s (%.1f giây)",
            submission.quiz_id,
            submission.attempt_id,
            time.monotonic() - began,
        )
    return True


def _grade_when_there_is_room(
    submission: Submission, kit: Path, data: Path, bell: Bell
) -> Marking | str | None:
    """A marking, a message for the learner where grading failed, None where the bell ended first."""
    while True:
        try:
            return grade(kit, data, **vars(submission))
        except ServerFull as error:
            log.error("Máy chủ hết chỗ lưu, bài nộp đang chờ: %s", error.detail)
        except GradingFailed as error:
            log.error("Không chấm được lượt %s: %s", submission.attempt_id, error.detail)
            return str(error)
        except Exception as error:
            # The error's own text may quote an answer; where it happened says enough.
            place = "".join(traceback.format_tb(error.__traceback__))
            log.error("Không chấm được lượt %s: %s\n%s", submission.attempt_id, type(error).__name__, place)
            return GradingFailed.message
        if not bell.wait(SECONDS_BETWEEN_LOOKS):
            return None


def _record(database: Database, submission: Submission, outcome: Marking | str) -> bool:
    """False where the database could not be written just now."""
    try:
        with database.session() as session:
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


if __name__ == "__main__":
    main()
