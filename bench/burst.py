"""Many visitors open the lesson at the same moment."""

import time
from statistics import median

from .result import Row, say
from .same_lesson import warm_up_and_compare
from .servers import both_servers, in_turn
from .visit import visits_at_once

ROUNDS = 3


def measure(opens: int) -> list[Row]:
    with both_servers() as (ours, stock):
        warm_up_and_compare((ours, stock))
        walls, medians, failures = ({ours: [], stock: []} for _ in range(3))
        for server in in_turn((ours, stock), ROUNDS):
            with visits_at_once(server, opens) as burst:
                failures[server] += burst.failures
                if burst.visits:
                    walls[server].append(burst.wall)
                    medians[server].append(median(visit.seconds for visit in burst.visits))
                say(
                    f"  {server.name}: {opens} at once, wall {burst.wall:.2f} s, {len(burst.failures)} failed"
                )
            time.sleep(1)  # the kernels have been told to end; let them
    for server in (ours, stock):
        if not walls[server]:
            raise RuntimeError(f"{server.name}: none of the openings succeeded: {failures[server][0]}")
    how = f"median of {ROUNDS} bursts, in turn; {_failed(failures, opens)}"
    name = f"{opens} lesson opens at once"
    return [
        Row(f"{name}: wall until all are complete and answer", "s", walls[ours], walls[stock], how),
        Row(f"{name}: the median visitor's wait", "s", medians[ours], medians[stock], how),
    ]


def _failed(failures: dict, opens: int) -> str:
    if not any(failures.values()):
        return "all were answered"
    return "; ".join(
        f"{server.name}: {len(failed)} of {ROUNDS * opens} FAILED and are not in the times "
        f"({', '.join(sorted(set(failed)))})"
        for server, failed in failures.items()
        if failed
    )
