"""A filled form with mistakes to find."""

from collections.abc import Sequence

import traitlets

from hocso.learn.choices import judge_ticks
from hocso.learn.errors import ExerciseError
from hocso.learn.exercise import Exercise, Judgement, Note
from hocso.learn.forms import FieldsForm
from hocso.learn.parts import Field
from hocso.learn.text import plain


class FindMistakes(Exercise):
    """Every field with a mistake must be tapped, and no other; then the corrected values are shown."""

    kind = traitlets.Unicode("find_mistakes").tag(sync=True)

    def __init__(self, exercise_id, prompt, title, fields, *, hint, required):
        self._fields = {field.label: field for field in fields}
        if len(fields) < 3 or len(self._fields) != len(fields):
            raise ExerciseError(exercise_id, "cần ít nhất ba ô, không ô nào trùng tên.")
        if not any(field.mistake for field in fields):
            raise ExerciseError(exercise_id, "chưa có ô nào sai (mistake=).")
        for field in fields:
            if field.mistake and not field.fix:
                raise ExerciseError(exercise_id, f"ô «{field.label}» chưa có giá trị đúng (fix=).")
            if not field.mistake and not field.why:
                raise ExerciseError(exercise_id, f"ô «{field.label}» ghi đúng nhưng chưa có why=.")
        form = FieldsForm(plain(title), {field.label: field.value for field in fields})
        super().__init__(exercise_id, prompt, form, hint=hint, required=required)

    def judge(self, response):
        ticks = {
            label: (f"{label}: {field.value}", bool(field.mistake), field.mistake or field.why)
            for label, field in self._fields.items()
        }
        judgement = judge_ticks(ticks, response)
        if not judgement.right:
            return judgement
        fixes = {self.form.key(label): field.fix for label, field in self._mistakes().items()}
        return Judgement(True, self.solution(), judgement.marks, {"fixes": fixes})

    def _mistakes(self) -> dict[str, Field]:
        return {label: field for label, field in self._fields.items() if field.mistake}

    def solution(self):
        return [
            Note(field.mistake, f"{label}: {field.value} → {field.fix}", "right")
            for label, field in self._mistakes().items()
        ]


def find_mistakes(
    exercise_id: str,
    prompt: str,
    *,
    title: str,
    fields: Sequence[Field],
    hint: str | None = None,
    required: bool = True,
) -> FindMistakes:
    """«Tìm chỗ sai»: tap every `learn.field(...)` of the form that has a mistake, and no other."""
    return FindMistakes(exercise_id, prompt, title, fields, hint=hint, required=required)
