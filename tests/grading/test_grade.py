import errno
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor

import nbformat
import psutil
import pytest
from nbgrader.api import Gradebook

from hocso import grading

from .conftest import PARTLY, QUIZ, RIGHT, WRONG, points_in_gradebook, write_quiz

LEARNER = "nguoi-hoc-1"


def kept(data, attempt_id, quiz_id=QUIZ):
    return data / "course" / "attempts" / LEARNER / quiz_id / attempt_id


def submitted(data, quiz_id=QUIZ):
    return (data / "course" / "submitted" / LEARNER / quiz_id / f"{quiz_id}.ipynb").read_bytes()


def test_all_right_is_full_points_with_the_reasons(attempt):
    marking = attempt("lan-1", RIGHT)
    assert (marking.score, marking.max_score) == (5, 5)
    assert [question["question"] for question in marking.questions] == ["answer_1", "answer_2", "answer_3"]
    first = marking.questions[0]
    assert (first["right"], first["points"], first["max_points"]) == (True, 2, 2)
    assert (first["response"], first["key"], first["see"]) == ("b", "b", "la-gi")
    assert first["why"] == ["Đúng vì dài."]


def test_all_wrong_is_0(attempt):
    marking = attempt("lan-1", WRONG)
    assert (marking.score, marking.max_score) == (0, 5)
    assert not any(question["right"] for question in marking.questions)


def test_nothing_answered_is_0(attempt):
    marking = attempt("lan-1", {"answer_1": None})
    assert (marking.score, marking.max_score) == (0, 5)
    assert [question["response"] for question in marking.questions] == [None, None, None]


def test_part_of_a_question_is_part_of_its_points(attempt):
    marking = attempt("lan-1", PARTLY)
    assert [question["points"] for question in marking.questions] == [2, 1, 0]
    assert marking.score == 3


def test_the_best_attempt_stays_in_the_gradebook_after_a_lower_one_and_all_are_kept(attempt, data):
    assert attempt("lan-1", WRONG).score == 0
    assert attempt("lan-2", PARTLY).score == 3
    assert attempt("lan-3", WRONG).score == 0
    assert points_in_gradebook(data, QUIZ, LEARNER) == {"test_1": 2, "test_2": 1, "test_3": 0}
    assert submitted(data) == (kept(data, "lan-2") / f"{QUIZ}.ipynb").read_bytes()
    for number, answer in [(1, "'a'"), (2, "'b'"), (3, "'a'")]:
        notebook = (kept(data, f"lan-{number}") / f"{QUIZ}.ipynb").read_text()
        assert f"answer_1 = {answer}" in notebook
        assert (kept(data, f"lan-{number}") / "timestamp.txt").read_text().startswith("2026-11-24 01:0")


def test_grading_an_attempt_again_gives_the_same(attempt, data):
    first = attempt("lan-1", PARTLY)
    before = sorted((data / "course").rglob("*"))
    assert attempt("lan-1", PARTLY) == first
    assert sorted((data / "course").rglob("*")) == before


def test_two_submissions_at_once_are_both_graded_and_kept(attempt, data):
    with ThreadPoolExecutor() as threads:
        lower, higher = threads.map(attempt, ["lan-1", "lan-2"], [WRONG, RIGHT])
    assert (lower.score, higher.score) == (0, 5)
    assert points_in_gradebook(data, QUIZ, LEARNER) == {"test_1": 2, "test_2": 2, "test_3": 1}
    assert all((kept(data, attempt_id) / f"{QUIZ}.ipynb").is_file() for attempt_id in ("lan-1", "lan-2"))


def test_code_in_an_answer_is_not_run(attempt, tmp_path):
    mark = tmp_path / "da-chay"
    code = f'b"\nopen({str(mark)!r}, "w")\n"\u2028open({str(mark)!r}, "w")#'
    marking = attempt("lan-1", {"answer_1": code, "answer_2": [code, "a"], "answer_3": code})
    assert marking.questions[0]["response"] == code
    assert not mark.exists()


def test_refused_answers_leave_nothing_behind(attempt, data):
    before = sorted((data / "course").rglob("*"))
    with pytest.raises(grading.AnswersRefused, match="mở lại bài"):
        attempt("lan-1", {**RIGHT, "answer_4": "b"})
    assert sorted((data / "course").rglob("*")) == before


@pytest.mark.parametrize("name", ["../x", "*", "", "a/b", "a b", "."])
def test_an_id_that_is_no_plain_name_is_refused(attempt, name):
    with pytest.raises(grading.GradingFailed):
        attempt(name, RIGHT)
    with pytest.raises(grading.GradingFailed):
        attempt("lan-1", RIGHT, learner_id=name)


def test_an_unknown_quiz_cannot_be_graded(attempt):
    with pytest.raises(grading.GradingFailed):
        attempt("lan-1", RIGHT, quiz_id="khong-co-01")


BREAKS_ON_C = [(None, '"b"', 2, '{"a": 0.0, "b": 2.0}[answer_1]')]


