"""Understanding a roster as people really write it: which column is what, and what each row says of a person.

No citizen ID is kept: such columns are named as left out, and no message repeats what stands in a cell.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from openpyxl.utils import get_column_letter

from . import learners, roster_columns, sheets
from .clock import VIETNAM, utc_now
from .errors import InvalidLearner, RosterRefused
from .old_fonts import reader_of
from .roster_columns import NAMES, READ, Header, field_of
from .text import clean, fold

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
SECTION = re.compile(r"(?:[ivx]+|\d+|[a-z])?[.)/ ]*(?:ap|khom|thon)(?:\b|(?=\d))[ :.-]*\S")
LONG_NUMBER = re.compile(r"\d[\d .'’-]{7,}\d")
# «Ông Nguyễn Văn A», before a family name only: Ông is one itself.
TITLE = re.compile(
    r"^(?:ông|bà|anh|chị)[.:]? (?=(?:nguyễn|trần|lê|phạm|huỳnh|hoàng|phan|vũ|võ|đặng|bùi|đỗ|hồ|ngô|dương|lý"
    r"|đinh|trương|lâm|mai|cao|đoàn|trịnh|thạch|sơn|danh|châu|kim|lưu|tô|tạ|hà|lương|đào|phùng|quách|tăng)"
    r" \w)",
    re.IGNORECASE,
)
# What people write about a name: its number in the list before it, and behind it what somebody is called.
NUMBER = re.compile(r"^\d{1,4} ?[.)] ?(?=[^\W\d_])")
CALLED = re.compile(r"(?<=\w) ?[(\[](?:[^\W\d_]|[ .,'’-]){1,40}[)\]]$")
YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
SHORT_YEAR = re.compile(r"(?:\d{1,2}[/.-]\d{1,2}[/.-])?(\d\d)(?:\.0)?")
AGE = re.compile(r"(\d{1,3})(?:\.0)?(?: ?tuoi)?")
SAMPLE = "vi du"  # what the name in the template's sample row begins with
LONGEST_SHOWN = 120
NO_HEADER = (
    "Không thấy dòng tiêu đề có cột «Họ và tên». Hãy thêm một dòng tiêu đề: Họ và tên, Năm sinh, Ấp, "
    "Nhóm, Điện thoại; hoặc tải tệp mẫu."
)
NO_FONT = (
    "Chữ trong tệp không phải Unicode và không nhận ra chắc chắn là TCVN3 hay VNI. "
    "Hãy chuyển sang Unicode bằng Unikey (Ctrl+Shift+F6), lưu lại rồi nhập lại."
)
NO_NAMES = "Trang này không có dòng tiêu đề với cột «Họ và tên» nên không đọc."
HIDDEN = "Trang này bị ẩn nên không đọc. Hãy bỏ ẩn trong Excel rồi nhập lại nếu cần."
NOBODY = "Dưới dòng tiêu đề chưa có ai. Hãy ghi mỗi người một dòng rồi nhập lại."
NO_YEARS = "Không thấy cột năm sinh. Hãy thêm cột «Năm sinh» (bốn chữ số) hoặc cột «Tuổi» rồi gửi lại."
NO_YEAR = "Trang này có cột tên mà không có cột năm sinh nên không đọc."


@dataclass(frozen=True)
class CellError:
    """What is wrong in the cell of a row (from 1) and a column (letter, "?" where there is none), and what to
    do; `sheet` is "" where only one was read."""

    row: int
    column: str
    message: str
    sheet: str = ""

    def __str__(self) -> str:
        column = f", cột {self.column}" if self.column != "?" else ""
        return f"{_place(self.row, self.sheet)}{column}: {self.message}"


@dataclass(frozen=True)
class RosterRow:
    """A person as a row says: `hamlet` as written ("" if not) in column `hamlet_column` ("?" if there is
    none), `group` a slug, None where not said; `sheet` is "" where only one was read. `remarks`: what was
    understood otherwise than it is written."""

    number: int
    full_name: str
    birth_year: int | None
    hamlet: str
    group: str | None
    phone: str | None
    errors: tuple[CellError, ...] = ()
    sheet: str = ""
    hamlet_column: str = "?"
    remarks: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        return _place(self.number, self.sheet)


@dataclass(frozen=True)
class Ignored:
    """A row that is no person (total, signature, heading), with what stands there."""

    number: int
    text: str
    sheet: str = ""

    @property
    def place(self) -> str:
        return _place(self.number, self.sheet)


@dataclass(frozen=True)
class Table:
    """A list that was read. `columns`: field -> its headings, each with its letter; `left_out`: columns of
    citizen IDs; `others`: columns about other people; `people`: how many; `font`: what it was typed in where
    that is not Unicode."""

    sheet: str
    header_row: int
    columns: dict[str, tuple[str, ...]]
    left_out: tuple[str, ...]
    others: tuple[str, ...]
    people: int
    font: str | None = None


@dataclass(frozen=True)
class Roster:
    """A roster that was read, all lists of all its sheets. `unread`: sheets that were not, each with why;
    `notices`: what to look at before taking it in."""

    file_name: str
    tables: tuple[Table, ...]
    rows: tuple[RosterRow, ...]
    ignored: tuple[Ignored, ...] = ()
    unread: tuple[tuple[str, str], ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def sheets(self) -> tuple[str, ...]:
        """The names of the sheets that were read; a text file's is ""."""
        return tuple(dict.fromkeys(table.sheet for table in self.tables))


