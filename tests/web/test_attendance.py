"""Who is in a class: ticked, registered on the spot, written down from paper, taken out again."""

import re
import subprocess

import pytest
from sqlalchemy import select

from hocso.records import AccessEntry, Attendance, Learner, classes, rosters
from tests.conftest import OTHER_TRAINER, STAFF, TRAINER

LESSON = "ky-nang-so/mat-khau-va-otp"


@pytest.fixture
def trainer(visitor):
    trainer = visitor()
    trainer.sign_in_to_account(TRAINER)
    return trainer


@pytest.fixture
def new_class(server, trainer):
    def make():
        form = {"place": "Nhà văn hóa Điểm Danh", "date": "2026-11-24", "lesson": LESSON}
        return trainer.submit("/giang-vien", form).url.removeprefix(server.url)

    return make


@pytest.fixture
def class_path(new_class):
    return new_class()


@pytest.fixture
def row_of(server):
    def row_of(path, learner_id):
        with server.database().session(readonly=True) as session:
            return session.get(Attendance, (path.split("/")[3], learner_id))

    return row_of


def test_a_trainer_finds_anybody_and_ticks_them(server, trainer, class_path, visitor, row_of):
    learner_id = visitor().register("Huỳnh Thị Có Mặt")
    found = trainer.submit(f"{class_path}/diem-danh/tim", {"ten": "co mat"}).text
    assert f'name="nguoi" value="{learner_id}"' in found
    page = trainer.submit(f"{class_path}/diem-danh/co-mat", {"nguoi": learner_id}).text
    assert "Đã ghi 1 người có mặt." in page
    assert re.search(r"Huỳnh Thị Có Mặt<br>.*giảng viên điểm danh", page)
    row = row_of(class_path, learner_id)
    assert row.how == "list" and row.recorded_by is not None
    again = trainer.submit(f"{class_path}/diem-danh/tim", {"ten": "co mat"}).text
    assert "Đã có trong lớp: Huỳnh Thị Có Mặt" in again
    with server.database().session(readonly=True) as session:
        looks = session.scalars(select(AccessEntry).where(AccessEntry.what == "tim-nguoi-hoc")).all()
    assert looks and all("Huỳnh" not in look.about for look in looks)


def test_those_of_earlier_classes_stand_there_to_be_ticked(trainer, new_class, visitor):
    earlier, later = new_class(), new_class()
    code = trainer.see(earlier).text.split('class="class-code">')[1][:6]
    learner_id = visitor().register("Dương Văn Lớp Trước", lop=code)
    page = trainer.see(f"{later}/diem-danh").text
    assert f'name="nguoi" value="{learner_id}"' in page
    assert f'value="{learner_id}"' not in trainer.see(f"{earlier}/diem-danh").text


def test_somebody_without_a_phone_is_registered_on_the_spot(server, trainer, class_path, tmp_path):
    form = {
        "full_name": "Mạc Thị Không Máy",
        "birth_year": "1950",
        "hamlet_id": "ap-thu-2",
        "group": "nguoi-dan",
    }
    path = f"{class_path}/diem-danh/ghi-ten"
    refused = trainer.submit(path, form)
    assert refused.status_code == 400
    assert 'value="Mạc Thị Không Máy"' in refused.text
    wrong = trainer.submit(path, form | {"consent": "yes", "birth_year": "50"})
    assert wrong.status_code == 400 and "Năm sinh" in wrong.text
    page = trainer.submit(path, form | {"consent": "yes"}).text
    assert "Đã ghi tên và điểm danh Mạc Thị Không Máy" in page
    assert trainer.submit(path, form | {"consent": "yes"}).status_code == 409
    (tmp_path / "the.pdf").write_bytes(trainer.submit(f"{class_path}/the").content)
    card = subprocess.run(
        ["pdftotext", tmp_path / "the.pdf", "-"], capture_output=True, text=True, check=True
    )
    assert re.search(r"PIN: \d{4}", card.stdout)


def test_attendance_on_paper_is_entered_after_the_end_and_shown_as_such(
    trainer, class_path, visitor, row_of, tmp_path
):
    learner_id = visitor().register("Chu Văn Ký Giấy")
    trainer.submit(f"{class_path}/ket-thuc")
    trainer.submit(f"{class_path}/diem-danh/tim", {"ten": "ky giay"})
    page = trainer.submit(f"{class_path}/diem-danh/co-mat", {"nguoi": learner_id}).text
    assert re.search(r"Chu Văn Ký Giấy<br>.*ghi từ giấy", page)
    row = row_of(class_path, learner_id)
    assert row.how == "paper" and row.recorded_by is not None
    assert "ghi từ giấy" in trainer.see(f"{class_path}/bang").text
    (tmp_path / "ky.pdf").write_bytes(trainer.see(f"{class_path}/danh-sach-ky").content)
    sheet = subprocess.run(
        ["pdftotext", tmp_path / "ky.pdf", "-"], capture_output=True, text=True, check=True
    )
    assert "ghi từ giấy" in " ".join(sheet.stdout.split())


