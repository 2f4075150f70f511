"""A template: the process that ready kernels are forked from. `python -m hocso.kernels.template FD FOLDER`.

It listens on a socket in FOLDER, a private folder, and answers one request a connection, a line of JSON:

    {"do": "kernel", "connection": …, "env": …, "cwd": …, "visit": …}   a kernel; `visit` may be null
                                                                       (`light`: true for one without threads,
                                                                       `confined`: see `confinement`)
    {"do": "template", "name": …, "notebook": …, "hooks": …}            a template that has run a notebook

The new process answers on that connection with a line of JSON (and, a kernel, its pidfd), and the connection
stays open: its end tells the child that nobody wants it any more, and the template writes {"exit": code} to
it when the child has ended. FD is a socket to the process that started the first template; when it closes,
no more is forked, and a template ends once its kernels have.

A template has one thread, no zmq context and no event loop. It never finishes a child's work: after the
fork the child leaves this loop for good.
"""

import atexit
import ctypes
import gc
import json
import logging
import os
import selectors
import shutil
import signal
import socket
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import psutil

from .confinement import confine, limit, seal

LONGEST_REQUEST = 16 * 2**20
SECONDS_FOR_A_REQUEST = 5
# What a kernel that nobody wants any more has to end by itself.
SECONDS_TO_END = 3
SECONDS_BETWEEN_SOCKETS_AND_END = 0.5


@dataclass
class Job:
    """What a child goes on with after the fork."""

    request: dict
    connection: socket.socket


class Template:
    """Forks a child for each request until nobody is left who asks. `serve` returns in children only."""

    def __init__(self, listener: socket.socket, owner: socket.socket):
        self.listener = listener
        self.owner = owner
        self.children: dict[int, socket.socket] = {}
        self.kernels: set[int] = set()
        self.unwanted: dict[int, float] = {}  # when each is killed
        self.wanted = True
        self.selector = selectors.DefaultSelector()
        self.signals, self.signalled = socket.socketpair()
        for end in (self.signals, self.signalled):
            end.setblocking(False)
        signal.set_wakeup_fd(self.signalled.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, self._no_more)
        for source in (listener, owner, self.signals):
            self.selector.register(source, selectors.EVENT_READ)

    def serve(self) -> Job:
        while self.wanted or self.kernels:
            for key, _ in self.selector.select(SECONDS_TO_END if self.unwanted else None):
                source = key.fileobj
                if source is self.listener:
                    job = self._fork_for(self.listener.accept()[0])
                    if job is not None:
                        return job
                elif source is self.signals:
                    self._drain()
                    self._bury()
                elif source is self.owner:
                    self._no_more()
                else:
                    self._unwanted(source)
            if not self.wanted and self.listener.fileno() >= 0:
                for one in (self.listener, self.owner):
                    self.selector.unregister(one)
                    one.close()
            self._kill_the_stubborn()
        sys.exit(0)

    def _no_more(self, *_signal: object) -> None:
        self.wanted = False

    def _fork_for(self, connection: socket.socket) -> Job | None:
        try:
            connection.settimeout(SECONDS_FOR_A_REQUEST)
            request = receive(connection)
            connection.settimeout(None)
        except (OSError, ValueError):
            connection.close()
            return None
        pid = os.fork()
        if pid == 0:
            self._leave()
            return Job(request, connection)
        self.children[pid] = connection
        if request["do"] == "kernel":
            self.kernels.add(pid)
        self.selector.register(connection, selectors.EVENT_READ)
        return None

    def _leave(self) -> None:
        """In the child: nothing of the template's, nor of its other children's, stays open."""
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self.selector.close()
        for one in (self.listener, self.owner, self.signals, self.signalled, *self.children.values()):
            one.close()
        self.children.clear()

    def _drain(self) -> None:
        try:
            while self.signals.recv(512):
                pass
        except BlockingIOError:
            pass

    def _bury(self) -> None:
        """Read the exit codes of children that have ended, and pass them on; the plain template's children
        are also those that a template which has gone has left."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self.kernels.discard(pid)
            self.unwanted.pop(pid, None)
            connection = self.children.pop(pid, None)
            if connection is not None:
                self._forget(connection, {"exit": os.waitstatus_to_exitcode(status)})

    def _unwanted(self, connection: socket.socket) -> None:
        """The asker has closed its end; nothing else ever comes from there. The child sees it too and ends by
        itself; one that is too busy to see it is ended, and one that will not end is killed."""
        for pid, one in self.children.items():
            if one is connection:
                self.selector.unregister(connection)
                os.kill(pid, signal.SIGTERM)
                self.unwanted[pid] = time.monotonic() + SECONDS_TO_END
                return

    def _kill_the_stubborn(self) -> None:
        for pid, until in self.unwanted.items():
            if time.monotonic() >= until:
                os.kill(pid, signal.SIGKILL)

    def _forget(self, connection: socket.socket, last_words: dict) -> None:
        with suppress(KeyError):
            self.selector.unregister(connection)
        try:
            connection.setblocking(False)
            connection.send(json.dumps(last_words).encode() + b"\n")
        except OSError:
            pass
        connection.close()


def receive(connection: socket.socket) -> dict:
    """One line of JSON. Raises ValueError, OSError."""
    parts = []
    size = 0
    while not parts or not parts[-1].endswith(b"\n"):
        part = connection.recv(2**16)
        size += len(part)
        if not part or size > LONGEST_REQUEST:
            raise ValueError("cut off")
        parts.append(part)
    return json.loads(b"".join(parts))


def send(connection: socket.socket, message: dict, descriptors: list[int] | None = None) -> None:
    """One line of JSON, with file descriptors beside its first byte. Nothing where nobody waits for it any
    more: the connection's end says so to whoever looks at it next."""
    line = json.dumps(message, ensure_ascii=False).encode() + b"\n"
    with suppress(BrokenPipeError):
        sent = socket.send_fds(connection, [line], descriptors) if descriptors else 0
        connection.sendall(line[sent:])


