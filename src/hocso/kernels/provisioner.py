"""`hocso-ready`: jupyter_client's local provisioner, whose kernels are forked from a template."""

import asyncio
import atexit
import threading
from contextlib import suppress
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import LocalProvisioner

from .environment import kernel_environment
from .nursery import ForkedProcess, NoTemplate, Nursery, fetch_kernel

CONNECTION = (
    "ip", "transport", "key", "signature_scheme",
    "shell_port", "iopub_port", "stdin_port", "control_port", "hb_port",
)  # fmt: skip


class ReadyKernelProvisioner(LocalProvisioner):
    """More keywords of `start_kernel`: `template`, the address of a template; `visit`, what its hook is to
    know of the visit (JSON), what the hook answered is in `answer`; `light`, a kernel without threads and
    with limits; `confined`, one that can do no more than a resident's lesson needs (see `confinement`).
    Without `template` the kernel comes from this process's own plain template. Where none can be had, an
    ordinary kernel starts, and a warning says so; for one that was to be confined NoTemplate is raised."""

    answer: Any = None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        template = kwargs.pop("template", None)
        visit = kwargs.pop("visit", None)
        light = kwargs.pop("light", False)
        confined = kwargs.pop("confined", False)
        self.answer = None
        try:
            process, self.answer = await fetch_kernel(
                template or await plain_template(),
                connection_info=self._sockets(),
                env=kwargs["env"],
                cwd=str(kwargs.get("cwd") or "."),
                visit=visit,
                light=light,
                confined=confined,
            )
        except NoTemplate as error:
            if confined:
                raise
            self.log.warning("Máy sẵn sàng không dùng được (%s); mở kernel thường thay thế.", error)
            return await super().launch_kernel(cmd, **kwargs)
        self.process = process
        self.pid = self.pgid = process.pid
        self.cwd = kwargs.get("cwd")
        return self.connection_info

    def _sockets(self) -> dict:
        info = {name: self.connection_info[name] for name in CONNECTION}
        return info | {"key": info["key"].decode() if isinstance(info["key"], bytes) else info["key"]}

    async def wait(self) -> int | None:
        if not isinstance(self.process, ForkedProcess):
            return await super().wait()
        code = await self.process.ended()
        self.process = None
        return code

    async def kill(self, restart: bool = False) -> None:
        process = self.process
        await super().kill(restart)
        if isinstance(process, ForkedProcess):
            await self._give_a_moment(process)

    async def shutdown_requested(self, restart: bool = False) -> None:
        if isinstance(self.process, ForkedProcess):
            await self._give_a_moment(self.process)

    async def _give_a_moment(self, process: ForkedProcess) -> None:
        """Where a forked kernel is given the moment that it needs to end, jupyter_client finds it ended, and
        does not look again each 0.1 s."""
        with suppress(TimeoutError):
            await asyncio.wait_for(process.ended(), self.get_shutdown_wait_time() / 2)


_plain: Nursery | None = None
_lock = threading.Lock()


async def plain_template() -> str:
    """The address of this process's own plain template, started on first use. Raises NoTemplate."""
    return await asyncio.to_thread(_start_plain_template)


def _start_plain_template() -> str:
    global _plain
    with _lock:
        if _plain is None or not _plain.alive:
            if _plain is not None:
                _plain.stop()
            _plain = Nursery(kernel_environment())  # each kernel brings its own; this one it could still read
            _plain.begin()
            atexit.register(_plain.stop)
        _plain.wait_until_ready()
        return _plain.plain
