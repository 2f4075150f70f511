"""The base of a lesson's exercises: asks, checks in the kernel, explains, records.

The browser gets a question without its answer (`view`), sends a response to be checked, and gets the
judgement of that response only. After REVEAL_AFTER wrong tries the right answer is shown with its
explanation, and the learner does the exercise once more with it in sight, so that nobody is stuck.
"""

import re
from dataclasses import dataclass, field
from typing import Literal

import anywidget
import traitlets

from hocso.learn import page_code, session
from hocso.learn.errors import ExerciseError, MalformedResponse
from hocso.learn.forms import Form
from hocso.learn.recorder import NOTICES, SAVED, SETTLED, saved_as
from hocso.learn.text import plain

REVEAL_AFTER = 3
LONGEST_NONCE = 40

TITLES = {True: "Đúng rồi.", False: "Chưa đúng.", None: ""}

INCOMPLETE = {
    "right": None,
    "title": "Chưa có câu trả lời đầy đủ.",
    "notes": [],
    "marks": {},
    "solution": [],
}

Mark = Literal["right", "wrong"]


@dataclass(frozen=True)
class Note:
    """One sentence of an explanation; `about` is the text of the option that it explains."""

    text: str
    about: str = ""
    mark: Mark | Literal[""] = ""

    def view(self) -> dict:
        return {"about": self.about, "text": self.text, "mark": self.mark}


@dataclass(frozen=True)
class Judgement:
    """What is said about one response; `right` is None where it is on the way and neither right nor wrong.
    `marks` maps names of options that were used to right or wrong; `more` is what one kind draws beyond."""

    right: bool | None
    notes: list[Note]
    marks: dict[str, Mark] = field(default_factory=dict)
    more: dict = field(default_factory=dict)


