"""All that is kept of a person is in the file that they take away; nothing of it is left when they go."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from hocso.records import (
    ActivityPerson,
    AlreadyRegistered,
    AttemptRefused,
    Base,
    BusinessPerson,
    Certificate,
    EventRefused,
    Learner,
    Removal,
    UnknownRecord,
    access,
    attempts,
    classes,
    events,
    expected,
    hamlets,
    learners,
    merging,
    people,
    personal,
    registers,
    removal,
)
from hocso.records.models import new_id
from tests.records.conftest import CONSENT

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
LATER = NOW + timedelta(days=40)


@pytest.fixture
def session(database, learner, class_session):
    with database.session() as session:
        hamlets.add(session, "Ấp 2")
        yield session


@pytest.fixture
def full(session, learner, class_session):
    """A learner of whom every table knows something, and a second entry of the same person."""
    second = learners.register(
        session,
        full_name="Nguyễn Văn Hòa Mẫu",
        birth_year=1960,
        hamlet_id="ap-1",
        group="nguoi-dan",
        pin="1357",
        phone="0912345678",
        consent_wording=CONSENT,
        now=NOW,
    )
    merging.decide(session, learner.id, second.id, "same", keep_id=learner.id, now=NOW)
    people.move(session, learner.id, hamlet_id="ap-2", group="nguoi-dan", since=date(2026, 12, 1), now=LATER)
    expected.add(session, class_session.id, [second.id], now=NOW)
    classes.check_in(session, class_session.id, learner.id, now=NOW)
    events.append(
        session,
        id=new_id(),
        learner_id=second.id,
        lesson_id="ky-nang-so/otp",
        exercise_id="mot",
        verb="answered",
        result={"response": "câu trả lời riêng"},
        occurred_at=NOW,
    )
    draft = attempts.current_attempt(session, learner.id, "ky-nang-so-04", now=NOW)
    attempts.submit(session, draft.id, learner.id, {"answer_1": "lời đã nộp"}, now=NOW)
    attempts.record_score(session, draft.id, 8, 10, [{"question": "answer_1"}], True, now=NOW)
    session.add(
        Certificate(
            number="HS-1",
            secret="MATMA",
            learner_id=learner.id,
            track="ky-nang-so",
            completed_at=NOW,
            issued_at=NOW,
        )
    )
    registers.add(
        session,
        "hoat-dong",
        {"kind": "hoi-nghi", "title": "Hội nghị thử", "held_on": "20/11/2026", "people": learner.code},
        now=NOW,
    )
    registers.add(
        session,
        "co-so",
        {
            "name": "Trại thử",
            "kind": "trang-trai",
            "hamlet_id": "ap-1",
            "since": "1/1/2026",
            "people": learner.code,
        },
        now=NOW,
    )
    session.flush()
    return learner.id, second.id


def test_what_is_taken_away_has_a_row_of_every_table_that_knows_the_person(session, full):
    pointing = {
        table.name
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if any(key.column is Learner.__table__.c.id for key in column.foreign_keys)
    }
    assert pointing == {model.__tablename__ for model, _ in personal.TABLES.values()}
    found = personal.kept(session, full[0], LATER)
    assert [section for section in personal.TABLES if not found[section]] == []
    assert {one["id"] for one in found["entries"]} == set(full)


def test_it_is_plain_json_without_any_pin_and_every_field_is_explained(session, full):
    found = personal.kept(session, full[0], LATER)
    said = json.dumps(found, ensure_ascii=False)
    for hashed in session.scalars(select(Learner.pin_hash)):
        assert hashed and hashed not in said
    assert "argon2" not in said
    for words in (
        "câu trả lời riêng",
        "lời đã nộp",
        CONSENT,
        "0912345678",
        "Hội nghị thử",
        "Trại thử",
        "Nhà văn hóa",
    ):
        assert words in said
    named = {name for section in personal.TABLES for row in found[section] for name in row}
    assert named - personal.EXPLAINED.keys() == set()
    assert found["giai_thich"] == personal.EXPLAINED
    assert found["made_at"] == "2027-01-03T10:00:00+07:00"


def test_nobody_elses_data_are_in_it(session, full):
    other = learners.register(
        session,
        full_name="Trần Thị Người Khác",
        birth_year=1970,
        hamlet_id="ap-1",
        group="nguoi-dan",
        pin="9753",
        consent_wording=CONSENT,
        now=NOW,
    )
    access.note(session, "nguoi-hoc", personal.noted_as(other))
    access.note(session, "nguoi-hoc", personal.noted_as(session.get(Learner, full[0])))
    found = personal.kept(session, full[0])
    assert other.full_name not in str(found) and other.id not in str(found)
    assert len(found["looks_by_staff"]) == 1


def test_who_is_removed_goes_in_all_entries_and_from_everything_that_tells_who_it_was(session, full):
    removal.remove(session, full[1], "self", LATER)
    for entry_id in full:
        entry = session.get(Learner, entry_id)
        assert entry.is_removed and entry.full_name == removal.REMOVED_NAME
        assert session.get(Removal, entry_id).reason == "self"
    dumped = "".join(
        str(row) for table in Base.metadata.sorted_tables for row in session.execute(select(table)).all()
    )
    for words in (
        "Nguyễn Văn Hòa",
        "nguyen van hoa",
        "0912345678",
        CONSENT,
        "câu trả lời riêng",
        "lời đã nộp",
    ):
        assert words not in dumped
    assert session.scalars(select(ActivityPerson)).one() and session.scalars(select(BusinessPerson)).one()
    assert session.scalars(select(Certificate)).one().revoked_at == LATER


def test_who_was_removed_is_found_by_nobody_and_nothing_is_done_for_them(session, full):
    learner_id = full[0]
    removal.remove(session, learner_id, "asked")
    code = session.get(Learner, learner_id).code
    for text in ("nguyen", "#", "#" + code[:3], code, "đã xóa"):
        assert learners.search(session, text) == []
    for act in (
        lambda: learners.person(session, learner_id),
        lambda: learners.reset_pin(session, learner_id),
        lambda: learners.check_pin(session, learner_id, "2468"),
        lambda: people.mark_communicator(session, learner_id, True),
        lambda: personal.kept(session, learner_id),
    ):
        with pytest.raises(UnknownRecord):
            act()


def test_of_two_removals_the_earlier_one_revokes_certificates_whichever_is_known_first(session, full):
    """So that two laptops end with the same certificate."""
    removal.remove(session, full[0], "asked", LATER)
    session.get(Removal, full[0]).removed_at = NOW  # as a file of the other laptop does
    removal.carry_out(session)
    assert session.scalar(select(Certificate.revoked_at)) == NOW


def test_what_was_on_its_way_when_somebody_was_removed_is_not_kept(session, full):
    """A press, a submission, a score that a grader was at: all that passed the door before."""
    learner = full[0]
    submitted = attempts.current_attempt(session, learner, "ky-nang-so-04", now=NOW)
    attempts.submit(session, submitted.id, learner, {"answer_1": "c"}, NOW)
    draft = attempts.current_attempt(session, learner, "ky-nang-so-04", now=NOW)
    removal.remove(session, learner, "self", LATER)
    with pytest.raises(EventRefused, match="đã được xóa"):
        events.append(
            session,
            id=new_id(),
            learner_id=learner,
            lesson_id="ky-nang-so/otp",
            verb="answered",
            exercise_id="ai-hoi",
            result={"response": "con tôi"},
            occurred_at=NOW,
        )
    with pytest.raises(AttemptRefused, match="đã được xóa"):
        attempts.submit(session, draft.id, learner, {"answer_1": "c"}, LATER)
    scored = attempts.record_score(session, submitted.id, 1, 1, [{"id": "answer_1", "response": "c"}], True)
    assert (scored.score, scored.questions, scored.answers) == (1, None, None)


def test_many_are_removed_or_nobody(session, full):
    with pytest.raises(UnknownRecord):
        removal.remove_all(session, [full[0], new_id()], "retention")
    assert not session.get(Learner, full[0]).is_removed


def test_what_a_learner_puts_right_keeps_the_earlier_place(session, learner):
    said = {"full_name": "Nguyễn Văn Hoà Bình", "birth_year": "1961", "phone": "", "group": "can-bo"}
    people.put_right(session, learner.id, **said, hamlet_id="ap-2", now=LATER)
    now = session.get(Learner, learner.id)
    assert (now.full_name, now.birth_year, now.hamlet_id, now.group) == (
        "Nguyễn Văn Hoà Bình",
        1961,
        "ap-2",
        "can-bo",
    )
    assert [(one.since, one.hamlet_id) for one in people.residences(session, learner.id)] == [
        (LATER.date(), "ap-2"),
        (NOW.date(), "ap-1"),
    ]
    people.put_right(session, learner.id, **said, hamlet_id="ap-1", from_start=True, now=LATER)
    assert (
        len(people.residences(session, learner.id)) == 3
    )  # who moved can't say that it was wrong from the start


def test_a_hamlet_that_was_wrong_from_the_start_leaves_no_earlier_place(session, learner):
    said = {"full_name": learner.full_name, "birth_year": 1960, "phone": "", "group": "nguoi-dan"}
    people.put_right(session, learner.id, **said, hamlet_id="ap-2", from_start=True, now=LATER)
    assert [(one.since, one.hamlet_id) for one in people.residences(session, learner.id)] == [
        (NOW.date(), "ap-2")
    ]


def test_nobody_moves_into_somebody_else(session, learner):
    learners.register(
        session,
        full_name=learner.full_name,
        birth_year=1960,
        hamlet_id="ap-2",
        group="nguoi-dan",
        pin="1357",
        consent_wording=CONSENT,
        now=NOW,
    )
    said = {"full_name": learner.full_name, "birth_year": 1960, "phone": "", "group": "nguoi-dan"}
    with pytest.raises(AlreadyRegistered):
        people.put_right(session, learner.id, **said, hamlet_id="ap-2", now=LATER)


def test_nothing_of_who_was_removed_is_left_in_the_file(database, register, tmp_path):
    if database.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL clears its files by itself (VACUUM)")
    names = [f"Nguyễn Thị Mẫu {'abcdefghij'[number]}" for number in range(10)]
    ids = [register(name, phone=f"091234567{number}").id for number, name in enumerate(names)]
    with database.session() as session:
        removal.remove_all(session, ids, "asked")
    database.close()  # which brings the write-ahead log into the file
    kept = (tmp_path / "hocso.db").read_bytes()
    for words in ("Nguyễn Thị Mẫu", "nguyen thi mau", "091234567"):
        assert words.encode() not in kept
