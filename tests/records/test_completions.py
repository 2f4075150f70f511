from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pandas as pd
import pytest

from hocso.course import Catalogue, UnknownTrack
from hocso.records import attempts, classes, completions, events, hamlets, populations, settings

OTP, WIFI, GOALS = "ky-nang-so/otp", "ky-nang-so/wifi", "nghi-quyet-57/muc-tieu"
OTP_QUIZ, GOALS_QUIZ = "ky-nang-so-04", "nghi-quyet-57-03"


@pytest.fixture
def do(database, now):
    """Records that a learner completed exercises of a lesson, `minutes` after now."""

    def do(learner, lesson_id, *exercises, minutes=0, verb="completed", **said):
        moment = now + timedelta(minutes=minutes)
        with database.session() as session:
            for exercise in exercises or (None,):
                events.append(
                    session,
                    id=str(uuid4()),
                    learner_id=learner.id,
                    lesson_id=lesson_id,
                    verb=verb,
                    exercise_id=exercise,
                    occurred_at=moment,
                    now=moment,
                    **said,
                )

    return do


@pytest.fixture
def take_quiz(database, now):
    """Records a graded attempt with a score out of 10, submitted `minutes` after now."""

    def take_quiz(learner, quiz_id, score, minutes=0):
        moment = now + timedelta(minutes=minutes)
        with database.session() as session:
            draft = attempts.current_attempt(session, learner.id, quiz_id, now=moment)
            attempts.submit(session, draft.id, learner.id, {}, now=moment)
            passed = attempts.passes(session, score, 10)
            attempts.record_score(session, draft.id, score, 10, [], passed, now=moment + timedelta(minutes=1))

    return take_quiz


@pytest.fixture
def status(database, catalogue):
    def status(learner, lesson_id):
        with database.session(readonly=True) as session:
            return completions.lesson_status(session, catalogue, learner.id)[lesson_id]

    return status


@pytest.fixture
def rows(database, catalogue):
    def rows(**filters):
        with database.session(readonly=True) as session:
            return completions.completion_rows(session, catalogue, **filters)

    return rows


@pytest.fixture
def rates(database, catalogue):
    def rates(**filters):
        with database.session(readonly=True) as session:
            return completions.rates(session, catalogue, **filters)

    return rates


def one_rate(rates, by, key, track, lesson_id=""):
    found = rates[
        (rates["by"] == by)
        & (rates["key"] == key)
        & (rates["track"] == track)
        & (rates["lesson_id"] == lesson_id)
    ]
    assert len(found) == 1
    return found.iloc[0]


def set_populations(database, hamlet, counts, year=2026):
    with database.session() as session:
        place = hamlets.add(session, hamlet)
        for group, count in counts.items():
            populations.set_population(session, place.id, group, year, count, "Công an xã")


EVERYBODY = {"hoc-sinh": 10, "nguoi-dan": 100, "can-bo": 5, "nguoi-lao-dong": 20}


def test_a_learner_who_has_not_begun(learner, status):
    assert status(learner, OTP) == completions.LessonStatus(0, 2, None, False, None)


def test_a_learner_who_did_everything_completed_with_the_last_of_it(learner, status, do, take_quiz, now):
    do(learner, OTP, "mot", minutes=1)
    take_quiz(learner, OTP_QUIZ, 8, minutes=2)
    do(learner, OTP, "hai", minutes=3)
    assert status(learner, OTP) == completions.LessonStatus(2, 2, 0.8, True, now + timedelta(minutes=3))


def test_the_quiz_may_be_the_last_of_it_at_the_time_of_submission(learner, status, do, take_quiz, now):
    do(learner, OTP, "mot", "hai", minutes=1)
    take_quiz(learner, OTP_QUIZ, 8, minutes=2)
    assert status(learner, OTP).completed_at == now + timedelta(minutes=2)


def test_a_learner_who_failed_then_passed_counts_from_the_pass(learner, status, do, take_quiz, now):
    do(learner, OTP, "mot", "hai")
    take_quiz(learner, OTP_QUIZ, 6, minutes=1)
    assert status(learner, OTP) == completions.LessonStatus(2, 2, 0.6, False, None)
    take_quiz(learner, OTP_QUIZ, 7, minutes=2)
    take_quiz(learner, OTP_QUIZ, 9, minutes=3)
    take_quiz(learner, OTP_QUIZ, 3, minutes=4)
    assert status(learner, OTP) == completions.LessonStatus(2, 2, 0.9, True, now + timedelta(minutes=2))


def test_the_first_time_an_exercise_is_completed_counts(learner, status, do, now):
    do(learner, WIFI, "mot", minutes=5)
    do(learner, WIFI, "mot", minutes=1)
    do(learner, WIFI, "mot", minutes=9)
    assert status(learner, WIFI) == completions.LessonStatus(1, 1, None, False, now + timedelta(minutes=1))


