"""A tablet that goes from hand to hand: one tap, and nothing of the last learner is left on it."""

import re

import pytest
from playwright.sync_api import expect

from tests.conftest import TRAINER, Visitor
from tests.e2e import robot
from tests.e2e.conftest import sign_in

LESSON = "ky-nang-so/mat-khau-va-otp"
PLACE = "Nhà văn hóa Dùng Chung"


@pytest.fixture
def code(server):
    trainer = Visitor(server)
    trainer.sign_in_to_account(TRAINER)
    page = trainer.submit("/giang-vien", {"place": PLACE, "date": "2026-11-24", "lesson": LESSON})
    return re.search(r'class="class-code">(\w{6})', page.text)[1]


@pytest.fixture
def tablet(server, open_page, code):
    """A page in which somebody of the class is in a lesson: tablet("Name")."""

    def make(name):
        one, page = Visitor(server), open_page()
        one.register(name, lop=code)
        sign_in(page, one)
        page.goto(f"/hoc/{LESSON}")
        expect(page.locator("body[data-kernel=connected]")).to_have_count(1, timeout=robot.SLOW)
        return page

    return make


def test_one_tap_keeps_the_class_and_forgets_the_learner(server, visitor, tablet, code):
    visitor().register("Bạch Thị Kế Tiếp")
    page = tablet("Bạch Thị Người Trước")
    exercise = next(iter(robot.run_notebook(server.catalogue.lesson(LESSON).path)["exercises"].values()))
    place = robot.go_to(page, exercise.exercise_id)
    right, words = robot.key_of(exercise)
    robot.fill_in(place, exercise.kind, right, words)
    assert page.evaluate("sessionStorage.length") > 0
    page.evaluate("localStorage.setItem('thu', '1')")
    kernel = page.evaluate("document.body.dataset.kernelId")
    mine = page.context.cookies()

    page.get_by_role("button", name="Đổi người học").click()
    expect(page.get_by_role("heading", name="Tìm tên của bà con")).to_be_visible()
    expect(page.get_by_text(f"Lớp {code} · {PLACE}")).to_be_visible()
    page.wait_for_load_state("load")
    assert page.evaluate("sessionStorage.length + localStorage.length") == 0
    assert "Người Trước" not in page.content()
    assert page.request.get(f"/api/kernels/{kernel}").status == 403
    page.context.add_cookies(mine)  # even who kept the last learner's cookie finds the kernel ended
    assert page.request.get(f"/api/kernels/{kernel}").status in (403, 404)
    page.context.clear_cookies()

    page.reload()
    page.get_by_label("Gõ tên").fill("ke tiep")
    page.get_by_role("button", name="Tìm").click()
    page.get_by_role("link", name="Bạch Thị Kế Tiếp").click()
    page.get_by_label("Mời nhập mã PIN").fill("1357")
    page.get_by_role("button", name="Vào học").click()
    expect(page.get_by_text("Đang học: Bạch Thị Kế Tiếp")).to_be_visible()


@pytest.mark.parametrize("where", ["lesson", "home"])
def test_the_back_button_shows_nothing_of_the_last_learner(server, tablet, where):
    page = tablet(f"Doãn Thị Quay Lui {where}".replace("lesson", "Bài").replace("home", "Nhà"))
    if where == "home":
        page.goto("/")
        expect(page.get_by_text("Đang học: Doãn Thị Quay Lui")).to_be_visible()
    page.get_by_role("button", name="Đổi người học").click()
    expect(page.get_by_role("heading", name="Tìm tên của bà con")).to_be_visible()
    page.go_back()
    page.wait_for_load_state("load")
    assert "Quay Lui" not in page.content()
    expect(page.get_by_text("Đang học:")).to_have_count(0)


def test_a_page_from_the_browsers_memory_is_asked_for_again(tablet):
    page = tablet("Doãn Thị Bộ Nhớ")
    page.goto("/")
    with page.expect_navigation():
        page.evaluate("window.dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    expect(page.get_by_text("Đang học: Doãn Thị Bộ Nhớ")).to_be_visible()


def test_another_tab_forgets_the_learner_too(tablet):
    page = tablet("Doãn Thị Hai Trang")
    other = page.context.new_page()
    other.goto("/")
    expect(other.get_by_text("Đang học: Doãn Thị Hai Trang")).to_be_visible()
    page.get_by_role("button", name="Đổi người học").click()
    expect(page.get_by_role("heading", name="Tìm tên của bà con")).to_be_visible()
    expect(other.get_by_text("Đang học:")).to_have_count(0)
    assert "Hai Trang" not in other.content()


def test_after_the_class_or_in_free_study_one_starts_at_the_entrance(server, open_page):
    one, page = Visitor(server), open_page()
    one.register("Doãn Văn Tự Học")
    sign_in(page, one)
    page.goto("/")
    page.get_by_role("button", name="Đổi người học").click()
    expect(page.get_by_role("heading", name="Đã ra khỏi lớp")).to_be_visible()
    page.get_by_role("link", name="Người khác vào học").click()
    expect(page.get_by_label("Mã lớp")).to_be_visible()
