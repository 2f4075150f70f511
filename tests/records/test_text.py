import unicodedata
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hocso.records.learners import fold
from hocso.records.text import clean, exact_percent, number, percent, rate, same_name, whole_percent


def test_names_fold_to_plain_letters():
    assert fold("  Nguyễn   Văn ĐỨC ") == "nguyen van duc"


def test_every_vietnamese_vowel_folds():
    vowels = "aăâeêioôơuưy"
    tones = ["", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323"]
    spelled = "".join(unicodedata.normalize("NFC", vowel + tone) for vowel in vowels for tone in tones)
    assert fold(spelled) == "".join(plain * 6 for plain in "aaaeeiooouuy")


def test_decomposed_text_becomes_composed():
    decomposed = unicodedata.normalize("NFD", "Trần Thị Hường")
    assert clean(decomposed) == "Trần Thị Hường"


def test_invisible_characters_go_and_any_blank_is_one_space():
    assert clean("\ufeffAn\u200b\u00a0\u202eBình\r\n\t\0") == "An Bình"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Nguyễn Thị Hoà", "nguyễn thị hòa"),
        ("Nguyen Thi Hoa", "Nguyễn Thị Hòa"),
        ("LÊ VĂN TÚ", "Lê Văn Tú"),
    ],
)
def test_the_same_name_in_two_spellings(one, other):
    assert same_name(one, other)


@pytest.mark.parametrize(("one", "other"), [("Lê Văn Tú", "Lê Văn Tư"), ("Lê Văn Tú", "Lê Văn Tùng")])
def test_names_that_differ_by_a_mark_are_different(one, other):
    assert not same_name(one, other)


def test_numbers_are_written_as_in_vietnamese():
    assert (number(1234567), number(1234.5, 1), number(-0.5, 2)) == ("1.234.567", "1.234,5", "-0,50")
    assert (percent(0.125), percent(1.2345, 0), percent(0)) == ("12,5%", "123%", "0,0%")


def test_a_half_per_cent_is_rounded_up_as_in_a_workbook():
    assert [percent(share) for share in (53 / 80, 0.6995, 1 / 8)] == ["66,3%", "70,0%", "12,5%"]


@pytest.mark.parametrize(
    ("share", "target", "shown"),
    [
        (0.9996, 1.0, "99,96%"),
        (0.79999, 0.8, "79,999%"),
        (0.8, 0.8, "80,0%"),
        (1.0, 0.8, "100,0%"),
        (0.99999, None, "99,999%"),
        (1.0004, 1.0, "100,04%"),
        (2 / 3, 1.0, "66,7%"),
        (0.85551, 0.8555, "85,551%"),
        (0.0, 0.0, "0,0%"),
    ],
)
def test_a_rate_has_as_many_digits_as_it_takes_not_to_look_like_its_target(share, target, shown):
    assert rate(share, target) == shown


def test_a_target_is_shown_as_it_was_set():
    assert [exact_percent(share) for share in (1.0, 0.8, 0.855, 0.333333)] == [
        "100%",
        "80%",
        "85,5%",
        "33,3333%",
    ]


@given(st.integers(0, 60_000), st.integers(1, 50_000), st.integers(0, 1_000_000))
@example(855_444, 1_000_000, 855_444)
@example(9_996, 10_000, 1_000_000)
def test_no_shown_rate_lies_on_another_side_of_its_target_or_of_the_whole(count, population, target):
    share, target = count / population, target / 1_000_000

    def read(text):
        return Fraction(text.removesuffix("%").replace(".", "").replace(",", ".")) / 100

    shown, wanted = read(rate(share, target)), read(exact_percent(target))
    assert (shown >= wanted) == (share >= target) and (shown > 1) == (share > 1)


@pytest.mark.parametrize(
    ("share", "percent"), [(0.7, 70), (0.699999, 69), (0.29, 29), (0.6875, 68), (1.0, 100)]
)
def test_a_score_is_rounded_down_to_a_whole_per_cent(share, percent):
    assert whole_percent(share) == percent
