import csv
import io
import math
import os
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import load_workbook

from hocso.course import Catalogue, ExerciseRef, Lesson, Quiz, Step, Track
from hocso.records import completions as records
from hocso.records import demo, open_database
from hocso.reports import completions as report
from hocso.reports import workbook as workbooks

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
ABOUT = report.About("Xã Mẫu", NOW, 0.7, (("Thời gian", "Từ trước đến nay"),))


@pytest.fixture(scope="module")
def catalogue():
    otp, goals = (
        Lesson(
            id=f"{track}/{slug}",
            track=track,
            number=number,
            slug=slug,
            title=title,
            minutes=10,
            objectives=(),
            audience=(),
            skill_groups=(),
            sources=(),
            path=Path(f"{slug}.ipynb"),
            steps=(Step("tinh-huong", "Tình huống"),),
            exercises=(ExerciseRef("mot", "one_choice"), ExerciseRef("hai", "one_choice")),
            quiz_id=quiz,
        )
        for track, slug, number, title, quiz in (
            ("ky-nang-so", "otp", 4, "Mật khẩu và OTP", "ky-nang-so-04"),
            ("ky-nang-so", "wifi", 5, "Lên mạng an toàn", None),
        )
    )
    questions = tuple(ExerciseRef(f"answer_{number}", "one_choice") for number in range(1, 9))
    return Catalogue(
        (Track("ky-nang-so", "A", "Kỹ năng số cơ bản", "Mọi người", "", (otp, goals)),),
        (Quiz("ky-nang-so-04", otp.id, Path("quiz.ipynb"), questions),),
    )


@pytest.fixture(scope="module")
def database(tmp_path_factory, catalogue):
    database = open_database(tmp_path_factory.mktemp("data") / "hocso.db")
    demo.load_sample(database, catalogue, now=NOW)
    yield database
    database.close()


@pytest.fixture(scope="module")
def figures(database, catalogue):
    """The rows and rates that the export is made of."""
    with database.session(readonly=True) as session:
        return records.completion_rows(session, catalogue), records.rates(session, catalogue)


@pytest.fixture(scope="module")
def workbook(figures, tmp_path_factory):
    path = tmp_path_factory.mktemp("out") / "hoan-thanh.xlsx"
    report.write_xlsx(path, *figures, ABOUT, names=True)
    return load_workbook(path)


def cells(sheet):
    return [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]


def headers(sheet):
    return [cell.value for cell in sheet[1]]


def a_rate(**said):
    """A table of rates with one row of a hamlet."""
    rate = {
        "by": "hamlet",
        "key": "ap-1",
        "label": "Ấp 1",
        "track": "ky-nang-so",
        "track_title": "Kỹ năng số",
        "lesson_id": "",
        "lesson_title": "",
        "completed": 3,
        "population": 10,
        "population_year": "2026",
        "missing": "",
        "rate": 0.3,
    }
    table = pd.DataFrame([rate | said], columns=records.RATE_COLUMNS)
    return table.astype({"population": "Int64", "rate": "Float64"})


def summary_row(rows, rates):
    out = io.BytesIO()
    report.write_xlsx(out, rows, rates, ABOUT)
    sheet = load_workbook(out)["Tổng hợp theo ấp"]
    assert headers(sheet)[0] == "Ấp"
    return dict(zip(headers(sheet), cells(sheet)[0], strict=True))


def test_the_sheet_has_the_columns_in_order(workbook):
    assert workbook.sheetnames == list(report.SHEETS.values())
    assert headers(workbook["Từng người, từng bài"]) == [column.header for column in report.COLUMNS.values()]


def test_every_cell_read_back_is_what_was_recorded(workbook, figures):
    rows, _ = figures
    found = [
        dict(zip(report.COLUMNS, values, strict=True)) for values in cells(workbook["Từng người, từng bài"])
    ]
    assert len(found) == len(rows) > 30
    for cell, row in zip(found, rows.to_dict("records"), strict=True):
        for key in ("code", "full_name", "birth_year", "hamlet", "group_label", "lesson_title"):
            assert cell[key] == row[key]
        assert (cell["exercises_done"], cell["exercises_required"]) == (
            row["exercises_done"],
            row["exercises_required"],
        )
        best = row["quiz_best"]
        assert cell["quiz_best"] == (None if math.isnan(best) else math.floor(best * 100 + 1e-6))
        assert cell["passed"] == ({True: "Có", False: "Không"}[row["passed"]] if row["has_quiz"] else None)
        assert cell["completed"] == ("Có" if row["completed"] else "Không")
        assert cell["is_sample"] == "Có"
        for key in ("completed_at", "first_activity", "last_activity"):
            assert cell[key] == in_viet_nam(row[key])


