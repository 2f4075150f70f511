import unicodedata
from datetime import timedelta

import pytest

from hocso.records import (
    AlreadyRegistered,
    InvalidLearner,
    Learner,
    UnknownRecord,
    classes,
    learners,
    merging,
)


def check(database, learner, pin, now):
    with database.session() as session:
        return learners.check_pin(session, learner.id, pin, now=now)


def test_a_learner_is_kept_as_registered(database, register, now):
    learner = register(unicodedata.normalize("NFD", " Nguyễn  Văn Hòa "), phone="+84 912 345 000")
    with database.session(readonly=True) as session:
        kept = learners.get(session, learner.id)
    assert (kept.full_name, kept.birth_year, kept.hamlet.name) == ("Nguyễn Văn Hòa", 1960, "Ấp 1")
    assert (kept.group, kept.phone, kept.is_sample) == ("nguoi-dan", "0912345000", False)
    assert kept.consent_wording.startswith("Tôi đồng ý") and kept.consent_at == now
    assert len(kept.code) == 8


def test_the_pin_is_not_kept_as_typed(learner):
    assert learner.pin_hash.startswith("$argon2id$")


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("full_name", {"full_name": " "}),
        ("full_name", {"full_name": "0912345000"}),
        ("full_name", {"full_name": "<b>Lan</b>"}),
        ("full_name", {"full_name": "Lan " * 30}),
        ("birth_year", {"birth_year": 1890}),
        ("birth_year", {"birth_year": 2024}),
        ("birth_year", {"birth_year": "bảy mươi"}),
        ("group", {"group": "khac"}),
        ("pin", {"pin": "123"}),
        ("pin", {"pin": "12345"}),
        ("pin", {"pin": "١٢٣٤"}),
        ("phone", {"phone": "12345"}),
    ],
)
def test_what_can_not_be_accepted_names_its_field(register, field, said):
    with pytest.raises(InvalidLearner) as caught:
        register(**said)
    assert caught.value.field == field
    assert str(caught.value).endswith(".")


def test_registration_needs_a_known_hamlet_and_consent(database, register, now):
    said = {"full_name": "Trần Thị Lan", "birth_year": 1970, "group": "nguoi-dan", "pin": "2468", "now": now}
    register()
    with database.session() as session:
        with pytest.raises(InvalidLearner) as no_hamlet:
            learners.register(session, hamlet_id="nowhere", consent_wording="Đồng ý", **said)
        with pytest.raises(InvalidLearner) as no_consent:
            learners.register(session, hamlet_id="ap-1", consent_wording=" ", **said)
    assert (no_hamlet.value.field, no_consent.value.field) == ("hamlet_id", "consent_wording")


@pytest.mark.parametrize("name", ["Nguyễn Văn Hòa", "NGUYỄN VĂN HOÀ", "Nguyen Van Hoa"])
def test_the_same_person_registers_once(register, learner, name):
    with pytest.raises(AlreadyRegistered) as caught:
        register(name)
    assert caught.value.learner_id == learner.id
    assert "Hòa" not in str(caught.value)


@pytest.mark.parametrize("said", [{"full_name": "Nguyễn Văn Hoa"}, {"birth_year": 1961}, {"hamlet": "Ấp 2"}])
def test_someone_else_may_register(register, learner, said):
    assert register(**{"full_name": "Nguyễn Văn Hóa", **said}).id != learner.id


def test_namesakes_are_told_apart_by_phone(register):
    first = register(phone="0912345000")
    assert register(phone="0912345001").id != first.id


@pytest.mark.parametrize("typed", ["hoa", "Hòa", "nguyen van", "VAN HOA", "ng v h", "  hoà "])
def test_a_name_is_found_as_people_type_it(database, register, learner, typed):
    register("Lê Thị Tám")
    with database.session(readonly=True) as session:
        assert [found.id for found in learners.search(session, typed)] == [learner.id]


@pytest.mark.parametrize("typed", ["", "h", "%%", "__", "oa", "hoa lan"])
def test_what_is_no_beginning_of_a_name_finds_nobody(database, learner, typed):
    with database.session(readonly=True) as session:
        assert learners.search(session, typed) == []


def test_the_spelling_that_was_typed_comes_first(database, register):
    for name in ("Lê Văn Tu", "Lê Văn Tú", "Lê Văn Tư"):
        register(name)
    with database.session(readonly=True) as session:
        assert learners.search(session, "lê văn tư")[0].full_name == "Lê Văn Tư"


def test_those_in_the_class_come_first(database, register, class_session, now):
    register("Lê Văn An")
    present = register("Lê Văn Bé")
    with database.session() as session:
        classes.check_in(session, class_session.id, present.id, now)
        found = learners.search(session, "lê văn", class_session_id=class_session.id)
    assert [learner.full_name for learner in found] == ["Lê Văn Bé", "Lê Văn An"]


def test_a_search_is_limited(database, register):
    for year in range(1950, 1956):
        register(birth_year=year)
    with database.session(readonly=True) as session:
        assert len(learners.search(session, "hoa", limit=4)) == 4


def test_the_right_pin_opens(database, learner, now):
    assert check(database, learner, "2468", now) == learners.PinCheck(True, 5, None)


