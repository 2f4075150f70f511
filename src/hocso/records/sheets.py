"""What stands in the cells of an .xlsx, .xls or text file, as it is written there.

Merged cells each get the value of the whole. Text files are read in the encoding and with the separator that
make most sense of them. Files that would take too much memory are refused before they are unpacked
(`workbook_parts`); for what is no table at all, `foreign_files` says what to do.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import openpyxl
import xlrd

from . import foreign_files, workbook_parts
from .errors import RosterRefused

LARGEST_FILE = 10 * 1024 * 1024
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
    """A sheet's name, its rows of cell values (str, number, date or None) from row 1 and column A on, and
    whether Excel hides it."""

    name: str
    rows: list[list[Any]]
    hidden: bool = False


def read(content: bytes, most_rows: int = MOST_ROWS, percents: bool = False) -> list[Sheet]:
    """The sheets of a file, whatever its name says. `percents`: a number that is shown as 85,5% is that text,
    not 0.855. Raises RosterRefused, also for a sheet with more than `most_rows` rows and some BESIDE them."""
    if len(content) > LARGEST_FILE:
        raise RosterRefused(TOO_LARGE)
    if not content.strip():
        raise RosterRefused("Tệp này trống. Hãy chọn tệp khác.")
    if content.startswith(b"PK"):
        sheets = _read_xlsx(content, most_rows + BESIDE, percents)
    elif content.startswith(b"\xd0\xcf\x11\xe0"):
        sheets = _read_xls(content, most_rows + BESIDE, percents)
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


def _read_xlsx(content: bytes, most_rows: int, percents: bool) -> list[Sheet]:
    try:
        slim, merged = workbook_parts.slim(content)
        # Streamed: a cell that was formatted in row 1,048,576 makes openpyxl build all rows before it.
        book = openpyxl.load_workbook(slim, read_only=True, data_only=True, keep_links=False)
        sheets = []
        for one in book.worksheets:
            rows = _streamed_rows(one, most_rows, percents)
            _spread(rows, merged[one._worksheet_path])
            sheets.append(Sheet(one.title, rows, one.sheet_state != "visible"))
    except RosterRefused:
        raise
    except Exception as error:  # damaged: BadZipFile, zlib.error, XMLSyntaxError, KeyError and many others
        raise RosterRefused(foreign_files.advice(content) or UNREADABLE) from error
    return sheets


def _streamed_rows(sheet, most_rows: int, percents: bool) -> list[list[Any]]:
    sheet.reset_dimensions()  # what the file says of its size need not be true
    rows, filled, last = [], 0, 0
    for row in sheet.iter_rows(max_col=MOST_COLUMNS, values_only=not percents):
        rows.append([_as_shown(cell.value, cell.number_format) for cell in row] if percents else list(row))
        if any(value is not None for value in rows[-1]):
            filled, last = filled + 1, len(rows)
        if filled > most_rows or len(rows) - last > most_rows:
            break
    return rows[:last]


def _as_shown(value: Any, number_format: str) -> Any:
    """A number in a cell of per cents as its text; anything else as it is."""
    if isinstance(value, int | float) and "%" in number_format:
        return f"{100 * value:.10g}%".replace(".", ",")
    return value


def _read_xls(content: bytes, most_rows: int, percents: bool) -> list[Sheet]:
    try:
        book = xlrd.open_workbook(file_contents=content, formatting_info=True, logfile=io.StringIO())
        sheets = []
        for one in book.sheets():
            rows = [
                [_xls_value(cell, book, percents) for cell in one.row(row)[:MOST_COLUMNS]]
                for row in range(min(one.nrows, 2 * most_rows))
            ]
            _spread(rows, one.merged_cells)
            sheets.append(Sheet(one.name, rows, one.visibility != 0))
    except RosterRefused:
        raise
    except Exception as error:  # damaged: IndexError, struct.error, XLRDError and others
        raise RosterRefused(foreign_files.advice(content) or UNREADABLE) from error
    return sheets


def _xls_value(cell, book, percents: bool) -> Any:
    if cell.ctype in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK, xlrd.XL_CELL_ERROR):
        return None
    if cell.ctype == xlrd.XL_CELL_DATE:
        return xlrd.xldate_as_datetime(cell.value, book.datemode)
    if percents:
        return _as_shown(cell.value, book.format_map[book.xf_list[cell.xf_index].format_key].format_str)
    return cell.value


def _spread(rows: list[list[Any]], merged: Iterable[tuple[int, int, int, int]]) -> None:
    """Give each cell of merged ones the value of the first; ranges that overlap are no sheet's."""
    room = len(rows) * MOST_COLUMNS
    for first_row, end_row, first_column, end_column in merged:
        within = rows[first_row:end_row]
        if not within or first_column >= len(within[0]):
            continue
        end_column = min(end_column, MOST_COLUMNS)
        room -= len(within) * (end_column - first_column)
        if room < 0:
            raise RosterRefused(UNREADABLE)
        value = within[0][first_column]
        for row in within:
            for column in range(first_column, min(end_column, len(row))):
                row[column] = value


def _read_text(content: bytes) -> list[list[Any]]:
    if refused := foreign_files.advice(content):
        raise RosterRefused(refused)
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
    if b"\0" in content:
        return _without_mark(content)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Bytes of before Unicode: TCVN3, VNI or Windows-1258, which `old_fonts` tells apart.
        return content.decode("latin-1")


def _without_mark(content: bytes) -> str:
    """UTF-16 that does not say so: each of its digits, commas and ends of lines has a zero beside it."""
    little = content[1::2].count(0) > content[::2].count(0)
    text = content.decode("utf-16-le" if little else "utf-16-be", errors="replace")
    ours = sum(char in "\t\r\n" or " " <= char < "\u0300" or "\u1e00" <= char < "\u1f00" for char in text)
    if ours < 0.9 * len(text):
        raise RosterRefused(UNREADABLE)
    return text


def _table(text: str, separator: str) -> list[list[Any]]:
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    return [[cell if cell.strip() else None for cell in row[:MOST_COLUMNS]] for row in rows]
