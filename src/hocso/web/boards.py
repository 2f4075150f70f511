"""The apps in voila_apps/: their pages, and the API that their kernels ask."""

import asyncio
from pathlib import Path

from markupsafe import Markup

from hocso import kpi
from hocso.records import Account, access, accounts, classes, live
from hocso.records.clock import VIETNAM, utc_now

from .api import KernelApi, moment
from .kpi import IndicatorPage
from .learning import NotebookPage
from .page import Refused
from .tokens import BoardPass
from .trainer import TrainerPage, new_pin, unlock

HOOKS = "hocso.boards.visits"
KPI_APP, CLASS_APP = "chi-tieu.ipynb", "lop-hoc.ipynb"
MOST_NAMES = 500
# As `web.access` calls them, which imports our pages.
BOARD_OF = {"trainer": "class board", "staff": "staff board", "administrator": "staff board"}


def apps(kit: Path) -> list[Path]:
    """The notebooks of all apps."""
    return sorted((kit / "voila_apps").glob("*.ipynb"))


class AppPage(NotebookPage):
    """An app that Voilà's front end draws, among our pages."""

    template = "app.html"
    tokens = "board_tokens"

    async def show_app(self, name: str, page: dict, state: dict, class_id: str | None = None) -> None:
        """The app in the notebook `name`; `state` is for its board, `page` for our template."""
        allowed = BoardPass(self.me, self.visitor.account_seal, class_id)
        await self.show_notebook(self.app.kit / "voila_apps" / name, page | {"mode": "app"}, allowed, state)

    def around(self, body, page, kernel_id, visit):
        values = page | {"kernel_id": kernel_id, "front_end": self.front_end(kernel_id)}
        return self.page(self.template, body=Markup(body), **values)


class KpiApp(IndicatorPage, AppPage):
    async def get(self):
        period = self.period()
        self.app.figures.begin(period)
        page = {
            "title": "Bảng chỉ tiêu",
            "back": f"/can-bo/chi-tieu?ky={period.name}",
            "back_words": "Các chỉ tiêu",
            "without": "/can-bo/chi-tieu",
        }
        await self.show_app(KPI_APP, page, {"period": period.name})


class BoardApi(KernelApi):
    """What a board's kernel asks, with the token of an account that still has its role."""

    tokens = "board_tokens"

    def role_of_token(self):
        with self.reading() as session:
            account = session.get(Account, self.allowed.account_id)
            there = account is not None and accounts.seal(account) == self.allowed.account_seal
            return BOARD_OF.get(account.role, "nobody") if there else "nobody"

    def turn_away(self, role):
        raise Refused(403, "Tài khoản này không còn được xem bảng này. Mời đăng nhập lại.")


class KpiFigures(BoardApi):
    async def get(self):
        period = kpi.Period.named(self.get_argument("ky"))
        self.answer(200, **await self.app.figures.get(period, self.get_argument("moi", "0") == "1"))


class KpiMissing(BoardApi):
    """Who is not counted yet: names, so each look is noted."""

    async def get(self, code):
        period, one = kpi.Period.named(self.get_argument("ky")), kpi.indicator(code)
        hamlet = self.get_argument("ap", "") or None
        phones = one.of_people and self.get_argument("dt", "0") == "1"
        if one.of_people:
            about = " ".join(filter(None, (one.code, period.name, hamlet, "điện thoại" if phones else "")))
            async with self.writing() as session:
                access.note(session, "kpi-names", about[:300], self.allowed.account_id)
        rows = await asyncio.to_thread(self._rows, period, one, hamlet, phones)
        self.answer(200, unit=one.unit, count=len(rows), rows=rows[:MOST_NAMES])

    def _rows(self, period, one, hamlet, phones) -> list[dict]:
        with self.reading() as session:
            table = kpi.missing(session, self.catalogue, period, one.code, hamlet, phones)
        return table.to_dict("records")


class ClassApp(TrainerPage, AppPage):
    async def get(self, class_id):
        await self.note_look(class_id, "theo-doi")
        with self.reading() as session:
            one = self.own_class(session, class_id)
        page = {
            "title": f"Theo dõi lớp {one.code}",
            "back": f"/giang-vien/lop/{one.id}",
            "back_words": f"Lớp {one.place}",
            "without": f"/giang-vien/lop/{one.id}",
        }
        await self.show_app(CLASS_APP, page, {}, one.id)


class ClassApi(BoardApi):
    """What the live board of one class asks; the token names the class."""

    @property
    def class_id(self) -> str:
        if self.allowed.class_session_id is None:
            raise Refused(403, "Bảng này không phải của một lớp.")
        return self.allowed.class_session_id


class ClassNews(ClassApi):
    async def get(self):
        since = self.get_argument("sau", "")
        news = await asyncio.to_thread(self._news, moment(since) if since else None)
        self.answer(200, **news)

    def _news(self, since) -> dict:
        now = utc_now()
        with self.reading() as session:
            lessons = self.catalogue.still_there(classes.get(session, self.class_id).lesson_ids)
            people = live.people(session, self.class_id, now)
            not_here = live.not_here(session, self.class_id)
            happened, seen = live.events(session, self.catalogue, self.class_id, since)
            missed = live.missed(session, self.catalogue, self.class_id)
        return {
            "now": now.isoformat(),
            "clock": f"{now.astimezone(VIETNAM):%H:%M:%S}",
            "since": seen and seen.isoformat(),
            "lessons": [about_lesson(lesson) for lesson in lessons],
            "people": [one | {"checked_in_at": one["checked_in_at"].isoformat()} for one in people],
            "not_here": not_here,
            "events": [one | {"occurred_at": one["occurred_at"].isoformat()} for one in happened],
            "missed": missed,
        }


def about_lesson(lesson) -> dict:
    return {
        "id": lesson.id,
        "title": lesson.title,
        "steps": [{"id": step.id, "title": step.title} for step in lesson.steps],
        "exercises": list(lesson.required_exercises),
        "quiz_id": lesson.quiz_id,
    }


class HelpOnBoard(ClassApi):
    """Unlock a name or give a new PIN: only of somebody in this class."""

    async def post(self, learner_id, what):
        pin = await asyncio.to_thread(self._help, learner_id, what)
        self.answer(200, pin=pin)

    def _help(self, learner_id, what) -> str | None:
        with self.writing_in_thread() as session:
            if learner_id not in {one.id for one in classes.present(session, self.class_id)}:
                raise Refused(404, "Người này không có trong lớp.")
            if what == "cap-pin":
                return new_pin(session, learner_id, self.allowed.account_id)[1]
            unlock(session, learner_id, self.allowed.account_id)
        return None


def routes(uuid):
    return [
        (rf"/giang-vien/lop/{uuid}/theo-doi", ClassApp),
        (r"/can-bo/bang", KpiApp),
        *api_routes(uuid),
    ]


def api_routes(uuid):
    """What the boards' kernels ask."""
    return [
        (r"/api/bang/lop", ClassNews),
        (rf"/api/bang/lop/{uuid}/(mo-khoa|cap-pin)", HelpOnBoard),
        (r"/api/bang/chi-tieu", KpiFigures),
        (r"/api/bang/chi-tieu/([A-Za-z][0-9])/con-thieu", KpiMissing),
    ]
