"""Bringing data together: a file to take along, a file of another laptop to take in, and the receipts.

Trainers have it to bring a class's data to the office and to join two laptops, staff to take it in.
"""

import asyncio
from datetime import datetime

from hocso.grading import ServerFull
from hocso.grading.exchange import take_in
from hocso.records import Account, ExchangeReceipt, ExchangeRefused, exchange
from hocso.records.clock import VIETNAM
from hocso.records.exchange_files import decrypted

from . import uploads
from .page import AccountPage, Refused

DIRECTIONS = {"out": "Xuất ra", "in": "Nhập vào"}
SHOWN = 50


class ExchangePage(AccountPage):
    def prepare(self):
        super().prepare()
        self.base = "/" + self.request.path.split("/")[1] + "/trao-doi"

    def show_form(self, error: str = "", failed: str = "") -> None:
        """The page with both forms; `failed` is the one that `error` is about."""
        if error:
            self.set_status(422)
        with self.reading() as session:
            found = exchange.receipts(session)[:SHOWN]
            last = exchange.last_export(session)
        self.show(
            "exchange.html",
            base=self.base,
            receipts=[(one, sum(count["rows"] for count in one.counts.values())) for one in found],
            directions=DIRECTIONS,
            last=last,
            error=error,
            failed=failed,
            shortest=exchange.SHORTEST_PASSPHRASE,
        )


class Exchange(ExchangePage):
    def get(self):
        self.show_form()


class Export(ExchangePage):
    """Answers with the file; that it was written is noted only where it was written whole."""

    async def post(self):
        passphrase = self.get_argument("mat-khau", "", strip=False)
        try:
            if passphrase != self.get_argument("go-lai", "", strip=False):
                raise ExchangeRefused("Hai lần gõ mật khẩu chưa giống nhau. Mời gõ lại.")
            whole = self.get_argument("gom", "") == "tat-ca"
            content = await asyncio.to_thread(self._content, passphrase, whole)
        except ExchangeRefused as refused:
            self.show_form(str(refused), failed="xuat")
            return
        self.set_header("Content-Type", "application/octet-stream")
        name = f"hoc-so-{datetime.now(VIETNAM):%Y%m%d-%H%M}.hocso"
        self.set_header("Content-Disposition", f'attachment; filename="{name}"')
        self.finish(content)

    def _content(self, passphrase: str, whole: bool) -> bytes:
        return exchange.write(self.app.database, passphrase=passphrase, whole=whole, account_id=self.me)[0]


class Preview(ExchangePage):
    """What a file would change; it waits on the server, opened, until it is confirmed."""

    async def post(self):
        files = self.request.files.get("tep")
        try:
            if not files:
                raise ExchangeRefused("Mời chọn tệp trước.")
            passphrase = self.get_argument("mat-khau", "", strip=False)
            content, plan = await asyncio.to_thread(self._plan, files[0]["body"], passphrase)
        except ExchangeRefused as refused:
            self.show_form(str(refused), failed="nhap")
            return
        upload_id = await asyncio.to_thread(uploads.keep, self.app.data, self.me, content)
        self.show(
            "exchange_plan.html",
            base=self.base,
            about=plan.manifest,
            counts=exchange.in_words(plan.counts),
            examples=plan.examples,
            notes=plan.notes,
            changes=plan.changes,
            upload_id=upload_id,
        )

    def _plan(self, content: bytes, passphrase: str) -> tuple[bytes, exchange.Plan]:
        opened = decrypted(content, passphrase)
        with self.reading() as session:
            return opened, exchange.plan(session, exchange.open_file(opened))


class Import(ExchangePage):
    async def post(self):
        upload_id = self.get_argument("tep", "")
        content = uploads.read(self.app.data, self.me, upload_id)
        try:
            receipt_id = await asyncio.to_thread(self._take_in, content)
        except ExchangeRefused as refused:
            self.show_form(str(refused), failed="nhap")
            return
        except ServerFull as full:
            raise Refused(507, str(full)) from None
        uploads.remove(self.app.data, self.me, upload_id)
        self.app.grading_queue.wake()
        self.flash("Đã nhập. Máy đã tự sao lưu trước khi nhập.")
        self.redirect(f"{self.base}/{receipt_id}")

    def _take_in(self, content: bytes) -> str:
        reader = exchange.open_file(content)
        return take_in(self.app.kit, self.app.data, self.app.database, reader, self.me).id


class Receipt(ExchangePage):
    def get(self, receipt_id):
        with self.reading() as session:
            receipt = session.get(ExchangeReceipt, receipt_id)
            if receipt is None:
                raise Refused(404, "Không có phiếu này.")
            by = session.get(Account, receipt.recorded_by) if receipt.recorded_by else None
        self.show(
            "exchange_receipt.html",
            base=self.base,
            receipt=receipt,
            by=by.display_name if by else "lệnh của người quản trị",
            direction=DIRECTIONS[receipt.direction],
            counts=exchange.in_words(receipt.counts),
        )


def routes(uuid):
    return [
        (base + rest, page)
        for base in ("/giang-vien/trao-doi", "/can-bo/trao-doi")
        for rest, page in (
            ("", Exchange),
            ("/xuat", Export),
            ("/xem", Preview),
            ("/nhap", Import),
            (f"/{uuid}", Receipt),
        )
    ]
