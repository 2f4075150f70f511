"""Coming in, and what keeps others out."""

import re

import pytest

from hocso.records import learners
from tests.conftest import OTHER_TRAINER, STAFF, TRAINER, kernel_in

LESSON = "ky-nang-so/mat-khau-va-otp"


def pin_page(one, name: str) -> str:
    found = one.submit("/vao-hoc/ten", {"ten": name}).text
    return re.search(r"/vao-hoc/pin/[0-9a-f-]{36}", found)[0]


def is_signed_in(one) -> bool:
    return "Đang học:" in one.see("/").text


def test_a_name_is_found_with_and_without_diacritics(visitor):
    visitor().register("Đặng Thị Tuyết Nhung")
    for typed in ("Đặng Thị Tuyết", "dang thi tuyet", "tuyet nhung", "  TUYẾT   NHUNG "):
        assert "Đặng Thị Tuyết Nhung" in visitor().submit("/vao-hoc/ten", {"ten": typed}).text


def test_a_learner_comes_back_with_name_and_pin(visitor):
    visitor().register("Lê Văn Trở Lại", pin="8642")
    one = visitor()
    one.submit(pin_page(one, "tro lai"), {"pin": "8642"})
    assert is_signed_in(one)
    cookie = next(cookie for cookie in one.cookies if cookie.name == "hocso")
    assert cookie.has_nonstandard_attr("HttpOnly")
    one.submit("/ra")
    assert not is_signed_in(one)


def test_five_wrong_pins_lock_the_name_until_the_trainer_unlocks_it(visitor):
    visitor().register("Phạm Thị Khóa Tên", pin="1379")
    one = visitor()
    path = pin_page(one, "khoa ten")
    for remaining in (4, 3, 2, 1):
        answer = one.submit(path, {"pin": "9999"})
        assert answer.status_code == 403
        assert f"Còn {remaining} lần thử" in answer.text
    locked = one.submit(path, {"pin": "9999"})
    assert locked.status_code == 429
    assert "nhờ giảng viên mở khóa" in locked.text
    assert one.submit(path, {"pin": "1379"}).status_code == 429

    trainer = visitor()
    trainer.sign_in_to_account(TRAINER)
    page = trainer.submit("/giang-vien/nguoi-hoc", {"ten": "khoa ten"}).text
    trainer.submit(re.search(r'action="(/giang-vien/nguoi-hoc/[^"]*/mo-khoa)"', page)[1])
    one.submit(path, {"pin": "1379"})
    assert is_signed_in(one)


def test_a_trainer_gives_a_new_pin(visitor):
    visitor().register("Võ Văn Quên Mã", pin="1379")
    trainer = visitor()
    trainer.sign_in_to_account(TRAINER)
    page = trainer.submit("/giang-vien/nguoi-hoc", {"ten": "quen ma"}).text
    page = trainer.submit(re.search(r'action="(/giang-vien/nguoi-hoc/[^"]*/cap-lai-pin)"', page)[1]).text
    pin = re.search(r'class="class-code">(\d{4})<', page)[1]
    one = visitor()
    one.submit(pin_page(one, "quen ma"), {"pin": pin})
    assert is_signed_in(one)


def test_an_expired_or_forged_cookie_asks_to_sign_in_again_and_loses_nothing(visitor):
    one = visitor()
    one.register("Hồ Thị Hết Hạn")
    good = next(cookie.value for cookie in one.cookies if cookie.name == "hocso")
    one.cookies.set("hocso", good[:-4] + "0000", domain="localhost.local", path="/")
    assert not is_signed_in(one)
    page = one.see(f"/kiem-tra/{LESSON}")
    assert "Phiên học đã hết hạn. Mời bà con vào lại; bài đã làm vẫn còn." in page.text


def test_who_was_never_here_is_asked_to_sign_in_and_not_told_that_their_time_is_over(visitor):
    page = visitor().see(f"/kiem-tra/{LESSON}")
    assert page.url.endswith(f"/vao-hoc?tiep=/kiem-tra/{LESSON}")
    assert "hết hạn" not in page.text


def test_registration_without_consent_keeps_nothing(visitor):
    one = visitor()
    form = {
        "full_name": "Người Chưa Đồng Ý",
        "birth_year": "1970",
        "hamlet_id": "ap-thu-1",
        "group": "nguoi-dan",
        "pin": "1379",
        "pin_again": "1379",
    }
    answer = one.submit("/vao-hoc/ghi-ten", form)
    assert answer.status_code == 400
    assert "đánh dấu vào ô đồng ý" in answer.text
    assert 'value="Người Chưa Đồng Ý"' in answer.text
    assert "/vao-hoc/pin/" not in one.submit("/vao-hoc/ten", {"ten": "chua dong y"}).text


def test_what_is_wrong_with_a_registration_is_said(visitor):
    right = {
        "full_name": "Trương Thị Sai Sót",
        "birth_year": "1970",
        "hamlet_id": "ap-thu-1",
        "group": "nguoi-dan",
        "pin": "1379",
        "pin_again": "1379",
        "consent": "yes",
    }
    for change, said in (
        ({"birth_year": "70"}, "Năm sinh"),
        ({"birth_year": "abc"}, "năm sinh"),
        ({"hamlet_id": "khong-co"}, "ấp"),
        ({"group": "khong-co"}, "nhóm"),
        ({"pin": "12", "pin_again": "12"}, "4 chữ số"),
        ({"pin_again": "4321"}, "chưa giống nhau"),
        ({"full_name": "="}, "họ và tên"),
        ({"phone": "123"}, "Số điện thoại"),
    ):
        answer = visitor().submit("/vao-hoc/ghi-ten", right | change)
        assert answer.status_code == 400, change
        assert said in re.search(r'role="alert">([^<]*)', answer.text)[1], change


