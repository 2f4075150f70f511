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
from hocso.records.attempts import share
from hocso.records.database import require_whole
from hocso.records.soundness import Flaw

from .answers import literal
from .autograding import grade, is_in_place, put_back
from .course import Course, course_at
from .errors import AnswersRefused, GradingFailed
from .gradebook import open_gradebook
from .marking import Marking, current_tests
from .releasing import release_path
from .submission import MARKING, TIMESTAMP, submission_files, timestamp

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
    points, tests = {}, {}
    if (gradebook := course.root / "gradebook.db").is_file():
        try:
            points = _points(gradebook)
        except sqlite3.Error:
            yield Flaw("Sổ điểm của nbgrader (course/gradebook.db) bị hỏng.", RESTORE)
            return
        tests = _tests(course, {one.quiz_id for one in graded})
    there = [one for one in graded if all((_folder(course, one) / name).is_file() for name in _names(one))]
    markings = {one: _marking(_folder(course, one), one) for one in there}
    lost, lower = _without_files(people, graded, markings)
    changed = [one for one, marking in markings.items() if marking is None]
    earlier = {one for one in [*lost, *changed] if not _fits(course, one)}
    yield from _said(
        list(earlier),
        "lượt làm theo đề cũ, có câu hỏi nay không còn, mà tệp bài làm đã mất, bị hỏng hoặc bị sửa.",
        "Không chấm lại theo đề nay được; điểm đã ghi giữ nguyên và vẫn được tính. Muốn có lại tệp thì "
        "phục hồi bản sao lưu từ trước đó.",
        perhaps=True,
    )
    lost, changed = ([one for one in some if one not in earlier] for some in (lost, changed))
    yield from _of_files(course, people, lost, lower, changed, markings)
    # Grading one of these again sees to the gradebook too.
    in_doubt = {(one.learner_id, one.quiz_id) for one in [*lost, *changed, *earlier]}
    sound = {one: said for one, said in markings.items() if (one.learner_id, one.quiz_id) not in in_doubt}
    yield from _of_gradebook(course, people, sound, points, tests)
    yield from _unknown(course, known, points)


def _without_files(
    people: dict[str, Learner], graded: list[QuizAttempt], with_files: Iterable[QuizAttempt]
) -> tuple[list[QuizAttempt], list[QuizAttempt]]:
    """The attempts that lost their files, and those that need none: of who has a better one that has."""

    def of(one: QuizAttempt) -> tuple[str, str]:
        return people[one.learner_id].merged_into or one.learner_id, one.quiz_id

    best: dict[tuple[str, str], float] = {}
    for one in with_files:
        best[of(one)] = max(best.get(of(one), 0), share(one.score, one.max_score))
    lost, lower = [], []
    for one in graded:
        if one not in with_files:
            needed = of(one) not in best or share(one.score, one.max_score) > best[of(one)]
            (lost if needed else lower).append(one)
    return lost, lower


def _of_files(
    course: Course,
    people: dict[str, Learner],
    lost: list[QuizAttempt],
    lower: list[QuizAttempt],
    changed: list[QuizAttempt],
    markings: dict[QuizAttempt, Marking | None],
) -> Iterator[Flaw]:
    again = partial(_grade_again, course, people)
    yield from _said(
        lost,
        "lượt làm bài đã chấm mà không còn tệp trong course/attempts.",
        "Chấm lại từ câu trả lời; điểm đã có giữ nguyên.",
        again,
    )
    yield from _said(
        lower,
        "lượt làm bài, không phải bài tốt nhất, không có tệp trong course/attempts.",
        "Lượt từ máy khác gửi về thì đúng là chưa có. Chấm lại từ câu trả lời để có; điểm đã có giữ nguyên.",
        again,
        perhaps=True,
    )
    yield from _said(
        changed,
        "lượt làm bài có tệp trong course/attempts bị hỏng hoặc bị sửa.",
        "Chấm lại từ câu trả lời; điểm đã có giữ nguyên.",
        again,
    )
    yield from _said(
        [
            one
            for one, marking in markings.items()
            if marking and not (_same(marking.score, one.score) and _same(marking.max_score, one.max_score))
        ],
        "lượt làm bài có điểm trong course/attempts khác điểm đã ghi.",
        "Chấm lại từ câu trả lời. Sau đó vẫn khác thì do đề đã sửa, hoặc bài chấm ở máy khác theo đề khác: "
        "điểm đã ghi giữ nguyên.",
        again,
        perhaps=True,
    )


