"""Whether nbgrader's course agrees with the records: for `hocso doctor --deep`."""

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from sqlalchemy import select

from hocso.records import Database, Learner, QuizAttempt
from hocso.records.attempts import share
from hocso.records.soundness import Flaw

from .autograding import grade
from .course import Course, course_at
from .submission import MARKING, TIMESTAMP

RESTORE = "Dừng máy chủ, rồi phục hồi bản sao lưu gần nhất: hocso restore."


def flaws(kit: Path, data: Path, database: Database) -> Iterator[Flaw]:
    """Attempts that are missing in the gradebook or on the disk, and what is there without an attempt. A
    missing one is mended by grading it again from its answers, which leaves its score as it is."""
    course = course_at(kit, data)
    gradebook = course.root / "gradebook.db"
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
    ]
    try:
        held = _submissions(gradebook) if gradebook.is_file() else set()
    except sqlite3.Error:
        yield Flaw("Sổ điểm của nbgrader (course/gradebook.db) bị hỏng.", RESTORE)
        return

    def again(wanted: list[QuizAttempt]) -> Callable[[], None]:
        def mend():
            for one in wanted:
                grade(
                    kit,
                    data,
                    quiz_id=one.quiz_id,
                    learner_id=one.learner_id,
                    attempt_id=one.id,
                    answers=one.answers,
                    submitted_at=one.submitted_at,
                    learner_code=people[one.learner_id].code,
                    on_paper=one.entered_by is not None,
                )

        return mend

    lost = [one for one in graded if not _is_kept(course, one)]
    if lost:
        yield Flaw(
            f"{len(lost)} lượt làm bài đã chấm mà không còn tệp trong course/attempts.",
            "Chấm lại từ câu trả lời; điểm đã có giữ nguyên.",
            again(lost),
        )
    unlisted = [one for one in _best(graded) if (one.learner_id, one.quiz_id) not in held]
    if unlisted:
        yield Flaw(
            f"{len(unlisted)} bài nộp đã chấm mà không có trong sổ điểm của nbgrader.",
            "Chấm lại từ câu trả lời để ghi vào sổ điểm; điểm đã có giữ nguyên.",
            again(unlisted),
        )
    strangers = held - {(one.learner_id, one.quiz_id) for one in known.values()}
    files = {path.name for path in course.root.glob("attempts/*/*/*") if path.is_dir()}
    if strangers or files - set(known):
        yield Flaw(
            f"Không có trong hocso.db: {len(files - set(known))} lượt làm bài trên ổ đĩa, {len(strangers)} "
            "bài trong sổ điểm.",
            "Thường do hocso.db được phục hồi từ bản cũ hơn. Có bản mới hơn thì phục hồi bản đó; không thì "
            "mời người học làm lại bài.",
        )


def _submissions(gradebook: Path) -> set[tuple[str, str]]:
    """(learner, quiz) of each submission in a sound gradebook. Raises sqlite3.Error."""
    with closing(sqlite3.connect(gradebook)) as connection:
        if connection.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
            raise sqlite3.DatabaseError("damaged")
        return set(
            connection.execute(
                "SELECT submitted_assignment.student_id, assignment.name FROM submitted_assignment "
                "JOIN assignment ON assignment.id = submitted_assignment.assignment_id"
            )
        )


def _is_kept(course: Course, one: QuizAttempt) -> bool:
    folder = course.attempts(one.learner_id, one.quiz_id) / one.id
    return all((folder / name).is_file() for name in (f"{one.quiz_id}.ipynb", TIMESTAMP, MARKING))


def _best(graded: list[QuizAttempt]) -> list[QuizAttempt]:
    """The best attempt of each learner at each quiz."""
    of = defaultdict(list)
    for one in graded:
        of[one.learner_id, one.quiz_id].append(one)
    return [max(some, key=lambda one: share(one.score, one.max_score)) for some in of.values()]
