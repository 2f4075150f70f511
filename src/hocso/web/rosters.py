"""Rosters, for trainers and for staff: send a file, see what it would do, take it in, take it back."""

import asyncio
import io
from dataclasses import dataclass

from tornado.ioloop import IOLoop

from hocso.records import (
    ClassSession,
    RosterImport,
    RosterRefused,
    access,
    classes,
    expected,
    hamlets,
    rosters,
)
from hocso.records.database import copy_before
from hocso.records.learners import CONSENT_WORDING, GROUPS
from hocso.reports import roster_template

from . import uploads
from .page import Refused, SharedPage

MOST_SHOWN = 200
FIELDS = {
    "full_name": "Họ và tên",
    "family_name": "Họ và chữ đệm",
    "given_name": "Tên",
    "birth": "Năm sinh",
    "age": "Tuổi",
    "hamlet": "Ấp",
    "group": "Nhóm",
    "phone": "Điện thoại",
}


@dataclass(frozen=True)
class Choices:
    """What the form says beside the file."""

    group: str = "nguoi-dan"
    hamlet: str = ""
    new_hamlets: bool = False
    consented: bool = False
    class_id: str = ""


class RosterPage(SharedPage):
    """A page of rosters: trainers see and take back their own, staff all of them."""

    def taken(self, session, import_id) -> RosterImport:
        """A roster of theirs. Raises Refused."""
        found = session.get(RosterImport, import_id)
        if found is None or self.whose() not in (None, found.imported_by):
            raise Refused(404, "Không tìm thấy lần nhập này trong các lần nhập của anh chị.")
        return found

    def choices(self) -> Choices:
        return Choices(
            self.get_argument("nhom", "nguoi-dan"),
            self.get_argument("ap", ""),
            self.of_staff and self.get_argument("ap-moi", "") == "co",
            self.get_argument("dong-y", "") == "co",
            self.get_argument("lop", ""),
        )

    def lists(self, session) -> list[ClassSession]:
        """The classes on whose lists this account may put people: those that have not ended."""
        return [one for one in classes.for_trainer(session, self.whose()) if one.state != "ended"]

    def planned(self, session, roster, choices: Choices) -> rosters.Plan:
        return rosters.plan(
            session,
            roster,
            default_group=choices.group,
            default_hamlet=choices.hamlet or None,
            new_hamlets=choices.new_hamlets,
        )

    def show_form(self, choices: Choices, **values) -> None:
        with self.reading() as session:
            places = [(one.id, one.name) for one in hamlets.listed(session)]
            history = rosters.history(session, self.whose())
            lists = self.lists(session)
        self.show(
            "rosters.html",
            **{
                "base": self.base,
                "of_staff": self.of_staff,
                "choices": choices,
                "groups": GROUPS,
                "places": places,
                "lists": lists,
                "for_class": next((one for one in lists if one.id == choices.class_id), None),
                "history": history[:MOST_SHOWN],
                "plan": None,
                "error": None,
                "upload": "",
                "file_name": "",
                "consent": CONSENT_WORDING,
            }
            | values,
        )


class Rosters(RosterPage):
    def get(self):
        self.show_form(Choices(class_id=self.get_argument("lop", "")))

    async def post(self):
        """Show what a file would do, the one that is sent or the one that waits; nothing is taken in."""
        choices, upload, file_name = (
            self.choices(),
            self.get_argument("cho", ""),
            self.get_argument("ten", ""),
        )
        sent = self.request.files.get("tep")
        if sent:
            file_name, content = sent[0]["filename"], sent[0]["body"]
        elif upload:
            content = uploads.read(self.app.data, self.me, upload)
        else:
            self.set_status(422)
            self.show_form(choices, error="Mời chọn tệp danh sách trên máy, rồi bấm «Xem trước».")
            return
        try:
            plan = await asyncio.to_thread(self._plan, content, file_name, choices)
        except RosterRefused as refused:
            self.set_status(422)
            self.show_form(choices, error=str(refused))
            return
        if sent:
            uploads.remove(self.app.data, self.me, upload)
            upload = uploads.keep(self.app.data, self.me, content)
            IOLoop.current().call_later(uploads.SECONDS, uploads.remove, self.app.data, self.me, upload)
        self.show_form(
            choices,
            plan=plan,
            rows=by_state(plan),
            remarked=[row for row in plan.roster.rows if row.remarks],
            most=MOST_SHOWN,
            fields=FIELDS,
            upload=upload,
            file_name=plan.roster.file_name,
        )

    def _plan(self, content, file_name, choices) -> rosters.Plan:
        roster = rosters.read(content, file_name)
        with self.writing_in_thread() as session:
            access.note(session, "roster-preview", f"{len(roster.rows)} dòng", self.me)
        with self.reading() as session:
            return self.planned(session, roster, choices)


