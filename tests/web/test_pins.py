"""A PIN of one's own: changed with the old one, or chosen in place of the one that was given."""

import re

import pytest
from sqlalchemy import select

from hocso.records import AccessEntry, learners
from tests.conftest import STAFF, TRAINER

OWN = "/vao-hoc/ma-rieng"


@pytest.fixture
def given(server, visitor):
    """A learner whose PIN a trainer gave: (id, PIN)."""

    def make(name):
        learner_id = visitor().register(name)
        with server.database().session() as session:
            return learner_id, learners.reset_pin(session, learner_id)

    return make


def comes_in(one, learner_id, pin, **more):
    return one.submit(f"/vao-hoc/pin/{learner_id}", {"pin": pin, **more})


def test_a_learner_changes_the_pin(visitor):
    one = visitor()
    learner_id = one.register("Nguyễn Thị Đổi Mã", pin="2468")
    assert 'href="/vao-hoc/doi-pin"' in one.see("/").text
    for form, status, said in (
        ({"old": "2468", "pin": "8642", "pin_again": "8643"}, 400, "chưa giống nhau"),
        ({"old": "2468", "pin": "1234", "pin_again": "1234"}, 400, "đoán ra ngay"),
        ({"old": "2468", "pin": "12", "pin_again": "12"}, 400, "4 chữ số"),
        ({"old": "1111", "pin": "8642", "pin_again": "8642"}, 403, "Mã PIN cũ chưa đúng. Còn 4 lần thử."),
    ):
        answer = one.submit("/vao-hoc/doi-pin", form)
        assert (answer.status_code, said in answer.text) == (status, True), form
    changed = one.submit("/vao-hoc/doi-pin", {"old": "2468", "pin": "8642", "pin_again": "8642"})
    assert "Đã đổi mã PIN." in changed.text
    assert comes_in(visitor(), learner_id, "2468").status_code == 403
    again = visitor()
    comes_in(again, learner_id, "8642")
    assert "Đang học:" in again.see("/").text


def test_with_a_pin_that_was_given_one_is_asked_for_a_pin_of_ones_own(visitor, given):
    learner_id, pin = given("Nguyễn Văn Mã Thẻ")
    one = visitor()
    page = comes_in(one, learner_id, pin, tiep="/tu-dien")
    assert "Đặt mã PIN của riêng mình" in page.text
    assert 'name="tiep" value="/tu-dien"' in page.text
    weak = one.submit(OWN, {"pin": "1111", "pin_again": "1111", "tiep": "/tu-dien"})
    assert weak.status_code == 400 and 'name="tiep" value="/tu-dien"' in weak.text
    chosen = one.submit(OWN, {"pin": "8642", "pin_again": "8642", "tiep": "/tu-dien"})
    assert chosen.url.endswith("/tu-dien")
    again = comes_in(visitor(), learner_id, "8642")
    assert "Đặt mã PIN" not in again.text and "Đang học:" in again.text


def test_who_keeps_the_given_pin_is_not_asked_again(visitor, given):
    learner_id, pin = given("Nguyễn Thị Giữ Mã")
    one = visitor()
    comes_in(one, learner_id, pin)
    assert "Đang học:" in one.submit(OWN, {"giu": "1"}).text
    assert "Đặt mã PIN" not in comes_in(visitor(), learner_id, pin).text


def test_nobody_sets_a_pin_without_signing_in_nor_a_second_time_without_the_old_one(visitor, given):
    learner_id, pin = given("Nguyễn Văn Hai Lần")
    for path in (OWN, "/vao-hoc/doi-pin"):
        answer = visitor().submit(
            path, {"old": pin, "pin": "8642", "pin_again": "8642"}, allow_redirects=False
        )
        assert answer.status_code == 302
    account = visitor()
    account.sign_in_to_account(STAFF)
    assert account.see("/vao-hoc/doi-pin", allow_redirects=False).status_code == 302
    one = visitor()
    comes_in(one, learner_id, pin)
    one.submit(OWN, {"pin": "8642", "pin_again": "8642"})
    second = one.submit(OWN, {"pin": "1357", "pin_again": "1357"})
    assert second.status_code == 400 and "mã cũ" in second.text
    assert comes_in(visitor(), learner_id, "1357").status_code == 403


def test_giving_a_pin_is_noted_without_the_name(server, visitor):
    learner_id = visitor().register("Nguyễn Thị Ghi Sổ")
    trainer = visitor()
    trainer.sign_in_to_account(TRAINER)
    page = trainer.submit("/giang-vien/nguoi-hoc", {"ten": "ghi so"}).text
    trainer.submit(re.search(r'action="(/giang-vien/nguoi-hoc/[^"]*/cap-lai-pin)"', page)[1])
    with server.database().session(readonly=True) as session:
        code = learners.get(session, learner_id).code
        assert learners.get(session, learner_id).pin_is_first
        noted = session.scalars(select(AccessEntry).where(AccessEntry.what == "cap-lai-pin")).all()
        looked = session.scalars(select(AccessEntry).where(AccessEntry.what == "tim-nguoi-hoc")).all()
    assert [one.about for one in noted if code in one.about] == [f"mã người học {code}"]
    assert noted[0].account_id and looked[0].account_id


@pytest.mark.parametrize("account", [STAFF, "learner", None])
def test_only_a_trainer_gives_a_pin_or_unlocks(visitor, account):
    learner_id = visitor().register(
        f"Nguyễn Giữ Kín {'Cán Bộ' if account == STAFF else account or 'Ai'}", pin="2468"
    )
    one = visitor()
    if account == "learner":
        one.register("Nguyễn Tò Mò")
    elif account:
        one.sign_in_to_account(account)
    for what in ("cap-lai-pin", "mo-khoa"):
        answer = one.submit(f"/giang-vien/nguoi-hoc/{learner_id}/{what}", allow_redirects=False)
        assert answer.status_code in (302, 403)
        assert "class-code" not in answer.text
    assert "Đang học:" in comes_in(visitor(), learner_id, "2468").text
