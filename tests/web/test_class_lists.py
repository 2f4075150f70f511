"""Who is expected in a class: the list on a page, in print, in the attendance; and where old cards lead."""

import io
import re
import subprocess

import openpyxl
import pytest
from sqlalchemy import select

from hocso.records import AccessEntry, Attendance, ClassSession, Learner, RosterImport, expected, removal
from hocso.records.clock import today
from hocso.web.app import server_secret
from hocso.web.card_tokens import CardTokens
from tests.conftest import OTHER_TRAINER, STAFF, TRAINER

LESSON = "ky-nang-so/mat-khau-va-otp"
PIN = "2846"


@pytest.fixture
def trainer(account):
    return account(TRAINER)


@pytest.fixture
def new_class(hall, trainer):
    """Makes a class of today; returns its address. Every class is ended after the test."""
    made = []

    def new_class(what="ke-hoach", place="Nhà văn hóa Danh Sách", by=trainer):
        form = {"place": place, "date": today().isoformat(), "lesson": LESSON, "viec": what}
        made.append((by, by.submit("/giang-vien", form).url.removeprefix(hall.url)))
        return made[-1][1]

    yield new_class
    for by, path in made:
        by.submit(f"{path}/ket-thuc")


@pytest.fixture
def planned(new_class):
    return new_class()


@pytest.fixture
def learner(hall, visitor):
    def learner(name):
        return visitor(hall).register(name, pin=PIN)

    return learner


def id_of(path):
    return path.split("/")[3]


def code_of(hall, path):
    with hall.database().session(readonly=True) as session:
        return session.get(ClassSession, id_of(path)).code


def on_list(hall, path):
    with hall.database().session(readonly=True) as session:
        return [who.full_name for who in expected.people(session, id_of(path))]


def expect(trainer, path, *learner_ids):
    return trainer.submit(f"{path}/danh-sach/them", {"nguoi": learner_ids})


