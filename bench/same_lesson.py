"""Makes sure, before anything is timed, that all servers give the same lesson."""

from .result import say
from .servers import Server
from .visit import warm_up


class LessonsDiffer(Exception):
    """The servers did not run the same lesson, so their times can't be compared."""


async def warm_up_and_compare(*servers: Server) -> int:
    """One untimed opening on each server; returns the number of widgets in a kernel. Raises LessonsDiffer."""
    say("  one untimed opening each")
    widgets = {server.name: await warm_up(server) for server in servers}
    if len(set(widgets.values())) > 1 or not all(widgets.values()):
        raise LessonsDiffer(f"widgets in the kernel: {widgets}")
    return widgets[servers[0].name]
