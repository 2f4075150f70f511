"""Submissions graded a second: the grading worker and `nbgrader autograde` over the same submissions."""

import ast
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import cache
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
import psutil
from nbgrader.api import Gradebook
from nbgrader.utils import is_solution
from sqlalchemy import func, select

from hocso import grading
from hocso.records import Database, QuizAttempt, attempts, hamlets, learners, open_database

from .result import Row, say
from .servers import KIT, clean_environment

OPTIONS = ["submissions", "peer_submissions"]
TARGET = 8
QUIZ = "ky-nang-so-04"
SECONDS_FOR_NBGRADER = 3600
SUBMITTED_AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)

Points = dict[tuple[str, str], float | None]


def measure(submissions: int, peer_submissions: int) -> list[Row]:
    with TemporaryDirectory(prefix="hocso-bench-", ignore_cleanup_errors=True) as folder:
        kit, ours, stock = (Path(folder) / name for name in ("kit", "ours", "stock"))
        shutil.copytree(KIT / "quizzes", kit / "quizzes", ignore=_other_quizzes)
        (kit / "lessons").mkdir()
        say("  releasing the quiz in two courses")
        grading.release(kit, ours)
        _nbgrader(kit, stock, "generate_assignment", QUIZ)
        with closing(open_database(ours / "hocso.db")) as database:
            people = register(database, submissions + 1)
            our_seconds, our_cpu = _grade_ours(kit, ours, database, people)
        say(f"  ours: {submissions} in {our_seconds:.1f} s, {our_cpu / submissions:.2f} CPU-s each")

        also_by_peer = people[1 : peer_submissions + 1]
        for learner_id in also_by_peer:
            name = f"submitted/{learner_id}"
            shutil.copytree(ours / "course" / name, stock / "course" / name)
        peer_seconds, peer_cpu = _nbgrader(kit, stock, "autograde", QUIZ, "--Execute.kernel_name=python3")
        number = len(also_by_peer)
        say(f"  nbgrader autograde: {number} in {peer_seconds:.1f} s, {peer_cpu / number:.2f} CPU-s each")
        compared = _compare(_points(ours, also_by_peer), _points(stock, also_by_peer))
    how = (
        f"{submissions} submissions of 10 questions ({QUIZ}), queued at once for the worker that the server "
        f"keeps (it runs already), until all scores are in the database; the command over {number} of them, "
        f"on its own kernels (python3), with its own start; {compared}"
    )
    rate = Row(
        "submissions graded a second",
        "/s",
        [submissions / our_seconds],
        [number / peer_seconds],
        how,
        peer_name="nbgrader autograde",
        more_is_better=True,
        target=TARGET,
    )
    cpu = Row(
        "CPU seconds a submission",
        "s",
        [our_cpu / submissions],
        [peer_cpu / number],
        "of all processes, kernels included",
        peer_name="nbgrader autograde",
    )
    return [rate, cpu]


def _other_quizzes(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if name != QUIZ] if Path(folder).name == "source" else []


def register(database: Database, number: int) -> list[str]:
    """So many learners; their ids."""
    with database.session() as session:
        hamlet_id = hamlets.add(session, "Ấp Đo").id
    ids = []
    for letters, _ in zip(product("ABCDEFGHIJ", repeat=3), range(number), strict=False):
        with database.session() as session:
            learner = learners.register(
                session,
                full_name=f"Người Đo {''.join(letters).title()}",
                birth_year=1970,
                hamlet_id=hamlet_id,
                group="nguoi-dan",
                pin="2580",
                consent_wording="Đo thử",
            )
            ids.append(learner.id)
    return ids


def _grade_ours(kit: Path, data: Path, database: Database, people: list[str]) -> tuple[float, float]:
    """Seconds and CPU seconds for all but the first of `people`, whose submission only makes sure that the
    worker runs."""
    with _worker(kit, data) as worker:
        _submit(database, people[0], answers(kit, 0))
        _ring_and_wait(worker, database)
        for number, learner_id in enumerate(people[1:]):
            _submit(database, learner_id, answers(kit, number))
        cpu, began = cpu_seconds(worker), time.perf_counter()
        _ring_and_wait(worker, database)
        return time.perf_counter() - began, cpu_seconds(worker) - cpu


@contextmanager
def _worker(kit: Path, data: Path) -> Iterator[psutil.Popen]:
    """As the server starts it."""
    worker = psutil.Popen(
        [sys.executable, "-m", "hocso.grading.worker"],
        env=clean_environment(data) | {"HOCSO_KIT": str(kit), "HOCSO_DATA": str(data)},
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield worker
    finally:
        worker.stdin.close()
        worker.wait(timeout=60)


def _submit(database: Database, learner_id: str, answers: dict[str, Any]) -> None:
    with database.session() as session:
        attempt_id = attempts.current_attempt(session, learner_id, QUIZ).id
        attempts.submit(session, attempt_id, learner_id, answers)


def _ring_and_wait(worker: psutil.Popen, database: Database) -> None:
    worker.stdin.write(b"\n")
    worker.stdin.flush()
    waiting = select(func.count()).where(QuizAttempt.state.in_(("queued", "grading")))
    failed = select(func.count()).where(QuizAttempt.state == "failed")
    while True:
        with database.session(readonly=True) as session:
            left, broken = session.scalar(waiting), session.scalar(failed)
        if broken:
            raise RuntimeError(f"{broken} submissions could not be graded")
        if not left:
            return
        if worker.poll() is not None:
            raise RuntimeError("the worker has ended")
        time.sleep(0.2)  # looking takes its share of the cores


def cpu_seconds(process: psutil.Process) -> float:
    """Of a process and all that it started, also of those that have ended."""
    return sum(sum(one.cpu_times()[:4]) for one in (process, *process.children(recursive=True)))


def _nbgrader(kit: Path, data: Path, *arguments: str) -> tuple[float, float]:
    """Run a command of nbgrader's as a person types it in quizzes/; returns its seconds and CPU seconds."""
    began, cpu = time.perf_counter(), sum(os.times()[2:4])
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
    return time.perf_counter() - began, sum(os.times()[2:4]) - cpu


def answers(kit: Path, number: int) -> dict[str, Any]:
    """The answers of learner `number`: some right, some not given, some wrong or partly right."""
    given = {}
    for place, (question, right) in enumerate(_key(kit).items()):
        match (number + place) % 4:
            case 0 | 1:
                given[question] = right
            case 2:
                given[question] = _not_quite(right)
    return given


@cache
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


def _points(data: Path, people: list[str]) -> Points:
    """nbgrader's gradebook: (learner, test cell) -> points."""
    with Gradebook(f"sqlite:///{data / 'course' / 'gradebook.db'}", "") as gradebook:
        return {
            (learner, grade.name): grade.auto_score
            for learner in people
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
