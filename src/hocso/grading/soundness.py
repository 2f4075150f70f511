"""Whether nbgrader's course agrees with the records: for `hocso doctor --deep`."""

import logging
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from functools import partial
from math import fsum, isclose
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.api import MissingEntry
from sqlalchemy import select

from hocso.records import Database, Learner, QuizAttempt
from hocso.records.soundness import Flaw

from .answers import literal
from .autograding import grade, is_in_place, put_back
from .course import Course, course_at
from .errors import GradingFailed
from .gradebook import open_gradebook
from .marking import Marking, current_tests
from .submission import MARKING, TIMESTAMP, timestamp

log = logging.getLogger(__name__)

RESTORE = "Dừng máy chủ, rồi phục hồi bản sao lưu gần nhất: hocso restore."
SAME_POINTS = 1e-6


def flaws(kit: Path, data: Path, database: Database) -> Iterator[Flaw]:
    """Attempts whose files are missing or changed, what nbgrader has of the best ones, and what is there
    without an attempt. What is off is mended by grading again from the answers in the records, which leaves
    the score there as it is. Points given by hand in formgrader are as they should be."""
    course = course_at(kit, data)
    with course.locked():  # nothing is on its way from the records to the course
        found = list(_flaws(course, database))
    yield from found


def _flaws(course: Course, database: Database) -> Iterator[Flaw]:
    with database.session(readonly=True) as session:
        known = {
            one.id: one for one in session.scalars(select(QuizAttempt).where(QuizAttempt.state != "draft"))
        }
        people = {one.id: one for one in session.scalars(select(Learner))}
    graded = [
        one
        for one in known.values()
        if one.state == "graded"
        and one.in_course
        and one.learner_id in people  # else the record itself is off, which records.soundness says
        and not people[one.learner_id].is_sample
        and not people[one.learner_id].is_removed
    ]
    again, back = partial(_grade_again, course, people), partial(_put_back, course, people)
    points, tests = {}, {}
    if (gradebook := course.root / "gradebook.db").is_file():
        try:
            points = _points(gradebook)
        except sqlite3.Error:
            yield Flaw("Sổ điểm của nbgrader (course/gradebook.db) bị hỏng.", RESTORE)
            return
        tests = _tests(course, {one.quiz_id for one in graded})
    lost, changed, other, markings = [], [], [], defaultdict(dict)
    for one in graded:
        folder = _folder(course, one)
        if not all((folder / name).is_file() for name in (f"{one.quiz_id}.ipynb", TIMESTAMP, MARKING)):
            lost.append(one)
        elif (marking := _marking(folder, one)) is None:
            changed.append(one)
        else:
            markings[one.learner_id, one.quiz_id][one] = marking
            if not (_same(marking.score, one.score) and _same(marking.max_score, one.max_score)):
                other.append(one)
    if lost:
        yield Flaw(
            f"{len(lost)} lượt làm bài đã chấm mà không còn tệp trong course/attempts.",
            "Chấm lại từ câu trả lời; điểm đã có giữ nguyên.",
            again(lost),
        )
    if changed:
        yield Flaw(
            f"{len(changed)} lượt làm bài có tệp trong course/attempts bị hỏng hoặc bị sửa.",
            "Chấm lại từ câu trả lời; điểm đã có giữ nguyên.",
            again(changed),
        )
    if other:
        yield Flaw(
            f"{len(other)} lượt làm bài có điểm trong course/attempts khác điểm đã ghi.",
            "Chấm lại từ câu trả lời. Sau đó vẫn khác thì do đề đã sửa, hoặc bài chấm ở máy khác theo đề "
            "khác: điểm đã ghi giữ nguyên.",
            again(other),
            perhaps=True,
        )
    in_doubt = {(one.learner_id, one.quiz_id) for one in [*lost, *changed]}
    unlisted, misplaced, incomplete, differing = [], [], [], []
    for (learner_id, quiz_id), of in markings.items():
        if (learner_id, quiz_id) in in_doubt:
            continue  # grading again puts the best in its place
        now = tests.get(quiz_id)
        compared = {one: marking for one, marking in of.items() if now in (None, marking.tests)}
        if not compared:
            continue  # attempts at an earlier edition of the quiz
        most = max(marking.share for marking in compared.values())
        best = [one for one, marking in compared.items() if marking.share == most]
        if (learner_id, quiz_id) not in points:
            unlisted.append(best[0])
        elif not any(is_in_place(course, quiz_id, learner_id, _folder(course, one)) for one in best) or (
            _notebook(course.autograded(learner_id, quiz_id) / f"{quiz_id}.ipynb") is None
        ):
            misplaced.append(best[0])
        else:
            given, cells = points[learner_id, quiz_id]
            if cells != len(compared[best[0]].tests):
                incomplete.append(best[0])
            elif not any(_same(compared[one].score, given) for one in best):
                differing.append(best[0])
    if unlisted:
        yield Flaw(
            f"{len(unlisted)} bài nộp đã chấm mà không có trong sổ điểm của nbgrader.",
            "Chấm lại từ câu trả lời để ghi vào sổ điểm; điểm đã có giữ nguyên.",
            again(unlisted),
        )
    if misplaced:
        yield Flaw(
            f"{len(misplaced)} bài có trong sổ điểm mà submitted, autograded không có đúng bài đó.",
            "Chấm lại bài tốt nhất để đặt vào chỗ; điểm đã có giữ nguyên.",
            back(misplaced),
        )
    if incomplete:
        yield Flaw(
            f"{len(incomplete)} bài trong sổ điểm thiếu điểm của một số câu.",
            "Bỏ bài ấy khỏi sổ điểm, rồi chấm lại bài tốt nhất để ghi vào; điểm đã có giữ nguyên.",
            back(incomplete, anew=True),
        )
    if differing:
        yield Flaw(
            f"{len(differing)} bài có điểm máy chấm trong sổ điểm khác điểm của bài tốt nhất.",
            "Chấm lại bài tốt nhất để ghi lại vào sổ điểm; điểm đã có giữ nguyên.",
            back(differing),
        )
    strangers = points.keys() - {(one.learner_id, one.quiz_id) for one in known.values()}
    files = {path.name for path in course.root.glob("attempts/*/*/*") if path.is_dir()}
    if strangers or files - set(known):
        yield Flaw(
            f"Không có trong hocso.db: {len(files - set(known))} lượt làm bài trên ổ đĩa, {len(strangers)} "
            "bài trong sổ điểm.",
            "Thường do hocso.db được phục hồi từ bản cũ hơn. Có bản mới hơn thì phục hồi bản đó; không thì "
            "mời người học làm lại bài.",
        )