def test_while_the_class_goes_on_the_trainer_says_what_comes_from_paper(trainer, class_path, visitor, row_of):
    learner_id = visitor().register("Cao Thị Trên Giấy")
    trainer.submit(f"{class_path}/diem-danh/co-mat", {"nguoi": learner_id, "giay": "1"})
    assert row_of(class_path, learner_id).how == "paper"


def test_taking_somebody_out_can_be_undone(trainer, class_path, visitor, row_of):
    code = trainer.see(class_path).text.split('class="class-code">')[1][:6]
    learner_id = visitor().register("Tô Thị Lộn Lớp", lop=code)
    page = trainer.submit(f"{class_path}/diem-danh/{learner_id}/dua-ra").text
    assert "Đã đưa Tô Thị Lộn Lớp ra khỏi lớp." in page
    assert row_of(class_path, learner_id).removed_at is not None
    assert "Tô Thị Lộn Lớp" not in trainer.see(f"{class_path}/bang").text
    trainer.submit(f"{class_path}/diem-danh/{learner_id}/dua-vao")
    assert row_of(class_path, learner_id).removed_at is None


def test_who_has_not_agreed_is_asked_before_being_written_down(server, trainer, class_path, row_of):
    content = "Họ và tên,Năm sinh,Ấp\nPhùng Văn Chưa Hỏi,1960,Ấp Thử 1\n".encode()
    with server.database().session() as session:
        plan = rosters.plan(session, rosters.read(content, "a.csv"), default_group="nguoi-dan")
        rosters.apply(session, plan, account_id=None, consented=False)
        learner_id = session.scalar(select(Learner.id).where(Learner.full_name == "Phùng Văn Chưa Hỏi"))
    found = trainer.submit(f"{class_path}/diem-danh/tim", {"ten": "chua hoi"}).text
    assert "chưa đồng ý lưu thông tin" in found
    refused = trainer.submit(f"{class_path}/diem-danh/co-mat", {"nguoi": learner_id})
    assert refused.status_code == 409
    assert "Có 1 người chưa đồng ý" in refused.text
    assert f'value="{learner_id}" checked' in refused.text
    assert row_of(class_path, learner_id) is None
    trainer.submit(f"{class_path}/diem-danh/co-mat", {"nguoi": learner_id, "dong-y": "1"})
    assert row_of(class_path, learner_id).how == "list"
    with server.database().session(readonly=True) as session:
        assert session.get(Learner, learner_id).consent_at is not None


def test_a_planned_class_has_no_attendance_yet(server, trainer, visitor):
    form = {"place": "Nhà văn hóa", "date": "2026-12-24", "lesson": LESSON, "viec": "ke-hoach"}
    path = trainer.submit("/giang-vien", form).url.removeprefix(server.url)
    assert "Lớp chưa bắt đầu" in trainer.see(f"{path}/diem-danh").text


def test_only_the_classs_own_trainer_sees_and_changes_who_is_there(server, trainer, class_path, visitor):
    code = trainer.see(class_path).text.split('class="class-code">')[1][:6]
    learner = visitor()
    learner_id = learner.register("Kiều Thị Kín Đáo", lop=code)
    outsider = visitor().register("Kiều Văn Người Ngoài")
    other, staff, nobody = visitor(), visitor(), visitor()
    other.sign_in_to_account(OTHER_TRAINER)
    staff.sign_in_to_account(STAFF)
    new = {"full_name": "Kẻ Mới", "birth_year": "1960", "hamlet_id": "ap-thu-1", "group": "nguoi-dan"}
    for path, form in (
        ("", None),
        ("/tim", {"ten": "kieu"}),
        ("/co-mat", {"nguoi": outsider}),
        ("/ghi-ten", None),
        ("/ghi-ten", new | {"consent": "yes"}),
        (f"/{learner_id}/dua-ra", {}),
        (f"/{learner_id}/dua-vao", {}),
    ):
        for one, statuses in ((other, (404,)), (staff, (403,)), (learner, (302,)), (nobody, (302,))):
            at = f"{class_path}/diem-danh{path}"
            answer = (
                one.see(at, allow_redirects=False)
                if form is None
                else one.submit(at, form, allow_redirects=False)
            )
            assert answer.status_code in statuses, (path, answer.status_code)
            assert "Kiều" not in answer.text
    with server.database().session(readonly=True) as session:
        assert [one.id for one in classes.present(session, class_path.rpartition("/")[2])] == [learner_id]
        assert session.scalar(select(Learner).where(Learner.full_name == "Kẻ Mới")) is None
