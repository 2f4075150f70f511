"""Which hamlet people mean: by its name, or by an address that has it in it.

«Tổ 3, ấp Mẫu 1, xã Tân Hội» is Ấp Mẫu 1, «Ấp Mẫu 10» is not. An address never becomes a hamlet of its own,
and where two hamlets could be meant, both are named instead of one being chosen.
"""

import re
from collections import defaultdict

from sqlalchemy.orm import Session

from . import hamlets, settings
from .text import clean, fold

WORDS = re.compile(r"[a-z]+|\d+|[,;()/|–-]")
KINDS = ("ap", "khom", "thon")
# What goes on after a hamlet's name, and what stands before it, without a comma between.
AFTER = {*KINDS, "xa", "phuong", "thi", "tt", "huyen", "tinh", "tp", "thanh", "quan", "to", "so", "duong"}
AFTER |= {"cach", "gan", "hoac", "va"}
BEFORE = {"so", "nha", "to", "duong", "hem", "quoc", "lo", "nhanh", "kenh"}
LONGEST = 120

Word = tuple[str, int, int]  # folded, and where it begins and ends


class Places:
    """The hamlets by what people write for them; new ones where they may be made."""

    def __init__(self, session: Session, default: str | None, may_add: bool):
        self._default = hamlets.known(session, default) if default else None
        self._may_add = may_add
        self._whole, self._short = {}, defaultdict(list)
        for one in hamlets.listed(session):
            words = _names(one.name)
            self._whole[words] = (one.id, one.name)
            self._short[words[1:] if words[0] in KINDS else words].append((one.id, one.name))
        self._commune = _names(settings.get(session, "commune_name"))
        if self._commune[:1] in (("xa",), ("phuong",)):
            self._commune = self._commune[1:]
        self.new: dict[str, str] = {}

    def find(self, written: str) -> tuple[str, str] | str:
        """Id and name, or what to do where there is none."""
        if not written:
            if self._default is not None:
                return self._default.id, self._default.name
            return "Thiếu ấp. Hãy ghi tên ấp, hoặc chọn ấp chung cho cả danh sách."
        text = re.sub(r"(^|[,; ])[aA]\.\s*(?=\S)", r"\1Ấp ", clean(written))
        words = _words(text)
        meant = self._meant(words)
        if len(meant) == 1:
            return meant[0]
        if meant:
            names = " và ".join(f"«{name}»" for _, name in meant)
            return f"Chỗ này có thể là {names}. Hãy ghi đúng một ấp."
        near = self._goes_on(words)
        if near is not None and (len(near[1]) > 1 or not self._may_add):
            return f"Chưa rõ có phải là «{near[0]}» không. Hãy ghi đúng tên ấp, hoặc ghi dấu phẩy sau tên ấp."
        if not self._may_add:
            return "Ấp này chưa có trong danh sách của xã. Hãy sửa tên ấp, hoặc cho phép thêm ấp mới."
        return self._added(text, words)

    def _meant(self, words: list[Word]) -> list[tuple[str, str]]:
        """The hamlets that could be meant, without those whose name is a part of a longer one's."""
        bare = _bare(words)
        if bare in self._whole:
            return [self._whole[bare]]
        found = []
        for start, end in _stretches(words):
            name = tuple(word for word, _, _ in words[start:end])
            if name in self._whole and self._ends(words, end):
                found.append((start, end, self._whole[name]))
        found = [
            (start, end, one)
            for start, end, one in found
            if not any(s <= start and end <= e and (s, e) != (start, end) for s, e, _ in found)
        ]
        if found:
            return list(dict.fromkeys(one for _, _, one in found))
        if bare[:1] and bare[0] in KINDS:
            return [self._whole[bare[1:]]] if bare[1:] in self._whole else []
        # «Mẫu 1», without «Ấp»: the whole, or what stands between commas; a number only if it is all.
        for part in [bare, *(part for part in _parts(words) if not "".join(part).isdigit())]:
            if part in self._short:
                return self._short[part]
        return []

    def _ends(self, words: list[Word], end: int) -> bool:
        """Whether a name may end before the word at `end`."""
        rest = [word for word, _, _ in words[end:]]
        if not rest or rest[0] in AFTER:
            return True
        if not rest[0].isalnum():  # but not «Ấp 1-2», «Ấp 1/A»
            return rest[0] not in "-–/" or len(rest) < 2 or not (rest[1].isdigit() or len(rest[1]) == 1)
        return bool(self._commune) and tuple(rest[: len(self._commune)]) == self._commune

    def _goes_on(self, words: list[Word]) -> tuple[str, str] | None:
        """A known hamlet whose name goes on in an unknown way, and the word by which it does."""
        for start, end in _stretches(words):
            name = tuple(word for word, _, _ in words[start:end])
            if name in self._whole and end < len(words) and name[-1].isdigit() and words[end][0].isalpha():
                return self._whole[name][1], words[end][0]
        return None

    def _added(self, text: str, words: list[Word]) -> tuple[str, str] | str:
        """A new hamlet: the name alone, or the part of an address that says «ấp»."""
        starts = [place for place, (word, _, _) in enumerate(words) if word in KINDS]
        is_address = words and (
            any(word in BEFORE or not word.isalnum() for word, _, _ in words)
            or words[0][0].isdigit()
            or (starts and any(self._ends(words, end) for end in range(starts[0] + 2, len(words))))
        )
        if is_address:
            if len(starts) != 1:
                return "Đây là địa chỉ, chưa rõ ấp nào. Hãy ghi tên ấp, ví dụ: Ấp Mẫu 1."
            end = next(end for end in range(starts[0] + 1, len(words) + 1) if self._ends(words, end))
            words = words[starts[0] : end]
            text = text[words[0][1] : words[-1][2]]
        if not words or _bare(words) in [(kind,) for kind in KINDS] or len(text) > LONGEST:
            return "Tên ấp không đúng. Hãy ghi tên ấp, ví dụ: Ấp Mẫu 1."
        mixed = text.lower() != text and text.upper() != text
        name = text[0].upper() + text[1:] if mixed else text.title()
        key = " ".join(_bare(words))
        return f"new:{key}", self.new.setdefault(key, name)


def _words(text: str) -> list[Word]:
    """The words, numbers (without leading zeros) and separators of a text."""
    folded = fold(text)
    if len(folded) != len(text):  # a letter that is no Vietnamese one
        return []
    return [
        (found[0].lstrip("0") or "0" if found[0].isdigit() else found[0], found.start(), found.end())
        for found in WORDS.finditer(folded)
    ]


def _bare(words: list[Word]) -> tuple[str, ...]:
    return tuple(word for word, _, _ in words if word.isalnum())


def _names(text: str) -> tuple[str, ...]:
    return _bare(_words(clean(text)))


def _stretches(words: list[Word]) -> list[tuple[int, int]]:
    """Where a hamlet's name may stand: from each «ấp» to each word after it."""
    return [
        (start, end)
        for start, (word, _, _) in enumerate(words)
        if word in KINDS
        for end in range(start + 2, min(start + 10, len(words)) + 1)
    ]


def _parts(words: list[Word]) -> list[tuple[str, ...]]:
    """What stands between separators."""
    parts: list[list[str]] = [[]]
    for word, _, _ in words:
        if word.isalnum():
            parts[-1].append(word)
        else:
            parts.append([])
    return [tuple(part) for part in parts if part]
