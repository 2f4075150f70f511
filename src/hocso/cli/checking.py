"""Runs the checks of the content in processes of their own, a lesson beside its quiz."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.context import BaseContext
from pathlib import Path
from tempfile import TemporaryDirectory

from hocso.course import Glossary, Lesson, Quiz, checker

PROCESSES = 2

Check = Callable[[Lesson, Quiz | None], list[Future[list[checker.Finding]]]]


@contextmanager
def processes_for(kit: Path, glossary: Glossary) -> Iterator[Check]:
    """Gives a function that begins to check a lesson and its quiz. nbgrader works in a temporary course."""
    with (
        TemporaryDirectory(prefix="hocso-check-") as data,
        ProcessPoolExecutor(PROCESSES, _context()) as pool,
    ):
        try:
            yield partial(_begin, pool, kit, Path(data), glossary.words)
        finally:
            pool.shutdown(cancel_futures=True)


def _context() -> BaseContext:
    """Where there is fork, what takes seconds to import is imported once for all processes."""
    if "forkserver" not in get_all_start_methods():
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__, "hocso.grading"])
    return context


def _begin(pool, kit, data, words, lesson, quiz):
    begun = [pool.submit(checker.check_lesson, kit, lesson, words)]
    if quiz is not None:
        begun.append(pool.submit(check_whole_quiz, kit, data, quiz, lesson))
    return begun


def check_whole_quiz(kit: Path, data: Path, quiz: Quiz, lesson: Lesson) -> list[checker.Finding]:
    """Each process has a course of its own under `data`, since a course admits one writer."""
    from hocso import grading  # nbgrader takes a second to import, here only

    findings, answers = checker.check_quiz(kit, quiz, lesson)
    if answers.right:
        findings += grading.check_grading(kit, data / str(os.getpid()), quiz.id, answers)
    return findings
