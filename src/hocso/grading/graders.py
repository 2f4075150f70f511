"""The processes that run submissions, several at once; the process that has them writes to the course."""

import asyncio
import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import suppress
from multiprocessing.connection import wait

from hocso.kernels.nursery import NoTemplate
from hocso.kernels.provisioner import plain_template

from .autograding import Prepared, run
from .course import Course
from .marking import Marking

MOST = 16


def number_of_graders() -> int:
    """HOCSO_GRADERS, by default 2; no more than this machine has cores."""
    asked = os.environ.get("HOCSO_GRADERS", "")
    return max(1, min(int(asked) if asked.isdecimal() else 2, os.cpu_count() or 1, MOST))


class Graders:
    """`number` processes, started with the first submission or by `warm_up`. Not for use from several
    threads."""

    def __init__(self, number: int):
        self.number = number
        self._pool: ProcessPoolExecutor | None = None

    def run(self, course: Course, prepared: Prepared, then: Callable[[], None]) -> "Future[Marking]":
        """`then` is called in some thread when the future is done. The future raises what `run` raises, and
        BrokenExecutor where one of the processes was ended, be it that of another submission."""
        try:
            future = self._started().submit(run, course, prepared)
        except RuntimeError:  # broken, or shut down by the interpreter's end
            self.close()
            future = self._started().submit(run, course, prepared)
        future.add_done_callback(lambda _: then())
        return future

    def warm_up(self) -> None:
        """Start the processes, without waiting for them."""
        if self._pool is None:
            self._started().submit(int)

    def close(self) -> None:
        """End the processes, none of which runs anything any more, also while they start."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            for process in multiprocessing.active_children():
                process.terminate()
            self._pool = None

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
            context = multiprocessing.get_context(method)
            if method == "forkserver":
                context.set_forkserver_preload(["__main__", __name__])
            self._pool = ProcessPoolExecutor(self.number, context, begin_grader)
        return self._pool


def begin_grader() -> None:
    """First of all in a new process. It ends with the process that started it, however that ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C: whoever started it finishes what it has
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # from `close`, and from the pool when another was killed
    parent = multiprocessing.parent_process()
    threading.Thread(target=lambda: (wait([parent.sentinel]), os._exit(1)), daemon=True).start()
    be_discreet()
    with suppress(NoTemplate):  # then ordinary kernels serve
        asyncio.run(plain_template())


def be_discreet() -> None:
    """What nbgrader's gradebook and its kernels report may name the learner or quote an answer."""
    logging.getLogger("tornado.application").setLevel(logging.CRITICAL)
