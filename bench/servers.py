"""The two servers, each a process of its own with one lesson to open: ours and stock Voilà."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from hocso.course import load_catalogue

from .result import say

KIT = Path(__file__).resolve().parents[1]
LESSON = "nghi-quyet-57/muc-tieu-2030"
HOST = "127.0.0.1"
SECONDS_TO_START = 90
SECONDS_TO_STOP = 20


@dataclass(frozen=True)
class Server:
    name: str
    port: int
    lesson: str
    process: psutil.Process

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def processes(self) -> list[psutil.Process]:
        """The processes that the server has started and that still run."""
        return self.process.children(recursive=True)

    def wait_for_processes(self, number: int, seconds: float = 10) -> None:
        """Wait, no longer than `seconds`, until no more than `number` processes are left."""
        end = time.monotonic() + seconds
        while len(self.processes()) > number and time.monotonic() < end:
            time.sleep(0.1)


class ServerFailed(Exception):
    """A server did not start; says what it printed last."""


@contextmanager
def our_server() -> Iterator[Server]:
    """`hocso serve` on a new data folder."""
    port = _free_port()
    command = ["-c", "from hocso.cli import main; main()", "serve", "--port", str(port)]
    with _running("Học Số", command, port, f"/hoc/{LESSON}") as server:
        yield server


@contextmanager
def stock_server() -> Iterator[Server]:
    """`voila` as it is installed, with its default template, serving the same notebook."""
    port = _free_port()
    notebook = load_catalogue(KIT).lesson(LESSON).path
    command = [
        "-m",
        "voila",
        str(notebook),
        "--no-browser",
        "--template=lab",
        f"--Voila.ip={HOST}",
        f"--port={port}",
        "--Voila.port_retries=0",
    ]
    with _running("stock Voilà", command, port, "/") as server:
        yield server


@contextmanager
def both_servers() -> Iterator[tuple[Server, Server]]:
    with ExitStack() as stack:
        yield stack.enter_context(our_server()), stack.enter_context(stock_server())


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
def _running(name: str, command: list[str], port: int, lesson: str) -> Iterator[Server]:
    with TemporaryDirectory(prefix="hocso-bench-", ignore_cleanup_errors=True) as folder:
        log = Path(folder) / "server.log"
        environment = clean_environment(Path(folder)) | {
            "HOCSO_KIT": str(KIT),
            "HOCSO_DATA": str(Path(folder) / "data"),
        }
        with log.open("wb") as output:
            process = psutil.Popen(
                [sys.executable, *command],
                cwd=KIT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            say(f"  starting {name} on port {port}")
            _wait_until_it_listens(name, process, port, log)
            yield Server(name, port, lesson, process)
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
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]
