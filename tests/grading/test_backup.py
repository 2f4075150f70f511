"""A backup holds everything of one moment, and what is restored is what was backed up."""

import json
import os
import shutil
import sqlite3
import unicodedata
import zipfile
from contextlib import closing, contextmanager
from datetime import timedelta

import pytest
from filelock import FileLock
from sqlalchemy import select

from hocso.course import load_catalogue
from hocso.grading import backup
from hocso.records import DataInUse, Event, Learner, StorageFull, open_database, removal, signing_out
from hocso.records.clock import utc_now
from hocso.records.database import KEPT, copy_before
from hocso.records.demo import load_sample
from tests.conftest import KIT


@pytest.fixture(scope="module")
def sample_data(tmp_path_factory, released_course):
    """A data folder with sample learners, a course and a key."""
    folder = tmp_path_factory.mktemp("sample") / "data"
    shutil.copytree(released_course, folder / "course")
    database = open_database(folder / "hocso.db")
    load_sample(database, load_catalogue(KIT))
    database.close()
    (folder / "secret.key").write_bytes(b"k" * 32)
    return folder


@pytest.fixture
def data(tmp_path, sample_data):
    """A copy of it, to do with as one likes."""
    return shutil.copytree(sample_data, tmp_path / "data")


@contextmanager
def records(data):
    with closing(open_database(data / "hocso.db")) as database, database.session() as session:
        yield session


def names(data) -> list[str]:
    with records(data) as session:
        return sorted(one.full_name for one in session.query(Learner))


def content(data) -> dict[str, bytes]:
    return {
        str(path.relative_to(data)): path.read_bytes()
        for path in data.rglob("*")
        if path.is_file() and path.parts[len(data.parts)] in ("course", "secret.key") and path.name[0] != "."
    }


def test_a_restore_drill(data):
    """Backed up, lost, restored: the same people, gradebook, submissions and key."""
    before, files = names(data), content(data)
    made = backup.back_up(KIT, data)
    assert (made.learners, made.size) == (60, made.path.stat().st_size)
    shutil.rmtree(data / "course")
    (data / "hocso.db").write_bytes(b"a plug was pulled")
    (data / "secret.key").unlink()
    aside = backup.restore(made.path, data)
    assert names(data) == before
    restored = content(data)
    assert restored.keys() == files.keys()
    assert all(restored[name] == files[name] for name in files if not name.endswith(".db"))
    with sqlite3.connect(data / "course/gradebook.db") as gradebook:
        assert gradebook.execute("SELECT count(*) FROM assignment").fetchone()[0] == 25
    assert (aside / "hocso.db").read_bytes() == b"a plug was pulled"


def test_who_signed_out_after_the_backup_is_still_signed_out_when_it_is_restored(data):
    """The key comes back too: a cookie that somebody copied would be good again."""
    with records(data) as session:
        signing_out.note(session, "before")
    made = backup.back_up(KIT, data)
    with records(data) as session:
        signing_out.note(session, "since")
    backup.restore(made.path, data)
    with records(data) as session:
        assert signing_out.has(session, "before") and signing_out.has(session, "since")
        assert not signing_out.has(session, "another")


def test_who_asked_to_be_removed_after_the_backup_does_not_come_back_with_it(data):
    """Whose time was over does: a backup is the one way back from a wrong term."""
    with records(data) as session:
        own, family, over, stays = session.scalars(select(Learner).limit(4))
        ids = {"self": own.id, "family": family.id, removal.RETENTION: over.id}
        unlike = own.full_name, family.full_name
        remain = {over.id: over.full_name, stays.id: stays.full_name}
    made = backup.back_up(KIT, data)
    with records(data) as session:
        for reason, learner_id in ids.items():
            removal.remove(session, learner_id, reason)
    backup.restore(made.path, data)
    with records(data) as session:
        for reason in ("self", "family"):
            one = session.get(Learner, ids[reason])
            assert one.is_removed and one.pin_hash == "" and one.full_name == removal.REMOVED_NAME
            answers = select(Event.result).where(Event.learner_id == one.id, Event.result.is_not(None))
            assert session.scalars(answers).all() == []
        assert {id: session.get(Learner, id).full_name for id in remain} == remain
    kept = (data / "hocso.db").read_bytes()
    assert not any(name.encode() in kept for name in unlike)


def test_a_backup_is_made_while_others_write(data):
    """What a writer has committed is in it, what is in the middle of a transaction is not."""
    database = open_database(data / "hocso.db")
    with database.session() as session:
        one = session.query(Learner).first()
        one.full_name = "Chưa Xong"
        session.flush()
        made = backup.back_up(KIT, data)
    database.close()
    assert "Chưa Xong" in names(data)
    backup.restore(made.path, data)
    assert "Chưa Xong" not in names(data)


