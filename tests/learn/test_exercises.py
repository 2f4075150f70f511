"""Every kind of exercise: right, wrong, help after the third wrong try, and nothing given away before."""

import json
from dataclasses import dataclass

import pytest
from matplotlib.figure import Figure

from hocso import learn
from hocso.learn import session
from hocso.learn.exercise import Exercise

RIGHT_WORD = "Chín-con-trâu"


def bars(choice):
    figure = Figure()
    figure.subplots().bar(["a", "b"], [1, 2])
    return figure


@dataclass
class Case:
    """An exercise with responses as recorded, a text that only an answered one may show, and what is said of
    the right response and shown as the answer."""

    make: object
    right: object
    wrong: object
    secret: str
    praise: str = "lý do đúng"
    answer: str = "lý do đúng"


def task_screens():
    return [
        learn.screen(
            "Màn hình chính",
            [
                learn.element("may-anh", "app", "Máy ảnh", why="lý do sai"),
                learn.element("cai-dat", "app", "Cài đặt", right=True, why="lý do đúng"),
            ],
            say="Mở Cài đặt.",
        ),
        learn.screen(
            "Cài đặt",
            [
                learn.element("ten", "field", "Họ tên", right=True, fill="Nguyễn Văn Mẫu"),
                learn.element("tiep", "button", "Tiếp", right=True, why="lý do đúng"),
                learn.element("xoa", "button", "Xóa hết", why="lý do sai"),
            ],
        ),
    ]


def letters():
    return [
        learn.letter("Số lạ", "Bấm duong-dan.example", scam=True, signs={"Bấm": "lý do một"}, why="lý do"),
        learn.letter("Ấp", "Mời họp.", scam=False, why="lý do"),
        learn.letter("Số lạ", "Gửi mã OTP.", scam=True, signs={"mã OTP": "lý do hai"}, why="lý do đúng"),
        learn.letter("Con", "Chiều con về.", scam=False, why="lý do"),
    ]


