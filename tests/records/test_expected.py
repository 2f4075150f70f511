"""Who is expected in a class: put on its list, taken off, beside who came; and where an old card leads."""

from datetime import date, timedelta

import pytest

from hocso.records import (
    ClassRefused,
    Expected,
    Learner,
    RosterRefused,
    UnknownRecord,
    cards,
    class_tables,
    classes,
    completions,
    expected,
    learners,
    merging,
    removal,
    rosters,
)
from tests.records.rosters.conftest import xlsx

HEADER = ["Họ và tên", "Năm sinh", "Ấp"]
HOA, SEN = ["Nguyễn Văn Hòa", 1960, "Ấp 1"], ["Lê Thị Sen", 1970, "Ấp 1"]


@pytest.fixture
def session(database, learner, class_session):
    with database.session() as session:
        yield session


@pytest.fixture
def enrol(session, now):
    def enrol(name):
        said = {"birth_year": 1960, "hamlet_id": "ap-1", "group": "nguoi-dan", "pin": "2468"}
        return learners.register(session, full_name=name, consent_wording="Đồng ý.", now=now, **said)

    return enrol


@pytest.fixture
def plan_class(session, trainer, now):
    def plan_class(day=date(2026, 11, 25)):
        return classes.plan_class(
            session,
            trainer_id=trainer.id,
            place="Trường học",
            date=day,
            lesson_ids=["ky-nang-so/otp"],
            now=now,
        )

    return plan_class


@pytest.fixture
def planned(plan_class):
    return plan_class()


@pytest.fixture
def take_in(session):
    def take_in(*rows, class_id=None):
        plan = rosters.plan(session, rosters.read(xlsx([HEADER, *rows]), "a.xlsx"), default_group="nguoi-dan")
        return rosters.apply(session, plan, account_id=None, consented=False, class_session_id=class_id).id

    return take_in


def names(session, class_session):
    return [who.full_name for who in expected.people(session, class_session.id)]


def roll(session, class_session):
    return [
        (one.person.full_name, one.is_expected, one.attendance is not None)
        for one in expected.roll(session, class_session.id)
    ]


def test_a_planned_class_expects_people_once_and_nobody_is_there_yet(session, planned, learner):
    assert expected.add(session, planned.id, [learner.id, learner.id]) == 1
    assert expected.add(session, planned.id, [learner.id]) == 0
    assert roll(session, planned) == [("Nguyễn Văn Hòa", True, False)]
    assert classes.present(session, planned.id) == []


def test_the_roll_has_who_is_expected_and_who_came_each_once(session, class_session, learner, enrol, now):
    other, uninvited = enrol("Lê Thị Sen"), enrol("Trần Thị Khách")
    expected.add(session, class_session.id, [learner.id, other.id])
    for who in (learner, uninvited):
        classes.check_in(session, class_session.id, who.id, now)
    assert roll(session, class_session) == [
        ("Lê Thị Sen", True, False),
        ("Nguyễn Văn Hòa", True, True),
        ("Trần Thị Khách", False, True),
    ]
    table = class_tables.attendance(session, class_session.id)
    assert table[["full_name", "expected", "present"]].values.tolist() == [
        ["Nguyễn Văn Hòa", True, True],
        ["Trần Thị Khách", False, True],
        ["Lê Thị Sen", True, False],
    ]
    held = class_tables.held(session)
    assert held[["expected", "people"]].values.tolist() == [[2, 2]]


def test_who_is_expected_is_found_first_by_those_who_come_in(session, class_session, enrol):
    first, awaited = enrol("Lê Thị Sen An"), enrol("Lê Thị Sen Bình")
    found = learners.search(session, "sen", class_session_id=class_session.id)
    assert [who.id for who in found] == [first.id, awaited.id]
    expected.add(session, class_session.id, [awaited.id])
    found = learners.search(session, "sen", class_session_id=class_session.id)
    assert [who.id for who in found] == [awaited.id, first.id]


def test_being_expected_is_not_having_been_there(session, catalogue, class_session, learner):
    before = completions.rates(session, catalogue, year=2026)
    expected.add(session, class_session.id, [learner.id])
    assert completions.class_board(session, catalogue, class_session.id).empty
    assert completions.rates(session, catalogue, year=2026).equals(before)


def test_who_was_taken_off_can_be_put_back(session, planned, learner, now):
    expected.add(session, planned.id, [learner.id])
    expected.take_off(session, planned.id, learner.id, now)
    assert names(session, planned) == []
    assert [one.id for one in expected.taken_off(session, planned.id)] == [learner.id]
    with pytest.raises(UnknownRecord):
        expected.take_off(session, planned.id, learner.id)
    expected.put_back(session, planned.id, learner.id)
    assert names(session, planned) == ["Nguyễn Văn Hòa"]
    assert expected.taken_off(session, planned.id) == []


