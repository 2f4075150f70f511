"""The pages behind the figures: from each figure to a list of as many, and on to what each person did."""

import re
from html import unescape

import pandas as pd
import pytest
from sqlalchemy import select

from hocso.kpi.figures import BY
from hocso.records import AccessEntry, BusinessPerson, Learner, removal
from hocso.web.behind import MOST_ROWS, one_page
from tests.conftest import STAFF, TRAINER
from tests.kpi.conftest import Commune
from tests.kpi.test_by_hand import settle

PERIOD = "2026-12"
FIGURE = re.compile(r'<td class="figure"><a href="([^"]+)">([\d.]+)</a>')


@pytest.fixture(scope="module")
def office(new_server):
    """The commune that is worked out by hand in tests/kpi, with the kit's own tracks."""
    server = new_server()
    with server.database().session() as session:
        settle(Commune(session, server.catalogue))
    return server


@pytest.fixture
def staff(office, visitor):
    one = visitor(office)
    one.sign_in_to_account(STAFF)
    return one


def listed(page, *titles):
    """How many rows stand in the lists of these ids."""
    parts = [page.split(f'<h2 id="{title}"')[1].split("<h2")[0] for title in titles if f'"{title}"' in page]
    return sum(part.count('<th scope="row">') for part in parts)


def population(page):
    """What the page says the denominator is: the sum of the populations, or of a register what is listed."""
    said = int(re.search(r'<h2 id="mau-so">Mẫu số: ([\d.]+) ', page)[1].replace(".", ""))
    table = page.split('<h2 id="mau-so">')[1]
    people = [int(count) for count in re.findall(r'<td class="figure">(\d+)</td>', table)]
    assert said == (sum(people) if "Mở bảng dân số" in table else listed(page, "duoc-tinh", "chua-tinh"))
    return said


@pytest.mark.parametrize("by", ["", *BY])
def test_every_figure_leads_to_a_list_of_as_many(staff, by):
    page = staff.see(f"/can-bo/chi-tieu?ky={PERIOD}&chia={by}").text
    table = page.split('aria-label="Bảng chỉ tiêu"')[1].split("</table>")[0]
    figures = [(unescape(path), int(shown.replace(".", ""))) for path, shown in FIGURE.findall(table)]
    assert len(figures) == 3 * table.count("<tr>") - 3 - table.count("chưa có<")
    if by:  # those of the whole commune are looked at once
        figures = [one for one in figures if re.search("ap=|nhom=|chuong=", one[0])]
    pages = {path: staff.see(path).text for path in {path.split("#")[0] for path, _ in figures}}
    for path, shown in figures:
        address, place = path.split("#")
        found = pages[address]
        assert shown == (listed(found, place) if place == "duoc-tinh" else population(found)), path


def test_the_pages_of_a_long_list_hold_each_row_once():
    rows = pd.DataFrame({"id": range(2 * MOST_ROWS + 1)})
    lists = {"counted": rows, "missing": rows[:3]}
    pages = [one_page(lists, wanted) for wanted in (1, 2, 3)]
    assert [(page, count) for page, count, _ in pages] == [(1, 3), (2, 3), (3, 3)]
    for name, table in lists.items():
        shown = pd.concat([part[name] for _, _, part in pages])
        assert shown["id"].tolist() == table["id"].tolist()
    assert one_page(lists, 99)[0] == 3 and one_page(lists, 0)[0] == 1


def test_the_figures_of_a_channel_lead_to_its_activities(staff):
    page = staff.see(f"/can-bo/chi-tieu?ky={PERIOD}").text
    table = page.split('aria-label="Lượt tiếp cận theo kênh"')[1].split("</table>")[0]
    figures = FIGURE.findall(table)
    rows = list(zip(*[iter(figures)] * 3, strict=True))
    assert len(rows) == 2 * (table.count("<tr>") - 2)  # in the period, and in all
    assert ["2", "500", "1"] in [[shown for _, shown in row] for row in rows]
    for row in rows:
        (path,) = {path for path, _ in row}
        found = staff.see(unescape(path)).text
        assert found.count('<th scope="row">') == int(row[0][1])
        assert "{} hoạt động, {} lượt, {} hoạt động chưa báo".format(*(shown for _, shown in row)) in found
    assert "Loa truyền thanh" in staff.see(f"/can-bo/chi-tieu/kenh/loa?ky={PERIOD}").text
    assert staff.see("/can-bo/chi-tieu/kenh/bao-giay").status_code == 422


def looks(office):
    with office.database().session(readonly=True) as session:
        return session.execute(select(AccessEntry.what, AccessEntry.about)).all()


