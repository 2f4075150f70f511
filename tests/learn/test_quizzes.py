"""The quiz as a resident fills it in, without a kernel's event loop."""

import json

import pytest

from hocso import learn
from hocso.learn.quizzes import is_own_path


def seven_questions():
    quiz = learn.quiz("thu-04")
    quiz.one_choice("answer_1", "Một?", {"a": "mười", "b": "hai mươi", "c": "ba mươi"})
    quiz.several_choices("answer_2", "Hai?", {"a": "mười", "b": "hai mươi", "c": "ba mươi"})
    quiz.put_in_order("answer_3", "Ba?", {"a": "mười", "b": "hai mươi", "c": "ba mươi"})
    quiz.two_piles("answer_4", "Bốn?", piles=("Thật", "Lừa"), cards={"x": "tin một", "y": "tin hai"})
    quiz.number("answer_5", "Năm?", unit="%")
    quiz.phone_screen(
        "answer_6",
        "Sáu?",
        screen=learn.screen(
            "Tin", [learn.element("m", "message", "Xin chào"), learn.element("l", "link", "duong.dan")]
        ),
    )
    quiz.match(
        "answer_7",
        "Bảy?",
        left={"a": "OTP", "b": "PIN", "c": "QR"},
        right={"1": "mười", "2": "hai mươi", "3": "ba mươi"},
    )
    return quiz


RESPONSES = {
    "answer_1": "b",
    "answer_2": ["c", "a"],
    "answer_3": ["c", "a", "b"],
    "answer_4": {"x": "Thật", "y": "Lừa"},
    "answer_5": 12.5,
    "answer_6": ["l"],
    "answer_7": {"a": "1", "b": "3", "c": "2"},
}


@pytest.fixture
def attempt(office):
    office.state.update(lesson=None, quiz="thu-04", attempt="11111111-2222-3333-4444-555555555555", seed=3)
    return office


def fill_in(sheet, quiz, responses=RESPONSES):
    for name, response in responses.items():
        sheet.answer(name, quiz.questions[name].form.show(response))


def test_a_question_shows_nothing_by_itself_and_the_sheet_shows_all():
    quiz = seven_questions()
    assert quiz.number("answer_8", "Tám?") is None
    assert {question["id"] for question in quiz.show().questions} == {f"answer_{n}" for n in range(1, 9)}


def test_each_change_is_kept_as_a_draft_in_the_authors_keys(attempt):
    quiz = seven_questions()
    sheet = quiz.show()
    fill_in(sheet, quiz)
    assert {event["exercise"]: event["result"]["response"] for event in attempt.committed} == RESPONSES
    assert {event["verb"] for event in attempt.committed} == {"progressed"}
    assert {event["result"]["attempt"] for event in attempt.committed} == {attempt.state["attempt"]}
    assert sheet.saved == "saved"


def test_the_same_answer_again_is_no_change(attempt):
    quiz = seven_questions()
    sheet = quiz.show()
    fill_in(sheet, quiz)
    fill_in(sheet, quiz)
    assert len(attempt.committed) == len(RESPONSES)


def test_drafts_come_back_and_go_into_the_submission(attempt):
    attempt.state["exercises"] = {
        name: {"response": response, "state": "trying", "tries": 0} for name, response in RESPONSES.items()
    }
    sheet = seven_questions().show()
    assert set(sheet.answers) == set(RESPONSES)
    assert sheet.submission() == RESPONSES


def test_drafts_that_no_longer_fit_are_left_out(attempt):
    attempt.state["exercises"] = {name: {"response": {"z": ["z"]}} for name in RESPONSES}
    sheet = seven_questions().show()
    assert sheet.answers == {}
    assert set(sheet.submission().values()) == {None}


def test_questions_are_dealt_by_the_attempts_seed(attempt):
    orders = set()
    for seed in range(8):
        attempt.state["seed"] = seed
        learn.session.begin()
        orders.add(tuple(question["id"] for question in seven_questions().show().questions))
    assert len(orders) > 4


def test_no_key_of_the_author_reaches_the_browser(attempt):
    sheet = seven_questions().show()
    keys = json.dumps([q["view"] for q in sheet.questions])
    for key in ("a", "b", "c", "x", "y", "m", "l", "1", "2", "3"):
        assert f'"key": "{key}"' not in keys


