"""Rosters as people really write them are understood, or the cell to mend is named."""

import io
import unicodedata
import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from hocso.records import RosterRefused
from hocso.records.rosters import read

from .conftest import xlsx

HERE = Path(__file__).parent
HOA = ("Nguyễn Văn Hòa", 1960, "Ấp 1")
BUOI = ("Trần Thị Bưởi", 1958, "Ấp 2")
PLAIN = [["Họ và tên", "Năm sinh", "Ấp"], list(HOA), list(BUOI)]


def csv_of(rows, separator=","):
    return "\r\n".join(separator.join(str(cell) for cell in row) for row in rows)


def nfd(text):
    return unicodedata.normalize("NFD", text)


def tcvn3(rows):
    table = dict(zip("ễăòầịưởấọ", ("Ô", "¨", "ß", "Ç", "Þ", "\u00ad", "ë", "Ê", "ä"), strict=True))
    table |= {"Ấ": "Ê", "à": "µ"}
    return [["".join(table.get(char, char) for char in str(cell)) for cell in row] for row in rows]


def vni(rows):
    table = {"ễ": "eã", "ă": "aê", "ò": "oø", "ầ": "aà", "ị": "ò", "ư": "ö", "ở": "ôû", "ấ": "aá", "ọ": "oï"}
    table |= {"Ấ": "AÁ", "à": "aø"}
    return [["".join(table.get(char, char) for char in str(cell)) for cell in row] for row in rows]


UGLY = {
    "plain": xlsx(PLAIN),
    "capitals": xlsx([["HỌ VÀ TÊN", "NĂM SINH", "ẤP"], ["NGUYỄN VĂN HÒA", 1960, "ẤP 1"], list(BUOI)]),
    "two columns of names": xlsx(
        [
            ["STT", "Họ đệm", "Tên", "Năm sinh", "Ấp"],
            [1, "Nguyễn Văn", "Hòa", 1960, "Ấp 1"],
            [2, "Trần Thị", "Bưởi", 1958, "Ấp 2"],
        ]
    ),
    "another order": xlsx([[c, b, a] for a, b, c in PLAIN]),
    "title rows": xlsx(
        [["ỦY BAN NHÂN DÂN XÃ"], [], ["DANH SÁCH HỌC VIÊN NĂM 2026"], *PLAIN], ["A1:C1", "A3:C3"]
    ),
    "dates as text": xlsx(
        [["Họ tên", "Ngày sinh", "Địa chỉ"], [HOA[0], "01/02/1960", HOA[2]], [BUOI[0], "3-4-1958", BUOI[2]]]
    ),
    "dates as dates": xlsx(
        [
            ["Họ tên", "Ngày, tháng, năm sinh", "Khóm/Ấp"],
            [HOA[0], datetime(1960, 2, 1), HOA[2]],
            [BUOI[0], datetime(1958, 4, 3), BUOI[2]],
        ]
    ),
    "numbers as text": xlsx([PLAIN[0], [HOA[0], "1960", HOA[2]], [BUOI[0], " 1958 ", BUOI[2]]]),
    "numbers with decimals": xlsx([PLAIN[0], [HOA[0], 1960.0, HOA[2]], [BUOI[0], "1958.0", BUOI[2]]]),
    "blank rows": xlsx([PLAIN[0], [], PLAIN[1], [], [None, None, "  "], PLAIN[2], []]),
    "a total and signatures": xlsx(
        [*PLAIN, ["Tổng cộng: 2 người"], [None, None, "Tân Hội, ngày 3 tháng 5 năm 2026"], ["NGƯỜI LẬP BIỂU"]]
    ),
    "a total beside the numbers": xlsx(
        [["TT", *PLAIN[0]], [1, *HOA], [2, *BUOI], ["Cộng", "2 người", None, None]]
    ),
    "columns with numbers": xlsx([PLAIN[0], ["(1)", "(2)", "(3)"], *PLAIN[1:]]),
    "men and women": xlsx(
        [
            ["Họ và tên", "Năm sinh", None, "Ấp"],
            [None, "Nam", "Nữ", None],
            [HOA[0], 1960, None, HOA[2]],
            [BUOI[0], None, 1958, BUOI[2]],
        ],
        ["A1:A2", "B1:C1", "D1:D2"],
    ),
    "a merged hamlet": xlsx([PLAIN[0], list(HOA), ["Lê Thị Sen", 1970, None], list(BUOI)], ["C2:C3"]),
    "a hamlet above its people": xlsx(
        [["Họ tên", "Năm sinh"], ["Ấp 1"], [HOA[0], 1960], ["II. Ấp 2"], [BUOI[0], 1958]]
    ),
    "the header on each page": xlsx([PLAIN[0], PLAIN[1], PLAIN[0], PLAIN[2]]),
    "decomposed": xlsx([[nfd(str(cell)) for cell in row] for row in PLAIN]),
    "double spaces": xlsx(
        [["Họ  và   tên", "Năm\nsinh", " Ấp "], [" Nguyễn  Văn\u00a0Hòa ", 1960, "Ấp  1"], list(BUOI)]
    ),
    "small letters": xlsx([PLAIN[0], ["nguyễn văn hòa", 1960, "ấp 1"], list(BUOI)]),
    "notes in the header": xlsx([["Họ và tên (*)", "Năm sinh (4 số):", "Ấp/Khóm"], *PLAIN[1:]]),
    "TCVN3": xlsx(tcvn3([["Hä vµ tªn", "N¨m sinh", "Êp"], *PLAIN[1:]])),
    "VNI": xlsx([["Hoï vaø teân", "Naêm sinh", "AÁp"], *vni(PLAIN[1:])]),
    "csv": csv_of(PLAIN).encode(),
    "csv with BOM": csv_of(PLAIN).encode("utf-8-sig"),
    "csv in UTF-16": csv_of(PLAIN, "\t").encode("utf-16"),
    "csv with semicolons": csv_of(PLAIN, ";").encode(),
    "day, month and year apart": xlsx(
        [["Họ và tên", "Ngày sinh", "Tháng sinh", "Năm sinh", "Ấp"]]
        + [[name, 5, 6, year, hamlet] for name, year, hamlet in PLAIN[1:]]
    ),
    "TCVN3 in capitals": xlsx(
        tcvn3([["Hä vµ tªn", "N¨m sinh", "Êp"]])
        + tcvn3([["NGUYễN VăN HòA", 1960, "ấP 1"], ["TRầN THị BưởI", 1958, "ấP 2"]])
    ),
    "tabs": csv_of(PLAIN, "\t").encode(),
    "csv in TCVN3": csv_of([["Hä vµ tªn", "N¨m sinh", "Êp"], *tcvn3(PLAIN[1:])], ";").encode("latin-1"),
    "xls": (HERE / "danh-sach-mau.xls").read_bytes(),
}


