"""Opaque names and a shuffled order for the browser, so that neither tells which answer is right.

Both are fixed by the learner's seed, which the browser never sees: after a lost connection a new kernel deals
the same order and understands the same names.
"""

import hashlib
import hmac
import random
from collections.abc import Iterable


class Keyring:
    """Translates the names in responses (an author's key or text) to opaque keys and back."""

    def __init__(self, seed: int, scope: str, names: Iterable[str]):
        self.names = tuple(names)
        secret = str(seed).encode()
        self._key_of = {
            name: "k" + hmac.new(secret, f"{scope}\0{name}".encode(), hashlib.sha256).hexdigest()[:10]
            for name in self.names
        }
        self._name_of = {key: name for name, key in self._key_of.items()}
        self.shuffled = list(self.names)
        random.Random(f"{seed}/{scope}").shuffle(self.shuffled)

    def key(self, name: str) -> str:
        return self._key_of[name]

    def name(self, key: object) -> str | None:
        return self._name_of.get(key) if isinstance(key, str) else None
