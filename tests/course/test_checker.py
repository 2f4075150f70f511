"""Each check goes red on a small lesson or quiz with one mistake, and stays green on a good one."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

from hocso import learn
from hocso.course import checker, load_catalogue
from hocso.course.catalogue import EXERCISE_KINDS
from hocso.course.checker.answers import check_answers
from hocso.course.checker.language import foreign_words, is_vietnamese, sentences
from hocso.course.checker.notebooks import Notebook
from hocso.course.checker.quizzes import can_be_given, wrong_answer
from hocso.course.checker.running import run
from hocso.learn import mark
from hocso.learn.exercise import Exercise
from tests.conftest import KIT

LESSON = "lessons/ky-nang-so/01-bai-thu.ipynb"
QUIZ = "quizzes/source/ky-nang-so-01/ky-nang-so-01.ipynb"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 400"><text x="9" y="40">Hình</text></svg>'
PICTURE = "![Cô Sáu cầm điện thoại, đọc tin nhắn.](pictures/01-hinh.svg)"
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
ABOUT = {
    "title": "Bài thử",
    "minutes": 12,
    "objectives": ["Biết làm thử."],
    "audience": ["nguoi-dan"],
    "khung-ky-nang": ["0.1 Dùng thiết bị"],
    "sources": ["Kế hoạch của xã"],
}
ONE_CHOICE = """learn.one_choice(
    "chon-mot",
    "Ai được biết mã?",
    [learn.option("Chỉ mình", right=True), learn.option("Người lạ", why="Người lạ biết thì mất tiền.")],
    hint="Mã là chìa khóa.",
)"""
NUMBER = 'learn.number("dem", "Có mấy ngày trong tuần?", 7, why="Một tuần bảy ngày.", hint="Đếm thử coi.")'
PHONE = """learn.phone_screen(
    "cham",
    "Chạm vào chỗ lạ.",
    screen=learn.screen("Tin nhắn", [
        learn.element("so-la", "sender", "Số lạ", right=True, why="Số này mình không quen."),
        learn.element("chao", "text", "Chào cô", why="Lời chào thì ai cũng viết."),
    ]),
    hint="Coi ai gửi.",
)"""
SEVERAL = """learn.several_choices(
    "chon-nhieu",
    "Điều nào nên làm?",
    [
        learn.option("Hỏi lại", right=True, why="Hỏi lại cho chắc."),
        learn.option("Làm liền", why="Vội thì dễ sai."),
    ],
    hint="Chậm mà chắc.",
)"""


def text(source, **hocso):
    return nbformat.v4.new_markdown_cell(source, metadata={"hocso": hocso} if hocso else {})


def code(source):
    return nbformat.v4.new_code_cell(source)


def lesson_cells():
    return [
        code("from hocso import learn"),
        text(f"## Chuyện cô Sáu\n\n{PICTURE}\n\nCô Sáu nhận tin nhắn lạ.", step="tinh-huong"),
        code(ONE_CHOICE),
        text(f"## Là gì\n\n{PICTURE}\n\nMã là chìa khóa.", step="la-gi"),
        text(f"## Làm thử\n\n{PICTURE}\n\nChạm thử coi.", step="lam-thu"),
        code(PHONE),
        text("## Tự kiểm tra\n\nHai câu.", step="kiem-tra"),
        code(NUMBER),
        code(SEVERAL),
        text("## Hôm nay\n\nLàm một việc.", step="hom-nay"),
        text("## Nhớ ba điều\n\n1. Một.\n2. Hai.\n3. Ba.", step="tom-tat"),
    ]


def quiz_cell(source, grade_id, **kind):
    about = {"grade": False, "solution": False, "locked": True, "task": False, "schema_version": 3}
    cell = code(source)
    cell.metadata["nbgrader"] = about | {"grade_id": grade_id} | kind
    return cell


def quiz_cells():
    """Eight questions of three kinds; those of a kind are alike."""
    options = '{"a": "Chỉ mình", "b": "Người lạ"}'
    why = 'why={"a": "Mã của mình thì mình giữ.", "b": "Người lạ biết là mất tiền."}'
    kinds = {
        "one_choice": (options, '"a"', why),
        "several_choices": (options, '["a"]', why),
        "number": ('unit="ngày"', "7", 'why="Một tuần có bảy ngày."'),
    }
    cells = [quiz_cell('from hocso import learn\n\nquiz = learn.quiz("ky-nang-so-01")', "mo-dau")]
    for number in range(1, 9):
        kind = list(kinds)[number % 3]
        asked, key, why = kinds[kind]
        name = f"answer_{number}"
        cells += [
            quiz_cell(f'quiz.{kind}("{name}", "Câu hỏi số {number}?", {asked})', f"question_{number}"),
            quiz_cell(
                f"{name} = None\n### BEGIN SOLUTION\n{name} = {key}\n### END SOLUTION",
                name,
                solution=True,
                locked=False,
            ),
            quiz_cell(
                "### BEGIN HIDDEN TESTS\n"
                f'learn.mark.{kind}({name}, {key}, points=1, {why}, see="la-gi")\n'
                "### END HIDDEN TESTS",
                f"test_{number}",
                grade=True,
                points=1,
            ),
        ]
    return [*cells, quiz_cell("quiz.show()", "cuoi")]


class Kit:
    """A kit with one good lesson and its quiz, to be broken."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.about = dict(ABOUT)
        self.lesson = self.notebook(*lesson_cells())
        self.quiz = self.notebook(*quiz_cells())
        self.picture = SVG

    @staticmethod
    def notebook(*cells):
        return nbformat.v4.new_notebook(metadata={"kernelspec": KERNEL}, cells=list(cells))

    def write(self):
        self.lesson.metadata["hocso"] = self.about
        track = 'code = "A"\ntitle = "Chương thử"\naudience = "Ai cũng được"\nsummary = "Để thử."\n'
        files = {
            "lessons/ky-nang-so/track.toml": track,
            "lessons/ky-nang-so/pictures/01-hinh.svg": self.picture,
            LESSON: nbformat.writes(self.lesson),
            QUIZ: nbformat.writes(self.quiz),
        }
        for name, content in files.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(content, encoding="utf-8")
        return load_catalogue(self.folder)

    def check_lesson(self, *words):
        return checker.check_lesson(self.folder, self.write().lessons[0], frozenset(words))

    def check_quiz(self):
        catalogue = self.write()
        return checker.check_quiz(self.folder, catalogue.quizzes[0], catalogue.lessons[0])[0]

    def replace(self, notebook, number, old, new):
        """Replace a text in cell `number`, counted from 1."""
        cell = notebook.cells[number - 1]
        assert old in cell.source
        cell.source = cell.source.replace(old, new)


