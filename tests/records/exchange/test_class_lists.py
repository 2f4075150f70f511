"""Who is expected in a class travels with it, and goes everywhere when their roster is taken back."""

from datetime import date, timedelta

import pytest

from hocso.records import ClassSession, Expected, Learner, classes, expected, hamlets, rosters

pytestmark = pytest.mark.usefixtures("quick_age")


def on_lists(device):
    with device.session(readonly=True) as session:
        return session.query(Expected).count(), session.query(Learner).count()


def test_a_roster_taken_back_here_comes_onto_no_list_again_from_a_laptop_that_does_not_know(hall, office):
    class_id = hall.open_class()
    with hall.session() as session:
        hamlets.add(session, "Ấp Thử 1")
        content = "Họ và tên,Năm sinh,Ấp\nLê Thị Sen,1970,Ấp Thử 1\n".encode()
        plan = rosters.plan(session, rosters.read(content, "a.csv"), default_group="nguoi-dan")
        taken_id = rosters.apply(
            session, plan, account_id=None, consented=False, class_session_id=class_id, now=hall.now()
        ).id
    before = hall.write(whole=True)
    office.take(before)
    assert on_lists(office) == on_lists(hall) == (1, 3)
    with office.session() as session:
        rosters.take_back(session, taken_id, office.now())
    assert office.plan(before).changes == 0
    office.take(before)
    assert on_lists(office) == (0, 2)
    hall.take(office.write())
    assert on_lists(hall) == (0, 2)


@pytest.fixture
def a_plan_with_a_roster(hall):
    """In the hall: a class plan on whose list somebody of a roster was put by hand; ids of both."""
    trainer_id = hall.trainer()
    with hall.session() as session:
        about = {"place": "Nhà văn hóa", "date": date(2026, 11, 24), "lesson_ids": ["ky-nang-so/otp"]}
        class_id = classes.plan_class(session, trainer_id=trainer_id, now=hall.now(), **about).id
        hamlets.add(session, "Ấp Thử 1")
        content = "Họ và tên,Năm sinh,Ấp\nLê Thị Sen,1970,Ấp Thử 1\n".encode()
        plan = rosters.plan(session, rosters.read(content, "a.csv"), default_group="nguoi-dan")
        taken_id = rosters.apply(session, plan, account_id=None, consented=False, now=hall.now()).id
        who = session.query(Learner).filter_by(roster_import_id=taken_id).one()
        expected.add(session, class_id, [who.id], now=hall.now())
    return class_id, taken_id


def test_the_list_of_a_plan_that_was_removed_brings_nobody_of_a_roster_back(
    hall, office, a_plan_with_a_roster
):
    class_id, taken_id = a_plan_with_a_roster
    before = hall.write(whole=True)
    office.take(before)
    with office.session() as session:
        classes.remove(session, class_id, office.now() + timedelta(minutes=1))
        rosters.take_back(session, taken_id, office.now())
    assert on_lists(office) == (0, 2)
    assert office.plan(before).changes == 0
    office.take(before)
    assert on_lists(office) == (0, 2)
    hall.take(office.write())
    assert on_lists(hall) == (0, 2)


@pytest.mark.parametrize("came", [True, False])
def test_where_the_plan_had_begun_all_the_same_who_came_to_the_class_stays(
    hall, office, a_plan_with_a_roster, came
):
    class_id, taken_id = a_plan_with_a_roster
    office.take(hall.write())
    with office.session() as session:
        classes.remove(session, class_id, office.now() + timedelta(minutes=1))
        rosters.take_back(session, taken_id, office.now())
    with hall.session() as session:
        classes.start(session, class_id, hall.now())
        if came:
            (who,) = expected.people(session, class_id)
            classes.check_in(session, class_id, who.id, hall.now())
    from_office = office.write()
    office.take(hall.write(whole=True))
    hall.take(from_office)
    assert on_lists(hall) == on_lists(office) == (0, 3 if came else 2)


@pytest.mark.parametrize("removed_first", [True, False])
def test_a_class_that_began_here_goes_on_with_its_list_though_its_plan_was_removed_elsewhere(
    hall, office, removed_first
):
    trainer_id, who = hall.trainer(), hall.register("Lê Thị Sen")
    with hall.session() as session:
        about = {"place": "Nhà văn hóa", "date": date(2026, 11, 24), "lesson_ids": ["ky-nang-so/otp"]}
        class_id = classes.plan_class(session, trainer_id=trainer_id, now=hall.now(), **about).id
        expected.add(session, class_id, [who], now=hall.now())
    office.take(hall.write())

    moments = [hall.now() + timedelta(minutes=1), hall.now() + timedelta(minutes=2)]
    with office.session() as session:
        classes.remove(session, class_id, moments[0 if removed_first else 1])
    with hall.session() as session:
        classes.start(session, class_id, moments[1 if removed_first else 0])
    from_office, from_hall = office.write(), hall.write()
    hall.take(from_office)
    office.take(from_hall)
    for device in (hall, office):
        with device.session() as session:
            one = session.get(ClassSession, class_id)
            assert one.is_open and one.closed_at is None
            assert [each.id for each in expected.people(session, class_id)] == [who]
            classes.resume(session, class_id, device.now())
            classes.check_in(session, class_id, who, device.now())
