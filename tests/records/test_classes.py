from datetime import date, timedelta

import pytest
from sqlalchemy import select

from hocso.records import (
    ClassRefused,
    PaperCopy,
    UnknownRecord,
    accounts,
    class_tables,
    classes,
    completions,
    learners,
    merging,
    paper_copies,
)


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


@pytest.fixture
def planned(database, trainer, now):
    with database.session() as session:
        return classes.plan_class(
            session,
            trainer_id=trainer.id,
            place="Nhà văn hóa",
            date=date(2026, 11, 24),
            lesson_ids=["ky-nang-so/otp"],
            now=now,
        )


def test_a_planned_class_has_a_code_and_lets_nobody_in_before_it_is_started(database, planned, learner, now):
    later = now + timedelta(minutes=5)
    with database.session() as session:
        assert classes.find_by_code(session, planned.code).state == "planned"
        with pytest.raises(ClassRefused, match="Lớp chưa bắt đầu"):
            classes.check_in(session, planned.id, learner.id)
        assert classes.start(session, planned.id, later).state == "open"
        classes.check_in(session, planned.id, learner.id)
        started = classes.start(session, planned.id, later + timedelta(hours=1))
    assert (started.opened_at, started.updated_at) == (later, later)


def test_a_planned_class_can_be_changed_and_keeps_its_code(database, planned, now):
    later = now + timedelta(days=1)
    with database.session() as session:
        classes.change(
            session,
            planned.id,
            place="Trường học",
            date=date(2026, 12, 1),
            lesson_ids=["nghi-quyet-57/muc-tieu", "ky-nang-so/otp"],
            now=later,
        )
    with database.session(readonly=True) as session:
        kept = classes.find_by_code(session, planned.code)
        assert (kept.place, kept.date, kept.updated_at) == ("Trường học", date(2026, 12, 1), later)
        assert kept.lesson_ids == ["nghi-quyet-57/muc-tieu", "ky-nang-so/otp"]


def test_only_a_planned_class_can_be_changed_or_removed(database, planned, class_session, now):
    with database.session() as session:
        with pytest.raises(ClassRefused, match="không xóa được"):
            classes.remove(session, class_session.id)
        with pytest.raises(ClassRefused, match="không sửa"):
            classes.change(session, class_session.id, place="A", date=date(2026, 12, 1), lesson_ids=["a/b"])
        with pytest.raises(ClassRefused, match="xóa kế hoạch"):
            classes.close_class(session, planned.id)
        for one in (planned, class_session):
            paper_copies.keep(session, one.id, "ky-nang-so-04", {1: []}, printed_by=planned.trainer_id)
        classes.remove(session, planned.id)
        assert session.scalars(select(PaperCopy.class_session_id)).all() == [class_session.id]


def test_a_removed_plan_is_as_if_it_were_not_there(database, planned, now):
    with database.session() as session:
        classes.remove(session, planned.id, now)
        assert classes.find_by_code(session, planned.code) is None
        assert classes.ended_with_code(session, planned.code) is None
        assert planned.id not in [one.id for one in classes.for_trainer(session, planned.trainer_id)]
        assert planned.id not in list(class_tables.held(session)["id"])
        for step in (classes.get, classes.start, classes.remove, classes.close_class):
            with pytest.raises(UnknownRecord, match="Không tìm thấy lớp"):
                step(session, planned.id)


def test_in_a_pause_nobody_new_comes_in_and_who_is_there_stays(
    database, class_session, learner, register, now
):
    late = register("Trần Thị Muộn")
    with database.session() as session:
        classes.check_in(session, class_session.id, learner.id, now)
        assert classes.pause(session, class_session.id, now).state == "paused"
        assert classes.check_in(session, class_session.id, learner.id).checked_in_at == now
        with pytest.raises(ClassRefused, match="Lớp đang tạm nghỉ"):
            classes.check_in(session, class_session.id, late.id)
        classes.resume(session, class_session.id, now + timedelta(minutes=9))
        classes.check_in(session, class_session.id, late.id)


def test_every_change_of_a_class_says_when(database, planned, now):
    with database.session() as session:
        for minutes, step in enumerate(
            (classes.start, classes.pause, classes.resume, classes.close_class), 1
        ):
            at = now + timedelta(minutes=minutes)
            assert step(session, planned.id, at).updated_at == at


def test_an_ended_class_is_not_started_or_paused_again(database, class_session, now):
    with database.session() as session:
        classes.close_class(session, class_session.id, now)
        for step in (classes.start, classes.pause, classes.resume):
            with pytest.raises(ClassRefused, match="không mở lại được"):
                step(session, class_session.id)
        assert classes.ended_with_code(session, class_session.code.lower()).id == class_session.id


def test_who_was_written_down_on_paper_can_be_entered_after_the_end(
    database, class_session, learner, trainer, now
):
    end = now + timedelta(hours=2)
    with database.session() as session:
        classes.close_class(session, class_session.id, end)
        with pytest.raises(ClassRefused, match="đã kết thúc"):
            classes.check_in(session, class_session.id, learner.id, how="list", recorded_by=trainer.id)
        entered = classes.check_in(
            session,
            class_session.id,
            learner.id,
            now + timedelta(days=3),
            how="paper",
            recorded_by=trainer.id,
        )
    assert (entered.how, entered.recorded_by, entered.checked_in_at) == ("paper", trainer.id, end)


