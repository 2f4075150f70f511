"""Something to get done on a drawn phone, screen by screen.

Every tap is judged here. The browser knows the screens that the learner has reached, and nothing of what is
right on them. A response is the taps that led to where the learner is, each named `<screen's number>/<key>`;
the last one may be wrong. So a new kernel finds the place again from the response alone.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import traitlets

from hocso.learn.errors import ExerciseError, MalformedResponse
from hocso.learn.exercise import REVEAL_AFTER, Exercise, Judgement, Note
from hocso.learn.forms import read_names
from hocso.learn.keyring import Keyring
from hocso.learn.parts import Element, Screen
from hocso.learn.phones import require_keys, require_whys
from hocso.learn.text import plain


@dataclass(frozen=True)
class Walk:
    """Where taps lead: the screen (0 is the first), the taps that were right, and what the last one was if it
    led nowhere: a wrong part, or the right one before all fields were filled (`early`)."""

    at: int
    good: tuple[str, ...]
    wrong: Element | None = None
    early: bool = False


class TaskForm:
    """The screens of a task, walked through by taps."""

    def __init__(self, screens: tuple[Screen, ...]):
        self.screens = screens
        self.parts = {
            f"{number}/{part.key}": (number - 1, part)
            for number, screen in enumerate(screens, 1)
            for part in screen.elements
            if part.tap
        }

    def view(self, seed: int, scope: str) -> dict:
        self._keys = Keyring(seed, scope, self.parts)
        return self.reached(Walk(0, ()))

    def reached(self, walk: Walk) -> dict:
        """The screens up to where the learner is, with the fields that were filled."""
        shown = self.screens[: walk.at + 1]
        return {
            "total": len(self.screens),
            "screens": [self._screen(number, screen, walk.good) for number, screen in enumerate(shown, 1)],
        }

    def _screen(self, number: int, screen: Screen, good: tuple[str, ...]) -> dict:
        options = []
        for part in screen.elements:
            name = f"{number}/{part.key}"
            key = self._keys.key(name) if part.tap else None
            options.append({"key": key, **part.view(filled=not part.tap or name in good)})
        return {"title": screen.title, "say": screen.say, "options": options}

    def walk(self, taps: Sequence[str]) -> Walk:
        """Raises MalformedResponse for a tap on another screen, or after one that led nowhere."""
        walk = Walk(0, ())
        for name in taps:
            screen, part = self.parts.get(name, (None, None))
            if screen != walk.at or name in walk.good or walk.wrong or walk.early:
                raise MalformedResponse(taps)
            if not part.right:
                walk = Walk(walk.at, walk.good, wrong=part)
            elif part.to_fill:
                walk = Walk(walk.at, (*walk.good, name))
            elif self.due(walk) != name:
                walk = Walk(walk.at, walk.good, early=True)
            else:
                walk = Walk(walk.at + 1, (*walk.good, name))
        return walk

    def due(self, walk: Walk) -> str:
        """The name of what to tap next: a field that is still empty, or what leads to the next screen."""
        due = [
            (not part.to_fill, name)
            for name, (screen, part) in self.parts.items()
            if screen == walk.at and part.right and name not in walk.good
        ]
        return min(due, key=lambda one: one[0])[1]

    def read(self, raw: object) -> list[str]:
        return read_names(self._keys, raw)

    def show(self, response: object) -> object:
        known = []
        for name in response if isinstance(response, list) else []:
            try:
                self.walk([*known, name])
            except (MalformedResponse, TypeError):
                break
            known.append(name)
        return [self._keys.key(name) for name in known]

    def key(self, name: str) -> str:
        return self._keys.key(name)


class PhoneTask(Exercise):
    """A try is a wrong tap, or the last right one; what is right on a screen is shown after three wrong taps
    there."""

    kind = traitlets.Unicode("phone_task").tag(sync=True)

    def __init__(self, exercise_id, prompt, screens, done, *, hint, required):
        if not screens:
            raise ExerciseError(exercise_id, "chưa có màn hình nào (screens=).")
        for number, screen in enumerate(screens, 1):
            require_task_screen(exercise_id, number, screen)
        self._done = plain(done)
        if not self._done:
            raise ExerciseError(exercise_id, "chưa có câu nói khi xong (done=).")
        self._walk = Walk(0, ())
        self._wrong = Counter()
        super().__init__(exercise_id, prompt, TaskForm(tuple(screens)), hint=hint, required=required)

    def restore(self, learner):
        super().restore(learner)
        if not self._answered_here:
            self.view = self.form.reached(self._walk)

    def draw(self, seed):
        self._walk = Walk(0, ())
        return super().draw(seed)

    def judge(self, response):
        self._walk = walk = self.form.walk(response)
        more = {"at": walk.at}
        if walk.wrong:
            notes = [Note(walk.wrong.why, walk.wrong.text, "wrong")]
            return Judgement(False, notes, {response[-1]: "wrong"}, more)
        if walk.at == len(self.form.screens):
            return Judgement(True, [Note(self._done)], {}, more)
        return Judgement(None, [Note("Trên màn hình này còn ô chưa điền.")] if walk.early else [], {}, more)

    def settle(self, response, judgement, nonce):
        with self.hold_sync():
            self.view = self.form.reached(self._walk)
            if judgement.right is None:
                self._answered_here = True
                self.response = self.form.show(list(self._walk.good))
                self.note(nonce, self._feedback(judgement))
            else:
                self._wrong[self._walk.at] += 1
                super().settle(response, judgement, nonce)

    def _feedback(self, judgement):
        point = self._pointed(judgement)
        return {**super()._feedback(judgement), "point": self.form.key(point) if point else ""}

    def _pointed(self, judgement) -> str:
        missed = judgement.right is False and self._wrong[self._walk.at] >= REVEAL_AFTER
        return self.form.due(self._walk) if missed else ""

    def solution(self):
        """The right taps in order; what a tap fills in stands behind it."""
        walk, notes = Walk(0, ()), []
        while walk.at < len(self.form.screens):
            name = self.form.due(walk)
            _, part = self.form.parts[name]
            notes.append(Note(part.why, f"{part.text}: {part.fill}" if part.fill else part.text, "right"))
            walk = self.form.walk([*walk.good, name])
        return notes

    def revealed(self, judgement):
        point = self._pointed(judgement)
        if not point:
            return []
        _, part = self.form.parts[point]
        return [Note(part.why, part.text, "right")]


def require_task_screen(exercise_id: str, number: int, screen: Screen) -> None:
    """Says to the author what keeps a screen of a task from being done."""
    require_keys(exercise_id, screen)
    require_whys(exercise_id, screen)
    on = [part for part in screen.elements if part.right and not part.to_fill]
    if len(on) != 1:
        raise ExerciseError(
            exercise_id,
            f"màn hình {number} «{screen.title}»: cần đúng một chỗ chạm để đi tiếp (right=True, không có "
            "fill=).",
        )


def phone_task(
    exercise_id: str,
    prompt: str,
    *,
    screens: Sequence[Screen],
    done: str,
    hint: str | None = None,
    required: bool = True,
) -> PhoneTask:
    """«Làm trên điện thoại»: on each of `screens` one part leads on, after all fields with `fill` are tapped.

    `done` is said at the end.
    """
    return PhoneTask(exercise_id, prompt, screens, done, hint=hint, required=required)