@pytest.mark.parametrize("name", UGLY)
def test_a_roster_is_understood_however_it_is_written(name):
    roster = read(UGLY[name], "danh-sach.xlsx")
    people = [(row.full_name, row.birth_year, row.hamlet.capitalize()) for row in roster.rows]
    assert people[0] == HOA
    assert people[-1] == BUOI
    assert len(people) == (3 if name == "a merged hamlet" else 2)
    assert not any(row.errors for row in roster.rows)


def test_commas_within_an_address_do_not_separate():
    table = [["Họ tên", "Năm sinh", "Địa chỉ"], [HOA[0], 1960, "Số 1, tổ 2, Ấp 1, xã Tân Hội"]]
    table.append([BUOI[0], 1958, "Số 7, Ấp 2, xã Tân Hội, tỉnh An Giang"])
    row = read(csv_of(table, ";").encode(), "a").rows[0]
    assert (row.full_name, row.hamlet) == (HOA[0], "Số 1, tổ 2, Ấp 1, xã Tân Hội")


def test_families_called_tong_and_cong_are_no_totals():
    names = ["Tống Văn Ba", "Công Thị Lan", "Tống Công Minh"]
    totals = ["Tổng cộng: 3 người", "Tổng số", "Cộng", "TONG CONG", "Tong: 3"]
    rows = [[name, "60", "Ấp 1"] for name in names] + [[text, None, None] for text in totals]
    roster = read(xlsx([PLAIN[0], *rows]), "a")
    assert [row.full_name for row in roster.rows] == names
    assert all(row.errors for row in roster.rows)


def test_a_hamlet_that_was_merged_over_rows_is_that_of_each():
    assert {row.hamlet for row in read(UGLY["a merged hamlet"], "a").rows[:2]} == {"Ấp 1"}


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
        (1, "60", "bốn chữ số"),
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


def test_citizen_ids_are_left_out_and_nowhere_in_what_was_read():
    ids = ["079060001234", "079058004321"]
    header = [*PLAIN[0], "Số CCCD", "Ghi chú"]
    roster = read(xlsx([header, [*HOA, ids[0], ids[1]], [*BUOI, ids[1], ids[0]]]), "a")
    assert roster.left_out == ("D «Số CCCD»", "E «Ghi chú»")
    assert not any(id in repr(roster) for id in ids)


def test_rows_that_are_no_people_are_named():
    assert read(UGLY["a total and signatures"], "a").ignored == (4, 5, 6)


def test_the_sheet_with_the_people_is_found():
    book = openpyxl.load_workbook(io.BytesIO(xlsx([["Hướng dẫn"], ["Điền vào trang sau"]])))
    sheet = book.create_sheet("Học viên")
    for row in PLAIN:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    roster = read(out.getvalue(), "a")
    assert (roster.sheet, roster.header_row, len(roster.rows)) == ("Học viên", 1, 2)


def test_a_cell_that_was_formatted_far_below_does_no_harm():
    book = openpyxl.load_workbook(io.BytesIO(xlsx(PLAIN)))
    book.active.cell(1_048_576, 1).number_format = "0"
    out = io.BytesIO()
    book.save(out)
    assert len(read(out.getvalue(), "a").rows) == 2


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
