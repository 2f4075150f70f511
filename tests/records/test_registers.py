"""The staff's registers: by hand and from Excel."""

import io
import zipfile
from datetime import date, datetime, timedelta

import openpyxl
import pytest
from sqlalchemy import func, select

from hocso.records import (
    ActivityPerson,
    Document,
    Population,
    RegisterRefused,
    UnknownRecord,
    hamlets,
    populations,
    register_files,
    registers,
)
from hocso.records.clock import today
from hocso.records.registers import REGISTERS

PAPER = {"number": "12/KH", "title": "Kế hoạch", "issued_on": "1/6/2026", "received_on": "2026-06-02"}


@pytest.fixture
def session(database):
    with database.session() as session:
        for name in ("Ấp 1", "Ấp 2"):
            hamlets.add(session, name)
        yield session


def a_file(*rows, title="Trang tính1"):
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


SAMPLES = {
    "van-ban": PAPER,
    "nhiem-vu": {"title": "Nhiệm vụ", "led_by": "Phòng Kinh tế", "begun_on": "1/1/2026", "is_secret": "Có"},
    "hoat-dong": {"kind": "loa", "title": "Bài phát", "held_on": "10/10/2026", "reach": "1.200"},
    "co-so": {
        "name": "Vườn xoài",
        "kind": "Trang trại, cơ sở nông nghiệp",
        "hamlet_id": "ap 1",
        "since": "1/1/2020",
    },
    "ngay-nghi": {"day": "2/9/2026", "name": "Quốc khánh", "works": ""},
    "lich": {"day": "1/12/2026", "title": "Họp tổng kết", "note": "Phòng họp", "yearly": "Có"},
    "muc-rieng": {"indicator": "B1", "year": "2026", "share": "80%", "source": "KH 5"},
    "dan-so": {
        "hamlet_id": "Ấp 2",
        "group": "nguoi-dan",
        "year": 2026,
        "count": "1.250",
        "source": "Công an xã",
    },
}


@pytest.mark.parametrize("kind", REGISTERS)
def test_what_was_exported_comes_back_as_it_was(session, kind):
    registers.add(session, kind, SAMPLES[kind])
    before = registers.table(session, kind)
    content = io.BytesIO()
    assert register_files.write(content, session, kind) == len(before) == 1
    plan = register_files.plan(session, kind, content.getvalue())
    assert (plan.new, plan.changed, plan.same, plan.problems) == ([], [], 1, [])
    if kind not in ("muc-rieng", "dan-so"):
        registers.remove(session, kind, before["id"][0])
        assert registers.table(session, kind).empty
        register_files.carry_out(session, register_files.plan(session, kind, content.getvalue()))
        after = registers.table(session, kind)
        assert after.drop(columns="id").equals(before.drop(columns="id"))


