"""Quizzes on paper for a class: print copies, type in what was written on them."""

import asyncio
from collections import Counter
from dataclasses import dataclass

from hocso.course import paper_answers
from hocso.course.dealing import NotDealt, deal
from hocso.grading import release_path
from hocso.records import Learner, attempts, classes, expected, paper_copies
from hocso.records.learners import fold
from hocso.records.paper_copies import Printed
from hocso.reports.paper_quiz import paper_quiz

from .kernels import kernel_environment
from .page import Refused
from .trainer import TrainerPage

MOST_COPIES = 100


@dataclass
class Row:
    """A question of a sheet as the form shows it: what was typed (`text`: in its one cell of a grid), and
    what is wrong with that."""

    number: int
    question: dict
    typed: dict[str, str]
    problem: str | None = None
    response: object = None
    text: str = ""

    @property
    def fields(self) -> list[tuple[str, str]]:
        return paper_answers.fields(self.question)

    @property
    def hint(self) -> str:
        return paper_answers.how_to_type(self.question)

    @property
    def hint_in_grid(self) -> str:
        return paper_answers.how_to_type_in_a_cell(self.question)

    @property
    def short(self) -> str:
        return paper_answers.in_short(self.question)

    @property
    def said(self) -> list[str]:
        return paper_answers.say(self.question, self.response)


class PaperQuizPage(TrainerPage):
    def lessons_with_quiz(self, one):
        return [lesson for lesson in self.catalogue.still_there(one.lesson_ids) if lesson.quiz_id]

    def lesson_of(self, quiz_id):
        return self.catalogue.lesson(self.catalogue.quiz(quiz_id).lesson_id)

    async def dealt(self, quiz_id: str, seeds: list[int]) -> dict[int, list[dict]]:
        """The questions in the order of each seed. Raises Refused for a quiz that does not run."""
        release = release_path(self.app.data, quiz_id)
        try:
            return await asyncio.to_thread(deal, release, seeds, kernel_environment())
        except NotDealt as error:
            self.app.log.error("Bài kiểm tra không chạy được: %s", error)
            raise Refused(
                500, "Bài kiểm tra này đang bị lỗi nên chưa in, chưa nhập được. Mời báo người soạn bài."
            ) from None

    def show_copies(self, class_id, error=None, code=""):
        with self.reading() as session:
            one = self.own_class(session, class_id)
            copies = paper_copies.in_class(session, class_id)
            roll = [
                entry for entry in expected.roll(session, class_id) if entry.attendance or not one.closed_at
            ]
        quizzes = {printed.copy.quiz_id for printed in copies}
        titles = {
            quiz.id: self.lesson_of(quiz.id).title for quiz in self.catalogue.quizzes if quiz.id in quizzes
        }
        self.show(
            "paper_quizzes.html",
            one=one,
            lessons=self.lessons_with_quiz(one),
            count=min(max(len(roll), 1), MOST_COPIES),
            most=MOST_COPIES,
            entered=[printed for printed in copies if printed.attempt],
            waiting=[printed for printed in copies if not printed.attempt],
            titles=titles,
            grids=Counter(printed.copy.quiz_id for printed in copies if not printed.attempt),
            error=error,
            code=code,
        )


class PaperQuizzes(PaperQuizPage):
    """Print, type in, and what came of what was typed in."""

    async def get(self, class_id):
        await self.note_look(class_id, "bai-giay")
        self.show_copies(class_id)


class PrintPaperQuiz(PaperQuizPage):
    async def post(self, class_id):
        with self.reading() as session:
            one = self.own_class(session, class_id)
        quiz_id, count = self.get_argument("bai", ""), self.get_argument("so-to", "")
        lesson = next((lesson for lesson in self.lessons_with_quiz(one) if lesson.quiz_id == quiz_id), None)
        if lesson is None or not (count.isdecimal() and 1 <= int(count) <= MOST_COPIES):
            self.set_status(400)
            self.show_copies(class_id, f"Mời chọn bài, và số tờ từ 1 đến {MOST_COPIES}.")
            return
        sheets = await self.dealt(quiz_id, paper_copies.new_seeds(int(count)))
        pdf = await asyncio.to_thread(self._print, class_id, lesson, sheets)
        self.send_file(pdf, f"kiem-tra-{quiz_id}-{one.code}", "pdf", inline=True)

    def _print(self, class_id, lesson, sheets) -> bytes:
        with self.writing_in_thread() as session:
            copies = paper_copies.keep(session, class_id, lesson.quiz_id, sheets, printed_by=self.me)
        return paper_quiz(
            title=f"Bài kiểm tra: {lesson.title}", copies=[(copy.code, sheets[copy.seed]) for copy in copies]
        )


class OpenCopy(PaperQuizPage):
    """The code of a copy, as it was typed."""

    def post(self, class_id):
        code = self.get_argument("ma", "").strip()
        with self.reading() as session:
            self.own_class(session, class_id)
            found = paper_copies.find(session, class_id, code)
        if found is None:
            self.set_status(404)
            error = f"Lớp này không có tờ đề mã «{code[:12]}». Mã ở góc trên bên phải của tờ giấy."
            self.show_copies(class_id, error, code[:12])
            return
        self.redirect(f"/giang-vien/lop/{class_id}/bai-giay/{found.copy.code}")


