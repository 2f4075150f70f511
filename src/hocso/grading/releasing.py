"""Makes the release versions of the quizzes: what residents see, without solutions and hidden tests."""

import hashlib
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import GenerateAssignment

from hocso.records.database import copy_sqlite

from .conversion import ConversionFailed, convert
from .course import Course, course_at
from .errors import GradingFailed, ReleaseFailed, ServerFull
from .folders import move_folder, room_needed, write_file
from .gradebook import open_gradebook

CELLS_CHANGED = "Cannot add or remove cells"


def release(kit: Path, data: Path, tell: Callable[[int, int], None] | None = None) -> list[str]:
    """Make the release version of each quiz whose source changed since, and record its cells in the
    gradebook. Returns the ids of the quizzes that were made. `tell` hears how many of how many are done.

    Raises ReleaseFailed after all were tried; a quiz that fails keeps the release version that it had.
    Raises ServerFull at once.
    """
    course = course_at(kit, data)
    made, failures = [], {}
    with room_needed(), course.locked():
        sources = sorted((course.kit / "quizzes" / "source").glob("*/*.ipynb"))
        for number, source in enumerate(sources):
            if tell:
                tell(number, len(sources))
            quiz_id = source.parent.name
            if source.stem != quiz_id or is_current(course, quiz_id):
                continue
            try:
                release_quiz(course, quiz_id)
            except ServerFull:
                raise
            except GradingFailed as error:
                failures[quiz_id] = error.detail
            else:
                made.append(quiz_id)
    if failures:
        raise ReleaseFailed(failures)
    return made


def release_path(data: Path, quiz_id: str) -> Path:
    """The release version of a quiz, which is there after `release`."""
    return Path(data).resolve() / "course" / "release" / quiz_id / f"{quiz_id}.ipynb"


def is_released(course: Course, quiz_id: str) -> bool:
    files = (course.release(quiz_id) / f"{quiz_id}.ipynb", course.root / "gradebook.db")
    if not all(file.is_file() for file in files):
        return False
    with open_gradebook(course.gradebook_url) as gradebook:
        try:
            gradebook.find_notebook(quiz_id, quiz_id)
        except MissingEntry:
            return False
    return True


def is_current(course: Course, quiz_id: str) -> bool:
    stamp = _stamp(course, quiz_id)
    return stamp.is_file() and stamp.read_text() == _edition(course, quiz_id) and is_released(course, quiz_id)


def release_quiz(course: Course, quiz_id: str) -> None:
    """Make one release version; the course is locked. Raises GradingFailed or ServerFull."""
    if not (course.source(quiz_id) / f"{quiz_id}.ipynb").is_file():
        raise GradingFailed(f"không có bài {quiz_id} trong quizzes/source")
    edition = _edition(course, quiz_id)
    try:
        _generate(course, quiz_id)
    except ConversionFailed as error:
        if CELLS_CHANGED not in error.line:
            raise GradingFailed(f"nbgrader generate_assignment {quiz_id} báo lỗi {error.line}") from error
        _put_earlier_edition_aside(course, quiz_id)
        _generate(course, quiz_id)
    write_file(_stamp(course, quiz_id), edition.encode())


def _generate(course: Course, quiz_id: str) -> None:
    """nbgrader writes beside the version in use, which is replaced only when the new one is whole."""
    fresh = course.staging / "release"
    convert(
        GenerateAssignment,
        course,
        assignment_id=quiz_id,
        release_directory=str(fresh.relative_to(course.root)),
    )
    move_folder(course, fresh / quiz_id, course.release(quiz_id))


def _put_earlier_edition_aside(course: Course, quiz_id: str) -> None:
    """nbgrader keeps a quiz's questions as they are while it holds submissions to them. So where the author
    added or removed questions, a copy of the gradebook and the submissions to the earlier questions go to
    course/earlier, and the gradebook starts this quiz anew. attempts/ and the server's records stay."""
    aside = course.root / "earlier" / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{quiz_id}"
    aside.mkdir(parents=True)
    copy_sqlite(course.root / "gradebook.db", aside / "gradebook.db")
    for step in ("submitted", "autograded", "feedback"):
        for folder in (course.root / step).glob(f"*/{quiz_id}"):
            kept = aside / step / folder.parent.name
            kept.mkdir(parents=True)
            shutil.move(folder, kept / quiz_id)
    with Gradebook(course.gradebook_url, "") as gradebook:
        for submission in gradebook.assignment_submissions(quiz_id):
            gradebook.remove_submission(quiz_id, submission.student.id)


def _stamp(course: Course, quiz_id: str) -> Path:
    return course.root / "editions" / quiz_id


def _edition(course: Course, quiz_id: str) -> str:
    """A fingerprint of a quiz's source folder."""
    fingerprint = hashlib.sha256()
    folder = course.source(quiz_id)
    for file in sorted(folder.rglob("*")):
        if file.is_file() and ".ipynb_checkpoints" not in file.parts:
            fingerprint.update(str(file.relative_to(folder)).encode() + b"\0" + file.read_bytes() + b"\0")
    return fingerprint.hexdigest()
