"""The glossary (từ điển số): words that lessons use, in plain sentences, and links to them from a lesson.

It lies in one file of the kit, to which authors add:

    [[term]]
    name = "OTP"
    also = ["mã OTP", "mã dùng một lần"]
    meaning = "Mã chỉ dùng được một lần, gửi về máy của mình."
    lesson = "ky-nang-so-04"
"""

import html
import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from html.parser import HTMLParser
from itertools import groupby
from pathlib import Path

from .catalogue import Catalogue, Lesson

GLOSSARY_FILE = "lessons/tu-dien.toml"
GLOSSARY_PAGE = "/tu-dien"
LONGEST_MEANING = 45
FIELDS = {"name": str, "also": list, "meaning": str, "lesson": str}

DIGITS = "0123456789"
ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
TONES = ("\u0300", "\u0309", "\u0303", "\u0301", "\u0323")
NUMBERS = "0–9"

# Where a link would be in the way, or would not be text.
NO_LINKS_IN = frozenset(
    (
        *("a", "button", "form", "label", "option", "select", "summary", "textarea"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "head", "header", "footer", "nav", "noscript"),
        *("code", "kbd", "pre", "script", "style", "svg", "math"),
    )
)


class GlossaryError(Exception):
    """The glossary can't be read: names the term and the remedy."""


@dataclass(frozen=True)
class Term:
    """One word. `also` are other spellings that mean it; `lesson` is <track>-<number>, "" for none."""

    name: str
    also: tuple[str, ...]
    meaning: str
    lesson: str

    @property
    def anchor(self) -> str:
        return re.sub(r"[^a-z0-9]+", "-", without_diacritics(self.name)).strip("-")

    @property
    def spellings(self) -> tuple[str, ...]:
        return (self.name, *self.also)

    @property
    def letter(self) -> str:
        """The letter of the Vietnamese alphabet under which it stands."""
        first = _letters(self.name)[0]
        return NUMBERS if first in DIGITS else first.upper()

    def lesson_in(self, catalogue: Catalogue) -> Lesson | None:
        """The lesson that explains it, None where the kit has no such lesson."""
        found = (one for one in catalogue.lessons if f"{one.track}-{one.number:02d}" == self.lesson)
        return next(found, None)


@dataclass(frozen=True)
class Glossary:
    """All terms, in the order of the Vietnamese alphabet."""

    terms: tuple[Term, ...]

    @property
    def by_letter(self) -> list[tuple[str, list[Term]]]:
        return [(letter, list(terms)) for letter, terms in groupby(self.terms, key=lambda term: term.letter)]

    @property
    def words(self) -> frozenset[str]:
        """Every word of every spelling."""
        return frozenset(
            word for term in self.terms for spelling in term.spellings for word in spelling.split()
        )

    @cached_property
    def _term_of(self) -> dict[str, Term]:
        return {spelling.lower(): term for term in self.terms for spelling in term.spellings}

    @cached_property
    def _pattern(self) -> re.Pattern | None:
        """Any spelling as a whole word, the longest first, as it stands in HTML."""
        spellings = sorted({one for term in self.terms for one in term.spellings}, key=len, reverse=True)
        if not spellings:
            return None
        return re.compile(
            rf"(?<!\w)(?<!\w[-.])(?:{'|'.join(map(_spelling_pattern, spellings))})(?!\w|[-.]\w)"
        )

    def term(self, spelling: str) -> Term:
        """The term that a matched text means; blanks and case don't matter. Raises KeyError."""
        return self._term_of[" ".join(html.unescape(spelling).split()).lower()]


def _spelling_pattern(spelling: str) -> str:
    """Capitals and small letters are the same, but not in abbreviations: «AI» is not «ai»."""
    words = r"\s+".join(re.escape(html.escape(word, quote=False)) for word in spelling.split())
    return words if spelling.isupper() else f"(?i:{words})"


def load_glossary(kit: Path) -> Glossary:
    """Read the kit's glossary; a kit without one has no terms. Raises GlossaryError."""
    try:
        text = (kit / GLOSSARY_FILE).read_text(encoding="utf-8")
        written = tomllib.loads(unicodedata.normalize("NFC", text)).get("term", [])
    except FileNotFoundError:
        return Glossary(())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise GlossaryError(f"Không đọc được {GLOSSARY_FILE}: {error}.") from error
    terms = [_term(entry) for entry in written]
    _require_different(terms)
    return Glossary(tuple(sorted(terms, key=lambda term: vietnamese_order(term.name))))


