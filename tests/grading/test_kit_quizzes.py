"""The quizzes of the kit itself, graded by nbgrader."""

import ast

import nbformat
import pytest
from nbgrader.utils import is_solution

from hocso import grading

from .conftest import REPOSITORY, START

QUIZZES = sorted(path.stem for path in (REPOSITORY / "quizzes" / "source").glob("*/*.ipynb"))


def key(quiz_id):
    """The author's solutions: the last value that each solution cell gives to the variable of its name."""
    notebook = nbformat.read(REPOSITORY / "quizzes" / "source" / quiz_id / f"{quiz_id}.ipynb", as_version=4)
    return {
        cell.metadata.nbgrader["grade_id"]: ast.literal_eval(ast.parse(cell.source).body[-1].value)
        for cell in notebook.cells
        if is_solution(cell)
    }


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    data = tmp_path_factory.mktemp("data")
    assert grading.release(REPOSITORY, data) == QUIZZES
    return data


@pytest.mark.parametrize("quiz_id", QUIZZES)
def test_the_key_earns_full_points_and_an_empty_answer_none(data, quiz_id):
    answers = key(quiz_id)
    assert answers and None not in answers.values()

    def marked(attempt_id, answers):
        submission = {"learner_id": "nguoi-1", "attempt_id": attempt_id, "answers": answers}
        return grading.grade(REPOSITORY, data, quiz_id=quiz_id, **submission, submitted_at=START)

    empty, full = marked("lan-1", {}), marked("lan-2", answers)
    assert empty.score == 0
    assert full.score == full.max_score > 0
    assert [question["question"] for question in full.questions] == list(answers)
    assert all(question["right"] and question["see"] for question in full.questions)


@pytest.mark.parametrize("quiz_id", QUIZZES)
def test_the_release_version_holds_no_key(data, quiz_id):
    text = grading.release_path(data, quiz_id).read_text(encoding="utf-8")
    assert "learn.mark" not in text and "why=" not in text and "SOLUTION" not in text
