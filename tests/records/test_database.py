import asyncio
import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from hocso.records import (
    Event,
    SchemaTooNew,
    StorageBusy,
    StorageFull,
    events,
    hamlets,
    learners,
    open_database,
    settings,
)
from hocso.records import database as database_module
from hocso.records.models import Base


@pytest.fixture
def sqlite_database(tmp_path):
    database = open_database(tmp_path / "hocso.db")
    yield database
    database.close()


def test_migrations_make_the_tables_of_the_models(database):
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_opening_again_keeps_the_data(database, database_url):
    with database.session() as session:
        settings.put(session, "commune_name", "Xã Tân Hội")
    again = open_database(database_url)
    with again.session(readonly=True) as session:
        assert settings.get(session, "commune_name") == "Xã Tân Hội"
    again.close()


def test_two_processes_may_open_a_new_database_at_once(database_url):
    opened, errors = [], []

    def open_it():
        try:
            opened.append(open_database(database_url))
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in opened:
        one.close()
    assert errors == []


def test_a_new_database_into_which_another_process_writes_is_waited_for(tmp_path):
    path = tmp_path / "hocso.db"
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")  # in the old mode, as a new file is
        end = threading.Timer(0.3, other.rollback)
        end.start()
        open_database(path).close()
        end.join()


def test_a_newer_schema_is_refused_and_left_alone(database, database_url):
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaTooNew, match="cập nhật Học Số"):
        open_database(database_url)
    with database.engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "9999"


def test_sqlite_is_set_up_to_survive_a_power_cut(sqlite_database):
    with sqlite_database.engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}


def test_the_file_is_for_its_owner_only(sqlite_database, tmp_path):
    assert stat.S_IMODE((tmp_path / "hocso.db").stat().st_mode) == 0o600


def test_a_path_with_a_per_cent_sign_and_spaces_opens(tmp_path):
    open_database(tmp_path / "dữ liệu 100%" / "hocso.db").close()
    assert (tmp_path / "dữ liệu 100%" / "hocso.db").exists()


def test_an_error_rolls_everything_back(database):
    with pytest.raises(RuntimeError), database.session() as session:
        hamlets.add(session, "Ấp 1")
        raise RuntimeError
    with database.session(readonly=True) as session:
        assert hamlets.listed(session) == []


def test_a_read_only_session_refuses_to_write(database):
    with pytest.raises(DBAPIError), database.session(readonly=True) as session:
        hamlets.add(session, "Ấp 1")


def test_a_session_can_write_after_a_read_only_one(database):
    with database.session(readonly=True) as session:
        hamlets.listed(session)
    with database.session() as session:
        hamlets.add(session, "Ấp 1")
    with database.session(readonly=True) as session:
        assert [hamlet.name for hamlet in hamlets.listed(session)] == ["Ấp 1"]


def test_readers_do_not_wait_for_a_writer(database):
    with database.session() as session:
        hamlets.add(session, "Ấp 1")
        with database.session(readonly=True) as reader:
            assert hamlets.listed(reader) == []


def test_a_second_writing_session_in_the_same_thread_is_an_error_not_a_deadlock(database):
    with database.session(), pytest.raises(RuntimeError), database.session():
        pass


def test_writers_in_many_threads_wait_for_each_other(sqlite_database):
    def count_up():
        for _ in range(10):
            with sqlite_database.session() as session:
                settings.put(session, "count", settings.get(session, "count", 0) + 1)

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with sqlite_database.session(readonly=True) as session:
        assert settings.get(session, "count") == 40


