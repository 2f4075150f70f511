"""The servers, each a process of its own with the kit's lessons: ours, stock Voilà, and a control."""

import atexit
import os
import random
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from hocso.course import load_catalogue

from .result import say

KIT = Path(__file__).resolve().parents[1]
LESSON = "nghi-quyet-57/muc-tieu-2030"
NEXT_LESSON = "nghi-quyet-57/ke-hoach-xa-tan-hoi"
HOST = "127.0.0.1"
PORTS = range(20_000, 30_000)  # kernels and clients are given higher ones
SECONDS_TO_START = 90
SECONDS_TO_STOP = 20
SECONDS_TO_BE_IDLE = 180
IDLE = 0.05  # CPU seconds a second


@dataclass(frozen=True)
class Server:
    """`lesson` and `next_lesson` are paths."""

    name: str
    port: int
    lesson: str
    next_lesson: str
    process: psutil.Process

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def processes(self) -> list[psutil.Process]:
        """The processes that the server has started and that still run."""
        return self.process.children(recursive=True)

    def wait_until_idle(self, look: float = 1) -> None:
        """Wait, not for ever, until server and processes have nothing to do for `look` seconds: lessons are
        prepared (our server pauses two seconds between them), kernels that were told to end have ended."""
        end = time.monotonic() + SECONDS_TO_BE_IDLE
        before = self._cpu_seconds()
        while time.monotonic() < end:
            time.sleep(look)
            now = self._cpu_seconds()
            if sum(now.values()) - sum(before.values()) < IDLE * look and now.keys() == before.keys():
                return
            before = now

    def _cpu_seconds(self) -> dict[int, float]:
        spent = {}
        for process in (self.process, *self.processes()):
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            spent[process.pid] = times.user + times.system
        return spent


class ServerFailed(Exception):
    """A server did not start; says what it printed last."""


HOCSO = ["-c", "from hocso.cli import main; main()"]

MakeServer = Callable[[], AbstractContextManager[Server]]


@contextmanager
def our_server(*options: str, prepare: Callable[[Path], None] | None = None) -> Iterator[Server]:
    """`hocso serve` on a data folder in which the quizzes are released and nobody has learnt yet, or that
    `prepare` has filled."""
    with TemporaryDirectory(prefix="hocso-bench-") as folder:
        data = shutil.copytree(_released(), Path(folder) / "data")
        if prepare is not None:
            prepare(data)
        with _running("Học Số", [*HOCSO, "serve", *options], lambda lesson: f"/hoc/{lesson}", data) as server:
            yield server


@cache
def _released() -> Path:
    """A data folder with the release versions of all quizzes; made once, as it takes half a minute."""
    say("  releasing the quizzes")
    folder = TemporaryDirectory(prefix="hocso-bench-")
    atexit.register(folder.cleanup)
    data = Path(folder.name) / "data"
    environment = clean_environment(Path(folder.name)) | {"HOCSO_KIT": str(KIT), "HOCSO_DATA": str(data)}
    done = subprocess.run(
        [sys.executable, *HOCSO, "release"], env=environment, cwd=KIT, capture_output=True, text=True
    )
    if done.returncode:
        raise ServerFailed(f"the quizzes could not be released: {done.stderr[-500:]}")
    return data


@contextmanager
def stock_server() -> Iterator[Server]:
    """`voila lessons/` as it is installed, with its default template."""
    with _running("stock Voilà", ["-m", "voila", *VOILA_OPTIONS], _stock_path) as server:
        yield server


@contextmanager
def control_server() -> Iterator[Server]:
    """The same with a template cache and at most four renders at once."""
    with _running("control", ["-m", "bench.control", *VOILA_OPTIONS], _stock_path) as server:
        yield server


VOILA_OPTIONS = [
    str(KIT / "lessons"),
    "--no-browser",
    "--template=lab",
    f"--Voila.ip={HOST}",
    "--Voila.port_retries=0",
]


def _stock_path(lesson: str) -> str:
    notebook = load_catalogue(KIT).lesson(lesson).path
    return f"/voila/render/{notebook.relative_to(KIT / 'lessons').as_posix()}"


@contextmanager
def running(*make: MakeServer) -> Iterator[list[Server]]:
    with ExitStack() as stack:
        yield [stack.enter_context(one()) for one in make]


def in_turn(servers: tuple[Server, Server], rounds: int) -> Iterator[Server]:
    """Each server once a round; who goes first alternates."""
    for number in range(rounds):
        yield from servers if number % 2 == 0 else reversed(servers)


def clean_environment(folder: Path) -> dict[str, str]:
    """This process's environment without the user's settings of Jupyter and of Học Số."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HOCSO_")}
    scripts = str(Path(sys.executable).parent)
    return kept | {
        "JUPYTER_CONFIG_DIR": str(folder / "jupyter" / "config"),
        "JUPYTER_DATA_DIR": str(folder / "jupyter" / "data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "jupyter" / "runtime"),
        "IPYTHONDIR": str(folder / "ipython"),
        "PATH": scripts + os.pathsep + os.environ.get("PATH", os.defpath),
        "PYTHONUTF8": "1",
    }


@contextmanager
def _running(
    name: str, command: list[str], path: Callable[[str], str], data: Path | None = None
) -> Iterator[Server]:
    port = _free_port()
    with TemporaryDirectory(prefix="hocso-bench-", ignore_cleanup_errors=True) as folder:
        log = Path(folder) / "server.log"
        environment = clean_environment(Path(folder)) | {
            "HOCSO_KIT": str(KIT),
            "HOCSO_DATA": str(data or Path(folder) / "data"),
        }
        with log.open("wb") as output:
            process = psutil.Popen(
                [sys.executable, *command, f"--port={port}"],
                cwd=KIT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            say(f"  starting {name} on port {port}")
            _wait_until_it_listens(name, process, port, log)
            yield Server(name, port, path(LESSON), path(NEXT_LESSON), process)
        finally:
            _stop(process)


def _wait_until_it_listens(name: str, process: psutil.Popen, port: int, log: Path) -> None:
    end = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.1)
    raise ServerFailed(f"{name} did not start: {log.read_text(encoding='utf-8', errors='replace')[-500:]}")


def _stop(process: psutil.Popen) -> None:
    """End a server and every process that it started and left."""
    try:
        started = process.children(recursive=True)
    except psutil.NoSuchProcess:
        started = []
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=SECONDS_TO_STOP)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait(timeout=SECONDS_TO_STOP)
    _, left = psutil.wait_procs(started, timeout=3)
    for one in left:
        one.kill()
    psutil.wait_procs(left, timeout=3)


def _free_port() -> int:
    while True:
        port = random.choice(PORTS)
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
