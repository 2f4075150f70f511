"""Rules of the figures that hold whatever happened, and of the periods."""

from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hocso.kpi import (
    COLUMNS,
    INDICATORS,
    Facts,
    FigureRefused,
    Period,
    UnknownIndicator,
    UnknownPeriod,
    compute,
    current_period,
    indicator,
    listed_periods,
    standing,
)
from hocso.kpi.working_days import WorkingDays
from hocso.records import Holiday, Target

from .conftest import DAY, NOW, Commune, a_track, at

TRACKS = ["ky-nang-so", "nghi-quyet-57", "truyen-thong-so", "doanh-nghiep-nong-nghiep"]
PERIOD = Period.named("2026-12")


@pytest.mark.parametrize(
    ("name", "since", "until"),
    [
        ("2026-06", date(2025, 12, 15), date(2026, 6, 14)),
        ("2026-12", date(2026, 6, 15), date(2026, 12, 14)),
    ],
)
def test_a_period_is_whole_days_in_viet_nam(name, since, until):
    period = Period.named(name)
    assert (period.since, period.until) == (since, until)
    assert period.start == at(since.day, since.month, since.year, 0)
    assert period.end == at(until.day, until.month, until.year, 0) + timedelta(days=1)


@given(st.dates(date(2001, 1, 1), date(2099, 12, 31)))
def test_every_day_is_in_one_period_and_the_period_before_ends_the_day_before(day):
    period, before = listed_periods(day, 2)
    assert period == current_period(day)
    assert period.holds(day) and not before.holds(day)
    assert before.until + timedelta(days=1) == period.since


@pytest.mark.parametrize("name", ["", None, "2026", "2026-07", "26-06", "2026-6", "0001-06", "2026-06 "])
def test_what_is_no_period_is_refused_with_an_example(name):
    with pytest.raises(UnknownPeriod, match="2026-06"):
        Period.named(name)


def test_working_days_leave_out_weekends_and_holidays_and_take_days_made_up(commune):
    commune.session.add(Holiday(day=date(2026, 9, 2), name="Quốc khánh", works=False))
    commune.session.add(Holiday(day=date(2026, 8, 29), name="Làm bù", works=True))
    commune.session.flush()
    working = WorkingDays(commune.session)
    friday = date(2026, 8, 28)
    assert working.after(friday, 1) == date(2026, 8, 29)
    assert working.after(friday, 4) == date(2026, 9, 3)
    assert working.after(friday, 5) == date(2026, 9, 4)


def test_documents_are_noted_to_be_judged_without_holidays_where_the_year_has_none(commune):
    said = "Năm 2026 chưa nhập ngày nghỉ lễ: hạn tính chỉ trừ thứ bảy, chủ nhật."
    assert commune.figure("K2").note == "Chưa có văn bản nào để tính."
    commune.document(date(2026, 9, 1))
    assert commune.figure("K2").note == said
    assert said not in commune.figure("K5").note
    commune.session.add(Holiday(day=date(2027, 4, 30), name="Ngày Chiến thắng"))
    commune.session.flush()
    assert commune.figure("K2").note == said
    commune.session.add(Holiday(day=date(2026, 9, 2), name="Quốc khánh"))
    commune.session.flush()
    assert commune.figure("K2").note == ""


def test_without_a_population_there_is_no_rate_and_the_note_says_what_is_missing(commune):
    person = commune.person(1, "can-bo")
    commune.completed(person, "nghi-quyet-57", at(1, 7))
    figure = commune.figure("K1")
    assert figure.numerator == 1
    assert pd.isna(figure.population) and pd.isna(figure.rate)
    assert figure.status == "unknown"
    assert "Ấp 1; Ấp 2" in figure.note
    commune.populations(2026, {"can-bo": 4}, hamlet=1)
    assert pd.isna(commune.figure("K1").rate)
    assert "Chưa có dân số: Ấp 2." in commune.figure("K1").note
    commune.populations(2026, {"can-bo": 0}, hamlet=2)
    assert commune.figure("K1").rate == 0.25


def test_more_people_than_the_population_is_flagged_and_shown(commune):
    commune.populations(2026, {"can-bo": 1}, hamlet=1)
    commune.populations(2026, {"can-bo": 0}, hamlet=2)
    for _ in range(2):
        commune.completed(commune.person(1, "can-bo"), "nghi-quyet-57", at(1, 7))
    figure = commune.figure("K1")
    assert (figure.rate, figure.flagged) == (2.0, True)
    assert "Trên 100%" in figure.note


