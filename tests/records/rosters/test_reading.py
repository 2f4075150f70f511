"""Rosters as people really write them are understood, or the cell to mend is named."""

import io
import zipfile

import pytest

from hocso.records import RosterRefused
from hocso.records.rosters import read

from .conftest import xlsx

HOA = ("Nguyễn Văn Hòa", 1960, "Ấp 1")
BUOI = ("Trần Thị Bưởi", 1958, "Ấp 2")
PLAIN = [["Họ và tên", "Năm sinh", "Ấp"], list(HOA), list(BUOI)]


def csv_of(rows, separator=","):
    return "\r\n".join(separator.join(str(cell) for cell in row) for row in rows)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (912345678, "0912345678"),
        ("912345678", "0912345678"),
        ("0912.345.678", "0912345678"),
        ("+84 912 345 678", "0912345678"),
        ("'0912345678", "0912345678"),
        ("0912345678 / 0987654321", "0912345678"),
        ("không có", None),
        (None, None),
    ],
)
def test_a_phone_is_read_and_gets_back_the_zero_that_excel_took(written, kept):
    (row,) = read(xlsx([[*PLAIN[0], "SĐT"], [*HOA, written]]), "a").rows
    assert (row.phone, row.errors) == (kept, ())


@pytest.mark.parametrize(
    ("written", "group"),
    [
        ("Nông dân", "nguoi-dan"),
        ("Học sinh", "hoc-sinh"),
        ("CÁN BỘ", "can-bo"),
        ("Người lao động trong cơ quan nhà nước", "can-bo"),
        ("Công nhân", "nguoi-lao-dong"),
        (None, None),
    ],
)
def test_a_group_is_known_by_the_words_that_people_use(written, group):
    (row,) = read(xlsx([[*PLAIN[0], "Đối tượng"], [*HOA, written]]), "a").rows
    assert (row.group, row.errors) == (group, ())


@pytest.mark.parametrize(
    ("column", "cell", "says"),
    [
        (0, "Nguyễn 3", "Họ và tên chỉ gồm chữ cái"),
        (1, "6", "bốn chữ số"),
        (1, None, "bốn chữ số"),
        (1, 1850, "bốn chữ số"),
        (3, "12345", "10 chữ số"),
        (3, 987654321012, "10 chữ số"),
        (4, "Nhóm 7", "Không rõ nhóm"),
    ],
)
def test_a_wrong_cell_is_named_by_row_and_column_and_says_what_to_write(column, cell, says):
    wrong = [*HOA, "0912345678", "Nông dân"]
    wrong[column] = cell
    rows = read(xlsx([["Danh sách"], [*PLAIN[0], "SĐT", "Nhóm"], [*BUOI], wrong]), "a").rows
    assert not rows[0].errors
    (error,) = rows[1].errors
    assert (error.row, error.column) == (4, "ABCDE"[column])
    assert says in error.message
    assert str(cell) not in error.message.replace("1960", "")


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Ông Nguyễn Văn Hòa", "Nguyễn Văn Hòa"),
        ("BÀ TRẦN THỊ BƯỞI", "Trần Thị Bưởi"),
        ("Chị: Lê Bưởi", "Lê Bưởi"),
        ("Ông Thị Bưởi", "Ông Thị Bưởi"),
        ("Ông Lê", "Ông Lê"),
        ("Hồ Anh Mai Bưởi", "Hồ Anh Mai Bưởi"),
    ],
)
def test_how_people_are_called_is_no_part_of_their_name(written, name):
    (row,) = read(xlsx([PLAIN[0], [written, 1960, "Ấp 1"]]), "a").rows
    assert (row.full_name, row.errors) == (name, ())


@pytest.mark.parametrize("number", [2, "2", "II", None])
def test_a_row_whose_name_was_forgotten_is_no_heading_of_a_hamlet(number):
    rows = [["STT", *PLAIN[0]], [1, *HOA], [number, None, 1960, "Ấp 2"]]
    _, second = read(xlsx(rows), "a").rows
    assert [str(error)[:13] for error in second.errors] == ["Dòng 3, cột B"]


def test_citizen_ids_are_left_out_and_nowhere_in_what_was_read():
    ids = ["079060001234", "079058004321"]
    header = [*PLAIN[0], "Số CCCD", "Ghi chú"]
    roster = read(xlsx([header, [*HOA, ids[0], ids[1]], [*BUOI, ids[1], ids[0]]]), "a")
    assert roster.tables[0].left_out == ("D «Số CCCD»", "E «Ghi chú»")
    assert not any(id in repr(roster) for id in ids)


def test_five_thousand_people_under_a_heading_are_not_too_many():
    assert len(read(csv_of([PLAIN[0], *[list(HOA)] * 5_000]).encode(), "a").rows) == 5_000


def a_bomb():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/worksheets/sheet1.xml", b" " * 30_000_000)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "trống"),
        (b"PK\x03\x04 no workbook", "Không đọc được"),
        (b"\xd0\xcf\x11\xe0 no workbook", "Không đọc được"),
        (b"\0\x07\0\x07" * 100, "Không đọc được"),
        (b"x" * (10 * 1024 * 1024 + 1), "10 MB"),
        (a_bomb(), "quá lớn"),
        (csv_of([PLAIN[0], *[list(HOA)] * 5_001]).encode(), "5.000 dòng"),
        (csv_of([["a", "b"], [1, 2]]).encode(), "Không thấy dòng tiêu đề"),
        (csv_of(PLAIN[:1]).encode(), "chưa có ai"),
        (csv_of([["H§~ t¶£n", "N¿¿m"], ["¿¿¿§ß~¶", 1960]]).encode(), "Unikey"),
    ],
)
def test_what_cannot_be_read_says_what_to_do(content, says):
    with pytest.raises(RosterRefused, match=says):
        read(content, "a")