OPTIONS = [
    learn.option("123456", why="lý do sai"),
    learn.option("ngày sinh", why="lý do sai hai"),
    learn.option(RIGHT_WORD, right=True, why="lý do đúng"),
]
CASES = {
    "one_choice": Case(lambda: learn.one_choice("bai", "Hỏi?", OPTIONS), RIGHT_WORD, "123456", "lý do"),
    "several_choices": Case(
        lambda: learn.several_choices(
            "bai", "Hỏi?", [*OPTIONS, learn.option("đúng nữa", right=True, why="lý do đúng")]
        ),
        ["đúng nữa", RIGHT_WORD],
        [RIGHT_WORD, "123456"],
        "lý do",
    ),
    "put_in_order": Case(
        lambda: learn.put_in_order("bai", "Hỏi?", ["một", "hai", "ba"], why="lý do đúng"),
        ["một", "hai", "ba"],
        ["hai", "một", "ba"],
        "lý do",
    ),
    "two_piles": Case(
        lambda: learn.two_piles(
            "bai",
            "Hỏi?",
            piles=("Thật", "Lừa đảo"),
            cards=[
                learn.card("tin một", pile="Thật", why="lý do đúng"),
                learn.card("tin hai", pile="Lừa đảo", why="lý do đúng"),
            ],
        ),
        {"tin một": "Thật", "tin hai": "Lừa đảo"},
        {"tin một": "Thật", "tin hai": "Thật"},
        "lý do",
    ),
    "phone_screen": Case(
        lambda: learn.phone_screen(
            "bai",
            "Hỏi?",
            screen=learn.screen(
                "Tin nhắn",
                [
                    learn.element("chao", "message", "Xin chào", why="lý do sai"),
                    learn.element("gio", "text", "9:12", tap=False),
                    learn.element("dan", "link", "duong.dan.la", right=True, why="lý do đúng"),
                ],
            ),
        ),
        ["dan"],
        ["chao"],
        "lý do",
    ),
    "phone_task": Case(
        lambda: learn.phone_task("bai", "Hỏi?", screens=task_screens(), done="lý do đúng"),
        ["1/cai-dat", "2/ten", "2/tiep"],
        ["1/may-anh"],
        "lý do",
    ),
    "match": Case(
        lambda: learn.match(
            "bai",
            "Hỏi?",
            pairs=[("a", "một", "lý do đúng"), ("b", "hai", "lý do đúng"), ("c", "ba", "lý do đúng")],
        ),
        {"a": "một", "b": "hai", "c": "ba"},
        {"a": "một", "b": "ba", "c": "hai"},
        "lý do",
    ),
    "inbox": Case(
        lambda: learn.inbox("bai", "Hỏi?", letters=letters()),
        {"Số lạ": "Lừa đảo", "Ấp": "Tin được", "Số lạ (2)": "Lừa đảo", "Con": "Tin được"},
        {"Số lạ": "Tin được", "Ấp": "Tin được", "Số lạ (2)": "Lừa đảo", "Con": "Tin được"},
        "lý do",
    ),
    "password": Case(
        lambda: learn.password(
            "bai",
            "Hỏi?",
            pieces=[
                learn.piece("1965", weak="lý do sai"),
                learn.piece("xuong"),
                learn.piece("-ba-"),
                learn.piece("la"),
            ],
            length=9,
        ),
        ["-ba-", "xuong"],
        ["1965", "xuong", "la"],
        "lý do",
        praise="9 ký tự",
        answer="xuong-ba-",
    ),
    "find_mistakes": Case(
        lambda: learn.find_mistakes(
            "bai",
            "Hỏi?",
            title="Tờ khai",
            fields=[
                learn.field("Họ tên", "Nguyễn Văn Mẫu", why="lý do sai"),
                learn.field("Năm sinh", "2065", mistake="lý do đúng", fix="1965"),
                learn.field("Ấp", "Mẫu 1", why="lý do sai"),
            ],
        ),
        ["Năm sinh"],
        ["Ấp"],
        "1965",
    ),
    "fill_gaps": Case(
        lambda: learn.fill_gaps(
            "bai",
            "Hỏi?",
            text="Lúc {gio}:\n- tại {noi}.",
            gaps={
                "gio": [
                    learn.option("7 giờ", right=True, why="lý do đúng"),
                    learn.option("sáng", why="lý do sai"),
                ],
                "noi": [learn.option("nhà văn hóa", right=True), learn.option("ngoài kia", why="lý do sai")],
            },
        ),
        {"gio": "7 giờ", "noi": "nhà văn hóa"},
        {"gio": "7 giờ", "noi": "ngoài kia"},
        "lý do",
    ),
    "chart": Case(
        lambda: learn.chart(
            "bai",
            "Hỏi?",
            OPTIONS,
            draw=bars,
            choices=[("x", "Năm nay"), ("y", "Năm sau")],
            alt={"x": "Hai cột", "y": "Hai cột"},
            table=lambda choice: (("Tên", "Số"), [("a", 1), ("b", 2)]),
        ),
        RIGHT_WORD,
        "123456",
        "lý do",
    ),
    "number": Case(
        lambda: learn.number("bai", "Hỏi?", 1234.5, unit="kg", why="lý do đúng", wrong={1: "lý do của số 1"}),
        "1.234,5",
        "1",
        "1234",
    ),
}


def in_browser(exercise: Exercise, response: object) -> object:
    """`response` as the browser would send it."""
    return response if exercise.kind == "number" else exercise.form.show(response)


def told(exercise: Exercise) -> str:
    """All that the browser has been sent of the exercise."""
    return json.dumps(exercise.get_state(), ensure_ascii=False, default=str)


@pytest.fixture(params=CASES, ids=list(CASES))
def case(request):
    return CASES[request.param]


def test_all_kinds_are_tried_here():
    assert set(CASES) == set(learn.KINDS)


def test_the_right_response_is_praised_explained_and_done(case):
    exercise = case.make()
    exercise.check(in_browser(exercise, case.right))
    assert exercise.state == "done"
    assert exercise.feedback["right"] is True
    assert exercise.feedback["title"] == "Đúng rồi."
    assert case.praise in json.dumps(exercise.feedback, ensure_ascii=False)
    assert exercise.feedback["notes"][0]["text"]
    assert set(exercise.feedback["marks"].values()) <= {"right"}


