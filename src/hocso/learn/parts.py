"""The parts that an author puts an exercise together from."""

from dataclasses import dataclass

from hocso.learn.text import plain

ELEMENT_KINDS = ("text", "heading", "sender", "message", "reply", "notice", "field", "button", "link")


@dataclass(frozen=True)
class Option:
    text: str
    right: bool = False
    why: str = ""


@dataclass(frozen=True)
class Card:
    text: str
    pile: str
    why: str = ""


@dataclass(frozen=True)
class Element:
    key: str
    kind: str
    text: str
    right: bool = False
    why: str = ""
    tap: bool = True


@dataclass(frozen=True)
class Screen:
    title: str
    elements: tuple[Element, ...]


def option(text: str, *, right: bool = False, why: str = "") -> Option:
    """One thing to choose. `why` explains it: each wrong option needs one."""
    return Option(plain(text), bool(right), plain(why))


def card(text: str, *, pile: str, why: str = "") -> Card:
    """One card of `two_piles`, which belongs on `pile`; `why` says why."""
    return Card(plain(text), plain(pile), plain(why))


def element(
    key: str, kind: str, text: str, *, right: bool = False, why: str = "", tap: bool = True
) -> Element:
    """One part of a drawn phone screen.

    `kind` is one of ELEMENT_KINDS. A part with `tap=False` is only drawn; a part that can be tapped and is
    not right needs a `why`. `key` names the part in the records.
    """
    if kind not in ELEMENT_KINDS:
        raise ValueError(f"Phần «{key}»: không có loại «{kind}». Có: {', '.join(ELEMENT_KINDS)}.")
    return Element(plain(key), kind, plain(text), bool(right), plain(why), bool(tap))


def screen(title: str, elements: list[Element]) -> Screen:
    """A drawn phone screen: what its title bar says, and its parts from top to bottom."""
    return Screen(plain(title), tuple(elements))