def test_the_list_of_an_ended_class_stays_as_it_was(session, class_session, learner, now):
    expected.add(session, class_session.id, [learner.id])
    classes.close_class(session, class_session.id, now)
    for change in (expected.add, expected.take_off, expected.put_back):
        with pytest.raises(ClassRefused, match="đã kết thúc"):
            change(session, class_session.id, learner.id if change is not expected.add else [learner.id])
    assert roll(session, class_session) == [("Nguyễn Văn Hòa", True, False)]


def test_nobody_unknown_is_put_on_a_list(session, planned, learner):
    with pytest.raises(UnknownRecord):
        expected.add(session, planned.id, [learner.id, "khong-co"])


def test_a_roster_puts_everybody_on_the_list_the_known_ones_too(session, planned, learner, take_in):
    import_id = take_in(HOA, SEN, SEN, class_id=planned.id)
    assert names(session, planned) == ["Lê Thị Sen", "Nguyễn Văn Hòa"]
    assert expected.put_by_roster(session, import_id) == [(planned, 2)]


def test_taking_a_roster_back_takes_everybody_off_the_lists_it_put_them_on(
    session, planned, plan_class, learner, enrol, take_in
):
    by_hand, next_week = enrol("Trần Thị Ghi Tay"), plan_class(date(2026, 12, 1))
    expected.add(session, planned.id, [by_hand.id])
    import_id = take_in(HOA, SEN, class_id=planned.id)
    expected.add_from_class(session, next_week.id, planned.id)
    assert len(names(session, next_week)) == 3
    back = rosters.take_back(session, import_id)
    assert (back.removed, back.stayed, back.off_lists) == (1, (), 4)
    assert names(session, planned) == names(session, next_week) == ["Trần Thị Ghi Tay"]


def test_who_was_put_on_a_list_by_hand_stays_when_their_roster_is_taken_back(session, planned, take_in):
    import_id = take_in(SEN)
    sen = session.query(Learner).filter_by(roster_import_id=import_id).one()
    expected.add(session, planned.id, [sen.id])
    back = rosters.take_back(session, import_id)
    assert [one.why for one in back.stayed] == ["đã được ghi thêm vào danh sách của một lớp"]
    assert names(session, planned) == ["Lê Thị Sen"]


def test_the_list_of_a_removed_plan_keeps_nobody_of_a_roster_that_is_taken_back(
    session, planned, plan_class, take_in
):
    import_id, other = take_in(SEN), plan_class()
    sen = session.query(Learner).filter_by(roster_import_id=import_id).one()
    expected.add(session, planned.id, [sen.id])
    classes.remove(session, planned.id)
    assert rosters.taking_back(session, import_id).stayed == ()
    expected.add(session, other.id, [sen.id])
    assert len(rosters.taking_back(session, import_id).stayed) == 1
    classes.remove(session, other.id)
    back = rosters.take_back(session, import_id)
    assert (back.removed, back.stayed) == (1, ())
    assert session.query(Learner).filter_by(full_name="Lê Thị Sen").all() == []
    assert session.query(Expected).all() == []


def test_everybody_of_an_earlier_roster_can_be_expected_but_not_of_one_taken_back(
    session, planned, plan_class, learner, take_in
):
    import_id, other = take_in(HOA, SEN, class_id=planned.id), plan_class()
    assert expected.add_from_roster(session, other.id, import_id) == 2
    assert names(session, other) == ["Lê Thị Sen", "Nguyễn Văn Hòa"]
    rosters.take_back(session, import_id)
    with pytest.raises(RosterRefused, match="đã hoàn tác"):
        expected.add_from_roster(session, other.id, import_id)
    with pytest.raises(UnknownRecord):
        expected.add_from_roster(session, other.id, "khong-co")


def test_those_whom_an_earlier_roster_found_there_already_are_expected_too(
    session, planned, learner, take_in
):
    import_id = take_in(HOA, SEN)
    assert expected.add_from_roster(session, planned.id, import_id) == 2
    assert names(session, planned) == ["Lê Thị Sen", "Nguyễn Văn Hòa"]
    back = rosters.take_back(session, import_id)
    assert (back.removed, back.off_lists) == (1, 2)
    assert names(session, planned) == []


