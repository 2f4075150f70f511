"""ipykernel's application in two halves: `prepare` before the fork, `awake` after it.

Before the fork there may be neither a thread nor a zmq context nor an event loop: none of them survives it.
So the kernel, its shell and all widgets are made with a `Tape` where the iopub socket will be, and the child
puts the sockets in. The kernel stays the same object: comms, display hooks and the shell still point at it.
"""

import os
import random
import sys
import threading
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

import ipykernel.displayhook
import zmq
from ipykernel.iostream import BackgroundSocket, IOPubThread, OutStream
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from ipykernel.kernelbase import Kernel
from IPython.core.application import BaseIPythonApplication
from jupyter_client.session import Session
from tornado import ioloop
from traitlets import Bool, Type
from traitlets.config import Config
from zmq.eventloop.zmqstream import ZMQStream

SECONDS_TO_FLUSH = 2
# What a light kernel lets wait unread: who sends more waits.
MOST_WAITING = 64


class Tape:
    """Stands in for the iopub socket before the fork: keeps the messages."""

    def __init__(self, session: Session):
        self.session = session
        self.messages: list[dict] = []

    def send_multipart(self, parts: list[bytes], **_options: Any) -> None:
        _, frames = self.session.feed_identities([bytes(part) for part in parts])
        # A kernel without a key does not sign; deserialize then asks for no signature.
        self.messages.append(self.session.deserialize(frames))

    def take(self) -> list[dict]:
        """The messages so far; the tape is empty afterwards."""
        messages, self.messages = self.messages, []
        return messages


class ReadyKernel(IPythonKernel):
    """IPython's kernel without the debugger, whose stream would be asked for at every start."""

    def start(self) -> None:
        if self.shell:
            self.shell.exit_now = False
        Kernel.start(self)

    async def _progressively_terminate_all_children(self) -> None:
        # The search goes through every process of the machine; a lesson starts none.
        if self.shell_channel_thread is not None:
            await super()._progressively_terminate_all_children()


class ReadyKernelApp(IPKernelApp):
    """`light` kernels do all in one thread: enough for widget messages, and each thread costs memory. What a
    light kernel can't do is to be interrupted or asked to end by a message while a cell runs; signals do.
    One that `catches` shows what a cell writes past Python, as a kernel with threads does."""

    kernel_class = Type(ReadyKernel, klass=Kernel)
    light = Bool(False)
    catches = Bool(False)

    def prepare(self) -> Tape:
        """All that can be done before the fork."""
        self.update_config(Config({"HistoryManager": {"enabled": False}}))
        BaseIPythonApplication.initialize(self, [])
        self.log.setLevel(self.log_level)  # otherwise it makes, and throws away, a note of every message
        self.init_pdb()
        self.tape = Tape(self.session)
        self.displayhook = ipykernel.displayhook.ZMQDisplayHook(self.session, self.tape)
        self.patch_io()
        self.kernel = self.kernel_class.instance(
            parent=self,
            session=self.session,
            iopub_socket=self.tape,
            log=self.log,
            profile_dir=self.profile_dir,
            user_ns=self.user_ns,
        )
        self.init_path()
        self.init_shell()
        self.init_gui_pylab()
        self.init_extensions()
        self.init_code()
        return self.tape

    def awake(self, connection: dict) -> None:
        """In the child: be a kernel of its own, on the sockets of `connection` (as in a connection file)."""
        reseed()
        session = self.session
        session.pid = os.getpid()
        session.session = str(uuid.uuid4())
        session.key = connection["key"].encode()
        session.signature_scheme = connection["signature_scheme"]
        self.ip, self.transport = connection["ip"], connection["transport"]
        for name in ("shell", "iopub", "stdin", "control", "hb"):
            setattr(self, f"{name}_port", connection[f"{name}_port"])
        if self.light:
            self._init_light_sockets()
        else:
            self.init_sockets()
            self.init_heartbeat()
        self.init_io()
        self.init_signal()
        self.init_kernel()

    def _init_light_sockets(self) -> None:
        self.context = context = zmq.Context()
        self.loop = ioloop.IOLoop.current()
        for name in ("shell", "stdin", "control"):
            socket = context.socket(zmq.ROUTER)
            socket.linger = 1000
            socket.router_handover = 1
            socket.rcvhwm = MOST_WAITING
            self._bind_socket(socket, getattr(self, f"{name}_port"))
            setattr(self, f"{name}_socket", socket)
        iopub = context.socket(zmq.XPUB)
        iopub.linger = 1000
        iopub.xpub_verbose = 1  # each line is welcomed, also beside an old one that has not ended yet
        self._bind_socket(iopub, self.iopub_port)
        self.iopub_thread = UnthreadedIOPub(iopub, session=self.session)
        self.iopub_socket = self.iopub_thread.background_socket
        heartbeat = context.socket(zmq.ROUTER)
        heartbeat.linger = 1000
        self._bind_socket(heartbeat, self.hb_port)
        beats = ZMQStream(heartbeat, self.loop)
        beats.on_recv(beats.send_multipart)
        self.heartbeat = None

    def init_io(self) -> None:
        if self.light and self.catches:
            self.kernel._execute_sleep = 0  # for ipykernel's thread, which is to have sent what was printed
            make = partial(CatchingStream, self.session, self.iopub_thread)
        else:
            make = partial(OutStream, self.session, self.iopub_thread, watchfd=not self.light)
        sys.stdout, sys.stderr = make("stdout"), make("stderr")
        self.kernel._stdout, self.kernel._stderr = sys.stdout, sys.stderr
        self.displayhook.pub_socket = self.iopub_socket
        sys.displayhook = self.displayhook

    def init_kernel(self) -> None:
        kernel = self.kernel
        if self.light:
            kernel.shell_stream = ZMQStream(self.shell_socket, self.loop)
            kernel.control_stream = ZMQStream(self.control_socket, self.loop)
        else:
            kernel.shell_stream = ZMQStream(self.shell_socket, self.shell_channel_thread.io_loop)
            self.shell_channel_thread.shell_stream = kernel.shell_stream
            kernel.control_stream = ZMQStream(self.control_socket, self.control_thread.io_loop)
            self.control_thread.start()
            self.shell_channel_thread.start()
            kernel.control_thread = self.control_thread
            kernel.shell_channel_thread = self.shell_channel_thread
        kernel.ident = str(uuid.uuid4())
        kernel.stdin_socket = self.stdin_socket
        kernel.iopub_thread = self.iopub_thread
        kernel.iopub_socket = self.iopub_socket
        shell = kernel.shell
        shell.displayhook.pub_socket = self.iopub_socket
        shell.displayhook.topic = kernel._topic("execute_result")
        shell.display_pub.pub_socket = self.iopub_socket
        kernel.record_ports(
            {
                f"{name}_port": getattr(self, f"{name}_port")
                for name in ("shell", "iopub", "stdin", "control", "hb")
            }
        )
        self.displayhook.get_execution_count = lambda: kernel.execution_count

    def start(self) -> None:
        super().start()
        if not self.light:
            # It still flushes what was printed, for which the iopub thread must be there: ipykernel itself
            # may stop that one first and then wait for ten seconds.
            self.control_thread.join(SECONDS_TO_FLUSH)


