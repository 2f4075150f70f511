"""What stands in the cells of an .xlsx, .xls or text file, as it is written there.

Merged cells each get the value of the whole. Text files are read in the encoding and with the separator that
make most sense of them. Files that would take too much memory are refused before they are unpacked.
"""

import csv
import io
import zipfile
from collections import Counter
from dataclasses import dataclass
from typing import Any

import openpyxl
import xlrd
from openpyxl.utils.exceptions import InvalidFileException

from .errors import RosterRefused

LARGEST_FILE = 10 * 1024 * 1024
LARGEST_UNPACKED = 20 * 1024 * 1024
MOST_ROWS = 5_000
BESIDE = 100  # rows of headings, totals and signatures, which are let through above the most
MOST_COLUMNS = 60
SEPARATORS = "\t;,|"

TOO_LARGE = "Tệp lớn quá 10 MB. Hãy chia thành nhiều tệp nhỏ hơn rồi nhập từng tệp."
TOO_LONG = "Bảng dài quá {} dòng. Hãy chia thành nhiều tệp nhỏ hơn rồi nhập từng tệp."
UNREADABLE = (
    "Không đọc được tệp này: tệp hỏng, có mật khẩu, hoặc không phải bảng tính. "
    "Hãy mở bằng Excel, bỏ mật khẩu nếu có, lưu lại dạng .xlsx rồi nhập lại."
)


@dataclass(frozen=True)
class Sheet:
    """A sheet's name and its rows of cell values (str, number, date or None) from row 1 and column A on."""

    name: str
    rows: list[list[Any]]


def read(content: bytes, most_rows: int = MOST_ROWS) -> list[Sheet]:
    """The sheets of a file, whatever its name says. Raises RosterRefused, also for a sheet with more than
    `most_rows` rows and some BESIDE them."""
    if len(content) > LARGEST_FILE:
        raise RosterRefused(TOO_LARGE)
    if not content.strip():
        raise RosterRefused("Tệp này trống. Hãy chọn tệp khác.")
    if content.startswith(b"PK"):
        sheets = _read_xlsx(content, most_rows + BESIDE)
    elif content.startswith(b"\xd0\xcf\x11\xe0"):
        sheets = _read_xls(content, most_rows + BESIDE)
    else:
        sheets = [Sheet("", _read_text(content))]
    if not sheets:
        raise RosterRefused(UNREADABLE)
    filled = [sum(any(cell is not None for cell in row) for row in one.rows) for one in sheets]
    if max(filled, default=0) > most_rows + BESIDE:
        raise RosterRefused(too_long(most_rows))
    return sheets


def too_long(most_rows: int = MOST_ROWS) -> str:
    """What to say of a table with more than `most_rows` rows."""
    return TOO_LONG.format(f"{most_rows:,}".replace(",", "."))


def _read_xlsx(content: bytes, most_rows: int) -> list[Sheet]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            if sum(part.file_size for part in parts.infolist()) > LARGEST_UNPACKED:
                raise RosterRefused(
                    "Bảng tính này quá lớn khi mở ra. Hãy chép riêng bảng cần nhập sang một tệp mới rồi nhập "
                    "lại."
                )
            inside = [name for name in parts.namelist() if name.startswith("xl/worksheets/")]
            merged = any(b"<mergeCell " in parts.read(name) for name in inside)
        # Streamed first: a cell that was formatted in row 1,048,576 makes openpyxl build all rows before it.
        streamed = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheets = [Sheet(one.title, _streamed_rows(one, most_rows)) for one in streamed.worksheets]
        if not merged:
            return sheets
        for sheet, whole in zip(
            sheets, openpyxl.load_workbook(io.BytesIO(content), data_only=True).worksheets, strict=True
        ):
            _spread(
                sheet.rows,
                [(one.min_row - 1, one.max_row, one.min_col - 1, one.max_col) for one in whole.merged_cells],
            )
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, TypeError, OSError) as error:
        raise RosterRefused(UNREADABLE) from error
    return sheets


def _streamed_rows(sheet, most_rows: int) -> list[list[Any]]:
    sheet.reset_dimensions()  # what the file says of its size need not be true
    rows, filled, last = [], 0, 0
    for row in sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True):
        rows.append(list(row))
        if any(value is not None for value in row):
            filled, last = filled + 1, len(rows)
        if filled > most_rows or len(rows) - last > most_rows:
            break
    return rows[:last]


def _read_xls(content: bytes, most_rows: int) -> list[Sheet]:
    try:
        book = xlrd.open_workbook(file_contents=content, formatting_info=True)
        sheets = []
        for one in book.sheets():
            rows = [
                [_xls_value(cell, book.datemode) for cell in one.row(row)[:MOST_COLUMNS]]
                for row in range(min(one.nrows, 2 * most_rows))
            ]
            _spread(rows, one.merged_cells)
            sheets.append(Sheet(one.name, rows))
    except (
        Exception
    ) as error:  # xlrd has no one error for a damaged file: IndexError, struct.error and others
        raise RosterRefused(UNREADABLE) from error
    return sheets


def _xls_value(cell, datemode) -> Any:
    if cell.ctype in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK, xlrd.XL_CELL_ERROR):
        return None
    if cell.ctype == xlrd.XL_CELL_DATE:
        return xlrd.xldate_as_datetime(cell.value, datemode)
    return cell.value


def _spread(rows: list[list[Any]], merged) -> None:
    for first_row, end_row, first_column, end_column in merged:
        if first_row >= len(rows) or first_column >= len(rows[first_row]):
            continue
        value = rows[first_row][first_column]
        for row in rows[first_row:end_row]:
            for column in range(first_column, min(end_column, len(row))):
                row[column] = value


def _read_text(content: bytes) -> list[list[Any]]:
    if b"\0" in content and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise RosterRefused(UNREADABLE)
    text = _decoded(content)
    try:
        tables = [_table(text, separator) for separator in SEPARATORS]
    except csv.Error as error:
        raise RosterRefused(UNREADABLE) from error
    return max(tables, key=_evenness)


def _evenness(rows: list[list[Any]]) -> tuple[int, int]:
    """How many rows have as many cells as most have, and how many cells: commas stand in addresses too."""
    widths = Counter(len(row) for row in rows if len(row) > 1)
    return max(((count, width) for width, count in widths.items()), default=(0, 0))


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Neither a Unicode file nor one of Windows' Vietnamese: fonts of old (TCVN3, VNI) lie in these bytes.
        return content.decode("latin-1")


def _table(text: str, separator: str) -> list[list[Any]]:
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    return [[cell if cell.strip() else None for cell in row[:MOST_COLUMNS]] for row in rows]