def _term(entry: dict) -> Term:
    name = entry.get("name") or "(chưa có name)"
    for field, kind in FIELDS.items():
        if field in entry and not isinstance(entry[field], kind):
            raise GlossaryError(f"Từ «{name}»: mục {field} sai kiểu.")
    if unknown := set(entry) - set(FIELDS):
        raise GlossaryError(f"Từ «{name}»: không có mục {', '.join(sorted(unknown))}.")
    if missing := [field for field in ("name", "meaning") if not entry.get(field, "").strip()]:
        raise GlossaryError(f"Từ «{name}»: thiếu {', '.join(missing)}.")
    term = Term(name, tuple(entry.get("also", ())), entry["meaning"], entry.get("lesson", ""))
    if not term.anchor:
        raise GlossaryError(f"Từ «{name}» cần có chữ cái hay chữ số.")
    if len(term.meaning.split()) > LONGEST_MEANING or not term.meaning.endswith("."):
        raise GlossaryError(
            f"Từ «{name}»: meaning là một, hai câu ngắn, không quá {LONGEST_MEANING} chữ, có dấu chấm cuối."
        )
    return term


def _require_different(terms: list[Term]) -> None:
    seen: dict[str, str] = {}
    for term in terms:
        for spelling in dict.fromkeys([*map(str.lower, term.spellings), f"#{term.anchor}"]):
            if spelling in seen:
                raise GlossaryError(f"«{spelling}» có ở cả hai từ «{seen[spelling]}» và «{term.name}».")
            seen[spelling] = term.name


def without_diacritics(text: str) -> str:
    """Small letters without diacritics, đ as d."""
    bare = (char for char in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(char))
    return "".join(bare).replace("đ", "d")


def vietnamese_order(text: str) -> list[tuple[list[int], list[int]]]:
    """A sorting key: syllable by syllable, each in the order of the alphabet, then by tone."""
    order = DIGITS + ALPHABET
    return [
        (
            [order.index(letter) for letter in _letters(word)],
            [TONES.index(mark) for mark in unicodedata.normalize("NFD", word) if mark in TONES],
        )
        for word in text.split()
    ]


def _letters(text: str) -> str:
    """The letters and digits of a text without tones; ă, â, đ, ê, ô, ơ, ư stay what they are."""
    marks = unicodedata.normalize("NFD", text.lower())
    toneless = unicodedata.normalize("NFC", "".join(mark for mark in marks if mark not in TONES))
    return "".join(char for char in toneless if char in DIGITS + ALPHABET)


def link_terms(page: str, glossary: Glossary) -> str:
    """`page` (HTML of one or several steps) with the first occurrence of each term in each step, a <section>,
    linked to the glossary. All else stays as it is, to the byte."""
    return _Linker(page, glossary).linked() if glossary.terms else page


class _Linker(HTMLParser):
    """Finds the texts between tags; those outside NO_LINKS_IN are looked through for terms."""

    def __init__(self, page: str, glossary: Glossary):
        super().__init__()
        self._page, self._glossary = page, glossary
        self._line_starts = [0, *(found.end() for found in re.finditer("\n", page))]
        self._done: list[str] = []
        self._text_from = 0
        self._closed: list[str] = []
        self._seen: set[Term] = set()

    def linked(self) -> str:
        self.feed(self._page)
        self.close()
        self._text_until(len(self._page))
        return "".join(self._done)

    def handle_starttag(self, tag, attrs):
        self._tag(len(self.get_starttag_text()))
        if tag in NO_LINKS_IN:
            self._closed.append(tag)
        elif tag == "section":
            self._seen.clear()

    def handle_startendtag(self, tag, attrs):
        self._tag(len(self.get_starttag_text()))

    def handle_endtag(self, tag):
        self._tag(self._length_to(">"))
        if tag in self._closed:
            while self._closed.pop() != tag:
                pass

    def handle_comment(self, data):
        self._tag(self._length_to("-->"))

    def handle_decl(self, decl):
        self._tag(self._length_to(">"))

    def handle_pi(self, data):
        self._tag(self._length_to(">"))

    def unknown_decl(self, data):
        self._tag(self._length_to(">"))

    def _here(self) -> int:
        line, column = self.getpos()
        return self._line_starts[line - 1] + column

    def _length_to(self, end: str) -> int:
        found = self._page.find(end, self._here())
        return (len(self._page) if found < 0 else found + len(end)) - self._here()

    def _tag(self, length: int) -> None:
        """The tag that begins here goes out as it is, after the text before it."""
        here = self._here()
        self._text_until(here)
        self._done.append(self._page[here : here + length])
        self._text_from = here + length

    def _text_until(self, end: int) -> None:
        text = self._page[self._text_from : end]
        self._done.append(text if self._closed or not text.strip() else self._link(text))

    def _link(self, text: str) -> str:
        return self._glossary._pattern.sub(self._link_one, unicodedata.normalize("NFC", text))

    def _link_one(self, found: re.Match) -> str:
        term = self._glossary.term(found.group())
        if term in self._seen:
            return found.group()
        self._seen.add(term)
        return f'<a class="term" href="{GLOSSARY_PAGE}#{term.anchor}">{found.group()}</a>'
