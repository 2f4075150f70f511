"""Grades attempts at quizzes with nbgrader's own autograder, and keeps the best in its gradebook.

An attempt goes through three steps, `prepare`, `run` and `keep`. `run` may happen in any process, for many
attempts at once; the others write to the course and so have it locked. `grade` does all three.
"""

import logging
import re
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from nbgrader.api import InvalidEntry, MissingEntry
from sqlalchemy.exc import SQLAlchemyError

from .autograder import Run, Save
from .conversion import FULL_DISK, ConversionFailed, convert
from .course import Course, course_at
from .errors import GradingFailed, ServerFull
from .folders import room_needed, write_file, write_folder
from .gradebook import open_gradebook
from .marking import Marking, current_tests, read_marking
from .releasing import is_released, release_path, release_quiz
from .submission import MARKING, TIMESTAMP, submission_files

log = logging.getLogger(__name__)

# Ids become folder names and glob patterns.
PLAIN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")


@dataclass(frozen=True)
class Submission:
    """`answers`: question -> plain JSON value, None or missing where unanswered; `submitted_at` with a time
    zone. `learner_code` (the short code of the exports, no name) is how nbgrader's formgrader and export call
    the learner. `on_paper`: a trainer typed the answers in."""

    quiz_id: str
    learner_id: str
    attempt_id: str
    answers: dict[str, Any]
    submitted_at: datetime
    learner_code: str | None = None
    on_paper: bool = False


@dataclass(frozen=True)
class Prepared:
    """An attempt in its two places: `attempt` is kept for good, `folder` is for executing it."""

    quiz_id: str
    learner_id: str
    attempt: Path
    folder: Path

    @property
    def notebook(self) -> Path:
        return self.folder / self.learner_id / self.quiz_id / f"{self.quiz_id}.ipynb"

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def grade(kit: Path, data: Path, **submission: Any) -> Marking:
    """Grade one attempt in this process. `submission`: the fields of Submission.

    Each attempt is kept in course/attempts. nbgrader's submitted/, autograded/ and gradebook hold the
    learner's best attempt. Attempts are graded one after another, also where several processes grade.
    Grading the same attempt again gives the same marking and changes nothing else.

    Raises AnswersRefused, ServerFull, GradingFailed; the answers are kept in all but the first.
    """
    course, one = course_at(kit, data), Submission(**submission)
    with room_needed(), course.locked():
        prepared = prepare(course, one)
        try:
            marking = run(course, prepared)
            keep(course, prepared, marking, one.learner_code)
        finally:
            prepared.remove()
        return marking


def prepare(course: Course, submission: Submission) -> Prepared:
    """Keep the attempt, and lay it out for `run`; the course is locked. Raises as `grade` does."""
    quiz_id, learner_id = submission.quiz_id, submission.learner_id
    for name in (quiz_id, learner_id, submission.attempt_id):
        if not PLAIN_ID.fullmatch(name):
            raise GradingFailed("mã có ký tự không dùng được trong tên thư mục")
    with room_needed():
        if not is_released(course, quiz_id):
            release_quiz(course, quiz_id)
        attempt = course.attempts(learner_id, quiz_id) / submission.attempt_id
        release = release_path(course.data, quiz_id)
        files = submission_files(release, submission.answers, submission.submitted_at, submission.on_paper)
        write_folder(course, attempt, files)
        return _lay_out(course, quiz_id, learner_id, attempt)


def _lay_out(course: Course, quiz_id: str, learner_id: str, attempt: Path) -> Prepared:
    prepared = Prepared(quiz_id, learner_id, attempt, course.running / uuid.uuid4().hex)
    prepared.notebook.parent.mkdir(parents=True)
    for name in (f"{quiz_id}.ipynb", TIMESTAMP):
        shutil.copyfile(attempt / name, prepared.notebook.with_name(name))
    return prepared


def run(course: Course, prepared: Prepared) -> Marking:
    """Let nbgrader execute the attempt, and read its points. Writes to the prepared folder only.
    Raises ServerFull, GradingFailed."""
    with room_needed():
        executed = _convert(Run, course, prepared).exporter.notebook
        return read_marking(course, prepared.quiz_id, executed)


