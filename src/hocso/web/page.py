"""What all our pages share: who is there, the database, rendering, and errors in plain Vietnamese."""

import asyncio
import json
import os
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

from jinja2 import pass_context
from tornado.web import HTTPError, RequestHandler

from hocso.course import UnknownLesson, UnknownQuiz, UnknownTrack
from hocso.records import (
    Account,
    Learner,
    RecordsError,
    StorageBusy,
    StorageDamaged,
    StorageFull,
    UnknownRecord,
    accounts,
    classes,
    learners,
    merging,
    settings,
    text,
)
from hocso.records.clock import VIETNAM
from hocso.records.database import BUSY_TIMEOUT_S
from hocso.records.secret_words import fitting

from .identity import COOKIE, Visitor, read_visitor, write_visitor

FLASH = "hocso-tin"
# For the hashes of PINs: a class that signs in leaves a core to all others.
HASHING = ThreadPoolExecutor(max(1, (os.cpu_count() or 1) - 1), "hashing")
LITTLE_ROOM_MB = 200
# How long a page waits to write what it can do without.
SHORT_WAIT_S = 1.0
HOST = re.compile(r"[\w.:\[\]-]+", re.ASCII)
SAFE_PATH = re.compile(r"/(?!/)[a-z0-9/_-]*")

MESSAGES = {
    400: "Dữ liệu gửi lên chưa đúng. Mời bà con quay lại và thử lần nữa.",
    403: "Trang này không dành cho bà con, hoặc trang đã mở quá lâu. Mời tải lại trang rồi thử lại.",
    404: "Không tìm thấy trang này. Mời bà con về trang đầu để chọn bài.",
    405: "Thao tác này không dùng được ở đây. Mời bà con về trang đầu.",
    500: "Máy chủ gặp lỗi. Việc đã lưu không mất. Mời bà con thử lại; nếu vẫn lỗi, báo giảng viên.",
    503: "Lớp đang rất đông. Mời bà con chờ một phút rồi tải lại trang.",
    507: "Máy chủ đã hết chỗ lưu. Những gì đã lưu vẫn còn. Xin báo giảng viên dọn bớt ổ đĩa.",
}
# Who looks at names is written down first, and a quiz that is opened is an attempt.
NOT_OPENED = (
    "Máy chủ đã hết chỗ lưu, nên chưa mở được trang này: trang có tên người hay bài kiểm tra thì mỗi lần mở "
    "phải ghi lại. Các trang khác vẫn xem được. Dọn bớt ổ đĩa của máy chủ rồi tải lại trang."
)
MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "ics": "text/calendar; charset=utf-8",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
STATUS_OF = ((StorageFull, 507), (StorageBusy, 503), (StorageDamaged, 500), (UnknownRecord, 404))


class Refused(HTTPError):
    """An error whose `message` (Vietnamese) is shown to the person as it stands; `retry_after`: seconds."""

    def __init__(self, status: int, message: str, retry_after: int | None = None):
        super().__init__(status)
        self.message = message
        self.retry_after = retry_after


def status_and_message(error: BaseException | None, status: int) -> tuple[int, str]:
    """What to answer for an error that ended a request."""
    if isinstance(error, UnknownLesson | UnknownQuiz | UnknownTrack):
        return 404, "Không có bài học này. Mời bà con về trang đầu để chọn bài."
    if isinstance(error, RecordsError):
        return next((code for kind, code in STATUS_OF if isinstance(error, kind)), 422), str(error)
    if isinstance(error, Refused):
        return status, error.message
    return status, MESSAGES.get(status, MESSAGES[500] if status >= 500 else MESSAGES[400])