def test_handing_in_sends_all_answers_and_leads_to_the_result(attempt):
    quiz = seven_questions()
    sheet = quiz.show()
    fill_in(sheet, quiz, {"answer_1": "b"})
    sheet.submit()
    sheet.submit()
    assert attempt.received["attempts"] == [
        {
            "id": attempt.state["attempt"],
            "answers": {**dict.fromkeys(RESPONSES), "answer_1": "b"},
        }
    ]
    assert sheet.phase == "sent"
    assert sheet.goto == f"/ket-qua/{attempt.state['attempt']}"


@pytest.mark.parametrize(
    ("status", "words"),
    [(401, "hết hạn"), (409, "đã kết thúc"), (507, "hết chỗ"), (500, "lần nữa"), (400, "không nhận")],
)
def test_a_refused_hand_in_keeps_the_answers_and_says_what_to_do(attempt, status, words):
    attempt.statuses["attempts"] = [status]
    quiz = seven_questions()
    sheet = quiz.show()
    fill_in(sheet, quiz)
    sheet.submit()
    assert words in sheet.message
    assert sheet.goto == ""
    assert sheet.submission() == RESPONSES
    sheet.submit()
    assert sheet.phase == "sent"


def test_an_answer_taken_back_is_handed_in_as_unanswered(attempt):
    quiz = seven_questions()
    sheet = quiz.show()
    fill_in(sheet, quiz, {"answer_2": ["a"]})
    sheet.answer("answer_2", [])
    assert sheet.submission()["answer_2"] is None
    assert attempt.committed[-1]["result"]["response"] is None


def test_what_the_browser_makes_up_changes_nothing(attempt):
    sheet = seven_questions().show()
    for name, raw in [
        ("answer_99", "a"),
        (None, "a"),
        (["answer_1"], "a"),
        ("answer_1", "k0"),
        ("answer_4", 7),
    ]:
        sheet.answer(name, raw)
    assert attempt.committed == []
    assert sheet.answers == {}


def test_a_trial_is_not_handed_in():
    quiz = seven_questions()
    sheet = quiz.show()
    fill_in(sheet, quiz)
    sheet.submit()
    assert "học thử" in sheet.message
    assert sheet.phase == "answering"


def test_a_quiz_whose_screen_holds_the_answer_is_refused():
    quiz = learn.quiz("thu-04")
    screen = learn.screen(
        "Tin", [learn.element("m", "link", "x", right=True), learn.element("l", "link", "y")]
    )
    with pytest.raises(learn.ExerciseError, match="đáp án"):
        quiz.phone_screen("answer_1", "Hỏi?", screen=screen)


@pytest.mark.parametrize(
    "right", [{"1": "mười", "2": "hai mươi"}, {"a": "mười", "b": "hai mươi", "c": "ba mươi"}]
)
def test_the_two_sides_of_a_match_are_as_many_and_have_keys_of_their_own(right):
    with pytest.raises(learn.ExerciseError, match="hai bên"):
        learn.quiz("thu-04").match("answer_1", "Hỏi?", left={"a": "OTP", "b": "PIN", "c": "QR"}, right=right)


@pytest.mark.parametrize(
    ("address", "own"),
    [
        ("/ket-qua/1", True),
        ("//ngoai.example/1", False),
        ("/\\ngoai.example", False),
        ("https://ngoai.example", False),
        ("javascript:alert(1)", False),
        (None, False),
    ],
)
def test_a_result_lies_on_this_server_only(address, own):
    assert is_own_path(address) is own


def test_the_browser_learns_which_answers_are_kept_for_good(attempt):
    attempt.statuses["events"] = [500]
    sheet = seven_questions().show()
    name = next(one["id"] for one in sheet.questions if one["kind"] == "one_choice")
    view = next(one["view"] for one in sheet.questions if one["id"] == name)
    first, second = (option["key"] for option in view["options"][:2])
    sheet.answer(name, first, "lan-1")
    assert sheet.settled == {}
    sheet.answer(name, second, "lan-2")
    assert sheet.settled == {name: "lan-2"}
    sheet.answer(name, second, "lan-3")
    assert sheet.settled == {name: "lan-3"}
    assert len(attempt.committed) == 2
