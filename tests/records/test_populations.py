import pytest

from hocso.records import PopulationRefused, UnknownRecord, hamlets, populations


@pytest.fixture
def enter(database):
    def enter(group, year, count, source="Công an xã"):
        with database.session() as session:
            place = hamlets.add(session, "Ấp 1")
            return populations.set_population(session, place.id, group, year, count, source)

    return enter


def figures(table):
    return table[["hamlet", "group", "year", "count"]].values.tolist()


def test_the_figure_entered_last_holds(database, enter):
    enter("nguoi-dan", 2026, 100)
    enter("nguoi-dan", 2026, 120, "  Chi cục   Thống kê ")
    with database.session(readonly=True) as session:
        table = populations.table(session, 2026)
    assert figures(table) == [["Ấp 1", "nguoi-dan", 2026, 120]]
    assert table["source"].tolist() == ["Chi cục Thống kê"]


def test_a_year_without_figures_takes_the_latest_before_it(database, enter):
    enter("nguoi-dan", 2024, 90)
    enter("nguoi-dan", 2025, 100)
    enter("can-bo", 2027, 5)
    with database.session(readonly=True) as session:
        assert figures(populations.in_force(session, 2026)) == [["Ấp 1", "nguoi-dan", 2025, 100]]
        assert figures(populations.table(session, 2026)) == []


@pytest.mark.parametrize(
    "said", [("khac", 2026, 1), ("can-bo", 26, 1), ("can-bo", 2026, -1), ("can-bo", 2026, 1.5)]
)
def test_what_is_no_population_is_refused(enter, said):
    with pytest.raises(PopulationRefused):
        enter(*said)


def test_a_population_needs_a_known_hamlet(database):
    with database.session() as session, pytest.raises(UnknownRecord):
        populations.set_population(session, "nowhere", "can-bo", 2026, 1, "")


def test_two_laptops_give_a_hamlet_the_same_id(database):
    with database.session() as session:
        one = hamlets.add(session, "Ấp Mẫu  1")
        assert hamlets.add(session, "ấp mẫu 1").id == one.id == "ap-mau-1"
