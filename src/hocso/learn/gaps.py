"""A text with gaps to fill: a post to mend, a product page, a question to ask."""

from collections.abc import Mapping, Sequence

import traitlets

from hocso.learn.choices import require_options
from hocso.learn.errors import ExerciseError, MalformedResponse
from hocso.learn.exercise import Exercise, Judgement, Note
from hocso.learn.forms import GAP, GapsForm
from hocso.learn.parts import Option
from hocso.learn.text import plain

LOOKS = ("plain", "post", "product", "chat")
OPTIONS = range(2, 5)


class FillGaps(Exercise):
    """Each gap has exactly one right option."""

    kind = traitlets.Unicode("fill_gaps").tag(sync=True)

    def __init__(self, exercise_id, prompt, text, gaps, look, title, *, hint, required):
        if look not in LOOKS:
            raise ExerciseError(exercise_id, f"không có look=«{look}». Có: {', '.join(LOOKS)}.")
        text = plain(text)
        named = GAP.findall(text)
        if not named or sorted(named) != sorted(gaps):
            raise ExerciseError(
                exercise_id, "mỗi chỗ trống viết {tên} đúng một lần trong text=, và có các ý ở gaps=."
            )
        self._gaps = {}
        for name in named:
            if len(gaps[name]) not in OPTIONS:
                raise ExerciseError(
                    exercise_id, f"chỗ trống «{name}» cần từ {OPTIONS[0]} đến {OPTIONS[-1]} ý."
                )
            self._gaps[name] = require_options(exercise_id, gaps[name], one_right=True)
        form = GapsForm(
            text, {name: tuple(options) for name, options in self._gaps.items()}, look, plain(title)
        )
        super().__init__(exercise_id, prompt, form, hint=hint, required=required)

    def judge(self, response):
        if len(response) != len(self._gaps):
            raise MalformedResponse(response)
        chosen = {name: options[response[name]] for name, options in self._gaps.items()}
        marks = {name: "right" if option.right else "wrong" for name, option in chosen.items()}
        wrong = [(number, o) for number, o in enumerate(chosen.values(), 1) if not o.right]
        if not wrong:
            return Judgement(True, self.solution(), marks)
        done = len(chosen) - len(wrong)
        notes = [Note(f"{done} trên {len(chosen)} chỗ trống đã đúng.")]
        notes += [Note(option.why, f"({number}) {option.text}", "wrong") for number, option in wrong]
        return Judgement(False, notes, marks)

    def solution(self):
        right = [next(o for o in options.values() if o.right) for options in self._gaps.values()]
        return [
            Note(option.why, f"({number}) {option.text}", "right") for number, option in enumerate(right, 1)
        ]


def fill_gaps(
    exercise_id: str,
    prompt: str,
    *,
    text: str,
    gaps: Mapping[str, Sequence[Option]],
    look: str = "plain",
    title: str = "",
    hint: str | None = None,
    required: bool = True,
) -> FillGaps:
    """«Điền chỗ trống»: each {name} in `text` gets one of the two to four options of `gaps[name]`.

    A new line in `text` begins a paragraph, «- » a list item. `look` is one of LOOKS.
    """
    return FillGaps(exercise_id, prompt, text, gaps, look, title, hint=hint, required=required)
