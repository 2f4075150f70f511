"""The kernels of lessons: whose they are, what they are given, and when they end."""

import asyncio
import logging
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import zmq
from jupyter_core.utils import ensure_async
from jupyter_server._tz import utcnow
from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager, ServerKernelManager
from jupyter_server.services.kernels.websocket import KernelWebsocketHandler
from tornado import web
from tornado.iostream import StreamBufferFullError
from tornado.websocket import WebSocketHandler
from traitlets import Bool, Integer, default

from hocso.kernels.environment import kernel_environment
from hocso.kernels.nursery import ForkedProcess

from .capacity import FEWEST, PLACES_OF_ORDINARY

# What one browser may have: lessons open, lines to one of them (a phone that comes back has its old ones
# still), bytes that it has not read, bytes that it says at once, and messages that its kernel has not read.
MOST_OF_ONE = 10
MOST_LINES = 4
MOST_UNREAD = 4 * 2**20
LONGEST_MESSAGE = 2**18
MOST_WAITING = 16
MOST_PARTS = 16
SECONDS_TO_WELCOME = 60
SECONDS_BETWEEN_LOOKS = 0.02
TIME_TO_COME = timedelta(seconds=15)

PAGE = re.compile(r"[\w-]{1,64}", re.ASCII)

# Jupyter's connections log what they don't understand of what a browser sends: an answer or a name.
SILENT = logging.Logger("silent", logging.CRITICAL + 1)


class HallIsFull(Exception):
    """As many lessons are open as this machine is set to carry."""


@dataclass(frozen=True)
class Place:
    """Whose a kernel is; `trial`: of one who has not signed in; `size`: in ready kernels."""

    visitor_id: str
    trial: bool
    size: int


class LearnerKernel(ServerKernelManager):
    """One kernel, and the lines to it, the oldest first. Not started again when it dies: the page offers to
    open the lesson anew, which restores the learner's work; a new kernel under the old page would know
    nothing of it."""

    autorestart = Bool(False)

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.lines: list[LearnerSocket] = []

    async def start_kernel(self, **kwargs):
        """Jupyter's, but for the 10 ms that jupyter_client sleeps at its end, for its tests' sake."""
        self._attempted_start = True
        try:
            command, kwargs = await self.pre_start_kernel(**kwargs)
            await self._launch_kernel(command, **kwargs)
            await self.post_start_kernel(**kwargs)
        except Exception as error:
            self.ready.set_exception(error)
            raise
        self.ready.set_result(None)

    def emit(self, schema_id, data):
        """Nobody listens to Jupyter's events here; checking each against its schema takes milliseconds."""

    @property
    def ready_process(self) -> ForkedProcess | None:
        """The process, where it was forked from a template."""
        process = self.provisioner.process if self.provisioner else None
        return process if isinstance(process, ForkedProcess) else None


