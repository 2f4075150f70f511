"""The export of completions: an .xlsx workbook or a .csv of one row a learner and lesson.

`COLUMNS` is the one ordered mapping of its columns: the workbook, the CSV file, the page that explains them
in the workbook and the staff's documentation all follow it.
"""

import csv
import io
import math
import os
import tempfile
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import pandas as pd
import xlsxwriter
from sqlalchemy.orm import Session

from hocso.course import Catalogue
from hocso.records import RecordsError, completions, hamlets, settings
from hocso.records.clock import VIETNAM, as_utc
from hocso.records.learners import GROUPS

Target = str | os.PathLike | BinaryIO
KINDS = ("xlsx", "csv")
MOST_ROWS = 1_048_575  # of a worksheet, without its header


class TooManyRows(RecordsError):
    """More rows than a worksheet holds."""


@dataclass(frozen=True)
class Column:
    """A column of the export: Vietnamese header, width in characters, format and what it means.

    format: "text", "centred", "year", "number", "percent" (0 to 100), "rate" (1.0 = 100%), "datetime"
    (Asia/Ho_Chi_Minh) or "yes-no".
    """

    header: str
    width: int
    format: str
    meaning: str


COLUMNS: dict[str, Column] = {
    "code": Column("Mã người học", 11, "text", "Mã ngắn của người học, mỗi người một mã."),
    "full_name": Column("Họ và tên", 21, "text", "Họ và tên như đã đăng ký."),
    "birth_year": Column("Năm sinh", 7, "year", "Năm sinh như đã đăng ký."),
    "hamlet": Column("Ấp", 12, "text", "Ấp của người học."),
    "group_label": Column(
        "Nhóm", 28, "text", "Một trong bốn nhóm của Quyết định 757/QĐ-BKHCN ngày 29/4/2025."
    ),
    "track_title": Column("Chương", 17, "text", "Chương có bài học này."),
    "lesson_title": Column("Bài học", 23, "text", "Tên bài học."),
    "exercises_done": Column(
        "Bài tập đã xong", 8, "number", "Số bài tập bắt buộc đã làm xong trong bài học."
    ),
    "exercises_required": Column("Bài tập bắt buộc", 8, "number", "Số bài tập bắt buộc của bài học."),
    "quiz_best": Column(
        "Điểm cao nhất (%)",
        8,
        "percent",
        "Lần kiểm tra có điểm cao nhất, tính theo phần trăm, làm tròn xuống. Trống: chưa có điểm.",
    ),
    "passed": Column(
        "Đạt kiểm tra",
        8,
        "yes-no",
        "«Có»: đã có lần kiểm tra từ mức đạt trở lên. Trống: bài học không có bài kiểm tra.",
    ),
    "completed": Column(
        "Hoàn thành",
        8,
        "yes-no",
        "«Có»: đã làm xong mọi bài tập bắt buộc và đã đạt kiểm tra (nếu bài học có kiểm tra).",
    ),
    "completed_at": Column(
        "Hoàn thành lúc", 16, "datetime", "Lúc điều kiện sau cùng được đáp ứng, giờ Việt Nam."
    ),
    "first_activity": Column(
        "Hoạt động đầu tiên", 16, "datetime", "Lần đầu người học mở bài này, giờ Việt Nam."
    ),
    "last_activity": Column(
        "Hoạt động gần nhất", 16, "datetime", "Lần gần nhất người học làm bài này, giờ Việt Nam."
    ),
    "is_sample": Column(
        "Dữ liệu mẫu", 7, "yes-no", "«Có»: người học mẫu để dùng thử, không phải người thật."
    ),
}

SUMMARY_COLUMNS: dict[str, Column] = {
    "label": Column("", 30, "text", "Ấp hoặc nhóm; dòng cuối là tất cả."),
    "track_title": Column("Chương", 24, "text", "Chương được tính."),
    "lesson_title": Column("Bài học", 28, "text", "«Cả chương»: hoàn thành mọi bài của chương."),
    "completed": Column("Đã hoàn thành", 11, "number", "Số người, mỗi người tính một lần."),
    "population": Column("Dân số", 9, "number", "Dân số do cán bộ nhập, dùng làm mẫu số."),
    "population_year": Column("Năm của dân số", 11, "centred", "Năm của số liệu dân số đã dùng."),
    "rate": Column("Tỉ lệ", 16, "rate", "Đã hoàn thành chia cho dân số."),
    "note": Column("Ghi chú", 40, "text", "Điều cần xem lại ở dòng này."),
}
SHEETS = {
    "rows": "Từng người, từng bài",
    "hamlet": "Tổng hợp theo ấp",
    "group": "Tổng hợp theo nhóm",
    "about": "Giải thích",
}
EXPLANATION_COLUMNS = (Column("Tên", 28, "name", ""), Column("Nghĩa", 100, "text", ""))
# Times New Roman 11, measured in LibreOffice: points of a line, and letters in a unit of column width.
LINE_HEIGHT = 14
LETTERS_PER_WIDTH = 1.25
WHOLE_TRACK = "Cả chương"
NO_POPULATION = "chưa có dân số"
PART_OF_POPULATION = "chưa đủ dân số"
YES, NO = "Có", "Không"


