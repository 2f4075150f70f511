"""A server that is told to stop, or killed, leaves nothing behind and says nothing alarming."""

import os
import shutil
import signal
import subprocess
import sys

import pytest

from tests.conftest import KIT, free_port

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGTERM")

MAIN = "from hocso.cli import main; main()"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("Bộ bài học:", -signal.SIGTERM),
        ("Chuẩn bị bài kiểm tra", -signal.SIGTERM),
        ("Học Số đang chạy:", 0),
        ("Bấm Ctrl+C để dừng.", 0),
    ],
)
def test_a_server_told_to_stop_while_it_starts_ends_quietly(said, code, released_course, tmp_path):
    """When it has said this, and no later."""
    shutil.copytree(released_course, tmp_path / "data/course")
    with subprocess.Popen(
        [sys.executable, "-u", "-c", MAIN, "serve", "--port", str(free_port())],
        cwd=KIT,
        env=os.environ | {"HOCSO_DATA": str(tmp_path / "data")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as server:
        assert any(line.startswith(said) for line in server.stdout)
        server.terminate()
        assert server.stderr.read() == ""
    assert server.returncode == code


def test_the_next_start_clears_a_killed_servers_sockets_away_and_leaves_a_running_ones(
    new_server, short_folder
):
    def folders():
        return set(short_folder.glob("voila_*"))

    running = new_server(TMPDIR=str(short_folder))
    of_running = folders()
    killed = new_server(TMPDIR=str(short_folder))
    of_killed = folders() - of_running
    assert len(of_running) == len(of_killed) == 1
    killed.kill()
    killed.start()
    assert of_running < folders()
    assert not of_killed & folders()
    killed.stop()
    running.stop()
    assert folders() == set()