def test_a_wrong_response_is_explained_without_the_right_one(case):
    exercise = case.make()
    exercise.check(in_browser(exercise, case.wrong))
    assert exercise.state == "trying"
    assert exercise.feedback["title"] == "Chưa đúng."
    assert any(note["text"] for note in exercise.feedback["notes"])
    assert exercise.feedback["solution"] == []


def test_the_third_wrong_try_shows_the_answer_and_the_learner_can_still_do_it(case):
    exercise = case.make()
    for _ in range(3):
        assert not exercise.feedback.get("solution")
        exercise.check(in_browser(exercise, case.wrong))
    assert case.answer in json.dumps(exercise.feedback["solution"], ensure_ascii=False)
    assert exercise.state == "trying"
    exercise.check(in_browser(exercise, case.right))
    assert exercise.state == "done"
    assert exercise.tries == 4


def test_doing_it_again_wrongly_does_not_undo_it(case):
    exercise = case.make()
    exercise.check(in_browser(exercise, case.right))
    exercise.check(in_browser(exercise, case.wrong))
    assert exercise.state == "done"
    assert exercise.feedback["right"] is False


def test_what_is_no_answer_is_no_try(case):
    exercise = case.make()
    for raw in (None, [], {}, "", "k000", ["k000"], {"k000": "k111"}, 5j, [None], [[]], {"a": []}, True):
        exercise.check(raw)
        assert exercise.tries == 0
        assert exercise.state == "new"


def test_nothing_tells_the_answer_before_it_is_given(case):
    exercise = case.make()
    assert case.secret not in told(exercise)
    assert "right" not in json.dumps(exercise.view)


def test_a_second_sending_of_the_same_check_is_one_try(case):
    exercise = case.make()
    for _ in range(2):
        exercise.check(in_browser(exercise, case.wrong), nonce="n1")
    exercise.check(in_browser(exercise, case.wrong), nonce="n2")
    assert exercise.tries == 2


def test_a_check_that_is_on_record_is_no_second_try_in_a_new_kernel(case, office):
    """The kernel died after it had saved the answer and before the browser heard of it."""
    exercise = case.make()
    exercise.check(in_browser(exercise, case.wrong), nonce="lan-1")
    assert exercise.settled == ["lan-1"]
    result = office.committed[0]["result"]
    office.state["exercises"] = {"bai": {**result, "presses": [result["press"]]}}
    again = case.make()
    session.restore(office.state)
    assert again.settled == ["lan-1"]
    again.check(in_browser(again, case.wrong), nonce="lan-1")
    assert (again.tries, len(office.committed)) == (1, 1)
    again.check(in_browser(again, case.wrong), nonce="lan-2")
    assert again.tries == 2


def test_the_same_press_makes_the_same_event_in_whatever_kernel(case, office):
    for _ in range(2):
        exercise = case.make()
        session.restore(office.state)
        exercise.check(in_browser(exercise, case.right), nonce="lan-1")
    ids = [one["id"] for one in office.committed]
    assert len(ids) == 4 and len(set(ids)) == 2


def test_steps_are_never_dealt_in_the_right_order():
    steps = ["một", "hai", "ba"]
    exercise = learn.put_in_order("bai", "Hỏi?", steps, why="vì thế")
    for seed in range(60):
        session.restore({"seed": seed, "exercises": {}})
        assert [item["text"] for item in exercise.view["options"]] != steps


def test_options_are_dealt_differently_for_different_learners_and_the_same_for_one():
    exercise = learn.one_choice("bai", "Hỏi?", OPTIONS)
    deals = {}
    for seed in [*range(20), *range(20)]:
        session.restore({"seed": seed, "exercises": {}})
        deals.setdefault(seed, []).append(exercise.view)
    assert all(first == second for first, second in deals.values())
    assert len({json.dumps([o["text"] for o in views[0]["options"]]) for views in deals.values()}) > 2