def in_viet_nam(moment):
    if pd.isna(moment):
        return None
    return moment.tz_convert("Asia/Ho_Chi_Minh").tz_localize(None).floor("s").to_pydatetime()


def test_times_are_dates_that_excel_knows(workbook):
    place = list(report.COLUMNS).index("first_activity") + 1
    cell = workbook["Từng người, từng bài"].cell(row=2, column=place)
    assert cell.is_date and cell.number_format == "dd/mm/yyyy hh:mm"


def test_the_list_is_ready_to_work_with_and_to_print(workbook):
    sheet = workbook["Từng người, từng bài"]
    assert sheet.freeze_panes == "C2"
    assert sheet.auto_filter.ref == f"A1:P{sheet.max_row}"
    assert sheet.column_dimensions["B"].width > 15
    for sheet in workbook:
        assert (sheet.page_setup.orientation, int(sheet.page_setup.paperSize)) == ("landscape", 9)
        assert (sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.page_setup.fitToWidth or 1) == (True, 1)
    for name in list(report.SHEETS.values())[:3]:
        assert workbook[name].print_title_rows == "$1:$1"


@pytest.mark.parametrize(("name", "by"), [("Tổng hợp theo ấp", "hamlet"), ("Tổng hợp theo nhóm", "group")])
def test_the_summaries_hold_the_rates(workbook, figures, name, by):
    _, rates = figures
    expected = rates[rates["by"].isin((by, "all"))]
    found = cells(workbook[name])
    assert [values[0] for values in found] == expected["label"].tolist()
    assert [values[2] for values in found] == [title or "Cả chương" for title in expected["lesson_title"]]
    assert [values[3] for values in found] == expected["completed"].tolist()
    assert [values[4] for values in found] == expected["population"].tolist()
    assert [values[6] for values in found] == pytest.approx(expected["rate"].astype(float).tolist())


def test_no_population_is_said_in_words(figures):
    row = summary_row(figures[0], a_rate(population=None, population_year="", missing="Ấp 1", rate=None))
    assert (row["Dân số"], row["Tỉ lệ"]) == (None, "chưa có dân số")


def test_a_part_of_the_population_is_said_in_words(figures):
    row = summary_row(figures[0], a_rate(missing="Học sinh, sinh viên", rate=None))
    assert row["Tỉ lệ"] == "chưa đủ dân số"
    assert "Học sinh, sinh viên" in row["Ghi chú"]


@pytest.mark.parametrize(("population", "rate", "shown"), [(2, 1.5, 1.5), (0, None, "chưa có dân số")])
def test_more_people_than_the_population_is_flagged(figures, population, rate, shown):
    row = summary_row(figures[0], a_rate(population=population, rate=rate))
    assert row["Tỉ lệ"] == shown
    assert "Vượt 100%" in row["Ghi chú"]


def test_a_usual_rate_has_no_note(figures):
    assert summary_row(figures[0], a_rate())["Ghi chú"] is None


def test_the_explanation_defines_every_column_and_says_when_and_with_which_filters(workbook):
    lines = [(row[0], row[1]) for row in cells(workbook["Giải thích"])]
    told = dict(lines)
    for column in report.COLUMNS.values():
        assert (column.header, column.meaning) in lines
    assert told["Lập lúc"] == "10:00 ngày 24/11/2026 (giờ Việt Nam)"
    assert told["Thời gian"] == "Từ trước đến nay"
    assert "70%" in told["Hoàn thành bài học"]
    assert "mẫu" in told["Lưu ý"]


