"""A roster on a page: sent, looked at, taken in, taken back; and what a trainer may see of it."""

import html
import io
import os
import re
import sqlite3
import time
from contextlib import closing

import openpyxl
import pytest
from sqlalchemy import func, select

from hocso.records import AccessEntry, Learner, attempts, rosters
from tests.conftest import OTHER_TRAINER, STAFF, TRAINER
from tests.records.rosters.make_ugly import FOLDER

HEADER = ["STT", "Họ và tên", "Năm sinh", "Ấp", "Nhóm", "Điện thoại"]
PLACES = {"trainer": "/giang-vien/danh-sach", "staff": "/can-bo/danh-sach"}


@pytest.fixture(params=["trainer", "staff"])
def teacher(request, account):
    """Whoever takes rosters in, and the address where."""
    return account(TRAINER if request.param == "trainer" else STAFF), PLACES[request.param]


@pytest.fixture
def trainer(account):
    return account(TRAINER)


@pytest.fixture
def names(request):
    """Names that no other test uses."""
    letters = "".join(char for char in request.node.name.title() if char.isalpha())[-40:]
    return [f"Nguyễn {kind} {letters}" for kind in ("Mẫu", "Thử", "Giả")]


def a_roster(*people, header=HEADER):
    book = openpyxl.Workbook()
    book.active.append(header)
    for number, row in enumerate(people, start=1):
        book.active.append([number, *row])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def looked_at(one, base, content, **form):
    page = one.submit(base, form, files={"tep": ("Danh sách ấp.xlsx", content)})
    waits = re.search(r'name="cho" value="([0-9a-f]+)"', page.text)
    return page, {"cho": waits[1] if waits else "", "ten": "Danh sách ấp.xlsx", **form}


def people(hall):
    with hall.database().session(readonly=True) as session:
        return session.scalar(select(func.count()).select_from(Learner))


def uploads(hall):
    return list((hall.data / "uploads").glob("*"))


def test_a_roster_is_looked_at_taken_in_and_taken_back(hall, teacher, names):
    one, base = teacher
    before = people(hall)
    waiting = uploads(hall)
    content = a_roster(
        [names[0], 1960, "Ấp Thử 1", "Người dân", "0912345678"],
        [names[1], 1971, "Ấp Thử 2", "Cán bộ", None],
        [names[2], None, "Ấp Thử 1", None, None],
        [names[0], 1960, "Ấp Thử 1", None, None],
        [names[0], 1960, "Ấp Thử 2", None, None],
    )
    page, waits = looked_at(one, base, content)
    assert "Đọc được 5 người: 2 người mới, 1 có thể trùng, 1 đã có, 1 cần sửa. Chưa nhập ai." in page.text
    assert "Dòng 4, cột C: Hãy ghi năm sinh bằng bốn chữ số" in page.text
    assert page.text.index("Cần sửa trong tệp") < page.text.index("Có thể trùng") < page.text.index("Đã có")
    assert "trùng với dòng 2" in page.text
    assert "Họ và tên: cột B «Họ và tên»" in page.text.replace("&#34;", '"')
    assert people(hall) == before

    taken = one.submit(f"{base}/nhap", waits)
    copy = max((hall.data / "backups").glob("hocso-truoc-nhap-nguoi-*Z.db"))
    with closing(sqlite3.connect(copy)) as kept:
        assert kept.execute("SELECT count(*) FROM learners").fetchone() == (before,)
    assert "thêm 3 người, 1 dòng đã có sẵn, 1 dòng cần sửa nên chưa nhập" in taken.text
    assert people(hall) == before + 3
    assert uploads(hall) == waiting
    assert "Danh sách ấp.xlsx" in one.see(base).text

    back = one.submit(taken.url.removeprefix(hall.url) + "/hoan-tac")
    assert "Đã hoàn tác: bỏ 3 người, giữ lại 0 người." in back.text
    assert people(hall) == before
    assert "đã hoàn tác" in one.see(base).text


def test_who_was_taken_back_is_in_no_file_of_the_database(hall, trainer, names):
    _, waits = looked_at(trainer, PLACES["trainer"], a_roster([names[0], 1960, "Ấp Thử 1"]))
    taken = trainer.submit(f"{PLACES['trainer']}/nhap", waits)
    trainer.submit(taken.url.removeprefix(hall.url) + "/hoan-tac")
    files = hall.data.glob("hocso.db*")
    assert [file.name for file in files if names[0].encode() in file.read_bytes()] == []


