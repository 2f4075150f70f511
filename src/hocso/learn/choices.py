"""One right answer, or several."""

from collections.abc import Sequence

import traitlets

from hocso.learn.errors import ExerciseError
from hocso.learn.exercise import Exercise, Judgement, Note
from hocso.learn.forms import ChoiceForm
from hocso.learn.parts import Option


def require_options(exercise_id: str, options: Sequence[Option], *, one_right: bool) -> dict[str, Option]:
    """The options by their text; says to the author what is missing."""
    by_text = {option.text: option for option in options}
    right = [option for option in options if option.right]
    if len(options) < 2:
        raise ExerciseError(exercise_id, "cần ít nhất hai ý để chọn.")
    if len(by_text) != len(options):
        raise ExerciseError(exercise_id, "có hai ý giống hệt nhau.")
    if not right:
        raise ExerciseError(exercise_id, "chưa có ý nào đúng (right=True).")
    if one_right and len(right) > 1:
        raise ExerciseError(exercise_id, "chỉ được có một ý đúng; nhiều ý đúng thì dùng several_choices.")
    for option in options:
        if not option.right and not option.why:
            raise ExerciseError(exercise_id, f"ý sai «{option.text}» chưa có lời giải thích (why=).")
    return by_text


class OneChoice(Exercise):
    """Exactly one of the options is right."""

    kind = traitlets.Unicode("one_choice").tag(sync=True)

    def __init__(self, exercise_id, prompt, options, *, hint, required):
        self._options = require_options(exercise_id, options, one_right=True)
        form = ChoiceForm({text: text for text in self._options})
        super().__init__(exercise_id, prompt, form, hint=hint, required=required)

    def judge(self, response):
        chosen = self._options[response]
        mark = "right" if chosen.right else "wrong"
        return Judgement(chosen.right, [Note(chosen.why)] if chosen.why else [], {chosen.text: mark})

    def solution(self):
        return [Note(o.why, o.text, "right") for o in self._options.values() if o.right]


class SeveralChoices(Exercise):
    """One or more of the options are right; all of them and no other must be ticked."""

    kind = traitlets.Unicode("several_choices").tag(sync=True)

    def __init__(self, exercise_id, prompt, options, *, hint, required):
        self._options = require_options(exercise_id, options, one_right=False)
        form = ChoiceForm({text: text for text in self._options}, several=True)
        super().__init__(exercise_id, prompt, form, hint=hint, required=required)

    def judge(self, response):
        return judge_ticks({text: (o.text, o.right, o.why) for text, o in self._options.items()}, response)

    def solution(self):
        return [Note(o.why, o.text, "right") for o in self._options.values() if o.right]


def judge_ticks(options: dict[str, tuple[str, bool, str]], ticked: list[str]) -> Judgement:
    """Judge ticks among {name: (text, right, why)}: explain those made, don't say which are missing."""
    marks = {name: "right" if options[name][1] else "wrong" for name in ticked}
    missing = [name for name, (_, right, _) in options.items() if right and name not in ticked]
    wrong = [name for name in ticked if marks[name] == "wrong"]
    all_right = not wrong and not missing
    shown = ticked if all_right else wrong
    notes = [Note(options[name][2], options[name][0], marks[name]) for name in shown]
    only_one = sum(right for _, right, _ in options.values()) == 1
    if missing and not (wrong and only_one):  # there, "besides" would be misleading: it is another instead
        notes.append(Note("Ngoài ra vẫn còn thiếu." if wrong else "Còn thiếu. Hãy tìm thêm."))
    return Judgement(all_right, notes, marks)


def one_choice(
    exercise_id: str,
    prompt: str,
    options: Sequence[Option],
    *,
    hint: str | None = None,
    required: bool = True,
) -> OneChoice:
    """«Chọn một ý»: exactly one `learn.option(..., right=True)`; every wrong option needs its `why`."""
    return OneChoice(exercise_id, prompt, options, hint=hint, required=required)


def several_choices(
    exercise_id: str,
    prompt: str,
    options: Sequence[Option],
    *,
    hint: str | None = None,
    required: bool = True,
) -> SeveralChoices:
    """«Chọn các ý đúng»: all right options and no other; every wrong option needs its `why`."""
    return SeveralChoices(exercise_id, prompt, options, hint=hint, required=required)