def test_the_filters_are_told_in_words(database, catalogue):
    filters = {
        "since": date(2026, 6, 15),
        "until": datetime(2026, 12, 14, 17, tzinfo=UTC),
        "track": "ky-nang-so",
        "hamlet": "ap-mau-2",
        "group": "hoc-sinh",
    }
    with database.session(readonly=True) as session:
        about = report.about(session, catalogue, filters, NOW)
    assert dict(about.filters) == {
        "Thời gian": "Từ 15/06/2026 đến hết 14/12/2026",
        "Chương": "Kỹ năng số cơ bản",
        "Ấp": "Ấp Mẫu 2",
        "Nhóm": "Học sinh, sinh viên",
    }
    assert about.commune == "Xã Mẫu"


def test_csv_opens_in_excel_and_says_the_same_as_the_workbook(workbook, figures):
    out = io.BytesIO()
    report.write_csv(out, figures[0], names=True)
    assert out.getvalue().startswith(b"\xef\xbb\xbf")
    header, *lines = csv.reader(io.StringIO(out.getvalue().decode("utf-8-sig")))
    sheet = workbook["Từng người, từng bài"]
    assert header == headers(sheet)
    assert lines == [["" if value is None else str(value) for value in values] for values in cells(sheet)]


def test_names_are_in_a_file_only_when_asked_for(figures):
    out = io.BytesIO()
    report.write_xlsx(out, *figures, ABOUT)
    workbook = load_workbook(out)
    assert headers(workbook["Từng người, từng bài"]) == [
        column.header for key, column in report.COLUMNS.items() if key not in ("full_name", "birth_year")
    ]
    told = {str(cell.value) for sheet in workbook for row in sheet for cell in row}
    assert told.isdisjoint(figures[0]["full_name"])


@pytest.mark.parametrize("name", ["=1+1", "+84", "-2", "@SUM(A1)", " =1+1", "＝1+1"])
def test_a_name_that_looks_like_a_formula_stays_text(figures, name):
    rows = figures[0].head(1).assign(full_name=name)
    out = io.BytesIO()
    report.write_xlsx(out, rows, figures[1], ABOUT, names=True)
    cell = load_workbook(out)["Từng người, từng bài"]["B2"]
    assert (cell.value, cell.data_type) == (name, "s")
    out = io.BytesIO()
    report.write_csv(out, rows, names=True)
    assert list(csv.reader(io.StringIO(out.getvalue().decode("utf-8-sig"))))[1][1] == "'" + name


def test_nothing_recorded_still_makes_a_readable_file(tmp_path, catalogue):
    database = open_database(tmp_path / "empty.db")
    with database.session(readonly=True) as session:
        assert report.write(tmp_path / "empty.xlsx", "xlsx", session, catalogue) == 0
        assert report.write(tmp_path / "empty.csv", "csv", session, catalogue) == 0
    database.close()
    assert cells(load_workbook(tmp_path / "empty.xlsx")["Từng người, từng bài"]) == []


@pytest.mark.parametrize("kind", report.KINDS)
def test_the_filters_reach_the_file(database, catalogue, kind):
    out = io.BytesIO()
    with database.session(readonly=True) as session:
        everything = report.write(io.BytesIO(), kind, session, catalogue, {"hamlet": None})
        number = report.write(out, kind, session, catalogue, {"hamlet": "ap-mau-1", "since": None}, now=NOW)
    assert 0 < number < everything
    if kind == "xlsx":
        found = {values[1] for values in cells(load_workbook(out)["Từng người, từng bài"])}
    else:
        found = {line[1] for line in list(csv.reader(io.StringIO(out.getvalue().decode("utf-8-sig"))))[1:]}
    assert found == {"Ấp Mẫu 1"}


def test_a_file_that_could_not_be_written_leaves_the_old_one(tmp_path, figures, monkeypatch):
    path = tmp_path / "hoan-thanh.csv"
    report.write_csv(path, figures[0])
    before = path.read_bytes()

    def no_room(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_room)
    with pytest.raises(OSError, match="No space left"):
        report.write_csv(path, figures[0].head(1))
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_more_rows_than_a_sheet_holds_are_refused_in_words(tmp_path, figures, monkeypatch):
    monkeypatch.setattr(workbooks, "MOST_ROWS", 5)
    with pytest.raises(workbooks.TooManyRows, match=re.escape("Hãy lọc")):
        report.write_xlsx(tmp_path / "big.xlsx", *figures, ABOUT)
    assert list(tmp_path.iterdir()) == []
