"""What the notebooks in notebooks/ begin with: the catalogue, and the records to look at only."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.orm import Session

from hocso.course import Catalogue, data_folder, kit_folder, load_catalogue
from hocso.records import Database, RecordsError
from hocso.records.database import is_new, open_in


class NoRecords(RecordsError):
    """There is nothing to look at yet. Jupyter shows what to do next, and no traceback."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


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
    data = data_folder(kit)
    if is_new(data):
        raise NoRecords(
            "Chưa có dữ liệu để xem. Mở máy chủ bằng hocso serve, hoặc nạp dữ liệu mẫu: hocso demo."
        )
    return Desk(load_catalogue(kit), open_in(data))
