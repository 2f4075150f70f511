"""Somebody from a roster comes in: with a PIN that a trainer gave, and after they have agreed."""

import re

import pytest
from sqlalchemy import select

from hocso.records import Attendance, Learner, learners, rosters
from hocso.web.app import server_secret
from hocso.web.card_tokens import CardTokens
from tests.conftest import TRAINER


@pytest.fixture
def from_roster(server):
    """Takes one person in without consent; returns their id and a PIN where one is wanted."""

    def take_in(name, with_pin=True):
        content = f"Họ và tên,Năm sinh,Ấp\n{name},1960,Ấp Thử 1\n".encode()
        with server.database().session() as session:
            plan = rosters.plan(session, rosters.read(content, "a.csv"), default_group="nguoi-dan")
            rosters.apply(session, plan, account_id=None, consented=False)
            learner_id = session.scalar(select(Learner.id).where(Learner.full_name == name))
            return learner_id, learners.reset_pin(session, learner_id) if with_pin else None

    return take_in


def test_without_a_pin_one_is_told_to_ask_the_trainer(visitor, from_roster):
    learner_id, _ = from_roster("Lê Thị Chưa Mã", with_pin=False)
    answer = visitor().submit(f"/vao-hoc/pin/{learner_id}", {"pin": "0000"})
    assert answer.status_code == 403
    assert "xin giảng viên cấp thẻ" in answer.text


def test_after_the_pin_one_agrees_and_is_asked_only_once(visitor, from_roster):
    learner_id, pin = from_roster("Lê Thị Đồng Thuận")
    one = visitor()
    asked = one.submit(f"/vao-hoc/pin/{learner_id}", {"pin": pin})
    assert "Tôi đồng ý cho xã lưu" in asked.text
    assert "Đang học:" not in one.see("/").text
    one.submit("/vao-hoc/dong-y", {"consent": "yes"})
    assert "Đang học:" in one.see("/").text
    again = visitor()
    again.submit(f"/vao-hoc/pin/{learner_id}", {"pin": pin})
    assert "Đang học:" in again.see("/").text


def test_who_gave_a_pin_that_is_no_longer_good_cannot_agree_in_their_place(server, visitor, from_roster):
    learner_id, pin = from_roster("Lê Thị Thẻ Rơi")
    finder = visitor()
    finder.submit(f"/vao-hoc/pin/{learner_id}", {"pin": pin})
    with server.database().session() as session:
        learners.reset_pin(session, learner_id)
    assert finder.submit("/vao-hoc/dong-y", {"consent": "yes"}).status_code == 403
    assert "Đang học:" not in finder.see("/").text


def test_who_does_not_agree_is_not_signed_in(visitor, from_roster):
    learner_id, pin = from_roster("Lê Thị Từ Chối")
    one = visitor()
    one.submit(f"/vao-hoc/pin/{learner_id}", {"pin": pin})
    said = one.submit("/vao-hoc/dong-y", {"consent": "no"})
    assert "Bà con không đồng ý nên chưa vào học" in said.text
    assert "Đang học:" not in one.see("/").text
    assert one.submit("/vao-hoc/dong-y", {"consent": "yes"}).status_code == 403


def test_nobody_agrees_without_the_pin(visitor, from_roster):
    from_roster("Lê Thị Người Lạ")
    assert visitor().submit("/vao-hoc/dong-y", {"consent": "yes"}).status_code == 403


def test_who_came_by_a_card_and_then_agreed_is_in_the_class_by_card(server, visitor, from_roster):
    trainer = visitor()
    trainer.sign_in_to_account(TRAINER)
    lesson = server.catalogue.lessons[0].id
    class_page = trainer.submit(
        "/giang-vien", {"place": "Nhà văn hóa", "date": "2026-11-24", "lesson": lesson}
    )
    class_id = class_page.url.rpartition("/")[2]
    learner_id, pin = from_roster("Lê Thị Quét Thẻ")
    token = CardTokens(server_secret(server.data)).issue(learner_id, class_id)
    one = visitor()
    page = one.see(f"/the/{token}").text
    carried = dict(re.findall(r'name="(lop|the|tiep)" value="([^"]*)"', page))
    page = one.submit(f"/vao-hoc/pin/{learner_id}", {"pin": pin, **carried}).text
    assert "Tôi đồng ý cho xã lưu" in page
    carried = dict(re.findall(r'name="(lop|the|tiep)" value="([^"]*)"', page))
    assert "Đặt mã PIN của riêng mình" in one.submit("/vao-hoc/dong-y", {"consent": "yes", **carried}).text
    with server.database().session(readonly=True) as session:
        assert session.get(Attendance, (class_id, learner_id)).how == "card"
        assert session.get(Learner, learner_id).consent_at is not None


@pytest.mark.parametrize(
    ("step", "says"),
    [("tam-nghi", "Lớp đang tạm nghỉ"), ("ket-thuc", "Bà con đang học tự do")],
)
def test_a_class_that_paused_or_ended_while_one_read_what_to_agree_to(
    server, visitor, from_roster, step, says
):
    trainer = visitor()
    trainer.sign_in_to_account(TRAINER)
    form = {"place": "Nhà văn hóa", "date": "2026-11-24", "lesson": server.catalogue.lessons[0].id}
    path = trainer.submit("/giang-vien", form).url.removeprefix(server.url)
    code = trainer.see(path).text.split('class="class-code">')[1][:6]
    learner_id, pin = from_roster(f"Lê Thị Đang Đọc {step}")
    one = visitor()
    one.submit(f"/vao-hoc/pin/{learner_id}", {"pin": pin, "lop": code})
    trainer.submit(f"{path}/{step}")
    page = one.submit("/vao-hoc/dong-y", {"consent": "yes", "lop": code}).text
    assert says in page
    assert ("Tôi đồng ý cho xã lưu" in page) == (step == "tam-nghi")  # to press it again later
    assert ("Đang học:" in page) == (step == "ket-thuc")
    with server.database().session(readonly=True) as session:
        assert session.query(Attendance).filter_by(learner_id=learner_id).count() == 0
