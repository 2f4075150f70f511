"""The whole path: a resident registers, learns, fails the quiz, passes it; trainer and staff see it."""

import io
import re

import openpyxl
from playwright.sync_api import expect

from tests.conftest import KIT, STAFF, TRAINER
from tests.e2e import robot
from tests.e2e.conftest import PROJECTOR

LESSON = "ky-nang-so/mat-khau-va-otp"
NAME = "Nguyễn Thị Kiểm Thử"


def test_from_registration_to_the_staffs_workbook(server, open_page):
    lesson = robot.run_notebook(KIT / "lessons/ky-nang-so/04-mat-khau-va-otp.ipynb")
    quiz = robot.run_notebook(KIT / "quizzes/source/ky-nang-so-04/ky-nang-so-04.ipynb")
    key = robot.quiz_key(quiz)

    trainer = open_page(PROJECTOR)
    code = open_class(trainer)

    phone = open_page()
    register_in_class(phone, code)
    phone.goto(f"/hoc/{LESSON}")
    assert "Học thử" not in phone.content()
    for exercise in lesson["exercises"].values():
        place = robot.do_exercise(phone, exercise)
        expect(place.locator(".hs-saved")).to_have_attribute("data-saved", "saved", timeout=robot.SLOW)

    take_and_expect(phone, quiz["quiz"], {next(iter(key)): key[next(iter(key))]}, "Chưa đạt, mời làm lại")
    phone.get_by_role("link", name="Làm lại bài kiểm tra").click()
    robot.take_quiz(phone, quiz["quiz"], key)
    expect(phone.locator("h1")).to_have_text("✓ Đạt", timeout=robot.SLOW)
    assert phone.locator(".marks > li").count() == len(key)
    assert phone.locator(".marks > li.right").count() == len(key)

    phone.goto("/")
    expect(phone.get_by_text("✓ Đã hoàn thành")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360

    row = trainer.locator("#bang tr").filter(has_text=NAME)
    expect(row).to_contain_text("✓ Hoàn thành", timeout=15_000)
    expect(row).to_contain_text("100%")

    workbook = download_workbook(open_page(PROJECTOR))
    people = rows_of(workbook.worksheets[0])
    mine = [one for one in people if one["Họ và tên"] == NAME]
    assert len(mine) == 1
    assert mine[0]["Ấp"] == "Ấp Thử 1"
    assert mine[0]["Bài học"] == "Mật khẩu mạnh và mã OTP"
    assert mine[0]["Bài tập đã xong"] == mine[0]["Bài tập bắt buộc"] == len(lesson["exercises"])
    assert mine[0]["Điểm cao nhất (%)"] == 100
    assert mine[0]["Hoàn thành"] == "Có"
    assert mine[0]["Hoàn thành lúc"].year >= 2026

    export = ("export", "completions", "--format", "csv", "--out", str(server.data / "x.csv"))
    assert "Đã ghi" in server.hocso(*export)
    assert NAME not in (server.data / "x.csv").read_text(encoding="utf-8-sig")
    server.hocso(*export, "--names")
    assert NAME in (server.data / "x.csv").read_text(encoding="utf-8-sig")


def open_class(page) -> str:
    page.goto("/dang-nhap")
    page.get_by_label("Tên đăng nhập").fill(TRAINER[0])
    page.get_by_label("Mật khẩu").fill(TRAINER[1])
    page.get_by_role("button", name="Đăng nhập").click()
    page.get_by_label("Địa điểm").fill("Nhà văn hóa ấp Thử 1")
    page.locator(f'input[value="{LESSON}"]').check()
    page.get_by_role("button", name="Mở lớp").click()
    expect(page.locator(".qr-box svg")).to_be_visible()
    return page.locator(".class-code").inner_text()


def register_in_class(page, code: str) -> None:
    page.goto("/vao-hoc")
    page.get_by_label("Mã lớp").fill(code.lower())
    page.get_by_role("button", name="Vào lớp").click()
    page.get_by_label("Gõ tên").fill("kiem thu")
    page.get_by_role("button", name="Tìm").click()
    page.get_by_role("link", name="Ghi tên lần đầu").click()
    page.get_by_label("Họ và tên").fill(NAME)
    page.get_by_label("Năm sinh").fill("1961")
    page.get_by_label("Ấp", exact=True).select_option("Ấp Thử 1")
    page.get_by_label("Người dân").check()
    page.get_by_label("Chọn mã PIN").fill("2580")
    page.get_by_label("Gõ lại mã PIN").fill("2580")
    page.get_by_label("Tôi đã đọc và đồng ý").check()
    page.get_by_role("button", name="Ghi tên và vào học").click()
    expect(page.get_by_text(f"Đang học: {NAME}")).to_be_visible()


def take_and_expect(page, quiz, answers, heading):
    for _ in range(40):
        button = page.get_by_role("link", name="Làm bài kiểm tra")
        if button.is_visible():
            break
        page.locator("#buoc-sau").click()
    button.click()
    robot.take_quiz(page, quiz, answers)
    expect(page.locator("h1")).to_have_text(heading, timeout=robot.SLOW)
    see_again = page.locator(".marks > li.wrong a").first
    assert re.fullmatch(rf"/hoc/{LESSON}#[a-z0-9-]+", see_again.get_attribute("href"))


def download_workbook(page) -> openpyxl.Workbook:
    page.goto("/dang-nhap?tiep=/can-bo")
    page.get_by_label("Tên đăng nhập").fill(STAFF[0])
    page.get_by_label("Mật khẩu").fill(STAFF[1])
    page.get_by_role("button", name="Đăng nhập").click()
    page.get_by_label("Kèm họ tên, năm sinh").check()
    with page.expect_download() as download:
        page.get_by_role("button", name="Tải tệp Excel").click()
    return openpyxl.load_workbook(io.BytesIO(download.value.path().read_bytes()))


def rows_of(sheet) -> list[dict]:
    """The rows below the header row, the one that begins with the learner's code."""
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    header = next(index for index, row in enumerate(rows) if row[0] == "Mã người học")
    return [dict(zip(rows[header], row, strict=True)) for row in rows[header + 1 :]]
