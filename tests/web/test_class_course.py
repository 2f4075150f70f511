"""A class from the plan to the end, and what its learners are told on the way."""

import re
import uuid
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from hocso.records import ClassSession, Event
from tests.conftest import OTHER_TRAINER, STAFF, TRAINER, kernel_in, learner_in

LESSON = "ky-nang-so/mat-khau-va-otp"
FORM = {"place": "Nhà văn hóa Kế Hoạch", "date": "2026-11-24", "lesson": LESSON}


@pytest.fixture
def trainer(visitor):
    trainer = visitor()
    trainer.sign_in_to_account(TRAINER)
    return trainer


@pytest.fixture
def planned(server, trainer):
    """(path, code) of a class that has not begun."""
    page = trainer.submit("/giang-vien", FORM | {"viec": "ke-hoach"})
    return page.url.removeprefix(server.url), re.search(r'class="class-code">(\w{6})', page.text)[1]


@pytest.fixture
def running(trainer, planned):
    trainer.submit(f"{planned[0]}/bat-dau")
    return planned


def test_a_planned_class_is_shown_as_such_and_says_so_to_who_comes_early(trainer, planned, visitor):
    path, code = planned
    assert "Lớp chưa bắt đầu" in trainer.see(path).text
    assert re.search(
        rf"{code} · Nhà văn hóa Kế Hoạch</strong><span>24/11/2026 · chưa bắt đầu",
        trainer.see("/giang-vien").text,
    )
    early = visitor()
    for answer in (early.submit("/vao-hoc", {"lop": code}), early.see(f"/lop/{code}")):
        assert answer.status_code == 422
        assert "Lớp chưa bắt đầu. Mời bà con chờ giảng viên mở lớp" in answer.text
    trainer.submit(f"{path}/bat-dau")
    assert "Tìm tên của bà con" in early.submit("/vao-hoc", {"lop": code}).text


def test_a_plan_can_be_changed_and_removed_until_the_class_begins(server, trainer, planned):
    path, code = planned
    page = trainer.see(f"{path}/sua").text
    assert 'value="Nhà văn hóa Kế Hoạch"' in page and f'value="{LESSON}" checked' in page
    changed = FORM | {"place": "Trường mầm non", "date": "2026-12-01"}
    assert "Trường mầm non, 01/12/2026" in trainer.submit(f"{path}/sua", changed).text
    wrong = trainer.submit(f"{path}/sua", changed | {"place": ""})
    assert wrong.status_code == 400
    assert 'value="2026-12-01"' in wrong.text
    assert f"Xóa kế hoạch lớp {code}" in trainer.see(path).text
    assert "Đã xóa kế hoạch" in trainer.submit(f"{path}/xoa").text
    assert trainer.see(path).status_code == 404


def test_in_a_pause_who_is_there_comes_back_and_others_wait(trainer, running, visitor):
    path, code = running
    there, late = visitor(), visitor()
    there_id = there.register("Lê Thị Trong Lớp", lop=code)
    late_id = visitor().register("Lê Thị Tới Sau")
    assert "Lớp đang tạm nghỉ từ" in trainer.submit(f"{path}/tam-nghi").text
    there.submit("/ra")
    there.submit(f"/vao-hoc/pin/{there_id}", {"pin": "1357", "lop": code})
    assert "Lê Thị Trong Lớp" in there.see("/").text
    refused = late.submit(f"/vao-hoc/pin/{late_id}", {"pin": "1357", "lop": code})
    assert refused.status_code == 409
    assert "Lớp đang tạm nghỉ, chưa nhận thêm người" in refused.text
    assert "Đang học:" not in late.see("/").text
    trainer.submit(f"{path}/hoc-tiep")
    late.submit(f"/vao-hoc/pin/{late_id}", {"pin": "1357", "lop": code})
    assert "Đang học:" in late.see("/").text


def test_nobody_is_registered_for_a_class_that_takes_nobody_in(trainer, running, visitor):
    path, code = running
    trainer.submit(f"{path}/tam-nghi")
    form = {
        "full_name": "Võ Thị Không Kịp",
        "birth_year": "1960",
        "hamlet_id": "ap-thu-1",
        "group": "nguoi-dan",
    }
    form |= {"pin": "1357", "pin_again": "1357", "consent": "yes", "lop": code}
    answer = visitor().submit("/vao-hoc/ghi-ten", form)
    assert answer.status_code == 409
    assert "Lớp đang tạm nghỉ" in answer.text
    assert "Không Kịp" not in visitor().submit("/vao-hoc/ten", {"ten": "khong kip"}).text


