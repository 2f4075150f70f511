"""The staff's page of indicators: figures of a period, the report, and closing it. `behind` has the pages of
what is behind each figure."""

import asyncio
from urllib.parse import urlencode

from hocso import kpi
from hocso.kpi.figures import BY, SPANS, STATUSES
from hocso.records import access
from hocso.reports import period_files, period_report, period_word

from .page import Refused
from .staff import StaffPage

# A field of `kpi.Part` by its name in an address.
PARTS = {"ap": "hamlet", "nhom": "group", "chuong": "track"}
WHOLE = kpi.Part()


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
            "rows": list(zip(*[iter(self._traced(kpi.plain(found.figures), period))] * 2, strict=True)),
            # The same two of each channel.
            "channels": list(zip(*self._channels(found.channels, period), strict=True)),
            "closed": found.closed,
            "changes": kpi.told(found.changes),
        }

    def _channels(self, channels, period) -> list[list[dict]]:
        """By span, the rows of the channels with `behind`."""
        return [
            [
                row | {"behind": address(f"kenh/{row['channel']}", period, kpi.Part(span=span))}
                for row in kpi.plain(channels[channels["span"] == span])
            ]
            for span in SPANS
        ]

    def _traced(self, rows, period) -> list[dict]:
        """Figures with `behind`: the address of what is behind each."""
        return [row | {"behind": address(row["indicator"], period, part_of(row))} for row in rows]


def address(path: str, period: kpi.Period, part: kpi.Part = WHOLE) -> str:
    """The address of a page of what is behind the figures of a part."""
    chosen = {name: getattr(part, field) for name, field in PARTS.items() if getattr(part, field)}
    within = {"trong": "ky"} if part.span == "period" else {}
    return f"/can-bo/chi-tieu/{path}?{urlencode({'ky': period.name} | chosen | within)}"


def part_of(row: dict) -> kpi.Part:
    """The part that a row of figures is of."""
    part = {} if row["by"] == "all" else {row["by"]: row["key"]}
    return kpi.Part(**part, span=row["span"])


class ReportFile(IndicatorPage):
    """The report as a file; names and phones, where asked for, are noted."""

    async def get(self, kind):
        period = self.period()
        names, phones = (kind == "xlsx" and self.get_argument(name, "") == "co" for name in ("ten", "so"))
        if names or phones:
            async with self.writing() as session:
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
        with self.writing_in_thread() as session:
            kpi.close_report(session, self.catalogue, period, self.me)


def routes():
    return [
        (r"/can-bo/chi-tieu", Indicators),
        (r"/can-bo/chi-tieu/chot", CloseReport),
        (r"/can-bo/chi-tieu/bao-cao\.(docx|xlsx|csv)", ReportFile),
    ]
