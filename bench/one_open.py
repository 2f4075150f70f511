"""One visitor opens the lesson: until the page is complete and its kernel has answered."""

from .result import Row, say
from .same_lesson import warm_up_and_compare
from .servers import both_servers, in_turn
from .visit import open_lesson

ROUNDS = 5


def measure(opens: int) -> list[Row]:
    with both_servers() as (ours, stock):
        widgets = warm_up_and_compare((ours, stock))
        seconds = {ours: [], stock: []}
        for server in in_turn((ours, stock), ROUNDS):
            visit = open_lesson(server)
            visit.close()
            seconds[server].append(visit.seconds)
            say(f"  {server.name}: {visit.seconds:.3f} s")
    how = (
        f"from the request until the page is complete and kernel_info_request is answered over the "
        f"websocket; median of {ROUNDS}, in turn, after one untimed opening; the kernel of either holds "
        f"{widgets} widgets"
    )
    return [Row("one lesson open, until its kernel answers", "s", seconds[ours], seconds[stock], how)]