@dataclass(frozen=True)
class About:
    """What an export says of itself: whose, when (aware), with which filters as (name, value) in words."""

    commune: str
    made_at: datetime
    pass_mark: float
    filters: tuple[tuple[str, str], ...]


def write(
    target: Target,
    kind: str,
    session: Session,
    catalogue: Catalogue,
    filters: Mapping[str, Any] | None = None,
    now: datetime | None = None,
) -> int:
    """Write the export as "xlsx" or "csv" to a path (all or nothing) or a binary file; returns how many rows.

    filters: since, until, track, hamlet, group, each as in `records.completions.completion_rows`, each may be
    missing or None. Raises TooManyRows, UnknownTrack and OSError.
    """
    if kind not in KINDS:
        raise ValueError(f"kind is one of {KINDS}")
    chosen = {name: value for name, value in (filters or {}).items() if value is not None}
    rows = completions.completion_rows(session, catalogue, **chosen)
    if kind == "csv":
        write_csv(target, rows)
    else:
        rates = completions.rates(session, catalogue, **chosen)
        write_xlsx(target, rows, rates, about(session, catalogue, chosen, now))
    return len(rows)


def about(
    session: Session, catalogue: Catalogue, filters: Mapping[str, Any], now: datetime | None = None
) -> About:
    """What an export with these filters says of itself."""
    places = {hamlet.id: hamlet.name for hamlet in hamlets.listed(session)}
    track, hamlet, group = (filters.get(name) for name in ("track", "hamlet", "group"))
    return About(
        commune=settings.get(session, "commune_name"),
        made_at=as_utc(now),
        pass_mark=settings.pass_mark(session),
        filters=(
            ("Thời gian", _period(filters.get("since"), filters.get("until"))),
            ("Chương", catalogue.track(track).title if track else "Tất cả"),
            ("Ấp", places.get(hamlet, hamlet) if hamlet else "Tất cả"),
            ("Nhóm", GROUPS.get(group, group) if group else "Tất cả"),
        ),
    )


