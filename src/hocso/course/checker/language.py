"""Plain words: short sentences, and no foreign word without its explanation. Only warnings."""

import re
from collections.abc import Collection, Iterator

from ..syllables import is_vietnamese
from .findings import Finding
from .notebooks import Cell, Notebook

LONGEST_SENTENCE = 20

# What sample addresses and numbers are made of. Names and common words stand in the glossary.
ALLOWED = frozenset({"example", "gov", "xxx"})

WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
SENTENCE_END = re.compile(r"(?<=[.!?…])[»”\"')*]*\s+")
BLOCK_END = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*+>#|]|\d+\.))")
NOT_WORDS = re.compile(r"`[^`]*`|\{[^{}]*\}")  # code, and the gaps of fill_gaps
# An explanation in brackets, before or behind the word: «OTP (mã dùng một lần)», «đường dẫn (link)».
IN_BRACKETS = re.compile(r"\(([^()]*)\)")
EXPLAINED = re.compile(r"([^\W\d_][\w-]*)[»*\"]*(?:\s*\(|,? tức | nghĩa là |\*\*:)")


def check_language(lesson: Notebook, glossary_words: Collection[str] = ()) -> Iterator[Finding]:
    """The texts that a learner reads; each foreign word once, where it stands first."""
    known = ALLOWED | {word.lower() for word in glossary_words} | _explained(lesson)
    for cell in lesson.for_learners:
        for text in _texts(cell):
            for sentence in sentences(text):
                yield from _too_long(lesson, cell, sentence)
                for word in foreign_words(sentence):
                    if word.lower() not in known:
                        known |= {word.lower()}
                        yield lesson.finding(
                            "warning",
                            "foreign-words",
                            cell,
                            f"Chữ «{word}» có thể là tiếng nước ngoài hay chữ tắt chưa giải thích.",
                            "Thay bằng tiếng Việt, giải thích trong ngoặc ở lần đầu, hoặc thêm vào từ điển.",
                        )


def _too_long(lesson: Notebook, cell: Cell, sentence: str) -> Iterator[Finding]:
    words = sentence.split()
    count = sum(any(map(str.isalnum, word)) for word in words)
    if count > LONGEST_SENTENCE:
        yield lesson.finding(
            "warning",
            "sentences",
            cell,
            f"Câu dài {count} chữ: «{' '.join(words[:6])}…».",
            f"Tách thành hai câu. Mỗi câu không quá {LONGEST_SENTENCE} chữ, một ý.",
        )


def _texts(cell: Cell) -> list[str]:
    return [cell.source] if cell.kind == "markdown" else cell.sayings


def _explained(lesson: Notebook) -> set[str]:
    """Words that stand in brackets or right before an explanation, anywhere in the lesson."""
    found = set()
    for cell in lesson.for_learners:
        for text in _texts(cell):
            for inside in IN_BRACKETS.findall(text):
                found |= {word.lower() for word in WORD.findall(inside)}
            found |= {word.lower() for word in EXPLAINED.findall(text)}
    return found


def sentences(text: str) -> Iterator[str]:
    """The sentences of a Markdown text; a heading, a list item, a picture's description end one too."""
    text = re.sub(r"!\[([^\]]*)\]\([^)]*\)", r"\n\n\1\n\n", text)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    for block in BLOCK_END.split(text):
        for sentence in SENTENCE_END.split(re.sub(r"^\s*(?:[-*+>#|]+|\d+\.)\s+", "", block)):
            if sentence.strip():
                yield sentence.strip()


def foreign_words(sentence: str) -> Iterator[str]:
    """The words that are no Vietnamese syllables. Addresses, numbers of documents, sample passwords and what
    stands in `…` are no words."""
    for token in NOT_WORDS.sub(" ", sentence).split():
        if not re.search(r"[\d@_=]|\w[./]\w|\w-\w+-\w", token):
            yield from (word for word in WORD.findall(token) if _is_foreign(word))


def _is_foreign(word: str) -> bool:
    """Not so the letters of a list (a, B), and what one types to get â."""
    return (len(word) > 2 or (len(word) == 2 and word.isupper())) and not is_vietnamese(word)
