"""Grades an attempt at a quiz with nbgrader's own autograder, and keeps the best attempt in its gradebook."""

import logging
import re
from datetime import datetime
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook
from nbgrader.converters import Autograde

from .conversion import ConversionFailed, convert
from .course import Course, course_at
from .errors import GradingFailed
from .folders import room_needed, write_file, write_folder
from .marking import Marking, current_tests, read_marking
from .releasing import is_released, release_path, release_quiz
from .submission import MARKING, TIMESTAMP, submission_files

log = logging.getLogger(__name__)

# Ids become folder names and glob patterns.
PLAIN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")


def grade(
    kit: Path,
    data: Path,
    *,
    quiz_id: str,
    learner_id: str,
    attempt_id: str,
    answers: dict[str, Any],
    submitted_at: datetime,
    learner_code: str | None = None,
) -> Marking:
    """Grade one attempt. `answers`: question -> plain JSON value, None or missing where unanswered;
    `submitted_at` with a time zone. `learner_code` (the short code of the exports, no name) is how nbgrader's
    formgrader and export call the learner.

    Each attempt is kept in course/attempts. nbgrader's submitted/, autograded/ and gradebook hold the
    learner's best attempt. Attempts are graded one after another, also where several processes grade.
    Grading the same attempt again gives the same marking and changes nothing else.

    Raises AnswersRefused, ServerFull, GradingFailed; the answers are kept in all but the first.
    """
    for name in (quiz_id, learner_id, attempt_id):
        if not PLAIN_ID.fullmatch(name):
            raise GradingFailed("mã có ký tự không dùng được trong tên thư mục")
    course = course_at(kit, data)
    with room_needed(), course.locked():
        if not is_released(course, quiz_id):
            release_quiz(course, quiz_id)
        attempt = course.attempts(learner_id, quiz_id) / attempt_id
        files = submission_files(release_path(course.data, quiz_id), answers, submitted_at)
        write_folder(course, attempt, files)
        if learner_code:
            with Gradebook(course.gradebook_url, "") as gradebook:
                gradebook.update_or_create_student(learner_id, first_name="Người học", last_name=learner_code)
        try:
            marking = _autograde(course, learner_id, quiz_id, attempt)
        except GradingFailed:
            _keep_best(course, learner_id, quiz_id, in_gradebook=None)
            raise
        write_file(attempt / MARKING, marking.dumps())
        _keep_best(course, learner_id, quiz_id, in_gradebook=attempt)
        return marking


def _autograde(course: Course, learner_id: str, quiz_id: str, attempt: Path) -> Marking:
    """Make `attempt` the learner's submission and let nbgrader grade it."""
    submission = {name: (attempt / name).read_bytes() for name in (f"{quiz_id}.ipynb", TIMESTAMP)}
    write_folder(course, course.submitted(learner_id, quiz_id), submission)
    try:
        convert(Autograde, course, assignment_id=quiz_id, student_id=learner_id)
    except ConversionFailed as error:
        raise GradingFailed(f"nbgrader autograde {quiz_id} báo lỗi {error}") from error
    return read_marking(course, learner_id, quiz_id)


def _keep_best(course: Course, learner_id: str, quiz_id: str, in_gradebook: Path | None) -> None:
    """Put the best graded attempt back where a later one was lower or could not be graded. Attempts at an
    earlier edition of the quiz, with other questions, are not compared."""
    markings = {
        path.parent: Marking.load(path) for path in course.attempts(learner_id, quiz_id).glob(f"*/{MARKING}")
    }
    tests = current_tests(course, quiz_id)
    graded = {attempt: marking for attempt, marking in markings.items() if marking.tests == tests}
    if not graded:
        return
    # Of equal ones the one that is there already, which spares grading again.
    best = max(graded, key=lambda path: (graded[path].share, path == in_gradebook, path.name))
    if best == in_gradebook:
        return
    try:
        _autograde(course, learner_id, quiz_id, best)
    except GradingFailed as error:
        # The attempt at hand has its marking; the next grading of this learner tries this again.
        log.warning("Chưa đặt lại được bài tốt nhất vào sổ điểm nbgrader: %s", error.detail)
