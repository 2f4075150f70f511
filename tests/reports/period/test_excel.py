"""The report as a workbook and as CSV: every figure is computed; names are there only if asked for."""

import csv
import io
import re
import subprocess

import pandas as pd
import pytest
from openpyxl import load_workbook

from hocso.kpi import COLUMNS, close_report, compute, not_counted
from hocso.kpi.figures import SPANS, STATUSES
from hocso.records import Learner, hamlets
from hocso.reports import period_excel, period_files, period_report
from hocso.reports.period_excel import FIGURE_COLUMNS, PEOPLE_COLUMNS, SHEETS
from tests.kpi.conftest import DAY, NOW, at

from .conftest import PERIOD

NAMED = "Người 3"  # an official who is not counted in K1
PHONE = "0900000003"


@pytest.fixture
def excel(gather, tan_hoi, catalogue):
    """The workbook's bytes."""

    def make(names=False, phones=False):
        report = gather()
        return period_files.content(tan_hoi.session, catalogue, report, "xlsx", b"", names, phones)

    return make


def rows(content, sheet):
    """Each row of a sheet by its headings, the first line with more than one cell in it."""
    lines = list(load_workbook(io.BytesIO(content), data_only=True)[sheet].iter_rows(values_only=True))
    top = next(place for place, line in enumerate(lines) if line[1])
    return [dict(zip(lines[top], line, strict=True)) for line in lines[top + 1 :]]


def everything(content):
    book = load_workbook(io.BytesIO(content))
    return [str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell]


def figures(content):
    """(indicator's code, part, span) -> (numerator, population, rate) of all sheets of figures."""
    return {
        (row["Mã"], row["Phần"], row["Tính"]): (row["Đạt được"], row["Mẫu số"], row["Tỉ lệ"])
        for by in ("all", "hamlet", "group", "track")
        for row in rows(content, SHEETS[by])
    }


def computed(session, catalogue):
    tables = [compute(session, catalogue, PERIOD, by, DAY) for by in (None, "hamlet", "group", "track")]
    return {
        (row.indicator, row.label, SPANS[row.span]): (row.numerator, row.population, row.rate)
        for row in pd.concat(tables).itertuples()
    }


def test_every_figure_is_the_computed_one(excel, tan_hoi, catalogue):
    assert figures(excel()) == computed(tan_hoi.session, catalogue)


def test_rates_are_formulas_that_another_program_comes_to_as_well(excel, tan_hoi, catalogue, office):
    content = excel()
    sheet = load_workbook(io.BytesIO(content))[SHEETS["hamlet"]]
    assert [row[7].value for row in sheet.iter_rows(min_row=2, max_row=3)] == ["=E2/F2", "=E3/F3"]
    again = figures(office(content, "bao-cao.xlsx", "xlsx").read_bytes())
    for key, (numerator, population, rate) in computed(tan_hoi.session, catalogue).items():
        assert again[key] == (numerator, population, pytest.approx(rate))


def test_a_rate_just_below_its_target_does_not_look_as_if_it_had_reached_it(excel, tan_hoi, office):
    """B1 is 3 of 70, 4,2857%: the cell has the formula, and is shown with as many digits as it takes."""
    tan_hoi.own_target("B1", 0.0429)
    content = excel()
    sheet = load_workbook(io.BytesIO(content))[SHEETS["all"]]
    (b1,) = (row for row in sheet.iter_rows() if (row[0].value, row[3].value) == ("B1", SPANS["total"]))
    assert [cell.number_format for cell in b1[7:9]] == ["0.000%", "0.00%"]
    pdf = office(content, "bao-cao.xlsx", "pdf")
    first_page = ["pdftotext", "-l", "1", pdf, "-"]
    shown = subprocess.run(first_page, check=True, capture_output=True, text=True).stdout
    assert re.search(r"\b4[.,]286%", shown) and not re.search(r"\b4[.,]3%", shown)


def test_without_a_population_there_is_no_rate(excel, tan_hoi):
    hamlets.add(tan_hoi.session, "Ấp Mới")
    found = figures(excel())
    assert found["K1", "Ấp Mới", "Trong kỳ"] == (0, None, "chưa có dân số")
    assert found["K1", "Toàn xã", "Trong kỳ"] == (1, 8, "chưa đủ dân số")


