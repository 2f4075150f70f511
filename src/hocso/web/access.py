"""Who may do what: one row a route. `guarded` serves no route without one, `Page.prepare` asks it at every
request, and `tests/web/test_access.py` walks all of it.

Nobody is a browser in which nobody has signed in. A kernel is known by its token, all others by their cookie.
Handlers that are Jupyter's or tornado's own ask nothing here: their rows say what they do, and the test holds
them to it.
"""

import re
from dataclasses import dataclass

from tornado.web import RequestHandler

from hocso.records.accounts import ROLES

from .page import Page

NOBODY, LEARNER, KERNEL = "nobody", "learner", "kernel"
# The kernel of a board, which a trainer or one of the staff has opened.
CLASS_BOARD, STAFF_BOARD = "class board", "staff board"
STAFF = ("staff", "administrator")


@dataclass(frozen=True)
class Row:
    """`roles`: who may come. `own`: what must be theirs, at all of the route's methods: a class that the
    trainer opened, an attempt of the learner's, a kernel that was started for this browser. `limit`: how
    often an address may send its form, by the name in `limits.ALLOWANCES`."""

    roles: frozenset[str]
    own: str | None = None
    limit: str | None = None


class NoRow(Exception):
    """A route that the table does not know: it is not served."""


def only(*roles: str, own: str | None = None) -> Row:
    return Row(frozenset(roles), own)


EVERYBODY = only(NOBODY, LEARNER, *ROLES)

