"""What came of a quiz: waiting, the score, what was right, why, and where to look again."""

from hocso.records import AttemptRefused, attempts, certificates, completions, settings

from .page import Page, Refused

WAITING = ("queued", "grading")
NOT_YOURS = "Không tìm thấy bài nộp này trong phần bài của bà con."


class ResultPage(Page):
    """One attempt, for the learner whose it is."""

    def get(self, attempt_id):
        with self.reading() as session:
            learner = self.learner(session)
            attempt = own_attempt(session, attempt_id, learner)
            ahead = attempts.ahead(session, attempt)
            best = attempts.best(session, learner.id, attempt.quiz_id)
            pass_mark = settings.pass_mark(session)
            statuses = completions.lesson_status(session, self.catalogue, learner.id)
            papers = certificates.available(session, self.catalogue, learner.id, statuses)
        if attempt.state == "draft":
            raise Refused(404, NOT_YOURS)
        quiz = self.catalogue.quiz(attempt.quiz_id)
        lesson = self.catalogue.lesson(quiz.lesson_id)
        self.show(
            "result.html",
            attempt=attempt,
            waiting=attempt.state in WAITING,
            ahead=ahead,
            best=best,
            lesson=lesson,
            following=self.catalogue.after(lesson),
            certificate=attempt.passed and lesson.track in papers,
            track=self.catalogue.track(lesson.track),
            pass_mark=pass_mark,
            exercises_left=statuses[lesson.id].exercises_required - statuses[lesson.id].exercises_done,
            questions=list(self._questions(quiz, attempt, lesson)),
        )

    def _questions(self, quiz, attempt, lesson):
        marked = {one["question"]: one for one in attempt.questions or ()}
        steps = {step.id: step.title for step in lesson.steps}
        for question in quiz.questions:
            mark = marked.get(question.id)
            if mark is None:
                continue
            yield {
                "prompt": question.prompt,
                "mark": mark,
                "partly": not mark["right"] and mark["points"] > 0,
                "chosen": question.say(mark.get("response")),
                "key": question.say(mark.get("key")),
                "ordered": question.kind == "put_in_order",
                "see": mark.get("see"),
                "see_title": steps.get(mark.get("see")),
            }


class GradeAgain(Page):
    """Ask for grading again where it failed; the answers are still there."""

    async def post(self, attempt_id):
        async with self.writing() as session:
            attempts.retry(session, own_attempt(session, attempt_id, self.learner(session)).id)
        self.app.grading_queue.wake()
        self.redirect(f"/ket-qua/{attempt_id}")


def own_attempt(session, attempt_id, learner):
    """The learner's attempt. Raises Refused(404) for nobody's and for another's."""
    try:
        return attempts.get(session, attempt_id, learner.id)
    except AttemptRefused:
        raise Refused(404, NOT_YOURS) from None


def routes(uuid):
    return [(rf"/ket-qua/{uuid}", ResultPage), (rf"/ket-qua/{uuid}/cham-lai", GradeAgain)]
