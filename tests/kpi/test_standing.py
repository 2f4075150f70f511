"""Where an indicator stands, what its pace leads to, and what is to be done: worked out by hand."""

import json
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hocso.kpi import (
    Facts,
    Period,
    advice,
    behind,
    board,
    close_report,
    forecast,
    missing,
    month_ends,
    not_counted,
    standing,
    timeline,
)
from hocso.records import Document, Holiday, Learner, Target, removal
from hocso.records.clock import VIETNAM

from .conftest import DAY, NOW, STAMPS, at

PERIOD = Period.named("2026-12")
SUNDAY = date(2026, 11, 1)


def facts(commune, day=DAY, period=PERIOD):
    return Facts(commune.session, commune.catalogue, period, day)


def stand(commune, code, day=DAY):
    return standing(facts(commune, day)).set_index("indicator").loc[code]


def days(*counts, last=SUNDAY):
    """So many on the last day of each week, the last week last."""
    each = [
        last - timedelta(days=7 * back)
        for back, count in zip(reversed(range(len(counts))), counts, strict=True)
        for _ in range(count)
    ]
    return np.array(sorted(each), dtype="datetime64[D]")


def test_the_straight_line_goes_from_what_was_there_to_the_target(commune):
    """K1 is for 2026 and 2027: 15/12/2025 to 14/12/2027 are 730 days. One of 11 was there before, 11 are
    wanted; after half of the days, five more should be."""
    commune.populations(2026, {"can-bo": 11}, hamlet=1)
    commune.populations(2026, {"can-bo": 0}, hamlet=2)
    commune.completed(commune.person(group="can-bo"), "nghi-quyet-57", at(1, 12, 2025))
    middle = date(2025, 12, 15) + timedelta(days=364)
    period = Period.named("2026-12")
    row = standing(facts(commune, middle, period)).set_index("indicator").loc["K1"]
    assert (row["since"], row["due"]) == (date(2025, 12, 15), date(2027, 12, 14))
    assert (row["numerator"], row["wanted"], row["at_since"]) == (1, 11, 1)
    assert row["expected"] == pytest.approx(1 + 10 * 365 / 730)
    assert row["position"] == "Chậm 5 người so với đường thẳng tới mức phải đạt. Còn thiếu 10."


def test_who_is_ahead_of_the_line_and_who_has_reached_it_is_told(commune):
    commune.populations(2026, {"can-bo": 10})
    commune.populations(2026, {"can-bo": 0}, hamlet=2)
    people = [commune.person(group="can-bo") for _ in range(10)]
    for person in people[:8]:
        commune.completed(person, "nghi-quyet-57", at(1, 3))
    assert stand(commune, "K1")["position"] == "Nhanh hơn đường thẳng 3 người. Còn thiếu 2."
    for person in people[8:]:
        commune.completed(person, "nghi-quyet-57", at(2, 3))
    reached = stand(commune, "K1")
    assert (reached["position"], reached["forecast"]) == ("Đã đạt mức.", "")


def test_without_a_population_or_before_its_years_the_words_say_so(commune):
    assert stand(commune, "K1")["position"] == "Chưa biết đang ở đâu, vì chưa đủ mẫu số."
    assert stand(commune, "K3")["position"] == "Kế hoạch đặt chỉ tiêu này cho 2028–2030."


def test_without_a_target_the_words_say_so_until_staff_set_one(commune):
    commune.business()
    assert stand(commune, "B2")["position"] == "Chưa đặt mức phải đạt."
    commune.session.add(Target(indicator="B2", year=2026, share=1.0, source="Mẫu", recorded_at=NOW))
    assert stand(commune, "B2")["position"].endswith("Còn thiếu 1.")


def test_a_steady_pace_goes_on_and_is_said_to_be_steady():
    """Twelve weeks with two each: ten weeks later there are 24 + 20, and nothing is uncertain."""
    ahead = forecast(days(*[2] * 12), SUNDAY, SUNDAY + timedelta(weeks=10), None)
    assert (ahead.weekly, ahead.low, ahead.likely, ahead.high) == (2, 44, 44, 44)
    assert ahead.is_steady


def test_a_pace_that_goes_up_and_down_is_uncertain_by_the_spread_of_a_sum_of_weeks():
    """Weeks of 0 and 4: mean 2, variance 48/11. Twelve weeks on, the sum of twelve and the mean of twelve
    give a deviation of sqrt(48/11 * 12 * 2) = 10.23; 1.28 of it are 13.1 on both sides of 25 + 24."""
    ahead = forecast(days(1, *[0, 4] * 6), SUNDAY, SUNDAY + timedelta(weeks=12), None)
    assert (ahead.low, ahead.likely, ahead.high) == (36, 49, 62)
    assert not ahead.is_steady


