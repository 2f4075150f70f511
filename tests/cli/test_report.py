"""`hocso report`: the report of a period as a file, and errors that say what to do."""

import io
import re

import pytest
from click.testing import CliRunner
from docx import Document
from openpyxl import load_workbook
from sqlalchemy import select

from hocso.cli import hocso
from hocso.cli.place import Place
from hocso.cli.report import report
from hocso.records import AccessEntry
from hocso.reports import period_word
from tests.kpi.conftest import Commune, catalogue, database  # noqa: F401
from tests.kpi.test_by_hand import settle


@pytest.fixture
def run(database, catalogue, tmp_path):  # noqa: F811
    """Runs `hocso report ...` on the commune that was worked out by hand; returns what click says of it."""
    with database.session() as session:
        settle(Commune(session, catalogue))
    place = Place(tmp_path, tmp_path / "data")
    place.data.mkdir()
    place.__dict__ |= {"database": database, "catalogue": catalogue}
    return lambda *arguments: CliRunner().invoke(report, list(map(str, arguments)), obj=place)


def looks(database):  # noqa: F811
    with database.session(readonly=True) as session:
        return [(one.what, one.about, one.account_id) for one in session.scalars(select(AccessEntry))]


def said(path):
    return "\n".join(line.text for line in Document(path).paragraphs)


def test_the_ending_of_the_file_says_what_kind_it_is(run, tmp_path):
    for ending, begins in (
        ("docx", b"PK"),
        ("xlsx", b"PK"),
        ("csv", b"\xef\xbb\xbfindicator,"),
        ("DOCX", b"PK"),
    ):
        out = tmp_path / f"bao-cao.{ending}"
        done = run("--period", "2026-12", "--out", out)
        assert done.exit_code == 0, done.output
        assert f"Đã lập báo cáo kỳ 2026-12: {out}" in done.output and "Số liệu tạm tính" in done.output
        assert out.read_bytes().startswith(begins)
    assert report in hocso.commands.values()


def test_names_and_phones_are_written_only_when_asked_for_and_noted(run, database, tmp_path):  # noqa: F811
    out = tmp_path / "bao-cao.xlsx"
    run("--period", "2026-12", "--out", out)
    assert looks(database) == []
    run("--period", "2026-12", "--out", out, "--names", "--phones")
    headings = [cell.value for cell in load_workbook(out)["Danh sách cần gọi"][1]]
    assert headings[1:3] == ["Họ và tên", "Điện thoại"]
    assert looks(database) == [("report-names", "2026-12, họ tên, điện thoại", None)]


def test_a_template_is_written_changed_and_used(run, tmp_path):
    mine, out = tmp_path / "mau.docx", tmp_path / "bao-cao.docx"
    assert f"Đã ghi mẫu báo cáo vào {mine}" in run("--write-template", mine).output
    document = Document(mine)
    document.add_paragraph("Xã của {{ xa }} tự thêm")
    document.save(mine)
    run("--period", "2026-12", "--out", out, "--template", mine)
    assert "Xã của xã Tân Hội tự thêm" in said(out)
    mine.rename(tmp_path / "data" / period_word.OWN_TEMPLATE)
    run("--period", "2026-12", "--out", out)
    assert "Xã của xã Tân Hội tự thêm" in said(out)


def test_a_template_with_a_mistake_is_refused_and_nothing_is_written(run, tmp_path):
    document = Document(io.BytesIO(period_word.kit_template()))
    document.add_paragraph("{{ dan_so }}")
    document.save(tmp_path / "mau.docx")
    out = tmp_path / "bao-cao.docx"
    out.write_bytes(b"of before")
    done = run("--period", "2026-12", "--out", out, "--template", tmp_path / "mau.docx")
    assert "«dan_so»" in str(done.exception)
    assert out.read_bytes() == b"of before" and list(tmp_path.glob(".bao*")) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Mời ghi --out TỆP"),
        (["--out", "bao-cao.pdf"], "đuôi .docx, .xlsx hoặc .csv"),
        (["--out", "bao-cao"], "đuôi .docx, .xlsx hoặc .csv"),
        (["--out", "bao-cao.docx", "--names"], "--names và --phones chỉ dùng với tệp .xlsx"),
        (["--out", "khong/co/bao-cao.csv"], r"Không ghi được khong/co/bao-cao\.csv\. Thư mục đó có không"),
        (["--write-template", "khong/co/mau.docx"], "Không ghi được khong/co/mau.docx"),
    ],
)
def test_what_cannot_be_made_is_said(run, arguments, message):
    done = run(*arguments)
    assert done.exit_code != 0 and re.search(message, done.output)


def test_a_period_that_is_none_is_said(run, tmp_path):
    assert "2026-06" in str(run("--period", "2026-07", "--out", tmp_path / "a.csv").exception)
    assert list(tmp_path.glob("a*")) == []


def test_a_template_is_for_word_alone(run, tmp_path):
    run("--write-template", tmp_path / "mau.docx")
    done = run("--out", tmp_path / "a.csv", "--template", tmp_path / "mau.docx")
    assert done.exit_code == 2 and "--template chỉ dùng với tệp .docx" in done.output
