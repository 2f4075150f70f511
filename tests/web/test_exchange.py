"""Bringing data together on the pages of trainers and staff."""

import re

import pytest
from sqlalchemy import select

from hocso.records import AccessEntry, ExchangeReceipt, Learner, exchange
from hocso.web.http_server import LARGEST_FILE
from tests.conftest import OTHER_TRAINER, STAFF, TRAINER

PASSPHRASE = "mat-khau-cua-tep"
NAME = "Nguyễn Thị Trao Đổi"


@pytest.fixture(scope="module")
def hall(new_server):
    return new_server()


@pytest.fixture(scope="module")
def office(new_server):
    return new_server()


def exported(trainer, **changes):
    form = {"gom": "tat-ca", "mat-khau": PASSPHRASE, "go-lai": PASSPHRASE, **changes}
    return trainer.submit("/giang-vien/trao-doi/xuat", form)


def sent(visitor, base, content, passphrase=PASSPHRASE):
    return visitor.submit(
        f"{base}/xem",
        {"mat-khau": passphrase},
        files={"tep": ("lop.hocso", content, "application/octet-stream")},
    )


def test_a_trainer_takes_the_data_along_and_staff_take_it_in(hall, office, visitor):
    learner_id = visitor(hall).register(NAME)
    trainer, staff = visitor(hall), visitor(office)
    trainer.sign_in_to_account(TRAINER)
    staff.sign_in_to_account(STAFF)
    assert "Mang dữ liệu về xã" in trainer.see("/giang-vien").text

    file = exported(trainer)
    assert re.search(r'filename="hoc-so-\d{8}-\d{4}\.hocso"', file.headers["Content-Disposition"])
    assert exchange.is_encrypted(file.content)

    wrong = sent(staff, "/can-bo/trao-doi", file.content, "mat-khau-khac")
    assert wrong.status_code == 422 and "Mật khẩu không đúng" in wrong.text
    plan = sent(staff, "/can-bo/trao-doi", file.content)
    assert plan.ok and "Chưa nhập gì" in plan.text and NAME not in plan.text
    with office.database().session(readonly=True) as session:
        assert session.get(Learner, learner_id) is None, "nothing comes in before «Nhập»"
    upload_id = re.search(r'name="tep" value="([0-9a-f]{32})"', plan.text)[1]

    other = visitor(office)
    other.sign_in_to_account(OTHER_TRAINER)
    refused = other.submit("/giang-vien/trao-doi/nhap", {"tep": upload_id})
    assert refused.status_code == 410, "a file waits for the account that sent it"

    receipt = staff.submit("/can-bo/trao-doi/nhap", {"tep": upload_id})
    assert receipt.ok and "Đã nhập" in receipt.text and "Người học" in receipt.text
    assert "Cán bộ Thử" in receipt.text and NAME not in receipt.text
    with office.database().session(readonly=True) as session:
        assert session.get(Learner, learner_id).full_name == NAME
        assert "trao-doi-in" in session.scalars(select(AccessEntry.what)).all()
    assert not list((office.data / "uploads").iterdir())
    assert staff.submit("/can-bo/trao-doi/nhap", {"tep": upload_id}).status_code == 410

    again = sent(staff, "/can-bo/trao-doi", file.content)
    assert "Mọi dòng trong tệp đã có ở máy này" in again.text and "đã nhập lúc" in again.text
    assert "Nhập vào lúc" in staff.see("/can-bo/trao-doi").text

    known = visitor(office)
    found = known.submit("/vao-hoc/ten", {"ten": NAME}).text
    signed_in = known.submit(re.search(r"/vao-hoc/pin/[0-9a-f-]{36}", found)[0], {"pin": "1357"})
    assert signed_in.ok and NAME in signed_in.text, "the PIN is good at the office too"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"go-lai": "khac"}, "Hai lần gõ mật khẩu chưa giống nhau"),
        ({"mat-khau": "ngan", "go-lai": "ngan"}, "ít nhất 8 ký tự"),
        ({"mat-khau": "", "go-lai": ""}, "ít nhất 8 ký tự"),
    ],
)
def test_a_passphrase_that_is_none_writes_nothing(hall, visitor, changes, said):
    trainer = visitor(hall)
    trainer.sign_in_to_account(TRAINER)
    with hall.database().session(readonly=True) as session:
        before = session.query(ExchangeReceipt).count()
    refused = exported(trainer, **changes)
    assert refused.status_code == 422 and said in refused.text
    with hall.database().session(readonly=True) as session:
        assert session.query(ExchangeReceipt).count() == before


@pytest.mark.parametrize("content", [b"", b"khong phai tep trao doi"])
def test_a_foreign_file_is_refused_with_what_to_do(office, visitor, content):
    staff = visitor(office)
    staff.sign_in_to_account(STAFF)
    refused = sent(staff, "/can-bo/trao-doi", content)
    assert refused.status_code == 422 and ".hocso" in refused.text


@pytest.mark.parametrize("path", ["", "/xuat", "/xem", "/nhap", "/00000000-0000-4000-8000-000000000000"])
@pytest.mark.parametrize("base", ["/giang-vien/trao-doi", "/can-bo/trao-doi"])
def test_nobody_else_gets_there(hall, visitor, base, path):
    learner = visitor(hall)
    ask = learner.submit if path in ("/xuat", "/xem", "/nhap") else learner.see
    assert ask(base + path, allow_redirects=False).headers["Location"].startswith("/dang-nhap")


def test_the_page_says_how_large_a_file_it_takes(office, visitor):
    staff = visitor(office)
    staff.sign_in_to_account(STAFF)
    page = staff.see("/can-bo/trao-doi").text
    assert f"lớn hơn {LARGEST_FILE // 2**20} MB" in page
    assert "hocso exchange import" in page
