"""A resident's answers are untrusted JSON: they enter a submission only as literals of plain values."""

import json
from typing import Any

from .errors import AnswersRefused

MAX_BYTES = 16 * 1024
MAX_TEXT = 2000
MAX_DEPTH = 3
MAX_NUMBER = 2**53


def check_answers(answers: Any, questions: list[str]) -> None:
    """Raise AnswersRefused unless `answers` maps some of `questions` to plain values of modest size."""
    if type(answers) is not dict:
        raise AnswersRefused("câu trả lời không phải một đối tượng JSON")
    if not set(answers) <= set(questions):
        raise AnswersRefused("có câu trả lời cho câu hỏi không có trong bài")
    for value in answers.values():
        _check(value, depth=0)
    if len(json.dumps(answers, ensure_ascii=False).encode()) > MAX_BYTES:
        raise AnswersRefused(f"câu trả lời lớn hơn {MAX_BYTES} byte")


def _check(value: Any, depth: int) -> None:
    if type(value) in (list, dict) and depth == MAX_DEPTH:
        raise AnswersRefused(f"câu trả lời lồng nhau quá {MAX_DEPTH} lớp")
    if value is None or type(value) is bool:
        return
    if type(value) is str:
        _check_text(value)
    elif type(value) in (int, float):
        if not abs(value) <= MAX_NUMBER:  # nor is NaN
            raise AnswersRefused("số quá lớn hoặc không phải số thường")
    elif type(value) is list:
        for item in value:
            _check(item, depth + 1)
    elif type(value) is dict:
        for key, item in value.items():
            if type(key) is not str:
                raise AnswersRefused("khóa không phải là chữ")
            _check_text(key)
            _check(item, depth + 1)
    else:
        raise AnswersRefused(f"giá trị kiểu {type(value).__name__}")


def _check_text(text: str) -> None:
    if len(text) > MAX_TEXT:
        raise AnswersRefused(f"đoạn chữ dài hơn {MAX_TEXT} ký tự")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise AnswersRefused("đoạn chữ có ký tự hỏng (nửa cặp surrogate)")


def literal(value: Any) -> str:
    """Checked plain values as Python source: one line of printable ASCII, whatever characters they hold."""
    if type(value) is list:
        return "[" + ", ".join(literal(item) for item in value) + "]"
    if type(value) is dict:
        return "{" + ", ".join(f"{key!a}: {literal(item)}" for key, item in value.items()) + "}"
    return ascii(value)