class LearnerKernels(AsyncMappingKernelManager):
    """Jupyter's kernel manager, with an owner for each kernel and an environment without secrets."""

    max_kernels = Integer(FEWEST)

    @default("kernel_manager_class")
    def _kernel_manager_class(self):
        return f"{__name__}.LearnerKernel"

    @default("buffer_offline_messages")
    def _buffer_offline_messages(self):
        return False  # a page that comes back asks for the state of its widgets

    @default("context")
    def _context_default(self):
        context = super()._context_default()
        context.set(zmq.MAX_SOCKETS, context.get(zmq.SOCKET_LIMIT))  # 1023 are enough for 300 lessons only
        context.setsockopt(zmq.SNDHWM, MOST_WAITING)
        return context

    @default("cull_idle_timeout")
    def _cull_idle_timeout(self):
        return 300

    @default("cull_interval")
    def _cull_interval(self):
        return 60

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self._places: dict[str, Place] = {}  # those that start first came first
        self._starting = 0
        self._watches: set[asyncio.Task] = set()

    async def start_for(
        self,
        visitor_id: str,
        *,
        cwd: str,
        api: str,
        token: Callable[[str], str] | None,
        trial: bool,
        **ready: object,
    ) -> str:
        """Start a kernel that `visitor_id` owns and that may write to `api` with what `token` makes of its
        id; return the id. `trial`: for one who has not signed in, who has to make room for all others.
        `ready`: `template` and `visit` of the provisioner, for a kernel of a ready lesson, which is confined.
        Raises HallIsFull."""
        place = Place(visitor_id, trial, 1 if ready else PLACES_OF_ORDINARY)
        ending = self._to_end_for(place)
        self._starting += place.size
        try:
            await self._end(ending)
            kernel_id, env = self.new_kernel_id(), kernel_environment()
            if token is not None:
                env |= {"HOCSO_API": api, "HOCSO_TOKEN": token(kernel_id)}
            name = "hocso" if ready else "python3"
            if ready:
                ready["confined"] = True
            await ensure_async(
                self.start_kernel(kernel_id=kernel_id, kernel_name=name, path=cwd, env=env, **ready)
            )
            self._places[kernel_id] = place
        finally:
            self._starting -= place.size
        if not ready:
            limit_ordinary(self.get_kernel(kernel_id).provisioner.pid)
        watch = asyncio.create_task(self._notice_end(kernel_id))
        self._watches.add(watch)
        watch.add_done_callback(self._watches.discard)
        return kernel_id

    def _to_end_for(self, new: Place) -> list[str]:
        """The kernels that have to make room: the visitor's own oldest above MOST_OF_ONE; at the cap one that
        nobody looks at, gone longest, and for who has signed in the oldest of who has not. Raises HallIsFull.
        """
        theirs = self._all_of(new.visitor_id)
        ending = theirs[: max(0, len(theirs) + 1 - MOST_OF_ONE)]
        taken = self._starting + sum(place.size for one, place in self._places.items() if one not in ending)
        if taken >= self.max_kernels:
            left = [one for one in self._places if self._is_left(one)]
            left.sort(key=lambda one: (not self._places[one].trial, self.get_kernel(one).last_activity))
            trials = [one for one, place in self._places.items() if place.trial]
            candidates = [one for one in [*left, *([] if new.trial else trials)] if one not in ending]
            if not candidates:
                raise HallIsFull
            ending.append(candidates[0])
        return ending

    def _is_left(self, kernel_id: str) -> bool:
        """Whether nobody looks at it: not one whose page is on its way, or comes back in a moment."""
        if kernel_id not in self or self._kernel_connections.get(kernel_id):
            return False
        return utcnow() - self.get_kernel(kernel_id).last_activity > TIME_TO_COME

    def _all_of(self, visitor_id: str) -> list[str]:
        return [one for one, place in self._places.items() if place.visitor_id == visitor_id]

    async def _end(self, kernel_ids: list[str]) -> None:
        """They are nobody's from now on, so that ending them twice at once ends each only once."""
        for kernel_id in kernel_ids:
            del self._places[kernel_id]
        for kernel_id in kernel_ids:
            if kernel_id in self:
                await ensure_async(self.shutdown_kernel(kernel_id, now=True))

    async def _notice_end(self, kernel_id: str) -> None:
        """A kernel that died is nobody's any more, and its page hears of it."""
        process = self.get_kernel(kernel_id).ready_process
        if process is None:
            return
        await process.ended()
        if kernel_id in self and not self.get_kernel(kernel_id).shutting_down:
            self.log.warning("Kernel %s ended by itself", kernel_id)
            await self.get_kernel(kernel_id).cleanup_resources()
            self.remove_kernel(kernel_id)

    def start_watching_activity(self, kernel_id):
        """Whether somebody is there tells the websocket; a ready kernel is not listened to for that."""
        kernel = self.get_kernel(kernel_id)
        if kernel.ready_process is None:
            super().start_watching_activity(kernel_id)
            return
        kernel.execution_state = "idle"
        kernel.last_activity = utcnow()

    def notify_disconnect(self, kernel_id):
        super().notify_disconnect(kernel_id)
        if kernel_id in self:
            self.get_kernel(kernel_id).last_activity = utcnow()

    def cwd_for_path(self, path, **kwargs):
        """Lessons run in their own folder; quizzes lie in the data folder, outside the root of the kit."""
        return path

    def belongs_to(self, kernel_id: str | None, visitor_id: str) -> bool:
        place = self._places.get(kernel_id)
        return place is not None and place.visitor_id == visitor_id

    async def end_all_of(self, visitor_id: str) -> None:
        """End the kernels of a visitor who leaves."""
        await self._end(self._all_of(visitor_id))

    def remove_kernel(self, kernel_id):
        self._places.pop(kernel_id, None)
        self._kernel_connections.pop(kernel_id, None)
        kernel = super().remove_kernel(kernel_id)
        for line in list(kernel.lines) if kernel else ():
            line.close()
        return kernel


def limit_ordinary(process: int) -> None:
    """A kernel with a process of its own starts with nothing, and so needs more; Linux only."""
    if sys.platform == "linux":
        from hocso.kernels.confinement import MEMORY, limit

        limit(process, 4 * MEMORY)


