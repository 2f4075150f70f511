"""What only nbgrader can tell of a quiz: each mistake is found."""

import nbformat
import pytest

from hocso import grading
from hocso.course.checker import Answers

from .conftest import QUESTIONS, QUIZ, RIGHT, WRONG, write_quiz


@pytest.fixture
def said(kit, data):
    def said():
        return [one.message for one in grading.check_grading(kit, data, QUIZ, Answers(RIGHT, WRONG))]

    return said


def change(kit, grade_id, old, new):
    path = kit / "quizzes" / "source" / QUIZ / f"{QUIZ}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    cell = next(one for one in notebook.cells if one.metadata.nbgrader.grade_id == grade_id)
    assert old in cell.source
    cell.source = cell.source.replace(old, new)
    nbformat.write(notebook, path)


def test_a_good_quiz_passes_and_the_kit_stays_as_it_is(kit, said):
    before = {path: path.read_bytes() for path in kit.rglob("*") if path.is_file()}
    assert said() == []
    assert {path: path.read_bytes() for path in kit.rglob("*") if path.is_file()} == before


def test_a_key_that_earns_too_little_is_found(kit, said):
    change(kit, "test_3", "12.5", "13")
    found = said()
    assert any("nbgrader validate: đáp án mẫu không được trọn điểm" in one for one in found)
    assert any("Trả lời đúng hết chỉ được 4/5 điểm (câu answer_3)" in one for one in found)


def test_a_wrong_answer_that_earns_points_is_found(kit, said):
    change(kit, "test_1", "learn.mark.one_choice(", "print() or learn.mark.one_choice(")
    change(kit, "test_1", "answer_1,", "'b',")
    assert any("Trả lời sai hết vẫn được 2 điểm" in one for one in said())


def test_a_test_that_marks_another_question_is_found(kit, said):
    change(
        kit, "test_3", "learn.mark.number(answer_3", "learn.mark.number(answer_3 if answer_1 == 'b' else 0"
    )
    assert any("Chỉ sai câu answer_1 thì phải được 3 điểm, máy chấm 2 điểm" in one for one in said())


def test_an_explanation_in_the_release_version_is_found(kit, said):
    change(kit, "mo-dau", "from hocso import learn", "from hocso import learn  # Ai cũng đoán được.")
    assert any("còn chữ của đáp án: «Ai cũng đoán được.»" in one for one in said())


def test_a_quiz_that_nbgrader_refuses_is_a_finding(kit, said):
    change(kit, "answer_1", "### END SOLUTION", "")
    (message,) = said()
    assert "nbgrader không nhận bài" in message


def test_a_kit_in_a_folder_that_nbgrader_cannot_work_with_is_a_finding(kit, tmp_path):
    moved = kit.rename(tmp_path / "kit (mới)")
    (finding,) = grading.check_grading(moved, tmp_path / "thu", QUIZ, Answers(RIGHT, WRONG))
    assert "nbgrader không dùng được" in finding.message


def test_a_quiz_whose_test_breaks_down_is_a_finding(kit, said):
    write_quiz(kit, QUIZ, [*QUESTIONS, (None, "1", 1, "1 / 0")])
    assert any("nbgrader validate" in one or "ZeroDivisionError" in one for one in said())