class CatchingStream(OutStream):
    """For kernels without threads: what is written past Python, to the descriptor, lies in memory until the
    stream is flushed, as it is after every cell. In ipykernel a thread waits for it."""

    def __init__(self, session: Session, pub_thread: IOPubThread, name: str):
        descriptor = getattr(sys, name).fileno()
        super().__init__(session, pub_thread, name, watchfd=False)
        self._original_stdstream_copy = os.dup(descriptor)  # what fileno() gives
        self._caught = os.memfd_create(name)
        self._seen = 0
        os.dup2(self._caught, descriptor)

    def flush(self) -> None:
        written = os.fstat(self._caught).st_size
        if written > self._seen:
            text = os.pread(self._caught, written - self._seen, self._seen)
            self._seen = written
            self.write(text.decode(errors="replace"))
        super().flush()


class UnthreadedIOPub(IOPubThread):
    """ipykernel's iopub on the main loop: without its thread, its own loop and its pipes."""

    def __init__(self, socket: zmq.Socket, session: Session):
        self.socket = socket
        self.session = session
        self.io_loop = ioloop.IOLoop.current()
        self.background_socket = BackgroundSocket(self)
        self.thread = threading.Thread(name="IOPub")  # never started: everything is sent at once
        self._stopped = False
        self._master_pid = os.getpid()
        self._pipe_flag = False
        self._event_pipes = {}
        self._lock = threading.RLock()
        self._setup_xpub_listener()

    def schedule(self, f: Callable[[], None]) -> None:
        # A cell's own threads may print too.
        with self._lock:
            f()
            missed = self.socket.get(zmq.EVENTS) & zmq.POLLIN
        if missed:
            # Sending has taken the socket's one notice of a new subscriber, who waits to be welcomed.
            self.io_loop.add_callback(self._xpub_stream.flush, zmq.POLLIN)


def reseed() -> None:
    """Random state must not be shared with the template's other children."""
    random.seed()
    # By way of numpy it would be imported now, for 12 ms and 5 MiB; whoever imports it later gets a new seed.
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        # Without a number it takes 9 ms.
        numpy_random.seed(int.from_bytes(os.urandom(4)))
