"""The staff's calendar: on their first page, as a year, as a file; own dates are added, changed, removed."""

import json
from datetime import date

import pytest
from icalendar import Calendar

from hocso.records import registers
from tests.conftest import STAFF, TRAINER

BASE = "/can-bo/so/lich"
MEETING = {"day": "2031-03-02", "title": "Họp thử với các ấp", "note": "Mang sổ", "yearly": "Có"}


@pytest.fixture
def staff(visitor):
    one = visitor()
    one.sign_in_to_account(STAFF)
    return one


def test_the_first_page_begins_with_what_is_due_next(staff):
    page = staff.see("/can-bo").text
    assert page.index("Sắp đến hạn") < page.index("Tải tệp Excel")
    assert "Nộp báo cáo trước ngày 15/" in page
    assert "Chưa tính được tỉ lệ: K1" in page


def test_a_year_has_its_dates_and_leads_to_the_next(staff):
    page = staff.see("/can-bo/lich?nam=2027").text
    for said in ("18/05/2027", "15/06/2027", "01/10/2027", "10/10/2027", "15/12/2027"):
        assert said in page
    assert 'href="/can-bo/lich?nam=2028"' in page
    assert staff.see("/can-bo/lich?nam=1999").status_code == 400
    assert staff.see("/can-bo/lich?nam=nay").status_code == 400


def test_an_own_date_is_added_changed_and_removed(server, staff):
    assert "/can-bo/lich" in staff.submit(f"{BASE}/them", MEETING).url
    assert "Họp thử với các ấp" in staff.see("/can-bo/lich?nam=2032").text
    with server.database().session(readonly=True) as session:
        row = registers.table(session, "lich")["id"][0]
    assert f'href="{BASE}/sua/{row}"' in staff.see("/can-bo/lich?nam=2031").text
    staff.submit(f"{BASE}/sua/{row}", MEETING | {"title": "Họp đã dời", "yearly": ""})
    assert "Họp đã dời" in staff.see("/can-bo/lich?nam=2031").text
    assert "Họp đã dời" not in staff.see("/can-bo/lich?nam=2032").text
    assert "không còn trong lịch" in staff.see(f"{BASE}/bo/{row}").text
    assert "Họp đã dời" in staff.see("/can-bo/lich?nam=2031").text
    staff.submit(f"{BASE}/bo/{row}")
    assert "Họp đã dời" not in staff.see("/can-bo/lich?nam=2031").text


def test_the_file_holds_the_plans_dates_and_own_ones(staff):
    staff.submit(f"{BASE}/them", MEETING | {"title": "Họp trong tệp"})
    answer = staff.see("/can-bo/lich.ics")
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    events = {str(one["summary"]): one for one in Calendar.from_ical(answer.content).walk("VEVENT")}
    assert len(events) == 6
    assert events["Họp trong tệp"].decoded("dtstart") == date(2031, 3, 2)


@pytest.mark.parametrize("path", ["/can-bo/lich", "/can-bo/lich.ics"])
def test_only_staff_see_the_calendar(visitor, path):
    trainer = visitor()
    trainer.sign_in_to_account(TRAINER)
    assert trainer.see(path).status_code == 403
    assert "/dang-nhap" in visitor().see(path).url


def test_the_command_tells_the_same_and_writes_the_same_file(server, tmp_path):
    entries = json.loads(server.hocso("calendar", "--json"))
    assert {"report", "day"} <= {one["kind"] for one in entries}
    report = next(one for one in entries if one["kind"] == "report")
    assert report["working_days_left"] >= 0 and report["closed_at"] is None
    assert "Nộp báo cáo trước ngày" in server.hocso("calendar")
    server.hocso("calendar", "--ics", str(tmp_path / "lich.ics"))
    assert Calendar.from_ical((tmp_path / "lich.ics").read_bytes()).walk("VALARM")
