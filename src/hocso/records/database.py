"""Opening the database: engine, durability, migration to the newest schema, and sessions.

SQLite is used in WAL mode with synchronous=FULL: what a committed transaction wrote survives a power cut.
Writers take the lock when they begin (BEGIN IMMEDIATE; in PostgreSQL an advisory lock of ours), so that no
transaction fails half-way because another one wrote first, and what one has looked up stays so till its end.
"""

import asyncio
import json
import os
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, closing, contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import NullPool

from . import restoring
from .clock import STAMP, utc_now
from .durable import close_to_others, flush_folder
from .errors import RecordsError, StorageAway, StorageBusy, StorageDamaged, StorageFull, StorageLost

BUSY_TIMEOUT_S = 10.0
# How often one looks whether it is one's turn to write, where one does not wait inside SQLite.
LOOK_EVERY_S = 0.01
# How many backups of a kind are kept in a folder, where nobody asks for another number.
KEPT = 14
# Copies before a change are whole databases, 1 GiB each with 50,000 residents: of a kind, two always stay,
# more only while all of them together have room in this.
COPIES_THAT_STAY, ROOM_FOR_COPIES = 2, 2 * 2**30
# On a full disk SQLite can't make the index of its log (the -shm file), and says no more than "I/O error".
NO_ROOM_FOR_THE_INDEX = "SQLITE_IOERR_SHMSIZE"
RECORDS = "hocso.db"
# What only a data folder has in which records were kept.
TRACES = ("secret.key", "course/attempts", "backups", "replaced-*", ".restoring-*", ".replacing-*")
# The lock that every writer in PostgreSQL takes: any number that is always the same.
WRITERS = int.from_bytes(b"hocso")
BUSY_TIMEOUT = f"PRAGMA busy_timeout={BUSY_TIMEOUT_S * 1000:.0f}"
MIGRATIONS = Path(__file__).parent / "migrations"

FULL = (
    "Máy chủ đã hết chỗ lưu, nên lần này chưa lưu được. Những gì đã lưu trước đó vẫn còn. "
    "Hãy báo người phụ trách máy chủ giải phóng ổ đĩa, rồi làm lại."
)
BUSY = "Máy chủ đang bận, lần này chưa lưu được. Xin chờ một lát rồi làm lại."
AWAY = (
    "Máy chủ chưa nối được với nơi lưu dữ liệu. Những gì đã lưu trước đó vẫn còn. "
    "Xin báo người phụ trách xem PostgreSQL (biến môi trường HOCSO_DATABASE) có chạy không, rồi làm lại."
)
# PostgreSQL's words for a lock that others held too long, and for two who waited for each other.
WAITED_TOO_LONG = ("55P03", "40P01")
DAMAGED = (
    "Tệp dữ liệu không đọc được: tệp bị hỏng, hoặc không phải dữ liệu của Học Số. Đừng xóa tệp này. "
    "Hãy chép nó ra nơi khác, rồi chép bản sao lưu gần nhất vào chỗ cũ."
)
LOST = (
    "Không thấy tệp hocso.db trong thư mục dữ liệu {data}, mà ở đó đã có dữ liệu của xã. Học Số không tạo "
    "tệp trống thay vào. Tìm tệp ấy (có thể ở thư mục replaced-… trong đó) và chép về chỗ cũ, hoặc phục hồi "
    "bản sao lưu gần nhất bằng hocso restore. Xã dùng PostgreSQL thì đặt lại biến môi trường HOCSO_DATABASE. "
    "Muốn bắt đầu lại từ đầu thì đổi tên thư mục dữ liệu cũ."
)


