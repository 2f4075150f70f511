"""A trainer takes a roster in on a phone, and a member of staff decides who is whom."""

from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import expect

from tests.conftest import STAFF, TRAINER, Visitor
from tests.e2e.conftest import sign_in
from tests.e2e.test_accessibility import assert_usable
from tests.records.rosters.make_ugly import FOLDER


@pytest.fixture
def signed_in(server, open_page):
    def make(account):
        one, page = Visitor(server), open_page()
        one.sign_in_to_account(account)
        sign_in(page, one)
        return page

    return make


@pytest.fixture
def roster(tmp_path) -> Path:
    book = openpyxl.Workbook()
    for row in (
        ["DANH SÁCH BÀ CON ẤP THỬ 1"],
        ["STT", "Họ và tên", "Năm sinh", "Ấp", "Nhóm", "Số điện thoại", "Số CCCD"],
        [1, "Huỳnh Thị Danh Sách", 1958, "Ấp Thử 1", "Người dân", "0900000001", "079158000001"],
        [2, "Huỳnh Văn Mẫu Ghi", 1963, "Ấp Thử 1", "Cán bộ", None, "079163000002"],
        [3, "Huỳnh Văn Mẫu Ghi", 1963, "Ấp Thử 2", None, None, None],
        [4, "Huỳnh Thị Thiếu Năm", None, "Ấp Thử 2", None, None, None],
        [5, "Huỳnh Thị Danh Sách", 1958, "Ấp Thử 1", None, None, None],
    ):
        book.active.append(row)
    file = tmp_path / "Bà con ấp Thử 1, buổi học tháng 11.xlsx"
    book.save(file)
    return file


def test_a_roster_on_a_phone_from_the_file_to_one_person_less(signed_in, roster):
    page = signed_in(TRAINER)
    page.goto("/giang-vien")
    page.get_by_role("link", name="Nhập danh sách người học").click()
    assert_usable(page)
    page.get_by_label("Tệp danh sách").set_input_files(roster)
    page.get_by_role("button", name="Xem trước").click()
    expect(page.get_by_role("status")).to_contain_text(
        "Đọc được 5 người: 2 người mới, 1 có thể trùng, 1 đã có, 1 cần sửa."
    )
    expect(page.get_by_text("Dòng 6, cột C: Hãy ghi năm sinh")).to_be_visible()
    expect(page.get_by_text("079158000001")).to_have_count(0)
    page.get_by_text("Máy đã hiểu tệp thế nào").click()
    expect(page.get_by_text("Không đọc cột giấy tờ tùy thân: G «Số CCCD»")).to_be_visible()
    assert_usable(page)
    page.get_by_role("button", name="Nhập 3 người").click()
    expect(page.get_by_role("main")).to_contain_text("thêm 3 người")
    assert_usable(page)

    staff = signed_in(STAFF)
    staff.goto("/can-bo")
    staff.get_by_role("link", name="Có thể trùng nhau").click()
    pair = staff.get_by_role("region", name="Huỳnh Văn Mẫu Ghi")
    expect(pair).to_contain_text("Vì: cùng tên, cùng năm sinh, khác ấp.")
    expect(pair).to_contain_text(roster.name)
    assert_usable(staff)
    pair.get_by_role("button", name="Là một người, giữ bên trái").click()
    expect(staff.get_by_role("status").first).to_contain_text("Đã ghi: là một người, giữ Huỳnh Văn Mẫu Ghi")
    expect(pair).to_have_count(0)
    assert_usable(staff)

    page.reload()
    expect(page.get_by_role("main")).to_contain_text("bỏ 1 người chưa học gì, 2 người ở lại")
    page.get_by_role("button", name="Hoàn tác lần nhập này").click()
    expect(page.get_by_role("status")).to_contain_text("Đã hoàn tác: bỏ 1 người, giữ lại 2 người.")
    expect(page.get_by_text("Huỳnh Văn Mẫu Ghi: cán bộ đã xét trùng tên").first).to_be_visible()


@pytest.mark.parametrize("name", ["hamlets-on-sheets.xlsx", "parents.xlsx", "two-columns-of-names.xlsx"])
def test_what_was_not_read_of_a_roster_is_seen_on_a_phone(signed_in, name):
    page = signed_in(TRAINER)
    page.goto("/giang-vien/danh-sach")
    page.get_by_label("Tệp danh sách").set_input_files(FOLDER / name)
    page.get_by_role("button", name="Xem trước").click()
    if name == "two-columns-of-names.xlsx":
        expect(page.get_by_role("alert")).to_contain_text("cột A «Họ và tên»; cột C «Họ tên theo hộ khẩu»")
    elif name == "parents.xlsx":
        page.get_by_text("Máy đã hiểu tệp thế nào").click()
        expect(page.get_by_text("Không đọc cột của người khác: A «Họ tên cha»")).to_be_visible()
    else:
        expect(page.get_by_text("Nháp: Trang này bị ẩn")).to_be_visible()
        page.get_by_text("Bỏ qua, không phải tên người: 1 dòng").click()
        expect(page.get_by_text("Trang «Ấp Mẫu 1», dòng 4: Cộng: 1")).to_be_visible()
    assert_usable(page)


@pytest.mark.parametrize(
    ("where", "size", "said"),
    [
        (
            "/can-bo/trao-doi",
            100 * 2**20,
            "lớn hơn 100 MB, trang này không nhận. Nhờ người phụ trách",
        ),
        ("/can-bo/danh-sach", 10 * 2**20, "Tệp lớn quá 10 MB. Hãy chia thành nhiều tệp nhỏ hơn"),
        ("/can-bo/so/van-ban/nhap", 10 * 2**20, "Tệp lớn quá 10 MB. Hãy chia thành nhiều tệp nhỏ hơn"),
    ],
)
def test_a_file_that_is_too_large_is_refused_in_plain_words_before_it_is_sent(
    signed_in, tmp_path, where, size, said
):
    page = signed_in(STAFF)
    page.goto(where)
    file, other = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    other.touch()
    with file.open("wb") as out:
        out.truncate(size + 1)
    field = page.locator("input[type=file]")
    field.set_input_files(file)
    assert said in field.evaluate("one => one.validationMessage")
    sent = []
    page.on("request", lambda request: sent.append(request.url))
    page.get_by_role("button", name="Xem trước").click()
    assert sent == []
    field.set_input_files(other)
    assert field.evaluate("one => one.validationMessage") == ""
