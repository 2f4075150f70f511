"""Staff put right what is wrong of a learner, and record a move without moving what was counted before."""

from datetime import UTC, date, datetime, timedelta

import pytest

from hocso.records import AlreadyRegistered, InvalidLearner, Learner, UnknownRecord, hamlets, learners, people

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
LATER = NOW + timedelta(days=30)


@pytest.fixture
def session(database, learner):
    with database.session() as session:
        hamlets.add(session, "Ấp 2")
        yield session


@pytest.fixture
def correct(session, learner):
    def correct(**changes):
        said = {"full_name": "Nguyễn Văn Hòa", "birth_year": "1960", "phone": ""} | changes
        return people.correct(session, learner.id, now=LATER, **said)

    return correct


@pytest.fixture
def move(session, learner):
    def move(hamlet_id="ap-2", group="nguoi-dan", since=date(2026, 12, 1), now=LATER):
        return people.move(session, learner.id, hamlet_id=hamlet_id, group=group, since=since, now=now)

    return move


def history(session, learner):
    return [(one.since, one.hamlet_id) for one in people.residences(session, learner.id)]


def test_a_corrected_name_is_found_by_search(session, learner, correct):
    correct(full_name=" Nguyễn  Văn Hoàng ", birth_year="1961", phone="+84 912 345 000")
    (found,) = learners.search(session, "van hoang")
    assert (found.id, found.full_name, found.birth_year) == (learner.id, "Nguyễn Văn Hoàng", 1961)
    assert (found.phone, found.updated_at) == ("0912345000", LATER)
    assert learners.search(session, "hoa ") == [found]  # hoa begins hoang
    assert learners.search(session, "nguyen van hoa x") == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"full_name": "1"}, "full_name"), ({"birth_year": "60"}, "birth_year"), ({"phone": "12"}, "phone")],
)
def test_a_correction_is_checked_like_a_registration(session, learner, correct, changes, field):
    with pytest.raises(InvalidLearner) as refused:
        correct(**changes)
    assert refused.value.field == field
    assert session.get(Learner, learner.id).updated_at is None


def test_nobody_is_corrected_into_somebody_else(session, database, learner, correct):
    other = learners.register(
        session, full_name="Trần Thị Ba", birth_year=1970, hamlet_id="ap-1", group="nguoi-dan", pin="1357",
        consent_wording="Đồng ý", now=NOW,
    )  # fmt: skip
    with pytest.raises(AlreadyRegistered):
        correct(full_name="Tran Thi Ba", birth_year="1970")
    other.merged_into = learner.id
    session.flush()
    assert correct(full_name="Trần Thị Ba", birth_year="1970").full_name == "Trần Thị Ba"


def test_a_move_keeps_the_earlier_place(session, learner, move):
    moved = move()
    assert (moved.hamlet_id, moved.hamlet.name, moved.updated_at) == ("ap-2", "Ấp 2", LATER)
    assert history(session, learner) == [(date(2026, 12, 1), "ap-2"), (date(2026, 11, 24), "ap-1")]
    move(hamlet_id="ap-1", group="can-bo", since=date(2026, 12, 20))
    assert [day for day, _ in history(session, learner)] == [
        date(2026, 12, 20), date(2026, 12, 1), date(2026, 11, 24),
    ]  # fmt: skip
    assert session.get(Learner, learner.id).group == "can-bo"


def test_a_place_that_was_wrong_from_the_start_is_put_right_from_the_start(session, learner, move):
    move(since=date(2026, 11, 24))
    assert history(session, learner) == [(date(2026, 11, 24), "ap-2")]


def test_a_mistaken_move_is_put_right_by_another_from_the_same_day(session, learner, move):
    move()
    move(hamlet_id="ap-1", now=LATER + timedelta(minutes=1))
    assert session.get(Learner, learner.id).hamlet_id == "ap-1"


def test_an_earlier_move_that_is_told_late_does_not_undo_a_later_one(session, learner, move):
    move(hamlet_id="ap-2", since=date(2026, 12, 20))
    move(hamlet_id="ap-1", group="can-bo", since=date(2026, 12, 10))
    now = session.get(Learner, learner.id)
    assert (now.hamlet_id, now.group) == ("ap-2", "nguoi-dan")


@pytest.mark.parametrize(
    "said",
    [{"since": date(2027, 1, 1)}, {"since": date(1959, 1, 1)}, {"group": "khac"}],
)
def test_a_move_that_can_not_be_is_refused(session, learner, move, said):
    with pytest.raises(InvalidLearner):
        move(**said)
    with pytest.raises(UnknownRecord):
        move(hamlet_id="ap-9")
    assert history(session, learner) == []


def test_communicators_are_those_who_are_marked(session, learner):
    assert people.communicators(session) == []
    people.mark_communicator(session, learner.id, True, now=LATER)
    assert [one.id for one in people.communicators(session)] == [learner.id]
    assert session.get(Learner, learner.id).updated_at == LATER
    people.mark_communicator(session, learner.id, False)
    assert people.communicators(session) == []
