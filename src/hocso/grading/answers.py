"""A resident's answers are untrusted JSON. They enter a submission only as Python literals of plain values."""

import json
import math
from typing import Any

from .errors import AnswersRefused

MAX_BYTES = 16 * 1024
MAX_TEXT = 2000
MAX_DEPTH = 3
MAX_NUMBER = 2**53


def check_answers(answers: Any, questions: list[str]) -> None:
    """Raise AnswersRefused unless `answers` maps some of `questions` to plain values of modest size."""
    if type(answers) is not dict:
        raise AnswersRefused("the answers are not an object")
    if not set(answers) <= set(questions):
        raise AnswersRefused("an answer to a question that the quiz does not have")
    for value in answers.values():
        _check(value, depth=0)
    if len(json.dumps(answers).encode()) > MAX_BYTES:
        raise AnswersRefused(f"the answers are larger than {MAX_BYTES} bytes")


def _check(value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise AnswersRefused(f"an answer is nested more than {MAX_DEPTH} deep")
    if value is None or type(value) is bool:
        return
    if type(value) is str:
        _check_text(value)
    elif type(value) in (int, float):
        if not math.isfinite(value) or abs(value) > MAX_NUMBER:
            raise AnswersRefused("a number is not finite or too large")
    elif type(value) is list:
        for item in value:
            _check(item, depth + 1)
    elif type(value) is dict:
        for key, item in value.items():
            if type(key) is not str:
                raise AnswersRefused("a key is not text")
            _check_text(key)
            _check(item, depth + 1)
    else:
        raise AnswersRefused(f"a value of type {type(value).__name__}")


def _check_text(text: str) -> None:
    if len(text) > MAX_TEXT:
        raise AnswersRefused(f"a text is longer than {MAX_TEXT} characters")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise AnswersRefused("a text holds half of a surrogate pair")


def literal(value: Any) -> str:
    """Checked plain values as Python source: one line of printable ASCII, whatever characters they hold."""
    if type(value) is list:
        return "[" + ", ".join(literal(item) for item in value) + "]"
    if type(value) is dict:
        return "{" + ", ".join(f"{ascii(key)}: {literal(item)}" for key, item in value.items()) + "}"
    return ascii(value)
