"""The staff's pages of registers and populations: list, enter, change, remove, bring back, import, export."""

import asyncio
import base64
import binascii
import io
from datetime import date
from urllib.parse import urlencode

from hocso.records import RegisterRefused, UnknownRecord, hamlets, populations, register_files, registers
from hocso.records.database import copy_before
from hocso.records.populations import GROUPS_COUNTED
from hocso.records.registers import REGISTERS
from hocso.records.text import fold

from .behind import MOST_ROWS, one_page
from .staff import StaffPage

# Registers that have a page of their own.
PAGES = {"dan-so": "/can-bo/dan-so", "lich": "/can-bo/lich"}
ROW = r"([0-9a-f-]{10,36})"


class RegisterPage(StaffPage):
    def places(self) -> dict[str, str]:
        """Hamlets by id."""
        with self.reading() as session:
            return {one.id: one.name for one in hamlets.listed(session)}

    def back(self, about) -> None:
        self.redirect(PAGES.get(about.kind, f"/can-bo/so/{about.kind}"))


class Registers(RegisterPage):
    def get(self):
        self.show("registers.html", registers=REGISTERS.values())


class Rows(RegisterPage):
    """A page of a register, of all its rows or of those that have what is looked for in some field."""

    async def get(self, kind):
        about, removed = registers.register(kind), self.get_argument("bo", "") == "1"
        text = self.get_argument("tim", "").strip()
        values = await asyncio.to_thread(self._values, about, removed, text, self.page_number())
        chosen = {"bo": "1" if removed else "", "tim": text}
        self.show(
            "register_rows.html",
            about=about,
            removed=removed,
            text=text,
            query=urlencode({name: value for name, value in chosen.items() if value}),
            most=MOST_ROWS,
            groups=GROUPS_COUNTED,
            **values,
        )

    def _values(self, about, removed, text, number) -> dict:
        places = self.places()
        with self.reading() as session:
            table = registers.table(session, about.kind, removed)
            past = populations.history(session) if about.kind == "dan-so" else None
        rows = [
            (row["id"], [registers.shown(field, row[field.name], places) for field in about.fields])
            for row in table.to_dict("records")
        ]
        found = [row for row in rows if not text or any(fold(text) in fold(str(one)) for one in row[1])]
        page, pages, shown = one_page({"rows": found}, number)
        return {
            "rows": shown["rows"],
            "total": len(rows),
            "found": len(found),
            "page": page,
            "pages": pages,
            "history": [] if past is None else past.head(MOST_ROWS).to_dict("records"),
            "earlier": 0 if past is None else max(0, len(past) - MOST_ROWS),
        }


class Populations(Rows):
    async def get(self):
        await super().get("dan-so")


class Entry(RegisterPage):
    """The form of one row, new or there already."""

    def get(self, kind, row_id=None):
        about = registers.register(kind)
        typed = {field.name: "" for field in about.fields}
        if row_id is not None:
            with self.reading() as session:
                registers.get(session, kind, row_id)
                table = registers.table(session, kind)
            kept = table[table["id"] == row_id].to_dict("records")
            if not kept:
                raise UnknownRecord("Dòng này đã bỏ, hoặc đã có dòng mới thay. Mời mở lại sổ.")
            typed = {field.name: in_form(field, kept[0][field.name]) for field in about.fields}
        self._show(about, row_id, typed)

    async def post(self, kind, row_id=None):
        about = registers.register(kind)
        typed = {field.name: self.get_argument(field.name, "") for field in about.fields}
        try:
            async with self.writing() as session:
                if row_id is None:
                    registers.add(session, kind, typed, account_id=self.me)
                else:
                    registers.change(session, kind, row_id, typed, account_id=self.me)
        except RegisterRefused as refused:
            self.set_status(422)
            self._show(about, row_id, typed, refused)
            return
        self.flash("Đã lưu.")
        self.back(about)

    def _show(self, about, row_id, typed, refused=None):
        self.show(
            "register_entry.html",
            about=about,
            row_id=row_id,
            typed=typed,
            problems=refused.problems if refused else {},
            error=str(refused) if refused else "",
            places=self.places(),
        )


class Remove(RegisterPage):
    def get(self, kind, row_id):
        about = registers.register(kind)
        with self.reading() as session:
            row = registers.get(session, kind, row_id)
            words = [(field.header, getattr(row, field.name, None)) for field in about.fields[:3]]
        self.show("register_remove.html", about=about, row_id=row_id, words=words)

    async def post(self, kind, row_id):
        about = registers.register(kind)
        async with self.writing() as session:
            registers.remove(session, kind, row_id)
        self.flash("Đã bỏ khỏi sổ." + (" Có thể lấy lại ở cuối trang." if about.can_come_back else ""))
        self.back(about)


class BringBack(RegisterPage):
    async def post(self, kind, row_id):
        async with self.writing() as session:
            registers.bring_back(session, kind, row_id)
        self.flash("Đã lấy lại vào sổ.")
        self.back(registers.register(kind))


class Import(RegisterPage):
    """A file is shown as a plan first; the same file comes back with the confirmation."""

    def get(self, kind):
        self._show(registers.register(kind))

    async def post(self, kind):
        about, content = registers.register(kind), self._content()
        try:
            plan = await asyncio.to_thread(self._do, kind, content, self.get_argument("nhap", "") == "co")
        except RegisterRefused as refused:
            self.set_status(422)
            self._show(about, error=str(refused))
            return
        if self.get_argument("nhap", "") == "co":
            self.flash(f"Đã nhập: {len(plan.new)} dòng mới, {len(plan.changed)} dòng sửa.")
            self.back(about)
        else:
            self._show(about, plan=plan, content=base64.b64encode(content).decode())

    def _do(self, kind, content, confirmed):
        with self.reading() as session:
            plan = register_files.plan(session, kind, content)
        if not confirmed:
            return plan
        copy_before(self.app.database, "nhap-so")  # takes its time, in which others can write
        with self.writing_in_thread() as session:
            plan = register_files.plan(session, kind, content)
            register_files.carry_out(session, plan, self.me)
        return plan

    def _content(self) -> bytes:
        files = self.request.files.get("tep")
        if files:
            return files[0]["body"]
        try:
            return base64.b64decode(self.get_argument("noi-dung", ""), validate=True)
        except binascii.Error:
            return b""

    def _show(self, about, plan=None, content="", error=None):
        self.show("register_import.html", about=about, plan=plan, content=content, error=error)


class Export(RegisterPage):
    async def get(self, kind):
        self.send_file(await asyncio.to_thread(self._content, kind), kind, "xlsx")

    def _content(self, kind) -> bytes:
        out = io.BytesIO()
        with self.reading() as session:
            register_files.write(out, session, kind)
        return out.getvalue()


def in_form(field, value):
    """A kept value as it stands in a field of a form."""
    match value:
        case None:
            return ""
        case bool():
            return "Có" if value else ""
        case date():
            return value.isoformat()
        case float() if field.kind == "percent":
            return f"{100 * value:g}".replace(".", ",")
    return str(value)


def routes():
    kind = r"/can-bo/so/([a-z-]+)"
    return [
        (r"/can-bo/so", Registers),
        (r"/can-bo/dan-so", Populations),
        (kind, Rows),
        (rf"{kind}\.xlsx", Export),
        (rf"{kind}/them", Entry),
        (rf"{kind}/sua/{ROW}", Entry),
        (rf"{kind}/bo/{ROW}", Remove),
        (rf"{kind}/lay-lai/{ROW}", BringBack),
        (rf"{kind}/nhap", Import),
    ]
