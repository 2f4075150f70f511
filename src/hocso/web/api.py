"""The API: kernels report what happened and hand in quizzes; the page keeps the learner's place."""

import json
from datetime import UTC, datetime

from tornado.web import HTTPError

from hocso.records import AttemptRefused, Learner, attempts, events, learners, merging

from .page import Page, Refused, status_and_message
from .state import learner_state, learner_tag
from .tokens import TokenExpired, TokenRefused

MAX_BODY = 64 * 1024
COUNTED_AS_ONE = 4096


class JsonPage(Page):
    """A JSON endpoint; errors are JSON with a Vietnamese `message` too."""

    def body(self) -> dict:
        """The JSON object of the request. Raises Refused(400 or 413)."""
        if len(self.request.body) > MAX_BODY:
            raise Refused(413, "Dữ liệu gửi lên quá lớn.")
        try:
            value = json.loads(self.request.body)
        except (ValueError, RecursionError):
            raise Refused(400, "Dữ liệu gửi lên không phải JSON.") from None
        if not isinstance(value, dict):
            raise Refused(400, "Dữ liệu gửi lên phải là một đối tượng JSON.")
        return value

    def not_too_much(self, learner_id: str) -> None:
        """Take this request from what a learner may send. Raises Refused(429): to be sent again later."""
        cost = 1 + len(self.request.body) // COUNTED_AS_ONE
        if self.settings["limits"].wait("events", learner_id, cost):
            raise Refused(429, "Máy này gửi quá nhiều câu trả lời một lúc. Máy sẽ tự gửi lại sau ít phút.")

    def answer(self, status: int, **values) -> None:
        self.set_status(status)
        self.finish(values)

    def turn_away(self, role):
        raise HTTPError(403)

    def write_error(self, status_code, **kwargs):
        error = kwargs.get("exc_info", (None, None, None))[1]
        status, message = status_and_message(error, status_code)
        self.answer(status, message=message)


class KernelApi(JsonPage):
    """An endpoint for kernels: they bring a token of the kind `tokens`, no cookie, while they are there."""

    tokens = "tokens"

    def check_xsrf_cookie(self):
        """Nothing here acts on a cookie, so no other site can make a browser act."""

    def who(self):
        scheme, _, token = self.request.headers.get("Authorization", "").partition(" ")
        try:
            if scheme != "Bearer":
                raise TokenRefused
            self.allowed = self.settings[self.tokens].read(token)
            if self.allowed.kernel_id not in self.app.kernel_manager:
                raise TokenExpired
            return self.role_of_token()
        except TokenExpired:
            raise Refused(401, "Phiên học đã hết hạn. Mời bà con mở lại bài.") from None
        except TokenRefused:
            raise Refused(403, "Phiên học không hợp lệ. Mời bà con mở lại bài.") from None

    def role_of_token(self) -> str:
        """A kernel's. Raises Refused for a learner who was removed, TokenExpired for one with another PIN."""
        with self.reading() as session:
            learner = merging.person_of(session, self.allowed.learner_id)
            entry = session.get(Learner, self.allowed.entry_id or self.allowed.learner_id)
            sealed = entry and learners.seal(entry)
        if learner is not None and learner.is_removed:
            raise Refused(403, events.REMOVED)
        if sealed != self.allowed.seal:
            raise TokenExpired
        return "kernel"


class State(KernelApi):
    """What a kernel that ran the lesson by itself asks for."""

    async def get(self):
        async with self.writing() as session:
            state = learner_state(session, self.allowed)
        self.answer(200, **state)


class Events(KernelApi):
    """Append one event; the answer comes after the commit. The same id again changes nothing."""

    async def post(self):
        body, allowed = self.body(), self.allowed
        if body.get("learner") not in (None, allowed.learner_id):
            raise Refused(403, "Phiên học này không ghi được cho người khác.")
        self.not_too_much(allowed.learner_id)
        result = body.get("result")
        try:
            async with self.writing() as session:
                new = events.append(
                    session,
                    id=body["id"],
                    learner_id=allowed.learner_id,
                    lesson_id=allowed.lesson_id,
                    quiz_id=allowed.quiz_id,
                    attempt_id=(result or {}).get("attempt") if allowed.quiz_id else None,
                    class_session_id=allowed.class_session_id,
                    verb=body["verb"],
                    exercise_id=body.get("exercise"),
                    result=result,
                    occurred_at=moment(body["occurred_at"]),
                )
        except (KeyError, ValueError, TypeError, AttributeError):
            raise Refused(422, "Sự kiện thiếu mục hoặc sai dạng (id, verb, occurred_at).") from None
        self.answer(201 if new else 200, saved=True)


class Attempts(KernelApi):
    """Hand in a quiz: kept before the answer is sent, graded after."""

    async def post(self):
        body, allowed = self.body(), self.allowed
        answers = body.get("answers")
        if allowed.quiz_id is None or not isinstance(answers, dict):
            raise Refused(422, "Bài nộp thiếu câu trả lời.")
        attempt_id = str(body.get("id"))
        questions = {question.id for question in self.catalogue.quiz(allowed.quiz_id).questions}
        if not set(answers) <= questions:
            raise Refused(422, "Bài nộp có câu không thuộc bài kiểm tra này.")
        async with self.writing() as session:
            try:
                attempt = attempts.get(session, attempt_id, allowed.learner_id)
            except AttemptRefused as error:
                raise Refused(403, str(error)) from None
            if attempt.quiz_id != allowed.quiz_id:
                raise Refused(403, "Bài nộp này không phải của bài kiểm tra này.")
            attempts.submit(session, attempt_id, allowed.learner_id, answers)
        self.app.grading_queue.wake()
        self.answer(202, result_url=f"/ket-qua/{attempt_id}")


class Place(JsonPage):
    """The page tells which step the learner reached (cookie and XSRF token, as for any form)."""

    async def post(self):
        body = self.body()
        lesson = self.catalogue.lesson(str(body.get("lesson")))
        step = body.get("step")
        if step not in {one.id for one in lesson.steps}:
            raise Refused(422, "Không có bước này trong bài học.")
        self.not_too_much(self.me)
        async with self.writing() as session:
            learner = self.learner(session)
            # A page that was open when two entries became one person's is still theirs.
            if body.get("learner") not in map(learner_tag, merging.entries_of(session, learner.id)):
                raise Refused(403, "Trang này của người học khác. Mời mở lại bài.")
            events.append(
                session,
                id=body.get("id"),
                learner_id=learner.id,
                lesson_id=lesson.id,
                verb="progressed",
                result={"step": step},
                occurred_at=datetime.now(UTC),
                class_session_id=self.class_session_id(session),
            )
        self.answer(201, saved=True)


def moment(text: str) -> datetime:
    """An ISO time with its zone, as UTC. Raises ValueError without a zone and for times beyond reckoning."""
    value = datetime.fromisoformat(text)
    if value.tzinfo is None or not 2000 <= value.year <= 2100:
        raise ValueError("no time zone, or no time of this kit's")
    return value.astimezone(UTC)


def routes(uuid):
    return [
        (r"/api/state", State),
        (r"/api/events", Events),
        (r"/api/attempts", Attempts),
        (r"/api/place", Place),
    ]
