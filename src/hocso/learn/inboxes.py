"""Messages to judge: which can be trusted, which is a scam."""

from collections import Counter
from collections.abc import Sequence

import traitlets

from hocso.learn.errors import ExerciseError, MalformedResponse
from hocso.learn.exercise import Exercise, Judgement, Note
from hocso.learn.forms import InboxForm, named
from hocso.learn.parts import Letter

LETTERS = range(4, 8)


class Inbox(Exercise):
    """Each message gets one of two labels; once checked, each is explained and its giveaways are shown."""

    kind = traitlets.Unicode("inbox").tag(sync=True)

    def __init__(self, exercise_id, prompt, letters, labels, *, hint, required):
        self._labels = named(labels)
        if len(self._labels) != 2:
            raise ExerciseError(exercise_id, "cần đúng hai nhãn khác nhau (labels=): tin được, lừa đảo.")
        if len(letters) not in LETTERS:
            raise ExerciseError(exercise_id, f"cần từ {LETTERS[0]} đến {LETTERS[-1]} tin nhắn.")
        for letter in letters:
            require_letter(exercise_id, letter)
        if len({letter.scam for letter in letters}) < 2:
            raise ExerciseError(exercise_id, "cần cả tin thật và tin lừa đảo.")
        if len({(letter.sender, letter.text) for letter in letters}) != len(letters):
            raise ExerciseError(exercise_id, "có hai tin nhắn giống hệt nhau.")
        self._letters = name_letters(letters)
        form = InboxForm(
            self._labels,
            {name: letter.text for name, letter in self._letters.items()},
            senders={name: letter.sender for name, letter in self._letters.items()},
        )
        super().__init__(exercise_id, prompt, form, hint=hint, required=required)

    def _label(self, letter: Letter) -> str:
        trusted, scam = self._labels
        return scam if letter.scam else trusted

    def judge(self, response):
        if len(response) != len(self._letters):
            raise MalformedResponse(response)
        marks = {
            name: "right" if response[name] == self._label(letter) else "wrong"
            for name, letter in self._letters.items()
        }
        right = [name for name, mark in marks.items() if mark == "right"]
        all_right = len(right) == len(marks)
        text = "Mỗi tin có lời giải thích ở ngay dưới tin."
        if not all_right:
            text = f"{len(right)} trên {len(marks)} tin đã xếp đúng. {text}"
        explained = {self.form.key(name): explain(letter) for name, letter in self._letters.items()}
        return Judgement(all_right, [Note(text)], marks, {"explained": explained})

    def solution(self):
        return [
            Note(letter.why, f"{letter.sender} → {self._label(letter)}", "right")
            for letter in self._letters.values()
        ]


def require_letter(exercise_id: str, letter: Letter) -> None:
    """Says to the author what a message is missing."""
    if not letter.why:
        raise ExerciseError(exercise_id, f"tin của «{letter.sender}» chưa có lời giải thích (why=).")
    if letter.scam and not letter.signs:
        raise ExerciseError(exercise_id, f"tin lừa đảo của «{letter.sender}» chưa có dấu hiệu nào (signs=).")
    if letter.signs and not letter.scam:
        raise ExerciseError(
            exercise_id, f"tin thật của «{letter.sender}» không có dấu hiệu đáng ngờ (signs=)."
        )
    for sign, reason in letter.signs.items():
        if not sign or sign not in letter.text:
            raise ExerciseError(
                exercise_id, f"tin của «{letter.sender}»: không có đoạn «{sign}» (signs=) trong nội dung tin."
            )
        if not reason:
            raise ExerciseError(exercise_id, f"dấu hiệu «{sign}» chưa nói vì sao đáng ngờ.")


def name_letters(letters: Sequence[Letter]) -> dict[str, Letter]:
    """The messages by their name in the records: the sender, numbered where one sends several."""
    seen = Counter()
    by_name = {}
    for letter in letters:
        seen[letter.sender] += 1
        count = seen[letter.sender]
        by_name[letter.sender if count == 1 else f"{letter.sender} ({count})"] = letter
    return by_name


def explain(letter: Letter) -> dict:
    return {"why": letter.why, "signs": [{"text": sign, "why": why} for sign, why in letter.signs.items()]}


def inbox(
    exercise_id: str,
    prompt: str,
    *,
    letters: Sequence[Letter],
    labels: tuple[str, str] = ("Tin được", "Lừa đảo"),
    hint: str | None = None,
    required: bool = True,
) -> Inbox:
    """«Hộp thư»: four to seven `learn.letter(...)`; `labels` are those of true messages and of scams."""
    return Inbox(exercise_id, prompt, letters, labels, hint=hint, required=required)
