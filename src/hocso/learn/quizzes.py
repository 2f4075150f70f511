"""A quiz: the questions of an nbgrader assignment as one widget.

The notebook that a resident sees is the release version: it holds questions and no key. Answers are kept as
drafts on the server while they change, and handed in whole with "Nộp bài"; marking happens elsewhere
(`mark`).
"""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass

import anywidget
import traitlets

from hocso.learn import page_code, session
from hocso.learn.api import Reply
from hocso.learn.errors import ExerciseError, MalformedResponse
from hocso.learn.exercise import LONGEST_NONCE, require_id
from hocso.learn.forms import ChoiceForm, Form, MatchForm, NumberForm, OrderForm, PilesForm, ScreenForm
from hocso.learn.matches import require_pairs
from hocso.learn.parts import Screen
from hocso.learn.phones import require_screen
from hocso.learn.recorder import NOTICES, RETRY_SECONDS, SAVED, SETTLED, outcome, saved_as
from hocso.learn.text import plain

SUBMIT_NOTICES = {
    "sent": "Đã nộp bài. Đang mở trang kết quả…",
    "trial": "Đang học thử nên bài không được chấm. Hãy vào học bằng tên của mình để nộp bài.",
    "expired": "Phiên học đã hết hạn. Bấm «Mở lại bài» rồi nộp lại. Câu trả lời vẫn còn đây.",
    "full": "Máy chủ hết chỗ lưu nên chưa nhận được bài. Hãy báo cho giảng viên. Câu trả lời vẫn còn đây.",
    "taken": "Máy chủ không nhận bài này: lượt làm bài đã kết thúc. Bấm «Mở lại bài» để xem. "
    "Câu trả lời vẫn còn đây.",
    "refused": "Máy chủ không nhận bài này. Hãy báo cho giảng viên. Câu trả lời vẫn còn đây.",
    "unreachable": "Chưa nộp được vì mất kết nối. Câu trả lời vẫn còn đây. Bấm «Nộp bài» lần nữa.",
}
WAITING_NOTICES = {
    "full": "Máy chủ hết chỗ lưu nên chưa nhận được bài. Hãy báo cho giảng viên. Câu trả lời vẫn còn đây, "
    "máy sẽ tự nộp khi có chỗ.",
    "unreachable": "Máy chủ chưa nhận được bài. Câu trả lời vẫn còn đây, máy đang tự nộp lại.",
}


@dataclass
class Question:
    name: str
    kind: str
    prompt: str
    form: Form


