"""Writes the rosters of `ugly/`: sample data (nobody's), written as people write theirs.

`python -m tests.records.rosters.make_ugly` after adding one here. What must be understood of each stands
beside it in a .json, which is written by hand. The .xls files need LibreOffice.
"""

import io
import subprocess
import tempfile
import unicodedata
import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl

from hocso.records.text import TONES

FOLDER = Path(__file__).parent / "ugly"
HEADER = ["Họ và tên", "Năm sinh", "Ấp"]
HOA = ["Nguyễn Văn Mẫu Hòa", 1960, "Ấp Mẫu 1"]
BUOI = ["Trần Thị Mẫu Bưởi", 1958, "Ấp Mẫu 2"]
SEN = ["Lê Thị Mẫu Sen", 1970, "Ấp Mẫu 1"]
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"


def xlsx(*sheets, merged=(), hidden=()):
    """A workbook; each sheet is rows, or (title, rows). `merged` ranges are the first sheet's."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for sheet in sheets:
        title, rows = sheet if isinstance(sheet, tuple) else ("Sheet1", sheet)
        page = book.create_sheet(title)
        for row in rows:
            page.append(row)
        if title in hidden:
            page.sheet_state = "hidden"
    for cells in merged:
        book.worksheets[0].merge_cells(cells)
    return saved(book)


def saved(book):
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def csv(rows, separator=","):
    return "\r\n".join(separator.join("" if cell is None else str(cell) for cell in row) for row in rows)


def xls(content):
    """The same as an .xls, by another program."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "a.xlsx"
        source.write_bytes(content)
        command = ["soffice", f"-env:UserInstallation=file://{folder}/p", "--headless", "--convert-to", "xls"]
        subprocess.run([*command, "--outdir", folder, source], check=True, capture_output=True)
        return source.with_suffix(".xls").read_bytes()


def spelled(rows, letters):
    return [["".join(letters.get(char, char) for char in str(cell)) for cell in row] for row in rows]


def tcvn3(rows):
    letters = dict(zip("ễăòầịưởấọẫĩờêđẹạ", "Ô¨ßÇÞ\u00adëÊäÉÜêª®Ñ¹", strict=True))
    return spelled(rows, letters | {"Ấ": "Ê", "à": "µ", "Đ": "§"})


def vni(rows):
    return spelled(
        rows,
        {"ễ": "eã", "ă": "aê", "ò": "oø", "ầ": "aà", "ị": "ò", "ư": "ö", "ở": "ôû", "ấ": "aá", "ọ": "oï"}
        | {"Ấ": "AÁ", "à": "aø", "ẫ": "aã", "ê": "eâ"},
    )


def windows_1258(text):
    """Windows writes the tones apart, but not the hats."""

    def apart(char):
        marks = unicodedata.normalize("NFD", char)
        letter = "".join(mark for mark in marks if mark not in TONES)
        return unicodedata.normalize("NFC", letter) + "".join(mark for mark in marks if mark in TONES)

    return "".join(map(apart, text)).encode("cp1258")


def formatted_far_below():
    book = openpyxl.load_workbook(io.BytesIO(xlsx([HEADER, HOA, BUOI])))
    book.active.cell(1_048_576, 1).number_format = "0"
    return saved(book)


def men_and_women(his: int, hers: int) -> bytes:
    """A column of years for men and one for women, under one heading."""
    return xlsx(
        [
            ["Họ và tên", "Năm sinh", None, "Ấp"],
            [None, "Nam", "Nữ", None],
            [HOA[0], his, None, HOA[2]],
            [BUOI[0], None, hers, BUOI[2]],
        ],
        merged=["A1:A2", "B1:C1", "D1:D2"],
    )


def merged_to_the_end():
    """A hamlet merged down its whole column, and a note over a million empty cells, as the file says it."""
    content, out = xlsx([HEADER, HOA, [BUOI[0], BUOI[1]]], merged=["C2:C3", "E1:F2"]), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name).replace(b'"C2:C3"', b'"C2:C1048576"').replace(b'"E1:F2"', b'"D1:AZ100000"')
            new.writestr(name, part)
    return out.getvalue()


def a_word_document():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as parts:
        parts.writestr("[Content_Types].xml", "<Types/>")
        parts.writestr("word/document.xml", "<document/>")
    return out.getvalue()


