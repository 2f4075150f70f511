"""The staff's pages of indicators, registers and populations."""

import io
import re
from datetime import UTC, datetime

import openpyxl
import pytest
from docx import Document
from sqlalchemy import select

from hocso import kpi
from hocso.course import load_catalogue
from hocso.kpi import current_period
from hocso.records import AccessEntry, ClosedReport, registers
from hocso.reports import period_word
from tests.conftest import KIT, STAFF, TRAINER
from tests.kpi.conftest import Commune, at

PAPER = {"number": "7/KH-UBND", "title": "Kế hoạch", "issued_on": "2026-06-01", "received_on": "2026-06-02"}
PAGES = [
    "/can-bo/chi-tieu",
    "/can-bo/chi-tieu/bao-cao.csv",
    "/can-bo/chi-tieu/K1",
    "/can-bo/so",
    "/can-bo/so/van-ban",
    "/can-bo/dan-so",
]


@pytest.fixture(scope="module")
def office(new_server):
    return new_server()


@pytest.fixture
def staff(office, visitor):
    one = visitor(office)
    one.sign_in_to_account(STAFF)
    return one


def rows(office, kind, removed=False):
    with office.database().session(readonly=True) as session:
        return registers.table(session, kind, removed)


def a_file(*lines):
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append(line)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


@pytest.mark.parametrize("path", PAGES)
def test_only_staff_open_these_pages(office, visitor, staff, path):
    assert staff.see(path).status_code == 200
    trainer = visitor(office)
    trainer.sign_in_to_account(TRAINER)
    assert trainer.see(path).status_code == 403
    assert "/dang-nhap" in visitor(office).see(path).url


def test_every_indicator_stands_in_the_table_with_what_is_missing(staff):
    page = staff.see("/can-bo/chi-tieu?ky=2026-12").text
    for code in ("K1", "K2", "K3", "K4", "K5", "B1", "B2"):
        assert f'href="/can-bo/chi-tieu/{code}?ky=2026-12"' in page
    assert "Chưa có dân số: Ấp Thử 1; Ấp Thử 2." in page
    assert "<script" not in page
    by_hamlet = staff.see("/can-bo/chi-tieu?ky=2026-12&chia=hamlet").text
    assert 'href="/can-bo/chi-tieu/B1?ky=2026-12&amp;ap=ap-thu-2"' in by_hamlet
    wrong = staff.see("/can-bo/chi-tieu?ky=2026-07")
    assert wrong.status_code == 422 and "2026-06" in wrong.text


def test_a_rate_just_below_its_target_does_not_look_as_if_it_had_reached_it(new_server, visitor):
    office = new_server()
    with office.database().session() as session:
        commune = Commune(session, load_catalogue(KIT))
        commune.own_target("B2", 0.3334)
        person = commune.person()
        commune.completed(person, "doanh-nghiep-nong-nghiep", at(1, 7))
        for people in ([person], [], []):
            commune.business(people=people)
    staff = visitor(office)
    staff.sign_in_to_account(STAFF)
    row = staff.see("/can-bo/chi-tieu?ky=2026-12").text.split("B2</a>")[1].split("</tr>")[0]
    assert '<td class="figure">33,33%</td>' in row and '<td class="figure">33,34%</td>' in row
    assert "chưa đạt" in row


def test_each_look_at_names_is_noted(office, staff, visitor):
    visitor(office).register("Trần Văn Cán", group="can-bo")
    page = staff.see("/can-bo/chi-tieu/K1?ky=2026-12").text
    assert "Trần Văn Cán" in page and "Chưa tính: 1 người" in page
    assert staff.see("/can-bo/chi-tieu/K1?ky=2026-12&ap=ap-thu-2").text.count("Trần Văn Cán") == 0
    with office.database().session(readonly=True) as session:
        looks = session.scalars(select(AccessEntry).where(AccessEntry.about.like("K1 2026-12%"))).all()
    assert {look.about for look in looks} == {"K1 2026-12", "K1 2026-12 ap-thu-2"}
    assert all(look.what == "kpi-names" and look.account_id for look in looks)


