"""A task on a drawn phone: every tap is judged in the kernel, and nobody gets stuck on a screen."""

import json
import random

import pytest

from hocso import learn
from hocso.learn.parts import ELEMENT_KINDS

SCREENS = [
    learn.screen(
        "Màn hình chính",
        [
            learn.element("anh", "app", "Máy ảnh", why="Không phải chỗ này."),
            learn.element("cai-dat", "app", "Cài đặt", right=True, why="Đúng chỗ."),
        ],
        say="Mở Cài đặt.",
    ),
    learn.screen(
        "Tờ khai",
        [
            learn.element("chao", "text", "Xin chào", tap=False),
            learn.element("ten", "field", "Họ tên", right=True, fill="Nguyễn Văn Mẫu"),
            learn.element("ap", "field", "Ấp", right=True, fill="Ấp Mẫu 1"),
            learn.element("otp", "field", "Mã OTP", why="Không đưa mã OTP cho ai."),
            learn.element("gui", "button", "Gửi", right=True, why="Điền xong thì gửi."),
        ],
    ),
    learn.screen(
        "Xác nhận",
        [
            learn.element("bat", "toggle", "Nhắc tôi", right=True, note="Tắt", fill="Bật"),
            learn.element("xong", "button", "Xong", right=True),
        ],
    ),
]
WAY = ["1/cai-dat", "2/ten", "2/ap", "2/gui", "3/bat", "3/xong"]


@pytest.fixture
def task():
    return new_task()


def new_task():
    return learn.phone_task("viec", "Làm gì?", screens=SCREENS, done="Đã xong việc.")


def tap(task, *taps, nonce=None):
    task.check([task.form.key(name) for name in taps], nonce)


def told(task):
    return json.dumps(task.get_state(), ensure_ascii=False, default=str)


def test_a_right_tap_leads_on_without_counting_as_a_try(task, office):
    tap(task, *WAY[:1])
    assert [screen["title"] for screen in task.view["screens"]] == ["Màn hình chính", "Tờ khai"]
    assert (task.tries, task.state, office.committed) == (0, "new", [])
    assert task.feedback["right"] is None
    assert task.feedback["at"] == 1


def test_the_solution_is_the_right_taps_in_order_with_their_reasons(task):
    assert [(note.about, note.text) for note in task.solution()] == [
        ("Cài đặt", "Đúng chỗ."),
        ("Họ tên: Nguyễn Văn Mẫu", ""),
        ("Ấp: Ấp Mẫu 1", ""),
        ("Gửi", "Điền xong thì gửi."),
        ("Nhắc tôi: Bật", ""),
        ("Xong", ""),
    ]


def test_a_wrong_tap_is_a_try_and_is_explained(office):
    task = new_task()
    tap(task, "1/cai-dat", "2/otp")
    assert task.feedback["notes"] == [
        {"about": "Mã OTP", "text": "Không đưa mã OTP cho ai.", "mark": "wrong"}
    ]
    assert (task.tries, task.state, task.feedback["at"]) == (1, "trying", 1)
    (event,) = office.committed
    assert (event["verb"], event["result"]["response"]) == ("answered", ["1/cai-dat", "2/otp"])


def test_the_last_right_tap_completes_the_task(office):
    task = new_task()
    for count in range(1, len(WAY) + 1):
        tap(task, *WAY[:count])
    assert (task.state, task.tries) == ("done", 1)
    assert task.feedback["notes"][0]["text"] == "Đã xong việc."
    assert [event["verb"] for event in office.committed] == ["answered", "completed"]
    assert office.committed[-1]["result"]["response"] == WAY


def test_a_screen_is_left_only_when_all_its_fields_are_filled(task):
    tap(task, "1/cai-dat", "2/ap", "2/gui")
    assert task.tries == 0
    assert task.feedback["at"] == 1
    assert "chưa điền" in task.feedback["notes"][0]["text"]
    tap(task, "1/cai-dat", "2/ap", "2/ten", "2/gui")
    assert task.feedback["at"] == 2


def test_the_browser_gets_screens_and_samples_only_when_they_are_reached(task):
    for secret in ("Tờ khai", "Nguyễn Văn Mẫu", "Đúng chỗ", "Đã xong việc", '"right"', "cai-dat"):
        assert secret not in told(task)
    tap(task, "1/cai-dat")
    assert "Tờ khai" in told(task)
    for secret in ("Nguyễn Văn Mẫu", "Ấp Mẫu 1", "Xác nhận", "Điền xong thì gửi"):
        assert secret not in told(task)
    tap(task, "1/cai-dat", "2/ten")
    assert "Nguyễn Văn Mẫu" in told(task)
    assert "Ấp Mẫu 1" not in told(task)


def test_three_wrong_taps_on_one_screen_point_at_the_right_place_there(task):
    for _ in range(2):
        tap(task, "1/anh")
    tap(task, "1/cai-dat", "2/otp")
    assert task.feedback["point"] == ""
    for _ in range(2):
        assert task.feedback["solution"] == []
        tap(task, "1/cai-dat", "2/otp")
    assert task.feedback["point"] == task.form.key("2/ten")
    tap(task, "1/cai-dat", "2/ten", "2/ap", "2/otp")
    assert task.feedback["point"] == task.form.key("2/gui")
    assert task.feedback["solution"][0]["text"] == "Điền xong thì gửi."


