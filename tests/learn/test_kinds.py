"""What is particular to one kind of exercise: messages, passwords, filled forms, gaps, pairs."""

import json

import pytest

from hocso import learn

OPTIONS = [learn.option("đúng", right=True, why="vì đúng"), learn.option("sai", why="vì sai")]
PAIRS = [("a", "1", "vì"), ("b", "2", "vì"), ("c", "3", "vì")]


def real(sender="Ấp", text="Mời họp."):
    return learn.letter(sender, text, scam=False, why="Tin quen.")


def scam(sender="Số lạ", text="Bấm ngay.", signs=None):
    return learn.letter(sender, text, scam=True, signs=signs or {"Bấm": "Bắt bấm."}, why="Lừa.")


def inbox(*letters, **about):
    return learn.inbox("bai", "Hỏi?", letters=letters, **about)


def answer(exercise, response, nonce=None):
    exercise.check(exercise.form.show(response), nonce)


def test_messages_of_one_sender_are_told_apart_in_the_records(office):
    exercise = inbox(real("Con"), scam("Con"), real("Con", "Con về."), real())
    answer(exercise, {"Con": "Tin được", "Con (2)": "Lừa đảo", "Con (3)": "Tin được", "Ấp": "Tin được"})
    assert exercise.state == "done"
    assert office.committed[0]["result"]["response"] == {
        "Con": "Tin được",
        "Con (2)": "Lừa đảo",
        "Con (3)": "Tin được",
        "Ấp": "Tin được",
    }


def test_after_the_check_each_message_is_explained_with_its_giveaways():
    letters = [scam(signs={"Bấm": "Bắt bấm.", "ngay": "Hối thúc."}), real(), real("Con"), real("Bạn")]
    exercise = inbox(*letters, labels=("Thật", "Giả"))
    assert "Hối thúc" not in json.dumps(exercise.get_state(), ensure_ascii=False, default=str)
    answer(exercise, {"Số lạ": "Thật", "Ấp": "Thật", "Con": "Thật", "Bạn": "Thật"})
    explained = exercise.feedback["explained"]
    assert len(explained) == 4
    assert explained[exercise.form.key("Số lạ")] == {
        "why": "Lừa.",
        "signs": [{"text": "Bấm", "why": "Bắt bấm."}, {"text": "ngay", "why": "Hối thúc."}],
    }
    assert explained[exercise.form.key("Ấp")] == {"why": "Tin quen.", "signs": []}


def test_an_inbox_is_judged_only_when_every_message_is():
    exercise = inbox(scam(), real(), real("Con"), real("Bạn"))
    answer(exercise, {"Số lạ": "Lừa đảo"})
    assert (exercise.tries, exercise.feedback["right"]) == (0, None)


PIECES = [
    learn.piece("1965", weak="Năm sinh dễ đoán."),
    learn.piece("xuong"),
    learn.piece("-ba-"),
    learn.piece("trâu"),
]


@pytest.mark.parametrize(
    ("pieces", "word", "right"),
    [
        (["xuong"], "Vừa", False),
        (["trâu"], "Yếu", False),
        (["1965", "xuong", "trâu"], "Yếu", False),
        (["trâu", "trâu", "trâu"], "Yếu", False),
        (["xuong", "-ba-"], "Vừa", False),
        (["xuong", "trâu", "-ba-"], "Mạnh", True),
        (["-ba-", "xuong", "trâu", "xuong"], "Mạnh", True),
    ],
)
def test_the_strength_of_a_password_is_said_in_a_word(pieces, word, right):
    exercise = learn.password("bai", "Hỏi?", pieces=PIECES, length=10)
    answer(exercise, pieces)
    assert exercise.feedback["strength"]["word"] == word
    assert exercise.feedback["right"] is right


def test_weak_and_repeated_pieces_of_a_password_are_named_and_explained():
    exercise = learn.password("bai", "Hỏi?", pieces=PIECES, length=10)
    answer(exercise, ["1965", "xuong", "xuong"])
    said = {note["about"]: note["text"] for note in exercise.feedback["notes"]}
    assert said["1965"] == "Năm sinh dễ đoán."
    assert "một lần" in said["xuong"]
    assert "còn thiếu 1." in said[""]
    assert exercise.feedback["marks"] == {exercise.form.key("1965"): "wrong"}


def test_a_password_has_a_greatest_number_of_pieces():
    exercise = learn.password("bai", "Hỏi?", pieces=PIECES, length=10)
    exercise.check([exercise.form.key("xuong")] * 13)
    assert exercise.tries == 0


