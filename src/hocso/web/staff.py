"""The staff's page: completion rates, and the export as a download."""

import asyncio
import io
from datetime import UTC, date, datetime, time, timedelta

from hocso.records import completions, hamlets, learners
from hocso.reports import completions as report

from .page import LOCAL_TIME, AccountPage, Refused

MEDIA = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


class StaffPage(AccountPage):
    roles = ("staff",)

    def filters(self) -> dict:
        """The filters of the form (empty = all). Raises Refused for a date that is none."""
        chosen = {
            name: self.get_argument(name, "").strip() for name in ("tu", "den", "track", "hamlet", "group")
        }
        return {
            "since": local_midnight(chosen["tu"]),
            "until": local_midnight(chosen["den"], days=1),
            "track": chosen["track"] or None,
            "hamlet": chosen["hamlet"] or None,
            "group": chosen["group"] or None,
        }


class Rates(StaffPage):
    def get(self):
        filters = self.filters()
        with self.session() as session:
            places = [(one.id, one.name) for one in hamlets.listed(session)]
            rates = completions.rates(session, self.catalogue, **filters)
            rows = completions.completion_rows(session, self.catalogue, **filters)
        self.show(
            "staff.html",
            rates=rates.astype(object).where(rates.notna(), None).to_dict("records"),
            completed=int(rows["completed"].sum()) if len(rows) else 0,
            people=rows["learner_id"].nunique() if len(rows) else 0,
            tracks=self.catalogue.tracks,
            hamlets=places,
            groups=learners.GROUPS,
            form={name: self.get_argument(name, "") for name in ("tu", "den", "track", "hamlet", "group")},
            query=self.request.query,
        )


class Download(StaffPage):
    """The same figures as a file."""

    async def get(self, kind):
        content = await asyncio.to_thread(self._content, kind, self.filters())
        today = datetime.now(LOCAL_TIME).strftime("%Y-%m-%d")
        self.set_header("Content-Type", MEDIA[kind])
        self.set_header("Content-Disposition", f'attachment; filename="hoan-thanh-{today}.{kind}"')
        self.finish(content)

    def _content(self, kind, filters) -> bytes:
        out = io.BytesIO()
        with self.session() as session:
            report.write(out, kind, session, self.catalogue, filters)
        return out.getvalue()


def local_midnight(text: str, days: int = 0) -> datetime | None:
    """The start of a day in Việt Nam (plus `days`) as UTC; None for "". Raises Refused."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text) + timedelta(days=days)
    except ValueError:
        raise Refused(400, f"Ngày «{text[:20]}» không đúng. Mời ghi theo dạng 2026-11-24.") from None
    return datetime.combine(day, time(), LOCAL_TIME).astimezone(UTC)


def routes():
    return [(r"/can-bo", Rates), (r"/can-bo/hoan-thanh\.(xlsx|csv)", Download)]
