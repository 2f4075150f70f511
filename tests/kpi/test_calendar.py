"""Staff see in time what is due, and what is still missing for it."""

from datetime import date

import pytest

from hocso.kpi import Period, calendar, close_report
from hocso.records import Holiday, Target, registers

from .conftest import DAY, at


@pytest.fixture
def entries(commune, catalogue):
    def entries(day, count=5):
        return calendar.upcoming(commune.session, catalogue, day, count)

    return entries


@pytest.fixture
def own(commune):
    def own(day, title, yearly="", note=""):
        values = {"day": day, "title": title, "yearly": yearly, "note": note}
        return registers.add(commune.session, "lich", values)

    return own


def test_the_plans_dates_come_in_their_order_each_year(entries):
    assert [(one.day, one.about.kind) for one in entries(date(2026, 1, 5), 6)] == [
        (date(2026, 5, 18), "day"),
        (date(2026, 6, 15), "report"),
        (date(2026, 10, 1), "day"),
        (date(2026, 10, 10), "day"),
        (date(2026, 12, 15), "report"),
        (date(2027, 5, 18), "day"),
    ]


def test_a_report_says_how_many_working_days_are_left(commune, entries):
    # 14/6/2026 is a Sunday, 8/6 a Monday; the 9th becomes a holiday, Saturday the 13th a working day.
    (report,) = entries(date(2026, 6, 8), 1)
    assert report.due.period == Period.named("2026-06")
    assert (report.due.working_days_left, report.due.last_working_day) == (5, date(2026, 6, 12))
    commune.session.add_all(
        [
            Holiday(day=date(2026, 6, 9), name="Nghỉ", works=False),
            Holiday(day=date(2026, 6, 13), name="Làm bù", works=True),
        ]
    )
    (report,) = entries(date(2026, 6, 8), 1)
    assert (report.due.working_days_left, report.due.last_working_day) == (5, date(2026, 6, 13))
    (report,) = entries(date(2026, 6, 14), 1)
    assert report.due.working_days_left == 0 and not report.due.late


def test_a_report_names_the_indicators_that_stand_in_its_way(tan_hoi, catalogue):
    (report, *_) = calendar.upcoming(tan_hoi.session, catalogue, DAY)
    assert report.day == date(2026, 12, 15)
    assert "B2" not in report.due.unknown  # the commune set no target: it can miss none
    for code in report.due.missed:
        assert "missed" in {tan_hoi.figure(code, span=span)["status"] for span in ("period", "total")}
    assert report.due.missed == ["K1", "K2", "B1"]


def test_a_report_without_populations_says_so(entries):
    (report,) = entries(DAY, 1)
    assert {"K1", "B1"} <= set(report.due.unknown)
    assert "Chưa tính được tỉ lệ: K1" in " ".join(report.due.words)


def test_a_period_that_has_not_begun_only_says_when_it_does(entries):
    report = entries(DAY)[2]
    assert report.due.words == ["Kỳ này bắt đầu từ 15/12/2026."]


def test_a_late_report_stays_in_sight_for_a_month_or_until_it_is_closed(commune, catalogue, entries):
    assert entries(date(2026, 6, 14), 1)[0].day == date(2026, 6, 15)
    late, following = entries(date(2026, 6, 20), 1)
    assert late.due.late and "quá hạn" in late.due.words[0]
    assert following.day == date(2026, 10, 1)
    assert [one.day for one in entries(date(2026, 7, 16), 1)] == [date(2026, 10, 1)]
    close_report(commune.session, catalogue, Period.named("2026-06"), now=at(18, 6), day=date(2026, 6, 18))
    assert [one.day for one in entries(date(2026, 6, 20), 1)] == [date(2026, 10, 1)]


def test_a_closed_report_says_when_it_was_closed(commune, catalogue, entries):
    close_report(commune.session, catalogue, Period.named("2026-12"), now=at(20, 11), day=DAY)
    assert entries(DAY, 1)[0].due.words[0] == "Đã chốt số liệu ngày 20/11/2026."


def test_what_a_closed_report_missed_is_what_was_handed_in(tan_hoi, catalogue):
    close_report(tan_hoi.session, catalogue, Period.named("2026-12"), now=at(20, 11), day=DAY)
    lower = Target(indicator="B1", year=2026, share=0.01, source="KH", recorded_at=at(21, 11))
    tan_hoi.session.add(lower)
    assert calendar.upcoming(tan_hoi.session, catalogue, DAY)[0].due.missed == ["K1", "K2", "B1"]


def test_own_dates_come_once_or_each_year(commune, own):
    own("01/12/2026", "Họp tổng kết")
    own("29/02/2028", "Ngày nhuận", yearly="Có", note="Ghi chú")

    def in_year(year):
        return {
            one.about.title: one.day
            for one in calendar.of_year(commune.session, year)
            if one.about.kind == "own"
        }

    assert in_year(2026) == {"Họp tổng kết": date(2026, 12, 1)}
    assert in_year(2027) == {}
    assert in_year(2028) == {"Ngày nhuận": date(2028, 2, 29)}
    assert in_year(2029) == {"Ngày nhuận": date(2029, 2, 28)}


def test_an_own_date_that_was_removed_is_in_the_calendar_no_more(commune, own):
    row = own("01/12/2026", "Họp")
    registers.remove(commune.session, "lich", row)
    assert [one for one in calendar.dates(commune.session) if one.kind == "own"] == []
