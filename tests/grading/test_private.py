"""Nobody else who uses the machine can read what is kept of people."""

import os
import subprocess
import sys

import pytest

from hocso.grading import backup
from hocso.grading.course import course_at
from hocso.records import attempts, hamlets, open_database
from hocso.records.database import open_in

from .conftest import QUIZ, RIGHT, somebody
from .test_worker import graded, worker

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows has other means")


def hocso(kit, data, *arguments):
    subprocess.run(
        [sys.executable, "-c", "from hocso.cli import main; main()", *arguments],
        env={**os.environ, "HOCSO_KIT": str(kit), "HOCSO_DATA": str(data)},
        umask=0o022,
        check=True,
    )


def open_to_others(folder) -> list[str]:
    """What others may do anything with, links aside."""
    return [
        f"{path.relative_to(folder.parent)} {path.stat().st_mode & 0o777:o}"
        for path in [folder, *folder.rglob("*")]
        if path.stat().st_mode & 0o077
    ]


def test_all_that_is_made_is_its_owners_only(kit, tmp_path):
    """From the first command to a graded attempt and a backup, whatever the system's habit."""
    data = tmp_path / "fresh" / "data"
    hocso(kit, data, "hamlets", "add", "Ấp Mẫu 1")
    hocso(kit, data, "release")
    database = open_database(data / "hocso.db")
    with database.session() as session:
        learner = somebody(session, hamlets.listed(session)[0].id)
        attempt = attempts.current_attempt(session, learner.id, QUIZ)
        attempts.submit(session, attempt.id, learner.id, RIGHT)

    before = os.umask(0o022)
    try:
        with worker(kit, data, tmp_path / "log"):
            graded(database, learner.id, attempt.id)
    finally:
        os.umask(before)
    database.close()
    hocso(kit, data, "backup")
    [made] = (data / "backups").iterdir()
    hocso(kit, data, "restore", str(made), "--yes")
    assert (data / "course/attempts" / learner.id / QUIZ / attempt.id / "marking.json").is_file()
    assert (data / "course/autograded" / learner.id / QUIZ / f"{QUIZ}.ipynb").is_file()
    assert open_to_others(data) == []


def test_a_course_that_others_could_read_is_closed_when_it_is_next_written_to(kit, data):
    """One from an earlier version, or restored by another program."""
    course = course_at(kit, data)
    course.root.chmod(0o755)
    with course.locked():
        assert course.root.stat().st_mode & 0o777 == 0o700


def test_a_restored_course_is_closed(kit, data):
    open_database(data / "hocso.db").close()
    made = backup.back_up(kit, data)
    before = os.umask(0o022)
    try:
        backup.restore(made.path, data)
        with course_at(kit, data).locked():
            pass
    finally:
        os.umask(before)
    assert (data / "course").stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.name != "posix", reason="this system has other means")
def test_a_data_folder_that_an_earlier_release_left_open_is_closed_when_it_is_next_opened(data):
    open_database(data / "hocso.db").close()
    data.chmod(0o755)
    open_in(data).close()
    assert data.stat().st_mode & 0o777 == 0o700
