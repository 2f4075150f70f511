"""Quizzes on paper, many copies at once: a grid of copies and questions, saved as a whole or not at all.

A copy has its own order of questions, so «Câu 3» of one is not that of the next: a cell is read by its copy.
"""

import asyncio
from dataclasses import dataclass, field

from hocso.course import paper_answers
from hocso.records import AttemptRefused, ClassRefused, Learner, classes, paper_copies

from .paper_quizzes import PaperQuizPage, Row, matching, whose


@dataclass
class Line:
    """A copy as the grid shows it: whose it is as typed, who that is, what is wrong with the name, and a cell
    for each question; `refused`: why the copy can't be typed in at all."""

    code: str
    name: str = ""
    cells: list[Row] = field(default_factory=list)
    learner: Learner | None = None
    problem: str | None = None
    refused: str | None = None

    @property
    def is_blank(self) -> bool:
        return not self.name and not any(cell.text for cell in self.cells)

    @property
    def answers(self) -> dict[str, object]:
        return {cell.question["id"]: cell.response for cell in self.cells}

    @property
    def problems(self) -> list[tuple[str, str]]:
        """Cell and what is wrong with it."""
        found = [(f"{self.code}.ten", f"Tờ {self.code}: {self.problem}")] if self.problem else []
        return found + [
            (f"{self.code}.{cell.number}", f"Tờ {self.code}, câu {cell.number}: {cell.problem}")
            for cell in self.cells
            if cell.problem
        ]


class PaperGrid(PaperQuizPage):
    """All copies of a quiz that wait to be typed in: the grid, a preview, then attempts like any others."""

    async def get(self, class_id, quiz_id):
        one, people, lines = await self._lines(class_id, quiz_id)
        if not lines:
            self.redirect(f"/giang-vien/lop/{class_id}/bai-giay")
            return
        self._show("paper_grid.html", one, quiz_id, people, lines)

    async def post(self, class_id, quiz_id):
        one, people, lines = await self._lines(class_id, quiz_id)
        typed = [line for line in lines if not line.is_blank]
        errors = self._judge(typed, list(people.values())) + self._gone(lines)
        step = self.get_argument("viec", "xem")
        if not lines and not errors:
            self.redirect(f"/giang-vien/lop/{class_id}/bai-giay")
            return
        if not typed and not errors:
            errors = [("", "Chưa có tờ nào được nhập. Mời gõ tên và câu trả lời của ít nhất một tờ.")]
        if errors or step == "sua":
            self._refuse(one, quiz_id, people, lines, errors)
            return
        if step != "ghi":
            self._show("paper_grid_preview.html", one, quiz_id, people, typed)
            return
        try:
            await asyncio.to_thread(self._enter, class_id, typed)
        except (AttemptRefused, ClassRefused) as refused:
            self._refuse(one, quiz_id, people, lines, [("", f"{refused} Chưa ghi tờ nào.")])
            return
        self.app.grading_queue.wake()
        self.flash(f"Đã ghi {len(typed)} tờ. Máy đang chấm.")
        self.redirect(f"/giang-vien/lop/{class_id}/bai-giay")

    async def _lines(self, class_id, quiz_id) -> tuple[object, dict[str, Learner], list[Line]]:
        """The class, those in it by id, and a line for each copy of the quiz that waits. Raises Refused,
        ClassRefused."""
        with self.reading() as session:
            one = self.own_class(session, class_id)
            classes.require_begun(one)
            printed = [
                each for each in paper_copies.in_class(session, class_id) if each.copy.quiz_id == quiz_id
            ]
            people = {who.id: who for who in classes.present(session, class_id)}
        waiting = sorted((each.copy for each in printed if each.attempt is None), key=lambda copy: copy.code)
        if not waiting:
            return one, people, []
        dealt = await self.dealt(quiz_id, [each.copy.seed for each in printed])
        return one, people, [self._line(copy, dealt[copy.seed]) for copy in waiting]

    def _line(self, copy, questions) -> Line:
        line = Line(copy.code, self.get_argument(f"{copy.code}.ten", "").strip())
        try:
            paper_copies.require_same_edition(copy, questions)
        except AttemptRefused as refused:
            line.refused = str(refused)
            return line
        for number, question in enumerate(questions, start=1):
            cell = Row(number, question, {}, text=self.get_argument(f"{copy.code}.{number}", "").strip())
            line.cells.append(cell)
            try:
                cell.typed = paper_answers.split_cell(question, cell.text)
                cell.response = paper_answers.read(question, cell.typed)
            except paper_answers.Unreadable as problem:
                cell.problem = f"{problem}."
        return line

    def _judge(self, typed: list[Line], people: list[Learner]) -> list[tuple[str, str]]:
        """Finds whose each line is, and all that is wrong: (cell, what)."""
        copies: dict[str, str] = {}
        for line in typed:
            found = matching(people, line.name)
            line.problem = whose(line.name, found)
            if line.problem and len(found) > 1:
                line.problem += " Chọn trong gợi ý, hoặc nhập riêng tờ này."
            if line.problem is None:
                line.learner = found[0]
                other = copies.setdefault(line.learner.id, line.code)
                if other != line.code:
                    line.problem = (
                        f"{line.learner.full_name} đã có ở tờ {other}. Mỗi người một tờ một lần nhập."
                    )
        return [problem for line in typed for problem in line.problems]

    def _gone(self, lines: list[Line]) -> list[tuple[str, str]]:
        """What was typed for copies that somebody else has typed in meanwhile."""
        waiting = {line.code for line in lines}
        sent = {
            name.partition(".")[0]
            for name in self.request.arguments
            if "." in name and self.get_argument(name).strip()
        }
        return [
            ("", f"Tờ {code[:8]} đã có người nhập, nên không còn trong bảng.")
            for code in sorted(sent - waiting)
        ]

    def _refuse(self, one, quiz_id, people, lines, errors):
        if errors:
            self.set_status(400)
        self._show("paper_grid.html", one, quiz_id, people, lines, errors=errors)

    def _show(self, template, one, quiz_id, people, lines, errors=()):
        self.show(
            template,
            one=one,
            here=f"/giang-vien/lop/{one.id}/bai-giay",
            lesson=self.lesson_of(quiz_id),
            quiz_id=quiz_id,
            people=list(people.values()),
            lines=[line for line in lines if not line.refused],
            refused=[line.refused for line in lines if line.refused],
            columns=max((len(line.cells) for line in lines), default=0),
            errors=errors,
        )

    def _enter(self, class_id, typed: list[Line]):
        with self.writing_in_thread() as session:
            for line in typed:
                paper_copies.enter(
                    session, class_id, line.code, line.learner.id, line.answers, entered_by=self.me
                )


def routes(uuid):
    return [(rf"/giang-vien/lop/{uuid}/bai-giay/bang/([a-z0-9-]+)", PaperGrid)]