def _place(row: int, sheet: str) -> str:
    return f"Trang «{sheet}», dòng {row}" if sheet else f"Dòng {row}"


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
    found, unread = _sheets_with_people(sheets.read(content))
    if not found:
        raise RosterRefused(_why_none(unread))
    names = {one.name for one in found}
    read = [one.read(one.name if len(names) > 1 else "") for one in found]
    rows = [row for _, people, _ in read for row in people]
    if len(rows) > sheets.MOST_ROWS:
        raise RosterRefused(sheets.too_long())
    if not rows:
        raise RosterRefused(NOBODY)
    tables = [table for tables, _, _ in read for table in tables]
    return Roster(
        clean(name or "danh sách")[:200],
        tuple(tables),
        tuple(rows),
        tuple(row for _, _, ignored in read for row in ignored),
        tuple(unread),
        (
            *((NO_YEARS,) if not any(one.has_years() for one in found) else ()),
            *(
                f"Trang «{one.name}»: {notice}" if len(names) > 1 else notice
                for one in found
                for header in one.lists
                for notice in header.notices
            ),
        ),
    )


@dataclass
class _Sheet:
    """A sheet with people: its lists, its rows in Unicode, and what they were typed in."""

    name: str
    lists: list[Header]
    rows: list[list[Any]]
    font: str | None

    def has_years(self) -> bool:
        return any(header.years() for header in self.lists)

    def read(self, shown: str) -> tuple[list[Table], list[RosterRow], list[Ignored]]:
        """Its lists, people and other rows; `shown`: how these name the sheet."""
        top = self.lists[0].row + 1
        left_out = {id(header): _left_out(header, self.rows[top:]) for header in self.lists}
        secret = {column for columns in left_out.values() for column in columns}
        people: dict[int, list[RosterRow]] = {id(header): [] for header in self.lists}
        ignored, section = [], self.name if SECTION.match(fold(self.name)) else ""
        for number, row in enumerate(self.rows[top:], top + 1):
            heading = _section(row)
            section = heading or section
            parts = [(header, _part(row, header)) for header in self.lists]
            persons = [
                (header, part)
                for header, part in parts
                if heading is None and any(part) and not _is_no_person(part, header)
            ]
            for header, part in persons:
                people[id(header)].append(_person(number, part, header, section, self.font, shown))
            if any(row) and not persons:
                ignored.append(Ignored(number, _text(row, secret), shown))
        tables = [
            Table(
                self.name,
                top,
                {
                    name: tuple(map(header.label, header.fields[name]))
                    for name in READ
                    if name in header.fields
                },
                tuple(map(header.label, sorted(left_out[id(header)]))),
                tuple(map(header.label, header.others)),
                len(people[id(header)]),
                self.font,
            )
            for header in self.lists
        ]
        return tables, [row for one in people.values() for row in one], ignored


