"""Templates and kernels for tests. A kernel here is jupyter_client's own manager around our provisioner."""

import asyncio
import os
import shutil
import tempfile
from pathlib import Path

import nbformat
import pytest
from jupyter_client.manager import AsyncKernelManager

from hocso.kernels.environment import kernel_environment
from hocso.kernels.kernelspec import NAME, ready_kernel_name
from hocso.kernels.nursery import ForkedProcess, Nursery


@pytest.fixture(autouse=True)
def needs_fork():
    if ready_kernel_name() != NAME:
        pytest.skip("this system can't fork")


@pytest.fixture
def nursery():
    """A running plain template; what is forked from it sees a small environment."""
    nursery = Nursery(kernel_environment())
    nursery.begin()
    nursery.wait_until_ready()
    yield nursery
    nursery.stop()


@pytest.fixture
def write_notebook(tmp_path):
    def write(*cells: str, name: str = "bai.ipynb") -> Path:
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        nbformat.write(notebook, tmp_path / name)
        return tmp_path / name

    return write


class Kernel:
    """A started kernel and a client of it."""

    def __init__(self, manager: AsyncKernelManager):
        self.manager = manager
        self.client = manager.client()
        self.client.start_channels()

    @property
    def process(self) -> ForkedProcess:
        return self.manager.provisioner.process

    async def run(self, code: str) -> str:
        """What the code printed; raises AssertionError where it failed."""
        heard = []
        reply = await self.client.execute_interactive(
            code, timeout=20, output_hook=lambda message: heard.append(message["content"].get("text", ""))
        )
        assert reply["content"]["status"] == "ok", reply["content"]
        return "".join(heard).strip()

    async def end(self) -> None:
        self.client.stop_channels()
        if self.manager.has_kernel:
            await self.manager.shutdown_kernel(now=True)


@pytest.fixture
def with_kernels():
    """Runs a coroutine function that is given `start(template, **keywords) -> Kernel`; ends all kernels."""
    sockets = Path(tempfile.mkdtemp(prefix="k"))

    def run(coroutine_function):
        async def all_of_it():
            started = []

            async def start(template=None, **keywords) -> Kernel:
                manager = AsyncKernelManager(kernel_name=NAME, transport="ipc")
                manager.connection_file = str(sockets / f"{len(started)}.json")
                keywords = {"cwd": str(sockets), "env": {"PATH": os.environ["PATH"]}} | keywords
                await manager.start_kernel(template=template, **keywords)
                kernel = Kernel(manager)
                started.append(kernel)
                if not isinstance(kernel.process, ForkedProcess):
                    await kernel.client.wait_for_ready(timeout=60)
                return kernel

            try:
                await coroutine_function(start)
            finally:
                for kernel in started:
                    await kernel.end()

        asyncio.run(all_of_it())

    yield run
    shutil.rmtree(sockets)
