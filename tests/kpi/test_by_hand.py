"""A small commune, worked out by hand. Period 2026-12: 15/6 to 14/12/2026; it is 24/11/2026.

who    hamlet        group           born  what
An     1             can-bo          1980  nghi-quyet-57 on 14/6 at 23:59:59 (the period before)
Bình   2             can-bo          1985  nghi-quyet-57 on 15/6 at 00:00:00 (this period)
Cúc    1             can-bo          1990  nghi-quyet-57 but for the quiz, failed on 1/6
Dung   1             nguoi-dan       1950  ky-nang-so on 1/7, nghi-quyet-57 on 2/7
Em     2             hoc-sinh        2010  ky-nang-so on 1/8
Giang  2             nguoi-lao-dong  1975  communicator; truyen-thong-so on 1/5, doanh-nghiep on 2/7
Hoa    1             nguoi-dan       1960  on the list of a conference on 20/7, nothing else
Ích    2             nguoi-dan       1965  on the list of an activity that was removed; crossed out of another
Khang  1, from 1/9 2 nguoi-dan       1970  ky-nang-so on 10/5
Lan    1, two entries nguoi-dan      1972  ky-nang-so: otp by one entry on 2/7, wifi by the other on 3/7
Minh   1             nguoi-dan       1955  ky-nang-so on 15/12 at 00:00:00 (the period after)

populations 2026   hoc-sinh  nguoi-dan  can-bo  nguoi-lao-dong  truyen-thong
Ấp 1                     10         20       4               6             1
Ấp 2                     10         30       4               6             1

        in the period                          up to its end                                population
K1      Bình                                1  An, Bình                                  2   8
K3      Bình Dung Em Giang Hoa Lan          6  and An, Cúc, Khang                        9   20+50+8+12 = 90
K4                                          0  Giang                                     1   2
B1      Dung Lan                            2  and Khang                                 3   90 - 20 = 70
B2      the shop of Giang                   1                                            1   2 in the register

documents: received, deadline after 5 working days (2/9 is a holiday), published
2/6    9/6   9/6   in time, the period before
28/8   7/9   7/9   in time
28/8   7/9   8/9   late
10/11  17/11 –     late
20/11  27/11 –     still within its days
removed            in no count
K2      1 of 3 in the period, 2 of 4 up to its end, 1 pending

tasks: communicated 1/3; 1/10; not; (secret; begun in 2027; removed)
K5      1 of 3 in the period, 2 of 3 up to its end
"""

from datetime import date, timedelta

import pytest

from hocso.kpi import Period, channels
from hocso.records import Holiday

from .conftest import DAY, at

PEOPLE = {"hoc-sinh": 10, "can-bo": 4, "nguoi-lao-dong": 6, "truyen-thong": 1}
ONE_SECOND = timedelta(seconds=1)


def settle(commune):
    commune.populations(2026, {**PEOPLE, "nguoi-dan": 20}, hamlet=1)
    commune.populations(2026, {**PEOPLE, "nguoi-dan": 30}, hamlet=2)
    an = commune.person(1, "can-bo", 1980)
    commune.completed(an, "nghi-quyet-57", at(15, 6, 2026, 0) - ONE_SECOND)
    binh = commune.person(2, "can-bo", 1985)
    commune.completed(binh, "nghi-quyet-57", at(15, 6, 2026, 0), began=at(14, 6))
    cuc = commune.person(1, "can-bo", 1990)
    commune.did(cuc, "completed", at(1, 6), lesson="nghi-quyet-57/muc-tieu", exercise="mot")
    commune.did(cuc, "failed", at(1, 6), quiz="nghi-quyet-57-01")
    dung = commune.person(1, "nguoi-dan", 1950)
    commune.completed(dung, "ky-nang-so", at(1, 7))
    commune.completed(dung, "nghi-quyet-57", at(2, 7))
    em = commune.person(2, "hoc-sinh", 2010)
    commune.completed(em, "ky-nang-so", at(1, 8))
    giang = commune.person(2, "nguoi-lao-dong", 1975, communicator=True)
    commune.completed(giang, "truyen-thong-so", at(1, 5))
    commune.completed(giang, "doanh-nghiep-nong-nghiep", at(2, 7))
    hoa = commune.person(1, "nguoi-dan", 1960)
    commune.activity(date(2026, 7, 20), [hoa], reach=40)
    ich = commune.person(2, "nguoi-dan", 1965)
    commune.activity(date(2026, 7, 21), [ich], removed=True, reach=1000)
    commune.activity(date(2026, 7, 22), gone=[ich])
    khang = commune.person(2, "nguoi-dan", 1970)
    commune.moved(khang, date(2026, 1, 1), hamlet=1)
    commune.moved(khang, date(2026, 9, 1), hamlet=2)
    commune.completed(khang, "ky-nang-so", at(10, 5))
    lan = commune.person(1, "nguoi-dan", 1972)
    again = commune.person(1, "nguoi-dan", 1972, is_now=lan)
    *otp, wifi = commune.steps("ky-nang-so")
    for step in otp:
        commune.did(lan, moment=at(2, 7), **step)
    commune.did(again, moment=at(3, 7), **wifi)
    minh = commune.person(1, "nguoi-dan", 1955)
    commune.completed(minh, "ky-nang-so", at(15, 12, 2026, 0), began=at(15, 12, 2026, 0))

    commune.business(2, [giang, binh])
    commune.business(1, [an], gone=[giang])
    commune.business(1, [giang], until=date(2025, 12, 31))
    commune.business(1, [giang], removed=True)

    commune.session.add(Holiday(day=date(2026, 9, 2), name="Quốc khánh", works=False))
    commune.document(date(2026, 6, 2), date(2026, 6, 9))
    commune.document(date(2026, 8, 28), date(2026, 9, 7))
    commune.document(date(2026, 8, 28), date(2026, 9, 8))
    commune.document(date(2026, 11, 10))
    commune.document(date(2026, 11, 20))
    commune.document(date(2026, 8, 1), removed=True)

    commune.task(date(2025, 1, 1), date(2026, 3, 1))
    commune.task(date(2026, 7, 1), date(2026, 10, 1))
    commune.task(date(2026, 7, 1))
    commune.task(date(2026, 7, 1), date(2026, 10, 1), secret=True)
    commune.task(date(2027, 1, 1), date(2027, 1, 1))
    commune.task(date(2026, 7, 1), removed=True)
    commune.activity(date(2026, 7, 1), kind="loa", reach=500)
    commune.activity(date(2026, 7, 2), kind="loa")