def test_people_counted_where_the_population_is_0_are_flagged_without_a_rate(commune):
    for hamlet in (1, 2):
        commune.populations(2026, {"can-bo": 0}, hamlet)
    for _ in range(2):
        commune.completed(commune.person(1, "can-bo"), "nghi-quyet-57", at(1, 7))
    figure = commune.figure("K1")
    assert pd.isna(figure.rate) and (figure.population, figure.flagged) == (0, True)
    assert "Có 2 người được tính mà dân số là 0" in figure.note


def test_nobody_counted_where_the_population_is_0_is_nothing_to_look_at(commune):
    for hamlet in (1, 2):
        commune.populations(2026, {"can-bo": 0}, hamlet)
    figure = commune.figure("K1")
    assert (figure.flagged, figure.note, figure.status) == (False, "", "empty")
    about = standing(Facts(commune.session, commune.catalogue, PERIOD, DAY)).set_index("indicator").loc["K1"]
    assert about["position"] == "Không có người nào để tính."
    assert commune.figure("K2").note == "Chưa có văn bản nào để tính."


def test_before_its_first_year_an_indicator_is_not_due_and_shows_its_figure(tan_hoi):
    before, after = tan_hoi.figure("K3", "2026-12"), tan_hoi.figure("K3", "2028-06")
    assert (before.status, before.numerator) == ("not-due", 9)
    assert (after.status, after.numerator) == ("missed", 10)


def test_the_staffs_own_target_holds_from_its_year_on_and_only_where_the_plan_leaves_it(tan_hoi):
    def own(code, year, share):
        tan_hoi.session.add(Target(indicator=code, year=year, share=share, source="KH", recorded_at=NOW))
        tan_hoi.session.flush()

    assert tan_hoi.figure("B1").target == 1.0
    own("B1", 2026, 0.03)
    own("B1", 2027, 0.9)
    own("B2", 2026, 0.5)
    own("K1", 2026, 0.1)
    assert (tan_hoi.figure("B1").target, tan_hoi.figure("B1").status) == (0.03, "reached")
    assert tan_hoi.figure("B1", "2027-06").target == 0.9
    assert tan_hoi.figure("B2").status == "reached"
    assert tan_hoi.figure("K1").target == 1.0


def test_a_track_is_completed_in_the_period_of_its_last_step_and_counts_once(commune):
    commune.populations(2026, {"can-bo": 2})
    commune.populations(2026, {"can-bo": 2}, hamlet=2)
    person = commune.person(1, "can-bo")
    commune.completed(person, "nghi-quyet-57", at(1, 7), began=at(1, 3))
    commune.completed(person, "nghi-quyet-57", at(1, 9))
    assert commune.figure("K1", "2026-06").numerator == 0
    assert commune.figure("K1", "2026-12", "period").numerator == 1
    assert commune.figure("K1", "2027-06", "period").numerator == 0
    assert commune.figure("K1", "2027-06").numerator == 1


def test_what_is_no_longer_in_the_kit_and_optional_exercises_complete_nothing(commune):
    person = commune.person(1, "nguoi-dan")
    for number in range(5):
        commune.did(person, "completed", at(1, 7), lesson="ky-nang-so/cu", exercise=f"bai-{number}")
        commune.did(person, "completed", at(1, 7), lesson="ky-nang-so/otp", exercise="them")
    assert commune.figure("B1").numerator == 0
    assert commune.figure("K3").numerator == 1


def test_a_track_without_quizzes_is_completed_by_its_exercises(commune, catalogue):
    track, _ = a_track("nghi-quyet-57", "B", ("muc-tieu", ["mot", "hai"], False))
    others = tuple(one for one in catalogue.tracks if one.slug != track.slug)
    commune.catalogue = replace(catalogue, tracks=(*others, track))
    done, begun = commune.person(1, "can-bo"), commune.person(1, "can-bo")
    commune.completed(done, "nghi-quyet-57", at(1, 7))
    commune.did(begun, "completed", at(1, 7), lesson="nghi-quyet-57/muc-tieu", exercise="mot")
    assert commune.figure("K1").numerator == 1


