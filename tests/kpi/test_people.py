"""What staff record of people is in the figures: marked communicators, and moves from their day on."""

from datetime import UTC, date, datetime

from hocso.records import people

from .conftest import at


def test_a_move_counts_from_its_day_on_and_not_before(commune):
    commune.populations(2026, {"nguoi-dan": 10, "can-bo": 1, "nguoi-lao-dong": 1})
    commune.populations(2026, {"nguoi-dan": 20, "can-bo": 1, "nguoi-lao-dong": 1}, hamlet=2)
    person = commune.person(1)
    commune.completed(person, "ky-nang-so", at(25, 11))
    now = datetime(2027, 3, 1, tzinfo=UTC)
    since = date(2027, 2, 1)
    people.move(commune.session, person, hamlet_id="ap-2", group="can-bo", since=since, now=now)

    def counted(period, key, by="hamlet"):
        return commune.figure("B1", period, by=by, key=key)["numerator"]

    assert (counted("2026-12", "ap-1"), counted("2026-12", "ap-2")) == (1, 0)
    assert (counted("2027-06", "ap-1"), counted("2027-06", "ap-2")) == (0, 1)
    assert (counted("2026-12", "nguoi-dan", "group"), counted("2027-06", "nguoi-dan", "group")) == (1, 0)


def test_only_marked_communicators_count_in_k4(commune):
    commune.populations(2028, {"truyen-thong": 5})
    person = commune.person(1)
    commune.completed(person, "truyen-thong-so", at(1, 3, 2028))
    assert commune.figure("K4", "2028-06")["numerator"] == 0
    people.mark_communicator(commune.session, person, True)
    assert commune.figure("K4", "2028-06")["numerator"] == 1


def test_a_mark_on_either_entry_of_a_person_is_theirs_until_it_is_taken_back(commune):
    commune.populations(2028, {"truyen-thong": 5})
    person = commune.person(1)
    entry = commune.person(2, communicator=True, is_now=person)
    commune.completed(person, "truyen-thong-so", at(1, 3, 2028))
    assert commune.figure("K4", "2028-06")["numerator"] == 1
    assert [one.id for one in people.communicators(commune.session)] == [person]
    people.mark_communicator(commune.session, entry, False)
    assert commune.figure("K4", "2028-06")["numerator"] == 0
    assert people.communicators(commune.session) == []
