"""Migration of a database to the newest schema, by Alembic; a SQLite file is copied before it changes."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.engine import URL
from sqlalchemy.pool import NullPool

from .database import MIGRATIONS, copy_aside, engine_for, make_private_file
from .errors import SchemaTooNew

# Any number, the same in every process: one process at a time migrates a PostgreSQL database.
MIGRATION_LOCK = 757_2025
TOO_NEW = (
    "Dữ liệu này do một bản Học Số mới hơn ghi, bản đang chạy không đọc được. "
    "Hãy cập nhật Học Số rồi mở lại; dữ liệu còn nguyên."
)


def migrate(url: URL) -> None:
    """Migrate a database to the newest schema; a SQLite file is made if there is none. Raises SchemaTooNew,
    StorageDamaged, StorageFull and StorageBusy."""
    if url.get_backend_name() == "sqlite":
        make_private_file(Path(url.database))
    engine = engine_for(url, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                # Changing a table in SQLite means replacing it, which the keys that point at it would forbid.
                connection.connection.execute("PRAGMA foreign_keys=OFF")
            with connection.begin():
                if connection.dialect.name == "postgresql":
                    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
                scripts = ScriptDirectory.from_config(migration_config(connection))
                heads = MigrationContext.configure(connection).get_current_heads()
                _refuse_newer(scripts, heads)
                _keep_a_copy(scripts, heads, url)
                command.upgrade(migration_config(connection), "head")
    finally:
        engine.dispose()


def _keep_a_copy(scripts: ScriptDirectory, heads: tuple[str, ...], url: URL) -> None:
    """Before the schema of a SQLite database changes: the file as it is, in backups beside it."""
    if url.get_backend_name() != "sqlite" or not heads or set(heads) == set(scripts.get_heads()):
        return
    copy_aside(url, heads[0])


def migration_config(connection: Connection) -> Config:
    """What Alembic needs to know to work on `connection`."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def _refuse_newer(scripts: ScriptDirectory, heads: tuple[str, ...]) -> None:
    known = {script.revision for script in scripts.walk_revisions()}
    if not known.issuperset(heads):
        raise SchemaTooNew(TOO_NEW)
