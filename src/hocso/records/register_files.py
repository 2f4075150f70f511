"""Registers from and to .xlsx files: one sheet, a header row, a row for each entry.

Reading makes a plan first, which says what would become of each row; it is carried out as a whole or not at
all. A row that is in the register already (same key) is changed; rows that are not in the file stay.
"""

import io
import os
from dataclasses import dataclass
from datetime import date
from typing import Any, BinaryIO

import xlsxwriter
from openpyxl.utils import get_column_letter
from sqlalchemy.orm import Session

from . import registers, sheets
from .errors import RegisterRefused, RosterRefused
from .hamlets import listed
from .registers import Register
from .text import fold

MOST_ROWS = 20_000
HEADER_ROWS = 10  # the header stands within the first rows of the sheet


@dataclass(frozen=True)
class Problem:
    """What is wrong with a cell: sheet, row as Excel numbers it, column letter and header, and what to do."""

    sheet: str
    row: int
    column: str
    header: str
    remedy: str

    def __str__(self) -> str:
        return f"Trang «{self.sheet}», dòng {self.row}, cột {self.column} ({self.header}): {self.remedy}"


@dataclass(frozen=True)
class Plan:
    """What an import would do: rows to enter, (id, values) to change, how many are as they are already."""

    kind: str
    new: list[dict[str, Any]]
    changed: list[tuple[str, dict[str, Any]]]
    same: int
    problems: list[Problem]


def plan(session: Session, kind: str, content: bytes) -> Plan:
    """Read an .xlsx file without changing anything. Raises RegisterRefused for a file that is none of this
    register, and UnknownRecord."""
    about = registers.register(kind)
    sheet, rows = _rows(content)
    header_row, places = _header(about, sheet, rows)
    read = registers.reader(session, kind)
    there = {about.key_of(one): one for one in registers.table(session, kind).to_dict("records")}
    new, changed, same, problems, seen = [], [], 0, [], {}
    for number, cells in enumerate(rows[header_row:], start=header_row + 1):
        if all(value in (None, "") for value in cells):
            continue
        raw = {name: cells[place] if place < len(cells) else None for name, place in places.items()}
        try:
            values = read(raw)
        except RegisterRefused as error:
            problems += [_problem(about, sheet, number, places, *one) for one in error.problems.items()]
            continue
        key = about.key_of(values)
        if key in seen:
            remedy = f"Trùng với dòng {seen[key]}. Mời giữ một dòng."
            problems.append(_problem(about, sheet, number, places, about.key[0], remedy))
            continue
        seen[key] = number
        old = there.get(key)
        if old is None:
            new.append(values)
        elif all(old[name] == values[name] for name in places):
            same += 1
        else:
            kept = {name: old[name] for name in values if name not in places}
            changed.append((old["id"], values | kept))
    return Plan(kind, new, changed, same, problems)


def carry_out(session: Session, plan: Plan, account_id: str | None = None) -> None:
    """Enter and change what the plan says, all of it. Raises RegisterRefused where it has problems."""
    if plan.problems:
        raise RegisterRefused({}, "Tệp còn chỗ cần sửa, nên chưa nhập dòng nào. Mời sửa rồi nhập lại.")
    about = registers.register(plan.kind)
    for values in plan.new:
        registers.keep(session, about, None, values, account_id=account_id)
    for row_id, values in plan.changed:
        row = registers.get(session, plan.kind, row_id)
        registers.keep(session, about, row, values, account_id=account_id)


def write(target: str | os.PathLike | BinaryIO, session: Session, kind: str) -> int:
    """Write a register as .xlsx (an empty one: a header to fill in); returns how many rows."""
    about = registers.register(kind)
    table = registers.table(session, kind)
    places = {one.id: one.name for one in listed(session)}
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True})
    sheet = book.add_worksheet(about.title[:31])
    font = {"font_name": "Times New Roman", "font_size": 12}
    header = book.add_format({**font, "bold": True, "text_wrap": True, "bg_color": "#D9E8E3", "border": 1})
    plain = book.add_format({**font, "text_wrap": True, "valign": "top"})
    typed = book.add_format({**font, "num_format": "@"})
    day = book.add_format({**font, "num_format": "dd/mm/yyyy", "valign": "top"})
    for place, field in enumerate(about.fields):
        wide = 32 if field.kind == "text" and field.longest > 100 else 16
        # What somebody types as 85% stays that text; in other cells Excel makes it the number 0.85.
        sheet.set_column(place, place, wide, typed if field.kind == "percent" else None)
        sheet.write_string(0, place, field.header + (" *" if field.required else ""), header)
        for number, value in enumerate(table[field.name], start=1):
            value = registers.shown(field, value, places)
            match value:
                case None | "":
                    pass
                case date():
                    sheet.write_datetime(number, place, value, day)
                case str():
                    sheet.write_string(number, place, value, plain)
                case _:
                    sheet.write_number(number, place, value, plain)
    sheet.freeze_panes(1, 0)
    book.close()
    if isinstance(target, str | os.PathLike):
        with open(target, "wb") as file:
            file.write(content.getvalue())
    else:
        target.write(content.getvalue())
    return len(table)


def _rows(content: bytes) -> tuple[str, list[list[Any]]]:
    """The name of the first sheet, and its rows."""
    try:
        first, *_ = sheets.read(content, MOST_ROWS, percents=True)
    except RosterRefused as error:
        raise RegisterRefused({}, str(error)) from error
    return first.name, first.rows


def _header(about: Register, sheet: str, rows: list[list[Any]]) -> tuple[int, dict[str, int]]:
    """The number of the header's row (from 1), and the place of each field that has a column."""
    wanted = {fold(field.header): field.name for field in about.fields}
    required = [field for field in about.fields if field.required]
    best: tuple[int, dict[str, int]] = (0, {})
    for number, cells in enumerate(rows[:HEADER_ROWS], start=1):
        said = [fold(str(cell or "")).rstrip(" *") for cell in cells]
        found = {wanted[text]: place for place, text in reversed(list(enumerate(said))) if text in wanted}
        if len(found) > len(best[1]):
            best = (number, found)
    missing = [field.header for field in required if field.name not in best[1]]
    if missing:
        raise RegisterRefused(
            {},
            f"{f'Trang «{sheet}»' if sheet else 'Tệp'} thiếu cột: {', '.join(missing)}. "
            "Mời tải tệp mẫu của sổ này, chép dữ liệu vào đó rồi nhập lại.",
        )
    return best


def _problem(
    about: Register, sheet: str, row: int, places: dict[str, int], name: str, remedy: str
) -> Problem:
    place = places.get(name)
    column = "–" if place is None else get_column_letter(place + 1)
    return Problem(sheet, row, column, about.field(name).header, remedy)
