"""Cards to sort into two piles."""

from collections.abc import Sequence

import traitlets

from hocso.learn.errors import ExerciseError, MalformedResponse
from hocso.learn.exercise import Exercise, Judgement, Note
from hocso.learn.forms import PilesForm, named
from hocso.learn.parts import Card


class TwoPiles(Exercise):
    """Each card belongs on one of two piles."""

    kind = traitlets.Unicode("two_piles").tag(sync=True)

    def __init__(self, exercise_id, prompt, piles, cards, *, hint, required):
        labels = named(piles)
        self._cards = {card.text: card for card in cards}
        if len(labels) != 2:
            raise ExerciseError(exercise_id, "cần đúng hai nhóm khác tên (piles=).")
        if len(cards) < 2 or len(self._cards) != len(cards):
            raise ExerciseError(exercise_id, "cần ít nhất hai thẻ, không thẻ nào giống nhau.")
        for card in cards:
            if card.pile not in labels:
                raise ExerciseError(exercise_id, f"thẻ «{card.text}»: không có nhóm «{card.pile}».")
            if not card.why:
                raise ExerciseError(exercise_id, f"thẻ «{card.text}» chưa có lời giải thích (why=).")
        form = PilesForm(labels, named([card.text for card in cards]))
        super().__init__(exercise_id, prompt, form, hint=hint, required=required)

    def judge(self, response):
        if len(response) != len(self._cards):
            raise MalformedResponse(response)
        marks = {
            name: "right" if response[name] == card.pile else "wrong" for name, card in self._cards.items()
        }
        wrong = [card for name, card in self._cards.items() if marks[name] == "wrong"]
        shown = wrong or self._cards.values()
        notes = [Note(card.why, card.text, marks[card.text]) for card in shown]
        if wrong:
            done = len(self._cards) - len(wrong)
            notes.insert(0, Note(f"{done} trên {len(self._cards)} thẻ đã đúng nhóm."))
        return Judgement(not wrong, notes, marks)

    def solution(self):
        return [Note(card.why, f"{card.text} → {card.pile}", "right") for card in self._cards.values()]


def two_piles(
    exercise_id: str,
    prompt: str,
    *,
    piles: tuple[str, str],
    cards: Sequence[Card],
    hint: str | None = None,
    required: bool = True,
) -> TwoPiles:
    """«Chia hai nhóm»: each `learn.card(text, pile=..., why=...)` onto one of the two `piles`."""
    return TwoPiles(exercise_id, prompt, piles, cards, hint=hint, required=required)