def test_no_forecast_passes_the_population_or_goes_below_what_is_there():
    ahead = forecast(days(*[0, 4] * 6), SUNDAY, SUNDAY + timedelta(weeks=100), 60)
    assert ahead.high == 60
    rare = forecast(days(*[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3]), SUNDAY, SUNDAY + timedelta(weeks=2), None)
    assert rare.low >= 4


def test_three_weeks_are_too_few_to_say_anything():
    assert forecast(days(2, 2, 2), SUNDAY, SUNDAY + timedelta(weeks=10), None) is None
    assert forecast(np.array([], dtype="datetime64[D]"), SUNDAY, SUNDAY + timedelta(weeks=10), None) is None


@given(st.lists(st.integers(0, 30), min_size=4, max_size=30), st.integers(1, 200), st.integers(0, 500))
def test_a_forecast_is_in_order_and_never_less_than_now(counts, weeks, more):
    counted = days(*counts)
    most = len(counted) + more
    ahead = forecast(counted, SUNDAY, SUNDAY + timedelta(weeks=weeks), most)
    if ahead is not None:
        assert len(counted) <= ahead.low <= ahead.likely <= ahead.high <= most


def test_the_timeline_counts_each_by_the_day_in_viet_nam_and_ends_today(commune):
    person = commune.person(group="can-bo")
    # In UTC that is still the 17th.
    commune.completed(person, "nghi-quyet-57", at(18, 11, 2026, 0, 30))
    rows = timeline(facts(commune))
    rows = rows[rows["indicator"] == "K1"]
    assert rows["day"].tolist() == [DAY - timedelta(days=7), DAY]
    assert rows["count"].tolist() == [0, 1]


def test_a_month_ends_on_its_last_day_whatever_day_its_last_week_ends_on(commune):
    """It is Tuesday 24/11: the last week that ends in October ends on the 27th. One is counted on that day,
    one on the 31st just before midnight, one on 1/11 just after."""
    for moment in (at(27, 10), at(31, 10, 2026, 23, 59), at(1, 11, 2026, 0, 1)):
        commune.completed(commune.person(group="can-bo"), "nghi-quyet-57", moment, began=moment)
    shown = month_ends(facts(commune))
    shown = shown[shown["indicator"] == "K1"]
    assert list(zip(shown["day"], shown["count"], strict=True)) == [(date(2026, 10, 31), 2), (DAY, 3)]
    later = month_ends(facts(commune, date(2026, 11, 30)))
    assert later["day"].iloc[-1] == date(2026, 11, 30) and later["count"].iloc[-1] == 3
    long_after = month_ends(facts(commune, period=Period.named("2028-06"), day=date(2028, 6, 1)))
    assert len(long_after[long_after["indicator"] == "K1"]) == 12


def test_a_resident_is_reached_on_the_day_of_the_first_evidence_however_often_later(commune):
    """One was reached on 2/11 and again on 20/11, one by an activity on 9/11 and in a lesson on 23/11; weeks
    end on a Tuesday, as it is 24/11."""
    first, second = commune.person(), commune.person()
    about = {"lesson": "ky-nang-so/otp"}
    for moment in (at(2, 11), at(20, 11)):
        commune.did(first, "initialized", moment, **about)
    commune.activity(date(2026, 11, 9), [second])
    commune.did(second, "initialized", at(23, 11), **about)
    rows = timeline(facts(commune))
    rows = rows[rows["indicator"] == "K3"]
    days_and_counts = dict(zip(rows["day"], rows["count"], strict=True))
    assert days_and_counts == {
        date(2026, 10, 27): 0,
        date(2026, 11, 3): 1,
        date(2026, 11, 10): 2,
        date(2026, 11, 17): 2,
        date(2026, 11, 24): 2,
    }
    units = behind(commune.session, commune.catalogue, PERIOD, "K3", day=DAY)
    assert [f"{day:%d/%m}" for day in sorted(units["at"].dt.tz_convert(VIETNAM))] == ["02/11", "09/11"]


def test_the_pace_of_reaching_counts_nobody_again(commune):
    """2028, the first year of K3. Ten residents were reached in 2027, all of them again last week, and one
    is new in each of the last four weeks: twelve weeks with 0 and four with 1 have a mean of 4/12."""
    for group, count in {"hoc-sinh": 0, "nguoi-dan": 100, "can-bo": 0, "nguoi-lao-dong": 0}.items():
        for hamlet in (1, 2):
            commune.populations(2028, {group: count}, hamlet)
    about = {"lesson": "ky-nang-so/otp"}
    for _ in range(10):
        person = commune.person()
        for moment in (at(1, 7, 2027), at(22, 11, 2028)):
            commune.did(person, "initialized", moment, **about)
    for day in (1, 8, 15, 22):
        commune.did(commune.person(), "initialized", at(day, 11, 2028), **about)
    then = facts(commune, date(2028, 11, 24), Period.named("2028-12"))
    row = standing(then).set_index("indicator").loc["K3"]
    assert (row["numerator"], row["at_since"]) == (14, 10)
    assert row["weekly"] == pytest.approx(4 / 12)