def test_a_tap_sent_twice_is_one_try(task):
    for _ in range(2):
        tap(task, "1/anh", nonce="n")
    assert task.tries == 1


@pytest.mark.parametrize(
    "taps",
    [
        ["2/ten"],
        ["1/cai-dat", "3/xong"],
        ["1/anh", "1/cai-dat"],
        ["1/cai-dat", "2/ten", "2/ten"],
        ["1/cai-dat", "2/gui", "2/ten"],
        [*WAY, "1/anh"],
        ["1/cai-dat", "1/anh"],
    ],
    ids=" ".join,
)
def test_taps_that_nobody_can_make_are_no_try(task, taps):
    tap(task, *taps)
    assert (task.tries, task.state) == (0, "new")
    assert len(task.view["screens"]) == 1


def test_however_taps_are_made_up_a_task_is_done_only_by_the_way_through_all_screens():
    for seed in range(300):
        dice = random.Random(seed)
        task = new_task()
        taps = [*WAY]
        for _ in range(dice.randint(0, 3)):
            taps[dice.randrange(6)] = dice.choice([*task.form.parts])
        if dice.random() < 0.5:
            taps[1:3] = reversed(taps[1:3])
        tap(task, *taps)
        honest = taps in (WAY, ["1/cai-dat", "2/ap", "2/ten", *WAY[3:]])
        assert (task.state == "done") is honest, taps
        assert honest or len(task.view["screens"]) <= 1 + sum(name in taps for name in ("1/cai-dat", "2/gui"))


def test_a_learner_who_comes_back_stands_on_the_screen_of_their_last_wrong_tap(office):
    office.state["exercises"] = {
        "viec": {"response": ["1/cai-dat", "2/ten", "2/otp"], "state": "trying", "tries": 2}
    }
    task = new_task()
    assert task.feedback["at"] == 1
    assert task.view["screens"][1]["options"][1]["fill"] == "Nguyễn Văn Mẫu"
    assert task.feedback["notes"][0]["about"] == "Mã OTP"
    tap(task, "1/cai-dat", "2/ten", "2/otp")
    assert office.committed[-1]["result"]["tries"] == 3


def test_a_task_that_was_done_is_shown_done_and_not_completed_twice(office):
    office.state["exercises"] = {"viec": {"response": WAY, "state": "done", "tries": 1}}
    task = new_task()
    assert (task.state, task.feedback["right"], task.feedback["at"]) == ("done", True, 3)
    tap(task, *WAY)
    assert [event["verb"] for event in office.committed] == ["answered"]


@pytest.mark.parametrize("response", [["1/da-bo", "2/ten"], [["1/anh"]], [None], "1/anh", {"1": "anh"}, 3])
def test_records_of_another_edition_begin_the_task_anew(office, response):
    office.state["exercises"] = {"viec": {"response": response, "state": "trying", "tries": 2}}
    task = new_task()
    assert task.feedback == {}
    assert len(task.view["screens"]) == 1


def test_a_new_learner_in_the_same_kernel_finds_nothing_of_the_one_before(task):
    learn.session.restore({"seed": 1, "exercises": {"viec": {"response": WAY, "state": "done", "tries": 1}}})
    assert len(task.view["screens"]) == 3
    learn.session.restore({"seed": 2, "exercises": {}})
    assert (len(task.view["screens"]), task.state, task.response) == (1, "new", [])


def button(key, **about):
    return learn.element(key, "button", key, **about)


SLIPS = {
    "chưa có màn hình": [],
    "cần đúng một chỗ chạm": [learn.screen("A", [button("a", why="vì"), button("b", why="vì")])],
    "màn hình 2 «B»: cần đúng một": [
        SCREENS[0],
        learn.screen("B", [button("a", right=True), button("b", right=True)]),
    ],
    "cùng mã": [learn.screen("A", [button("a", right=True), button("a", why="vì")])],
    "chưa có lời giải thích": [learn.screen("A", [button("a", right=True), button("b")])],
    "không chạm được": [learn.screen("A", [button("a", right=True, tap=False), button("b", why="vì")])],
}


@pytest.mark.parametrize("words", SLIPS)
def test_an_author_reads_what_to_mend_on_which_screen(words):
    with pytest.raises(learn.ExerciseError, match=words):
        learn.phone_task("viec", "Làm gì?", screens=SLIPS[words], done="Xong.")


def test_a_task_says_something_at_the_end():
    with pytest.raises(learn.ExerciseError, match="khi xong"):
        learn.phone_task("viec", "Làm gì?", screens=SCREENS, done=" ")


def test_only_fields_and_toggles_are_filled():
    with pytest.raises(ValueError, match="field, toggle"):
        learn.element("a", "button", "A", right=True, fill="x")
    with pytest.raises(ValueError, match="wifi-open"):
        learn.element("a", "nut", "A")


def test_every_kind_of_part_can_stand_on_a_quizs_screen():
    parts = [learn.element(kind, kind, kind, note="chữ nhỏ") for kind in ELEMENT_KINDS]
    quiz = learn.quiz("thu-04")
    quiz.phone_screen("answer_1", "Hỏi?", screen=learn.screen("Màn hình", parts))
    (question,) = quiz.show().questions
    assert [part["kind"] for part in question["view"]["options"]] == list(ELEMENT_KINDS)
