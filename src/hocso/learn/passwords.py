"""A password put together from sample pieces: never typed, so that nobody types their own."""

from collections.abc import Sequence

import traitlets

from hocso.learn.errors import ExerciseError
from hocso.learn.exercise import Exercise, Judgement, Note
from hocso.learn.forms import MOST_PIECES, PiecesForm
from hocso.learn.parts import Piece

STRENGTHS = ("Yếu", "Vừa", "Mạnh")


class Password(Exercise):
    """Right with `length` characters and no weak piece; a piece used twice counts once."""

    kind = traitlets.Unicode("password").tag(sync=True)

    def __init__(self, exercise_id, prompt, pieces, length, *, hint, required):
        self._pieces = {piece.text: piece for piece in pieces}
        if len(self._pieces) != len(pieces) or "" in self._pieces:
            raise ExerciseError(exercise_id, "có mảnh để trống hoặc hai mảnh giống hệt nhau.")
        self._length = int(length)
        if sum(map(len, self._strong())) < self._length:
            raise ExerciseError(
                exercise_id, f"các mảnh không yếu ghép lại chưa đủ {self._length} ký tự (length=)."
            )
        if len(self._example()) > MOST_PIECES:
            raise ExerciseError(exercise_id, f"phải ghép được bằng nhiều nhất {MOST_PIECES} mảnh.")
        form = PiecesForm(tuple(self._pieces), self._length)
        super().__init__(exercise_id, prompt, form, hint=hint, required=required)

    def _strong(self) -> list[str]:
        return [piece.text for piece in self._pieces.values() if not piece.weak]

    def _example(self) -> list[str]:
        """Pieces that make a password that is right, the longest first."""
        taken, length = [], 0
        for text in sorted(self._strong(), key=len, reverse=True):
            if length < self._length:
                taken.append(text)
                length += len(text)
        return taken

    def judge(self, response):
        used = dict.fromkeys(response)
        weak = [text for text in used if self._pieces[text].weak]
        repeated = [text for text in used if response.count(text) > 1]
        length = sum(map(len, used))
        short = self._length - length
        notes = [Note(self._pieces[text].weak, text, "wrong") for text in weak]
        notes += [
            Note("Lặp lại không làm mật khẩu khó đoán hơn nên chỉ tính một lần.", text) for text in repeated
        ]
        if short > 0:
            notes.append(Note(f"Tính được {length} ký tự. Cần ít nhất {self._length}, còn thiếu {short}."))
        elif weak:
            notes.append(Note("Đã đủ dài. Bỏ mảnh dễ đoán ra rồi ghép mảnh khác vào."))
        else:
            notes.append(Note(f"{length} ký tự, không có mảnh nào dễ đoán. Mật khẩu như vậy khó dò ra."))
        right = not weak and short <= 0
        level = 3 if right else 2 if not weak and 2 * length >= self._length else 1
        marks = {text: "wrong" for text in weak}
        return Judgement(right, notes, marks, {"strength": {"level": level, "word": STRENGTHS[level - 1]}})

    def solution(self):
        return [Note("Đây là một cách ghép. Ghép cách khác cũng được.", "".join(self._example()), "right")]


def password(
    exercise_id: str,
    prompt: str,
    *,
    pieces: Sequence[Piece],
    length: int = 16,
    hint: str | None = None,
    required: bool = True,
) -> Password:
    """«Ghép mật khẩu»: put `learn.piece(...)`s together to `length` characters or more, without weak ones."""
    return Password(exercise_id, prompt, pieces, length, hint=hint, required=required)
