"""Taking an exchange file in with all that belongs to it: a backup first, then the records, then the course
forgets whom the file says to forget."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from hocso.records import Database, ExchangeReceipt, exchange, removal

from .backup import RECORDS, back_up
from .course import Course, course_at
from .gradebook import open_gradebook


def take_in(
    kit: Path,
    data: Path,
    database: Database,
    reader: exchange.Reader,
    account_id: str | None = None,
    progress: exchange.Progress = lambda rows: None,
) -> ExchangeReceipt:
    """Take a file in, all of it or nothing; returns the receipt. The backup is left out where the records are
    not in the data folder. Raises ExchangeRefused, BackupRefused, ServerFull."""
    if (data / RECORDS).is_file():
        back_up(kit, data)
    with database.session() as session:
        receipt = exchange.carry_out(session, reader, account_id, progress=progress)
        removed = removal.asked(session)
    forget(course_at(kit, data), removed)
    return receipt


def forget(course: Course, learner_ids: Iterable[str]) -> None:
    """Take what learners handed in out of nbgrader's course: attempts, submissions and gradebook."""
    places = [course.root / name for name in ("attempts", "submitted", "autograded", "feedback")]
    there = [one for one in learner_ids if any((place / one).exists() for place in places)]
    if not there:
        return
    with course.locked():
        with open_gradebook(course.gradebook_url) as gradebook:
            known = {student.id for student in gradebook.students}
            for learner_id in known.intersection(there):
                gradebook.remove_student(learner_id)
        for learner_id in there:
            for place in places:
                shutil.rmtree(place / learner_id, ignore_errors=True)
