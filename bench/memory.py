"""What open lessons cost in memory, and how many can be open in 8 GiB."""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from .result import NotMeasured, Row, say
from .servers import Server, our_server, stock_server
from .visit import Visit, close_all, open_at_once, warm_up

SETTLE = 3  # seconds from the last answer to the reading
ROOM = 8 * 1024  # MiB
LEFT_FOR_OTHERS = 1024  # MiB of the machine's memory
AT_ONCE = 20
LONGEST = 300  # seconds


@dataclass(frozen=True)
class Reading:
    """MiB. `kernels`: of the processes that came with the openings; `all`: of all that the server needs."""

    kernels: float
    all: float


@dataclass(frozen=True)
class Hall:
    """A server filled with visitors. `first`: the reading with `opens` of them; `inside`: all who got in, and
    whose kernels answered then; `most`: those whose kernels answered once more at the end; `stopped`: why no
    more were let in."""

    first: Reading
    inside: int
    most: int
    full: Reading
    stopped: str


def measure(opens: int) -> list[Row]:
    if not Path("/proc/self/smaps_rollup").exists():
        raise NotMeasured("needs /proc/<pid>/smaps_rollup (Linux)")
    # One server after the other: pages of libraries that both would share would make each look smaller.
    with our_server("--max-lessons=2000") as server:
        ours = asyncio.run(_fill(server, opens))
    with stock_server() as server:
        stock = asyncio.run(_fill(server, opens))
    how = f"PSS, {opens} open and answered, read once after {SETTLE} s; the other server not running; "
    return [
        Row(
            "memory for each open lesson",
            "MiB",
            [ours.first.kernels / opens],
            [stock.first.kernels / opens],
            how + "the processes that came with the openings (the kernels)",
            target=5,
        ),
        Row(
            "memory of everything, for each open lesson",
            "MiB",
            [ours.first.all / opens],
            [stock.first.all / opens],
            how + "server, grading worker, templates and kernels together",
        ),
        Row(
            "lessons open at the same time on 8 GiB, all answering",
            "",
            [ours.most],
            [stock.inside],
            f"really opened, {AT_ONCE} at once, until the PSS of server, templates and kernels leaves no "
            f"room for another; then each kernel was asked again, and ours counts those that answered. Stock "
            f"Voilà's counts those that answered when opened. Ours: {_end(ours)}. Stock Voilà: "
            f"{_end(stock)}",
            more_is_better=True,
            target=5,
        ),
    ]


def _end(hall: Hall) -> str:
    return f"{hall.full.all / 1024:.2f} GiB after that, {hall.stopped}"


async def _fill(server: Server, opens: int) -> Hall:
    await warm_up(server)
    before = {process.pid for process in (server.process, *server.processes())}
    visits: list[Visit] = []
    try:
        burst = await open_at_once(server, opens)
        visits += burst.visits
        if burst.failures:
            raise RuntimeError(f"{server.name}: {len(burst.failures)} openings failed: {burst.failures[0]}")
        await asyncio.sleep(SETTLE)
        first = _read(server, before)
        say(f"  {server.name}: {opens} open, {first.kernels / opens:.1f} MiB a lesson")
        stopped = await _fill_up(server, visits, first, before)
        answered = sum(await asyncio.gather(*(visit.answers() for visit in visits)))
        if answered < len(visits):
            stopped += f"; {len(visits) - answered} OF {len(visits)} DID NOT ANSWER"
        now = _read(server, before)
        say(f"  {server.name}: {len(visits)} open, {answered} answer, {now.all / 1024:.2f} GiB ({stopped})")
        return Hall(first, len(visits), answered, now, stopped)
    finally:
        await close_all(visits)


async def _fill_up(server: Server, visits: list[Visit], now: Reading, before: set[int]) -> str:
    """Open lessons as long as there is room for another; returns why it ended."""
    end = time.monotonic() + LONGEST
    failures: list[str] = []
    while time.monotonic() < end:
        each = now.kernels / len(visits)
        room = int((ROOM - now.all) / each)
        if room < 1:
            return f"no room for another{_failed(failures)}"
        number = min(AT_ONCE, room)
        if psutil.virtual_memory().available / 2**20 < LEFT_FOR_OTHERS + number * each:
            return "THE MACHINE HAS NO MORE MEMORY"
        burst = await open_at_once(server, number)
        visits += burst.visits
        failures += burst.failures
        if not burst.visits:
            return f"none of the next {number} opened{_failed(failures)}"
        now = _read(server, before)
    return f"STOPPED after {LONGEST} s{_failed(failures)}"


def _failed(failures: list[str]) -> str:
    return f"; {len(failures)} OPENINGS FAILED on the way ({failures[0]})" if failures else ""


def _read(server: Server, before: set[int]) -> Reading:
    read = {process.pid: pss(process) for process in (server.process, *server.processes())}
    return Reading(sum(mib for pid, mib in read.items() if pid not in before), sum(read.values()))


def pss(process: psutil.Process) -> float:
    """MiB; 0 for a process that has ended."""
    try:
        text = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
    except PermissionError:
        raise NotMeasured("this user may not read /proc/<pid>/smaps_rollup") from None
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")) / 1024
