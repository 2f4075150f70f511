"""The whole of `hocso doctor --deep` on a data folder in which something is off."""

import sqlite3
from contextlib import closing

import pytest


@pytest.fixture
def data(run, tmp_path):
    assert run("demo").returncode == 0
    return tmp_path / "data"


def change(data, *statements):
    """As another program would, that knows nothing of keys."""
    with closing(sqlite3.connect(data / "hocso.db")) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def test_sound_data_is_said_to_be_so(run, data):
    done = run("doctor", "--deep")
    assert "Dữ liệu khớp nhau" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0


def test_an_event_of_nobody_is_said_and_what_can_be_mended_is(run, data):
    """The backup before mending is made all the same."""
    change(
        data,
        "UPDATE events SET learner_id = 'khong-co' WHERE id = "
        "(SELECT min(id) FROM events WHERE verb = 'answered')",
        "DELETE FROM events WHERE id = (SELECT min(id) FROM events WHERE verb = 'passed' AND attempt_id IN "
        "(SELECT id FROM quiz_attempts))",
    )
    orphan, lost = (
        "Bảng events: 1 dòng trỏ tới dòng không có trong bảng learners.",
        "1 lượt làm bài đã chấm mà",
    )
    done = run("doctor", "--deep")
    assert (orphan in done.stdout, lost in done.stdout) == (True, True), done.stdout + done.stderr
    assert done.returncode == 1
    assert not (data / "backups").exists()
    mended = run("doctor", "--deep", "--mend")
    assert "Đã sao lưu trước khi sửa" in mended.stdout, mended.stdout + mended.stderr
    assert f"Đã sửa: {lost}" in mended.stdout
    assert f"[  THIẾU ] {orphan}" in mended.stdout
    assert "Có 1 chỗ phải sửa." in mended.stdout
    assert lost not in run("doctor", "--deep").stdout


def test_a_backup_from_the_command_line_says_what_is_off(run, data):
    change(data, "UPDATE events SET learner_id = 'khong-co' WHERE id = (SELECT min(id) FROM events)")
    done = run("backup")
    assert done.returncode == 0, done.stderr
    assert "Lưu ý: Bảng events: 1 dòng trỏ tới dòng không có trong bảng learners." in done.stderr
    [made] = (data / "backups").glob("*.zip")
    restored = run("restore", str(made), "--yes")
    assert restored.returncode == 0, restored.stderr
    assert "Lưu ý: Bảng events: 1 dòng" in restored.stderr