class Database:
    """An open database at the newest schema. Safe to share between threads; sessions are not."""

    def __init__(self, engine: Engine):
        self.engine = engine
        self._writing = sessionmaker(engine, expire_on_commit=False)
        reader = engine.execution_options(hocso_readonly=True, postgresql_readonly=True)
        self._reading = sessionmaker(reader, expire_on_commit=False)
        self._at_once = sessionmaker(engine.execution_options(hocso_at_once=True), expire_on_commit=False)
        self._turn = asyncio.Lock()
        self._thread = threading.local()

    @contextmanager
    def session(self, *, readonly: bool = False) -> Iterator[Session]:
        """A transaction: committed at the end of the block, rolled back on an error.

        `readonly=True` waits for no writer and refuses to write. Objects stay readable after the block. In
        one thread a second writing session inside the first would wait for itself, so it is a RuntimeError;
        a read-only one sees what was committed before. Waits BUSY_TIMEOUT_S for other writers. Raises
        StorageFull and StorageBusy.
        """
        if readonly:
            with self._transaction(self._reading()) as session:
                yield session
            return
        with self._only_one(), self._transaction(self._writing()) as session:
            yield session

    @asynccontextmanager
    async def turn(self, wait_s: float = BUSY_TIMEOUT_S) -> AsyncIterator[Session]:
        """A writing transaction for an event loop, which goes on while another thread or process writes.

        Who came first has the first turn. Nothing is awaited inside the block. Raises StorageBusy after
        `wait_s` seconds, StorageFull, and RuntimeError as `session` does.
        """
        until = time.monotonic() + wait_s
        with ExitStack() as held:
            async with self._turn:
                while True:
                    try:
                        session = held.enter_context(self._begun_at_once())
                        break
                    except StorageBusy:
                        if time.monotonic() > until:
                            raise
                    await asyncio.sleep(LOOK_EVERY_S)
            yield session

    @contextmanager
    def _begun_at_once(self) -> Iterator[Session]:
        """A writing session that has begun. Raises StorageBusy where another writes just now."""
        with self._only_one(), self._transaction(self._at_once()) as session:
            session.connection()
            yield session

    @contextmanager
    def _only_one(self) -> Iterator[None]:
        if getattr(self._thread, "writes", False):
            raise RuntimeError("This thread is inside a writing session: hand that one on, or read only.")
        self._thread.writes = True
        try:
            yield
        finally:
            self._thread.writes = False

    @contextmanager
    def _transaction(self, session: Session) -> Iterator[Session]:
        try:
            with session, session.begin():
                yield session
        except Exception as error:
            known = _storage_error(error)
            if known is None or known is error:
                raise
            raise known from error

    def empty_log(self) -> bool:
        """Have SQLite write its log into the file and cut it short, so that what was removed is in neither.
        False where somebody reads or writes just now: then it is to be tried again. Waits for nobody."""
        if self.engine.dialect.name != "sqlite":
            return True
        connection = self.engine.raw_connection()
        try:
            connection.execute("PRAGMA busy_timeout=0")
            [(busy, _, _)] = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            return not busy
        except sqlite3.OperationalError:
            return False
        finally:
            connection.execute(BUSY_TIMEOUT)
            connection.close()

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def open_database(url_or_path: str | os.PathLike) -> Database:
    """Open a database by SQLAlchemy URL or by the path of a SQLite file, made if there is none.

    Migrates it to the newest schema first. Raises SchemaTooNew, StorageDamaged, StorageFull and StorageBusy.
    """
    url = _url(url_or_path)
    if not _is_newest(url):
        # Imported here: Alembic takes as long as all the rest of opening, and most openings change nothing.
        from .migrating import migrate

        migrate(url)
    return Database(engine_for(url))


def open_in(data: Path) -> Database:
    """Open the database of a data folder: HOCSO_DATABASE (an SQLAlchemy URL or a path), else its hocso.db,
    made where nothing was recorded yet. A restore that was cut off is finished first. Raises StorageLost,
    DataInUse, and what `open_database` does."""
    if address := os.environ.get("HOCSO_DATABASE"):
        return open_database(address)
    restoring.finish(data)
    if (data / RECORDS).exists():
        close_to_others(data)
    elif not is_new(data):
        raise StorageLost(LOST.format(data=data))
    return open_database(data / RECORDS)


def is_new(data: Path) -> bool:
    """Whether a data folder has no records yet, in its own file or another database."""
    if os.environ.get("HOCSO_DATABASE"):
        return False
    return not (data / RECORDS).exists() and not any(any(data.glob(trace)) for trace in TRACES)


def _url(url_or_path: str | os.PathLike) -> URL:
    if isinstance(url_or_path, str) and "://" in url_or_path:
        url = make_url(url_or_path)
        return url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url
    return URL.create("sqlite", database=str(Path(url_or_path).absolute()))


def _is_newest(url: URL) -> bool:
    """Whether there is a database and its schema is the newest: the name of a migration's file begins with
    the revision that it makes."""
    if url.get_backend_name() == "sqlite" and not Path(url.database).exists():
        return False
    engine = engine_for(url, poolclass=NullPool)
    try:
        with engine.execution_options(hocso_readonly=True).connect() as connection:
            revision = connection.scalar(text("SELECT version_num FROM alembic_version"))
    except (OperationalError, ProgrammingError):  # no such table
        return False
    finally:
        engine.dispose()
    return revision == max(path.name for path in MIGRATIONS.glob("versions/[0-9]*.py")).partition("_")[0]


def engine_for(url: URL, **options) -> Engine:
    """An engine as our databases need it, whatever the schema."""
    if url.get_backend_name() != "sqlite":
        # A PostgreSQL that was started anew is noticed before it is asked, and one that is away soon.
        options = {"pool_pre_ping": True, "connect_args": {"connect_timeout": 3}} | options
    engine = create_engine(
        url,
        json_serializer=lambda value: json.dumps(value, ensure_ascii=False, allow_nan=False),
        hide_parameters=True,  # no names in error messages and logs
        **options,
    )
    event.listen(engine, "handle_error", _name_storage_errors)
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "connect", _set_up_postgresql)
        event.listen(engine, "begin", _begin_postgresql)
    return engine


def _set_up_postgresql(connection, _record) -> None:
    connection.execute(f"SET lock_timeout = '{BUSY_TIMEOUT_S:.0f}s'")
    connection.commit()


