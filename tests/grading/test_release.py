import nbformat
import pytest
from nbclient import NotebookClient

from hocso import grading

from .conftest import PARTLY, QUESTIONS, QUIZ, RIGHT, points_in_gradebook, write_quiz

LEARNER = "nguoi-hoc-1"


def test_the_release_version_gives_away_neither_answers_nor_tests_nor_reasons(data):
    text = grading.release_path(data, QUIZ).read_text(encoding="utf-8")
    for secret in ("learn.mark", "12.5", '"b"', "SOLUTION", "HIDDEN", "Đừng đọc mã OTP", "Đúng vì dài"):
        assert secret not in text
    assert "answer_1 = None" in text


def test_the_release_version_runs_as_an_app(data):
    notebook = nbformat.read(grading.release_path(data, QUIZ), as_version=4)
    NotebookClient(notebook).execute()  # raises where a cell raises
    assert "NotImplementedError" not in nbformat.writes(notebook)


def test_only_what_changed_is_released_again(kit, data):
    assert grading.release(kit, data) == []
    write_quiz(kit, QUIZ, QUESTIONS[:2])
    write_quiz(kit, "moi-01", QUESTIONS)
    assert grading.release(kit, data) == ["moi-01", QUIZ]
    assert "answer_3" not in grading.release_path(data, QUIZ).read_text()


def test_a_quiz_that_cannot_be_released_keeps_its_version_and_hinders_no_other(kit, data, attempt):
    before = grading.release_path(data, QUIZ).read_bytes()
    broken = nbformat.read(kit / "quizzes" / "source" / QUIZ / f"{QUIZ}.ipynb", as_version=4)
    broken.cells[1].source = "### BEGIN SOLUTION\nanswer_1 = 1"
    nbformat.write(broken, kit / "quizzes" / "source" / QUIZ / f"{QUIZ}.ipynb")
    write_quiz(kit, "z-01", QUESTIONS)
    with pytest.raises(grading.ReleaseFailed) as failure:
        grading.release(kit, data)
    assert list(failure.value.failures) == [QUIZ]
    assert "no end solution statement found" in str(failure.value)
    assert grading.release_path(data, QUIZ).read_bytes() == before
    assert grading.release_path(data, "z-01").is_file()
    assert attempt("lan-1", RIGHT).score == 5


def test_new_questions_start_the_quiz_anew_and_lose_nothing(kit, data, attempt):
    attempt("lan-1", RIGHT)
    write_quiz(kit, QUIZ, QUESTIONS[:2])
    assert grading.release(kit, data) == [QUIZ]

    (aside,) = (data / "course" / "earlier").iterdir()
    assert (aside / "gradebook.db").is_file()
    assert (aside / "submitted" / LEARNER / QUIZ / f"{QUIZ}.ipynb").is_file()
    assert (data / "course" / "attempts" / LEARNER / QUIZ / "lan-1" / "marking.json").is_file()

    with pytest.raises(grading.AnswersRefused):
        attempt("lan-2", PARTLY)
    marking = attempt("lan-3", {"answer_1": "b", "answer_2": ["a"]})
    assert (marking.score, marking.max_score) == (3, 4)
    assert points_in_gradebook(data, QUIZ, LEARNER) == {"test_1": 2, "test_2": 1}


def test_a_lost_gradebook_is_made_anew(kit, data, attempt):
    (data / "course" / "gradebook.db").unlink()
    assert attempt("lan-1", RIGHT).score == 5
    assert points_in_gradebook(data, QUIZ, LEARNER) == {"test_1": 2, "test_2": 2, "test_3": 1}


def test_a_folder_name_that_nbgrader_cannot_work_with_is_named(kit, tmp_path):
    with pytest.raises(grading.CourseMisplaced, match="du-lieu"):
        grading.release(kit, tmp_path / "du-lieu [1]")
