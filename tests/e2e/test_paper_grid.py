"""A trainer types quizzes on paper into the grid, by keyboard alone, on a laptop and on a phone."""

import pytest
from playwright.sync_api import expect

from tests.conftest import TRAINER, Visitor
from tests.e2e.conftest import PHONE, PROJECTOR, sign_in
from tests.e2e.test_accessibility import assert_usable

QUIZ = "ky-nang-so-04"
CODES = "document.querySelectorAll('.paper-grid tbody th')"


@pytest.fixture(params=[PHONE, PROJECTOR], ids=["phone", "desk"])
def viewport(request):
    return request.param


@pytest.fixture
def class_path(server, viewport):
    """A class with three people in it and three copies printed."""
    one = Visitor(server)
    one.sign_in_to_account(TRAINER)
    form = {"place": "Nhà văn hóa Bảng", "date": "2026-11-24", "lesson": "ky-nang-so/mat-khau-va-otp"}
    path = one.submit("/giang-vien", form).url.removeprefix(server.url)
    code = one.see(path).text.split('class="class-code">')[1][:6]
    for name in ("Hà Thị Bảng Lớn", "Hà Thị Bảng Nhỏ", "Hà Thị Bảng Vừa"):
        Visitor(server).register(f"{name} {'Máy' if viewport == PHONE else 'Bàn'}", lop=code)
    one.submit(f"{path}/bai-giay/in", {"bai": QUIZ, "so-to": "3"})
    return path


def focused(page) -> str:
    return page.evaluate("document.activeElement.id")


def test_copies_are_typed_in_without_a_mouse_and_a_wrong_cell_is_named(
    server, open_page, class_path, viewport
):
    one, page = Visitor(server), open_page(viewport)
    one.sign_in_to_account(TRAINER)
    sign_in(page, one)
    page.goto(f"{class_path}/bai-giay")
    page.get_by_role("link", name="Nhập nhiều tờ một lúc").click()
    first, second, third = page.evaluate(f"[...{CODES}].map((one) => one.textContent)")
    assert_usable(page)
    assert focused(page) == f"{first}.ten"
    page.keyboard.type("bang lon")
    page.keyboard.press("Enter")
    answers = page.locator(f"input[id^='{first}.']").evaluate_all("(all) => all.map((one) => one.id)")[1:]
    assert focused(page) == answers[0]
    page.keyboard.press("Tab")
    assert focused(page) == answers[1]
    number = answers[1].partition(".")[2]
    below = [f"{code}.{number}" for code in (second, third)]
    there = [
        cell for cell in below if page.locator(f"[id='{cell}']").count()
    ]  # not where it is on screens only
    page.keyboard.press("ArrowDown")
    assert focused(page) == there[0]
    page.keyboard.press("ArrowUp")
    assert focused(page) == answers[1]
    page.keyboard.press("Enter")
    assert focused(page) == f"{second}.ten"
    page.keyboard.type("bang nho")
    page.keyboard.press("Enter")
    page.keyboard.type("zz")
    for _ in range(3):  # to the third copy, to its first answer, to the button
        page.keyboard.press("Enter")
    assert focused(page) == "xem-lai"
    page.keyboard.press("Enter")

    alert = page.get_by_role("alert")
    expect(alert).to_contain_text(f"Tờ {second}, câu ")
    assert_usable(page)
    alert.get_by_role("link").first.focus()
    page.keyboard.press("Enter")
    wrong = page.locator("input[aria-invalid=true]")
    expect(wrong).to_be_focused()
    described = page.locator(f"[id='{wrong.get_attribute('aria-describedby')}']")
    expect(described).not_to_be_empty()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.get_by_role("button", name="Xem lại").press("Enter")
    expect(page.get_by_role("heading", name="Xem lại 2 tờ")).to_be_visible()
    page.get_by_text(f"Tờ {first}:").click()
    assert_usable(page)
    page.get_by_role("button", name="Ghi cả 2 tờ").press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("Đã ghi 2 tờ.")
    expect(page.locator(f"a[href$='/{third}']")).to_have_count(1)