class Quiz:
    """The questions of one assignment, in the order in which its cells ask them."""

    def __init__(self, quiz_id: str):
        require_id(quiz_id)
        self.quiz_id = quiz_id
        self.questions: dict[str, Question] = {}

    def one_choice(self, name: str, prompt: str, options: Mapping[str, str]) -> None:
        """Response: one key of `options` ({key: text})."""
        self._ask(name, "one_choice", prompt, ChoiceForm(_texts(name, options)))

    def several_choices(self, name: str, prompt: str, options: Mapping[str, str]) -> None:
        """Response: a list of keys of `options`."""
        self._ask(name, "several_choices", prompt, ChoiceForm(_texts(name, options), several=True))

    def put_in_order(self, name: str, prompt: str, items: Mapping[str, str]) -> None:
        """Response: the list of all keys of `items`, in order."""
        self._ask(name, "put_in_order", prompt, OrderForm(_texts(name, items)))

    def two_piles(
        self, name: str, prompt: str, *, piles: tuple[str, str] | Mapping[str, str], cards: Mapping[str, str]
    ) -> None:
        """Response: {card's key: pile}; a pile's name is its label, or its key if `piles` is a mapping."""
        labels = piles if isinstance(piles, Mapping) else {label: label for label in piles}
        self._ask(name, "two_piles", prompt, PilesForm(_texts(name, labels), _texts(name, cards)))

    def match(self, name: str, prompt: str, *, left: Mapping[str, str], right: Mapping[str, str]) -> None:
        """Response: {key of left: key of right}."""
        require_pairs(name, len(left))
        if len(left) != len(right) or set(left) & set(right):
            raise ExerciseError(
                name, "hai bên phải có số mục bằng nhau, và mã hai bên khác nhau (a, b… và 1, 2…)."
            )
        self._ask(name, "match", prompt, MatchForm(_texts(name, right), _texts(name, left)))

    def number(self, name: str, prompt: str, *, unit: str = "") -> None:
        """Response: a float."""
        self._ask(name, "number", prompt, NumberForm(plain(unit)))

    def phone_screen(self, name: str, prompt: str, *, screen: Screen, several: bool = True) -> None:
        """Response: a list of keys of elements; with `several=False` a tap moves the choice."""
        require_screen(name, screen)
        if any(part.right or part.why for part in screen.elements):
            raise ExerciseError(name, "trong bài kiểm tra, màn hình không được chứa đáp án (right=, why=).")
        self._ask(name, "phone_screen", prompt, ScreenForm(screen, several=several))

    def _ask(self, name: str, kind: str, prompt: str, form: Form) -> None:
        require_id(name)
        if not plain(prompt):
            raise ExerciseError(name, "chưa có câu hỏi.")
        self.questions[name] = Question(name, kind, plain(prompt), form)

    def deal(self, seed: int) -> list[dict]:
        """The questions in an attempt's order, as the browser gets them: id, kind, prompt and view, whose
        keys are opaque and understood until the next deal."""
        asked = list(self.questions.values())
        random.Random(f"{seed}/{self.quiz_id}").shuffle(asked)
        return [
            {
                "id": question.name,
                "kind": question.kind,
                "prompt": question.prompt,
                "view": question.form.view(seed, f"{self.quiz_id}/{question.name}"),
            }
            for question in asked
        ]

    def show(self) -> "QuizSheet":
        """All questions, progress, and "Nộp bài"."""
        return QuizSheet(self)


