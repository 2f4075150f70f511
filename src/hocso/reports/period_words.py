"""What the report of a period says in words and cells, under the names that its Word template may use."""

import math
from datetime import date, timedelta
from typing import Any

import pandas as pd

from hocso import kpi
from hocso.kpi import calendar
from hocso.kpi.figures import STATUSES
from hocso.kpi.indicators import WHOLE_COMMUNE, Indicator
from hocso.records.text import exact_percent, number, rate

from .period_charts import Bar
from .period_report import PeriodReport, lacks_population

# Name -> what it is; docs/can-bo.md explains each. Lists have rows with the names in brackets.
NAMES = {
    "xa": "Tên xã trong câu, ví dụ xã Tân Hội.",
    "xa_hoa": "Tên xã viết hoa cả.",
    "noi_ky": "Tên xã không có chữ «xã», để ghi nơi ký.",
    "tinh": "Tên tỉnh trong câu, ví dụ tỉnh An Giang.",
    "nam": "Năm lập báo cáo.",
    "tu_ngay": "Ngày đầu kỳ.",
    "den_ngay": "Ngày cuối kỳ.",
    "han_nop": "Phải nộp trước ngày này.",
    "tinh_trang": "Số liệu tạm tính hay đã chốt; mỗi dòng một câu.",
    "chi_tieu": "Chỉ tiêu đang áp dụng "
    "(ma, ten, trong_ky, cong_don, mau_so, ti_le, muc, so_voi_muc, ghi_chu).",
    "chua_den_ky": "Chỉ tiêu chưa đến kỳ (như chi_tieu, thêm ap_dung).",
    "theo_ap": "Từng ấp, dòng cuối là toàn xã (ten, K1, K3, K4, B1, B2).",
    "theo_nhom": "Từng nhóm (ten, K1, K3, B1).",
    "bieu_do_chi_tieu": "Biểu đồ tỉ lệ của các chỉ tiêu đang áp dụng.",
    "bieu_do_ap": "Biểu đồ tỉ lệ B1 theo ấp.",
    "kenh": "Từng kênh truyền thông trong kỳ (ten, hoat_dong, luot, chua_bao).",
    "van_ban": "Văn bản nhận trong kỳ (so, trich_yeu, ngay_dang, ket_qua).",
    "van_ban_tom_tat": "Một câu về văn bản.",
    "nhiem_vu": "Nhiệm vụ khoa học, công nghệ (ten, don_vi, ngay, ket_qua).",
    "nhiem_vu_tom_tat": "Một câu về nhiệm vụ.",
    "kho_khan": "Khó khăn thấy được từ số liệu; mỗi dòng một câu.",
    "ke_hoach": "Việc của kỳ tới để đạt mức; mỗi dòng một câu.",
    "ngay_can_nho": "Các ngày trong kỳ tới (ngay, viec).",
}
PLACES = ("xã ", "phường ", "thị trấn ", "đặc khu ")
NONE = "–"
NO_POPULATION = "chưa có dân số"
PART_OF_POPULATION = "chưa đủ dân số"


def words(report: PeriodReport) -> dict[str, Any]:
    """All NAMES but the charts; every value is text, a list of texts or a list of dicts of texts."""
    period, commune = report.period, _in_a_sentence(report.commune)
    due = [one for one in kpi.INDICATORS if one.due_in(period.year)]
    later = [one for one in kpi.INDICATORS if not one.due_in(period.year)]
    return {
        "xa": commune,
        "xa_hoa": report.commune.upper(),
        "noi_ky": _place_name(report.commune),
        "tinh": _in_a_sentence(report.province),
        "nam": str(report.day.year),
        "tu_ngay": _day(period.since),
        "den_ngay": _day(period.until),
        "han_nop": _day(period.until + timedelta(days=1)),
        "tinh_trang": report.state,
        "chi_tieu": [_indicator_row(report, one) for one in due],
        "chua_den_ky": [_indicator_row(report, one) | {"ap_dung": one.years_label} for one in later],
        "theo_ap": _matrix(report, "hamlet", ("K1", "K3", "K4", "B1", "B2")),
        "theo_nhom": _matrix(report, "group", ("K1", "K3", "B1")),
        "kenh": [
            {
                "ten": row.label,
                "hoat_dong": number(row.activities),
                "luot": number(row.reach),
                "chua_bao": number(row.unreported),
            }
            for row in report.channels[report.channels["span"] == "period"].itertuples()
        ],
        "van_ban": [
            {
                "so": one["name"],
                "trich_yeu": one["about"],
                "ngay_dang": _iso(one["day"]),
                "ket_qua": _outcome(one),
            }
            for one in report.documents
        ],
        "van_ban_tom_tat": _documents(report),
        "nhiem_vu": [
            {
                "ten": one["name"],
                "don_vi": one["about"],
                "ngay": _iso(one["day"]),
                "ket_qua": "đã truyền thông" if one["counted"] else "chưa truyền thông",
            }
            for one in report.tasks
        ],
        "nhiem_vu_tom_tat": _tasks(report),
        "kho_khan": _difficulties(report),
        "ke_hoach": _plans(report, due, later),
        "ngay_can_nho": _dates(period),
    }


