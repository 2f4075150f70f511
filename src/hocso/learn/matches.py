"""Pairs that belong together."""

from collections.abc import Sequence

import traitlets

from hocso.learn.errors import ExerciseError, MalformedResponse
from hocso.learn.exercise import Exercise, Judgement, Note
from hocso.learn.forms import MatchForm, named
from hocso.learn.text import plain

PAIRS = range(3, 7)


class Match(Exercise):
    """Each left side gets a right side, chosen among all right sides."""

    kind = traitlets.Unicode("match").tag(sync=True)

    def __init__(self, exercise_id, prompt, pairs, *, hint, required):
        if any(len(pair) != 3 for pair in pairs):
            raise ExerciseError(exercise_id, 'mỗi cặp viết dạng ("trái", "phải", "vì sao").')
        self._pairs = {plain(left): (plain(right), plain(why)) for left, right, why in pairs}
        rights = named([right for right, _ in self._pairs.values()])
        require_pairs(exercise_id, len(pairs))
        if not len(pairs) == len(self._pairs) == len(rights):
            raise ExerciseError(exercise_id, "có hai cặp trùng nhau ở bên trái hoặc bên phải.")
        for left, (_, why) in self._pairs.items():
            if not why:
                raise ExerciseError(exercise_id, f"cặp «{left}» chưa có lời giải thích (phần thứ ba).")
        form = MatchForm(rights, named(list(self._pairs)))
        super().__init__(exercise_id, prompt, form, hint=hint, required=required)

    def judge(self, response):
        if len(response) != len(self._pairs):
            raise MalformedResponse(response)
        marks = {
            left: "right" if response[left] == right else "wrong" for left, (right, _) in self._pairs.items()
        }
        wrong = [left for left, mark in marks.items() if mark == "wrong"]
        if not wrong:
            return Judgement(True, self.solution(), marks)
        done = len(self._pairs) - len(wrong)
        text = f"{done} trên {len(self._pairs)} cặp đã đúng. Xem lại những dòng ghi «Chưa đúng»."
        return Judgement(False, [Note(text)], marks)

    def solution(self):
        return [Note(why, f"{left} – {right}", "right") for left, (right, why) in self._pairs.items()]


def require_pairs(exercise_id: str, count: int) -> None:
    if count not in PAIRS:
        raise ExerciseError(exercise_id, f"cần từ {PAIRS[0]} đến {PAIRS[-1]} cặp.")


def match(
    exercise_id: str,
    prompt: str,
    *,
    pairs: Sequence[tuple[str, str, str]],
    hint: str | None = None,
    required: bool = True,
) -> Match:
    """«Ghép cặp»: three to six pairs (left, right, why), all different."""
    return Match(exercise_id, prompt, pairs, hint=hint, required=required)