@pytest.fixture
def kit(tmp_path):
    return Kit(tmp_path)


def said(findings):
    """What is found, in short: (level, check, cell)."""
    return [(one.level, one.check, one.cell) for one in findings]


def test_a_good_lesson_and_its_quiz_have_no_finding(kit):
    assert kit.check_lesson() == []
    assert kit.check_quiz() == []
    assert checker.check_catalogue(kit.folder, load_catalogue(kit.folder)) == []


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("minutes", 16, "16 phút"),
        ("minutes", 9, "9 phút"),
        ("objectives", [], "objectives"),
        ("audience", [], "audience"),
        ("sources", [" "], "sources"),
        ("khung-ky-nang", [], "khung-ky-nang"),
    ],
)
def test_missing_metadata_is_an_error(kit, field, value, named):
    kit.about[field] = value
    (finding,) = kit.check_lesson()
    assert (finding.level, finding.check, finding.file, finding.cell) == ("error", "metadata", LESSON, None)
    assert named in finding.message
    assert finding.remedy


def without(*numbers):
    def change(kit):
        kit.lesson.cells = [one for at, one in enumerate(kit.lesson.cells, 1) if at not in numbers]

    return change


def step(number, name):
    return lambda kit: kit.lesson.cells[number - 1].metadata.update(hocso={"step": name})


def in_lesson(number, old, new):
    return lambda kit: kit.replace(kit.lesson, number, old, new)


def metadata(number, **values):
    return lambda kit: kit.lesson.cells[number - 1].metadata.update(values)


def picture(old, new):
    def change(kit):
        kit.picture = kit.picture.replace(old, new)

    return change


def several(*changes):
    def change(kit):
        for one in changes:
            one(kit)

    return change


def stored_output(kit):
    kit.lesson.cells[0].outputs = [nbformat.v4.new_output("stream", text="x")]


