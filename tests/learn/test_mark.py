"""Marking: partial credit, and every kind of wrong input earns 0 without an exception."""

from itertools import permutations
from math import fsum

import pytest

from hocso.learn import mark

ODD_ANSWERS = [
    None,
    "",
    "z",
    3,
    2.5,
    True,
    [],
    ["z"],
    [None],
    [["a"]],
    {},
    {"a": 1},
    {1: "a"},
    Ellipsis,
    b"a",
    ["a", "a"],
]

MARKINGS = {
    "one_choice": lambda answer: mark.one_choice(answer, "q", why={"q": "vì"}),
    "several_choices": lambda answer: mark.several_choices(answer, ["q", "r"], why={"q": "vì"}),
    "phone_screen": lambda answer: mark.phone_screen(answer, ["q", "r"]),
    "put_in_order": lambda answer: mark.put_in_order(answer, ["q", "r", "s"], why="vì"),
    "two_piles": lambda answer: mark.two_piles(answer, {"q": "A", "r": "B"}),
    "match": lambda answer: mark.match(answer, {"q": "1", "r": "2", "s": "3"}, why={"q": "vì"}),
    "number": lambda answer: mark.number(answer, 80, tolerance=1),
}


@pytest.mark.parametrize("kind", MARKINGS)
@pytest.mark.parametrize("answer", ODD_ANSWERS, ids=repr)
def test_no_answer_and_malformed_answers_earn_nothing(kind, answer):
    assert MARKINGS[kind](answer) == 0.0


@pytest.mark.parametrize(
    ("answer", "points"),
    [
        (["a", "c"], 3),
        (["c", "a"], 3),
        (["a"], 1.5),
        (["a", "b"], 0),
        (["a", "c", "b"], 1.5),
        (["a", "b", "c", "d"], 0),
        (["b", "d"], 0),
    ],
)
def test_wrong_ticks_are_taken_from_right_ones(answer, points):
    assert mark.several_choices(answer, ["a", "c"], points=3) == points
    assert mark.phone_screen(answer, ["a", "c"], points=3) == points


@pytest.mark.parametrize(
    ("answer", "points"),
    [
        (["a", "b", "c", "d"], 6),
        (["a", "b", "d", "c"], 4),
        (["b", "a", "d", "c"], 2),
        (["d", "a", "b", "c"], 0),
        (["d", "c", "b", "a"], 0),
        (["a", "b", "c"], 0),
    ],
)
def test_order_counts_the_pairs_in_order_above_one_half(answer, points):
    assert mark.put_in_order(answer, ["a", "b", "c", "d"], points=6) == points


@pytest.mark.parametrize(
    ("answer", "points"),
    [
        ({"x": "A", "y": "B", "z": "A", "w": "B"}, 2),
        ({"x": "A", "y": "B", "z": "A", "w": "A"}, 1),
        ({"x": "A", "y": "B", "z": "A"}, 1.5),
        ({"x": "A", "y": "A", "z": "A", "w": "A"}, 0),
        ({"x": "B", "y": "A"}, 0),
    ],
)
def test_cards_on_the_wrong_pile_are_taken_from_those_on_the_right_one(answer, points):
    assert mark.two_piles(answer, {"x": "A", "y": "B", "z": "A", "w": "B"}, points=2) == points


@pytest.mark.parametrize(
    ("answer", "points"),
    [
        ({"x": "1", "y": "2", "z": "3", "w": "4"}, 4),
        ({"x": "1", "y": "2"}, 2),
        ({"x": "1", "y": "2", "z": "4", "w": "3"}, 1.33),
        ({"x": "1", "y": "1", "z": "1", "w": "1"}, 0),
        ({"x": "2", "y": "1"}, 0),
    ],
)
def test_wrong_pairs_are_taken_from_right_ones_by_their_chance(answer, points):
    assert mark.match(answer, {"x": "1", "y": "2", "z": "3", "w": "4"}, points=4) == points


@pytest.mark.parametrize("count", [3, 4, 5])
def test_pairing_blindly_earns_nothing_on_average_before_the_floor_of_zero(count):
    key = {f"left {n}": str(n) for n in range(count)}
    shares = [
        mark._pairs(dict(zip(key, sides, strict=True)), key, count)[1] for sides in permutations(key.values())
    ]
    assert fsum(shares) == pytest.approx(0)


@pytest.mark.parametrize(
    ("answer", "points"), [(80, 1), (81.0, 1), ("80,5", 1), ("80%", 1), (82, 0), (-80, 0)]
)
def test_a_number_is_right_within_its_tolerance(answer, points):
    assert mark.number(answer, 80, tolerance=1) == points


def test_points_are_a_plain_float_for_nbgrader():
    assert type(mark.one_choice("a", "a", points=2)) is float
    assert repr(mark.several_choices(["a"], ["a", "b", "c"], points=1)) == "0.33"
