"""One visitor opens the lesson, and many at the same moment: until all is there and answers."""

import asyncio
from statistics import median

from .result import Row, say
from .same_lesson import warm_up_and_compare
from .servers import Server, control_server, in_turn, our_server, running, stock_server
from .visit import open_lesson, visits_at_once

ALONE, BURSTS = 5, 2
TARGET_ALONE, TARGET_BURST = 20, 40


def measure(opens: int) -> list[Row]:
    with running(our_server, stock_server, control_server) as servers:
        return asyncio.run(_measure(servers, opens))


async def _measure(servers: list[Server], opens: int) -> list[Row]:
    widgets = await warm_up_and_compare(*servers)
    return [await _alone(*servers[:2], widgets), *await _at_once(servers, opens)]


async def _alone(ours: Server, stock: Server, widgets: int) -> Row:
    seconds = {ours: [], stock: []}
    for server in in_turn((ours, stock), ALONE):
        visit = await open_lesson(server)
        await visit.close()
        seconds[server].append(visit.seconds)
        say(f"  {server.name}: {visit.seconds:.3f} s")
        await asyncio.sleep(0.5)  # the kernel has been told to end; let it
    how = (
        f"from the request until the page is complete and kernel_info_request is answered over the "
        f"websocket; median of {ALONE}, in turn, after one untimed opening, when our server has prepared all "
        f"lessons; the kernel of either holds {widgets} widgets"
    )
    what = "one lesson open, until its kernel answers"
    return Row(what, "s", seconds[ours], seconds[stock], how, target=TARGET_ALONE)


async def _at_once(servers: list[Server], opens: int) -> list[Row]:
    ours, stock, control = servers
    walls, waits, failures = ({server: [] for server in servers} for _ in range(3))
    for server in [ours, stock, ours, control] * BURSTS:
        # A server that has had nothing to do for half a minute, while another was measured, may have lost
        # pages of its code to a machine that is short of memory.
        await (await open_lesson(server)).close()
        await asyncio.sleep(0.5)
        async with visits_at_once(server, opens) as burst:
            failures[server] += burst.failures
            if burst.visits:
                walls[server].append(burst.wall)
                waits[server].append(median(visit.seconds for visit in burst.visits))
            say(f"  {server.name}: {opens} at once, wall {burst.wall:.2f} s, {len(burst.failures)} failed")
        await asyncio.sleep(0.5)
        server.wait_until_idle()  # the kernels have been told to end; let them
    if failures[ours] or not all(walls.values()):
        raise RuntimeError(f"openings failed: {next(filter(None, failures.values()))[0]}")
    name = f"{opens} lesson opens at once"
    rows = []
    for peer in (stock, control):
        limits = "" if peer is stock else "stock kernels, Jinja's templates kept, at most 4 renders at once; "
        how = (
            f"{limits}medians of {len(walls[ours])} bursts of ours and {BURSTS} of the peer, in turn, "
            f"each after one untimed opening; "
            f"{_failed(peer, failures[peer], opens)}"
        )
        target = TARGET_BURST if peer is stock else None
        rows += [
            Row(
                f"{name}: wall until all are complete and answer",
                "s",
                walls[ours],
                walls[peer],
                how,
                peer_name=peer.name,
                target=target,
            ),
            Row(
                f"{name}: the median visitor's wait",
                "s",
                waits[ours],
                waits[peer],
                how,
                peer_name=peer.name,
                target=target,
            ),
        ]
    return rows


def _failed(peer: Server, failed: list[str], opens: int) -> str:
    if not failed:
        return "all were answered"
    return (
        f"{len(failed)} of {BURSTS * opens} at {peer.name} FAILED and are not in the times "
        f"({', '.join(sorted(set(failed)))})"
    )
