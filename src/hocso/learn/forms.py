"""How a question of each kind is drawn and answered, without any knowledge of what is right.

A form turns into a `view` (what the browser draws, with opaque keys) and translates responses between the
browser and the records. In the records a response is: one_choice a name; several_choices and phone_screen a
list of names; put_in_order the list of all names in order; two_piles {card: pile}; number a float. A lesson's
names are the texts themselves (readable in the records, and steady when an author adds an option), a quiz's
names its author's keys.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from hocso.learn.errors import MalformedResponse
from hocso.learn.keyring import Keyring
from hocso.learn.parts import Screen
from hocso.learn.text import plain, read_number, write_number


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
            "several": self.several,
            "options": [
                {
                    "key": self._keys.key(part.key) if part.tap else None,
                    "kind": part.kind,
                    "text": part.text,
                }
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


Form = ChoiceForm | OrderForm | PilesForm | ScreenForm | NumberForm


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
