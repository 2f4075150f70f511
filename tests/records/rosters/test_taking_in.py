"""A roster is taken in once, whole, and can be taken back without harm to those who have begun to learn."""

import random
from uuid import uuid4

import pytest
from sqlalchemy import select

from hocso.records import Learner, Removal, UnknownRecord, classes, events, hamlets, learners, rosters

from .conftest import xlsx

HEADER = ["Họ và tên", "Năm sinh", "Ấp", "SĐT"]
HOA = ["Nguyễn Văn Hòa", 1960, "Ấp 1", None]
BUOI = ["Trần Thị Bưởi", 1958, "Ấp 2", "0912345678"]


def planned(session, *rows, **options):
    options = {"default_group": "nguoi-dan", **options}
    return rosters.plan(session, rosters.read(xlsx([HEADER, *rows]), "a.xlsx"), **options)


def take_in(database, *rows, consented=False, **options):
    with database.session() as session:
        plan = planned(session, *rows, **options)
        return rosters.apply(session, plan, account_id=None, consented=consented, consent_wording="Đồng ý.")


def table(database):
    with database.session(readonly=True) as session:
        columns = Learner.__table__.columns
        return sorted(
            tuple(row) for row in session.execute(select(columns.id, columns.code, columns.full_name))
        )


def states(database, *rows, **options):
    with database.session(readonly=True) as session:
        return [row.state for row in planned(session, *rows, **options).rows]


def test_the_plan_writes_nothing(commune):
    assert states(commune, HOA, BUOI) == ["new", "new"]
    assert table(commune) == []


def test_the_same_roster_again_makes_nobody_twice(commune):
    take_in(commune, HOA, BUOI)
    before = table(commune)
    assert states(commune, HOA, BUOI) == ["known", "known"]
    assert take_in(commune, HOA, BUOI).counts["new"] == 0
    assert table(commune) == before


def test_a_plan_that_is_applied_twice_makes_nobody_twice(commune):
    with commune.session() as session:
        plan = planned(session, HOA)
        for _ in range(2):
            rosters.apply(session, plan, account_id=None, consented=False)
    assert len(table(commune)) == 1


@pytest.mark.parametrize(
    ("row", "state"),
    [
        (["Nguyễn Văn Hoà", 1960, "1", None], "known"),
        (["nguyen van hoa", 1960, "ấp 1", None], "known"),
        (["Nguyễn Văn Hòa", 1961, "Ấp 1", None], "twin"),
        (["Nguyễn Văn Hòa", 1960, "Ấp 2", None], "twin"),
        (["Nguyễn Văn Hòa", 1975, "Ấp 1", None], "new"),
        (["Nguyễn Văn Hòa", 1960, "Tổ 4, Ấp 1, xã Mẫu", None], "known"),
    ],
)
def test_who_is_known_and_who_may_be(commune, row, state):
    take_in(commune, HOA)
    assert states(commune, row) == [state]


def test_a_person_who_stands_twice_in_a_roster_is_taken_in_once(commune):
    assert states(commune, HOA, BUOI, HOA) == ["new", "new", "known"]
    with commune.session(readonly=True) as session:
        assert planned(session, HOA, HOA).rows[1].why == "trùng với dòng 2"


def test_an_unknown_hamlet_is_an_error_unless_new_ones_are_allowed(commune):
    row = ["Lê Thị Sen", 1970, "Ấp Mới", None]
    with commune.session(readonly=True) as session:
        (error,) = planned(session, row).rows[0].errors
        assert (error.row, error.column) == (2, "C")
    take_in(commune, row, new_hamlets=True)
    with commune.session(readonly=True) as session:
        assert "Ấp Mới" in [one.name for one in hamlets.listed(session)]
        assert session.scalar(select(Learner)).hamlet.name == "Ấp Mới"


@pytest.mark.parametrize(
    ("written", "hamlet"),
    [
        ("Tổ 5 - Ấp 1", "Ấp 1"),
        ("số nhà 5 ấp 1 xã Tân Hội", "Ấp 1"),
        ("Tổ 2, ấp Mới, xã Tân Hội", "Ấp Mới"),
        ("12/3 ấp mới", "Ấp Mới"),
        ("ẤP MỚI", "Ấp Mới"),
        ("Ấp 10", "Ấp 10"),
        ("Ấp 1B", "Ấp 1B"),
        ("Tổ 5", "địa chỉ, chưa rõ ấp nào"),
        ("Số 7, đường Mẫu, xã Tân Hội", "địa chỉ, chưa rõ ấp nào"),
        ("Ấp 1, ấp 2", "«Ấp 1» và «Ấp 2»"),
        ("Ấp 1 Cầu Đúc", "Chưa rõ có phải là «Ấp 1» không"),
        ("ấp", "Tên ấp không đúng"),
    ],
)
def test_an_address_never_becomes_a_hamlet_of_its_own(commune, written, hamlet):
    with commune.session(readonly=True) as session:
        row = planned(session, ["Lê Thị Sen", 1970, written, None], new_hamlets=True).rows[0]
    if row.state == "error":
        assert hamlet in row.errors[0].message
    else:
        assert row.hamlet == hamlet


