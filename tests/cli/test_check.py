"""`hocso check` on a small kit: what is found, with file, cell and remedy, and the right exit code."""

import json
import shutil

import pytest

from tests.conftest import KIT
from tests.course.test_checker import LESSON, QUIZ, Kit

LESSON_ID = "ky-nang-so/bai-thu"


@pytest.fixture
def kit(tmp_path):
    made = Kit(tmp_path / "kit")
    made.write()
    shutil.copy(KIT / "quizzes/nbgrader_config.py", made.folder / "quizzes")
    return made


@pytest.fixture
def check(kit, run, tmp_path):
    """Runs `hocso check ...`; the commune's data folder is there to stay empty."""

    def check(*arguments):
        done = run("check", *arguments, HOCSO_KIT=str(kit.folder))
        assert not (tmp_path / "data").exists()
        return done

    return check


def test_a_good_kit_has_nothing_to_mend_and_stays_as_it_is(check, kit):
    before = {path: path.read_bytes() for path in kit.folder.rglob("*") if path.is_file()}
    done = check()
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"[1/1] {LESSON_ID}\n" in done.stdout
    assert "0 lỗi, 0 cảnh báo, 0 thông tin." in done.stdout
    assert done.stderr == ""
    after = {path: path.read_bytes() for path in kit.folder.rglob("*") if path.is_file()}
    assert {path: text for path, text in after.items() if "__pycache__" not in path.parts} == before


def test_mistakes_in_lesson_and_quiz_are_told_with_place_and_remedy(check, kit):
    kit.about["minutes"] = 20
    kit.lesson.cells[3].metadata["nguon"] = "cần đối chiếu"
    kit.replace(kit.quiz, 4, "points=1", "points=2")
    kit.write()
    done = check("--lesson", LESSON_ID)
    assert done.returncode == 1
    assert f"  Lỗi: {LESSON}\n      Bài ghi 20 phút" in done.stdout
    assert f"  Thông tin: {LESSON}, ô 4\n" in done.stdout
    assert f"  Lỗi: {QUIZ}, ô 4\n      Câu «answer_1»: learn.mark cho 2 điểm" in done.stdout
    assert "      → Ghi hai chỗ bằng nhau.\n" in done.stdout
    assert "nbgrader không nhận bài" in done.stdout


def test_json_holds_the_findings_and_a_summary_and_nothing_else_is_printed(check, kit):
    kit.about["sources"] = []
    kit.quiz.cells = []
    kit.write()
    done = check("--json")
    report = json.loads(done.stdout)
    assert done.returncode == 1
    assert f"[1/1] {LESSON_ID}" in done.stderr
    assert report["summary"]["error"] == len([one for one in report["findings"] if one["level"] == "error"])
    finding = next(one for one in report["findings"] if one["check"] == "metadata")
    assert finding == {
        "level": "error",
        "file": LESSON,
        "cell": None,
        "check": "metadata",
        "message": "Thông tin của bài thiếu sources (dựa vào văn bản nào).",
        "remedy": "Thêm vào mục «hocso» của Notebook metadata, xem docs/soan-bai.md.",
    }


def test_a_catalogue_that_cannot_be_read_is_a_finding(check, kit):
    kit.lesson.cells[2].source = "learn.one_choice("
    kit.lesson.metadata["hocso"] = kit.about
    (kit.folder / LESSON).write_text(json.dumps(kit.lesson), encoding="utf-8")
    done = check("--json")
    (finding,) = json.loads(done.stdout)["findings"]
    assert done.returncode == 1
    assert "01-bai-thu.ipynb: ô 3, dòng 1: sai cú pháp Python." in finding["message"]


def test_an_unknown_lesson_is_said_with_those_that_there_are(check):
    done = check("--lesson", "ky-nang-so/khong-co")
    assert done.returncode == 1
    assert f"Không có bài «ky-nang-so/khong-co». Các bài: {LESSON_ID}." in done.stderr