def _sheets_with_people(read: list[sheets.Sheet]) -> tuple[list[_Sheet], list[tuple[str, str]]]:
    """The sheets that are rosters, and why the others are not; blank ones are not spoken of."""
    found, unread = [], []
    for sheet in read:
        font, rows = _unicode(sheet.rows)
        if not any(any(row) for row in rows):
            continue
        try:
            lists = roster_columns.find(rows)
        except RosterRefused as refused:
            unread.append((sheet.name, str(refused)))
            continue
        if not lists:
            unread.append((sheet.name, NO_FONT if font == "?" else NO_NAMES))
        elif sheet.hidden:
            unread.append((sheet.name, HIDDEN))
        else:
            found.append(_Sheet(sheet.name, lists, rows, font))
    if any(one.has_years() for one in found):
        unread += [(one.name, NO_YEAR) for one in found if not one.has_years()]
        found = [one for one in found if one.has_years()]
    return found, unread


def _why_none(unread: list[tuple[str, str]]) -> str:
    """Why no sheet was read: what can be mended comes before what is no roster at all."""
    ranks = (NO_FONT, HIDDEN, NO_NAMES)
    sheet, why = min(
        unread, key=lambda one: ranks.index(one[1]) if one[1] in ranks else -1, default=("", NO_NAMES)
    )
    if why == NO_NAMES:
        return NO_HEADER
    return f"Trang «{sheet}»: {why}" if sheet else why


def _unicode(rows: list[list[Any]]) -> tuple[str | None, list[list[Any]]]:
    font, decode = reader_of(cell for row in rows for cell in row if isinstance(cell, str))
    return font, [
        [clean(decode(cell)) or None if isinstance(cell, str) else cell for cell in row] for row in rows
    ]


def _left_out(header: Header, body: list[list[Any]]) -> set[int]:
    """The columns of citizen IDs, by heading or by what stands in them."""
    understood = {column for columns in header.fields.values() for column in columns}
    return set(header.fields.get("citizen_id", [])) | {
        column
        for column in range(header.first, header.end)
        if column not in understood
        and _looks_like_citizen_ids(row[column] for row in body if column < len(row) and any(row))
    }


def _part(row: list[Any], header: Header) -> list[Any]:
    """What a row says in a list's columns. The last list goes on to the right of its headings."""
    last = header.end >= len(header.names)
    return [
        cell if header.first <= column and (last or column < header.end) else None
        for column, cell in enumerate(row)
    ]


def _text(row: list[Any], secret: set[int]) -> str:
    said = (str(cell) for column, cell in enumerate(row) if cell is not None and column not in secret)
    text = LONG_NUMBER.sub("…", " · ".join(dict.fromkeys(said)))
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"


def _looks_like_citizen_ids(cells) -> bool:
    values = [_digits(cell) for cell in cells if cell is not None]
    return bool(values) and sum(bool(re.fullmatch(r"\d{9}|\d{12}", one)) for one in values) * 2 >= len(values)


