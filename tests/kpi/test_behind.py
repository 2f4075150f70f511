"""From every figure to those behind it, and from each of them to what they did."""

from datetime import date, timedelta

import pandas as pd
import pytest
from sqlalchemy import delete, select

from hocso.kpi import (
    FigureRefused,
    Part,
    Period,
    activities,
    behind,
    channels,
    compute,
    denominator,
    evidence,
    indicator,
    workers,
)
from hocso.kpi.figures import BY
from hocso.records import Attendance, ClassSession, Event, QuizAttempt, UnknownRecord, accounts
from hocso.records.clock import VIETNAM

from .conftest import DAY, NOW, at

PERIOD = Period.named("2026-12")


@pytest.mark.parametrize("by", [None, *BY])
def test_as_many_are_listed_as_every_figure_says(tan_hoi, catalogue, by):
    table = compute(tan_hoi.session, catalogue, PERIOD, by, DAY)
    for row in table.itertuples():
        part = Part(**({} if row.by == "all" else {row.by: row.key}), span=row.span)
        rows = behind(tan_hoi.session, catalogue, PERIOD, row.indicator, part, day=DAY)
        assert rows["counted"].sum() == row.numerator, (row.indicator, part)
        assert rows["pending"].sum() == row.pending, (row.indicator, part)
        if indicator(row.indicator).of_people:
            people = denominator(tan_hoi.session, catalogue, PERIOD, row.indicator, part)
            assert people["count"].sum() == row.population
        elif row.span == "total" or row.indicator == "K2":
            assert len(rows) - row.pending == row.population, (row.indicator, part)


def test_a_part_that_an_indicator_does_not_have_is_refused(tan_hoi, catalogue):
    place = tan_hoi.places[0]
    for code, part in (
        ("K2", Part(hamlet=place)),
        ("K1", Part(hamlet="ap-la")),
        ("K1", Part(group="nguoi-dan")),
        ("K5", Part(track="ky-nang-so")),
        ("K1", Part(track="chuong-la")),
    ):
        with pytest.raises(FigureRefused, match=code):
            behind(tan_hoi.session, catalogue, PERIOD, code, part, day=DAY)


def test_two_parts_at_once_are_those_who_are_in_both(tan_hoi, catalogue):
    part = Part(hamlet=tan_hoi.places[1], group="hoc-sinh", track="ky-nang-so")
    rows = behind(tan_hoi.session, catalogue, PERIOD, "K3", part, day=DAY)
    assert rows["name"].tolist() == ["Người 5"] and part.cell is None


def test_a_document_shows_its_days_and_whether_it_was_in_time(tan_hoi, catalogue):
    rows = behind(tan_hoi.session, catalogue, PERIOD, "K2", day=DAY)
    assert set(zip(rows["received"], rows["deadline"], rows["published"], rows["result"], strict=True)) == {
        (date(2026, 6, 2), date(2026, 6, 9), date(2026, 6, 9), "đúng hạn"),
        (date(2026, 8, 28), date(2026, 9, 7), date(2026, 9, 7), "đúng hạn"),
        (date(2026, 8, 28), date(2026, 9, 7), date(2026, 9, 8), "muộn hạn"),
        (date(2026, 11, 10), date(2026, 11, 17), None, "hết hạn, chưa đăng"),
        (date(2026, 11, 20), date(2026, 11, 27), None, "còn trong hạn"),
    }


def test_a_business_shows_its_kind_in_words_and_how_many_there_have_finished(tan_hoi, catalogue):
    rows = behind(tan_hoi.session, catalogue, PERIOD, "B2", day=DAY)
    shown = rows[["about", "workers", "finished", "counted"]].values.tolist()
    assert shown == [["Cơ sở dịch vụ", 1, 0, False], ["Cơ sở dịch vụ", 2, 1, True]]
    who = workers(tan_hoi.session, catalogue, PERIOD, rows["id"].iloc[1])
    assert who["name"].tolist() == ["Người 6", "Người 2"]
    assert f"{who['at'].iloc[0].astimezone(VIETNAM):%d/%m}" == "02/07" and pd.isna(who["at"].iloc[1])


def test_the_activities_behind_a_channel_are_those_that_were_counted(tan_hoi):
    for row in channels(tan_hoi.session, PERIOD, DAY).itertuples():
        rows = activities(tan_hoi.session, PERIOD, row.channel, row.span, DAY)
        assert len(rows) == row.activities
        assert sum(reach or 0 for reach in rows["reach"]) == row.reach
        assert rows["reach"].isna().sum() == row.unreported
        assert set(rows["channel"]) <= {row.label}
    with pytest.raises(FigureRefused):
        activities(tan_hoi.session, PERIOD, "bao-giay")


def test_what_a_register_dates_after_today_counts_from_that_day_on_in_figures_lists_and_evidence(commune):
    """The registers refuse such dates; they may have come from another device all the same."""
    session, catalogue, later = commune.session, commune.catalogue, DAY + timedelta(days=1)
    person = commune.person()
    commune.activity(later, [person], reach=70)
    commune.task(DAY, communicated=later)
    commune.task(later)

    def counted(day):
        tasks = commune.figure("K5", day=day)
        table = channels(session, PERIOD, day)
        return {
            "K3": commune.figure("K3", day=day).numerator,
            "K5": (tasks.numerator, tasks.population),
            "those reached": int(behind(session, catalogue, PERIOD, "K3", day=day)["counted"].sum()),
            "tasks": behind(session, catalogue, PERIOD, "K5", day=day)["at"].notna().tolist(),
            "evidence": len(evidence(session, catalogue, PERIOD, "K3", person, day=day)),
            "reach": int(table.loc[table["span"] == "period", "reach"].sum()),
            "activities": len(activities(session, PERIOD, "hoi-nghi", day=day)),
        }

    today, tomorrow = counted(DAY), counted(later)
    assert today == {
        "K3": 0, "K5": (0, 1), "those reached": 0, "tasks": [False], "evidence": 0, "reach": 0,
        "activities": 0,
    }  # fmt: skip
    assert tomorrow == {
        "K3": 1, "K5": (1, 2), "those reached": 1, "tasks": [False, True], "evidence": 1, "reach": 70,
        "activities": 1,
    }  # fmt: skip


