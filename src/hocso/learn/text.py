"""Text and numbers as people write them in Vietnamese."""

import math
import re
import unicodedata


def plain(text: object) -> str:
    """`text` in NFC, without blanks around it."""
    return unicodedata.normalize("NFC", str(text)).strip()


def read_number(text: object) -> float | None:
    """The number in `text`, written as in Việt Nam (1.234,5) or with a decimal point (12.5), or else None.

    A point is read as a thousands mark only where exactly three digits follow each one.
    """
    if isinstance(text, bool):
        return None
    if isinstance(text, int | float):
        try:
            number = float(text)
        except OverflowError:
            return None
        return number if math.isfinite(number) else None
    if not isinstance(text, str):
        return None
    digits = re.sub(r"\s", "", plain(text)).rstrip("%")
    if "," in digits or re.fullmatch(r"[+-]?[1-9]\d{0,2}(\.\d{3})+", digits):
        digits = digits.replace(".", "").replace(",", ".")
    if len(digits) > 30 or not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", digits, re.ASCII):
        return None
    return float(digits)


def write_number(number: float) -> str:
    """`number` as read in Việt Nam: 1.234,5."""
    text = f"{number:,.6f}".rstrip("0").rstrip(".")
    return text.translate(str.maketrans({",": ".", ".": ","}))