def write_csv(target: Target, rows: pd.DataFrame) -> None:
    """Write `rows` (of `completion_rows`) as CSV that Excel opens: UTF-8 with BOM, commas, times such as
    2026-11-24 08:30:00. A text that a spreadsheet would take for a formula gets an apostrophe before it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([column.header for column in COLUMNS.values()])
    for values in _values(rows):
        writer.writerow([_csv_text(value) for value in values])
    with _whole(target) as file:
        file.write(text.getvalue().encode("utf-8-sig"))


def write_xlsx(target: Target, rows: pd.DataFrame, rates: pd.DataFrame, about: About) -> None:
    """Write the workbook: `rows` of `completion_rows`, the two summaries from `rates`, and the explanation.
    Raises TooManyRows."""
    if len(rows) > MOST_ROWS:
        raise TooManyRows(
            f"Có {len(rows)} dòng, nhiều hơn một trang tính chứa được ({MOST_ROWS}). "
            "Hãy lọc theo chương, ấp hoặc thời gian, hoặc xuất ra CSV."
        )
    content = io.BytesIO()
    workbook = _Workbook(content, about)
    workbook.add_rows(rows)
    workbook.add_summary("hamlet", "Ấp", rates)
    workbook.add_summary("group", "Nhóm", rates)
    workbook.add_explanation(len(rows), bool(rows["is_sample"].any()))
    workbook.close()
    with _whole(target) as file:
        file.write(content.getvalue())


class _Workbook:
    """The workbook being written; every text cell is written as text, whatever it begins with."""

    def __init__(self, content: BinaryIO, about: About):
        self._about = about
        self._book = xlsxwriter.Workbook(content, {"in_memory": True})
        self._book.set_properties({"title": "Học Số: kết quả hoàn thành", "company": about.commune})
        self._formats: dict[tuple, Any] = {}

    def close(self) -> None:
        self._book.close()

    def add_rows(self, rows: pd.DataFrame) -> None:
        sheet = self._sheet("rows", COLUMNS, len(rows))
        columns = list(COLUMNS.values())
        for number, values in enumerate(_values(rows), start=1):
            self._row(sheet, number, values, columns)
        sheet.freeze_panes(1, 2)

    def add_summary(self, by: str, label: str, rates: pd.DataFrame) -> None:
        columns = dict(SUMMARY_COLUMNS)
        first = columns["label"]
        columns["label"] = Column(label, first.width, first.format, first.meaning)
        table = rates[rates["by"].isin((by, "all"))]
        sheet = self._sheet(by, columns, len(table))
        for number, rate in enumerate(table.to_dict("records"), start=1):
            values = _summary_values(rate)
            look = {"bold": rate["by"] == "all", "bg_color": _background(rate)}
            self._row(sheet, number, [values[key] for key in columns], list(columns.values()), **look)
        sheet.freeze_panes(1, 1)

    def add_explanation(self, row_count: int, has_sample: bool) -> None:
        sheet = self._book.add_worksheet(SHEETS["about"])
        for place, column in enumerate(EXPLANATION_COLUMNS):
            sheet.set_column(place, place, column.width)
        _set_up_page(sheet, self._about)
        sheet.fit_to_pages(1, 1)
        number = 0
        for title, lines in _explanation(self._about, row_count, has_sample):
            sheet.merge_range(number, 0, number, 1, title, self._format("title"))
            sheet.set_row(number, 1.5 * LINE_HEIGHT)
            for name, meaning in lines:
                number += 1
                self._row(sheet, number, [name, meaning], EXPLANATION_COLUMNS)
            number += 2

    def _sheet(self, name: str, columns: Mapping[str, Column], row_count: int):
        sheet = self._book.add_worksheet(SHEETS[name])
        for place, column in enumerate(columns.values()):
            sheet.set_column(place, place, column.width)
            sheet.write_string(0, place, column.header, self._format("header"))
        sheet.set_row(0, 48)
        sheet.autofilter(0, 0, max(row_count, 1), len(columns) - 1)
        sheet.repeat_rows(0)
        _set_up_page(sheet, self._about)
        return sheet

    def _row(self, sheet, number: int, values: list[Any], columns: Sequence[Column], **look) -> None:
        """A row as high as its wrapped texts need: Excel would see to that itself, LibreOffice does not."""
        lines = 1
        for place, (column, value) in enumerate(zip(columns, values, strict=True)):
            self._cell(sheet, number, place, value, column.format, **look)
            if isinstance(value, str) and len(value) >= column.width:
                lines = max(lines, len(textwrap.wrap(value, int(column.width * LETTERS_PER_WIDTH))))
        sheet.set_row(number, LINE_HEIGHT * lines + 2)

    def _cell(self, sheet, row: int, place: int, value: Any, kind: str, **look) -> None:
        shape = self._format(kind, **look)
        match value:
            case None | "":
                sheet.write_blank(row, place, None, shape)
            case str():
                sheet.write_string(row, place, value, shape)
            case datetime():
                sheet.write_datetime(row, place, value, shape)
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
    "year": {"num_format": "0", "align": "center"},
    "number": {"num_format": "#,##0", "align": "right", "indent": 1},
    "percent": {"num_format": "0", "align": "center"},
    "rate": {"num_format": "0.0%", "align": "right", "indent": 1},
    "yes-no": {"align": "center"},
    "datetime": {"num_format": "dd/mm/yyyy hh:mm", "align": "center"},
}


def _set_up_page(sheet, about: About) -> None:
    """A4 across, all columns on one page's width."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.6, right=0.5, top=0.9, bottom=0.7)
    title = f"Học Số: kết quả hoàn thành. {about.commune}".rstrip(". ").replace("&", "&&")
    sheet.set_header(f'&C&"Times New Roman,Bold"&13{title}')
    sheet.set_footer('&L&"Times New Roman"&A&R&"Times New Roman"Trang &P/&N')


def _values(rows: pd.DataFrame) -> Iterator[list[Any]]:
    """The cells of each row in the order of COLUMNS: text, int, naive local datetime, or None."""
    table = pd.DataFrame(index=rows.index)
    for key, column in COLUMNS.items():
        cells = rows[key]
        if column.format == "datetime":
            local = cells.dt.tz_convert(VIETNAM).dt.tz_localize(None).dt.floor("s")
            table[key] = pd.Series(local.dt.to_pydatetime(), index=rows.index, dtype="object").where(
                cells.notna(), None
            )
        elif column.format == "percent":
            percents = [None if math.isnan(share) else whole_percent(share) for share in cells]
            table[key] = pd.Series(percents, index=rows.index, dtype="object")
        elif column.format == "yes-no":
            table[key] = cells.map({True: YES, False: NO})
        else:
            table[key] = cells
    table["passed"] = table["passed"].where(rows["has_quiz"], None)
    for values in table.astype("object").itertuples(index=False, name=None):
        yield [None if value is None or value is pd.NaT or value != value else value for value in values]