class TakeIn(RosterPage):
    """The confirmation: the file that waits is planned again and taken in."""

    async def post(self):
        upload = self.get_argument("cho", "")
        content = uploads.read(self.app.data, self.me, upload)
        import_id = await asyncio.to_thread(
            self._take_in, content, self.get_argument("ten", ""), self.choices()
        )
        uploads.remove(self.app.data, self.me, upload)
        self.redirect(f"{self.base}/{import_id}")

    def _take_in(self, content, file_name, choices) -> str:
        roster = rosters.read(content, file_name)
        with self.reading() as session:
            plan = self.planned(session, roster, choices)
        copy_before(self.app.database, "nhap-nguoi")
        with self.writing_in_thread() as session:
            if choices.class_id and choices.class_id not in {one.id for one in self.lists(session)}:
                raise Refused(
                    409, "Lớp đã chọn không còn nhận danh sách. Chưa nhập ai, mời chọn lớp khác rồi nhập lại."
                )
            taken = rosters.apply(
                session,
                plan,
                account_id=self.me,
                consented=choices.consented,
                consent_wording=CONSENT_WORDING,
                class_session_id=choices.class_id or None,
            )
            access.note(session, "roster-import", f"danh sách {taken.id[:8]}", self.me)
            return taken.id


class Taken(RosterPage):
    """What came of a roster, and what taking it back would do or did."""

    async def get(self, import_id):
        with self.reading() as session:
            taken = self.taken(session, import_id)
            back = rosters.taking_back(session, import_id)
            lists = expected.put_by_roster(session, import_id)
        if back.stayed:
            async with self.writing() as session:
                access.note(session, "roster-stayed", f"danh sách {import_id[:8]}", self.me)
        self.show(
            "roster_taken.html",
            base=self.base,
            of_staff=self.of_staff,
            taken=taken,
            back=back,
            stayed=back.stayed[:MOST_SHOWN],
            lists=lists,
        )


class TakeBack(RosterPage):
    async def post(self, import_id):
        back = await asyncio.to_thread(self._take_back, import_id)
        self.app.database.empty_log()
        lists = f" Đã bỏ {back.off_lists} tên khỏi danh sách các lớp." if back.off_lists else ""
        places = f" Bỏ ấp: {', '.join(back.hamlets)}." if back.hamlets else ""
        self.flash(f"Đã hoàn tác: bỏ {back.removed} người, giữ lại {len(back.stayed)} người.{lists}{places}")
        self.redirect(f"{self.base}/{import_id}")

    def _take_back(self, import_id) -> rosters.TakenBack:
        with self.writing_in_thread() as session:
            self.taken(session, import_id)
            access.note(session, "roster-take-back", f"danh sách {import_id[:8]}", self.me)
            return rosters.take_back(session, import_id)


class Template(RosterPage):
    def get(self):
        out = io.BytesIO()
        roster_template.write(out)
        self.send_file(out.getvalue(), "mau-danh-sach", "xlsx")


def by_state(plan: rosters.Plan) -> dict[str, list[rosters.PlannedRow]]:
    """The rows of each state, those to mend first."""
    found = {state: [] for state in ("error", "twin", "new", "known")}
    for row in plan.rows:
        found[row.state].append(row)
    return found


def routes(uuid):
    return [
        (base + rest, page)
        for base in ("/giang-vien/danh-sach", "/can-bo/danh-sach")
        for rest, page in (
            ("", Rosters),
            (r"/mau\.xlsx", Template),
            ("/nhap", TakeIn),
            (f"/{uuid}", Taken),
            (f"/{uuid}/hoan-tac", TakeBack),
        )
    ]