def test_who_has_learnt_stays_when_a_roster_is_taken_back_and_the_page_says_why(hall, trainer, names):
    _, waits = looked_at(trainer, PLACES["trainer"], a_roster([names[0], 1960, "Ấp Thử 1"]))
    taken = trainer.submit(f"{PLACES['trainer']}/nhap", waits)
    with hall.database().session() as session:
        learner = session.scalar(select(Learner).where(Learner.full_name == names[0]))
        assert (learner.pin_hash, learner.consent_at) == ("", None)
        attempts.current_attempt(session, learner.id, "ky-nang-so-04")
    path = taken.url.removeprefix(hall.url)
    assert f"{names[0]}: đã làm bài kiểm tra" in trainer.see(path).text
    back = trainer.submit(f"{path}/hoan-tac").text
    assert "bỏ 0 người, giữ lại 1 người" in back
    assert f"{names[0]}: đã làm bài kiểm tra" in back


def test_taking_the_same_roster_in_again_makes_nobody_twice(hall, teacher, names):
    one, base = teacher
    content = a_roster([names[0], 1960, "Ấp Thử 1"], [names[1], 1961, "Ấp Thử 1"])
    _, waits = looked_at(one, base, content)
    # Sent from two windows: what has changed since the preview counts.
    _, waits_too = looked_at(one, base, content)
    one.submit(f"{base}/nhap", waits)
    before = people(hall)
    assert "thêm 0 người" in one.submit(f"{base}/nhap", waits_too).text
    page, _ = looked_at(one, base, content)
    assert "Không có ai mới để nhập." in page.text
    assert people(hall) == before


def test_rows_without_hamlet_and_group_get_those_of_the_form(hall, trainer, names):
    content = a_roster([names[0], 1960], header=["STT", "Họ và tên", "Năm sinh"])
    page, waits = looked_at(trainer, PLACES["trainer"], content)
    assert "Thiếu ấp." in page.text
    # The same file, looked at again another way: it need not be sent again.
    page = trainer.submit(PLACES["trainer"], {**waits, "ap": "ap-thu-2", "nhom": "can-bo", "dong-y": "co"})
    assert "1 người mới" in page.text
    form = {**waits, "ap": "ap-thu-2", "nhom": "can-bo", "dong-y": "co"}
    assert trainer.submit(f"{PLACES['trainer']}/nhap", form).ok
    with hall.database().session(readonly=True) as session:
        learner = session.scalar(select(Learner).where(Learner.full_name == names[0]))
        assert (learner.hamlet_id, learner.group) == ("ap-thu-2", "can-bo")
        assert "Tôi đồng ý cho xã lưu" in learner.consent_wording


def test_only_staff_add_hamlets_by_a_roster(hall, account, trainer, names):
    content = a_roster([names[0], 1960, "Ấp Chưa Có"])
    page, _ = looked_at(trainer, PLACES["trainer"], content, **{"ap-moi": "co"})
    assert "Ấp này chưa có trong danh sách của xã." in page.text
    page, _ = looked_at(account(STAFF), PLACES["staff"], content, **{"ap-moi": "co"})
    assert "Thêm ấp: Ấp Chưa Có" in page.text


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "trống"),
        (b"PK\x03\x04 none", "Không đọc được tệp này"),
        (b"a;b\n1;2\n", "Không thấy dòng tiêu đề"),
    ],
)
def test_a_file_that_is_no_roster_is_refused_with_what_to_do(hall, teacher, content, says):
    one, base = teacher
    waiting = uploads(hall)
    page, _ = looked_at(one, base, content)
    assert page.status_code == 422
    assert says in page.text
    assert uploads(hall) == waiting
    assert "Mời chọn tệp danh sách" in one.submit(base).text


def test_the_preview_says_what_was_understood_otherwise_than_it_is_written(trainer):
    page, _ = looked_at(trainer, PLACES["trainer"], (FOLDER / "names-with-more.xlsx").read_bytes())
    text = html.unescape(page.text)
    assert "Máy hiểu khác chữ trong tệp: 4 dòng" in text
    assert "Dòng 5: <strong>Nguyễn Văn Mẫu</strong>. Bỏ chữ trong ngoặc sau tên." in text
    assert "Hai Lúa" not in text


def test_the_preview_names_sheets_columns_and_rows_that_are_not_read(trainer):
    page, _ = looked_at(trainer, PLACES["trainer"], (FOLDER / "hamlets-on-sheets.xlsx").read_bytes())
    text = html.unescape(page.text)
    assert "Đọc được 3 người" in text
    assert "Trang tính không đọc: 3" in text
    assert "<strong>Nháp</strong>: Trang này bị ẩn" in text
    assert "Bỏ qua, không phải tên người: 1 dòng" in text
    assert "Trang «Ấp Mẫu 1», dòng 4: Cộng: 1" in text
    assert "Trang «Ấp Mẫu 2», dòng 3, cột C: Hãy ghi năm sinh" in text
    page, _ = looked_at(trainer, PLACES["trainer"], (FOLDER / "parents.xlsx").read_bytes())
    assert "Không đọc cột của người khác: A «Họ tên cha», B «Năm sinh cha»" in html.unescape(page.text)
    page, _ = looked_at(trainer, PLACES["trainer"], (FOLDER / "heads-of-household.xlsx").read_bytes())
    assert "Mời xem kỹ: Tên lấy ở cột B «Họ tên chủ hộ»" in html.unescape(page.text)


