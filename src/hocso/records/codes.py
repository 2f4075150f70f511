"""Short codes that are read aloud, written on a board and typed on a phone."""

import secrets

# No vowels (no words appear by chance), nothing that looks or sounds like another sign.
ALPHABET = "CDFGHJKMNPQRTVWXY34679"
CLASS_LENGTH = 6
LEARNER_LENGTH = 8


def new_code(length: int) -> str:
    """A random code."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def as_typed(code: str) -> str:
    """A code as people type it (small letters, spaces, dashes), in its stored form."""
    return "".join(char for char in code.upper() if char.isalnum())