def test_a_class_that_ends_under_a_learner_keeps_what_they_go_on_to_do(server, trainer, running, visitor):
    path, code = running
    one = visitor()
    learner_id = one.register("Ngô Văn Đang Học", lop=code)
    page = one.see(f"/hoc/{LESSON}").text
    assert "Đã kết thúc lớp." in trainer.submit(f"{path}/ket-thuc").text
    kernel = kernel_in(page)
    assert one.see(f"/api/kernels/{kernel}").status_code == 200
    step = server.catalogue.lesson(LESSON).steps[1].id
    event = str(uuid.uuid4())
    assert one.reach(LESSON, step, learner_in(page), event).status_code == 201
    with server.database().session(readonly=True) as session:
        kept = session.scalar(select(Event).where(Event.id == event))
    assert (kept.learner_id, kept.class_session_id) == (learner_id, path.rpartition("/")[2])
    late = visitor().submit("/vao-hoc", {"lop": code})
    assert late.status_code == 404
    assert re.search(rf"Lớp «{code}» đã kết thúc lúc \d\d:\d\d ngày", late.text)
    assert "không mở lại được" in trainer.submit(f"{path}/bat-dau").text


def test_who_scans_the_code_of_an_ended_class_is_told_and_can_go_on_from_there(trainer, running, visitor):
    path, code = running
    trainer.submit(f"{path}/ket-thuc")
    page = visitor().see(f"/lop/{code}")
    assert page.status_code == 404
    assert re.search(rf"Lớp «{code}» đã kết thúc lúc \d\d:\d\d ngày", page.text)
    assert re.search(r'<a class="button big second" href="/vao-hoc/ten[^"]*">Học tự do</a>', page.text)
    assert f'value="{code}"' in page.text and "Mã lỗi" not in page.text


@pytest.mark.parametrize("new", [True, False])
def test_who_is_on_the_way_in_when_the_class_ends_comes_in_and_loses_nothing(trainer, running, visitor, new):
    path, code = running
    name = "Mạc Thị Vừa Lúc Hết" if new else "Mạc Văn Vừa Lúc Hết"
    one = visitor()
    if new:
        trainer.submit(f"{path}/ket-thuc")
        again = one.submit("/vao-hoc/ghi-ten", {"full_name": name, "consent": "yes", "lop": code})
        assert f'value="{name}"' in again.text
        one.register(name, lop=code)
    else:
        learner_id = visitor().register(name)
        assert one.see(f"/vao-hoc/pin/{learner_id}?lop={code}").ok
        trainer.submit(f"{path}/ket-thuc")
        wrong = one.submit(f"/vao-hoc/pin/{learner_id}", {"pin": "9999", "lop": code})
        assert "Mã PIN chưa đúng" in wrong.text
        late = one.submit(f"/vao-hoc/pin/{learner_id}", {"pin": "1357", "lop": code})
        assert "Lớp đã kết thúc trước khi bà con vào. Bà con đang học tự do." in late.text
    assert f"Đang học: <strong>{name}</strong>" in one.see("/").text
    assert name not in trainer.see(f"{path}/diem-danh").text


def test_opening_a_class_at_once_stays_one_step(server, trainer):
    page = trainer.submit("/giang-vien", FORM | {"viec": "mo-ngay"})
    with server.database().session(readonly=True) as session:
        opened = session.get(ClassSession, page.url.rpartition("/")[2])
    assert opened.state == "open"
    assert (datetime.now(UTC) - opened.updated_at).total_seconds() < 3600


@pytest.mark.parametrize("account", [OTHER_TRAINER, STAFF, "learner", None])
def test_nobody_else_touches_a_class(server, trainer, planned, visitor, account):
    path, _ = planned
    one = visitor()
    if account == "learner":
        one.register(f"Đỗ Thị {uuid.uuid4().hex[:8].translate(str.maketrans('0123456789', 'abcdefghij'))}")
    elif account:
        one.sign_in_to_account(account)
    for step in ("bat-dau", "tam-nghi", "hoc-tiep", "ket-thuc", "xoa", "sua"):
        answer = one.submit(f"{path}/{step}", FORM | {"place": "Chỗ khác"}, allow_redirects=False)
        assert answer.status_code in ((404,) if account == OTHER_TRAINER else (302, 403)), step
        assert "Kế Hoạch" not in answer.text
    answer = one.see(f"{path}/sua", allow_redirects=False)
    assert answer.status_code in (302, 403, 404) and "Kế Hoạch" not in answer.text
    with server.database().session(readonly=True) as session:
        kept = session.get(ClassSession, path.rpartition("/")[2])
    assert (kept.state, kept.place) == ("planned", "Nhà văn hóa Kế Hoạch")
