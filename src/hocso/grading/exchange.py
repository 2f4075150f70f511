"""Taking an exchange file in with all that belongs to it: a backup first, then the records, then the course
forgets whom the file says to forget."""

from pathlib import Path

from hocso.records import Database, ExchangeReceipt, exchange, removal

from .backup import RECORDS, back_up
from .course import course_at
from .forgetting import forget


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
    if removed:
        database.empty_log()
    forget(course_at(kit, data), removed)
    return receipt
