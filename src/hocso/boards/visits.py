"""What is done for each visitor in a kernel whose app has already run (hooks of `hocso.kernels`)."""

import asyncio
import os
import traceback
from collections.abc import Coroutine
from typing import Protocol

from tornado.ioloop import IOLoop

from hocso.learn.api import Api

# Figures of a large commune take some seconds to compute.
SECONDS_TO_WAIT = 60


class Board(Protocol):
    async def run(self, api: Api, context: dict) -> None:
        """Fill the board for a visitor, and go on as long as there is something to show."""

    def fail(self) -> None:
        """Say that something went wrong."""


_boards: list[Board] = []
_tasks: set[asyncio.Task] = set()


def enlist(board: Board) -> None:
    """`board.run` is called in each visitor's kernel."""
    _boards.append(board)


def rehearse() -> None:
    """Nothing: what boards look like before there are figures is what their notebooks show."""


def visit(context: dict) -> None:
    """Begin to fill the boards as soon as the kernel's loop runs. `context["state"]` is for the board."""
    api = Api(os.environ["HOCSO_API"], os.environ["HOCSO_TOKEN"], SECONDS_TO_WAIT)
    for board in _boards:
        IOLoop.current().add_callback(start, board, board.run(api, context["state"]))


def start(board: Board, work: Coroutine) -> None:
    """Let `work` go on beside the kernel's messages; what goes wrong in it, the board says."""

    async def watched() -> None:
        try:
            await work
        except Exception:
            traceback.print_exc()
            board.fail()

    task = asyncio.ensure_future(watched())
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)