def test_an_answered_exercise_is_not_a_completed_one(learner, status, do):
    do(learner, WIFI, "mot", verb="answered")
    assert status(learner, WIFI).exercises_done == 0


def test_what_is_not_required_or_of_another_lesson_or_of_a_quiz_does_not_count(learner, status, do):
    do(learner, OTP, "them", "khong-co")
    do(learner, WIFI, "hai")
    do(learner, OTP, "mot", quiz_id=OTP_QUIZ)
    assert status(learner, OTP).exercises_done == 0


def test_another_learner_completes_nothing_for_me(learner, register, status, do):
    do(register("Trần Thị Lan"), WIFI, "mot")
    assert not status(learner, WIFI).completed


@pytest.mark.parametrize(("score", "later_mark", "completed"), [(7, 0.8, True), (6, 0.5, False)])
def test_a_changed_pass_mark_leaves_earlier_results_as_they_were(
    database, learner, status, do, take_quiz, score, later_mark, completed
):
    do(learner, OTP, "mot", "hai")
    take_quiz(learner, OTP_QUIZ, score)
    with database.session() as session:
        settings.put(session, "pass_mark", later_mark)
    assert status(learner, OTP).completed is completed


def test_a_track_is_complete_when_its_lessons_are(database, catalogue, learner, do, take_quiz, now):
    def track_completed_at():
        with database.session(readonly=True) as session:
            statuses = completions.lesson_status(session, catalogue, learner.id)
        return completions.track_completed_at(catalogue.track("ky-nang-so"), statuses)

    do(learner, WIFI, "mot", minutes=5)
    do(learner, OTP, "mot", "hai", minutes=1)
    assert track_completed_at() is None
    take_quiz(learner, OTP_QUIZ, 10, minutes=2)
    assert track_completed_at() == now + timedelta(minutes=5)


def test_there_is_a_row_for_each_learner_and_lesson_with_an_event(rows, register, do, take_quiz, now):
    hoa, lan = register("Nguyễn Văn Hòa"), register("Trần Thị Lan", hamlet="Ấp 2", group="can-bo")
    register("Lê Văn Bé")
    do(lan, GOALS, "bieu-do", minutes=1)
    take_quiz(lan, GOALS_QUIZ, 9, minutes=2)
    do(hoa, OTP, verb="initialized")
    do(hoa, OTP, "mot", minutes=4)
    table = rows()
    assert list(table.columns) == completions.ROW_COLUMNS
    assert table[["full_name", "lesson_id"]].values.tolist() == [
        ["Nguyễn Văn Hòa", OTP],
        ["Trần Thị Lan", GOALS],
    ]
    begun, complete = table.to_dict("records")
    assert (begun["exercises_done"], begun["exercises_required"]) == (1, 2)
    assert (begun["passed"], begun["completed"]) == (False, False)
    assert pd.isna(begun["quiz_best"]) and pd.isna(begun["completed_at"])
    assert (begun["first_activity"], begun["last_activity"]) == (now, now + timedelta(minutes=4))
    assert (complete["hamlet"], complete["group"], complete["code"]) == ("Ấp 2", "can-bo", lan.code)
    assert (complete["quiz_best"], complete["passed"], complete["completed"]) == (0.9, True, True)
    assert complete["completed_at"] == complete["last_activity"] == now + timedelta(minutes=2)


def test_rows_and_the_learners_own_page_say_the_same(rows, status, register, do, take_quiz):
    people = [register(birth_year=year) for year in (1950, 1960, 1970)]
    for number, person in enumerate(people):
        do(person, OTP, *["mot", "hai"][:number], minutes=number)
        do(person, WIFI, "mot", minutes=number)
        take_quiz(person, OTP_QUIZ, 6 + number, minutes=9 - number)
    table = rows()
    assert len(table) == 6
    for row in table.itertuples():
        person = next(one for one in people if one.id == row.learner_id)
        own = status(person, row.lesson_id)
        best = None if pd.isna(row.quiz_best) else row.quiz_best
        at = None if pd.isna(row.completed_at) else row.completed_at
        assert (
            completions.LessonStatus(row.exercises_done, row.exercises_required, best, row.passed, at) == own
        )


def test_an_empty_database_has_no_rows_but_their_columns(rows):
    table = rows()
    assert list(table.columns) == completions.ROW_COLUMNS and len(table) == 0
    assert str(table["completed_at"].dtype) == "datetime64[us, UTC]"


def test_lessons_that_are_no_longer_in_the_kit_are_left_out(rows, learner, do):
    do(learner, "ky-nang-so/bo-roi", "mot")
    assert len(rows()) == 0


