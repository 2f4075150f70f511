"""«Dữ liệu của tôi»: what the commune keeps of the learner who is signed in (`me`), to see, put right, take
away and remove."""

import asyncio
from datetime import date, datetime

from hocso.course import Catalogue
from hocso.records import (
    AlreadyRegistered,
    InvalidLearner,
    UnknownRecord,
    completions,
    hamlets,
    learners,
    people,
    personal,
    removal,
)
from hocso.records.certificates import title_of
from hocso.records.learners import GROUPS

from .identity import Visitor
from .page import Page, local
from .people import as_json

PATH = "/du-lieu-cua-toi"
TYPED = ("full_name", "birth_year", "phone", "hamlet_id", "group")
TWIN = (
    "Ở ấp này đã có một người cùng tên, cùng năm sinh, nên chưa sửa. Nếu bà con đã ghi tên hai lần, mời báo "
    "giảng viên hoặc cán bộ để ghép lại làm một. Nếu đó là người khác, mời ghi thêm số điện thoại rồi lưu."
)


class MyData(Page):
    async def get(self):
        await self._show()

    async def _show(self, typed=None, problems=None):
        values = await asyncio.to_thread(self._values)
        self.show(
            "my_data.html", **values | {"typed": values["typed"] | (typed or {})}, problems=problems or {}
        )

    def _values(self) -> dict:
        with self.reading() as session:
            me = learners.person(session, self.me)
            found = personal.kept(session, me.id)
            statuses = completions.lesson_status(session, self.catalogue, me.id)
            places = [(one.id, one.name) for one in hamlets.listed(session)]
            marked = people.are_communicators(session, [me.id])
        return {
            "me": me,
            "is_communicator": bool(marked),
            "found": found,
            "agreed": [entry for entry in found["entries"] if entry["consent_at"]],
            "lessons": lessons_seen(found, self.catalogue, statuses),
            "attempts": attempts_made(found, self.catalogue),
            "tracks": {one["track"]: title_of(self.catalogue, one["track"]) for one in found["certificates"]},
            "places": places,
            "groups": GROUPS,
            "when": when,
            "typed": {name: getattr(me, name) or "" for name in TYPED} | {"tu_dau": False},
        }

    async def post(self):
        typed = {name: self.get_argument(name, "") for name in TYPED}
        from_start = self.get_argument("tu_dau", "") == "1"
        try:
            async with self.writing() as session:
                people.put_right(session, self.me, **typed, from_start=from_start)
        except (InvalidLearner, AlreadyRegistered, UnknownRecord) as refused:
            twin = isinstance(refused, AlreadyRegistered)
            self.set_status(409 if twin else 422)
            field = getattr(refused, "field", "full_name" if twin else "hamlet_id")
            await self._show(typed | {"tu_dau": from_start}, {field: TWIN if twin else str(refused)})
            return
        self.flash("Đã sửa thông tin của bà con.")
        self.redirect(PATH)


class Take(Page):
    async def get(self):
        content = await asyncio.to_thread(self._content)
        self.send_file(content, "du-lieu-cua-toi", "json")

    def _content(self) -> bytes:
        with self.reading() as session:
            return as_json(personal.kept(session, self.me))


class Remove(Page):
    """Consent is withdrawn: who they were is removed, once the PIN says that it is them."""

    def get(self):
        self._show()

    def _show(self, error=None):
        self.show("my_data_remove.html", error=error)

    async def post(self):
        if self.get_argument("chac_chan", "") != "1":
            self.set_status(422)
            self._show("Chưa xóa. Mời đánh dấu vào ô xác nhận.")
            return
        pin = self.get_argument("pin", "")
        fits = await self.pins_that_fit(self.me, pin)
        async with self.writing() as session:
            check = learners.check_pin(session, self.me, pin, fits=fits)
            if check.ok:
                removal.remove(session, self.me, "self")
        if check.ok:
            self.app.database.empty_log()
        if check.locked_until:
            self.set_status(429)
            until = local(check.locked_until).strftime("%H:%M")
            self._show(f"Chưa xóa. Nhập sai mã nhiều lần nên tên này tạm khóa đến {until}.")
        elif not check.ok:
            self.set_status(403)
            self._show(f"Chưa xóa. Mã PIN chưa đúng, còn {check.remaining} lần thử.")
        else:
            await self.sign_in(Visitor.new())
            self.show("removed.html")


def lessons_seen(found: dict, catalogue: Catalogue, statuses: dict) -> list[dict]:
    """{"title", "first", "last" (aware), "status"} of each lesson that events are about, by first; one that
    the kit has no more goes by its id."""
    of_quiz = {quiz.id: quiz.lesson_id for quiz in catalogue.quizzes}
    titles = {lesson.id: lesson.title for lesson in catalogue.lessons}
    seen: dict[str, list[datetime]] = {}
    for event in found["learning"]:
        lesson_id = event["lesson_id"] or of_quiz.get(event["quiz_id"], event["quiz_id"])
        seen.setdefault(lesson_id, []).append(datetime.fromisoformat(event["occurred_at"]))
    return [
        {"title": titles.get(id, id), "first": min(times), "last": max(times), "status": statuses.get(id)}
        for id, times in sorted(seen.items(), key=lambda one: min(one[1]))
    ]


def attempts_made(found: dict, catalogue: Catalogue) -> list[dict]:
    """The attempts that were handed in, each with its lesson's "title"."""
    titles = {lesson.quiz_id: lesson.title for lesson in catalogue.lessons}
    return [
        attempt | {"title": titles.get(attempt["quiz_id"], attempt["quiz_id"])}
        for attempt in found["quiz_attempts"]
        if attempt["submitted_at"]
    ]


def when(text: str) -> date | datetime:
    """The day or the moment that stands in the file as `text`."""
    return date.fromisoformat(text) if len(text) == len("2026-11-24") else datetime.fromisoformat(text)


def routes():
    return [(PATH, MyData), (rf"{PATH}/tai-ve", Take), (rf"{PATH}/xoa", Remove)]