@pytest.mark.parametrize(
    ("code", "in_period", "total", "population", "status"),
    [
        ("K1", 1, 2, 8, "missed"),
        ("K3", 6, 9, 90, "not-due"),
        ("K4", 0, 1, 2, "not-due"),
        ("K5", 1, 2, 3, "not-due"),
        ("B1", 2, 3, 70, "missed"),
        ("B2", 1, 1, 2, "no-target"),
    ],
)
def test_every_indicator_is_as_worked_out_by_hand(tan_hoi, code, in_period, total, population, status):
    now, ever = tan_hoi.figure(code, span="period"), tan_hoi.figure(code)
    assert (now.numerator, now.population) == (in_period, population)
    assert (ever.numerator, ever.population) == (total, population)
    assert ever.rate == pytest.approx(total / population)
    assert ever.status == status


def test_documents_count_in_the_period_in_which_they_came(tan_hoi):
    now, ever = tan_hoi.figure("K2", span="period"), tan_hoi.figure("K2")
    assert (now.numerator, now.population, now.pending) == (1, 3, 1)
    assert (ever.numerator, ever.population, ever.pending) == (2, 4, 1)
    assert "1 văn bản còn trong hạn" in ever.note


def test_a_document_is_late_the_day_after_its_last_day(tan_hoi):
    assert tan_hoi.figure("K2", day=date(2026, 11, 27)).pending == 1
    late = tan_hoi.figure("K2", day=date(2026, 11, 28))
    assert (late.numerator, late.population, late.pending) == (2, 5, 0)


def test_the_last_second_of_14_june_is_in_the_first_period_and_the_next_in_the_second(tan_hoi):
    before, after = tan_hoi.figure("K1", "2026-06", "period"), tan_hoi.figure("K1", "2026-12", "period")
    assert (before.numerator, after.numerator) == (1, 1)
    assert tan_hoi.figure("K1", "2026-06").numerator == 1


def test_who_moved_counts_where_they_lived_at_the_end_of_the_period(tan_hoi):
    figures = {
        (period, key): tan_hoi.figure("B1", period, by="hamlet", key=key).numerator
        for period in ("2026-06", "2026-12")
        for key in tan_hoi.places
    }
    one, two = tan_hoi.places
    assert figures == {
        ("2026-06", one): 1,
        ("2026-06", two): 0,
        ("2026-12", one): 2,
        ("2026-12", two): 1,
    }


def test_hamlets_and_groups_add_up_to_the_commune(tan_hoi):
    for by, keys in (
        ("hamlet", tan_hoi.places),
        ("group", ["hoc-sinh", "nguoi-dan", "can-bo", "nguoi-lao-dong"]),
    ):
        parts = [tan_hoi.figure("K3", by=by, key=key) for key in keys]
        assert sum(part.numerator for part in parts) == 9
        assert sum(part.population for part in parts) == 90


def test_by_track_shows_how_many_of_the_same_people_completed_each(tan_hoi):
    assert tan_hoi.figure("B1", by="track", key="nghi-quyet-57").numerator == 3
    assert tan_hoi.figure("B1", by="track", key="ky-nang-so").numerator == 3
    assert tan_hoi.figure("K1", by="track", key="ky-nang-so").numerator == 0


def test_reach_by_channel_stands_beside_and_is_never_added(tan_hoi):
    table = channels(tan_hoi.session, Period.named("2026-12"), DAY)
    loud = table[(table["channel"] == "loa") & (table["span"] == "period")].iloc[0]
    assert (loud.activities, loud.reach, loud.unreported) == (2, 500, 1)
    talks = table[(table["channel"] == "hoi-nghi") & (table["span"] == "total")].iloc[0]
    assert (talks.activities, talks.reach) == (2, 40)
    assert tan_hoi.figure("K3").numerator == 9
