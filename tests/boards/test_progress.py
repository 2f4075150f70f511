"""Who is stuck, who is done, and the averages, on a class of three that is followed by hand."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hocso.boards.progress import ClassProgress

NINE = datetime(2026, 11, 24, 2, tzinfo=UTC)
LESSONS = [
    {
        "id": "a/otp",
        "title": "Mã OTP",
        "steps": [{"id": "mot"}, {"id": "hai"}],
        "exercises": ["x", "y"],
        "quiz_id": "a-01",
    },
    {"id": "a/wifi", "title": "Wi-Fi", "steps": [{"id": "mot"}], "exercises": ["z"], "quiz_id": None},
]
numbers = count()


def person(name, minute=0, locked=False):
    came = (NINE + timedelta(minutes=minute)).isoformat()
    return {"id": name, "name": name, "checked_in_at": came, "locked": locked}


def did(who, verb, minute, lesson="a/otp", exercise=None, quiz=None, share=None, **result):
    return {
        "id": str(next(numbers)),
        "learner_id": who,
        "lesson_id": None if quiz else lesson,
        "quiz_id": quiz,
        "exercise_id": exercise,
        "verb": verb,
        "result": result,
        "share": share,
        "occurred_at": (NINE + timedelta(minutes=minute)).isoformat(),
    }


@pytest.fixture
def group():
    progress = ClassProgress(LESSONS)
    progress.now_here([person("An"), person("Bình"), person("Cúc")])
    return progress


def stuck(progress, minute):
    return [(one.person.name, one.why) for one in progress.stuck(NINE + timedelta(minutes=minute))]


def test_who_does_nothing_for_five_minutes_is_stuck_and_who_waits_longest_comes_first(group):
    group.add([did("An", "progressed", 3, step="mot"), did("Bình", "progressed", 1, step="mot")])
    assert stuck(group, 4) == []
    assert stuck(group, 9) == [
        ("Cúc", "9 phút chưa làm gì"),
        ("Bình", "8 phút chưa làm gì"),
        ("An", "6 phút chưa làm gì"),
    ]


def test_three_wrong_tries_call_for_help_at_once_until_it_is_done(group):
    group.add([did("An", "answered", 1, exercise="x", success=False) for _ in range(2)])
    assert stuck(group, 1) == []
    group.add([did("An", "answered", 1, exercise="x", success=False)])
    assert stuck(group, 1) == [("An", "sai từ 3 lần ở một bài tập")]
    group.add([did("An", "completed", 2, exercise="x")])
    assert stuck(group, 2) == []


def test_who_has_done_all_lessons_is_not_stuck(group):
    group.add([did("An", "completed", 1, exercise=one) for one in ("x", "y")])
    group.add([did("An", "completed", 1, lesson="a/wifi", exercise="z")])
    assert not group.finished(group.people["An"])
    group.add([did("An", "passed", 2, quiz="a-01", share=0.8)])
    assert group.finished(group.people["An"])
    assert "An" not in [name for name, _ in stuck(group, 60)]


def test_a_locked_name_is_told_even_of_one_who_has_just_come(group):
    group.now_here([person("An", minute=10, locked=True)])
    assert stuck(group, 10) == [("An", "tên bị khóa vì sai mã PIN")]


def test_who_opens_a_lesson_stands_at_its_first_step_and_opening_it_again_moves_nobody(group):
    group.add([did("An", "initialized", 1)])
    here = group.people["An"].lessons["a/otp"]
    assert (here.at, here.steps) == ("mot", {"mot"})
    assert [row["begun"] for row in group.averages()] == [1, 0]
    group.add([did("An", "progressed", 2, step="hai"), did("An", "initialized", 3)])
    assert (here.at, here.steps) == ("hai", {"mot", "hai"})


def test_averages_count_everybody_in_the_class(group):
    group.add([did("An", "completed", 1, exercise="x"), did("Bình", "failed", 1, quiz="a-01", share=0.5)])
    group.add(
        [did("An", "passed", 2, quiz="a-01", share=0.9), did("An", "failed", 3, quiz="a-01", share=0.1)]
    )
    otp, wifi = group.averages()
    # An has 2 of 3 things, Bình and Cúc none; the best scores are 0.9 and 0.5.
    assert otp["share"] == pytest.approx(2 / 9)
    assert (otp["begun"], otp["complete"], otp["score"]) == (2, 0, pytest.approx(0.7))
    assert (wifi["begun"], wifi["share"], wifi["score"]) == (0, 0, None)


def test_who_leaves_the_class_is_in_no_count_and_who_comes_back_is_there_again(group):
    group.add([did("An", "progressed", 1, step="mot")])
    group.now_here([person("Bình")])
    assert list(group.people) == ["Bình"]
    group.now_here([person("An"), person("Bình")])
    assert list(group.people) == ["An", "Bình"]


@given(st.lists(st.integers(0, 9), max_size=30))
def test_an_event_that_comes_twice_counts_once(order):
    events = [did("An", "answered", 1, exercise="x", success=False) for _ in range(10)]
    once, often = ClassProgress(LESSONS), ClassProgress(LESSONS)
    for progress in (once, often):
        progress.now_here([person("An")])
    once.add(events)
    often.add([events[place] for place in order] + events)
    assert once.people["An"].tries == often.people["An"].tries == {"x": 10}
