"""Understanding a roster as people really write it: which column is what, and what each row says of a person.

No citizen ID is kept: such columns are named as left out, and no message repeats what stands in a cell.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from openpyxl.utils import get_column_letter

from . import learners, sheets
from .clock import utc_now
from .errors import InvalidLearner, RosterRefused
from .old_fonts import FONTS, font_of
from .text import clean, fold

# What a heading says, folded, as whole words; the first that fits holds.
HEADINGS = {
    "citizen_id": r"cccd|cmnd|cmt|cmtnd|can cuoc|chung minh|so dinh danh|ma dinh danh|giay to",
    "phone": r"sdt|dt|dien thoai|di dong|phone|so dd|zalo",
    "birth": r"nam sinh|ngay sinh|ngay thang nam sinh|ngay,? thang,? nam sinh|sinh nam|sinh ngay|ns|nam sn",
    "full_name": r"ho va ten|ho ten|hoten|ho & ten|ten nguoi hoc|ten hoc vien|hoc vien|ten day du|full ?name",
    "family_name": r"ho dem|ho va dem|ho lot|ho va ten dem|ho dem va ten dem|ho va chu lot|ho",
    "given_name": r"ten",
    "hamlet": r"ap|khom|ap/khom|ap khom|thon|dia chi|noi o|cho o|noi cu tru|thuong tru|dia ban",
    "group": r"nhom|doi tuong|thanh phan|nghe nghiep",
}
READ = ("full_name", "family_name", "given_name", "birth", "hamlet", "group", "phone")
# The groups as people write them, folded; the first that fits holds.
GROUP_WORDS = {
    "can-bo": r"can bo|cong chuc|vien chuc|co quan nha nuoc|cb|cbcc|cbccvc|giao vien",
    "hoc-sinh": r"hoc sinh|sinh vien|hs|sv|hssv",
    "nguoi-lao-dong": r"nguoi lao dong|lao dong|cong nhan|hop tac xa|doanh nghiep|htx|nld",
    "nguoi-dan": r"nguoi dan|nong dan|dan|noi tro|ho dan|ba con",
}
NOT_A_PERSON = re.compile(
    r"(danh sach nay|lap bieu|nguoi lap|xac nhan|chu tich|truong ap|noi nhan|ghi chu)\b"
    r"|.*\bngay\b.*\bthang\b"
)
# Not folded: Tống and Công are names.
TOTAL = re.compile(r"(?:tổng|cộng|tong cong|tong so)\b|(?:tong|cong)(?=\W*(?:\d|$))", re.IGNORECASE)
SECTION = re.compile(r"(?:[ivx]+|\d+|[a-z])?[.)/ ]*(?:ap|khom|thon)\b[ :.-]*\S")
YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
HEADER_WITHIN = 30
SAMPLE = "vi du"  # what the name in the template's sample row begins with


@dataclass(frozen=True)
class CellError:
    """What is wrong in the cell of a row (from 1) and a column (letter), and what to do."""

    row: int
    column: str
    message: str

    def __str__(self) -> str:
        return f"Dòng {self.row}, cột {self.column}: {self.message}"


@dataclass(frozen=True)
class RosterRow:
    """A person as a row says: `hamlet` as written ("" if not), `group` a slug, None where not said."""

    number: int
    full_name: str
    birth_year: int | None
    hamlet: str
    group: str | None
    phone: str | None
    errors: tuple[CellError, ...] = ()


@dataclass(frozen=True)
class Roster:
    """A roster that was read. `columns`: field -> its headings, each with its letter; `left_out`: columns of
    citizen IDs; `ignored`: rows that are no people (totals, signatures, headings); `font`: what it was
    typed in where that is not Unicode."""

    file_name: str
    sheet: str
    header_row: int
    columns: dict[str, tuple[str, ...]]
    left_out: tuple[str, ...]
    rows: tuple[RosterRow, ...]
    ignored: tuple[int, ...] = ()
    font: str | None = None


@dataclass
class _Header:
    row: int
    fields: dict[str, list[int]] = field(default_factory=dict)

    def weight(self) -> int:
        return sum(name in self.fields for name in READ)

    def has_names(self) -> bool:
        return "full_name" in self.fields or "given_name" in self.fields


def read(source: bytes | str | Path, name: str | None = None) -> Roster:
    """Read a roster from the bytes of a file, or from its path. Raises RosterRefused."""
    if isinstance(source, bytes):
        content = source
    else:
        path = Path(source)
        name = name or path.name
        try:
            if path.stat().st_size > sheets.LARGEST_FILE:
                raise RosterRefused(sheets.TOO_LARGE)
            content = path.read_bytes()
        except OSError as error:
            raise RosterRefused("Không mở được tệp này. Hãy xem lại tên tệp và thư mục.") from error
    found = []
    for sheet in sheets.read(content):
        font, rows = _unicode(sheet.rows)
        headers = [_header(rows, number) for number in range(min(HEADER_WITHIN, len(rows)))]
        best = max((one for one in headers if one.has_names()), key=_Header.weight, default=None)
        if best is not None:
            found.append((best, sheet.name, rows, font))
        elif font == "?":
            raise RosterRefused(
                "Chữ trong tệp không phải Unicode và không nhận ra chắc chắn là TCVN3 hay VNI. "
                "Hãy chuyển sang Unicode bằng Unikey (Ctrl+Shift+F6), lưu lại rồi nhập lại."
            )
    if not found:
        raise RosterRefused(
            "Không thấy dòng tiêu đề có cột «Họ và tên». Hãy thêm một dòng tiêu đề: Họ và tên, Năm sinh, Ấp, "
            "Nhóm, Điện thoại; hoặc tải tệp mẫu."
        )
    header, sheet_name, rows, font = max(found, key=lambda one: one[0].weight())
    return _roster(clean(name or "danh sách")[:200], sheet_name, header, rows, font)


def _unicode(rows: list[list[Any]]) -> tuple[str | None, list[list[Any]]]:
    font = font_of(cell for row in rows for cell in row if isinstance(cell, str))
    decode = FONTS.get(font, str)
    return font, [
        [clean(decode(cell)) or None if isinstance(cell, str) else cell for cell in row] for row in rows
    ]


def _header(rows: list[list[Any]], number: int) -> _Header:
    header = _Header(number)
    for column, cell in enumerate(rows[number]):
        name = _field(cell)
        if name is not None:
            header.fields.setdefault(name, []).append(column)
    return header


def _field(cell: Any) -> str | None:
    if not isinstance(cell, str) or len(cell) > 60:
        return None
    heading = re.sub(r"\(.*?\)|[*:.]", " ", fold(cell)).replace("/", " ")
    heading = " ".join(heading.split())
    exact = next((name for name, words in HEADINGS.items() if re.fullmatch(words, heading)), None)
    if exact or len(heading.split()) > 6:
        return exact
    longer = (
        name
        for name in HEADINGS
        if name not in ("family_name", "given_name", "group")
        and re.search(rf"\b(?:{HEADINGS[name]})\b", heading)
    )
    return next(longer, None)


def _roster(file_name: str, sheet_name: str, header: _Header, rows: list[list[Any]], font) -> Roster:
    names = rows[header.row]
    body = [(number, row) for number, row in enumerate(rows[header.row + 1 :], header.row + 2) if any(row)]

    def label(column):
        return f"{get_column_letter(column + 1)} «{names[column]}»"

    understood = {column for columns in header.fields.values() for column in columns}
    left_out = set(header.fields.get("citizen_id", [])) | {
        column
        for column in range(len(names))
        if column not in understood
        and _looks_like_citizen_ids(row[column] for _, row in body if column < len(row))
    }
    people, ignored, section = [], [], ""
    for number, row in body:
        heading = _section(row)
        if heading is not None:
            section = heading
            ignored.append(number)
        elif _is_no_person(row, header):
            ignored.append(number)
        else:
            people.append(_person(number, row, header, section, font))
    if len(people) > sheets.MOST_ROWS:
        raise RosterRefused(sheets.too_long())
    if not people:
        raise RosterRefused("Dưới dòng tiêu đề chưa có ai. Hãy ghi mỗi người một dòng rồi nhập lại.")
    return Roster(
        file_name,
        sheet_name,
        header.row + 1,
        {name: tuple(map(label, header.fields[name])) for name in READ if name in header.fields},
        tuple(label(column) for column in sorted(left_out)),
        tuple(people),
        tuple(ignored),
        font,
    )


def _looks_like_citizen_ids(cells) -> bool:
    values = [_digits(cell) for cell in cells if cell is not None]
    return bool(values) and sum(bool(re.fullmatch(r"\d{9}|\d{12}", one)) for one in values) * 2 >= len(values)


def _digits(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return re.sub(r"[\s.'’-]", "", str(cell))


def _cells(row: list[Any], header: _Header, name: str) -> Iterator[tuple[int, Any]]:
    for column in header.fields.get(name, []):
        if column < len(row) and row[column] is not None:
            yield column, row[column]


def _section(row: list[Any]) -> str | None:
    """The hamlet that a row of its own names for the people below it."""
    said = {
        str(cell) for cell in row if cell is not None and not re.fullmatch(r"[IVX]+|\d+(\.0)?", str(cell))
    }
    if len(said) != 1 or not SECTION.match(fold(one := said.pop())):
        return None
    return re.sub(r"^(?:[IVXivx]+|\d+|[A-Za-z])[.)/ ]+(?=[ẤấKkTt])", "", one).strip(" :.-")


def _name(row: list[Any], header: _Header) -> str:
    fields = ("full_name",) if "full_name" in header.fields else ("family_name", "given_name")
    parts = [str(cell) for name in fields for _, cell in _cells(row, header, name)]
    return clean(" ".join(dict.fromkeys(parts)))


def _is_no_person(row: list[Any], header: _Header) -> bool:
    name = _name(row, header)
    if _field(name) in ("full_name", "given_name", "family_name"):
        return True  # the header again, on the next page
    if fold(name).startswith(SAMPLE):
        return True
    if any(YEAR.search(str(cell)) or isinstance(cell, date) for _, cell in _cells(row, header, "birth")):
        return False
    filled = [str(cell) for cell in row if cell is not None]
    if not name:  # «Nam | Nữ» under «Năm sinh», or a signature beside the table
        return (
            not any(True for field in ("birth", "hamlet", "phone") for _ in _cells(row, header, field))
            or all(fold(one) in ("nam", "nu") for one in filled)
            or any(_says_no_person(one) for one in filled)
        )
    if all(re.fullmatch(r"\(?\w{1,2}(?:\.0)?\)?", one) for one in filled):
        return True  # the columns' own numbers
    return _says_no_person(name) or _says_no_person(filled[0])


def _says_no_person(text: str) -> bool:
    return bool(TOTAL.match(clean(text)) or NOT_A_PERSON.match(fold(text)))


def _person(number: int, row: list[Any], header: _Header, section: str, font: str | None) -> RosterRow:
    errors = []

    def refuse(field: str, message: str):
        column = next((column for column, _ in _cells(row, header, field)), header.fields.get(field, [0])[0])
        errors.append(CellError(number, get_column_letter(column + 1), message))

    name_field = "full_name" if "full_name" in header.fields else "given_name"
    name = _name(row, header)
    # TCVN3 has no capitals with tones: they are small letters of another font.
    in_capitals = font == "TCVN3" and any(word[1:] != word[1:].lower() for word in name.split())
    if name.upper() == name or name.lower() == name or in_capitals:
        name = " ".join(word[:1].upper() + word[1:].lower() for word in name.split())
    try:
        name = learners.valid_name(name)
    except InvalidLearner as error:
        hint = " Nếu chữ hiện sai, hãy chuyển tệp sang Unicode." if font == "?" else ""
        refuse(name_field, f"{error}{hint}")
        name = ""
    birth_year = None
    try:
        births = [cell for _, cell in _cells(row, header, "birth")]  # day, month and year may stand apart
        birth_year = _birth_year(next(filter(_has_year, births), births[0] if births else None))
    except InvalidLearner as error:
        refuse("birth", str(error))
    phone = None
    try:
        phone = _phone(next((cell for _, cell in _cells(row, header, "phone")), None))
    except InvalidLearner as error:
        refuse("phone", str(error))
    group, written = None, next((str(cell) for _, cell in _cells(row, header, "group")), "")
    if written:
        group = _group(written)
        if group is None:
            refuse("group", "Không rõ nhóm. Hãy ghi: học sinh, người dân, cán bộ hoặc người lao động.")
    hamlet = next((str(cell) for _, cell in _cells(row, header, "hamlet")), section)
    if re.fullmatch(r"\d+\.0", hamlet):
        hamlet = hamlet[:-2]
    return RosterRow(number, name, birth_year, hamlet, group, phone, tuple(errors))


def _years(cell: Any) -> set[str]:
    return set(YEAR.findall(_digits(cell) if isinstance(cell, float) else str(cell or "")))


def _has_year(cell: Any) -> bool:
    return isinstance(cell, date) or bool(_years(cell))


def _birth_year(cell: Any) -> int:
    if isinstance(cell, date | datetime):
        year = cell.year
    else:
        years = _years(cell)
        if len(years) != 1:
            raise InvalidLearner("birth_year", "Hãy ghi năm sinh bằng bốn chữ số, ví dụ 1960.")
        year = int(years.pop())
    return learners.valid_birth_year(year, utc_now())


def _phone(cell: Any) -> str | None:
    if cell is None:
        return None
    first = re.split(r"[/;,]|\s-\s", str(int(cell)) if isinstance(cell, float) else str(cell))[0]
    digits = re.sub(r"[^\d+]", "", first)
    if re.fullmatch(r"[35789]\d{8}", digits):
        digits = "0" + digits  # Excel takes a number's leading zero away
    if not digits and re.search(r"\w", first) and fold(first) not in ("khong", "khong co", "chua co"):
        digits = first
    return learners.valid_phone(digits)


def _group(written: str) -> str | None:
    for slug, words in GROUP_WORDS.items():
        if (
            re.search(rf"\b(?:{words})\b", fold(unicodedata.normalize("NFC", written)))
            or fold(written) == slug
        ):
            return slug
    return None