def _begin_postgresql(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("hocso_readonly", False):
        return
    if not options.get("hocso_at_once", False):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITERS})")
    elif not connection.exec_driver_sql(f"SELECT pg_try_advisory_xact_lock({WRITERS})").scalar():
        raise StorageBusy(BUSY)


def _set_up_sqlite(connection: sqlite3.Connection, _record) -> None:
    connection.isolation_level = None  # the driver must not begin transactions by itself
    connection.execute(BUSY_TIMEOUT)
    _keep_a_log(connection)
    for pragma in (
        "synchronous=FULL",
        "secure_delete=ON",  # who was removed is nowhere in the file any more
        "foreign_keys=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _keep_a_log(connection: sqlite3.Connection) -> None:
    """WAL mode. While another process changes a new file to it, SQLite says "locked" at once, whatever its
    timeout."""
    until = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.02)


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    readonly = options.get("hocso_readonly", False)
    connection.exec_driver_sql(f"PRAGMA query_only={'ON' if readonly else 'OFF'}")
    if not options.get("hocso_at_once", False):
        connection.exec_driver_sql("BEGIN" if readonly else "BEGIN IMMEDIATE")
        return
    connection.exec_driver_sql("PRAGMA busy_timeout=0")
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        connection.exec_driver_sql(BUSY_TIMEOUT)


def _name_storage_errors(context) -> None:
    known = _storage_error(context.original_exception)
    if known is not None:
        raise known


def _storage_error(error: BaseException | None) -> RecordsError | None:
    """What is wrong with the storage where that lies behind `error`: clearing up after a full disk can
    fail in its turn and hide what came first."""
    while error is not None:
        if isinstance(error, StorageFull | StorageBusy | StorageDamaged):
            return error
        said = str(error)
        if getattr(error, "sqlstate", None) == "53100" or (
            isinstance(error, sqlite3.Error)
            and ("disk is full" in said or getattr(error, "sqlite_errorname", "") == NO_ROOM_FOR_THE_INDEX)
        ):
            return StorageFull(FULL)
        if getattr(error, "sqlstate", None) in WAITED_TOO_LONG or (
            isinstance(error, sqlite3.OperationalError) and "database is locked" in said
        ):
            return StorageBusy(BUSY)
        if type(error).__module__.startswith("psycopg") and _is_away(error):
            return StorageAway(AWAY)
        if isinstance(error, sqlite3.DatabaseError) and ("not a database" in said or "malformed" in said):
            return StorageDamaged(DAMAGED)
        error = error.__cause__ or error.__context__
    return None


def _is_away(error: Exception) -> bool:
    """Whether psycopg says that its server can't be reached, or is shutting down."""
    state = getattr(error, "sqlstate", None)
    if state is None:
        return type(error).__name__ == "OperationalError"
    return state.startswith(("08", "57P"))


def copy_before(database: Database, what: str) -> Path | None:
    """Copy a SQLite database beside itself, before `what` (a word for the file's name, such as "nhap-so")
    changes much in it; `copy_aside` says how many of a kind stay. `hocso restore` takes such a copy. None for
    PostgreSQL, where pg_dump does this. Raises StorageFull, StorageDamaged."""
    url = database.engine.url
    return copy_aside(url, f"truoc-{what}") if url.get_backend_name() == "sqlite" else None


def copy_aside(url: URL, what: str) -> Path:
    """A copy of a SQLite database in backups beside it, named for `what`; the newest KEPT stay, fewer of
    large ones."""
    source = Path(url.database)
    folder = source.parent / "backups"
    folder.mkdir(mode=0o700, exist_ok=True)
    copy = folder / f"{source.stem}-{what}-{utc_now():{STAMP}}.db"
    part = folder / f".{copy.name}.{uuid4().hex}"
    try:
        make_private_file(part)
        copy_sqlite(source, part)
        os.replace(part, copy)
        flush_folder(folder)
    finally:
        part.unlink(missing_ok=True)
    size = 0
    for number, old in enumerate(sorted(folder.glob(f"{source.stem}-{what}-*Z.db"), reverse=True), start=1):
        size += old.stat().st_size
        if number > KEPT or (number > COPIES_THAT_STAY and size > ROOM_FOR_COPIES):
            old.unlink()
    return copy


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy a SQLite database as it is at this moment, while others write to it, and look whether the copy is
    sound. Raises StorageFull, StorageDamaged."""
    try:
        with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as copy:
            one.backup(copy)
            if copy.execute("PRAGMA quick_check").fetchall() != [("ok",)]:
                raise StorageDamaged(DAMAGED)
    except sqlite3.Error as error:
        raise _storage_error(error) or error from error
    with open(target, "rb+") as file:
        os.fsync(file.fileno())


def require_whole(connection: sqlite3.Connection) -> None:
    """Raises sqlite3.DatabaseError where SQLite finds the file damaged."""
    if connection.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
        raise sqlite3.DatabaseError("damaged")


def make_private_file(path: Path) -> None:
    """Names and years of birth are nobody else's on this machine. One that is there is left alone: closing it
    would drop this process's locks on a database that it has open, and SQLite would lose what is written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
