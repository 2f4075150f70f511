"""Which entries are shown to staff as likely the same person, why, and in which order."""

import pytest

from hocso.records import Removal, hamlets, learners, merging, twins

from .conftest import CONSENT, NOW


@pytest.fixture
def people(database):
    """Enters learners as (name, year, hamlet, phone); gives their ids."""

    def people(*rows):
        ids = []
        with database.session() as session:
            for name, year, hamlet, phone in rows:
                place = hamlets.add(session, hamlet)
                learner = learners.register(
                    session,
                    full_name="Người Tạm",
                    birth_year=2000 - len(ids),
                    hamlet_id=place.id,
                    group="nguoi-dan",
                    pin="2468",
                    consent_wording=CONSENT,
                    now=NOW,
                )
                # As from another laptop, where registering could not know of the other one.
                learner.full_name, learner.folded_name = name, learners.fold(name)
                learner.birth_year, learner.phone = year, phone
                session.flush()
                ids.append(learner.id)
        return ids

    return people


@pytest.fixture
def likely(database):
    def likely():
        with database.session(readonly=True) as session:
            return twins.likely(session)

    return likely


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (("Nguyễn Thị Hòa", 1960, "Ấp 1", None), ("cùng tên", "cùng năm sinh", "cùng ấp")),
        (("Nguyễn Thị Hòa", 1960, "Ấp 2", None), ("cùng tên", "cùng năm sinh", "khác ấp")),
        (("Nguyen Thi Hoa", 1960, "Ấp 1", None), ("tên viết không dấu", "cùng năm sinh", "cùng ấp")),
        (("Nguyễn Thị Hoa", 1960, "Ấp 1", None), ("tên chỉ khác dấu", "cùng năm sinh", "cùng ấp")),
        (("Nguyễn Thị Hoàn", 1960, "Ấp 1", None), ("tên khác một chữ cái", "cùng năm sinh", "cùng ấp")),
        (("Nguyễn Thị Hòa", 1961, "Ấp 1", None), ("cùng tên", "năm sinh lệch một năm", "cùng ấp")),
        (("Nguyễn Thị Hòa", 1959, "Ấp 1", None), ("cùng tên", "năm sinh lệch một năm", "cùng ấp")),
        (
            ("Nguyễn Thị Hóa", 1975, "Ấp 2", "0912345678"),
            ("tên chỉ khác dấu", "cùng số điện thoại", "năm sinh khác nhau", "khác ấp"),
        ),
        (
            ("Trần Thị Hòa", 1960, "Ấp 1", "0912345678"),
            ("cùng tên gọi", "cùng số điện thoại", "cùng năm sinh", "cùng ấp"),
        ),
        (
            ("Nguyễn Thị Hòa", 1960, "Ấp 1", "0999999999"),
            ("cùng tên", "số điện thoại khác nhau", "cùng năm sinh", "cùng ấp"),
        ),
    ],
)
def test_who_may_be_the_same_is_shown_with_the_reasons(people, likely, other, why):
    one, two = people(("Nguyễn Thị Hòa", 1960, "Ấp 1", "0912345678"), other)
    (pair,) = likely()
    assert {pair.first_id, pair.second_id} == {one, two}
    assert pair.reasons == why


@pytest.mark.parametrize(
    "other",
    [
        ("Nguyễn Thị Hòa", 1970, "Ấp 1", None),
        ("Nguyễn Thị Hòa", 1961, "Ấp 2", None),
        ("Nguyễn Thị Hoàn", 1960, "Ấp 2", None),
        ("Nguyễn Thị Hoàng", 1960, "Ấp 1", None),
        ("Nguyễn Văn Tư", 1958, "Ấp 1", "0912345678"),
    ],
)
def test_who_is_hardly_the_same_is_not_shown(people, likely, other):
    people(("Nguyễn Thị Hòa", 1960, "Ấp 1", "0912345678"), other)
    assert likely() == []


def test_the_likeliest_stand_first(people, likely):
    one, phone, place, elsewhere = people(
        ("Lê Văn Bảy", 1950, "Ấp 1", "0911111111"),
        ("Lê Văn Bảy", 1950, "Ấp 1", "0911111111"),
        ("Lê Văn Bảy", 1950, "Ấp 1", None),
        ("Lê Văn Bảy", 1950, "Ấp 2", None),
    )
    pairs = [{pair.first_id, pair.second_id} for pair in likely()]
    assert pairs[0] == {one, phone}
    assert {one, place} in pairs[1:3]
    assert {one, elsewhere} in pairs[3:]


def test_a_decided_pair_is_shown_no_more_until_it_is_taken_back(people, likely, database):
    one, two = people(("Lê Văn Bảy", 1950, "Ấp 1", None), ("Lê Văn Bảy", 1950, "Ấp 2", None))
    for decision, keep, pairs in (("apart", None, 0), ("open", None, 1), ("same", one, 0), ("open", None, 1)):
        with database.session() as session:
            merging.decide(session, one, two, decision, keep_id=keep)
        assert len(likely()) == pairs


def test_who_is_another_than_a_merged_entry_is_not_shown_beside_the_one_that_goes_on(
    people, likely, database
):
    one, two, three = people(*[("Lê Văn Bảy", 1950, f"Ấp {number}", None) for number in (1, 2, 3)])
    with database.session() as session:
        merging.decide(session, two, three, "apart")
        merging.decide(session, one, two, "same", keep_id=one)
    assert likely() == []


def test_who_asked_to_be_removed_is_not_shown(people, likely, database):
    one, _ = people(("Lê Văn Bảy", 1950, "Ấp 1", None), ("Lê Văn Bảy", 1950, "Ấp 2", None))
    with database.session() as session:
        session.add(Removal(learner_id=one, reason="asked", removed_at=NOW))
    assert likely() == []


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("hoa", "hoan", True),
        ("hoa", "oa", True),
        ("hoa", "hoe", True),
        ("hoa", "hao", True),
        ("", "a", True),
        ("hoa", "hoa", False),
        ("hoa", "hoang", False),
        ("hoa", "aoh", False),
        ("hoan", "hnao", False),
    ],
)
def test_names_that_differ_by_one_letter(one, other, apart):
    assert twins.one_letter_apart(one, other) is apart
    assert twins.one_letter_apart(other, one) is apart
