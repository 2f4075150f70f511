"""Rosters from the command line, from the template to taking back."""

import json
from contextlib import closing

import openpyxl
import pytest
from click.testing import CliRunner

from hocso.cli import hocso
from hocso.records import accounts, classes, expected, open_database
from hocso.records.clock import today
from tests.records.rosters.make_ugly import FOLDER


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("HOCSO_DATA", str(tmp_path / "data"))

    def run(*arguments):
        return CliRunner().invoke(hocso, ["learners", *map(str, arguments)], catch_exceptions=False)

    return run


@pytest.fixture
def filled(tmp_path, run):
    """The template with three people, one of whom has no year of birth."""
    file = tmp_path / "mau.xlsx"
    assert run("template", "--out", file).exit_code == 0
    book = openpyxl.load_workbook(file)
    for name, year in (("Nguyễn Văn Hòa", 1960), ("Trần Thị Bưởi", 1958), ("Lê Thị Sen", None)):
        book.active.append([name, year, "Ấp Mẫu 1", "Người dân", "0912345678"])
    book.save(file)
    return file


def test_a_filled_template_is_taken_in_once_and_taken_back(run, filled):
    preview = json.loads(run("import", filled, "--dry-run", "--json", "--new-hamlets").output)
    assert preview["import_id"] is None
    first = json.loads(run("import", filled, "--json", "--new-hamlets").output)
    assert first["counts"] == {"new": 2, "known": 0, "twin": 0, "error": 1}
    assert [row["row"] for row in first["ignored"]] == [2]  # the sample
    assert [(error["row"], error["column"]) for error in first["errors"]] == [(5, "B")]
    again = json.loads(run("import", filled, "--json").output)
    assert (again["counts"]["known"], again["import_id"]) == (2, None)
    back = run("take-back", first["import_id"]).output
    assert "Đã bỏ 2 người" in back
    assert "Đã bỏ ấp mà danh sách đã thêm và chưa có ai: Ấp Mẫu 1." in back
    last = json.loads(run("import", filled, "--dry-run", "--json", "--new-hamlets").output)
    assert (last["counts"]["new"], last["new_hamlets"]) == (2, ["Ấp Mẫu 1"])


@pytest.fixture
def a_class(tmp_path):
    """A planned class of today."""
    with closing(open_database(tmp_path / "data" / "hocso.db")) as database, database.session() as session:
        trainer = accounts.create_account(
            session, username="lan", password="mat-khau-dai", role="trainer", display_name="Cô Lan"
        )
        return classes.plan_class(
            session, trainer_id=trainer.id, place="Nhà văn hóa", date=today(), lesson_ids=["a/b"]
        )


def test_a_roster_fills_the_list_of_a_class_known_people_too(run, filled, tmp_path, a_class):
    run("import", filled, "--new-hamlets")
    preview = json.loads(run("import", filled, "--json", "--dry-run", "--class", a_class.code).output)
    assert (preview["class"], preview["expected_in_class"], preview["import_id"]) == (a_class.code, 2, None)
    output = run("import", filled, "--class", a_class.code.lower()).output
    assert f"Danh sách dự kiến của lớp {a_class.code}: 2 người trong tệp." in output
    data = tmp_path / "data" / "hocso.db"
    with closing(open_database(data)) as database, database.session(readonly=True) as session:
        names = [who.full_name for who in expected.people(session, a_class.id)]
    assert names == ["Nguyễn Văn Hòa", "Trần Thị Bưởi"]
    assert "Đã bỏ 2 tên khỏi danh sách các lớp." in run("take-back").output
    wrong = run("import", filled, "--class", "KHONGCO")
    assert wrong.exit_code == 1 and "Không có lớp nào chưa kết thúc" in wrong.output


def test_what_is_wrong_is_said_in_words(run, filled):
    output = run("import", filled, "--new-hamlets").output
    assert "Dòng 5, cột B: Hãy ghi năm sinh bằng bốn chữ số" in output
    assert "Đã nhập 2 người" in output


def test_sheets_columns_and_rows_that_are_not_read_are_named(run):
    file = FOLDER / "hamlets-on-sheets.xlsx"
    output = run("import", file, "--dry-run", "--new-hamlets").output
    assert "Đọc 1 người từ trang «Ấp Mẫu 1», tiêu đề ở dòng 2." in output
    assert "Đọc 2 người từ trang «Ấp Mẫu 2», tiêu đề ở dòng 1." in output
    assert "Không đọc trang «Nháp»: Trang này bị ẩn" in output
    assert "Bỏ qua 1 dòng không phải tên người:\n  Trang «Ấp Mẫu 1», dòng 4: Cộng: 1\n" in output
    report = json.loads(run("import", file, "--dry-run", "--json", "--new-hamlets").output)
    assert [one["sheet"] for one in report["tables"]] == ["Ấp Mẫu 1", "Ấp Mẫu 2"]
    assert [one["sheet"] for one in report["unread"]] == ["Hướng dẫn", "Nháp", "Tổng hợp"]
    assert report["ignored"] == [{"sheet": "Ấp Mẫu 1", "row": 4, "text": "Cộng: 1"}]
    assert [(one["sheet"], one["row"], one["column"]) for one in report["errors"]] == [("Ấp Mẫu 2", 3, "C")]
    output = run("import", FOLDER / "parents.xlsx", "--dry-run").output
    assert "Không đọc cột của người khác: A «Họ tên cha», B «Năm sinh cha»" in output
    assert (
        "Mời xem kỹ: Tên lấy ở cột B" in run("import", FOLDER / "heads-of-household.xlsx", "--dry-run").output
    )


def test_what_was_understood_otherwise_than_it_is_written_is_said(run):
    file, said = FOLDER / "two-digit-years.xlsx", "Năm sinh ghi hai chữ số, máy hiểu là 1960."
    assert f"  Dòng 2: {said}\n" in run("import", file, "--dry-run", "--new-hamlets").output
    report = json.loads(run("import", file, "--dry-run", "--json", "--new-hamlets").output)
    assert report["remarks"][0] == {"sheet": "", "row": 2, "text": said}


def test_nothing_to_take_back_says_so(run):
    result = run("take-back")
    assert result.exit_code == 1
    assert "Không có lần nhập danh sách nào" in result.output