TABLE = {
    # the way in
    "/": EVERYBODY,
    "/healthz": EVERYBODY,
    "/tu-dien": EVERYBODY,
    "/vao-hoc": EVERYBODY,
    "/lop/*": EVERYBODY,
    "/the/*": EVERYBODY,
    "/vao-hoc/ten": Row(EVERYBODY.roles, limit="search"),
    "/vao-hoc/pin/*": Row(EVERYBODY.roles, limit="pin"),
    "/vao-hoc/dong-y": EVERYBODY,
    "/vao-hoc/doi-pin": only(LEARNER),
    "/vao-hoc/ma-rieng": only(LEARNER),
    "/vao-hoc/ghi-ten": Row(EVERYBODY.roles, limit="register"),
    "/ra": EVERYBODY,
    "/dang-nhap": Row(EVERYBODY.roles, limit="password"),
    # learning
    "/hoc/*/*": EVERYBODY,
    "/kiem-tra/*/*": only(LEARNER),
    "/ket-qua/*": only(LEARNER, own="attempt"),
    "/ket-qua/*/cham-lai": only(LEARNER, own="attempt"),
    "/chung-nhan/*.pdf": only(LEARNER),
    "/du-lieu-cua-toi": only(LEARNER),
    "/du-lieu-cua-toi/tai-ve": only(LEARNER),
    "/du-lieu-cua-toi/xoa": only(LEARNER),
    "/xac-nhan": EVERYBODY,
    "/xac-nhan/*": EVERYBODY,
    "/api/place": only(LEARNER),
    # what a kernel says
    "/api/state": only(KERNEL),
    "/api/events": only(KERNEL),
    "/api/attempts": only(KERNEL),
    # trainers
    "/giang-vien": only("trainer"),
    "/giang-vien/lop/*": only("trainer", own="class"),
    "/giang-vien/lop/*/chieu": only("trainer", own="class"),
    "/giang-vien/lop/*/bang": only("trainer", own="class"),
    "/giang-vien/lop/*/the": only("trainer", own="class"),
    "/giang-vien/lop/*/danh-sach-ky": only("trainer", own="class"),
    "/giang-vien/lop/*/ap-phich": only("trainer", own="class"),
    "/giang-vien/lop/*/*": only("trainer", own="class"),
    "/giang-vien/lop/*/sua": only("trainer", own="class"),
    "/giang-vien/lop/*/xoa": only("trainer", own="class"),
    "/giang-vien/lop/*/chung-nhan": only("trainer", own="class"),
    "/giang-vien/lop/*/theo-doi": only("trainer", own="class"),
    "/giang-vien/lop/*/diem-danh": only("trainer", own="class"),
    "/giang-vien/lop/*/diem-danh/tim": only("trainer", own="class"),
    "/giang-vien/lop/*/diem-danh/co-mat": only("trainer", own="class"),
    "/giang-vien/lop/*/diem-danh/ghi-ten": only("trainer", own="class"),
    "/giang-vien/lop/*/diem-danh/*/dua-ra": only("trainer", own="class"),
    "/giang-vien/lop/*/diem-danh/*/dua-vao": only("trainer", own="class"),
    "/giang-vien/lop/*/danh-sach": only("trainer", own="class"),
    "/giang-vien/lop/*/danh-sach/tim": only("trainer", own="class"),
    "/giang-vien/lop/*/danh-sach/them": only("trainer", own="class"),
    "/giang-vien/lop/*/danh-sach/tu-lan-nhap": only("trainer", own="class"),
    "/giang-vien/lop/*/danh-sach/tu-lop": only("trainer", own="class"),
    "/giang-vien/lop/*/danh-sach/*/bo": only("trainer", own="class"),
    "/giang-vien/lop/*/danh-sach/*/dua-lai": only("trainer", own="class"),
    "/giang-vien/lop/*/bai-giay": only("trainer", own="class"),
    "/giang-vien/lop/*/bai-giay/in": only("trainer", own="class"),
    "/giang-vien/lop/*/bai-giay/mo": only("trainer", own="class"),
    "/giang-vien/lop/*/bai-giay/bang/*": only("trainer", own="class"),
    "/giang-vien/lop/*/bai-giay/*": only("trainer", own="class"),
    "/giang-vien/lop/*/bai-giay/*/cham-lai": only("trainer", own="class"),
    "/giang-vien/nguoi-hoc": only("trainer"),
    "/giang-vien/nguoi-hoc/*/mo-khoa": only("trainer"),
    "/giang-vien/nguoi-hoc/*/cap-lai-pin": only("trainer"),
    "/giang-vien/trinh-chieu": only("trainer", *STAFF),
    "/giang-vien/trinh-chieu/*/*": only("trainer", *STAFF),
    "/giang-vien/trinh-chieu/*/*/ghi-chu": only("trainer", *STAFF),
    # the same for trainers and staff, each at an address of their own
    "/giang-vien/danh-sach": only("trainer"),
    "/giang-vien/danh-sach/mau.xlsx": only("trainer"),
    "/giang-vien/danh-sach/nhap": only("trainer"),
    "/giang-vien/danh-sach/*": only("trainer"),
    "/giang-vien/danh-sach/*/hoan-tac": only("trainer"),
    "/can-bo/danh-sach": only(*STAFF),
    "/can-bo/danh-sach/mau.xlsx": only(*STAFF),
    "/can-bo/danh-sach/nhap": only(*STAFF),
    "/can-bo/danh-sach/*": only(*STAFF),
    "/can-bo/danh-sach/*/hoan-tac": only(*STAFF),
    # staff see the list of any class, and nothing else of it
    "/can-bo/lop": only(*STAFF),
    "/can-bo/lop/*/danh-sach": only(*STAFF),
    "/can-bo/lop/*/danh-sach/tim": only(*STAFF),
    "/can-bo/lop/*/danh-sach/them": only(*STAFF),
    "/can-bo/lop/*/danh-sach/tu-lan-nhap": only(*STAFF),
    "/can-bo/lop/*/danh-sach/tu-lop": only(*STAFF),
    "/can-bo/lop/*/danh-sach/*/bo": only(*STAFF),
    "/can-bo/lop/*/danh-sach/*/dua-lai": only(*STAFF),
    "/giang-vien/trao-doi": only("trainer"),
    "/giang-vien/trao-doi/xuat": only("trainer"),
    "/giang-vien/trao-doi/xem": only("trainer"),
    "/giang-vien/trao-doi/nhap": only("trainer"),
    "/giang-vien/trao-doi/*": only("trainer"),
    "/can-bo/trao-doi": only(*STAFF),
    "/can-bo/trao-doi/xuat": only(*STAFF),
    "/can-bo/trao-doi/xem": only(*STAFF),
    "/can-bo/trao-doi/nhap": only(*STAFF),
    "/can-bo/trao-doi/*": only(*STAFF),
    # what a board asks; the class is in the token
    "/api/bang/lop": only(CLASS_BOARD),
    "/api/bang/lop/*/*": only(CLASS_BOARD),
    "/api/bang/chi-tieu": only(STAFF_BOARD),
    "/api/bang/chi-tieu/*/con-thieu": only(STAFF_BOARD),
    # staff
    "/can-bo": only(*STAFF),
    "/can-bo/hoan-thanh.*": only(*STAFF),
    "/can-bo/chi-tieu": only(*STAFF),
    "/can-bo/chi-tieu/*": only(*STAFF),
    "/can-bo/chi-tieu/*/*": only(*STAFF),
    "/can-bo/chi-tieu/kenh/*": only(*STAFF),
    "/can-bo/chi-tieu/chot": only(*STAFF),
    "/can-bo/chi-tieu/bao-cao.*": only(*STAFF),
    "/can-bo/bang": only(*STAFF),
    "/can-bo/lich": only(*STAFF),
    "/can-bo/lich.ics": only(*STAFF),
    "/can-bo/chung-nhan": only(*STAFF),
    "/can-bo/chung-nhan.xlsx": only(*STAFF),
    "/can-bo/chung-nhan/*/thu-hoi": only(*STAFF),
    "/can-bo/chung-nhan/*/cap-lai": only(*STAFF),
    "/can-bo/nguoi-hoc": only(*STAFF),
    "/can-bo/nguoi-hoc/*": only(*STAFF),
    "/can-bo/nguoi-hoc/*/sua": only(*STAFF),
    "/can-bo/nguoi-hoc/*/chuyen": only(*STAFF),
    "/can-bo/nguoi-hoc/*/du-lieu": only(*STAFF),
    "/can-bo/nguoi-hoc/*/xoa": only(*STAFF),
    "/can-bo/nguoi-hoc/*/truyen-thong": only(*STAFF),
    "/can-bo/truyen-thong": only(*STAFF),
    "/can-bo/trung-nhau": only(*STAFF),
    "/can-bo/so": only(*STAFF),
    "/can-bo/dan-so": only(*STAFF),
    "/can-bo/so/*": only(*STAFF),
    "/can-bo/so/ngay-nghi/nam": only(*STAFF),
    "/can-bo/so/*.xlsx": only(*STAFF),
    "/can-bo/so/*/them": only(*STAFF),
    "/can-bo/so/*/sua/*": only(*STAFF),
    "/can-bo/so/*/bo/*": only(*STAFF),
    "/can-bo/so/*/lay-lai/*": only(*STAFF),
    "/can-bo/so/*/nhap": only(*STAFF),
    # administrators
    "/quan-tri/tai-khoan": only("administrator"),
    "/quan-tri/tai-khoan/*/mat-khau": only("administrator"),
    "/quan-tri/tai-khoan/*/vai-tro": only("administrator"),
    "/quan-tri/tai-khoan/*/khoa": only("administrator"),
    "/quan-tri/nhat-ky": only(*STAFF),
    "/quan-tri/nhat-ky.csv": only(*STAFF),
    # the browser's own kernel
    "/api/kernels/*": Row(EVERYBODY.roles, own="kernel"),
    "/api/kernels/*/channels": Row(EVERYBODY.roles, own="kernel"),
    "/voila/api/shutdown/*": Row(EVERYBODY.roles, own="kernel"),
    # files in which nothing is anybody's
    "/static/*": EVERYBODY,
    "/hoc/*": EVERYBODY,
    "/voila/static/*": EVERYBODY,
    "/voila/api/themes/*": EVERYBODY,
    "/voila/labextensions/*": EVERYBODY,
    "/favicon.ico": EVERYBODY,
}


def address(pattern: str) -> str:
    """A route's pattern as it stands in the table: each group is a `*`."""
    return re.sub(r"\((?:[^()]|\([^()]*\))*\)", "*", pattern).replace("\\", "")


def guarded(routes: list[tuple]) -> list[tuple]:
    """The routes, each page with its row. Raises NoRow."""
    return [_with_row(*route) for route in routes]


def _with_row(pattern: str, handler: type[RequestHandler], options: dict | None = None) -> tuple:
    row = TABLE.get(address(pattern))
    if row is None:
        raise NoRow(f"{address(pattern)} ({handler.__name__}) has no row in web/access.py")
    return pattern, handler, (options or {}) | ({"access": row} if issubclass(handler, Page) else {})
