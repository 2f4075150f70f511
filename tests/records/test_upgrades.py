"""A database of an earlier edition opens with all that is in it, and a copy of it is kept."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from alembic import command
from sqlalchemy import create_engine, insert, select, text
from sqlalchemy.schema import MetaData

from hocso.records import Attendance, ClassSession, Learner, QuizAttempt, expected, open_database
from hocso.records.clock import utc_now
from hocso.records.migrating import migration_config

RELEASED = ["0001", "0002", "0003", "0004"]
LEARNER = {
    "id": "l1",
    "code": "MAU00001",
    "full_name": "Nguyễn Văn Mẫu",
    "folded_name": "nguyen van mau",
    "birth_year": 1960,
    "hamlet_id": "ap-mau-1",
    "group": "nguoi-dan",
    "pin_hash": "x",
    "pin_failures": 0,
    "consent_wording": "Tôi đồng ý (mẫu).",
    "consent_at": utc_now(),
    "created_at": utc_now(),
    "is_sample": True,
}
ROWS = [
    ("hamlets", {"id": "ap-mau-1", "name": "Ấp Mẫu 1", "position": 1}),
    (
        "accounts",
        {
            "id": "a1",
            "username": "giangvien.mau",
            "display_name": "Giảng viên Mẫu",
            "role": "trainer",
            "password_hash": "x",
            "failures": 0,
            "created_at": utc_now(),
            "is_sample": True,
        },
    ),
    ("learners", LEARNER),
    (
        "class_sessions",
        {
            "id": "c1",
            "code": "ABCDEF",
            "trainer_id": "a1",
            "place": "Nhà văn hóa Ấp Mẫu 1",
            "date": utc_now().date(),
            "opened_at": utc_now(),
        },
    ),
    ("attendance", {"class_session_id": "c1", "learner_id": "l1", "checked_in_at": utc_now()}),
    (
        "quiz_attempts",
        {
            "id": "q1",
            "learner_id": "l1",
            "quiz_id": "ky-nang-so-04",
            "seed": 7,
            "state": "graded",
            "created_at": utc_now(),
            "score": 9.0,
            "max_score": 10.0,
            "passed": True,
        },
    ),
]


@pytest.fixture(params=RELEASED)
def earlier(request, tmp_path):
    """A database at an earlier schema, with a learner who was in a class and took a quiz."""
    file = tmp_path / "hocso.db"
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        command.upgrade(migration_config(connection), request.param)
        tables = MetaData()
        tables.reflect(connection)
        for name, row in ROWS:
            connection.execute(insert(tables.tables[name]).values(**row))
    engine.dispose()
    return file


def test_everything_is_still_there(earlier):
    database = open_database(earlier)
    with database.session(readonly=True) as session:
        learner = session.scalar(select(Learner))
        assert (learner.full_name, learner.hamlet.name) == ("Nguyễn Văn Mẫu", "Ấp Mẫu 1")
        assert (learner.pin_is_first, learner.communicator, learner.merged_into) == (False, False, None)
        assert session.scalar(select(ClassSession)).is_open
        assert session.scalar(select(Attendance)).how == "self"
        attempt = session.scalar(select(QuizAttempt))
        assert (attempt.score, attempt.in_course) == (9.0, True)
        assert [(one.person.id, one.is_expected) for one in expected.roll(session, "c1")] == [("l1", False)]
    with database.session() as session:
        assert expected.add(session, "c1", ["l1"], added_by="a1") == 1
        assert session.execute(text("PRAGMA foreign_key_check")).fetchall() == []
    database.close()


PLUG_IS_PULLED = """
import os, signal, sys
from alembic import command
from hocso.records import open_database
upgrade = command.upgrade

def cut_off(*arguments):
    upgrade(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)

command.upgrade = cut_off
open_database(sys.argv[1])
"""


@pytest.mark.skipif(os.name != "posix", reason="this system has no SIGKILL")
def test_a_migration_that_was_cut_off_has_changed_nothing_and_is_made_at_the_next_opening(earlier):
    assert subprocess.run([sys.executable, "-c", PLUG_IS_PULLED, str(earlier)]).returncode == -signal.SIGKILL
    with closing(sqlite3.connect(earlier)) as left:
        [(revision,)] = left.execute("SELECT version_num FROM alembic_version")
        assert revision in RELEASED
    test_everything_is_still_there(earlier)


def test_the_earlier_database_is_kept_once(earlier, request):
    revision = request.node.callspec.params["earlier"]
    open_database(earlier).close()
    open_database(earlier).close()
    (copy,) = (earlier.parent / "backups").glob(f"hocso-{revision}-*.db")
    with closing(sqlite3.connect(copy)) as kept:
        assert kept.execute("SELECT version_num FROM alembic_version").fetchall() == [(revision,)]
        assert kept.execute("SELECT full_name FROM learners").fetchall() == [("Nguyễn Văn Mẫu",)]


def test_a_new_database_needs_no_copy(tmp_path):
    open_database(tmp_path / "hocso.db").close()
    assert not (tmp_path / "backups").exists()
