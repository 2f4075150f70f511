"""The answers on a paper quiz: which letters a question has, and what was written read back as a response.

A question is as `dealing` gives it. What is typed for it is {field: text}; the fields of a question are given
by `fields`. A response has the form of the records (see `learn.forms`), the same that the screen hands in.
"""

import hashlib
import json
import re
from string import ascii_uppercase

from .catalogue import ExerciseRef

# Phone screens are drawn, with signs that say more than their words.
KINDS_ON_PAPER = ("one_choice", "several_choices", "put_in_order", "two_piles", "match", "number")
NOTHING_WRITTEN = "-"
PILES_APART = "/"


class Unreadable(Exception):
    """What was typed can't be an answer to the question; the text says what there is to choose from."""


def lettered(question: dict) -> dict[str, dict]:
    """The options that paper shows with letters: letter -> {"key", "text"}."""
    view = question["view"]
    options = view["sides"] if question["kind"] == "match" else view.get("options", [])
    return dict(zip(ascii_uppercase, options, strict=False))


def mark_of(questions: list[dict], length: int, alphabet: str) -> str:
    """A few signs that change when questions or options come, go or change places, so that letters on paper
    are never read by another edition of the quiz; corrected words change nothing."""
    shape = [
        [one["id"], one["kind"], [option["key"] for option in lettered(one).values()], _lines_of(one)]
        for one in questions
    ]
    number = int.from_bytes(hashlib.sha256(json.dumps(shape).encode()).digest())
    return "".join(alphabet[number // len(alphabet) ** place % len(alphabet)] for place in range(length))


def fields(question: dict) -> list[tuple[str, str]]:
    """The fields to type an answer in, as (name, label); none for a kind that is not on paper."""
    match question["kind"]:
        case "two_piles":
            return [(f"{question['id']}/{pile['key']}", pile["text"]) for pile in question["view"]["piles"]]
        case kind if kind in KINDS_ON_PAPER:
            return [(question["id"], "")]
    return []


def how_to_type(question: dict) -> str:
    """What to type in the fields of a question, in a few words."""
    letters = _span(lettered(question))
    match question["kind"]:
        case "one_choice":
            return f"một chữ, {letters}"
        case "several_choices":
            return f"các chữ đã khoanh, {letters}"
        case "put_in_order":
            return f"cả {len(lettered(question))} chữ theo thứ tự đã viết, {letters}"
        case "two_piles":
            return f"các chữ được đánh dấu vào ô này, {letters}"
        case "match":
            return f"chữ của ý 1, 2, 3…, {letters}; ô bỏ trống gõ dấu «{NOTHING_WRITTEN}»"
        case "number":
            return "con số đã viết"
    return ""


def how_to_type_in_a_cell(question: dict) -> str:
    """What to type for a question that has one cell of a grid, in a few words."""
    if len(fields(question)) < 2:
        return how_to_type(question)
    piles = f" {PILES_APART} ".join(label for _, label in fields(question))
    letters = _span(lettered(question))
    return f"các chữ của từng ô, cách nhau bằng dấu «{PILES_APART}»: {piles}; {letters}"


def in_short(question: dict) -> str:
    """What a cell of a grid wants, in a word or two."""
    letters = list(lettered(question))
    match question["kind"]:
        case "one_choice":
            return f"{letters[0]}–{letters[-1]}"
        case "several_choices":
            return f"{letters[0]}–{letters[-1]} …"
        case "put_in_order":
            return f"{len(letters)} chữ"
        case "two_piles":
            return f"… {PILES_APART} …"
        case "match":
            return f"{len(_lines_of(question))} chữ"
    return "số"


def split_cell(question: dict, text: str) -> dict[str, str]:
    """What was typed in one cell of a grid, for each field of the question: those of two piles stand apart by
    a stroke. Raises Unreadable."""
    names = [name for name, _ in fields(question)]
    parts = text.split(PILES_APART) if len(names) > 1 and text else [text] * len(names)
    if len(parts) != len(names):
        raise Unreadable(
            f"cần {len(names)} phần cách nhau bằng dấu «{PILES_APART}», ví dụ A C {PILES_APART} B"
        )
    return dict(zip(names, parts, strict=True))


def read(question: dict, typed: dict[str, str]) -> object:
    """The response, None where nothing was written. Raises Unreadable."""
    given = [typed.get(name, "").strip() for name, _ in fields(question)]
    if not any(given):
        return None
    keys = {letter: option["key"] for letter, option in lettered(question).items()}
    match question["kind"]:
        case "number":
            return _number(given[0])
        case "one_choice":
            letters = _letters(given[0], keys)
            if len(letters) != 1:
                raise Unreadable("chỉ một chữ; khoanh nhiều chữ thì để trống")
            return keys[letters[0]]
        case "several_choices":
            return [keys[letter] for letter in _each_once(_letters(given[0], keys))]
        case "put_in_order":
            letters = _each_once(_letters(given[0], keys))
            if len(letters) != len(keys):
                raise Unreadable(f"cần đủ {len(keys)} chữ, {_span(keys)}; viết thiếu thì để trống")
            return [keys[letter] for letter in letters]
        case "match":
            return _pairs(given[0], keys, _lines_of(question))
        case "two_piles":
            piles = [pile["key"] for pile in question["view"]["piles"]]
            letters = [_letters(text, keys) for text in given]
            _each_once([letter for pile in letters for letter in pile])
            return {
                keys[letter]: pile
                for pile, pile_letters in zip(piles, letters, strict=True)
                for letter in pile_letters
            }
    raise Unreadable("câu này chỉ làm được trên màn hình")


def say(question: dict, response: object) -> list[str]:
    """A response in the words of the question, line by line; nothing where there is none."""
    parts = [part for name in ("options", "sides", "piles") for part in question["view"].get(name, [])]
    words = tuple((part["key"], part["text"]) for part in parts if part["key"])
    lines = ExerciseRef(question["id"], question["kind"], options=words).say(response)
    unit = question["view"].get("unit", "") if question["kind"] == "number" else ""
    return [f"{line} {unit}".strip() for line in lines]


def _lines_of(question: dict) -> list[str]:
    """The keys of the numbered lines of a matching question."""
    return [option["key"] for option in question["view"]["options"]] if question["kind"] == "match" else []


def _pairs(text: str, keys: dict[str, str], lines: list[str]) -> dict[str, str] | None:
    written = re.sub(rf"[^\w{NOTHING_WRITTEN}]", "", text)
    if len(written) != len(lines):
        raise Unreadable(f"có {len(lines)} ý thì gõ {len(lines)} chữ; ý bỏ trống gõ dấu «{NOTHING_WRITTEN}»")
    pairs = {
        line: keys[_letters(sign, keys)[0]]
        for line, sign in zip(lines, written, strict=True)
        if sign != NOTHING_WRITTEN
    }
    return pairs or None


def _letters(text: str, keys: dict[str, str]) -> list[str]:
    """The letters in a text, in capitals or not, with anything between them that is no letter or digit."""
    letters = [sign for sign in text.upper() if sign.isalnum()]
    if not text.isascii():
        raise Unreadable("bộ gõ tiếng Việt đã đổi chữ (AF thành À); gõ cách nhau bằng dấu cách")
    if not set(letters) <= set(keys):
        raise Unreadable(f"chỉ có {_span(keys)}")
    return letters


def _each_once(letters: list[str]) -> list[str]:
    if twice := next((letter for letter in letters if letters.count(letter) > 1), None):
        raise Unreadable(f"chữ {twice} có hai lần")
    return letters


def _number(text: str) -> float:
    from hocso.learn.text import read_number  # here: hocso.learn takes a while to import

    number = read_number(text)
    if number is None:
        raise Unreadable("phải là một con số, ví dụ 4 hoặc 1.234,5")
    return number


def _span(letters: dict[str, object]) -> str:
    names = list(letters)
    return f"{names[0]} đến {names[-1]}" if names else ""
