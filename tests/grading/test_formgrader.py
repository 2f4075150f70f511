import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import closing, contextmanager

import pytest

from hocso import grading

from .conftest import PARTLY, QUIZ, START


@contextmanager
def jupyterlab(kit, data, log):
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = grading.formgrader_command(kit, data)
    options = ["--no-browser", "--allow-root", f"--ServerApp.port={port}", "--IdentityProvider.token=thu"]
    process = subprocess.Popen(
        [*command.argv, *options],
        cwd=command.folder,
        env={**os.environ, **command.environment},
        stdout=log,
        stderr=subprocess.STDOUT,
    )

    def get(path):
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}{path}", headers={"Authorization": "token thu"}
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.read().decode()

    try:
        for _ in range(150):
            try:
                get("/api")
                break
            except urllib.error.URLError:
                assert process.poll() is None, "JupyterLab ended"
                time.sleep(0.2)
        yield get
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.mark.parametrize("place", ["kit/data", "data"], ids=["data in the kit", "data elsewhere"])
def test_a_trainer_opens_a_submission_in_formgrader(kit, data, tmp_path, place):
    if place == "kit/data":
        data = data.rename(kit / "data")
    attempt = {"quiz_id": QUIZ, "learner_id": "nguoi-1", "attempt_id": "lan-1", "answers": PARTLY}
    grading.grade(kit, data, **attempt, submitted_at=START, on_paper=True)
    with open(tmp_path / "log", "w") as log, jupyterlab(kit, data, log) as get:
        assert "nbgrader formgrade" in get("/formgrader")
        (assignment,) = json.loads(get("/formgrader/api/assignments"))
        assert (assignment["name"], assignment["num_submissions"]) == (QUIZ, 1)
        (submission,) = json.loads(get(f"/formgrader/api/submissions/{QUIZ}"))
        assert (submission["student"], submission["score"], submission["autograded"]) == ("nguoi-1", 3, True)
        (notebook,) = json.loads(get(f"/formgrader/api/submitted_notebooks/{QUIZ}/{QUIZ}"))
        page = get(f"/formgrader/submissions/{notebook['id']}/")
        assert "answer_2" in page and "Đúng vì dài." in page
        assert "Bài làm trên giấy, giảng viên nhập vào máy." in page
        below_root = os.path.relpath(data, kit if place == "kit/data" else data)
        folder = os.path.normpath(f"{below_root}/course/autograded/nguoi-1/{QUIZ}")
        assert f"{folder}/{QUIZ}.ipynb" in page
        assert get(f"/api/contents/{folder}/{QUIZ}.ipynb?content=0")