def test_of_two_moves_on_one_day_the_one_recorded_last_holds(commune):
    person = commune.person(1)
    commune.completed(person, "ky-nang-so", at(1, 7))
    commune.moved(person, date(2026, 7, 2), hamlet=1)
    commune.moved(person, date(2026, 12, 15), hamlet=1)
    commune.moved(person, date(2026, 7, 1), hamlet=1)
    commune.moved(person, date(2026, 7, 2), hamlet=2, recorded=NOW + timedelta(hours=1))
    assert commune.figure("B1", by="hamlet", key=commune.places[1]).numerator == 1


def test_an_empty_commune_has_all_its_indicators_and_no_rate(commune, catalogue):
    for by in (None, "hamlet", "group", "track"):
        table = compute(commune.session, catalogue, PERIOD, by, DAY)
        assert list(table.columns) == list(COLUMNS)
        assert list(dict.fromkeys(table["indicator"])) == [one.code for one in INDICATORS]
        assert table["numerator"].sum() == 0 and table["rate"].isna().all()
    with pytest.raises(FigureRefused):
        compute(commune.session, catalogue, PERIOD, "ward", DAY)


def test_an_indicator_is_found_by_its_code():
    assert indicator(" k1 ").code == "K1"
    with pytest.raises(UnknownIndicator, match="K1, K2"):
        indicator("K9")


PEOPLE = st.lists(
    st.tuples(
        st.sampled_from(["hoc-sinh", "nguoi-dan", "can-bo", "nguoi-lao-dong"]),
        st.booleans(),
        st.lists(st.tuples(st.sampled_from(TRACKS), st.integers(0, 400)), max_size=3),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=PEOPLE, data=st.data())
def test_no_order_of_events_no_duplicate_and_no_merge_changes_a_figure(database, catalogue, people, data):
    """Each step of each track is done once and in order; then by one of two entries of the same person, in
    any order, and some of it once more later. (Who is reached again later is reached in that period too.)"""
    steps = [
        (number, step, at(1, 1) + timedelta(days=day, minutes=minute))
        for number, (_, _, tracks) in enumerate(people)
        for track, day in tracks
        for minute, step in enumerate(Commune.steps_of(catalogue, track))
    ]
    with database.session() as session:
        plain = _figures(session, catalogue, people, [(one, 0) for one in steps], merged=False)
        again = [(number, step, when + timedelta(days=9)) for number, step, when in steps if number % 2]
        shuffled = data.draw(st.permutations(steps + again))
        entries = data.draw(st.lists(st.integers(0, 1), min_size=len(shuffled), max_size=len(shuffled)))
        mixed = _figures(session, catalogue, people, list(zip(shuffled, entries, strict=True)), merged=True)
    again_in_period = (plain["indicator"] == "K3") & (plain["span"] == "period")
    pd.testing.assert_frame_equal(plain[~again_in_period], mixed[~again_in_period])


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=PEOPLE, count=st.integers(0, 3))
def test_a_numerator_is_never_above_its_population_unless_flagged(database, catalogue, people, count):
    steps = [
        ((number, step, at(1, 7) + timedelta(days=day)), 0)
        for number, (_, _, tracks) in enumerate(people)
        for track, day in tracks
        for step in Commune.steps_of(catalogue, track)
    ]
    with database.session() as session:
        table = _figures(session, catalogue, people, steps, merged=False, count=count)
    assert table["population"].notna().all()
    assert ((table["numerator"] > table["population"]) == table["flagged"]).all()


def _figures(session, catalogue, people, steps, merged, count=2):
    """The figures of a made-up commune, which is taken back afterwards."""
    point = session.begin_nested()
    commune = Commune(session, catalogue)
    for hamlet in (1, 2):
        groups = ["hoc-sinh", "nguoi-dan", "can-bo", "nguoi-lao-dong", "truyen-thong"]
        commune.populations(2026, dict.fromkeys(groups, count), hamlet)
    entries = []
    for number, (group, communicator, _) in enumerate(people):
        on_first = number % 2 == 0 or not merged  # the mark stands on either entry
        keep = commune.person(1, group, 1970, communicator and on_first)
        other = commune.person(2, group, 1970, communicator, is_now=keep) if merged else keep
        entries.append((keep, other))
    commune.business(1, [both[1] for both in entries])
    for (number, step, when), entry in steps:
        commune.did(entries[number][entry], moment=when, **step)
    table = compute(session, catalogue, PERIOD, "track", DAY)
    point.rollback()
    session.expunge_all()
    return table