def test_a_long_list_is_folded_and_cut(trainer):
    content = a_roster(
        *[[f"Trần Văn {chr(65 + one // 26)}{chr(97 + one % 26)}", 1980, "Ấp Thử 1"] for one in range(260)]
    )
    page, _ = looked_at(trainer, PLACES["trainer"], content)
    assert page.text.count("<strong>Trần Văn") == 200
    assert "Còn 60 dòng nữa" in page.text


def test_a_file_that_waits_is_the_senders_own_and_not_for_ever(hall, trainer, account, names):
    _, waits = looked_at(trainer, PLACES["trainer"], a_roster([names[0], 1960, "Ấp Thử 1"]))
    (file,) = [one for one in uploads(hall) if one.name.endswith(waits["cho"])]
    assert file.stat().st_mode & 0o077 == 0
    assert file.parent.stat().st_mode & 0o077 == 0
    for other, base in ((OTHER_TRAINER, PLACES["trainer"]), (STAFF, PLACES["staff"])):
        assert account(other).submit(f"{base}/nhap", waits).status_code == 410
    os.utime(file, (time.time() - 3700,) * 2)
    late = trainer.submit(f"{PLACES['trainer']}/nhap", waits)
    assert late.status_code == 410
    assert "Mời chọn lại tệp" in late.text
    assert not file.exists()


@pytest.mark.parametrize("waits", ["", "../../hocso.db", "0" * 32, "x" * 32])
def test_no_other_file_is_read_as_the_one_that_waits(trainer, waits):
    assert trainer.submit(f"{PLACES['trainer']}/nhap", {"cho": waits}).status_code == 410


def test_who_may_open_these_pages(hall, account, visitor, names):
    trainer, staff = account(TRAINER), account(STAFF)
    _, waits = looked_at(trainer, PLACES["trainer"], a_roster([names[0], 1960, "Ấp Thử 1"]))
    path = trainer.submit(f"{PLACES['trainer']}/nhap", waits).url.removeprefix(hall.url)
    of_staff = path.replace("/giang-vien/", "/can-bo/")
    assert trainer.see(path).ok
    assert staff.see(of_staff).ok
    other = account(OTHER_TRAINER)
    assert other.see(path).status_code == 404
    assert other.submit(f"{path}/hoan-tac").status_code == 404
    assert names[0] not in other.see(PLACES["trainer"]).text
    for one, wrong in ((trainer, "staff"), (staff, "trainer")):
        assert one.see(PLACES[wrong]).status_code == 403
        assert one.see(f"{PLACES[wrong]}/mau.xlsx").status_code == 403
        assert one.submit(f"{PLACES[wrong]}/nhap", waits).status_code == 403
    learner = visitor(hall)
    learner.register(f"{names[1]}")
    for base in PLACES.values():
        assert "/dang-nhap" in learner.see(base).url
        assert "/dang-nhap" in visitor(hall).see(path).url


def test_looks_at_names_are_noted_without_names(hall, trainer, names):
    _, waits = looked_at(trainer, PLACES["trainer"], a_roster([names[0], 1960, "Ấp Thử 1"]))
    path = trainer.submit(f"{PLACES['trainer']}/nhap", waits).url.removeprefix(hall.url)
    trainer.submit(f"{path}/hoan-tac")
    with hall.database().session(readonly=True) as session:
        noted = session.execute(select(AccessEntry.what, AccessEntry.about)).all()
    assert {"roster-preview", "roster-import", "roster-take-back"} <= {what for what, _ in noted}
    assert not any(names[0] in about or "Danh sách ấp" in about for _, about in noted)
    assert names[0] not in hall.log


def test_the_template_can_be_filled_in_and_sent(trainer):
    answer = trainer.see(f"{PLACES['trainer']}/mau.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    book.active.append(["Lý Văn Điền", 1955, "Ấp Thử 1", "Người dân", "0911222333"])
    content = io.BytesIO()
    book.save(content)
    assert len(rosters.read(content.getvalue(), "mau").rows) == 1
    page, _ = looked_at(trainer, PLACES["trainer"], content.getvalue())
    assert "Đọc được 1 người: 1 người mới" in page.text