@pytest.mark.parametrize(
    ("change", "check", "cell", "named"),
    [
        (without(10), "arc", None, "thiếu bước «hom-nay»"),
        (step(10, "ve-nha"), "arc", 10, "«ve-nha» không có trong mạch"),
        (step(10, "la-gi-2"), "arc", 10, "«la-gi-2» đứng sau «kiem-tra»"),
        (step(10, "hom-nay-2"), "arc", 10, "«hom-nay-2» không có"),
        (in_lesson(11, "3. Ba.", "Ba."), "arc", 11, "2 dòng, cần đúng 3"),
        (without(8), "exercises", None, "3 bài tập, cần ít nhất 4"),
        (in_lesson(6, PHONE, ONE_CHOICE.replace("chon-mot", "cham")), "exercises", None, "tay làm thử"),
        (several(without(8), in_lesson(6, PHONE, NUMBER)), "exercises", None, "ít nhất 4"),
        (without(8, 9), "exercises", None, "«kiem-tra» chưa có bài tập"),
        (in_lesson(2, "Cô Sáu cầm điện thoại, đọc tin nhắn.", "Cô Sáu"), "pictures", 2, "tả quá ngắn"),
        (in_lesson(2, "01-hinh.svg", "01-khac.svg"), "pictures", 2, "Không có hình SVG «pictures/01-khac"),
        (in_lesson(2, "pictures/01-hinh.svg", "../track.toml"), "pictures", 2, "Không có hình SVG"),
        (in_lesson(2, PICTURE, ""), "pictures", None, "2 hình, cần ít nhất 3"),
        (picture("<text", "<a href='x'><text></text></a><text"), "pictures", 2, "thẻ «a»"),
        (picture("<text", "<script>1</script><text"), "pictures", 2, "thẻ «script»"),
        (picture("<text", "<text onclick='x'"), "pictures", 2, "«onclick»"),
        (picture("<text", "<use href='#x'/><text"), "pictures", 2, "«href»"),
        (picture("<text", "<text fill='url(//x)'"), "pictures", 2, "địa chỉ bên ngoài"),
        (picture("</svg>", ""), "pictures", 2, "hỏng"),
        (picture("Hình", "0912 345 678"), "personal-data", 2, "«0912 345 678»"),
        (in_lesson(4, "Mã là", "Xem https://a.example: mã là"), "outside", 4, "https://a.example"),
        (in_lesson(4, "Mã là", "Mã <img src=x> là"), "outside", 4, "<img"),
        (in_lesson(4, "Mã là", "Gọi 0912345678. Mã là"), "personal-data", 4, "«0912345678»"),
        (in_lesson(4, "Mã là", "Gọi +84 912 345 678. Mã là"), "personal-data", 4, "+84 912"),
        (in_lesson(3, "Người lạ", "Số 089123456789"), "personal-data", 3, "12 chữ số"),
        (in_lesson(4, "Mã", "Ma\u0303"), "stored", None, "NFC"),
        (stored_output, "stored", 1, "kết quả chạy thử"),
        (lambda kit: kit.lesson.metadata.kernelspec.update(name="ir"), "stored", None, "«python3»"),
        (metadata(4, nguon="chưa chắc"), "facts", 4, "«chưa chắc»"),
        (in_lesson(8, "7,", "7 / 0,"), "runs", 8, "ZeroDivisionError"),
        (in_lesson(1, "learn", "learn\nprint('chào bà con')"), "runs", 1, "chào bà con"),
        (in_lesson(1, "learn", "learn\nimport sys\nprint('cũ rồi', file=sys.stderr)"), "runs", 1, "cũ rồi"),
        (in_lesson(3, ', why="Người lạ biết thì mất tiền."', ""), "runs", 3, "chưa có lời giải thích"),
        (in_lesson(8, ', hint="Đếm thử coi."', ""), "answers", 8, "chưa có gợi ý"),
        (in_lesson(8, "learn.number", "_ = learn.number"), "answers", None, "«dem» không hiện ra"),
    ],
)
def test_a_mistake_in_a_lesson_is_an_error_with_its_place(kit, change, check, cell, named):
    change(kit)
    errors = [one for one in kit.check_lesson() if one.level == "error"]
    found = [one for one in errors if named in one.message]
    assert found, errors
    assert {(one.check, one.cell, one.file) for one in found} >= {(check, cell, LESSON)}
    assert all(one.remedy for one in errors)


def test_an_answer_that_nobody_can_give_is_an_error(kit):
    kit.replace(kit.lesson, 8, "7,", "1e40,")
    assert ("error", "answers", 8) in said(kit.check_lesson())


def test_a_cell_that_never_ends_is_stopped(kit, monkeypatch):
    monkeypatch.setattr("hocso.course.checker.running.MOST_SECONDS", 1)
    kit.replace(kit.lesson, 1, "learn", "learn\nwhile True:\n    pass")
    assert "chạy quá 1 giây" in kit.check_lesson()[0].message


def test_facts_to_compare_are_listed(kit):
    kit.lesson.cells[3].metadata["nguon"] = "cần đối chiếu"
    (finding,) = kit.check_lesson()
    assert (finding.level, finding.check, finding.cell) == ("info", "facts", 4)