FIELDS = [
    learn.field("Họ tên", "Nguyễn Văn Mẫu", why="Đúng rồi."),
    learn.field("Năm sinh", "2065", mistake="Chưa tới.", fix="1965"),
    learn.field("Điện thoại", "09xx", mistake="Thiếu số.", fix="09xx xxx 000"),
]


def test_the_right_values_of_a_form_come_with_the_right_answer_and_not_before():
    exercise = learn.find_mistakes("bai", "Hỏi?", title="Tờ khai", fields=FIELDS)
    answer(exercise, ["Năm sinh"])
    assert "fixes" not in exercise.feedback
    assert "Còn thiếu" in exercise.feedback["notes"][-1]["text"]
    answer(exercise, ["Điện thoại", "Năm sinh"])
    assert exercise.feedback["fixes"] == {
        exercise.form.key("Năm sinh"): "1965",
        exercise.form.key("Điện thoại"): "09xx xxx 000",
    }


def gaps(text, look="plain", **options):
    return learn.fill_gaps("bai", "Hỏi?", text=text, gaps=options, look=look)


def test_a_text_with_gaps_is_sent_as_paragraphs_and_list_items():
    exercise = gaps("Kính gửi bà con.\n{gio} họp.\n- Tại {noi}.", gio=OPTIONS, noi=OPTIONS)
    first, second, third = exercise.view["lines"]
    assert first == {"item": False, "parts": [{"text": "Kính gửi bà con."}]}
    assert [part.get("text") for part in second["parts"]] == [None, " họp."]
    assert (third["item"], third["parts"][0]) == (True, {"text": "Tại "})
    assert len({part["key"] for line in (second, third) for part in line["parts"] if "key" in part}) == 2


def test_the_same_words_in_two_gaps_are_two_answers():
    exercise = gaps("{a} và {b}", a=OPTIONS, b=OPTIONS)
    answer(exercise, {"a": "đúng", "b": "sai"})
    assert exercise.feedback["marks"] == {exercise.form.key("a"): "right", exercise.form.key("b"): "wrong"}
    assert exercise.feedback["notes"][1]["about"] == "(2) sai"


def test_a_wrong_pair_does_not_tell_the_right_one():
    exercise = learn.match("bai", "Hỏi?", pairs=PAIRS)
    answer(exercise, {"a": "1", "b": "3", "c": "2"})
    (note,) = exercise.feedback["notes"]
    assert note["text"].startswith("1 trên 3 cặp đã đúng.")
    assert sorted(exercise.feedback["marks"].values()) == ["right", "wrong", "wrong"]


def test_the_right_sides_are_dealt_apart_from_the_left_ones():
    exercise = learn.match("bai", "Hỏi?", pairs=PAIRS)
    orders = set()
    for seed in range(30):
        learn.session.restore({"seed": seed, "exercises": {}})
        lefts = tuple(option["text"] for option in exercise.view["options"])
        orders.add((lefts, tuple(side["text"] for side in exercise.view["sides"])))
    assert len({lefts for lefts, _ in orders}) > 2
    assert len(orders) > 6


PAST = {
    "match": (lambda: learn.match("bai", "Hỏi?", pairs=PAIRS), {"a": "1", "b": "3", "c": "2"}),
    "inbox": (
        lambda: inbox(scam(), real(), real("Con"), real("Bạn")),
        {"Số lạ": "Tin được", "Ấp": "Tin được", "Con": "Tin được", "Bạn": "Tin được"},
    ),
    "password": (lambda: learn.password("bai", "Hỏi?", pieces=PIECES, length=10), ["xuong", "1965"]),
    "find_mistakes": (
        lambda: learn.find_mistakes("bai", "Hỏi?", title="Tờ khai", fields=FIELDS),
        ["Họ tên"],
    ),
    "fill_gaps": (lambda: gaps("{a} và {b}", a=OPTIONS, b=OPTIONS), {"a": "đúng", "b": "sai"}),
}


@pytest.mark.parametrize("kind", PAST)
def test_a_learner_who_comes_back_finds_their_answer_and_what_was_said_of_it(office, kind):
    make, response = PAST[kind]
    office.state["exercises"] = {"bai": {"response": response, "state": "trying", "tries": 3}}
    exercise = make()
    assert exercise.form.read(exercise.response) == response
    assert exercise.feedback["title"] == "Chưa đúng."
    assert exercise.feedback["solution"]