@pytest.mark.parametrize(("days", "hour"), [(0, 3), (5, 5), (-1, 3)])
def test_what_was_written_on_paper_counts_for_the_day_of_the_class(class_session, now, days, hour):
    """03:00 UTC is 10:00 in Việt Nam; of another day, noon there, and never later than now."""
    moment = classes.moment_on_paper(class_session, now + timedelta(days=days))
    assert moment == (now + timedelta(days=min(days, 0))).replace(hour=hour)


def test_the_trainer_can_tick_somebody_in_a_pause(database, class_session, learner, trainer):
    with database.session() as session:
        classes.pause(session, class_session.id)
        ticked = classes.check_in(session, class_session.id, learner.id, how="list", recorded_by=trainer.id)
    assert (ticked.how, ticked.recorded_by) == ("list", trainer.id)


def test_taking_out_can_be_undone_as_it_was(database, class_session, learner, now):
    with database.session() as session:
        classes.check_in(session, class_session.id, learner.id, now, how="card")
        classes.take_out(session, class_session.id, learner.id, now)
        assert [who.id for who, _ in classes.attendance(session, class_session.id, taken_out=True)] == [
            learner.id
        ]
        classes.close_class(session, class_session.id, now)
        classes.put_back(session, class_session.id, learner.id, now + timedelta(minutes=1))
        ((_, row),) = classes.attendance(session, class_session.id)
        with pytest.raises(UnknownRecord):
            classes.put_back(session, class_session.id, learner.id)
    assert (row.how, row.checked_in_at, row.removed_at) == ("card", now, None)


def test_a_trainer_is_offered_those_of_their_own_earlier_classes(
    database, class_session, trainer, register, planned
):
    seen, other, here = register("Lê Thị Cũ"), register("Lê Thị Lạ"), register("Lê Thị Đây")
    with database.session() as session:
        colleague = accounts.create_account(
            session, username="hai", password="mat-khau-dai", role="trainer", display_name="Anh Hai"
        )
        theirs = classes.open_class(
            session,
            trainer_id=colleague.id,
            place="Nơi khác",
            date=date(2026, 11, 1),
            lesson_ids=["a/b"],
        )
        classes.start(session, planned.id)
        for class_id, who in (
            (class_session.id, seen),
            (class_session.id, here),
            (planned.id, here),
            (theirs.id, other),
        ):
            classes.check_in(session, class_id, who.id)
        known = classes.known_to(session, trainer.id, not_in=planned.id)
    assert [one.id for one in known] == [seen.id]


def test_work_counts_for_a_class_until_the_end_of_its_day(database, class_session, now):
    """`now` is 10:00 in Việt Nam."""
    with database.session() as session:
        assert classes.counted_for(session, class_session.id, now + timedelta(days=9)) == class_session.id
        classes.close_class(session, class_session.id, now)
        assert classes.counted_for(session, class_session.id, now + timedelta(hours=13)) == class_session.id
        assert classes.counted_for(session, class_session.id, now + timedelta(hours=14)) is None
        assert classes.counted_for(session, None) is None


def test_one_person_with_two_entries_is_in_a_class_once_and_taken_out_once(
    database, class_session, trainer, register, planned, now
):
    one, other = register("Lê Thị Hai Tên"), register("Lê Thị Hai Tên Nữa")
    with database.session() as session:
        for who in (one, other):
            classes.check_in(session, class_session.id, who.id, now)
        merging.decide(session, one.id, other.id, "same", keep_id=other.id)
        assert [who.id for who in classes.present(session, class_session.id)] == [other.id]
        assert [who.id for who in classes.known_to(session, trainer.id, not_in=planned.id)] == [other.id]
        classes.take_out(session, class_session.id, one.id)
        ((gone, _),) = classes.attendance(session, class_session.id, taken_out=True)
        assert gone.id == other.id
        classes.put_back(session, class_session.id, other.id, now)
        assert [who.id for who in classes.present(session, class_session.id)] == [other.id]
        assert classes.attendance(session, class_session.id, taken_out=True) == []
        merging.decide(session, one.id, other.id, "open")
        assert {who.id for who in classes.present(session, class_session.id)} == {one.id, other.id}


def test_who_agrees_and_checks_in_at_once_has_agreed_from_then_on(database, class_session, learner, now):
    with database.session() as session:
        learners.get(session, learner.id).consent_at = None
    with database.session() as session:
        here = classes.get(session, class_session.id)
        learners.agree(session, learner.id, "Tôi đồng ý.", now)
        classes.check_in(session, here.id, learner.id, now)
        learners.agree(session, learner.id, "Tôi đồng ý lần nữa.", now + timedelta(days=1))
    with database.session(readonly=True) as session:
        kept = learners.get(session, learner.id)
        assert (kept.consent_at, kept.consent_wording) == (now, "Tôi đồng ý.")
