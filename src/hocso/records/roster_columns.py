"""Which column of a roster is what, by its headings as people write them.

A sheet may hold several lists side by side, a name may stand in two columns under one heading, and beside the
learner's name there may be those of others (head of the household, parents): these are not the learner's.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from openpyxl.utils import get_column_letter

from .errors import RosterRefused
from .text import fold

# What a heading says, folded, as whole words; the first that fits holds.
HEADINGS = {
    "citizen_id": r"cccd|cmnd|cmt|cmtnd|can cuoc|chung minh|so dinh danh|ma dinh danh|giay to"
    r"|citizen id|id (?:card|number)",
    "phone": r"sdt|dt|dien thoai|di dong|phone|mobile|so dd|zalo",
    "birth": r"nam sinh|ngay sinh|ngay thang nam sinh|ngay,? thang,? nam sinh|sinh nam|sinh ngay|ns|nam sn"
    r"|(?:year|date) of birth|birth ?(?:year|date|day)|yob|dob",
    "full_name": r"ho va ten|ho ten|hoten|ho & ten|ten nguoi hoc|ten hoc vien|hoc vien|ten day du|full ?name",
    "family_name": r"ho dem|ho va dem|ho lot|ho va ten dem|ho dem va ten dem|ho va chu lot|ho"
    r"|ten dem|chu dem|chu lot|dem|lot|last name|family name|surname",
    "given_name": r"ten|name|first name|given name",
    "hamlet": r"ap|khom|ap/khom|ap khom|thon|dia chi|noi o|cho o|noi cu tru|thuong tru|dia ban"
    r"|hamlet|village|address",
    "group": r"nhom|doi tuong|thanh phan|nghe nghiep|group|occupation",
    "age": r"tuoi|so tuoi|age",
}
READ = ("full_name", "family_name", "given_name", "birth", "age", "hamlet", "group", "phone")
NAMES = READ[:3]
YEARS = ("birth", "age")
ONLY_WHOLE = ("family_name", "given_name", "group", "age")  # no part of a longer heading
OTHERS = re.compile(
    r"\b(?:chu ho|(?:nguoi )?(?:dai dien|giam ho|bao lanh|gioi thieu|phu trach)"
    r"|nguoi (?:than|lien he|lap|nhan)|than nhan|phu huynh|cha me|bo me|cha|me|bo|vo|chong|con"
    r"|giao vien|chu nhiem)\b"
)
HEADER_WITHIN = 30
# What stands in columns without a heading beside a name and is no part of it.
MARKS = {"nam", "nu", "kinh", "khmer", "hoa", "x", "v", "co", "khong"}


@dataclass
class Header:
    """The headings of a list: row (from 0) and its columns `first` to before `end`; `fields`: field of
    HEADINGS -> columns; `others`: columns about somebody else; `notices`: what to look at, in words."""

    row: int
    names: list[Any]
    fields: dict[str, list[int]] = field(default_factory=dict)
    others: list[int] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    first: int = 0
    end: int = 0

    def weight(self) -> int:
        return sum(name in self.fields for name in READ)

    def has_names(self) -> bool:
        return "full_name" in self.fields or "given_name" in self.fields

    def years(self) -> list[int]:
        """The columns that say when people were born."""
        return [column for name in YEARS for column in self.fields.get(name, [])]

    def label(self, column: int) -> str:
        """A column as people see it: letter and heading."""
        said = self.names[column] if column < len(self.names) else None
        return f"{get_column_letter(column + 1)} {'(không có tiêu đề)' if said is None else f'«{said}»'}"

    def labels(self, columns: list[int]) -> str:
        return ", ".join(f"cột {self.label(column)}" for column in columns)


def find(rows: list[list[Any]]) -> list[Header]:
    """The lists of a sheet, from left to right; none where no row of headings has a name. Raises
    RosterRefused where it is not clear which column has the learners' names."""
    headers = [_header(rows[number], number) for number in range(min(HEADER_WITHIN, len(rows)))]
    best = max((one for one in headers if one.has_names()), key=Header.weight, default=None)
    if best is None:
        return []
    lists = _side_by_side(best)
    for one in lists:
        _second_name_column(one, rows[best.row + 1 :])
    return lists


def field_of(cell: Any) -> str | None:
    """The field of HEADINGS that a heading of the learner's own names."""
    heading = _heading(cell)
    return None if _of_others(heading) else _field(heading)


def _heading(cell: Any) -> str:
    if not isinstance(cell, str) or len(cell) > 60:
        return ""
    return " ".join(re.sub(r"\(.*?\)|[*:.]", " ", fold(cell)).replace("/", " ").split())


def _of_others(heading: str) -> bool:
    return bool(OTHERS.search(heading.replace("can bo", "")))


def _field(heading: str) -> str | None:
    exact = next((name for name, words in HEADINGS.items() if re.fullmatch(words, heading)), None)
    if exact or len(heading.split()) > 6:
        return exact
    longer = (
        name
        for name in HEADINGS
        if name not in ONLY_WHOLE and re.search(rf"\b(?:{HEADINGS[name]})\b", heading)
    )
    return next(longer, None)


