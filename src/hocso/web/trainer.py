"""The trainer's pages: plan and open a class, show its code, see who is how far, unlock a name."""

from datetime import date
from types import MappingProxyType

import segno

from hocso.records import (
    ClassRefused,
    ClassSession,
    Learner,
    access,
    classes,
    completions,
    expected,
    learners,
)
from hocso.records.clock import today, utc_now
from hocso.records.secret_words import still_locked

from . import card_address
from .page import AccountPage, Refused


class TrainerPage(AccountPage):
    def own_class(self, session, class_id) -> ClassSession:
        """A class that this account may see here. Raises Refused for another's."""
        found = session.get(ClassSession, class_id)
        if found is None or found.state == "removed" or self.whose() not in (None, found.trainer_id):
            raise Refused(404, "Không tìm thấy lớp này trong các lớp của anh chị.")
        return found

    async def note_look(self, class_id, what) -> None:
        """Note that a page with names of such a class is opened; not each time that it is refreshed. Raises
        Refused for another's."""
        async with self.writing() as session:
            self.note_in(session, class_id, what)

    def note_in(self, session, class_id, what) -> None:
        """The same in a transaction that does more. Raises Refused."""
        access.note(session, what, f"lớp {self.own_class(session, class_id).code}", self.me)

    def site(self) -> dict:
        """The address that what is shown or printed for a class leads to, whether only this machine opens it,
        and the cards that lead to another."""
        site = self.app.public_url(self.request)
        with self.reading() as session:
            old = card_address.old_cards(session, site)
        return {"site": site, "only_here": card_address.only_here(site), "old_cards": old}


class FindByName(TrainerPage):
    """Search over all learners of the commune, by POST: no name in an address. A page of a class does it, and
    `show_page` with what was found; the look is noted as being for the class, with `reason`."""

    reason: str

    def searched(self, session, class_id) -> ClassSession:
        """The class, if it may be searched for. Raises Refused, ClassRefused."""
        return self.own_class(session, class_id)

    async def post(self, class_id):
        text = self.get_argument("ten", "")
        if len(learners.fold(text)) < 2:
            self.show_page(class_id, text=text, error="Mời gõ ít nhất hai chữ cái của tên.")
            return
        async with self.writing() as session:
            one = self.searched(session, class_id)
            found = learners.search(session, text)
            access.note(session, "tim-nguoi-hoc", f"{self.reason} lớp {one.code}", self.me)
        self.show_page(class_id, text=text, found=found)


class ClassForm(TrainerPage):
    """What a class is planned with: place, date, lessons."""

    def form(self) -> dict:
        """What stands in the fields of the form."""
        known = {lesson.id for lesson in self.catalogue.lessons}
        return {
            "place": self.get_argument("place", "").strip(),
            "date": self.get_argument("date", ""),
            "lessons": [one for one in self.get_arguments("lesson") if one in known],
        }

    def planned(self, form: dict) -> dict:
        """The form as the records take it. Raises ClassRefused."""
        try:
            day = date.fromisoformat(form["date"])
        except ValueError:
            day = None
        if not form["place"] or not form["lessons"] or day is None:
            raise ClassRefused("Mời ghi địa điểm, chọn ngày và ít nhất một bài học.")
        return {"place": form["place"], "date": day, "lesson_ids": form["lessons"]}


class Classes(ClassForm):
    def get(self):
        self._show(None, {"place": "", "date": today().isoformat(), "lessons": []})

    def _show(self, error, form):
        with self.reading() as session:
            own = classes.for_trainer(session, self.me)
        about = {"classes": own, "tracks": self.catalogue.tracks, "error": error, "form": form}
        self.show("classes.html", **about, **self.site())

    async def post(self):
        """Open a class at once or, with `viec` «ke-hoach», plan it."""
        form = self.form()
        plan_only = self.get_argument("viec", "") == "ke-hoach"
        make = classes.plan_class if plan_only else classes.open_class
        try:
            async with self.writing() as session:
                class_id = make(session, trainer_id=self.me, **self.planned(form)).id
        except ClassRefused as refused:
            self.set_status(400)
            self._show(str(refused), form)
            return
        if plan_only:
            self.flash("Đã ghi kế hoạch. Tới giờ học, anh chị bấm «Bắt đầu lớp».")
        self.redirect(f"/giang-vien/lop/{class_id}")


class ChangeClass(ClassForm):
    """Change the plan of a class that has not begun."""

    def get(self, class_id):
        with self.reading() as session:
            one = self.own_class(session, class_id)
        if one.state != "planned":
            raise Refused(409, "Lớp đã mở rồi nên không sửa kế hoạch được nữa.")
        self._show(one, None, {"place": one.place, "date": one.date.isoformat(), "lessons": one.lesson_ids})

    def _show(self, one, error, form):
        self.show("class_change.html", one=one, tracks=self.catalogue.tracks, error=error, form=form)

    async def post(self, class_id):
        form = self.form()
        with self.reading() as session:
            one = self.own_class(session, class_id)
        try:
            async with self.writing() as session:
                classes.change(session, class_id, **self.planned(form))
        except ClassRefused as refused:
            self.set_status(400)
            self._show(one, str(refused), form)
            return
        self.flash("Đã lưu kế hoạch.")
        self.redirect(f"/giang-vien/lop/{class_id}")


class RemoveClass(TrainerPage):
    async def post(self, class_id):
        async with self.writing() as session:
            self.own_class(session, class_id)
            classes.remove(session, class_id)
        self.flash("Đã xóa kế hoạch của lớp.")
        self.redirect("/giang-vien")


