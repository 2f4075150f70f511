"""The staff's pages of people: find a learner, put right, record a move, mark communicators. Looks at names
are noted, with the learner's code."""

import json

from hocso.records import (
    AlreadyRegistered,
    InvalidLearner,
    access,
    hamlets,
    learners,
    people,
    personal,
    removal,
)
from hocso.records.clock import today
from hocso.records.learners import GROUPS

from .staff import StaffPage, day

CORRECTED = ("full_name", "birth_year", "phone")
MOST_SHOWN = 20


class FindPerson(StaffPage):
    """A search is sent in the form's body, for a name belongs in no address."""

    def get(self):
        self.show("people.html", text="", found=None, most=MOST_SHOWN)

    async def post(self):
        text = self.get_argument("ten", "")
        async with self.writing() as session:
            access.note(session, "nguoi-hoc", "tìm người học", self.me)
            found = learners.search(session, text, limit=MOST_SHOWN)
            found = list(dict.fromkeys(learners.person(session, one.id) for one in found))
            marked = people.are_communicators(session, [one.id for one in found])
        self.show("people.html", text=text, found=found, marked=marked, most=MOST_SHOWN)


class Person(StaffPage):
    async def get(self, learner_id):
        await self._show(learner_id)

    async def _show(self, learner_id, typed=None, problems=None, error=None):
        """The page of a person, with what was typed where it could not be taken."""
        async with self.writing() as session:
            one = learners.person(session, learner_id)
            access.note(session, "nguoi-hoc", personal.noted_as(one), self.me)
            rows = people.residences(session, one.id)
            places = {place.id: place.name for place in hamlets.listed(session)}
            marked = people.are_communicators(session, [one.id])
        kept = {name: getattr(one, name) or "" for name in CORRECTED}
        kept |= {"hamlet_id": one.hamlet_id, "group": one.group, "since": today().isoformat()}
        self.show(
            "person.html",
            one=one,
            is_communicator=bool(marked),
            rows=rows,
            places=places,
            groups=GROUPS,
            typed=kept | (typed or {}),
            problems=problems or {},
            error=error,
        )

    async def change(self, learner_id, names, record, done):
        """Let `record(session, id, typed)` change the person; where it refuses, show the page again."""
        typed = {name: self.get_argument(name, "") for name in names}
        try:
            async with self.writing() as session:
                one = learners.person(session, learner_id)
                record(session, one.id, typed)
                access.note(session, "sua-nguoi-hoc", personal.noted_as(one), self.me)
        except (InvalidLearner, AlreadyRegistered) as refused:
            self.set_status(422)
            field = getattr(refused, "field", "full_name")
            await self._show(learner_id, typed, {field: str(refused)}, str(refused))
            return
        self.flash(done)
        self.redirect(f"/can-bo/nguoi-hoc/{one.id}")


class Correct(Person):
    async def post(self, learner_id):
        def record(session, person_id, typed):
            people.correct(session, person_id, **typed)

        await self.change(learner_id, CORRECTED, record, "Đã sửa thông tin.")


class Move(Person):
    async def post(self, learner_id):
        def record(session, person_id, typed):
            since = day(typed["since"])
            if since is None:
                raise InvalidLearner("since", "Mời chọn ngày chuyển.")
            people.move(session, person_id, **typed | {"since": since})

        await self.change(learner_id, ("hamlet_id", "group", "since"), record, "Đã ghi ấp, nhóm mới.")


class Communicator(Person):
    """Marks, or with `bo` takes the mark back."""

    async def post(self, learner_id):
        is_one = self.get_argument("bo", "") != "1"

        def record(session, person_id, _typed):
            people.mark_communicator(session, person_id, is_one)

        done = "Đã đánh dấu cán bộ truyền thông cơ sở." if is_one else "Đã bỏ đánh dấu."
        await self.change(learner_id, (), record, done)


class Take(StaffPage):
    """All that is kept of one person, for whoever asks staff for it."""

    async def post(self, learner_id):
        async with self.writing() as session:
            one = learners.person(session, learner_id)
            access.note(session, "tai-nguoi-hoc", personal.noted_as(one), self.me)
            found = personal.kept(session, one.id)
        self.send_file(as_json(found), f"du-lieu-{one.code}", "json")


class Remove(StaffPage):
    """Remove somebody who asked for it and can't do so by themselves."""

    async def get(self, learner_id):
        await self._show(learner_id)

    async def _show(self, learner_id, error=None):
        async with self.writing() as session:
            one = learners.person(session, learner_id)
            access.note(session, "nguoi-hoc", personal.noted_as(one), self.me)
        self.show("person_remove.html", one=one, reasons=removal.BY_STAFF, data=self.app.data, error=error)

    async def post(self, learner_id):
        reason = self.get_argument("ly_do", "")
        if reason not in removal.BY_STAFF or self.get_argument("chac_chan", "") != "1":
            self.set_status(422)
            await self._show(learner_id, "Chưa xóa. Mời chọn lý do và đánh dấu vào ô xác nhận.")
            return
        async with self.writing() as session:
            one = learners.person(session, learner_id)
            removal.remove(session, one.id, reason)
            # By the code that stands in the lists from now on: the earlier one leads to nobody any more.
            access.note(session, "xoa-nguoi-hoc", personal.noted_as(learners.get(session, one.id)), self.me)
        self.app.database.empty_log()
        self.flash("Đã xóa người này. Số liệu đã đếm vẫn giữ, không kèm tên.")
        self.redirect("/can-bo/nguoi-hoc")


class Communicators(StaffPage):
    async def get(self):
        async with self.writing() as session:
            access.note(session, "nguoi-hoc", "danh sách cán bộ truyền thông cơ sở", self.me)
            found = people.communicators(session)
        self.show("communicators.html", found=found)


def as_json(found: dict) -> bytes:
    """A file that people open: with line breaks and diacritics."""
    return json.dumps(found, ensure_ascii=False, indent=2).encode()


def routes(uuid):
    return [
        (r"/can-bo/nguoi-hoc", FindPerson),
        (rf"/can-bo/nguoi-hoc/{uuid}", Person),
        (rf"/can-bo/nguoi-hoc/{uuid}/sua", Correct),
        (rf"/can-bo/nguoi-hoc/{uuid}/chuyen", Move),
        (rf"/can-bo/nguoi-hoc/{uuid}/truyen-thong", Communicator),
        (rf"/can-bo/nguoi-hoc/{uuid}/du-lieu", Take),
        (rf"/can-bo/nguoi-hoc/{uuid}/xoa", Remove),
        (r"/can-bo/truyen-thong", Communicators),
    ]
