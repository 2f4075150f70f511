"""«Dữ liệu của tôi»: learners see, put right, take away and remove what is kept; staff do it for others."""

import json
import re
import time
from urllib.parse import unquote

import pytest
from sqlalchemy import select

from hocso.records import AccessEntry, Learner, Removal, merging, personal
from hocso.records.learners import CONSENT_WORDING
from tests.conftest import STAFF, TRAINER
from tests.web.test_api import Kernel, event

MINE = "/du-lieu-cua-toi"


@pytest.fixture
def staff(visitor):
    one = visitor()
    one.sign_in_to_account(STAFF)
    return one


def own(visitor, name, **changes):
    one = visitor()
    return one, one.register(name, **changes)


def correction(**changes):
    return {
        "full_name": "Nguyễn Văn Mẫu",
        "birth_year": "1960",
        "phone": "",
        "hamlet_id": "ap-thu-1",
        "group": "nguoi-dan",
    } | changes


def test_a_learner_sees_what_is_kept_and_what_they_agreed_to(server, visitor, staff):
    one, learner_id = own(visitor, "Mai Thị Xem", phone="0912 345 001")
    one.see("/hoc/ky-nang-so/mat-khau-va-otp")
    assert f'href="{MINE}"' in one.see("/").text
    page = one.see(MINE).text
    for words in ("Mai Thị Xem", "sinh 1960", "Ấp Thử 1", "0912345001", CONSENT_WORDING, "Mật khẩu mạnh"):
        assert words in page
    assert "Chưa có cán bộ nào mở riêng" in page
    staff.see(f"/can-bo/nguoi-hoc/{learner_id}")
    assert "Chưa có cán bộ nào mở riêng" not in one.see(MINE).text


def test_what_they_take_away_is_all_of_it_in_one_file(server, visitor):
    one, learner_id = own(visitor, "Mai Thị Lấy Về")
    answer = one.see(f"{MINE}/tai-ve")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="du-lieu-cua-toi.json"'
    found = json.loads(answer.content)
    assert found["entries"][0]["id"] == learner_id and found["giai_thich"]["entries"]
    assert "Mai Thị Lấy Về" in answer.text and "pin_hash" not in answer.text


def test_a_correction_is_kept_and_a_wrong_one_shown_again(server, visitor):
    one, _ = own(visitor, "Mai Văn Xai")
    wrong = one.submit(MINE, correction(full_name="Mai Văn Sai", birth_year="60"))
    assert wrong.status_code == 422
    assert 'value="Mai Văn Sai"' in wrong.text and 'id="birth_year-noi"' in wrong.text
    done = one.submit(
        MINE, correction(full_name="Mai Văn Sai", hamlet_id="ap-thu-2", phone="0912345002")
    ).text
    assert "Đã sửa thông tin của bà con" in done and "Mai Văn Sai" in done
    assert re.search(r"Từ [\d/]+: Ấp Thử 2", done)


def test_nobody_becomes_somebody_else_by_a_correction(visitor):
    own(visitor, "Mai Văn Trùng")
    one, _ = own(visitor, "Mai Văn Khác")
    refused = one.submit(MINE, correction(full_name="Mai Văn Trùng"))
    assert refused.status_code == 409
    assert "báo giảng viên hoặc cán bộ" in refused.text.replace("\n", " ")
    assert "Đang học: <strong>Mai Văn Khác" in one.see(MINE).text
    assert one.submit(MINE, correction(full_name="Mai Văn Trùng", hamlet_id="ap-thu-2")).ok


def test_only_the_right_pin_removes_and_then_nothing_is_left_of_them(server, visitor):
    one, learner_id = own(visitor, "Mai Thị Rời Đi", pin="2468")
    other_device = visitor()
    other_device.submit(f"/vao-hoc/pin/{learner_id}", {"pin": "2468"})
    kernel = Kernel(server, learner_id)
    page = one.see(f"{MINE}/xoa").text
    assert "không lấy lại được" in page and "Còn lại, không kèm tên" in page
    for form, status in (({"pin": "2468"}, 422), ({"pin": "1111", "chac_chan": "1"}, 403)):
        assert one.submit(f"{MINE}/xoa", form).status_code == status
    assert "Mai Thị Rời Đi" in one.see(MINE).text
    done = one.submit(f"{MINE}/xoa", {"pin": "2468", "chac_chan": "1"})
    assert "Đã xóa tên bà con" in done.text and "Rời Đi" not in done.text
    for browser in (one, other_device):
        assert "Đang học" not in browser.see("/").text
        assert browser.see(MINE).url.startswith(f"{server.url}/vao-hoc")
    assert one.see(f"/vao-hoc/pin/{learner_id}").status_code == 404
    assert one.submit(f"/vao-hoc/pin/{learner_id}", {"pin": "2468"}).status_code == 404
    assert "Mai Thị Rời Đi" not in one.submit("/vao-hoc/ten", {"ten": "mai thi roi di"}).text.replace(
        'value="', ""
    )
    assert kernel.send("events", event()).status_code == 403
    with server.database().session(readonly=True) as session:
        assert session.get(Removal, learner_id).reason == "self"
        assert session.get(Learner, learner_id).is_removed


