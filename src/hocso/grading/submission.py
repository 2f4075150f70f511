"""Makes a submission, in nbgrader's own layout, from a quiz's release version and a resident's answers."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.utils import is_solution

from .answers import check_answers, literal
from .errors import GradingFailed

TIMESTAMP = "timestamp.txt"
MARKING = "marking.json"


def submission_files(release: Path, answers: dict[str, Any], submitted_at: datetime) -> dict[str, bytes]:
    """File name -> content of a submission. Each answer replaces the solution cell of its name; an unanswered
    question keeps the release version's cell. `submitted_at` has a time zone.
    Raises AnswersRefused, and GradingFailed where the release version can't be read."""
    try:
        notebook = nbformat.read(release, as_version=4)
    except (OSError, ValueError) as error:
        raise GradingFailed(f"không đọc được bản phát hành của {release.stem}") from error
    cells = {cell.metadata.nbgrader["grade_id"]: cell for cell in notebook.cells if is_solution(cell)}
    check_answers(answers, list(cells))
    for question, answer in answers.items():
        if answer is not None:
            cells[question].source = f"{question} = {literal(answer)}"
    return {
        release.name: nbformat.writes(notebook).encode(),
        TIMESTAMP: timestamp(submitted_at),
    }


def timestamp(submitted_at: datetime) -> bytes:
    """A moment as nbgrader reads it."""
    return f"{submitted_at.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f} UTC\n".encode()
