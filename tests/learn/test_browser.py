"""The gallery for authors (notebooks/soan-bai.ipynb) through stock Voilà, in a real browser of phone size."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.e2e import robot

GALLERY = Path(__file__).parents[2] / "notebooks" / "soan-bai.ipynb"


@pytest.fixture(scope="module")
def voila(tmp_path_factory):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("gallery")
    shutil.copy(GALLERY, folder)
    env = {name: value for name, value in os.environ.items() if not name.startswith("HOCSO_")}
    with (folder / "voila.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "voila", str(folder / GALLERY.name), "--no-browser", f"--port={port}"],
            env=env,
            stdout=log,
            stderr=log,
        )
    server.address = f"http://127.0.0.1:{port}/"
    wait_until_up(server.address, folder / "voila.log")
    yield server
    server.terminate()
    server.wait(60)


def wait_until_up(address, log):
    """Voilà answers its static files without running a notebook."""
    for _ in range(120):
        try:
            urllib.request.urlopen(address + "voila/static/voila.js", timeout=30)
            return
        except OSError:
            time.sleep(0.5)
    pytest.fail(log.read_text())


@pytest.fixture
def page(voila, browser):
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.add_init_script(
        "window.heard = [];"
        "for (const name of ['hocso:exercise-done', 'hocso:no-answer'])"
        "  addEventListener(name, (event) => heard.push([name, event.detail.id]));"
    )
    open_gallery(page, voila)
    yield page
    context.close()


def open_gallery(page, voila):
    page.goto(voila.address)
    page.locator(".hs-quiz .hs-submit").wait_for(timeout=60_000)


def card(page, exercise_id):
    return page.locator(f'.hs-card[data-exercise="{exercise_id}"]')


def check(exercise):
    """A task is judged tap by tap."""
    if exercise.get_attribute("data-kind") != "phone_task":
        exercise.locator(".hs-check").click()


def step(exercise, text):
    return exercise.locator(".hs-step", has_text=text)


def put_first(exercise, text):
    while step(exercise, text).locator(".hs-move-up").is_enabled():
        step(exercise, text).locator(".hs-move-up").click()


def sort(exercise, card_text, pile):
    exercise.locator(".hs-sort", has_text=card_text).locator(".hs-pile", has_text=pile).click()


def tap(exercise, text):
    exercise.locator(".hs-tap", has_text=text).click()


def wrong_one(exercise):
    exercise.get_by_text("Ngày sinh của con").click()


def right_one(exercise):
    exercise.get_by_text("Bốn-con-vịt").click()


def wrong_several(exercise):
    exercise.get_by_text("Đọc mã OTP cho").click()


def right_several(exercise):
    exercise.locator(".hs-option", has_text="Đọc mã OTP cho").click()
    exercise.get_by_text("Bật xác thực").click()
    exercise.get_by_text("Mỗi tài khoản").click()


def wrong_order(exercise):
    put_first(exercise, "Xác nhận")


def right_order(exercise):
    for text in ("Xác nhận", "Xem tên", "Quét mã", "Mở ứng dụng"):
        put_first(exercise, text)


def wrong_piles(exercise):
    for text in ("Tài khoản của bạn", "Bạn trúng thưởng", "Mời bà con"):
        sort(exercise, text, "Thật")


def right_piles(exercise):
    for text in ("Tài khoản của bạn", "Bạn trúng thưởng"):
        sort(exercise, text, "Lừa đảo")


def wrong_taps(exercise):
    tap(exercise, "Kính chào")
    tap(exercise, "09xx")


def right_taps(exercise):
    tap(exercise, "Kính chào")
    tap(exercise, "bị khóa")
    tap(exercise, "mo-khoa")


def choose(exercise, row, text):
    exercise.locator(row).locator("select").select_option(label=text)


def pair(exercise, left, right):
    choose(exercise, f'.hs-pair:has-text("{left}")', right)


def wrong_pairs(exercise):
    pair(exercise, "Mã OTP", "Quét để khỏi gõ")
    pair(exercise, "Mật khẩu", "Mở tài khoản, dùng nhiều lần")
    pair(exercise, "Mã QR", "Xác nhận một lần rồi bỏ")


def right_pairs(exercise):
    pair(exercise, "Mã OTP", "Xác nhận một lần rồi bỏ")
    pair(exercise, "Mã QR", "Quét để khỏi gõ")


def wrong_task(exercise):
    tap(exercise, "Máy ảnh")


def right_task(exercise):
    for text in ("Cài đặt", "Wi-Fi", "Nha van hoa", "Mật khẩu", "Kết nối"):
        tap(exercise, text)


def judge(exercise, sender, label):
    exercise.locator(".hs-letter", has_text=sender).locator(".hs-pile", has_text=label).click()


def wrong_inbox(exercise):
    for sender in ("09xx", "Trưởng ấp", "Cháu Tí", "Điện lực"):
        judge(exercise, sender, "Tin được")


def right_inbox(exercise):
    for sender in ("09xx", "Cháu Tí"):
        judge(exercise, sender, "Lừa đảo")


def wrong_password(exercise):
    for text in ("1965", "xuong", "trau"):
        exercise.locator(".hs-piece", has_text=text).click()


def right_password(exercise):
    exercise.locator(".hs-chip", has_text="1965").click()
    exercise.locator(".hs-piece", has_text="-ba-la-").click()


def wrong_form(exercise):
    tap(exercise, "Họ và tên")


def right_form(exercise):
    for label in ("Họ và tên", "Năm sinh", "Số điện thoại"):
        tap(exercise, label)


def wrong_gaps(exercise):
    for row, text in enumerate(("Sáng mai", "nhà văn hóa ấp", "gọi trưởng ấp")):
        choose(exercise, f".hs-gap >> nth={row}", text)


def right_gaps(exercise):
    choose(exercise, ".hs-gap >> nth=0", "7 giờ sáng thứ bảy, 12/7")


def wrong_chart(exercise):
    exercise.locator(".hs-look").get_by_text("Ấp Mẫu 2").click()
    assert "18 người" in exercise.locator(".hs-chart-picture").get_attribute("alt")
    exercise.locator(".hs-option", has_text="Ấp Mẫu 2").click()


def right_chart(exercise):
    exercise.locator(".hs-option", has_text="Ấp Mẫu 1").click()


def wrong_number(exercise):
    exercise.locator(".hs-number").fill("30")


def right_number(exercise):
    exercise.locator(".hs-number").fill("75,0 %")


KINDS = {
    "vi-du-mot-y": (wrong_one, right_one),
    "vi-du-nhieu-y": (wrong_several, right_several),
    "vi-du-thu-tu": (wrong_order, right_order),
    "vi-du-hai-nhom": (wrong_piles, right_piles),
    "vi-du-ghep-cap": (wrong_pairs, right_pairs),
    "vi-du-man-hinh": (wrong_taps, right_taps),
    "vi-du-lam-tren-may": (wrong_task, right_task),
    "vi-du-hop-thu": (wrong_inbox, right_inbox),
    "vi-du-mat-khau": (wrong_password, right_password),
    "vi-du-tim-cho-sai": (wrong_form, right_form),
    "vi-du-dien-cho-trong": (wrong_gaps, right_gaps),
    "vi-du-bieu-do": (wrong_chart, right_chart),
    "vi-du-dien-so": (wrong_number, right_number),
}


def test_each_kind_is_tried_wrongly_and_then_done_by_tapping(page):
    for exercise_id, (wrong, right) in KINDS.items():
        exercise = card(page, exercise_id)
        check_incomplete(exercise)
        wrong(exercise)
        check(exercise)
        expect(exercise.locator(".hs-feedback-title")).to_have_text("Chưa đúng.")
        expect(exercise.locator(".hs-note")).not_to_have_count(0)
        right(exercise)
        check(exercise)
        expect(exercise.locator(".hs-feedback-title")).to_have_text("Đúng rồi.")
        expect(exercise).to_have_attribute("data-state", "done")
        expect(exercise.locator(".hs-feedback")).to_be_focused()
        expect(exercise.locator(".hs-saved")).to_contain_text("Học thử")
    assert page.evaluate("heard") == [["hocso:exercise-done", exercise_id] for exercise_id in KINDS]


def check_incomplete(exercise):
    """Nothing chosen: the learner is told what to do, and it is no try."""
    if exercise.get_attribute("data-kind") in ("put_in_order", "phone_task"):
        return
    check(exercise)
    expect(exercise.locator(".hs-feedback-plain")).to_be_visible()
    expect(exercise).to_have_attribute("data-state", "new")


def test_what_was_answered_rightly_stands_until_it_is_begun_again(page):
    exercise = card(page, "vi-du-mot-y")
    right_one(exercise)
    check(exercise)
    expect(exercise.locator(".hs-again")).to_be_visible()
    exercise.locator(".hs-option", has_text="123456").click(force=True)
    expect(exercise.locator("input:checked")).to_have_count(1)
    expect(exercise.locator(".hs-option", has_text="Bốn-con-vịt").locator("input")).to_be_checked()
    exercise.locator(".hs-again").click()
    expect(exercise.locator("input:checked")).to_have_count(0)
    wrong_one(exercise)
    check(exercise)
    expect(exercise.locator(".hs-feedback-title")).to_have_text("Chưa đúng.")
    expect(exercise).to_have_attribute("data-state", "done")


def test_in_every_kind_the_third_wrong_try_shows_the_answer_and_a_fourth_can_be_right(page):
    exercises = robot.run_notebook(GALLERY)["exercises"]
    for exercise_id in KINDS:
        for tries in (1, 2, 3):
            expect(card(page, exercise_id).locator(".hs-solution")).to_have_count(0)
            robot.do_exercise(page, exercises[exercise_id], robot.wrong_response(exercises[exercise_id]))
            expect(card(page, exercise_id).locator(".hs-solution")).to_have_count(int(tries == 3))
        robot.do_exercise(page, exercises[exercise_id])
        expect(card(page, exercise_id)).to_have_attribute("data-state", "done")


def test_everything_can_be_done_with_a_keyboard(page):
    one = card(page, "vi-du-mot-y")
    one.locator("input").first.focus()
    page.keyboard.press("Space")
    while not one.locator(".hs-option", has_text="Bốn-con-vịt").locator("input").is_checked():
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(one.locator(".hs-hint p")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(one).to_have_attribute("data-state", "done")

    order = card(page, "vi-du-thu-tu")
    moved = order.locator(".hs-step").nth(2)
    text = moved.locator(".hs-step-text").inner_text()
    moved.locator(".hs-move-up").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(order.locator(".hs-step").first).to_contain_text(text)
    expect(step(order, text).locator(".hs-move-down")).to_be_focused()
    expect(order.locator("[aria-live]").first).to_contain_text("vị trí 1 trên 4")

    piles = card(page, "vi-du-hai-nhom")
    piles.locator("input").first.focus()
    for _ in range(3):
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
    expect(piles.locator("input:checked")).to_have_count(3)

    phone = card(page, "vi-du-man-hinh")
    phone.locator(".hs-tap").first.focus()
    page.keyboard.press("Space")
    expect(phone.locator(".hs-tap").first).to_have_attribute("aria-pressed", "true")

    pairs = card(page, "vi-du-ghep-cap")
    pairs.locator("select").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    expect(pairs.locator(".hs-chosen")).to_have_count(2)

    letters = card(page, "vi-du-hop-thu")
    letters.locator("input").first.focus()
    for _ in range(4):
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
    expect(letters.locator("input:checked")).to_have_count(4)

    password = card(page, "vi-du-mat-khau")
    password.locator(".hs-piece", has_text="trau").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(password.locator(".hs-chip")).to_have_count(2)
    password.locator(".hs-chip").first.focus()
    page.keyboard.press("Enter")
    expect(password.locator(".hs-chip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(password.locator(".hs-piece").first).to_be_focused()

    form = card(page, "vi-du-tim-cho-sai")
    form.locator(".hs-form-field").first.focus()
    page.keyboard.press("Enter")
    expect(form.locator(".hs-form-field").first).to_have_attribute("aria-pressed", "true")

    number = card(page, "vi-du-dien-so")
    number.locator(".hs-number").fill("75")
    page.keyboard.press("Enter")
    expect(number).to_have_attribute("data-state", "done")


def test_a_task_is_done_with_a_keyboard_and_said_to_a_screen_reader(page):
    task = card(page, "vi-du-lam-tren-may")
    told = task.locator("[aria-live=polite]").first

    def press(text):
        task.locator(".hs-tap", has_text=text).focus()
        page.keyboard.press("Enter")

    press("Máy ảnh")
    expect(told).to_have_text("Chưa đúng. Máy ảnh để chụp hình. Mạng Wi-Fi nằm chỗ khác.")
    expect(task.locator(".hs-tap", has_text="Máy ảnh")).to_be_focused()
    press("Cài đặt")
    expect(task.locator(".hs-task-where")).to_be_focused()
    expect(task.locator(".hs-task-where")).to_contain_text("Tìm mục mạng không dây.")
    page.keyboard.press("Tab")
    expect(task.locator(".hs-tap", has_text="Wi-Fi")).to_be_focused()
    page.keyboard.press("Enter")
    press("Nha van hoa")
    press("Kết nối")
    expect(told).to_have_text("Trên màn hình này còn ô chưa điền.")
    press("Mật khẩu")
    expect(told).to_have_text("Mật khẩu: lua-vang-mau")
    expect(task.locator(".hs-part-field")).to_be_focused()
    press("Kết nối")
    expect(task.locator(".hs-feedback")).to_be_focused()
    expect(task.locator(".hs-feedback")).to_contain_text("Điện thoại đã vào mạng.")


def test_on_a_screen_of_a_task_the_third_wrong_tap_points_at_the_right_place(page):
    task = card(page, "vi-du-lam-tren-may")
    for text in ("Máy ảnh", "Tin nhắn", "Ngân hàng A"):
        expect(task.locator(".hs-pointed")).to_have_count(0)
        tap(task, text)
        expect(task.locator(".hs-is-wrong")).to_contain_text(text)
    expect(task.locator(".hs-pointed")).to_contain_text("Chạm vào đây")
    tap(task, "Cài đặt")
    tap(task, "Âm thanh")
    expect(task.locator(".hs-is-wrong")).to_contain_text("Âm thanh")
    expect(task.locator(".hs-pointed")).to_have_count(0)


def test_in_a_task_one_goes_back_a_screen_or_begins_anew(page):
    task = card(page, "vi-du-lam-tren-may")
    step_line = task.locator(".hs-task-step")
    expect(task.locator(".hs-back")).to_be_disabled()
    for text in ("Cài đặt", "Wi-Fi", "Nha van hoa", "Mật khẩu"):
        tap(task, text)
    expect(task.locator(".hs-tapped")).to_have_text("Đã điền")
    task.locator(".hs-back").click()
    expect(step_line).to_have_text("Màn hình 3/4")
    expect(task.locator(".hs-task-where")).to_be_focused()
    task.locator(".hs-back").click()
    tap(task, "Wi-Fi")
    expect(step_line).to_have_text("Màn hình 3/4")
    task.locator(".hs-again").click()
    expect(step_line).to_have_text("Màn hình 1/4")
    for text in ("Cài đặt", "Wi-Fi", "Nha van hoa"):
        tap(task, text)
    expect(task.locator(".hs-part-field")).to_contain_text("Chạm để điền")
    tap(task, "Mật khẩu")
    tap(task, "Kết nối")
    expect(task).to_have_attribute("data-state", "done")
    task.locator(".hs-again").click()
    expect(step_line).to_have_text("Màn hình 1/4")
    expect(task).to_have_attribute("data-state", "done")


def tap_at_once(task, *texts):
    """Taps that come before the kernel can have said anything of the first."""
    task.evaluate(
        "(task, texts) => texts"
        ".map((text) => [...task.querySelectorAll('.hs-tap')].find((one) => one.innerText.includes(text)))"
        ".forEach((button) => button.click())",
        texts,
    )


def test_quick_fingers_lose_no_tap_in_a_task(page):
    task = card(page, "vi-du-lam-tren-may")
    for text in ("Cài đặt", "Wi-Fi", "Nha van hoa"):
        tap(task, text)
    expect(task.locator(".hs-part-field")).to_be_visible()
    tap_at_once(task, "Mật khẩu", "Kết nối")
    expect(task).to_have_attribute("data-state", "done")


def test_of_two_quick_taps_in_a_task_a_wrong_first_one_is_the_only_one_that_counts(page):
    task = card(page, "vi-du-lam-tren-may")
    tap_at_once(task, "Máy ảnh", "Máy ảnh", "Tin nhắn")
    expect(task.locator(".hs-is-wrong")).to_contain_text("Máy ảnh")
    tap_at_once(task, "Tin nhắn", "Máy ảnh")
    expect(task.locator(".hs-is-wrong")).to_contain_text("Tin nhắn")
    expect(task.locator(".hs-pointed")).to_have_count(0)
    tap(task, "Máy ảnh")
    expect(task.locator(".hs-pointed")).to_have_count(1)


def test_a_tap_that_the_kernel_did_not_hear_can_be_made_again(page, voila):
    task = card(page, "vi-du-lam-tren-may")
    voila.send_signal(signal.SIGSTOP)
    try:
        tap(task, "Máy ảnh")
        expect(task.locator(".hs-trouble")).to_contain_text("Chưa gửi được", timeout=10_000)
        tap(task, "Máy ảnh")
    finally:
        voila.send_signal(signal.SIGCONT)
    expect(task.locator(".hs-feedback-title")).to_have_text("Chưa đúng.")
    for text in ("Tin nhắn", "Máy ảnh"):
        expect(task.locator(".hs-pointed")).to_have_count(0)
        tap(task, text)
        expect(task.locator(".hs-is-wrong")).to_contain_text(text)
    expect(task.locator(".hs-pointed")).to_have_count(1)


def test_checked_messages_show_their_giveaways(page):
    letters = card(page, "vi-du-hop-thu")
    wrong_inbox(letters)
    expect(letters.locator(".hs-sign")).to_have_count(0)
    check(letters)
    scam = letters.locator(".hs-letter", has_text="09xx")
    expect(scam.locator(".hs-sign")).to_have_text(["bị khóa trong 1 giờ", "nganhang-a.mo-khoa.example"])
    expect(scam).to_contain_text("Ngân hàng không gửi đường dẫn")
    expect(letters.locator(".hs-letter", has_text="Trưởng ấp").locator(".hs-sign")).to_have_count(0)


def test_a_password_is_explained_with_a_word_beside_the_bar(page):
    password = card(page, "vi-du-mat-khau")
    wrong_password(password)
    expect(password.locator(".hs-built-count")).to_contain_text("Đang có 13 ký tự")
    check(password)
    expect(password.locator(".hs-strength strong")).to_have_text("Yếu")
    expect(password.locator(".hs-chip.hs-is-wrong")).to_have_text("1965")
    right_password(password)
    expect(password.locator(".hs-strength strong")).to_have_text("chưa rõ")
    check(password)
    expect(password.locator(".hs-strength strong")).to_have_text("Mạnh")
    expect(password.locator(".hs-strength-on")).to_have_count(3)


def test_the_corrected_form_is_shown_after_the_right_answer(page):
    form = card(page, "vi-du-tim-cho-sai")
    for label in ("Năm sinh", "Số điện thoại"):
        tap(form, label)
    expect(form.get_by_text("1965")).to_have_count(0)
    check(form)
    expect(form.locator(".hs-form-field", has_text="Năm sinh")).to_contain_text("Sửa lại: 1965")


def test_what_was_chosen_and_not_checked_survives_a_reload(page, voila):
    wrong_one(card(page, "vi-du-mot-y"))
    put_first(card(page, "vi-du-thu-tu"), "Xem tên")
    wrong_pairs(card(page, "vi-du-ghep-cap"))
    wrong_inbox(card(page, "vi-du-hop-thu"))
    wrong_password(card(page, "vi-du-mat-khau"))
    wrong_form(card(page, "vi-du-tim-cho-sai"))
    wrong_gaps(card(page, "vi-du-dien-cho-trong"))
    for text in ("Cài đặt", "Wi-Fi", "Nha van hoa", "Mật khẩu"):
        tap(card(page, "vi-du-lam-tren-may"), text)
    expect(card(page, "vi-du-lam-tren-may").locator(".hs-tapped")).to_have_text("Đã điền")
    card(page, "vi-du-dien-so").locator(".hs-number").fill("12,5")
    right_taps(card(page, "vi-du-man-hinh"))
    page.locator('.hs-card[data-exercise="answer_1"]').get_by_text("Chỉ mình").click()
    open_gallery(page, voila)
    chosen = card(page, "vi-du-mot-y").locator(".hs-option", has_text="Ngày sinh của con")
    expect(chosen.locator("input")).to_be_checked()
    expect(card(page, "vi-du-thu-tu").locator(".hs-step").first).to_contain_text("Xem tên")
    expect(card(page, "vi-du-dien-so").locator(".hs-number")).to_have_value("12,5")
    expect(card(page, "vi-du-man-hinh").locator('[aria-pressed="true"]')).to_have_count(3)
    expect(card(page, "vi-du-ghep-cap").locator(".hs-chosen")).to_have_count(3)
    expect(card(page, "vi-du-hop-thu").locator("input:checked")).to_have_count(4)
    expect(card(page, "vi-du-mat-khau").locator(".hs-chip")).to_have_text(["1965", "xuong", "trau"])
    expect(card(page, "vi-du-tim-cho-sai").locator('[aria-pressed="true"]')).to_contain_text("Họ và tên")
    expect(card(page, "vi-du-dien-cho-trong").locator(".hs-chosen")).to_have_count(3)
    task = card(page, "vi-du-lam-tren-may")
    expect(task.locator(".hs-task-step")).to_have_text("Màn hình 4/4")
    expect(task.locator(".hs-part-field")).to_contain_text("lua-vang-mau")
    expect(page.locator(".hs-count")).to_have_text("Đã trả lời 1/7")
    check(card(page, "vi-du-mot-y"))
    expect(card(page, "vi-du-mot-y").locator(".hs-feedback-title")).to_have_text("Chưa đúng.")


def test_when_no_answer_comes_the_choice_stays_and_counts_once_later(page, voila):
    exercise = card(page, "vi-du-dien-so")
    exercise.locator(".hs-number").fill("30")
    voila.send_signal(signal.SIGSTOP)
    try:
        check(exercise)
        expect(exercise.locator(".hs-check")).to_have_text("Đang kiểm tra…")
        expect(exercise.locator(".hs-trouble")).to_contain_text("Chưa gửi được", timeout=10_000)
        expect(exercise.locator(".hs-number")).to_have_value("30")
        check(exercise)
    finally:
        voila.send_signal(signal.SIGCONT)
    assert ["hocso:no-answer", "vi-du-dien-so"] in page.evaluate("heard")
    expect(exercise.locator(".hs-feedback-title")).to_have_text("Chưa đúng.")
    for _ in range(2):
        expect(exercise.locator(".hs-solution")).to_have_count(0)
        exercise.locator(".hs-number").fill("31")
        check(exercise)
        page.wait_for_timeout(500)
    expect(exercise.locator(".hs-solution")).to_be_visible()


def test_handing_in_a_quiz_names_the_questions_left_open(page):
    quiz = page.locator(".hs-quiz")
    expect(quiz.locator(".hs-count")).to_have_text("Đã trả lời 0/7")
    quiz.locator('[data-exercise="answer_1"]').get_by_text("Chỉ mình").click()
    quiz.locator('[data-exercise="answer_3"] .hs-keep').click()
    quiz.locator('[data-exercise="answer_5"] .hs-number').fill("4")
    tap(quiz.locator('[data-exercise="answer_6"]'), "Đọc mã")
    tap(quiz.locator('[data-exercise="answer_6"]'), "Tắt máy")
    expect(quiz.locator('[data-exercise="answer_6"] [aria-pressed="true"]')).to_have_count(1)
    pair(quiz.locator('[data-exercise="answer_7"]'), "Mã OTP", "Quét để khỏi gõ")
    expect(quiz.locator(".hs-count")).to_have_text("Đã trả lời 4/7")
    unanswered = ("answer_2", "answer_4", "answer_7")
    left = [quiz.locator(f'[data-exercise="{name}"] .hs-nth').inner_text() for name in unanswered]
    quiz.locator(".hs-submit").click()
    dialog = quiz.get_by_role("dialog")
    expect(dialog).to_be_visible()
    assert sorted(dialog.locator(".hs-left button").all_inner_texts()) == sorted(left)
    dialog.locator(".hs-left button").first.click()
    expect(dialog).to_be_hidden()
    quiz.locator(".hs-submit").click()
    dialog.locator(".hs-confirm-submit").click()
    expect(quiz.locator(".hs-message")).to_contain_text("học thử")
    expect(quiz.locator(".hs-submit")).to_have_text("Nộp bài")


def test_everything_fits_a_small_phone_and_a_large_thumb(page):
    for exercise_id, (wrong, _) in KINDS.items():
        wrong(card(page, exercise_id))
        check(card(page, exercise_id))
        expect(card(page, exercise_id).locator(".hs-feedback-title")).to_be_visible()
    measures = page.evaluate(
        """() => {
          const all = [...document.querySelectorAll(".hs-root *")];
          const shown = all.filter((node) => node.getClientRects().length);
          const target = "button, label, summary, select, input[type=text]";
          const targets = shown.filter((node) => node.matches(target));
          const box = (node) => node.getBoundingClientRect();
          const names = (nodes) => nodes.map((node) => node.className);
          return {
            wide: names(shown.filter((node) => box(node).right > 360)),
            low: names(targets.filter((node) => box(node).height < 44)),
            small: names(shown.filter((node) => parseFloat(getComputedStyle(node).fontSize) < 18)),
          };
        }"""
    )
    assert measures == {"wide": [], "low": [], "small": []}


@pytest.mark.parametrize("answered", [False, True], ids=["new", "answered"])
def test_axe_finds_nothing_serious(page, answered):
    if answered:
        for exercise_id, (wrong, right) in KINDS.items():
            wrong(card(page, exercise_id))
            check(card(page, exercise_id))
            expect(card(page, exercise_id).locator(".hs-feedback-title")).to_be_visible()
            if exercise_id in ("vi-du-mot-y", "vi-du-thu-tu"):
                right(card(page, exercise_id))
                check(card(page, exercise_id))
                expect(card(page, exercise_id)).to_have_attribute("data-state", "done")
        page.wait_for_timeout(800)
    found = Axe().run(page, context=".hs-root").response["violations"]
    serious = [violation for violation in found if violation["impact"] in ("serious", "critical")]
    assert [(one["id"], [node["html"][:150] for node in one["nodes"]]) for one in serious] == []
