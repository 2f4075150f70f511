"""A short number to type."""

from collections.abc import Mapping

import traitlets

from hocso.learn.exercise import Exercise, Judgement, Note
from hocso.learn.forms import NumberForm
from hocso.learn.text import plain, write_number


class Number(Exercise):
    """Right within `tolerance` of the answer."""

    kind = traitlets.Unicode("number").tag(sync=True)

    def __init__(self, exercise_id, prompt, answer, *, tolerance, unit, why, wrong, hint, required):
        self._answer = float(answer)
        self._tolerance = float(tolerance)
        self._why = plain(why)
        self._wrong = {float(value): plain(text) for value, text in wrong.items()}
        super().__init__(exercise_id, prompt, NumberForm(plain(unit)), hint=hint, required=required)

    def judge(self, response):
        if is_near(response, self._answer, self._tolerance):
            return Judgement(True, [Note(self._why)] if self._why else [])
        known = [why for value, why in self._wrong.items() if is_near(response, value, 0)]
        direction = "lớn hơn" if response < self._answer else "nhỏ hơn"
        return Judgement(False, [Note(known[0] if known else f"Số đúng {direction}.")])

    def solution(self):
        unit = self.form.unit
        text = write_number(self._answer) + (unit if unit == "%" else f" {unit}").rstrip()
        return [Note(self._why, text, "right")]


def is_near(given: float, due: float, tolerance: float) -> bool:
    """`given` is `due` within `tolerance`, whatever a float's last digit says."""
    return abs(given - due) <= tolerance + 1e-9 * max(1.0, abs(due))


def number(
    exercise_id: str,
    prompt: str,
    answer: float,
    *,
    tolerance: float = 0,
    unit: str = "",
    why: str = "",
    wrong: Mapping[float, str] | None = None,
    hint: str | None = None,
    required: bool = True,
) -> Number:
    """«Điền số»: `why` explains the answer, `wrong` the wrong numbers that people are likely to type."""
    return Number(
        exercise_id,
        prompt,
        answer,
        tolerance=tolerance,
        unit=unit,
        why=why,
        wrong=wrong or {},
        hint=hint,
        required=required,
    )