def test_a_document_is_entered_changed_removed_and_brought_back(office, staff):
    base = "/can-bo/so/van-ban"
    wrong = staff.submit(f"{base}/them", PAPER | {"received_on": "2026-05-01"})
    assert wrong.status_code == 422
    assert "Ngày này phải từ" in wrong.text and 'value="7/KH-UBND"' in wrong.text
    assert "7/KH-UBND" in staff.submit(f"{base}/them", PAPER).text
    row = rows(office, "van-ban")["id"][0]
    assert 'value="2026-06-02"' in staff.see(f"{base}/sua/{row}").text
    assert "09/06/2026" in staff.submit(f"{base}/sua/{row}", PAPER | {"published_on": "2026-06-09"}).text
    assert "7/KH-UBND" in staff.see(f"{base}/bo/{row}").text
    assert len(rows(office, "van-ban")) == 1
    staff.submit(f"{base}/bo/{row}")
    assert staff.see(f"{base}/sua/{row}").status_code == 404
    assert "Mời lấy lại vào sổ" in staff.submit(f"{base}/sua/{row}", PAPER).text
    assert rows(office, "van-ban").empty
    assert f"{base}/lay-lai/{row}" in staff.see(f"{base}?bo=1").text
    staff.submit(f"{base}/lay-lai/{row}")
    assert len(rows(office, "van-ban")) == 1
    assert staff.see("/can-bo/so/khong-co").status_code == 404


def test_populations_are_entered_and_keep_their_history(staff):
    figure = {"hamlet_id": "ap-thu-1", "group": "truyen-thong", "year": "2026", "source": "QĐ 1"}
    for count in ("1.250", "1300"):
        page = staff.submit("/can-bo/so/dan-so/them", figure | {"count": count}).text
    now, history = page.split("Lịch sử", 1)
    assert "1.300" in now and "1.250" not in now
    assert "1.300" in history and "1.250" in history


def test_a_file_is_shown_first_and_entered_when_confirmed(office, staff):
    header = ["Ngày", "Tên", "Là ngày làm bù"]
    base = "/can-bo/so/ngay-nghi"

    def upload(content):
        return staff.submit(f"{base}/nhap", files={"tep": ("ngay.xlsx", content)})

    bad = upload(a_file(header, ["hôm nay", "Quốc khánh", ""])).text
    assert "dòng 2, cột A (Ngày)" in bad and 'name="noi-dung"' not in bad
    preview = upload(a_file(header, [datetime(2026, 9, 2), "Quốc khánh", ""])).text
    assert "1 dòng mới" in preview and rows(office, "ngay-nghi").empty
    content = preview.split('name="noi-dung" value="')[1].split('"')[0]
    done = staff.submit(f"{base}/nhap", {"noi-dung": content, "nhap": "co"})
    assert "Đã nhập: 1 dòng mới" in done.text and len(rows(office, "ngay-nghi")) == 1
    assert upload(b"not a workbook").status_code == 422
    book = openpyxl.load_workbook(io.BytesIO(staff.see(f"{base}.xlsx").content))
    assert [cell.value for cell in book.active[2]][:2] == [datetime(2026, 9, 2), "Quốc khánh"]


def test_the_holidays_of_a_year_are_shown_first_and_entered_when_confirmed(office, staff):
    base = "/can-bo/so/ngay-nghi/nam?nam=2032"
    assert f'href="{base.partition("?")[0]}"' in staff.see("/can-bo/so/ngay-nghi").text
    page = staff.see(base).text
    assert "30/4 (Ngày Chiến thắng)" in page and "Điều 112 Bộ luật Lao động 2019" in page
    typed = {"tet_from": "2032-02-09", "tet_until": "2032-02-15", "more": "04/05/2032"}
    wrong = staff.submit(base, typed | {"national_day": "2032-09-05"})
    assert wrong.status_code == 422 and "1/9 hoặc 3/9" in wrong.text
    assert 'value="2032-02-09"' in wrong.text and 'aria-invalid="true"' in wrong.text
    preview = staff.submit(base, typed).text
    assert "Xem trước: 12 ngày mới" in preview and "chủ nhật" in preview
    assert 2032 not in {day.year for day in rows(office, "ngay-nghi")["day"]}
    done = staff.submit(base, typed | {"nhap": "co"})
    assert "Đã ghi 12 ngày nghỉ của năm 2032" in done.text and "12/02/2032" in done.text
    assert "Sổ đã có 12 ngày nghỉ" in staff.see(base).text
    assert "Xem trước: 0 ngày mới" in staff.submit(base, typed).text
    assert staff.see("/can-bo/so/ngay-nghi/nam?nam=1").status_code == 400