class Page(RequestHandler):
    """A server-rendered page. `self.visitor` is None for a browser that has not been here. `access`: the row
    of `web.access` that says who may come."""

    visitor: Visitor | None = None  # where the request ends before anybody asked who it is

    def initialize(self, access):
        self.access = access

    def prepare(self):
        self.visitor = read_visitor(self)
        if self.access.limit and self.request.method == "POST":
            self._not_too_often(self.access.limit)
        if "nobody" not in self.access.roles:
            role = self.who()
            if role not in self.access.roles:
                self.turn_away(role)

    def _not_too_often(self, limit: str) -> None:
        seconds = self.settings["limits"].wait(limit, self.request.remote_ip)
        if seconds:
            minutes = -(-seconds // 60)
            raise Refused(
                429,
                f"Mạng này vừa gửi quá nhiều lần. Mời bà con chờ {minutes} phút rồi thử lại.",
                retry_after=seconds,
            )

    def who(self) -> str:
        """The role of who is at this browser: an account's, "learner" or "nobody"; `me` is their id."""
        with self.reading() as session:
            account = self.account(session)
            if account is not None:
                self.me = account.id
                return account.role
            learner = self.learner(session)
            if learner is None:
                return "nobody"
            self.me = learner.id
            return "learner"

    def turn_away(self, role: str) -> None:
        """Ask who may not come to sign in as somebody who may. Raises Refused for another account's page."""
        if "learner" in self.access.roles:
            self.ask_to_sign_in()
        elif role in accounts.ROLES:
            raise Refused(403, "Tài khoản này không được mở trang này. Mời đăng nhập bằng tài khoản khác.")
        else:
            if self.expired():
                self.flash("Phiên làm việc đã hết hạn. Mời đăng nhập lại.")
            self.redirect(f"/dang-nhap?tiep={self.request.path}")

    def set_default_headers(self):
        self.set_header("Cache-Control", "no-store")
        self.allow_scripts("'self'")

    def allow_scripts(self, sources: str) -> None:
        """Which scripts the page may run; none that stand in the page itself."""
        # For Safari before 15.4 and Chrome before 70 a websocket of this server is not 'self'.
        scheme = "wss" if self.request.protocol == "https" else "ws"
        sockets = f"{scheme}://{self.request.host}" if HOST.fullmatch(self.request.host) else ""
        self.set_header(
            "Content-Security-Policy",
            f"default-src 'self'; script-src {sources}; style-src 'self' 'unsafe-inline'; "
            "img-src 'self' data: blob:; font-src 'self' data:; object-src 'none'; "
            f"connect-src 'self' {sockets}; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
        )

    def static_url(self, path, include_host=None, **_options):
        return self.app.assets.url(path)

    @property
    def app(self):
        return self.settings["hocso"]

    @property
    def catalogue(self):
        return self.app.catalogue

    def writing(self, wait_s: float = BUSY_TIMEOUT_S):
        """A transaction: committed at the end of the `async with` block, rolled back on an error. Only one
        runs at a time, so nothing is rendered or awaited inside it. While it waits for its turn the server
        answers others; after `wait_s` seconds it raises StorageBusy."""
        return self.app.database.turn(wait_s)

    def writing_in_thread(self):
        """The same for what `asyncio.to_thread` runs: an ordinary `with` block, and the thread waits."""
        return self.app.database.session()

    def reading(self):
        """A look at the records that waits for nobody."""
        return self.app.database.session(readonly=True)

    def learner(self, session) -> Learner | None:
        """The learner who is signed in at this browser; nobody once their own PIN is another."""
        if self.visitor is None or self.visitor.learner_id is None or self.has_left(session):
            return None
        entry = session.get(Learner, self.visitor.learner_id)
        if entry is None or learners.seal(entry) != self.visitor.learner_seal:
            return None
        found = merging.person_of(session, entry.id)
        return None if found.is_removed else found

    def class_session_id(self, session) -> str | None:
        """The class that what is done at this browser now belongs to."""
        return classes.counted_for(session, self.visitor.class_session_id) if self.visitor else None

    def account(self, session) -> Account | None:
        """The trainer or member of staff who is signed in at this browser; nobody once the account was closed
        or has another password."""
        if self.visitor is None or self.visitor.account_id is None or self.has_left(session):
            return None
        account = session.get(Account, self.visitor.account_id)
        return account if account and accounts.seal(account) == self.visitor.account_seal else None

    def has_left(self, session) -> bool:
        """Whether this browser's visit has ended: its cookie is a copy, or on its way since before."""
        return self.app.departures.has(session, self.visitor.id)

    def set_cookie(self, name, value, *arguments, **options):
        """Behind TLS no cookie ever travels without it."""
        options.setdefault("secure", self.request.protocol == "https")
        super().set_cookie(name, value, *arguments, **options)

    async def hashing(self, work, *values):
        """What `work` makes of the values, in a thread: the hash of a PIN takes long."""
        return await asyncio.get_running_loop().run_in_executor(HASHING, work, *values)

    async def pins_that_fit(self, learner_id: str, pin: str) -> frozenset[str]:
        """The `fits` of `learners.check_pin`. Raises UnknownRecord."""
        with self.reading() as session:
            hashes = learners.pin_hashes(session, learner_id)
        return await self.hashing(fitting, hashes, pin)

    async def sign_in(self, visitor: Visitor) -> None:
        before, self.visitor = self.visitor, visitor
        write_visitor(self, visitor)
        if before is not None and (before.learner_id or before.account_id):
            await self.app.departures.note(before.id)

    async def sign_in_learner(self, learner_id: str, class_session_id: str | None) -> None:
        with self.reading() as session:
            seal = learners.seal(learners.get(session, learner_id))
        await self.sign_in(
            Visitor.new(learner_id=learner_id, learner_seal=seal, class_session_id=class_session_id)
        )

    def expired(self) -> bool:
        """Whether this browser brings a cookie that is no longer good."""
        return self.visitor is None and self.get_cookie(COOKIE) is not None

    def page_number(self) -> int:
        """The page of a long list that is asked for; the first where none is, or none that can be."""
        wanted = self.get_argument("trang", "1")
        return max(1, int(wanted)) if wanted.isdecimal() and len(wanted) < 6 else 1

    def next_path(self, default: str = "/") -> str:
        """Where to go on after signing in: a path of this site only."""
        path = self.get_argument("tiep", "")
        return path if SAFE_PATH.fullmatch(path) else default

    def ask_to_sign_in(self) -> None:
        if self.expired():
            self.flash("Phiên học đã hết hạn. Mời bà con vào lại; bài đã làm vẫn còn.")
        self.redirect(f"/vao-hoc?tiep={self.request.path}")

    def flash(self, text: str) -> None:
        """Show `text` on the next page."""
        self.set_signed_cookie(FLASH, json.dumps(text), expires_days=None, httponly=True, samesite="Lax")

    def _take_flash(self) -> str | None:
        raw = self.get_signed_cookie(FLASH)
        if raw is None:
            return None
        self.clear_cookie(FLASH)
        return json.loads(raw)

    def page(self, template: str, **values) -> str:
        """The HTML of a page template with what every page shows."""
        with self.reading() as session:
            learner, account = self.learner(session), self.account(session)
            common = {
                "commune": settings.get(session, "commune_name"),
                "province": settings.get(session, "province_name"),
                "sample": settings.get(session, "sample_data"),
                "learner_name": learner.full_name if learner else None,
                "account_name": account.display_name if account else None,
                "account_role": account.role if account else None,
                "room_left_mb": little_room(self.app.data) if account else None,
            }
        return (
            self.settings["pages"]
            .get_template(template)
            .render(
                common
                | {"static_url": self.static_url, "xsrf": self.xsrf_form_html(), "flash": self._take_flash()}
                | values
            )
        )

    def show(self, template: str, **values) -> None:
        self.finish(self.page(template, **values))

    def send_file(self, content: bytes, name: str, kind: str, inline: bool = False) -> None:
        """Answer with a file that is saved as `name`.`kind` (of MEDIA); `inline`: the browser shows it."""
        how = "inline" if inline else "attachment"
        self.set_header("Content-Type", MEDIA[kind])
        self.set_header("Content-Disposition", f'{how}; filename="{name}.{kind}"')
        self.finish(content)

    def write_error(self, status_code, **kwargs):
        error = kwargs.get("exc_info", (None, None, None))[1]
        status, message = status_and_message(error, status_code)
        if isinstance(error, StorageFull) and self.request.method == "GET":
            message = NOT_OPENED
        self.set_status(status)
        if isinstance(error, Refused) and error.retry_after:
            self.set_header("Retry-After", str(error.retry_after))
        try:
            self.show("error.html", status=status, message=message)
        except Exception:
            # The database itself may be what failed: a page that needs nothing.
            self.app.log.exception("The error page failed")
            self.set_header("Content-Type", "text/html; charset=utf-8")
            self.finish(f"<!doctype html><html lang=vi><title>Học Số</title><p>{message}</p>")

    def log_exception(self, kind, value, trace):
        """Our own refusals are one line; the unexpected has its trace; neither names a person."""
        if isinstance(value, HTTPError | UnknownLesson | UnknownQuiz | UnknownTrack):
            return
        if isinstance(value, RecordsError):
            self.app.log.error(
                "%s: %s %s", type(value).__name__, self.request.method, without_words(self.request.path)
            )
            return
        self.app.log.error(
            "Lỗi ở %s %s",
            self.request.method,
            without_words(self.request.path),
            exc_info=(kind, value, trace),
        )


class NotFound(Page):
    """Any address that we don't know."""

    def prepare(self):
        super().prepare()
        raise HTTPError(404)


class AccountPage(Page):
    """A page for those who sign in with a user name."""

    def whose(self) -> str | None:
        """Whose classes and rosters this account may see here; None: everybody's."""
        return self.me


class SharedPage(AccountPage):
    """The same page for trainers, who see their own, and for staff, who see all; `base` is where it is for
    whoever asks: /giang-vien/lop, /can-bo/lop."""

    def prepare(self):
        self.base = "/" + "/".join(self.request.path.split("/")[1:3])
        self.of_staff = self.base.startswith("/can-bo/")
        super().prepare()

    def whose(self):
        return None if self.of_staff else self.me


def little_room(data: Path) -> int | None:
    """How many MiB are left for the data folder, where that is too little to go on for long; else None."""
    left = shutil.disk_usage(data).free // 2**20
    return left if left < LITTLE_ROOM_MB else None


def without_words(path: str) -> str:
    """An address as it is logged: what was typed into it, a name perhaps, is left out."""
    return re.sub(r"[^/]*[^/\w.~-][^/]*", "…", path, flags=re.ASCII)


def local(moment: datetime) -> datetime:
    """An aware moment on the clock of Việt Nam."""
    return moment.astimezone(VIETNAM)


def vietnamese_filters() -> dict:
    """Template filters: dates as 24/11/2026, numbers as 1.234,5."""

    def day(value):
        return (local(value) if isinstance(value, datetime) else value).strftime("%d/%m/%Y")

    def moment(value):
        return local(value).strftime("%H:%M ngày %d/%m/%Y")

    @pass_context
    def asset(context, path):
        return context["static_url"](path)

    return {
        "day": day,
        "moment": moment,
        "number": text.number,
        "whole_percent": lambda share: f"{text.whole_percent(share)}%",
        "exact_percent": text.exact_percent,
        "rate": text.rate,
        "asset": asset,
    }