def text_of(answer, tmp_path):
    assert answer.headers["Content-Type"] == "application/pdf"
    (tmp_path / "page.pdf").write_bytes(answer.content)
    command = ["pdftotext", "-layout", str(tmp_path / "page.pdf"), "-"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def send_roster(one, base, *people, **form):
    """Look at a roster and take it in; returns both answers."""
    book = openpyxl.Workbook()
    for row in (["Họ và tên", "Năm sinh", "Ấp"], *people):
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    page = one.submit(base, form, files={"tep": ("ds.xlsx", content.getvalue())})
    waits = re.search(r'name="cho" value="([0-9a-f]+)"', page.text)[1]
    return page, one.submit(f"{base}/nhap", {"cho": waits, "ten": "ds.xlsx", **form})


def test_a_trainer_lists_people_of_a_planned_class_and_takes_one_off_again(hall, trainer, planned, learner):
    learner_id = learner("Huỳnh Thị Dự Kiến")
    assert f'href="{planned}/danh-sach"' in trainer.see(planned).text
    found = trainer.submit(f"{planned}/danh-sach/tim", {"ten": "du kien"}).text
    assert f'name="nguoi" value="{learner_id}"' in found
    page = expect(trainer, planned, learner_id).text
    assert "Đã thêm 1 người vào danh sách." in page
    assert "Có tên: 1 người" in page and "Huỳnh Thị Dự Kiến<br>" in page
    assert "Mọi người đã có trong danh sách rồi." in expect(trainer, planned, learner_id).text
    again = trainer.submit(f"{planned}/danh-sach/tim", {"ten": "du kien"}).text
    assert "Đã có trong danh sách: Huỳnh Thị Dự Kiến" in again
    off = trainer.submit(f"{planned}/danh-sach/{learner_id}/bo").text
    assert "Đã bỏ Huỳnh Thị Dự Kiến khỏi danh sách." in off
    assert on_list(hall, planned) == []
    trainer.submit(f"{planned}/danh-sach/{learner_id}/dua-lai")
    assert on_list(hall, planned) == ["Huỳnh Thị Dự Kiến"]
    with hall.database().session(readonly=True) as session:
        looks = session.scalars(select(AccessEntry.about).where(AccessEntry.what == "danh-sach-lop")).all()
    assert f"lớp {code_of(hall, planned)}" in looks and not any("Huỳnh" in about for about in looks)


def test_cards_and_sheet_of_a_planned_class_have_everybody(trainer, planned, learner, tmp_path):
    names = ["Lâm Văn Một", "Lâm Văn Hai"]
    assert "thêm người vào danh sách dự kiến" in trainer.see(f"{planned}/the").text
    expect(trainer, planned, *[learner(name) for name in names])
    assert "In 2 thẻ" in trainer.see(f"{planned}/the").text
    cards = text_of(trainer.submit(f"{planned}/the"), tmp_path)
    assert all(name in cards for name in names)
    assert cards.count("PIN của bà con") == 2  # registered with a PIN of their own
    sheet = text_of(trainer.see(f"{planned}/danh-sach-ky"), tmp_path)
    assert all(name in sheet for name in names)


def test_attendance_lists_who_is_expected_before_during_and_after_the_class(
    trainer, planned, learner, tmp_path
):
    came, late, absent = (learner(f"Mai Thị {which}") for which in ("Tới", "Trễ", "Vắng"))
    expect(trainer, planned, came, late, absent)
    before = trainer.see(f"{planned}/diem-danh").text
    assert "Lớp chưa bắt đầu" in before and 'name="nguoi"' not in before
    assert "Danh sách lớp: 0 có mặt, 3 chưa đến" in before
    trainer.submit(f"{planned}/bat-dau")
    page = trainer.submit(f"{planned}/diem-danh/co-mat", {"nguoi": came}).text
    assert re.search(r"Mai Thị Tới<br>.*✓ có mặt", page)
    assert re.search(r"Mai Thị Vắng<br>.*○ chưa đến", page)
    assert f'value="{came}"' not in page and f'value="{absent}"' in page
    board = trainer.see(f"{planned}/bang").text
    assert "Dự kiến: <strong>3</strong>. Chưa đến: <strong>2</strong>" in board
    assert "Mai Thị Vắng" in trainer.see(planned).text
    trainer.submit(f"{planned}/ket-thuc")
    after = trainer.submit(f"{planned}/diem-danh/co-mat", {"nguoi": late}).text
    assert re.search(r"Mai Thị Trễ<br>.*✓ có mặt</strong><br><span class=\"hint\">ghi từ giấy", after)
    assert re.search(r"Mai Thị Vắng<br>.*✗ vắng", after)
    assert "Danh sách lớp: 2 có mặt, 1 vắng" in after
    assert "giữ nguyên" in trainer.see(f"{planned}/danh-sach").text
    assert trainer.submit(f"{planned}/danh-sach/{absent}/bo").status_code == 422
    sheet = text_of(trainer.see(f"{planned}/danh-sach-ky"), tmp_path)
    assert "Mai Thị Vắng" in sheet
    assert "Mai Thị Vắng" in text_of(trainer.submit(f"{planned}/the"), tmp_path)


def test_who_comes_without_being_expected_is_on_the_list_of_the_class_and_said_so(
    hall, trainer, planned, learner, visitor
):
    expect(trainer, planned, learner("Mạc Văn Có Tên"))
    trainer.submit(f"{planned}/bat-dau")
    visitor(hall).register("Mạc Văn Khách", lop=code_of(hall, planned))
    page = trainer.see(f"{planned}/diem-danh").text
    assert re.search(r"Mạc Văn Khách<br>.*✓ có mặt.*ngoài danh sách dự kiến", page)
    assert "Danh sách lớp: 1 có mặt, 1 chưa đến" in page


@pytest.mark.parametrize("who", ["trainer", "staff"])
def test_a_roster_fills_the_list_of_a_class_and_taking_it_back_empties_it(
    hall, account, planned, learner, who
):
    one, base = (account(TRAINER), "giang-vien") if who == "trainer" else (account(STAFF), "can-bo")
    known, new = f"Tạ Thị Đã Có {who.title()}", f"Tạ Thị Người Mới {who.title()}"
    learner(known)
    class_id, base = id_of(planned), f"/{base}/danh-sach"
    assert f'value="{class_id}" selected' in one.see(f"{base}?lop={class_id}").text
    rows = ([known, 1960, "Ấp Thử 1"], [new, 1961, "Ấp Thử 1"], [new, 1961, "Ấp Thử 1"])
    page, taken = send_roster(one, base, *rows, lop=class_id)
    assert "Đưa <strong>2 người</strong>, cả người đã có" in page.text
    assert "Đã đưa 2 người vào" in taken.text
    assert on_list(hall, planned) == [known, new]
    back = one.submit(f"{taken.url.removeprefix(hall.url)}/hoan-tac").text
    assert "bỏ 1 người, giữ lại 0 người. Đã bỏ 2 tên khỏi danh sách các lớp." in back
    assert on_list(hall, planned) == []


def test_a_roster_of_people_who_are_all_known_still_fills_a_list(hall, trainer, planned, learner):
    learner("Từ Văn Quen")
    page, taken = send_roster(
        trainer, "/giang-vien/danh-sach", ["Từ Văn Quen", 1960, "Ấp Thử 1"], lop=id_of(planned)
    )
    assert f"Đưa 1 người vào lớp {code_of(hall, planned)}" in page.text
    assert "thêm 0 người" in taken.text
    assert on_list(hall, planned) == ["Từ Văn Quen"]


def test_a_roster_for_a_class_that_has_ended_takes_nobody_in(hall, trainer, planned):
    trainer.submit(f"{planned}/bat-dau")
    trainer.submit(f"{planned}/ket-thuc")
    _, taken = send_roster(
        trainer, "/giang-vien/danh-sach", ["Uông Thị Lỡ", 1960, "Ấp Thử 1"], lop=id_of(planned)
    )
    assert taken.status_code == 409 and "Chưa nhập ai" in taken.text
    with hall.database().session(readonly=True) as session:
        assert session.scalar(select(Learner).where(Learner.full_name == "Uông Thị Lỡ")) is None


def test_a_list_is_filled_from_an_earlier_roster_and_from_another_class(hall, trainer, new_class):
    one, other = new_class(), new_class()
    send_roster(trainer, "/giang-vien/danh-sach", ["Viên Văn Lần Trước", 1960, "Ấp Thử 1"])
    with hall.database().session(readonly=True) as session:
        last = session.scalar(select(RosterImport.id).order_by(RosterImport.imported_at.desc()).limit(1))
    assert f'value="{last}"' in trainer.see(f"{one}/danh-sach").text
    trainer.submit(f"{one}/danh-sach/tu-lan-nhap", {"lan": last})
    assert on_list(hall, one) == ["Viên Văn Lần Trước"]
    trainer.submit(f"{other}/danh-sach/tu-lop", {"lop": id_of(one)})
    assert on_list(hall, other) == ["Viên Văn Lần Trước"]


def test_trainers_touch_their_own_lists_only_and_staff_those_of_all(hall, account, planned, learner, visitor):
    learner_id = learner("Xa Thị Kín")
    other, staff = account(OTHER_TRAINER), account(STAFF)
    someone = visitor(hall)
    someone.register("Xa Văn Tò Mò")
    theirs = other.submit(
        "/giang-vien", {"place": "Nơi khác", "date": "2026-11-24", "lesson": LESSON, "viec": "ke-hoach"}
    ).url.removeprefix(hall.url)
    of_staff = planned.replace("/giang-vien/", "/can-bo/")
    assert expect(staff, of_staff, learner_id).ok
    assert "Xa Thị Kín" in staff.see(f"{of_staff}/danh-sach").text
    assert id_of(planned) in staff.see("/can-bo/lop").text
    forms = {
        "tim": {"ten": "xa"},
        "them": {"nguoi": learner_id},
        "tu-lop": {"lop": id_of(theirs)},
        f"{learner_id}/bo": {},
        f"{learner_id}/dua-lai": {},
    }
    for what, form in forms.items():
        assert other.submit(f"{planned}/danh-sach/{what}", form).status_code == 404, what
        assert other.submit(f"{of_staff}/danh-sach/{what}", form).status_code == 403, what
        refused = someone.submit(f"{planned}/danh-sach/{what}", form, allow_redirects=False)
        assert refused.status_code == 302, what
    assert other.see(f"{planned}/danh-sach").status_code == 404
    # Another trainer's class gives its people to nobody else's list, nor takes a roster's.
    assert other.submit(f"{theirs}/danh-sach/tu-lop", {"lop": id_of(planned)}).status_code == 422
    _, taken = send_roster(
        other, "/giang-vien/danh-sach", ["Xa Văn Lạc", 1960, "Ấp Thử 1"], lop=id_of(planned)
    )
    assert taken.status_code == 409
    assert on_list(hall, planned) == ["Xa Thị Kín"]
    other.submit(f"{theirs}/xoa")


@pytest.fixture
def card(hall):
    """The address in the QR code of a card of a class."""
    tokens = CardTokens(server_secret(hall.data))
    return lambda learner_id, path: f"/the/{tokens.issue(learner_id, id_of(path))}"


@pytest.fixture
def come_in(hall, visitor):
    """Go on from the page that a card opened, with the PIN; the phone that did."""

    def come_in(address):
        phone = visitor(hall)
        page = phone.see(address)
        form = dict(re.findall(r'type="hidden" name="(lop|the)" value="([^"]*)"', page.text))
        phone.submit(page.url.removeprefix(hall.url).split("?")[0], form | {"pin": PIN})
        return phone

    return come_in


def how(hall, path, learner_id):
    with hall.database().session(readonly=True) as session:
        row = session.get(Attendance, (id_of(path), learner_id))
        return row and row.how


def test_an_old_card_leads_into_todays_class_that_expects_its_owner(
    hall, trainer, new_class, learner, card, come_in
):
    old, todays, _ = new_class("mo-ngay"), new_class("mo-ngay"), new_class("mo-ngay")
    learner_id = learner("Yên Thị Thẻ Cũ")
    expect(trainer, todays, learner_id)
    trainer.submit(f"{old}/ket-thuc")
    phone = come_in(card(learner_id, old))
    assert "Yên Thị Thẻ Cũ" in phone.see("/").text
    assert how(hall, todays, learner_id) == "card"
    assert how(hall, old, learner_id) is None


def test_where_the_card_cant_tell_it_asks_which_class(hall, trainer, new_class, learner, visitor, card):
    old, one = new_class("mo-ngay"), new_class("mo-ngay", place="Trường tiểu học Mẫu")
    learner_id = learner("Yên Văn Chưa Ghi")
    trainer.submit(f"{old}/ket-thuc")
    phone = visitor(hall)
    page = phone.see(card(learner_id, old))
    assert "đã kết thúc" in page.text and "Bà con đang ngồi ở lớp nào?" in page.text
    way = re.search(rf'href="([^"]*lop={code_of(hall, one)}[^"]*)"><strong>Trường tiểu học Mẫu', page.text)[1]
    form = dict(re.findall(r'name="(lop|the)" value="([^"]*)"', phone.see(way.replace("&amp;", "&")).text))
    phone.submit(way.split("?")[0], form | {"pin": PIN})
    assert how(hall, one, learner_id) == "card"


def test_a_card_of_no_running_class_says_what_to_do_and_opens_free_study(
    hall, trainer, planned, learner, visitor, card
):
    learner_id = learner("Yên Thị Ở Nhà")
    phone = visitor(hall)
    early = phone.see(card(learner_id, planned))
    assert "chưa bắt đầu" in early.text and "quét lại thẻ" in early.text
    way = re.search(r'href="(/vao-hoc/pin/[^"]*)">Học tự do', early.text)[1].replace("&amp;", "&")
    form = dict(re.findall(r'name="(lop|the)" value="([^"]*)"', phone.see(way).text))
    phone.submit(way.split("?")[0], form | {"pin": PIN})
    assert "Yên Thị Ở Nhà" in phone.see("/").text
    with hall.database().session(readonly=True) as session:
        assert session.query(Attendance).filter_by(learner_id=learner_id).all() == []


def test_a_class_that_ends_between_card_and_pin_leads_back_to_what_the_card_says(
    hall, trainer, new_class, learner, visitor, card
):
    ends = new_class("mo-ngay")
    learner_id = learner("Yên Thị Gõ Chậm")
    phone = visitor(hall)
    page = phone.see(card(learner_id, ends))
    form = dict(re.findall(r'name="(lop|the)" value="([^"]*)"', page.text))
    trainer.submit(f"{ends}/ket-thuc")
    late = phone.submit(page.url.removeprefix(hall.url).split("?")[0], form | {"pin": PIN})
    assert "Thẻ học viên" in late.text and "đã kết thúc" in late.text and "Học tự do" in late.text


def test_a_card_of_who_was_removed_says_so(hall, trainer, planned, learner, visitor, card):
    learner_id = learner("Yên Văn Đã Xóa")
    with hall.database().session() as session:
        removal.remove(session, learner_id, "asked")
    answer = visitor(hall).see(card(learner_id, planned))
    assert answer.status_code == 404 and "Không tìm thấy tên này" in answer.text