def test_each_person_in_a_list_opens_what_they_did_and_the_look_is_noted_by_code(office, staff):
    path = f"/can-bo/chi-tieu/K1?ky={PERIOD}"
    page = staff.see(path).text
    (link,) = re.findall(r'href="([^"]+)">Người 2</a>', page)
    assert link.endswith(f"?ky={PERIOD}")
    found = staff.see(unescape(link)).text
    steps = list(Commune.steps_of(office.catalogue, "nghi-quyet-57"))
    assert f"Đã xong cả {len(steps)} việc, việc cuối cùng ngày 15/06/2026: được tính." in found
    assert found.count('<th scope="row">') == len(steps)
    assert "Đạt bài kiểm tra" in found and "Ngoài lớp" in found and "làm trên máy" in found
    assert ("bang-chung", "mã M0002") in looks(office)
    assert not any("Người" in about for _, about in looks(office))


def test_a_list_of_a_part_is_noted_with_its_part(office, staff):
    staff.see(f"/can-bo/chi-tieu/K3?ky={PERIOD}&nhom=can-bo&chuong=ky-nang-so&trong=ky")
    assert ("kpi-names", f"K3 {PERIOD} can-bo ky-nang-so trong kỳ") in looks(office)
    assert staff.see(f"/can-bo/chi-tieu/K2?ky={PERIOD}&ap=ap-1").status_code == 422


def test_a_business_opens_who_works_there_and_each_of_them_what_they_did(office, staff):
    page = staff.see(f"/can-bo/chi-tieu/B2?ky={PERIOD}").text
    assert "Cơ sở dịch vụ" in page and "dich-vu<" not in page
    with office.database().session(readonly=True) as session:
        people = dict(session.execute(select(Learner.code, Learner.id)).all())
        binh, giang = people["M0002"], people["M0006"]
        shop = session.scalar(select(BusinessPerson.business_id).where(BusinessPerson.learner_id == binh))
    found = staff.see(f"/can-bo/chi-tieu/B2/{shop}?ky={PERIOD}").text
    assert "Có 1 trong 2 người làm việc đã hoàn thành chương" in found
    assert ("kpi-names", f"B2 {PERIOD} {shop}") in looks(office)
    person = staff.see(f"/can-bo/chi-tieu/B2/{giang}?ky={PERIOD}").text
    assert "việc cuối cùng ngày 02/07/2026: được tính." in person


def test_a_document_shows_its_days_and_opens_its_row_in_the_register(staff):
    page = staff.see(f"/can-bo/chi-tieu/K2?ky={PERIOD}").text
    for shown in ("28/08/2026", "07/09/2026", "08/09/2026", "muộn hạn", "hết hạn, chưa đăng"):
        assert f"<td>{shown}</td>" in page
    (link, *_) = re.findall(r'href="(/can-bo/so/van-ban/sua/[^"]+)"', page)
    assert staff.see(link).status_code == 200


def test_what_a_removed_person_did_is_still_behind_the_figure_without_a_name(office, staff):
    with office.database().session() as session:
        hoa = session.scalar(select(Learner.id).where(Learner.code == "M0007"))
        removal.remove(session, hoa, "nguoi-hoc")
    found = staff.see(f"/can-bo/chi-tieu/K3/{hoa}?ky={PERIOD}").text
    assert "Dự hoạt động truyền thông" in found and "Người 7" not in found
    assert f"/can-bo/nguoi-hoc/{hoa}" not in found


def test_a_list_that_differs_from_what_was_closed_says_so(office, staff):
    path = f"/can-bo/chi-tieu/K2?ky={PERIOD}"
    staff.submit("/can-bo/chi-tieu/chot", {"ky": PERIOD, "chac": "co"})
    assert "đã chốt với" not in staff.see(path).text
    paper = {"number": "3/KH", "title": "Chậm", "issued_on": "2026-07-01", "received_on": "2026-07-02"}
    staff.submit("/can-bo/so/van-ban/them", paper)
    assert re.search(r"Kỳ này đã chốt với 2 trên \d văn bản", staff.see(path).text)
    assert "đã chốt với" not in staff.see(f"/can-bo/chi-tieu/K1?ky={PERIOD}").text


def test_the_pages_behind_are_for_staff_alone(office, visitor, staff):
    one = visitor(office)
    one.sign_in_to_account(TRAINER)
    page = staff.see(f"/can-bo/chi-tieu/K1?ky={PERIOD}").text
    (link,) = re.findall(r'href="([^"]+)">Người 2</a>', page)
    for path in (unescape(link), "/can-bo/chi-tieu/kenh/loa"):
        assert one.see(path).status_code == 403
