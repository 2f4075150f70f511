"""The staff's calendar: the dates of a year, and the whole as an .ics file."""

from hocso.kpi import calendar
from hocso.kpi.periods import LAST_YEAR
from hocso.records import settings
from hocso.records.clock import today
from hocso.reports.calendar import icalendar

from .page import Refused
from .staff import StaffPage


class Year(StaffPage):
    def get(self):
        year = self._year()
        with self.reading() as session:
            entries = calendar.of_year(session, year)
        self.show(
            "calendar.html",
            year=year,
            entries=entries,
            first_year=calendar.FIRST_YEAR,
            last_year=LAST_YEAR,
        )

    def _year(self) -> int:
        """The chosen year, else the present one. Raises Refused."""
        said = self.get_argument("nam", "") or str(today().year)
        if not said.isdecimal() or not calendar.FIRST_YEAR <= int(said) <= LAST_YEAR:
            raise Refused(400, f"Mời chọn năm từ {calendar.FIRST_YEAR} đến {LAST_YEAR}.")
        return int(said)


class Download(StaffPage):
    def get(self):
        with self.reading() as session:
            dates = calendar.dates(session)
            name = f"Học Số · {settings.get(session, 'commune_name')}"
        self.set_header("Content-Type", "text/calendar; charset=utf-8")
        self.set_header("Content-Disposition", 'attachment; filename="lich-hoc-so.ics"')
        self.finish(icalendar(dates, name))


def routes():
    return [(r"/can-bo/lich", Year), (r"/can-bo/lich\.ics", Download)]
