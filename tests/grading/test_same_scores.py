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
# What test cells may do: assert, break down, hang, print, read a file, end the kernel's cell, and write past
# Python (with a moment's rest, for stock nbgrader sometimes overlooks what is written last).
TESTS = [
    *QUESTIONS,
    (None, "'b'", 1, "assert answer_4 == 'b', answer_4"),
    (None, "'b'", 2, "{'a': 0.5, 'b': 2.0}[answer_5]"),
    (None, "'b'", 2, "while answer_6 == 'treo':\n    pass\nanswer_6 == 'b'"),
    (None, "'b'", 1, "import sys\nprint('x', file=sys.stderr if answer_7 == 'c' else sys.stdout)\n0.25"),
    (None, "'b'", 1, "import os, time\nos.write(2 if answer_8 == 'c' else 1, b'x\\n')\ntime.sleep(0.2)"),
    (None, "'b'", 1, "import pathlib\nassert pathlib.Path('so-lieu.csv').read_text() == 'a,b'"),
    (None, "'b'", 1, "assert os.environ['NBGRADER_EXECUTION'] == 'autograde'\nraise SystemExit(answer_10)"),
    (None, "'b'", 2, "import time\nwhile answer_11 == 'nói mãi':\n    print('x')\n    time.sleep(0.01)"),
    (
        None,
        "'b'",
        1,
        "import subprocess\nsubprocess.run(['sh', '-c', 'echo x; sleep 0.2'])\nassert answer_12 == 'b'",
    ),
]
B = {f"answer_{number}": "b" for number in range(4, 13)}
ATTEMPTS = {
    "dung": RIGHT | B,
    "sai": WRONG | {name: "a" for name in B},
    "mot-phan": PARTLY | {"answer_4": None, "answer_5": "a", "answer_8": "b"},
    "hong": RIGHT
    | B
    | {"answer_5": "c", "answer_6": "treo", "answer_7": "c", "answer_8": "c", "answer_11": "nói mãi"},
}


@pytest.fixture
def hard_kit(kit):
    path = write_quiz(kit, HARD, TESTS)
    (path.parent / "so-lieu.csv").write_text("a,b")
    with open(kit / "quizzes" / "nbgrader_config.py", "a") as file:
        file.write("\nc.Execute.timeout = 1\n")
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
        (cell.source, _lasting(cell.metadata), _shown(cell.get("outputs", []))) for cell in notebook.cells
    ]
    return grades, comments, whole, cells, sorted(file.name for file in folder.iterdir())


def _lasting(metadata):
    return {name: value for name, value in metadata.items() if name != "execution"}  # times of day


def _shown(outputs):
    """Without tracebacks, which name places on the disk. What was printed is one, however many messages it
    came in; of what a cell prints over and over until it is stopped, the beginning."""
    shown = []
    for output in outputs:
        one = {name: value for name, value in output.items() if name not in ("traceback", "execution_count")}
        if shown and "text" in one and shown[-1].get("name") == one["name"]:
            shown[-1]["text"] = (shown[-1]["text"] + one["text"])[:20]
        else:
            shown.append(one | ({"text": one["text"][:20]} if "text" in one else {}))
    return shown


def test_stock_nbgrader_decides_the_same_cell_by_cell(hard_kit, tmp_path, monkeypatch):
    monkeypatch.delenv("PYTEST_CURRENT_TEST")  # where ipykernel finds it, it overlooks what passes Python by
    ours, stock = tmp_path / "cua-ta", tmp_path / "goc"
    grading.release(hard_kit, ours)
    shutil.copytree(ours, stock)
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
    shutil.copytree(ours / "course" / "submitted", stock / "course" / "submitted")
    nbgrader(hard_kit, stock, "autograde", HARD, "--Execute.kernel_name=python3")

    for learner_id in ATTEMPTS:
        for said_ours, said_stock in zip(decided(ours, learner_id), decided(stock, learner_id), strict=True):
            assert said_ours == said_stock, learner_id
    right, partly, broken = (decided(ours, one)[0] for one in ("dung", "mot-phan", "hong"))
    assert right["test_6"][0] == right["test_11"][0] == 2 and right["test_9"][0] == 1
    assert partly["test_5"][0] == 0.5 and partly["test_4"][0] == 0
    assert not any(broken[f"test_{number}"][0] for number in (5, 6, 7, 8, 11))
