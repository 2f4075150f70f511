"""Keeps the grading worker running beside the server and tells it of new submissions."""

import os
import subprocess
import sys
from pathlib import Path

from tornado.ioloop import PeriodicCallback

# On a slow machine a worker that is still starting hears it late; one that is killed leaves files in /tmp.
SECONDS_TO_STOP = 30


class GradingQueue:
    """The worker process. The queue itself lies in the database, so nothing is lost when either dies."""

    def __init__(self, kit: Path, data: Path, log):
        self._environment = {**os.environ, "HOCSO_KIT": str(kit), "HOCSO_DATA": str(data)}
        self._log = log
        self._process: subprocess.Popen | None = None
        self._watch = PeriodicCallback(self._start_if_dead, 5000)

    def start(self) -> None:
        self._start_if_dead()
        self._watch.start()

    def _start_if_dead(self) -> None:
        if self._process is not None and self._process.poll() is None:
            return
        if self._process is not None:
            self._log.warning("Tiến trình chấm bài đã dừng (mã %s); mở lại.", self._process.returncode)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "hocso.grading.worker"], stdin=subprocess.PIPE, env=self._environment
        )

    def wake(self) -> None:
        """Say that a submission waits; where that can't be said now, the worker looks by itself."""
        try:
            self._process.stdin.write(b"\n")
            self._process.stdin.flush()
        except (AttributeError, OSError):
            self._log.debug("The grading worker could not be woken; it polls.")

    def stop(self) -> None:
        self._watch.stop()
        if self._process is None:
            return
        self._process.stdin.close()
        try:
            self._process.wait(timeout=SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
