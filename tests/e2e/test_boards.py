"""The two boards in a real browser: staff look at indicators, a trainer follows three learners at once."""

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from hocso import kpi
from hocso.records import Account, classes, expected, populations
from tests.conftest import STAFF, TRAINER, Visitor
from tests.e2e.conftest import PHONE, PROJECTOR, sign_in
from tests.e2e.test_accessibility import assert_usable, serious

LESSON = "ky-nang-so/mat-khau-va-otp"


@pytest.fixture(scope="module")
def hall(new_server):
    return new_server()


@pytest.fixture
def board(hall, open_page):
    """Opens a path as an account, at projector size."""

    def make(account, path, viewport=PROJECTOR):
        one, page = Visitor(hall), open_page(viewport, hall)
        one.sign_in_to_account(account)
        sign_in(page, one)
        page.goto(path)
        page.wait_for_selector(".scroll table", timeout=60_000)
        return page

    return make


def open_class(hall):
    with hall.database().session() as session:
        trainer = session.scalar(select(Account).where(Account.username == TRAINER[0]))
        today = datetime.now(UTC).date()
        one = classes.open_class(
            session, trainer_id=trainer.id, place="Nhà văn hóa", date=today, lesson_ids=[LESSON]
        )
        return one.id, one.code


def test_staff_see_where_each_indicator_stands_and_who_is_missing(hall, board):
    Visitor(hall).register("Trần Văn Cán", group="can-bo")
    with hall.database().session() as session:
        for place in ("ap-thu-1", "ap-thu-2"):
            populations.set_population(session, place, "can-bo", datetime.now(UTC).year, 5, "Mẫu")
    page = board(STAFF, "/can-bo/bang")
    table = page.locator("table", has_text="Các chỉ tiêu")
    for code in ("K1", "K2", "K3", "K4", "K5", "B1", "B2"):
        assert table.locator("th", has_text=f"{code}. ").count() == 1
    assert page.locator("[role=img][aria-label*='Tỉ lệ từng chỉ tiêu'] svg").count() == 1
    page.get_by_label("Chỉ tiêu", exact=True).select_option("K1. " + kpi.indicator("K1").title)
    page.locator("table", has_text="K1 theo ấp").wait_for()
    assert "Trần Văn Cán" not in page.content()
    page.get_by_label("Ấp", exact=True).select_option(label="Ấp Thử 1")
    page.get_by_role("button", name="Xem danh sách").click()
    page.locator("th", has_text="Trần Văn Cán").wait_for()
    assert serious(page) == []


def test_the_board_of_indicators_fits_a_phone(board):
    assert_usable(board(STAFF, "/can-bo/bang", PHONE))


@pytest.mark.parametrize("scripts", [True, False])
def test_a_board_that_is_still_opening_says_so_in_vietnamese_and_not_where_it_never_opens(
    hall, browser, scripts
):
    one = Visitor(hall)
    one.sign_in_to_account(STAFF)
    context = browser.new_context(base_url=hall.url, java_script_enabled=scripts)
    page = context.new_page()
    page.route_web_socket("**/api/kernels/**", lambda line: None)  # one that says nothing
    sign_in(page, one)
    page.goto("/can-bo/bang")
    if scripts:
        page.locator(".jp-OutputArea-output").first.wait_for(state="attached")
    assert "Loading" not in page.locator("body").inner_text()
    assert page.get_by_text("Đang mở…").first.is_visible() is scripts
    context.close()


def test_a_trainer_follows_three_learners_at_once(hall, board, open_page):
    class_id, code = open_class(hall)
    late = Visitor(hall).register("Đinh Thị Chưa Tới")
    with hall.database().session() as session:
        expected.add(session, class_id, [late])
    learning = []
    for name in ("Nguyễn Thị An", "Lê Văn Bình", "Phạm Thị Cúc"):
        one, page = Visitor(hall), open_page(PHONE, hall)
        one.see(f"/lop/{code}")
        one.register(name, lop=code)
        sign_in(page, one)
        page.goto(f"/hoc/{LESSON}")
        learning.append(page)
    page = board(TRAINER, f"/giang-vien/lop/{class_id}/theo-doi")
    grid = page.locator("table.grid")
    for name in ("Nguyễn Thị An", "Lê Văn Bình", "Phạm Thị Cúc"):
        grid.locator("th", has_text=name).wait_for()
    said = page.locator("[role=status]", has_text="người trong lớp").inner_text()
    assert "3 người trong lớp" in said and "1 người chưa đến" in said

    learning[0].get_by_role("button", name="Tiếp").click()
    row = grid.locator("tr", has_text="Nguyễn Thị An")
    row.locator("td", has_text="▶").wait_for()
    assert grid.locator("tr", has_text="Lê Văn Bình").locator("td", has_text="✓").count() == 0

    page.get_by_role("button", name="không hiện tên").click()
    grid.locator("th", has_text="Người 1").wait_for()
    assert not any(name in page.content() for name in ("Nguyễn Thị An", "Lê Văn Bình", "Phạm Thị Cúc"))
    assert serious(page) == []


def test_a_new_pin_is_given_on_the_board_after_a_second_tap(hall, board):
    class_id, code = open_class(hall)
    one = Visitor(hall)
    learner_id = one.register("Đặng Văn Quên", lop=code)
    page = board(TRAINER, f"/giang-vien/lop/{class_id}/theo-doi")
    page.get_by_role("button", name="Cấp mã PIN mới").click()
    page.get_by_role("button", name="Chắc chắn").click()
    said = page.locator("[role=status]", has_text="Mã PIN mới của Đặng Văn Quên").inner_text()
    pin = re.search(r": (\d{4})\.", said)[1]
    assert Visitor(hall).submit(f"/vao-hoc/pin/{learner_id}", {"pin": pin}).ok


def test_a_board_whose_server_is_gone_says_so(new_server, open_page):
    server = new_server()
    one, page = Visitor(server), open_page(PROJECTOR, server)
    one.sign_in_to_account(STAFF)
    sign_in(page, one)
    page.goto("/can-bo/bang")
    page.wait_for_selector(".scroll table", timeout=60_000)
    server.stop()
    page.locator(".link-lost", has_text="mất kết nối").wait_for(timeout=30_000)


def test_the_boards_work_behind_a_certificate(new_server, certificate, browser):
    cert, key = certificate
    server = new_server(options=["--tls-cert", str(cert), "--tls-key", str(key)])
    one = Visitor(server)
    one.sign_in_to_account(STAFF)
    context = browser.new_context(ignore_https_errors=True, base_url=server.url)
    page = context.new_page()
    sign_in(page, one)
    page.goto("/can-bo/bang")
    page.wait_for_selector(".scroll table", timeout=60_000)
    context.close()
