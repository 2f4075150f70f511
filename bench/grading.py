"""Submissions graded a second: hocso.grading and `nbgrader autograde` over the same submissions."""

import ast
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
from nbgrader.api import Gradebook
from nbgrader.utils import is_solution

from hocso import grading

from .result import Row, say
from .servers import KIT, clean_environment

QUIZ = "ky-nang-so-04"
SUBMISSIONS = 12
ROUNDS = 3
SECONDS_FOR_NBGRADER = 600
SUBMITTED_AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)

Points = dict[tuple[str, str], float | None]


def measure(opens: int) -> list[Row]:
    with TemporaryDirectory(prefix="hocso-bench-", ignore_cleanup_errors=True) as folder:
        kit, ours, stock = (Path(folder) / name for name in ("kit", "ours", "stock"))
        shutil.copytree(KIT / "quizzes", kit / "quizzes")
        (kit / "lessons").mkdir()
        submissions = {f"nguoi-{number + 1:02}": _answers(kit, number) for number in range(SUBMISSIONS)}
        say("  releasing the quiz in two courses")
        grading.release(kit, ours)
        _nbgrader(kit, stock, "generate_assignment", QUIZ)
        start_up = _nbgrader(kit, stock, "autograde", "--help")

        our_rates, peer_rates, compared = [], [], set()
        for number in range(ROUNDS):
            ours_now = shutil.copytree(ours, Path(folder) / f"ours-{number}")
            stock_now = shutil.copytree(stock, Path(folder) / f"stock-{number}")
            our_seconds = _grade_ours(kit, ours_now, submissions)
            shutil.copytree(ours_now / "course" / "submitted", stock_now / "course" / "submitted")
            peer_seconds = _nbgrader(kit, stock_now, "autograde", QUIZ)
            our_rates.append(SUBMISSIONS / our_seconds)
            peer_rates.append(SUBMISSIONS / peer_seconds)
            compared.add(_compare(_points(ours_now, submissions), _points(stock_now, submissions)))
            say(f"  ours {our_seconds:.1f} s, nbgrader autograde {peer_seconds:.1f} s")
    how = (
        f"{SUBMISSIONS} submissions to {QUIZ}, median of {ROUNDS} rounds in new courses; ours in one process "
        f"that runs already, the command with its own start (about {start_up:.1f} s); "
        f"{'; '.join(sorted(compared))}"
    )
    what = "submissions graded a second"
    return [Row(what, "/s", our_rates, peer_rates, how, peer_name="nbgrader autograde", more_is_better=True)]


def _grade_ours(kit: Path, data: Path, submissions: dict[str, dict]) -> float:
    def grade_all() -> float:
        began = time.perf_counter()
        for learner_id, answers in submissions.items():
            grading.grade(
                kit,
                data,
                quiz_id=QUIZ,
                learner_id=learner_id,
                attempt_id="lan-1",
                answers=answers,
                submitted_at=SUBMITTED_AT,
            )
        return time.perf_counter() - began

    # nbclient takes over the signals of the main thread, so our worker too grades in another.
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(grade_all).result()


def _nbgrader(kit: Path, data: Path, *arguments: str) -> float:
    """Run a command of nbgrader's as a person types it in quizzes/; returns its seconds."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=kit / "quizzes",
        env=clean_environment(data) | {"HOCSO_DATA": str(data)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=SECONDS_FOR_NBGRADER,
    )
    if done.returncode:
        raise RuntimeError(f"nbgrader {' '.join(arguments)}: {(done.stderr or done.stdout)[-500:]}")
    return time.perf_counter() - began


def _answers(kit: Path, number: int) -> dict[str, Any]:
    """The answers of learner `number`: some right, some not given, some wrong or partly right."""
    answers = {}
    for place, (question, right) in enumerate(_key(kit).items()):
        match (number + place) % 4:
            case 0 | 1:
                answers[question] = right
            case 2:
                answers[question] = _not_quite(right)
    return answers


def _key(kit: Path) -> dict[str, Any]:
    """Question -> the author's solution: the last value that its cell gives to the variable of its name."""
    notebook = nbformat.read(kit / "quizzes" / "source" / QUIZ / f"{QUIZ}.ipynb", as_version=4)
    return {
        cell.metadata.nbgrader["grade_id"]: ast.literal_eval(ast.parse(cell.source).body[-1].value)
        for cell in notebook.cells
        if is_solution(cell)
    }


def _not_quite(right: Any) -> Any:
    match right:
        case str():
            return f"not {right}"
        case list():
            return right[:-1]
        case dict():
            return {name: next(iter(right.values())) for name in right}
        case _:
            return right + 1


def _points(data: Path, learners: dict[str, dict]) -> Points:
    """nbgrader's gradebook: (learner, test cell) -> points."""
    with Gradebook(f"sqlite:///{data / 'course' / 'gradebook.db'}", "") as gradebook:
        return {
            (learner, grade.name): grade.auto_score
            for learner in learners
            for grade in gradebook.find_submission_notebook(QUIZ, QUIZ, learner).grades
        }


def _compare(ours: Points, stock: Points) -> str:
    cells = ours.keys() | stock.keys()
    differing = sorted(cell for cell in cells if ours.get(cell) != stock.get(cell))
    if differing:
        return (
            f"SCORES DIFFER in {len(differing)} of {len(cells)} test cells, first in {' '.join(differing[0])}"
        )
    return f"the points are equal in all {len(cells)} test cells ({sum(ours.values()):g} points in sum)"
