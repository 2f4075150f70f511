"""Signing in with user name and password, for trainers and staff."""

import asyncio

from hocso.records import accounts

from .identity import Visitor
from .page import Page

HOME_OF = {"trainer": "/giang-vien", "staff": "/can-bo", "administrator": "/quan-tri/tai-khoan"}


class AccountSignIn(Page):
    def get(self):
        self.show("account.html", error=None, username="", tiep=self.next_path(""))

    async def post(self):
        username, password = self.get_argument("username", ""), self.get_argument("password", "", strip=False)
        visitor, role = await asyncio.to_thread(self._check, username, password)
        if visitor is None:
            self.set_status(403)
            error = (
                "Tên đăng nhập hoặc mật khẩu chưa đúng. Sai 10 lần thì tài khoản tạm khóa 15 phút. "
                "Quên mật khẩu thì nhờ người quản trị đặt lại."
            )
            self.show("account.html", error=error, username=username, tiep=self.next_path(""))
            return
        await self.sign_in(visitor)
        self.redirect(self.next_path(HOME_OF[role]))

    def _check(self, username, password):
        with self.writing_in_thread() as session:
            account = accounts.check_password(session, username, password)
            if account is None:
                return None, None
            return Visitor.new(account_id=account.id, account_seal=accounts.seal(account)), account.role


def routes():
    return [(r"/dang-nhap", AccountSignIn)]
