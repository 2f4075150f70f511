"""The calendar as an iCalendar file (RFC 5545), for Google Calendar, Outlook and phones."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from icalendar import Alarm, Calendar, Event

from hocso.kpi.calendar import Date
from hocso.records.clock import as_utc

REMIND_BEFORE = (timedelta(days=14), timedelta(days=3))


def icalendar(dates: Iterable[Date], name: str, now: datetime | None = None) -> bytes:
    """All-day events, each with a UID of its own for ever, so that importing again doubles nothing; reports
    have reminders."""
    calendar = Calendar()
    calendar.add("prodid", "-//Hoc So//Lich//VI")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    for one in dates:
        calendar.add_component(_event(one, as_utc(now).replace(microsecond=0)))
    return calendar.to_ical()


def _event(one: Date, stamp: datetime) -> Event:
    event = Event()
    event.add("uid", f"{one.key}@hoc-so")
    event.add("dtstamp", stamp)
    # Plain dates: an all-day event is the same day in every time zone.
    event.add("dtstart", one.first)
    event.add("dtend", one.first + timedelta(days=1))
    event.add("summary", one.title)
    if one.note:
        event.add("description", one.note)
    event.add("transp", "TRANSPARENT")
    if one.yearly:
        event.add("rrule", _each_year(one))
    for before in REMIND_BEFORE if one.kind == "report" else ():
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", one.title)
        alarm.add("trigger", -before)
        event.add_component(alarm)
    return event


def _each_year(one: Date) -> dict:
    if (one.first.month, one.first.day) == (2, 29):
        return {"freq": "yearly", "bymonth": 2, "bymonthday": -1}
    return {"freq": "yearly"}