class QuizSheet(anywidget.AnyWidget):
    """The sheet that a resident fills in. `answers` is {question: response with opaque keys}."""

    _esm = page_code.LOADER

    code = traitlets.Unicode().tag(sync=True)
    exercise_id = traitlets.Unicode().tag(sync=True)
    kind = traitlets.Unicode("quiz").tag(sync=True)
    questions = traitlets.List().tag(sync=True)
    answers = traitlets.Dict().tag(sync=True)
    phase = traitlets.Enum(("answering", "sending", "waiting", "sent"), "answering").tag(sync=True)
    message = traitlets.Unicode().tag(sync=True)
    goto = traitlets.Unicode().tag(sync=True)
    saved = traitlets.Enum(SAVED, "").tag(sync=True)
    notice = traitlets.Unicode().tag(sync=True)
    settled = traitlets.Dict().tag(sync=True)
    learner_tag = traitlets.Unicode().tag(sync=True)
    scope = traitlets.Unicode().tag(sync=True)

    def __init__(self, quiz: Quiz):
        self._quiz = quiz
        self._responses: dict[str, object] = {}
        self._heard: dict[str, str] = {}
        self._answered_here = False
        self._sending: asyncio.Task | None = None
        super().__init__(code=page_code.shared(), exercise_id=quiz.quiz_id)
        self.on_msg(self._on_browser)
        session.enlist(self)

    def restore(self, learner: session.Session) -> None:
        """Deal questions and options by the attempt's seed, and show the drafts that the records hold."""
        if self._answered_here:
            return
        self._responses = {}
        views = self._quiz.deal(learner.seed)
        answers = {}
        for name, question in self._quiz.questions.items():
            shown = question.form.show(learner.past(name).get("response"))
            if shown not in (None, [], {}):
                answers[name] = shown
                self._responses[name] = question.form.read(shown)
        with self.hold_trait_notifications():
            self.questions = views
            self.answers = answers
            self.learner_tag = learner.learner_tag
            self.scope = f"{self._quiz.quiz_id}/{learner.attempt or ''}"
            self.saved, self.notice = "", ""
        if learner.trouble:
            self.tell(learner.trouble)

    def tell(self, fate: str) -> None:
        """Show what became of the latest draft (a key of recorder.NOTICES)."""
        with self.hold_sync():
            self.saved = saved_as(fate)
            self.notice = NOTICES[fate]
            if fate in SETTLED:
                self.settled = dict(self._heard)

    def _on_browser(self, _widget: object, content: dict, _buffers: object) -> None:
        if content.get("type") == "answer":
            self.answer(content.get("question"), content.get("response"), content.get("nonce"))
        elif content.get("type") == "submit":
            self.submit()
            self.send({"type": "heard", "to": "submit"})

    def answer(self, name: object, raw: object, nonce: object = None) -> None:
        """Keep a draft answer; None, or what is no answer, takes it back. The browser need not keep it any
        longer once `settled` holds its `nonce` at the question's name."""
        question = self._quiz.questions.get(name) if isinstance(name, str) else None
        if question is None or self.phase == "sent":
            return
        try:
            response = question.form.read(raw)
        except MalformedResponse:
            response = None
        if isinstance(nonce, str):
            self._heard[name] = nonce[:LONGEST_NONCE]
        if self._responses.get(name) == response:
            if self.saved in ("", *SETTLED):
                self.settled = dict(self._heard)
            return
        self._answered_here = True
        self._responses[name] = response
        shown = {**self.answers, name: question.form.show(response)}
        self.answers = {key: value for key, value in shown.items() if value not in (None, [], {})}
        learner = session.current()
        learner.record("progressed", name, {"response": response, "attempt": learner.attempt}, self.tell)

    def submission(self) -> dict:
        """{question: response} of all questions, None where unanswered."""
        return {name: self._responses.get(name) for name in self._quiz.questions}

    def submit(self) -> None:
        """Hand the answers in, once: a second call while the first is under way or taken does nothing."""
        if self.phase != "answering":
            return
        learner = session.current()
        if learner.trial:
            self.message = SUBMIT_NOTICES["trial"]
            return
        if not learner.known:
            self.message = SUBMIT_NOTICES[learner.trouble]
            return
        self.phase = "sending"
        self.message = ""
        body = {"id": learner.attempt, "answers": self.submission()}
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._handed_in(learner.api.post("attempts", body))
            return
        self._sending = loop.create_task(self._hand_in(learner, body))

    async def _hand_in(self, learner: session.Session, body: dict) -> None:
        """Until the server has the submission, or refuses it."""
        failures = 0
        while True:
            reply = await asyncio.to_thread(learner.api.post, "attempts", body)
            fate = outcome(reply)
            if fate not in WAITING_NOTICES or reply.status == 202:
                break
            self.phase = "waiting"
            self.message = WAITING_NOTICES[fate]
            await asyncio.sleep(RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)])
            failures += 1
        self._handed_in(reply)

    def _handed_in(self, reply: Reply) -> None:
        address = reply.body.get("result_url")
        if reply.status == 202 and is_own_path(address):
            self.phase = "sent"
            self.message = SUBMIT_NOTICES["sent"]
            self.goto = address
            return
        fate = "taken" if reply.status == 409 else outcome(reply)
        if fate == "expired":
            self.tell("expired")
        self.phase = "answering"
        self.message = SUBMIT_NOTICES["unreachable" if fate == "committed" else fate]


def quiz(quiz_id: str) -> Quiz:
    """A quiz whose id is the name of its nbgrader assignment, such as `ky-nang-so-04`."""
    return Quiz(quiz_id)


def is_own_path(address: object) -> bool:
    """A path on this server, never an address elsewhere."""
    return isinstance(address, str) and address.startswith("/") and address[1:2] not in ("/", "\\")


def _texts(name: str, texts: Mapping[str, str]) -> dict[str, str]:
    if not isinstance(texts, Mapping) or len(texts) < 2:
        raise ExerciseError(name, 'cần ít nhất hai ý, viết dạng {"a": "…", "b": "…"}.')
    plain_texts = {str(key): plain(text) for key, text in texts.items()}
    if len(set(plain_texts.values())) != len(plain_texts):
        raise ExerciseError(name, "có hai ý giống hệt nhau.")
    return plain_texts