def test_rows_can_be_filtered(rows, register, do):
    hoa, lan = register("Nguyễn Văn Hòa"), register("Trần Thị Lan", hamlet="Ấp 2", group="can-bo")
    for person in (hoa, lan):
        do(person, OTP, "mot")
        do(person, GOALS, "bieu-do")
    assert set(rows(track="nghi-quyet-57")["lesson_id"]) == {GOALS}
    assert set(rows(hamlet="ap-2")["full_name"]) == {"Trần Thị Lan"}
    assert set(rows(group="nguoi-dan")["full_name"]) == {"Nguyễn Văn Hòa"}
    assert len(rows(hamlet="ap-1", group="can-bo")) == 0
    with pytest.raises(UnknownTrack):
        rows(track="khong-co")


def test_a_day_is_a_day_in_viet_nam(rows, learner, do, now):
    """now is 10:00 on 24 November in Việt Nam; 840 minutes later the 25th has begun there, not yet in UTC."""
    do(learner, WIFI, "mot", minutes=840)
    assert len(rows(until=date(2026, 11, 24))) == 0
    assert len(rows(since=date(2026, 11, 25), until=date(2026, 11, 25))) == 1
    assert len(rows(since=date(2026, 11, 26))) == 0
    assert len(rows(until=datetime(2026, 11, 24, 17, 0, tzinfo=UTC))) == 0
    assert len(rows(until=datetime(2026, 11, 24, 17, 0, 1, tzinfo=UTC))) == 1


def test_the_figures_of_a_past_period_do_not_know_what_came_later(rows, learner, do):
    do(learner, OTP, "mot")
    do(learner, OTP, "hai", minutes=3 * 24 * 60)
    then = rows(until=date(2026, 11, 24))
    assert then["exercises_done"].tolist() == [1]
    assert rows(since=date(2026, 11, 25))["exercises_done"].tolist() == [2]


def test_the_board_has_everybody_in_the_class_with_all_its_lessons(
    database, catalogue, class_session, register, do, take_quiz, now
):
    hoa, lan, away = register("Nguyễn Văn Hòa"), register("Trần Thị Lan"), register("Lê Văn Bé")
    for person in (lan, hoa):
        with database.session() as session:
            classes.check_in(session, class_session.id, person.id, now)
    do(hoa, GOALS, "bieu-do")
    take_quiz(hoa, GOALS_QUIZ, 10)
    do(hoa, WIFI, "mot")
    do(away, OTP, "mot")
    with database.session(readonly=True) as session:
        board = completions.class_board(session, catalogue, class_session.id)
    assert board[["full_name", "lesson_id", "completed", "exercises_done"]].values.tolist() == [
        ["Nguyễn Văn Hòa", GOALS, True, 1],
        ["Nguyễn Văn Hòa", OTP, False, 0],
        ["Trần Thị Lan", GOALS, False, 0],
        ["Trần Thị Lan", OTP, False, 0],
    ]
    assert set(board["checked_in_at"]) == {now}


def test_the_board_of_an_empty_class_is_empty(database, catalogue, class_session):
    with database.session(readonly=True) as session:
        assert len(completions.class_board(session, catalogue, class_session.id)) == 0


def test_the_board_goes_on_without_a_lesson_that_has_left_the_kit(
    database, catalogue, class_session, learner, now
):
    with database.session() as session:
        classes.check_in(session, class_session.id, learner.id, now)
    smaller = Catalogue(tuple(one for one in catalogue.tracks if one.slug != "nghi-quyet-57"), ())
    with database.session(readonly=True) as session:
        board = completions.class_board(session, smaller, class_session.id)
    assert list(board["lesson_id"]) == [OTP]


def test_a_rate_is_people_with_the_whole_track_over_the_population(database, rates, register, do, take_quiz):
    set_populations(database, "Ấp 1", EVERYBODY)
    set_populations(database, "Ấp 2", EVERYBODY)
    hoa, lan = register("Nguyễn Văn Hòa"), register("Trần Thị Lan", hamlet="Ấp 2")
    for person in (hoa, lan):
        do(person, WIFI, "mot")
        do(person, OTP, "mot", "hai")
    take_quiz(hoa, OTP_QUIZ, 10)
    table = rates()
    assert list(table.columns) == completions.RATE_COLUMNS
    whole = one_rate(table, "hamlet", "ap-1", "ky-nang-so")
    assert (whole["completed"], whole["population"], whole["rate"]) == (1, 135, 1 / 135)
    assert one_rate(table, "hamlet", "ap-2", "ky-nang-so")["completed"] == 0
    assert one_rate(table, "hamlet", "ap-2", "ky-nang-so", WIFI)["rate"] == 1 / 135
    assert one_rate(table, "group", "nguoi-dan", "ky-nang-so")["rate"] == 1 / 200
    assert one_rate(table, "group", "can-bo", "ky-nang-so")["rate"] == 0
    assert one_rate(table, "all", "", "ky-nang-so", WIFI)["rate"] == 2 / 270
    assert one_rate(table, "all", "", "nghi-quyet-57")["label"] == "Toàn xã"


