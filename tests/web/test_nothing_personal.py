"""No name, phone or PIN in a log, an address or an error page, whatever people do and whatever breaks."""

from urllib.parse import quote, unquote

import pytest

from hocso.records.text import fold
from tests.conftest import STAFF, TRAINER, Visitor, small_kit

NAME, PHONE, PIN = "Võ Thị Bí Mật", "0987654321", "8642"
PRIVATE = (NAME, "Bí Mật", fold(NAME), "vo-thi-bi-mat", "bi mat", PHONE, PIN, quote(NAME), quote("Bí Mật"))


@pytest.fixture(scope="module")
def walked(new_server, tmp_path_factory):
    """A server on which everything was done that a name goes into, and each address that a browser saw."""
    server = new_server(kit=small_kit(tmp_path_factory.mktemp("kit") / "kit"))
    addresses, pages = [], []

    def seen(answer):
        for one in (*answer.history, answer):
            addresses.extend([one.request.url, one.url, one.headers.get("Location", "")])
            addresses.append(one.request.headers.get("Referer", ""))
        if answer.status_code >= 400:
            pages.append(answer)
        assert answer.headers.get("Referrer-Policy") in ("same-origin", None)
        return answer

    one = Visitor(server)
    learner_id = one.register(NAME, pin=PIN, phone=PHONE)
    lesson = "/hoc/ky-nang-so/mat-khau-va-otp"
    form = {"full_name": NAME, "birth_year": "1960", "hamlet_id": "ap-thu-1", "group": "nguoi-dan"}
    again = form | {"pin": PIN, "pin_again": PIN, "phone": PHONE, "consent": "yes"}
    seen(one.submit("/vao-hoc/ghi-ten", again))
    seen(one.submit("/vao-hoc/ten", {"ten": NAME}))
    seen(one.submit(f"/vao-hoc/pin/{learner_id}", {"pin": "0000"}))
    seen(one.submit(f"/vao-hoc/pin/{learner_id}", {"pin": PIN}))
    seen(one.see(lesson))
    seen(one.submit("/du-lieu-cua-toi", form | {"phone": "12"}))
    seen(one.submit("/du-lieu-cua-toi", form | {"phone": PHONE}))
    seen(one.see("/du-lieu-cua-toi/tai-ve"))
    seen(one.post(server.url + "/vao-hoc/ten", data={"ten": NAME}))  # without the XSRF token
    for path in (f"/{NAME}", f"/hoc/ky-nang-so/{NAME}", "/vo-thi-bi-mat", "/hoc/ky-nang-so/vo-thi-bi-mat",
                 f"/hoc/ky-nang-so/{NAME}.png", f"/static/{NAME}.js", f"/static/..%2f{NAME}",
                 f"/lop/{NAME}", f"/?ten={NAME}", f"/can-bo?hamlet={NAME}", f"/xac-nhan/{NAME}",
                 f"/voila/static/{NAME}", f"/chung-nhan/{NAME}.pdf"):  # fmt: skip
        pages.append(one.see(path))
    staff = Visitor(server)
    staff.sign_in_to_account(STAFF)
    seen(staff.submit("/can-bo/nguoi-hoc", {"ten": NAME}))
    seen(staff.submit(f"/can-bo/nguoi-hoc/{learner_id}/sua", form | {"birth_year": "1"}))
    seen(staff.submit(f"/can-bo/nguoi-hoc/{learner_id}/du-lieu"))
    trainer = Visitor(server)
    trainer.sign_in_to_account(TRAINER)
    seen(trainer.submit("/giang-vien/nguoi-hoc", {"ten": NAME}))
    with server.database().engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE residences RENAME TO elsewhere")
    broken = seen(one.submit("/du-lieu-cua-toi", form | {"hamlet_id": "ap-thu-2", "phone": PHONE}))
    assert broken.status_code == 500
    with server.database().engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO residences")
    seen(one.submit("/du-lieu-cua-toi/xoa", {"pin": PIN, "chac_chan": "1"}))
    server.stop()
    return server, addresses, pages


def test_the_log_names_nobody_also_where_a_name_stands_in_an_address(walked):
    server, _, _ = walked
    said = unquote(server.log)
    assert "Lỗi ở POST /du-lieu-cua-toi" in said, "the forced error is not in the log"
    assert [(words, line) for words in PRIVATE for line in said.splitlines() if words in line] == []


def test_no_address_that_a_browser_was_sent_to_holds_anything_personal(walked):
    _, addresses, _ = walked
    said = unquote("\n".join(addresses))
    assert [words for words in PRIVATE if words in said] == []


def test_an_error_page_repeats_nothing(walked):
    _, _, pages = walked
    broken = [page for page in pages if page.status_code >= 500]
    assert broken and "Máy chủ gặp lỗi" in broken[0].text
    for page in pages:
        if page.status_code in (404, 500):
            assert not any(
                words in page.text.replace("Đang học: <strong>Võ Thị Bí Mật</strong>", "")
                for words in PRIVATE
            ), page.url