class Exercise(anywidget.AnyWidget):
    """A question that the kernel checks. Kinds give `kind`, `judge` and `solution`."""

    _esm = page_code.LOADER

    code = traitlets.Unicode().tag(sync=True)
    exercise_id = traitlets.Unicode().tag(sync=True)
    kind = traitlets.Unicode().tag(sync=True)
    prompt = traitlets.Unicode().tag(sync=True)
    hint = traitlets.Unicode().tag(sync=True)
    required = traitlets.Bool(True).tag(sync=True)
    view = traitlets.Dict().tag(sync=True)
    response = traitlets.Any(None, allow_none=True).tag(sync=True)
    feedback = traitlets.Dict().tag(sync=True)
    state = traitlets.Enum(("new", "trying", "done"), "new").tag(sync=True)
    tries = traitlets.Int(0).tag(sync=True)
    saved = traitlets.Enum(SAVED, "").tag(sync=True)
    notice = traitlets.Unicode().tag(sync=True)
    settled = traitlets.List().tag(sync=True)
    learner_tag = traitlets.Unicode().tag(sync=True)
    scope = traitlets.Unicode().tag(sync=True)

    def __init__(self, exercise_id: str, prompt: str, form: Form, *, hint: str | None, required: bool):
        require_id(exercise_id)
        self.form = form
        self._answered_here = False
        self._heard: list[str] = []
        super().__init__(
            code=page_code.shared(),
            exercise_id=exercise_id,
            prompt=plain(prompt),
            hint=plain(hint or ""),
            required=required,
        )
        if not self.prompt:
            raise ExerciseError(exercise_id, "chưa có câu hỏi.")
        self.on_msg(self._on_browser)
        session.enlist(self)

    def judge(self, response: object) -> Judgement:
        """Judge a response in the form of the records (see `forms`)."""
        raise NotImplementedError

    def solution(self) -> list[Note]:
        """The right answer, line by line, with explanations."""
        raise NotImplementedError

    def draw(self, seed: int) -> dict:
        """What the browser draws: the form's view, without answers."""
        return self.form.view(seed, self.exercise_id)

    def restore(self, learner: session.Session) -> None:
        """Show what the records hold of this exercise, unless it was answered in this kernel meanwhile."""
        if self._answered_here:
            return
        past = learner.past(self.exercise_id)
        state = past.get("state")
        tries = past.get("tries")
        presses = past.get("presses")
        self._heard = presses if isinstance(presses, list) else []
        with self.hold_trait_notifications():
            self.view = self.draw(learner.seed)
            self.learner_tag = learner.learner_tag
            self.scope = learner.quiz or learner.lesson or ""
            self.state = state if state in ("new", "trying", "done") else "new"
            self.tries = tries if isinstance(tries, int) and tries >= 0 else 0
            self.response = self.form.show(past.get("response"))
            self.feedback = self._past_feedback()
            self.saved = ""
            self.notice = ""
            self.settled = list(self._heard)
        if learner.trouble:
            self.tell(learner.trouble)

    def _past_feedback(self) -> dict:
        """Today's judgement of the response on record; none where the exercise has changed under it."""
        if self.tries == 0 or self.response in (None, [], {}):
            return {}
        try:
            return self._feedback(self.judge(self.form.read(self.response)))
        except MalformedResponse:
            self.response = None
            return {}

    def tell(self, fate: str) -> None:
        """Show what became of the latest event (a key of recorder.NOTICES)."""
        with self.hold_sync():
            self.saved = saved_as(fate)
            self.notice = NOTICES[fate]
            if fate in SETTLED:
                self.settled = list(self._heard)

    def _on_browser(self, _widget: object, content: dict, _buffers: object) -> None:
        if content.get("type") == "check":
            self.check(content.get("response"), content.get("nonce"))

    def check(self, raw: object, nonce: object = None) -> None:
        """Judge what the browser sent, show the judgement and record it.

        A browser that waited in vain sends once more with the same `nonce`, to a new kernel perhaps: that is
        one try, not two. It need not keep the answer any longer once `settled` holds the nonce.
        """
        if not isinstance(nonce, str) or not 1 <= len(nonce) <= LONGEST_NONCE:
            nonce = None
        elif nonce in self._heard:
            return
        else:
            self._heard.append(nonce)
        try:
            response = self.form.read(raw)
            judgement = self.judge(response)
        except MalformedResponse:
            self.note(nonce, INCOMPLETE)
            return
        self.settle(response, judgement, nonce)

    def note(self, nonce: str | None, feedback: dict) -> None:
        """Show what is no try and is not recorded."""
        with self.hold_sync():
            self.feedback = {**feedback, "nonce": nonce}
            self.settled = [*self.settled, nonce] if nonce else self.settled

    def settle(self, response: object, judgement: Judgement, nonce: object) -> None:
        """Count one try, show its judgement and record it."""
        was_done = self.state == "done"
        self._answered_here = True
        with self.hold_sync():
            self.saved = ""
            self.tries += 1
            self.response = self.form.show(response)
            self.feedback = {**self._feedback(judgement), "nonce": nonce}
            self.state = "done" if judgement.right or was_done else "trying"
        learner = session.current()
        result = {
            "response": response,
            "success": judgement.right,
            "tries": self.tries,
            "state": self.state,
            "feedback": {
                "title": self.feedback["title"],
                "texts": [note.text for note in judgement.notes if note.text],
            },
        }
        if nonce:
            result["press"] = nonce
        learner.record("answered", self.exercise_id, result, self.tell)
        if judgement.right and not was_done:
            learner.record("completed", self.exercise_id, result, self.tell)

    def _feedback(self, judgement: Judgement) -> dict:
        return {
            "right": judgement.right,
            "title": TITLES[judgement.right],
            "notes": [note.view() for note in judgement.notes],
            "marks": {self.form.key(name): mark for name, mark in judgement.marks.items()},
            "solution": [note.view() for note in self.revealed(judgement)],
            **judgement.more,
        }

    def revealed(self, judgement: Judgement) -> list[Note]:
        """The right answer, once it was missed often enough."""
        missed = not judgement.right and self.tries >= REVEAL_AFTER
        return self.solution() if missed else []


def require_id(exercise_id: str) -> None:
    """An id goes into records and web addresses: small Latin letters, digits, - and _."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,59}", exercise_id):
        raise ExerciseError(exercise_id, "mã chỉ gồm chữ thường không dấu, chữ số và dấu gạch nối.")