def test_values_are_kept_as_what_they_mean(session):
    for kind, values in SAMPLES.items():
        registers.add(session, kind, values)
    kept = {kind: registers.table(session, kind).iloc[0] for kind in REGISTERS}
    assert kept["van-ban"].received_on == date(2026, 6, 2)
    assert kept["nhiem-vu"].is_secret is True
    assert kept["hoat-dong"].reach == 1200
    assert (kept["co-so"].hamlet_id, kept["co-so"].kind) == ("ap-1", "trang-trai")
    assert kept["muc-rieng"].share == 0.8
    assert kept["dan-so"]["count"] == 1250


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"number": " "}, "number", "còn trống"),
        ({"received_on": "31/2/2026"}, "received_on", "15/06/2026"),
        ({"received_on": "1/5/2026"}, "received_on", "Ngày ban hành"),
        ({"published_on": date.today() + timedelta(days=30)}, "published_on", "chưa tới"),
        ({"number": "1" * 61}, "number", "60 chữ"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_stored(session, changes, field, said):
    with pytest.raises(RegisterRefused) as refused:
        registers.add(session, "van-ban", PAPER | changes)
    assert list(refused.value.problems) == [field]
    assert said in refused.value.problems[field]
    assert registers.table(session, "van-ban").empty


def test_what_may_be_written_is_said_as_people_read_it(session):
    """A channel's name has commas in it."""
    with pytest.raises(RegisterRefused) as refused:
        registers.add(session, "hoat-dong", SAMPLES["hoat-dong"] | {"kind": "Báo giấy", "reach": -3})
    assert "«Hội nghị, sinh hoạt chuyên đề», «Loa truyền thanh»" in refused.value.problems["kind"]
    assert refused.value.problems["reach"] == "Mời ghi số nguyên từ 0 đến 10.000.000."
    with pytest.raises(RegisterRefused) as refused:
        registers.add(session, "dan-so", SAMPLES["dan-so"] | {"year": 20266})
    assert refused.value.problems["year"] == "Mời ghi số nguyên từ 2000 đến 2100."


@pytest.mark.parametrize(
    ("kind", "field", "said"), [("nhiem-vu", "communicated_on", "để trống"), ("hoat-dong", "held_on", "Lịch")]
)
def test_what_is_only_planned_is_in_no_register_that_counts_it_as_done(session, kind, field, said):
    with pytest.raises(RegisterRefused) as refused:
        registers.add(session, kind, SAMPLES[kind] | {field: today() + timedelta(days=1)})
    assert said in refused.value.problems[field]
    assert registers.table(session, kind).empty
    registers.add(session, kind, SAMPLES[kind] | {field: today()})


def test_a_removed_row_is_kept_and_can_be_brought_back_unless_entered_again(session):
    first = registers.add(session, "van-ban", PAPER)
    with pytest.raises(RegisterRefused, match="đã có văn bản"):
        registers.add(session, "van-ban", PAPER | {"number": "12/kh"})
    registers.remove(session, "van-ban", first)
    assert registers.table(session, "van-ban", removed=True)["id"].tolist() == [first]
    registers.bring_back(session, "van-ban", first)
    assert registers.table(session, "van-ban")["id"].tolist() == [first]
    registers.remove(session, "van-ban", first)
    registers.add(session, "van-ban", PAPER)
    with pytest.raises(RegisterRefused):
        registers.bring_back(session, "van-ban", first)
    assert session.scalar(select(func.count()).select_from(Document)) == 2


def test_people_are_entered_by_their_codes_and_crossed_out_again(session, database):
    from hocso.records import learners

    one, two = (
        learners.register(
            session,
            full_name=f"Nguyễn Văn {name}",
            birth_year=1960,
            hamlet_id="ap-1",
            group="nguoi-dan",
            pin="2468",
            consent_wording="Đồng ý",
        )
        for name in ("An", "Bình")
    )
    both = f"{one.code.lower()}; {two.code}"
    row = registers.add(session, "hoat-dong", SAMPLES["hoat-dong"] | {"people": both})
    assert registers.table(session, "hoat-dong")["people"][0] == ", ".join(sorted([one.code, two.code]))
    registers.change(session, "hoat-dong", row, SAMPLES["hoat-dong"] | {"people": two.code})
    assert registers.table(session, "hoat-dong")["people"][0] == two.code
    crossed = session.get(ActivityPerson, (row, one.id))
    assert crossed.removed_at is not None
    with pytest.raises(RegisterRefused, match="KHONG"):
        registers.change(session, "hoat-dong", row, SAMPLES["hoat-dong"] | {"people": "KHONG"})


def test_figures_keep_their_history_and_the_newest_holds(session, now):
    first = registers.add(session, "dan-so", SAMPLES["dan-so"], now=now)
    changed = SAMPLES["dan-so"] | {"count": 1300, "source_date": "1/11/2026"}
    registers.change(session, "dan-so", first, changed, now=now + timedelta(days=1))
    assert registers.table(session, "dan-so")["count"].tolist() == [1300]
    assert populations.in_force(session, 2026)["count"].tolist() == [1300]
    history = populations.history(session)
    assert history["count"].tolist() == [1300, 1250]
    assert history["source_date"][0] == date(2026, 11, 1)
    with pytest.raises(RegisterRefused, match="lịch sử"):
        registers.remove(session, "dan-so", first)
    assert session.scalar(select(func.count()).select_from(Population)) == 2


def test_a_file_is_entered_whole_or_not_at_all_and_says_where_it_is_wrong(session):
    content = a_file(
        ["UBND XÃ", None],
        ["so, ky hieu *", "TRÍCH YẾU", "Ngày ban hành", "Ngày nhận", "Cột khác"],
        ["1/KH", "Một", datetime(2026, 6, 1), datetime(2026, 6, 2), "?"],
        [None, None, None, None, None],
        ["2/KH", None, "1/6/2026", "hôm qua", None],
        ["1/kh", "Một nữa", "1/6/2026", "2/6/2026", None],
        title="Văn bản",
    )
    plan = register_files.plan(session, "van-ban", content)
    assert [str(problem) for problem in plan.problems] == [
        "Trang «Văn bản», dòng 5, cột B (Trích yếu): Ô này còn trống, mời ghi vào.",
        "Trang «Văn bản», dòng 5, cột D (Ngày nhận): Không đọc được ngày. Mời ghi như 15/06/2026.",
        "Trang «Văn bản», dòng 6, cột A (Số, ký hiệu): Trùng với dòng 3. Mời giữ một dòng.",
    ]
    with pytest.raises(RegisterRefused, match="chưa nhập dòng nào"):
        register_files.carry_out(session, plan)
    assert registers.table(session, "van-ban").empty


@pytest.mark.parametrize(
    ("cell", "shown_as", "share"),
    [
        (0.5, "0%", 0.5),
        (1, "0.00%", 1.0),
        (0.85125, "0.000%", 0.85125),
        (50, "General", 0.5),
        ("50%", "@", 0.5),
        ("3,48", "@", 0.0348),
    ],
)
def test_a_target_is_what_the_cell_shows(session, cell, shown_as, share):
    """Excel keeps a typed 50% as the number 0.5."""
    book = openpyxl.Workbook()
    book.active.append(["Chỉ tiêu", "Từ năm", "Mức (%)", "Văn bản đặt mức"])
    book.active.append(["B1", 2026, cell, "KH 1"])
    book.active["C2"].number_format = shown_as
    content = io.BytesIO()
    book.save(content)
    register_files.carry_out(session, register_files.plan(session, "muc-rieng", content.getvalue()))
    assert registers.table(session, "muc-rieng")["share"].tolist() == [share]


def test_importing_again_changes_what_differs_and_leaves_columns_that_are_not_there(session):
    registers.add(session, "van-ban", PAPER | {"note": "giữ"})
    header = ["Số, ký hiệu", "Trích yếu", "Ngày ban hành", "Ngày nhận", "Ngày đăng"]
    rows = [
        ["12/KH", "Kế hoạch", "1/6/2026", "2/6/2026", "5/6/2026"],
        ["13/KH", "Mới", "1/6/2026", "2/6/2026", ""],
    ]
    plan = register_files.plan(session, "van-ban", a_file(header, *rows))
    assert (len(plan.new), len(plan.changed), plan.same) == (1, 1, 0)
    register_files.carry_out(session, plan)
    table = registers.table(session, "van-ban")
    assert table["published_on"].tolist() == [date(2026, 6, 5), None]
    assert table["note"].tolist() == ["giữ", None]
    again = register_files.plan(session, "van-ban", a_file(header, *rows))
    assert (len(again.new), len(again.changed), again.same) == (0, 0, 2)


def a_bomb():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/worksheets/sheet1.xml", b" " * 30_000_000)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "trống"),
        (a_bomb(), "quá lớn"),
        (b"PK\x03\x04 ...", "dạng .xlsx"),
        (a_file(["Tên"], ["x"]), "thiếu cột: Số, ký hiệu"),
        ("Tên\nx\n".encode(), "^Tệp thiếu cột"),
    ],
)
def test_a_file_that_is_none_is_refused_with_what_to_do(session, content, said):
    with pytest.raises(RegisterRefused, match=said):
        register_files.plan(session, "van-ban", content)


def test_an_unknown_register_or_row_is_said_so(session):
    with pytest.raises(UnknownRecord, match="van-ban"):
        registers.table(session, "khong-co")
    for kind in ("van-ban", "ngay-nghi"):
        with pytest.raises(UnknownRecord):
            registers.remove(session, kind, "khong-co")
