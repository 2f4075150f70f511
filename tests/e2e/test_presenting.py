"""The presenting view in a browser at the size of a projector: keys, an exercise, notes beside, and room."""

import re

import pytest
from playwright.sync_api import expect

from tests.conftest import TRAINER, Visitor
from tests.e2e import robot
from tests.e2e.conftest import PROJECTOR
from tests.e2e.test_accessibility import serious, small_targets

LESSON = "ky-nang-so/mat-khau-va-otp"
SMALLEST = 28

# Walks the whole lesson with «Tiếp»: what is wrong with any screen, and the steps that were seen.
WALK = """(smallest) => {
  const stage = document.getElementById("noi-dung"), wrong = [], seen = new Set();
  const scale = stage.getBoundingClientRect().width / stage.offsetWidth;
  const forward = document.getElementById("buoc-sau");
  for (let i = 0; i < 200; i++) {
    const step = document.querySelector("section.step:not([hidden])");
    const part = [...step.children].find((one) => one.checkVisibility());
    seen.add(step.id);
    const say = (text) => wrong.push(`${step.id}: ${text}`);
    if (stage.scrollWidth > stage.clientWidth) say("wider than the screen");
    // An exercise may go over two screens, which the same key scrolls.
    const most = part.matches(".text") ? 1 : 1.6;
    if (stage.scrollHeight > most * stage.clientHeight + 1) say("higher than the screen");
    for (const one of part.querySelectorAll("*")) {
      if (!one.checkVisibility() || one.closest(".hs-unseen, svg")) continue;
      const box = one.getBoundingClientRect();
      if (box.width > 1 && box.right > innerWidth + 1) say(`${one.className || one.tagName} over the edge`);
      const words = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
      const size = scale * parseFloat(getComputedStyle(one).fontSize);
      if (words && size < smallest - 0.1) say(`${one.className || one.tagName}: ${size} px`);
    }
    if (forward.disabled) return [wrong, [...seen]];
    forward.click();
  }
  return [["no end"], []];
}"""


@pytest.fixture
def projector(server, open_page):
    """A page of a trainer who is signed in: projector(lesson)."""

    def make(lesson=LESSON):
        one, page = Visitor(server), open_page(PROJECTOR)
        one.sign_in_to_account(TRAINER)
        cookie = next(cookie for cookie in one.cookies if cookie.name == "hocso")
        page.context.add_cookies([{"name": "hocso", "value": cookie.value, "url": server.url}])
        open_lesson(page, lesson)
        return page

    return make


def open_lesson(page, lesson):
    page.goto(f"/giang-vien/trinh-chieu/{lesson}")
    places = page.locator(".output[data-model]").count()
    expect(page.locator(".hs-card")).to_have_count(places, timeout=robot.SLOW)
    robot.wait_until(page, "[...document.images].every((one) => one.naturalWidth)")


def where(page) -> str:
    return page.locator("section.step:not([hidden])").get_attribute("id")


def test_the_keys_lead_through_the_whole_lesson_and_back(server, projector):
    page = projector()
    steps = ["mo-dau", *(step.id for step in server.catalogue.lesson(LESSON).steps)]
    last = page.locator("#buoc-sau")
    seen = [where(page)]
    for key in ("PageDown", "ArrowRight", "Space") * 30:
        if last.is_disabled():
            break
        page.keyboard.press(key)
        if where(page) != seen[-1]:
            seen.append(where(page))
    assert seen == steps
    expect(page.locator("#buoc-may")).to_have_text(f"Bước {len(steps) - 1}/{len(steps) - 1}")
    assert page.locator(".bar progress").evaluate("bar => bar.value / bar.max") == 1
    for key in ("PageUp", "ArrowLeft") * 40:
        page.keyboard.press(key)
    assert where(page) == "mo-dau"
    page.keyboard.press("End")
    assert where(page) == steps[-1]
    page.keyboard.press("Home")
    assert where(page) == steps[0]


def test_the_list_of_steps_the_notes_and_the_keys_that_close_them(projector):
    page = projector()
    note = page.locator(".trainer-note:visible")
    expect(note).to_have_count(0)
    page.keyboard.press("g")
    page.get_by_role("button", name="3. Mật khẩu mạnh: dài, lạ, dễ nhớ").click()
    assert where(page) == "la-gi-2"
    expect(page.locator("#gio-buoc")).to_have_text(re.compile(r"^0:0\d / 2 phút$"))
    expect(page.locator("#gio-bai")).to_have_text(re.compile(r"^Cả bài 0:0\d / 25 phút$"))
    page.keyboard.press("n")
    expect(note).to_contain_text("Mời lớp nghĩ thử bốn từ.")
    page.keyboard.press("PageDown")
    page.keyboard.press("PageDown")
    expect(note).to_contain_text("Ai đang dùng một mật khẩu cho mọi chỗ?")
    page.keyboard.press("Escape")
    expect(note).to_have_count(0)
    page.keyboard.press("f")
    page.wait_for_timeout(300)
    assert page.evaluate("document.fullscreenElement !== null")
    page.reload()
    assert where(page) == "la-gi-3"


