"""A trainer prints what the class needs; nobody else gets the names."""

import re
import subprocess

import matplotlib.pyplot as plt
import pytest
import zxingcpp

from hocso.records import Attendance, classes, learners
from tests.conftest import OTHER_TRAINER, TRAINER


@pytest.fixture
def trainer(visitor):
    trainer = visitor()
    trainer.sign_in_to_account(TRAINER)
    return trainer


@pytest.fixture
def class_path(server, trainer):
    form = {"place": "Nhà văn hóa Giấy", "date": "2026-11-24", "lesson": server.catalogue.lessons[0].id}
    page = trainer.submit("/giang-vien", form)
    return page.url.removeprefix(server.url)


def text_of(answer, tmp_path):
    assert answer.headers["Content-Type"] == "application/pdf"
    (tmp_path / "page.pdf").write_bytes(answer.content)
    command = ["pdftotext", "-layout", str(tmp_path / "page.pdf"), "-"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_the_sign_in_sheet_names_those_who_are_in_the_class(server, trainer, class_path, visitor, tmp_path):
    page = trainer.see(class_path).text
    code = page.split('class="class-code">')[1][:6]
    learner = visitor()
    learner.see(f"/lop/{code}")
    learner.register("Đặng Thị Giấy", lop=code)
    assert f'href="{class_path}/danh-sach-ky"' in page
    text = text_of(trainer.see(f"{class_path}/danh-sach-ky"), tmp_path)
    assert "Đặng Thị Giấy" in text
    assert f"lớp {code}" in text
    assert "24/11/2026" in text


def test_the_poster_has_the_address_that_a_phone_can_open(server, trainer, class_path, tmp_path):
    text = text_of(trainer.see(f"{class_path}/ap-phich"), tmp_path)
    assert server.url in text
    assert "Nhà văn hóa Giấy" in text


def test_before_printing_cards_a_trainer_is_told_which_network_they_are_for(
    server, trainer, class_path, visitor
):
    learner = visitor()
    code = trainer.see(class_path).text.split('class="class-code">')[1][:6]
    learner.see(f"/lop/{code}")
    learner.register("Đặng Thị Thẻ Mạng", lop=code)
    here = trainer.see(f"{class_path}/the").text
    assert "hocso serve --lan" in here and "điện thoại không mở được" in here
    cookies = "; ".join(f"{one.name}={one.value}" for one in trainer.cookies)
    in_the_hall = {"Host": "192.168.4.1:8866", "Cookie": cookies}
    hall = visitor().see(f"{class_path}/the", headers=in_the_hall).text
    assert "192.168.4.1:8866</strong>. Máy sang mạng khác" in hall and "--lan" not in hall


def test_where_the_address_is_no_more_that_of_the_last_cards_a_trainer_is_told(
    server, trainer, class_path, visitor
):
    code = trainer.see(class_path).text.split('class="class-code">')[1][:6]
    visitor().register("Đặng Thị Thẻ Cũ", lop=code)
    cookies = "; ".join(f"{one.name}={one.value}" for one in trainer.cookies)
    then, now = ({"Host": f"192.168.{net}.9:8866", "Cookie": cookies} for net in (4, 7))
    pages = ("/giang-vien", class_path, f"{class_path}/the")

    def said(headers):
        return [
            "quét các thẻ đó không mở được" in visitor().see(page, headers=headers).text for page in pages
        ]

    assert said(now) == [False] * 3
    form = visitor().see(f"{class_path}/the", headers=then).text
    xsrf = re.search(r'name="_xsrf" value="([^"]+)"', form)[1]
    kept = {"Cookie": f"{cookies}; _xsrf={xsrf}"} if "_xsrf=" not in cookies else {}
    printed = visitor().post(f"{server.url}{class_path}/the", data={"_xsrf": xsrf}, headers=then | kept)
    assert printed.content.startswith(b"%PDF")
    assert said(then) == [False] * 3
    assert said(now) == [True] * 3
    note = visitor().see("/giang-vien", headers=now).text
    assert "dẫn về http://192.168.4.9:8866, mà nay máy ở <strong>http://192.168.7.9:8866</strong>" in note


@pytest.mark.parametrize("paper", ["danh-sach-ky", "ap-phich"])
def test_another_trainer_prints_nothing_of_this_class(class_path, visitor, paper):
    other = visitor()
    other.sign_in_to_account(OTHER_TRAINER)
    assert other.see(f"{class_path}/{paper}").status_code == 404
    assert b"%PDF" not in visitor().see(f"{class_path}/{paper}").content


def test_a_card_opens_its_owners_pin_page_and_signs_nobody_in(server, trainer, class_path, visitor, tmp_path):
    code = trainer.see(class_path).text.split('class="class-code">')[1][:6]
    learner_id = visitor().register("Võ Thị Thẻ", lop=code)
    with server.database().session() as session:
        learners.get(session, learner_id).pin_hash = ""
    text = text_of(trainer.submit(f"{class_path}/the"), tmp_path)
    pin = re.search(r"PIN: (\d{4})", text)[1]
    subprocess.run(["pdftoppm", "-r", "100", "-png", tmp_path / "page.pdf", tmp_path / "page"], check=True)
    picture = (plt.imread(next(tmp_path.glob("page-*.png")))[:, :, :3] * 255).astype("uint8")
    (card,) = [one.text for one in zxingcpp.read_barcodes(picture)]
    phone = visitor()
    page = phone.see(card.removeprefix(server.url))
    assert "Chào Võ Thị Thẻ" in page.text
    assert "Đang học:" not in phone.see("/").text
    token = re.search(r'name="the" value="([^"]+)"', page.text)[1]
    class_id = class_path.rpartition("/")[2]
    with server.database().session() as session:
        classes.take_out(session, class_id, learner_id)
    phone.submit(f"/vao-hoc/pin/{learner_id}", {"pin": pin, "lop": code, "the": token})
    assert "Võ Thị Thẻ" in phone.see("/").text
    with server.database().session(readonly=True) as session:
        assert session.get(Attendance, (class_id, learner_id)).how == "card"
    assert phone.see(f"/the/{token[:-1]}").status_code == 404
    assert re.search(r"PIN: (\d{4})", text_of(trainer.submit(f"{class_path}/the"), tmp_path))[1] != pin


def test_printing_keeps_a_learners_own_pin(trainer, class_path, visitor, tmp_path):
    code = trainer.see(class_path).text.split('class="class-code">')[1][:6]
    learner_id = visitor().register("Ngô Thị Riêng", pin="2468", lop=code)
    assert "PIN của bà con" in text_of(trainer.submit(f"{class_path}/the"), tmp_path)
    phone = visitor()
    phone.submit(f"/vao-hoc/pin/{learner_id}", {"pin": "2468"})
    assert "Ngô Thị Riêng" in phone.see("/").text