def test_long_sentences_and_foreign_words_are_warnings(kit):
    kit.replace(kit.lesson, 4, "Mã là", "Bà con " + "rất " * 20 + "vui. Bấm vào menu rồi login. Mã là")
    kit.replace(kit.lesson, 3, "Người lạ biết", "Login rồi hacker biết")
    findings = kit.check_lesson("menu")
    assert said(findings) == [
        ("warning", "foreign-words", 3),
        ("warning", "foreign-words", 3),
        ("warning", "sentences", 4),
    ]
    assert "«Login»" in findings[0].message


def test_trainers_notes_may_say_what_they_like(kit):
    kit.lesson.cells.append(text("Check slide, " + "rồi " * 30 + "nghỉ.", trainer_note=True))
    assert kit.check_lesson() == []


def test_names_of_gaps_and_code_are_no_foreign_words():
    assert list(foreign_words("Bán {dat} công đất, gõ `hocso serve`.")) == []
    assert list(foreign_words("Bán dat công đất.")) == ["dat"]


def test_a_foreign_word_may_stay_with_its_explanation(kit):
    kit.replace(kit.lesson, 4, "Mã là", "Mở browser (trình duyệt). Có thư rác (spam). Mã là")
    assert kit.check_lesson() == []


@pytest.mark.parametrize(
    "word", ["nghiêng", "quyết", "giếng", "khuya", "Xoong", "gì", "thuở", "ngoằn-ngoèo", "Mật"]
)
def test_vietnamese_syllables_are_known(word):
    assert is_vietnamese(word)


@pytest.mark.parametrize("word", ["link", "chat", "app", "click", "web", "post", "file", "OTP", "mậtt"])
def test_other_words_are_not_taken_for_vietnamese(word):
    assert not is_vietnamese(word)


def test_headings_items_and_descriptions_end_a_sentence():
    page = "## Tên bước\n\n![Một hình.](pictures/a.svg)\n\nCâu một. **Câu hai!** «Câu ba?» Hết"
    page += "\n\n- Mục [này](#x)\n- Kia"
    assert list(sentences(page)) == [
        "Tên bước",
        "Một hình.",
        "Câu một.",
        "**Câu hai!",
        "«Câu ba?",
        "Hết",
        "Mục này",
        "Kia",
    ]


def in_quiz(number, old, new):
    return lambda kit: kit.replace(kit.quiz, number, old, new)


def shorter_quiz(kit):
    kit.quiz.cells = kit.quiz.cells[:-4] + kit.quiz.cells[-1:]


# Cells of question 1 (several_choices): 2 asks, 3 answers, 4 marks; of question 2 (number): 5, 6, 7.
@pytest.mark.parametrize(
    ("change", "cell", "named"),
    [
        (shorter_quiz, None, "7 câu; cần từ 8 đến 10"),
        (in_quiz(4, ', see="la-gi"', ', see="khong-co"'), 4, "«see=khong-co»"),
        (in_quiz(4, ', see="la-gi"', ""), 4, "«see=None»"),
        (in_quiz(4, '"b": "Người lạ biết là mất tiền."', ""), 4, "chưa giải thích ý b"),
        (in_quiz(4, '"b": ', '"a2": "Mã lạ.", "b": '), 4, "mã lạ: a2"),
        (in_quiz(7, ', why="Một tuần có bảy ngày."', ""), 7, "chưa có lời giải thích"),
        (in_quiz(4, '["a"]', '["b"]'), 4, "khác ô đáp án"),
        (several(in_quiz(3, '["a"]', '["x"]'), in_quiz(4, '["a"]', '["x"]')), 4, "không ai trả lời được"),
        (
            in_quiz(4, "several_choices", "phone_screen"),
            4,
            "hỏi kiểu several_choices mà chấm kiểu phone_screen",
        ),
        (in_quiz(4, "points=1", "points=2"), 4, "cho 2 điểm, metadata của ô ghi 1"),
        (in_quiz(4, "answer_1", "answer_2"), None, "«answer_1» cần đúng một ô chấm"),
        (in_quiz(2, "answer_1", "answer_77"), 4, "bài không hỏi câu ấy"),
    ],
)
def test_a_mistake_in_a_quiz_is_an_error_with_its_place(kit, change, cell, named):
    change(kit)
    found = [one for one in kit.check_quiz() if named in one.message]
    assert [(one.level, one.check, one.file, one.cell) for one in found] == [
        ("error", "questions", QUIZ, cell)
    ]


