"""Removing people never changes a figure: no indicator, no rate, by hamlet or by group, in no period."""

from datetime import UTC, date, datetime

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings, strategies

from hocso import kpi
from hocso.kpi import Period
from hocso.records import Learner, completions, merging, removal
from hocso.records.learners import GROUPS

from .conftest import at

YEAR = 2030
PERIODS = [Period.named(name) for name in ("2027-06", "2028-12", "2030-06")]
PERSON = strategies.fixed_dictionaries(
    {
        "born": strategies.integers(1930, 2020),
        "group": strategies.sampled_from(list(GROUPS)),
        "hamlet": strategies.integers(1, 2),
        "communicator": strategies.booleans(),
        "tracks": strategies.sets(
            strategies.sampled_from(
                ["ky-nang-so", "nghi-quyet-57", "truyen-thong-so", "doanh-nghiep-nong-nghiep"]
            )
        ),
        "year": strategies.integers(2026, YEAR - 1),
        "moved": strategies.booleans(),
        "at_activity": strategies.booleans(),
        "in_business": strategies.booleans(),
        "twin_of_the_one_before": strategies.booleans(),
        "goes": strategies.booleans(),
    }
)


def settle(commune, people):
    ids = []
    for one in people:
        who = commune.person(one["hamlet"], one["group"], one["born"], one["communicator"])
        for track in sorted(one["tracks"]):
            commune.completed(who, track, at(1, 3, one["year"]))
        if one["moved"]:
            commune.moved(who, date(one["year"], 6, 1), 3 - one["hamlet"])
        if one["at_activity"]:
            commune.activity(date(one["year"], 5, 1), [who])
        if one["in_business"]:
            commune.business(one["hamlet"], [who])
        if one["twin_of_the_one_before"] and ids:
            merging.decide(commune.session, ids[-1], who, "same", keep_id=ids[-1])
        ids.append(who)
    return ids


def figures(commune):
    session, catalogue = commune.session, commune.catalogue
    tables = [kpi.compute(session, catalogue, period, by) for period in PERIODS for by in ("hamlet", "group")]
    return [*tables, *(completions.rates(session, catalogue, year=year) for year in (2027, YEAR))]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=strategies.lists(PERSON, min_size=1, max_size=6))
def test_no_figure_changes_when_people_are_removed(commune, people):
    with commune.session.begin_nested() as savepoint:
        for year in (2026, 2028, YEAR):
            commune.populations(year, dict.fromkeys([*GROUPS, "truyen-thong"], 20))
        ids = settle(commune, people)
        before = figures(commune)
        going = [who for who, one in zip(ids, people, strict=True) if one["goes"]]
        removal.remove_all(commune.session, going, "retention", datetime(YEAR, 12, 1, tzinfo=UTC))
        for was, now in zip(before, figures(commune), strict=True):
            pd.testing.assert_frame_equal(was, now)
        savepoint.rollback()
    commune.session.expire_all()


@pytest.mark.parametrize("age", range(removal.COARSE_FROM_AGE, 110))
def test_a_coarse_year_of_birth_makes_nobody_an_adult_who_was_none(age):
    born = YEAR - age
    without = removal.learner_without_person("x", born, datetime(YEAR, 12, 1, tzinfo=UTC))["birth_year"]
    for year in range(YEAR - 12, YEAR + 50):  # the kit counts from 2026 on
        assert (year - born >= kpi.indicators.ADULT) == (year - without >= kpi.indicators.ADULT)


def test_the_young_keep_their_year_of_birth(commune):
    who = commune.person(born=YEAR - removal.COARSE_FROM_AGE + 1)
    removal.remove(commune.session, who, "asked", datetime(YEAR, 12, 1, tzinfo=UTC))
    assert commune.session.get(Learner, who).birth_year == YEAR - removal.COARSE_FROM_AGE + 1
