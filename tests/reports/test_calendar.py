"""The .ics file can be opened by other programs, again and again."""

from datetime import UTC, date, datetime, timedelta

from icalendar import Calendar

from hocso.kpi.calendar import FIXED, Date
from hocso.reports.calendar import icalendar

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
OWN = (
    Date("a1", "own", date(2026, 12, 1), "Họp; giao ban, tổng kết", "Dòng một\nDòng hai", yearly=False),
    Date("b2", "own", date(2028, 2, 29), "Ngày nhuận", ""),
)


def events(dates=(*FIXED, *OWN), now=NOW):
    calendar = Calendar.from_ical(icalendar(dates, "Học Số · Xã Thử", now))
    assert calendar["version"] == "2.0" and calendar["prodid"]
    return {str(event["uid"]): event for event in calendar.walk("VEVENT")}


def test_every_date_is_an_all_day_event_that_says_what_it_is():
    found = events()
    assert len(found) == len(FIXED) + len(OWN)
    report = found["bao-cao-06@hoc-so"]
    assert (report.decoded("dtstart"), report.decoded("dtend")) == (date(2026, 6, 15), date(2026, 6, 16))
    assert report["dtstart"].params["VALUE"] == "DATE" and "TZID" not in report["dtstart"].params
    assert report.decoded("dtstamp") == NOW
    assert str(found["a1@hoc-so"]["summary"]) == "Họp; giao ban, tổng kết"
    assert str(found["a1@hoc-so"]["description"]) == "Dòng một\nDòng hai"


def test_reports_remind_14_and_3_days_before_and_nothing_else_does():
    for uid, event in events().items():
        alarms = [alarm.decoded("trigger") for alarm in event.walk("VALARM")]
        expected = [timedelta(days=-14), timedelta(days=-3)] if uid.startswith("bao-cao") else []
        assert alarms == expected


def test_yearly_dates_come_back_each_year_and_others_do_not():
    found = events()
    for one in FIXED:
        assert dict(found[f"{one.key}@hoc-so"]["rrule"]) == {"FREQ": ["YEARLY"]}
    assert "rrule" not in found["a1@hoc-so"]
    leap = {"FREQ": ["YEARLY"], "BYMONTH": [2], "BYMONTHDAY": [-1]}
    assert dict(found["b2@hoc-so"]["rrule"]) == leap


def test_importing_again_doubles_nothing():
    later = events(now=NOW + timedelta(days=40))
    assert later.keys() == events().keys()


def test_the_file_keeps_to_the_format():
    content = icalendar((*FIXED, *OWN), "Học Số", NOW)
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert b"\n" not in content.replace(b"\r\n", b"")
