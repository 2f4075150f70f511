"""nbgrader's own command, on its own kernels, decides the same as the server's grading, cell by cell."""

import shutil
from contextlib import suppress
from datetime import timedelta

import nbformat
import pytest
from nbgrader.api import Gradebook

from hocso import grading
from hocso.grading import autograding
from hocso.grading.course import course_at

from .conftest import PARTLY, QUESTIONS, RIGHT, START, WRONG, nbgrader, write_quiz

HARD = "kho-01"
# What test cells may do: assert, break down, hang, print, write past Python, count what the cell before left.
TESTS = [
    *QUESTIONS,
    (None, "'b'", 1, "assert answer_4 == 'b', answer_4"),
    (None, "'b'", 2, "{'a': 0.5, 'b': 2.0}[answer_5]"),
    (None, "'b'", 2, "while answer_6 == 'treo':\n    pass\nanswer_6 == 'b'"),
    (None, "'b'", 1, "import sys\nprint('x', file=sys.stderr if answer_7 == 'c' else sys.stdout)\n0.25"),
    (None, "'b'", 1, "import os\nos.write(2 if answer_8 == 'c' else 1, b'x\\n'); os.getcwd()[-6:] and None"),
    (None, "'b'", 1, "import pathlib\nassert pathlib.Path('so-lieu.csv').read_text() == 'a,b'"),
    (None, "'b'", 1, "assert os.environ['NBGRADER_EXECUTION'] == 'autograde'\nraise SystemExit(answer_10)"),
]
B = {f"answer_{number}": "b" for number in range(4, 11)}
ATTEMPTS = {
    "dung": RIGHT | B,
    "sai": WRONG | {name: "a" for name in B},
    "mot-phan": PARTLY | B | {"answer_5": "a"},
    "khong-tra-loi": {},
    "bao-loi": RIGHT | B | {"answer_4": None, "answer_5": "c", "answer_7": "c", "answer_8": "c"},
    "treo": RIGHT | B | {"answer_6": "treo"},
}


@pytest.fixture
def hard_kit(kit):
    path = write_quiz(kit, HARD, TESTS)
    (path.parent / "so-lieu.csv").write_text("a,b")
    with open(kit / "quizzes" / "nbgrader_config.py", "a") as file:
        file.write("\nc.Execute.timeout = 2\n")
    return kit


def decided(data, learner_id):
    """All that nbgrader's gradebook and the autograded notebook say of a submission."""
    with Gradebook(f"sqlite:///{data / 'course' / 'gradebook.db'}", "") as gradebook:
        submission = gradebook.find_submission_notebook(HARD, HARD, learner_id)
        grades = {
            grade.name: (grade.auto_score, grade.max_score, grade.needs_manual_grade)
            for grade in submission.grades
        }
        comments = {comment.name: comment.auto_comment for comment in submission.comments}
        whole = (submission.score, submission.late_submission_penalty, submission.assignment.timestamp)
    folder = data / "course" / "autograded" / learner_id / HARD
    notebook = nbformat.read(folder / f"{HARD}.ipynb", as_version=4)
    cells = [
        (cell.source, _lasting(cell.metadata), [_shown(output) for output in cell.get("outputs", [])])
        for cell in notebook.cells
    ]
    return grades, comments, whole, cells, sorted(file.name for file in folder.iterdir())


def _lasting(metadata):
    return {name: value for name, value in metadata.items() if name != "execution"}  # times of day


def _shown(output):
    """Without tracebacks, which name places on the disk."""
    return {name: value for name, value in output.items() if name not in ("traceback", "execution_count")}


def test_stock_nbgrader_decides_the_same_cell_by_cell(hard_kit, tmp_path, monkeypatch):
    monkeypatch.delenv("PYTEST_CURRENT_TEST")  # where ipykernel finds it, it overlooks what passes Python by
    ours, stock = tmp_path / "cua-ta", tmp_path / "goc"
    course = course_at(hard_kit, ours)
    for number, (learner_id, answers) in enumerate(ATTEMPTS.items()):
        submission = autograding.Submission(
            HARD, learner_id, "lan-1", answers, START + timedelta(minutes=number)
        )
        with course.locked():
            prepared = autograding.prepare(course, submission)
            with suppress(grading.GradingFailed):  # for learners; what nbgrader says of it is compared here
                autograding.run(course, prepared)
            autograding.save(course, prepared, None)
    nbgrader(hard_kit, stock, "generate_assignment", HARD)
    shutil.copytree(ours / "course" / "submitted", stock / "course" / "submitted")
    nbgrader(hard_kit, stock, "autograde", HARD, "--Execute.kernel_name=python3")

    for learner_id in ATTEMPTS:
        for said_ours, said_stock in zip(decided(ours, learner_id), decided(stock, learner_id), strict=True):
            assert said_ours == said_stock, learner_id
    scores = {learner_id: decided(ours, learner_id)[0] for learner_id in ATTEMPTS}
    assert scores["dung"]["test_6"][0] == 2 and scores["treo"]["test_6"][0] == 0
    assert scores["mot-phan"]["test_5"][0] == 0.5 and scores["bao-loi"]["test_5"][0] == 0
    assert scores["bao-loi"]["test_8"][0] == 0 and scores["dung"]["test_9"][0] == 1
