import pytest
from sqlalchemy import func, select

from hocso.records import (
    Account,
    Event,
    Hamlet,
    Learner,
    SampleRefused,
    accounts,
    classes,
    completions,
    demo,
    learners,
    open_database,
    settings,
)


@pytest.fixture
def sample(database, catalogue, now):
    return demo.load_sample(database, catalogue, now=now)


def test_the_sample_is_plainly_a_sample(database, sample):
    with database.session(readonly=True) as session:
        people = session.scalars(select(Learner)).all()
        assert len(people) == 60
        assert all(person.is_sample and "Mẫu" in person.full_name for person in people)
        assert {person.group for person in people} == set(learners.GROUPS)
        names = session.scalars(select(Hamlet.name).order_by(Hamlet.position)).all()
        assert names == ["Ấp Mẫu 1", "Ấp Mẫu 2", "Ấp Mẫu 3", "Ấp Mẫu 4"]
        assert settings.get(session, "commune_name") == "Xã Mẫu"
        assert settings.get(session, "sample_data") is True


def test_its_accounts_work(database, sample, now):
    with database.session() as session:
        assert accounts.check_password(session, *sample.trainer).role == "trainer"
        assert accounts.check_password(session, *sample.staff).role == "staff"
        anyone = learners.search(session, "mau 07")[0]
        assert learners.check_pin(session, anyone.id, sample.pin).ok
        assert classes.find_by_code(session, sample.class_code).is_open


def test_passwords_are_different_each_time_and_not_kept(database, sample):
    with database.session(readonly=True) as session:
        hashes = session.scalars(select(Account.password_hash)).all()
    assert sample.trainer[1] != sample.staff[1]
    assert len(sample.trainer[1]) == 12
    assert not any(sample.trainer[1] in kept or sample.staff[1] in kept for kept in hashes)


def test_some_have_completed_some_are_on_the_way_some_have_not_begun(database, catalogue, sample, now):
    with database.session(readonly=True) as session:
        rows = completions.completion_rows(session, catalogue)
        rates = completions.rates(session, catalogue)
        board = completions.class_board(
            session, catalogue, classes.find_by_code(session, sample.class_code).id
        )
        assert session.scalar(select(func.max(Event.occurred_at))) <= now
    assert 0 < rows["completed"].sum() < len(rows)
    assert 30 < rows["learner_id"].nunique() < 60
    assert rows["is_sample"].all()
    assert board["learner_id"].nunique() == 12
    assert rates["rate"].between(0, 1).all()


def test_the_same_seed_gives_the_same_people(tmp_path, database, catalogue, sample, now):
    again = open_database(tmp_path / "again.db")
    demo.load_sample(again, catalogue, now=now)
    tables = []
    for one in (database, again):
        with one.session(readonly=True) as session:
            tables.append(completions.completion_rows(session, catalogue).drop(columns="code"))
    again.close()
    assert tables[0].equals(tables[1])


def test_real_learners_are_never_mixed_with_the_sample(database, catalogue, learner):
    with pytest.raises(SampleRefused, match="người học thật"):
        demo.load_sample(database, catalogue)
    with database.session(readonly=True) as session:
        assert session.scalar(select(func.count()).select_from(Learner)) == 1
        assert settings.get(session, "sample_data") is False


def test_the_sample_is_loaded_once(database, catalogue, sample):
    with pytest.raises(SampleRefused):
        demo.load_sample(database, catalogue)
