"""Reads from nbgrader what a submission scored, and why."""

import json
from dataclasses import asdict, dataclass
from math import fsum, isclose
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.utils import determine_grade, is_grade

from hocso.learn.mark import MARKING

from .course import Course
from .errors import GradingFailed
from .gradebook import open_gradebook


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


def read_marking(course: Course, quiz_id: str, notebook: NotebookNode) -> Marking:
    """The points that nbgrader gives (it puts the same into its gradebook) and the explanations, from an
    executed submission. Points that a trainer gave by hand in formgrader don't count here.
    Raises GradingFailed where a test broke down, so that nobody gets 0 for a fault of the quiz."""
    tests = {cell.metadata.nbgrader["grade_id"]: cell for cell in notebook.cells if is_grade(cell)}
    if set(tests) != set(current_tests(course, quiz_id)):
        raise GradingFailed(f"{quiz_id}: sổ điểm và bài đã chấm không cùng các ô chấm")
    points = {name: _points(quiz_id, name, cell) for name, cell in tests.items()}
    return Marking(
        score=fsum(given for given, _ in points.values()),
        max_score=fsum(most for _, most in points.values()),
        questions=[_question(quiz_id, name, cell, *points[name]) for name, cell in tests.items()],
        tests={name: most for name, (_, most) in points.items()},
    )


def current_tests(course: Course, quiz_id: str) -> dict[str, float]:
    """The test cells of the quiz as it is released now, and what each is worth."""
    with open_gradebook(course.gradebook_url) as gradebook:
        notebook = gradebook.find_notebook(quiz_id, quiz_id)
        return {cell.name: cell.max_score for cell in [*notebook.grade_cells, *notebook.task_cells]}


def _points(quiz_id: str, test: str, cell: NotebookNode) -> tuple[float, float]:
    try:
        given, most = determine_grade(cell)
    except Exception as error:
        raise GradingFailed(
            f"{quiz_id}: nbgrader không tính được điểm ô {test}: {type(error).__name__}"
        ) from error
    return given or 0.0, most


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
