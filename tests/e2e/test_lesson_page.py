"""The lesson page around the exercises: place and answers kept, read aloud, and lost connections."""

import re

import pytest
from playwright.sync_api import expect

from tests.conftest import Visitor
from tests.e2e import robot
from tests.e2e.conftest import sign_in

LESSON = "ky-nang-so/mat-khau-va-otp"


@pytest.fixture
def exercises(server):
    return list(robot.run_notebook(server.catalogue.lesson(LESSON).path)["exercises"].values())


@pytest.fixture
def phone(server, open_page):
    """The page of a new learner: phone("Name")."""

    def make(name):
        one, page = Visitor(server), open_page()
        one.register(f"Người Học Bài {name}")
        sign_in(page, one)
        return page

    return make


def kernel_id(page) -> str:
    return page.evaluate("document.body.dataset.kernelId")


def test_a_learner_who_comes_back_finds_answers_and_place(phone, exercises):
    page = phone("Trở Lại")
    page.goto(f"/hoc/{LESSON}")
    place = robot.do_exercise(page, exercises[0])
    expect(place.locator(".hs-saved")).to_have_attribute("data-saved", "saved")
    with page.expect_response("**/api/place") as kept:
        page.locator("#buoc-sau").click()
    assert kept.value.status == 201
    here = page.locator("#buoc-may").inner_text()

    page.goto("/")
    expect(page.get_by_text("Đang học: 1/8 bài tập")).to_be_visible()
    page.get_by_role("link", name="Học tiếp").click()
    expect(page.locator("#buoc-may")).to_have_text(here)
    page.locator("#buoc-truoc").click()
    place = robot.card(page, exercises[0].exercise_id)
    expect(place).to_have_attribute("data-state", "done", timeout=robot.SLOW)
    right, words = robot.key_of(exercises[0])
    expect(robot.option(place, "hs-option", words[right]).locator("input")).to_be_checked()


@pytest.mark.parametrize(("status", "why"), [(429, "Quá Nhiều"), (503, "Đang Bận"), (507, "Hết Chỗ")])
def test_a_step_that_the_server_could_not_take_is_sent_again_with_the_next(phone, status, why):
    page, taken = phone(why), []
    page.goto(f"/hoc/{LESSON}")
    page.route("**/api/place", lambda route: route.fulfill(status=status, json={"message": "Chờ một lát."}))
    with page.expect_response("**/api/place") as refused:
        page.locator("#buoc-sau").click()
    page.unroute("**/api/place")
    page.on("response", lambda answer: taken.append(answer) if answer.url.endswith("/api/place") else None)
    page.locator("#buoc-sau").click()
    robot.wait_until(page, "localStorage.length === 0")
    assert [answer.status for answer in taken] == [201, 201]
    sent = [answer.request.post_data_json for answer in taken]
    assert sent[0] == refused.value.request.post_data_json
    assert sent[1]["step"] != sent[0]["step"]


def test_when_an_exercise_says_that_its_pass_has_expired_the_page_offers_to_open_the_lesson_again(phone):
    page = phone("Hết Giờ")
    page.goto(f"/hoc/{LESSON}")
    page.locator(".hs-card").first.wait_for(state="attached", timeout=robot.SLOW)
    before = kernel_id(page)
    page.evaluate("window.dispatchEvent(new CustomEvent('hocso:expired'))")
    # A line that has just come back does not hide it: the pass is as old as before.
    page.evaluate("window.dispatchEvent(new CustomEvent('hocso:connected'))")
    banner = page.locator(".link-lost")
    expect(banner).to_contain_text("Phiên học đã hết hạn")
    banner.get_by_role("button", name="Mở lại bài").click()
    robot.wait_until(page, f"!document.body.innerHTML.includes('{before}')")
    page.locator(".hs-card").first.wait_for(state="attached", timeout=robot.SLOW)


def test_signing_out_leaves_nothing_of_the_learner_on_a_shared_tablet(phone, exercises):
    page = phone("Máy Chung")
    page.goto(f"/hoc/{LESSON}")
    place = robot.go_to(page, exercises[0].exercise_id)
    right, words = robot.key_of(exercises[0])
    robot.fill_in(place, exercises[0].kind, right, words)
    assert page.evaluate("sessionStorage.length") > 0
    page.get_by_role("button", name="Đổi người học").click()
    expect(page.locator("h1")).to_have_text("Đã ra khỏi lớp")
    robot.wait_until(page, "sessionStorage.length + localStorage.length === 0")
    page.goto("/")
    assert "Máy Chung" not in page.content()


def test_trying_a_lesson_records_nothing(server, open_page, exercises):
    page = open_page()
    page.goto(f"/hoc/{LESSON}")
    place = robot.do_exercise(page, exercises[0])
    expect(place.locator(".hs-saved")).to_have_attribute("data-saved", "trial")
    page.reload()
    place = robot.card(page, exercises[0].exercise_id)
    expect(place).to_have_attribute("data-state", "new", timeout=robot.SLOW)


def test_reading_aloud_is_offered_only_where_there_is_a_vietnamese_voice(open_page):
    silent = open_page()
    silent.goto(f"/hoc/{LESSON}")
    expect(silent.locator("#nghe-doc")).to_be_hidden()

    spoken = open_page()
    spoken.add_init_script(
        """window.said = [];
        speechSynthesis.getVoices = () => [{lang: "en-US"}, {lang: "vi-VN", name: "Thử"}];
        window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text } };
        speechSynthesis.speak = (one) => window.said.push([one.lang, one.voice.name, one.text]);"""
    )
    spoken.goto(f"/hoc/{LESSON}")
    button = spoken.locator("#nghe-doc")
    expect(button).to_be_visible()
    button.click()
    said = spoken.evaluate("window.said")
    assert {(lang, voice) for lang, voice, _ in said} == {("vi-VN", "Thử")}
    text = " ".join(piece for _, _, piece in said)
    assert "Cuộc gọi lúc ba giờ chiều" in text
    assert "Hình: " in text
    assert "¶" not in text
    expect(button).to_have_text("Dừng đọc")


def test_three_wrong_tries_show_the_answer_and_nobody_is_stuck(phone, exercises):
    page = phone("Kiên Trì")
    page.goto(f"/hoc/{LESSON}")
    exercise = exercises[0]
    for _ in range(3):
        place = robot.do_exercise(page, exercise, robot.wrong_response(exercise))
        expect(place.locator(".hs-feedback-title")).to_have_text(re.compile("Chưa đúng"))
        expect(place.locator(".hs-check")).to_be_enabled()
        page.wait_for_timeout(200)
    expect(place.locator(".hs-solution")).to_be_visible(timeout=robot.SLOW)
    robot.do_exercise(page, exercise)
    expect(place).to_have_attribute("data-state", "done")
