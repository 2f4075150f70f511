"""How a question of each kind is drawn and answered, without any knowledge of what is right.

A form turns into a `view` (what the browser draws, with opaque keys) and translates responses between the
browser and the records. In the records a response is: one_choice a name; several_choices, phone_screen and
find_mistakes a list of names; put_in_order the list of all names in order; two_piles {card: pile}; inbox
{letter: label}; match {left: right}; fill_gaps {gap: option}; password the list of its pieces; phone_task the
taps that led to where the learner is (see `tasks`); number a float. A lesson's names are the texts themselves
(readable in the records, and steady when an author adds an option), a quiz's names its author's keys.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from hocso.learn.errors import MalformedResponse
from hocso.learn.keyring import Keyring
from hocso.learn.parts import Screen
from hocso.learn.text import plain, read_number, write_number

MOST_PIECES = 12
GAP = re.compile(r"\{([^{}]*)\}")


@dataclass
class ChoiceForm:
    """One or several of the options {name: text}."""

    options: Mapping[str, str]
    several: bool = False

    def view(self, seed: int, scope: str) -> dict:
        self._keys = Keyring(seed, scope, self.options)
        return {
            "options": [{"key": self._keys.key(n), "text": self.options[n]} for n in self._keys.shuffled],
        }

    def read(self, raw: object) -> str | list[str]:
        if not self.several:
            name = self._keys.name(raw)
            if name is None:
                raise MalformedResponse(raw)
            return name
        return read_names(self._keys, raw)

    def show(self, response: object) -> object:
        known = known_names(response if self.several else [response], self.options)
        if self.several:
            return [self._keys.key(name) for name in known]
        return self._keys.key(known[0]) if known else None

    def key(self, name: str) -> str:
        return self._keys.key(name)


@dataclass
class OrderForm:
    """All of the items {name: text}, put in order, and never dealt as `first_to_last`."""

    items: Mapping[str, str]
    first_to_last: tuple[str, ...] | None = None

    def view(self, seed: int, scope: str) -> dict:
        self._keys = Keyring(seed, scope, self.items)
        dealt = self._keys.shuffled
        if tuple(dealt) == self.first_to_last:
            dealt = dealt[1:] + dealt[:1]
        return {"options": [{"key": self._keys.key(n), "text": self.items[n]} for n in dealt]}

    def read(self, raw: object) -> list[str]:
        names = read_names(self._keys, raw)
        if len(names) != len(self.items):
            raise MalformedResponse(raw)
        return names

    def show(self, response: object) -> object:
        known = known_names(response, self.items)
        return [self._keys.key(name) for name in known] if len(known) == len(self.items) else None

    def key(self, name: str) -> str:
        return self._keys.key(name)


@dataclass
class PilesForm:
    """Each of the cards {name: text} on one of two piles {name: label}."""

    piles: Mapping[str, str]
    cards: Mapping[str, str]

    def view(self, seed: int, scope: str) -> dict:
        self._cards = Keyring(seed, scope, self.cards)
        self._piles = Keyring(seed, scope + "/piles", self.piles)
        return {
            "piles": [{"key": self._piles.key(n), "text": text} for n, text in self.piles.items()],
            "options": [{"key": self._cards.key(n), "text": self.cards[n]} for n in self._cards.shuffled],
        }

    def read(self, raw: object) -> dict[str, str]:
        if not isinstance(raw, dict) or not raw:
            raise MalformedResponse(raw)
        response = {self._cards.name(card): self._piles.name(pile) for card, pile in raw.items()}
        if None in response or None in response.values():
            raise MalformedResponse(raw)
        return response

    def show(self, response: object) -> object:
        if not isinstance(response, dict):
            return None
        return {
            self._cards.key(card): self._piles.key(pile)
            for card, pile in response.items()
            if card in self.cards and isinstance(pile, str) and pile in self.piles
        }

    def key(self, name: str) -> str:
        return self._cards.key(name)


@dataclass
class MatchForm(PilesForm):
    """Each of the left sides (cards) with one of the right sides (piles)."""

    def view(self, seed: int, scope: str) -> dict:
        view = super().view(seed, scope)
        sides = [{"key": self._piles.key(n), "text": self.piles[n]} for n in self._piles.shuffled]
        return {"options": view["options"], "sides": sides}


@dataclass
class InboxForm(PilesForm):
    """Each of the messages (cards) with one of two labels (piles); `senders` are {name: text}."""

    senders: Mapping[str, str] = field(kw_only=True)

    def view(self, seed: int, scope: str) -> dict:
        view = super().view(seed, scope)
        for option in view["options"]:
            option["sender"] = self.senders[self._cards.name(option["key"])]
        return view


@dataclass
class FieldsForm:
    """Those of the fields {label: value} of a filled form that have a mistake."""

    title: str
    fields: Mapping[str, str]

    def view(self, seed: int, scope: str) -> dict:
        self._keys = Keyring(seed, scope, self.fields)
        return {
            "title": self.title,
            "options": [
                {"key": self._keys.key(label), "text": label, "value": value}
                for label, value in self.fields.items()
            ],
        }

    def read(self, raw: object) -> list[str]:
        return read_names(self._keys, raw)

    def show(self, response: object) -> object:
        return [self._keys.key(label) for label in known_names(response, self.fields)]

    def key(self, name: str) -> str:
        return self._keys.key(name)


@dataclass
class PiecesForm:
    """Some of the pieces put together, in the learner's order; a piece may be used again."""

    pieces: tuple[str, ...]
    length: int

    def view(self, seed: int, scope: str) -> dict:
        self._keys = Keyring(seed, scope, self.pieces)
        return {
            "length": self.length,
            "most": MOST_PIECES,
            "options": [{"key": self._keys.key(text), "text": text} for text in self._keys.shuffled],
        }

    def read(self, raw: object) -> list[str]:
        if not isinstance(raw, list) or not 1 <= len(raw) <= MOST_PIECES:
            raise MalformedResponse(raw)
        pieces = [self._keys.name(key) for key in raw]
        if None in pieces:
            raise MalformedResponse(raw)
        return pieces

    def show(self, response: object) -> object:
        known = [one for one in response if one in self.pieces] if isinstance(response, list) else []
        return [self._keys.key(text) for text in known[:MOST_PIECES]]

    def key(self, name: str) -> str:
        return self._keys.key(name)


