"""A drawn phone screen, parts of which are tapped."""

import traitlets

from hocso.learn.choices import judge_ticks
from hocso.learn.errors import ExerciseError
from hocso.learn.exercise import Exercise, Note
from hocso.learn.forms import ScreenForm
from hocso.learn.parts import Screen


def require_screen(exercise_id: str, screen: Screen) -> None:
    """Says to the author what keeps a screen from being drawn."""
    require_keys(exercise_id, screen)
    if sum(part.tap for part in screen.elements) < 2:
        raise ExerciseError(exercise_id, "cần ít nhất hai phần màn hình chạm được.")


def require_keys(exercise_id: str, screen: Screen) -> None:
    keys = [part.key for part in screen.elements]
    if len(set(keys)) != len(keys):
        raise ExerciseError(exercise_id, f"màn hình «{screen.title}»: có hai phần cùng mã.")


def require_whys(exercise_id: str, screen: Screen) -> None:
    """Right parts can be tapped, and wrong ones that can be tapped are explained."""
    for part in screen.elements:
        if part.right and not part.tap:
            raise ExerciseError(exercise_id, f"phần «{part.key}» là đáp án nhưng không chạm được.")
        if part.tap and not part.right and not part.why:
            raise ExerciseError(exercise_id, f"phần «{part.key}» chưa có lời giải thích (why=).")


class PhoneScreen(Exercise):
    """A simulation: all right parts and no other must be tapped; if one is right, a tap moves the choice."""

    kind = traitlets.Unicode("phone_screen").tag(sync=True)

    def __init__(self, exercise_id, prompt, screen, *, hint, required):
        require_screen(exercise_id, screen)
        right = [part for part in screen.elements if part.right]
        if not right:
            raise ExerciseError(exercise_id, "chưa có phần nào là chỗ phải chạm (right=True).")
        require_whys(exercise_id, screen)
        self._parts = {part.key: part for part in screen.elements if part.tap}
        form = ScreenForm(screen, several=len(right) > 1)
        super().__init__(exercise_id, prompt, form, hint=hint, required=required)

    def judge(self, response):
        return judge_ticks({key: (p.text, p.right, p.why) for key, p in self._parts.items()}, response)

    def solution(self):
        return [Note(part.why, part.text, "right") for part in self._parts.values() if part.right]


def phone_screen(
    exercise_id: str, prompt: str, *, screen: Screen, hint: str | None = None, required: bool = True
) -> PhoneScreen:
    """«Chạm vào màn hình»: tap every part of `learn.screen(...)` that is right, and no other."""
    return PhoneScreen(exercise_id, prompt, screen, hint=hint, required=required)