SECTIONS = xlsx(
    [
        ["UBND XÃ MẪU", None, None, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"],
        ["DANH SÁCH BÀ CON HỌC LỚP BÌNH DÂN HỌC VỤ SỐ"],
        ["STT", "Họ tên", "Năm sinh", "SĐT"],
        ["I. Ấp Mẫu 1"],
        [1, *HOA[:2], "0900 000 001"],
        [2, *SEN[:2], 900000002],
        ["II", "Ấp Mẫu 2"],
        [1, *BUOI[:2]],
        [],
        ["Tổng cộng: 3 người"],
        [None, None, "Xã Mẫu, ngày 1 tháng 12 năm 2026"],
        [None, None, "NGƯỜI LẬP BIỂU"],
    ],
    merged=["A1:B1", "A2:D2", "A4:D4"],
)
NAMES = ["Tống Văn Mẫu", "Công Thị Mẫu", "Tống Công Mẫu"]
TOTALS = ["Tổng cộng: 3 người", "Tổng số", "Cộng", "TONG CONG", "Tong: 3"]
ADDRESSES = [
    *("Ấp Mẫu 1", "ấp mẫu 10", "Tổ 5 - Ấp Mẫu 1", "12/3 Ấp Mẫu 1", "Tổ 3, ấp Mẫu 10, xã Tân Hội"),
    *("Ấp Mẫu 1 xã Tân Hội", "số nhà 5 ấp Mẫu 1", "Ấp: Mẫu 1", "A. Mẫu 2", "Ấp Mẫu1", "Ấp Mẫu 01", "mẫu 2"),
    *("Ấp Mẫu 1 Tân Hội", "Tổ 7, Mẫu 2", "Ấp Mẫu 1 hoặc Ấp Mẫu 2", "Ấp Mẫu 1A", "Ấp Mẫu 100", "Tổ 4", "4"),
    *("Số 7, đường Mẫu, xã Tân Hội", "Ấp Mẫu 1-2"),
]
PHONES = [
    *("0912.345.671", "+84 912 345 672", 912345673, "'0912345674", "0912345675 / 0987654321", "không có"),
    *("0912345676 (con trai)", "12345"),
]
# As people write a name in a list, and names that only look so.
NAMES_WITH_MORE = [
    *("1. Lê Văn Mẫu", "2) TRẦN THỊ MẪU", "03.Võ Mẫu Ba", "Nguyễn Văn Mẫu (Hai Lúa)", "LÊ THỊ MẪU (Út)"),
    *("4. Ông Lê Văn Mẫu Tư [Tư Mẫu]", "Lê Mẫu Sáu(chủ hộ)", "Nguyễn Thị Mẫu-Sen", "Y Mẫu Niê", "H'Mẫu Êban"),
    *("Lê. V. Mẫu", "Hòa (Ba)", "Lê (Trần) Mẫu", "Lê Mẫu (1960)", "Lê Mẫu 2", "I. Lê Văn Mẫu"),
]
YEARS = [60, "58", 70.0, "01/02/61", "27", 26, "5", "'63", "1/2/3", "6 0"]

FILES = {
    "ages.xlsx": xlsx(
        [
            ["Họ và tên", "Tuổi", "Ấp"],
            [HOA[0], 65, HOA[2]],
            [BUOI[0], "68 tuổi", BUOI[2]],
            [SEN[0], 1970, SEN[2]],
            ["Lê Mẫu An", "năm mươi", SEN[2]],
            ["Lê Mẫu Bình", None, SEN[2]],
        ]
    ),
    "ages-beside-years.xlsx": xlsx(
        [
            [*HEADER, "Tuổi", "Nhóm tuổi"],
            [*HOA, 60, "từ 60"],
            [BUOI[0], None, BUOI[2], 68, "từ 60"],
            [SEN[0], 70, SEN[2], 60, "từ 60"],
        ]
    ),
    "english.csv": csv(
        [
            ["No", "Full name", "Year of birth", "Address", "Phone number", "Citizen ID"],
            [1, *HOA, "0912345671", "079060001234"],
            [2, *BUOI, None, "079058004321"],
        ],
        ";",
    ).encode(),
    "english-names-apart.csv": csv(
        [
            ["Last name", "First name", "Date of birth", "Hamlet"],
            ["Nguyễn Văn Mẫu", "Hòa", "01/02/1960", HOA[2]],
        ]
    ).encode(),
    "names-with-more.xlsx": xlsx([HEADER, *([name, 1960, "Ấp Mẫu 1"] for name in NAMES_WITH_MORE)]),
    "two-digit-years.xlsx": xlsx(
        [HEADER, *([f"Lê Mẫu {chr(65 + n)}", year, "Ấp Mẫu 1"] for n, year in enumerate(YEARS))]
    ),
    "two-digit-years-of-men-and-women.xlsx": men_and_women(60, 58),
    "only-the-day-of-birth.xlsx": xlsx(
        [
            ["Họ và tên", "Ngày tháng năm sinh", None, None, "Ấp"],
            [None, "Ngày", "Tháng", "Năm", None],
            [HOA[0], 27, None, None, HOA[2]],
        ],
        merged=["A1:A2", "B1:D1", "E1:E2"],
    ),
    "addresses.xlsx": xlsx(
        [["Họ và tên", "Năm sinh", "Địa chỉ"]]
        + [[f"Lê Mẫu {chr(65 + n)}", 1960, one] for n, one in enumerate(ADDRESSES)]
    ),
    "blank-rows-and-the-header-again.xlsx": xlsx([HEADER, [], HOA, [], [None, None, "  "], HEADER, BUOI, []]),
    "capitals-and-spaces.xlsx": xlsx(
        [
            ["  HỌ  VÀ\nTÊN (*)", "NĂM SINH (4 số):", " ẤP/KHÓM "],
            [" NGUYỄN  VĂN\u00a0MẪU HÒA ", " 1960 ", "ẤP  MẪU 1"],
            ["trần thị mẫu bưởi", "1958.0", "ấp mẫu 2"],
        ]
    ),
    "citizen-ids.xlsx": xlsx(
        [
            [*HEADER, "Số CCCD", "Ghi chú"],
            [*HOA, "079060001234", "079060001234"],
            [*BUOI, "079058004321", "079058004321"],
            ["Tổng cộng", None, None, "079058004321 và 079060001234"],
        ]
    ),
    "dates.xlsx": xlsx(
        [
            ["Khóm/Ấp", "Họ tên", "Ngày, tháng, năm sinh"],
            [HOA[2], HOA[0], "01/02/1960"],
            [BUOI[2], BUOI[0], datetime(1958, 4, 3)],
            [SEN[2], SEN[0], "3-4-1970"],
        ]
    ),
    "day-month-year-apart.xlsx": xlsx(
        [
            ["Họ và tên", "Ngày tháng năm sinh", None, None, "Ấp"],
            [None, "Ngày", "Tháng", "Năm", None],
            [HOA[0], 5, 6, 1960, HOA[2]],
            [BUOI[0], None, None, 1958, BUOI[2]],
        ],
        merged=["A1:A2", "B1:D1", "E1:E2"],
    ),
    "decomposed.xlsx": xlsx(
        [[unicodedata.normalize("NFD", str(cell)) for cell in row] for row in (HEADER, HOA, BUOI)]
    ),
    "families-called-tong-and-cong.xlsx": xlsx(
        [HEADER, *[[name, 1960, "Ấp Mẫu 1"] for name in NAMES], *[[text] for text in TOTALS]]
    ),
    "formatted-far-below.xlsx": formatted_far_below(),
    "groups.xlsx": xlsx(
        [
            [*HEADER, "Đối tượng"],
            ["Lê Mẫu An", 1990, "Ấp Mẫu 1", "Người lao động trong cơ quan nhà nước"],
            ["Lê Mẫu Bình", 2010, "Ấp Mẫu 1", "HỌC SINH"],
            ["Lê Mẫu Cúc", 1990, "Ấp Mẫu 1", "Công nhân"],
            ["Lê Mẫu Dung", 1990, "Ấp Mẫu 1", "Nông dân"],
            ["Lê Mẫu Én", 1990, "Ấp Mẫu 1", "Nhóm 7"],
            ["Lê Mẫu Giang", 1990, "Ấp Mẫu 1", None],
        ]
    ),
    "hamlet-merged-down.xlsx": xlsx([HEADER, HOA, SEN[:2], BUOI], merged=["C2:C3"]),
    "hamlets-on-sheets.xlsx": xlsx(
        ("Hướng dẫn", [["Mỗi ấp một trang, mỗi người một dòng"]]),
        ("Ấp Mẫu 1", [["DANH SÁCH ẤP"], ["TT", "Họ tên", "Năm sinh"], [1, *HOA[:2]], ["Cộng: 1"]]),
        ("Ấp Mẫu 2", [["TT", "Họ tên", "Năm sinh", "SĐT"], [1, *BUOI[:2], None], [2, "Lê Mẫu Hai", 6]]),
        ("Tổng hợp", [["TT", "Tên", "Số người"], [1, "Ấp Mẫu 1", 1], [2, "Ấp Mẫu 2", 2]]),
        ("Nháp", [HEADER, SEN]),
        ("Sheet6", []),
        hidden=["Nháp"],
    ),
    "heads-of-household.xlsx": xlsx([["TT", "Họ tên chủ hộ", "Năm sinh", "Ấp"], [1, *HOA], [2, *BUOI]]),
    "men-and-women.xlsx": men_and_women(1960, 1958),
    "merged-to-the-end-of-the-sheet.xlsx": merged_to_the_end(),
    "name-in-two-columns.xlsx": xlsx(
        [
            ["STT", "Họ đệm", "Tên", "Tên gọi khác", *HEADER[1:]],
            [1, "Nguyễn Văn Mẫu", "Hòa", "Ba Mẫu", *HOA[1:]],
        ]
    ),
    "name-merged-over-two-columns.xlsx": xlsx(
        [
            ["STT", "Họ và tên", None, *HEADER[1:]],
            [1, "Nguyễn Văn Mẫu", "Hòa", *HOA[1:]],
            [2, "Trần Thị Mẫu", "Bưởi", *BUOI[1:]],
        ],
        merged=["B1:C1"],
    ),
    "numbered-columns.xlsx": xlsx(
        [["TT", *HEADER], ["(1)", "(2)", "(3)", "(4)"], [1, *HOA], ["Cộng", "1 người"]]
    ),
    "parents.xlsx": xlsx(
        [
            [
                "Họ tên cha",
                "Năm sinh cha",
                "Họ và tên học sinh",
                "Năm sinh",
                "Họ tên mẹ",
                "Ấp",
                "SĐT phụ huynh",
            ],
            ["Lê Văn Mẫu Cha", 1980, "Lê Mẫu Con", 2012, "Võ Thị Mẫu Mẹ", "Ấp Mẫu 1", "0912345600"],
        ]
    ),
    "phones.xlsx": xlsx(
        [["Tên", "Sinh năm", "Ấp", "Điện thoại"]]
        + [[f"Lê Mẫu {chr(65 + n)}", 1960, "Ấp Mẫu 1", one] for n, one in enumerate(PHONES)]
    ),
    "same-name-other-phones.xlsx": xlsx(
        [[*HEADER, "SĐT"], [*HOA, None], [*HOA, "0911111111"], [*HOA, "0922222222"], [*HOA, "0911111111"]]
    ),
    "sections-totals-signatures.xlsx": SECTIONS,
    "side-by-side.xlsx": xlsx(
        [
            ["DANH SÁCH HỌC VIÊN"],
            ["TT", *HEADER, None, "TT", *HEADER],
            [1, *HOA, None, 3, *BUOI],
            [2, *SEN, None, None, None, None, None],
            ["Cộng: 3"],
        ]
    ),
    "tcvn3.xlsx": xlsx([["Hä vµ tªn", "N¨m sinh", "Êp"], *tcvn3([HOA, BUOI])]),
    "tcvn3-in-capitals.xlsx": xlsx(
        [
            ["Hä vµ tªn", "N¨m sinh", "Êp"],
            *tcvn3([["NGUYễN VăN MẫU HòA", 1960, "ấP MẫU 1"], ["TRầN THị MẫU BưởI", 1958, "ấP MẫU 2"]]),
        ]
    ),
    "two-columns-of-names.xlsx": xlsx(
        [["Họ và tên", "Chức danh", "Họ tên theo hộ khẩu", *HEADER[1:]], [HOA[0], "Tổ trưởng", *HOA]]
    ),
    "unclear-second-column.csv": csv(
        [
            ["Họ và tên", None, "Năm sinh", "Ấp"],
            [HOA[0], "Tổ trưởng tổ 1", *HOA[1:]],
            [BUOI[0], "Thành viên", *BUOI[1:]],
        ]
    ).encode(),
    "unclear-second-name-column.csv": csv(
        [["Họ và tên", None, *HEADER[1:]], [HOA[0], "Ba", *HOA[1:]], [BUOI[0], "Tư", *BUOI[1:]]]
    ).encode(),
    "unicode-and-tcvn3.xlsx": xlsx(
        [HEADER, HOA, *tcvn3([BUOI]), ["Lê Thị Mẫu Được", 1971, "Ấp Mẫu 10"], *tcvn3([SEN])]
    ),
    "vni.xlsx": xlsx([["Hoï vaø teân", "Naêm sinh", "AÁp"], *vni([HOA, BUOI])]),
    "wrong-cells.xlsx": xlsx(
        [
            ["Danh sách"],
            [*HEADER, "SĐT"],
            ["Nguyễn Mẫu 3", 1960, "Ấp Mẫu 1", None],
            ["Lê Mẫu An", "6", "Ấp Mẫu 1", None],
            ["Lê Mẫu Bình", None, "Ấp Mẫu 1", None],
            ["Lê Mẫu Cúc", 1850, "Ấp Mẫu 1", None],
            ["Lê Mẫu Dung", 1960, None, "12345"],
            HOA,
        ]
    ),
    "years-missing.xlsx": xlsx([["Họ và tên", "Ấp"], [HOA[0], "Ấp Mẫu 1"]]),
    "one-heading-over-two-columns.csv": csv(
        [
            ["DANH SÁCH HỌC VIÊN"],
            [],
            ["STT", "Họ và tên", None, *HEADER[1:]],
            [1, "Nguyễn Mẫu", "Hòa", *HOA[1:]],
            [2, "Trần Thị Mẫu", "Bưởi", *BUOI[1:]],
        ],
        ";",
    ).encode("utf-8-sig"),
    "commas-in-addresses.csv": csv(
        [
            ["Họ tên", "Năm sinh", "Địa chỉ"],
            [*HOA[:2], "Số 1, tổ 2, Ấp Mẫu 1, xã Tân Hội"],
            [*BUOI[:2], "Số 7, Ấp Mẫu 2, xã Tân Hội, tỉnh An Giang"],
        ],
        ";",
    ).encode(),
    "old-mac.csv": csv([HEADER, HOA, BUOI]).replace("\r\n", "\r").encode(),
    "utf-16-tabs.csv": csv([HEADER, HOA, BUOI], "\t").encode("utf-16"),
    "utf-16-without-mark.csv": csv([HEADER, HOA, BUOI], ";").encode("utf-16-le"),
    "utf-16-big-without-mark.csv": csv([HEADER, HOA, BUOI], ";").encode("utf-16-be"),
    "tcvn3.csv": csv([["Hä vµ tªn", "N¨m sinh", "Êp"], *tcvn3([HOA, BUOI])], ";").encode("latin-1"),
    "windows-1258.csv": windows_1258(csv([HEADER, HOA, BUOI], ";")),
    "sections-totals-signatures.xls": lambda: xls(SECTIONS),
    "hamlet-merged-down.xls": lambda: xls(FILES["hamlet-merged-down.xlsx"]),
    "web-page.xls": csv([["<html><table><tr><td>Họ và tên</td></tr></table></html>"]]).encode(),
    "web-page-in-utf-16.xls": "<html><table><tr><td>Họ và tên</td></tr></table></html>".encode("utf-16"),
    "picture.xlsx": PNG,
    "scan.pdf": b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n",
    "document.docx": a_word_document(),
    "document.doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504 + "WordDocument".encode("utf-16-le"),
    "no-roster.csv": csv([["a", "b"], [1, 2]]).encode(),
    "unknown-font.csv": csv([["H§~ t¶£n", "N¿¿m"], ["¿¿¿§ß~¶", 1960]]).encode(),
}

if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, content in FILES.items():
        (FOLDER / name).write_bytes(content() if callable(content) else content)
