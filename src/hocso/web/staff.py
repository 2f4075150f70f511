"""The staff's page: what is due next, completion rates, and the export as a download."""

import asyncio
import io
from datetime import date, datetime

from hocso.kpi import as_dicts, calendar, current_period
from hocso.kpi.working_days import WorkingDays
from hocso.records import access, completions, hamlets, learners
from hocso.records.clock import VIETNAM
from hocso.reports import completions as report

from .page import AccountPage, Refused

FIELDS = ("tu", "den", "track", "hamlet", "group")


class StaffPage(AccountPage):
    def on_finish(self):
        if self.request.method == "POST":
            self.app.figures.forget()

    def chosen(self) -> dict[str, str]:
        """What stands in the fields of the form."""
        return {name: self.get_argument(name, "").strip() for name in FIELDS}

    def filters(self) -> dict:
        """The filters of the form (empty = all). Raises Refused for a date that is none."""
        chosen = self.chosen()
        return {
            "since": day(chosen["tu"]),
            "until": day(chosen["den"]),
            "track": chosen["track"] or None,
            "hamlet": chosen["hamlet"] or None,
            "group": chosen["group"] or None,
        }


class Rates(StaffPage):
    async def get(self):
        values = await asyncio.to_thread(self._values, self.filters())
        self.show(
            "staff.html",
            tracks=self.catalogue.tracks,
            groups=learners.GROUPS,
            form=self.chosen(),
            **values,
        )

    def _values(self, filters) -> dict:
        with self.reading() as session:
            places = [(one.id, one.name) for one in hamlets.listed(session)]
            rates = completions.rates(session, self.catalogue, **filters)
            rows = completions.completion_rows(session, self.catalogue, **filters)
            entries = calendar.upcoming(session, self.catalogue, count=4)
            year = current_period().year
            has_holidays = WorkingDays(session).has_holidays(year)
        return {
            "rates": as_dicts(rates),
            "completed": int(rows["completed"].sum()) if len(rows) else 0,
            "people": rows["learner_id"].nunique() if len(rows) else 0,
            "hamlets": places,
            "entries": entries,
            "year_without_holidays": None if has_holidays else year,
        }


class Download(StaffPage):
    """The same figures as a file."""

    async def get(self, kind):
        names = self.get_argument("ten", "") == "co"
        content = await asyncio.to_thread(self._content, kind, self.filters(), names)
        today = datetime.now(VIETNAM).strftime("%Y-%m-%d")
        self.send_file(content, f"hoan-thanh-{today}", kind)

    def _content(self, kind, filters, names) -> bytes:
        out = io.BytesIO()
        if names:
            with self.writing_in_thread() as session:
                access.note(session, "export-names", report.about_names(filters), self.me)
        with self.reading() as session:
            report.write(out, kind, session, self.catalogue, filters, names=names)
        return out.getvalue()


def day(text: str) -> date | None:
    """A day as the form gives it, None for "". Raises Refused."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Refused(400, f"Ngày «{text[:20]}» không đúng. Mời ghi theo dạng 2026-11-24.") from None


def routes():
    return [(r"/can-bo", Rates), (r"/can-bo/hoan-thanh\.(xlsx|csv)", Download)]
