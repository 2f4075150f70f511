"""Checks a quiz with nbgrader: its release version, its validator, and three trial attempts."""

from collections.abc import Iterator
from datetime import UTC, datetime
from math import isclose
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.validator import Validator

from hocso.course.checker import Answers, Finding, secrets_in

from .autograding import grade
from .conversion import ConversionFailed, convert
from .course import Course, course_at
from .errors import CourseMisplaced, GradingFailed
from .marking import Marking
from .releasing import release_path, release_quiz

AUTHORS_ONLY = ("learn.mark", "BEGIN SOLUTION", "BEGIN HIDDEN TESTS")


def check_grading(kit: Path, data: Path, quiz_id: str, answers: Answers) -> list[Finding]:
    """All that nbgrader can tell of a quiz. `data` is a folder for this trial, never the commune's."""
    course = course_at(kit, data)
    file = course.source(quiz_id) / f"{quiz_id}.ipynb"
    try:
        with course.locked():
            release_quiz(course, quiz_id)
        problems = [
            *_validate(course, file),
            *_read_release(course, file),
            *_try_out(course, quiz_id, answers),
        ]
    except GradingFailed as error:
        problems = [(f"nbgrader không nhận bài: {error.detail}.", "Sửa chỗ vừa nêu, rồi bấm Validate.")]
    except CourseMisplaced as error:
        problems = [(str(error), "Đổi tên thư mục, rồi chạy lại.")]
    name = file.relative_to(course.kit).as_posix()
    return [Finding("error", name, None, "nbgrader", message, remedy) for message, remedy in problems]


class Validation:
    """nbgrader's validator, run as its converters are."""

    def __init__(self, file: Path):
        self.file = file
        self.failed: list[str] = []

    def __call__(self, *, coursedir, config, log, force):
        self._validator = Validator(config=config, log=log)
        return self

    def start(self) -> None:
        said = self._validator.validate(str(self.file))
        self.failed = [cell["source"] for cells in said.values() for cell in cells]


def _validate(course: Course, file: Path) -> Iterator[tuple[str, str]]:
    validation = Validation(file)
    try:
        convert(validation, course)
    except ConversionFailed as error:
        raise GradingFailed(f"nbgrader validate báo lỗi {error.line}") from error
    for source in validation.failed:
        yield (
            f"nbgrader validate: đáp án mẫu không được trọn điểm ở ô «{' '.join(source.split())[:60]}…».",
            "Sửa đáp án hoặc ô chấm điểm, rồi bấm Validate.",
        )


def _read_release(course: Course, file: Path) -> Iterator[tuple[str, str]]:
    release = nbformat.read(release_path(course.data, file.stem), as_version=4)
    text = "\n".join(cell.source for cell in release.cells)
    for secret in (*AUTHORS_ONLY, *sorted(secrets_in(course.kit, file))):
        if secret in text:
            yield (
                f"Bản phát cho người học còn chữ của đáp án: «{secret}».",
                "Để đáp án giữa hai dòng ### SOLUTION, lời giải thích giữa hai dòng ### HIDDEN TESTS.",
            )


def _try_out(course: Course, quiz_id: str, answers: Answers) -> Iterator[tuple[str, str]]:
    """All wrong and one unanswered, one wrong and the others right, all right: in this order, each attempt is
    the best so far, and nbgrader has nothing to put back."""
    first = next((name for name, answer in answers.wrong.items() if answer is not None), None)
    if first is None:
        return
    none = _attempt(course, quiz_id, "khong-diem", answers.wrong | {first: None})
    most = _attempt(course, quiz_id, "sai-mot-cau", answers.right | {first: answers.wrong[first]})
    full = _attempt(course, quiz_id, "tron-diem", answers.right)
    if none.score != 0:
        given = [question["question"] for question in none.questions if question["points"]]
        yield (
            f"Trả lời sai hết vẫn được {none.score:g} điểm (câu {', '.join(given)}).",
            "Xem lại đáp án ở ô chấm điểm của câu đó.",
        )
    if not isclose(full.score, full.max_score) or not full.max_score:
        lost = [question["question"] for question in full.questions if not question["right"]]
        yield (
            f"Trả lời đúng hết chỉ được {full.score:g}/{full.max_score:g} điểm (câu {', '.join(lost)}).",
            "Xem lại đáp án và điểm ở ô chấm điểm của câu đó.",
        )
    due = full.score - sum(one["points"] for one in full.questions if one["question"] == first)
    if not isclose(most.score, due):
        yield (
            f"Chỉ sai câu {first} thì phải được {due:g} điểm, máy chấm {most.score:g} điểm.",
            "Mỗi ô chấm điểm chỉ chấm câu của mình.",
        )


def _attempt(course: Course, quiz_id: str, attempt_id: str, answers: dict[str, Any]) -> Marking:
    return grade(
        course.kit,
        course.data,
        quiz_id=quiz_id,
        learner_id="chay-thu",
        attempt_id=attempt_id,
        answers=answers,
        submitted_at=datetime.now(UTC),
    )
