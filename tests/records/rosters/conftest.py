"""The records' database and people, and rosters as bytes."""

import io

import openpyxl
import pytest

from hocso.records import hamlets


def xlsx(rows, merged=(), title="Danh sách"):
    """The bytes of a workbook with one sheet."""
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    for cells in merged:
        book.active.merge_cells(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.fixture
def commune(database):
    """A database that knows «Ấp 1» and «Ấp 2»."""
    with database.session() as session:
        for name in ("Ấp 1", "Ấp 2"):
            hamlets.add(session, name)
    return database
