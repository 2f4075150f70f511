"""The look of our workbooks: sheets of columns with a frozen header, ready to be printed on A4."""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, BinaryIO

import xlsxwriter

from hocso.records import RecordsError
from hocso.records.text import exact_digits, rate_digits

MOST_ROWS = 1_048_575  # of a worksheet, without its header
# Times New Roman 11, measured in LibreOffice: points of a line, and letters in a unit of column width.
LINE_HEIGHT = 14
LETTERS_PER_WIDTH = 1.25


class TooManyRows(RecordsError):
    """More rows than a worksheet holds."""


@dataclass(frozen=True)
class Column:
    """A column of a sheet: Vietnamese header, width in characters, format and what it means.

    format: "text", "centred", "year", "number", "percent" (0 to 100), "rate" (1.0 = 100%; with the digits of
    `text.rate`), "target" (1.0 = 100%; with all its digits), "datetime" (Asia/Ho_Chi_Minh) or "yes-no".
    """

    header: str
    width: int
    format: str
    meaning: str


@dataclass(frozen=True)
class Formula:
    """What a cell computes, and the value that it has until a program does so; of a rate also its target."""

    text: str
    value: float
    target: float | None = None


EXPLANATION_COLUMNS = (Column("Tên", 28, "name", ""), Column("Nghĩa", 100, "text", ""))
CELL_FORMATS = {
    "text": {"align": "left", "indent": 1, "text_wrap": True},
    "name": {"align": "left", "indent": 1, "text_wrap": True, "bold": True},
    "centred": {"align": "center"},
    "header": {
        "text_wrap": True,
        "align": "center",
        "valign": "vcenter",
        "bold": True,
        "bg_color": "#D9E8E3",
    },
    "title": {"border": 0, "bold": True, "font_size": 13},
    "line": {"border": 0},
    "year": {"num_format": "0", "align": "center"},
    "number": {"num_format": "#,##0", "align": "right", "indent": 1},
    "percent": {"num_format": "0", "align": "center"},
    "rate": {"align": "right", "indent": 1},
    "target": {"align": "right", "indent": 1},
    "yes-no": {"align": "center"},
    "datetime": {"num_format": "dd/mm/yyyy hh:mm", "align": "center"},
}


class Workbook:
    """A workbook being written; every text cell is written as text, whatever it begins with. `heading` stands
    above each printed page."""

    def __init__(self, content: BinaryIO, title: str, company: str, heading: str):
        self._heading = heading
        self._book = xlsxwriter.Workbook(content, {"in_memory": True})
        self._book.set_properties({"title": title, "company": company})
        self._formats: dict[tuple, Any] = {}

    def close(self) -> None:
        self._book.close()

    def sheet(
        self, name: str, columns: Sequence[Column], row_count: int, frozen: int, above: Iterable[str] = ()
    ):
        """A sheet of `columns`, the first `frozen` of which stay in sight; (the sheet, its header's row).
        `above`: lines over the header. Raises TooManyRows."""
        above = list(above)
        if row_count + len(above) > MOST_ROWS:
            raise TooManyRows(
                f"Có {row_count} dòng, nhiều hơn một trang tính chứa được ({MOST_ROWS}). "
                "Hãy lọc theo chương, ấp hoặc thời gian, hoặc xuất ra CSV."
            )
        sheet = self._book.add_worksheet(name)
        for number, line in enumerate(above):
            sheet.write_string(number, 0, line, self._format("line" if number else "title"))
        top = len(above)
        for place, column in enumerate(columns):
            sheet.set_column(place, place, column.width)
            sheet.write_string(top, place, column.header, self._format("header"))
        sheet.set_row(top, 48)
        sheet.autofilter(top, 0, top + max(row_count, 1), len(columns) - 1)
        sheet.repeat_rows(top)
        sheet.freeze_panes(top + 1, frozen)
        self._set_up_page(sheet)
        return sheet, top

    def row(self, sheet, number: int, values: Sequence[Any], columns: Sequence[Column], **look) -> None:
        """A row as high as its wrapped texts need: Excel would see to that itself, LibreOffice does not."""
        lines = 1
        for place, (column, value) in enumerate(zip(columns, values, strict=True)):
            self._cell(sheet, number, place, value, column.format, **look)
            if isinstance(value, str) and len(value) >= column.width:
                lines = max(lines, _lines(value, column.width))
        sheet.set_row(number, LINE_HEIGHT * lines + 2)

    def explanation(self, name: str, sections: Iterable[tuple[str, Iterable[tuple[str, str]]]]) -> None:
        """A sheet of sections: a title, and lines of a name and what it means."""
        sheet = self._book.add_worksheet(name)
        for place, column in enumerate(EXPLANATION_COLUMNS):
            sheet.set_column(place, place, column.width)
        self._set_up_page(sheet)
        number = 0
        for title, lines in sections:
            sheet.merge_range(number, 0, number, 1, title, self._format("title"))
            sheet.set_row(number, 1.5 * LINE_HEIGHT)
            for line in lines:
                number += 1
                self.row(sheet, number, line, EXPLANATION_COLUMNS)
            number += 2

    def _cell(self, sheet, row: int, place: int, value: Any, kind: str, **look) -> None:
        shape = self._format(kind, **look, **_digits(kind, value))
        match value:
            case None | "":
                sheet.write_blank(row, place, None, shape)
            case str():
                sheet.write_string(row, place, value, shape)
            case datetime():
                sheet.write_datetime(row, place, value, shape)
            case Formula():
                sheet.write_formula(row, place, value.text, shape, value.value)
            case _:
                sheet.write_number(row, place, value, shape)

    def _format(self, kind: str, **look):
        """The cell format for a column's format, made once."""
        look = {key: value for key, value in look.items() if value is not False and value is not None}
        key = (kind, *sorted(look.items()))
        if key not in self._formats:
            plain = {"font_name": "Times New Roman", "font_size": 11, "valign": "top", "border": 1}
            plain |= {"border_color": "#9AA5A1"}
            self._formats[key] = self._book.add_format(plain | CELL_FORMATS[kind] | look)
        return self._formats[key]

    def _set_up_page(self, sheet) -> None:
        """A4 across, all columns on one page's width."""
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.6, right=0.5, top=0.9, bottom=0.7)
        heading = self._heading.replace("&", "&&")
        sheet.set_header(f'&C&"Times New Roman,Bold"&13{heading}')
        sheet.set_footer('&L&"Times New Roman"&A&R&"Times New Roman"Trang &P/&N')


def _digits(kind: str, value: Any) -> dict[str, str]:
    """The number format of a rate or a target: with as many digits as the other reports show."""
    match kind, value:
        case "rate", Formula():
            digits = rate_digits(value.value, value.target)
        case "rate", float():
            digits = rate_digits(value)
        case "target", float():
            digits = exact_digits(value)
        case _:
            return {}
    return {"num_format": f"0.{'0' * digits}%" if digits else "0%"}


@lru_cache(1000)
def _lines(text: str, width: int) -> int:
    """How many lines a text takes in a column of that width."""
    return len(textwrap.wrap(text, int(width * LETTERS_PER_WIDTH)))