def test_five_wrong_pins_lock_for_a_quarter_of_an_hour(database, learner, now):
    left = [check(database, learner, "0000", now).remaining for _ in range(5)]
    assert left == [4, 3, 2, 1, 0]
    locked = check(database, learner, "2468", now + timedelta(minutes=14, seconds=59))
    assert locked == learners.PinCheck(False, 0, now + timedelta(minutes=15))
    assert check(database, learner, "2468", now + timedelta(minutes=15)).ok


def test_after_the_lock_there_are_five_tries_again(database, learner, now):
    for _ in range(5):
        check(database, learner, "0000", now)
    assert check(database, learner, "0000", now + timedelta(minutes=16)) == learners.PinCheck(False, 4, None)


def test_the_right_pin_forgets_the_wrong_ones(database, learner, now):
    for _ in range(4):
        check(database, learner, "0000", now)
    check(database, learner, "2468", now)
    assert check(database, learner, "0000", now).remaining == 4


@pytest.mark.parametrize("typed", ["", "24681", "abcd", None])
def test_what_is_no_pin_does_not_count_as_a_try(database, learner, now, typed):
    assert check(database, learner, typed, now) == learners.PinCheck(False, 5, None)


def test_the_trainer_can_unlock(database, learner, now):
    for _ in range(5):
        check(database, learner, "0000", now)
    with database.session() as session:
        learners.unlock(session, learner.id)
    assert check(database, learner, "2468", now).ok


def test_a_new_pin_replaces_the_old_one_and_unlocks(database, learner, now):
    for _ in range(5):
        check(database, learner, "0000", now)
    with database.session() as session:
        pin = learners.reset_pin(session, learner.id)
    assert pin.isdecimal() and len(pin) == 4
    assert check(database, learner, pin, now).ok
    assert check(database, learner, "2468", now).ok == (pin == "2468")


def test_a_learner_who_is_not_here(database, now):
    with database.session() as session, pytest.raises(UnknownRecord):
        learners.check_pin(session, "no-such-id", "2468", now=now)
    with database.session(readonly=True) as session:
        assert session.query(Learner).count() == 0


@pytest.mark.parametrize("pin", ["1111", "0000", "1234"])
def test_a_pin_that_anybody_would_try_first_is_refused(database, learner, register, pin):
    with pytest.raises(InvalidLearner, match="đoán ra ngay"):
        register("Trần Thị Dễ Đoán", pin=pin)
    with database.session() as session, pytest.raises(InvalidLearner, match="đoán ra ngay"):
        learners.change_pin(session, learner.id, "2468", pin)
    assert check(database, learner, "2468", None).ok


def test_a_learner_changes_the_pin_with_the_old_one(database, learner, now):
    with database.session() as session:
        assert not learners.change_pin(session, learner.id, "1357", "8642", now).ok
    assert not check(database, learner, "8642", now).ok
    with database.session() as session:
        assert learners.change_pin(session, learner.id, "2468", "8642", now).ok
        kept = learners.get(session, learner.id)
    assert check(database, learner, "8642", now).ok
    assert (kept.pin_is_first, kept.updated_at) == (False, now)


def test_guessing_the_old_pin_locks_as_at_the_door(database, learner, now):
    for _ in range(5):
        with database.session() as session:
            learners.change_pin(session, learner.id, "1357", "8642", now)
    assert check(database, learner, "2468", now).locked_until


def test_a_pin_that_was_given_is_replaced_once_without_the_old_one(database, learner, now):
    with database.session() as session:
        learners.reset_pin(session, learner.id, now)
        given = learners.get(session, learner.id)
        assert (given.pin_is_first, given.updated_at) == (True, now)
        learners.choose_pin(session, learner.id, "8642", now + timedelta(minutes=1))
        assert given.updated_at == now + timedelta(minutes=1)
        with pytest.raises(InvalidLearner, match="mã cũ"):
            learners.choose_pin(session, learner.id, "1357")
    assert check(database, learner, "8642", now).ok


def test_who_keeps_the_pin_that_was_given_has_it_as_their_own(database, learner, now):
    with database.session() as session:
        pin = learners.reset_pin(session, learner.id, now)
        learners.keep_pin(session, learner.id, now)
        assert learners.first_pin(session, learner.id) is None
    assert check(database, learner, pin, now).ok


def test_who_is_registered_without_a_pin_gets_one_on_a_card(database, register, now):
    without = register("Bùi Văn Không Máy", pin=None)
    assert not check(database, without, "0000", now).ok
    with database.session() as session:
        pin = learners.first_pin(session, without.id)
    assert check(database, without, pin, now).ok


def test_a_new_pin_of_ones_own_replaces_those_of_all_entries(database, register, now):
    one, other = register("Lê Thị Hai Mã", pin="2468"), register("Lê Thị Hai Mã Nữa", pin="1357")
    with database.session() as session:
        merging.decide(session, one.id, other.id, "same", keep_id=other.id)
        assert learners.change_pin(session, other.id, "2468", "8642", now).ok
    for who in (one, other):
        assert not check(database, who, "2468", now).ok
        assert not check(database, who, "1357", now).ok
        assert check(database, who, "8642", now).ok