class ReadyConnection(ZMQChannelsWebsocketConnection):
    """Jupyter's websocket connection, without asking a ready kernel several times over whether it is there:
    it was, before its page was sent. Its first message on iopub says that it knows of us."""

    @default("log")
    def _log(self):
        return SILENT

    def handle_incoming_message(self, incoming_msg):
        """Jupyter's; who says what is no message is hung up on."""
        try:
            if isinstance(incoming_msg, bytes):
                self._require_few_parts(incoming_msg)
            super().handle_incoming_message(incoming_msg)
        except Exception:
            self.websocket_handler.on_connection_close()

    def _require_few_parts(self, message: bytes) -> None:
        """Jupyter makes lists as long as a message says that it has parts: eight bytes would take all memory.
        Raises ValueError."""
        number = message[:8][::-1] if self.subprotocol else message[:4]
        if int.from_bytes(number, "big") > MOST_PARTS:
            raise ValueError("too many parts")

    async def _register_session(self):
        """The lines of a kernel are kept with the kernel; Jupyter's list keeps also who never comes in."""

    async def prepare(self):
        if self.kernel_manager.ready_process is None:
            await super().prepare()
            return
        self.session.key = self.kernel_manager.session.key

    def create_stream(self):
        if self.kernel_manager.ready_process is None:
            super().create_stream()
            return
        for channel in ("iopub", "shell"):
            connect = getattr(self.kernel_manager, f"connect_{channel}")
            self.channels[channel] = stream = connect(identity=self.session.bsession)
            stream.channel = channel

    def nudge(self):
        if self.kernel_manager.ready_process is None:
            return super().nudge()
        welcomed = asyncio.get_running_loop().create_future()
        self.channels["iopub"].on_recv(lambda _message: welcomed.done() or welcomed.set_result(None))
        return welcomed


class LearnerSocket(KernelWebsocketHandler):
    """Jupyter's websocket, each message of which leaves at once: otherwise the second waits, up to 40 ms, for
    the browser to confirm the first. `lines`: of the same kernel, this one among them.

    Not Voilà's, which keeps back the code of cells that run, for nothing runs once a page is sent; and there
    a picture for a browser that speaks the older protocol takes all memory."""

    lines: Sequence["LearnerSocket"] = ()

    def write_error(self, status_code, **_kwargs):
        """A refusal without a page: Jupyter's page of errors has templates that are not here."""
        self.finish()

    def check_origin(self, origin=None):
        """tornado's: Jupyter's logs what it refuses."""
        origin = origin or self.request.headers.get("Origin")
        return origin is None or WebSocketHandler.check_origin(self, origin)

    def log_exception(self, kind, value, trace):
        """Without the address and the visitor's, which tornado's has."""
        if not isinstance(value, web.HTTPError):
            self.log.error("Lỗi ở đường nối của một bài học", exc_info=(kind, value, trace))

    async def pre_get(self):
        """zmq takes no longer names than these, and keeps some for itself."""
        if not PAGE.fullmatch(self.get_argument("session_id", "")):
            raise web.HTTPError(400)
        await super().pre_get()

    async def open(self, kernel_id):
        """Who goes away, or whose kernel does, before it welcomes them is noticed only here."""
        self.set_nodelay(True)
        self.ws_connection.stream.max_write_buffer_size = MOST_UNREAD
        self._join(self.connection.kernel_manager.lines)
        try:
            await asyncio.wait_for(super().open(kernel_id), SECONDS_TO_WELCOME)
        except TimeoutError:
            self.on_connection_close()
        except Exception:
            self.on_connection_close()
            raise

    def _join(self, lines):
        """Hang up on the lines of this page that have ended unheard, and on the oldest beyond MOST_LINES."""
        page = self.connection.session_id
        old = [one for one in lines if one.connection.session_id == page] or lines[: 1 - MOST_LINES]
        for one in old:
            one.on_connection_close()
        self.lines = lines
        lines.append(self)

    async def on_message(self, message):
        """Nothing more is read while the kernel has not read what was said before."""
        connection = self.connection
        if connection is None:
            return
        super().on_message(message)
        seconds = 0
        while any(not one.closed() and one.sending() for one in connection.channels.values()):
            await asyncio.sleep(seconds)
            seconds = SECONDS_BETWEEN_LOOKS

    def on_close(self):
        """Also of a request that never became a line."""
        if self in self.lines:
            self.lines.remove(self)
            super().on_close()

    def write_message(self, message, binary=False):
        """A page that has just been left hears nothing more; that is no error. One that reads nothing is hung
        up on."""
        try:
            sent = super().write_message(message, binary)
        except StreamBufferFullError:
            self.on_connection_close()
            return None
        if sent is not None:
            sent.add_done_callback(lambda done: done.cancelled() or done.exception())
        return sent


class ShutdownOwnKernel(APIHandler):
    """The page says goodbye: its kernel ends. Voilà's own handler would end anybody's."""

    auth_resource = "kernels"

    @web.authenticated
    @authorized("execute")
    async def post(self, kernel_id):
        await ensure_async(self.kernel_manager.shutdown_kernel(kernel_id))
        self.set_status(204)
        self.finish()
