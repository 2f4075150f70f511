"""Makes sure, before anything is timed, that both servers give the same lesson."""

from .result import say
from .servers import Server
from .visit import warm_up


class LessonsDiffer(Exception):
    """The two servers did not run the same lesson, so their times can't be compared."""


def warm_up_and_compare(servers: tuple[Server, Server]) -> int:
    """One untimed opening on each server; returns the number of widgets in a kernel. Raises LessonsDiffer."""
    say("  one untimed opening each")
    ours, stock = (warm_up(server) for server in servers)
    if ours != stock or not ours:
        raise LessonsDiffer(f"widgets in the kernel: ours {ours}, stock {stock}")
    return ours