def listen_at(address: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(address))
    listener.listen(512)
    return listener


def main() -> None:
    owner = socket.socket(fileno=int(sys.argv[1]))
    folder = Path(sys.argv[2])
    listener = listen_at(folder / "plain.sock")
    atexit.register(clear_up, folder, os.getpid(), os.getppid())
    # No debugger in ready kernels: it starts threads, and a resident's kernel must not offer one.
    sys.modules["debugpy"] = None
    from .kernel_app import ReadyKernelApp

    app = ReadyKernelApp.instance()
    app.prepare()
    warm_up()
    adopt_orphans()
    send(owner, {"ready": True})
    while True:
        settle()
        job = Template(listener, owner).serve()
        listener.close()
        if job.request["do"] == "kernel":
            become_kernel(app, job)
            return
        listener, owner = become_template(app, job, folder), job.connection


def clear_up(folder: Path, pid: int, owner: int) -> None:
    """Where the plain template (`pid`) was left by an `owner` that was killed, nobody else removes its folder
    and ends what is left: kernels whose own template was killed, and processes that a kernel has started."""
    if os.getpid() != pid:
        return
    shutil.rmtree(folder, ignore_errors=True)
    if descendants() and has_ended(owner):
        time.sleep(SECONDS_TO_END)
        for one in descendants():
            with suppress(psutil.NoSuchProcess):
                one.kill()


def has_ended(parent: int) -> bool:
    """Whether our parent has; a process that is killed closes its sockets before it ends."""
    until = time.monotonic() + SECONDS_BETWEEN_SOCKETS_AND_END
    while os.getppid() == parent and time.monotonic() < until:
        time.sleep(0.01)
    return os.getppid() != parent


def descendants() -> list[psutil.Process]:
    """Those whose parent has ended have come to this process (`adopt_orphans`)."""
    return psutil.Process().children(recursive=True)


def warm_up() -> None:
    """Import now what a child would import at its start, or at its first message."""
    for name in (
        "asyncio",
        "tornado.platform.asyncio",
        "zmq.eventloop.zmqstream",
        "psutil",
        "ipywidgets",
        "anywidget",
        "hocso.learn",
        "hocso.quick_jsonschema",
        "nbformat",
        "http.client",
        "urllib.request",
    ):
        import_module(name)
    tempfile.gettempdir()  # ipykernel names cells by it; a confined kernel could not look for it


def adopt_orphans() -> None:
    """The kernels of a template that has gone come to this one, which will bury them."""
    pr_set_child_subreaper = 36
    ctypes.CDLL(None).prctl(pr_set_child_subreaper, 1, 0, 0, 0)


def settle() -> None:
    """What is there now stays for good: the collector must not touch, and so copy, it in the children."""
    gc.collect()
    gc.freeze()


def become_template(app: Any, job: Job, folder: Path) -> socket.socket:
    """In a forked child: run the notebook and say what came of it; returns the new template's listener."""
    from .notebook import CellFailed, run_notebook

    os.setsid()

    notebook = Path(job.request["notebook"])
    os.chdir(notebook.parent)
    app.light = True
    app.session.pid = os.getpid()
    try:
        found = run_notebook(app, notebook)
        hook(job.request.get("hooks"), "rehearse")
    except CellFailed as error:
        send(job.connection, {"failed": str(error)})
        sys.exit(1)
    except Exception as error:
        send(job.connection, {"failed": type(error).__name__})
        sys.exit(1)
    address = folder / f"{job.request['name']}.sock"
    address.unlink(missing_ok=True)
    listener = listen_at(address)
    app.hooks = job.request.get("hooks")
    send(job.connection, {"address": str(address), **found})
    return listener


def hook(module: str | None, name: str, *arguments: Any) -> Any:
    return getattr(import_module(module), name)(*arguments) if module else None


def become_kernel(app: Any, job: Job) -> None:
    """In a forked child: be the kernel that was asked for until it ends."""
    from tornado import ioloop

    request, connection = job.request, job.connection
    os.setsid()
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(request["cwd"])
    if request.get("light"):
        app.light = app.catches = True
    confined = request.get("confined")
    if confined:
        app.log.setLevel(logging.CRITICAL)  # ipykernel's notes of messages that are none: browsers make those
        confine(folder=request["cwd"], api=request["env"].get("HOCSO_API"), connection=request["connection"])
    app.awake(request["connection"])
    answer = hook(app.hooks, "visit", request["visit"]) if request.get("visit") is not None else None
    if confined:
        seal()
    elif request.get("light"):
        limit()
    handle = os.pidfd_open(os.getpid())
    send(connection, {"pid": os.getpid(), "answer": answer}, [handle])
    os.close(handle)
    loop = ioloop.IOLoop.current()
    loop.add_handler(connection, lambda *_: loop.stop(), ioloop.IOLoop.READ)
    app.start()
    leave(app)


def leave(app: Any) -> NoReturn:
    """End a kernel without Python's own clearing up, which touches every object and so would copy what is
    shared with the template: 100 MiB in each of hundreds of kernels that end at the same moment."""
    atexit._run_exitfuncs()
    if app.light:
        app.context.destroy(linger=1000)
    for stream in (sys.__stdout__, sys.__stderr__):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
