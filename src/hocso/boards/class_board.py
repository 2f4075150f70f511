"""The trainer's live board of a class: who is at which step, who is stuck, what is missed most."""

import asyncio
from datetime import datetime, timedelta
from html import escape
from typing import Any
from urllib.parse import urlencode

import ipywidgets as widgets
from IPython.display import display

from hocso.learn.api import Api

from . import charts, visits
from .page import PLAIN, number, percent, picture, status, table
from .progress import STUCK_AFTER, WRONG_TRIES, ClassProgress, Person

SECONDS_BETWEEN_LOOKS = 0.5
SECONDS_OF_A_PIN = 60
BETWEEN_DRAWINGS = timedelta(seconds=5)
QUESTIONS_SHOWN = 5
WAITING = "Đang mở bảng theo dõi."
LOST = "Mất kết nối với máy chủ. Bảng dưới đây là lần cập nhật cuối."
DONE, HERE, BEFORE = "✓", "▶", "·"


class ClassBoard:
    """All widgets of the board; `run` fills them until the page is left."""

    def __init__(self):
        self.api: Api | None = None
        self.progress: ClassProgress | None = None
        self.missed: list[dict] = []
        self.not_here = 0
        self.now = datetime.min
        self.said = widgets.HTML(status(WAITING))
        # Apart from the line that screen readers say: it changes twice a second.
        self.clock = widgets.HTML()
        self.no_names = widgets.ToggleButton(description="Chiếu lên tường: không hiện tên")
        self.lesson = widgets.Dropdown(description="Bài học", options=[], style=PLAIN)
        self.learner = widgets.Dropdown(description="Người học", options=[], style=PLAIN)
        self.unlock = widgets.Button(description="Mở khóa tên")
        self.new_pin = widgets.Button(description="Cấp mã PIN mới")
        self.sure = widgets.Button(description="Chắc chắn, cấp mã mới", button_style="danger")
        self.parts = {name: widgets.HTML() for name in ("stuck", "grid", "averages", "missed", "pin")}
        self.help = widgets.VBox([self.learner, widgets.HBox([self.unlock, self.new_pin]), self.parts["pin"]])
        self.no_names.observe(lambda _change: self._draw(), "value")
        self.lesson.observe(lambda _change: self._filling or self._draw(), "value")
        self.learner.observe(lambda _change: self._filling or self._tell_pin(""), "value")
        self.unlock.on_click(lambda _button: visits.start(self, self.do("mo-khoa")))
        self.new_pin.on_click(lambda _button: self._ask())
        self.sure.on_click(lambda _button: visits.start(self, self.do("cap-pin")))
        self._filling = False
        self._drawn: tuple | None = None
        self._drawn_at: datetime | None = None
        self._svg = ""

    def show(self, *names: str) -> None:
        """Put parts of the board where a cell of the notebook stands."""
        for name in names:
            display(self.parts[name] if name in self.parts else getattr(self, name))

    def fail(self) -> None:
        self.said.value = status(LOST)

    async def run(self, api: Api, context: dict) -> None:
        """Called in the visitor's kernel: look again and again what has happened."""
        self.api = api
        since, known = "", set()
        while True:
            answer = await asyncio.to_thread(api.get, f"bang/lop?{urlencode({'sau': since})}")
            if answer.status == 200:
                news = answer.body
                here = {one["id"] for one in news["people"]}
                if since and not here <= known:
                    # Somebody came in: what they did before is older than what was asked for.
                    since = ""
                else:
                    self.take(news)
                    since, known = news["since"] or "", here
            elif answer.status in (401, 403):
                self.said.value = status(answer.body.get("message") or LOST)
                return
            else:
                self.fail()
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)

    def take(self, news: dict[str, Any]) -> None:
        """Put in an answer of the API, and show what changed."""
        if self.progress is None or [*self.progress.lessons] != [one["id"] for one in news["lessons"]]:
            self.progress = ClassProgress(news["lessons"])
        self.progress.now_here(news["people"])
        self.progress.add(news["events"])
        self.missed, self.not_here = news["missed"], news["not_here"]
        self.now = datetime.fromisoformat(news["now"])
        titles = [(one["title"], one["id"]) for one in news["lessons"]]
        self._keep(self.lesson, titles, self.lesson.value or self._busiest())
        self._draw()
        self._put(self.said, status(self._summary()))
        self._put(self.clock, f'<p class="hint">Cập nhật lúc {news["clock"]}.</p>')

    def _busiest(self) -> str | None:
        """The lesson that most people are in."""
        where = [one.lesson_id for one in self.progress.people.values() if one.lesson_id]
        return max(where, key=where.count) if where else next(iter(self.progress.lessons), None)

    def _summary(self) -> str:
        people = self.progress.people.values()
        awaited = f" {self.not_here} người chưa đến." if self.not_here else ""
        if not people:
            return f"Chưa ai vào lớp.{awaited}"
        finished = sum(self.progress.finished(one) for one in people)
        stuck = len(self.progress.stuck(self.now))
        return (
            f"{len(people)} người trong lớp, {stuck} người cần giúp, {finished} người xong cả buổi.{awaited}"
        )

    def _draw(self) -> None:
        if self.progress is None:
            return
        hidden = self.no_names.value
        self.help.layout.display = "none" if hidden else ""
        named = [] if hidden else [(one.name, one.id) for one in self.progress.people.values()]
        self._keep(self.learner, named, self.learner.value)
        if hidden:
            self._tell_pin("")
        self._put(self.parts["stuck"], "" if hidden else self._stuck())
        self._put(self.parts["grid"], self._grid(hidden))
        self._put(self.parts["averages"], self._averages())
        self._put(self.parts["missed"], self._missed())

    def _stuck(self) -> str:
        rows = [
            [one.person.name, one.why, one.where, self._ago(one.since)]
            for one in self.progress.stuck(self.now)
        ]
        if not rows:
            minutes = STUCK_AFTER.seconds // 60
            return f'<p class="hint">Không ai đứng lại quá {minutes} phút hay sai {WRONG_TRIES} lần.</p>'
        return table(
            "Người cần giúp, ai đợi lâu nhất đứng đầu", ["Tên", "Vì sao", "Đang ở bài", "Lần cuối"], rows
        )

    def _ago(self, moment: datetime) -> str:
        minutes = int((self.now - moment).total_seconds() // 60)
        return "vừa xong" if minutes < 1 else f"{minutes} phút trước"

    def _grid(self, hidden: bool) -> str:
        lesson = self.progress.lessons.get(self.lesson.value)
        if lesson is None:
            return ""
        people = list(self.progress.people.values())
        if hidden:
            # By how far they are, not by name, and with numbers: nobody is known by their place.
            people.sort(key=lambda one: (-one.lessons[lesson["id"]].share(lesson), one.id))
        steps = lesson["steps"]
        header = ["Người học", *(str(place + 1) for place in range(len(steps))), "Bài tập", "Kiểm tra"]
        rows = [
            [f"Người {place}" if hidden else one.name, *self._cells(one, lesson)]
            for place, one in enumerate(people, start=1)
        ]
        legend = "; ".join(f"{place} {step['title']}" for place, step in enumerate(steps, start=1))
        words = f"{DONE} đã qua, {HERE} đang ở đây, {BEFORE} chưa tới. Các bước: {legend}."
        whole = table(f"{lesson['title']}: từng bước", header, rows, grid=True)
        return f'{whole}<p class="hint">{escape(words)}</p>'

    def _cells(self, person: Person, lesson: dict) -> list[str]:
        here = person.lessons[lesson["id"]]
        marks = [DONE if step["id"] in here.steps else BEFORE for step in lesson["steps"]]
        places = [place for place, step in enumerate(lesson["steps"]) if step["id"] == here.at]
        if places and not here.is_complete(lesson):
            marks[places[0]] = HERE
        quiz = "–" if not lesson["quiz_id"] else "chưa làm" if here.best is None else percent(here.best)
        if here.passed:
            quiz += f" {DONE}"
        return [*marks, f"{len(here.done)}/{len(lesson['exercises'])}", quiz]

    def _averages(self) -> str:
        rows = self.progress.averages()
        people = len(self.progress.people)
        if not people:
            return '<p class="hint">Chưa ai vào lớp.</p>'
        parts = {
            "xong": [row["complete"] for row in rows],
            "đang làm": [max(0, row["begun"] - row["complete"]) for row in rows],
            "chưa mở": [people - max(row["begun"], row["complete"]) for row in rows],
        }
        cells = [
            [
                row["title"],
                number(row["begun"]),
                number(row["complete"]),
                percent(row["share"]),
                "chưa có" if row["score"] is None else percent(row["score"]),
            ]
            for row in rows
        ]
        header = ["Bài", "Đã mở", "Đã xong", "Làm được, trung bình", "Điểm kiểm tra, trung bình"]
        alt = "Mỗi bài có bao nhiêu người xong, đang làm, chưa mở; số ở bảng bên dưới."
        drawing = self._drawing(tuple(row["title"] for row in rows), parts)
        return picture(drawing, alt) + table(f"Cả lớp, {people} người", header, cells, figures=4)

    def _drawing(self, titles: tuple[str, ...], parts: dict[str, list[int]]) -> str:
        """The chart, drawn anew where its numbers changed, but seldom: drawing takes a third of a second."""
        due = self._drawn_at is None or self.now - self._drawn_at >= BETWEEN_DRAWINGS
        if due and self._drawn != (titles, parts):
            self._drawn, self._drawn_at = (titles, parts), self.now
            self._svg = charts.stacked(titles, parts)
        return self._svg

    def _missed(self) -> str:
        rows = [
            [one["prompt"], f"{one['wrong']} trên {one['answered']}", percent(one["wrong"] / one["answered"])]
            for one in self.missed[:QUESTIONS_SHOWN]
            if one["wrong"]
        ]
        if not rows:
            return '<p class="hint">Chưa có câu nào bị sai trong bài kiểm tra của lớp.</p>'
        return table(
            "Câu hay sai nhất, tính lần làm sau cùng", ["Câu hỏi", "Số người sai", "Tỉ lệ sai"], rows, 2
        )

    def _ask(self) -> None:
        name = self._name()
        if name:
            self._tell_pin(f"Cấp mã PIN mới cho {name}? Mã cũ sẽ không dùng được nữa.", self.sure)

    async def do(self, what: str) -> None:
        """Unlock the chosen learner's name, or give a new PIN, which is shown for a minute."""
        name, learner_id = self._name(), self.learner.value
        if not name:
            return
        answer = await asyncio.to_thread(self.api.post, f"bang/lop/{learner_id}/{what}", {})
        if answer.status != 200:
            self._tell_pin(answer.body.get("message") or "Chưa làm được. Mời thử lại.")
        elif what == "mo-khoa":
            self._tell_pin(f"Đã mở khóa cho {name}.")
        else:
            pin = answer.body["pin"]
            self._tell_pin(f"Mã PIN mới của {name}: {pin}. Ghi ra giấy, đưa riêng. Mã ẩn sau một phút.")
            await asyncio.sleep(SECONDS_OF_A_PIN)
            if pin in self.parts["pin"].value:
                self._tell_pin("")

    def _name(self) -> str:
        person = self.progress.people.get(self.learner.value) if self.progress else None
        return person.name if person else ""

    def _tell_pin(self, words: str, *more: widgets.Widget) -> None:
        self.parts["pin"].value = status(words) if words else ""
        self.help.children = (*self.help.children[:3], *more)

    def _keep(self, choice: widgets.Dropdown, options: list, value: str | None) -> None:
        """New options without the moment in which another one is chosen; none where they are the same."""
        if list(choice.options) == options:
            return
        self._filling = True
        choice.options = options
        keys = [key for _, key in options]
        choice.value = value if value in keys else keys[0] if keys else None
        self._filling = False

    def _put(self, part: widgets.HTML, value: str) -> None:
        if part.value != value:
            part.value = value


def begin() -> ClassBoard:
    """A board that is filled in each visitor's kernel."""
    board = ClassBoard()
    visits.enlist(board)
    return board