def test_a_quiz_of_two_kinds_is_an_error(kit):
    kit.quiz.cells = [one for one in kit.quiz.cells if "_2" not in one.metadata.nbgrader.grade_id]
    kit.quiz.cells = [one for one in kit.quiz.cells if ".number" not in one.source]
    assert "2 kiểu câu hỏi" in "".join(one.message for one in kit.check_quiz())


def test_answers_to_try_nbgrader_with_are_made_from_the_key(kit):
    catalogue = kit.write()
    _, answers = checker.check_quiz(kit.folder, catalogue.quizzes[0], catalogue.lessons[0])
    assert {name: answers.right[name] for name in ("answer_1", "answer_2", "answer_3")} == {
        "answer_1": ["a"],
        "answer_2": 7,
        "answer_3": "a",
    }
    assert answers.wrong["answer_1"] == ["b"]
    assert answers.wrong["answer_3"] == "b"
    assert all(answers.wrong[name] != right for name, right in answers.right.items())


def test_a_lesson_without_quiz_and_a_quiz_without_lesson_are_errors(kit):
    kit.write()
    shutil.move(kit.folder / "quizzes/source/ky-nang-so-01", kit.folder / "quizzes/source/ky-nang-so-02")
    findings = checker.check_catalogue(kit.folder, load_catalogue(kit.folder))
    assert [one.message for one in findings] == [
        "Bài học chưa có bài kiểm tra.",
        "Bài kiểm tra không thuộc bài học nào.",
    ]


def test_the_glossary_is_checked_with_the_kit(kit):
    kit.write()
    terms = kit.folder / "lessons/tu-dien.toml"
    terms.write_text('[[term]]\nname = "OTP"\nmeaning = "Mã."\nlesson = "ky-nang-so-09"\n', encoding="utf-8")
    (finding,) = checker.check_catalogue(kit.folder, load_catalogue(kit.folder))
    assert (finding.level, finding.file) == ("warning", "lessons/tu-dien.toml")
    terms.write_text('[[term]]\nname = "OTP"\n', encoding="utf-8")
    (finding,) = checker.check_catalogue(kit.folder, load_catalogue(kit.folder))
    assert finding.level == "error"
    assert "«OTP»: thiếu meaning" in finding.message


def test_explanations_are_what_must_not_be_sent(kit):
    kit.write()
    secrets = checker.secrets_in(kit.folder, kit.folder / LESSON)
    assert "Người lạ biết thì mất tiền." in secrets
    assert "Lời chào thì ai cũng viết." in secrets
    assert not {"Chỉ mình", "Coi ai gửi.", "Ai được biết mã?"} & secrets
    assert "Một tuần có bảy ngày." in checker.secrets_in(kit.folder, kit.folder / QUIZ)


def test_every_kind_of_exercise_is_understood():
    """The authors' notebook has one of each: its answer is found, its wrong answers are explained."""
    notebook = Notebook(KIT, KIT / "notebooks/soan-bai.ipynb")
    done = run(notebook)
    shown = [one for one in done.shown.values() if isinstance(one, Exercise)]
    assert {one.kind for one in shown} == set(EXERCISE_KINDS)
    assert list(check_answers(SimpleNamespace(exercises=()), notebook, done)) == []


def test_the_answers_to_try_with_earn_all_or_nothing_in_every_kind_of_question():
    quiz = learn.quiz("thu")
    two, three = {"a": "Một", "b": "Hai"}, {"a": "Một", "b": "Hai", "c": "Ba"}
    quiz.one_choice("one_choice", "?", two)
    quiz.several_choices("several_choices", "?", three)
    quiz.put_in_order("put_in_order", "?", three)
    quiz.two_piles("two_piles", "?", piles={"x": "X", "y": "Y"}, cards=three)
    quiz.match("match", "?", left=three, right={"1": "X", "2": "Y", "3": "Z"})
    quiz.number("number", "?")
    parts = [learn.element(key, "text", said) for key, said in three.items()]
    quiz.phone_screen("phone_screen", "?", screen=learn.screen("Tin", parts))
    keys = {
        "one_choice": "a",
        "several_choices": ["a", "c"],
        "put_in_order": ["c", "a", "b"],
        "two_piles": {"a": "x", "b": "y", "c": "y"},
        "match": {"a": "2", "b": "1", "c": "3"},
        "number": 0,
        "phone_screen": ["b"],
    }
    assert set(keys) == set(mark._MARKED_KINDS)
    for kind, key in keys.items():
        question = quiz.questions[kind]
        assert can_be_given(question, key)
        assert getattr(mark, kind)(key, key) == 1
        assert getattr(mark, kind)(wrong_answer(question, key), key) == 0
        assert can_be_given(question, wrong_answer(question, key))
