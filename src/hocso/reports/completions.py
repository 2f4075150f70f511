"""The export of completions: an .xlsx workbook or a .csv of one row a learner and lesson.

`COLUMNS` is the one ordered mapping of its columns: the workbook, the CSV file, the page that explains them
in the workbook and the staff's documentation all follow it.
"""

import io
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
from sqlalchemy.orm import Session

from hocso.course import Catalogue
from hocso.records import completions, hamlets, settings
from hocso.records.clock import VIETNAM, as_utc
from hocso.records.learners import GROUPS
from hocso.records.text import whole_percent

from .files import Target, csv_content, whole_file
from .workbook import Column, Workbook

KINDS = ("xlsx", "csv")
COLUMNS: dict[str, Column] = {
    "code": Column("Mã người học", 11, "text", "Mã ngắn của người học, mỗi người một mã."),
    "full_name": Column("Họ và tên", 21, "text", "Họ và tên như đã đăng ký; chỉ có khi được chọn."),
    "birth_year": Column("Năm sinh", 7, "year", "Năm sinh như đã đăng ký; chỉ có khi được chọn."),
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

# Who a row is of; only in files that are asked for with names.
NAMING = ("full_name", "birth_year")
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
    *,
    names: bool = False,
    now: datetime | None = None,
) -> int:
    """Write the export as "xlsx" or "csv" to a path (all or nothing) or a binary file; returns how many rows.

    filters: since, until, track, hamlet, group, each as in `records.completions.completion_rows`, each may be
    missing or None. names: with the columns in NAMING; whoever asks for them notes it in the access log,
    `about_names` says how. Raises TooManyRows, UnknownTrack and OSError.
    """
    if kind not in KINDS:
        raise ValueError(f"kind is one of {KINDS}")
    chosen = {name: value for name, value in (filters or {}).items() if value is not None}
    rows = completions.completion_rows(session, catalogue, **chosen)
    if kind == "csv":
        write_csv(target, rows, names=names)
    else:
        rates = completions.rates(session, catalogue, **chosen)
        write_xlsx(target, rows, rates, about(session, catalogue, chosen, now), names=names)
    return len(rows)


def columns(names: bool) -> dict[str, Column]:
    """The columns of a file with or without names."""
    return {key: column for key, column in COLUMNS.items() if names or key not in NAMING}


def about_names(filters: Mapping[str, Any]) -> str:
    """What the access log says of an export with names and these filters."""
    words = {"since": "từ", "until": "đến", "track": "chương", "hamlet": "ấp", "group": "nhóm"}
    said = [f"{word} {filters[name]}" for name, word in words.items() if filters.get(name) is not None]
    return ", ".join(said) or "tất cả"


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


def write_csv(target: Target, rows: pd.DataFrame, *, names: bool = False) -> None:
    """Write `rows` (of `completion_rows`) as CSV that Excel opens."""
    chosen = columns(names)
    content = csv_content([column.header for column in chosen.values()], _values(rows, chosen))
    with whole_file(target) as file:
        file.write(content)


def write_xlsx(
    target: Target, rows: pd.DataFrame, rates: pd.DataFrame, about: About, *, names: bool = False
) -> None:
    """Write the workbook: `rows` of `completion_rows`, the two summaries from `rates`, and the explanation.
    Raises TooManyRows."""
    content = io.BytesIO()
    title = "Học Số: kết quả hoàn thành"
    workbook = Workbook(content, title, about.commune, f"{title}. {about.commune}".rstrip(". "))
    chosen = columns(names)
    _add_rows(workbook, rows, chosen)
    _add_summary(workbook, "hamlet", "Ấp", rates)
    _add_summary(workbook, "group", "Nhóm", rates)
    sections = _explanation(about, chosen, len(rows), bool(rows["is_sample"].any()))
    workbook.explanation(SHEETS["about"], sections)
    workbook.close()
    with whole_file(target) as file:
        file.write(content.getvalue())


def _add_rows(workbook: Workbook, rows: pd.DataFrame, chosen: Mapping[str, Column]) -> None:
    shown = list(chosen.values())
    sheet, top = workbook.sheet(SHEETS["rows"], shown, len(rows), frozen=2 if "full_name" in chosen else 1)
    for number, values in enumerate(_values(rows, chosen), start=top + 1):
        workbook.row(sheet, number, values, shown)


def _add_summary(workbook: Workbook, by: str, label: str, rates: pd.DataFrame) -> None:
    columns = dict(SUMMARY_COLUMNS)
    columns["label"] = replace(columns["label"], header=label)
    table = rates[rates["by"].isin((by, "all"))]
    sheet, top = workbook.sheet(SHEETS[by], list(columns.values()), len(table), frozen=1)
    for number, rate in enumerate(table.to_dict("records"), start=top + 1):
        values = _summary_values(rate)
        look = {"bold": rate["by"] == "all", "bg_color": _background(rate)}
        workbook.row(sheet, number, [values[key] for key in columns], list(columns.values()), **look)


def _values(rows: pd.DataFrame, chosen: Mapping[str, Column]) -> Iterator[list[Any]]:
    """The cells of each row in the order of the columns: text, int, naive local datetime, or None."""
    table = pd.DataFrame(index=rows.index)
    for key, column in chosen.items():
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
    about: About, chosen: Mapping[str, Column], row_count: int, has_sample: bool
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
    yield f"Các cột của «{SHEETS['rows']}»", [(one.header, one.meaning) for one in chosen.values()]
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
