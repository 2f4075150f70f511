"""What people may have in hand for an exchange file: damaged, foreign, of another edition."""

import hashlib
import io
import json
import random
import signal
import subprocess
import sys
import zipfile
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from hocso.records import (
    Account,
    ExchangeReceipt,
    ExchangeRefused,
    Learner,
    accounts,
    classes,
    exchange,
    exchange_files,
    exchange_rules,
    learners,
    settings,
)
from hocso.records.models import Base

from .conftest import PASSPHRASE

pytestmark = pytest.mark.usefixtures("quick_age")


def rewritten(content, change, name=exchange_files.MANIFEST):
    """An unencrypted file with one member changed: `change` gets and gives its text."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            text = old.read(member).decode()
            new.writestr(member, change(text) if member == name else text)
    return out.getvalue()


def manifest(content):
    return json.loads(zipfile.ZipFile(io.BytesIO(content)).read(exchange_files.MANIFEST))


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def about(**changes):
    return lambda text: json.dumps(json.loads(text) | changes)


def test_a_person_signs_in_with_their_pin_at_the_next_hall(hall, office):
    office.take(hall.write())
    with office.session() as session:
        who = learners.search(session, "Nguyễn Văn Mẫu")[0]
        assert learners.check_pin(session, who.id, "1357").ok
        assert who.phone == "0900000001"


def test_without_encryption_neither_pins_nor_phones_leave_the_laptop(hall, office):
    content = hall.write(passphrase=None)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        text = "".join(archive.read(name).decode() for name in archive.namelist())
    assert "argon2" not in text and "0900000001" not in text and "pin_hash" not in text
    receipt = office.take(content)
    assert any("không có mã PIN" in note for note in receipt.notes)
    office.take(hall.write(whole=True))
    with office.session() as session:
        assert learners.check_pin(session, learners.search(session, "Trần Thị Mẫu")[0].id, "1357").ok


def test_a_correction_made_where_there_was_no_pin_keeps_the_pin(hall, office):
    office.take(hall.write(passphrase=None))
    with office.session() as session:
        learners.search(session, "Trần Thị Mẫu")[0].group = "can-bo"
    hall.take(office.write())
    with hall.session() as session:
        who = learners.search(session, "Trần Thị Mẫu")[0]
        assert who.group == "can-bo" and learners.check_pin(session, who.id, "1357").ok


def test_an_account_that_came_along_signs_nobody_in(hall, office):
    office.trainer("lan")
    office.take(hall.write())
    with office.session() as session:
        assert accounts.check_password(session, "lan", "mat-khau-dai") is not None, "who was here signs in"
        (other,) = session.scalars(select(Account).where(Account.username != "lan"))
        assert other.username.startswith("lan-")
        for password in ("", "nobody", "mat-khau-dai"):
            assert accounts.check_password(session, other.username, password) is None


@pytest.mark.parametrize("encrypted", [True, False])
def test_a_byte_changed_anywhere_is_found_or_changes_nothing(hall, office, encrypted):
    content = hall.write(passphrase=PASSPHRASE if encrypted else None)
    asked = office.plan(content)
    chance = random.Random(757)
    places = {
        *range(0, 120),
        *(chance.randrange(len(content)) for _ in range(400)),
        *range(len(content) - 120, len(content)),
    }
    refused = 0
    for place in sorted(places):
        damaged = bytearray(content)
        damaged[place] ^= 1 << chance.randrange(8)
        try:
            assert office.plan(bytes(damaged)) == asked
        except ExchangeRefused as error:
            refused += 1
            assert str(error) in (
                exchange_files.FOREIGN,
                exchange_files.DAMAGED,
                exchange_files.ASK,
                exchange_files.NEWER,
            )
    assert refused > len(places) / 2


@pytest.mark.parametrize("part", [0, 10, 0.3, 0.9, 0.999])
def test_a_file_that_ends_too_early_is_refused(hall, office, part):
    content = hall.write()
    cut = content[: int(part * len(content)) if part < 1 else part]
    with pytest.raises(ExchangeRefused):
        office.take(cut)
    assert nothing_in(office)


def a_zip(**members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name.replace("__", "."), text)
    return out.getvalue()


@pytest.mark.parametrize(
    "foreign",
    [
        b"",
        b"khong phai tep",
        b"PK\x03\x04",
        a_zip(a__txt="x"),
        a_zip(manifest__json="{}"),
        a_zip(manifest__json="[1]"),
    ],
)
def test_a_foreign_file_is_refused(office, foreign):
    with pytest.raises(ExchangeRefused, match=r"không phải tệp trao đổi|hỏng"):
        office.take(foreign)
    assert nothing_in(office)


def test_a_file_of_a_newer_edition_is_refused_with_what_to_do(hall, office):
    content = hall.write(passphrase=None)
    for newer in (about(schema=exchange_files.SCHEMA + 1), about(format=exchange_files.FORMAT + 1)):
        with pytest.raises(ExchangeRefused, match="cập nhật Học Số"):
            office.take(rewritten(content, newer))


def without_columns(content, *left_out):
    """The file as an edition without these columns would have written it."""
    members = manifest(content)["members"]
    for kind, one in members.items():
        gone = [place for place, name in enumerate(one["columns"]) if f"{kind}.{name}" in left_out]
        kept = [name for place, name in enumerate(one["columns"]) if place not in gone]

        def lines(text, gone=gone):
            rows = [json.loads(line) for line in text.splitlines()]
            rows = [[value for place, value in enumerate(row) if place not in gone] for row in rows]
            return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)

        content = rewritten(content, lines, f"{kind}.jsonl")
        text = zipfile.ZipFile(io.BytesIO(content)).read(f"{kind}.jsonl")
        members[kind] |= {"columns": kept, "sha256": sha256(text)}
    return rewritten(content, about(members=members, schema=2))


def test_a_file_of_an_earlier_edition_comes_in(hall, office):
    stamps = [f"{kind}.updated_at" for kind in ("hamlets", "settings", "holidays", "calendar_dates")]
    content = without_columns(
        hall.write(passphrase=None),
        *stamps,
        "holidays.removed_at",
        "learners.pin_set_at",
        "learners.phone_set_at",
    )
    receipt = office.take(content)
    assert receipt.counts["learners"]["new"] == receipt.counts["quiz_attempts"]["new"] == 2
    with pytest.raises(ExchangeRefused, match="hỏng"):
        office.take(without_columns(hall.write(whole=True, passphrase=None), "learners.full_name"))


@pytest.mark.parametrize(
    ("kind", "column", "value"),
    [
        ("learners", "birth_year", "1960"),
        ("learners", "full_name", None),
        ("learners", "full_name", "x" * 81),
        ("learners", "group", "khac"),
        ("accounts", "role", "admin"),
        ("events", "occurred_at", "2026-11-24T03:00:00"),
        ("events", "occurred_at", 7),
        ("events", "share", 1e999),
        ("events", "result", json.loads("[" * 31 + "]" * 31)),
        ("quiz_attempts", "state", "draft"),
        ("settings", "key", "device_id"),
        ("class_sessions", "lessons", "ky-nang-so/otp"),
    ],
)
def test_a_value_that_is_none_of_ours_is_refused_and_nothing_comes_in(hall, office, kind, column, value):
    content = hall.write(passphrase=None)
    members = manifest(content)["members"]
    place = members[kind]["columns"].index(column)

    def changed(text):
        rows = [json.loads(line) for line in text.splitlines()]
        rows[-1][place] = value
        return "".join(json.dumps(row) + "\n" for row in rows)

    content = rewritten(content, changed, f"{kind}.jsonl")
    text = zipfile.ZipFile(io.BytesIO(content)).read(f"{kind}.jsonl")
    members[kind]["sha256"] = sha256(text)
    with pytest.raises(ExchangeRefused, match="hỏng"):
        office.take(rewritten(content, about(members=members)))
    assert nothing_in(office)


def test_a_file_that_lacks_what_its_rows_point_at_is_refused(hall, office):
    content = hall.write(passphrase=None)
    members = manifest(content)["members"]
    members["learners"] |= {"rows": 0, "sha256": sha256(b"")}
    content = rewritten(rewritten(content, lambda _: "", "learners.jsonl"), about(members=members))
    with pytest.raises(ExchangeRefused, match=r"thiếu người học.*«Tất cả» ở máy «Máy nhà văn hóa»"):
        office.take(content)
    assert nothing_in(office)


def test_a_file_that_would_unpack_to_too_much_is_refused(hall, office):
    content = rewritten(hall.write(passphrase=None), lambda _: "[0]\n" * 2_000_000, "events.jsonl")
    assert len(content) < 100_000
    with pytest.raises(ExchangeRefused, match="hỏng"):
        office.take(content)


def nothing_in(device):
    with device.session(readonly=True) as session:
        kept = session.scalars(select(ExchangeReceipt)).all()
        return not kept and not session.scalars(select(Learner)).all()


def test_a_file_that_keeps_a_class_waiting_says_so_before_it_is_taken_in(hall, office, monkeypatch):
    content = hall.write()
    assert not any("không có lớp nào đang học" in note for note in office.plan(content).notes)
    changes = office.plan(content).changes
    monkeypatch.setattr(exchange, "MANY_CHANGES", changes - 1)
    assert any("không có lớp nào đang học" in note for note in office.plan(content).notes)
    monkeypatch.setattr(exchange, "MANY_CHANGES", changes)
    assert not any("không có lớp nào đang học" in note for note in office.plan(content).notes)


def test_sample_data_and_real_data_stay_apart(hall, office):
    with office.session() as session:
        settings.put(session, "sample_data", True)
    with pytest.raises(ExchangeRefused, match="Dữ liệu mẫu"):
        office.take(hall.write())


@pytest.mark.parametrize("years", [-11, 9])
def test_a_clock_that_is_wrong_is_told_and_loses_nothing(device, office, years):
    hall = device("Máy sai giờ", timedelta(days=365 * years))
    who = hall.register()
    hall.did(who)
    receipt = office.take(hall.write())
    assert any("Đồng hồ hai máy lệch" in note for note in receipt.notes)
    assert receipt.counts["events"] == {"rows": 1, "new": 1, "changed": 0}
    with office.session() as session:
        assert learners.reset_pin(session, who)
        session.get(Learner, who).full_name = "Nguyễn Văn Sửa"
    hall.take(office.write())
    with hall.session(readonly=True) as session:
        assert session.get(Learner, who).full_name == "Nguyễn Văn Sửa", (
            "who corrects what they saw is believed"
        )


def test_the_same_person_made_on_two_laptops_comes_in_twice_and_is_told(device):
    one, other = device("Máy A"), device("Máy B")
    ids = {one.register("Nguyễn Văn A"), other.register("Nguyễn Văn A")}
    receipt = one.take(other.write())
    assert any("1 người mới trùng họ tên" in note for note in receipt.notes)
    with one.session(readonly=True) as session:
        assert set(session.scalars(select(Learner.id))) == ids


def test_a_file_that_was_left_out_is_told_and_may_come_later(hall, office):
    first = hall.write()
    hall.did(hall.register("Lê Thị Mẫu"))
    second = hall.write()
    plan = office.plan(second)
    assert any("chưa nhập tệp" in note and "Máy nhà văn hóa" in note for note in plan.notes)
    office.take(second)
    assert not any("chưa nhập tệp" in note for note in office.take(first).notes)
    assert office.dump() == hall.dump()
    assert any("đã nhập lúc" in note for note in office.plan(second).notes)
    assert office.plan(second).changes == 0


def test_only_what_is_new_goes_into_the_next_file(hall):
    hall.write()
    with pytest.raises(ExchangeRefused, match="không có gì mới"):
        hall.write()
    who = hall.register("Lê Thị Mẫu")
    hall.did(who)
    members = exchange.open_file(hall.write(), PASSPHRASE).manifest.members
    rows = {name: one["rows"] for name, one in members.items() if one["rows"]}
    assert rows == {"hamlets": 1, "learners": 1, "events": 1}


def test_a_class_that_was_planned_and_removed_comes_back_with_no_file(hall, office):
    trainer_id = hall.trainer()
    with hall.session() as session:
        plan = {"place": "Nhà văn hóa", "date": date(2026, 12, 1), "lesson_ids": ["ky-nang-so/otp"]}
        planned = classes.plan_class(session, trainer_id=trainer_id, now=hall.now(), **plan).id
    before = hall.write()
    office.take(before)

    def seen(device):
        with device.session(readonly=True) as session:
            return planned in [one.id for one in classes.for_trainer(session, trainer_id)]

    assert seen(office)
    with hall.session() as session:
        classes.remove(session, planned, hall.now())
    for content in (before, office.write(whole=True)):
        hall.take(content)
        assert not seen(hall)
    office.take(hall.write())
    assert not seen(office)
    office.take(before)
    assert not seen(office)


def test_what_a_class_did_is_passed_on_by_whoever_took_it_in(hall, office, device):
    office.take(hall.write())
    province = device("Máy ở tỉnh")
    province.take(office.write())
    assert province.dump()["events"] == hall.dump()["events"] and hall.dump()["events"]


def test_taking_in_counts_once_where_a_process_is_killed_in_the_middle(hall, office, tmp_path):
    with hall.session() as session:
        who = session.scalars(select(Learner.id)).first()
    for _ in range(300):
        hall.did(who, verb="progressed", exercise=None)
    file = tmp_path / "tep.hocso"
    file.write_bytes(hall.write(passphrase=None))
    script = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from hocso.records import exchange, open_database\n"
        "with open_database(sys.argv[1]).session() as session:\n"
        "    exchange.carry_out(session, exchange.open_file(Path(sys.argv[2]).read_bytes()))\n"
        "    print('written', flush=True)\n"
        "    time.sleep(60)\n"
    )
    address = office.database.engine.url.database
    process = subprocess.Popen(
        [sys.executable, "-c", script, address, str(file)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "written\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert nothing_in(office)
    receipt = office.take(file.read_bytes())
    assert receipt.counts["events"]["new"] == len(office.dump()["events"]) == 302


def test_every_table_and_column_travels_or_stays_home_for_a_reason():
    home = exchange_rules.STAY_HOME
    for table in Base.metadata.sorted_tables:
        kind = exchange_rules.KINDS.get(table.name)
        if kind is None:
            assert table.name in home or table.name == "class_lessons", table.name
            continue
        for column in table.columns:
            assert (column.name in kind.columns) != (f"{table.name}.{column.name}" in home), column


def test_what_travels_changes_only_with_the_number_of_its_edition():
    """Another set of columns needs another SCHEMA, so that earlier editions refuse the file."""
    said = json.dumps({kind.name: kind.columns for kind in exchange_rules.ROWS})
    assert (exchange_files.SCHEMA, sha256(said.encode())[:16]) == (4, "7c7d96ab6d415b0e")