def _header(names: list[Any], number: int) -> Header:
    header = Header(number, names, end=len(names))
    named_others = []
    for column, cell in enumerate(names):
        heading = _heading(cell)
        name = _field(heading)
        if _of_others(heading):
            if re.search(r"\bten\b", heading) or OTHERS.fullmatch(heading):
                named_others.append(column)
            if name == "citizen_id":
                header.fields.setdefault(name, []).append(column)
            elif name is not None:
                header.others.append(column)
        elif name is not None:
            header.fields.setdefault(name, []).append(column)
    if named_others and not header.has_names() and header.years():
        chosen = [one for one in named_others if names[one] == names[named_others[0]]]
        header.fields["full_name"] = chosen
        header.others = [one for one in header.others if one not in chosen]
        header.notices.append(
            f"Tên lấy ở {header.labels(chosen)}, vì không có cột nào khác ghi tên. Người học không phải là "
            "người đó thì đừng nhập: hãy thêm cột «Họ và tên» rồi gửi lại."
        )
    return header


def _side_by_side(header: Header) -> list[Header]:
    """One header for each list: where names come again further right, each with a year of birth."""
    groups = _name_groups(header)
    full = [one for one in groups if _holds(header, one, "full_name")]
    if full and len(full) < len(groups):  # «Tên» once more at the side, to sort by
        for extra in (one for one in groups if one not in full):
            _forget(header, extra)
            header.notices.append(f"Không đọc {header.labels(extra)}: tên đã có ở {header.labels(full[0])}.")
        groups = full
    if len(groups) < 2:
        return [header]
    ends = [group[0] for group in groups[1:]] + [header.end]
    births = header.years()
    if not all(any(group[-1] < one < end for one in births) for group, end in zip(groups, ends, strict=True)):
        raise RosterRefused(
            f"Có nhiều cột ghi tên: {'; '.join(header.labels(group) for group in groups)}. Chưa rõ cột nào "
            "là tên người học. Hãy xóa hoặc đổi tiêu đề cột không phải tên người học, rồi nhập lại."
        )
    lists, lead = [], groups[0][0]
    for number, group in enumerate(groups):
        first = max(group[0] - lead, groups[number - 1][-1] + 1) if number else 0
        if lists:
            lists[-1].end = first
        lists.append(Header(header.row, header.names, first=first, end=header.end))
    for one in lists:
        for name, columns in header.fields.items():
            if own := [column for column in columns if one.first <= column < one.end]:
                one.fields[name] = own
        one.others = [column for column in header.others if one.first <= column < one.end]
    lists[0].notices = [
        *header.notices,
        f"Trang này có {len(lists)} danh sách cạnh nhau, máy đọc cả {len(lists)}.",
    ]
    return lists


def _name_groups(header: Header) -> list[list[int]]:
    """The columns of names, those beside each other together."""
    groups: list[list[int]] = []
    for column in sorted(column for name in NAMES for column in header.fields.get(name, [])):
        if groups and all(cell is None for cell in header.names[groups[-1][-1] + 1 : column]):
            groups[-1].append(column)
        else:
            groups.append([column])
    return groups


def _holds(header: Header, columns: list[int], name: str) -> bool:
    return any(column in header.fields.get(name, []) for column in columns)


def _forget(header: Header, columns: list[int]) -> None:
    for name in NAMES:
        header.fields[name] = [one for one in header.fields.get(name, []) if one not in columns]
        if not header.fields[name]:
            del header.fields[name]


def _second_name_column(header: Header, body: list[list[Any]]) -> None:
    """«Họ và tên» over two columns, the heading in the first: take the second in where it has given names."""
    whole = header.fields.get("full_name", [])
    beside = whole[-1] + 1 if whole else 0
    if not whole or header.end <= beside < len(header.names):
        return
    if beside < len(header.names) and header.names[beside] is not None:
        return
    pairs = [
        (row[whole[-1]], row[beside]) for row in body if beside < len(row) and isinstance(row[whole[-1]], str)
    ]
    said = [(str(name), cell) for name, cell in pairs if isinstance(cell, str)]
    if not said or len(said) * 2 < len(pairs) or all(fold(cell) in MARKS for _, cell in said):
        return
    one_word = sum(cell.isalpha() for _, cell in said) >= 0.9 * len(said)
    words = sum(len(name.split()) for name, _ in said) / len(said)
    unheaded = f"{header.labels([beside])}, cạnh {header.labels(whole[-1:])}"
    if one_word and words <= 2.5:
        header.fields["full_name"] = [*whole, beside]
    elif one_word and len({cell for _, cell in said}) * 2 > len(said):
        raise RosterRefused(
            f"Chưa rõ {unheaded}, có phải là tên không. Hãy ghi tiêu đề cho cột đó rồi gửi lại."
        )
    else:
        header.notices.append(
            f"Không đọc {unheaded}. Nếu đó là một phần của tên, hãy ghi tiêu đề «Tên» cho cột đó."
        )