def _of_gradebook(
    course: Course,
    people: dict[str, Learner],
    markings: dict[QuizAttempt, Marking],
    points: dict[tuple[str, str], list],
    tests: dict[str, dict[str, float]],
) -> Iterator[Flaw]:
    """Whether nbgrader has the best attempt of each learner at each quiz, in all of its places. Attempts at
    an earlier edition of a quiz, with other questions, are not compared."""
    of: dict[tuple[str, str], dict[QuizAttempt, Marking]] = defaultdict(dict)
    for one, marking in markings.items():
        if tests.get(one.quiz_id, marking.tests) == marking.tests:
            of[one.learner_id, one.quiz_id][one] = marking
    unlisted, misplaced, incomplete, differing = [], [], [], []
    for (learner_id, quiz_id), compared in of.items():
        most = max(marking.share for marking in compared.values())
        best = [one for one, marking in compared.items() if marking.share == most]
        given, cells = points.get((learner_id, quiz_id), (None, None))
        if given is None:
            unlisted.append(best[0])
        elif not any(is_in_place(course, quiz_id, learner_id, _folder(course, one)) for one in best) or (
            _notebook(course.autograded(learner_id, quiz_id) / f"{quiz_id}.ipynb") is None
        ):
            misplaced.append(best[0])
        elif cells != len(compared[best[0]].tests):
            incomplete.append(best[0])
        elif not any(_same(compared[one].score, given) for one in best):
            differing.append(best[0])
    back = partial(_put_back, course, people)
    yield from _said(
        unlisted,
        "bài nộp đã chấm mà không có trong sổ điểm của nbgrader.",
        "Chấm lại từ câu trả lời để ghi vào sổ điểm; điểm đã có giữ nguyên.",
        partial(_grade_again, course, people),
    )
    yield from _said(
        misplaced,
        "bài có trong sổ điểm mà submitted, autograded không có đúng bài đó.",
        "Chấm lại bài tốt nhất để đặt vào chỗ; điểm đã có giữ nguyên.",
        back,
    )
    yield from _said(
        incomplete,
        "bài trong sổ điểm thiếu điểm của một số câu.",
        "Bỏ bài ấy khỏi sổ điểm, rồi chấm lại bài tốt nhất để ghi vào; điểm đã có giữ nguyên.",
        partial(back, anew=True),
    )
    yield from _said(
        differing,
        "bài có điểm máy chấm trong sổ điểm khác điểm của bài tốt nhất.",
        "Chấm lại bài tốt nhất để ghi lại vào sổ điểm; điểm đã có giữ nguyên.",
        back,
    )


def _unknown(
    course: Course, known: dict[str, QuizAttempt], points: dict[tuple[str, str], list]
) -> Iterator[Flaw]:
    strangers = points.keys() - {(one.learner_id, one.quiz_id) for one in known.values()}
    files = {path.name for path in course.root.glob("attempts/*/*/*") if path.is_dir()}
    if strangers or files - set(known):
        yield Flaw(
            f"Không có trong hocso.db: {len(files - set(known))} lượt làm bài trên ổ đĩa, {len(strangers)} "
            "bài trong sổ điểm.",
            "Thường do hocso.db được phục hồi từ bản cũ hơn. Có bản mới hơn thì phục hồi bản đó; không thì "
            "mời người học làm lại bài.",
        )


def _said(
    some: list[QuizAttempt],
    what: str,
    do: str,
    mend: Callable[[list[QuizAttempt]], None] | None = None,
    perhaps: bool = False,
) -> Iterator[Flaw]:
    if some:
        yield Flaw(f"{len(some)} {what}", do, partial(mend, some) if mend else None, perhaps)


def _fits(course: Course, one: QuizAttempt) -> bool:
    """Whether the answers of an attempt belong to the quiz as it is now."""
    try:
        submission_files(release_path(course.data, one.quiz_id), one.answers or {}, one.submitted_at)
    except GradingFailed as error:  # else there is no quiz to compare with
        return not isinstance(error, AnswersRefused)
    return True


def _grade_again(course: Course, people: dict[str, Learner], wanted: list[QuizAttempt]) -> None:
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


def _put_back(
    course: Course, people: dict[str, Learner], wanted: list[QuizAttempt], anew: bool = False
) -> None:
    """`anew`: nbgrader can't write into a submission that lacks cells; nor are points by hand in these."""
    for one in wanted:
        with course.locked():
            if anew:
                with open_gradebook(course.gradebook_url) as gradebook:
                    gradebook.remove_submission(one.quiz_id, one.learner_id)
            put_back(course, one.quiz_id, one.learner_id, _folder(course, one), people[one.learner_id].code)


def _points(gradebook: Path) -> dict[tuple[str, str], list]:
    """(learner, quiz) -> [points that the machine gave, in how many cells], of each submission in a sound
    gradebook; points given by hand are left out. Raises sqlite3.Error."""
    with closing(sqlite3.connect(gradebook)) as connection:
        require_whole(connection)
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


def _names(one: QuizAttempt) -> tuple[str, ...]:
    return f"{one.quiz_id}.ipynb", TIMESTAMP, MARKING


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