def whole_percent(share: float) -> int:
    """A share (0 to 1) as a whole per cent, rounded down: nobody seems to reach the pass mark who did not."""
    return math.floor(share * 100 + 1e-6)


def _summary_values(rate: Mapping[str, Any]) -> dict[str, Any]:
    none = pd.isna(rate["population"])
    if pd.notna(rate["rate"]):
        shown = float(rate["rate"])
    else:
        shown = PART_OF_POPULATION if rate["missing"] and not none else NO_POPULATION
    return {
        "label": rate["label"],
        "track_title": rate["track_title"],
        "lesson_title": rate["lesson_title"] or WHOLE_TRACK,
        "completed": rate["completed"],
        "population": None if none else int(rate["population"]),
        "population_year": rate["population_year"],
        "rate": shown,
        "note": _note(rate),
    }


def _note(rate: Mapping[str, Any]) -> str:
    notes = []
    if pd.isna(rate["population"]):
        notes.append("Cán bộ cần nhập dân số.")
    elif rate["missing"]:
        notes.append(f"Còn thiếu dân số của: {rate['missing']} (không có người thì nhập 0).")
    if _is_over(rate):
        notes.append(
            "Vượt 100%: người hoàn thành nhiều hơn dân số. Hãy xem lại dân số, ấp và nhóm của người học."
        )
    return " ".join(notes)


def _is_over(rate: Mapping[str, Any]) -> bool:
    return pd.notna(rate["population"]) and not rate["missing"] and rate["completed"] > rate["population"]


def _background(rate: Mapping[str, Any]) -> str | None:
    if _is_over(rate):
        return "#FBE3D6"
    return None if rate["lesson_id"] else "#F1F6F4"


def _explanation(
    about: About, row_count: int, has_sample: bool
) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    made = about.made_at.astimezone(VIETNAM)
    facts = [
        ("Đơn vị", about.commune),
        ("Lập lúc", f"{made:%H:%M} ngày {made:%d/%m/%Y} (giờ Việt Nam)"),
        *about.filters,
        ("Số dòng", str(row_count)),
    ]
    if has_sample:
        facts.append(("Lưu ý", "Có dữ liệu mẫu: các con số này chỉ để dùng thử, không dùng để báo cáo."))
    yield "Về bảng này", facts
    mark = f"{whole_percent(about.pass_mark)}%"
    yield (
        "Cách tính",
        [
            (
                "Hoàn thành bài học",
                f"Làm xong mọi bài tập bắt buộc và đạt bài kiểm tra (mức đạt hiện nay: {mark} số điểm). "
                "Bài không có kiểm tra thì chỉ cần làm xong bài tập.",
            ),
            ("Hoàn thành chương", "Hoàn thành mọi bài học của chương."),
            (
                "Khoảng thời gian",
                f"«{SHEETS['rows']}» có các bài mà người học đã mở hoặc làm trong thời gian đã chọn, "
                "kết quả tính đến cuối thời gian đó. "
                "Hai trang tổng hợp đếm người hoàn thành trong thời gian đó.",
            ),
            (
                "Tỉ lệ",
                "Số người hoàn thành chia cho dân số của năm đó; chưa có thì lấy năm gần nhất trước đó. "
                "Thiếu dân số thì không tính tỉ lệ.",
            ),
        ],
    )
    yield f"Các cột của «{SHEETS['rows']}»", [(one.header, one.meaning) for one in COLUMNS.values()]
    yield (
        "Các cột của hai trang tổng hợp",
        [(one.header or "Ấp / Nhóm", one.meaning) for one in SUMMARY_COLUMNS.values()],
    )


def _period(since: date | datetime | None, until: date | datetime | None) -> str:
    words = []
    if since is not None:
        words.append(f"từ {_day(since)}")
    if until is not None:
        # An aware `until` is the first moment after the period.
        words.append(
            f"đến hết {_day(until - timedelta(microseconds=1) if isinstance(until, datetime) else until)}"
        )
    return " ".join(words).capitalize() or "Từ trước đến nay"


def _day(day: date | datetime) -> str:
    return f"{day.astimezone(VIETNAM) if isinstance(day, datetime) else day:%d/%m/%Y}"


def _csv_text(value: Any) -> Any:
    match value:
        case datetime():
            return value.isoformat(sep=" ")
        case str() if value.lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠")):
            return "'" + value
    return value


@contextmanager
def _whole(target: Target) -> Iterator[BinaryIO]:
    """A file to write to; at a path it appears only when it is whole, and what was there before stays until
    then."""
    if not isinstance(target, str | os.PathLike):
        yield target
        return
    path = Path(target)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
