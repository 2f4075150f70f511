"""What an open lesson costs in memory."""

import time
from pathlib import Path

import psutil

from .result import NotMeasured, Row, say
from .servers import Server, our_server, stock_server
from .visit import visits_at_once, warm_up

SETTLE = 3  # seconds from the last answer to the reading


def measure(opens: int) -> list[Row]:
    if not Path("/proc/self/smaps_rollup").exists():
        raise NotMeasured("needs /proc/<pid>/smaps_rollup (Linux)")
    # One server after the other: pages of libraries that both would share would make each look smaller.
    with our_server() as server:
        ours = _mib_per_open_lesson(server, opens)
    with stock_server() as server:
        stock = _mib_per_open_lesson(server, opens)
    how = f"PSS, {opens} open and answered, read once after {SETTLE} s; the other server not running; "
    return [
        Row(
            "memory for each open lesson",
            "MiB",
            [ours[0]],
            [stock[0]],
            how + "the processes that came with the openings (the kernels)",
        ),
        Row(
            "memory of everything, for each open lesson",
            "MiB",
            [ours[1]],
            [stock[1]],
            how + "server, grading worker and kernels together",
        ),
    ]


def _mib_per_open_lesson(server: Server, opens: int) -> tuple[float, float]:
    """PSS, for each open lesson, of the processes that the openings brought, and of all processes."""
    warm_up(server)
    before = {process.pid for process in server.processes()}
    with visits_at_once(server, opens) as burst:
        if burst.failures:
            raise RuntimeError(f"{server.name}: {len(burst.failures)} openings failed: {burst.failures[0]}")
        time.sleep(SETTLE)
        pss = {process.pid: _pss(process) for process in [server.process, *server.processes()]}
    kernels = [mib for pid, mib in pss.items() if pid not in before | {server.process.pid}]
    if len(kernels) < opens:
        raise RuntimeError(f"{server.name}: {opens} lessons open, {len(kernels)} processes came with them")
    say(f"  {server.name}: {len(kernels)} processes of {sum(kernels) / opens:.1f} MiB a lesson")
    return sum(kernels) / opens, sum(pss.values()) / opens


def _pss(process: psutil.Process) -> float:
    """MiB; 0 for a process that has ended."""
    try:
        text = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
    except PermissionError:
        raise NotMeasured("this user may not read /proc/<pid>/smaps_rollup") from None
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")) / 1024