def test_a_test_that_breaks_down_fails_the_grading_and_keeps_the_answers(attempt, kit, data):
    write_quiz(kit, "hong-01", BREAKS_ON_C)
    assert attempt("lan-1", {"answer_1": "b"}, quiz_id="hong-01").score == 2
    with pytest.raises(grading.GradingFailed) as failure:
        attempt("lan-2", {"answer_1": "c"}, quiz_id="hong-01")
    assert failure.value.detail == "hong-01: ô chấm test_1 báo lỗi KeyError"
    assert "Chấm lại" in str(failure.value)
    assert "answer_1 = 'c'" in (kept(data, "lan-2", "hong-01") / "hong-01.ipynb").read_text()
    assert points_in_gradebook(data, "hong-01", LEARNER) == {"test_1": 2}

    write_quiz(kit, "hong-01", [("one_choice", '"c"', 2, "")])
    assert grading.release(kit, data) == ["hong-01"]
    assert attempt("lan-2", {"answer_1": "c"}, quiz_id="hong-01").score == 2


def test_a_test_whose_points_nbgrader_does_not_see_fails_the_grading(attempt, kit):
    """nbgrader gives 0 to a test cell that writes to standard error."""
    write_quiz(
        kit,
        "hong-02",
        [(None, '"b"', 1, 'import sys\nprint("x", file=sys.stderr)\nlearn.mark.one_choice(answer_1, "b")')],
    )
    with pytest.raises(grading.GradingFailed) as failure:
        attempt("lan-1", {"answer_1": "b"}, quiz_id="hong-02")
    assert "test_1" in failure.value.detail


def test_a_quiz_may_use_plain_assertions(attempt, kit):
    write_quiz(kit, "thuong-01", [(None, '"b"', 3, 'assert answer_1 == "b"')])
    wrong = attempt("lan-1", {"answer_1": "a"}, quiz_id="thuong-01")
    assert wrong.questions == [{"question": "test_1", "points": 0, "max_points": 3, "right": False}]
    assert attempt("lan-2", {"answer_1": "b"}, quiz_id="thuong-01").score == 3


def test_on_a_full_disk_the_grading_says_so_and_can_be_done_later(attempt, data, monkeypatch):

    def full(_descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        with pytest.raises(grading.ServerFull, match="hết chỗ lưu"):
            attempt("lan-1", RIGHT)
    assert attempt("lan-1", RIGHT).score == 5
    assert not (data / "course" / ".staging").exists()


def test_nothing_is_left_running_or_lying_about(attempt, data, tmp_path, monkeypatch):
    attempt("lan-1", RIGHT)  # the template of this process's kernels stays
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before, running = set(tmp_path.iterdir()), set(psutil.Process().children(recursive=True))
    attempt("lan-2", RIGHT)
    _, alive = psutil.wait_procs(set(psutil.Process().children(recursive=True)) - running, timeout=60)
    assert not alive
    assert set(tmp_path.iterdir()) == before
    assert not list((data / "course" / ".running").iterdir())


def test_the_course_folder_is_for_its_owner_only(data):
    assert (data / "course").stat().st_mode & 0o077 == 0


def test_a_trainer_finds_a_learner_in_the_gradebook_by_the_code_of_the_exports(attempt, data):
    attempt("lan-1", RIGHT, learner_code="HXJMFR6P")
    with Gradebook(f"sqlite:///{data / 'course' / 'gradebook.db'}", "") as gradebook:
        (student,) = gradebook.students
        assert (student.last_name, student.first_name) == ("HXJMFR6P", "Người học")


def test_what_was_typed_in_from_paper_says_so_and_has_the_same_points(attempt, data):
    on_screen, on_paper = attempt("lan-1", PARTLY), attempt("lan-2", PARTLY, on_paper=True)
    assert (on_paper.score, on_paper.questions) == (on_screen.score, on_screen.questions)
    for folder, says in (("lan-1", False), ("lan-2", True)):
        notebook = nbformat.read(data / f"course/attempts/{LEARNER}/{QUIZ}/{folder}/{QUIZ}.ipynb", 4)
        assert (notebook.metadata.get("hocso", {}).get("entered_by") == "trainer") is says
    for folder in ("submitted", "autograded"):
        notebook = nbformat.read(data / f"course/{folder}/{LEARNER}/{QUIZ}/{QUIZ}.ipynb", 4)
        nbformat.validate(notebook)
        assert notebook.metadata["hocso"]["entered_by"] == "trainer"
        assert "giảng viên nhập vào máy" in notebook.cells[0].source


def test_only_ids_and_points_enter_the_gradebook(attempt, data):
    attempt("lan-1", RIGHT)
    with Gradebook(f"sqlite:///{data / 'course' / 'gradebook.db'}", "") as gradebook:
        (student,) = gradebook.students
        assert (student.id, student.first_name, student.last_name, student.email) == (
            LEARNER,
            None,
            None,
            None,
        )