class TypeIn(PaperQuizPage):
    """One copy: whose it is, and a row for each question; a preview of what was understood; then an attempt
    like any other."""

    async def get(self, class_id, code):
        one, printed, people = self._copy(class_id, code)
        await self.note_look(class_id, "bai-giay")
        if printed.attempt is not None:
            self.show("paper_entered.html", one=one, printed=printed)
            return
        self._show("paper_entry.html", one, printed, people, await self._rows(printed), typed_name="")

    def _copy(self, class_id, code) -> tuple[object, Printed, dict[str, Learner]]:
        """The class, the copy, and those in the class by id. Raises Refused, ClassRefused, UnknownRecord."""
        with self.reading() as session:
            one = self.own_class(session, class_id)
            classes.require_begun(one)
            printed = paper_copies.get(session, class_id, code)
            people = {who.id: who for who in classes.present(session, class_id)}
        return one, printed, people

    async def _rows(self, printed: Printed) -> list[Row]:
        """The questions of the copy with what was typed. Raises Refused, AttemptRefused."""
        copy = printed.copy
        with self.reading() as session:
            printed_with = paper_copies.in_class(session, copy.class_session_id)
        # All of the quiz at once: the next copy is there at once.
        seeds = [other.copy.seed for other in printed_with if other.copy.quiz_id == copy.quiz_id]
        questions = (await self.dealt(copy.quiz_id, seeds))[copy.seed]
        paper_copies.require_same_edition(copy, questions)
        rows = [
            Row(
                number,
                question,
                {name: self.get_argument(name, "") for name, _ in paper_answers.fields(question)},
            )
            for number, question in enumerate(questions, start=1)
        ]
        for row in rows:
            try:
                row.response = paper_answers.read(row.question, row.typed)
            except paper_answers.Unreadable as problem:
                row.problem = f"Câu {row.number}: {problem}."
        return rows

    def _show(self, template, one, printed, people, rows, **values):
        values = {"learner": None, "alike": [], "problem": None, "typed_name": ""} | values
        self.show(
            template,
            one=one,
            copy=printed.copy,
            lesson=self.lesson_of(printed.copy.quiz_id),
            people=list(people.values()),
            rows=rows,
            **values,
        )

    async def post(self, class_id, code):
        one, printed, people = self._copy(class_id, code)
        if printed.attempt is not None:
            self.set_status(409)
            self.show("paper_entered.html", one=one, printed=printed)
            return
        rows = await self._rows(printed)
        name, chosen = self.get_argument("ten", "").strip(), self.get_argument("nguoi", "")
        found = [people[chosen]] if chosen in people else matching(people.values(), name)
        problem = whose(name, found)
        step = self.get_argument("viec", "xem")
        wrong = problem or any(row.problem for row in rows)
        if wrong or step == "sua":
            self.set_status(400 if wrong else 200)
            alike = found if len(found) > 1 else []
            self._show(
                "paper_entry.html", one, printed, people, rows, problem=problem, alike=alike, typed_name=name
            )
            return
        if step != "ghi":
            self._show("paper_preview.html", one, printed, people, rows, learner=found[0], typed_name=name)
            return
        await asyncio.to_thread(self._enter, class_id, code, found[0].id, rows)
        self.app.grading_queue.wake()
        self.flash(f"Đã ghi tờ {printed.copy.code} của {found[0].full_name}. Máy đang chấm.")
        self.redirect(f"/giang-vien/lop/{class_id}/bai-giay")

    def _enter(self, class_id, code, learner_id, rows):
        answers = {row.question["id"]: row.response for row in rows}
        with self.writing_in_thread() as session:
            paper_copies.enter(session, class_id, code, learner_id, answers, entered_by=self.me)


class GradeCopyAgain(PaperQuizPage):
    """Ask for grading again where it failed."""

    async def post(self, class_id, code):
        async with self.writing() as session:
            self.own_class(session, class_id)
            printed = paper_copies.get(session, class_id, code)
            if printed.attempt is not None:
                attempts.retry(session, printed.attempt.id)
        self.app.grading_queue.wake()
        self.redirect(f"/giang-vien/lop/{class_id}/bai-giay")


def whose(name: str, found: list[Learner]) -> str | None:
    """What is wrong with a name by which `found` were found."""
    if not name:
        return "Mời gõ tên của người làm bài."
    if not found:
        return f"Trong lớp không có ai tên «{name[:80]}». Mời điểm danh người đó trước, hoặc gõ lại tên."
    return f"Có {len(found)} người hợp với «{name[:80]}». Mời chọn một người." if len(found) > 1 else None


def label(person: Learner) -> str:
    """What the list of suggestions says of somebody in the class."""
    return f"{person.full_name}, {person.hamlet.name}, {person.birth_year}"


def matching(people, typed: str) -> list[Learner]:
    """Those who are meant by a suggestion or by words that begin words of the name, with or without
    diacritics."""
    people = list(people)
    words = fold(typed).split()
    if exact := [one for one in people if label(one) == typed]:
        return exact
    return [
        one for one in people if words and all(f" {one.folded_name}".find(f" {word}") >= 0 for word in words)
    ]


def routes(uuid):
    here = rf"/giang-vien/lop/{uuid}/bai-giay"
    return [
        (here, PaperQuizzes),
        (rf"{here}/in", PrintPaperQuiz),
        (rf"{here}/mo", OpenCopy),
        (rf"{here}/([A-Z0-9]{{8}})", TypeIn),
        (rf"{here}/([A-Z0-9]{{8}})/cham-lai", GradeCopyAgain),
    ]
