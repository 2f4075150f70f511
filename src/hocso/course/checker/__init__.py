"""Checks lessons and quizzes, as far as that needs no grading: `hocso check`, and the tests of the content.

`hocso.grading.check_grading` goes on from here with nbgrader.
"""

from pathlib import Path

from hocso.course.catalogue import Lesson, Quiz

from .answers import check_answers
from .catalogues import check_catalogue
from .findings import LEVELS, Finding, in_reading_order
from .language import check_language
from .lessons import check_arc, check_exercises, check_facts, check_metadata
from .notebooks import Notebook, check_stored, check_strangers
from .pictures import check_pictures
from .quizzes import Answers, answers_of, check_questions, check_tests
from .running import run
from .secrets import secrets_in

__all__ = [
    "LEVELS",
    "Answers",
    "Finding",
    "check_catalogue",
    "check_lesson",
    "check_notebook",
    "check_quiz",
    "in_reading_order",
    "secrets_in",
]


def check_lesson(kit: Path, lesson: Lesson, glossary_words: frozenset[str] = frozenset()) -> list[Finding]:
    """All that can be found in a lesson. Words of the glossary count as explained."""
    notebook = Notebook(kit, lesson.path)
    done = run(notebook)
    return [
        *check_stored(notebook),
        *check_strangers(notebook),
        *check_metadata(lesson, notebook),
        *check_arc(notebook),
        *check_exercises(lesson, notebook),
        *check_pictures(notebook),
        *done.findings,
        *check_answers(lesson, notebook, done),
        *check_language(notebook, glossary_words),
        *check_facts(notebook),
    ]


def check_quiz(kit: Path, quiz: Quiz, lesson: Lesson) -> tuple[list[Finding], Answers]:
    """What can be found in a quiz without nbgrader, and answers to try nbgrader with."""
    notebook = Notebook(kit, quiz.path)
    done = run(notebook)
    findings = [
        *check_stored(notebook),
        *check_strangers(notebook),
        *check_questions(quiz, notebook),
        *done.findings,
        *check_tests(quiz, lesson, notebook, done),
    ]
    return findings, answers_of(done)


def check_notebook(kit: Path, path: Path) -> list[Finding]:
    """What holds for any notebook of the kit."""
    notebook = Notebook(kit, path)
    return [*check_stored(notebook), *check_strangers(notebook), *run(notebook).findings]
