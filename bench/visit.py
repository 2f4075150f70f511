"""A visitor without a browser: opens the lesson and waits until its kernel answers.

The visitors of a burst share the cores with the server that they measure, so this is one thread on asyncio's
plain streams (`wire`), the same for every server: a GET, a websocket, one message of Jupyter's protocol.
"""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import requests

from .servers import Server
from .wire import Browser, Line, VisitFailed

SECONDS_TO_ANSWER = 120
SECONDS_TO_LEAVE = 20
KERNEL_ID = re.compile(rb'(?:"kernelId":\s*|data-kernel-id=)"([^"]+)"')


def kernel_of_a_lesson(url: str, lesson_id: str) -> str:
    """The id of a kernel that is there now, for tokens of learners whose kernels are not measured."""
    page = requests.get(f"{url}/hoc/{lesson_id}", timeout=SECONDS_TO_ANSWER)
    return KERNEL_ID.search(page.content)[1].decode()


@dataclass(frozen=True)
class Visit:
    """An open lesson. `seconds` from the request to the kernel's answer; `ended` by time.perf_counter()."""

    browser: Browser
    kernel_id: str
    line: Line
    seconds: float
    ended: float

    async def widgets(self) -> int:
        """How many widget models live in the kernel: the lesson has run there, and not only the kernel."""
        return len((await self.line.ask("comm_info_request"))["comms"])

    async def answers(self) -> bool:
        """Whether the kernel still answers."""
        try:
            async with asyncio.timeout(SECONDS_TO_ANSWER):
                await self.line.ask("kernel_info_request")
            return True
        except (OSError, VisitFailed):
            return False

    async def close(self) -> None:
        """Leave, as the page does."""
        self.line.close()
        await self.browser.post_form(f"/voila/api/shutdown/{self.kernel_id}")


@dataclass(frozen=True)
class Burst:
    """Visits begun at the same moment. `wall`: seconds until the last of them was answered."""

    visits: list[Visit]
    failures: list[str]
    wall: float


async def open_lesson(server: Server) -> Visit:
    """Get the page, complete, then a kernel_info_reply. Raises VisitFailed."""
    began, browser = time.perf_counter(), Browser(server)
    try:
        async with asyncio.timeout(SECONDS_TO_ANSWER):
            answer, page = await browser.get(server.lesson)
            if answer.status != 200:
                raise VisitFailed(f"HTTP {answer.status}")
            found = KERNEL_ID.search(page)
            if found is None:
                raise VisitFailed("no kernel in the page")
            kernel_id = found[1].decode()
            line = await Line.to(browser, kernel_id)
            await line.ask("kernel_info_request")
    except TimeoutError as error:
        raise VisitFailed(f"not answered after {SECONDS_TO_ANSWER} s") from error
    ended = time.perf_counter()
    return Visit(browser, kernel_id, line, ended - began, ended)


async def open_at_once(server: Server, number: int) -> Burst:
    """Open the lesson `number` times at the same moment. Whoever asks closes the visits."""
    began = time.perf_counter()
    opened = await asyncio.gather(*(open_lesson(server) for _ in range(number)), return_exceptions=True)
    visits = [one for one in opened if isinstance(one, Visit)]
    failures = [one for one in opened if not isinstance(one, Visit)]
    for failure in failures:
        if not isinstance(failure, VisitFailed):
            raise failure
    wall = max((visit.ended for visit in visits), default=began) - began
    return Burst(visits, [str(failure) for failure in failures], wall)


async def close_all(visits: list[Visit]) -> None:
    """Leave; a server that has ceased to answer is not waited for."""
    leaving = (asyncio.wait_for(visit.close(), SECONDS_TO_LEAVE) for visit in visits)
    await asyncio.gather(*leaving, return_exceptions=True)


@asynccontextmanager
async def visits_at_once(server: Server, number: int) -> AsyncIterator[Burst]:
    """Open the lesson `number` times at the same moment; all are left again at the end."""
    burst = await open_at_once(server, number)
    try:
        yield burst
    finally:
        await close_all(burst.visits)


async def warm_up(server: Server) -> int:
    """Open the lesson once, untimed, as a server's first page also loads code, and wait until the server has
    nothing more to prepare. Returns the widgets of the lesson."""
    visit = await open_lesson(server)
    try:
        widgets = await visit.widgets()
    finally:
        await visit.close()
    server.wait_until_idle()
    return widgets
