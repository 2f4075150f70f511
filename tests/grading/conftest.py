"""A small kit with one quiz of three questions (2 + 2 + 1 points), with the project's own nbgrader_config.py."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nbformat
import pytest

from hocso import grading

REPOSITORY = Path(__file__).resolve().parents[2]
QUIZ = "thu-01"
START = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)

RIGHT = {"answer_1": "b", "answer_2": ["a", "c"], "answer_3": 12.5}
PARTLY = {"answer_1": "b", "answer_2": ["a"], "answer_3": 3}
WRONG = {"answer_1": "a", "answer_2": ["b"], "answer_3": 3}

QUESTIONS = [
    ("one_choice", '"b"', 2, ', why={"a": "Ai cũng đoán được.", "b": "Đúng vì dài."}'),
    ("several_choices", '["a", "c"]', 2, ', why={"b": "Đừng đọc mã OTP cho ai."}'),
    ("number", "12.5", 1, ', why="Lấy số ở biểu đồ."'),
]


def cell(source, grade_id=None, **role):
    made = nbformat.v4.new_code_cell(source)
    if grade_id:
        made.metadata["nbgrader"] = {
            "grade_id": grade_id,
            "schema_version": 3,
            "cell_type": "code",
            "grade": False,
            "solution": False,
            "locked": False,
            "task": False,
            **role,
        }
    return made


def write_quiz(kit, quiz_id, questions, setup="from hocso import learn"):
    notebook = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    )
    notebook.cells = [cell(setup, "mo-dau", locked=True)]
    for number, (kind, key, points, rest) in enumerate(questions, start=1):
        name = f"answer_{number}"
        notebook.cells += [
            cell(f"{name} = None\n### BEGIN SOLUTION\n{name} = {key}\n### END SOLUTION", name, solution=True),
            cell(
                "### BEGIN HIDDEN TESTS\n"
                f'learn.mark.{kind}({name}, {key}, points={points}{rest}, see="la-gi")\n'
                "### END HIDDEN TESTS",
                f"test_{number}",
                grade=True,
                locked=True,
                points=points,
            ),
        ]
    path = kit / "quizzes" / "source" / quiz_id / f"{quiz_id}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path


def new_kit(folder):
    (folder / "lessons").mkdir(parents=True)
    (folder / "quizzes").mkdir()
    shutil.copy(REPOSITORY / "quizzes" / "nbgrader_config.py", folder / "quizzes")
    write_quiz(folder, QUIZ, QUESTIONS)
    return folder


@pytest.fixture
def kit(tmp_path):
    return new_kit(tmp_path / "kit")


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def attempt(kit, data):
    """Grade an attempt: attempt("lan-1", RIGHT). Each one a minute after the one before."""
    count = 0

    def graded(attempt_id, answers, learner_id="nguoi-hoc-1", quiz_id=QUIZ):
        nonlocal count
        count += 1
        return grading.grade(
            kit,
            data,
            quiz_id=quiz_id,
            learner_id=learner_id,
            attempt_id=attempt_id,
            answers=answers,
            submitted_at=START + timedelta(minutes=count),
        )

    return graded