def test_the_first_page_asks_for_holidays_until_the_year_has_some(new_server, visitor):
    office = new_server()
    staff = visitor(office)
    staff.sign_in_to_account(STAFF)
    year = current_period().year
    asked = f"/can-bo/so/ngay-nghi/nam?nam={year}"
    assert asked in staff.see("/can-bo").text
    staff.submit(asked, {"nhap": "co"})
    assert asked not in staff.see("/can-bo").text


def test_the_report_is_a_file_of_each_kind(staff):
    page = staff.see("/can-bo/chi-tieu?ky=2026-12").text
    for kind, begins in (("docx", b"PK"), ("xlsx", b"PK"), ("csv", b"\xef\xbb\xbfindicator,")):
        assert f"/can-bo/chi-tieu/bao-cao.{kind}" in page
        answer = staff.see(f"/can-bo/chi-tieu/bao-cao.{kind}?ky=2026-12")
        assert answer.content.startswith(begins)
        assert f'filename="bao-cao-2026-12.{kind}"' in answer.headers["Content-Disposition"]
    assert {"Tải báo cáo Word", "Tải bảng Excel", "Tải tệp CSV"} <= set(re.findall(r">([^<>]+)<", page))


def test_names_and_phones_are_in_the_workbook_only_when_ticked_and_noted(office, staff, visitor):
    visitor(office).register("Lê Thị Mời", group="can-bo", phone="0900000009")
    address = "/can-bo/chi-tieu/bao-cao.xlsx?ky=2026-12"

    def people(query):
        sheet = openpyxl.load_workbook(io.BytesIO(staff.see(address + query).content))["Danh sách cần gọi"]
        return {str(cell) for row in sheet.iter_rows(values_only=True) for cell in row}

    assert {"Lê Thị Mời", "0900000009"} & people("") == set()
    assert {"Lê Thị Mời", "0900000009"} & people("&ten=co") == {"Lê Thị Mời"}
    assert {"Lê Thị Mời", "0900000009"} <= people("&ten=co&so=co")
    with office.database().session(readonly=True) as session:
        looks = session.scalars(select(AccessEntry).where(AccessEntry.what == "report-names")).all()
    assert [look.about for look in sorted(looks, key=lambda look: look.at)] == [
        "2026-12, họ tên",
        "2026-12, họ tên, điện thoại",
    ]
    assert all(look.account_id for look in looks)


def test_a_template_with_a_mistake_is_named_on_the_page(office, staff):
    own = office.data / period_word.OWN_TEMPLATE
    document = Document(io.BytesIO(period_word.kit_template()))
    document.add_paragraph("{{ dan_so }}")
    document.save(own)
    answer = staff.see("/can-bo/chi-tieu/bao-cao.docx?ky=2026-12")
    own.unlink()
    assert answer.status_code == 422 and "«dan_so»" in answer.text


def test_a_period_is_closed_only_after_it_was_looked_at(office, staff):
    assert staff.submit("/can-bo/chi-tieu/chot", {"ky": "2026-06"}).status_code == 400
    page = staff.submit("/can-bo/chi-tieu/chot", {"ky": "2026-06", "chac": "co"}).text
    assert "Đã chốt số liệu kỳ 2026-06" in page
    assert "vẫn đúng như bản đã chốt" in page
    with office.database().session(readonly=True) as session:
        (report,) = session.scalars(select(ClosedReport))
    assert report.closed_by and report.closed_at <= datetime.now(UTC)


def test_the_page_of_a_closed_period_shows_what_was_kept_and_what_has_changed_since(office, staff):
    path = "/can-bo/chi-tieu?ky=2025-12"
    staff.submit("/can-bo/chi-tieu/chot", {"ky": "2025-12", "chac": "co"})
    before = indicator_rows(staff.see(path).text)
    paper = {"number": "3/KH", "title": "Chậm", "issued_on": "2025-07-01", "received_on": "2025-07-02"}
    staff.submit("/can-bo/so/van-ban/them", paper)
    page = staff.see(path).text
    assert indicator_rows(page) == before
    with office.database().session(readonly=True) as session:
        assert kpi.last_closed(session, kpi.Period.named("2025-12")).fingerprint in page
    changed = page.split('id="khac"')[1].split("</table>")[0]
    row = '<th scope="row">K2</th><td>Toàn xã</td><td>Trong kỳ</td><td>mẫu số</td>'
    assert f'{row}<td class="figure">0</td><td class="figure">1</td>' in changed


def indicator_rows(page):
    """The table of figures without its links."""
    return re.sub(r"<[^>]+>", "", page.split('aria-label="Bảng chỉ tiêu"')[1].split("</table>")[0])