def test_a_class_answers_an_exercise_on_the_projector_and_nothing_is_kept(server, projector):
    page = projector()
    exercises = robot.run_notebook(server.catalogue.lesson(LESSON).path)["exercises"].values()
    first = next(iter(exercises))
    place = robot.do_exercise(page, first)
    expect(place.locator(".hs-feedback-title")).to_have_text(re.compile("Đúng rồi"))
    expect(place.locator(".hs-saved")).to_have_attribute("data-saved", "trial")
    # The clicker goes on, wherever the focus is.
    for _ in range(5):
        page.keyboard.press("PageDown")
    assert where(page) != first.exercise_id
    assert not place.is_visible()


def test_the_arrows_choose_an_option_where_the_focus_came_by_keyboard(projector):
    page = projector()
    page.keyboard.press("PageDown")
    page.keyboard.press("PageDown")
    place = page.locator(".hs-card:visible")
    place.locator(".hs-option").first.click()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(place.locator("input").nth(2)).to_be_checked()
    expect(place).to_be_visible()


def test_the_notes_window_follows_and_turns_the_pages(projector):
    page = projector()
    beside = page.context.new_page()
    beside.goto(f"/giang-vien/trinh-chieu/{LESSON}/ghi-chu")
    shown = beside.locator(".notes:visible")
    expect(shown).to_have_count(1)
    expect(shown).to_contain_text("Chuẩn bị: một chìa khóa")
    expect(beside.locator(".following")).to_contain_text("Cuộc gọi lúc ba giờ chiều")
    assert serious(beside) == []
    assert small_targets(beside) == []
    page.keyboard.press("PageDown")
    expect(shown).to_contain_text("Đọc chậm tình huống")
    beside.get_by_role("button", name="Tiếp").click()
    expect(page.locator(".hs-card:visible")).to_have_count(1)
    beside.keyboard.press("PageDown")
    expect(shown).to_contain_text("Giơ chìa khóa nhà lên")
    assert where(page) == "la-gi"
    expect(beside.locator("#gio-bai")).to_have_text(re.compile(r"Cả bài: 0:\d\d / 25 phút"))
    beside.get_by_role("button", name="Trước").click()
    expect(shown).to_contain_text("Đọc chậm tình huống")
    page.close()
    expect(beside.locator("#chua-thay")).to_be_visible()
    expect(beside.get_by_role("button", name="Tiếp")).to_be_disabled()


def test_anyone_can_use_it(projector):
    page = projector()
    for keys in ((), ("PageDown",), ("PageDown",), ("n",), ("g",)):
        for key in keys:
            page.keyboard.press(key)
        page.wait_for_timeout(200)
        assert serious(page) == []
        assert small_targets(page) == []


def test_without_scripts_steps_and_notes_stand_one_after_the_other(server, projector, browser):
    state = projector().context.storage_state()
    context = browser.new_context(java_script_enabled=False, base_url=server.url, storage_state=state)
    page = context.new_page()
    page.goto(f"/giang-vien/trinh-chieu/{LESSON}")
    for text in ("Cuộc gọi lúc ba giờ chiều", "Đọc chậm tình huống", "Nhớ ba điều", "Cho lớp đọc to ba điều"):
        expect(page.get_by_text(text).first).to_be_visible()
    expect(page.locator(".bar")).to_be_hidden()
    page.goto(f"/giang-vien/trinh-chieu/{LESSON}/ghi-chu")
    expect(page.get_by_text("Cho lớp đọc to ba điều")).to_be_visible()
    context.close()


def test_every_screen_of_every_lesson_has_room_and_large_letters(server, projector):
    page = projector()
    found = {}
    for lesson in server.catalogue.lessons:
        open_lesson(page, lesson.id)
        for width, height in ((1280, 720), (1920, 1080)):
            page.set_viewport_size({"width": width, "height": height})
            expect(page.locator("html")).to_have_attribute("style", f"--scale: {height / 720:g};")
            page.keyboard.press("Home")
            wrong, seen = page.evaluate(WALK, SMALLEST * height / 720)
            if wrong or seen != ["mo-dau", *(step.id for step in lesson.steps)]:
                found[f"{lesson.id} {height}"] = (wrong, seen)
    assert found == {}


def test_a_picture_that_comes_late_finds_room(projector):
    page, waiting = projector(), []
    page.route("**/01-duong-thoi-gian.svg", lambda route: waiting.append(route))
    page.goto("about:blank")
    with page.expect_request("**/01-duong-thoi-gian.svg"):
        page.goto(
            "/giang-vien/trinh-chieu/nghi-quyet-57/vi-sao-co-nghi-quyet-57#tom-tat", wait_until="commit"
        )
    expect(page.locator("#buoc-sau")).to_be_visible()
    text, stage = page.locator("#tom-tat .text"), page.locator("#noi-dung")
    without = text.evaluate("text => parseFloat(text.style.fontSize)")
    waiting.pop().continue_()
    expect(page.locator("#tom-tat img")).to_have_js_property("naturalWidth", 640)
    size = text.evaluate("text => parseFloat(text.style.fontSize)")
    over = stage.evaluate("stage => stage.scrollHeight - stage.clientHeight")
    assert size < without
    assert over <= 1
