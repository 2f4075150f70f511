"""Marking a quiz: called from the hidden tests of an nbgrader assignment.

Each function returns the points, which nbgrader reads as the cell's value, and displays a marking record
(MARKING) from which the result page is made. A response that is missing or malformed earns 0 and never
raises.

Partial credit follows one rule: answering blindly earns about nothing. For N right ticks, several_choices and
phone_screen give (right ticks - wrong ticks) / N; two_piles (right cards - wrong cards) / all cards; match
(right pairs - wrong pairs / (n - 1)) / n for n pairs; put_in_order the share of pairs in the right order,
counted from one half up; none less than 0. one_choice and number are right or not.
"""

import ast
import linecache
import sys
from collections.abc import Mapping, Sequence
from itertools import combinations
from types import FrameType

from hocso.learn.numbers import is_near
from hocso.learn.text import plain, read_number, write_number

MARKING = "application/vnd.hocso.marking+json"

_MARKED_KINDS = frozenset(
    {"one_choice", "several_choices", "phone_screen", "put_in_order", "two_piles", "match", "number"}
)


def one_choice(
    answer: object,
    key: str,
    *,
    points: float = 1,
    why: Mapping[str, str] | None = None,
    see: str | None = None,
    question: str | None = None,
) -> float:
    """All points for `key`. `why` maps options to explanations; `see` is the step to look at again."""
    given = answer if isinstance(answer, str) else None
    explained = [given, key] if given != key else [key]
    return _report(float(given == key), points, given, key, _texts(why, explained), see, question)


def several_choices(
    answer: object,
    key: Sequence[str],
    *,
    points: float = 1,
    why: Mapping[str, str] | None = None,
    see: str | None = None,
    question: str | None = None,
) -> float:
    """(right ticks - wrong ticks) / right options, at least 0."""
    given, share, explained = _ticks(answer, key)
    return _report(share, points, given, list(key), _texts(why, explained), see, question)


def phone_screen(
    answer: object,
    key: Sequence[str],
    *,
    points: float = 1,
    why: Mapping[str, str] | None = None,
    see: str | None = None,
    question: str | None = None,
) -> float:
    """Taps are counted like the ticks of several_choices."""
    given, share, explained = _ticks(answer, key)
    return _report(share, points, given, list(key), _texts(why, explained), see, question)


def put_in_order(
    answer: object,
    key: Sequence[str],
    *,
    points: float = 1,
    why: str = "",
    see: str | None = None,
    question: str | None = None,
) -> float:
    """2 x (share of pairs in the right order) - 1, at least 0: the right order 1, half the pairs 0."""
    given = _names(answer)
    if given is None or sorted(given) != sorted(key):
        share = 0.0
    else:
        place = {name: number for number, name in enumerate(given)}
        pairs = list(combinations(key, 2))
        share = 2 * sum(place[first] < place[second] for first, second in pairs) / len(pairs) - 1
    return _report(share, points, given, list(key), [why] if why else [], see, question)


def two_piles(
    answer: object,
    key: Mapping[str, str],
    *,
    points: float = 1,
    why: Mapping[str, str] | None = None,
    see: str | None = None,
    question: str | None = None,
) -> float:
    """(cards on their pile - cards on the other) / all cards, at least 0. `key` maps cards to piles."""
    given, share, explained = _pairs(answer, key, sides=2)
    return _report(share, points, given, dict(key), _texts(why, explained), see, question)


def match(
    answer: object,
    key: Mapping[str, str],
    *,
    points: float = 1,
    why: Mapping[str, str] | None = None,
    see: str | None = None,
    question: str | None = None,
) -> float:
    """(right pairs - wrong pairs / (n - 1)) / n for n pairs, at least 0. `key` maps left to right sides."""
    given, share, explained = _pairs(answer, key, sides=len(key))
    return _report(share, points, given, dict(key), _texts(why, explained), see, question)


def number(
    answer: object,
    key: float,
    *,
    tolerance: float = 0,
    points: float = 1,
    why: str | Mapping[float, str] = "",
    see: str | None = None,
    question: str | None = None,
) -> float:
    """All points within `tolerance` of `key`. `why` is a text, or maps numbers (also wrong ones) to texts."""
    given = read_number(answer)
    right = given is not None and is_near(given, float(key), tolerance)
    if isinstance(why, str):
        texts = [why] if why else []
    else:
        meant = [float(key)] if right or given is None else [given, float(key)]
        texts = [text for one in meant for value, text in why.items() if is_near(one, float(value), 0)]
    return _report(float(right), points, given, key, texts, see, question)


def _ticks(answer: object, key: Sequence[str]) -> tuple[list[str] | None, float, list[str]]:
    """The ticks, their share of the points, and the options to explain: those that were wrong or missed."""
    given = _names(answer)
    right, ticked = set(key), set(given or ())
    share = (len(ticked & right) - len(ticked - right)) / len(right)
    return given, share, sorted(ticked ^ right) or list(key)


def _pairs(
    answer: object, key: Mapping[str, str], sides: int
) -> tuple[dict[str, str] | None, float, list[str]]:
    """The answer, its share of the points where each name gets one of `sides`, and the names to explain."""
    given = None
    if isinstance(answer, dict) and all(isinstance(text, str) for pair in answer.items() for text in pair):
        given = dict(answer)
    placed = given or {}
    right = [name for name, side in key.items() if placed.get(name) == side]
    wrong = [name for name, side in key.items() if name in placed and placed[name] != side]
    missed = [name for name in key if name not in right]
    share = (len(right) - len(wrong) / (sides - 1)) / len(key)
    return given, share, missed or list(key)


def _names(answer: object) -> list[str] | None:
    """The answer as names, each once; None where it is no list of names."""
    if not isinstance(answer, list | tuple) or not all(isinstance(name, str) for name in answer):
        return None
    return list(answer) if len(set(answer)) == len(answer) else None


def _texts(why: Mapping[str, str] | None, names: Sequence[str | None]) -> list[str]:
    return [plain(why[name]) for name in names if name is not None and name in (why or {})]


def _report(
    share: float,
    points: float,
    response: object,
    key: object,
    why: list[str],
    see: str | None,
    question: str | None,
) -> float:
    earned = round(max(0.0, min(1.0, share)) * points, 2)
    record = {
        "question": question or _question_of(sys._getframe(2)),
        "points": earned,
        "max_points": points,
        "right": share >= 1,
        "response": response,
        "key": key,
        "why": why,
        "see": see,
    }
    _display({MARKING: record, "text/plain": _readable(record)})
    return float(earned)


def _readable(record: dict) -> str:
    verdict = "Đúng" if record["right"] else "Chưa đúng"
    score = f"{write_number(record['points'])}/{write_number(record['max_points'])} điểm"
    return "\n".join([f"{record['question']}: {verdict}, {score}", *record["why"]])


def _display(bundle: dict) -> None:
    """Show `bundle` in the notebook; outside one there is nobody to show it to."""
    ipython = sys.modules.get("IPython")
    if ipython is not None and ipython.get_ipython() is not None:
        from IPython.display import display

        display(bundle, raw=True)


def _question_of(frame: FrameType) -> str:
    """The name of the answer in the call at `frame`: `answer_1` in `learn.mark.number(answer_1, 80)`."""
    source = "".join(linecache.getlines(frame.f_code.co_filename, frame.f_globals))
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return ""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in _MARKED_KINDS
            and node.lineno <= frame.f_lineno <= node.end_lineno
            and node.args
            and isinstance(node.args[0], ast.Name)
        ):
            return node.args[0].id
    return ""
