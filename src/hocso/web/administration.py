"""What administrators see to: accounts; and, for staff too, who has looked at names."""

import asyncio

from hocso.records import AccountRefused, access, accounts
from hocso.reports.files import csv_content

from .page import AccountPage, Refused, local
from .staff import day

SHOWN = 500
LOG_FIELDS = ("tu", "den", "tai-khoan")


class AccountList(AccountPage):
    """All accounts. A new password is made here, and shown once."""

    def show_accounts(self, *, told=None, error=None, form=None):
        """`told`: (user name, new password)."""
        with self.reading() as session:
            found = [
                {
                    "id": one.id,
                    "username": one.username,
                    "name": one.display_name,
                    "role": one.role,
                    "closed": accounts.is_closed(one),
                    "mine": one.id == self.me,
                }
                for one in accounts.listed(session)
            ]
        form = form or {"username": "", "display_name": "", "role": "trainer"}
        self.show("accounts.html", accounts=found, roles=accounts.ROLES, told=told, error=error, form=form)


class Accounts(AccountList):
    def get(self):
        self.show_accounts()

    async def post(self):
        form = {name: self.get_argument(name, "") for name in ("username", "display_name", "role")}
        password = accounts.new_password()
        try:
            username = await asyncio.to_thread(self._add, form, password)
        except AccountRefused as refused:
            self.set_status(422)
            self.show_accounts(error=str(refused), form=form)
            return
        self.show_accounts(told=(username, password))

    def _add(self, form, password):
        with self.writing_in_thread() as session:
            return accounts.create_account(session, password=password, **form).username


class NewPassword(AccountList):
    """For who has forgotten theirs; it also opens a closed account."""

    async def post(self, account_id):
        password = accounts.new_password()
        username = await asyncio.to_thread(self._change, account_id, password)
        self.show_accounts(told=(username, password))

    def _change(self, account_id, password):
        with self.writing_in_thread() as session:
            accounts.change_password(session, account_id, password)
            return accounts.get(session, account_id).username


class OthersAccount(AccountPage):
    """Something done to an account of somebody else's: an administrator always remains."""

    async def change(self, account_id, how, *arguments) -> None:
        if account_id == self.me:
            raise Refused(422, "Anh chị không đổi được tài khoản đang dùng. Mời nhờ người quản trị khác.")
        async with self.writing() as session:
            how(session, account_id, *arguments)
            username = accounts.get(session, account_id).username
        self.flash(f"Đã lưu tài khoản {username}.")
        self.redirect("/quan-tri/tai-khoan")


class ChangeRole(OthersAccount):
    async def post(self, account_id):
        await self.change(account_id, accounts.change_role, self.get_argument("role", ""))


class CloseAccount(OthersAccount):
    async def post(self, account_id):
        await self.change(account_id, accounts.close)


class AccessLog(AccountPage):
    """Who looked at names, when and of what."""

    def get(self):
        chosen = {name: self.get_argument(name, "") for name in LOG_FIELDS}
        with self.reading() as session:
            rows = self.entries(session, SHOWN)
            people = [(one.id, one.username) for one in accounts.listed(session)]
        self.show(
            "access_log.html",
            rows=rows,
            most=SHOWN,
            accounts=people,
            form=chosen,
            query=self.request.query,
        )

    def entries(self, session, most=None):
        return access.entries(
            session,
            day(self.get_argument("tu", "")),
            day(self.get_argument("den", "")),
            self.get_argument("tai-khoan", "") or None,
            most,
        )


class AccessLogFile(AccessLog):
    async def get(self):
        self.send_file(await asyncio.to_thread(self._content), "nhat-ky-xem-ten", "csv")

    def _content(self) -> bytes:
        with self.reading() as session:
            rows = self.entries(session)
        lines = (
            (local(row["at"]).replace(tzinfo=None, microsecond=0), *list(row.values())[1:]) for row in rows
        )
        return csv_content(("Lúc", "Tài khoản", "Việc", "Của"), lines)


def routes(uuid):
    return [
        (r"/quan-tri/tai-khoan", Accounts),
        (rf"/quan-tri/tai-khoan/{uuid}/mat-khau", NewPassword),
        (rf"/quan-tri/tai-khoan/{uuid}/vai-tro", ChangeRole),
        (rf"/quan-tri/tai-khoan/{uuid}/khoa", CloseAccount),
        (r"/quan-tri/nhat-ky", AccessLog),
        (r"/quan-tri/nhat-ky\.csv", AccessLogFile),
    ]
