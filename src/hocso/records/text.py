"""Vietnamese text at the edge: one spelling in Unicode, single spaces, folding for search, and numbers."""

import math
import unicodedata
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

WEEKDAYS = ("thứ hai", "thứ ba", "thứ tư", "thứ năm", "thứ sáu", "thứ bảy", "chủ nhật")
TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")


def clean(text: str) -> str:
    """`text` in NFC with single spaces, without control and invisible format characters."""
    visible = (
        " " if char.isspace() else char
        for char in unicodedata.normalize("NFC", text)
        if char.isspace() or unicodedata.category(char) not in ("Cc", "Cf", "Cs")
    )
    return unicodedata.normalize("NFC", " ".join("".join(visible).split()))


def fold(text: str) -> str:
    """`text` for searching: lower case, without diacritics, đ as d, single spaces."""
    bare = (
        char for char in unicodedata.normalize("NFD", clean(text).lower()) if not unicodedata.combining(char)
    )
    return "".join(bare).replace("đ", "d")


def is_shallow(value: Any, levels: int = 30) -> bool:
    """Whether JSON is nested no deeper: who reads it may stand where Python has few levels left."""
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return levels > 0 and all(is_shallow(part, levels - 1) for part in parts)


def number(value: float | Decimal, digits: int = 0) -> str:
    """A number as 1.234,5."""
    return f"{value:,.{digits}f}".translate(str.maketrans(",.", ".,"))


def percent(share: float, digits: int = 1) -> str:
    """A share (1.0 = 100%) as 12,5%; a half is rounded up, as workbooks do."""
    return f"{number(_hundredths(share).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP), digits)}%"


def whole_percent(share: float) -> int:
    """A share (0 to 1) as a whole per cent, rounded down: nobody seems to reach the pass mark who did not."""
    return math.floor(share * 100 + 1e-6)


def exact_percent(share: float) -> str:
    """A share that somebody set, such as a target, with all its digits: 80%, 85,5%."""
    return percent(share, exact_digits(share))


def exact_digits(share: float) -> int:
    """How many digits after the comma a share has as a per cent."""
    return max(0, -_hundredths(share).normalize().as_tuple().exponent)


def rate(share: float, *marks: float | None) -> str:
    """A rate as 79,6%, beside a target or other shares that it must not seem to equal: see `rate_digits`."""
    return percent(share, rate_digits(share, *marks))


def rate_digits(share: float, *marks: float | None) -> int:
    """How many digits after the comma a rate is shown with: one, and as many more as it takes to look like
    100% or one of `marks` only where it is that. What has not reached its target never seems to have."""
    marks = [mark for mark in (1.0, *marks) if mark is not None]
    others = [mark for mark in marks if mark != share]
    digits = max(1, exact_digits(share)) if share in marks else 1
    while any(percent(share, digits) == percent(mark, digits) for mark in others):
        digits += 1
    return digits


def _hundredths(share: float) -> Decimal:
    return 100 * Decimal(str(share))


def weekday(day: date) -> str:
    """The name of a day of the week."""
    return WEEKDAYS[day.weekday()]


def same_name(one: str, other: str) -> bool:
    """Whether two names are spelled the same: case and the tone mark's place in a syllable (hoà, hòa) don't
    matter, and a name typed wholly without diacritics equals the same name with them."""
    if fold(one) != fold(other):
        return False
    plain = (fold(one), fold(other))
    if clean(one).lower() in plain or clean(other).lower() in plain:
        return True
    return _tones_last(one) == _tones_last(other)


def _tones_last(text: str) -> list[str]:
    syllables = []
    for syllable in clean(text).lower().split():
        marks = unicodedata.normalize("NFD", syllable)
        letters = "".join(char for char in marks if char not in TONES)
        syllables.append(letters + "".join(sorted(char for char in marks if char in TONES)))
    return syllables
