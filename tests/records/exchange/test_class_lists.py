"""Who is expected in a class travels with it, and goes everywhere when their roster is taken back."""

import pytest

from hocso.records import Expected, Learner, hamlets, rosters

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
