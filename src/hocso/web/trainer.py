"""The trainer's pages: open a class, show its code, see who is how far, unlock a name."""

from datetime import date

import segno

from hocso.records import ClassSession, classes, completions, learners
from hocso.records.clock import today, utc_now
from hocso.records.secret_words import still_locked

from .page import AccountPage, Refused


class TrainerPage(AccountPage):
    def own_class(self, session, class_id) -> ClassSession:
        """A class of this trainer's. Raises Refused for another's."""
        found = session.get(ClassSession, class_id)
        if found is None or found.trainer_id != self.me:
            raise Refused(404, "Không tìm thấy lớp này trong các lớp của anh chị.")
        return found


class Classes(TrainerPage):
    def get(self):
        self._show(None, {"place": "", "date": today().isoformat(), "lessons": []})

    def _show(self, error, form):
        with self.reading() as session:
            own = [
                {"id": one.id, "code": one.code, "place": one.place, "date": one.date, "open": one.is_open}
                for one in classes.for_trainer(session, self.me)
            ]
        self.show(
            "classes.html",
            classes=own,
            tracks=self.catalogue.tracks,
            error=error,
            form=form,
        )

    def post(self):
        form = {
            "place": self.get_argument("place", "").strip(),
            "date": self.get_argument("date", ""),
            "lessons": [one for one in self.get_arguments("lesson") if one in self._lesson_ids()],
        }
        try:
            day = date.fromisoformat(form["date"])
        except ValueError:
            day = None
        if not form["place"] or not form["lessons"] or day is None:
            self.set_status(400)
            self._show("Mời ghi địa điểm, chọn ngày và ít nhất một bài học.", form)
            return
        with self.writing() as session:
            opened = classes.open_class(
                session, trainer_id=self.me, place=form["place"], date=day, lesson_ids=form["lessons"]
            )
            class_id = opened.id
        self.redirect(f"/giang-vien/lop/{class_id}")

    def _lesson_ids(self):
        return {lesson.id for lesson in self.catalogue.lessons}


class ClassPage(TrainerPage):
    """One class: its code and QR code for the projector, and the live table."""

    def get(self, class_id):
        with self.reading() as session:
            one = self.own_class(session, class_id)
            board = self.board(session, one)
        self.show("class.html", one=one, board=board, **self.invitation(one))

    def invitation(self, one):
        """The address that opens the class, in words and as a QR code (SVG)."""
        site = self.app.public_url(self.request)
        qr = segno.make(f"{site}/lop/{one.code}", error="m").svg_inline(scale=8, border=2, omitsize=True)
        return {"site": site, "qr": qr, "only_here": any(name in site for name in ("localhost", "127.0.0.1"))}

    def board(self, session, one):
        """For the live table: the lessons, the learners as (id, name, hamlet), and a row for each pair."""
        board = completions.class_board(session, self.catalogue, one.id)
        people = zip(board["learner_id"], board["full_name"], board["hamlet"], strict=True)
        return {
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
            board = self.board(session, self.own_class(session, class_id))
        self.show("board.html", board=board)


class CloseClass(TrainerPage):
    def post(self, class_id):
        with self.writing() as session:
            self.own_class(session, class_id)
            classes.close_class(session, class_id)
        self.flash("Đã kết thúc lớp. Kết quả của bà con vẫn được giữ.")
        self.redirect(f"/giang-vien/lop/{class_id}")


class HelpLearner(TrainerPage):
    """Find a learner by name, unlock the name or give a new PIN (shown once)."""

    def get(self):
        self.show("help_learner.html", text="", found=None, new_pin=None)

    def post(self):
        text = self.get_argument("ten", "")
        with self.reading() as session:
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
    def post(self, learner_id):
        with self.writing() as session:
            name = learners.get(session, learner_id).full_name
            learners.unlock(session, learner_id)
        self.flash(f"Đã mở khóa cho {name}.")
        self.redirect("/giang-vien/nguoi-hoc")


class ResetPin(TrainerPage):
    def post(self, learner_id):
        with self.writing() as session:
            name = learners.get(session, learner_id).full_name
            pin = learners.reset_pin(session, learner_id)
        self.show("help_learner.html", text="", found=None, new_pin=(name, pin))


def routes(uuid):
    return [
        (r"/giang-vien", Classes),
        (rf"/giang-vien/lop/{uuid}", ClassPage),
        (rf"/giang-vien/lop/{uuid}/chieu", ProjectClass),
        (rf"/giang-vien/lop/{uuid}/bang", ClassBoard),
        (rf"/giang-vien/lop/{uuid}/ket-thuc", CloseClass),
        (r"/giang-vien/nguoi-hoc", HelpLearner),
        (rf"/giang-vien/nguoi-hoc/{uuid}/mo-khoa", Unlock),
        (rf"/giang-vien/nguoi-hoc/{uuid}/cap-lai-pin", ResetPin),
    ]