def test_two_people_with_other_phones_stay_two_after_one_without(commune):
    rows = [[*HOA[:3], phone] for phone in (None, "0911111111", "0922222222")]
    assert states(commune, *rows) == ["new", "known", "twin"]
    take_in(commune, *rows)
    for again in (rows, rows[::-1]):
        assert states(commune, *again) == ["known", "known", "known"]


def test_a_hamlet_that_is_not_written_is_the_default(commune):
    row = ["Lê Thị Sen", 1970, None, None]
    assert states(commune, row) == ["error"]
    assert states(commune, row, default_hamlet="ap-1") == ["new"]


def test_a_number_alone_is_no_hamlet_where_two_could_be_meant(commune):
    with commune.session() as session:
        hamlets.add(session, "Khóm 1")
    assert states(commune, ["Lê Thị Sen", 1970, "1", None]) == ["error"]
    assert states(commune, ["Lê Thị Sen", 1970, "Khóm 1", None]) == ["new"]


def test_rows_to_mend_stay_out_and_the_others_come_in(commune):
    taken = take_in(commune, HOA, ["Lê Thị Sen", 6, "Ấp 1", None])
    assert taken.counts == {"new": 1, "known": 0, "twin": 0, "error": 1}
    assert [name for _, _, name in table(commune)] == ["Nguyễn Văn Hòa"]


@pytest.mark.parametrize("consented", [True, False])
def test_consent_is_only_what_was_said_and_no_pin_opens_the_name(commune, consented):
    take_in(commune, HOA, consented=consented)
    with commune.session() as session:
        learner = session.scalar(select(Learner))
        assert (learner.consent_at is not None) is consented
        assert learner.consent_wording == ("Đồng ý." if consented else None)
        assert not learners.check_pin(session, learner.id, "0000").ok


def test_taking_back_leaves_those_who_began_to_learn_and_says_why(commune, class_session, now):
    taken = take_in(commune, HOA, BUOI, ["Lê Thị Sen", 1970, "Ấp 1", None])
    by_name = {name: id for id, _, name in table(commune)}
    with commune.session() as session:
        events.append(
            session,
            id=str(uuid4()),
            learner_id=by_name["Nguyễn Văn Hòa"],
            lesson_id="ky-nang-so/otp",
            verb="initialized",
            occurred_at=now,
        )
        classes.check_in(session, class_session.id, by_name["Trần Thị Bưởi"])
    with commune.session() as session:
        back = rosters.take_back(session, taken.id)
    assert back.removed == 1
    assert {(one.full_name, one.why) for one in back.stayed} == {
        ("Nguyễn Văn Hòa", "đã học bài"),
        ("Trần Thị Bưởi", "đã điểm danh"),
    }
    with commune.session(readonly=True) as session:
        assert list(session.scalars(select(Removal.learner_id))) == [by_name["Lê Thị Sen"]]
        assert rosters.latest(session) is None


def test_taking_back_takes_out_the_hamlets_that_came_with_it_and_are_used_by_nobody(commune):
    taken = take_in(
        commune,
        ["Lê Thị Sen", 1970, "Ấp Lạ", None],
        ["Lê Thị Lan", 1971, "Ấp Mới", None],
        HOA,
        new_hamlets=True,
    )
    take_in(commune, ["Võ Thị Mai", 1971, "Ấp Mới", None])
    with commune.session() as session:
        assert rosters.taking_back(session, taken.id).hamlets == ("Ấp Lạ",)
        assert rosters.take_back(session, taken.id).hamlets == ("Ấp Lạ",)
    with commune.session(readonly=True) as session:
        assert [one.name for one in hamlets.listed(session)] == ["Ấp 1", "Ấp 2", "Ấp Mới"]


def test_taking_back_what_is_not_there_says_so(commune):
    with commune.session() as session, pytest.raises(UnknownRecord):
        rosters.take_back(session, str(uuid4()))


@pytest.mark.parametrize("seed", range(20))
def test_taking_in_and_back_leaves_the_table_as_it_was(commune, seed):
    dice = random.Random(seed)

    def rows():
        return [
            [
                " ".join((dice.choice(("Nguyễn", "lê", "PHẠM")), dice.choice(("Hòa", "Hoà", "SEN", "Bưởi")))),
                dice.choice((1960, 1961, "1/2/1970", 60, None)),
                dice.choice(("Ấp 1", "ấp 2", "Ấp Lạ", None)),
                dice.choice((None, 912345678, "0987654321", "12")),
            ]
            for _ in range(dice.randrange(1, 15))
        ]

    options = {"default_hamlet": dice.choice((None, "ap-1")), "new_hamlets": dice.random() < 0.5}
    take_in(commune, *rows(), **options)
    before, again = table(commune), rows()
    taken = take_in(commune, *again, **options)
    assert len(table(commune)) == len(before) + taken.counts["new"] + taken.counts["twin"]
    assert not {"new", "twin"} & set(states(commune, *again, **options))
    with commune.session() as session:
        rosters.take_back(session, taken.id)
    assert table(commune) == before