def test_an_event_loop_goes_on_while_it_waits_for_its_turn_to_write(database):
    begun, may_end, order = threading.Event(), threading.Event(), []

    def thread():
        with database.session() as session:
            hamlets.add(session, "Ấp Của Luồng")
            begun.set()
            may_end.wait(5)
            order.append("thread")

    async def loop():
        async with database.turn() as session:
            order.append([one.name for one in hamlets.listed(session)])

    async def story():
        waits = asyncio.create_task(loop())
        for _ in range(20):
            await asyncio.sleep(0.01)
        assert order == []
        may_end.set()
        await waits

    writer = threading.Thread(target=thread)
    writer.start()
    begun.wait(5)
    asyncio.run(story())
    writer.join()
    assert order == ["thread", ["Ấp Của Luồng"]]


def test_a_locked_database_is_named_as_busy(sqlite_database, tmp_path):
    with sqlite_database.engine.connect() as connection:
        connection.connection.execute("PRAGMA busy_timeout=50")
    other = sqlite3.connect(tmp_path / "hocso.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageBusy, match="đang bận"), sqlite_database.session() as session:
        hamlets.add(session, "Ấp 1")
    other.close()


def test_a_full_disk_is_named_and_what_was_saved_stays(sqlite_database):
    with sqlite_database.session() as session:
        hamlets.add(session, "Ấp 1")
    with sqlite_database.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    with pytest.raises(StorageFull, match="hết chỗ lưu"), sqlite_database.session() as session:
        for number in range(3000):
            hamlets.add(session, f"Ấp thứ {number} {'dài' * 20}")
    with sqlite_database.session() as session:
        assert [hamlet.name for hamlet in hamlets.listed(session)] == ["Ấp 1"]


def test_a_disk_that_fills_up_loses_no_event_that_was_acknowledged(sqlite_database):
    with sqlite_database.session() as session:
        hamlet = hamlets.add(session, "Ấp 1")
        learner = learners.register(
            session,
            full_name="Nguyễn Văn Hòa",
            birth_year=1960,
            hamlet_id=hamlet.id,
            group="nguoi-dan",
            pin="2468",
            consent_wording="Đồng ý",
        )
    with sqlite_database.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 20}")
    acknowledged = set()
    with pytest.raises(StorageFull):
        for _ in range(200):
            event_id = str(uuid4())
            with sqlite_database.session() as session:
                events.append(
                    session,
                    id=event_id,
                    learner_id=learner.id,
                    lesson_id="ky-nang-so/otp",
                    verb="answered",
                    result={"response": "x" * 2000},
                    occurred_at=datetime.now(UTC),
                )
            acknowledged.add(event_id)
    with sqlite_database.session(readonly=True) as session:
        assert set(session.scalars(select(Event.id))) == acknowledged != set()


def test_errors_do_not_quote_what_was_written(sqlite_database):
    with pytest.raises(DBAPIError) as caught, sqlite_database.session() as session:
        session.execute(text("INSERT INTO no_such_table VALUES (:name)"), {"name": "Nguyễn Văn A"})
    assert "Nguyễn" not in str(caught.value)


def test_every_migration_has_a_file_name_that_begins_with_its_revision():
    versions = database_module.MIGRATIONS / "versions"
    for file in versions.glob("[0-9]*.py"):
        assert f'revision = "{file.name.split("_")[0]}"' in file.read_text(encoding="utf-8")


def test_opening_a_database_again_leaves_the_locks_of_those_who_have_it_open(tmp_path):
    """On POSIX, closing any descriptor of a file drops the whole process's locks on it. Another process would
    then take the database for unused, and throw away the log that we go on writing to."""
    first = open_database(tmp_path / "hocso.db")
    with first.session() as session:
        hamlets.add(session, "Ấp Thử 1")
    open_database(tmp_path / "hocso.db").close()
    other = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT * FROM hamlets'); c.close()"
    )
    subprocess.run([sys.executable, "-c", other, str(tmp_path / "hocso.db")], check=True)
    assert (tmp_path / "hocso.db-wal").exists()
    with first.session() as session:
        hamlets.add(session, "Ấp Thử 2")
    with sqlite3.connect(tmp_path / "hocso.db") as look:
        assert look.execute("SELECT count(*) FROM hamlets").fetchone() == (2,)
    first.close()
