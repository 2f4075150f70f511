"""What lies in the folders is what is offered; what is wrong in a notebook is said with its place."""

import shutil

import nbformat
import pytest

from hocso import learn
from hocso.course import CatalogueError, UnknownLesson, kit_folder, load_catalogue
from hocso.course.catalogue import EXERCISE_KINDS
from tests.conftest import KIT


@pytest.fixture
def kit(tmp_path):
    """A kit with one track and one lesson; `kit.lesson(cells)` writes it."""

    class Kit:
        folder = tmp_path
        track = tmp_path / "lessons/chuong-thu"

        def lesson(self, *cells, name="01-bai-thu.ipynb", **about):
            metadata = {"title": "Bài thử", "minutes": 12} | about
            notebook = nbformat.v4.new_notebook(metadata={"hocso": metadata}, cells=list(cells))
            nbformat.write(notebook, self.track / name)
            return self

        def load(self):
            return load_catalogue(self.folder)

    (tmp_path / "quizzes/source").mkdir(parents=True)
    Kit.track.mkdir(parents=True)
    (Kit.track / "track.toml").write_text(
        'code = "A"\ntitle = "Chương thử"\naudience = "Ai cũng học được"\nsummary = "Để thử."\n', "utf-8"
    )
    return Kit()


def step(name, title="Mở đầu"):
    return nbformat.v4.new_markdown_cell(f"## {title}", metadata={"hocso": {"step": name}})


def code(source):
    return nbformat.v4.new_code_cell(source)


def test_the_kits_own_lessons_are_in_teaching_order_each_with_its_quiz():
    catalogue = load_catalogue(KIT)
    assert [track.code for track in catalogue.tracks] == ["A", "B", "C", "D"]
    for lesson in catalogue.lessons:
        assert lesson.quiz_id == f"{lesson.track}-{lesson.number:02d}"
        assert catalogue.quiz(lesson.quiz_id).lesson_id == lesson.id
        assert 10 <= lesson.minutes <= 15
        assert lesson.required_exercises


def test_the_kinds_of_exercise_that_are_looked_for_are_those_that_there_are():
    assert set(EXERCISE_KINDS) == set(learn.KINDS)


def test_exercises_are_found_without_running_the_notebook(kit):
    source = 'learn.one_choice("chon", "Chọn gì?", [])\nlearn.number("dem", "Mấy?", 3, required=False)\n1 / 0'
    lesson = kit.lesson(step("tinh-huong"), code("raise SystemExit"), code(source)).load().lessons[0]
    assert [(one.id, one.kind, one.required, one.step) for one in lesson.exercises] == [
        ("chon", "one_choice", True, "tinh-huong"),
        ("dem", "number", False, "tinh-huong"),
    ]
    assert lesson.required_exercises == ("chon",)


def test_a_question_says_a_response_in_the_words_of_its_options():
    questions = {one.id: one for one in load_catalogue(KIT).quiz("ky-nang-so-04").questions}
    assert questions["answer_8"].say(4.0) == ["4"]
    assert questions["answer_8"].say(1.5) == ["1,5"]
    assert questions["answer_8"].say(360000.0) == ["360.000"]
    assert questions["answer_8"].say(None) == []
    for question in questions.values():
        assert question.prompt
    piles = questions["answer_4"].say({"a": "noi"})[0]
    assert "noi" not in piles.split(": ")[1]
    assert questions["answer_6"].say(["nho-nhan"]) != ["nho-nhan"]


def test_pairs_are_said_in_the_words_of_both_sides(kit):
    source = 'quiz.match("answer_1", "Ghép?", left={"a": "OTP", "b": "QR"}, right={"1": "mã", "2": "hình"})'
    (question,) = kit.lesson(code(source)).load().lessons[0].exercises
    assert question.kind == "match"
    assert question.say({"a": "1", "b": "2"}) == ["OTP: mã", "QR: hình"]


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ([code("learn.one_choice('a', 'b', [")], "ô 1, dòng 1: sai cú pháp"),
        (
            [code('learn.number("a", "?", 1)'), code('learn.number("a", "?", 1)')],
            "ô 2: mã bài tập «a» bị trùng",
        ),
        ([step("tinh-huong"), step("tinh-huong")], "ô 2: mã bước «tinh-huong» trùng"),
        ([nbformat.v4.new_markdown_cell("Chữ", metadata={"hocso": {"step": "a"}})], "ô 1 mở bước «a»"),
    ],
)
def test_a_mistake_in_a_notebook_is_named_with_file_and_cell(kit, cells, said):
    kit.lesson(*cells)
    with pytest.raises(CatalogueError) as error:
        kit.load()
    assert "01-bai-thu.ipynb" in str(error.value)
    assert said in str(error.value)


def test_a_lesson_without_title_is_refused(kit):
    kit.lesson(title="")
    with pytest.raises(CatalogueError, match="thiếu title"):
        kit.load()


def test_a_file_name_without_number_is_refused(kit):
    kit.lesson(name="bai-thu.ipynb")
    with pytest.raises(CatalogueError, match="NN-ten-bai"):
        kit.load()


def test_a_track_file_that_misses_something_is_named(kit):
    (kit.track / "track.toml").write_text('code = "A"\n', "utf-8")
    with pytest.raises(CatalogueError, match=r"track\.toml: thiếu mục 'title'"):
        kit.load()


def test_decomposed_vietnamese_is_read_as_composed(kit):
    kit.lesson(title="Bài học")
    assert kit.load().lessons[0].title == "Bài học"


def test_the_next_lesson_is_the_next_of_the_same_track(kit):
    kit.lesson().lesson(name="02-bai-hai.ipynb")
    catalogue = kit.load()
    first, second = catalogue.lessons
    assert catalogue.after(first) == second
    assert catalogue.after(second) is None


def test_an_unknown_lesson_is_an_error(kit):
    with pytest.raises(UnknownLesson):
        kit.load().lesson("khong/co")


def test_the_kit_is_found_where_it_is_named(kit, monkeypatch):
    monkeypatch.setenv("HOCSO_KIT", str(kit.folder))
    assert kit_folder() == kit.folder.resolve()
    shutil.rmtree(kit.folder / "quizzes")
    with pytest.raises(Exception, match="Không tìm thấy thư mục bài học"):
        kit_folder()
