"""Hashes of PINs and passwords, and the lock after too many wrong ones.

Argon2id with 19 MiB and two passes (OWASP's smallest recommendation): about 50 ms on an old laptop, so that
a class of forty can sign in.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LOCK = timedelta(minutes=15)

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# Checked for a user name that does not exist, so that the answer takes as long as for one that does.
_NOBODY = _hasher.hash("nobody")


def hash_secret(secret: str) -> str:
    """The hash to store."""
    return _hasher.hash(secret)


def matches(stored: str | None, secret: str) -> bool:
    """Whether `secret` is the one that was hashed; always False, as slowly, where nothing is stored."""
    try:
        return _hasher.verify(stored or _NOBODY, secret) and bool(stored)
    except (VerificationError, InvalidHashError):
        return False


def fitting(stored: Iterable[str], secret: str) -> frozenset[str]:
    """Those of the stored hashes that `secret` fits."""
    return frozenset(one for one in stored if matches(one, secret))


def mark(*stored: str) -> str:
    """Of stored hashes, in whatever order: another once one of them is, and tells nothing of them."""
    return hashlib.sha256("".join(sorted(stored)).encode()).hexdigest()[:16]


def still_locked(locked_until: datetime | None, now: datetime) -> bool:
    """Whether the lock holds at `now`."""
    return locked_until is not None and now < locked_until