@pytest.mark.parametrize("code", ["K1", "K3", "K4", "B1"])
def test_what_each_person_did_agrees_with_whether_and_when_they_are_counted(tan_hoi, catalogue, code):
    rows = behind(tan_hoi.session, catalogue, PERIOD, code, day=DAY)
    assert rows["counted"].any()
    for row in rows.itertuples():
        done = evidence(tan_hoi.session, catalogue, PERIOD, code, row.id, day=DAY)
        if code == "K3":
            assert row.counted == bool(len(done))
            assert row.in_period == done["in_period"].any()
            assert not row.counted or done["at"].min() == row.at
        else:
            assert row.counted == done["at"].notna().all()
            assert not row.counted or done["at"].max() == row.at


def person_in_class(commune):
    """Somebody who did an exercise in a class, and the quiz on paper, which the trainer typed in."""
    person, session = commune.person(1, "can-bo"), commune.session
    about = {
        "username": "thay.mau",
        "password": "mat-khau-dai",
        "role": "trainer",
        "display_name": "Thầy Mẫu",
    }
    trainer = accounts.create_account(session, **about)
    one = ClassSession(
        code="ABCDEF", trainer_id=trainer.id, place="Nhà văn hóa", date=date(2026, 7, 1), created_at=NOW
    )
    attempt = QuizAttempt(
        learner_id=person,
        quiz_id="nghi-quyet-57-01",
        seed=1,
        state="graded",
        created_at=NOW,
        entered_by=trainer.id,
    )
    session.add_all([one, attempt])
    session.flush()
    session.add(Attendance(class_session_id=one.id, learner_id=person, checked_in_at=at(1, 7), how="card"))
    exercise, quiz = commune.steps("nghi-quyet-57")
    commune.did(person, moment=at(1, 7), **exercise)
    commune.did(person, moment=at(2, 7), **quiz)
    first, second = session.scalars(select(Event).order_by(Event.occurred_at))
    first.class_session_id, second.attempt_id = one.id, attempt.id
    session.flush()
    return person


def test_evidence_says_what_when_in_which_class_and_how(commune, catalogue):
    done = evidence(commune.session, catalogue, PERIOD, "K1", person_in_class(commune))
    assert done[["what", "about", "place", "how"]].values.tolist() == [
        [
            "Xong bài tập 1/1",
            "Bài 1. muc-tieu",
            "Lớp Nhà văn hóa, 01/07/2026",
            "làm trên máy; vào lớp bằng thẻ",
        ],
        ["Đạt bài kiểm tra", "Bài 1. muc-tieu", "Ngoài lớp", "bài giấy, giảng viên nhập"],
    ]


def test_who_was_ticked_in_a_class_and_opened_no_lesson_is_not_reached(commune):
    person_in_class(commune)
    assert commune.figure("K3").numerator == 1
    commune.session.execute(delete(Event))
    assert commune.figure("K3").numerator == 0


def test_evidence_of_reach_is_a_line_a_day_and_lesson_and_each_activity_with_its_channel(commune, catalogue):
    person = commune.person()
    for minute, verb in enumerate(["initialized", "answered", "answered"]):
        commune.did(person, verb, at(1, 7, 2026, 9, minute), lesson="ky-nang-so/otp")
    commune.did(person, "initialized", at(3, 7), lesson="ky-nang-so/da-bo")
    commune.activity(date(2026, 7, 2), [person])
    done = evidence(commune.session, catalogue, PERIOD, "K3", person)
    assert done[["what", "about", "place"]].values.tolist() == [
        ["Mở bài; trả lời 2 lần", "Bài 1. otp", "Ngoài lớp"],
        ["Dự hoạt động truyền thông", "Hoạt động 2", "Hội nghị, sinh hoạt chuyên đề"],
        ["Mở bài", "Bài không còn trong bộ học (ky-nang-so/da-bo)", "Ngoài lớp"],
    ]
    of_track = evidence(commune.session, catalogue, PERIOD, "K3", person, "ky-nang-so")
    assert of_track["about"].tolist() == ["Bài 1. otp"]


def test_what_is_still_missing_of_a_track_is_in_the_list_of_what_was_done(commune, catalogue):
    person = commune.person(1, "can-bo")
    commune.did(person, moment=at(1, 7), **next(commune.steps("nghi-quyet-57")))
    done = evidence(commune.session, catalogue, PERIOD, "K1", person)
    assert done["what"][done["at"].isna()].tolist() == ["Đạt bài kiểm tra"]


def test_nobody_who_is_not_here_has_evidence(commune, catalogue):
    with pytest.raises(UnknownRecord):
        evidence(commune.session, catalogue, PERIOD, "K1", "khong-co")
    with pytest.raises(UnknownRecord):
        workers(commune.session, catalogue, PERIOD, "khong-co")