@pytest.mark.parametrize("kind", PAST)
@pytest.mark.parametrize(
    "past", ["x", ["x"], [["x"]], {"x": "y"}, {"a": ["1"]}, {"a": "z"}, 7, [None]], ids=repr
)
def test_records_of_another_edition_leave_the_exercise_open(office, kind, past):
    office.state["exercises"] = {"bai": {"response": past, "state": "trying", "tries": 2}}
    exercise = PAST[kind][0]()
    assert exercise.feedback == {}
    assert not exercise.response


@pytest.mark.parametrize("kind", PAST)
def test_half_of_an_answer_with_made_up_keys_is_no_try(kind):
    make, response = PAST[kind]
    exercise = make()
    shown = exercise.form.show(response)
    forged = {**shown, "k0": "k1"} if isinstance(shown, dict) else [*shown, "k0"]
    swapped = {side: left for left, side in shown.items()} if isinstance(shown, dict) else [shown]
    for raw in (forged, swapped, json.dumps(shown)):
        exercise.check(raw)
        assert exercise.tries == 0


FOUR = [scam(), real(), real("Con"), real("Bạn")]
SLIPS = {
    "từ 3 đến 6 cặp": lambda: learn.match("bai", "Hỏi?", pairs=PAIRS[:2]),
    "trùng nhau": lambda: learn.match("bai", "Hỏi?", pairs=[*PAIRS, ("d", "1", "vì")]),
    "«d» chưa có lời giải thích": lambda: learn.match("bai", "Hỏi?", pairs=[*PAIRS, ("d", "4", "")]),
    "mỗi cặp viết dạng": lambda: learn.match("bai", "Hỏi?", pairs=[("a", "1")] * 3),
    "từ 4 đến 7 tin": lambda: inbox(scam(), real()),
    "hai nhãn": lambda: inbox(*FOUR, labels=("Thật", "Thật")),
    "cả tin thật và tin lừa đảo": lambda: inbox(*FOUR[1:], real("Dì Ba")),
    "không có đoạn «Nhấn»": lambda: inbox(scam(signs={"Nhấn": "x"}), *FOUR[1:]),
    "chưa nói vì sao": lambda: inbox(scam(signs={"Bấm": ""}), *FOUR[1:]),
    "chưa có dấu hiệu": lambda: inbox(learn.letter("Số lạ", "Bấm", scam=True, why="vì"), *FOUR[1:]),
    "không có dấu hiệu đáng ngờ": lambda: inbox(
        learn.letter("Dì Ba", "Chào", scam=False, signs={"Chào": "x"}, why="vì"), *FOUR[1:]
    ),
    "tin của «Dì Ba» chưa có lời": lambda: inbox(learn.letter("Dì Ba", "Chào", scam=False), *FOUR[1:]),
    "hai tin nhắn giống hệt": lambda: inbox(real(), *FOUR),
    "chưa đủ 16 ký tự": lambda: learn.password("bai", "Hỏi?", pieces=PIECES),
    "hai mảnh giống hệt": lambda: learn.password("bai", "Hỏi?", pieces=[*PIECES, learn.piece("xuong")]),
    "nhiều nhất 12 mảnh": lambda: learn.password(
        "bai", "Hỏi?", pieces=[learn.piece(letter) for letter in "abcdefghijklmn"], length=13
    ),
    "ít nhất ba ô": lambda: learn.find_mistakes("bai", "Hỏi?", title="Tờ", fields=FIELDS[:2]),
    "chưa có ô nào sai": lambda: learn.find_mistakes(
        "bai", "Hỏi?", title="Tờ", fields=[learn.field(label, "1", why="vì") for label in "abc"]
    ),
    "giá trị đúng": lambda: learn.find_mistakes(
        "bai", "Hỏi?", title="Tờ", fields=[*FIELDS, learn.field("Ấp", "x", mistake="Sai.")]
    ),
    "chưa có why=": lambda: learn.find_mistakes(
        "bai", "Hỏi?", title="Tờ", fields=[*FIELDS, learn.field("Ấp", "Mẫu 1")]
    ),
    "mỗi chỗ trống": lambda: gaps("{a} và {b}", a=OPTIONS),
    "đúng một lần": lambda: gaps("{a} và {a}", a=OPTIONS),
    "không có look=«bao»": lambda: gaps("{a}", look="bao", a=OPTIONS),
    "từ 2 đến 4 ý": lambda: gaps("{a}", a=[*OPTIONS, *[learn.option(str(n), why="vì") for n in range(3)]]),
    "ý sai «khác» chưa có": lambda: gaps("{a}", a=[*OPTIONS, learn.option("khác")]),
}


@pytest.mark.parametrize("words", SLIPS)
def test_an_author_reads_what_to_mend(words):
    with pytest.raises(learn.ExerciseError, match=words):
        SLIPS[words]()
