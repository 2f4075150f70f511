"""Reads from nbgrader what a submission scored, and why."""

import json
from dataclasses import asdict, dataclass
from math import fsum, isclose
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.utils import is_grade

from hocso.learn.mark import MARKING

from .course import Course
from .errors import GradingFailed


@dataclass(frozen=True)
class Marking:
    """A graded attempt. `questions`, in the notebook's order: what learn.mark displayed for each (question,
    points, max_points, right, response, key, why, see); a test without learn.mark gives the first four only.
    `tests`: the quiz's test cells and what each is worth; attempts with the same tests can be compared."""

    score: float
    max_score: float
    questions: list[dict[str, Any]]
    tests: dict[str, float]

    @property
    def share(self) -> float:
        return self.score / self.max_score if self.max_score else 0.0

    def dumps(self) -> bytes:
        return json.dumps(asdict(self), ensure_ascii=False).encode()

    @classmethod
    def load(cls, path: Path) -> "Marking":
        return cls(**json.loads(path.read_bytes()))


def read_marking(course: Course, learner_id: str, quiz_id: str) -> Marking:
    """The points from nbgrader's gradebook, the explanations from the autograded notebook. Points that a
    trainer gave by hand in formgrader stay in the gradebook and don't count here.
    Raises GradingFailed where a test broke down, so that nobody gets 0 for a fault of the quiz."""
    with Gradebook(course.gradebook_url, "") as gradebook:
        grades = {
            grade.name: (grade.auto_score or 0.0, grade.max_score)
            for grade in gradebook.find_submission_notebook(quiz_id, quiz_id, learner_id).grades
        }
    notebook = nbformat.read(course.autograded(learner_id, quiz_id) / f"{quiz_id}.ipynb", as_version=4)
    tests = {cell.metadata.nbgrader["grade_id"]: cell for cell in notebook.cells if is_grade(cell)}
    if set(tests) != set(grades):
        raise GradingFailed(f"{quiz_id}: sổ điểm và bài đã chấm không cùng các ô chấm")
    return Marking(
        score=fsum(points for points, _ in grades.values()),
        max_score=fsum(max_points for _, max_points in grades.values()),
        questions=[_question(quiz_id, name, cell, *grades[name]) for name, cell in tests.items()],
        tests={name: max_points for name, (_, max_points) in grades.items()},
    )


def current_tests(course: Course, quiz_id: str) -> dict[str, float]:
    """The test cells of the quiz as it is released now, and what each is worth."""
    with Gradebook(course.gradebook_url, "") as gradebook:
        return {cell.name: cell.max_score for cell in gradebook.find_notebook(quiz_id, quiz_id).grade_cells}


def _question(
    quiz_id: str, test: str, cell: NotebookNode, points: float, max_points: float
) -> dict[str, Any]:
    outputs = cell.get("outputs", [])
    displayed = [
        output.data[MARKING]
        for output in outputs
        if output.output_type == "display_data" and MARKING in output.data
    ]
    for output in outputs:
        # An assertion that fails is nbgrader's usual "wrong answer"; any other error is the quiz's fault.
        if output.output_type == "error" and (displayed or output.ename != "AssertionError"):
            raise GradingFailed(f"{quiz_id}: ô chấm {test} báo lỗi {output.ename}")
    if not displayed:
        return {"question": test, "points": points, "max_points": max_points, "right": points >= max_points}
    record = dict(displayed[-1])
    if not (isclose(record["points"], points) and isclose(record["max_points"], max_points)):
        raise GradingFailed(f"{quiz_id}: ô chấm {test} hiện điểm khác với điểm nbgrader ghi")
    return record
