"""Vietnamese of before Unicode: typed for the fonts TCVN3 (ABC, .VnTime) and VNI, or in Windows-1258.

Such text reaches us as Western letters, which a font or Windows shows as Vietnamese. It is decoded only
where nearly every word becomes a Vietnamese syllable that was none before.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable

from hocso.course.syllables import is_vietnamese

WORD = re.compile(r"[^\s\d.,;:/()\"+-]+")
CLEAR = 0.9
MIXED = 0.3  # of the words of a sheet in an old font, far fewer read as Vietnamese by chance

_TCVN3 = dict(
    zip(
        "¡¢£¤¥¦§¨©ª«¬\u00ad®µ¶·¸¹»¼½¾ÆÇÈÉÊËÌÎÏÐÑÒÓÔÕÖ×ØÜÝÞßáâãäåæçèéêëìíîïñòóôõö÷øùúûüýþ",
        "ĂÂÊÔƠƯĐăâêôơưđàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ",
        strict=True,
    )
)
_TONES = ("\u0301", "\u0300", "\u0309", "\u0303", "\u0323")  # sắc, huyền, hỏi, ngã, nặng
_HAT, _BREVE = "\u0302", "\u0306"
_VNI_MARKS = {
    **dict(zip("ùøûõï", _TONES, strict=True)),
    **{mark: _HAT + tone for mark, tone in zip("âáàåãä", ("", *_TONES), strict=True)},
    **{mark: _BREVE + tone for mark, tone in zip("êéèúüë", ("", *_TONES), strict=True)},
}
_VNI_LETTERS = dict(zip("ñôöæóòîÑÔÖÆÓÒÎ", "đơưỉĩịỵĐƠƯỈĨỊỴ", strict=True))


def from_tcvn3(text: str) -> str:
    """`text` typed in TCVN3, in Unicode. Capitals that have a tone exist in fonts only and come out small."""
    return "".join(_TCVN3.get(char, char) for char in text)


def from_vni(text: str) -> str:
    """`text` typed in VNI, in Unicode."""
    out = ""
    for char in text:
        mark = _VNI_MARKS.get(char.lower())
        if mark and out and out[-1].lower() in "aeouyơư":
            out = out[:-1] + unicodedata.normalize("NFC", out[-1] + mark)
        else:
            out += _VNI_LETTERS.get(char, char)
    return out


def from_windows(text: str) -> str:
    """`text` that was written as Windows-1258 and read as Latin-1, in Unicode."""
    return unicodedata.normalize("NFC", text.encode("latin-1", "replace").decode("cp1258", "replace"))


FONTS = {"TCVN3": from_tcvn3, "VNI": from_vni, "Windows-1258": from_windows}


def reader_of(texts: Iterable[str]) -> tuple[str | None, Callable[[str], str]]:
    """What `texts` are surely typed in, and how to read one of them: None for Unicode, one of FONTS, "Unicode
    lẫn" one of them (some texts are Unicode already), "?" where most words are Vietnamese in none of them."""
    words = [word for text in texts for word in _marked(text)]
    if not words or (plain := _share(words, str)) >= CLEAR:
        return None, str
    shares = {font: _share(words, decode) for font, decode in FONTS.items()}
    best = max(shares, key=shares.get)
    others = [share for font, share in shares.items() if font != best]
    if shares[best] < CLEAR or shares[best] <= max(*others, plain):
        return "?" if plain < 0.5 else None, str
    decode = FONTS[best]
    if plain < MIXED:
        return best, decode
    return f"Unicode lẫn {best}", lambda text: text if _share(_marked(text), str) == 1 else decode(text)


def _marked(text: str) -> list[str]:
    return [word for word in WORD.findall(text) if not word.isascii()]


def _share(words: list[str], decode) -> float:
    good = sum(is_vietnamese(unicodedata.normalize("NFC", decode(word)).lower()) for word in words)
    return good / len(words) if words else 1.0
