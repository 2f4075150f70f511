"""What the notebooks in notebooks/ begin with: the catalogue, and the records to look at only."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.orm import Session

from hocso.course import Catalogue, data_folder, kit_folder, load_catalogue
from hocso.records import Database, RecordsError, open_database
from hocso.records.database import address_in


class NoRecords(RecordsError):
    """There is nothing to look at yet."""


@dataclass(frozen=True)
class Desk:
    """The catalogue, and `look`, a session that reads and never writes."""

    catalogue: Catalogue
    database: Database

    @contextmanager
    def look(self) -> Iterator[Session]:
        with self.database.session(readonly=True) as session:
            yield session


def open_desk() -> Desk:
    """The kit and data folder that `hocso` would use (HOCSO_KIT, HOCSO_DATA). Raises NoRecords where nothing
    was recorded yet."""
    kit = kit_folder()
    address = address_in(data_folder(kit))
    if not str(address).startswith("postgresql") and not (data_folder(kit) / "hocso.db").exists():
        raise NoRecords(
            "Chưa có dữ liệu để xem. Mở máy chủ bằng hocso serve, hoặc nạp dữ liệu mẫu: hocso demo."
        )
    return Desk(load_catalogue(kit), open_database(address))