class ClassPage(TrainerPage):
    """One class: its code and QR code for the projector, and the live table."""

    async def get(self, class_id):
        await self.note_look(class_id, "xem-lop")
        with self.reading() as session:
            one = self.own_class(session, class_id)
            board = self.board(session, one)
        self.show("class.html", one=one, board=board, **self.invitation(one))

    def invitation(self, one):
        """The address that opens the class, in words and as a QR code (SVG)."""
        about = self.site()
        address = f"{about['site']}/lop/{one.code}"
        qr = segno.make(address, error="m").svg_inline(scale=8, border=2, omitsize=True)
        return about | {"qr": qr}

    def board(self, session, one):
        """For the live table: the lessons, the learners as (id, name, hamlet), and a row for each pair."""
        board = completions.class_board(session, self.catalogue, one.id)
        people = zip(board["learner_id"], board["full_name"], board["hamlet"], strict=True)
        roll = expected.roll(session, one.id)
        came = {entry.person.id: entry.attendance for entry in roll if entry.attendance is not None}
        return {
            "on_paper": {person_id for person_id, row in came.items() if row.how == "paper"},
            "expected": sum(entry.is_expected for entry in roll),
            "not_here": [entry.person for entry in roll if entry.attendance is None],
            "lessons": self.catalogue.still_there(one.lesson_ids),
            "learners": list(dict.fromkeys(people)),
            "cells": {(row.learner_id, row.lesson_id): row for row in board.itertuples()},
        }


class ProjectClass(ClassPage):
    """The code and QR code alone, as large as the projector allows; no names."""

    def get(self, class_id):
        with self.reading() as session:
            one = self.own_class(session, class_id)
        self.show("project.html", one=one, **self.invitation(one))


class ClassBoard(ClassPage):
    """The live table alone, for refreshing it."""

    def get(self, class_id):
        with self.reading() as session:
            one = self.own_class(session, class_id)
            board = self.board(session, one)
        self.show("board.html", one=one, board=board)


class ClassCourse(TrainerPage):
    """Start a class, pause it, go on, end it."""

    steps = MappingProxyType(
        {
            "bat-dau": (classes.start, "Lớp đã bắt đầu. Bà con vào lớp được rồi."),
            "tam-nghi": (classes.pause, "Lớp đang tạm nghỉ. Ai đã vào lớp thì vẫn học tiếp được."),
            "hoc-tiep": (classes.resume, "Lớp học tiếp. Người mới lại vào lớp được."),
            "ket-thuc": (classes.close_class, "Đã kết thúc lớp. Kết quả của bà con vẫn được giữ."),
        }
    )

    async def post(self, class_id, name):
        step, said = self.steps[name]
        async with self.writing() as session:
            self.own_class(session, class_id)
            step(session, class_id)
        self.flash(said)
        self.redirect(f"/giang-vien/lop/{class_id}")


class HelpLearner(TrainerPage):
    """Find a learner by name, unlock the name or give a new PIN (shown once). Any trainer finds anybody, for
    somebody new may sit in the hall; who looked is noted."""

    def get(self):
        self.show("help_learner.html", text="", found=None, new_pin=None)

    async def post(self):
        text = self.get_argument("ten", "")
        async with self.writing() as session:
            access.note(session, "tim-nguoi-hoc", "mở khóa, cấp lại mã PIN", self.me)
            found = [
                {
                    "id": one.id,
                    "name": one.full_name,
                    "hamlet": one.hamlet.name,
                    "year": one.birth_year,
                    "locked": still_locked(one.locked_until, utc_now()),
                }
                for one in learners.search(session, text)
            ]
        self.show("help_learner.html", text=text, found=found, new_pin=None)


class Unlock(TrainerPage):
    async def post(self, learner_id):
        async with self.writing() as session:
            learner = unlock(session, learner_id, self.me)
        self.flash(f"Đã mở khóa cho {learner.full_name}.")
        self.redirect("/giang-vien/nguoi-hoc")


class ResetPin(TrainerPage):
    async def post(self, learner_id):
        async with self.writing() as session:
            learner, pin = new_pin(session, learner_id, self.me)
        self.show("help_learner.html", text="", found=None, new_pin=(learner.full_name, pin))


def unlock(session, learner_id: str, account_id: str) -> Learner:
    """Unlock a name, and note who did."""
    learner = learners.get(session, learner_id)
    learners.unlock(session, learner_id)
    access.note(session, "mo-khoa", f"mã người học {learner.code}", account_id)
    return learner


def new_pin(session, learner_id: str, account_id: str) -> tuple[Learner, str]:
    """Give a new PIN, and note who did."""
    learner = learners.get(session, learner_id)
    pin = learners.reset_pin(session, learner_id)
    access.note(session, "cap-lai-pin", f"mã người học {learner.code}", account_id)
    return learner, pin


def routes(uuid):
    return [
        (r"/giang-vien", Classes),
        (rf"/giang-vien/lop/{uuid}", ClassPage),
        (rf"/giang-vien/lop/{uuid}/chieu", ProjectClass),
        (rf"/giang-vien/lop/{uuid}/bang", ClassBoard),
        (rf"/giang-vien/lop/{uuid}/({'|'.join(ClassCourse.steps)})", ClassCourse),
        (rf"/giang-vien/lop/{uuid}/sua", ChangeClass),
        (rf"/giang-vien/lop/{uuid}/xoa", RemoveClass),
        (r"/giang-vien/nguoi-hoc", HelpLearner),
        (rf"/giang-vien/nguoi-hoc/{uuid}/mo-khoa", Unlock),
        (rf"/giang-vien/nguoi-hoc/{uuid}/cap-lai-pin", ResetPin),
    ]
