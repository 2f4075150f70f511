"""The staff's page of indicators: figures of a period, who is behind each, the report, and closing it."""

import asyncio

from hocso import kpi
from hocso.kpi.figures import BY, SPANS, STATUSES
from hocso.records import access, hamlets
from hocso.reports import period_files, period_report, period_word

from .page import Refused
from .staff import StaffPage


class IndicatorPage(StaffPage):
    def period(self) -> kpi.Period:
        """The chosen period, else the present one. Raises UnknownPeriod."""
        name = self.get_argument("ky", "")
        return kpi.Period.named(name) if name else kpi.current_period()


class Indicators(IndicatorPage):
    async def get(self):
        period = self.period()
        by = self.get_argument("chia", "") or None
        figures = await asyncio.to_thread(self._figures, period, by)
        self.show(
            "kpi.html",
            period=period,
            periods=kpi.listed_periods(),
            by=by,
            breakdowns=BY,
            spans=SPANS,
            statuses=STATUSES,
            **figures,
        )

    def _figures(self, period, by) -> dict:
        with self.reading() as session:
            found = kpi.stated(session, self.catalogue, period, by)
        return {
            # (in the period, in all) of each cell: `compute` gives them one after the other.
            "rows": list(zip(*[iter(kpi.plain(found.figures))] * 2, strict=True)),
            "channels": kpi.plain(found.channels),
            "closed": found.closed,
            "changes": kpi.told(found.changes),
        }


class Behind(IndicatorPage):
    """The people, documents, tasks or businesses behind a figure; a look at names is noted."""

    async def get(self, code):
        period, one = self.period(), kpi.indicator(code)
        hamlet = self.get_argument("ap", "") or None
        if one.of_people:
            with self.writing() as session:
                about = " ".join(filter(None, (one.code, period.name, hamlet)))
                access.note(session, "kpi-names", about[:300], self.me)
        values = await asyncio.to_thread(self._rows, period, one, hamlet)
        self.show("kpi_behind.html", period=period, one=one, hamlet=hamlet, **values)

    def _rows(self, period, one, hamlet) -> dict:
        with self.reading() as session:
            rows = kpi.behind(session, self.catalogue, period, one.code, hamlet)
            places = [(place.id, place.name) for place in hamlets.listed(session)]
        return {"rows": rows.astype("object").where(rows.notna(), None).to_dict("records"), "places": places}


class ReportFile(IndicatorPage):
    """The report as a file; names and phones, where asked for, are noted."""

    async def get(self, kind):
        period = self.period()
        names, phones = (kind == "xlsx" and self.get_argument(name, "") == "co" for name in ("ten", "so"))
        if names or phones:
            with self.writing() as session:
                about = period_files.about_people(period, names, phones)
                access.note(session, "report-names", about, self.me)
        content = await asyncio.to_thread(self._content, period, kind, names, phones)
        self.send_file(content, f"bao-cao-{period.name}", kind)

    def _content(self, period, kind, names, phones) -> bytes:
        template = period_word.template_in(self.app.data)
        with self.reading() as session:
            report = period_report.gather(session, self.catalogue, period)
            return period_files.content(session, self.catalogue, report, kind, template, names, phones)


class CloseReport(IndicatorPage):
    async def post(self):
        period = self.period()
        if self.get_argument("chac", "") != "co":
            raise Refused(400, "Mời đánh dấu vào ô «Tôi đã xem lại số liệu» rồi bấm Chốt.")
        await asyncio.to_thread(self._close, period)
        self.flash(f"Đã chốt số liệu kỳ {period.name}.")
        self.redirect(f"/can-bo/chi-tieu?ky={period.name}")

    def _close(self, period):
        with self.writing() as session:
            kpi.close_report(session, self.catalogue, period, self.me)


def routes():
    return [
        (r"/can-bo/chi-tieu", Indicators),
        (r"/can-bo/chi-tieu/chot", CloseReport),
        (r"/can-bo/chi-tieu/bao-cao\.(docx|xlsx|csv)", ReportFile),
        (r"/can-bo/chi-tieu/([A-Za-z][0-9])", Behind),
    ]
