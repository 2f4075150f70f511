"""Staff find a learner, put their data right, record a move and mark communicators; each look is noted."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from hocso.records import AccessEntry, Learner
from hocso.records.clock import today
from tests.conftest import STAFF, TRAINER


@pytest.fixture
def staff(visitor):
    one = visitor()
    one.sign_in_to_account(STAFF)
    return one


@pytest.fixture
def looks(server):
    """What the access log says of a learner."""

    def looks(learner_id):
        with server.database().session(readonly=True) as session:
            code = session.get(Learner, learner_id).code
            entries = session.scalars(select(AccessEntry).where(AccessEntry.about == f"mã {code}")).all()
            return [entry.what for entry in entries if entry.account_id]

    return looks


def test_a_name_is_searched_and_put_right(server, staff, visitor, looks):
    learner_id = visitor().register("Trịnh Thi Sai Tên")
    page = staff.submit("/can-bo/nguoi-hoc", {"ten": "sai ten"})
    assert f'href="/can-bo/nguoi-hoc/{learner_id}"' in page.text and "sai" not in page.url
    path = f"/can-bo/nguoi-hoc/{learner_id}"
    assert 'value="Trịnh Thi Sai Tên"' in staff.see(path).text
    right = {"full_name": "Trịnh Thị Đúng Tên", "birth_year": "1962", "phone": "0912 345 000"}
    wrong = staff.submit(f"{path}/sua", right | {"birth_year": "62"})
    assert wrong.status_code == 422
    assert "Chưa lưu" in wrong.text and 'value="Trịnh Thị Đúng Tên"' in wrong.text
    done = staff.submit(f"{path}/sua", right).text
    assert "Đã sửa thông tin" in done and "sinh 1962" in done
    assert "Trịnh Thị Đúng Tên" in visitor().submit("/vao-hoc/ten", {"ten": "dung ten"}).text
    assert looks(learner_id).count("sua-nguoi-hoc") == 1 and "nguoi-hoc" in looks(learner_id)


def test_a_move_is_recorded_with_its_day(server, staff, visitor):
    learner_id = visitor().register("Cao Văn Chuyển")
    path = f"/can-bo/nguoi-hoc/{learner_id}"
    where = {"hamlet_id": "ap-thu-2", "group": "can-bo", "since": today().isoformat()}
    for day in ("", (today() + timedelta(days=3)).isoformat()):
        assert staff.submit(f"{path}/chuyen", where | {"since": day}).status_code == 422
    assert staff.submit(f"{path}/chuyen", where | {"since": "mai"}).status_code == 400
    page = staff.submit(f"{path}/chuyen", where).text
    assert "Ấp Thử 2, sinh 1960" in page
    assert f"Từ {today():%d/%m/%Y}: Ấp Thử 2, cán bộ" in page


def test_communicators_are_marked_listed_and_unmarked(staff, visitor):
    learner_id = visitor().register("Đinh Thị Loa")
    assert "Đinh Thị Loa" not in staff.see("/can-bo/truyen-thong").text
    mark = f"/can-bo/nguoi-hoc/{learner_id}/truyen-thong"
    assert "được tính trong chỉ tiêu K4" in staff.submit(mark).text
    assert "Đinh Thị Loa" in staff.see("/can-bo/truyen-thong").text
    staff.submit(mark, {"bo": "1"})
    assert "Đinh Thị Loa" not in staff.see("/can-bo/truyen-thong").text


def test_an_entry_that_was_merged_leads_to_the_person_who_goes_on(server, staff, visitor):
    one, other = visitor().register("Tô Thị Hai Lần"), visitor().register("Tô Thị Hai Lượt")
    with server.database().session() as session:
        session.get(Learner, other).merged_into = one
    assert "Tô Thị Hai Lần" in staff.see(f"/can-bo/nguoi-hoc/{other}").text
    found = staff.submit("/can-bo/nguoi-hoc", {"ten": "to thi hai"}).text
    assert found.count('class="person"') == 1


@pytest.mark.parametrize("path", ["/can-bo/nguoi-hoc", "/can-bo/truyen-thong"])
def test_only_staff_open_these_pages(visitor, path):
    trainer = visitor()
    trainer.sign_in_to_account(TRAINER)
    assert trainer.see(path).status_code == 403
    learner_id = visitor().register(f"Bùi Văn {'Kín' if 'nguoi' in path else 'Riêng'}")
    for under in ("sua", "chuyen", "truyen-thong"):
        assert trainer.submit(f"/can-bo/nguoi-hoc/{learner_id}/{under}").status_code == 403
    assert "/dang-nhap" in visitor().see(path).url