def test_who_is_removed_is_in_no_file_of_the_database_while_the_server_goes_on(server, visitor, staff):
    one, _ = own(visitor, "Mai Thị Dấu Vết")
    _, other = own(visitor, "Mai Văn Dấu Vết")
    one.submit(f"{MINE}/xoa", {"pin": "1357", "chac_chan": "1"})
    page = staff.see(f"/can-bo/nguoi-hoc/{other}/xoa").text
    assert f"<code>{server.data}</code>" in page and "replaced-…" in page and "hocso-truoc-….db" in page
    staff.submit(f"/can-bo/nguoi-hoc/{other}/xoa", {"ly_do": "asked", "chac_chan": "1"})

    def traces():
        files = server.data.glob("hocso.db*")
        return [file.name for file in files if "Dấu Vết".encode() in file.read_bytes()]

    until = time.monotonic() + 20
    while traces() and time.monotonic() < until:
        time.sleep(0.2)
    assert traces() == []


def test_five_wrong_pins_lock_the_way_out_too(visitor):
    one, _ = own(visitor, "Mai Văn Khóa")
    answers = [one.submit(f"{MINE}/xoa", {"pin": "0000", "chac_chan": "1"}) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [403] * 4 + [429]
    assert one.submit(f"{MINE}/xoa", {"pin": "1357", "chac_chan": "1"}).status_code == 429


def test_all_entries_of_a_person_are_theirs_to_see_and_to_remove(server, visitor):
    one, first = own(visitor, "Mai Thị Một")
    _, second = own(visitor, "Mai Thị Mốt")
    with server.database().session() as session:
        merging.decide(session, first, second, "same", keep_id=first)
    assert "ghi tên 2 lần" in one.see(MINE).text and "Mai Thị Mốt" in one.see(MINE).text
    one.submit(f"{MINE}/xoa", {"pin": "1357", "chac_chan": "1"})
    with server.database().session(readonly=True) as session:
        assert session.get(Learner, first).is_removed and session.get(Learner, second).is_removed


@pytest.mark.parametrize("path", [MINE, f"{MINE}/tai-ve", f"{MINE}/xoa"])
def test_who_is_not_signed_in_as_a_learner_is_asked_to(visitor, staff, path):
    for browser in (visitor(), staff):
        assert "/vao-hoc" in browser.see(path).url
        assert "/vao-hoc" in browser.submit(path).url or path.endswith("tai-ve")


def test_staff_take_away_and_remove_for_somebody_who_asks(server, visitor, staff):
    _, learner_id = own(visitor, "Mai Thị Nhờ")
    path = f"/can-bo/nguoi-hoc/{learner_id}"
    page = staff.see(path).text
    assert f'action="{path}/du-lieu"' in page and f'href="{path}/xoa"' in page
    file = staff.submit(f"{path}/du-lieu")
    assert "Mai Thị Nhờ" in file.text and "Mai" not in unquote(file.headers["Content-Disposition"])
    for form in ({}, {"ly_do": "asked"}, {"ly_do": "self", "chac_chan": "1"}):
        assert staff.submit(f"{path}/xoa", form).status_code == 422
    done = staff.submit(f"{path}/xoa", {"ly_do": "family", "chac_chan": "1"})
    assert "Đã xóa người này" in done.text
    assert staff.see(path).status_code == 404
    with server.database().session(readonly=True) as session:
        gone = session.get(Learner, learner_id)
        assert (session.get(Removal, learner_id).reason, gone.is_removed) == ("family", True)
        noted = session.scalars(select(AccessEntry).where(AccessEntry.about == personal.noted_as(gone))).all()
        assert [(one.what, bool(one.account_id)) for one in noted] == [("xoa-nguoi-hoc", True)]
        assert "tai-nguoi-hoc" in session.scalars(select(AccessEntry.what)).all()


def test_trainers_neither_remove_nor_export(visitor):
    _, learner_id = own(visitor, "Mai Thị Yên")
    trainer = visitor()
    trainer.sign_in_to_account(TRAINER)
    for path in ("xoa", "du-lieu"):
        assert trainer.submit(f"/can-bo/nguoi-hoc/{learner_id}/{path}").status_code == 403
    assert trainer.see("/can-bo/hoan-thanh.csv?ten=co").status_code == 403


def test_an_export_has_names_only_with_the_tick_which_is_noted(server, visitor, staff):
    one, _ = own(visitor, "Mai Thị Trong Tệp")
    one.see("/hoc/ky-nang-so/mat-khau-va-otp")
    plain = staff.see("/can-bo/hoan-thanh.csv").content.decode("utf-8-sig")
    assert "Mã người học" in plain and "Họ và tên" not in plain and "Mai Thị" not in plain

    def noted():
        with server.database().session(readonly=True) as session:
            return len(session.scalars(select(AccessEntry).where(AccessEntry.what == "export-names")).all())

    before = noted()
    assert "Mai Thị Trong Tệp" in staff.see("/can-bo/hoan-thanh.csv?ten=co").content.decode("utf-8-sig")
    assert noted() == before + 1