def indicator_bars(report: PeriodReport) -> list[Bar]:
    """The rates of the indicators that the plan asks for this year, those that have one."""
    due = {one.code for one in kpi.INDICATORS if one.due_in(report.period.year)}
    return [
        _bar(row.indicator, row)
        for row in report.rows().itertuples()
        if row.indicator in due and _known(row.rate)
    ]


def hamlet_bars(report: PeriodReport) -> list[Bar]:
    """The rates of B1, which the campaign asks for each year, in the hamlets that have one."""
    rows = report.rows("hamlet")
    return [_bar(row.label, row) for row in rows[rows["indicator"] == "B1"].itertuples() if _known(row.rate)]


def _bar(label: str, row) -> Bar:
    target = row.target if _known(row.target) else None
    return Bar(label, row.rate, target, f"{number(row.numerator)}/{number(row.population)}")


def _indicator_row(report: PeriodReport, one: Indicator) -> dict[str, str]:
    total, in_period = _total(report, one.code), _in_period(report, one.code)
    notes = []
    if one.belongs_to_period:
        notes.append(f"trong kỳ: {_share(in_period)}")
    if lacks_population(total):
        notes.append(PART_OF_POPULATION if _known(total.population) else NO_POPULATION)
    if total.flagged:
        notes.append("nhiều hơn mẫu số, xem lại")
    if total.pending:
        notes.append(f"{number(total.pending)} văn bản còn trong hạn, chưa tính")
    return {
        "ma": one.code,
        "ten": one.title,
        "trong_ky": number(in_period.numerator),
        "cong_don": number(total.numerator),
        "mau_so": number(total.population) if _known(total.population) else NONE,
        "ti_le": _rate(total) if _known(total.rate) else NONE,
        "muc": exact_percent(total.target) if _known(total.target) else NONE,
        "so_voi_muc": STATUSES[total.status],
        "ghi_chu": _capital("; ".join(notes)),
    }


def _matrix(report: PeriodReport, by: str, codes: tuple[str, ...]) -> list[dict[str, str]]:
    """A row for each hamlet or group, and the whole commune; a cell says numerator/population, rate, and
    whether there are more than the population."""
    table = report.rows(by)
    keys = dict(zip(table["key"], table["label"], strict=True))
    cells = {(row.key, row.indicator): _cell(row) for row in table.itertuples()}
    rows = [
        {"ten": label, **{code: cells.get((key, code), NONE) for code in codes}}
        for key, label in keys.items()
    ]
    return [*rows, {"ten": WHOLE_COMMUNE, **{code: _cell(_total(report, code)) for code in codes}}]


def _cell(row) -> str:
    said = f"{number(row.numerator)}/{number(row.population) if _known(row.population) else '…'}"
    if _known(row.rate):
        said += f"\n{_rate(row)}"
    elif lacks_population(row):
        said += f"\n{PART_OF_POPULATION}"
    return f"{said}\n(xem lại)" if row.flagged else said


def _documents(report: PeriodReport) -> str:
    row = _in_period(report, "K2")
    if not row.population and not row.pending:
        return "Trong kỳ không nhận văn bản nào thuộc diện phải đăng."
    said = f"Đăng đúng hạn {_share(row)} văn bản nhận trong kỳ đã đến hạn đăng"
    return said + (f"; {number(row.pending)} văn bản còn trong hạn đăng." if row.pending else ".")


def _tasks(report: PeriodReport) -> str:
    total, in_period = _total(report, "K5"), _in_period(report, "K5")
    if not total.population:
        return "Xã không có nhiệm vụ khoa học, công nghệ dùng ngân sách nhà nước."
    return (
        f"Đã truyền thông {_share(total)} nhiệm vụ dùng ngân sách nhà nước, "
        f"trong đó {number(in_period.numerator)} nhiệm vụ được truyền thông trong kỳ."
    )


