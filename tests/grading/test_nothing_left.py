"""Who was removed is in no byte of the database any more, nor of the log that SQLite keeps beside it."""

import sqlite3
from contextlib import closing

import pytest

from hocso.grading.course import course_at
from hocso.grading.worker import Worker
from hocso.records import hamlets, open_database, removal

from .conftest import somebody

NAME = "Nguyễn Thị Dấu Vết"


@pytest.fixture
def database(tmp_path):
    with closing(open_database(tmp_path / "hocso.db")) as database:
        yield database


@pytest.fixture
def learner_id(database):
    with database.session() as session:
        return somebody(session, hamlets.add(session, "Ấp Mẫu 1").id, NAME, phone="0912345678").id


def traces(folder) -> list[str]:
    """The files of the database in which the name, as typed or as searched for, or the number stands."""
    words = (NAME.encode(), b"nguyen thi dau vet", b"0912345678")
    return [file.name for file in folder.glob("hocso.db*") if any(one in file.read_bytes() for one in words)]


def test_nothing_is_left_while_others_have_the_database_open(tmp_path, database, learner_id):
    assert traces(tmp_path) == ["hocso.db-wal"]
    with closing(sqlite3.connect(tmp_path / "hocso.db")) as other:
        assert other.execute("SELECT full_name FROM learners").fetchall() == [(NAME,)]
        with database.session() as session:
            removal.remove(session, learner_id, "asked")
        assert traces(tmp_path) == ["hocso.db-wal"]
        assert database.empty_log()
        assert traces(tmp_path) == []


def test_where_somebody_reads_just_then_the_worker_does_it_later(tmp_path, database, learner_id):
    worker = Worker(database, course_at(tmp_path / "kit", tmp_path), graders=None, bell=None)
    with closing(sqlite3.connect(tmp_path / "hocso.db")) as other:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM learners").fetchall()
        with database.session() as session:
            removal.remove(session, learner_id, "asked")
        assert not database.empty_log()
        worker.forget_removed()
        assert traces(tmp_path) == ["hocso.db-wal"]
        other.rollback()
        worker.forget_removed()
        assert traces(tmp_path) == []