def test_who_was_reached_before_and_again_is_reached_in_both_periods_and_once_in_all(commune):
    person = commune.person()
    for moment in (at(1, 5), at(1, 7)):
        commune.did(person, "initialized", moment, lesson="ky-nang-so/otp")
    figures = [
        commune.figure("K3", period, span).numerator
        for period in ("2026-06", "2026-12", "2027-06")
        for span in ("period", "total")
    ]
    assert figures == [1, 1, 1, 1, 0, 1]


def test_what_is_to_be_done_comes_from_the_figures(commune):
    commune.populations(2026, {"can-bo": 0, "nguoi-dan": 1, "nguoi-lao-dong": 0, "hoc-sinh": 0})
    came = date(2026, 7, 1)
    commune.session.add(Document(number="1", title="Trễ", issued_on=came, received_on=came, **STAMPS))
    for _ in range(2):
        commune.completed(commune.person(), "ky-nang-so", at(1, 8))
    found = {one.words: one.path for one in advice(facts(commune), standing(facts(commune)))}
    assert (
        found["Đăng 1 văn bản đã quá hạn lên trang của xã, rồi ghi ngày đăng vào sổ."] == "/can-bo/so/van-ban"
    )
    assert any(words.startswith("Nhập dân số còn thiếu, để K1") for words in found)
    assert any(words.startswith("B1 nhiều hơn mẫu số ở Ấp 1") for words in found)
    assert any(words.startswith("Còn 21 ngày đến hạn báo cáo (trước 15/12/2026)") for words in found)
    assert found["Nhập ngày nghỉ lễ năm 2026: nay hạn đăng văn bản chỉ trừ thứ bảy, chủ nhật."] == (
        "/can-bo/so/ngay-nghi/nam?nam=2026"
    )
    commune.session.add(Holiday(day=date(2026, 8, 29), name="Làm bù", works=True))
    commune.session.add(Holiday(day=date(2026, 9, 2), name="Quốc khánh", removed_at=NOW))
    commune.session.flush()
    assert "ngày nghỉ lễ" in str(advice(facts(commune), standing(facts(commune))))
    commune.session.add(Holiday(day=date(2026, 4, 30), name="Ngày Chiến thắng"))
    commune.session.flush()
    assert "ngày nghỉ lễ" not in str(advice(facts(commune), standing(facts(commune))))
    later = facts(commune, date(2026, 12, 16))
    assert any(one.words.startswith("Chốt số liệu và nộp báo cáo") for one in advice(later, standing(later)))
    close_report(commune.session, commune.catalogue, PERIOD, now=NOW)
    said = [one.words for one in advice(later, standing(later))]
    assert any(words.startswith("Số liệu kỳ này đã chốt ngày") for words in said)
    assert not any("chốt." in words or words.startswith("Chốt") for words in said)


def test_who_is_missing_has_a_phone_number_only_where_it_is_asked_for(commune):
    there, away = commune.person(group="can-bo"), commune.person(group="can-bo", hamlet=2)
    commune.completed(there, "nghi-quyet-57", at(1, 8))
    commune.session.get(Learner, away).phone = "0900000001"
    rows = missing(commune.session, commune.catalogue, PERIOD, "K1", day=DAY)
    assert rows[["name", "hamlet", "phone"]].values.tolist() == [["Người 2", "Ấp 2", ""]]
    rows = missing(commune.session, commune.catalogue, PERIOD, "K1", phones=True, day=DAY)
    assert rows["phone"].tolist() == ["0900000001"]
    assert missing(commune.session, commune.catalogue, PERIOD, "K1", hamlet=commune.places[0], day=DAY).empty


def test_who_asked_to_be_removed_is_on_no_call_list(commune):
    gone, there = commune.person(group="can-bo"), commune.person(group="can-bo")
    removal.remove(commune.session, gone, "nguoi-hoc")
    assert missing(commune.session, commune.catalogue, PERIOD, "K1", day=DAY)["id"].tolist() == [there]
    listed = not_counted(commune.session, commune.catalogue, PERIOD, names=True, phones=False, day=DAY)
    assert listed["name"].tolist() == ["Người 2"]


def test_the_board_is_plain_json_and_agrees_with_the_figures(commune):
    commune.populations(2026, {"can-bo": 4})
    commune.completed(commune.person(group="can-bo"), "nghi-quyet-57", at(1, 8))
    shown = json.loads(json.dumps(board(commune.session, commune.catalogue, PERIOD, DAY)))
    (whole,) = [row for row in shown["figures"][""] if (row["indicator"], row["span"]) == ("K1", "total")]
    assert whole["numerator"] == 1
    assert shown["standing"][0]["numerator"] == 1
    assert shown["timeline"][-1]["count"] == 1
    assert {row["key"] for row in shown["figures"]["hamlet"] if row["by"] == "hamlet"} == set(commune.places)
