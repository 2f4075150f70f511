"""Writes the next migration: the difference between the migrations so far and the models."""

import sys
import tempfile
from pathlib import Path

from alembic import command

from hocso.records.database import open_database
from hocso.records.migrating import migration_config

revision, message = sys.argv[1:]
with tempfile.TemporaryDirectory() as folder:
    database = open_database(Path(folder, "newest.db"))
    with database.engine.begin() as connection:
        command.revision(migration_config(connection), message=message, rev_id=revision, autogenerate=True)
    database.close()
