"""A restore that is killed at any of its steps is finished or undone by whoever opens the data next."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from hocso.grading import backup
from hocso.records import DataInUse, StorageLost, hamlets, open_database, restoring
from hocso.records.database import open_in
from tests.conftest import KIT

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a copy of this process")

CHANGES = ("rename", "replace", "mkdir", "unlink", "rmdir", "fsync")
# Of all calls that change the disk once the backup is unpacked and proved.
STEPS = 21
# The old is out, the new not yet in.
MIDDLE = 11


@pytest.fixture(scope="module")
def old_and_backup(tmp_path_factory):
    """A data folder, and a backup of what it was before."""
    data = tmp_path_factory.mktemp("cut") / "data"
    fill(data, "xưa")
    made = backup.back_up(KIT, data, data.parent / "usb").path
    (data / "course/only-new").unlink()
    fill(data, "nay", "only-old")
    return data, made


@pytest.fixture
def data(old_and_backup, tmp_path):
    return shutil.copytree(old_and_backup[0], tmp_path / "data")


@pytest.fixture
def made(old_and_backup):
    return old_and_backup[1]


def fill(data: Path, word: str, name: str = "only-new") -> None:
    (data / "course/attempts").mkdir(parents=True, exist_ok=True)
    for file in (data / "secret.key", data / "course/attempts/one", data / f"course/{name}"):
        file.write_text(word)
    with closing(open_database(data / "hocso.db")) as database, database.session() as session:
        hamlets.add(session, f"Ấp {word}")


def held(data: Path) -> tuple:
    """What a data folder holds: hamlets, key, and files of the course."""
    with closing(sqlite3.connect(data / "hocso.db")) as connection:
        rows = sorted(row[0] for row in connection.execute("SELECT name FROM hamlets"))
    files = {path.name: path.read_text() for path in (data / "course").rglob("*") if path.is_file()}
    files.pop(".lock", None)
    return rows, (data / "secret.key").read_text(), files


OLD = (["Ấp nay", "Ấp xưa"], "nay", {"one": "nay", "only-old": "nay"})
NEW = (["Ấp xưa"], "xưa", {"one": "xưa", "only-new": "xưa"})


def killed_at(step: int, work) -> int:
    """Do the work in a copy of this process that kills itself before its `step`th change of the disk; returns
    how many it did make."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        done = 0

        def counted(real):
            def change(*given, **named):
                nonlocal done
                if done + 1 == step:
                    os.write(write, bytes([done]))
                    os.kill(os.getpid(), signal.SIGKILL)
                done += 1
                return real(*given, **named)

            return change

        def begin(real, *given):
            for name in CHANGES:
                setattr(os, name, counted(getattr(os, name)))
            return real(*given)

        real = restoring.put_in_place
        restoring.put_in_place = lambda *given: begin(real, *given)
        work(begin)
        os.write(write, bytes([done]))
        os._exit(0)
    os.waitpid(child, 0)
    os.close(write)
    with open(read, "rb") as told:
        return told.read()[0]


def leftovers(data: Path) -> list[str]:
    return [path.name for path in data.iterdir() if path.name.startswith((".unpacking", ".replacing"))]


def test_a_restore_takes_as_many_steps_as_are_tried_below(data, made):
    assert killed_at(0, lambda _: backup.restore(made, data)) == STEPS
    assert held(data) == NEW


@pytest.mark.parametrize("step", range(1, STEPS + 1))
def test_killed_at_any_step_nothing_is_lost_or_mixed(data, made, step, caplog):
    assert killed_at(step, lambda _: backup.restore(made, data)) == step - 1
    open_in(data).close()
    assert held(data) in (OLD, NEW)
    if held(data) == NEW:
        [aside] = data.glob("replaced-*")
        assert held(aside) == OLD
    else:
        assert "chưa thay gì" in caplog.text
        assert not list(data.glob("replaced-*"))
    assert leftovers(data) == []
    backup.restore(made, data)
    assert held(data) == NEW


@pytest.mark.parametrize("step", range(1, 18))
def test_finishing_may_be_killed_as_well(data, made, step, caplog):
    """Killed between taking the old out, then while the next command finishes it."""
    killed_at(MIDDLE, lambda _: backup.restore(made, data))
    assert not (data / "hocso.db").exists()
    killed_at(step, lambda begin: begin(restoring.finish, data))
    open_in(data).close()
    assert held(data) == NEW
    [aside] = data.glob("replaced-*")
    assert held(aside) == OLD
    assert leftovers(data) == []


def test_what_a_power_cut_left_is_finished_by_a_backup_too(data, made, caplog):
    killed_at(MIDDLE, lambda _: backup.restore(made, data))
    made_now = backup.back_up(KIT, data)
    assert "máy vừa làm nốt" in caplog.text
    assert held(data) == NEW
    assert made_now.warning is None


def test_nobody_opens_the_data_while_a_restore_puts_them_in_place(data, made):
    killed_at(MIDDLE, lambda _: backup.restore(made, data))
    begun = leftovers(data)[0]
    (data / begun).rename(data / "kept")
    with restoring.alone(data):
        (data / "kept").rename(data / begun)
        with pytest.raises(DataInUse, match="Đang phục hồi"):
            open_in(data)
    open_in(data).close()
    assert held(data) == NEW


@pytest.mark.parametrize(
    "left", ["course/attempts/one", "secret.key", ".restoring-1/hocso.db", "backups/hocso-1.zip"]
)
def test_a_lost_database_is_said_and_no_empty_one_is_made(tmp_path, left):
    (tmp_path / left).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / left).touch()
    with pytest.raises(StorageLost, match="Không thấy tệp"):
        open_in(tmp_path)
    assert not (tmp_path / "hocso.db").exists()


def test_a_first_start_makes_the_database(tmp_path):
    (tmp_path / "data/course/release").mkdir(parents=True)  # hocso release came before
    open_in(tmp_path / "data").close()
    assert (tmp_path / "data/hocso.db").is_file()


PROVING_FOR_EVER = """
import sys, time
from hocso.cli import main
from hocso.grading import backup

def proved(*_):
    print("unpacked", flush=True)
    time.sleep(60)

backup._proved = proved
sys.argv = ["hocso", *sys.argv[1:]]
main()
"""


def test_a_restore_killed_while_it_proves_leaves_no_name_and_no_key_in_the_temporary_folder(
    data, made, short_folder
):
    command = [sys.executable, "-c", PROVING_FOR_EVER, "restore", str(made), "--yes"]
    env = os.environ | {"TMPDIR": str(short_folder), "HOCSO_DATA": str(data)}
    with subprocess.Popen(command, cwd=KIT, env=env, stdout=subprocess.PIPE, text=True) as restoring_it:
        assert restoring_it.stdout.readline() == "unpacked\n"
        restoring_it.kill()
    assert list(short_folder.rglob("*")) == []
    assert leftovers(data) != []
    open_in(data).close()
    assert leftovers(data) == []
    assert held(data) == OLD
