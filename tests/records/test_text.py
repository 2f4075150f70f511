import unicodedata

import pytest

from hocso.records.learners import fold
from hocso.records.text import clean, number, percent, same_name


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