def test_what_a_backup_that_was_killed_has_left_goes_with_the_next(data):
    folder = data / "backups"
    folder.mkdir()
    left = [
        data / ".backup-ba7",
        folder / ".hocso-20261124T030000Z.zip.0123",
        folder / ".hocso-truoc-nhap-so-20261124T030000Z.db.0123",
    ]
    younger = data / ".backup-another"
    for one in (left[0], younger):
        one.mkdir()
        (one / "hocso.db").write_bytes(b"half")
    for one in left[1:]:
        one.write_bytes(b"half")
    for one in left:
        os.utime(one, (0, 0))
    backup.back_up(KIT, data)
    assert not any(one.exists() for one in left)
    assert younger.exists()


@pytest.mark.parametrize("harm", ["cut", "flipped", "foreign", "member added"])
def test_a_damaged_backup_is_refused_and_changes_nothing(data, harm):
    made = backup.back_up(KIT, data).path
    if harm == "cut":
        made.write_bytes(made.read_bytes()[:-5000])
    elif harm == "flipped":
        whole = bytearray(made.read_bytes())
        whole[len(whole) // 2] ^= 0xFF
        made.write_bytes(whole)
    elif harm == "foreign":
        made.write_bytes(b"PK not ours")
    else:
        with zipfile.ZipFile(made, "a") as archive:
            archive.writestr("../outside", "x")
    before, files = names(data), content(data)
    with pytest.raises(backup.BackupRefused, match="hỏng"):
        backup.restore(made, data)
    assert (names(data), content(data)) == (before, files)
    assert not list(data.glob("replaced-*")) and not list(data.glob(".unpacking-*"))


def test_a_backup_of_a_newer_kit_is_refused(data, tmp_path):
    made = backup.back_up(KIT, data).path
    newer = tmp_path / "newer.zip"
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(newer, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            if name == "manifest.json":
                text = json.dumps(json.loads(text) | {"format": 99})
            new.writestr(name, text)
    with pytest.raises(backup.BackupRefused, match="mới hơn"):
        backup.restore(newer, data)


def test_nothing_is_restored_under_a_running_server(data):
    made = backup.back_up(KIT, data).path
    with FileLock(data / "serving.lock"), pytest.raises(DataInUse, match="đang chạy"):
        backup.restore(made, data)


def test_the_newest_are_kept_and_one_is_due_after_a_day(data):
    folder = data / "backups"
    assert backup.is_due(folder)
    folder.mkdir()
    for day in range(1, 5):
        (folder / f"hocso-2026010{day}T000000Z.zip").touch()
    made = backup.back_up(KIT, data, keep=3).path
    assert [one.name[:14] for one in backup.listed(folder)][1:] == ["hocso-20260104", "hocso-20260103"]
    assert backup.listed(folder)[0] == made
    assert not backup.is_due(folder)
    assert backup.is_due(folder, utc_now() + timedelta(days=1, seconds=5))


def test_a_clock_that_was_wrong_for_a_while_ends_no_daily_backups(data):
    """It ran ahead, backups were made, and it was put right."""
    folder = data / "backups"
    folder.mkdir()
    for day in range(1, KEPT + 1):
        (folder / f"hocso-209901{day:02}T000000Z.zip").touch()
    assert backup.is_due(folder)
    made = backup.back_up(KIT, data).path
    assert made.exists()
    assert not backup.is_due(folder)


def test_without_data_it_says_so(tmp_path):
    with pytest.raises(backup.BackupRefused, match="Chưa có dữ liệu"):
        backup.back_up(KIT, tmp_path)


def test_an_encrypted_backup_opens_with_its_passphrase_alone(data, tmp_path):
    before = names(data)
    out = tmp_path / "usb"
    made = backup.back_up(KIT, data, out, passphrase=unicodedata.normalize("NFD", "bốn con vịt bơi"))
    assert made.learners == 60
    assert [path.name for path in out.iterdir()] == [made.path.name]
    content = made.path.read_bytes()
    assert content.startswith(b"age-encryption.org/")
    assert before[0].encode() not in content and b"hocso.db" not in content
    for passphrase in (None, "bốn con vịt bay"):
        with pytest.raises(backup.PassphraseNeeded):
            backup.restore(made.path, data, passphrase)
    with open_database(data / "hocso.db").session() as session:
        session.query(Learner).first().full_name = "Tên Đã Đổi"
    backup.restore(made.path, data, "bốn con vịt bơi")
    assert names(data) == before


def point_at_nobody(data):
    """As another program would leave it, that knows nothing of keys."""
    with closing(sqlite3.connect(data / "hocso.db")) as connection:
        row = connection.execute("SELECT id FROM events LIMIT 1").fetchone()
        connection.execute("UPDATE events SET learner_id = 'khong-co' WHERE id = ?", row)
        connection.commit()


def test_rows_that_point_at_nobody_are_said_and_kept_in_backup_and_restore(data, tmp_path):
    point_at_nobody(data)
    said = "Bảng events: 1 dòng trỏ tới dòng không có trong bảng learners. "
    made = backup.back_up(KIT, data)
    assert made.warning.startswith(said) and "hocso doctor --deep" in made.warning
    shutil.rmtree(data / "course")
    backup.restore(made.path, data)
    assert backup.prove(made.path, tmp_path / "proved").warning == made.warning
    with closing(sqlite3.connect(data / "hocso.db")) as connection:
        kept = connection.execute("SELECT count(*) FROM events WHERE learner_id = 'khong-co'").fetchone()
    assert kept == (1,)
    assert (data / "course/gradebook.db").is_file()


def test_a_database_that_is_damaged_inside_is_refused(data):
    """Whole by its digest, broken by what SQLite says."""
    database = open_database(data / "hocso.db")
    copy = copy_before(database, "nhap-so")
    database.close()
    with closing(sqlite3.connect(copy)) as connection:
        [page] = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'events'").fetchone()
        [size] = connection.execute("PRAGMA page_size").fetchone()
    with open(copy, "r+b") as raw:
        raw.seek((page - 1) * size + size // 2)
        raw.write(b"\xff" * (size // 2))
    with pytest.raises(backup.BackupRefused, match="hỏng"):
        backup.restore(copy, data)
    assert not list(data.glob("replaced-*"))


def test_a_copy_made_before_an_import_brings_the_records_back_and_leaves_the_course(data, tmp_path):
    before, files = names(data), content(data)
    database = open_database(data / "hocso.db")
    copy = copy_before(database, "nhap-nguoi")
    with database.session() as session:
        session.query(Learner).first().full_name = "Nhập Nhầm Rồi"
    database.close()
    assert backup.prove(copy, tmp_path).records_only
    aside = backup.restore(copy, data)
    assert (names(data), content(data)) == (before, files)
    assert "Nhập Nhầm Rồi" in names(aside)
    copy.write_bytes(copy.read_bytes()[:50_000])
    with pytest.raises(backup.BackupRefused, match="hỏng"):
        backup.restore(copy, data)


def test_of_the_copies_before_an_import_the_newest_of_each_kind_stay(data):
    folder = data / "backups"
    folder.mkdir()
    for day in range(1, KEPT + 2):
        (folder / f"hocso-truoc-nhap-so-202601{day:02}T000000Z.db").touch()
    (folder / "hocso-truoc-nhap-nguoi-20250101T000000Z.db").touch()
    database = open_database(data / "hocso.db")
    made = copy_before(database, "nhap-so")
    database.close()
    kept = sorted(path.name for path in folder.glob("*nhap-so*"))
    assert len(kept) == KEPT and kept[-1] == made.name and kept[0].endswith("20260103T000000Z.db")
    assert (folder / "hocso-truoc-nhap-nguoi-20250101T000000Z.db").exists()


@pytest.mark.parametrize(("gib", "kept"), [(3, 2), (1, 2), (0.4, 5)])
def test_large_copies_before_an_import_do_not_fill_the_disk_and_the_last_two_stay(data, gib, kept):
    folder = data / "backups"
    folder.mkdir()
    for day in range(1, KEPT):
        with (folder / f"hocso-truoc-nhap-so-202601{day:02}T000000Z.db").open("wb") as file:
            file.truncate(int(gib * 2**30))
    with closing(open_database(data / "hocso.db")) as database:
        made = copy_before(database, "nhap-so")
    left = sorted(path.name for path in folder.glob("*nhap-so*"))
    expected = [f"hocso-truoc-nhap-so-202601{day:02}T000000Z.db" for day in range(1, KEPT)]
    assert left == [*expected[1 - kept :], made.name]


def test_a_full_disk_refuses_a_backup_and_keeps_the_earlier_ones(data, small_disk, tmp_path):
    made = backup.back_up(KIT, data, small_disk.path)
    small_disk.fill()
    before = content(data)
    with pytest.raises(backup.BackupRefused, match="hết chỗ"):
        backup.back_up(KIT, data, small_disk.path, keep=1)
    assert backup.listed(small_disk.path) == [made.path]
    assert [path.name for path in small_disk.path.iterdir() if path.name.startswith(".")] == []
    assert backup.prove(made.path, tmp_path).learners == 60
    assert content(data) == before
    small_disk.free()
    backup.back_up(KIT, data, small_disk.path)


def test_a_full_disk_under_the_data_refuses_copy_and_backup_in_plain_words(data, small_disk, tmp_path):
    shutil.copytree(data, small_disk.path / "data")
    database = open_database(small_disk.path / "data/hocso.db")
    small_disk.fill()
    with pytest.raises(StorageFull, match="hết chỗ"):
        copy_before(database, "nhap-so")
    with pytest.raises(backup.BackupRefused, match="hết chỗ"):
        backup.back_up(KIT, small_disk.path / "data", tmp_path / "elsewhere")
    small_disk.free()
    assert copy_before(database, "nhap-so").exists()
    database.close()
