"""Steps to put in order."""

from collections.abc import Sequence

import traitlets

from hocso.learn.errors import ExerciseError
from hocso.learn.exercise import Exercise, Judgement, Note
from hocso.learn.forms import OrderForm, named
from hocso.learn.text import plain


class PutInOrder(Exercise):
    """Items that the browser shows shuffled."""

    kind = traitlets.Unicode("put_in_order").tag(sync=True)

    def __init__(self, exercise_id, prompt, items, *, why, hint, required):
        texts = named(items)
        if len(items) < 3:
            raise ExerciseError(exercise_id, "cần ít nhất ba bước để xếp.")
        if len(texts) != len(items):
            raise ExerciseError(exercise_id, "có hai bước giống hệt nhau.")
        if not plain(why):
            raise ExerciseError(exercise_id, "chưa có lời giải thích vì sao theo thứ tự ấy (why=).")
        self._order = list(texts)
        self._why = plain(why)
        form = OrderForm(texts, first_to_last=tuple(self._order))
        super().__init__(exercise_id, prompt, form, hint=hint, required=required)

    def judge(self, response):
        in_place = [given == due for given, due in zip(response, self._order, strict=True)]
        marks = {name: "right" if fits else "wrong" for name, fits in zip(response, in_place, strict=True)}
        if all(in_place):
            return Judgement(True, [Note(self._why)], marks)
        first_wrong = in_place.index(False) + 1
        text = (
            f"{sum(in_place)} trên {len(in_place)} dòng đã đúng chỗ. Xem lại từ dòng {first_wrong}: "
            "dòng nào phải đứng trước?"
        )
        return Judgement(False, [Note(text)], marks)

    def solution(self):
        steps = [Note("", f"{number}. {text}", "right") for number, text in enumerate(self._order, 1)]
        return [*steps, Note(self._why)]


def put_in_order(
    exercise_id: str,
    prompt: str,
    items: Sequence[str],
    *,
    why: str,
    hint: str | None = None,
    required: bool = True,
) -> PutInOrder:
    """«Xếp thứ tự»: `items` in the right order (at least three); `why` explains that order."""
    return PutInOrder(exercise_id, prompt, items, why=why, hint=hint, required=required)