def test_everybody_of_another_class_can_be_expected(session, class_session, planned, learner, enrol, now):
    came, awaited, left = enrol("Lê Thị Sen"), enrol("Trần Văn Vắng"), enrol("Võ Thị Bỏ")
    classes.check_in(session, class_session.id, came.id, now)
    expected.add(session, class_session.id, [came.id, awaited.id, left.id])
    expected.take_off(session, class_session.id, left.id, now)
    assert expected.add_from_class(session, planned.id, class_session.id) == 2
    assert names(session, planned) == ["Lê Thị Sen", "Trần Văn Vắng"]


def test_one_person_with_two_entries_is_expected_once_and_undoing_gives_both_back(session, planned, enrol):
    one, other = enrol("Lê Thị Hai Tên"), enrol("Lê Thị Hai Tên Nữa")
    expected.add(session, planned.id, [one.id, other.id])
    merging.decide(session, one.id, other.id, "same", keep_id=other.id)
    assert names(session, planned) == ["Lê Thị Hai Tên Nữa"]
    assert expected.add(session, planned.id, [one.id]) == 0
    expected.take_off(session, planned.id, one.id)
    assert names(session, planned) == []
    expected.put_back(session, planned.id, other.id)
    assert names(session, planned) == ["Lê Thị Hai Tên Nữa"]
    merging.decide(session, one.id, other.id, "open")
    assert names(session, planned) == ["Lê Thị Hai Tên Nữa"]
    expected.put_back(session, planned.id, one.id)
    assert names(session, planned) == ["Lê Thị Hai Tên", "Lê Thị Hai Tên Nữa"]


def test_who_is_removed_is_expected_nowhere(session, planned, class_session, learner):
    for one in (planned, class_session):
        expected.add(session, one.id, [learner.id])
    removal.remove(session, learner.id, "asked")
    assert session.query(Expected).all() == []
    assert expected.add_from_class(session, planned.id, class_session.id) == 0


def test_removing_a_plan_takes_its_list_with_it(session, planned, learner):
    expected.add(session, planned.id, [learner.id])
    classes.remove(session, planned.id)
    assert expected.people(session, planned.id) == []


# 10:00 of 24 November in Việt Nam, on which `class_session` was opened.


def into(session, learner, class_session, now):
    way = cards.way_in(session, learner.id, class_session.id, now)
    return way.into and way.into.id


def test_a_card_leads_into_its_own_class_while_that_runs(session, class_session, learner, now):
    assert into(session, learner, class_session, now) == class_session.id
    classes.pause(session, class_session.id, now)
    assert into(session, learner, class_session, now) == class_session.id


def test_an_old_card_leads_into_todays_class_that_expects_its_owner(
    session, class_session, plan_class, learner, now
):
    classes.close_class(session, class_session.id, now)
    tomorrow = now + timedelta(days=1)
    awaits, other = plan_class(), plan_class()
    expected.add(session, awaits.id, [learner.id])
    assert into(session, learner, class_session, tomorrow) is None
    for one in (awaits, other):
        classes.start(session, one.id, tomorrow)
    assert into(session, learner, class_session, tomorrow) == awaits.id


def test_a_class_that_nobody_ended_does_not_keep_a_card_from_todays(
    session, class_session, planned, learner, now
):
    tomorrow = now + timedelta(days=1)
    assert into(session, learner, class_session, tomorrow) == class_session.id
    classes.start(session, planned.id, tomorrow)
    way = cards.way_in(session, learner.id, class_session.id, tomorrow)
    assert way.into is None
    assert [choice.id for choice in way.choices] == [planned.id, class_session.id]
    expected.add(session, planned.id, [learner.id])
    assert into(session, learner, class_session, tomorrow) == planned.id


def test_where_no_class_or_two_expect_somebody_they_are_asked(
    session, class_session, plan_class, learner, now
):
    classes.close_class(session, class_session.id, now)
    one, other = plan_class(), plan_class()
    for running in (one, other):
        classes.start(session, running.id, now)
    for awaited in ([], [one, other]):
        for running in awaited:
            expected.add(session, running.id, [learner.id])
        way = cards.way_in(session, learner.id, class_session.id, now)
        assert way.into is None
        assert {choice.id for choice in way.choices} == {one.id, other.id}


def test_with_no_class_running_a_card_says_which_class_it_was_for(session, class_session, learner, now):
    classes.close_class(session, class_session.id, now)
    way = cards.way_in(session, learner.id, class_session.id, now)
    assert (way.into, way.choices, way.printed_for.id) == (None, (), class_session.id)
    assert cards.way_in(session, learner.id, "khong-co", now).printed_for is None