def keep(course: Course, prepared: Prepared, marking: Marking, learner_code: str | None) -> None:
    """Keep the marking, and the attempt in nbgrader's gradebook if it is the learner's best; the course is
    locked. Raises ServerFull, GradingFailed."""
    with room_needed():
        best = _best(course, prepared, marking)
        if best == prepared.attempt:
            save(course, prepared, learner_code)
        elif not is_in_place(course, prepared.quiz_id, prepared.learner_id, best):
            put_back(course, prepared.quiz_id, prepared.learner_id, best, learner_code)
        write_file(prepared.attempt / MARKING, marking.dumps())


def _best(course: Course, prepared: Prepared, marking: Marking) -> Path:
    """The best attempt so far, of equal ones the one at hand. Attempts at an earlier edition of the quiz,
    with other questions, are not compared."""
    files = course.attempts(prepared.learner_id, prepared.quiz_id).glob(f"*/{MARKING}")
    graded = {path.parent: Marking.load(path) for path in files} | {prepared.attempt: marking}
    tests = current_tests(course, prepared.quiz_id)
    return max(
        (path for path, one in graded.items() if one.tests == tests),
        key=lambda path: (graded[path].share, path == prepared.attempt, path.name),
        default=prepared.attempt,
    )


def is_in_place(course: Course, quiz_id: str, learner_id: str, attempt: Path) -> bool:
    """Whether nbgrader holds this attempt: what is in submitted/ was saved in the gradebook before."""
    submitted = course.submitted(learner_id, quiz_id)
    try:
        for name in (f"{quiz_id}.ipynb", TIMESTAMP):
            if (submitted / name).read_bytes() != (attempt / name).read_bytes():
                return False
        with open_gradebook(course.gradebook_url) as gradebook:
            gradebook.find_submission(quiz_id, learner_id)
    except (FileNotFoundError, MissingEntry):
        return False
    return (course.autograded(learner_id, quiz_id) / f"{quiz_id}.ipynb").is_file()


def put_back(course: Course, quiz_id: str, learner_id: str, best: Path, learner_code: str | None) -> None:
    """Run the best attempt again, for nbgrader to have it; the course is locked."""
    prepared = _lay_out(course, quiz_id, learner_id, best)
    try:
        run(course, prepared)
        save(course, prepared, learner_code)
    except GradingFailed as error:
        # The attempt at hand has its marking; the next grading of this learner tries this again.
        log.warning("Chưa đặt lại được bài tốt nhất vào sổ điểm nbgrader: %s", error.detail)
    finally:
        prepared.remove()


def save(course: Course, prepared: Prepared, learner_code: str | None) -> None:
    """Gradebook and autograded/ first, submitted/ last."""
    quiz_id, learner_id = prepared.quiz_id, prepared.learner_id
    with (
        _gradebook_errors(),
        open_gradebook(course.gradebook_url) as gradebook,
        gradebook.one_commit(),
    ):
        if learner_code:
            gradebook.update_or_create_student(learner_id, first_name="Người học", last_name=learner_code)
        _convert(Save, course, prepared)
    submission = {name: (prepared.attempt / name).read_bytes() for name in (f"{quiz_id}.ipynb", TIMESTAMP)}
    write_folder(course, course.submitted(learner_id, quiz_id), submission)


@contextmanager
def _gradebook_errors() -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, InvalidEntry) as error:
        if any(words in str(error) for words in FULL_DISK):
            raise ServerFull("ổ đĩa đầy khi nbgrader đang ghi") from error
        raise GradingFailed(f"không ghi được sổ điểm nbgrader: {type(error).__name__}") from error


def _convert(half: type[Run | Save], course: Course, prepared: Prepared) -> Run | Save:
    quiz_id = prepared.quiz_id
    try:
        return convert(
            half,
            course,
            {"run_folder": str(prepared.folder)},
            assignment_id=quiz_id,
            student_id=prepared.learner_id,
        )
    except ConversionFailed as error:
        raise GradingFailed(f"nbgrader autograde {quiz_id} báo lỗi {error}") from error