@pytest.mark.parametrize(
    ("typed", "right"),
    [("30", True), ("30,0", True), (" 30 % ", True), ("30.04", True), ("29,9", True), ("3", False)],
)
def test_a_number_is_read_as_people_type_it(typed, right):
    exercise = learn.number("bai", "Hỏi?", 30, tolerance=0.1, unit="%", why="vì thế")
    exercise.check(typed)
    assert exercise.feedback["right"] is right


@pytest.mark.parametrize("typed", ["ba mươi", "1e999", "1.2.3", "--3", "9" * 400, "nan", "inf", "３０x"])
def test_what_is_no_number_is_no_try(typed):
    exercise = learn.number("bai", "Hỏi?", 30)
    exercise.check(typed)
    assert exercise.tries == 0


def test_a_likely_wrong_number_has_its_own_explanation_and_others_a_direction():
    exercise = learn.number("bai", "Hỏi?", 30, wrong={50: "Đó là mục tiêu năm 2045."})
    exercise.check("50")
    assert exercise.feedback["notes"][0]["text"] == "Đó là mục tiêu năm 2045."
    exercise.check("20")
    assert exercise.feedback["notes"][0]["text"] == "Số đúng lớn hơn."


def test_a_chart_is_drawn_once_for_each_choice_with_a_description_and_a_table():
    drawn = []

    def draw(choice):
        drawn.append(choice)
        return bars(choice)

    exercise = learn.chart(
        "bai",
        "Hỏi?",
        OPTIONS,
        draw=draw,
        choices=[("x", "Năm nay"), ("y", "Năm sau")],
        alt=lambda choice: f"Hai cột của {choice}",
        table={"x": (("Tên", "Số"), [("a", 1)]), "y": (("Tên", "Số"), [("a", 2)])},
    )
    exercise.check(exercise.form.key("123456"))
    assert drawn == ["x", "y"]
    first, second = exercise.charts
    assert first["svg"].startswith("<svg") and 'href="http' not in first["svg"]
    assert second["alt"] == "Hai cột của y"
    assert second["table"] == {"header": ["Tên", "Số"], "rows": [["a", "2"]]}


AUTHORS_SLIPS = {
    "mã": lambda: learn.one_choice("Bài 1", "Hỏi?", OPTIONS),
    "câu hỏi": lambda: learn.one_choice("bai", " ", OPTIONS),
    "chưa có ý nào đúng": lambda: learn.one_choice("bai", "Hỏi?", OPTIONS[:2]),
    "một ý đúng": lambda: learn.one_choice("bai", "Hỏi?", [OPTIONS[2], learn.option("x", right=True)]),
    "giải thích": lambda: learn.one_choice("bai", "Hỏi?", [OPTIONS[2], learn.option("x")]),
    "giống hệt": lambda: learn.one_choice("bai", "Hỏi?", [OPTIONS[0], *OPTIONS]),
    "ba bước": lambda: learn.put_in_order("bai", "Hỏi?", ["a", "b"], why="vì"),
    "không có nhóm": lambda: learn.two_piles(
        "bai",
        "Hỏi?",
        piles=("A", "B"),
        cards=[learn.card("x", pile="C", why="vì"), learn.card("y", pile="A", why="vì")],
    ),
    "không chạm được": lambda: learn.phone_screen(
        "bai",
        "Hỏi?",
        screen=learn.screen(
            "T",
            [
                learn.element("a", "text", "a", right=True, tap=False),
                learn.element("b", "button", "b", why="vì"),
                learn.element("c", "button", "c", why="vì"),
            ],
        ),
    ),
    "bảng số": lambda: learn.chart(
        "bai",
        "Hỏi?",
        OPTIONS,
        draw=bars,
        choices=[("x", "X")],
        alt={"x": "tả"},
        table={"x": (("Tên", "Số"), [("a",)])},
    ),
}


@pytest.mark.parametrize("words", AUTHORS_SLIPS)
def test_an_author_reads_what_to_mend(words):
    with pytest.raises(learn.ExerciseError, match=words):
        AUTHORS_SLIPS[words]()
