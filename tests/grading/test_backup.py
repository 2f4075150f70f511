"""A backup holds everything of one moment, and what is restored is what was backed up."""

import json
import shutil
import sqlite3
import zipfile
from datetime import timedelta

import pytest
from filelock import FileLock

from hocso.course import load_catalogue
from hocso.grading import backup
from hocso.records import Learner, open_database
from hocso.records.clock import utc_now
from hocso.records.demo import load_sample
from tests.conftest import KIT


@pytest.fixture
def data(tmp_path, released_course):
    """A data folder with sample learners, a course and a key."""
    folder = tmp_path / "data"
    shutil.copytree(released_course, folder / "course")
    database = open_database(folder / "hocso.db")
    load_sample(database, load_catalogue(KIT))
    database.close()
    (folder / "secret.key").write_bytes(b"k" * 32)
    return folder


def names(data) -> list[str]:
    database = open_database(data / "hocso.db")
    with database.session(readonly=True) as session:
        found = sorted(one.full_name for one in session.query(Learner))
    database.close()
    return found


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
    assert not list(data.glob("replaced-*")) and not list(data.glob(".restoring-*"))


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
    with FileLock(data / "serving.lock"), pytest.raises(backup.BackupRefused, match="đang chạy"):
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


def test_without_data_it_says_so(tmp_path):
    with pytest.raises(backup.BackupRefused, match="Chưa có dữ liệu"):
        backup.back_up(KIT, tmp_path)
