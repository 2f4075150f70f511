"""The staff's pages of what is behind a figure: who or what was counted, what each person did, the activities
of a channel. Looks at names are noted."""

import asyncio

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


class BehindPage(IndicatorPage):
    """A page of what is behind a figure."""

    def part(self) -> kpi.Part:
        """The part of the indicator that the address asks for."""
        chosen = {field: self.get_argument(name, "").strip() or None for name, field in PARTS.items()}
        return kpi.Part(**chosen, span="period" if self.get_argument("trong", "") == "ky" else "total")


class Behind(BehindPage):
    """The people, documents, tasks or businesses behind a figure; a look at names is noted."""

    async def get(self, code):
        period, one, part = self.period(), kpi.indicator(code), self.part()
        values = await asyncio.to_thread(self._rows, period, one, part)
        if one.of_people:
            span = "trong kỳ" if part.span == "period" else None
            said = (one.code, period.name, part.hamlet, part.group, part.track, span)
            with self.writing() as session:
                access.note(session, "kpi-names", " ".join(filter(None, said))[:300], self.me)
        self.show(
            "kpi_behind.html", period=period, one=one, part=part, address=address, spans=SPANS, **values
        )

    def _rows(self, period, one, part) -> dict:
        with self.reading() as session:
            rows = kpi.behind(session, self.catalogue, period, one.code, part)
            populations = kpi.denominator(session, self.catalogue, period, one.code, part)
            places = [(place.id, place.name) for place in hamlets.listed(session)]
            closed = kpi.last_closed(session, period)
            kept = closed and kpi.kept_numerator(closed, one.code, part)
        return {
            "rows": as_dicts(rows),
            "columns": kpi.listed(one.code),
            "populations": populations.to_dict("records"),
            "places": places if one.by_hamlet else [],
            "groups": {group: GROUPS[group] for group in one.groups},
            "tracks": self.catalogue.tracks if one.track_wise else [],
            "register": REGISTER_OF.get(one.code),
            "kept": kept,
        }


class Evidence(BehindPage):
    """What one person did to be counted, or who works in a business; each look is noted."""

    async def get(self, code, unit_id):
        period, one, part = self.period(), kpi.indicator(code), self.part()
        if one.code in REGISTER_OF:
            raise Refused(404, "Văn bản, nhiệm vụ xem ở sổ.")
        is_business = one.code == "B2" and self._is_business(unit_id)
        show = self._business if is_business else self._person
        values = await asyncio.to_thread(show, period, one, part, unit_id)
        title = self.catalogue.track(part.track or one.track).title if part.track or one.track else None
        about = {"period": period, "one": one, "part": part, "address": address, "track": title}
        self.show("kpi_business.html" if is_business else "kpi_evidence.html", **about, **values)

    def _is_business(self, unit_id) -> bool:
        with self.reading() as session:
            return session.get(Business, unit_id) is not None

    def _person(self, period, one, part, unit_id) -> dict:
        with self.writing() as session:
            # What somebody did who was removed counts on, and is shown without their name.
            who = person_of(session, learners.get(session, unit_id).id)
            rows = kpi.evidence(session, self.catalogue, period, one.code, who.id, part.track)
            access.note(session, "bang-chung", personal.noted_as(who), self.me)
        return {"who": who, "rows": as_dicts(rows)}

    def _business(self, period, one, part, unit_id) -> dict:
        with self.writing() as session:
            business = session.get(Business, unit_id)
            rows = kpi.workers(session, self.catalogue, period, business.id, part.track)
            access.note(session, "kpi-names", f"{one.code} {period.name} {business.id}", self.me)
        return {"business": business, "rows": as_dicts(rows)}


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
            return as_dicts(kpi.activities(session, period, channel, span))


def as_dicts(table) -> list[dict]:
    return table.astype("object").where(table.notna(), None).to_dict("records")


def routes(uuid):
    return [
        (r"/can-bo/chi-tieu/([A-Za-z][0-9])", Behind),
        (rf"/can-bo/chi-tieu/([A-Za-z][0-9])/{uuid}", Evidence),
        (r"/can-bo/chi-tieu/kenh/([a-z-]+)", Channel),
    ]
