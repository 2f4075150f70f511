"""The asking side of `template`: starts templates, and fetches kernels from them."""

import asyncio
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SECONDS_TO_START = 60
SECONDS_TO_FORK = 10
SECONDS_TO_STOP = 1
# A socket's path has at most 103 characters (macOS; Linux 107), of which Voilà's
# "/voila_12345678/kernel-<uuid>-ipc-5" takes 65.
LONGEST_FOLDER = 38


class NoTemplate(Exception):
    """A template can't be started, has ended, or does not answer."""


class ForkedProcess:
    """A forked kernel, with the methods of subprocess.Popen that jupyter_client's LocalProvisioner calls.

    It is the template's child, not ours: its pidfd says that it has ended, the template says with what code.
    """

    stdin = stdout = stderr = None

    def __init__(self, pid: int, pidfd: int, connection: socket.socket):
        self.pid = pid
        self.pidfd = pidfd
        self.connection = connection
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None and something_at(self.pidfd):
            self._ended()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            if not something_at(self.pidfd, timeout):
                raise subprocess.TimeoutExpired("kernel", timeout)
            self._ended()
        return self.returncode

    async def ended(self) -> int:
        """Wait without looking again and again."""
        if self.returncode is None:
            loop = asyncio.get_running_loop()
            end = loop.create_future()
            handle = os.dup(self.pidfd)  # several may wait, and a loop knows one reader for each descriptor
            loop.add_reader(handle, lambda: end.done() or end.set_result(None))
            try:
                await end
            finally:
                loop.remove_reader(handle)
                os.close(handle)
            self.poll()
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            signal.pidfd_send_signal(self.pidfd, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _ended(self) -> None:
        """The code comes from the template; -SIGKILL stands for "not known", where that is gone too."""
        self.returncode = -signal.SIGKILL
        try:
            self.connection.settimeout(1)
            said = json.loads(self.connection.makefile("rb").readline())["exit"]
            if type(said) is int:  # hostile code in the kernel may have written there, and None means "alive"
                self.returncode = said
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            pass
        self.connection.close()
        os.close(self.pidfd)


def something_at(descriptor: int, seconds: float | None = 0) -> bool:
    """Whether it can be read, waiting for it; select.select knows only the first 1024 descriptors."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(None if seconds is None else 1000 * seconds))


@dataclass
class Prepared:
    """A template in which a notebook was run. `outputs`: {index of cell: nbformat outputs}; `widgets`:
    {model id: ipywidgets' manager state}."""

    name: str
    address: str
    outputs: dict[int, list[dict]]
    widgets: dict[str, dict]
    connection: socket.socket = field(repr=False)

    @property
    def alive(self) -> bool:
        """Nothing comes on this connection but its end."""
        return self.connection.fileno() >= 0 and not something_at(self.connection.fileno())

    def retire(self) -> None:
        """No more kernels from here; those that it has forked live on."""
        self.connection.close()


class Nursery:
    """One plain template, and what was forked from it. `env` is all that the templates see of ours.

    Raises NoTemplate where there is no fork.
    """

    def __init__(self, env: dict[str, str] | None = None):
        if not hasattr(os, "fork") or not hasattr(os, "pidfd_open"):
            raise NoTemplate("this system can't fork")
        self.env = dict(os.environ if env is None else env)
        self.process: subprocess.Popen | None = None
        self._ready = False
        self._waiting = threading.Lock()

    def begin(self) -> None:
        """Start the plain template, without waiting for it."""
        self.folder = Path(tempfile.mkdtemp(prefix="hocso-", dir=short_folder()))
        self.end, theirs = socket.socketpair()
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "hocso.kernels.template", str(theirs.fileno()), str(self.folder)],
                env=self.env | SPARING,
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        except OSError as error:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise NoTemplate(str(error)) from error
        finally:
            theirs.close()

    @property
    def alive(self) -> bool:
        """Whether it can be asked, or soon: not where its folder was cleared away."""
        runs = self.process is not None and self.process.poll() is None
        return runs and (not self._ready or os.path.exists(self.plain))

    @property
    def plain(self) -> str:
        """The address of the plain template."""
        return str(self.folder / "plain.sock")

    def wait_until_ready(self) -> None:
        """Block until the plain template can fork. Raises NoTemplate."""
        with self._waiting:  # it says so once, and many may wait for it
            if self._ready:
                return
            self.end.settimeout(SECONDS_TO_START)
            try:
                self._ready = self.end.recv(64).startswith(b'{"ready"')
            except OSError as error:
                raise NoTemplate("the template does not start") from error
            if not self._ready:
                raise NoTemplate("the template has ended")

    async def prepare(self, name: str, notebook: Path, hooks: str | None = None) -> Prepared:
        """A template in which `notebook` has run. `hooks` names a module with `rehearse()`, called after the
        last cell, and `visit(context)`, called in each kernel. Raises NoTemplate (a cell failed, say)."""
        await asyncio.to_thread(self.wait_until_ready)
        request = {"do": "template", "name": name, "notebook": str(notebook), "hooks": hooks}
        connection = await _connect(self.plain)
        try:
            answer, _ = await _ask(connection, request, SECONDS_TO_START)
        except BaseException:
            connection.close()
            raise
        if "failed" in answer:
            connection.close()
            raise NoTemplate(f"{notebook}: {answer['failed']}")
        outputs = {int(index): shown for index, shown in answer["outputs"].items()}
        return Prepared(name, answer["address"], outputs, answer["widgets"], connection)

    def stop(self) -> None:
        """No more is forked. Kernels go on until their connections close, and the templates that they came
        from with them."""
        if self.process is None:
            return
        self.end.close()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(SECONDS_TO_STOP)
        self.process = None
        shutil.rmtree(self.folder, ignore_errors=True)


def short_folder() -> str:
    """Where temporary files go; /tmp where the path of that is too long for the address of a socket in it."""
    usual = tempfile.gettempdir()
    return usual if os.name == "nt" or len(os.fsencode(usual)) <= LONGEST_FOLDER else "/tmp"


def use_short_folder() -> None:
    """From here on, temporary files of this process and of its children go there: theirs are sockets too."""
    os.environ["TMPDIR"] = tempfile.tempdir = short_folder()


# What keeps a forked process small: no threads in numpy, one heap for all threads.
SPARING = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1", "PYTHONUTF8": "1"}


async def fetch_kernel(
    address: str,
    *,
    connection_info: dict,
    env: dict,
    cwd: str,
    visit: Any = None,
    light: bool = False,
    confined: bool = False,
) -> tuple[ForkedProcess, Any]:
    """A kernel forked from the template at `address`, once it has bound its sockets, and what the template's
    hook answered to `visit`. Raises NoTemplate."""
    request = {
        "do": "kernel",
        "connection": connection_info,
        "env": env,
        "cwd": cwd,
        "visit": visit,
        "light": light,
        "confined": confined,
    }
    connection = await _connect(address)
    try:
        answer, descriptors = await _ask(connection, request, SECONDS_TO_FORK)
        if len(descriptors) != 1:
            raise NoTemplate("no kernel came")
    except BaseException:
        connection.close()
        raise
    connection.setblocking(True)
    return ForkedProcess(answer["pid"], descriptors[0], connection), answer["answer"]


async def _connect(address: str) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.setblocking(False)
    deadline = time.monotonic() + SECONDS_TO_FORK
    while True:
        try:
            await asyncio.get_running_loop().sock_connect(connection, address)
            return connection
        except BlockingIOError:  # more ask at once than the listener's queue holds
            if time.monotonic() > deadline:
                break
            await asyncio.sleep(0.01)
        except OSError:
            break
    connection.close()
    raise NoTemplate(f"nobody at {address}")


async def _ask(connection: socket.socket, request: dict, seconds: float) -> tuple[dict, list[int]]:
    """Send a line of JSON; the line that answers, and the descriptors that come with it."""
    loop = asyncio.get_running_loop()
    line = json.dumps(request, ensure_ascii=False).encode() + b"\n"
    received = bytearray()
    descriptors: list[int] = []
    done = loop.create_future()

    def read() -> None:
        try:
            part, fds, _, _ = socket.recv_fds(connection, 2**18, 1)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            if not done.done():
                done.set_exception(NoTemplate(str(error)))
            return
        descriptors.extend(fds)
        received.extend(part)
        if not done.done() and (not part or part.endswith(b"\n")):
            done.set_result(None)

    await loop.sock_sendall(connection, line)
    loop.add_reader(connection, read)
    try:
        await asyncio.wait_for(done, seconds)
        return json.loads(received), descriptors
    except (TimeoutError, ValueError) as error:
        raise NoTemplate("the template does not answer") from error
    finally:
        loop.remove_reader(connection)