def _digits(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return re.sub(r"[\s.'’-]", "", str(cell))


def _cells(row: list[Any], header: Header, name: str) -> Iterator[tuple[int, Any]]:
    for column in header.fields.get(name, []):
        if column < len(row) and row[column] is not None:
            yield column, row[column]


def _section(row: list[Any]) -> str | None:
    """The hamlet that a row of its own names for the people below it."""
    said = {  # beside a number; not beside a year of birth
        str(cell) for cell in row if cell is not None and not re.fullmatch(r"[IVX]+|\d{1,3}(\.0)?", str(cell))
    }
    if len(said) != 1 or not SECTION.match(fold(one := said.pop())):
        return None
    return re.sub(r"^(?:[IVXivx]+|\d+|[A-Za-z])[.)/ ]+(?=[ẤấKkTt])", "", one).strip(" :.-")


def _name(row: list[Any], header: Header) -> str:
    """The name, of as many columns as it stands in; «Tên» beside a full name counts where it adds to it."""

    def said(*fields):
        return clean(
            " ".join(dict.fromkeys(str(cell) for one in fields for _, cell in _cells(row, header, one)))
        )

    if "full_name" not in header.fields:
        return said("family_name", "given_name")
    whole, given = said("full_name"), said("given_name")
    return whole if f" {whole}".endswith(f" {given}") else f"{whole} {given}".strip()


def _is_no_person(row: list[Any], header: Header) -> bool:
    name = _name(row, header)
    parts = [cell for field in NAMES for _, cell in _cells(row, header, field)]
    if parts and all(field_of(one) in NAMES for one in parts):
        return True  # the header again, on the next page
    if fold(name).startswith(SAMPLE):
        return True
    filled = [str(cell) for cell in row if cell is not None]
    if not name and any(_says_no_person(one) for one in filled):
        return True  # a signature beside the table, its date under «Năm sinh»
    if any(YEAR.search(str(cell)) or isinstance(cell, date) for _, cell in _cells(row, header, "birth")):
        return False
    if not name:  # «Nam | Nữ» under «Năm sinh»
        said = [True for field in ("birth", "hamlet", "phone") for _ in _cells(row, header, field)]
        return not said or all(fold(one) in ("nam", "nu") for one in filled)
    if all(re.fullmatch(r"\(?\w{1,2}(?:\.0)?\)?", one) for one in filled):
        return True  # the columns' own numbers
    return _says_no_person(name) or _says_no_person(filled[0])


def _says_no_person(text: str) -> bool:
    return bool(TOTAL.match(clean(text)) or NOT_A_PERSON.match(fold(text)))


def _person(
    number: int, row: list[Any], header: Header, section: str, font: str | None, sheet: str
) -> RosterRow:
    errors, remarks = [], []

    def refuse(field: str, message: str):
        columns = [*(column for column, _ in _cells(row, header, field)), *header.fields.get(field, [])]
        letter = get_column_letter(columns[0] + 1) if columns else "?"
        errors.append(CellError(number, letter, message, sheet))

    name_field = "full_name" if "full_name" in header.fields else "given_name"
    name = NUMBER.sub("", _name(row, header))
    bare = CALLED.sub("", name)
    if bare != name and " " in bare:
        name = bare
        remarks.append("Bỏ chữ trong ngoặc sau tên.")
    name = TITLE.sub("", name)
    # TCVN3 has no capitals with tones: they are small letters of another font.
    in_capitals = (font or "").endswith("TCVN3") and any(
        word[1:] != word[1:].lower() for word in name.split()
    )
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
        birth_year, remark = _born(row, header)
        remarks += [remark] if remark else []
    except InvalidLearner as error:
        refuse("birth" if "birth" in header.fields else "age", str(error))
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
    columns = header.fields.get("hamlet")
    return RosterRow(
        number,
        name,
        birth_year,
        hamlet,
        group,
        phone,
        tuple(errors),
        sheet,
        get_column_letter(columns[0] + 1) if columns else "?",
        tuple(remarks),
    )


def _born(row: list[Any], header: Header) -> tuple[int, str]:
    """The year of birth, and what to say of it where it is not written out. Raises InvalidLearner."""
    births = [cell for _, cell in _cells(row, header, "birth")]  # day, month and year may stand apart
    ages = [cell for _, cell in _cells(row, header, "age")]
    written = next(filter(_has_year, [*births, *ages]), None)
    if written is not None:
        return _birth_year(written), ""
    this_year, only = utc_now().astimezone(VIETNAM).year, births[0] if len(births) == 1 else None
    columns = header.fields.get("birth", [])
    # Two of one heading are «Nam | Nữ»; of more the one may be a day or a month.
    is_year = len(columns) <= 2 and len({header.names[column] for column in columns}) == 1
    short = SHORT_YEAR.fullmatch(_plain(only))
    if short and is_year and int(short[1]) > this_year % 100:
        year = learners.valid_birth_year(1900 + int(short[1]), utc_now())
        return year, f"Năm sinh ghi hai chữ số, máy hiểu là {year}."
    if births or not ages:
        return _birth_year(births[0] if births else None), ""
    age = AGE.fullmatch(fold(_plain(ages[0])))
    if not age:
        raise InvalidLearner("birth_year", "Hãy ghi tuổi bằng số, ví dụ 65, hoặc thêm cột «Năm sinh».")
    year = learners.valid_birth_year(this_year - int(age[1]), utc_now())
    return year, f"Năm sinh {year} là tính từ tuổi, có thể lệch một năm."


def _plain(cell: Any) -> str:
    return _digits(cell) if isinstance(cell, float) else str(cell or "").strip(" '’")


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