def test_it_says_what_was_asked_and_how_each_figure_stands(excel):
    (k1,) = (row for row in rows(excel(), "Tổng hợp") if row["Mã"] == "K1" and row["Tính"] != "Trong kỳ")
    assert (k1["So với mức"], k1["Phải đạt"]) == (STATUSES["missed"], 1)
    said = everything(excel())
    assert PERIOD.label in said and "Số liệu tạm tính ngày 24/11/2026, chưa chốt." in said
    assert {column.meaning for column in FIGURE_COLUMNS.values()} <= set(said)


def test_a_closed_workbook_does_not_move_when_more_is_recorded(excel, tan_hoi, catalogue):
    before = figures(excel())
    close_report(tan_hoi.session, catalogue, PERIOD, now=NOW, day=DAY)
    tan_hoi.completed(tan_hoi.person(1, "can-bo"), "nghi-quyet-57", at(1, 7))
    tan_hoi.activity(at(1, 9).date(), kind="loa", reach=7)
    assert figures(excel()) == before != computed(tan_hoi.session, catalogue)
    assert next(row["Lượt"] for row in rows(excel(), "Theo kênh") if row["Kênh"] == "Loa truyền thanh") == 500
    assert any("khác bản đã chốt" in said for said in everything(excel()))


def test_who_is_not_counted_yet_is_listed_by_code(excel, tan_hoi):
    found = {row["Mã người học"]: row for row in rows(excel(), SHEETS["people"])}
    assert (found["M0003"]["Ấp"], found["M0003"]["Chưa tính ở"]) == ("Ấp 1", "K1, B1")
    assert "M0004" not in found  # counted wherever she could be
    assert "M0011" not in found  # an entry that was merged
    assert all("K3" not in row["Chưa tính ở"] for row in found.values())  # the plan asks for it from 2028


@pytest.mark.parametrize(("names", "phones"), [(False, False), (True, False), (False, True), (True, True)])
def test_names_and_phones_are_there_only_when_asked_for(excel, tan_hoi, names, phones):
    tan_hoi.session.query(Learner).filter_by(full_name=NAMED).one().phone = PHONE
    said = everything(excel(names, phones))
    assert (NAMED in said) == names
    assert (PHONE in said) == phones
    assert (PEOPLE_COLUMNS["name"].header in rows(excel(names, phones), SHEETS["people"])[0]) == names


def test_sheets_are_ready_to_work_with_and_to_print(excel):
    book = load_workbook(io.BytesIO(excel()))
    assert book.sheetnames == list(SHEETS.values())
    for sheet in book:
        assert (int(sheet.page_setup.paperSize), sheet.page_setup.orientation) == (9, "landscape")
        assert sheet.sheet_properties.pageSetUpPr.fitToPage and sheet.page_setup.fitToHeight == 0
        if sheet.title != SHEETS["about"]:
            top = 3 if sheet.title == SHEETS["all"] else 1
            assert sheet.print_title_rows == f"${top}:${top}"
            assert sheet.freeze_panes.endswith(str(top + 1))
    assert book[SHEETS["hamlet"]]["H2"].number_format == "0.0%"


def test_texts_that_look_like_formulas_stay_texts(excel, tan_hoi, gather):
    hamlets.add(tan_hoi.session, "=1+1 Ấp")
    sheet = load_workbook(io.BytesIO(excel()))[SHEETS["hamlet"]]
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value == "=1+1 Ấp"]
    assert cells and all(cell.data_type == "s" for cell in cells)
    content = period_files.content(tan_hoi.session, None, gather(), "csv", b"").decode("utf-8-sig")
    assert "'=1+1 Ấp" in content and ",=1+1" not in content


def test_the_csv_is_the_table_of_all_breakdowns(gather, tan_hoi, catalogue):
    content = period_files.content(tan_hoi.session, catalogue, gather(), "csv", b"")
    assert content.startswith(b"\xef\xbb\xbf")
    header, *lines = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    assert header == list(COLUMNS)
    found = {
        (line[0], line[4], SPANS[line[5]]): (int(line[6]), int(line[7]), float(line[9])) for line in lines
    }
    assert found == {
        key: (numerator, population, pytest.approx(rate, abs=1e-6))
        for key, (numerator, population, rate) in computed(tan_hoi.session, catalogue).items()
    }


def test_nothing_recorded_still_makes_a_workbook(commune, catalogue):
    report = period_report.gather(commune.session, catalogue, PERIOD, NOW)
    people = not_counted(commune.session, catalogue, PERIOD, True, True, DAY)
    assert rows(period_excel.excel(report, people, True, True), SHEETS["people"]) == []
