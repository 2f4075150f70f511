"""The report of a period as a workbook: the figures by all breakdowns, what they mean, and whom to call."""

import io
from collections.abc import Iterator

import pandas as pd
from xlsxwriter.utility import xl_rowcol_to_cell

from hocso import kpi
from hocso.kpi.figures import SPANS, STATUSES

from .period_report import PeriodReport, lacks_population
from .period_words import NO_POPULATION, PART_OF_POPULATION
from .workbook import Column, Formula, Workbook

SHEETS = {
    "all": "Tổng hợp",
    "hamlet": "Theo ấp",
    "group": "Theo nhóm",
    "track": "Theo chương",
    "channels": "Theo kênh",
    "people": "Danh sách cần gọi",
    "about": "Giải thích",
}
FIGURE_COLUMNS: dict[str, Column] = {
    "indicator": Column("Mã", 5, "centred", "Mã chỉ tiêu."),
    "title": Column("Chỉ tiêu", 30, "text", "Tên chỉ tiêu."),
    "label": Column("Phần", 20, "text", "Toàn xã, hoặc tên ấp, nhóm, chương."),
    "span": Column("Tính", 12, "text", "Trong kỳ, hoặc từ đầu đến hết kỳ."),
    "numerator": Column("Đạt được", 9, "number", "Số đã đạt được, mỗi người hay cơ sở tính một lần."),
    "population": Column("Mẫu số", 9, "number", "Dân số, hoặc số dòng trong sổ."),
    "population_year": Column("Năm của mẫu số", 9, "centred", "Năm của số liệu dân số đã dùng."),
    "rate": Column("Tỉ lệ", 12, "rate", "Công thức: đạt được chia cho mẫu số. Thiếu dân số thì không tính."),
    "target": Column("Phải đạt", 8, "target", "Mức phải đạt; trống nếu không so hoặc chưa đặt."),
    "pending": Column("Còn trong hạn", 8, "number", "Số văn bản còn trong hạn đăng, chưa đưa vào mẫu số."),
    "status": Column("So với mức", 12, "text", "Trạng thái so với mức phải đạt."),
    "note": Column("Ghi chú", 30, "text", "Điều cần biết hoặc cần làm."),
}
CHANNEL_COLUMNS: dict[str, Column] = {
    "label": Column("Kênh", 36, "text", "Kênh truyền thông."),
    "span": Column("Tính", 20, "text", "Trong kỳ, hoặc từ đầu đến hết kỳ."),
    "activities": Column("Hoạt động", 12, "number", "Số hoạt động trong sổ."),
    "reach": Column("Lượt", 14, "number", "Số lượt do nơi tổ chức báo, không cộng vào K3."),
    "unreported": Column("Chưa báo số lượt", 14, "number", "Số hoạt động chưa báo số lượt."),
}
PEOPLE_COLUMNS: dict[str, Column] = {
    "code": Column("Mã người học", 14, "text", "Mã ngắn của người học, in trên thẻ."),
    "name": Column("Họ và tên", 30, "text", "Chỉ có khi được chọn."),
    "phone": Column("Điện thoại", 16, "text", "Chỉ có khi được chọn."),
    "hamlet": Column("Ấp", 28, "text", "Ấp của người học vào cuối kỳ."),
    "group": Column("Nhóm", 44, "text", "Nhóm của người học vào cuối kỳ."),
    "missing": Column("Chưa tính ở", 20, "text", "Các chỉ tiêu năm nay mà người này chưa được tính."),
}


def excel(report: PeriodReport, people: pd.DataFrame, names: bool = False, phones: bool = False) -> bytes:
    """The workbook as .xlsx. `people`: as `kpi.not_counted`, whose names and phones are columns only where
    asked for. Raises TooManyRows."""
    content = io.BytesIO()
    title = f"Học Số: báo cáo chỉ tiêu kỳ {report.period.name}"
    workbook = Workbook(content, title, report.commune, f"{title}. {report.commune}")
    for by in ("all", "hamlet", "group", "track"):
        _add_figures(workbook, report, by)
    _add_channels(workbook, report.channels)
    _add_people(workbook, people, names, phones)
    workbook.explanation(SHEETS["about"], _explanation(report, len(people)))
    workbook.close()
    return content.getvalue()


