"""Everybody can use it: axe finds nothing serious, it fits 360 px and 200 % zoom, fingers hit the buttons."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from hocso.records import learners
from tests.conftest import STAFF, TRAINER, Visitor
from tests.e2e import robot
from tests.e2e.conftest import PHONE, PROJECTOR, sign_in

LESSONS = ("ky-nang-so/mat-khau-va-otp", "nghi-quyet-57/muc-tieu-2030")


def serious(page: Page) -> list[str]:
    """Serious and critical violations: rule, help and the elements."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {one['help']}: {[node['html'][:120] for node in one['nodes']]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


def small_targets(page: Page) -> list[str]:
    """Visible links, buttons and fields less than 44 px high or wide; links in running text aside."""
    return page.evaluate(
        """() => [...document.querySelectorAll("a, button, input, select, summary")]
            .filter((one) => one.checkVisibility() && !one.closest("p, li, .sample") && one.type !== "hidden")
            .map((one) => one.matches("input[type=radio], input[type=checkbox]") ? one.closest("label") : one)
            .filter((one) => one && !one.classList.contains("skip"))
            .filter((one) => {
                const box = one.getBoundingClientRect();
                return box.width > 0 && (box.height < 43.5 || box.width < 43.5);
            })
            .map((one) => `${one.outerHTML.slice(0, 100)} ${one.getBoundingClientRect().height}`)"""
    )