def _difficulties(report: PeriodReport) -> list[str]:
    said = []
    for places, codes in _missing_populations(report).items():
        said.append(f"Chưa đủ dân số của {places}, nên chưa tính được tỉ lệ của {', '.join(codes)}.")
    over = [
        f"{row.indicator}, {row.label}: {_share(row)}"
        for by in ("all", "hamlet", "group")
        for row in report.rows(by).itertuples()
        if row.flagged
    ]
    if over:
        said.append(
            f"Số đạt được nhiều hơn mẫu số, cần đối chiếu lại dân số và danh sách: {'; '.join(over)}."
        )
    papers = _in_period(report, "K2")
    if late := papers.population - papers.numerator:
        said.append(f"{number(late)} văn bản nhận trong kỳ đăng muộn hoặc quá hạn mà chưa đăng.")
    unreported = report.channels.loc[report.channels["span"] == "period", "unreported"].sum()
    if unreported:
        said.append(f"{number(unreported)} hoạt động truyền thông chưa báo số lượt tiếp cận.")
    return said or ["Số liệu của kỳ không cho thấy vướng mắc nào."]


def _missing_populations(report: PeriodReport) -> dict[str, list[str]]:
    """The hamlets without a whole population, in words -> the indicators that have no rate for it."""
    rows, missing = report.rows("hamlet"), {}
    for total in report.rows().itertuples():
        if lacks_population(total):
            here = rows[rows["indicator"] == total.indicator].itertuples()
            places = "; ".join(row.label for row in here if lacks_population(row))
            missing.setdefault(places, []).append(total.indicator)
    return missing


def _plans(report: PeriodReport, due: list[Indicator], later: list[Indicator]) -> list[str]:
    reached, said = [], []
    for one in due:
        row = _total(report, one.code)
        match row.status:
            case "reached":
                reached.append(one.code)
            case "missed" if one.belongs_to_period:
                said.append(f"{one.code}: đăng đúng hạn mọi văn bản nhận được; đến nay mới {_share(row)}.")
            case "missed":
                lacking = math.ceil(row.target * row.population - 1e-9) - row.numerator
                said.append(
                    f"{one.code}: còn thiếu {number(lacking)} {one.unit} để đạt {exact_percent(row.target)}; "
                    f"nay là {_share(row)}."
                )
            case "unknown" if one.of_people:
                said.append(f"{one.code}: bổ sung dân số để tính được tỉ lệ.")
            case "no-target":
                said.append(f"{one.code}: xã chưa đặt mức phải đạt; nay là {_share(row)}.")
    if reached:
        said.insert(0, f"Giữ vững các chỉ tiêu đã đạt: {', '.join(reached)}.")
    for one in later:
        row = _total(report, one.code)
        due_from = f"áp dụng từ năm {one.years[0]}, mức {exact_percent(one.target)}"
        said.append(f"{one.code}: {due_from}; nay là {_share(row)}.")
    return said


def _dates(period: kpi.Period) -> list[dict[str, str]]:
    following = kpi.current_period(period.until + timedelta(days=1))
    years = range(following.since.year, following.until.year + 1)
    named = [one for one in calendar.FIXED if one.kind == "day"]
    days = [(one.in_year(year), f"Hưởng ứng {one.title}") for year in years for one in named]
    days = sorted((day, title) for day, title in days if day is not None and following.holds(day))
    due = following.until + timedelta(days=1)
    return [
        {"ngay": _day(day), "viec": title}
        for day, title in [*days, (due, "Hạn nộp báo cáo kỳ tới (trước ngày này)")]
    ]


def _total(report: PeriodReport, code: str):
    return _row(report.rows(), code)


def _in_period(report: PeriodReport, code: str):
    return _row(report.rows(span="period"), code)


def _row(table, code: str):
    return next(table[table["indicator"] == code].itertuples())


def _share(row) -> str:
    """Numerator/population (rate)."""
    said = f"{number(row.numerator)}/{number(row.population) if _known(row.population) else '…'}"
    return f"{said} ({_rate(row)})" if _known(row.rate) else said


def _rate(row) -> str:
    return rate(row.rate, row.target if _known(row.target) else None)


def _known(value) -> bool:
    return not pd.isna(value)


def _outcome(document: dict[str, Any]) -> str:
    if document["pending"]:
        return "còn trong hạn"
    if document["counted"]:
        return "đúng hạn"
    return "muộn hạn" if document["day"] else "quá hạn, chưa đăng"


def _in_a_sentence(name: str) -> str:
    return name[:1].lower() + name[1:]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _place_name(commune: str) -> str:
    name = _in_a_sentence(commune)
    return next((name[len(kind) :] for kind in PLACES if name.startswith(kind)), commune)


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _iso(day: str | None) -> str:
    return _day(date.fromisoformat(day)) if day else NONE