def _add_figures(workbook: Workbook, report: PeriodReport, by: str) -> None:
    table, columns = _with_totals(report.figures, by), list(FIGURE_COLUMNS.values())
    above = [report.period.label, *report.state] if by == "all" else []
    sheet, top = workbook.sheet(SHEETS[by], columns, len(table), frozen=3, above=above)
    for number, row in enumerate(table.itertuples(), start=top + 1):
        values = row._asdict() | {
            "span": SPANS[row.span],
            "population": None if pd.isna(row.population) else int(row.population),
            "rate": _rate(row, number),
            "target": None if pd.isna(row.target) else float(row.target),
            "pending": row.pending or None,
            "status": STATUSES[row.status],
        }
        look = {
            "bold": row.by == "all" and by != "all",
            "bg_color": "#FBE3D6" if row.flagged else "#F1F6F4" if row.span == "total" else None,
        }
        workbook.row(sheet, number, [values[name] for name in FIGURE_COLUMNS], columns, **look)


def _with_totals(figures: pd.DataFrame, by: str) -> pd.DataFrame:
    """The rows of a breakdown, each indicator's own ones followed by those of the whole commune."""
    parts = figures[figures["by"] == by]
    if by == "all":
        return parts
    whole = figures[(figures["by"] == "all") & figures["indicator"].isin(parts["indicator"])]
    place = {one.code: place for place, one in enumerate(kpi.INDICATORS)}
    both = pd.concat([parts, whole])
    return both.sort_values("indicator", key=lambda codes: codes.map(place), kind="stable")


def _rate(row, number: int) -> Formula | str:
    """The formula of the row's own cells, or why there is no rate."""
    if pd.notna(row.rate):
        cells = [
            xl_rowcol_to_cell(number, list(FIGURE_COLUMNS).index(name))
            for name in ("numerator", "population")
        ]
        target = None if pd.isna(row.target) else float(row.target)
        return Formula(f"={cells[0]}/{cells[1]}", row.numerator / int(row.population), target)
    if pd.isna(row.population):
        return NO_POPULATION
    return PART_OF_POPULATION if lacks_population(row) else ""


def _add_channels(workbook: Workbook, channels: pd.DataFrame) -> None:
    columns = list(CHANNEL_COLUMNS.values())
    sheet, top = workbook.sheet(SHEETS["channels"], columns, len(channels), frozen=1)
    rows = channels.assign(span=channels["span"].map(SPANS))[list(CHANNEL_COLUMNS)]
    for number, values in enumerate(rows.itertuples(index=False, name=None), start=top + 1):
        workbook.row(sheet, number, values, columns)


def _add_people(workbook: Workbook, people: pd.DataFrame, names: bool, phones: bool) -> None:
    asked_for = {"name": names, "phone": phones}
    shown = {name: column for name, column in PEOPLE_COLUMNS.items() if asked_for.get(name, True)}
    columns = list(shown.values())
    sheet, top = workbook.sheet(SHEETS["people"], columns, len(people), frozen=1)
    for number, values in enumerate(people[list(shown)].itertuples(index=False, name=None), start=top + 1):
        workbook.row(sheet, number, values, columns)


def _explanation(report: PeriodReport, people: int) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    yield (
        "Về bảng này",
        [
            ("Đơn vị", report.commune),
            ("Kỳ báo cáo", report.period.label),
            ("Số liệu", " ".join(report.state)),
            (
                SHEETS["people"],
                f"{people} người đã ghi tên mà chưa được tính, theo bài học ghi nhận đến ngày "
                f"{report.day:%d/%m/%Y}. Danh sách này không thuộc số liệu đã chốt.",
            ),
        ],
    )
    for one in kpi.INDICATORS:
        yield f"{one.code}. {one.title}", list(one.in_words().items())
    yield "Các cột của số liệu", [(one.header, one.meaning) for one in FIGURE_COLUMNS.values()]
    yield (
        f"Các cột của «{SHEETS['channels']}»",
        [(one.header, one.meaning) for one in CHANNEL_COLUMNS.values()],
    )
    yield f"Các cột của «{SHEETS['people']}»", [(one.header, one.meaning) for one in PEOPLE_COLUMNS.values()]
