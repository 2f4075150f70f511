"""The staff's pages of what is behind a figure: who or what was counted, what each person did, the activities
of a channel. Looks at names are noted."""

import asyncio
import math

from hocso import kpi
from hocso.kpi.figures import SPANS
from hocso.records import Business, access, hamlets, learners, personal
from hocso.records.learners import GROUPS
from hocso.records.merging import person_of
from hocso.records.registers import CHANNELS

from .kpi import PARTS, IndicatorPage, address
from .page import Refused

# Where the rows behind an indicator are kept, if they are a register's and no people.
REGISTER_OF = {"K2": "van-ban", "K5": "nhiem-vu"}
# Of each list on a page: fifty thousand rows are too many for a browser.
MOST_ROWS = 500


class BehindPage(IndicatorPage):
    """A page of what is behind a figure."""

    def part(self) -> kpi.Part:
        """The part of the indicator that the address asks for."""
        chosen = {field: self.get_argument(name, "").strip() or None for name, field in PARTS.items()}
        return kpi.Part(**chosen, span="period" if self.get_argument("trong", "") == "ky" else "total")

    async def _note(self, what: str, about: str) -> None:
        """Note a look at names, in a transaction that holds up nobody."""
        async with self.writing() as session:
            access.note(session, what, about, self.me)


class Behind(BehindPage):
    """The people, documents, tasks or businesses behind a figure; a look at names is noted."""

    async def get(self, code):
        period, one, part = self.period(), kpi.indicator(code), self.part()
        values = await asyncio.to_thread(self._rows, period, one, part)
        if one.of_people:
            span = "trong kỳ" if part.span == "period" else None
            said = (one.code, period.name, part.hamlet, part.group, part.track, span)
            await self._note("kpi-names", " ".join(filter(None, said))[:300])
        self.show(
            "kpi_behind.html", period=period, one=one, part=part, address=address, spans=SPANS, **values
        )

    def _rows(self, period, one, part) -> dict:
        with self.reading() as session:
            rows = kpi.behind(session, self.catalogue, period, one.code, part)
            populations = kpi.denominator(session, self.catalogue, period, one.code, part)
            places = [(place.id, place.name) for place in hamlets.listed(session)]
            closed = kpi.last_closed(session, period)
            kept = closed and kpi.kept_figure(closed, one.code, part)
        pending, counted = rows["pending"], rows["counted"]
        lists = {"missing": rows[~counted & ~pending], "pending": rows[pending], "counted": rows[counted]}
        page, pages, shown = one_page(lists, self.page_number())
        return {
            "counts": {name: len(table) for name, table in lists.items()},
            "lists": {name: kpi.as_dicts(table) for name, table in shown.items()},
            "page": page,
            "pages": pages,
            "columns": kpi.listed(one.code),
            "populations": populations.to_dict("records"),
            "population": self._population(one, part, lists, populations),
            "places": places if one.by_hamlet else [],
            "groups": {group: GROUPS[group] for group in one.groups},
            "tracks": self.catalogue.tracks if one.track_wise else [],
            "register": REGISTER_OF.get(one.code),
            "kept": kept,
        }

    def _population(self, one, part, lists, populations) -> int | None:
        """The denominator; None where only what is of the period is listed, and that is not all of it."""
        if one.of_people:
            return int(populations["count"].sum())
        if part.span == "period" and not one.belongs_to_period:
            return None
        return len(lists["counted"]) + len(lists["missing"])


class Evidence(BehindPage):
    """What one person did to be counted, or who works in a business; each look is noted."""

    async def get(self, code, unit_id):
        period, one, part = self.period(), kpi.indicator(code), self.part()
        if one.code in REGISTER_OF:
            raise Refused(404, "Văn bản, nhiệm vụ xem ở sổ.")
        is_business = one.code == "B2" and self._is_business(unit_id)
        show = self._business if is_business else self._person
        noted, values = await asyncio.to_thread(show, period, one, part, unit_id)
        await self._note(*noted)
        title = self.catalogue.track(part.track or one.track).title if part.track or one.track else None
        about = {"period": period, "one": one, "part": part, "address": address, "track": title}
        self.show("kpi_business.html" if is_business else "kpi_evidence.html", **about, **values)

    def _is_business(self, unit_id) -> bool:
        with self.reading() as session:
            return session.get(Business, unit_id) is not None

    def _person(self, period, one, part, unit_id) -> tuple[tuple[str, str], dict]:
        with self.reading() as session:
            # What somebody did who was removed counts on, and is shown without their name.
            who = person_of(session, learners.get(session, unit_id).id)
            rows = kpi.evidence(session, self.catalogue, period, one.code, who.id, part.track)
        return ("bang-chung", personal.noted_as(who)), {"who": who, "rows": kpi.as_dicts(rows)}

    def _business(self, period, one, part, unit_id) -> tuple[tuple[str, str], dict]:
        with self.reading() as session:
            business = session.get(Business, unit_id)
            rows = kpi.workers(session, self.catalogue, period, business.id, part.track)
        values = {"business": business, "rows": kpi.as_dicts(rows)}
        return ("kpi-names", f"{one.code} {period.name} {business.id}"), values


class Channel(BehindPage):
    """The activities behind the figures of a channel."""

    async def get(self, channel):
        period, part = self.period(), self.part()
        rows = await asyncio.to_thread(self._rows, period, channel, part.span)
        self.show(
            "kpi_channel.html", period=period, channel=CHANNELS[channel], span=SPANS[part.span], rows=rows
        )

    def _rows(self, period, channel, span) -> list[dict]:
        with self.reading() as session:
            return kpi.as_dicts(kpi.activities(session, period, channel, span))


def one_page(lists: dict, wanted: int) -> tuple[int, int, dict]:
    """Which page it is (the nearest that there is), how many there are, and the rows of each list on it."""
    pages = max(1, *(math.ceil(len(table) / MOST_ROWS) for table in lists.values()))
    page = min(max(1, wanted), pages)
    first = (page - 1) * MOST_ROWS
    return page, pages, {name: table[first : first + MOST_ROWS] for name, table in lists.items()}


def routes(uuid):
    return [
        (r"/can-bo/chi-tieu/([A-Za-z][0-9])", Behind),
        (rf"/can-bo/chi-tieu/([A-Za-z][0-9])/{uuid}", Evidence),
        (r"/can-bo/chi-tieu/kenh/([a-z-]+)", Channel),
    ]