def assert_usable(page: Page) -> None:
    assert serious(page) == []
    assert small_targets(page) == []
    width = page.viewport_size["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.set_viewport_size({"width": width // 2, "height": 400})  # what 200 % zoom leaves
    assert page.evaluate("document.documentElement.scrollWidth") <= max(width // 2, 200)
    page.set_viewport_size({"width": width, "height": 740})


@pytest.fixture
def signed_in(server, open_page):
    """A page of somebody who is signed in: a new learner, or an account."""

    def make(account=None, viewport=PHONE, name="Người Dùng Thử"):
        one, page = Visitor(server), open_page(viewport)
        if account:
            one.sign_in_to_account(account)
        else:
            one.register(name)
        sign_in(page, one)
        return page

    return make


@pytest.mark.parametrize(
    "path", ["/", "/vao-hoc", "/vao-hoc/ten", "/vao-hoc/ghi-ten", "/dang-nhap", "/khong-co", "/hoc/khong/co"]
)
def test_pages_on_the_way_in(open_page, path):
    page = open_page()
    page.goto(path)
    assert_usable(page)


def test_pin_page_with_an_error(server, open_page):
    Visitor(server).register("Người Gõ Sai")
    page = open_page()
    page.goto("/vao-hoc/ten")
    page.get_by_label("Gõ tên").fill("go sai")
    page.get_by_role("button", name="Tìm").click()
    assert_usable(page)
    page.get_by_role("link", name="Người Gõ Sai").click()
    page.get_by_label("Mời nhập mã PIN").fill("0000")
    page.get_by_role("button", name="Vào học").click()
    assert page.get_by_role("alert").is_visible()
    assert_usable(page)


@pytest.mark.parametrize("lesson_id", LESSONS)
def test_every_step_of_a_lesson(server, signed_in, lesson_id):
    page = signed_in(name=f"Người Học {lesson_id.translate(str.maketrans('0123456789-/', 'abcdefghij  '))}")
    page.goto(f"/hoc/{lesson_id}")
    page.locator(".hs-card").first.wait_for(state="attached", timeout=robot.SLOW)
    robot.wait_until(
        page, "document.querySelectorAll('.output').length === document.querySelectorAll('.hs-card').length"
    )
    lesson = server.catalogue.lesson(lesson_id)
    for number, _ in enumerate(lesson.steps, start=1):
        assert f"Bước {number}/{len(lesson.steps)}" in page.locator("#buoc-may").inner_text()
        assert_usable(page)
        if number < len(lesson.steps):
            page.locator("#buoc-sau").click()


def test_an_exercise_answered_wrongly_and_rightly(server, open_page):
    exercises = robot.run_notebook(server.catalogue.lesson(LESSONS[0]).path)["exercises"]
    page = open_page()
    page.goto(f"/hoc/{LESSONS[0]}")
    for exercise in exercises.values():
        robot.do_exercise(page, exercise, robot.wrong_response(exercise))
        assert serious(page) == []
        robot.do_exercise(page, exercise)
        assert serious(page) == []


@pytest.mark.parametrize("lesson_id", LESSONS)
def test_the_quiz_and_its_result(server, signed_in, lesson_id):
    page = signed_in(name=f"Người Thi {lesson_id.translate(str.maketrans('0123456789-/', 'abcdefghij  '))}")
    page.goto(f"/kiem-tra/{lesson_id}")
    page.locator(".hs-submit").wait_for(timeout=robot.SLOW)
    assert_usable(page)
    page.locator(".hs-submit").click()
    assert serious(page) == []
    page.locator(".hs-confirm-submit").click()
    page.wait_for_url("**/ket-qua/**")
    page.locator(".verdict").wait_for(timeout=robot.SLOW)
    assert_usable(page)


def test_the_home_page_of_a_learner_who_has_begun(signed_in):
    page = signed_in(name="Người Đã Học")
    page.goto("/")
    assert_usable(page)


@pytest.mark.parametrize("viewport", [PHONE, PROJECTOR], ids=["phone", "projector"])
def test_the_trainers_pages(signed_in, viewport):
    page = signed_in(TRAINER, viewport)
    page.goto("/giang-vien")
    assert_usable(page)
    page.get_by_label("Địa điểm").fill("Nhà văn hóa")
    page.locator(f'input[value="{LESSONS[0]}"]').check()
    page.get_by_role("button", name="Mở lớp").click()
    page.locator(".qr-box").wait_for()
    assert_usable(page)
    page.get_by_role("link", name="Chiếu mã lớp").click()
    assert_usable(page)
    page.goto("/giang-vien/nguoi-hoc")
    page.get_by_label("Tên người học").fill("nguoi")
    page.get_by_role("button", name="Tìm").click()
    assert_usable(page)


@pytest.mark.parametrize("viewport", [PHONE, PROJECTOR], ids=["phone", "desk"])
def test_a_classs_pages_of_attendance_and_of_quizzes_on_paper(server, signed_in, viewport):
    one = Visitor(server)
    one.sign_in_to_account(TRAINER)
    form = {"place": "Nhà văn hóa Dễ Dùng", "date": "2026-11-24", "lesson": LESSONS[0], "viec": "ke-hoach"}
    path = one.submit("/giang-vien", form).url.removeprefix(server.url)
    page = signed_in(TRAINER, viewport)
    for planned in (path, f"{path}/sua"):
        page.goto(planned)
        assert_usable(page)
    one.submit(f"{path}/bat-dau")
    new = {
        "full_name": "Người Trên Giấy",
        "birth_year": "1960",
        "hamlet_id": "ap-thu-1",
        "group": "nguoi-dan",
    }
    new["full_name"] += " Nhỏ" if viewport == PHONE else " Lớn"
    one.submit(f"{path}/diem-danh/ghi-ten", new | {"consent": "yes"})
    one.submit(f"{path}/bai-giay/in", {"bai": "ky-nang-so-04", "so-to": "1"})
    for at in (f"{path}/diem-danh", f"{path}/diem-danh/ghi-ten", f"{path}/bai-giay"):
        page.goto(at)
        assert_usable(page)
    code = re.search(r"bai-giay/(\w{8})", page.content())[1]

    page.keyboard.type(code)  # no mouse from here on
    page.keyboard.press("Enter")
    page.get_by_role("heading", name=f"Nhập tờ {code}").wait_for()
    assert_usable(page)
    page.keyboard.type("tren giay")
    page.keyboard.press("Tab")
    page.keyboard.type("z")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    assert_usable(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Delete")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name=f"Xem lại tờ {code}").wait_for()
    assert_usable(page)
    page.keyboard.press("Enter")
    page.get_by_text(f"Đã ghi tờ {code}").wait_for()
    assert_usable(page)


def test_the_pages_of_ones_own_pin(server, open_page):
    one = Visitor(server)
    learner_id = one.register("Người Tự Đặt Mã")
    with server.database().session() as session:
        pin = learners.reset_pin(session, learner_id)
    one.submit(f"/vao-hoc/pin/{learner_id}", {"pin": pin})
    page = open_page()
    sign_in(page, one)
    for path in ("/vao-hoc/ma-rieng", "/vao-hoc/doi-pin"):
        page.goto(path)
        assert_usable(page)


@pytest.mark.parametrize("viewport", [PHONE, PROJECTOR], ids=["phone", "desk"])
def test_the_staffs_page(signed_in, viewport):
    page = signed_in(STAFF, viewport)
    page.goto("/can-bo")
    assert_usable(page)


@pytest.mark.parametrize("viewport", [PHONE, PROJECTOR], ids=["phone", "desk"])
def test_the_staffs_pages_of_indicators_and_registers(server, signed_in, viewport):
    one = Visitor(server)
    one.sign_in_to_account(STAFF)
    business = {"name": "Vườn Mẫu", "kind": "trang-trai", "hamlet_id": "ap-thu-1", "since": "2020-01-01"}
    one.submit("/can-bo/so/co-so/them", business)
    figure = {"hamlet_id": "ap-thu-1", "group": "can-bo", "year": "2026", "count": "4", "source": "QĐ 1"}
    one.submit("/can-bo/so/dan-so/them", figure)
    learner_id = Visitor(server).register("Người Ở Sau" if viewport == PHONE else "Người Đằng Sau")
    page = signed_in(STAFF, viewport)
    for path in (
        "/can-bo/chi-tieu",
        "/can-bo/chi-tieu?chia=hamlet",
        "/can-bo/chi-tieu/B2",
        "/can-bo/chi-tieu/K3",
        f"/can-bo/chi-tieu/K1/{learner_id}",
        "/can-bo/chi-tieu/kenh/loa",
        "/can-bo/so",
        "/can-bo/so/co-so",
        "/can-bo/so/hoat-dong/them",
        "/can-bo/so/co-so/nhap",
        "/can-bo/so/ngay-nghi/nam?nam=2032",
        "/can-bo/dan-so",
    ):
        page.goto(path)
        assert_usable(page)
    page.goto("/can-bo/chi-tieu/B2")
    page.get_by_role("link", name="Vườn Mẫu").click()
    assert_usable(page)
    page.goto("/can-bo/so/co-so")
    page.get_by_role("link", name="Bỏ", exact=True).click()
    assert_usable(page)


@pytest.mark.parametrize("viewport", [PHONE, PROJECTOR], ids=["phone", "desk"])
def test_the_staffs_calendar_and_pages_of_people(server, signed_in, viewport):
    name = "Người Được Xem" if viewport == PHONE else "Người Được Nhìn"
    learner_id = Visitor(server).register(name)
    page = signed_in(STAFF, viewport)
    for path in (
        "/can-bo/lich",
        "/can-bo/so/lich/them",
        "/can-bo/chung-nhan",
        "/can-bo/nguoi-hoc",
        f"/can-bo/nguoi-hoc/{learner_id}",
        "/can-bo/truyen-thong",
        "/xac-nhan",
    ):
        page.goto(path)
        assert_usable(page)


def test_a_lesson_is_walked_through_by_keyboard_alone(server, open_page):
    exercises = robot.run_notebook(server.catalogue.lesson(LESSONS[0]).path)["exercises"]
    exercise = next(iter(exercises.values()))
    right, _ = robot.key_of(exercise)
    page = open_page()
    page.goto(f"/hoc/{LESSONS[0]}")
    card = robot.card(page, exercise.exercise_id)
    card.wait_for(timeout=robot.SLOW)

    def tab_until(matches, most=60):
        for _ in range(most):
            page.keyboard.press("Tab")
            if page.evaluate(f"(() => {{ const one = document.activeElement; return {matches} }})()"):
                return
        raise AssertionError(f"the keyboard never reached {matches}")

    tab_until("one.type === 'radio'")
    for _ in range(10):
        if page.evaluate("document.activeElement.closest('label').innerText").startswith(right):
            break
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    tab_until("one.classList.contains('hs-check')")
    page.keyboard.press("Enter")
    card.locator(".hs-feedback-title", has_text="Đúng rồi").wait_for(timeout=robot.SLOW)
    tab_until("one.id === 'buoc-sau'")
    page.keyboard.press("Enter")
    assert re.match("Bước 2/", page.locator("#buoc-may").inner_text())
