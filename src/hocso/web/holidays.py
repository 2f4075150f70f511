"""The public holidays of a year, entered together: what is known each year, and what was announced."""

from hocso.kpi import current_period
from hocso.records import RegisterRefused, holidays, text

from .page import Refused
from .staff import StaffPage


class Holidays(StaffPage):
    """Shown as a plan first; the same words come back with the confirmation."""

    def get(self):
        self._show(self._year(), {})

    async def post(self):
        year, confirmed = self._year(), self.get_argument("nhap", "") == "co"
        typed = {field: self.get_argument(field, "") for field in holidays.FIELDS}
        try:
            if confirmed:
                async with self.writing() as session:
                    planned = holidays.plan(session, year, typed)
                    holidays.enter(session, planned)
            else:
                with self.reading() as session:
                    planned = holidays.plan(session, year, typed)
        except RegisterRefused as refused:
            self.set_status(422)
            self._show(year, typed, problems=refused.problems)
            return
        if confirmed:
            self.flash(f"Đã ghi {len(planned.new)} ngày nghỉ của năm {year} vào sổ.")
            self.redirect("/can-bo/so/ngay-nghi")
        else:
            self._show(year, typed, planned)

    def _year(self) -> int:
        """The chosen year, else that of the present report. Raises Refused."""
        said = self.get_argument("nam", "") or str(current_period().year)
        if not said.isdecimal() or not holidays.FIRST_YEAR <= int(said) <= holidays.LAST_YEAR:
            raise Refused(400, f"Mời chọn năm từ {holidays.FIRST_YEAR} đến {holidays.LAST_YEAR}.")
        return int(said)

    def _show(self, year, typed, planned=None, problems=None):
        with self.reading() as session:
            there = holidays.of_year(session, year)
        self.show(
            "holidays.html",
            year=year,
            typed=typed,
            plan=planned,
            problems=problems or {},
            there=there,
            fields=holidays.FIELDS,
            fixed=holidays.FIXED,
            source=holidays.SOURCE,
            weekday=text.weekday,
            years=(holidays.FIRST_YEAR, holidays.LAST_YEAR),
        )


def routes():
    return [(r"/can-bo/so/ngay-nghi/nam", Holidays)]
