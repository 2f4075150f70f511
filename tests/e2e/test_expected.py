"""From a roster to somebody in the class: a planned class, its cards, and a card as the way in."""

import re
import subprocess

import matplotlib.pyplot as plt
import openpyxl
import pytest
import zxingcpp
from playwright.sync_api import expect

from hocso.records import Attendance, learners
from hocso.records.clock import today
from tests.conftest import STAFF, TRAINER, Visitor
from tests.e2e.conftest import sign_in
from tests.e2e.test_accessibility import assert_usable

LESSON = "ky-nang-so/mat-khau-va-otp"
NAMES = ["Quách Thị Thẻ Mời", "Quách Văn Thẻ Mời", "Quách Thị Ở Nhà"]


@pytest.fixture
def roster(tmp_path):
    book = openpyxl.Workbook()
    for row in (["Họ và tên", "Năm sinh", "Ấp"], *([name, 1955, "Ấp Thử 1"] for name in NAMES)):
        book.active.append(row)
    file = tmp_path / "Mời dự lớp.xlsx"
    book.save(file)
    return file


def cards_in(pdf, folder):
    """[(text of the page), (addresses in QR codes)] of cards, as other programs read them."""
    (folder / "the.pdf").write_bytes(pdf)
    command = ["pdftotext", "-layout", folder / "the.pdf", "-"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    subprocess.run(["pdftoppm", "-r", "100", "-png", folder / "the.pdf", folder / "the"], check=True)
    picture = (plt.imread(next(folder.glob("the-*.png")))[:, :, :3] * 255).astype("uint8")
    return text, [code.text for code in zxingcpp.read_barcodes(picture)]


def test_a_card_from_a_roster_is_the_way_into_the_class(server, open_page, roster, tmp_path):
    trainer, page = Visitor(server), open_page()
    trainer.sign_in_to_account(TRAINER)
    sign_in(page, trainer)
    form = {"place": "Nhà văn hóa Thẻ Mời", "date": today().isoformat(), "lesson": LESSON}
    path = trainer.submit("/giang-vien", form | {"viec": "ke-hoach"}).url.removeprefix(server.url)
    class_id = path.rpartition("/")[2]

    page.goto(path)
    page.get_by_role("link", name="Danh sách dự kiến").click()
    assert_usable(page)
    page.get_by_text("Thêm cả danh sách từ tệp").click()
    page.get_by_role("link", name="Nhập tệp mới cho lớp này").click()
    page.get_by_label("Tệp danh sách").set_input_files(roster)
    page.get_by_role("button", name="Xem trước").click()
    assert_usable(page)
    page.get_by_role("button", name="Nhập 3 người, đưa 3 người vào lớp").click()
    assert_usable(page)
    page.get_by_role("link", name="Mở danh sách của lớp").click()
    expect(page.get_by_role("heading", name="Có tên: 3 người")).to_be_visible()
    assert_usable(page)
    page.goto(f"{path}/diem-danh")
    assert_usable(page)

    text, addresses = cards_in(trainer.submit(f"{path}/the").content, tmp_path)
    pins = dict(zip(sorted(NAMES, key=learners.fold), re.findall(r"PIN: (\d{4})", text), strict=True))
    assert len(addresses) == 3
    trainer.submit(f"{path}/bat-dau")

    phone = open_page()
    phone.goto(addresses[0].removeprefix(server.url))
    name = phone.get_by_role("heading", level=1).inner_text().removeprefix("Chào ")
    assert_usable(phone)
    phone.get_by_label("Mời nhập mã PIN").fill(pins[name])
    phone.get_by_role("button", name="Vào học").click()
    phone.get_by_role("button", name="Tôi đồng ý").click()
    expect(phone.get_by_text(f"Đang học: {name}")).to_be_visible()
    with server.database().session(readonly=True) as session:
        rows = session.query(Attendance).filter_by(class_session_id=class_id).all()
    assert [row.how for row in rows] == ["card"]

    page.goto(f"{path}/diem-danh")
    expect(page.get_by_role("heading", name="Danh sách lớp: 1 có mặt, 2 chưa đến")).to_be_visible()
    expect(page.get_by_role("row", name=name)).to_contain_text("✓ có mặt")
    assert_usable(page)
    page.goto(path)
    page.get_by_text("Ai chưa đến").click()
    assert_usable(page)
    trainer.submit(f"{path}/ket-thuc")
    phone.goto(addresses[1].removeprefix(server.url))
    expect(phone.get_by_role("status")).to_contain_text("đã kết thúc")
    assert_usable(phone)


def test_staff_find_a_class_and_take_somebody_off_its_list(server, open_page):
    staff, trainer, page = Visitor(server), Visitor(server), open_page()
    staff.sign_in_to_account(STAFF)
    trainer.sign_in_to_account(TRAINER)
    sign_in(page, staff)
    form = {"place": "Nhà văn hóa Cán Bộ Ghi", "date": today().isoformat(), "lesson": LESSON}
    trainer.submit("/giang-vien", form | {"viec": "ke-hoach"})
    Visitor(server).register("Quan Thị Được Mời")
    page.goto("/can-bo")
    page.get_by_role("link", name="Danh sách các lớp").click()
    assert_usable(page)
    page.get_by_role("link", name="Nhà văn hóa Cán Bộ Ghi").click()
    page.get_by_label("Tìm tên").fill("quan thi duoc")
    page.get_by_role("button", name="Tìm", exact=True).click()
    page.get_by_label("Quan Thị Được Mời").check()
    assert_usable(page)
    page.get_by_role("button", name="Thêm vào danh sách").click()
    page.get_by_role("button", name="Bỏ Quan Thị Được Mời khỏi danh sách").click()
    expect(page.get_by_role("heading", name="Có tên: 0 người")).to_be_visible()
    assert_usable(page)
    page.get_by_role("button", name="Đưa Quan Thị Được Mời lại vào danh sách").click()
    expect(page.get_by_role("heading", name="Có tên: 1 người")).to_be_visible()