def _grade_again(
    course: Course, people: dict[str, Learner], wanted: Iterable[QuizAttempt]
) -> Callable[[], None]:
    def mend():
        for one in wanted:
            try:
                grade(
                    course.kit,
                    course.data,
                    quiz_id=one.quiz_id,
                    learner_id=one.learner_id,
                    attempt_id=one.id,
                    answers=one.answers,
                    submitted_at=one.submitted_at,
                    learner_code=people[one.learner_id].code,
                    on_paper=one.entered_by is not None,
                )
            except GradingFailed as error:  # the others can be graded all the same
                log.warning("Chưa chấm lại được lượt %s: %s", one.id, error.detail)

    return mend


def _put_back(
    course: Course, people: dict[str, Learner], wanted: Iterable[QuizAttempt], anew: bool = False
) -> Callable[[], None]:
    """`anew`: nbgrader can't write into a submission that lacks cells, nor are points by hand in these."""

    def mend():
        for one in wanted:
            with course.locked(), open_gradebook(course.gradebook_url) as gradebook:
                if anew:
                    gradebook.remove_submission(one.quiz_id, one.learner_id)
                put_back(
                    course, one.quiz_id, one.learner_id, _folder(course, one), people[one.learner_id].code
                )

    return mend


def _points(gradebook: Path) -> dict[tuple[str, str], list]:
    """(learner, quiz) -> [points that the machine gave, in how many cells], of each submission in a sound
    gradebook; points given by hand are left out. Raises sqlite3.Error."""
    with closing(sqlite3.connect(gradebook)) as connection:
        if connection.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
            raise sqlite3.DatabaseError("damaged")
        rows = connection.execute(
            "SELECT submitted_assignment.student_id, assignment.name, coalesce(sum(grade.auto_score), 0), "
            "count(grade.id) "
            "FROM submitted_assignment "
            "JOIN assignment ON assignment.id = submitted_assignment.assignment_id "
            "LEFT JOIN submitted_notebook ON submitted_notebook.assignment_id = submitted_assignment.id "
            "LEFT JOIN grade ON grade.notebook_id = submitted_notebook.id "
            "GROUP BY submitted_assignment.id"
        )
        return {(learner_id, quiz_id): given for learner_id, quiz_id, *given in rows}


def _tests(course: Course, quiz_ids: Iterable[str]) -> dict[str, dict[str, float]]:
    """What `marking.current_tests` says of each quiz that the gradebook has."""
    found = {}
    for quiz_id in quiz_ids:
        with suppress(MissingEntry):
            found[quiz_id] = current_tests(course, quiz_id)
    return found


def _folder(course: Course, one: QuizAttempt) -> Path:
    return course.attempts(one.learner_id, one.quiz_id) / one.id


def _same(one: float, other: float) -> bool:
    return isclose(one, other, abs_tol=SAME_POINTS)


def _marking(folder: Path, one: QuizAttempt) -> Marking | None:
    """The marking of an attempt whose files are as they were written, else None."""
    notebook = _notebook(folder / f"{one.quiz_id}.ipynb")
    if notebook is None or not _holds(notebook, one.answers or {}):
        return None
    if (folder / TIMESTAMP).read_bytes() != timestamp(one.submitted_at):
        return None
    try:
        marking = Marking.load(folder / MARKING)
        adds_up = _same(marking.score, fsum(question["points"] for question in marking.questions)) and _same(
            marking.max_score, fsum(marking.tests.values())
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return marking if adds_up else None


def _notebook(path: Path) -> NotebookNode | None:
    try:
        return nbformat.read(path, as_version=4)
    except (OSError, ValueError, AttributeError, KeyError, TypeError):
        return None


def _holds(notebook: NotebookNode, answers: dict[str, Any]) -> bool:
    """Whether the solution cells hold these answers."""
    cells = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell.source for cell in notebook.cells}
    return all(
        cells.get(question) == f"{question} = {literal(answer)}"
        for question, answer in answers.items()
        if answer is not None
    )
