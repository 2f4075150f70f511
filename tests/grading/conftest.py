"""A small kit with one quiz of three questions (2 + 2 + 1 points) and the project's nbgrader_config.py."""

import itertools
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from hocso import grading
from hocso.records import Learner, learners

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
    """`questions`: (kind of learn.mark, key, points, further arguments), or (None, key, points, the test)."""
    notebook = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    )
    notebook.cells = [cell(setup, "mo-dau", locked=True)]
    for number, (kind, key, points, rest) in enumerate(questions, start=1):
        name = f"answer_{number}"
        test = f'learn.mark.{kind}({name}, {key}, points={points}{rest}, see="la-gi")' if kind else rest
        notebook.cells += [
            cell(f"{name} = None\n### BEGIN SOLUTION\n{name} = {key}\n### END SOLUTION", name, solution=True),
            cell(
                f"### BEGIN HIDDEN TESTS\n{test}\n### END HIDDEN TESTS",
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


def nbgrader(kit, data, *arguments):
    """Run a command of nbgrader's as a person types it, in the folder quizzes/."""
    scripts = Path(sys.executable).parent
    return subprocess.run(
        [scripts / "nbgrader", *arguments],
        cwd=kit / "quizzes",
        env={**os.environ, "HOCSO_DATA": str(data), "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )


def points_in_gradebook(data, quiz_id, learner_id):
    """nbgrader's gradebook: test cell -> points."""
    with Gradebook(f"sqlite:///{data / 'course' / 'gradebook.db'}", "") as gradebook:
        grades = gradebook.find_submission_notebook(quiz_id, quiz_id, learner_id).grades
        return {grade.name: grade.auto_score for grade in grades}


@pytest.fixture(scope="session")
def released(tmp_path_factory):
    """A kit and its data folder after the first release."""
    folder = tmp_path_factory.mktemp("released")
    kit = folder / "kit"
    (kit / "lessons").mkdir(parents=True)
    (kit / "quizzes").mkdir()
    shutil.copy(REPOSITORY / "quizzes" / "nbgrader_config.py", kit / "quizzes")
    write_quiz(kit, QUIZ, QUESTIONS)
    grading.release(kit, folder / "data")
    return folder


@pytest.fixture
def kit(released, tmp_path):
    return shutil.copytree(released / "kit", tmp_path / "Bộ Học Số" / "kit")


@pytest.fixture
def data(released, tmp_path):
    return shutil.copytree(released / "data", tmp_path / "Bộ Học Số" / "data")


def somebody(session, hamlet_id: str, full_name: str = "Nguyễn Thị Mẫu", **more) -> Learner:
    """A learner of the tests' own, registered."""
    return learners.register(
        session,
        full_name=full_name,
        birth_year=1970,
        hamlet_id=hamlet_id,
        group="nguoi-dan",
        pin="2580",
        consent_wording="Đồng ý",
        **more,
    )


@pytest.fixture
def attempt(kit, data):
    """Grade an attempt: attempt("lan-1", RIGHT). Each is submitted a minute after the one before."""
    minutes = itertools.count()

    def graded(attempt_id, answers, learner_id="nguoi-hoc-1", quiz_id=QUIZ, **more):
        return grading.grade(
            kit,
            data,
            quiz_id=quiz_id,
            learner_id=learner_id,
            attempt_id=attempt_id,
            answers=answers,
            submitted_at=START + timedelta(minutes=next(minutes)),
            **more,
        )

    return graded
