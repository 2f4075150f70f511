"""Who did nothing for as long as the commune says may be removed; nobody else, and nobody before it says."""

from datetime import UTC, datetime

import pytest

from hocso.records import classes, events, learners, merging, removal, retention
from hocso.records.models import new_id

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
IN_SIX_YEARS = datetime(2032, 11, 25, 3, tzinfo=UTC)


@pytest.fixture
def session(database, learner, class_session):
    with database.session() as session:
        yield session


def test_nobody_is_due_until_the_commune_says_how_long(session):
    assert retention.due(session, 0, IN_SIX_YEARS) == []


def test_who_did_nothing_for_so_long_is_due_from_that_day_on(session, learner):
    assert retention.due(session, 5, datetime(2031, 11, 24, 2, tzinfo=UTC)) == []
    assert retention.due(session, 5, datetime(2031, 11, 24, 4, tzinfo=UTC)) == [learner.id]
    assert retention.due(session, 7, IN_SIX_YEARS) == []


@pytest.mark.parametrize("sign", ["learning", "class", "pin", "other entry"])
def test_who_did_anything_since_is_not_due(session, learner, class_session, sign):
    later = datetime(2029, 1, 5, 3, tzinfo=UTC)
    if sign == "learning":
        events.append(
            session,
            id=new_id(),
            learner_id=learner.id,
            lesson_id="ky-nang-so/otp",
            verb="initialized",
            occurred_at=later,
            now=later,
        )
    elif sign == "class":
        classes.check_in(session, class_session.id, learner.id, now=later)
    elif sign == "pin":
        learners.reset_pin(session, learner.id)
        learner = learners.get(session, learner.id)
        learner.pin_set_at = later
        session.flush()
    else:
        other = learners.register(
            session,
            full_name="Nguyễn Văn Khác",
            birth_year=1961,
            hamlet_id=learner.hamlet_id,
            group="nguoi-dan",
            pin="1357",
            consent_wording="Đồng ý",
            now=later,
        )
        merging.decide(session, learner.id, other.id, "same", keep_id=learner.id, now=later)
    assert retention.due(session, 5, IN_SIX_YEARS) == []


def test_who_is_removed_is_due_no_more(session, learner):
    removal.remove_all(session, retention.due(session, 5, IN_SIX_YEARS), "retention", IN_SIX_YEARS)
    assert session.get(type(learner), learner.id).is_removed
    assert retention.due(session, 5, IN_SIX_YEARS) == []


def test_a_leap_day_has_one_in_every_year():
    assert retention.since(1, datetime(2028, 2, 29, 5, tzinfo=UTC)).date().isoformat() == "2027-02-28"
