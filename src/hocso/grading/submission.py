"""Makes a submission, in nbgrader's own layout, from a quiz's release version and a resident's answers."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.utils import is_solution

from .answers import check_answers, literal
from .errors import GradingFailed

TIMESTAMP = "timestamp.txt"
# What formgrader shows above the answers of a quiz on paper, and what a program finds in the metadata.
ON_PAPER = (
    "**Bài làm trên giấy, giảng viên nhập vào máy.** Câu trả lời dưới đây do giảng viên gõ theo tờ giấy."
)
ENTERED_BY = {"entered_by": "trainer", "from": "paper"}
MARKING = "marking.json"


def submission_files(
    release: Path, answers: dict[str, Any], submitted_at: datetime, on_paper: bool = False
) -> dict[str, bytes]:
    """File name -> content of a submission. Each answer replaces the solution cell of its name; an unanswered
    question keeps the release version's cell. `submitted_at` has a time zone. What a trainer typed in from
    paper says so in a cell of its own and in the metadata.
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
    if on_paper:
        notebook.metadata["hocso"] = notebook.metadata.get("hocso", {}) | ENTERED_BY
        notebook.cells.insert(0, nbformat.v4.new_markdown_cell(ON_PAPER, id="tren-giay"))
    return {
        release.name: nbformat.writes(notebook).encode(),
        TIMESTAMP: timestamp(submitted_at),
    }


def timestamp(submitted_at: datetime) -> bytes:
    """A moment as nbgrader reads it."""
    return f"{submitted_at.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f} UTC\n".encode()
