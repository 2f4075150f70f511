"""A trainer's looks at the names of a class are in the access log: who, what, of which class; never whose."""

import re

import pytest
import requests
from sqlalchemy import select

from hocso.records import AccessEntry, Account, Learner, accounts
from hocso.web.tokens import BoardPass
from tests.conftest import OTHER_TRAINER, STAFF, TRAINER, Visitor, token_of_kernel

LESSON = "ky-nang-so/mat-khau-va-otp"


@pytest.fixture(scope="module")
def trainer(server):
    one = Visitor(server)
    one.sign_in_to_account(TRAINER)
    return one


@pytest.fixture(scope="module")
def class_path(server, trainer):
    """Where a class with somebody in it is."""
    form = {"place": "Nhà văn hóa", "date": "2026-11-24", "lesson": LESSON}
    page = trainer.submit("/giang-vien", form)
    Visitor(server).register("Tạ Thị Được Xem", lop=code_in(page.text))
    return page.url.removeprefix(server.url)


def code_in(page):
    return page.split('class="class-code">')[1][:6]


@pytest.fixture
def looks(server):
    """The looks at a class since the beginning, as (what, username)."""

    def looks(about):
        with server.database().session(readonly=True) as session:
            return session.execute(
                select(AccessEntry.what, Account.username)
                .join(Account, Account.id == AccessEntry.account_id)
                .where(AccessEntry.about == about)
                .order_by(AccessEntry.at)
            ).all()

    return looks


@pytest.mark.parametrize(
    ("page", "noted"),
    [
        ("", "xem-lop"),
        ("/theo-doi", "theo-doi"),
        ("/diem-danh", "diem-danh"),
        ("/bai-giay", "bai-giay"),
        ("/danh-sach-ky", "danh-sach-ky"),
        ("/chung-nhan", "xem-lop"),
    ],
)
def test_each_page_with_names_is_noted_once_however_often_it_refreshes(
    trainer, class_path, looks, page, noted
):
    about = f"lớp {code_in(trainer.see(class_path).text)}"
    before = looks(about)
    assert trainer.see(class_path + page).status_code == 200
    for _ in range(3):
        assert "Tạ Thị Được Xem" in trainer.see(f"{class_path}/bang").text
    assert looks(about)[len(before) :] == [(noted, TRAINER[0])]


def test_what_has_no_names_is_not_noted(trainer, class_path, looks):
    about = f"lớp {code_in(trainer.see(class_path).text)}"
    before = looks(about)
    for page in ("/chieu", "/ap-phich", "/the"):
        assert "Tạ Thị Được Xem" not in trainer.see(class_path + page).text
    assert looks(about) == before


def test_another_trainer_who_is_turned_away_has_seen_nothing(visitor, trainer, class_path, looks):
    about = f"lớp {code_in(trainer.see(class_path).text)}"
    before = looks(about)
    other = visitor()
    other.sign_in_to_account(OTHER_TRAINER)
    assert other.see(class_path).status_code == other.see(f"{class_path}/diem-danh").status_code == 404
    assert looks(about) == before


def test_staff_read_it_in_words_and_find_no_name(trainer, class_path, visitor):
    code = code_in(trainer.see(class_path).text)
    staff = visitor()
    staff.sign_in_to_account(STAFF)
    log = staff.see("/quan-tri/nhat-ky").text
    assert re.search(rf"{TRAINER[0]}</th><td>Xem tên trong một lớp</td><td>lớp {code}</td>", log)
    assert "Được Xem" not in log


def test_help_given_on_the_live_board_is_noted_like_that_on_the_page(server, class_path, looks):
    with server.database().session(readonly=True) as session:
        account = session.scalar(select(Account).where(Account.username == TRAINER[0]))
        learner = session.scalar(select(Learner).where(Learner.full_name == "Tạ Thị Được Xem"))
        board_pass = BoardPass(account.id, accounts.seal(account), class_path.split("/")[3])
    secret = token_of_kernel(server, board_pass)
    for what in ("cap-pin", "mo-khoa"):
        address = f"{server.url}/api/bang/lop/{learner.id}/{what}"
        assert requests.post(address, headers={"Authorization": f"Bearer {secret}"}, timeout=60).ok
    assert looks(f"mã người học {learner.code}") == [("cap-lai-pin", TRAINER[0]), ("mo-khoa", TRAINER[0])]
