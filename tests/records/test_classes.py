from datetime import date, timedelta

import pytest

from hocso.records import ClassRefused, UnknownRecord, accounts, classes, completions


def test_an_open_class_is_found_by_its_code_as_people_type_it(database, class_session):
    code = class_session.code
    with database.session(readonly=True) as session:
        for typed in (code, code.lower(), f" {code[:3]}-{code[3:]} "):
            assert classes.find_by_code(session, typed).id == class_session.id


def test_a_code_has_no_look_alikes(class_session):
    assert len(class_session.code) == 6
    assert not set(class_session.code) & set("0O1IL5S8B2ZU")


def test_a_class_keeps_the_order_of_its_lessons(database, class_session):
    with database.session(readonly=True) as session:
        assert classes.get(session, class_session.id).lesson_ids == [
            "nghi-quyet-57/muc-tieu",
            "ky-nang-so/otp",
        ]


def test_a_closed_class_is_not_found_and_lets_nobody_in(database, class_session, learner, now):
    with database.session() as session:
        classes.close_class(session, class_session.id, now)
        assert classes.find_by_code(session, class_session.code) is None
        with pytest.raises(ClassRefused, match="kết thúc"):
            classes.check_in(session, class_session.id, learner.id)


def test_closing_again_keeps_the_first_time(database, class_session, now):
    with database.session() as session:
        classes.close_class(session, class_session.id, now)
        closed = classes.close_class(session, class_session.id, now + timedelta(hours=1))
    assert closed.closed_at == now


def test_checking_in_twice_keeps_the_first_time(database, class_session, learner, now):
    with database.session() as session:
        classes.check_in(session, class_session.id, learner.id, now)
        again = classes.check_in(session, class_session.id, learner.id, now + timedelta(minutes=5))
    assert again.checked_in_at == now


def test_a_trainer_sees_their_own_classes_the_open_ones_first(database, class_session, trainer, now):
    with database.session() as session:
        other = accounts.create_account(
            session, username="hai", password="mat-khau-dai", role="trainer", display_name="Anh Hai"
        )
        opened = [
            classes.open_class(
                session,
                trainer_id=who.id,
                place="Nhà văn hóa",
                date=date(2026, 11, day),
                lesson_ids=["a/b"],
                now=now,
            )
            for who, day in ((trainer, 20), (trainer, 26), (other, 25))
        ]
        classes.close_class(session, opened[1].id, now)
        seen = [one.id for one in classes.for_trainer(session, trainer.id)]
    assert seen == [class_session.id, opened[0].id, opened[1].id]


@pytest.mark.parametrize(
    "said", [{"place": ""}, {"lesson_ids": []}, {"date": None}, {"trainer_id": "nobody"}]
)
def test_a_class_needs_trainer_place_date_and_lessons(database, trainer, said):
    asked = {
        "trainer_id": trainer.id,
        "place": "Nhà văn hóa",
        "date": date(2026, 11, 24),
        "lesson_ids": ["a/b"],
    }
    with database.session() as session, pytest.raises(ClassRefused):
        classes.open_class(session, **asked | said)


def test_staff_can_not_open_a_class(database):
    with database.session() as session:
        staff = accounts.create_account(
            session, username="hai", password="mat-khau-dai", role="staff", display_name="Anh Hai"
        )
        with pytest.raises(ClassRefused):
            classes.open_class(
                session, trainer_id=staff.id, place="A", date=date(2026, 11, 24), lesson_ids=["a/b"]
            )


def test_who_was_taken_out_counts_nowhere_and_can_check_in_again(
    database, catalogue, class_session, learner, now
):
    with database.session() as session:
        classes.check_in(session, class_session.id, learner.id, now)
        classes.take_out(session, class_session.id, learner.id, now)
        assert classes.present(session, class_session.id) == []
        assert completions.class_board(session, catalogue, class_session.id).empty
        with pytest.raises(UnknownRecord):
            classes.take_out(session, class_session.id, learner.id, now)
        classes.check_in(session, class_session.id, learner.id, now)
        assert [one.id for one in classes.present(session, class_session.id)] == [learner.id]
        assert not completions.class_board(session, catalogue, class_session.id).empty
