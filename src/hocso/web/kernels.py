"""The kernels of lessons: whose they are, what they are given, and when they end."""

import asyncio
import sys
from collections.abc import Callable

import zmq
from jupyter_core.utils import ensure_async
from jupyter_server._tz import utcnow
from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager, ServerKernelManager
from tornado import web
from traitlets import Bool, Integer, default
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from hocso.kernels.environment import kernel_environment
from hocso.kernels.nursery import ForkedProcess

from .capacity import FEWEST, PLACES_OF_ORDINARY


class HallIsFull(Exception):
    """As many lessons are open as this machine is set to carry."""


class LearnerKernel(ServerKernelManager):
    """One kernel. Not started again when it dies: the page offers to open the lesson anew, which restores the
    learner's work; a new kernel under the old page would know nothing of it."""

    autorestart = Bool(False)

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
        return context

    @default("cull_idle_timeout")
    def _cull_idle_timeout(self):
        return 300

    @default("cull_interval")
    def _cull_interval(self):
        return 60

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self._owners: dict[str, str] = {}
        self._watches: set[asyncio.Task] = set()

    async def start_for(
        self, visitor_id: str, *, cwd: str, api: str, token: Callable[[str], str] | None, **ready: object
    ) -> str:
        """Start a kernel that `visitor_id` owns and that may write to `api` with what `token` makes of its
        id; return the id.
        `ready`: `template` and `visit` of the provisioner, for a kernel of a ready lesson, which is confined.
        Raises HallIsFull."""
        await self._make_room()
        kernel_id, env = self.new_kernel_id(), kernel_environment()
        if token is not None:
            env |= {"HOCSO_API": api, "HOCSO_TOKEN": token(kernel_id)}
        name = "hocso" if ready else "python3"
        if ready:
            ready["confined"] = True
        await ensure_async(
            self.start_kernel(kernel_id=kernel_id, kernel_name=name, path=cwd, env=env, **ready)
        )
        self._owners[kernel_id] = visitor_id
        if not ready:
            limit_ordinary(self.get_kernel(kernel_id).provisioner.pid)
        watch = asyncio.create_task(self._notice_end(kernel_id))
        self._watches.add(watch)
        watch.add_done_callback(self._watches.discard)
        return kernel_id

    async def _make_room(self) -> None:
        """At the cap, end the kernel whose visitor has been gone longest. Raises HallIsFull."""
        taken = sum(1 if self.get_kernel(one).ready_process else PLACES_OF_ORDINARY for one in self._kernels)
        if taken < self.max_kernels:
            return
        left = [one for one in self.list_kernel_ids() if not self._kernel_connections.get(one)]
        if not left:
            raise HallIsFull
        await self.shutdown_kernel(min(left, key=lambda one: self.get_kernel(one).last_activity), now=True)

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
        for connection in list(ZMQChannelsWebsocketConnection._open_sockets):
            if connection.kernel_id == kernel_id:
                connection.websocket_handler.close()

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
        return kernel_id is not None and self._owners.get(kernel_id) == visitor_id

    async def end_all_of(self, visitor_id: str) -> None:
        """End the kernels of a visitor who leaves."""
        theirs = [one for one, owner in self._owners.items() if owner == visitor_id]
        for kernel_id in theirs:
            del self._owners[kernel_id]  # first, so that leaving twice at once ends each only once
        for kernel_id in theirs:
            if kernel_id in self:
                await ensure_async(self.shutdown_kernel(kernel_id, now=True))

    def remove_kernel(self, kernel_id):
        self._owners.pop(kernel_id, None)
        self._kernel_connections.pop(kernel_id, None)
        return super().remove_kernel(kernel_id)


def limit_ordinary(process: int) -> None:
    """A kernel with a process of its own starts with nothing, and so needs more; Linux only."""
    if sys.platform == "linux":
        from hocso.kernels.confinement import MEMORY, limit

        limit(process, 4 * MEMORY)


class ReadyConnection(ZMQChannelsWebsocketConnection):
    """Jupyter's websocket connection, without asking a ready kernel several times over whether it is there:
    it was, before its page was sent. Its first message on iopub says that it knows of us."""

    async def prepare(self):
        if self.kernel_manager.ready_process is None:
            await super().prepare()
            return
        await self._register_session()
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


class LearnerSocket(VoilaKernelWebsocketHandler):
    """Voilà's websocket, each of whose messages leaves at once: otherwise the second waits, up to 40 ms, for
    the browser to confirm the first."""

    def write_error(self, status_code, **_kwargs):
        """A refusal without a page: Jupyter's page of errors has templates that are not here."""
        self.finish()

    async def open(self, kernel_id):
        self.set_nodelay(True)
        await super().open(kernel_id)

    def write_message(self, message, binary=False):
        """A page that has just been left hears nothing more; that is no error."""
        sent = super().write_message(message, binary)
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
