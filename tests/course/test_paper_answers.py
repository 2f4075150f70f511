"""The letters on paper are read back as what the screen hands in."""

import os
import random

import pytest

from hocso import grading
from hocso.course.dealing import NotDealt, deal
from hocso.course.paper_answers import (
    KINDS_ON_PAPER,
    Unreadable,
    fields,
    lettered,
    mark_of,
    read,
    say,
    split_cell,
)
from hocso.learn import session
from hocso.learn.session import TRIAL_STATE
from tests.conftest import KIT
from tests.e2e import robot

QUIZZES = ("ky-nang-so-01", "nghi-quyet-57-03")
A_TO_D = [{"key": key, "text": f"Ý {key}"} for key in "cadb"]
PILES = [{"key": "noi", "text": "Nói ra"}, {"key": "giu", "text": "Giữ kín"}]
SIDES = [{"key": key, "text": f"Bên {key}"} for key in "231"]


def question(kind, **view):
    return {"id": "answer_1", "kind": kind, "prompt": "Chọn gì?", "view": {"options": A_TO_D, **view}}


def typed(text):
    return {"answer_1": text}


@pytest.mark.parametrize(
    ("kind", "view", "text", "response"),
    [
        ("one_choice", {}, " b ", "a"),
        ("several_choices", {}, "d,A", ["b", "c"]),
        ("put_in_order", {}, "D c-B a", ["b", "d", "a", "c"]),
        ("match", {"options": A_TO_D[:3], "sides": SIDES}, "C - a", {"c": "1", "d": "2"}),
        ("match", {"options": A_TO_D[:3], "sides": SIDES}, "---", None),
        ("number", {"unit": "đồng"}, "1.234,5", 1234.5),
        ("one_choice", {}, "  ", None),
        ("phone_screen", {}, "A", None),
    ],
)
def test_letters_become_the_response_of_the_screen(kind, view, text, response):
    assert read(question(kind, **view), typed(text)) == response


def test_cards_of_two_piles_are_typed_pile_by_pile():
    piles = question("two_piles", piles=PILES)
    assert [label for _, label in fields(piles)] == ["Nói ra", "Giữ kín"]
    given = {"answer_1/noi": "A C", "answer_1/giu": "B"}
    assert read(piles, given) == {"c": "noi", "d": "noi", "a": "giu"}
    with pytest.raises(Unreadable, match="chữ C có hai lần"):
        read(piles, given | {"answer_1/giu": "B C"})


def test_both_piles_are_typed_in_one_cell_of_a_grid_with_a_stroke_between():
    piles = question("two_piles", piles=PILES)
    given = {"answer_1/noi": "A C", "answer_1/giu": "B"}
    assert read(piles, split_cell(piles, "A C/B")) == read(piles, given)
    assert read(piles, split_cell(piles, "/ B")) == {"a": "giu"}
    assert read(piles, split_cell(piles, "")) is None
    assert split_cell(question("one_choice"), "B") == typed("B")
    for text in ("A C", "A/B/C"):
        with pytest.raises(Unreadable, match="cần 2 phần"):
            split_cell(piles, text)


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("one_choice", "E", "chỉ có A đến D"),
        ("one_choice", "AB", "chỉ một chữ"),
        ("several_choices", "AA", "chữ A có hai lần"),
        ("several_choices", "1", "chỉ có A đến D"),
        ("several_choices", "À", "bộ gõ tiếng Việt"),
        ("put_in_order", "ABC", "cần đủ 4 chữ"),
        ("match", "AB", "gõ 4 chữ"),
        ("number", "bốn", "con số"),
    ],
)
def test_what_can_be_no_answer_says_what_there_is(kind, text, said):
    asked = question(kind, sides=A_TO_D) if kind == "match" else question(kind)
    with pytest.raises(Unreadable, match=said):
        read(asked, typed(text))


def test_a_response_is_shown_in_words_before_it_is_kept():
    assert say(question("put_in_order"), ["d", "a"]) == ["Ý d", "Ý a"]
    assert say(question("two_piles", piles=PILES), {"a": "giu"}) == ["Ý a: Giữ kín"]
    assert say(question("number", unit="đồng", options=[]), 1234.5) == ["1.234,5 đồng"]


@pytest.mark.parametrize("quiz_id", QUIZZES)
def test_paper_has_the_order_of_the_screen_and_its_letters_give_what_the_screen_hands_in(
    released_course, quiz_id
):
    notebook = grading.release_path(released_course.parent, quiz_id)
    seeds = [3, 2**31 - 1]
    sheets = deal(notebook, seeds, dict(os.environ))
    source = robot.run_notebook(KIT / f"quizzes/source/{quiz_id}/{quiz_id}.ipynb")
    key = robot.quiz_key(source)
    for seed in seeds:
        session.restore(TRIAL_STATE | {"seed": seed})
        sheet = source["quiz"].show()
        assert [one["prompt"] for one in sheets[seed]] == [one["prompt"] for one in sheet.questions]
        for on_paper, on_screen in zip(sheets[seed], sheet.questions, strict=True):
            texts = [option["text"] for option in lettered(on_paper).values()]
            assert texts == [option["text"] for option in lettered(on_screen).values()]
            name = on_paper["id"]
            if on_paper["kind"] in KINDS_ON_PAPER:
                response = read(on_paper, letters_of(on_paper, key[name]))
                sheet.answer(name, source["quiz"].questions[name].form.show(response))
                assert sheet.submission()[name] == response
                assert response == key[name] or sorted(response) == sorted(key[name])


def letters_of(question, response):
    letter = {option["key"]: sign for sign, option in lettered(question).items()}
    name = question["id"]
    match question["kind"]:
        case "one_choice":
            return {name: letter[response]}
        case "two_piles":
            return {
                field: " ".join(letter[card] for card, pile in response.items() if field == f"{name}/{pile}")
                for field, _ in fields(question)
            }
        case "match":
            return {name: " ".join(letter[response[one["key"]]] for one in question["view"]["options"])}
        case "number":
            return {name: str(response)}
        case "several_choices":
            return {name: " ".join(letter[one] for one in random.sample(response, len(response)))}
    return {name: "".join(letter[one] for one in response)}


def test_a_quiz_that_does_not_run_says_so(tmp_path):
    (tmp_path / "hong.ipynb").write_text(
        '{"cells": [{"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": null, '
        '"source": "1/0"}], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}'
    )
    with pytest.raises(NotDealt, match=r"hong: .*ZeroDivisionError"):
        deal(tmp_path / "hong.ipynb", [1], dict(os.environ))
    with pytest.raises(NotDealt):
        deal(tmp_path / "khong-co.ipynb", [1], dict(os.environ))


def test_the_mark_of_an_edition_is_of_the_signs_that_are_asked_for():
    assert len(mark_of([question("one_choice")], 3, "CDF")) == 3
    assert mark_of([question("one_choice")], 3, "CDF") == mark_of([question("one_choice")], 3, "CDF")
