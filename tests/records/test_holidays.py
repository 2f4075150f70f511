"""The public holidays of a year: four that are known, the others as they are announced."""

from datetime import date

import pytest

from hocso.records import RegisterRefused, holidays, registers

ANNOUNCED = {
    "tet_from": "05/02/2027",
    "tet_until": "2027-02-11",
    "hung_kings": "16/4/2027",
    "national_day": "3/9/2027",
    "more": "03/05/2027, 24/11/2027",
}


@pytest.fixture
def session(database):
    with database.session() as session:
        yield session


def entered(session, year, typed):
    planned = holidays.plan(session, year, typed)
    holidays.enter(session, planned)
    return planned


def test_without_an_announcement_only_the_four_fixed_days_are_known(session):
    entered(session, 2027, {})
    assert [(f"{day:%d/%m}", name) for day, name in holidays.of_year(session, 2027)] == [
        ("01/01", "Tết Dương lịch"),
        ("30/04", "Ngày Chiến thắng"),
        ("01/05", "Ngày Quốc tế lao động"),
        ("02/09", "Quốc khánh"),
    ]


def test_what_was_announced_is_entered_day_by_day(session):
    entered(session, 2027, ANNOUNCED)
    found = dict(holidays.of_year(session, 2027))
    assert [day for day, name in found.items() if name == "Tết Âm lịch"] == [
        date(2027, 2, day) for day in range(5, 12)
    ]
    assert found[date(2027, 4, 16)] == "Giỗ Tổ Hùng Vương"
    assert found[date(2027, 9, 3)] == found[date(2027, 9, 2)] == "Quốc khánh"
    assert found[date(2027, 5, 3)] == found[date(2027, 11, 24)] == "Nghỉ bù, nghỉ thêm"


def test_entering_again_keeps_what_is_there_and_what_was_removed(session):
    registers.add(session, "ngay-nghi", {"day": "1/5/2027", "name": "Làm bù hội diễn", "works": "Có"})
    entered(session, 2027, {})
    registers.remove(session, "ngay-nghi", "2027-04-30")
    planned = entered(session, 2027, ANNOUNCED)
    assert planned.there[1] == (date(2027, 5, 1), "Làm bù hội diễn")
    assert planned.removed == [(date(2027, 4, 30), "Ngày Chiến thắng")]
    assert date(2027, 4, 30) not in dict(holidays.of_year(session, 2027))
    assert entered(session, 2027, ANNOUNCED).new == []


def test_a_plan_enters_nothing(session):
    holidays.plan(session, 2027, ANNOUNCED)
    assert holidays.of_year(session, 2027) == []


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("tet_until", {"tet_from": "5/2/2027"}, "cả ngày đầu và ngày cuối"),
        ("tet_from", {"tet_until": "5/2/2027"}, "cả ngày đầu và ngày cuối"),
        ("tet_until", {"tet_from": "11/2/2027", "tet_until": "5/2/2027"}, "từ 5 đến 15 ngày"),
        ("tet_until", {"tet_from": "5/2/2027", "tet_until": "5/9/2027"}, "từ 5 đến 15 ngày"),
        ("hung_kings", {"hung_kings": "10/3 âm lịch"}, "Không đọc được ngày"),
        ("hung_kings", {"hung_kings": "26/4/2026"}, "không thuộc năm 2027"),
        ("hung_kings", {"hung_kings": "16/4/2027 17/4/2027"}, "Mời ghi một ngày"),
        ("national_day", {"national_day": "4/9/2027"}, "1/9 hoặc 3/9"),
        ("more", {"more": "03/05/2027, 31/02/2027"}, "Không đọc được ngày"),
    ],
)
def test_a_wrong_day_is_named(session, field, typed, said):
    with pytest.raises(RegisterRefused) as refused:
        holidays.plan(session, 2027, typed)
    assert list(refused.value.problems) == [field] and said in refused.value.problems[field]
    assert holidays.FIELDS[field] in str(refused.value)
