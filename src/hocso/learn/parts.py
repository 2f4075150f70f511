"""The parts that an author puts an exercise together from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hocso.learn.text import plain

ELEMENT_KINDS = (
    "text",
    "heading",
    "sender",
    "message",
    "reply",
    "notice",
    "field",
    "button",
    "link",
    "app",
    "item",
    "wifi",
    "wifi-open",
    "toggle",
    "qr",
    "amount",
    "post",
    "avatar",
    "warning",
    "tab",
)
FILLED_KINDS = ("field", "toggle")


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
    fill: str = ""
    note: str = ""

    @property
    def to_fill(self) -> bool:
        """A tap fills it, and it must be filled before a task goes on."""
        return bool(self.tap and self.right and self.fill)

    def view(self, *, filled: bool) -> dict:
        """What the browser draws, without the key and what is right."""
        return {
            "kind": self.kind,
            "text": self.text,
            "note": self.note,
            "fill": self.fill if filled else "",
        }


@dataclass(frozen=True)
class Screen:
    title: str
    elements: tuple[Element, ...]
    say: str = ""


@dataclass(frozen=True)
class Letter:
    sender: str
    text: str
    scam: bool
    signs: Mapping[str, str]
    why: str


@dataclass(frozen=True)
class Piece:
    text: str
    weak: str = ""


@dataclass(frozen=True)
class Field:
    label: str
    value: str
    mistake: str = ""
    fix: str = ""
    why: str = ""


def option(text: str, *, right: bool = False, why: str = "") -> Option:
    """One thing to choose. `why` explains it: each wrong option needs one."""
    return Option(plain(text), bool(right), plain(why))


def card(text: str, *, pile: str, why: str = "") -> Card:
    """One card of `two_piles`, which belongs on `pile`; `why` says why."""
    return Card(plain(text), plain(pile), plain(why))


def element(
    key: str,
    kind: str,
    text: str,
    *,
    right: bool = False,
    why: str = "",
    tap: bool = True,
    fill: str = "",
    note: str = "",
) -> Element:
    """One part of a drawn phone screen.

    `kind` is one of ELEMENT_KINDS. A part with `tap=False` is only drawn; a part that can be tapped and is
    not right needs a `why`. `key` names the part in the records. `note` is a small second line. In a
    `phone_task` a tap writes the sample text `fill` into a field, or sets a toggle to it («Bật», «Tắt»).
    """
    if kind not in ELEMENT_KINDS:
        raise ValueError(f"Phần «{key}»: không có loại «{kind}». Có: {', '.join(ELEMENT_KINDS)}.")
    if fill and kind not in FILLED_KINDS:
        raise ValueError(f"Phần «{key}»: chỉ loại {', '.join(FILLED_KINDS)} mới có fill=.")
    return Element(
        plain(key), kind, plain(text), bool(right), plain(why), bool(tap), plain(fill), plain(note)
    )


def screen(title: str, elements: Sequence[Element], say: str = "") -> Screen:
    """A drawn phone screen: what its title bar says, its parts from top to bottom, and what to do there."""
    return Screen(plain(title), tuple(elements), plain(say))


def letter(
    sender: str, text: str, *, scam: bool, signs: Mapping[str, str] | None = None, why: str = ""
) -> Letter:
    """One message of an `inbox`. `signs` maps pieces of a scam's text to what is suspicious about them."""
    return Letter(
        plain(sender),
        plain(text),
        bool(scam),
        {plain(sign): plain(reason) for sign, reason in (signs or {}).items()},
        plain(why),
    )


def piece(text: str, *, weak: str = "") -> Piece:
    """One piece of a `password`; `weak` says why it is easy to guess, where it is."""
    return Piece(plain(text), plain(weak))


def field(label: str, value: str, *, mistake: str = "", fix: str = "", why: str = "") -> Field:
    """One field of a filled form: with `mistake` (what is wrong) and `fix` (the right value), or with `why`
    it is right as it stands."""
    return Field(plain(label), plain(value), plain(mistake), plain(fix), plain(why))