def test_a_track_of_one_lesson_has_no_lesson_rows(rates, learner):
    assert set(rates(track="nghi-quyet-57")["lesson_id"]) == {""}


def test_a_person_who_passes_twice_counts_once(database, rates, register, do, take_quiz):
    set_populations(database, "Ấp 1", EVERYBODY)
    hoa = register()
    for minutes in (1, 2):
        do(hoa, GOALS, "bieu-do", minutes=minutes)
        take_quiz(hoa, GOALS_QUIZ, 10, minutes=minutes)
    assert one_rate(rates(), "all", "", "nghi-quyet-57")["completed"] == 1


def test_a_completion_counts_in_the_period_in_which_it_was_reached(database, rates, learner, do, take_quiz):
    set_populations(database, "Ấp 1", EVERYBODY)
    do(learner, GOALS, "bieu-do")
    take_quiz(learner, GOALS_QUIZ, 10, minutes=24 * 60)
    periods = [
        ({"until": date(2026, 11, 24)}, 0),
        ({"since": date(2026, 11, 25), "until": date(2026, 11, 25)}, 1),
        ({"since": date(2026, 11, 26)}, 0),
        ({}, 1),
    ]
    for period, completed in periods:
        assert one_rate(rates(**period), "all", "", "nghi-quyet-57")["completed"] == completed


def test_no_population_no_rate(rates, learner, do, take_quiz):
    do(learner, GOALS, "bieu-do")
    take_quiz(learner, GOALS_QUIZ, 10)
    rate = one_rate(rates(), "hamlet", "ap-1", "nghi-quyet-57")
    assert rate["completed"] == 1
    assert pd.isna(rate["population"]) and pd.isna(rate["rate"])


def test_a_part_of_the_population_gives_no_rate_and_says_what_is_missing(database, rates):
    set_populations(database, "Ấp 1", {**EVERYBODY})
    set_populations(database, "Ấp 2", {"nguoi-dan": 100, "can-bo": 5, "nguoi-lao-dong": 0})
    table = rates()
    part = one_rate(table, "hamlet", "ap-2", "nghi-quyet-57")
    assert (part["population"], part["missing"]) == (105, "Học sinh, sinh viên")
    assert pd.isna(part["rate"])
    assert one_rate(table, "group", "hoc-sinh", "nghi-quyet-57")["missing"] == "Ấp 2"
    assert one_rate(table, "group", "can-bo", "nghi-quyet-57")["rate"] == 0


def test_more_people_than_the_population_is_shown_not_hidden(database, rates, register, do, take_quiz):
    set_populations(database, "Ấp 1", {**EVERYBODY, "can-bo": 1})
    for year in (1970, 1980):
        person = register(birth_year=year, group="can-bo")
        do(person, GOALS, "bieu-do")
        take_quiz(person, GOALS_QUIZ, 10)
    assert one_rate(rates(), "group", "can-bo", "nghi-quyet-57")["rate"] == 2.0


def test_nobody_in_a_group_gives_no_rate(database, rates):
    set_populations(database, "Ấp 1", {**EVERYBODY, "can-bo": 0})
    rate = one_rate(rates(), "group", "can-bo", "nghi-quyet-57")
    assert rate["population"] == 0 and pd.isna(rate["rate"])


def test_rates_take_the_population_of_the_periods_year(database, rates):
    set_populations(database, "Ấp 1", EVERYBODY, year=2025)
    set_populations(database, "Ấp 1", {**EVERYBODY, "nguoi-dan": 200}, year=2027)
    for period, population, year in (
        ({"until": date(2026, 6, 14)}, 135, "2025"),
        ({"year": 2027}, 235, "2027"),
        ({"until": date(2024, 12, 31)}, 0, ""),
    ):
        rate = one_rate(rates(**period), "all", "", "nghi-quyet-57")
        assert (0 if pd.isna(rate["population"]) else rate["population"], rate["population_year"]) == (
            population,
            year,
        )


def test_a_filter_narrows_people_and_population(database, rates):
    set_populations(database, "Ấp 1", EVERYBODY)
    set_populations(database, "Ấp 2", EVERYBODY)
    table = rates(hamlet="ap-2", group="can-bo")
    assert set(table["label"]) == {
        "Ấp 2",
        "Cán bộ, công chức, viên chức, người lao động trong cơ quan nhà nước",
        "Tổng theo bộ lọc",
    }
    assert set(table["population"]) == {5}


def test_a_commune_without_hamlets_has_no_rates(rates):
    assert len(rates()) == 0