def test_the_same_person_is_not_registered_twice(visitor):
    visitor().register("Đinh Văn Một Lần")
    form = {
        "full_name": "đinh văn  một lần",
        "birth_year": "1960",
        "hamlet_id": "ap-thu-1",
        "group": "nguoi-dan",
        "pin": "1379",
        "pin_again": "1379",
        "consent": "yes",
    }
    answer = visitor().submit("/vao-hoc/ghi-ten", form)
    assert answer.status_code == 409
    assert "đã đăng ký" in answer.text


def test_an_unknown_class_code_is_said(visitor):
    answer = visitor().submit("/vao-hoc", {"lop": "SAIMA9"})
    assert answer.status_code == 404
    assert "Không có lớp nào đang mở với mã «SAIMA9»" in answer.text


def test_a_wrong_password_opens_nothing(visitor):
    one = visitor()
    assert one.sign_in_to_account((STAFF[0], "sai-mat-khau")).status_code == 403
    assert "Đăng nhập" in one.see("/can-bo").text


def test_each_role_sees_its_own_pages_only(visitor):
    nobody, learner, trainer, staff = visitor(), visitor(), visitor(), visitor()
    learner.register("Bùi Thị Vai Chính")
    trainer.sign_in_to_account(TRAINER)
    staff.sign_in_to_account(STAFF)
    for path, allowed in (
        ("/giang-vien", trainer),
        ("/giang-vien/nguoi-hoc", trainer),
        ("/can-bo", staff),
        ("/can-bo/hoan-thanh.xlsx", staff),
        ("/can-bo/hoan-thanh.csv", staff),
    ):
        for one in (nobody, learner, trainer, staff):
            answer = one.see(path, allow_redirects=False)
            if one is allowed:
                assert answer.status_code == 200, path
            else:
                assert answer.status_code in (302, 403), path
                assert "Bùi Thị Vai Chính" not in answer.text


def test_a_trainer_sees_only_their_own_classes(visitor):
    own, other = visitor(), visitor()
    own.sign_in_to_account(TRAINER)
    other.sign_in_to_account(OTHER_TRAINER)
    page = own.submit("/giang-vien", {"place": "Nhà văn hóa", "date": "2026-11-24", "lesson": LESSON})
    path = page.url.removeprefix(own.server.url)
    assert own.see(path).status_code == 200
    assert other.see(path).status_code == 404
    assert other.see(path + "/bang").status_code == 404
    assert other.submit(path + "/ket-thuc").status_code == 404
    assert own.see(path).status_code == 200


def test_signing_in_changes_the_visitor_so_that_an_older_cookie_owns_nothing_new(visitor):
    one = visitor()
    one.see(f"/hoc/{LESSON}")
    before = next(cookie.value for cookie in one.cookies if cookie.name == "hocso")
    one.register("Mai Thị Đổi Phiên")
    after = next(cookie.value for cookie in one.cookies if cookie.name == "hocso")
    assert before != after
    kernel = kernel_in(one.see(f"/hoc/{LESSON}").text)
    thief = visitor()
    thief.cookies.set("hocso", before, domain="localhost.local", path="/")
    assert thief.see(f"/api/kernels/{kernel}").status_code == 403
    assert one.see(f"/api/kernels/{kernel}").status_code == 200


@pytest.mark.parametrize("who", ["learner", "account"])
def test_a_cookie_that_was_copied_before_signing_out_is_no_longer_good(visitor, who):
    one, copy = visitor(), visitor()
    if who == "learner":
        one.register("Đặng Thị Chép Lại")
        page, there = "/du-lieu-cua-toi", "Đặng Thị Chép Lại"
    else:
        one.sign_in_to_account(STAFF)
        page, there = "/can-bo", "Cán bộ Thử"
    copy.cookies.update(one.cookies)
    assert there in copy.see(page).text
    one.submit("/ra")
    assert there not in copy.see(page).text
    assert there not in one.see(page).text


def test_another_pin_ends_what_is_signed_in_elsewhere_and_goes_on_here(server, visitor):
    one, elsewhere = visitor(), visitor()
    learner_id = one.register("Đặng Văn Hai Máy", pin="2468")
    elsewhere.submit(f"/vao-hoc/pin/{learner_id}", {"pin": "2468"})
    assert is_signed_in(elsewhere)
    one.submit("/vao-hoc/doi-pin", {"old": "2468", "pin": "8642", "pin_again": "8642"})
    assert not is_signed_in(elsewhere)
    assert is_signed_in(one)
    with server.database().session() as session:
        learners.reset_pin(session, learner_id)
    assert not is_signed_in(one)


def test_a_card_that_is_printed_anew_interrupts_nobody(server, visitor):
    one = visitor()
    learner_id = one.register("Đặng Thị In Lại")
    with server.database().session() as session:
        pin = learners.reset_pin(session, learner_id)
    one.submit(f"/vao-hoc/pin/{learner_id}", {"pin": pin})
    with server.database().session() as session:
        assert learners.first_pin(session, learner_id) is not None
    assert is_signed_in(one)
