"""How many lessons this machine carries."""

from contextlib import suppress

import psutil

FEWEST = 60  # a class and a few at home, on any machine
MIB_READY = 20
# An ordinary kernel, where ready ones can't be had, takes the place of so many ready ones.
PLACES_OF_ORDINARY = 5


def most_lessons() -> int:
    """As many ready lessons as half of the machine's memory holds."""
    return max(FEWEST, int(psutil.virtual_memory().total / 2 / 2**20 / MIB_READY))


def allow_descriptors() -> None:
    """As many as the system lets us have: each open lesson takes about ten."""
    try:
        import resource
    except ImportError:  # Windows
        return
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # macOS says "unlimited", and means less
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