@dataclass
class GapsForm:
    """A text whose gaps, written {name}, are each filled with one of its options {name: texts}."""

    text: str
    gaps: Mapping[str, tuple[str, ...]]
    look: str
    title: str

    def view(self, seed: int, scope: str) -> dict:
        self._gaps = Keyring(seed, scope, self.gaps)
        self._options = {name: Keyring(seed, f"{scope}/{name}", texts) for name, texts in self.gaps.items()}
        return {"look": self.look, "title": self.title, "lines": [*map(self._line, self.text.splitlines())]}

    def _line(self, line: str) -> dict:
        """One paragraph or list item: texts, and gaps between them."""
        item = line.startswith("- ")
        pieces = GAP.split(line[2:] if item else line)
        return {
            "item": item,
            "parts": [
                self._gap(piece) if index % 2 else {"text": piece}
                for index, piece in enumerate(pieces)
                if piece
            ],
        }

    def _gap(self, name: str) -> dict:
        options = self._options[name]
        return {
            "key": self._gaps.key(name),
            "options": [{"key": options.key(text), "text": text} for text in options.shuffled],
        }

    def read(self, raw: object) -> dict[str, str]:
        if not isinstance(raw, dict) or not raw:
            raise MalformedResponse(raw)
        response = {}
        for key, chosen in raw.items():
            gap = self._gaps.name(key)
            text = self._options[gap].name(chosen) if gap else None
            if text is None:
                raise MalformedResponse(raw)
            response[gap] = text
        return response

    def show(self, response: object) -> object:
        if not isinstance(response, dict):
            return None
        return {
            self._gaps.key(gap): self._options[gap].key(text)
            for gap, text in response.items()
            if gap in self.gaps and isinstance(text, str) and text in self.gaps[gap]
        }

    def key(self, name: str) -> str:
        return self._gaps.key(name)


@dataclass
class ScreenForm:
    """One or several parts of a drawn phone screen."""

    screen: Screen
    several: bool = True
    _tappable: tuple[str, ...] = field(init=False)

    def __post_init__(self):
        self._tappable = tuple(part.key for part in self.screen.elements if part.tap)

    def view(self, seed: int, scope: str) -> dict:
        self._keys = Keyring(seed, scope, self._tappable)
        return {
            "title": self.screen.title,
            "say": self.screen.say,
            "several": self.several,
            "options": [
                {"key": self._keys.key(part.key) if part.tap else None, **part.view(filled=True)}
                for part in self.screen.elements
            ],
        }

    def read(self, raw: object) -> list[str]:
        return read_names(self._keys, raw)

    def show(self, response: object) -> object:
        return [self._keys.key(name) for name in known_names(response, self._tappable)]

    def key(self, name: str) -> str:
        return self._keys.key(name)


@dataclass
class NumberForm:
    """A short number, with its unit shown behind the field."""

    unit: str = ""

    def view(self, seed: int, scope: str) -> dict:
        return {"unit": self.unit}

    def read(self, raw: object) -> float:
        number = read_number(raw)
        if number is None:
            raise MalformedResponse(raw)
        return number

    def show(self, response: object) -> object:
        number = read_number(response)
        return None if number is None else write_number(number)


class Form(Protocol):
    """What all forms do; NumberForm has no names, and so no `key`."""

    def view(self, seed: int, scope: str) -> dict: ...

    def read(self, raw: object) -> object: ...

    def show(self, response: object) -> object: ...


def named(texts: list[str] | tuple[str, ...]) -> dict[str, str]:
    """Texts that are their own names, as in lessons."""
    return {plain(text): plain(text) for text in texts}


def read_names(keys: Keyring, raw: object) -> list[str]:
    if not isinstance(raw, list) or not raw:
        raise MalformedResponse(raw)
    names = [keys.name(key) for key in raw]
    if None in names or len(set(names)) != len(names):
        raise MalformedResponse(raw)
    return names


def known_names(response: object, names: Collection[str]) -> list[str]:
    """Those of a recorded response's names that the question still has, each once."""
    if not isinstance(response, list):
        return []
    return list(dict.fromkeys(name for name in response if isinstance(name, str) and name in names))
